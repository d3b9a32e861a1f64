//! What stands in the report objects of a cluster: PolicyReport of the Kubernetes policy working
//! group, and Report of OpenReports, which have the same fields but for the group and the kinds.
//! Which of them are written, and how, is not known here.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use rulebox_core::{ObjectRef, Report, ReportedFinding, RuleResult, Severity, is_namespace};
use serde_json::{Map, Value, json};

use super::{
    held::{HELD, unjudged},
    words,
};

/// Who manages an object: the label, and its value. What bears it is ours to change and to delete.
pub(super) const LABEL: &str = "app.kubernetes.io/managed-by";
pub(super) const MANAGER: &str = "rulebox";

/// The name of each report: there is one in a namespace, and one of the cluster.
const NAME: &str = "rulebox";

/// The most findings in a report. A person reads fewer, and tools that show reports take them
/// whole.
const RESULTS: usize = 500;

/// The most bytes of the findings in a report: etcd takes objects of 1.5 MiB.
const BYTES: usize = 1 << 20;

/// The most namespaces that get a report: each costs a request, and the API server answers hundreds
/// of them in some seconds.
const NAMESPACES: usize = 500;

/// Which report objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// `PolicyReport` and `ClusterPolicyReport` of wgpolicyk8s.io/v1alpha2.
    PolicyReports,
    /// `Report` and `ClusterReport` of openreports.io/v1alpha1.
    OpenReports,
}

impl ReportKind {
    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PolicyReports => "policyreports",
            Self::OpenReports => "openreports",
        }
    }

    pub(super) const fn group_version(self) -> &'static str {
        match self {
            Self::PolicyReports => "wgpolicyk8s.io/v1alpha2",
            Self::OpenReports => "openreports.io/v1alpha1",
        }
    }

    const fn kind(self, of_cluster: bool) -> &'static str {
        match (self, of_cluster) {
            (Self::PolicyReports, false) => "PolicyReport",
            (Self::PolicyReports, true) => "ClusterPolicyReport",
            (Self::OpenReports, false) => "Report",
            (Self::OpenReports, true) => "ClusterReport",
        }
    }

    const fn plural(self, of_cluster: bool) -> &'static str {
        match (self, of_cluster) {
            (Self::PolicyReports, false) => "policyreports",
            (Self::PolicyReports, true) => "clusterpolicyreports",
            (Self::OpenReports, false) => "reports",
            (Self::OpenReports, true) => "clusterreports",
        }
    }

    pub(super) fn group_path(self) -> String {
        format!("/apis/{}/", self.group_version())
    }

    /// The path of all reports, of those of a namespace, or of the cluster.
    pub(super) fn list_path(self, namespace: Option<&str>, of_cluster: bool) -> String {
        let within = namespace.map(|it| format!("namespaces/{it}/")).unwrap_or_default();
        format!("{}{within}{}", self.group_path(), self.plural(of_cluster))
    }

    /// The path of a report that the cluster holds; none where its name cannot stand in one.
    pub(super) fn path_of(self, item: &Value) -> Option<String> {
        let part = |name: &str| item.pointer(name).and_then(Value::as_str);
        let name = part("/metadata/name").filter(|it| it.split('.').all(is_namespace))?;
        let namespace = part("/metadata/namespace").filter(|it| !it.is_empty());
        if namespace.is_some_and(|it| !is_namespace(it)) {
            return None;
        }
        Some(format!("{}/{name}", self.list_path(namespace, namespace.is_none())))
    }
}

/// The reports that there should be.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// By path.
    pub(super) documents: BTreeMap<String, Value>,
    /// How many findings had no room.
    pub(super) left_out: usize,
}

/// What reports are made of.
pub(super) struct Made<'m> {
    pub(super) report: &'m Report,
    /// As findings name the cluster.
    pub(super) cluster: &'m str,
    pub(super) kind: ReportKind,
    /// Whether the definitions know `high`, `medium` and `low` alone.
    pub(super) three_severities: bool,
    /// What the cluster holds, by path.
    pub(super) held: &'m BTreeMap<String, Value>,
    pub(super) now: Timestamp,
}

