//! What an object is once the syntax is gone: its identity, its fields, and which needs select it.
//!
//! Knows nothing of YAML or JSON.

pub(crate) mod needs;
pub(crate) mod projection;

pub(crate) mod outline;
pub(crate) mod value;

pub(crate) mod intake;
pub(crate) mod objects;
pub(crate) mod timestamps;
