//! What has changed between two reports: findings that are new, gone, changed or the same, and
//! those of which that cannot be said, because one of the reports could not see what they rest on.
//!
//! Findings are the same by their fingerprint, and by their cluster where a report names several.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    json::{json_of, schema_of},
    view::{
        ClusterUidView, CoverageWord, FailureView, FindingView, ReportView, ResultView, RuleView,
        SCHEMA_VERSION, SuppressionSourceView,
    },
};

/// One of the two that are compared, and what it is called.
pub type Named<'r> = (&'r str, &'r ReportView);

/// What has changed between two reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Diff")]
pub struct DiffView {
    /// The version of this format, which is that of the reports.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    pub schema_version: String,
    /// The report of before.
    #[serde(default)]
    pub before: ComparedView,
    /// The report of after.
    #[serde(default)]
    pub after: ComparedView,
    /// What makes the comparison say less than it seems to, as that they are of two clusters.
    #[serde(default)]
    pub warnings: Vec<String>,
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

/// One of the two that were compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Compared")]
pub struct ComparedView {
    /// As it was named: a file, an input, a cluster.
    pub name: String,
    /// The moment that it speaks of, RFC 3339; null where that is not known.
    #[schemars(extend("format" = "date-time"))]
    pub as_of: Option<String>,
    /// How many findings it has that are not suppressed.
    pub findings: usize,
    /// What of it could not be read, and why.
    #[serde(default)]
    pub problems: Vec<String>,
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
    /// The packs that failed, each with its cluster.
    failed: BTreeSet<(&'r str, &'r str)>,
    /// Whether findings are told apart by their clusters.
    several: bool,
}

/// Compares two reports. Suppressed findings are compared like others: that one is suppressed now
/// is a change.
pub fn diff((old_name, old): Named<'_>, (new_name, new): Named<'_>) -> DiffView {
    let several = old.clusters.len() > 1 || new.clusters.len() > 1;
    let (before, after) = (Side::of(old, several), Side::of(new, several));
    let compared = [ComparedView::of(old_name, old), ComparedView::of(new_name, new)];
    let problems = compared.iter().flat_map(|it| {
        it.problems.iter().map(|why| format!("{} was not read in full: {why}", it.name))
    });
    let mut warned: Vec<_> = problems.collect();
    warned.extend(warnings((old_name, old), (new_name, new)));
    let [old_side, new_side] = compared;
    let mut diff = DiffView {
        schema_version: SCHEMA_VERSION.to_owned(),
        before: old_side,
        after: new_side,
        warnings: warned,
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
    let unjudged = unjudged_since(&before, &after, &diff.unknown);
    diff.warnings.extend(
        unjudged
            .map(|it| format!("{new_name} cannot judge by rules by which {old_name} could: {it}")),
    );
    diff
}

/// The rules that judged before and do not after, by reason; none where all still do. Those of
/// which the comparison names a finding that it cannot compare are told there.
fn unjudged_since(before: &Side<'_>, after: &Side<'_>, unknown: &[UnknownView]) -> Option<String> {
    let told: HashSet<_> = unknown
        .iter()
        .filter(|it| it.side == SideView::Old)
        .map(|UnknownView { finding: it, .. }| {
            let cluster = if before.several { it.cluster.as_str() } else { "" };
            (cluster, it.pack.as_str(), it.rule.as_str())
        })
        .collect();
    let mut lost: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (key, reason) in &after.rules {
        let Some(reason) = reason else { continue };
        if before.rules.get(key) == Some(&None) && !told.contains(key) {
            let (cluster, pack, rule) = key;
            let of = if cluster.is_empty() { String::new() } else { format!(" of {cluster}") };
            lost.entry(reason).or_default().push(format!("{pack}/{rule}{of}"));
        }
    }
    let lost: Vec<_> =
        lost.into_iter().map(|(why, rules)| format!("{} ({why})", rules.join(", "))).collect();
    (!lost.is_empty()).then(|| lost.join("; "))
}

impl ComparedView {
    fn of(name: &str, report: &ReportView) -> Self {
        let counted = report.findings.iter().filter(|it| it.suppressed.is_none());
        let findings = counted.count();
        // A cluster that has answered may hold none of the objects.
        let is_blind = !report.inputs.is_empty()
            && report.coverage.iter().all(|it| it.coverage == CoverageWord::Absent)
            && report.inputs.iter().all(|it| it.objects == 0);
        let mut problems: Vec<_> = report
            .inputs
            .iter()
            .flat_map(|input| {
                let lost = input.problems.iter().filter(|it| it.lost || is_blind);
                lost.map(|it| {
                    let place = if it.place.is_empty() { &input.name } else { &it.place };
                    let line = it.line.map(|it| format!(":{it}")).unwrap_or_default();
                    format!("{place}{line}: {}", it.reason)
                })
            })
            .collect();
        if problems.is_empty() && is_blind {
            problems.push("it holds no object of Kubernetes".to_owned());
        }
        /// More are counted: the report of the side names each.
        const SHOWN: usize = 5;
        if let Some(more) = problems.len().checked_sub(SHOWN).filter(|it| *it > 0) {
            problems.truncate(SHOWN);
            problems.push(format!("{more} more problems"));
        }
        Self { name: name.to_owned(), as_of: report.as_of.time.clone(), findings, problems }
    }
}

/// How a finding of the comparison has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    New,
    Changed,
    Unknown,
    Gone,
    Same,
}

impl Change {
    /// All, in the order in which they are told.
    pub(crate) const ALL: [Self; 5] =
        [Self::New, Self::Changed, Self::Unknown, Self::Gone, Self::Same];

