//! The text for people, of a report in which every text of a dump or a pack is any: nothing hidden
//! comes through, colours are ours, and every line that begins where ours begin is ours.

use rulebox_core::{Report, ReportedFinding, Severity, text::escape};
use rulebox_report::{Collect, Detail, TextStyle, text};

use crate::{draw::Draw, report::report};

/// What stands at the first column, beside the headings of findings.
const TITLES: [&str; 14] = [
    "OVERVIEW  ",
    "CLUSTER ",
    "no findings",
    "SUPPRESSED  ",
    "FAILED  ",
    "NO DATA  ",
    "NOT JUDGED  ",
    "SKIPPED  ",
    "PASSED  ",
    "COVERAGE",
    "INPUT  ",
    "DO FIRST",
    "… and ",
    "NOTHING READ  ",
];

/// How the lines of a quiet text begin, beside those of findings.
const QUIET: [&str; 5] = ["FAILED  ", "NO DATA  ", "NOT JUDGED  ", "LOST  ", "SUMMARY  "];

/// The labels of a finding, in their order.
const FIELDS: [&str; 7] =
    ["due to", "cause", "remedy", "found at", "evidence", "labels", "fingerprint"];

/// The labels of the summary.
const SUMMARY: [&str; 8] =
    ["read", "findings", "rules", "as of", "taken out", "made by", "commands", "cut"];

/// The labels of what to do first.
const FIRST: [&str; 6] = ["mend", "then", "failed", "lost", "collect", "no data"];

pub(crate) fn check(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    let detail = draw.of(&[Detail::Normal, Detail::Quiet, Detail::Verbose]);
    let width = usize::from(draw.byte());
    let style = TextStyle { width, detail, ..TextStyle::default() };
    let collect = draw.flag().then(|| Collect { script: draw.text(), bundle: draw.text() });
    let report = report(&mut draw);
    let shown = text(&report, &style, collect.as_ref());
    for line in shown.lines() {
        assert_eq!(escape(line), line, "something hidden is in the text");
        let begun = line.trim_start();
        assert!(!begun.starts_with("::") && !begun.contains("##["), "a command: {line}");
    }
    check_lines(&report, detail, &shown);
    let colored = text(&report, &TextStyle { color: true, ..style }, collect.as_ref());
    let stripped = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(stripped, shown, "left: without colours; right: written without");
}

/// Whether a line begins with the heading of a finding of this severity.
fn is_heading(line: &str, severity: Severity) -> bool {
    let line = line.strip_prefix("also ").unwrap_or(line);
    let word = severity.as_str().to_uppercase();
    line.strip_prefix(word.as_str()).is_some_and(|it| it.starts_with("  "))
}

fn check_lines(report: &Report, detail: Detail, shown: &str) {
    let lines: Vec<_> = shown.lines().collect();
    if lines[0].starts_with("NOTHING READ  ") {
        let other = lines[1..].iter().find(|it| !it.starts_with("  "));
        assert_eq!(other, None, "a line that is not ours in\n{shown}");
        return;
    }
    let counts = |it: &&ReportedFinding| it.suppressed.is_none();
    for severity in Severity::ALL {
        let of = |it: &&ReportedFinding| it.finding.severity == severity;
        let wanted = report.findings.iter().filter(counts).filter(of).count();
        let headings = lines.iter().filter(|it| is_heading(it, severity)).count();
        if detail == Detail::Normal {
            // Of what is alike, or too much, some are left out, and a heading says how many more.
            assert!(headings <= wanted, "{headings} of {wanted} {severity} findings in\n{shown}");
            assert!(headings > 0 || wanted == 0 || lines.iter().any(|it| it.starts_with("… and ")));
        } else {
            assert_eq!(headings, wanted, "headings of {severity} findings in\n{shown}");
        }
    }
    if detail == Detail::Quiet {
        for line in &lines {
            let is_finding = Severity::ALL.into_iter().any(|it| is_heading(line, it));
            let is_ours = is_finding || QUIET.iter().any(|it| line.starts_with(it));
            assert!(is_ours, "`{line}` is no line of ours in\n{shown}");
        }
        assert!(lines.last().is_some_and(|it| it.starts_with("SUMMARY  ")), "in\n{shown}");
        return;
    }
    assert_eq!(lines.iter().filter(|it| **it == "SUMMARY").count(), 1, "in\n{shown}");
    let mut rest = lines.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let end = after.iter().position(|it| !it.starts_with("  ")).unwrap_or(after.len());
        let (block, next) = after.split_at(end);
        rest = next;
        let told = || format!("below `{first}` in\n{shown}");
        if Severity::ALL.into_iter().any(|it| is_heading(first, it)) {
            check_finding(block, &told);
        } else if *first == "SUMMARY" {
            // Before the labels may stand a sentence that nobody must overlook; it is ours.
            let labels = block.iter().position(|it| it.starts_with("  read"));
            check_labels(&block[labels.unwrap_or(block.len())..], &SUMMARY, &told);
        } else if *first == "DO FIRST" {
            check_labels(block, &FIRST, &told);
        } else if first.starts_with("INPUT  ") {
            check_labels(block, &["lost", "note", "…"], &told);
        } else if first.starts_with("SUPPRESSED  ") {
            let wanted = report.findings.iter().filter(|it| it.suppressed.is_some()).count();
            let begun = block.iter().filter(|it| indent(it) == 2).count();
            assert!(begun <= wanted, "{begun} of {wanted} findings {}", told());
        } else {
            let is_ours = first.is_empty() || TITLES.iter().any(|it| first.starts_with(it));
            assert!(is_ours, "`{first}` is no line of ours in\n{shown}");
        }
    }
}

/// The sentence, then the labels, each once at most and in their order.
fn check_finding(block: &[&str], told: &dyn Fn() -> String) {
    let mut next = 0;
    for line in block.iter().skip(1).filter(|it| indent(it) < 4) {
        let at = FIELDS.iter().position(|it| line.trim_start().starts_with(it));
        let at = at.unwrap_or_else(|| panic!("`{line}` is no label of ours {}", told()));
        assert!(at >= next, "`{line}` stands there twice, or too late, {}", told());
        next = at + 1;
    }
}

fn check_labels(block: &[&str], labels: &[&str], told: &dyn Fn() -> String) {
    for line in block.iter().filter(|it| indent(it) < 4) {
        let is_ours = labels.iter().any(|it| line.trim_start().starts_with(it));
        assert!(is_ours, "`{line}` is no line of ours {}", told());
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}
