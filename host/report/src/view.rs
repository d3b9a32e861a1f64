//! The report's JSON as types, to be written and to be read: what `schema/report.schema.json` is
//! derived from. Outputs and programs that show, compare or serve reports take these types and not
//! [`rulebox_core::Report`], which is free to change. Nothing here knows JSON's text.

use std::{collections::BTreeMap, error::Error, fmt};

use rulebox_core::{RuleResult, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

mod convert;
mod read;

/// The version of the format that [`ReportView`] describes.
///
/// Within one version fields may be added, never removed, renamed or given another type or meaning,
/// and the words of an enumeration stay; readers ignore fields that they do not know. A field that
/// is added gets `#[serde(default)]`, so that older reports of the version can still be read.
pub const SCHEMA_VERSION: &str = "1";

/// A report of another version than [`SCHEMA_VERSION`]: its fields may mean something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherVersion {
    /// The version that the report names.
    pub found: String,
}

impl OtherVersion {
    /// Refuses every version but [`SCHEMA_VERSION`].
    pub(crate) fn refuse(found: String) -> Result<String, Self> {
        if found == SCHEMA_VERSION { Ok(found) } else { Err(Self { found }) }
    }
}

impl fmt::Display for OtherVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { found } = self;
        write!(
            f,
            "the report has schemaVersion `{found}`, and this Rulebox reads `{SCHEMA_VERSION}`: \
             read it with the Rulebox that wrote it, or check the input again with this one"
        )
    }
}

impl Error for OtherVersion {}

