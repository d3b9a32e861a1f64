//! Rules that could not judge: each reason once, each kind that is missing once, and a pack of
//! which the input holds nothing in one line. Where everything is to be said, also rules that need
//! no action.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{Coverage, Report, RuleOutcome, RuleResult, text::escape};

use super::{
    gaps::Gaps,
    not_here,
    page::{Page, count},
    reasons::{Reason, Reasons},
    style::Detail,
};

const EFFECT: &str = "could not judge: this is not a pass";

/// What the section of one cluster has said.
#[derive(Default)]
pub(super) struct Said<'r> {
    pub(super) reasons: BTreeSet<Reason>,
    /// Packs of which all is said by one line.
    pub(super) packs: BTreeSet<&'r str>,
}

pub(super) fn no_data<'r>(
    page: &mut Page,
    report: &'r Report,
    cluster: &'r str,
    gaps: &Gaps<'_>,
) -> Said<'r> {
    let mut said = Said::default();
    let rules: Vec<_> = outcomes(report, cluster, RuleResult::NoData).collect();
    if rules.is_empty() {
        return said;
    }
    page.title("NO DATA", &format!("{} {EFFECT}", count(rules.len(), "rule")));
    if page.style.detail == Detail::Verbose {
        by_reason(page, &rules);
        page.gap();
        return said;
    }
    for (pack, rules) in by_pack(&rules) {
        if let Some(sentence) = not_here::sentence(report, cluster, pack, gaps) {
            page.prose(2, "", &sentence);
            said.packs.insert(pack);
            continue;
        }
        let mut reasons = Reasons::default();
        for rule in &rules {
            for reason in rule_reasons(report, rule, gaps) {
                said.reasons.insert(reason.clone());
                reasons.add(reason, rule.rule.id.clone());
            }
        }
        page.line(2, &share(report, cluster, pack, rules.len()));
        reasons.write(page, 4, rules.len());
    }
    page.gap();
    said
}

fn by_pack<'r>(rules: &[&'r RuleOutcome]) -> BTreeMap<&'r str, Vec<&'r RuleOutcome>> {
    let mut packs: BTreeMap<&str, Vec<&RuleOutcome>> = BTreeMap::new();
    for rule in rules {
        packs.entry(&rule.pack).or_default().push(rule);
    }
    packs
}

/// `backup-center: 2 of 7 rules`
fn share(report: &Report, cluster: &str, pack: &str, silent: usize) -> String {
    let is_asked = |it: &&RuleOutcome| (it.cluster.as_str(), it.pack.as_str()) == (cluster, pack);
    let asked = report.rules.iter().filter(is_asked);
    let asked = asked.filter(|it| it.result != RuleResult::Skipped).count();
    format!("{}: {silent} of {}", escape(pack), count(asked, "rule"))
}

/// What each pack of a cluster could not judge, in a line.
pub(super) fn in_lines(report: &Report, cluster: &str) -> Vec<String> {
    let rules: Vec<_> = outcomes(report, cluster, RuleResult::NoData).collect();
    let line = |(pack, rules): (&str, Vec<&RuleOutcome>)| {
        format!("{} {EFFECT}", share(report, cluster, pack, rules.len()))
    };
    by_pack(&rules).into_iter().map(line).collect()
}

/// Rules that found something and could not judge all, counted in a line.
pub(super) fn in_part_line(report: &Report, cluster: &str) -> Option<String> {
    let rules = partly(report, cluster).count();
    (rules > 0).then(|| format!("{} with findings could not judge all", count(rules, "rule")))
}

fn partly<'r>(report: &'r Report, cluster: &'r str) -> impl Iterator<Item = &'r RuleOutcome> {
    outcomes(report, cluster, RuleResult::Fail).filter(|it| !it.reasons.is_empty())
}

/// Rules that found something: what else they saw and could not judge.
pub(super) fn in_part(page: &mut Page, report: &Report, cluster: &str) {
    let Some(title) = in_part_line(report, cluster) else { return };
    page.title("NOT JUDGED", &title);
    let mut reasons = Reasons::default();
    for rule in partly(report, cluster) {
        for reason in &rule.reasons {
            reasons.add(Reason::plain(reason), rule.rule.id.clone());
        }
    }
    reasons.write(page, 2, usize::MAX);
    page.gap();
}

/// Why a rule could not judge: what its needs lack, and what it says itself.
fn rule_reasons(report: &Report, rule: &RuleOutcome, gaps: &Gaps<'_>) -> BTreeSet<Reason> {
    let RuleOutcome { cluster, pack, rule, reasons, .. } = rule;
    let mut all = BTreeSet::new();
    let needs = report.coverage.iter().filter(|it| {
        (&it.cluster, &it.pack) == (cluster, pack)
            && it.coverage != Coverage::Complete
            && rule.requires.contains(&it.need)
    });
    let needs: Vec<_> = needs.collect();
    for reason in reasons {
        // A reason that is part of another stands in that one only.
        let of_needs = needs.iter().filter(|it| reason.contains(&it.reason));
        all.extend(of_needs.flat_map(|it| gaps.parts(it)));
        if !needs.iter().any(|it| it.reason == *reason) {
            all.insert(Reason::plain(reason));
        }
    }
    all
}

/// Rules that need no action, so they are shown only if verbose.
pub(super) fn other_rules(page: &mut Page, report: &Report, cluster: &str) {
    if page.style.detail < Detail::Verbose {
        return;
    }
    for (title, result) in [("SKIPPED", RuleResult::Skipped), ("PASSED", RuleResult::Pass)] {
        let rules: Vec<_> = outcomes(report, cluster, result).collect();
        if !rules.is_empty() {
            page.title(title, &count(rules.len(), "rule"));
            by_reason(page, &rules);
            page.gap();
        }
    }
}

fn outcomes<'a>(
    report: &'a Report,
    cluster: &'a str,
    result: RuleResult,
) -> impl Iterator<Item = &'a RuleOutcome> {
    report.rules.iter().filter(move |it| it.cluster == cluster && it.result == result)
}

/// Rules under the reasons that they share, in full.
fn by_reason(page: &mut Page, rules: &[&RuleOutcome]) {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for RuleOutcome { pack, rule, reasons: of_rule, .. } in rules {
        let name = format!("{}/{}", escape(pack), escape(&rule.id));
        reasons.entry(of_rule.join("; ")).or_default().push(name);
    }
    for (reason, names) in reasons {
        let indent = if reason.is_empty() { 2 } else { 4 };
        page.hanging(2, &reason);
        for name in names {
            page.line(indent, &name);
        }
    }
}
