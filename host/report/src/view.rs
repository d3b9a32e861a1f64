//! For programs. The views below are the format: `schema/report.schema.json` is derived from them.

use std::collections::BTreeMap;

use rulebox_core::Report;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;

mod convert;

/// The version of the format that [`json`] writes.
///
/// Within one version fields may be added, never removed, renamed or given another type or meaning, and the words of an
/// enumeration stay; readers ignore fields that they do not know.
pub const SCHEMA_VERSION: &str = "1";

/// Writes a report as JSON, indented, with a line feed at the end. It is expected in the order of [`crate::arrange()`].
pub fn json(report: &Report) -> String {
    let view = ReportView::from(report);
    let mut text =
        serde_json::to_string_pretty(&view).expect("the views hold nothing but words and numbers");
    text.push('\n');
    text
}

/// The JSON Schema (draft 2020-12) of what [`json`] writes, in the same layout. It is committed as
/// `schema/report.schema.json`.
pub fn json_schema() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<ReportView<'_>>();
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}

/// What one run of Rulebox has to say. Within one `schemaVersion` fields may be added, and are never removed, renamed
/// or given another type: readers ignore fields that they do not know.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Report")]
struct ReportView<'a> {
    /// The version of this format.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: &'static str,
    /// The moment that the run speaks of.
    as_of: AsOfView<'a>,
    /// Counts, for a first look.
    summary: SummaryView,
    /// What was found, suppressed findings among it: the worst first, then by cluster, pack, rule and subject.
    findings: Vec<FindingView<'a>>,
    /// How each rule came out.
    rules: Vec<RuleView<'a>>,
    /// Packs and rules that failed to do their work.
    failures: Vec<FailureView<'a>>,
    /// What became of each need of each pack.
    coverage: Vec<CoverageView<'a>>,
    /// What was read, in the order in which it was named.
    inputs: Vec<InputView<'a>>,
    /// How many objects were read, by group and kind.
    objects: Vec<ObjectsView<'a>>,
    /// Values of the metrics of the packs.
    metrics: Vec<MetricView<'a>>,
}

/// The moment that the run speaks of: a dump's capture time, or now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AsOf")]
struct AsOfView<'a> {
    /// RFC 3339, UTC; null where a dump holds no timestamp that proves it. Rules that need an age then have no data.
    #[schemars(extend("format" = "date-time"))]
    time: Option<String>,
    /// Where it comes from.
    source: AsOfSourceView,
    /// The object whose timestamp proves it, where `source` is `witness`.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    /// The field of that object.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

/// `unknown`: the dump proves none, and none was given. `given`: by the user. `now`: the clock, of a live cluster.
/// `witness`: the newest timestamp that the dump proves.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AsOfSource")]
enum AsOfSourceView {
    Unknown,
    Given,
    Now,
    Witness,
}

/// Counts, for a first look.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Summary")]
struct SummaryView {
    /// Objects read, over all inputs. 0 means that nothing was seen, and not that all is well.
    objects: usize,
    /// How many different objects at least one need selects.
    objects_needed: usize,
    /// Findings that count, by severity.
    findings: BTreeMap<SeverityView, usize>,
    /// Findings that the user's configuration silences.
    suppressed: usize,
    /// Rules, by result.
    rules: BTreeMap<ResultView, usize>,
    /// Packs and rules that failed.
    failures: usize,
    /// Problems of inputs.
    problems: usize,
    /// Problems of inputs by which objects may have been lost.
    problems_lost: usize,
}

/// How bad a finding is, from the least to the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Severity")]
enum SeverityView {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// One problem, of one object.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Finding")]
struct FindingView<'a> {
    /// The kubeconfig context, in a run over several clusters; absent elsewhere.
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    /// The pack that found it.
    pack: &'a str,
    /// The rule that found it.
    rule: &'a str,
    /// With the severity that the user's configuration gives it.
    severity: SeverityView,
    /// The object that a person would describe.
    subject: SubjectView<'a>,
    /// What is wrong: one sentence.
    summary: &'a str,
    /// Why, as far as the evidence tells.
    cause: &'a str,
    /// What to do, concrete enough to type.
    remedy: &'a str,
    /// What it stands on, and the other objects that it touches.
    evidence: Vec<EvidenceView<'a>>,
    /// Facts for machines: vault, bucket, reason…
    labels: BTreeMap<&'a str, &'a str>,
    /// The same for the same problem in the next run; unique in its cluster.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    fingerprint: &'a str,
    /// Present where the user's configuration silences it: it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<SuppressionView<'a>>,
}

/// Names one Kubernetes object.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Subject")]
struct SubjectView<'a> {
    /// `v1`, `velero.io/v1`.
    api_version: &'a str,
    /// `Pod`.
    kind: &'a str,
    /// Empty for a cluster-scoped object.
    namespace: &'a str,
    /// `metadata.name`.
    name: &'a str,
    /// Empty where the source does not tell it.
    uid: &'a str,
}

