//! For spreadsheets: a line for each finding, and for each rule that had no data or failed. A table
//! without findings is no table of a healthy cluster: what was not judged stands in it, too.

use crate::{
    prose::with_changes_marked,
    shown::{one_line, place_text, suppression_text},
    view::{FailureView, FindingView, ReportView, ResultView, RuleView},
};

/// The columns. Within a [`crate::SCHEMA_VERSION`] new ones come behind them.
const COLUMNS: [&str; 16] = [
    "result",
    "severity",
    "cluster",
    "pack",
    "rule",
    "apiVersion",
    "kind",
    "namespace",
    "name",
    "summary",
    "cause",
    "remedy",
    "place",
    "fingerprint",
    "causedBy",
    "suppressed",
];

type Row = [String; COLUMNS.len()];

/// Writes a report as comma-separated values (RFC 4180, with line feeds), with a header. The order
/// of the findings is that of the report.
///
/// A cell that a spreadsheet would take for a formula begins with an apostrophe: names and messages
/// are other people's.
pub fn csv(report: &ReportView) -> String {
    let unjudged =
        report.rules.iter().filter(|it| it.lacks_data() || it.result == ResultView::Error);
    let found = report.findings.iter().map(of_finding);
    let failed = report.failures.iter().map(of_failure);
    table(COLUMNS, found.chain(unjudged.map(of_rule)).chain(failed))
}

/// A table with a header.
pub(crate) fn table<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in [columns.map(str::to_owned)].into_iter().chain(rows) {
        writer.write_record(row.map(|it| inert(&it))).expect("memory is written");
    }
    let bytes = writer.into_inner().expect("memory is written");
    String::from_utf8(bytes).expect("texts were written")
}

fn of_finding(it: &FindingView) -> Row {
    [
        ResultView::Fail.to_string(),
        it.severity.to_string(),
        it.cluster.clone(),
        it.pack.clone(),
        it.rule.clone(),
        it.subject.api_version.clone(),
        it.subject.kind.clone(),
        it.subject.namespace.clone(),
        it.subject.name.clone(),
        it.summary.clone(),
        it.cause.clone(),
        with_changes_marked(&it.remedy).into_owned(),
        it.place.as_ref().map(place_text).unwrap_or_default(),
        it.fingerprint.clone(),
        it.caused_by.join(" "),
        it.suppressed.as_ref().map(suppression_text).unwrap_or_default(),
    ]
}

/// A rule that could not judge, or not all: the reason stands where a finding has its cause.
fn of_rule(it: &RuleView) -> Row {
    let mut row = Row::default();
    // What it found has lines of its own.
    let result = if it.result == ResultView::Fail { ResultView::NoData } else { it.result };
    row[0] = result.to_string();
    row[1] = it.severity.to_string();
    (row[2], row[3], row[4]) = (it.cluster.clone(), it.pack.clone(), it.rule.clone());
    (row[9], row[10]) = (it.summary.clone(), it.reason.clone());
    row
}

fn of_failure(it: &FailureView) -> Row {
    let mut row = Row::default();
    row[0] = ResultView::Error.to_string();
    (row[2], row[3]) = (it.cluster.clone(), it.pack.clone());
    row[4] = it.rule.clone().unwrap_or_default();
    (row[9], row[10], row[11]) = (it.code.clone(), it.message.clone(), it.help.clone());
    row
}

/// A text that is a text to a spreadsheet. Without line ends inside, which many programs read as
/// the end of a row, and without hidden characters.
fn inert(cell: &str) -> String {
    let cell = one_line(cell);
    // OWASP, "CSV Injection".
    if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.into_owned() }
}
