//! Findings as alerts, for Alertmanager's API v2: which alerts there are, when each fires and when
//! it is resolved. An alert is sent again and again with an end that moves on, so it resolves by
//! itself when this process is gone.
//!
//! **`alertname`** is the rule in one word, `VaultUnavailable`, as alerts of the monitoring mixins
//! are named after the symptom: routes, silences and inhibitions go by it, and Alertmanager groups
//! by it. The severity is that of Rulebox, from info to critical, as in its metrics.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use http::Method;
use jiff::Timestamp;
use rulebox_core::ReportedFinding;
use serde::Serialize;
use tokio::{sync::watch, time::Instant};

use super::{
    client::{Address, Client, Content},
    counters::{Became, Counters, Output},
    held::{HELD, unjudged},
    turns::Turns,
    words,
};
use crate::{Clock, Published, Told};

/// Alerts are sent so often, whether anything has changed or not: Prometheus does it as often.
const EVERY: Duration = Duration::from_mins(1);

/// An alert that is not sent again resolves after this: three attempts may fail.
const ENDS_AFTER: Duration = Duration::from_mins(4);

/// The most alerts that fire. Nobody reads more, and a thousand of them take some hundred
/// kilobytes. The least severe are left out.
const MOST: usize = 1000;

/// The longest description.
const DESCRIPTION_BYTES: usize = 2048;

/// What names an alert: two of the same labels are one.
type Labels = BTreeMap<&'static str, String>;

/// An alert as the API takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    labels: Labels,
    annotations: BTreeMap<&'static str, String>,
    starts_at: String,
    ends_at: String,
}

/// An alert that was sent, or is about to be.
#[derive(Debug, Clone)]
struct Known {
    annotations: BTreeMap<&'static str, String>,
    /// Cluster, pack and rule.
    rule: (String, String, String),
    first_seen: Timestamp,
    last_seen: Timestamp,
    /// When it was seen last, by a clock that nobody sets.
    seen: Instant,
    resolved: bool,
}

/// Which alerts one Alertmanager has been sent.
#[derive(Debug, Default)]
struct Alerts {
    known: BTreeMap<Labels, Known>,
    /// How many findings had no room last.
    left_out: usize,
}

impl Alerts {
    /// The alerts to be sent of a result: those that fire, and those that are resolved and were not
    /// told to be.
    fn of(
        &mut self,
        published: &Published,
        runbooks: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Vec<Alert> {
        let Published { report, at, made, .. } = published;
        let mut findings: Vec<_> =
            report.findings.iter().filter(|it| it.suppressed.is_none()).collect();
        findings.sort_by_key(|it| std::cmp::Reverse(it.finding.severity));
        self.left_out = findings.len().saturating_sub(MOST);
        let mut present = HashSet::new();
        for (nth, finding) in findings.into_iter().enumerate() {
            let labels = labels(finding);
            if nth >= MOST {
                // It is there, so it is not resolved; it ends when nothing is heard of it.
                self.known.remove(&labels);
                continue;
            }
            let known = Known {
                annotations: annotations(finding, runbooks),
                rule: (finding.cluster.clone(), finding.pack.clone(), finding.finding.rule.clone()),
                first_seen: published.first_seen_of(finding),
                last_seen: *at,
                seen: *made,
                resolved: false,
            };
            present.insert(labels.clone());
            self.known.insert(labels, known);
        }
        let unjudged = unjudged(report);
        self.known.retain(|labels, known| {
            let silent = made.duration_since(known.seen);
            if !present.contains(labels) {
                known.resolved = silent > HELD || !unjudged.contains(&known.rule());
            }
            // Nothing has taken it for so long; Alertmanager has ended it by itself.
            silent <= HELD + HELD
        });
        self.known.iter().map(|(labels, known)| known.alert(labels, *made, now)).collect()
    }

    /// All were taken: those that are resolved need not be sent again.
    fn sent(&mut self) {
        self.known.retain(|_, it| !it.resolved);
    }
}

impl Known {
    fn rule(&self) -> (&str, &str, &str) {
        let (cluster, pack, rule) = &self.rule;
        (cluster, pack, rule)
    }

