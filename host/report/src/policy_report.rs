//! For clusters and the tools that show what they hold: PolicyReport of the Kubernetes policy
//! working group, and Report of OpenReports, which have the same fields but for the group and the
//! kinds. As a file for kubectl, and as objects, of which a server decides which are written.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;
use rulebox_core::{
    ObjectRef, PackFailure, Report, ReportedFinding, RuleOutcome, RuleResult, Severity,
    is_namespace,
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::{prose::with_changes_marked, words, yaml::yaml_of};

/// Who manages an object: the label, and its value. What bears it is ours to change and to delete.
pub const REPORT_LABEL: &str = "app.kubernetes.io/managed-by";
/// The value of [`REPORT_LABEL`], and the `source` of each result.
pub const REPORT_MANAGER: &str = "rulebox";

/// The name of each report: there is one in a namespace, and one of the cluster.
const NAME: &str = "rulebox";

/// The annotation that says which cluster a report of a file is of, where the run names it.
const CLUSTER: &str = "rulebox.dev/cluster";

/// The most findings in a report. A person reads fewer, and tools that show reports take them
/// whole.
const RESULTS: usize = 500;

/// The most bytes of the findings in a report: etcd takes objects of 1.5 MiB.
const BYTES: usize = 1 << 20;

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

    /// As `apiVersion` has it.
    pub const fn group_version(self) -> &'static str {
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

    /// The resource, as paths have it.
    pub const fn plural(self, of_cluster: bool) -> &'static str {
        match (self, of_cluster) {
            (Self::PolicyReports, false) => "policyreports",
            (Self::PolicyReports, true) => "clusterpolicyreports",
            (Self::OpenReports, false) => "reports",
            (Self::OpenReports, true) => "clusterreports",
        }
    }
}

/// Writes a report as documents of YAML for `kubectl apply --server-side`: one for each namespace
/// with findings, and one for the cluster. That of the cluster also holds the findings without a
/// namespace, the result of each rule, what failed, and what could not be read; so it is there for
/// a healthy cluster too.
///
/// Of several clusters each has its own, named after it.
pub fn policy_report(report: &Report, kind: ReportKind) -> String {
    let named = report.clusters.iter().map(|it| it.cluster.as_str());
    let found = report.findings.iter().map(|it| it.cluster.as_str());
    let judged = report.rules.iter().map(|it| it.cluster.as_str());
    let failed = report.failures.iter().map(|it| it.cluster.as_str());
    let mut clusters: BTreeSet<&str> = named.chain(found).chain(judged).chain(failed).collect();
    if clusters.is_empty() {
        clusters.insert("");
    }
    let mut text = String::new();
    for (nth, cluster) in clusters.iter().enumerate() {
        let reports = PolicyReports {
            name: if clusters.len() > 1 { name_of(cluster) } else { NAME.to_owned() },
            // A problem of an input is told once: whose objects it may hold is not known.
            whole: Some(if nth == 0 { Inputs::Told } else { Inputs::Elsewhere }),
            rest: "`-o json` has all",
            ..PolicyReports::new(report, cluster, kind)
        };
        let at = report.as_of_cluster(cluster).moment.earliest();
        for document in reports.documents(&|_| at).0 {
            text.push_str("---\n");
            text.push_str(&yaml_of(&document));
            if !text.ends_with('\n') {
                text.push('\n');
            }
        }
    }
    text
}

/// A name for the reports of one of several clusters: what of its name can stand in the name of an
/// object, and digits that tell it from all others.
fn name_of(cluster: &str) -> String {
    if cluster.is_empty() {
        return NAME.to_owned();
    }
    let legal = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let word: String = cluster.chars().map(legal).take(40).collect();
    let digest = Sha256::digest(cluster);
    let digits = format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
    let parts = [NAME, word.trim_matches('-'), &digits];
    parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("-")
}

/// What the reports of one cluster are made of.
#[derive(Debug)]
pub struct PolicyReports<'r> {
    report: &'r Report,
    /// As findings name the cluster.
    cluster: &'r str,
    kind: ReportKind,
    name: String,
    /// Set where also what passed, failed as a whole or was not read stands in them.
    whole: Option<Inputs>,
    /// Whether the definitions know `high`, `medium` and `low` alone.
    pub three_severities: bool,
    /// Results of before that go on, each with its namespace.
    pub held: Vec<(&'r str, Value)>,
    /// At most so many namespaces get a report.
    pub most_namespaces: usize,
    /// Where what had no room is found.
    pub rest: &'r str,
}

