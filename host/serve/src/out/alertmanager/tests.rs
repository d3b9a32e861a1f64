//! Which alerts are made of which results.

use std::collections::BTreeMap;

use rulebox_core::{Finding, ObjectRef, RuleResult, Severity, Suppression};
use serde_json::{Value, json};

use super::*;
use crate::sample::{self, at};

fn finding(name: &str) -> ReportedFinding {
    let mut it = sample::finding("csdr", name);
    "the bucket does not exist.".clone_into(&mut it.finding.cause);
    "Look at it:\nkubectl get it\nThen mend it.".clone_into(&mut it.finding.remedy);
    it
}

/// A result of this second, of findings that are known since second 7.
fn published(second: i64, findings: Vec<ReportedFinding>, result: RuleResult) -> Published {
    sample::published(second, findings, vec![sample::rule("vault-unavailable", result, "")])
}

fn shown(alerts: &[Alert]) -> Value {
    serde_json::to_value(alerts).expect("JSON")
}

#[test]
fn a_finding_is_an_alert() {
    let mut alerts = Alerts::default();
    let result = published(10, vec![finding("vault")], RuleResult::Fail);
    let page = ("backup-center".to_owned(), "https://rules.example/RULES.md".to_owned());
    let runbooks = BTreeMap::from([page]);
    let got = alerts.of(&result, &runbooks, at(12));
    let want = json!([{
        "labels": {
            "alertname": "VaultUnavailable",
            "pack": "backup-center",
            "rule": "vault-unavailable",
            "severity": "high",
            "kind": "BackupLocation",
            "namespace": "csdr",
            "name": "vault",
            "fingerprint": "f-vault",
        },
        "annotations": {
            "summary": "vault is Unavailable",
            "description": "the bucket does not exist. Look at it: kubectl get it",
            "runbook_url": "https://rules.example/RULES.md#vault-unavailable",
        },
        "startsAt": "1970-01-01T00:00:07Z",
        "endsAt": "1970-01-01T00:04:12Z",
    }]);
    assert_eq!(shown(&got), want);
}

/// Name, end and whether it is stale of each alert of each result.
#[track_caller]
fn check(results: &[(Published, bool)], want: &[&[(&str, i64, bool)]]) {
    let mut alerts = Alerts::default();
    for (nth, ((result, taken), want)) in results.iter().zip(want).enumerate() {
        let got = alerts.of(result, &BTreeMap::new(), result.at);
        let got: Vec<_> = got
            .iter()
            .map(|it| {
                let end: Timestamp = it.ends_at.parse().expect("a time");
                (&*it.labels["name"], end.as_second(), it.annotations.contains_key("stale"))
            })
            .collect();
        assert_eq!(got, *want, "result {nth}");
        if *taken {
            alerts.sent();
        }
    }
}

#[test]
fn what_a_rule_no_longer_says_goes_on_where_it_could_not_judge_all() {
    let result = |second, findings, reason| {
        let rule = sample::rule("vault-unavailable", RuleResult::Fail, reason);
        (sample::published(second, findings, vec![rule]), true)
    };
    check(
        &[
            result(10, vec![finding("a"), finding("b")], ""),
            result(20, vec![finding("b")], "the dump was cut off"),
            result(30, vec![finding("b")], ""),
        ],
        &[
            &[("a", 250, false), ("b", 250, false)],
            &[("a", 260, true), ("b", 260, false)],
            &[("a", 10, false), ("b", 270, false)],
        ],
    );
}

#[test]
fn what_is_gone_is_resolved_once_and_again_until_it_was_taken() {
    let both = || vec![finding("a"), finding("b")];
    check(
        &[
            (published(10, both(), RuleResult::Fail), true),
            (published(20, both(), RuleResult::Fail), true),
            (published(30, vec![finding("b")], RuleResult::Fail), false),
            (published(40, vec![finding("b")], RuleResult::Fail), true),
            (published(50, vec![finding("b")], RuleResult::Fail), true),
        ],
        &[
            &[("a", 250, false), ("b", 250, false)],
            &[("a", 260, false), ("b", 260, false)],
            &[("a", 20, false), ("b", 270, false)],
            &[("a", 20, false), ("b", 280, false)],
            &[("b", 290, false)],
        ],
    );
}

