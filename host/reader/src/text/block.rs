//! Searches 64 bytes at a time, in the widest registers of the processor.
//!
//! A search is written once, for any [`Simd`]. `fearless_simd::dispatch!` compiles it for each kind
//! of processor, and chooses at run time. Functions called in a search must be inlined into it, or
//! they are not compiled for its registers.

use fearless_simd::{Simd, mask8x64, prelude::*, u8x64};

/// Bytes in a block.
pub(crate) const LEN: usize = 64;

/// Loads a block.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, bytes: &[u8; LEN]) -> u8x64<S> {
    u8x64::load_array_ref(simd, bytes)
}

/// Loads the block at `at` of a chunk that is longer than a block.
#[inline(always)]
pub(crate) fn load_at<S: Simd, const CHUNK: usize>(
    simd: S,
    chunk: &[u8; CHUNK],
    at: usize,
) -> u8x64<S> {
    load(simd, chunk[at..].first_chunk().expect("a chunk is longer than a block by `at`"))
}

/// The end of a text, padded with zeros.
pub(crate) fn padded<const LEN: usize>(text: &[u8]) -> [u8; LEN] {
    let mut chunk = [0; LEN];
    chunk[..text.len()].copy_from_slice(text);
    chunk
}

/// Where a block has this byte.
#[inline(always)]
pub(crate) fn is<S: Simd>(block: u8x64<S>, byte: u8) -> mask8x64<S> {
    block.simd_eq(u8x64::splat(block.token(), byte))
}

/// Where a block has this byte: a bit for each byte, the lowest for the first.
#[inline(always)]
pub(crate) fn bits<S: Simd>(block: u8x64<S>, byte: u8) -> u64 {
    is(block, byte).to_bitmask()
}
