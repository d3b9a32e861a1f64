//! Where bytes come from: paths, folders, archives, compressed streams.
//!
//! Must not look into the bytes further than is needed to tell an archive from a text.

pub(crate) mod origin;

pub(crate) mod folder;
pub(crate) mod path;
mod pool;

#[cfg_attr(not(feature = "archives"), path = "source/plain.rs")]
pub(crate) mod archive;
mod sniff;

#[cfg(feature = "archives")]
mod ahead;
#[cfg(feature = "archives")]
mod compressed;
#[cfg(feature = "archives")]
mod guard;
#[cfg(feature = "archives")]
mod links;
#[cfg(feature = "archives")]
mod tar;
#[cfg(feature = "archives")]
mod zip;
