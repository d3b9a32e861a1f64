//! For scrapes that ask for it: OpenMetrics 1.0. Which families and series there are is decided in
//! [`crate::metrics`]; series are written as [`crate::prometheus_text`] writes them.

use std::fmt::Write as _;

use rulebox_core::Report;

use crate::{
    metrics::{Families, FamilyType},
    prometheus::{PrometheusOptions, number, write_labels},
};

/// What an HTTP answer with this text has as its `Content-Type`.
pub const OPENMETRICS_CONTENT_TYPE: &str =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Writes the metrics of a report: [`Families::of`] lists them.
pub fn openmetrics(report: &Report, options: PrometheusOptions) -> String {
    let mut families = Families::of(report);
    families.limit(options.max_series);
    openmetrics_text(&families)
}

/// Writes families in the order of their names. The format has no comments: what was left out shows
/// in `rulebox_series_dropped` alone.
pub fn openmetrics_text(families: &Families) -> String {
    let mut text = String::new();
    for (name, family) in families.iter() {
        // The name of a family is that of its series without what its type adds.
        let (word, suffix) = match family.family_type() {
            FamilyType::Gauge => ("gauge", ""),
            FamilyType::Info => ("info", "_info"),
            FamilyType::Counter => ("counter", "_total"),
        };
        let (word, family_name) = match name.strip_suffix(suffix) {
            Some(it) => (word, it),
            None => ("unknown", name),
        };
        let help = family.help().replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = writeln!(text, "# TYPE {family_name} {word}");
        let _ = writeln!(text, "# HELP {family_name} {help}");
        for (labels, value) in family.series() {
            text.push_str(name);
            write_labels(&mut text, labels);
            let _ = writeln!(text, " {}", number(value));
        }
    }
    text.push_str("# EOF\n");
    text
}
