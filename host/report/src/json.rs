//! For programs. The views below are the format: `schema/report.schema.json` is derived from them.

use std::collections::BTreeMap;

use rulebox_core::{
    AsOf, AsOfSource, Coverage, Evidence, Finding, Input, MetricType, NeedCoverage, ObjectRef,
    PackFailure, PackSample, Problem, Report, ReportedFinding, RuleOutcome, RuleResult, Severity,
    Suppression,
};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;

/// The version of the format that [`json`] writes.
///
/// Within one version fields may be added, never removed, renamed or given another type or meaning, and a word may be
/// added to an enumeration only where the schema says so; readers ignore fields that they do not know.
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
    #[serde(flatten)]
    cluster: ClusterView<'a>,
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

/// The cluster, in a run over several.
#[derive(Serialize, JsonSchema)]
struct ClusterView<'a> {
    /// The kubeconfig context, in a run over several clusters; absent elsewhere.
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
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
    #[serde(flatten)]
    cluster: ClusterView<'a>,
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
    #[serde(flatten)]
    cluster: ClusterView<'a>,
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
    #[serde(flatten)]
    cluster: ClusterView<'a>,
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
    #[serde(flatten)]
    cluster: ClusterView<'a>,
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

impl<'a> From<&'a Report> for ReportView<'a> {
    fn from(report: &'a Report) -> Self {
        let Report {
            as_of,
            inputs,
            coverage,
            findings,
            rules,
            failures,
            samples,
            objects,
            objects_needed: _,
        } = report;
        Self {
            schema_version: SCHEMA_VERSION,
            as_of: as_of.into(),
            summary: report.into(),
            findings: findings.iter().map(Into::into).collect(),
            rules: rules.iter().map(Into::into).collect(),
            failures: failures.iter().map(Into::into).collect(),
            coverage: coverage.iter().map(Into::into).collect(),
            inputs: inputs.iter().map(Into::into).collect(),
            objects: objects
                .iter()
                .map(|(group, kind, count)| ObjectsView { group, kind, count: *count })
                .collect(),
            metrics: samples.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a AsOf> for AsOfView<'a> {
    fn from(AsOf { time, source }: &'a AsOf) -> Self {
        let (word, witness) = match source {
            AsOfSource::Unknown => (AsOfSourceView::Unknown, None),
            AsOfSource::Given => (AsOfSourceView::Given, None),
            AsOfSource::Now => (AsOfSourceView::Now, None),
            AsOfSource::Witness(witness) => (AsOfSourceView::Witness, Some(witness)),
        };
        Self {
            time: time.map(|time| time.to_string()),
            source: word,
            object: witness.map(|it| it.object.as_str()),
            field: witness.map(|it| it.field.as_str()),
        }
    }
}

impl From<&Report> for SummaryView {
    fn from(report: &Report) -> Self {
        let mut findings = BTreeMap::from(Severity::ALL.map(|it| (it.into(), 0)));
        for it in report.findings.iter().filter(|it| it.suppressed.is_none()) {
            *findings.entry(it.finding.severity.into()).or_default() += 1;
        }
        let mut rules = BTreeMap::from(RuleResult::ALL.map(|it| (it.into(), 0)));
        for it in &report.rules {
            *rules.entry(it.result.into()).or_default() += 1;
        }
        let problems = || report.inputs.iter().flat_map(|it| &it.problems);
        Self {
            objects: report.inputs.iter().map(|it| it.objects).sum(),
            objects_needed: report.objects_needed,
            findings,
            suppressed: report.findings.iter().filter(|it| it.suppressed.is_some()).count(),
            rules,
            failures: report.failures.len(),
            problems: problems().count(),
            problems_lost: problems().filter(|it| it.lost).count(),
        }
    }
}

impl From<Severity> for SeverityView {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

impl From<RuleResult> for ResultView {
    fn from(result: RuleResult) -> Self {
        match result {
            RuleResult::Pass => Self::Pass,
            RuleResult::Fail => Self::Fail,
            RuleResult::NoData => Self::NoData,
            RuleResult::Error => Self::Error,
            RuleResult::Skipped => Self::Skipped,
        }
    }
}

impl From<Coverage> for CoverageWord {
    fn from(coverage: Coverage) -> Self {
        match coverage {
            Coverage::Complete => Self::Complete,
            Coverage::Partial => Self::Partial,
            Coverage::Absent => Self::Absent,
        }
    }
}

impl From<f64> for ValueView {
    fn from(value: f64) -> Self {
        // Above 2^53 a whole number is no longer exact, and is written as the float that it is.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.is_nan() {
            Self::Other(OtherValue::NaN)
        } else if value == f64::INFINITY {
            Self::Other(OtherValue::Infinite)
        } else if value == f64::NEG_INFINITY {
            Self::Other(OtherValue::NegativeInfinite)
        } else if value.fract() == 0.0 && value.abs() <= EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            Self::Whole(value as i64)
        } else {
            Self::Real(value)
        }
    }
}

