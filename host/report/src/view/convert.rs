//! From the types of `rulebox_core` to the views. Each conversion names every field, so that a new
//! field does not compile here until it is shown or left out on purpose.

use std::collections::BTreeMap;

use rulebox_core::{
    AsOf, AsOfSource, Baseline, ClusterMoment, ClusterUid, Coverage, Evidence, Finding, Input,
    MetricType, NeedCoverage, ObjectRef, PackFailure, PackSample, PackSpan, PackVersion, Place,
    Problem, Report, ReportedFinding, RuleOutcome, RuleResult, Severity, Span, Suppression,
    SuppressionSource, Tool,
};

use super::{
    AsOfSourceView, AsOfView, BaselineView, ClusterUidView, ClusterView, CoverageView,
    CoverageWord, EvidenceView, FailureView, FindingNameView, FindingView, InputView,
    MetricTypeView, MetricView, ObjectsView, OtherValue, PackView, PlaceView, ProblemView,
    ReportView, ResultView, RuleView, SCHEMA_VERSION, SeverityView, SpanView, StepKindView,
    StepView, SubjectView, SummaryView, SuppressionSourceView, SuppressionView, ToolView,
    ValueView,
};
use crate::prose::{Step, steps};

impl From<&Report> for ReportView {
    fn from(report: &Report) -> Self {
        let Report {
            tool,
            packs,
            as_of,
            clusters,
            // One that has not answered is an input with its problem.
            asked: _,
            baseline,
            cluster_uids,
            inputs,
            coverage,
            findings,
            rules,
            failures,
            samples,
            timeline,
            objects,
            objects_needed: _,
            redacted: _, // of the summary
        } = report;
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            tool: tool.as_ref().map(Into::into),
            packs: packs.iter().map(Into::into).collect(),
            as_of: as_of.into(),
            clusters: clusters.iter().map(Into::into).collect(),
            cluster_uids: cluster_uids.iter().map(Into::into).collect(),
            baseline: baseline.as_ref().map(Into::into),
            summary: report.into(),
            findings: findings.iter().map(Into::into).collect(),
            rules: rules.iter().map(Into::into).collect(),
            failures: failures.iter().map(Into::into).collect(),
            coverage: coverage.iter().map(Into::into).collect(),
            inputs: inputs.iter().map(Into::into).collect(),
            objects: objects.iter().map(Into::into).collect(),
            metrics: samples.iter().map(Into::into).collect(),
            timeline: timeline.iter().map(Into::into).collect(),
        }
    }
}

impl From<&(String, String, usize)> for ObjectsView {
    fn from((group, kind, count): &(String, String, usize)) -> Self {
        Self { group: group.clone(), kind: kind.clone(), count: *count }
    }
}

impl From<&Tool> for ToolView {
    fn from(Tool { name, version }: &Tool) -> Self {
        Self { name: name.clone(), version: version.clone() }
    }
}

impl From<&PackVersion> for PackView {
    fn from(PackVersion { name, version, contract }: &PackVersion) -> Self {
        Self { name: name.clone(), version: version.clone(), contract: contract.clone() }
    }
}

impl From<&ClusterMoment> for ClusterView {
    fn from(ClusterMoment { cluster, as_of }: &ClusterMoment) -> Self {
        Self { cluster: cluster.clone(), as_of: as_of.into() }
    }
}

impl From<&ClusterUid> for ClusterUidView {
    fn from(ClusterUid { cluster, uid }: &ClusterUid) -> Self {
        Self { cluster: cluster.clone(), uid: uid.clone() }
    }
}

impl From<&Baseline> for BaselineView {
    fn from(Baseline { name, as_of, known, gone }: &Baseline) -> Self {
        let known = known.iter().map(|(cluster, fingerprint)| FindingNameView {
            cluster: cluster.clone(),
            fingerprint: fingerprint.clone(),
        });
        Self {
            name: name.clone(),
            as_of: as_of.map(|it| it.to_string()),
            known: known.collect(),
            gone: gone.iter().map(Into::into).collect(),
        }
    }
}

impl From<SuppressionSource> for SuppressionSourceView {
    fn from(source: SuppressionSource) -> Self {
        match source {
            SuppressionSource::Configuration => Self::Configuration,
            SuppressionSource::Annotation => Self::Annotation,
            SuppressionSource::Baseline => Self::Baseline,
        }
    }
}

