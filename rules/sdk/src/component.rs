//! The conversion between a [`Pack`] and the component that carries it: nothing else happens here.

pub mod bindings;

use jiff::Timestamp;
use rulebox_core::{
    Coverage, Evidence, Finding, MetricInfo, MetricType, Moment, NeedSet, ObjectNeed, ObjectRef,
    PackInfo, RuleInfo, Sample, Severity, Span, TextLine, TextNeed,
};

use crate::{Host, ObjectCursor, Pack, TextCursor};

use bindings::rulebox::rules::{inventory, log, report, timeline};
pub use bindings::{Guest, export, rulebox::rules::types};

/// `describe` of the contract.
pub fn describe(pack: &Pack) -> types::PackInfo {
    tell_panics();
    pack_info(pack.describe())
}

/// What a pack says of itself, as the contract has it.
pub fn pack_info(info: PackInfo) -> types::PackInfo {
    let PackInfo {
        name,
        version,
        rules,
        needs: NeedSet { objects, texts },
        metrics,
        settings_schema,
    } = info;
    types::PackInfo {
        name,
        version,
        rules: rules.into_iter().map(rule_info).collect(),
        objects: objects.into_iter().map(object_need).collect(),
        texts: texts.into_iter().map(text_need).collect(),
        metrics: metrics.into_iter().map(metric_info).collect(),
        settings_schema,
    }
}

/// `evaluate` of the contract.
pub fn evaluate(pack: &Pack, run: types::RunContext) -> Result<(), String> {
    tell_panics();
    let types::RunContext { earliest, latest, settings, rules } = run;
    pack.evaluate(host(), moment(&earliest, &latest)?, &settings, &rules)
}

/// The host, by the imports of the component.
pub fn host() -> &'static dyn Host {
    &Imports
}

/// When the input was taken, from both ends as the contract has them.
pub fn moment(earliest: &str, latest: &str) -> Result<Moment, String> {
    Ok(Moment::bounded(time(earliest)?, time(latest)?))
}

/// One end of the moment; none where nothing is known of it.
fn time(text: &str) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|it| format!("`{text}` is no RFC 3339 time: {it}"))
}

/// A panic is a trap without words; the words go to the host's log first.
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|it| log::debug(&it.to_string())));
}

struct Imports;

impl Host for Imports {
    fn covers(&self, need: &str) -> Coverage {
        match inventory::covers(need) {
            types::Coverage::Complete => Coverage::Complete,
            types::Coverage::Partial => Coverage::Partial,
            types::Coverage::Absent => Coverage::Absent,
        }
    }

    fn open(&self, need: &str) -> Box<dyn ObjectCursor + '_> {
        Box::new(inventory::open(need))
    }

    fn open_text(&self, need: &str) -> Box<dyn TextCursor + '_> {
        Box::new(inventory::open_text(need))
    }

    fn add_finding(&self, finding: Finding) {
        let Finding {
            rule,
            severity,
            subject,
            summary,
            cause,
            remedy,
            evidence,
            labels,
            caused_by,
        } = finding;
        report::add_finding(&types::Finding {
            rule,
            severity: wit_severity(severity),
            subject: object_ref(subject),
            summary,
            cause,
            remedy,
            evidence: evidence.into_iter().map(wit_evidence).collect(),
            labels,
            caused_by: caused_by.into_iter().map(object_ref).collect(),
        });
    }

    fn add_sample(&self, sample: Sample) {
        let Sample { metric, label_values, value } = sample;
        report::add_sample(&types::Sample { metric, label_values, value });
    }

    fn add_span(&self, span: Span) {
        let Span { start, end, lane, kind, subject, rule, summary, outcome, ended_by, labels } =
            span;
        timeline::add_span(&timeline::Span {
            rule,
            subject: object_ref(subject),
            kind,
            lane,
            summary,
            start: start.to_string(),
            end: end.map(|it| it.to_string()),
            outcome,
            ended_by: ended_by.into_iter().map(object_ref).collect(),
            labels,
        });
    }

    fn undecided(&self, rule: &str, reason: &str) {
        report::undecided(rule, reason);
    }

    fn debug(&self, message: &str) {
        log::debug(message);
    }
}

impl ObjectCursor for inventory::Cursor {
    fn next(&mut self, max: u32) -> Vec<String> {
        inventory::Cursor::next(self, max)
    }
}

impl TextCursor for inventory::TextCursor {
    fn next(&mut self, max: u32) -> Vec<TextLine> {
        let lines = inventory::TextCursor::next(self, max).into_iter();
        lines
            .map(|inventory::TextMatch { path, line, text }| TextLine { path, line, text })
            .collect()
    }
}

fn rule_info(it: RuleInfo) -> types::RuleInfo {
    let RuleInfo { id, severity, summary, documentation, requires, consults } = it;
    types::RuleInfo {
        id,
        severity: wit_severity(severity),
        summary,
        documentation,
        requires,
        consults,
    }
}

fn object_need(it: ObjectNeed) -> types::ObjectNeed {
    let ObjectNeed { id, group, kind, namespaces, label_selector, fields } = it;
    types::ObjectNeed { id, group, kind, namespaces, label_selector, fields }
}

fn text_need(it: TextNeed) -> types::TextNeed {
    let TextNeed { id, paths, pattern } = it;
    types::TextNeed { id, paths, pattern }
}

fn metric_info(it: MetricInfo) -> types::MetricInfo {
    let MetricInfo { name, metric_type, help, rule, labels } = it;
    let metric_type = match metric_type {
        MetricType::Gauge => types::MetricType::Gauge,
        MetricType::Info => types::MetricType::Info,
    };
    types::MetricInfo { name, metric_type, help, rule, labels }
}

fn wit_severity(it: Severity) -> types::Severity {
    match it {
        Severity::Info => types::Severity::Info,
        Severity::Low => types::Severity::Low,
        Severity::Medium => types::Severity::Medium,
        Severity::High => types::Severity::High,
        Severity::Critical => types::Severity::Critical,
    }
}

fn object_ref(it: ObjectRef) -> types::ObjectRef {
    let ObjectRef { api_version, kind, namespace, name, uid } = it;
    types::ObjectRef { api_version, kind, namespace, name, uid }
}

fn wit_evidence(it: Evidence) -> types::Evidence {
    let Evidence { subject, path, value } = it;
    types::Evidence { subject: subject.map(object_ref), path, value }
}
