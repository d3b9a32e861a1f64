//! Over values, without looking into them.
//!
//! A list or a mapping is stepped over in blocks of 64 bytes: a mask of the quotes that no backslash escapes tells
//! which bytes are inside of strings, and the brackets outside of them are counted. Only in the block in which the
//! count may come to zero is each bracket looked at. The method is simdjson's (Langdale and Lemire, "Parsing
//! Gigabytes of JSON per Second", <https://arxiv.org/abs/1902.08318>).

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x16, u8x64};

use crate::{
    broken::Odd,
    text::{
        block::{self, bits},
        json_string::stop_in_string,
    },
};

/// Why a scanner goes no further. A word wide, so that a place in the text or this is returned in registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Stop {
    /// The text ends before the value does.
    Short,
    /// This is no JSON, or only the full parser reads it right.
    Odd,
}

impl From<Odd> for Stop {
    fn from(_: Odd) -> Self {
        Self::Odd
    }
}

/// In a value that has been stepped over to its end, an end of the text is a mistake like others.
impl From<Stop> for Odd {
    fn from(_: Stop) -> Self {
        Self
    }
}

/// Where the value ends that begins at `at`, just after it. None where the text ends before: so does a number that
/// ends with the text, as more digits may follow.
pub(crate) fn end_of_value(text: &[u8], at: usize) -> Result<Option<usize>, Odd> {
    match after_value(text, at) {
        Ok(end) => Ok(Some(end)),
        Err(Stop::Short) => Ok(None),
        Err(Stop::Odd) => Err(Odd),
    }
}

/// Where the whitespace ends that begins at `at`; `at` where there is none.
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

/// Where whitespace stands.
#[inline(always)]
fn spaces<S: Simd>(simd: S, part: [u8; 16]) -> u64 {
    let part = u8x16::load_array(simd, part);
    let is = |byte| part.simd_eq(u8x16::splat(simd, byte));
    (is(b' ') | is(b'\n') | is(b'\r') | is(b'\t')).to_bitmask()
}

/// As [`end_of_value`].
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

/// Just after this word, if it is the one that stands at `at`.
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

/// Just after what may be a number.
pub(super) fn after_number(text: &[u8], at: usize) -> Result<usize, Stop> {
    let part = |it: &u8| matches!(it, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let length = text[at..].iter().position(|it| !part(it));
    length.map(|it| at + it).ok_or(Stop::Short)
}

/// Just after the string whose quote stands at `at`.
#[inline]
pub(super) fn after_string(text: &[u8], at: usize) -> Result<usize, Stop> {
    let stop = stop_in_string(text, at + 1).ok_or(Stop::Short)?;
    match text[stop] {
        b'"' => Ok(stop + 1),
        b'\\' => after_escapes(text, stop),
        _ => Err(Stop::Odd),
    }
}

/// Just after a string; `at` is inside of it, and nothing before `at` escapes what stands there.
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

/// Just after the list or mapping whose bracket stands at `at`.
fn after_container(text: &[u8], at: usize) -> Result<usize, Stop> {
    dispatch!(Level::new(), simd => end_of_container(simd, text, at + 1))
}

#[inline(always)]
fn end_of_container<S: Simd>(simd: S, text: &[u8], mut at: usize) -> Result<usize, Stop> {
    let mut depth = 1_u64;
    let mut escapes = Escapes::default();
    // All bits set where a block begins inside of a string.
    let mut inside = 0;
    while at < text.len() {
        let block = block(simd, text, at);
        let quotes = bits(block, b'"') & !escapes.escaped(bits(block, b'\\'));
        let strings = parity(quotes) ^ inside;
        inside = 0_u64.wrapping_sub(strings >> 63);
        // This bit is all that tells `[` from `{` and `]` from `}`.
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

/// The closing bracket with which the depth comes to zero.
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

/// The 64 bytes that begin at `at`, with zeros behind the end of the text.
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

/// Of each bit, whether it or those below it are an odd number of ones.
#[inline]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Which bytes a backslash escapes, from block to block.
#[derive(Debug, Default)]
struct Escapes {
    /// 1 where the last byte of a block escapes the first of the next.
    carry: u64,
}

impl Escapes {
    /// The bytes of a block that are escaped; `backslashes` are those of the block.
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
        // A run of backslashes begins at an even or an odd bit. By the borrow of the subtraction, every second bit
        // of it stays set, from the first on.
        let escaping_or_escaped = ((first << 1 | ODD).wrapping_sub(first)) ^ ODD;
        let escaped = escaping_or_escaped ^ (backslashes | self.carry);
        self.carry = (escaping_or_escaped & backslashes) >> 63;
        escaped
    }
}
