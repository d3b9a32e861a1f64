//! Where bytes come from: paths, folders, archives, compressed streams.
//!
//! Hands bytes on and does not look into them further than what tells a container from a text.

pub(crate) mod origin;

pub(crate) mod pool;

#[cfg_attr(not(feature = "archives"), path = "source/plain.rs")]
pub(crate) mod archive;