fn this_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    OtherVersion::refuse(String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// The result of one run of Rulebox. Within one `schemaVersion` fields may be added, and are never
/// removed, renamed or given another type: readers ignore fields that they do not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Report")]
pub struct ReportView {
    /// The version of this format.
    #[serde(deserialize_with = "this_version")]
    #[schemars(extend("const" = SCHEMA_VERSION))]
    pub schema_version: String,
    /// What made the report; absent where that is not known: in reports of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<ToolView>,
    /// The packs that were loaded, by name.
    #[serde(default)]
    pub packs: Vec<PackView>,
    /// The moment to which ages are counted; of several clusters the newest.
    pub as_of: AsOfView,
    /// Each cluster that the run names: several clusters, or one that the user has named. Absent
    /// where there is one without a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<ClusterView>,
    /// What tells each cluster from all others, as far as it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cluster_uids: Vec<ClusterUidView>,
    /// The report that findings were compared with; absent where none was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineView>,
    /// Counts, for a first look.
    pub summary: SummaryView,
    /// All findings, suppressed ones too: each behind the first of its causes, and those that have
    /// one together; of these, the worst first, then by cluster, pack, rule and subject.
    pub findings: Vec<FindingView>,
    /// The result of each rule.
    pub rules: Vec<RuleView>,
    /// Packs and rules that failed.
    pub failures: Vec<FailureView>,
    /// How much was seen of what each pack needs.
    pub coverage: Vec<CoverageView>,
    /// What was read, in the order in which it was named.
    pub inputs: Vec<InputView>,
    /// How many objects were read, by group and kind.
    pub objects: Vec<ObjectsView>,
    /// Values of the metrics of the packs.
    pub metrics: Vec<MetricView>,
    /// What happened when, as far as rules tell it: by cluster, then by start.
    #[serde(default)]
    pub timeline: Vec<SpanView>,
}

/// The program that made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Tool")]
pub struct ToolView {
    /// `Rulebox`.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

/// A pack that was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Pack")]
pub struct PackView {
    /// Its name, as in findings and rules.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// The version of the contract `rulebox:rules` that it speaks.
    pub contract: String,
}

/// A cluster, and the moment to which its ages are counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Cluster")]
pub struct ClusterView {
    /// Its name: the user's, the kubeconfig context, or the place that tells it apart in a dump.
    pub cluster: String,
    /// The moment to which ages are counted there.
    pub as_of: AsOfView,
}

/// The moment to which ages are counted: when a dump was taken, as far as that is known, or now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AsOf")]
pub struct AsOfView {
    /// The earliest that it can be: RFC 3339, UTC; null where a dump holds no timestamp to tell it
    /// by. Rules that need an age then have no data.
    #[schemars(extend("format" = "date-time"))]
    pub time: Option<String>,
    /// The latest that it can be; null where nothing bounds it. The same as `time` where it was
    /// given, or is now. Rules whose answer differs between both have no data.
    #[schemars(extend("format" = "date-time"))]
    pub latest: Option<String>,
    /// Where it comes from.
    pub source: AsOfSourceView,
    /// The object that holds the timestamp, where `source` is `witness`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The field of that object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// `unknown`: no timestamp was found, and none was given. `given`: by the user. `now`: the clock,
/// for a live cluster. `witness`: the newest timestamp found in a dump. `bundle`: a bundle that
/// Rulebox has collected says when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AsOfSource")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum AsOfSourceView {
    Unknown,
    Given,
    Now,
    Witness,
    Bundle,
}

/// What tells a cluster from all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ClusterUid")]
pub struct ClusterUidView {
    /// The cluster, where the run names it; absent elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// The uid of its Namespace kube-system.
    pub uid: String,
}

/// The report that findings were compared with: what it holds is known, and does not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Baseline")]
pub struct BaselineView {
    /// The file, as it was named.
    pub name: String,
    /// The moment that it speaks of, RFC 3339; null where that is not known.
    #[schemars(extend("format" = "date-time"))]
    pub as_of: Option<String>,
    /// What it holds of the findings of this report. Those that have become worse since count.
    pub known: Vec<FindingNameView>,
    /// What it holds, and is there no more, where that can be said.
    pub gone: Vec<FindingView>,
}

/// What names a finding in a report.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[schemars(rename = "FindingName")]
pub struct FindingNameView {
    /// The cluster, where the run names it; absent elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// Counts, for a first look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Summary")]
pub struct SummaryView {
    /// Objects read, over all inputs. 0 means that nothing was seen, and not that all is well.
    pub objects: usize,
    /// How many different objects at least one need selects.
    pub objects_needed: usize,
    /// Findings that are not suppressed, by severity.
    pub findings: BTreeMap<SeverityView, usize>,
    /// Findings that somebody has said to be known.
    pub suppressed: usize,
    /// Rules, by result.
    pub rules: BTreeMap<ResultView, usize>,
    /// Packs and rules that failed.
    pub failures: usize,
    /// Problems of inputs.
    pub problems: usize,
    /// Problems of inputs because of which objects may be missing.
    pub problems_lost: usize,
    /// Secrets that were taken out of this report, by what they are; `REDACTED` stands for each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redacted: BTreeMap<String, usize>,
}

/// How bad a finding is, from the least to the worst.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Severity")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum SeverityView {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// One problem, of one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Finding")]
pub struct FindingView {
    /// The cluster, where the run names it; absent elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// The pack that found it.
    pub pack: String,
    /// The rule that found it.
    pub rule: String,
    /// With the severity that the user's configuration gives it.
    pub severity: SeverityView,
    /// The object that has the problem.
    pub subject: SubjectView,
    /// Where that object was read; absent where it was not among the objects read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceView>,
    /// What is wrong: one sentence.
    pub summary: String,
    /// Why, as far as the evidence shows.
    pub cause: String,
    /// What to do, concrete enough to type.
    pub remedy: String,
    /// The same, step by step.
    #[serde(default)]
    pub steps: Vec<StepView>,
    /// What the finding is based on, and the other objects that it concerns.
    pub evidence: Vec<EvidenceView>,
    /// Facts for programs: vault, bucket, reason…
    pub labels: BTreeMap<String, String>,
    /// The same for the same problem in the next run; unique in its cluster.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    pub fingerprint: String,
    /// The fingerprints of the findings of the same cluster that explain this one, suppressed ones
    /// too; findings never explain each other in a circle. It stands below the first, which comes
    /// before it in `findings`.
    #[serde(default)]
    pub caused_by: Vec<String>,
    /// Present where somebody has said that the finding is known: it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<SuppressionView>,
}

/// One step of a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Step")]
pub struct StepView {
    /// What sort of step it is.
    pub kind: StepKindView,
    /// The sentence, or the command.
    pub text: String,
}

/// `say`: a sentence. `look`: a command that shows something and changes nothing. `change`: a
/// command that changes something, or may do so: all that is not known to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "StepKind")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum StepKindView {
    Say,
    Look,
    Change,
}

/// Names one Kubernetes object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Subject")]
pub struct SubjectView {
    /// `v1`, `velero.io/v1`.
    pub api_version: String,
    /// `Pod`.
    pub kind: String,
    /// Empty for a cluster-scoped object.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// Empty where the source does not give it.
    pub uid: String,
}

/// Where an object was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Place")]
pub struct PlaceView {
    /// The name of the input, as in `inputs`.
    pub input: String,
    /// The file inside the input; empty where the input is one file or a cluster.
    pub path: String,
    /// The line of the object's first key, from 1; null where it is not known, as for a cluster.
    pub line: Option<u64>,
}

/// What was seen, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Evidence")]
pub struct EvidenceView {
    /// The object; absent for a line of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectView>,
    /// Where that object was read; absent where it was not among the objects read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceView>,
    /// The path in the subject, or the file and line of a text.
    pub path: String,
    /// The value found there.
    pub value: String,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Suppression")]
pub struct SuppressionView {
    /// The reason that was given.
    pub reason: String,
    /// When it ends, RFC 3339; null where it does not.
    #[schemars(extend("format" = "date-time"))]
    pub expires: Option<String>,
    /// The same as the user wrote it: a date is its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_typed: Option<String>,
    /// Who says so.
    #[serde(default)]
    pub source: SuppressionSourceView,
}

/// `configuration`: the user. `annotation`: whoever wrote the object that has the problem.
/// `baseline`: an earlier report, which held the finding too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SuppressionSource")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum SuppressionSourceView {
    #[default]
    Configuration,
    Annotation,
    Baseline,
}

/// The result of one rule, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Rule")]
pub struct RuleView {
    /// The cluster, where the run names it; absent elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// The pack that holds it.
    pub pack: String,
    /// kebab-case, unique in the pack.
    pub rule: String,
    /// How bad its findings are unless they say otherwise; with the user's override.
    pub severity: SeverityView,
    /// The problem that it looks for: one line.
    pub summary: String,
    /// Its result.
    pub result: ResultView,
    /// Why there is no data, an error, a skip; of a fail, what it could not judge beside what it
    /// found; empty for pass. Of a cluster that is watched also when it was judged, where it waits
    /// for what is out of sight.
    pub reason: String,
    /// The parts of `reason`, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The needs of its pack without which it cannot judge, by the ids that `coverage` has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// The moment that the result and the findings of the rule speak of, RFC 3339, where the rule
    /// keeps those that it gave then; absent where they speak of the moment of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub stale_since: Option<String>,
}

/// `pass`: it saw everything that it requires, and found nothing. `fail`: it found something.
/// `no_data`: it could not judge. `error`: it failed. `skipped`: it was not evaluated.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RuleResult")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum ResultView {
    Pass,
    Fail,
    NoData,
    Error,
    Skipped,
}

impl RuleView {
    /// Whether the rule had no data, for all or beside what it found: that it did not find more
    /// does not mean that all is well.
    pub fn lacks_data(&self) -> bool {
        self.result == ResultView::NoData
            || self.result == ResultView::Fail && !self.reason.is_empty()
    }
}

impl fmt::Display for SeverityView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Severity::from(*self).fmt(f)
    }
}

