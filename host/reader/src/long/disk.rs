//! A file on disk, which can be read at any position.

use std::fs::File;

use crate::object::needs::Needs;

/// A file on disk, whose blocks can be read in parallel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disk<'f> {
    pub(crate) file: &'f File,
    pub(crate) size: u64,
}

impl Disk<'_> {
    /// Blocks are worth the effort if this many windows are left.
    const WINDOWS: u64 = 4;

    /// Whether the rest of a text is long enough to be read in blocks.
    pub(super) fn is_long(self, from: u64, needs: &Needs) -> bool {
        let left = self.size.saturating_sub(from);
        left >= Self::WINDOWS * needs.limits.window_bytes as u64
    }
}
