//! A text that does not fit into memory: read from a stream window by window, or from disk in
//! blocks on several threads.
//!
//! Must not know archives: what is unpacked arrives as a stream.

pub(crate) mod disk;
pub(crate) mod documents;
mod window;

mod frame;
mod items;

mod blocks;
mod stretch;
mod worker;
