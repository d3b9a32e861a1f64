//! Decodes bytes: byte order marks, invalid UTF-8, and binary files.

use std::borrow::Cow;

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

use super::{
    block,
    flaw::Flaw,
    wide::{Decoder, Wide},
};

/// What a file's bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    Empty,
    Text {
        text: Cow<'a, str>,
        flaw: Option<Flaw>,
    },
    /// A picture, a program, a database.
    Binary,
}

/// How the bytes of a file can be read, judging by the first ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// UTF-16 or UTF-32, behind a byte order mark of so many bytes.
    Wide(Wide, usize),
    Binary,
}

/// The bytes that show whether a file is an image of a disc.
pub(crate) const DISC: usize = 0x8006;

/// Whether a file that starts with these bytes is an image of a disc.
pub(crate) fn is_disc(head: &[u8]) -> bool {
    head.get(..DISC).is_some_and(|it| it.ends_with(b"CD001"))
}

/// How a file that starts with these bytes can be read.
pub(crate) fn encoding(head: &[u8]) -> Encoding {
    match Wide::of(head).filter(|_| !is_disc(head)) {
        Some((wide, mark)) => Encoding::Wide(wide, mark),
        None if is_binary(head) || is_disc(head) => Encoding::Binary,
        None => Encoding::Utf8,
    }
}

/// Whether there are zeros among many other bytes that text files do not contain. A crash, a disk
/// or a tool can leave zeros in a text; what stands around them is read.
fn is_binary(bytes: &[u8]) -> bool {
    /// Bytes that are examined, behind zeros at the start.
    const LOOK: usize = 8 << 10;
    /// Of so many bytes of a text at most one is a control character, and not a break or a tab.
    /// Programs, pictures and databases have far more.
    const RARE: usize = 16;
    let first = bytes.iter().position(|it| *it != 0).unwrap_or(0);
    let look = &bytes[..bytes.len().min(first + LOOK)];
    if memchr::memchr(0, look).is_none() {
        return false;
    }
    let bytes = || look.iter().filter(|it| **it != 0);
    let is_control = |it: &&u8| matches!(**it, 1..=8 | 11 | 12 | 14..=26 | 28..=31 | 127);
    let invalid = look.utf8_chunks().map(|it| it.invalid().len()).sum::<usize>();
    (bytes().filter(is_control).count() + invalid) * RARE >= bytes().count()
}

/// Decodes UTF-8; or UTF-16 or UTF-32 if a byte order mark or the first bytes show it.
pub(crate) fn decode(bytes: &[u8]) -> Content<'_> {
    if bytes.is_empty() {
        return Content::Empty;
    }
    if is_disc(bytes) {
        return Content::Binary;
    }
    if let Some((wide, mark)) = Wide::of(bytes) {
        let (mut decoder, mut text) = (Decoder::new(wide), String::new());
        decoder.add(&bytes[mark..], &mut text);
        decoder.end(&mut text);
        return Content::Text { text: text.into(), flaw: decoder.flaw };
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if is_binary(bytes) {
        return Content::Binary;
    }
    let Some(text) = utf8(bytes) else {
        let line = valid_lines(bytes) + 1;
        let text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
        return Content::Text { text: text.into(), flaw: Some((line, "bytes that are no UTF-8")) };
    };
    // A parser would take a zero for the end of the text. A crash can leave zeros at the end of a
    // file.
    match memchr::memchr(0, text.as_bytes()) {
        None => Content::Text { text: text.into(), flaw: None },
        Some(at) => Content::Text {
            text: text.replace('\0', "\u{fffd}").into(),
            flaw: Some((line_of(&bytes[..at]), "zero bytes")),
        },
    }
}

/// The text, if the bytes are valid UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Option<&str> {
    simdutf8::basic::from_utf8(bytes).ok()
}

/// Number of lines before the first invalid UTF-8.
pub(crate) fn valid_lines(bytes: &[u8]) -> u64 {
    bytes.utf8_chunks().next().map_or(0, |it| newlines(it.valid().as_bytes()))
}

/// Bytes of an incomplete character at the end.
pub(crate) fn cut_off(bytes: &[u8]) -> usize {
    let last = bytes.iter().rev().take(3).position(|it| it & 0b1100_0000 != 0b1000_0000);
    let Some(back) = last.map(|it| it + 1) else { return 0 };
    let length = match bytes[bytes.len() - back] {
        0b1100_0000..=0b1101_1111 => 2,
        0b1110_0000..=0b1110_1111 => 3,
        0b1111_0000..=0b1111_0111 => 4,
        _ => 1,
    };
    if back < length { back } else { 0 }
}

