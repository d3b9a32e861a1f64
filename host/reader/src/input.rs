//! One file of an input: what it is called, what is read of it, and what is found in its lines.
//!
//! Gets bytes and text; does not know whether they come from a disk, an archive or a network.

pub(crate) mod name;

pub(crate) mod session;

pub(crate) mod search;

pub(crate) mod tally;
