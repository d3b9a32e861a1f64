//! Packs and rules that failed to do their work.

use rulebox_core::{PackFailure, Report, RuleOutcome, RuleResult, text::escape};

use super::page::Page;

/// How many are shown unless verbose: a pack that fails may fail rule by rule.
const FAILURES_SHOWN: usize = 20;

pub(super) fn failures(page: &mut Page, report: &Report, cluster: &str) {
    let failures: Vec<_> = of_cluster(report, cluster).collect();
    let unexplained: Vec<_> = unexplained(report, cluster).collect();
    if failures.is_empty() && unexplained.is_empty() {
        return;
    }
    page.title("FAILED", "packs and rules that failed; all others were evaluated");
    let shown = page.most(failures.len(), FAILURES_SHOWN);
    for PackFailure { cluster: _, pack, rule, code, message, help } in &failures[..shown] {
        let rule = rule.as_ref().map_or_else(String::new, |rule| format!("/{}", escape(rule)));
        page.line(2, &format!("{}{rule}  {}", escape(pack), escape(code)));
        page.prose(4, "", message);
        if !help.is_empty() {
            page.prose(4, "help", help);
        }
    }
    page.rest(2, failures.len() - shown);
    let shown = page.most(unexplained.len(), FAILURES_SHOWN);
    for RuleOutcome { pack, rule, reasons, .. } in &unexplained[..shown] {
        page.line(2, &format!("{}/{}", escape(pack), escape(&rule.id)));
        page.prose(4, "", &reasons.join("; "));
    }
    page.rest(2, unexplained.len() - shown);
    page.gap();
}

pub(super) fn of_cluster<'r>(
    report: &'r Report,
    cluster: &'r str,
) -> impl Iterator<Item = &'r PackFailure> {
    report.failures.iter().filter(move |it| it.cluster == cluster)
}

/// Rules that failed, of which no failure tells.
pub(super) fn unexplained<'r>(
    report: &'r Report,
    cluster: &'r str,
) -> impl Iterator<Item = &'r RuleOutcome> {
    let is_explained = move |it: &RuleOutcome| {
        let names = |rule: &Option<String>| rule.as_ref().is_none_or(|rule| *rule == it.rule.id);
        of_cluster(report, cluster).any(|failure| failure.pack == it.pack && names(&failure.rule))
    };
    let failed = report.rules.iter();
    let failed = failed.filter(move |it| it.cluster == cluster && it.result == RuleResult::Error);
    failed.filter(move |it| !is_explained(it))
}
