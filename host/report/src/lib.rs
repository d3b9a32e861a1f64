//! What a run has to say, as text for people, as JSON for programs, as metrics for Prometheus.
//!
//! ```text
//! Report ─> arrange ─┬─> text        an engineer at a terminal
//!                    ├─> json        a program; promised by schema/report.schema.json
//!                    └─> prometheus  a scrape, or a file for the textfile collector
//! ```
//!
//! Each format is one file and one pure function from `&Report` to a `String`: the same report gives the same
//! bytes. This crate knows no engine, no files, no clock, and not whether it writes to a terminal.

mod arrange;
mod format;
mod prose;

mod metrics;
mod text;
mod view;

pub use arrange::{arrange, fingerprint};
pub use format::Format;
pub use metrics::{DEFAULT_MAX_SERIES, PROMETHEUS_CONTENT_TYPE, PrometheusOptions, prometheus};
pub use text::{Detail, TextStyle, text};
pub use view::{SCHEMA_VERSION, json, json_schema};

#[cfg(test)]
mod tests;
