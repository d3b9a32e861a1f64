//! Which reports are written, and what stands in them.

use http::Method;
use rulebox_core::{RuleResult, Severity, Suppression};
use serde_json::json;

use super::*;
use crate::{
    fake::Server,
    sample::{self, at},
};

fn finding(namespace: &str, name: &str, severity: Severity) -> ReportedFinding {
    let mut it = sample::finding(namespace, name);
    it.finding.severity = severity;
    it
}

fn report(findings: &[ReportedFinding]) -> Report {
    Report { findings: findings.to_vec(), ..Report::default() }
}

fn made(
    report: &Report,
    kind: ReportKind,
    held: &BTreeMap<String, Value>,
    second: i64,
) -> Documents {
    let (cluster, three_severities, now) = ("", false, at(second));
    let made = Made { report, cluster, kind, three_severities, held, now };
    documents::of(&made, &|_| at(7))
}

fn documents(report: &Report, kind: ReportKind) -> BTreeMap<String, Value> {
    made(report, kind, &BTreeMap::new(), 7).documents
}

const POLICY: &str = "/apis/wgpolicyk8s.io/v1alpha2";

#[test]
fn findings_of_a_namespace_are_one_report() {
    let findings = [finding("csdr", "vault", Severity::High)];
    let got = documents(&report(&findings), ReportKind::PolicyReports);
    let want = json!({
        "apiVersion": "wgpolicyk8s.io/v1alpha2",
        "kind": "PolicyReport",
        "metadata": {
            "name": "rulebox",
            "namespace": "csdr",
            "labels": {"app.kubernetes.io/managed-by": "rulebox"},
        },
        "scope": {"apiVersion": "v1", "kind": "Namespace", "name": "csdr"},
        "summary": {"pass": 0, "fail": 1, "warn": 0, "error": 0, "skip": 0},
        "results": [{
            "source": "rulebox",
            "policy": "backup-center",
            "rule": "vault-unavailable",
            "severity": "high",
            "result": "fail",
            "message": "vault is Unavailable",
            "timestamp": {"seconds": 7, "nanos": 0},
            "resources": [{
                "apiVersion": "csdr.alibabacloud.com/v1beta1",
                "kind": "BackupLocation",
                "namespace": "csdr",
                "name": "vault",
                "uid": "u-1",
            }],
            "properties": {
                "cause": "the bucket does not exist",
                "remedy": "kubectl get it",
                "fingerprint": "f-vault",
            },
        }],
    });
    let path = format!("{POLICY}/namespaces/csdr/policyreports/rulebox");
    assert_eq!(Value::from_iter(got), json!({path: want}));
}

#[test]
fn what_has_no_namespace_and_what_was_not_judged_stand_in_that_of_the_cluster() {
    let mut told = report(&[
        finding("", "a", Severity::Info),
        finding("../../x", "b", Severity::Critical),
        ReportedFinding {
            suppressed: Some(Suppression { reason: "known".to_owned(), ..Suppression::default() }),
            ..finding("", "c", Severity::Critical)
        },
        ReportedFinding { cluster: "other".to_owned(), ..finding("", "d", Severity::High) },
    ]);
    told.rules = vec![
        sample::rule("passes", RuleResult::Pass, ""),
        sample::rule("blind", RuleResult::NoData, "forbidden"),
        sample::rule("broken", RuleResult::Error, "it trapped"),
    ];
    let got = documents(&told, ReportKind::OpenReports);
    let path = "/apis/openreports.io/v1alpha1/clusterreports/rulebox";
    assert_eq!(got.keys().collect::<Vec<_>>(), [path]);
    let document = &got[path];
    assert_eq!(document["kind"], "ClusterReport");
    assert_eq!(
        document["summary"],
        json!({"pass": 0, "fail": 2, "warn": 0, "error": 1, "skip": 2})
    );
    let brief = |it: &Value| format!("{} {} {}", it["result"], it["severity"], it["message"]);
    let brief: Vec<_> =
        document["results"].as_array().expect("results").iter().map(brief).collect();
    let want = [
        r#""fail" "critical" "b is Unavailable""#,
        r#""fail" "info" "a is Unavailable""#,
        r#""skip" "critical" "c is Unavailable""#,
        r#""skip" null "forbidden""#,
        r#""error" null "it trapped""#,
    ];
    assert_eq!(brief, want);
    assert_eq!(documents(&Report::default(), ReportKind::OpenReports), BTreeMap::new());
}