/// What was seen, and where.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
struct EvidenceView<'a> {
    /// The object; absent for a line of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectView<'a>>,
    /// The path in the subject, or the file and line of a text.
    path: &'a str,
    /// What stood there.
    value: &'a str,
}

/// Why a finding does not count.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Suppression")]
struct SuppressionView<'a> {
    /// The user's reason.
    reason: &'a str,
    /// When it ends, RFC 3339; null where it does not.
    #[schemars(extend("format" = "date-time"))]
    expires: Option<String>,
}

/// How one rule came out, and why.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
struct RuleView<'a> {
    /// The kubeconfig context, in a run over several clusters; absent elsewhere.
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    /// The pack that holds it.
    pack: &'a str,
    /// kebab-case, unique in the pack.
    rule: &'a str,
    /// How bad its findings are unless they say otherwise; with the user's override.
    severity: SeverityView,
    /// The problem that it looks for: one line.
    summary: &'a str,
    /// How it came out.
    result: ResultView,
    /// Why there is no data, an error, a skip; empty for pass and fail.
    reason: &'a str,
}

/// `pass`: it saw all that it requires, and found nothing. `fail`: it found something. `no_data`: it could not judge.
/// `error`: it broke. `skipped`: it was not asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RuleResult")]
enum ResultView {
    Pass,
    Fail,
    NoData,
    Error,
    Skipped,
}

/// A pack, or one rule of it, that failed to do its work.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
struct FailureView<'a> {
    /// The kubeconfig context, in a run over several clusters; absent elsewhere.
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    /// The pack's name, or the path it was loaded from where it could not tell its name.
    pack: &'a str,
    /// The guilty rule, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    /// A kebab-case word for the kind of failure; new ones may come.
    code: &'a str,
    /// What went wrong.
    message: &'a str,
    /// What to do.
    help: &'a str,
}

/// What became of one need of one pack.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NeedCoverage")]
struct CoverageView<'a> {
    /// The kubeconfig context, in a run over several clusters; absent elsewhere.
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    /// The pack that has the need.
    pack: &'a str,
    /// Its id in that pack.
    need: &'a str,
    /// API group of the objects; empty for core and for texts.
    group: &'a str,
    /// Kind of the objects; empty for texts.
    kind: &'a str,
    /// How much was seen.
    coverage: CoverageWord,
    /// How many objects, or lines, were selected.
    selected: usize,
    /// Why it is not complete; empty where it is.
    reason: &'a str,
}

/// `complete`: everything that the need selects was seen. `partial`: there is, or may be, more. `absent`: nothing was
/// seen, and nothing says that nothing is there.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Coverage")]
enum CoverageWord {
    Complete,
    Partial,
    Absent,
}

/// One file, archive, stream or cluster that was read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Input")]
struct InputView<'a> {
    /// As it was named.
    name: &'a str,
    /// Files in it.
    files: usize,
    /// Bytes read, decompressed.
    bytes: u64,
    /// Kubernetes objects seen.
    objects: usize,
    /// Objects of them that at least one need selects; the others were skipped.
    needed: usize,
    /// What could not be read, or was passed over, and why: what was lost first.
    problems: Vec<ProblemView<'a>>,
}

/// Something that could not be read, or was passed over.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
struct ProblemView<'a> {
    /// The file inside the input; empty where the input is one file.
    place: &'a str,
    /// From 1; null where no line is meant.
    line: Option<u64>,
    /// What it is, and why it could not be read.
    reason: &'a str,
    /// Whether objects may have been lost by it.
    lost: bool,
}

/// How many objects of a kind were read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Objects")]
struct ObjectsView<'a> {
    /// API group; empty for core.
    group: &'a str,
    /// `Pod`.
    kind: &'a str,
    /// How many.
    count: usize,
}

/// One value of a metric of a pack.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Metric")]
struct MetricView<'a> {
    /// The kubeconfig context, in a run over several clusters; absent elsewhere.
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    /// The pack that gave it.
    pack: &'a str,
    /// snake_case, ends in its unit; an info metric is named without `_info`.
    name: &'a str,
    /// What it is.
    r#type: MetricTypeView,
    /// One sentence.
    help: &'a str,
    /// By the names that the metric declares.
    labels: BTreeMap<&'a str, &'a str>,
    /// In the unit that the name ends in. JSON has no word for what is no number: that is a string, as Prometheus
    /// writes it.
    value: ValueView,
}

/// `info`: facts in labels; the value is 1.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MetricType")]
enum MetricTypeView {
    Gauge,
    Info,
}

/// A number, or a word for what is none.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Value")]
enum ValueView {
    Whole(i64),
    Real(f64),
    Other(OtherValue),
}

/// What JSON cannot write as a number.
#[derive(Serialize, JsonSchema)]
enum OtherValue {
    NaN,
    #[serde(rename = "+Inf")]
    Infinite,
    #[serde(rename = "-Inf")]
    NegativeInfinite,
}