    fn alert(&self, labels: &Labels, made: Instant, now: Timestamp) -> Alert {
        let mut annotations = self.annotations.clone();
        if !self.resolved && self.seen != made {
            let last = self.last_seen;
            annotations.insert("stale", format!("last seen at {last}: the rule has no data since"));
        }
        let ends = if self.resolved { self.last_seen } else { now + ENDS_AFTER };
        Alert {
            labels: labels.clone(),
            annotations,
            starts_at: self.first_seen.to_string(),
            ends_at: ends.to_string(),
        }
    }
}

fn labels(reported: &ReportedFinding) -> Labels {
    let ReportedFinding { cluster, pack, fingerprint, finding, .. } = reported;
    let subject = &finding.subject;
    let labels = [
        ("alertname", words::camel_case(&finding.rule)),
        ("pack", words::name(pack)),
        ("rule", words::name(&finding.rule)),
        ("severity", finding.severity.to_string()),
        ("cluster", words::name(cluster)),
        ("kind", words::name(&subject.kind)),
        ("namespace", words::name(&subject.namespace)),
        ("name", words::name(&subject.name)),
        ("fingerprint", words::name(fingerprint)),
    ];
    // An empty label is none.
    labels.into_iter().filter(|it| !it.1.is_empty()).collect()
}

fn annotations(
    reported: &ReportedFinding,
    runbooks: &BTreeMap<String, String>,
) -> BTreeMap<&'static str, String> {
    let finding = &reported.finding;
    let mut annotations = BTreeMap::new();
    annotations.insert("summary", words::sentence(&finding.summary, words::SENTENCE_BYTES));
    annotations.insert("description", words::description(finding, DESCRIPTION_BYTES));
    if let Some(page) = runbooks.get(&reported.pack) {
        annotations.insert("runbook_url", format!("{page}#{}", words::name(&finding.rule)));
    }
    annotations.retain(|_, it| !it.is_empty());
    annotations
}

/// An Alertmanager, and how it is reached.
pub(super) struct Alertmanager {
    pub(super) address: Address,
    pub(super) client: Client,
    pub(super) runbooks: BTreeMap<String, String>,
    pub(super) clock: Clock,
    pub(super) counters: Arc<Counters>,
}

impl Alertmanager {
    /// Sends alerts until there are no more results.
    pub(super) async fn run(&self, published: watch::Receiver<Option<Arc<Published>>>) {
        let (mut turns, mut alerts) = (Turns::new(published, EVERY), Alerts::default());
        let (mut left_out, mut told) = (0, Told::default());
        while let Some(published) = turns.next().await {
            let batch = alerts.of(&published, &self.runbooks, self.clock.now());
            if alerts.left_out != left_out {
                left_out = alerts.left_out;
                tracing::warn!(left_out, "more findings than alerts that may fire ({MOST})");
            }
            self.counters.add(Output::Alertmanager, Became::LeftOut, left_out);
            // The number of a result without findings, where nothing is to be resolved.
            if batch.is_empty() {
                turns.worked();
                continue;
            }
            let body = serde_json::to_vec(&batch).unwrap_or_default();
            let content = Content { method: Method::POST, content_type: "application/json", body };
            let number = batch.len();
            match self.client.send(&self.address, "/api/v2/alerts", content).await {
                Ok(()) => {
                    turns.worked();
                    told.works("");
                    alerts.sent();
                    self.counters.add(Output::Alertmanager, Became::Ok, number);
                    tracing::debug!(to = %self.address, alerts = number, "sent alerts");
                }
                Err(error) => {
                    let again = turns.failed().as_secs();
                    self.counters.add(Output::Alertmanager, Became::Failed, number);
                    if told.fails("", &error) {
                        tracing::warn!(to = %self.address, error, again, "cannot send alerts");
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