    /// The word in tables.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unknown => "unknown",
            Self::Gone => "gone",
            Self::Same => "same",
        }
    }

    /// What stands above such findings.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Changed => "Changed",
            Self::Unknown => "Cannot be compared",
            Self::Gone => "Gone",
            Self::Same => "The same",
        }
    }
}

/// A finding of the comparison.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'d> {
    pub(crate) change: Change,
    /// As it is, or as it was where it is there no more.
    pub(crate) finding: &'d FindingView,
    /// What it was, or why it cannot be compared; else empty.
    pub(crate) note: String,
    /// Whether nothing but its explanation has changed, and what to do.
    pub(crate) is_worded_anew: bool,
    /// Whether it stands in the report of after.
    pub(crate) is_there: bool,
    /// Whether it is there now, does not stand in the report of before as bad as it is, and counts.
    pub(crate) counts: bool,
}

impl DiffView {
    /// The findings that make a comparison fail: those that are there now, are not suppressed, and
    /// of which the report of before does not say that they were there, as bad as they are.
    pub fn counted(&self) -> impl Iterator<Item = &FindingView> {
        self.entries().into_iter().filter(|it| it.counts).map(|it| it.finding)
    }

    /// All findings, in the order of [`Change::ALL`].
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        fn plain(change: Change, all: &[FindingView]) -> impl Iterator<Item = Entry<'_>> {
            all.iter().map(move |finding| {
                let counts = change == Change::New && is_counted(finding);
                let is_there = change != Change::Gone;
                let (note, is_worded_anew) = (String::new(), false);
                Entry { change, finding, note, is_worded_anew, is_there, counts }
            })
        }
        let changed = self.changed.iter().map(|it| {
            let is_worse = it.old.severity < it.new.severity;
            let counts = is_counted(&it.new) && (is_worse || !is_counted(&it.old));
            let (change, note) = (Change::Changed, it.was());
            let is_worded_anew =
                it.fields.iter().all(|it| ["cause", "remedy", "labels"].contains(&&**it));
            Entry { change, finding: &it.new, note, is_worded_anew, is_there: true, counts }
        });
        let unknown = self.unknown.iter().map(|it| {
            let (here, there) = match it.side {
                SideView::Old => ("before", "after"),
                SideView::New => ("after", "before"),
            };
            let is_there = it.side == SideView::New;
            let counts = is_there && is_counted(&it.finding);
            let note = format!("found {here}; {there}: {}", it.reason);
            let (change, finding) = (Change::Unknown, &it.finding);
            Entry { change, finding, note, is_worded_anew: false, is_there, counts }
        });
        let (gone, same) = (plain(Change::Gone, &self.gone), plain(Change::Same, &self.same));
        plain(Change::New, &self.new)
            .chain(changed)
            .chain(unknown)
            .chain(gone)
            .chain(same)
            .collect()
    }

    /// How many there are of each: `2 new, 1 gone`.
    pub(crate) fn counts(&self) -> String {
        let counts = [
            (self.new.len(), "new"),
            (self.gone.len(), "gone"),
            (self.changed.len(), "changed"),
            (self.same.len(), "the same"),
            (self.unknown.len(), "cannot be compared"),
        ];
        counts.map(|(count, what)| format!("{count} {what}")).join(", ")
    }
}