/// Whether the problems of inputs stand in the reports of this cluster, or in those of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inputs {
    Told,
    Elsewhere,
}

impl<'r> PolicyReports<'r> {
    /// The reports of the cluster that findings call by this name.
    pub fn new(report: &'r Report, cluster: &'r str, kind: ReportKind) -> Self {
        Self {
            report,
            cluster,
            kind,
            name: NAME.to_owned(),
            whole: None,
            three_severities: false,
            held: Vec::new(),
            most_namespaces: usize::MAX,
            rest: "",
        }
    }

    /// The documents, that of the cluster first and the others by namespace, and how many results
    /// had no room. Findings that are suppressed count as skipped. `time` is that of a finding.
    pub fn documents(
        self,
        time: &dyn Fn(&ReportedFinding) -> Option<Timestamp>,
    ) -> (Vec<Value>, usize) {
        let Self { report, cluster, kind, ref name, three_severities, most_namespaces, .. } = self;
        let mut findings: Vec<_> =
            report.findings.iter().filter(|it| it.cluster == cluster).collect();
        // The worst come first: what is left out is what matters least.
        findings.sort_by_key(|it| (it.suppressed.is_some(), Reverse(it.finding.severity)));
        let mut by_namespace: BTreeMap<&str, Parts> = BTreeMap::new();
        if self.whole.is_some() {
            by_namespace.entry("").or_default();
        }
        let (mut left_out, mut unwritten) = (0, 0);
        for finding in findings {
            let namespace = finding.finding.subject.namespace.as_str();
            let namespace = if is_namespace(namespace) { namespace } else { "" };
            let has_room =
                by_namespace.len() < most_namespaces || by_namespace.contains_key(namespace);
            if !has_room && !namespace.is_empty() {
                unwritten += 1;
                continue;
            }
            let result = result(finding, three_severities, time(finding));
            let parts = by_namespace.entry(namespace).or_default();
            parts.add(result, if finding.suppressed.is_some() { "skip" } else { "fail" });
        }
        for (namespace, result) in self.held.iter().cloned() {
            by_namespace.entry(namespace).or_default().add(result, "fail");
        }
        for (result, word) in self.of_cluster() {
            by_namespace.entry("").or_default().add(result, word);
        }
        if unwritten > 0 {
            by_namespace.entry("").or_default().left_out += unwritten;
        }
        let mut documents = Vec::new();
        for (namespace, parts) in by_namespace {
            left_out += parts.left_out;
            let namespace = (!namespace.is_empty()).then_some(namespace);
            let mut document = parts.document(kind, name, namespace, self.rest);
            if self.whole.is_some() && !cluster.is_empty() {
                document["metadata"]["annotations"] = json!({CLUSTER: words::name(cluster)});
            }
            documents.push(document);
        }
        (documents, left_out)
    }

    /// What is of no finding: results of rules, failures, problems of inputs.
    fn of_cluster(&self) -> Vec<(Value, &'static str)> {
        let is_mine = |it: &str| it == self.cluster;
        let rules = self.report.rules.iter().filter(|it| is_mine(&it.cluster));
        let mut all: Vec<_> = rules.clone().filter_map(of_rule).collect();
        let Some(inputs) = self.whole else { return all };
        let failures = self.report.failures.iter().filter(|it| is_mine(&it.cluster));
        all.extend(failures.map(|it| (of_failure(it), "error")));
        if inputs == Inputs::Told {
            for input in &self.report.inputs {
                let lost = input.problems.iter().filter(|it| it.lost());
                all.extend(lost.map(|it| {
                    let line = it.line.map(|it| format!(":{it}")).unwrap_or_default();
                    let place = format!("{} {}{line}: {}", input.name, it.place, it.reason);
                    (of_self("not-read", "warn", &place), "warn")
                }));
            }
        }
        all.extend(rules.filter_map(of_other_rule));
        all
    }
}

/// A rule that could not judge, or failed.
fn of_rule(outcome: &RuleOutcome) -> Option<(Value, &'static str)> {
    let word = match outcome.result {
        RuleResult::NoData => "skip",
        RuleResult::Error => "error",
        RuleResult::Pass | RuleResult::Fail | RuleResult::Skipped => return None,
    };
    Some((rule_result(outcome, word), word))
}

