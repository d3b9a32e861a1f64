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
//!                    ├─> policy_report            objects for a cluster, for kubectl
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
//! Two reports are compared by `diff`, whose [`DiffView`] each format shows in a file of its own.
//! `suppressions` writes what findings a report holds as those of a configuration that are known.
//!
//! Between a report and all formats stands [`Redaction`], which takes secrets out of it, and, where
//! a user asks for it, [`Pseudonyms`]. Beside reports, `needs` shows what rules read, and
//! [`redact()`] takes secrets out of any text.

pub mod amounts;
mod arrange;
mod effect;
mod forest;
mod format;
mod links;
pub mod metrics;
mod prose;
mod pseudonyms;
mod redact;
mod shown;
mod texts;
pub mod view;
pub mod words;

mod csv;
mod diff;
mod diff_csv;
mod diff_github;
mod diff_html;
mod diff_junit;
mod diff_markdown;
mod diff_sarif;
mod diff_text;
mod diff_yaml;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod needs;
mod openmetrics;
mod policy_report;
mod prometheus;
mod sarif;
mod suppressions;
mod text;
mod yaml;

pub use self::csv::csv;
pub use arrange::{arrange, fingerprint, identify};
pub use diff::{
    ChangedView, ComparedView, DiffView, Named, SideView, UnknownView, diff, diff_json,
    diff_json_schema, exchanged, other_clusters, other_objects,
};
pub use diff_csv::diff_csv;
pub use diff_github::diff_github;
pub use diff_html::diff_html;
pub use diff_junit::diff_junit;
pub use diff_markdown::diff_markdown;
pub use diff_sarif::diff_sarif;
pub use diff_text::diff_text;
pub use diff_yaml::diff_yaml;
pub use format::{Format, RenderOptions};
pub use github::github;
pub use html::{Live, PageOptions, html, page_policy};
pub use json::{ReadError, json, json_schema, read_json, visible_json, write_json};
pub use junit::{junit, with_skipped};
pub use links::Links;
pub use markdown::markdown;
pub use needs::{
    NeedsView, ObjectNeedView, TextNeedView, needs_json, needs_json_schema, needs_table,
};
pub use openmetrics::{OPENMETRICS_CONTENT_TYPE, openmetrics, openmetrics_text};
pub use policy_report::{
    PolicyReports, REPORT_LABEL, REPORT_MANAGER, ReportKind, policy_report, reference,
};
pub use prometheus::{
    DEFAULT_MAX_SERIES, PROMETHEUS_CONTENT_TYPE, PrometheusOptions, prometheus, prometheus_text,
};
pub use prose::{Step, steps, wrap};
pub use pseudonyms::{Pseudonyms, objects::NameInUse};
pub use redact::{Own, Redaction, SecretValues, redact, redact_json};
pub use sarif::sarif;
pub use shown::{redacted_text, rule_of, subject_text};
pub use suppressions::suppressions;
pub use text::{Collect, Detail, TextStyle, text};
pub use view::SCHEMA_VERSION;
pub use yaml::yaml;

#[cfg(test)]
mod tests;