/// A finding that is known before it is compared does not count. One that only an earlier report
/// makes known does: here it is compared with the report that was named.
fn is_counted(it: &FindingView) -> bool {
    it.suppressed.as_ref().is_none_or(|it| it.source == SuppressionSourceView::Baseline)
}

impl ChangedView {
    /// What the finding was that is not so any more.
    fn was(&self) -> String {
        let Self { old, new, fields } = self;
        let mut was = Vec::new();
        if old.severity != new.severity {
            was.push(format!("severity {}", old.severity));
        }
        if old.summary != new.summary {
            was.push(old.summary.clone());
        }
        if old.caused_by != new.caused_by {
            let words = match (old.caused_by.is_empty(), new.caused_by.is_empty()) {
                (true, _) => "explained by no other finding",
                (_, true) => "explained by another finding",
                _ => "explained by other findings",
            };
            was.push(words.to_owned());
        }
        if was.is_empty() {
            let words = ["cause", "remedy", "labels"].into_iter();
            let words = words.filter(|word| fields.iter().any(|it| it == word));
            was.extend(words.map(|it| format!("another {it}")));
        }
        match (old.suppressed.is_some(), new.suppressed.is_some()) {
            (true, false) => was.push("suppressed".to_owned()),
            (false, true) => was.push("not suppressed".to_owned()),
            (true, true) if old.suppressed != new.suppressed => {
                was.push("suppressed otherwise".to_owned());
            }
            _ => {}
        }
        was.join("; ")
    }
}

/// Why two reports are not of the same cluster, or not of the same clusters; none where nothing
/// tells.
pub fn other_clusters((old_name, old): Named<'_>, (new_name, new): Named<'_>) -> Option<String> {
    let several = old.clusters.len() > 1 || new.clusters.len() > 1;
    let uid = |it: &'_ ClusterUidView| -> (String, String) {
        (if several { it.cluster.clone() } else { String::new() }, it.uid.clone())
    };
    let uids: BTreeMap<_, _> = old.cluster_uids.iter().map(uid).collect();
    let mut known = new.cluster_uids.iter().map(uid).filter_map(|(cluster, is)| {
        let was = uids.get(&cluster)?;
        Some((cluster, was.clone(), is))
    });
    let known: Vec<_> = known.by_ref().collect();
    if let Some((cluster, was, is)) = known.iter().find(|it| it.1 != it.2) {
        let which = if cluster.is_empty() { String::new() } else { format!(" `{cluster}`") };
        return Some(format!(
            "{old_name} and {new_name} are of different clusters{which}: the uid of the Namespace \
             kube-system is {was} in the one and {is} in the other"
        ));
    }
    let names = |it: &ReportView| -> BTreeSet<String> {
        it.clusters.iter().map(|it| it.cluster.clone()).collect()
    };
    let (were, are) = (names(old), names(new));
    // The uid knows better than a name, which the user may have changed.
    if were.is_empty() || are.is_empty() || were == are || (!several && !known.is_empty()) {
        return None;
    }
    /// More names are no sentence.
    const SHOWN: usize = 5;
    let shown = |all: &BTreeSet<String>| {
        let shown: Vec<_> = all.iter().take(SHOWN).map(|it| format!("`{it}`")).collect();
        let more = all.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", shown.join(", "))
    };
    Some(format!(
        "{old_name} and {new_name} are not of the same clusters: the one is of {}, the other of {}",
        shown(&were),
        shown(&are)
    ))
}

