//! The canonical order of a report, and fingerprints: the names by which a finding is recognised in
//! the next run. Every format expects a report that was arranged.

use std::{
    cmp::{Ordering, Reverse},
    sync::Arc,
};

use rulebox_core::{
    Finding, Input, NeedCoverage, ObjectRef, PackFailure, PackSample, Report, ReportedFinding,
    RuleOutcome, fingerprint_parts,
};
use sha2::{Digest, Sha256};

use crate::forest;

/// Puts a report into its canonical order.
///
/// Findings: each behind the first of its causes. Trees come in the order of the worst in them that
/// is not suppressed, and so does what stands below one finding; then, and where nothing causes
/// anything, the worst first, then by cluster, pack, rule and subject. Everything else by cluster
/// and name; of an input's problems, those that may have lost objects come first. Inputs keep the
/// order in which the user named them.
///
/// Findings must have their severities, suppressions and causes, and the fingerprints of
/// [`identify`].
pub fn arrange(mut report: Report) -> Report {
    let Report {
        tool: _,
        packs,
        as_of: _,
        clusters,
        asked,
        baseline: _,
        cluster_uids,
        inputs,
        coverage,
        findings,
        rules,
        failures,
        samples,
        timeline,
        objects,
        objects_needed: _,
        redacted: _,
    } = &mut report;
    for Input { problems, .. } in inputs {
        problems.sort_by(|a, b| Reverse(a.lost()).cmp(&Reverse(b.lost())).then_with(|| a.cmp(b)));
    }
    packs.sort();
    clusters.sort_by(|a, b| a.cluster.cmp(&b.cluster));
    asked.sort();
    cluster_uids.sort();
    coverage.sort_by(|a, b| coverage_key(a).cmp(&coverage_key(b)));
    findings.sort_by(by_weight);
    *findings = forest::by_trees(std::mem::take(findings));
    rules.sort_by(|a, b| rule_key(a).cmp(&rule_key(b)));
    failures.sort_by(|a, b| failure_key(a).cmp(&failure_key(b)));
    sort_by_series(samples);
    timeline.sort();
    objects.sort();
    report
}

/// The name of a finding that stays the same in the next run: 16 hexadecimal digits.
///
/// The cluster is not part of it, so that a cluster's finding has the same name whether or not the
/// run has other clusters; in a run over several clusters, cluster and fingerprint together name a
/// finding. `nth` counts, from 0 and in each cluster, the findings that agree in pack, rule,
/// subject and the label `problem`; [`identify`] counts them.
pub fn fingerprint(pack: &str, finding: &Finding, nth: usize) -> String {
    let digest = Sha256::digest(fingerprint_parts(pack, finding, nth).join("\0"));
    let head = digest.iter().take(8).fold(0_u64, |head, byte| head << 8 | u64::from(*byte));
    format!("{head:016x}")
}

/// Gives each finding its fingerprint, by which suppressions and causes name it. Severities may be
/// set before or after: it does not depend on them.
pub fn identify(findings: &mut [ReportedFinding]) {
    // The texts decide the order only among findings of one rule on one subject, where nothing else
    // does.
    findings.sort_by(|a, b| identity(a).cmp(&identity(b)).then_with(|| by_words(a, b)));
    for same in findings.chunk_by_mut(|a, b| identity(a) == identity(b)) {
        for (nth, it) in same.iter_mut().enumerate() {
            it.fingerprint = fingerprint(&it.pack, &it.finding, nth);
        }
    }
}

/// The cluster, and what [`fingerprint_parts`] reads.
fn identity(it: &ReportedFinding) -> [&str; 8] {
    let Finding { rule, subject, .. } = &it.finding;
    let ObjectRef { kind, namespace, name, .. } = subject;
    let problem = it.finding.problem().unwrap_or_default();
    [&it.cluster, &it.pack, rule, subject.group(), kind, namespace, name, problem]
}

fn by_words(a: &ReportedFinding, b: &ReportedFinding) -> Ordering {
    let (a, b) = (&a.finding, &b.finding);
    (&a.summary, &a.cause, &a.remedy, &a.evidence, &a.labels, &a.caused_by).cmp(&(
        &b.summary,
        &b.cause,
        &b.remedy,
        &b.evidence,
        &b.labels,
        &b.caused_by,
    ))
}