impl<'a> From<&'a ReportedFinding> for FindingView<'a> {
    fn from(it: &'a ReportedFinding) -> Self {
        let ReportedFinding { cluster, pack, fingerprint, finding, suppressed } = it;
        let Finding { rule, severity, subject, summary, cause, remedy, evidence, labels } = finding;
        Self {
            cluster: ClusterView { cluster },
            pack,
            rule,
            severity: (*severity).into(),
            subject: subject.into(),
            summary,
            cause,
            remedy,
            evidence: evidence.iter().map(Into::into).collect(),
            labels: labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            fingerprint,
            suppressed: suppressed.as_ref().map(Into::into),
        }
    }
}

impl<'a> From<&'a ObjectRef> for SubjectView<'a> {
    fn from(ObjectRef { api_version, kind, namespace, name, uid }: &'a ObjectRef) -> Self {
        Self { api_version, kind, namespace, name, uid }
    }
}

impl<'a> From<&'a Evidence> for EvidenceView<'a> {
    fn from(Evidence { subject, path, value }: &'a Evidence) -> Self {
        Self { subject: subject.as_ref().map(Into::into), path, value }
    }
}

impl<'a> From<&'a Suppression> for SuppressionView<'a> {
    fn from(Suppression { reason, expires }: &'a Suppression) -> Self {
        Self { reason, expires: expires.map(|time| time.to_string()) }
    }
}

impl<'a> From<&'a RuleOutcome> for RuleView<'a> {
    fn from(it: &'a RuleOutcome) -> Self {
        let RuleOutcome { cluster, pack, rule, severity, result, reason } = it;
        Self {
            cluster: ClusterView { cluster },
            pack,
            rule: &rule.id,
            severity: (*severity).into(),
            summary: &rule.summary,
            result: (*result).into(),
            reason,
        }
    }
}

impl<'a> From<&'a PackFailure> for FailureView<'a> {
    fn from(it: &'a PackFailure) -> Self {
        let PackFailure { cluster, pack, rule, code, message, help } = it;
        let cluster = ClusterView { cluster };
        Self { cluster, pack, rule: rule.as_deref(), code, message, help }
    }
}

impl<'a> From<&'a NeedCoverage> for CoverageView<'a> {
    fn from(it: &'a NeedCoverage) -> Self {
        let NeedCoverage { cluster, pack, need, group, kind, coverage, selected, reason } = it;
        Self {
            cluster: ClusterView { cluster },
            pack,
            need,
            group,
            kind,
            coverage: (*coverage).into(),
            selected: *selected,
            reason,
        }
    }
}

impl<'a> From<&'a Input> for InputView<'a> {
    fn from(Input { name, files, bytes, objects, needed, problems }: &'a Input) -> Self {
        Self {
            name,
            files: *files,
            bytes: *bytes,
            objects: *objects,
            needed: *needed,
            problems: problems.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a Problem> for ProblemView<'a> {
    fn from(Problem { place, line, reason, lost }: &'a Problem) -> Self {
        Self { place, line: *line, reason, lost: *lost }
    }
}

impl<'a> From<&'a PackSample> for MetricView<'a> {
    fn from(PackSample { cluster, pack, metric, sample }: &'a PackSample) -> Self {
        let names = metric.labels.iter().map(String::as_str);
        let values = sample.label_values.iter().map(String::as_str);
        Self {
            cluster: ClusterView { cluster },
            pack,
            name: &metric.name,
            r#type: match metric.metric_type {
                MetricType::Gauge => MetricTypeView::Gauge,
                MetricType::Info => MetricTypeView::Info,
            },
            help: &metric.help,
            labels: names.zip(values).collect(),
            value: sample.value.into(),
        }
    }
}