impl fmt::Display for ResultView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(RuleResult::from(*self).as_str())
    }
}

/// A pack, or one rule of it, that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub struct FailureView {
    /// The cluster, where the run names it; absent elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// The pack's name; where that is unknown, the path from which the pack was loaded.
    pub pack: String,
    /// The rule that failed; absent where it was the pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A kebab-case word for the kind of failure; new ones may come.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// How much was seen of one need of one pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NeedCoverage")]
pub struct CoverageView {
    /// The cluster, where the run names it; absent elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// The pack that has the need.
    pub pack: String,
    /// Its id in that pack.
    pub need: String,
    /// API group of the objects; empty for core and for texts.
    pub group: String,
    /// Kind of the objects; empty for texts.
    pub kind: String,
    /// The namespaces of the objects; absent for those of all, and outside of namespaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// A label selector of Kubernetes that the objects match; absent where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label_selector: String,
    /// How much was seen.
    pub coverage: CoverageWord,
    /// How many objects, or lines, were selected.
    pub selected: usize,
    /// Why it is not complete; empty where it is.
    pub reason: String,
}

/// `complete`: everything that the need selects was seen. `partial`: there is, or may be, more.
/// `absent`: nothing was seen, which does not mean that nothing exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Coverage")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum CoverageWord {
    Complete,
    Partial,
    Absent,
}