fn by_weight(a: &ReportedFinding, b: &ReportedFinding) -> Ordering {
    (Reverse(a.finding.severity), weight_key(a))
        .cmp(&(Reverse(b.finding.severity), weight_key(b)))
        .then_with(|| by_words(a, b))
}

fn weight_key(it: &ReportedFinding) -> [&str; 7] {
    let Finding { rule, subject, .. } = &it.finding;
    let ObjectRef { api_version, kind, namespace, name, .. } = subject;
    [&it.cluster, &it.pack, rule, namespace, kind, name, api_version]
}

fn coverage_key(it: &NeedCoverage) -> [&str; 6] {
    [&it.cluster, &it.pack, &it.need, &it.group, &it.kind, &it.reason]
}

fn rule_key(it: &RuleOutcome) -> [&str; 3] {
    [&it.cluster, &it.pack, &it.rule.id]
}

fn failure_key(it: &PackFailure) -> (&str, &str, &Option<String>, [&str; 3]) {
    (&it.cluster, &it.pack, &it.rule, [&it.code, &it.message, &it.help])
}

/// Sorts by metric first: packs give the samples of several metrics in turn, but those of one
/// metric mostly in order, so the second sort has little to move.
fn sort_by_series(samples: &mut [PackSample]) {
    samples.sort_by(|a, b| {
        let same = Arc::ptr_eq(&a.metric, &b.metric) && a.cluster == b.cluster && a.pack == b.pack;
        if same { Ordering::Equal } else { series_key(a).cmp(&series_key(b)) }
    });
    for same in samples.chunk_by_mut(|a, b| series_key(a) == series_key(b)) {
        same.sort_by(|a, b| {
            let (a, b) = (&a.sample, &b.sample);
            a.label_values.cmp(&b.label_values).then_with(|| a.value.total_cmp(&b.value))
        });
    }
}

fn series_key(it: &PackSample) -> [&str; 3] {
    [&it.cluster, &it.pack, &it.metric.name]
}

#[cfg(test)]
mod tests {
    use rulebox_core::{MetricInfo, MetricType, Sample};

    use super::*;

    #[test]
    fn samples_stand_by_series_whoever_holds_the_metric() {
        let metric = |name: &str| {
            Arc::new(MetricInfo {
                name: name.to_owned(),
                metric_type: MetricType::Gauge,
                help: String::new(),
                rule: String::new(),
                labels: vec!["all".to_owned(), "each".to_owned()],
            })
        };
        let held = [metric("b"), metric("a"), metric("b")];
        let mut samples = Vec::new();
        for (i, label) in ["x", "z", "y", "w"].into_iter().enumerate() {
            for (j, metric) in held.iter().enumerate() {
                for (pack, cluster) in [("p", "two"), ("o", "one")] {
                    let sample = Sample {
                        metric: metric.name.clone(),
                        label_values: vec!["same".to_owned(), label.to_owned()],
                        value: f64::from(u8::try_from(10 - i - j).unwrap_or_default()),
                    };
                    let (cluster, pack) = (cluster.to_owned(), pack.to_owned());
                    samples.push(PackSample { cluster, pack, metric: Arc::clone(metric), sample });
                }
            }
        }
        let mut want = samples.clone();
        want.sort_by(|a, b| {
            let key =
                |it: &PackSample| (it.cluster.clone(), it.pack.clone(), it.metric.name.clone());
            let by_series = (key(a), &a.sample.label_values).cmp(&(key(b), &b.sample.label_values));
            by_series.then_with(|| a.sample.value.total_cmp(&b.sample.value))
        });
        sort_by_series(&mut samples);
        let shown =
            |it: &PackSample| (it.cluster.clone(), it.metric.name.clone(), it.sample.clone());
        assert_eq!(
            samples.iter().map(shown).collect::<Vec<_>>(),
            want.iter().map(shown).collect::<Vec<_>>()
        );
    }
}
