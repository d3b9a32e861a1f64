//! The order of a report, and the names of findings.

use rulebox_core::{Report, Severity, Suppression};

use super::sample::{all, clusters, finding, object, ready, rich, trees};
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
        assert_eq!(text(&straight, &style, None), text(&shuffled, &style, None), "{name}");
        assert_eq!(json(&straight), json(&shuffled), "{name}");
        assert_eq!(prometheus(&straight, options), prometheus(&shuffled, options), "{name}");
    }
}

#[test]
fn the_worst_finding_comes_first() {
    let severities = rich().findings.iter().map(|it| it.finding.severity).collect::<Vec<_>>();
    assert_eq!(severities, [Severity::Critical, Severity::High, Severity::Medium]);
}

/// The rules of findings with these severities and causes, each a letter and `!` where it is
/// suppressed, in the order of the report.
#[track_caller]
fn check_trees(findings: &[(&str, Severity, &[&str])], want: &[&str]) {
    let mut report = Report::default();
    for &(rule, severity, causes) in findings {
        let mut it = finding(rule.trim_end_matches('!'), severity, object("v1", "Pod", "", ""));
        it.fingerprint = it.finding.rule.clone();
        it.causes = causes.iter().map(ToString::to_string).collect();
        it.suppressed = rule.ends_with('!').then(Suppression::default);
        report.findings.push(it);
    }
    for report in [report.clone(), shuffle(report)] {
        let report = arrange(report);
        let rules: Vec<_> = report.findings.iter().map(|it| it.finding.rule.as_str()).collect();
        assert_eq!(rules, want);
    }
}

#[test]
fn a_cause_comes_before_what_follows_from_it() {
    use Severity::{Critical, High, Low, Medium};
    check_trees(
        &[("b", High, &[]), ("a", High, &["d"]), ("d", High, &[]), ("c", High, &["d"])],
        &["b", "d", "a", "c"],
    );
    // Trees by the worst in them, and so below each cause.
    check_trees(
        &[
            ("a", High, &[]),
            ("b", Low, &[]),
            ("c", Medium, &["b"]),
            ("d", Low, &["b"]),
            ("e", Critical, &["d"]),
        ],
        &["b", "d", "e", "c", "a"],
    );
    // The other causes of a finding move nothing.
    check_trees(&[("a", High, &["c", "b"]), ("b", High, &[]), ("c", Low, &[])], &["b", "c", "a"]);
}

#[test]
fn what_is_suppressed_lends_a_tree_no_weight() {
    use Severity::{Critical, High, Low};
    check_trees(&[("a!", Critical, &[]), ("b", Low, &["a"]), ("c", High, &[])], &["c", "a", "b"]);
    check_trees(&[("a!", Critical, &[]), ("c", High, &[])], &["a", "c"]);
}

#[test]
fn no_finding_is_lost_whatever_its_causes_are() {
    use Severity::High;
    check_trees(&[("a", High, &["none"]), ("b", High, &["b"])], &["a", "b"]);
    let all = ready(Report { findings: trees().findings, ..Report::default() });
    assert_eq!(all.findings.len(), trees().findings.len());
    check_trees(&[("a", High, &["b"]), ("b", High, &["c"]), ("c", High, &["a"])], &["c", "b", "a"]);
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
fn what_is_wrong_is_a_part_of_a_fingerprint_where_a_rule_tells_it() {
    let with = |problem: &str| {
        let mut it = finding("r", Severity::High, object("v1", "Pod", "a", "b"));
        it.finding.summary = problem.to_owned();
        it.finding.labels.push(("problem".to_owned(), problem.to_owned()));
        it
    };
    let report = ready(Report { findings: vec![with("x"), with("y")], ..Report::default() });
    let alone = ready(Report { findings: vec![with("y")], ..Report::default() });
    // That it is alone makes it no other one.
    assert_eq!(report.findings[1].fingerprint, alone.findings[0].fingerprint);
    assert_ne!(report.findings[0].fingerprint, alone.findings[0].fingerprint);
}

#[test]
fn findings_of_one_rule_on_one_subject_have_their_own_fingerprints() {
    let mut first = finding("r", Severity::High, object("v1", "Pod", "a", "b"));
    first.finding.summary = "container x".to_owned();
    let mut second = first.clone();
    second.finding.summary = "container y".to_owned();
    // It comes first by severity, and yet second by its words.
    second.finding.severity = Severity::Critical;
    let report = ready(Report { findings: vec![first, second], ..Report::default() });
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