#[test]
fn what_is_no_longer_judged_stays_for_a_while() {
    let kind = ReportKind::PolicyReports;
    let findings = [finding("csdr", "vault", Severity::High)];
    let mut held = documents(&report(&findings), kind);
    let path = format!("{POLICY}/namespaces/csdr/policyreports/rulebox");
    let rules = vec![sample::rule("vault-unavailable", RuleResult::NoData, "the watch is lost")];
    let blind = Report { rules, ..Report::default() };
    for second in [100, 3700] {
        held = made(&blind, kind, &held, second).documents;
        let result = &held[&path]["results"][0];
        assert_eq!(result["message"], "vault is Unavailable", "{second}");
        assert_eq!(result["properties"]["staleSince"], "1970-01-01T00:01:40Z", "{second}");
    }
    let mended = documents::of(
        &Made {
            report: &Report::default(),
            cluster: "",
            kind,
            three_severities: false,
            held: &held,
            now: at(200),
        },
        &|_| at(7),
    );
    assert_eq!(mended.documents, BTreeMap::new(), "its rule sees again");
    let later = made(&blind, kind, &held, 3701).documents;
    assert!(!later.contains_key(&path), "{later:?}");
}

#[test]
fn what_is_too_much_is_counted_and_said_to_be_left_out() {
    let many: Vec<_> = (0..600)
        .map(|it| finding("csdr", &format!("{it:05}"), Severity::Low))
        .chain([finding("csdr", "worst", Severity::Critical)])
        .collect();
    let got = made(&report(&many), ReportKind::PolicyReports, &BTreeMap::new(), 7);
    assert_eq!(got.left_out, 101);
    let document = got.documents.values().next().expect("a report");
    assert_eq!(document["summary"]["fail"], 601);
    let results = document["results"].as_array().expect("results");
    assert_eq!(results.len(), 501);
    assert_eq!(results[0]["message"], "worst is Unavailable");
    assert_eq!(results[500]["properties"]["leftOut"], "101");
}

#[test]
fn hostile_text_is_visible_short_and_without_secrets() {
    let hostile =
        format!("a\n\"\\\u{1b}[2J\u{202e}password=hunter2hunter2 {}", "\"x".repeat(10_000));
    let many: Vec<_> = (0..500)
        .map(|_| {
            let mut it = finding("csdr", &hostile, Severity::High);
            it.finding.subject.kind.clone_from(&hostile);
            it.finding.cause.clone_from(&hostile);
            it.finding.remedy.clone_from(&hostile);
            it
        })
        .collect();
    let got = documents(&report(&many), ReportKind::PolicyReports);
    let text = serde_json::to_string(got.values().next().expect("a report")).expect("JSON");
    assert!(text.len() < 1_100_000, "etcd takes 1.5 MiB: {}", text.len());
    assert!(!text.contains(['\n', '\u{1b}', '\u{202e}']));
    let document = got.values().next().expect("a report");
    let result = &document["results"][0];
    assert!(!result["message"].to_string().contains("hunter2"), "{result}");
    assert!(!result["properties"]["cause"].to_string().contains("hunter2"), "{result}");
}

async fn write(reports: &mut Reports, findings: &[ReportedFinding], second: i64) -> Written {
    reports.write(&report(findings), &|_| at(second), at(second)).await
}

