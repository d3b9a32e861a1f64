//! One file of an input: its name, its documents, its matching lines; and the totals of the input.
//!
//! Must not know whether the text comes from a disk, an archive or a network.

pub(crate) mod name;
mod pages;
mod room;

pub(crate) mod around;
mod held;
mod mended;

pub(crate) mod session;

mod mend;

pub(crate) mod search;

pub(crate) mod tally;
