//! The contract as Rust types, generated from the WIT, and the conversions between them and the
//! types of `rulebox-core`. Each conversion names every field, so that a change of the contract
//! does not compile until its conversion follows.
//!
//! Sentences that a guest says are escaped here, where they enter: see [`rulebox_core::text`]. In a
//! remedy its line feeds stay, for they part the steps.

use jiff::Timestamp;
use rulebox_core::{
    self as core,
    text::{escaped, escaped_lines},
};

use crate::error::cut_name;

mod generated {
    wasmtime::component::bindgen!({
        path: "../../rules-wasm/wit",
        world: "pack",
        imports: { default: trappable },
        with: {
            "rulebox:rules/inventory.cursor": crate::cursor::ObjectCursor,
            "rulebox:rules/inventory.text-cursor": crate::cursor::TextCursor,
        },
    });
}

pub(crate) use generated::{
    Pack as World, PackPre as WorldPre,
    rulebox::rules::{inventory, log, report, timeline, types},
};

/// What the host and its own interpreters exchange beside the contract.
mod interpreter {
    wasmtime::component::bindgen!({
        path: "../../rules-wasm/wit/interpreter",
        world: "interpreter",
        imports: { default: trappable },
    });
}

pub(crate) use interpreter::{Interpreter, Problem, rulebox::interpreter::pack_texts};

/// The types of WASI that guest and host exchange.
pub(crate) mod wasi {
    use wasmtime::component::{ComponentType, Lift, Lower, Resource};

    /// `wasi:clocks/wall-clock.datetime`.
    #[derive(ComponentType, Lower)]
    #[component(record)]
    pub(crate) struct Datetime {
        pub(crate) seconds: u64,
        pub(crate) nanoseconds: u32,
    }

    /// `wasi:io/streams.stream-error`.
    #[derive(ComponentType, Lower, Lift)]
    #[component(variant)]
    pub(crate) enum StreamError {
        #[component(name = "last-operation-failed")]
        LastOperationFailed(Resource<IoError>),
        #[component(name = "closed")]
        Closed,
    }

    /// `wasi:io/error.error`; the host never makes one.
    pub(crate) enum IoError {}
}

impl From<types::Severity> for core::Severity {
    fn from(severity: types::Severity) -> Self {
        match severity {
            types::Severity::Info => Self::Info,
            types::Severity::Low => Self::Low,
            types::Severity::Medium => Self::Medium,
            types::Severity::High => Self::High,
            types::Severity::Critical => Self::Critical,
        }
    }
}

impl From<core::Coverage> for types::Coverage {
    fn from(coverage: core::Coverage) -> Self {
        match coverage {
            core::Coverage::Complete => Self::Complete,
            core::Coverage::Partial => Self::Partial,
            core::Coverage::Absent => Self::Absent,
        }
    }
}

impl From<types::MetricType> for core::MetricType {
    fn from(metric_type: types::MetricType) -> Self {
        match metric_type {
            types::MetricType::Gauge => Self::Gauge,
            types::MetricType::Info => Self::Info,
        }
    }
}

impl From<types::ObjectRef> for core::ObjectRef {
    fn from(object: types::ObjectRef) -> Self {
        let types::ObjectRef { api_version, kind, namespace, name, uid } = object;
        Self { api_version, kind, namespace, name, uid }
    }
}

impl From<types::ObjectNeed> for core::ObjectNeed {
    fn from(need: types::ObjectNeed) -> Self {
        let types::ObjectNeed { id, group, kind, namespaces, label_selector, fields } = need;
        Self { id, group, kind, namespaces, label_selector, fields }
    }
}

impl From<types::TextNeed> for core::TextNeed {
    fn from(need: types::TextNeed) -> Self {
        let types::TextNeed { id, paths, pattern } = need;
        Self { id, paths, pattern }
    }
}

impl From<types::RuleInfo> for core::RuleInfo {
    fn from(rule: types::RuleInfo) -> Self {
        let types::RuleInfo { id, severity, summary, documentation, requires, consults } = rule;
        Self { id, severity: severity.into(), summary, documentation, requires, consults }
    }
}

impl From<types::MetricInfo> for core::MetricInfo {
    fn from(metric: types::MetricInfo) -> Self {
        let types::MetricInfo { name, metric_type, help, rule, labels } = metric;
        Self { name, metric_type: metric_type.into(), help, rule, labels }
    }
}

impl From<types::PackInfo> for core::PackInfo {
    fn from(pack: types::PackInfo) -> Self {
        let types::PackInfo { name, version, rules, objects, texts, metrics, settings_schema } =
            pack;
        Self {
            name,
            version,
            rules: rules.into_iter().map(Into::into).collect(),
            needs: core::NeedSet {
                objects: objects.into_iter().map(Into::into).collect(),
                texts: texts.into_iter().map(Into::into).collect(),
            },
            metrics: metrics.into_iter().map(Into::into).collect(),
            settings_schema,
        }
    }
}

impl From<types::Evidence> for core::Evidence {
    fn from(evidence: types::Evidence) -> Self {
        let types::Evidence { subject, path, value } = evidence;
        Self { subject: subject.map(Into::into), path, value }
    }
}

impl From<types::Finding> for core::Finding {
    fn from(finding: types::Finding) -> Self {
        let types::Finding {
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
        Self {
            rule,
            severity: severity.into(),
            subject: subject.into(),
            summary: escaped(summary),
            cause: escaped(cause),
            remedy: escaped_lines(remedy),
            evidence: evidence.into_iter().map(Into::into).collect(),
            labels,
            caused_by: caused_by.into_iter().map(Into::into).collect(),
        }
    }
}

/// A span, or what is wrong with it. Its lists and texts must have been checked.
impl TryFrom<timeline::Span> for core::Span {
    type Error = String;

    fn try_from(span: timeline::Span) -> Result<Self, String> {
        let timeline::Span {
            rule,
            subject,
            kind,
            lane,
            summary,
            start,
            end,
            outcome,
            ended_by,
            labels,
        } = span;
        let time = |what: &str, text: &str| {
            let found = || cut_name(text);
            text.parse::<Timestamp>().map_err(|_| format!("its {what} is no time: `{}`", found()))
        };
        let start = time("start", &start)?;
        let end = end.map(|it| time("end", &it)).transpose()?;
        if let Some(end) = end.filter(|it| *it < start) {
            return Err(format!("it ends at {end}, before its start at {start}"));
        }
        let span = Self {
            start,
            end,
            lane,
            kind,
            subject: subject.into(),
            rule,
            summary: escaped(summary),
            outcome,
            ended_by: ended_by.into_iter().map(Into::into).collect(),
            labels,
        };
        let is_written = span.has_rfc_3339_times();
        if is_written { Ok(span) } else { Err("its start is before the year 0".to_owned()) }
    }
}

impl From<types::Sample> for core::Sample {
    fn from(sample: types::Sample) -> Self {
        let types::Sample { metric, label_values, value } = sample;
        Self { metric, label_values, value }
    }
}
