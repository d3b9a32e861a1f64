//! Chosen fields of chosen objects out of Kubernetes dumps.
//!
//! ```text
//! Source ──> files ──────> documents ──> objects ──> projections ──┐
//!            (archives)    (YAML, JSON)  (lists)     (fields)      ├──> rulebox_core::Collector
//!                 └──────> lines ──────────────────────────────────┘
//! ```
//!
//! A [`Reader`] is made for a set of needs. It reads files, folders, archives and streams ([`Reader::read`]), plain
//! texts ([`Reader::read_text`]) and what an API server answers ([`Reader::read_list`]), and fills a
//! [`Collector`](rulebox_core::Collector): who each object is, the fields that needs ask for, the lines that they
//! ask for, the newest timestamp, and every problem with its place. Of a long text it holds a window and one object.
//!
//! This crate knows nothing of rules, WebAssembly or clusters.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

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

pub use limits::Limits;
pub use meter::Progress;
pub use object::needs::NeedError;
pub use reader::{ListPage, Reader};
pub use source::origin::Source;
