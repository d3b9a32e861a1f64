//! Finds what a JSON string cannot contain as it is.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x16};

/// Position of the first quote, backslash or control character, at `at` or later. JSON strings
/// cannot contain control characters.
#[inline]
pub(crate) fn stop_in_string(text: &[u8], mut at: usize) -> Option<usize> {
    while let Some(part) = text[at..].first_chunk::<16>() {
        let stops = dispatch!(Level::baseline(), simd => stops(simd, *part));
        if stops != 0 {
            return Some(at + stops.trailing_zeros() as usize);
        }
        at += 16;
    }
    let stop = |it: &u8| matches!(it, b'"' | b'\\' | ..=0x1f);
    text[at..].iter().position(stop).map(|it| at + it)
}

/// Whether a JSON string can contain the text without escapes.
pub(crate) fn is_plain(text: &str) -> bool {
    stop_in_string(text.as_bytes(), 0).is_none()
}

/// A bit for each quote, backslash and control character.
#[inline(always)]
fn stops<S: Simd>(simd: S, part: [u8; 16]) -> u64 {
    let part = u8x16::load_array(simd, part);
    let is = |byte| part.simd_eq(u8x16::splat(simd, byte));
    (is(b'"') | is(b'\\') | part.simd_le(u8x16::splat(simd, 0x1f))).to_bitmask()
}
