//! For Prometheus: the text exposition format 0.0.4, as a scrape or a file for the textfile
//! collector reads it. Which families and series there are is decided in [`crate::metrics`].
//!
//! The encoder is our own: `prometheus-client` writes OpenMetrics text only, whose `info` type and
//! `# EOF` a parser of 0.0.4 refuses, and it leaves families in the order of registration.

use std::fmt::Write as _;

use rulebox_core::{Report, text::escape};

use crate::metrics::{Families, FamilyType, Labels};

/// What an HTTP answer with this text has as its `Content-Type`.
pub const PROMETHEUS_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Managed Prometheus services bill custom metrics by the series, and a scrape limit of 10 000
/// samples is common. A backup center of ordinary size has some hundreds.
pub const DEFAULT_MAX_SERIES: usize = 10_000;

/// What the caller decides of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrometheusOptions {
    /// At most so many series; [`Families::limit`] says which go, and which stay in any case.
    pub max_series: usize,
}

impl Default for PrometheusOptions {
    fn default() -> Self {
        Self { max_series: DEFAULT_MAX_SERIES }
    }
}

/// Writes the metrics of a report: [`Families::of`] lists them.
pub fn prometheus(report: &Report, options: PrometheusOptions) -> String {
    let mut families = Families::of(report);
    families.limit(options.max_series);
    prometheus_text(&families)
}

/// Writes families in the order of their names. Comments in the first lines name those that have
/// lost series.
pub fn prometheus_text(families: &Families) -> String {
    let mut text = String::new();
    for (reason, family, number) in families.dropped() {
        let (reason, family) = (reason.as_str(), escape(family));
        let _ = writeln!(text, "# rulebox: {number} series of {family} left out: {reason}");
    }
    for (name, family) in families.iter() {
        let help = family.help().replace('\\', "\\\\").replace('\n', "\\n");
        // The format has no type for info.
        let word = match family.family_type() {
            FamilyType::Gauge | FamilyType::Info => "gauge",
            FamilyType::Counter => "counter",
        };
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {word}");
        for (labels, value) in family.series() {
            text.push_str(name);
            write_labels(&mut text, labels);
            let _ = writeln!(text, " {}", number(value));
        }
    }
    text
}

/// Nothing, or `{name="value",…}`.
pub(crate) fn write_labels(text: &mut String, labels: &Labels) {
    let mut before = '{';
    for (name, value) in labels.iter() {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = write!(text, "{before}{name}=\"{value}\"");
        before = ',';
    }
    if before == ',' {
        text.push('}');
    }
}

/// As Go's `strconv.ParseFloat` reads it; whole numbers without exponent.
pub(crate) fn number(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        value.to_string()
    }
}