#[test]
fn what_is_no_longer_judged_goes_on_for_a_while() {
    check(
        &[
            (published(10, vec![finding("a")], RuleResult::Fail), true),
            (published(20, Vec::new(), RuleResult::NoData), true),
            (published(30, Vec::new(), RuleResult::Error), true),
            (published(3611, Vec::new(), RuleResult::NoData), true),
            (published(3620, Vec::new(), RuleResult::NoData), true),
        ],
        &[&[("a", 250, false)], &[("a", 260, true)], &[("a", 270, true)], &[("a", 10, false)], &[]],
    );
}

#[test]
fn a_clock_that_jumps_resolves_nothing() {
    let jumped = |second: i64, by: i64| {
        let mut it = published(second, Vec::new(), RuleResult::NoData);
        it.at = at(second + by);
        (it, true)
    };
    let begun = 10_000;
    let known = || (published(begun, vec![finding("a")], RuleResult::Fail), true);
    let end = |by: i64| begun + 20 + by + 240;
    check(
        &[known(), jumped(begun + 20, 7200)],
        &[&[("a", begun + 240, false)], &[("a", end(7200), true)]],
    );
    check(
        &[known(), jumped(begun + 20, -7200)],
        &[&[("a", begun + 240, false)], &[("a", end(-7200), true)]],
    );
}

#[test]
fn what_is_suppressed_is_no_alert_and_what_becomes_so_is_resolved() {
    let suppressed = || {
        let suppressed = Some(Suppression { reason: "known".to_owned(), ..Suppression::default() });
        vec![ReportedFinding { suppressed, ..finding("a") }]
    };
    check(
        &[
            (published(10, suppressed(), RuleResult::Fail), true),
            (published(20, vec![finding("a")], RuleResult::Fail), true),
            (published(30, suppressed(), RuleResult::Fail), true),
        ],
        &[&[], &[("a", 260, false)], &[("a", 20, false)]],
    );
}

#[test]
fn another_severity_is_another_alert_and_ends_the_first() {
    let mut worse = finding("a");
    worse.finding.severity = Severity::Critical;
    check(
        &[
            (published(10, vec![finding("a")], RuleResult::Fail), true),
            (published(20, vec![worse], RuleResult::Fail), true),
        ],
        &[&[("a", 250, false)], &[("a", 260, false), ("a", 10, false)]],
    );
}

#[test]
fn the_least_severe_are_left_out_and_not_resolved() {
    let mut many: Vec<_> = (0..MOST + 5).map(|it| finding(&format!("{it:05}"))).collect();
    let mut alerts = Alerts::default();
    let none = BTreeMap::new();
    let few = published(10, many.clone().split_off(MOST), RuleResult::Fail);
    assert_eq!(alerts.of(&few, &none, at(10)).len(), 5);
    many[MOST].finding.severity = Severity::Critical;
    let got = alerts.of(&published(20, many, RuleResult::Fail), &none, at(20));
    let firing = got.iter().filter(|it| it.ends_at == "1970-01-01T00:04:20Z").count();
    assert_eq!((firing, alerts.left_out), (MOST, 5));
    let last: Vec<_> = got.iter().filter(|it| *it.labels["name"] >= *"01000").collect();
    let last: Vec<_> = last.iter().map(|it| (&*it.labels["name"], &*it.ends_at)).collect();
    // That of severity high, which it was before, ends.
    let want = [("01000", "1970-01-01T00:04:20Z"), ("01000", "1970-01-01T00:00:10Z")];
    assert_eq!(last, want);
}

#[test]
fn hostile_text_is_visible_short_and_without_secrets() {
    let hostile = format!("a\nb\u{1b}[2J\u{202e}password=hunter2hunter2 {}", "x".repeat(10_000));
    let mut reported = finding(&hostile);
    let subject = reported.finding.subject.clone();
    reported.finding = Finding {
        rule: hostile.clone(),
        subject: ObjectRef { kind: hostile.clone(), namespace: hostile.clone(), ..subject },
        summary: hostile.clone(),
        cause: hostile.clone(),
        remedy: hostile.clone(),
        ..reported.finding
    };
    let mut alerts = Alerts::default();
    let got = alerts.of(&published(10, vec![reported], RuleResult::Fail), &BTreeMap::new(), at(10));
    let text = serde_json::to_string(&got).expect("JSON");
    assert!(text.len() < 8 << 10, "{}", text.len());
    assert!(!text.contains(['\n', '\u{1b}', '\u{202e}']), "{text}");
    let said = |of: &BTreeMap<&str, String>| of.values().any(|it| it.contains("hunter2"));
    assert!(!said(&got[0].annotations), "{text}");
}
