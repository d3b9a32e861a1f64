//! Packs and rules that failed to do their work.

use rulebox_core::{PackFailure, Report, RuleOutcome, RuleResult, text::escape};

use super::page::Page;

pub(super) fn failures(page: &mut Page, report: &Report, cluster: &str) {
    let failures: Vec<_> = report.failures.iter().filter(|it| it.cluster == cluster).collect();
    let is_explained = |it: &RuleOutcome| {
        let names = |rule: &Option<String>| rule.as_ref().is_none_or(|rule| *rule == it.rule.id);
        failures.iter().any(|failure| failure.pack == it.pack && names(&failure.rule))
    };
    let failed =
        report.rules.iter().filter(|it| it.cluster == cluster && it.result == RuleResult::Error);
    let unexplained: Vec<_> = failed.filter(|it| !is_explained(it)).collect();
    if failures.is_empty() && unexplained.is_empty() {
        return;
    }
    page.title("FAILED", "packs and rules that failed; all others were evaluated");
    for PackFailure { cluster: _, pack, rule, code, message, help } in failures {
        let rule = rule.as_ref().map_or_else(String::new, |rule| format!("/{}", escape(rule)));
        page.line(2, &format!("{}{rule}  {}", escape(pack), escape(code)));
        page.prose(4, "", message);
        if !help.is_empty() {
            page.prose(4, "help", help);
        }
    }
    for RuleOutcome { pack, rule, reasons, .. } in unexplained {
        page.line(2, &format!("{}/{}", escape(pack), escape(&rule.id)));
        page.prose(4, "", &reasons.join("; "));
    }
    page.gap();
}
