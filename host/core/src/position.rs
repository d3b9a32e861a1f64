//! Where one copy of an object was read, as the store keeps it.

use std::num::NonZeroU32;

/// Where a copy of an object was read. Small, because one is kept for each needed object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The index of the file or document. The [`Collector`](crate::Collector) sets it.
    pub unit: u32,
    /// The line of the object's first key, from 1; none where it is not known.
    pub line: Option<NonZeroU32>,
}
