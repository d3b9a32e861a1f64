//! Texts that several formats have in common. Each is of one part of a view; how a format arranges
//! them is not known here.

use std::borrow::Cow;

use rulebox_core::text::escape;

use crate::view::{
    FindingView, PlaceView, ProblemView, ReportView, ResultView, SubjectView, SummaryView,
};

/// What was found, in a few words: `2 critical, 1 low`.
pub(crate) fn headline(summary: &SummaryView) -> String {
    let found = summary.findings.iter().rev().filter(|it| *it.1 > 0);
    let found: Vec<_> = found.map(|(severity, count)| format!("{count} {severity}")).collect();
    let no_data = summary.rules.get(&ResultView::NoData).copied().unwrap_or_default();
    let is_whole = no_data == 0 && summary.failures == 0 && summary.problems_lost == 0;
    match (found.is_empty(), is_whole) {
        (false, _) => found.join(", "),
        (true, true) => "Nothing found".to_owned(),
        (true, false) => "Nothing found in what could be judged".to_owned(),
    }
}

/// `Pod csdr/csdr-velero-0`, `Node n1`.
pub(crate) fn subject_text(SubjectView { kind, namespace, name, .. }: &SubjectView) -> String {
    if namespace.is_empty() {
        format!("{kind} {name}")
    } else {
        format!("{kind} {namespace}/{name}")
    }
}

/// The subject of a finding, and its cluster.
pub(crate) fn named(FindingView { subject, cluster, .. }: &FindingView) -> String {
    let subject = subject_text(subject);
    if cluster.is_empty() { subject } else { format!("{subject} in {cluster}") }
}

/// The rule of a finding, as the configuration names it.
pub(crate) fn rule_of(FindingView { pack, rule, .. }: &FindingView) -> String {
    format!("{pack}/{rule}")
}

/// The file of a place: the input, and the path inside it.
pub(crate) fn file_of(PlaceView { input, path, .. }: &PlaceView) -> String {
    match (input.as_str(), path.as_str()) {
        (_, "") => input.clone(),
        (input, path) => format!("{}/{path}", input.trim_end_matches('/')),
    }
}

/// The file of a place, and its line.
pub(crate) fn place_text(place: &PlaceView) -> String {
    let line = place.line.map(|it| format!(":{it}")).unwrap_or_default();
    format!("{}{line}", file_of(place))
}

/// What could not be read so that objects may be missing, and where that is.
pub(crate) fn lost(report: &ReportView) -> impl Iterator<Item = (PlaceView, &ProblemView)> {
    report.inputs.iter().flat_map(|input| {
        let lost = input.problems.iter().filter(|it| it.lost);
        lost.map(|it| {
            let (input, path) = (input.name.clone(), it.place.clone());
            (PlaceView { input, path, line: it.line }, it)
        })
    })
}

/// A text on one line: its lines behind each other, its hidden characters visible.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if text.lines().nth(1).is_none() && text.trim() == text {
        return escape(text);
    }
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let joined = lines.collect::<Vec<_>>().join(" ");
    Cow::Owned(rulebox_core::text::escaped(joined))
}
