//! Report objects in a cluster: under which paths they are, what others say in them that goes on,
//! and whether one is as it should be. What stands in one is said in `rulebox_report`.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use rulebox_core::{Report, ReportedFinding, is_namespace};
use rulebox_report::{PolicyReports, ReportKind};
use serde_json::Value;

use super::held::{HELD, unjudged};

pub(super) use rulebox_report::{REPORT_LABEL as LABEL, REPORT_MANAGER as MANAGER};

/// The most namespaces that get a report: each costs a request, and the API server answers hundreds
/// of them in some seconds.
const NAMESPACES: usize = 500;

pub(super) fn group_path(kind: ReportKind) -> String {
    format!("/apis/{}/", kind.group_version())
}

/// The path of all reports, of those of a namespace, or of the cluster.
pub(super) fn list_path(kind: ReportKind, namespace: Option<&str>, of_cluster: bool) -> String {
    let within = namespace.map(|it| format!("namespaces/{it}/")).unwrap_or_default();
    format!("{}{within}{}", group_path(kind), kind.plural(of_cluster))
}

/// The path of a report that the cluster holds; none where its name cannot stand in one.
pub(super) fn path_of(kind: ReportKind, item: &Value) -> Option<String> {
    let part = |name: &str| item.pointer(name).and_then(Value::as_str);
    let name = part("/metadata/name").filter(|it| it.split('.').all(is_namespace))?;
    let namespace = part("/metadata/namespace").filter(|it| !it.is_empty());
    if namespace.is_some_and(|it| !is_namespace(it)) {
        return None;
    }
    Some(format!("{}/{name}", list_path(kind, namespace, namespace.is_none())))
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

/// The reports of one cluster. Findings that the cluster holds stay for a while where their rules
/// cannot judge.
pub(super) fn of(made: &Made<'_>, first_seen: &dyn Fn(&ReportedFinding) -> Timestamp) -> Documents {
    let Made { report, cluster, kind, three_severities, held, now } = *made;
    let mut reports = PolicyReports::new(report, cluster, kind);
    reports.three_severities = three_severities;
    reports.held = held_on(report, cluster, held, now);
    reports.most_namespaces = NAMESPACES;
    reports.rest = "ask Rulebox itself, at /api/v1/findings";
    let (documents, left_out) = reports.documents(&|it| Some(first_seen(it)));
    let path = |document: &Value| path_of(kind, document).expect("its names can stand in one");
    Documents { documents: documents.into_iter().map(|it| (path(&it), it)).collect(), left_out }
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
