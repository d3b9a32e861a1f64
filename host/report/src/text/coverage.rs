//! Needs of which not everything was seen, where the section before has not said so. An absent
//! need shows there, with its rules; a partial need does not, where a rule found something in what
//! was seen, or only consults it.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{Coverage, NeedCoverage, Report};

use super::{
    gaps::Gaps,
    no_data::Said,
    page::{Item, Page},
    reasons::{Reason, Reasons, kind_name},
    style::Detail,
};

pub(super) fn coverage(
    page: &mut Page,
    report: &Report,
    cluster: &str,
    gaps: &Gaps<'_>,
    said: &Said<'_>,
) {
    let needs = report.coverage.iter().filter(|it| it.cluster == cluster);
    match page.style.detail {
        Detail::Verbose => all(page, needs),
        Detail::Quiet | Detail::Normal => {
            let is_news = |it: &&NeedCoverage| {
                it.coverage == Coverage::Partial && !said.packs.contains(it.pack.as_str())
            };
            partial(page, needs.filter(is_news), gaps, &said.reasons);
        }
    }
}

fn all<'r>(page: &mut Page, needs: impl Iterator<Item = &'r NeedCoverage>) {
    let mut lines = BTreeSet::new();
    for it in needs {
        let NeedCoverage { pack, need, coverage, reason, .. } = it;
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let found = found(it.selected);
        lines.insert(format!("{pack}/{need}: {}: {coverage}, {found} found{why}", name(it)));
    }
    if !lines.is_empty() {
        page.title("COVERAGE", "");
        page.list("", lines.into_iter().map(Item::from));
        page.gap();
    }
}

fn partial<'r>(
    page: &mut Page,
    needs: impl Iterator<Item = &'r NeedCoverage>,
    gaps: &Gaps<'_>,
    said: &BTreeSet<Reason>,
) {
    // Packs may select the same objects under different names.
    let mut lines: BTreeMap<Reason, BTreeSet<String>> = BTreeMap::new();
    for it in needs {
        let new = gaps.parts(it).into_iter().filter(|it| !said.contains(it));
        for reason in new {
            let reason = if it.kind.is_empty() { reason } else { reason.about(&name(it)) };
            let line = format!("{} found{}", found(it.selected), selection(it));
            lines.entry(reason).or_default().insert(line);
        }
    }
    let mut reasons = Reasons::default();
    for (reason, lines) in lines {
        for line in lines {
            reasons.add(reason.clone(), line);
        }
    }
    if !reasons.is_empty() {
        page.title("COVERAGE", "objects may be missing");
        reasons.write(page, 2, usize::MAX);
        page.gap();
    }
}

fn found(selected: usize) -> String {
    if selected == 0 { "none".to_owned() } else { selected.to_string() }
}

fn name(NeedCoverage { need, group, kind, .. }: &NeedCoverage) -> String {
    if kind.is_empty() { format!("text {need}") } else { kind_name(group, kind) }
}

/// ` in kube-system with app=csi-provisioner`
fn selection(NeedCoverage { namespaces, label_selector, .. }: &NeedCoverage) -> String {
    let mut words = String::new();
    if !namespaces.is_empty() {
        words = format!(" in {}", namespaces.join(" and "));
    }
    if !label_selector.is_empty() {
        words = format!("{words} with {label_selector}");
    }
    words
}
