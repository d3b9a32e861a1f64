//! For GitHub Actions: workflow commands that become annotations of a run, and of the files of a
//! pull request where objects stand in them.

use std::{cmp::Reverse, fmt::Write as _};

use crate::{
    shown::{file_of, lost, named, one_line, rule_of},
    view::{PlaceView, ReportView, SeverityView},
};

/// Writes a report as workflow commands, a line each. GitHub shows ten errors, ten warnings and ten
/// notices of a step, so the worst come first; the rest stands in the log of the step.
///
/// Findings that are suppressed are left out. What could not be judged, read or run is told: a run
/// without annotations is one in which all was judged and nothing was found.
pub fn github(report: &ReportView) -> String {
    let mut text = String::new();
    let mut findings: Vec<_> =
        report.findings.iter().filter(|it| it.suppressed.is_none()).collect();
    findings.sort_by_key(|it| Reverse(it.severity));
    for it in findings {
        let title = format!("{} {}", it.severity, rule_of(it));
        let message = format!("{}: {}\n{}\n{}", named(it), it.summary, it.cause, it.remedy);
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
    for it in report.rules.iter().filter(|it| it.lacks_data()) {
        let title = format!("no data {}/{}", it.pack, it.rule);
        let message = format!("{}: this is not a pass\n{}", it.summary, it.reason);
        command(&mut text, "warning", None, &title, &message);
    }
    if text.is_empty() {
        command(&mut text, "notice", None, "Rulebox", "every rule could judge, and found nothing");
    }
    text
}

fn level(severity: SeverityView) -> &'static str {
    match severity {
        SeverityView::Critical | SeverityView::High => "error",
        SeverityView::Medium | SeverityView::Low => "warning",
        SeverityView::Info => "notice",
    }
}

fn command(text: &mut String, level: &str, place: Option<&PlaceView>, title: &str, message: &str) {
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
