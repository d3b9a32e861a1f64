//! A file on disk, which can be read at any place.

use std::fs::File;

use crate::object::needs::Needs;

/// A file on disk, of which several blocks can be read at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disk<'f> {
    pub(crate) file: &'f File,
    pub(crate) size: u64,
}

impl Disk<'_> {
    /// So many windows must be left for it to be worth while.
    const WINDOWS: u64 = 4;

    /// Whether a text is worth being read in blocks from here on.
    pub(super) fn is_long(self, from: u64, needs: &Needs) -> bool {
        let left = self.size.saturating_sub(from);
        left >= Self::WINDOWS * needs.limits.window_bytes as u64
    }
}
