//! 64 bytes at a time.

use wide::u8x16;

/// Bytes that are compared at once. A mask holds one bit for each, the lowest for the first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block([u8x16; 4]);

impl Block {
    /// Bytes of a block.
    pub(crate) const LEN: usize = 64;

    #[inline]
    pub(crate) fn new(bytes: &[u8; Self::LEN]) -> Self {
        let (parts, _) = bytes.as_chunks::<16>();
        Self([parts[0].into(), parts[1].into(), parts[2].into(), parts[3].into()])
    }

    /// This byte everywhere.
    #[inline]
    pub(crate) fn splat(byte: u8) -> Self {
        Self([u8x16::splat(byte); 4])
    }

    /// Where this byte stands.
    #[inline]
    pub(crate) fn mask(self, byte: u8) -> u64 {
        self.is(byte).bits()
    }

    /// 0xff where this byte stands, 0 elsewhere.
    #[inline]
    pub(crate) fn is(self, byte: u8) -> Self {
        let byte = u8x16::splat(byte);
        Self(self.0.map(|it| it.simd_eq(byte)))
    }

    #[inline]
    pub(crate) fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    #[inline]
    pub(crate) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    /// The mask of what [`is`](Self::is) and its like gave.
    #[inline]
    pub(crate) fn bits(self) -> u64 {
        let [a, b, c, d] = self.0.map(|it| u64::from(it.to_bitmask()));
        a | b << 16 | c << 32 | d << 48
    }

    /// Whether any of these bits is set; sooner told than which.
    #[inline]
    pub(crate) fn any(self) -> bool {
        let [a, b, c, d] = self.0;
        ((a | b) | (c | d)).to_bitmask() != 0
    }
}
