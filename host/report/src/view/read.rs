//! From the views back to the types of `rulebox_core`, so that a report that was written as JSON
//! can be rendered in every format later. What a view leaves out is empty: the documentation of
//! rules, the selections of needs, which objects a problem concerns.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use rulebox_core::{
    AsOf, AsOfSource, Baseline, ClusterMoment, ClusterUid, Concerns, Coverage, Evidence, Expiry,
    Finding, Input, MetricInfo, MetricType, Moment, NeedCoverage, ObjectRef, PackFailure,
    PackSample, PackSpan, PackVersion, Place, Problem, Report, ReportedFinding, RuleInfo,
    RuleOutcome, RuleResult, Sample, Severity, Span, Suppression, SuppressionSource, Tool, Witness,
};

use super::{
    AsOfSourceView, AsOfView, BaselineView, ClusterUidView, ClusterView, CoverageView,
    CoverageWord, EvidenceView, FailureView, FindingNameView, FindingView, InputView,
    MetricTypeView, MetricView, OtherValue, PackView, PlaceView, ProblemView, ReportView,
    ResultView, RuleView, SeverityView, SpanView, SubjectView, SuppressionSourceView,
    SuppressionView, ToolView, ValueView,
};

impl TryFrom<&ReportView> for Report {
    /// What is no time, and where.
    type Error = String;

    /// Fails where a time is none.
    fn try_from(view: &ReportView) -> Result<Self, String> {
        let mut metrics = HashMap::new();
        let tool = |ToolView { name, version }: &ToolView| Tool {
            name: name.clone(),
            version: version.clone(),
        };
        Ok(Self {
            tool: view.tool.as_ref().map(tool),
            packs: view.packs.iter().map(pack).collect(),
            as_of: as_of(&view.as_of)?,
            clusters: view.clusters.iter().map(cluster).collect::<Result<_, _>>()?,
            asked: Vec::new(),
            baseline: view.baseline.as_ref().map(baseline).transpose()?,
            cluster_uids: view.cluster_uids.iter().map(cluster_uid).collect(),
            inputs: view.inputs.iter().map(input).collect(),
            coverage: view.coverage.iter().map(coverage).collect(),
            findings: view.findings.iter().map(finding).collect::<Result<_, _>>()?,
            rules: view.rules.iter().map(rule).collect::<Result<_, _>>()?,
            failures: view.failures.iter().map(failure).collect(),
            samples: view.metrics.iter().map(|it| sample(it, &mut metrics)).collect(),
            timeline: view.timeline.iter().map(span).collect::<Result<_, _>>()?,
            objects: view
                .objects
                .iter()
                .map(|it| (it.group.clone(), it.kind.clone(), it.count))
                .collect(),
            objects_needed: view.summary.objects_needed,
            redacted: view.summary.redacted.clone(),
        })
    }
}

fn pack(PackView { name, version, contract }: &PackView) -> PackVersion {
    PackVersion { name: name.clone(), version: version.clone(), contract: contract.clone() }
}

fn time(text: &str, what: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| format!("{what}: `{text}` is no time"))
}

fn as_of(view: &AsOfView) -> Result<AsOf, String> {
    let AsOfView { time: earliest, latest, source, object, field } = view;
    let bound = |it: &Option<String>| it.as_deref().map(|it| time(it, "asOf")).transpose();
    let (earliest, latest) = (bound(earliest)?, bound(latest)?);
    let source = match (source, earliest) {
        (AsOfSourceView::Given, _) => AsOfSource::Given,
        (AsOfSourceView::Now, _) => AsOfSource::Now,
        (AsOfSourceView::Bundle, _) => AsOfSource::Bundle,
        (AsOfSourceView::Witness, Some(time)) => AsOfSource::Witness(Witness {
            time,
            object: object.clone().unwrap_or_default(),
            field: field.clone().unwrap_or_default(),
        }),
        (AsOfSourceView::Witness | AsOfSourceView::Unknown, _) => AsOfSource::Unknown,
    };
    Ok(AsOf { moment: Moment::bounded(earliest, latest), source })
}

fn cluster(ClusterView { cluster, as_of: moment }: &ClusterView) -> Result<ClusterMoment, String> {
    Ok(ClusterMoment { cluster: cluster.clone(), as_of: as_of(moment)? })
}

