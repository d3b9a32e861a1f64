//! For GitHub Actions: workflow commands that become annotations of a run, and of the files of a
//! pull request where objects stand in them.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _};

use crate::{
    prose::with_changes_marked,
    shown::{Standing, file_of, headline, known, lost, named, one_line, rule_of, standing},
    view::{PlaceView, ReportView, ResultView, RuleView, SeverityView},
};

/// Writes a report as workflow commands, a line each. GitHub shows ten errors, ten warnings and ten
/// notices of a step, so the worst come first; the rest stands in the log of the step.
///
/// Findings that are suppressed are counted where no other counts. What could not be judged, read
/// or run is told: a run without warnings and errors is one in which all was judged.
pub fn github(report: &ReportView) -> String {
    let mut text = String::new();
    let mut findings: Vec<_> =
        report.findings.iter().filter(|it| it.suppressed.is_none()).collect();
    findings.sort_by_key(|it| Reverse(it.severity));
    for it in findings {
        let title = format!("{} {}", it.severity, rule_of(it));
        let message = format!(
            "{}: {}\n{}\n{}",
            named(it),
            it.summary,
            it.cause,
            with_changes_marked(&it.remedy)
        );
        command(&mut text, level(it.severity), it.place.as_ref(), &title, &message);
    }
    for it in &report.failures {
        let rule = it.rule.as_ref().map(|it| format!("/{it}")).unwrap_or_default();
        let title = format!("{} {}{rule}", it.code, it.pack);
        command(&mut text, "error", None, &title, &format!("{}\n{}", it.message, it.help));
    }
    for (place, it) in lost(report) {
        let title = "not read: objects may be missing";
        command(&mut text, "warning", Some(&place), title, &it.reason);
    }
    unjudged(&mut text, report);
    let found = report.summary.findings.values().any(|it| *it > 0);
    if text.is_empty() || !found && known(report).is_some() {
        let words = match standing(report) {
            Standing::Well => "every rule could judge, and found nothing".to_owned(),
            _ => headline(report),
        };
        command(&mut text, "notice", None, "Rulebox", &words);
    }
    text
}

/// What the rules of each pack could not judge, in one annotation: one for each rule would leave no
/// room for others. No rule is described there, since what it looks for reads like a finding.
fn unjudged(text: &mut String, report: &ReportView) {
    let mut packs: BTreeMap<(&str, &str), Vec<&RuleView>> = BTreeMap::new();
    for it in report.rules.iter().filter(|it| it.result != ResultView::Skipped) {
        packs.entry((&it.cluster, &it.pack)).or_default().push(it);
    }
    for ((cluster, pack), rules) in packs {
        let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for it in rules.iter().filter(|it| it.lacks_data()) {
            let is_found = it.result == ResultView::Fail;
            let beside = if is_found { " (beside what it found)" } else { "" };
            reasons.entry(&it.reason).or_default().push(format!("{}{beside}", it.rule));
        }
        let count: usize = reasons.values().map(Vec::len).sum();
        if count == 0 {
            continue;
        }
        let of = if cluster.is_empty() { String::new() } else { format!(" in {cluster}") };
        let title = format!("no data for {count} of {} rules of {pack}{of}", rules.len());
        let mut message = "They could not judge: this is not a pass".to_owned();
        for (reason, rules) in reasons {
            let _ = write!(message, "\n{}: {}", rules.join(", "), one_line(reason));
        }
        command(text, "warning", None, &title, &message);
    }
}

pub(crate) fn level(severity: SeverityView) -> &'static str {
    match severity {
        SeverityView::Critical | SeverityView::High => "error",
        SeverityView::Medium | SeverityView::Low => "warning",
        SeverityView::Info => "notice",
    }
}

pub(crate) fn command(
    text: &mut String,
    level: &str,
    place: Option<&PlaceView>,
    title: &str,
    message: &str,
) {
    let _ = write!(text, "::{level} ");
    if let Some(place) = place {
        let _ = write!(text, "file={},", property(&one_line(&file_of(place))));
        if let Some(line) = place.line {
            let _ = write!(text, "line={line},");
        }
    }
    let lines = message.lines().map(one_line).collect::<Vec<_>>().join("\n");
    let _ = writeln!(text, "title={}::{}", property(&one_line(title)), data(&lines));
}

/// As `@actions/core` escapes what stands behind the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same for what stands behind a property's name.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
