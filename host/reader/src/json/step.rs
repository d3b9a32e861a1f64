//! Skips values without reading them.
//!
//! A list or a mapping is skipped in blocks of 64 bytes: a mask of the unescaped quotes shows which
//! bytes are inside strings, and the brackets outside are counted. Brackets are examined one by one
//! only in the block in which the depth may reach zero. The method is simdjson's (Langdale and
//! Lemire, "Parsing Gigabytes of JSON per Second", <https://arxiv.org/abs/1902.08318>).

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x16, u8x64};

use crate::{
    broken::Odd,
    text::{
        block::{self, bits},
        json_string::stop_in_string,
    },
};

/// Why a scan stops. As wide as a word, so that results are returned in registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Stop {
    /// The text ends before the value does.
    Short,
    /// Not JSON, or only the full parser can read it.
    Odd,
}

impl From<Odd> for Stop {
    fn from(_: Odd) -> Self {
        Self::Odd
    }
}

/// In a value that has been skipped to its end, a missing end is an error like others.
impl From<Stop> for Odd {
    fn from(_: Stop) -> Self {
        Self
    }
}

/// Where the value at `at` ends. None if the text ends first; a number at the end of the text may
/// have more digits.
pub(crate) fn end_of_value(text: &[u8], at: usize) -> Result<Option<usize>, Odd> {
    match after_value(text, at) {
        Ok(end) => Ok(Some(end)),
        Err(Stop::Short) => Ok(None),
        Err(Stop::Odd) => Err(Odd),
    }
}

/// Where the whitespace at `at` ends; `at` if there is none.
#[inline]
pub(crate) fn skip_space(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(..=b' ') => after_space(text, at),
        _ => at,
    }
}

fn after_space(text: &[u8], mut at: usize) -> usize {
    while let Some(part) = text[at..].first_chunk::<16>() {
        let other = dispatch!(Level::baseline(), simd => spaces(simd, *part)) ^ 0xffff;
        if other != 0 {
            return at + other.trailing_zeros() as usize;
        }
        at += 16;
    }
    let rest = text[at..].iter();
    at + rest.take_while(|it| b" \n\r\t".contains(it)).count()
}

/// A bit for each byte that is whitespace.
#[inline(always)]
fn spaces<S: Simd>(simd: S, part: [u8; 16]) -> u64 {
    let part = u8x16::load_array(simd, part);
    let is = |byte| part.simd_eq(u8x16::splat(simd, byte));
    (is(b' ') | is(b'\n') | is(b'\r') | is(b'\t')).to_bitmask()
}

/// Like [`end_of_value`].
#[inline]
pub(super) fn after_value(text: &[u8], at: usize) -> Result<usize, Stop> {
    match text.get(at) {
        Some(b'"') => after_string(text, at),
        Some(b'{' | b'[') => after_container(text, at),
        Some(b'-' | b'0'..=b'9') => after_number(text, at),
        Some(b't') => after_word(text, at, "true"),
        Some(b'f') => after_word(text, at, "false"),
        Some(b'n') => after_word(text, at, "null"),
        Some(_) => Err(Stop::Odd),
        None => Err(Stop::Short),
    }
}

/// The end of this word, if it is at `at`.
pub(super) fn after_word(text: &[u8], at: usize, word: &str) -> Result<usize, Stop> {
    let rest = &text[at..];
    if rest.starts_with(word.as_bytes()) {
        Ok(at + word.len())
    } else if word.as_bytes().starts_with(rest) {
        Err(Stop::Short)
    } else {
        Err(Stop::Odd)
    }
}

