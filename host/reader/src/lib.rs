//! Reads selected fields of selected objects from Kubernetes dumps.
//!
//! ```text
//! Source ──> files ──────> documents ──> objects ──> projections ──┐
//!            (archives)    (YAML, JSON)  (lists)     (fields)      ├──> rulebox_core::Collector
//!                 └──────> lines ──────────────────────────────────┘
//! ```
//!
//! A [`Reader`] is made for a set of needs. It reads files, folders, archives and streams
//! ([`Reader::read`]), plain texts ([`Reader::read_text`]) and responses of an API server
//! ([`Reader::read_list`], [`Reader::read_page`]), and fills a
//! [`Collector`](rulebox_core::Collector): identities of objects, needed fields, matching lines,
//! the newest times, and every problem with its place.
//! Of a long text, it holds one window and one object.
//!
//! This crate must not know rules, WebAssembly or clusters. Each of its modules may name only
//! modules further down in the list below; a test in `snapshots` checks this.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod answers;

mod reader;

mod source;

mod long;

mod input;

mod document;

mod json;
pub mod yaml;

mod object;

mod layout;

mod text;

mod broken;
mod journal;
mod limits;
mod meter;
mod type_meta;

pub use answers::{Answers, ListPage};
pub use limits::Limits;
pub use meter::Progress;
pub use object::needs::NeedError;
pub use reader::Reader;
pub use source::origin::Source;
