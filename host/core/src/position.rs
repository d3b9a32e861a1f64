//! Where one copy of an object was read, as the store keeps it.

use std::{num::NonZeroU32, sync::Arc};

/// Where a copy of an object was read. Small, because one is kept for each needed object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    /// The index of the input. The [`Collector`](crate::Collector) sets it.
    pub input: u32,
    /// The line of the object's first key, from 1; none where it is not known.
    pub line: Option<NonZeroU32>,
    /// The file inside the input; none where the input is one file or a cluster.
    pub file: Option<Arc<str>>,
}
