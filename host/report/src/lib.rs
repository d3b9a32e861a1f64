//! What a run has to say, as text for people, as JSON for programs, as metrics for Prometheus.
//!
//! ```text
//! Report ─> arrange ─┬─> text                     an engineer at a terminal
//!                    ├─> view ─┬──> json, yaml    a program; promised by schema/report.schema.json
//!                    │         ├──> html          an engineer at a browser
//!                    │         ├──> markdown      a ticket
//!                    │         ├──> sarif         code scanning, viewers of results
//!                    │         ├──> junit, github pipelines
//!                    │         └──> csv           a spreadsheet
//!                    └─> metrics ─┬> prometheus   a scrape, or a file for the textfile collector
//!                                 └> openmetrics  a scrape that asks for it
//! ```
//!
//! `identify` gives findings the names by which suppressions and causes know them, before a report
//! is arranged. `view` and `metrics` are data: more formats can be made of them, and programs read
//! them. Each format is one file and one pure function from `&Report` to a `String`, which
//! [`Format::render`] chooses: the same report gives the same bytes. This crate knows no engine, no
//! files, no clock, and not whether it writes to a terminal.
//!
//! Beside reports, `needs` shows what rules read, and [`redact()`] takes secrets out of any text.

mod arrange;
mod effect;
mod forest;
mod format;
pub mod metrics;
mod prose;
mod redact;
mod shown;
pub mod view;

mod csv;
mod diff;
mod diff_text;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod needs;
mod openmetrics;
mod prometheus;
mod sarif;
mod text;
mod yaml;

pub use self::csv::csv;
pub use arrange::{arrange, fingerprint, identify};
pub use diff::{ChangedView, DiffView, SideView, UnknownView, diff, diff_json, diff_json_schema};
pub use diff_text::diff_text;
pub use format::{Format, RenderOptions};
pub use github::github;
pub use html::html;
pub use json::{ReadError, json, json_schema, read_json, visible_json, write_json};
pub use junit::junit;
pub use markdown::markdown;
pub use needs::{
    NeedsView, ObjectNeedView, TextNeedView, needs_json, needs_json_schema, needs_table,
};
pub use openmetrics::{OPENMETRICS_CONTENT_TYPE, openmetrics_text};
pub use prometheus::{
    DEFAULT_MAX_SERIES, PROMETHEUS_CONTENT_TYPE, PrometheusOptions, prometheus, prometheus_text,
};
pub use prose::{Step, steps, wrap};
pub use redact::redact;
pub use sarif::sarif;
pub use text::{Collect, Detail, TextStyle, text};
pub use view::SCHEMA_VERSION;
pub use yaml::yaml;

#[cfg(test)]
mod tests;
