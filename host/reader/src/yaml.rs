//! YAML: a parser for all of it, and an outline of one object for speed.
//!
//! Both answer the same. Neither knows what surrounds the text.

mod parse;
pub(crate) mod redacted;
mod resolve;

mod outline;
mod scan;

mod marks;
mod scalar;
mod write;

pub use parse::{YamlError, to_json_value};
pub(crate) use {
    outline::Outline,
    parse::{document, entries, items, parses},
};
