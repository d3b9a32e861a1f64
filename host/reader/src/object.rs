//! Objects without their syntax: identity, fields, and the needs that select them.
//!
//! Must not know YAML or JSON.

pub(crate) mod needs;
pub(crate) mod projection;

pub(crate) mod lines;
pub(crate) mod outline;
pub(crate) mod value;

pub(crate) mod dates;
pub(crate) mod envelope;
mod page;
mod redacted;
pub(crate) mod refusal;
mod renamed;
mod span;

pub(crate) mod intake;
pub(crate) mod objects;
pub(crate) mod timestamps;
