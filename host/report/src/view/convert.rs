//! From the words of Rulebox to the views. Each takes its word apart field by field, so that a new field is an error here
//! until it is told or left out on purpose.

use std::collections::BTreeMap;

use rulebox_core::{
    AsOf, AsOfSource, Coverage, Evidence, Finding, Input, MetricType, NeedCoverage, ObjectRef,
    PackFailure, PackSample, Problem, Report, ReportedFinding, RuleOutcome, RuleResult, Severity,
    Suppression,
};

use super::{
    AsOfSourceView, AsOfView, CoverageView, CoverageWord, EvidenceView, FailureView, FindingView,
    InputView, MetricTypeView, MetricView, ObjectsView, OtherValue, ProblemView, ReportView,
    ResultView, RuleView, SCHEMA_VERSION, SeverityView, SubjectView, SummaryView, SuppressionView,
    ValueView,
};

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
            cluster,
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
            cluster,
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
        Self { cluster, pack, rule: rule.as_deref(), code, message, help }
    }
}

impl<'a> From<&'a NeedCoverage> for CoverageView<'a> {
    fn from(it: &'a NeedCoverage) -> Self {
        let NeedCoverage { cluster, pack, need, group, kind, coverage, selected, reason } = it;
        Self {
            cluster,
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
            cluster,
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