fn cluster_uid(ClusterUidView { cluster, uid }: &ClusterUidView) -> ClusterUid {
    ClusterUid { cluster: cluster.clone(), uid: uid.clone() }
}

fn baseline(view: &BaselineView) -> Result<Baseline, String> {
    let BaselineView { name, as_of, known, gone } = view;
    let known = known
        .iter()
        .map(|FindingNameView { cluster, fingerprint }| (cluster.clone(), fingerprint.clone()));
    Ok(Baseline {
        name: name.clone(),
        as_of: as_of.as_deref().map(|it| time(it, "baseline.asOf")).transpose()?,
        known: known.collect(),
        gone: gone.iter().map(finding).collect::<Result<_, _>>()?,
    })
}

fn input(InputView { name, files, bytes, objects, needed, problems }: &InputView) -> Input {
    Input {
        name: name.clone(),
        files: *files,
        bytes: *bytes,
        objects: *objects,
        needed: *needed,
        problems: problems.iter().map(problem).collect(),
    }
}

fn problem(ProblemView { place, line, reason, lost }: &ProblemView) -> Problem {
    Problem {
        place: place.clone(),
        line: *line,
        reason: reason.clone(),
        concerns: if *lost { Concerns::Everything } else { Concerns::Nothing },
        ..Problem::default()
    }
}

fn coverage(view: &CoverageView) -> NeedCoverage {
    let CoverageView {
        cluster,
        pack,
        need,
        group,
        kind,
        namespaces,
        label_selector,
        coverage,
        selected,
        reason,
    } = view;
    NeedCoverage {
        cluster: cluster.clone(),
        pack: pack.clone(),
        need: need.clone(),
        group: group.clone(),
        kind: kind.clone(),
        namespaces: namespaces.clone(),
        label_selector: label_selector.clone(),
        coverage: match coverage {
            CoverageWord::Complete => Coverage::Complete,
            CoverageWord::Partial => Coverage::Partial,
            CoverageWord::Absent => Coverage::Absent,
        },
        selected: *selected,
        reason: reason.clone(),
    }
}

impl From<SeverityView> for Severity {
    fn from(view: SeverityView) -> Self {
        match view {
            SeverityView::Info => Self::Info,
            SeverityView::Low => Self::Low,
            SeverityView::Medium => Self::Medium,
            SeverityView::High => Self::High,
            SeverityView::Critical => Self::Critical,
        }
    }
}

impl From<ResultView> for RuleResult {
    fn from(view: ResultView) -> Self {
        match view {
            ResultView::Pass => Self::Pass,
            ResultView::Fail => Self::Fail,
            ResultView::NoData => Self::NoData,
            ResultView::Error => Self::Error,
            ResultView::Skipped => Self::Skipped,
        }
    }
}

fn finding(view: &FindingView) -> Result<ReportedFinding, String> {
    let FindingView {
        cluster,
        pack,
        rule,
        severity,
        subject,
        place: found,
        summary,
        cause,
        remedy,
        steps: _, // made of the remedy
        evidence: seen,
        labels,
        fingerprint,
        caused_by,
        suppressed,
    } = view;
    Ok(ReportedFinding {
        cluster: cluster.clone(),
        pack: pack.clone(),
        fingerprint: fingerprint.clone(),
        finding: Finding {
            rule: rule.clone(),
            severity: (*severity).into(),
            subject: object(subject),
            summary: summary.clone(),
            cause: cause.clone(),
            remedy: remedy.clone(),
            evidence: seen.iter().map(evidence).collect(),
            labels: labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            caused_by: Vec::new(),
        },
        place: found.as_ref().map(place),
        evidence_places: seen.iter().map(|it| it.place.as_ref().map(place)).collect(),
        suppressed: suppressed.as_ref().map(suppression).transpose()?,
        causes: caused_by.clone(),
    })
}

fn object(SubjectView { api_version, kind, namespace, name, uid }: &SubjectView) -> ObjectRef {
    ObjectRef {
        api_version: api_version.clone(),
        kind: kind.clone(),
        namespace: namespace.clone(),
        name: name.clone(),
        uid: uid.clone(),
    }
}

fn place(PlaceView { input, path, line }: &PlaceView) -> Place {
    Place { input: input.clone(), path: path.clone(), line: *line, logged: false }
}

fn evidence(EvidenceView { subject, place: _, path, value }: &EvidenceView) -> Evidence {
    Evidence { subject: subject.as_ref().map(object), path: path.clone(), value: value.clone() }
}

