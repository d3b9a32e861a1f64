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

mod limits;
mod meter;
mod needs;
mod source;

mod log;
mod pool;
mod read;
mod session;
mod tally;

#[cfg_attr(not(feature = "archives"), path = "plain.rs")]
mod archive;
mod buffer;
mod search;
mod split;
mod text;
mod window;

mod blocks;
mod document;
mod fast;
mod json;
mod layout;
mod list;
mod long;
mod object;
mod redacted;
mod scalar;
mod value;
pub mod yaml;

mod block;
mod json_scan;
mod lines;
mod outline;
mod projection;
mod survey;
mod timestamps;
mod yaml_scan;

pub use limits::Limits;
pub use meter::Progress;
pub use needs::{NeedError, Reader};
pub use read::ListPage;
pub use source::Source;