impl From<&AsOf> for AsOfView {
    fn from(AsOf { moment, source }: &AsOf) -> Self {
        let (word, witness) = match source {
            AsOfSource::Unknown => (AsOfSourceView::Unknown, None),
            AsOfSource::Given => (AsOfSourceView::Given, None),
            AsOfSource::Now => (AsOfSourceView::Now, None),
            AsOfSource::Witness(witness) => (AsOfSourceView::Witness, Some(witness)),
            AsOfSource::Bundle => (AsOfSourceView::Bundle, None),
        };
        Self {
            time: moment.earliest().map(|it| it.to_string()),
            latest: moment.latest().map(|it| it.to_string()),
            source: word,
            object: witness.map(|it| it.object.clone()),
            field: witness.map(|it| it.field.clone()),
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
            problems_lost: problems().filter(|it| it.lost()).count(),
            redacted: report.redacted.clone(),
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

impl From<&ReportedFinding> for FindingView {
    fn from(it: &ReportedFinding) -> Self {
        let ReportedFinding {
            cluster,
            pack,
            fingerprint,
            finding,
            place,
            evidence_places: _, // with the evidence
            suppressed,
            causes,
        } = it;
        let Finding {
            rule,
            severity,
            subject,
            summary,
            cause,
            remedy,
            evidence: _,
            labels,
            caused_by: _, // what became of it is in the causes
        } = finding;
        Self {
            cluster: cluster.clone(),
            pack: pack.clone(),
            rule: rule.clone(),
            severity: (*severity).into(),
            subject: subject.into(),
            place: place.as_ref().map(Into::into),
            summary: summary.clone(),
            cause: cause.clone(),
            remedy: remedy.clone(),
            steps: steps(remedy).into_iter().map(Into::into).collect(),
            evidence: it.evidence().map(Into::into).collect(),
            labels: labels.iter().cloned().collect(),
            fingerprint: fingerprint.clone(),
            caused_by: causes.clone(),
            suppressed: suppressed.as_ref().map(Into::into),
        }
    }
}

impl From<Step<'_>> for StepView {
    fn from(step: Step<'_>) -> Self {
        let (kind, text) = match step {
            Step::Say(text) => (StepKindView::Say, text),
            Step::Look(text) => (StepKindView::Look, text),
            Step::Change(text) => (StepKindView::Change, text),
        };
        Self { kind, text: text.to_owned() }
    }
}

impl From<&ObjectRef> for SubjectView {
    fn from(ObjectRef { api_version, kind, namespace, name, uid }: &ObjectRef) -> Self {
        Self {
            api_version: api_version.clone(),
            kind: kind.clone(),
            namespace: namespace.clone(),
            name: name.clone(),
            uid: uid.clone(),
        }
    }
}

impl From<(&Evidence, Option<&Place>)> for EvidenceView {
    fn from((evidence, place): (&Evidence, Option<&Place>)) -> Self {
        let Evidence { subject, path, value } = evidence;
        Self {
            subject: subject.as_ref().map(Into::into),
            place: place.map(Into::into),
            path: path.clone(),
            value: value.clone(),
        }
    }
}

impl From<&Place> for PlaceView {
    fn from(Place { input, path, line, logged: _ }: &Place) -> Self {
        Self { input: input.clone(), path: path.clone(), line: *line }
    }
}

impl From<&Suppression> for SuppressionView {
    fn from(Suppression { reason, expires, source }: &Suppression) -> Self {
        Self {
            reason: reason.clone(),
            expires: expires.as_ref().map(|it| it.time.to_string()),
            expires_typed: expires.as_ref().map(|it| it.typed.clone()),
            source: (*source).into(),
        }
    }
}

impl From<&RuleOutcome> for RuleView {
    fn from(it: &RuleOutcome) -> Self {
        let RuleOutcome { cluster, pack, rule, severity, result, reasons, stale_since } = it;
        Self {
            cluster: cluster.clone(),
            pack: pack.clone(),
            rule: rule.id.clone(),
            severity: (*severity).into(),
            summary: rule.summary.clone(),
            result: (*result).into(),
            reason: reasons.join("; "),
            reasons: if reasons.len() > 1 { reasons.clone() } else { Vec::new() },
            requires: rule.requires.clone(),
            stale_since: stale_since.map(|it| it.to_string()),
        }
    }
}

impl From<&PackFailure> for FailureView {
    fn from(it: &PackFailure) -> Self {
        let PackFailure { cluster, pack, rule, code, message, help } = it;
        Self {
            cluster: cluster.clone(),
            pack: pack.clone(),
            rule: rule.clone(),
            code: code.clone(),
            message: message.clone(),
            help: help.clone(),
        }
    }
}

impl From<&NeedCoverage> for CoverageView {
    fn from(it: &NeedCoverage) -> Self {
        let NeedCoverage {
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
        } = it;
        Self {
            cluster: cluster.clone(),
            pack: pack.clone(),
            need: need.clone(),
            group: group.clone(),
            kind: kind.clone(),
            namespaces: namespaces.clone(),
            label_selector: label_selector.clone(),
            coverage: (*coverage).into(),
            selected: *selected,
            reason: reason.clone(),
        }
    }
}

impl From<&Input> for InputView {
    fn from(Input { name, files, bytes, objects, needed, problems }: &Input) -> Self {
        Self {
            name: name.clone(),
            files: *files,
            bytes: *bytes,
            objects: *objects,
            needed: *needed,
            problems: problems.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> Self {
        let Problem { place, line, reason, concerns: _, kind: _ } = problem;
        let lost = problem.lost();
        Self { place: place.clone(), line: *line, reason: reason.clone(), lost }
    }
}

impl From<&PackSample> for MetricView {
    fn from(PackSample { cluster, pack, metric, sample }: &PackSample) -> Self {
        Self {
            cluster: cluster.clone(),
            pack: pack.clone(),
            name: metric.name.clone(),
            r#type: match metric.metric_type {
                MetricType::Gauge => MetricTypeView::Gauge,
                MetricType::Info => MetricTypeView::Info,
            },
            help: metric.help.clone(),
            labels: metric
                .labels
                .iter()
                .cloned()
                .zip(sample.label_values.iter().cloned())
                .collect(),
            value: sample.value.into(),
        }
    }
}

impl From<&PackSpan> for SpanView {
    fn from(PackSpan { cluster, span, pack }: &PackSpan) -> Self {
        let Span { start, end, lane, kind, subject, rule, summary, outcome, ended_by, labels } =
            span;
        Self {
            cluster: cluster.clone(),
            pack: pack.clone(),
            rule: rule.clone(),
            kind: kind.clone(),
            lane: lane.clone(),
            subject: subject.into(),
            summary: summary.clone(),
            start: start.to_string(),
            end: end.map(|it| it.to_string()),
            outcome: outcome.clone(),
            ended_by: ended_by.iter().map(Into::into).collect(),
            labels: labels.iter().cloned().collect(),
        }
    }
}