/// The reports of one cluster. Findings that are suppressed count as skipped. Those that the
/// cluster holds stay for a while where their rules cannot judge.
pub(super) fn of(made: &Made<'_>, first_seen: &dyn Fn(&ReportedFinding) -> Timestamp) -> Documents {
    let Made { report, cluster, kind, three_severities, held, now } = *made;
    let mut findings: Vec<_> = report.findings.iter().filter(|it| it.cluster == cluster).collect();
    // The worst come first: what is left out is what matters least.
    findings.sort_by_key(|it| (it.suppressed.is_some(), std::cmp::Reverse(it.finding.severity)));
    let mut by_namespace: BTreeMap<&str, Parts> = BTreeMap::new();
    let (mut left_out, mut unwritten) = (0, 0);
    for finding in findings {
        let namespace = finding.finding.subject.namespace.as_str();
        let namespace = if is_namespace(namespace) { namespace } else { "" };
        let has_room = by_namespace.len() < NAMESPACES || by_namespace.contains_key(namespace);
        if !has_room && !namespace.is_empty() {
            unwritten += 1;
            continue;
        }
        let result = result(finding, three_severities, first_seen(finding));
        let parts = by_namespace.entry(namespace).or_default();
        parts.add(result, if finding.suppressed.is_some() { "skip" } else { "fail" });
    }
    for (namespace, result) in held_on(report, cluster, held, now) {
        by_namespace.entry(namespace).or_default().add(result, "fail");
    }
    for outcome in report.rules.iter().filter(|it| it.cluster == cluster) {
        let word = match outcome.result {
            RuleResult::NoData => "skip",
            RuleResult::Error => "error",
            RuleResult::Pass | RuleResult::Fail | RuleResult::Skipped => continue,
        };
        let reasons = outcome.reasons.join("; ");
        let result = json!({
            "source": MANAGER,
            "policy": words::name(&outcome.pack),
            "rule": words::name(&outcome.rule.id),
            "result": word,
            "message": words::sentence(&reasons, words::SENTENCE_BYTES),
        });
        by_namespace.entry("").or_default().add(result, word);
    }
    if unwritten > 0 {
        by_namespace.entry("").or_default().left_out += unwritten;
    }
    let mut documents = BTreeMap::new();
    for (namespace, parts) in by_namespace {
        left_out += parts.left_out;
        let namespace = (!namespace.is_empty()).then_some(namespace);
        let path = format!("{}/{NAME}", kind.list_path(namespace, namespace.is_none()));
        documents.insert(path, parts.document(kind, namespace));
    }
    Documents { documents, left_out }
}

/// The findings that reports hold of rules that cannot judge now, each with its namespace.
fn held_on<'h>(
    report: &Report,
    cluster: &str,
    held: &'h BTreeMap<String, Value>,
    now: Timestamp,
) -> Vec<(&'h str, Value)> {
    let unjudged = unjudged(report);
    let found: HashSet<_> = report.findings.iter().map(|it| &*it.fingerprint).collect();
    let mut all = Vec::new();
    for document in held.values() {
        let namespace = document.pointer("/metadata/namespace").and_then(Value::as_str);
        for result in document.get("results").and_then(Value::as_array).into_iter().flatten() {
            let part =
                |name: &str| result.pointer(name).and_then(Value::as_str).unwrap_or_default();
            let is_finding =
                part("/result") == "fail" && !part("/properties/fingerprint").is_empty();
            let rule = (cluster, part("/policy"), part("/rule"));
            if !is_finding
                || !unjudged.contains(&rule)
                || found.contains(part("/properties/fingerprint"))
            {
                continue;
            }
            let since: Timestamp = part("/properties/staleSince").parse().unwrap_or(now);
            if now.duration_since(since).unsigned_abs() <= HELD {
                let mut result = result.clone();
                result["properties"]["staleSince"] = since.to_string().into();
                all.push((namespace.unwrap_or_default(), result));
            }
        }
    }
    all
}

/// What one report is made of.
#[derive(Default)]
struct Parts {
    results: Vec<Value>,
    bytes: usize,
    counts: BTreeMap<&'static str, u64>,
    left_out: usize,
}

impl Parts {
    fn add(&mut self, result: Value, word: &'static str) {
        *self.counts.entry(word).or_default() += 1;
        let bytes = result.to_string().len();
        if self.left_out > 0 || self.results.len() >= RESULTS || self.bytes + bytes > BYTES {
            self.left_out += 1;
            return;
        }
        self.bytes += bytes;
        self.results.push(result);
    }

