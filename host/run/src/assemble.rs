//! From what was read and what packs said to a report. Pure: it decides how each rule came out.

use std::{collections::HashMap, sync::Arc};

use rulebox_core::{
    Coverage, Inventory, NeedCoverage, PackFailure, PackInfo, PackSample, Report, ReportedFinding,
    RuleInfo, RuleOutcome, RuleResult, scoped,
};
use rulebox_engine::Evaluation;

use crate::policy::Chosen;

/// What one pack said in one run.
pub(crate) struct Evaluated<'p> {
    pub(crate) pack: &'p PackInfo,
    pub(crate) evaluation: Evaluation,
}

/// Adds what a pack said to the report of a run.
pub(crate) fn add(
    report: &mut Report,
    cluster: &str,
    inventory: &Inventory,
    chosen: &Chosen,
    evaluated: Evaluated<'_>,
) {
    let Evaluated { pack, evaluation } = evaluated;
    report.coverage.extend(coverage(cluster, inventory, pack));
    let asked = chosen.of_pack(pack);
    for rule in &pack.rules {
        let (result, reason) = if asked.contains(&rule.id.as_str()) {
            outcome(rule, pack, inventory, &evaluation)
        } else {
            (RuleResult::Skipped, chosen.skip_reason().to_owned())
        };
        report.rules.push(RuleOutcome {
            cluster: cluster.to_owned(),
            pack: pack.name.clone(),
            rule: rule.clone(),
            severity: rule.severity,
            result,
            reason,
        });
    }
    let Evaluation { findings, samples, undecided: _, failures, .. } = evaluation;
    report.findings.extend(findings.into_iter().map(|finding| ReportedFinding {
        cluster: cluster.to_owned(),
        pack: pack.name.clone(),
        fingerprint: String::new(), // filled when the report is arranged
        finding,
        suppressed: None,
    }));
    let metrics: HashMap<_, _> =
        pack.metrics.iter().map(|it| (it.name.as_str(), Arc::new(it.clone()))).collect();
    report.samples.extend(samples.into_iter().filter_map(|sample| {
        let metric = Arc::clone(metrics.get(sample.metric.as_str())?);
        Some(PackSample { cluster: cluster.to_owned(), pack: pack.name.clone(), metric, sample })
    }));
    report
        .failures
        .extend(failures.into_iter().map(|it| PackFailure { cluster: cluster.to_owned(), ..it }));
}

/// How a rule came out. An error outweighs all, for what it found may be half of it; then findings; and what could not
/// be seen is not healthy.
fn outcome(
    rule: &RuleInfo,
    pack: &PackInfo,
    inventory: &Inventory,
    evaluation: &Evaluation,
) -> (RuleResult, String) {
    let guilty =
        evaluation.failures.iter().find(|it| it.rule.as_ref().is_none_or(|it| *it == rule.id));
    if let Some(failure) = guilty {
        return (RuleResult::Error, failure.message.clone());
    }
    if evaluation.findings.iter().any(|it| it.rule == rule.id) {
        return (RuleResult::Fail, String::new());
    }
    let mut reasons: Vec<_> = evaluation
        .undecided
        .iter()
        .filter(|it| it.rule == rule.id)
        .map(|it| it.reason.clone())
        .collect();
    for need in &rule.requires {
        if let Some((coverage, reason)) =
            covered(inventory, pack, need).filter(|it| it.0 != Coverage::Complete)
        {
            reasons.push(if reason.is_empty() {
                format!("`{need}` is covered {coverage}ly")
            } else {
                reason.to_owned()
            });
        }
    }
    reasons.sort();
    reasons.dedup();
    // A loss hides every need at once: where one reason says it already, the others need not.
    let all = reasons.clone();
    reasons.retain(|it| !all.iter().any(|other| other != it && other.contains(it)));
    if reasons.is_empty() {
        (RuleResult::Pass, String::new())
    } else {
        (RuleResult::NoData, reasons.join("; "))
    }
}

fn covered<'i>(
    inventory: &'i Inventory,
    pack: &PackInfo,
    need: &str,
) -> Option<(Coverage, &'i str)> {
    let key = scoped(&pack.name, need);
    let objects = inventory.objects.get(&key).map(|it| (it.coverage, it.reason.as_str()));
    objects.or_else(|| inventory.texts.get(&key).map(|it| (it.coverage, it.reason.as_str())))
}

fn coverage(cluster: &str, inventory: &Inventory, pack: &PackInfo) -> Vec<NeedCoverage> {
    let key = |id: &str| scoped(&pack.name, id);
    let objects = pack.needs.objects.iter().filter_map(|need| {
        let slot = inventory.objects.get(&key(&need.id))?;
        Some((
            &need.id,
            need.group.as_str(),
            need.kind.as_str(),
            slot.coverage,
            slot.objects.len(),
            &slot.reason,
        ))
    });
    let texts = pack.needs.texts.iter().filter_map(|need| {
        let slot = inventory.texts.get(&key(&need.id))?;
        Some((&need.id, "", "", slot.coverage, slot.lines.len(), &slot.reason))
    });
    let covered =
        objects.chain(texts).map(|(need, group, kind, coverage, selected, reason)| NeedCoverage {
            cluster: cluster.to_owned(),
            pack: pack.name.clone(),
            need: need.clone(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            coverage,
            selected,
            reason: reason.clone(),
        });
    covered.collect()
}
