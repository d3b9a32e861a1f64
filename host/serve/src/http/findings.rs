//! `/api/v1/findings` and `/api/v1/report`: the report's JSON, whole or in parts.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;
use rulebox_core::Severity;
use rulebox_report::{
    view::{AsOfView, FindingView, ReportView, ResultView, RuleView, SeverityView},
    visible_json,
};
use serde::Serialize;

use super::{
    Site, json_text, no_result,
    query::{self, Wrong},
    versioned,
};

/// Findings, as far as they were asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Findings"))]
pub(super) struct FindingsView<'f> {
    /// The moment to which ages are counted.
    as_of: &'f AsOfView,
    /// In the order of the report.
    findings: Vec<ServedView<'f>>,
    /// The rules that could not judge all of what is, or that have judged what was a while ago, and
    /// why: that they have no findings says little. All of them, whatever was asked for.
    not_judged: Vec<&'f RuleView>,
}

/// A finding, since when it is known, and how old it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ServedFinding"))]
struct ServedView<'f> {
    /// When this process first saw it: RFC 3339, UTC.
    first_seen: String,
    /// The moment that it speaks of, RFC 3339, where its rule keeps its last result; absent where
    /// that is the moment of the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    stale_since: Option<&'f str>,
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
pub(super) const EQUAL: [&str; 6] = ["cluster", "pack", "rule", "kind", "namespace", "name"];

pub(super) async fn findings(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let clusters: Vec<_> = site.results.clusters.iter().map(|it| it.cluster.as_str()).collect();
    let filter = Filter::parse(query.as_deref().unwrap_or_default(), &clusters);
    let filter = match filter {
        Ok(it) => it,
        Err(wrong) => return wrong.answer(),
    };
    let Some(published) = site.published() else { return no_result() };
    if let Err(wrong) = filter.check(&published.view()) {
        return wrong.answer();
    }
    versioned(&site, &published, &headers, || {
        let view = published.view();
        let stale = view.rules.iter().filter_map(|it| {
            Some(((&*it.cluster, &*it.pack, &*it.rule), it.stale_since.as_deref()?))
        });
        let stale: HashMap<_, _> = stale.collect();
        let findings = view.findings.iter().filter(|it| filter.takes(it)).map(|finding| {
            let key = (finding.cluster.clone(), finding.fingerprint.clone());
            let first = published.first_seen.get(&key).copied().unwrap_or(published.at);
            let rule = (&*finding.cluster, &*finding.pack, &*finding.rule);
            let stale_since = stale.get(&rule).copied();
            ServedView { first_seen: first.to_string(), stale_since, finding }
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
    /// Reads the parameters, where these are the clusters that are watched.
    fn parse(query: &str, clusters: &[&str]) -> Result<Self, Wrong> {
        let mut filter = Self::default();
        let mut seen = BTreeSet::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let known = ["severity", "suppressed"].into_iter().chain(EQUAL);
            query::check("parameter", &name, &known.collect::<Vec<_>>())?;
            if !seen.insert(name.clone()) {
                let error = format!("the parameter `{name}` is given twice");
                let help = "ask once for each value".to_owned();
                return Err(Wrong { error, help });
            }
            match &*name {
                "severity" => {
                    query::check("severity", &value, &Severity::ALL.map(Severity::as_str))?;
                    let severity = Severity::ALL.into_iter().find(|it| it.as_str() == value);
                    filter.severity = severity.map(SeverityView::from);
                }
                "suppressed" => {
                    query::check("value of `suppressed`", &value, &["true", "false"])?;
                    filter.suppressed = Some(value == "true");
                }
                "cluster" => {
                    query::check("cluster", &value, clusters)?;
                    // The report does not name the only one.
                    if clusters.len() > 1 {
                        filter.equal.push(("cluster", value.into_owned()));
                    }
                }
                name => {
                    let known = EQUAL.iter().find(|it| **it == name);
                    filter.equal.extend(known.map(|it| (*it, value.into_owned())));
                }
            }
        }
        Ok(filter)
    }

    /// Refuses a pack or a rule that is not loaded. Which namespaces and objects there are is not
    /// known: one without findings is healthy.
    fn check(&self, view: &ReportView) -> Result<(), Wrong> {
        let value = |name: &str| self.equal.iter().find(|it| it.0 == name).map(|it| &*it.1);
        let pack = value("pack");
        if let Some(pack) = pack {
            let known: BTreeSet<_> = view.rules.iter().map(|it| it.pack.as_str()).collect();
            let known: Vec<_> = known.into_iter().collect();
            query::check("pack", pack, &known).map_err(|wrong| {
                match view.failures.iter().find(|it| it.pack == pack) {
                    Some(it) => Wrong {
                        error: format!("the pack `{pack}` is not loaded: {}", it.message),
                        help: it.help.clone(),
                    },
                    None => wrong,
                }
            })?;
        }
        let Some(rule) = value("rule") else { return Ok(()) };
        // As reports and the configuration name it.
        if let Some((pack, rule)) = rule.split_once('/') {
            let known = |it: &&RuleView| it.pack == pack && it.rule == rule;
            if view.rules.iter().any(|it| known(&it)) {
                return Ok(());
            }
        }
        let rules = view.rules.iter().filter(|it| pack.is_none_or(|pack| it.pack == pack));
        let known: BTreeSet<_> = rules.map(|it| it.rule.as_str()).collect();
        query::check("rule", rule, &known.into_iter().collect::<Vec<_>>())
    }

    fn takes(&self, finding: &FindingView) -> bool {
        let is = |name: &str, wanted: &str| match name {
            "cluster" => finding.cluster == wanted,
            "pack" => finding.pack == wanted,
            "rule" => match wanted.split_once('/') {
                Some((pack, rule)) => finding.pack == pack && finding.rule == rule,
                None => finding.rule == wanted,
            },
            "kind" => finding.subject.kind == wanted,
            "namespace" => finding.subject.namespace == wanted,
            _ => finding.subject.name == wanted,
        };
        self.severity.is_none_or(|it| finding.severity >= it)
            && self.suppressed.is_none_or(|it| finding.suppressed.is_some() == it)
            && self.equal.iter().all(|(name, wanted)| is(name, wanted))
    }
}
