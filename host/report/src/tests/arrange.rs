//! The order of a report, and the names of findings.

use rulebox_core::{Report, Severity};

use super::sample::{all, clusters, finding, object, rich};
use crate::{PrometheusOptions, TextStyle, arrange, fingerprint, json, prometheus, text};

/// The same words in another order, as far as order does not speak.
fn shuffle(mut report: Report) -> Report {
    report.findings.reverse();
    report.rules.reverse();
    report.coverage.reverse();
    report.failures.reverse();
    report.samples.reverse();
    report.objects.reverse();
    for input in &mut report.inputs {
        input.problems.reverse();
    }
    report
}

#[test]
fn the_same_report_in_another_order_gives_the_same_bytes() {
    for (name, report) in all() {
        let straight = arrange(report.clone());
        let shuffled = arrange(shuffle(report));
        let style = TextStyle::default();
        let options = PrometheusOptions::default();
        assert_eq!(text(&straight, &style), text(&shuffled, &style), "{name}");
        assert_eq!(json(&straight), json(&shuffled), "{name}");
        assert_eq!(prometheus(&straight, options), prometheus(&shuffled, options), "{name}");
    }
}

#[test]
fn the_worst_finding_comes_first() {
    let severities = rich().findings.iter().map(|it| it.finding.severity).collect::<Vec<_>>();
    assert_eq!(severities, [Severity::Critical, Severity::High, Severity::Medium]);
}

#[test]
fn a_fingerprint_is_this_for_ever() {
    let it = finding("vault-unavailable", Severity::High, object("v1", "Pod", "csdr", "a"));
    assert_eq!(fingerprint("backup-center", &it.finding, 0), "f91287f28d628426");
}

#[test]
fn a_fingerprint_does_not_hang_on_words_and_severity() {
    let before = finding("r", Severity::High, object("velero.io/v1", "Backup", "a", "b"));
    let mut after = before.clone();
    after.finding.severity = Severity::Low;
    after.finding.summary = "other words".to_owned();
    after.finding.subject.api_version = "velero.io/v2".to_owned();
    after.finding.subject.uid = "1".to_owned();
    assert_eq!(fingerprint("p", &before.finding, 0), fingerprint("p", &after.finding, 0));
}

#[test]
fn findings_of_one_rule_on_one_subject_have_their_own_fingerprints() {
    let mut first = finding("r", Severity::High, object("v1", "Pod", "a", "b"));
    first.finding.summary = "container x".to_owned();
    let mut second = first.clone();
    second.finding.summary = "container y".to_owned();
    // It comes first by severity, and yet second by its words.
    second.finding.severity = Severity::Critical;
    let report = arrange(Report { findings: vec![first, second], ..Report::default() });
    let [y, x] = &report.findings[..] else { panic!("two findings") };
    assert_eq!(x.fingerprint, fingerprint("backup-center", &x.finding, 0));
    assert_eq!(y.fingerprint, fingerprint("backup-center", &y.finding, 1));
    assert_ne!(x.fingerprint, y.fingerprint);
}

#[test]
fn each_cluster_counts_for_itself() {
    let report = clusters();
    assert_eq!(report.findings[0].fingerprint, report.findings[1].fingerprint);
}
