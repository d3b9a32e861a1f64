//! The text for `grep`: a line for each finding, and for each thing that makes the findings less
//! than all. No line is wrapped, and each begins with a word in capitals.

use std::collections::BTreeSet;

use rulebox_core::{
    Finding, Input, PackFailure, Report, ReportedFinding, RuleOutcome, text::escape,
};

use super::{failures, no_data, page::Page, places::place_words, summary};

/// So many characters of a sentence are shown: a message that it quotes may have thousands.
const SENTENCE_SHOWN: usize = 320;

pub(super) fn quiet(page: &mut Page, report: &Report, clusters: &BTreeSet<&str>) {
    for it in report.findings.iter().filter(|it| it.suppressed.is_none()) {
        let ReportedFinding { cluster, pack, finding, .. } = it;
        let Finding { rule, severity, subject, summary, .. } = finding;
        let severity = page.severity(*severity);
        let subject = format!("{subject}{}", of(cluster));
        let summary = page.shown(summary, SENTENCE_SHOWN);
        let what = format!("{subject}  {pack}/{rule}  {summary}");
        page.line(0, &format!("{severity}  {}", escape(&what)));
    }
    for &cluster in clusters {
        let of = of(cluster);
        for PackFailure { cluster: _, pack, rule, code, message, help: _ } in
            failures::of_cluster(report, cluster)
        {
            let rule = rule.as_ref().map_or_else(String::new, |it| format!("/{it}"));
            line(page, "FAILED", &format!("{pack}{rule}{of}  {code}  {message}"));
        }
        for RuleOutcome { pack, rule, reasons, .. } in failures::unexplained(report, cluster) {
            line(page, "FAILED", &format!("{pack}/{}{of}  {}", rule.id, reasons.join("; ")));
        }
        for it in no_data::in_lines(report, cluster) {
            line(page, "NO DATA", &format!("{it}{of}"));
        }
        if let Some(it) = no_data::in_part_line(report, cluster) {
            line(page, "NOT JUDGED", &format!("{it}{of}"));
        }
    }
    for Input { name, problems, .. } in &report.inputs {
        for it in problems.iter().filter(|it| it.lost()) {
            let at = place_words(name, &it.place, it.line);
            line(page, "LOST", &format!("{at}: {}", it.reason));
        }
    }
    line(page, "SUMMARY", &summary::in_line(report));
}

fn line(page: &mut Page, word: &str, text: &str) {
    let text = page.shown(text, 4 * SENTENCE_SHOWN);
    page.title(word, &text);
}

/// ` in prod`
fn of(cluster: &str) -> String {
    if cluster.is_empty() { String::new() } else { format!(" in {cluster}") }
}
