//! Packs of which the input holds nothing: what they are about is not in this cluster, or was not
//! collected at all. One line says as much as a line for each kind.

use std::collections::BTreeMap;

use rulebox_core::{
    Coverage, NeedCoverage, Report, RuleResult,
    coverage::{LEFT_OUT, REFUSED, UNPLACED, serves_none},
};

use super::{gaps::Gaps, reasons::kind_name};

/// So many kinds show what a pack is about.
const KINDS_SHOWN: usize = 2;

/// What is said of a pack where the input holds none of its objects; none where it holds some, or
/// where something was refused, left out or lost, objects name no namespace, or a rule says
/// something else.
///
/// The pack's own objects are of custom kinds, or of namespaces that not every cluster has; where
/// it has no such needs, all of its objects count. A rule that passed has judged nothing where it
/// was given no object of one need that it requires, or only what every cluster holds.
pub(super) fn sentence(
    report: &Report,
    cluster: &str,
    pack: &str,
    gaps: &Gaps<'_>,
) -> Option<String> {
    let needs = report.coverage.iter().filter(|it| it.cluster == cluster && it.pack == pack);
    let needs: Vec<_> = needs.collect();
    let by_id: BTreeMap<_, _> = needs.iter().map(|it| (it.need.as_str(), *it)).collect();
    let has_own = needs.iter().any(|it| is_own(it));
    let mut own = needs.iter().filter(|it| !has_own || is_own(it));
    if needs.is_empty() || own.any(|it| it.selected > 0) {
        return None;
    }
    let (mut asked, mut silent, mut is_served) = (0, 0, true);
    let rules = report.rules.iter().filter(|it| it.cluster == cluster && it.pack == pack);
    for outcome in rules.filter(|it| it.result != RuleResult::Skipped) {
        asked += 1;
        let required = outcome.rule.requires.iter().filter_map(|it| by_id.get(it.as_str()));
        let required: Vec<_> = required.copied().collect();
        match outcome.result {
            RuleResult::NoData => silent += 1,
            RuleResult::Pass => {
                let is_given = required.iter().all(|it| it.selected > 0);
                if is_given && required.iter().any(|it| !it.label_selector.is_empty()) {
                    return None;
                }
                continue;
            }
            _ => return None,
        }
        for reason in &outcome.reasons {
            let need = required
                .iter()
                .find(|it| it.coverage != Coverage::Complete && it.reason == *reason)?;
            let is_other = [REFUSED, LEFT_OUT, UNPLACED].iter().any(|it| reason.contains(it));
            if is_other || need.kind.is_empty() || gaps.is_lost(need) {
                return None;
            }
            is_served &= *reason != serves_none(&kind_name(&need.group, &need.kind));
        }
    }
    let holder = if is_served { "the input" } else { "the cluster" };
    let rules = match asked {
        1 => "its one rule could not judge".to_owned(),
        _ if silent == asked => format!("none of its {asked} rules could judge"),
        _ => format!("{silent} of its {asked} rules could not judge"),
    };
    let kinds = kinds(needs.iter().copied().filter(|it| it.selected == 0));
    Some(format!("{pack}: {holder} holds none of its objects ({kinds}): {rules}"))
}

/// Whether a need is for objects that not every cluster holds.
fn is_own(it: &NeedCoverage) -> bool {
    let of_system = |it: &String| it == "default" || it.starts_with("kube-");
    is_custom(it) || it.namespaces.iter().any(|it| !of_system(it))
}

fn is_custom(it: &NeedCoverage) -> bool {
    it.group.contains('.') && !it.group.ends_with(".k8s.io")
}

/// `16 kinds, such as BackupLocation.csdr.alibabacloud.com, Backup.velero.io`
fn kinds<'r>(needs: impl Iterator<Item = &'r NeedCoverage>) -> String {
    let mut all: Vec<(bool, &str, &str)> = needs
        .filter(|it| !it.kind.is_empty())
        .map(|it| (!is_custom(it), it.group.as_str(), it.kind.as_str()))
        .collect();
    all.sort_unstable();
    all.dedup();
    let number = all.len();
    // One kind of each group tells more than several of one.
    let mut shown = all.clone();
    shown.dedup_by_key(|it| it.1);
    if number <= KINDS_SHOWN {
        shown = all;
    }
    let shown = shown.iter().take(KINDS_SHOWN).map(|it| kind_name(it.1, it.2));
    let shown = shown.collect::<Vec<_>>().join(", ");
    if number <= KINDS_SHOWN { shown } else { format!("{number} kinds, such as {shown}") }
}