fn suppression(
    SuppressionView { reason, expires, expires_typed, source }: &SuppressionView,
) -> Result<Suppression, String> {
    let expiry = |typed: &String| {
        let time = time(typed, "suppressed.expires")?;
        let typed = expires_typed.as_ref().unwrap_or(typed).clone();
        Ok::<_, String>(Expiry { time, typed })
    };
    let expires = expires.as_ref().map(expiry).transpose()?;
    let source = match source {
        SuppressionSourceView::Configuration => SuppressionSource::Configuration,
        SuppressionSourceView::Annotation => SuppressionSource::Annotation,
        SuppressionSourceView::Baseline => SuppressionSource::Baseline,
    };
    Ok(Suppression { reason: reason.clone(), expires, source })
}

fn rule(view: &RuleView) -> Result<RuleOutcome, String> {
    let RuleView {
        cluster,
        pack,
        rule,
        severity,
        summary,
        result,
        reason,
        reasons,
        requires,
        stale_since,
    } = view;
    // One that has a single reason, or of an older version of Rulebox.
    let reasons = if reasons.is_empty() { std::slice::from_ref(reason) } else { reasons };
    let since = |it: &String| time(it, "rules.staleSince");
    Ok(RuleOutcome {
        cluster: cluster.clone(),
        pack: pack.clone(),
        rule: RuleInfo {
            id: rule.clone(),
            severity: (*severity).into(),
            summary: summary.clone(),
            documentation: String::new(),
            requires: requires.clone(),
            consults: Vec::new(),
        },
        severity: (*severity).into(),
        result: (*result).into(),
        reasons: reasons.iter().filter(|it| !it.is_empty()).cloned().collect(),
        stale_since: stale_since.as_ref().map(since).transpose()?,
    })
}

fn span(view: &SpanView) -> Result<PackSpan, String> {
    let SpanView {
        cluster,
        pack,
        rule,
        kind,
        lane,
        subject,
        summary,
        start,
        end,
        outcome,
        ended_by,
        labels,
    } = view;
    let span = Span {
        start: time(start, "timeline.start")?,
        end: end.as_ref().map(|it| time(it, "timeline.end")).transpose()?,
        lane: lane.clone(),
        kind: kind.clone(),
        subject: object(subject),
        rule: rule.clone(),
        summary: summary.clone(),
        outcome: outcome.clone(),
        ended_by: ended_by.iter().map(object).collect(),
        labels: labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
    };
    Ok(PackSpan { cluster: cluster.clone(), span, pack: pack.clone() })
}

fn failure(view: &FailureView) -> PackFailure {
    let FailureView { cluster, pack, rule, code, message, help } = view;
    PackFailure {
        cluster: cluster.clone(),
        pack: pack.clone(),
        rule: rule.clone(),
        code: code.clone(),
        message: message.clone(),
        help: help.clone(),
    }
}

/// `metrics`: those of before, by pack and name, so that the samples of one share it.
fn sample<'v>(
    view: &'v MetricView,
    metrics: &mut HashMap<(&'v str, &'v str), Arc<MetricInfo>>,
) -> PackSample {
    let MetricView { cluster, pack, name, r#type, help, labels, value } = view;
    let value = number(*value);
    let metric = metrics.entry((pack, name)).or_insert_with(|| {
        Arc::new(MetricInfo {
            name: name.clone(),
            metric_type: match r#type {
                MetricTypeView::Gauge => MetricType::Gauge,
                MetricTypeView::Info => MetricType::Info,
            },
            help: help.clone(),
            rule: String::new(),
            labels: labels.keys().cloned().collect(),
        })
    });
    let label = |name: &String| labels.get(name).cloned().unwrap_or_default();
    PackSample {
        cluster: cluster.clone(),
        pack: pack.clone(),
        metric: Arc::clone(metric),
        sample: Sample {
            metric: name.clone(),
            label_values: metric.labels.iter().map(label).collect(),
            value,
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "it was written from a float that was whole")]
fn number(value: ValueView) -> f64 {
    match value {
        ValueView::Whole(whole) => whole as f64,
        ValueView::Real(real) => real,
        ValueView::Other(OtherValue::NaN) => f64::NAN,
        ValueView::Other(OtherValue::Infinite) => f64::INFINITY,
        ValueView::Other(OtherValue::NegativeInfinite) => f64::NEG_INFINITY,
    }
}
