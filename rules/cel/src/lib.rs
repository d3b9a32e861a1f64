//! Packs that are written as YAML, with expressions in CEL.
//!
//! ```text
//! text -> yaml (a tree with places) -> document (keys) -> load (names, types, fields) -> Pack
//! Pack + Host -> evaluate, an object after the other -> findings, samples, what is not known
//! ```
//!
//! A pack is checked as a whole when it is loaded: names, types, patterns, fields of Kubernetes'
//! own kinds, each problem with its line and column. What a pack needs is derived: an expression
//! says which fields it reads.
//!
//! This crate knows nothing of WebAssembly, files and clusters: it speaks to a [`Host`], which is
//! the imports of a component, or a store in a test.
//!
//! [`Host`]: rulebox_sdk::Host

mod check;
mod code;
mod document;
mod error;
mod evaluate;
mod functions;
mod kubernetes;
mod library;
mod load;
mod mask;
mod names;
mod objects;
mod operators;
mod pack;
mod quantity;
mod report;
mod rule;
mod scope;
mod series;
mod syntax;
mod template;
mod types;
mod value;
mod why;

pub use pack::Pack;
pub use rulebox_text::{Problem, Text};
