//! `/api/v1/findings` and `/api/v1/report`: the report's JSON, whole or in parts.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use rulebox_report::{
    view::{AsOfView, FindingView, ResultView, RuleView, SeverityView},
    visible_json,
};
use serde::Serialize;

use super::{Site, json_text, no_result, refused, versioned};

/// Findings, as far as they were asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingsView<'f> {
    /// The moment to which ages are counted.
    as_of: &'f AsOfView,
    /// In the order of the report.
    findings: Vec<ServedView<'f>>,
    /// The rules that could not judge all of what is, or that have judged what was a while ago, and
    /// why: that they have no findings says little. All of them, whatever was asked for.
    not_judged: Vec<&'f RuleView>,
}

/// A finding, and since when it is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ServedView<'f> {
    /// When this process first saw it: RFC 3339, UTC.
    first_seen: String,
    #[serde(flatten)]
    finding: &'f FindingView,
}

/// Which findings were asked for. What is absent does not matter.
#[derive(Default)]
struct Filter {
    severity: Option<SeverityView>,
    suppressed: Option<bool>,
    /// Name of a parameter and the value that it must have.
    equal: Vec<(&'static str, String)>,
}

/// Parameters that name one value.
const EQUAL: [&str; 6] = ["cluster", "pack", "rule", "kind", "namespace", "name"];

pub(super) async fn findings(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let filter = match Filter::parse(query.as_deref().unwrap_or_default()) {
        Ok(it) => it,
        Err(error) => {
            let help = format!(
                "there are severity=info|low|medium|high|critical (at least), \
                 suppressed=true|false, {}",
                EQUAL.map(|it| format!("{it}=…")).join(", ")
            );
            return refused(StatusCode::BAD_REQUEST, &error, &help);
        }
    };
    let Some(published) = site.published() else { return no_result() };
    versioned(&site, &published, &headers, || {
        let view = published.view();
        let findings = view.findings.iter().filter(|it| filter.takes(it)).map(|finding| {
            let key = (finding.cluster.clone(), finding.fingerprint.clone());
            let first = published.first_seen.get(&key).copied().unwrap_or(published.at);
            ServedView { first_seen: first.to_string(), finding }
        });
        let not_judged = view.rules.iter().filter(|it| match it.result {
            ResultView::NoData | ResultView::Error => true,
            ResultView::Pass | ResultView::Fail => !it.reason.is_empty(),
            ResultView::Skipped => false,
        });
        let (as_of, findings) = (&view.as_of, findings.collect());
        super::json(&FindingsView { as_of, findings, not_judged: not_judged.collect() })
    })
}

pub(super) async fn report(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let Some(published) = site.published() else { return no_result() };
    versioned(&site, &published, &headers, || {
        let text = serde_json::to_string(&*published.view()).unwrap_or_default();
        json_text(visible_json(&text))
    })
}

impl Filter {
    fn parse(query: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let wrong = || format!("`{value}` cannot be the value of `{name}`");
            match &*name {
                "severity" => {
                    let value = serde_json::Value::String(value.to_string());
                    filter.severity = Some(serde_json::from_value(value).map_err(|_| wrong())?);
                }
                "suppressed" => filter.suppressed = Some(value.parse().map_err(|_| wrong())?),
                name => match EQUAL.iter().find(|it| **it == name) {
                    Some(known) => filter.equal.push((known, value.into_owned())),
                    None => return Err(format!("there is no parameter `{name}`")),
                },
            }
        }
        Ok(filter)
    }

    fn takes(&self, finding: &FindingView) -> bool {
        let value = |name: &str| match name {
            "cluster" => &finding.cluster,
            "pack" => &finding.pack,
            "rule" => &finding.rule,
            "kind" => &finding.subject.kind,
            "namespace" => &finding.subject.namespace,
            _ => &finding.subject.name,
        };
        self.severity.is_none_or(|it| finding.severity >= it)
            && self.suppressed.is_none_or(|it| finding.suppressed.is_some() == it)
            && self.equal.iter().all(|(name, wanted)| value(name) == wanted)
    }
}
