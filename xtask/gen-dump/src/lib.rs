//! A dump of a cluster that does not exist: objects as a kubelet, controllers and people leave
//! them, of any number and of many kinds, printed as the tools print them. The same seed gives the
//! same bytes, and a known number of pods have faults.
//!
//! ```text
//! Options ─> plan::Group ─> kinds (values) ─> prototype::Stamp ─> stock::Shelf (copies) ─> lists
//!                           pods (plants faults)   yaml | json                     trees ─> files
//! ```
//!
//! A few dozen objects of each kind are built and printed. Each object of the dump is a copy of one
//! of them, with a name, uids and times of its own. Writing a dump therefore takes about as long as
//! copying memory, and a dump may be larger than memory.
//!
//! This crate knows nothing of rules and of the host; only its tests read with the host's reader.

mod moment;
mod names;
mod random;

mod json;
mod yaml;

mod prototype;

mod pods;

mod kinds;

mod plan;
mod stock;

mod form;
mod lists;

mod files;
mod trees;

mod options;
mod write;

#[cfg(test)]
mod tests;

pub use form::Form;
pub use options::{Options, size};
pub use pods::Planted;
pub use write::{Written, run, write_to};
