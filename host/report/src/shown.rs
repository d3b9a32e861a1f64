//! Texts that several formats have in common. Each is of one part of a view; how a format arranges
//! them is not known here.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use rulebox_core::text::escape;

use crate::view::{
    FindingView, PackView, PlaceView, ProblemView, ReportView, ResultView, RuleView, SeverityView,
    SubjectView, SummaryView, SuppressionSourceView, SuppressionView, ToolView,
};

/// How it stands, at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No rule could judge, for want of any object.
    NothingRead,
    /// There are findings that count.
    Found,
    /// Nothing was found that counts, and not all could be judged.
    InPart,
    /// All was judged, and all that was found is known.
    Known,
    /// All was judged, and nothing was found.
    Well,
}

pub(crate) fn standing(report: &ReportView) -> Standing {
    let SummaryView { findings, rules, failures, problems_lost, suppressed, .. } = &report.summary;
    let results = |it: ResultView| rules.get(&it).copied().unwrap_or_default();
    let judged = results(ResultView::Pass) + results(ResultView::Fail);
    let unjudged = results(ResultView::NoData) + results(ResultView::Error);
    let in_part = |it: &RuleView| it.lacks_data() || it.stale_since.is_some();
    if findings.values().any(|it| *it > 0) {
        Standing::Found
    } else if is_nothing_read(report) {
        Standing::NothingRead
    } else if judged == 0
        || unjudged + failures + problems_lost > 0
        || report.rules.iter().any(in_part)
    {
        Standing::InPart
    } else if *suppressed > 0 {
        Standing::Known
    } else {
        Standing::Well
    }
}

/// Whether there was no object, and so no rule has judged. A cluster may hold none of the objects
/// that rules need: where it has said so, they have judged.
pub(crate) fn is_nothing_read(report: &ReportView) -> bool {
    let judged = |it: &RuleView| matches!(it.result, ResultView::Pass | ResultView::Fail);
    report.summary.objects == 0 && !report.rules.iter().any(judged)
}

/// What was found, in a few words: `2 critical, 1 low`. That nothing was found is not said where
/// there are findings that are known.
pub(crate) fn headline(report: &ReportView) -> String {
    match (standing(report), known(report)) {
        (Standing::Found, _) => counts(&report.summary.findings),
        (Standing::InPart, None) => "Nothing found in what could be judged".to_owned(),
        (Standing::InPart, Some(known)) => format!("Nothing new in what could be judged: {known}"),
        (Standing::NothingRead, None) => "Nothing was read".to_owned(),
        (Standing::NothingRead, Some(known)) => format!("Nothing was read: {known}"),
        (Standing::Well | Standing::Known, None) => "Nothing found".to_owned(),
        (Standing::Well | Standing::Known, Some(known)) => format!("Nothing new: {known}"),
    }
}

/// The findings that are known, in a few words: `7 known findings (1 critical, 6 low)`; none where
/// there are none.
pub(crate) fn known(report: &ReportView) -> Option<String> {
    let mut known = BTreeMap::new();
    for it in report.findings.iter().filter(|it| it.suppressed.is_some()) {
        *known.entry(it.severity).or_default() += 1;
    }
    let words = match known.values().sum::<usize>() {
        0 => return None,
        1 => "1 known finding".to_owned(),
        many => format!("{many} known findings"),
    };
    Some(format!("{words} ({})", counts(&known)))
}

/// `2 critical, 1 low`
fn counts(findings: &BTreeMap<SeverityView, usize>) -> String {
    let found = findings.iter().rev().filter(|it| *it.1 > 0);
    found.map(|(severity, count)| format!("{count} {severity}")).collect::<Vec<_>>().join(", ")
}

/// What was taken out of a report, in a sentence; none where nothing was.
pub fn redacted_text(redacted: &BTreeMap<String, usize>) -> Option<String> {
    let all: usize = redacted.values().sum();
    let kinds: Vec<_> =
        redacted.iter().map(|(kind, count)| format!("{count} {}", one_line(kind))).collect();
    let (values, them) = match all {
        1 => ("value that looks like a secret", "it"),
        _ => ("values that look like secrets", "each"),
    };
    (all > 0).then(|| format!("{all} {values} ({}): REDACTED stands for {them}", kinds.join(", ")))
}

/// What made a report: `Rulebox 0.1.0, pack backup-center 0.1.0 (contract 0.1.0)`; none of a report
/// of an older version, which does not say it.
pub(crate) fn made_by(tool: Option<&ToolView>, packs: &[PackView]) -> Option<String> {
    let tool = tool?;
    let mut text = format!("{} {}", one_line(&tool.name), one_line(&tool.version));
    for PackView { name, version, contract } in packs {
        let [name, version, contract] = [name, version, contract].map(|it| one_line(it));
        let _ = write!(text, ", pack {name} {version} (contract {contract})");
    }
    Some(text)
}

/// `Pod csdr/csdr-velero-0`, `Node n1`.
pub fn subject_text(SubjectView { kind, namespace, name, .. }: &SubjectView) -> String {
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

/// Who says that a finding is known, behind the reason; empty for the configuration.
pub(crate) const fn source_text(source: SuppressionSourceView) -> &'static str {
    match source {
        SuppressionSourceView::Configuration => "",
        SuppressionSourceView::Annotation => " (annotation of the object)",
        SuppressionSourceView::Baseline => " (baseline)",
    }
}

/// Why a finding does not count, and who says so.
pub(crate) fn suppression_text(it: &SuppressionView) -> String {
    let SuppressionView { reason, expires, source, .. } = it;
    let by = source_text(*source);
    let until = expires.as_ref().map(|it| format!(" (until {it})")).unwrap_or_default();
    format!("{reason}{by}{until}")
}

/// The rule of a finding, as the configuration names it.
pub fn rule_of(FindingView { pack, rule, .. }: &FindingView) -> String {
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
