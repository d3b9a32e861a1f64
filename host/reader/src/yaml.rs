//! YAML: a parser for everything, and a faster outline of single objects.
//!
//! Both give the same answers. Must not know what surrounds the text.

mod flow;
mod parse;
pub(crate) mod redacted;
mod resolve;

mod outline;
mod scan;

mod marks;
mod scalar;
mod write;

pub use parse::{YamlError, line_of, lines, to_json_value};
pub(crate) use {
    outline::Outline,
    parse::{document, entries, entries_once, items, parses},
};