/// A rule that passed, that was not asked, or that could not judge all beside what it found.
fn of_other_rule(outcome: &RuleOutcome) -> Option<(Value, &'static str)> {
    let word = match outcome.result {
        RuleResult::Pass => "pass",
        RuleResult::Fail if !outcome.reasons.is_empty() => "skip",
        RuleResult::Skipped => "skip",
        RuleResult::NoData | RuleResult::Error | RuleResult::Fail => return None,
    };
    let mut result = rule_result(outcome, word);
    if word == "pass" {
        result["message"] = words::sentence(&outcome.rule.summary, words::SENTENCE_BYTES).into();
    }
    Some((result, word))
}

fn rule_result(outcome: &RuleOutcome, word: &str) -> Value {
    let RuleOutcome { pack, rule, result, reasons, .. } = outcome;
    json!({
        "source": REPORT_MANAGER,
        "policy": words::name(pack),
        "rule": words::name(&rule.id),
        "result": word,
        "message": words::sentence(&reasons.join("; "), words::SENTENCE_BYTES),
        "properties": {"ruleResult": result.as_str()},
    })
}

fn of_failure(failure: &PackFailure) -> Value {
    let PackFailure { cluster: _, pack, rule, code, message, help } = failure;
    let mut result = json!({
        "source": REPORT_MANAGER,
        "policy": words::name(pack),
        "result": "error",
        "message": words::sentence(message, words::SENTENCE_BYTES),
        "properties": {
            "failure": words::name(code),
            "remedy": words::sentence(help, words::SENTENCE_BYTES),
        },
    });
    if let Some(rule) = rule {
        result["rule"] = words::name(rule).into();
    }
    result
}

/// What Rulebox says of the report itself.
fn of_self(rule: &str, word: &str, message: &str) -> Value {
    json!({
        "source": REPORT_MANAGER,
        "policy": REPORT_MANAGER,
        "rule": rule,
        "result": word,
        "message": words::sentence(message, words::SENTENCE_BYTES),
    })
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

    fn document(
        mut self,
        kind: ReportKind,
        name: &str,
        namespace: Option<&str>,
        rest: &str,
    ) -> Value {
        if self.left_out > 0 {
            let number = self.left_out;
            let message = format!(
                "{number} further results have no room here, and count in the summary: {rest}"
            );
            let mut told = of_self("results-left-out", "skip", &message);
            told["properties"] = json!({"leftOut": number.to_string()});
            self.results.push(told);
        }
        let count = |word: &str| self.counts.get(word).copied().unwrap_or_default();
        let mut metadata = json!({"name": name, "labels": {REPORT_LABEL: REPORT_MANAGER}});
        let mut document = Map::new();
        document.insert("apiVersion".to_owned(), kind.group_version().into());
        document.insert("kind".to_owned(), kind.kind(namespace.is_none()).into());
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.into();
            let scope = json!({"apiVersion": "v1", "kind": "Namespace", "name": namespace});
            document.insert("scope".to_owned(), scope);
        }
        document.insert("metadata".to_owned(), metadata);
        let words = ["pass", "fail", "warn", "error", "skip"];
        let summary = words.map(|it| (it.to_owned(), Value::from(count(it))));
        document.insert("summary".to_owned(), Value::Object(summary.into_iter().collect()));
        document.insert("results".to_owned(), self.results.into());
        Value::Object(document)
    }
}

/// A finding as a result. Field names are those of both APIs.
fn result(reported: &ReportedFinding, three_severities: bool, time: Option<Timestamp>) -> Value {
    let ReportedFinding { pack, fingerprint, finding, suppressed, .. } = reported;
    let text = |text: &str| words::sentence(text, words::SENTENCE_BYTES);
    let mut properties = Map::new();
    let mut tell = |name: &str, value: String| {
        if !value.is_empty() {
            properties.insert(name.to_owned(), value.into());
        }
    };
    tell("cause", text(&finding.cause));
    tell("remedy", words::lines(&with_changes_marked(&finding.remedy), words::SENTENCE_BYTES));
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
    let mut result = json!({
        "source": REPORT_MANAGER,
        "policy": words::name(pack),
        "rule": words::name(&finding.rule),
        "severity": severity.as_str(),
        "result": if suppressed.is_some() { "skip" } else { "fail" },
        "message": text(&finding.summary),
        "resources": [reference(&finding.subject)],
        "properties": properties,
    });
    if let Some(time) = time {
        result["timestamp"] = json!({"seconds": time.as_second(), "nanos": 0});
    }
    result
}

/// An ObjectReference; what is empty is left out.
pub fn reference(subject: &ObjectRef) -> Value {
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