    fn document(mut self, kind: ReportKind, namespace: Option<&str>) -> Value {
        if self.left_out > 0 {
            let number = self.left_out;
            self.results.push(json!({
                "source": MANAGER,
                "policy": MANAGER,
                "rule": "results-left-out",
                "result": "skip",
                "message": format!("{number} further results have no room here, and count in the \
                                    summary: ask Rulebox itself, at /api/v1/findings"),
                "properties": {"leftOut": number.to_string()},
            }));
        }
        let count = |word: &str| self.counts.get(word).copied().unwrap_or_default();
        let mut metadata = json!({"name": NAME, "labels": {LABEL: MANAGER}});
        let mut document = Map::new();
        document.insert("apiVersion".to_owned(), kind.group_version().into());
        document.insert("kind".to_owned(), kind.kind(namespace.is_none()).into());
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.into();
            let scope = json!({"apiVersion": "v1", "kind": "Namespace", "name": namespace});
            document.insert("scope".to_owned(), scope);
        }
        document.insert("metadata".to_owned(), metadata);
        let summary = json!({
            "pass": 0,
            "fail": count("fail"),
            "warn": 0,
            "error": count("error"),
            "skip": count("skip"),
        });
        document.insert("summary".to_owned(), summary);
        document.insert("results".to_owned(), self.results.into());
        Value::Object(document)
    }
}

/// A finding as a result. Field names are those of both APIs.
fn result(reported: &ReportedFinding, three_severities: bool, first_seen: Timestamp) -> Value {
    let ReportedFinding { pack, fingerprint, finding, suppressed, .. } = reported;
    let text = |text: &str| words::sentence(text, words::SENTENCE_BYTES);
    let mut properties = Map::new();
    let mut tell = |name: &str, value: String| {
        if !value.is_empty() {
            properties.insert(name.to_owned(), value.into());
        }
    };
    tell("cause", text(&finding.cause));
    tell("remedy", words::lines(&finding.remedy, words::SENTENCE_BYTES));
    tell("fingerprint", words::name(fingerprint));
    let severity = match finding.severity {
        Severity::Critical if three_severities => Severity::High,
        Severity::Info if three_severities => Severity::Low,
        it => it,
    };
    if severity != finding.severity {
        tell("severity", finding.severity.to_string());
    }
    if let Some(suppressed) = suppressed {
        tell("suppressed", text(&suppressed.reason));
    }
    json!({
        "source": MANAGER,
        "policy": words::name(pack),
        "rule": words::name(&finding.rule),
        "severity": severity.as_str(),
        "result": if suppressed.is_some() { "skip" } else { "fail" },
        "message": text(&finding.summary),
        "timestamp": {"seconds": first_seen.as_second(), "nanos": 0},
        "resources": [reference(&finding.subject)],
        "properties": properties,
    })
}

/// An ObjectReference; what is empty is left out.
pub(super) fn reference(subject: &ObjectRef) -> Value {
    let ObjectRef { api_version, kind, namespace, name, uid } = subject;
    let parts = [
        ("apiVersion", api_version),
        ("kind", kind),
        ("namespace", namespace),
        ("name", name),
        ("uid", uid),
    ];
    let parts = parts.into_iter().filter(|it| !it.1.is_empty());
    parts.map(|(name, it)| (name.to_owned(), Value::from(words::name(it)))).collect()
}

/// Whether a cluster holds this report as it should be.
pub(super) fn is_same(held: &Value, wanted: &Value) -> bool {
    let label = format!("/metadata/labels/{}", LABEL.replace('/', "~1"));
    ["/results", "/summary", "/scope", &label]
        .iter()
        .all(|it| held.pointer(it) == wanted.pointer(it))
}

/// Since when each finding is known, by fingerprint, as reports say that the cluster holds.
pub(super) fn times<'v>(held: impl Iterator<Item = &'v Value>) -> HashMap<String, Timestamp> {
    let mut times = HashMap::new();
    for result in held.filter_map(|it| it.get("results")?.as_array()).flatten() {
        let fingerprint = result.pointer("/properties/fingerprint").and_then(Value::as_str);
        let seconds = result.pointer("/timestamp/seconds").and_then(Value::as_i64);
        let time = seconds.and_then(|it| Timestamp::from_second(it).ok());
        if let (Some(fingerprint), Some(time)) = (fingerprint, time) {
            times.insert(fingerprint.to_owned(), time);
        }
    }
    times
}
