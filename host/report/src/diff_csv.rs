//! The comparison of two reports for spreadsheets: a line for each finding, those too that have not
//! changed.

use crate::{
    csv::table,
    diff::{DiffView, Entry},
    shown::{place_text, suppression_text},
    view::FindingView,
};

/// The columns. Within a [`crate::SCHEMA_VERSION`] new ones come behind them.
const COLUMNS: [&str; 14] = [
    "change",
    "severity",
    "cluster",
    "pack",
    "rule",
    "apiVersion",
    "kind",
    "namespace",
    "name",
    "summary",
    "was",
    "place",
    "fingerprint",
    "suppressed",
];

/// Writes a comparison as comma-separated values, as [`crate::csv()`] writes a report. What a
/// finding was, or why it cannot be compared, stands in the column `was`.
pub fn diff_csv(diff: &DiffView) -> String {
    table(COLUMNS, diff.entries().into_iter().map(row))
}

fn row(Entry { change, finding, note, .. }: Entry<'_>) -> [String; COLUMNS.len()] {
    let FindingView { severity, cluster, pack, rule, subject, summary, .. } = finding;
    [
        change.as_str().to_owned(),
        severity.to_string(),
        cluster.clone(),
        pack.clone(),
        rule.clone(),
        subject.api_version.clone(),
        subject.kind.clone(),
        subject.namespace.clone(),
        subject.name.clone(),
        summary.clone(),
        note,
        finding.place.as_ref().map(place_text).unwrap_or_default(),
        finding.fingerprint.clone(),
        finding.suppressed.as_ref().map(suppression_text).unwrap_or_default(),
    ]
}