/// The end of what may be a number.
pub(super) fn after_number(text: &[u8], at: usize) -> Result<usize, Stop> {
    let part = |it: &u8| matches!(it, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let length = text[at..].iter().position(|it| !part(it));
    length.map(|it| at + it).ok_or(Stop::Short)
}

/// The end of the string whose opening quote is at `at`.
#[inline]
pub(super) fn after_string(text: &[u8], at: usize) -> Result<usize, Stop> {
    let stop = stop_in_string(text, at + 1).ok_or(Stop::Short)?;
    match text[stop] {
        b'"' => Ok(stop + 1),
        b'\\' => after_escapes(text, stop),
        _ => Err(Stop::Odd),
    }
}

/// The end of a string, from a place inside it. The byte at `at` is not escaped.
fn after_escapes(text: &[u8], at: usize) -> Result<usize, Stop> {
    dispatch!(Level::new(), simd => end_of_string(simd, text, at))
}

#[inline(always)]
fn end_of_string<S: Simd>(simd: S, text: &[u8], mut at: usize) -> Result<usize, Stop> {
    let mut escapes = Escapes::default();
    while at < text.len() {
        let block = block(simd, text, at);
        let quotes = bits(block, b'"') & !escapes.escaped(bits(block, b'\\'));
        if quotes != 0 {
            return Ok(at + quotes.trailing_zeros() as usize + 1);
        }
        at += block::LEN;
    }
    Err(Stop::Short)
}

/// The end of the list or mapping whose bracket is at `at`.
fn after_container(text: &[u8], at: usize) -> Result<usize, Stop> {
    dispatch!(Level::new(), simd => end_of_container(simd, text, at + 1))
}

#[inline(always)]
fn end_of_container<S: Simd>(simd: S, text: &[u8], mut at: usize) -> Result<usize, Stop> {
    let mut depth = 1_u64;
    let mut escapes = Escapes::default();
    // All bits are set if the block starts inside a string.
    let mut inside = 0;
    while at < text.len() {
        let block = block(simd, text, at);
        let quotes = bits(block, b'"') & !escapes.escaped(bits(block, b'\\'));
        let strings = parity(quotes) ^ inside;
        inside = 0_u64.wrapping_sub(strings >> 63);
        // `[` and `{` differ in this bit only, as do `]` and `}`.
        let brackets = block | u8x64::splat(simd, b' ');
        let opens = bits(brackets, b'{') & !strings;
        let closes = bits(brackets, b'}') & !strings;
        let closed = u64::from(closes.count_ones());
        if closed >= depth
            && let Some(end) = end_of_depth(depth, opens, closes)
        {
            return Ok(at + end as usize + 1);
        }
        depth = depth + u64::from(opens.count_ones()) - closed;
        at += block::LEN;
    }
    Err(Stop::Short)
}

/// The closing bracket at which the depth reaches zero.
fn end_of_depth(depth: u64, opens: u64, mut closes: u64) -> Option<u32> {
    let mut closed = 0;
    while closes != 0 {
        let at = closes.trailing_zeros();
        closed += 1;
        let opened = (opens & ((1 << at) - 1)).count_ones();
        if depth + u64::from(opened) == closed {
            return Some(at);
        }
        closes &= closes - 1;
    }
    None
}

/// The 64 bytes at `at`, padded with zeros after the end of the text.
#[inline(always)]
fn block<S: Simd>(simd: S, text: &[u8], at: usize) -> u8x64<S> {
    let rest = &text[at..];
    match rest.first_chunk() {
        Some(bytes) => block::load(simd, bytes),
        None => block::load(simd, &last_block(rest)),
    }
}

#[cold]
fn last_block(rest: &[u8]) -> [u8; block::LEN] {
    let mut padded = [0; block::LEN];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// For each bit, the parity of that bit and all lower bits.
#[inline]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Tracks escaped bytes across blocks.
#[derive(Debug, Default)]
struct Escapes {
    /// 1 if the last byte of the block escapes the first byte of the next.
    carry: u64,
}

impl Escapes {
    /// The escaped bytes of a block, given its backslashes.
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        if backslashes == 0 {
            return std::mem::take(&mut self.carry);
        }
        self.among(backslashes)
    }

    fn among(&mut self, backslashes: u64) -> u64 {
        const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
        let first = backslashes & !self.carry;
        // A run of backslashes starts at an even or an odd bit. The borrow of the subtraction
        // leaves every second bit of the run set, starting with the first.
        let escaping_or_escaped = ((first << 1 | ODD).wrapping_sub(first)) ^ ODD;
        let escaped = escaping_or_escaped ^ (backslashes | self.carry);
        self.carry = (escaping_or_escaped & backslashes) >> 63;
        escaped
    }
}
