//! A text that does not fit into memory: read from a stream window by window, or from disk block by block on several
//! threads.
//!
//! Knows nothing of archives: what is unpacked comes as a stream.

pub(crate) mod disk;
pub(crate) mod documents;
mod window;

mod frame;
mod items;

mod blocks;
mod stretch;
mod worker;
