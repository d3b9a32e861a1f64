//! What has changed between two reports: findings that are new, gone, changed or the same, and
//! those of which that cannot be said, because one of the reports could not see what they rest on.
//!
//! Findings are the same by their fingerprint, and by their cluster where a report names several.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    json::{json_of, schema_of},
    view::{FindingView, ReportView, ResultView, RuleView, SCHEMA_VERSION},
};

/// What has changed between two reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Diff")]
pub struct DiffView {
    /// The version of this format, which is that of the reports.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    pub schema_version: String,
    /// In the new report alone, where the old one could judge: the worst first, as in a report.
    pub new: Vec<FindingView>,
    /// In the old report alone, where the new one could judge.
    pub gone: Vec<FindingView>,
    /// In both, and not the same in both.
    pub changed: Vec<ChangedView>,
    /// In both, with the same words.
    pub same: Vec<FindingView>,
    /// In one report alone, and the other could not judge.
    pub unknown: Vec<UnknownView>,
}

/// A finding that is in both reports, and is not the same in both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Changed")]
pub struct ChangedView {
    /// As it was.
    pub old: FindingView,
    /// As it is.
    pub new: FindingView,
    /// The fields that differ.
    pub fields: Vec<String>,
}

/// A finding that is in one report alone, of which the other could say nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Unknown")]
pub struct UnknownView {
    /// The report that holds it.
    pub side: SideView,
    /// The finding.
    pub finding: FindingView,
    /// Why the other report could not judge.
    pub reason: String,
}

/// One of the two reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Side")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum SideView {
    Old,
    New,
}

/// A finding's cluster and fingerprint.
type Key<'r> = (&'r str, &'r str);

/// One of the reports, to be asked.
struct Side<'r> {
    findings: HashMap<Key<'r>, &'r FindingView>,
    /// Why each rule could not judge, or not all; none where it could.
    rules: BTreeMap<(&'r str, &'r str, &'r str), Option<String>>,
    /// Whether findings are told apart by their clusters.
    several: bool,
}

/// Compares two reports. Suppressed findings are compared like others: that one is suppressed now
/// is a change.
pub fn diff(old: &ReportView, new: &ReportView) -> DiffView {
    let several = old.clusters.len() > 1 || new.clusters.len() > 1;
    let (before, after) = (Side::of(old, several), Side::of(new, several));
    let mut diff = DiffView {
        schema_version: SCHEMA_VERSION.to_owned(),
        new: Vec::new(),
        gone: Vec::new(),
        changed: Vec::new(),
        same: Vec::new(),
        unknown: Vec::new(),
    };
    for it in &new.findings {
        match before.findings.get(&after.key(it)) {
            Some(was) => {
                let fields = differing(was, it);
                if fields.is_empty() {
                    diff.same.push(it.clone());
                } else {
                    let (old, new) = ((*was).clone(), it.clone());
                    diff.changed.push(ChangedView { old, new, fields });
                }
            }
            None => match before.unseen(it) {
                Some(reason) => {
                    let finding = it.clone();
                    diff.unknown.push(UnknownView { side: SideView::New, finding, reason });
                }
                None => diff.new.push(it.clone()),
            },
        }
    }
    for it in old.findings.iter().filter(|it| !after.findings.contains_key(&before.key(it))) {
        match after.unseen(it) {
            Some(reason) => {
                let finding = it.clone();
                diff.unknown.push(UnknownView { side: SideView::Old, finding, reason });
            }
            None => diff.gone.push(it.clone()),
        }
    }
    diff
}

impl<'r> Side<'r> {
    fn of(report: &'r ReportView, several: bool) -> Self {
        let mut side = Self { findings: HashMap::new(), rules: BTreeMap::new(), several };
        side.findings = report.findings.iter().map(|it| (side.key(it), it)).collect();
        let failed: HashSet<_> =
            report.failures.iter().map(|it| (it.cluster.as_str(), it.pack.as_str())).collect();
        for it in &report.rules {
            let cluster = if several { it.cluster.as_str() } else { "" };
            let mut unseen = unjudged(it);
            if unseen.is_none() && failed.contains(&(it.cluster.as_str(), it.pack.as_str())) {
                unseen = Some(format!("the pack {} failed", it.pack));
            }
            side.rules.insert((cluster, &it.pack, &it.rule), unseen);
        }
        side
    }

    fn key(&self, it: &'r FindingView) -> Key<'r> {
        (if self.several { &it.cluster } else { "" }, &it.fingerprint)
    }

    /// Why this report could not have held a finding of the other; none where it could.
    fn unseen(&self, it: &FindingView) -> Option<String> {
        let cluster = if self.several { it.cluster.as_str() } else { "" };
        match self.rules.get(&(cluster, it.pack.as_str(), it.rule.as_str())) {
            Some(unseen) => unseen.clone(),
            None => Some(format!("the rule {}/{} was not asked", it.pack, it.rule)),
        }
    }
}

fn unjudged(it: &RuleView) -> Option<String> {
    let was_asked = !matches!(it.result, ResultView::Error | ResultView::Skipped);
    (it.lacks_data() || !was_asked).then(|| it.reason.clone())
}

/// The fields of a finding that differ, but for where and on what evidence it was found.
fn differing(old: &FindingView, new: &FindingView) -> Vec<String> {
    let fields = [
        ("severity", old.severity == new.severity),
        ("summary", old.summary == new.summary),
        ("cause", old.cause == new.cause),
        ("remedy", old.remedy == new.remedy),
        ("labels", old.labels == new.labels),
        ("causedBy", old.caused_by == new.caused_by),
        ("suppressed", old.suppressed == new.suppressed),
    ];
    fields.into_iter().filter(|it| !it.1).map(|it| it.0.to_owned()).collect()
}

/// The comparison as JSON, indented, with a line feed at the end.
pub fn diff_json(diff: &DiffView) -> String {
    json_of(diff)
}

/// The JSON Schema of what [`diff_json`] writes.
pub fn diff_json_schema() -> String {
    schema_of::<DiffView>()
}