/// The line, from 1, of the next byte.
fn line_of(before: &[u8]) -> u64 {
    newlines(before) + 1
}

/// Which bytes there are that decide how a text can be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Glance {
    /// Number of line feeds.
    pub(crate) feeds: u64,
    /// Whether there is a carriage return.
    pub(crate) returns: bool,
    /// Whether there is a zero.
    pub(crate) zeros: bool,
}

impl Glance {
    /// Adds the bytes that follow.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        dispatch!(Level::new(), simd => glance(simd, bytes, self));
    }
}

#[inline(always)]
fn glance<S: Simd>(simd: S, bytes: &[u8], glance: &mut Glance) {
    let (blocks, rest) = bytes.as_chunks::<{ block::LEN }>();
    // Pad with spaces, which are not counted.
    let mut last = [b' '; block::LEN];
    last[..rest.len()].copy_from_slice(rest);
    let all = |byte| u8x64::splat(simd, byte);
    // The lowest byte so far, and the lowest difference from a carriage return: arithmetic is
    // faster than comparing.
    let (mut least, mut nearest) = (all(b' '), all(b' '));
    for block in blocks.iter().chain([&last]) {
        let block = block::load(simd, block);
        glance.feeds += u64::from(block::bits(block, b'\n').count_ones());
        least = least.min(block);
        nearest = nearest.min(block ^ all(b'\r'));
    }
    glance.returns |= block::is(nearest, 0).any_true();
    glance.zeros |= block::is(least, 0).any_true();
}

/// Number of line feeds.
pub(crate) fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Whether there is a carriage return without a line feed. It is a line break in YAML, but not for
/// the scanners.
pub(crate) fn has_lone_return(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// Replaces each carriage return that is a line break of its own by a line feed.
pub(crate) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if !has_lone_return(text.as_bytes()) {
        return text.into();
    }
    let mut rest = text.chars().peekable();
    let feeds = std::iter::from_fn(|| {
        rest.next().map(|it| if it == '\r' && rest.peek() != Some(&'\n') { '\n' } else { it })
    });
    feeds.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], want: &str, flaw: Option<(u64, &'static str)>) {
        let want = Content::Text { text: want.into(), flaw };
        assert_eq!(decode(bytes), want);
    }

    #[test]
    fn byte_order_marks() {
        check(b"\xef\xbb\xbfa: 1", "a: 1", None);
        check(b"\xff\xfea\0\xe9\0\n\0", "aé\n", None);
        check(b"\xfe\xff\0a\0\n", "a\n", None);
        check(b"a\0:\0 \x001\0", "a: 1", None);
        check(b"\0a\0:\0 \x001", "a: 1", None);
    }

    #[test]
    fn what_is_no_text_in_a_text_is_replaced_and_named() {
        check(b"a\nb\xff\n", "a\nb\u{fffd}\n", Some((2, "bytes that are no UTF-8")));
        check(b"\xff\xfea\0\n\0\0\xd8\n\0", "a\n\u{fffd}\n", Some((2, "bytes that are no UTF-16")));
        check(b"\xff\xfea\0b", "a", Some((1, "bytes that are no UTF-16")));
        let mut zeros = vec![b'a'; 9_000];
        zeros.extend([b'\n', 0]);
        let want = format!("{}\n\u{fffd}", "a".repeat(9_000));
        check(&zeros, &want, Some((2, "zero bytes")));
    }

    #[test]
    fn a_glance_sees_what_stands_there_wherever_it_stands() {
        for length in [0, 1, 63, 64, 65, 200] {
            for (byte, at) in [b'\n', b'\r', 0, b'x']
                .into_iter()
                .flat_map(|it| (0..length).map(move |at| (it, at)))
            {
                let mut bytes = vec![b'a'; length];
                bytes[at] = byte;
                let mut seen = Glance { feeds: 2, ..Glance::default() };
                seen.add(&bytes);
                let want = Glance {
                    feeds: 2 + u64::from(byte == b'\n'),
                    returns: byte == b'\r',
                    zeros: byte == 0,
                };
                assert_eq!(seen, want, "{byte} at {at} of {length}");
            }
        }
    }

    #[test]
    fn what_is_no_text_at_all() {
        assert_eq!(decode(b""), Content::Empty);
        assert_eq!(decode(b"\x7fELF\x02\x01\x01\0\0\0"), Content::Binary);
    }
}
