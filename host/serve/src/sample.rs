//! Findings, rules and results for tests.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
    time::Duration,
};

use jiff::Timestamp;
use rulebox_core::{
    Finding, ObjectRef, Report, ReportedFinding, RuleInfo, RuleOutcome, RuleResult, Severity,
};
use tokio::time::Instant;

use crate::Published;

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

/// A vault of this name that is unavailable.
pub(crate) fn finding(namespace: &str, name: &str) -> ReportedFinding {
    ReportedFinding {
        cluster: String::new(),
        pack: "backup-center".to_owned(),
        fingerprint: format!("f-{name}"),
        finding: Finding {
            rule: "vault-unavailable".to_owned(),
            severity: Severity::High,
            subject: ObjectRef {
                api_version: "csdr.alibabacloud.com/v1beta1".to_owned(),
                kind: "BackupLocation".to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                uid: "u-1".to_owned(),
            },
            summary: format!("{name} is Unavailable"),
            cause: "the bucket does not exist".to_owned(),
            remedy: "kubectl get it".to_owned(),
            evidence: Vec::new(),
            labels: Vec::new(),
            caused_by: Vec::new(),
        },
        place: None,
        evidence_places: Vec::new(),
        suppressed: None,
        causes: Vec::new(),
    }
}

/// A rule of the same pack.
pub(crate) fn rule(id: &str, result: RuleResult, reason: &str) -> RuleOutcome {
    RuleOutcome {
        cluster: String::new(),
        pack: "backup-center".to_owned(),
        rule: RuleInfo {
            id: id.to_owned(),
            severity: Severity::High,
            summary: String::new(),
            documentation: String::new(),
            requires: Vec::new(),
            consults: Vec::new(),
        },
        severity: Severity::High,
        result,
        reasons: Some(reason.to_owned()).filter(|it| !it.is_empty()).into_iter().collect(),
        stale_since: None,
    }
}

/// A result of this second, of findings that are known since second 7.
pub(crate) fn published(
    second: i64,
    findings: Vec<ReportedFinding>,
    rules: Vec<RuleOutcome>,
) -> Published {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    let key = |it: &ReportedFinding| (it.cluster.clone(), it.fingerprint.clone());
    let first: HashMap<_, _> = findings.iter().map(|it| (key(it), at(7))).collect();
    let report = Report { findings, rules, ..Report::default() };
    let took = Duration::ZERO;
    let mut published = Published::new(1, report, first, at(second), took, BTreeMap::new());
    let begun = *BEGUN.get_or_init(Instant::now);
    published.made = begun + Duration::from_secs(second.unsigned_abs());
    published
}