/// That two reports may be of different clusters, where neither says of which it is: findings agree
/// in the names of their objects, and in the uid of none. An object that was made anew has another
/// uid, too.
pub fn other_objects((old_name, old): Named<'_>, (new_name, new): Named<'_>) -> Option<String> {
    if !old.cluster_uids.is_empty() && !new.cluster_uids.is_empty() {
        return None;
    }
    let with_uid = |it: &&FindingView| !it.subject.uid.is_empty();
    let were: HashMap<_, _> = old.findings.iter().filter(with_uid).map(uid_of).collect();
    let ours = new.findings.iter().filter(with_uid).map(uid_of);
    let both: Vec<_> = ours.filter_map(|(name, uid)| Some((*were.get(&name)?, uid))).collect();
    if both.is_empty() || both.iter().any(|(was, is)| was == is) {
        return None;
    }
    let count = both.len();
    let objects = if count == 1 { "the object" } else { "each object" };
    Some(format!(
        "{old_name} and {new_name} may be of different clusters: {objects} that both name in a \
         finding has another uid in each; dump the Namespace kube-system, whose uid tells"
    ))
}

/// The cluster and fingerprint of a finding, and the uid of its object.
fn uid_of(it: &FindingView) -> ((&str, &str), &str) {
    ((&it.cluster, &it.fingerprint), &it.subject.uid)
}

/// That the report of before is the later one; none where it is not, or where nothing tells.
pub fn exchanged(old: Named<'_>, new: Named<'_>) -> Option<String> {
    let time = |it: &ReportView| it.as_of.time.as_ref()?.parse::<Timestamp>().ok();
    let (before, after) = time(old.1).zip(time(new.1))?;
    (after < before).then(|| {
        format!("{} speaks of {before}, and {} of {after}, which is earlier", old.0, new.0)
    })
}

/// What makes the comparison of two reports say less than it seems to.
fn warnings(old: Named<'_>, new: Named<'_>) -> Vec<String> {
    let mut warnings: Vec<_> = other_clusters(old, new).into_iter().collect();
    warnings.extend(other_objects(old, new));
    let exchanged = exchanged(old, new);
    warnings.extend(exchanged.map(|it| format!("{it}: the older one is named first")));
    warnings.extend(other_versions(old, new));
    warnings
}

/// Packs of which the two reports had other versions: what a rule finds may be otherwise since.
fn other_versions((old_name, old): Named<'_>, (new_name, new): Named<'_>) -> Option<String> {
    let versions = |it: &'_ ReportView| -> BTreeMap<String, String> {
        it.packs.iter().map(|it| (it.name.clone(), it.version.clone())).collect()
    };
    let (were, are) = (versions(old), versions(new));
    let other = were.iter().filter_map(|(pack, was)| {
        let is = are.get(pack).filter(|is| *is != was)?;
        Some(format!("{pack} {was} and {is}"))
    });
    let other: Vec<_> = other.collect();
    (!other.is_empty()).then(|| {
        format!(
            "{old_name} and {new_name} are of different versions of packs: {}",
            other.join(", ")
        )
    })
}

impl<'r> Side<'r> {
    fn of(report: &'r ReportView, several: bool) -> Self {
        let failed = |it: &'r FailureView| (if several { &*it.cluster } else { "" }, &*it.pack);
        let mut side = Self {
            findings: HashMap::new(),
            rules: BTreeMap::new(),
            failed: report.failures.iter().map(failed).collect(),
            several,
        };
        side.findings = report.findings.iter().map(|it| (side.key(it), it)).collect();
        for it in &report.rules {
            let cluster = if several { it.cluster.as_str() } else { "" };
            let mut unseen = unjudged(it);
            if unseen.is_none() && side.failed.contains(&(cluster, &*it.pack)) {
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
            None if !self.rules.keys().any(|it| it.0 == cluster) && !cluster.is_empty() => {
                Some(format!("nothing was read of the cluster {cluster}"))
            }
            None => Some(self.not_asked(cluster, it)),
        }
    }

    /// Why a rule that this report does not name was not asked. A pack that failed when it was
    /// loaded has no rules, and perhaps no other name than that of its file.
    fn not_asked(&self, cluster: &str, it: &FindingView) -> String {
        let failed = || self.failed.iter().filter(|it| it.0.is_empty() || it.0 == cluster);
        if failed().any(|failed| failed.1 == it.pack) {
            return format!("the pack {} failed", it.pack);
        }
        let asked = format!("the rule {}/{} was not asked", it.pack, it.rule);
        failed().next().map_or(asked.clone(), |failed| format!("{asked}; {} failed", failed.1))
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