/// One file, archive, stream or cluster that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Input")]
pub struct InputView {
    /// As it was named.
    pub name: String,
    /// Files in it.
    pub files: usize,
    /// Bytes read, decompressed.
    pub bytes: u64,
    /// Kubernetes objects seen.
    pub objects: usize,
    /// Objects of them that at least one need selects; the others were skipped.
    pub needed: usize,
    /// What could not be read, or was skipped, and why: where objects may be missing first.
    pub problems: Vec<ProblemView>,
}

/// Something that could not be read, or was skipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemView {
    /// The file inside the input; empty where the input is one file.
    pub place: String,
    /// From 1; null where the problem belongs to no line.
    pub line: Option<u64>,
    /// What it is, and why it could not be read.
    pub reason: String,
    /// Whether objects may be missing because of it.
    pub lost: bool,
}

/// How many objects of a kind were read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Objects")]
pub struct ObjectsView {
    /// API group; empty for core.
    pub group: String,
    /// `Pod`.
    pub kind: String,
    /// How many.
    pub count: usize,
}

/// One value of a metric of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Metric")]
pub struct MetricView {
    /// The cluster, where the run names it; absent elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// The pack that gave it.
    pub pack: String,
    /// snake_case, ends in its unit; an info metric is named without `_info`.
    pub name: String,
    /// What it is.
    pub r#type: MetricTypeView,
    /// One sentence.
    pub help: String,
    /// By the names that the metric declares.
    pub labels: BTreeMap<String, String>,
    /// In the unit that the name ends in. JSON has no infinity and no NaN: these are strings, as
    /// Prometheus writes them.
    pub value: ValueView,
}

/// `info`: facts in labels; the value is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MetricType")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum MetricTypeView {
    Gauge,
    Info,
}

/// A number, or a word for what JSON cannot write as a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Value")]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum ValueView {
    Whole(i64),
    Real(f64),
    Other(OtherValue),
}

/// What JSON cannot write as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "explained above: one here would change the form of the schema")]
pub enum OtherValue {
    NaN,
    #[serde(rename = "+Inf")]
    Infinite,
    #[serde(rename = "-Inf")]
    NegativeInfinite,
}

/// Something that happened to an object, from one moment to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Span")]
pub struct SpanView {
    /// The cluster, where the run names it; absent elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// The pack that tells it.
    pub pack: String,
    /// The rule that tells it.
    pub rule: String,
    /// What it is: `backup`, `restore`, `conversion`, `outage`, `crash-loop`, `restart`, `kill`,
    /// `oom-kill`; packs may use other words.
    pub kind: String,
    /// What it is drawn with in one row: the name of a component, of a vault.
    pub lane: String,
    /// The object that it happened to.
    pub subject: SubjectView,
    /// What happened: one sentence.
    pub summary: String,
    /// When it began, RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    pub start: String,
    /// When it ended, the same as `start` for what took no time; null while it goes on.
    #[schemars(extend("format" = "date-time"))]
    pub end: Option<String>,
    /// How it came out: `completed`, `partially-failed`, `failed`, `in-progress`, `stuck`; packs
    /// may use other words. Empty where it has no outcome.
    pub outcome: String,
    /// The subjects of the spans that ended it before it was done, or made it fail.
    pub ended_by: Vec<SubjectView>,
    /// Facts for programs: container, reason, schedule…
    pub labels: BTreeMap<String, String>,
}