#[tokio::test]
async fn reports_are_written_where_they_differ_and_pruned() {
    let server = Server::start().await;
    let new = async || Reports::new(server.cluster().await, "", ReportKind::PolicyReports, &[]);
    let mut reports = new().await;
    let findings = [finding("a", "x", Severity::High), finding("b", "y", Severity::High)];
    let done = write(&mut reports, &findings, 7).await;
    assert_eq!(done, Written { written: 2, ..Written::default() });
    let path = |it: &str| format!("{POLICY}/namespaces/{it}/policyreports/rulebox");
    let patches = [format!("PATCH {}", path("a")), format!("PATCH {}", path("b"))];
    assert_eq!(server.changes(), patches);

    let done = write(&mut reports, &findings, 7).await;
    assert_eq!(done, Written { unchanged: 2, ..Written::default() });
    assert_eq!(server.changes(), Vec::<String>::new(), "nothing has changed");

    // Another process, later: it finds what is there, and since when.
    let mut reports = new().await;
    let done = write(&mut reports, &findings[..1], 90).await;
    assert_eq!(done, Written { unchanged: 1, pruned: 1, ..Written::default() });
    assert_eq!(server.changes(), [format!("DELETE {}", path("b"))]);
    let done = write(&mut reports, &[], 90).await;
    assert_eq!(done, Written { pruned: 1, ..Written::default() });
    assert_eq!(server.changes(), [format!("DELETE {}", path("a"))]);
}

#[tokio::test]
async fn what_cannot_be_written_costs_no_other_report_and_is_tried_again() {
    let server = Server::start().await;
    let cluster = server.cluster().await;
    let mut reports = Reports::new(cluster, "", ReportKind::PolicyReports, &[]);
    server.refuse(Method::PATCH, "/namespaces/a/", 403, "not you");
    let findings = [finding("a", "x", Severity::High), finding("b", "y", Severity::High)];
    let done = write(&mut reports, &findings, 7).await;
    assert_eq!(done.written, 1);
    let told = "context fake: namespaces/a/policyreports/rulebox: 403 not you";
    assert_eq!(done.failures, [told]);
    assert!(!done.passes, "nobody gives rights in a moment");
    server.kept().refusals.clear();
    server.refuse(Method::PATCH, "/namespaces/a/", 429, "later");
    assert!(write(&mut reports, &findings, 7).await.passes);
    server.kept().refusals.clear();
    let done = write(&mut reports, &findings, 7).await;
    assert_eq!(done, Written { written: 1, unchanged: 1, ..Written::default() });
}

#[tokio::test]
async fn an_old_definition_is_told_three_severities() {
    let server = Server::start().await;
    let cluster = server.cluster().await;
    let mut reports = Reports::new(cluster, "", ReportKind::PolicyReports, &[]);
    server.refuse(Method::PATCH, "", 422, "results[0].severity: Unsupported value: \"critical\"");
    let findings = [finding("a", "x", Severity::Critical)];
    assert_eq!(write(&mut reports, &findings, 7).await.failures.len(), 1);
    assert_eq!(server.changes().len(), 2, "in the other words too");
    server.kept().refusals.clear();
    assert_eq!(write(&mut reports, &findings, 7).await.written, 1);
    let kept = server.kept();
    let result = &kept.objects.values().next().expect("a report")["results"][0];
    assert_eq!(
        (&result["severity"], &result["properties"]["severity"]),
        (&json!("high"), &json!("critical"))
    );
}

#[tokio::test]
async fn without_the_definitions_it_is_said_what_to_install() {
    let server = Server::start().await;
    let cluster = server.cluster().await;
    let mut reports = Reports::new(cluster, "", ReportKind::OpenReports, &[]);
    server.refuse(Method::GET, "/apis/openreports.io/", 404, "page not found");
    let done = write(&mut reports, &[finding("a", "x", Severity::Low)], 7).await;
    assert_eq!(done.failures.len(), 1);
    assert!(done.failures[0].contains("install its custom resource definitions"), "{done:?}");
    assert_eq!(server.changes(), Vec::<String>::new());
}
