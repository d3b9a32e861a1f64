//! Findings as Events of the cluster, which `kubectl describe` shows of their objects: one for each
//! finding that comes.
//!
//! They are events of core/v1 with times and a count, not of events.k8s.io/v1: the API server
//! stores both alike, and every kubectl shows the age and the source of these. The name of an event
//! is made of the fingerprint, so another process, or this one after a restart, finds that it is
//! there already. The API server deletes it after an hour; a finding that outlives it is told once
//! more by the next process.
//!
//! A finding whose words change is the same finding, and its event then says the new words: whoever
//! looks at the object reads what is so now. That is done after a while only, since words that tell
//! an age change all the time, and behind all findings that are new.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use rulebox_cluster::{Answered, Cluster, Send};
use rulebox_core::{REPORTER, ReportedFinding, RuleResult, is_namespace};
use rulebox_report::reference;
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use super::{
    counters::{Became, Counters, Output},
    documents::{LABEL, MANAGER},
    turns::Turns,
    words,
};
use crate::{Clock, Published};

/// So many events at once, as client-go lets one source tell of one object.
const BURST: u32 = 25;

/// And then one in so long: 360 in the hour for which they are kept, less than the pods of a
/// middling cluster cause.
const ONE_IN: Duration = Duration::from_secs(10);

/// Nothing is written where nothing has come, so the time matters little.
const EVERY: Duration = Duration::from_mins(10);

/// The words of an event stay for so long.
const WORDS_STAY: Duration = Duration::from_mins(5);

/// It is remembered of so many findings how often they came; beyond them all begin again.
const MOST_COUNTS: usize = 10_000;

/// Lets so much pass at once, and then one in a while.
#[derive(Debug)]
struct Bucket {
    left: u32,
    /// From when on the next one grows.
    since: Instant,
}

impl Bucket {
    fn new(now: Instant) -> Self {
        Self { left: BURST, since: now }
    }

    /// Takes one, or says how long to wait for it.
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        while self.left < BURST && now.duration_since(self.since) >= ONE_IN {
            self.left += 1;
            self.since += ONE_IN;
        }
        if self.left == BURST {
            self.since = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(ONE_IN.saturating_sub(now.duration_since(self.since))),
        }
    }

    /// Takes one where many are left: what is new has half of them for itself.
    fn take_spare(&mut self, now: Instant) -> bool {
        let mut next = Self { ..*self };
        let spare = next.take(now).is_ok() && next.left >= BURST / 2;
        if spare {
            *self = next;
        }
        spare
    }
}

/// What the event of a finding says, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Words {
    hash: u64,
    since: Instant,
}

impl Words {
    fn of(finding: &ReportedFinding, since: Instant) -> Self {
        let mut hasher = DefaultHasher::new();
        message(finding).hash(&mut hasher);
        Self { hash: hasher.finish(), since }
    }
}

/// The findings whose event is to be written, and whether only its words change: those that come
/// first.
fn due<'f>(
    findings: &[&'f ReportedFinding],
    told: &HashMap<String, Words>,
    now: Instant,
) -> Vec<(&'f ReportedFinding, bool)> {
    let words = |it: &ReportedFinding| told.get(&it.fingerprint).copied();
    let are_old = |it: &&&ReportedFinding| {
        words(it).is_some_and(|told| {
            now.duration_since(told.since) >= WORDS_STAY && Words::of(it, told.since) != told
        })
    };
    let new = findings.iter().filter(|it| words(it).is_none()).map(|it| (*it, false));
    new.chain(findings.iter().filter(are_old).map(|it| (*it, true))).collect()
}

/// What became of an event.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// It is there.
    Yes,
    /// It will never be: its namespace is gone, or the API server does not take it.
    Never(String),
    /// Not now.
    Later(String),
    /// Nothing is taken now.
    Nothing(String),
}

/// Writes the events of one cluster.
pub(super) struct Teller {
    pub(super) cluster: Cluster,
    /// As findings name the cluster.
    pub(super) name: String,
    /// The name of this pod.
    pub(super) instance: String,
    pub(super) clock: Clock,
    pub(super) counters: Arc<Counters>,
}

impl Teller {
    /// Writes events until there are no more results.
    pub(super) async fn run(&self, published: watch::Receiver<Option<Arc<Published>>>) {
        let mut turns = Turns::new(published, EVERY);
        let mut bucket = Bucket::new(Instant::now());
        // The findings that need no event any more, by their fingerprints, and the rules that have
        // judged before: what others find may be old, and was perhaps told by another process.
        let (mut told, mut judged) = (HashMap::new(), HashSet::new());
        // How often each finding has come.
        let mut counts: HashMap<String, u32> = HashMap::new();
        let mut failures = crate::Told::default();
        while let Some(published) = turns.next().await {
            let findings = published.report.findings.iter();
            let findings = findings.filter(|it| it.cluster == self.name && it.suppressed.is_none());
            let mut findings: Vec<_> = findings.collect();
            findings.sort_by_key(|it| std::cmp::Reverse(it.finding.severity));
            let present: HashSet<_> = findings.iter().map(|it| it.fingerprint.clone()).collect();
            told.retain(|it, _| present.contains(it));
            let mut failure = None;
            for (finding, reworded) in due(&findings, &told, Instant::now()) {
                let now = Instant::now();
                if reworded && !bucket.take_spare(now) {
                    break;
                }
                if !reworded && let Err(pause) = bucket.take(now) {
                    turns.again_after(pause);
                    break;
                }
                let rule = (finding.pack.clone(), finding.finding.rule.clone());
                let times =
                    counts.get(&finding.fingerprint).copied().unwrap_or(1_u32).saturating_add(1);
                let again = (!reworded && judged.contains(&rule)).then_some(times);
                let became = match self.tell(finding, again).await {
                    Told::Yes => Became::Ok,
                    Told::Never(error) => {
                        let error = format!("{}: {error}", finding.finding.subject);
                        tracing::warn!(error, "cannot write an event, and will not try again");
                        told.insert(finding.fingerprint.clone(), Words::of(finding, now));
                        Became::LeftOut
                    }
                    Told::Later(error) => {
                        failure = Some(error);
                        Became::Failed
                    }
                    Told::Nothing(error) => {
                        self.counters.add(Output::Events, Became::Failed, 1);
                        failure = Some(error);
                        break;
                    }
                };
                self.counters.add(Output::Events, became, 1);
                if became != Became::Ok {
                    continue;
                }
                told.insert(finding.fingerprint.clone(), Words::of(finding, now));
                if !reworded {
                    if counts.len() >= MOST_COUNTS {
                        counts.clear();
                    }
                    let count = counts.entry(finding.fingerprint.clone()).or_insert(0);
                    *count = count.saturating_add(1);
                }
            }
            let rules = published.report.rules.iter().filter(|it| it.cluster == self.name);
            let rules = rules.filter(|it| matches!(it.result, RuleResult::Pass | RuleResult::Fail));
            judged.extend(rules.map(|it| (it.pack.clone(), it.rule.id.clone())));
            match failure {
                None => {
                    turns.worked();
                    failures.works("");
                }
                Some(error) => {
                    let (cluster, again) = (self.cluster.described(), turns.failed().as_secs());
                    if failures.fails("", &error) {
                        tracing::warn!(cluster, error, again, "cannot write an event");
                    }
                }
            }
        }
    }

    /// Writes the event of a finding. Where there is one already, and the finding has come again
    /// since, it is so many times that it has come; where it has not, it may say other words now.
    async fn tell(&self, finding: &ReportedFinding, again: Option<u32>) -> Told {
        let event = event(finding, &self.instance, self.clock.now());
        let part = |name: &str| event.pointer(name).and_then(Value::as_str).unwrap_or_default();
        let events = format!("/api/v1/namespaces/{}/events", part("/metadata/namespace"));
        let path = format!("{events}/{}", part("/metadata/name"));
        let answered = self.cluster.send(Send::Create, &events, &event).await;
        match (answered, again) {
            (Ok(Answered { status: 409, .. }), Some(times)) => {
                judge(self.cluster.send(Send::Apply, &path, &repeated(event, times)).await)
            }
            (Ok(Answered { status: 409, .. }), None) => {
                let there = self.cluster.send(Send::Get, &path, &Value::Null).await;
                let Ok(Answered { status: 200, body }) = there else { return judge(there) };
                if body["message"] == event["message"] {
                    return Told::Yes;
                }
                let times = body["count"].as_u64().and_then(|it| it.try_into().ok()).unwrap_or(1);
                judge(self.cluster.send(Send::Apply, &path, &repeated(event, times)).await)
            }
            (answered, _) => judge(answered),
        }
    }
}

fn judge(answered: Result<Answered, String>) -> Told {
    match answered {
        Ok(it) if it.is_success() => Told::Yes,
        Ok(it) => match it.status {
            400 | 404 | 422 => Told::Never(it.message()),
            // May be mended: rights, a namespace that ends, an event that somebody else changes.
            403 | 409 => Told::Later(it.message()),
            _ => Told::Nothing(it.message()),
        },
        Err(error) => Told::Nothing(error),
    }
}

/// What the event of a finding says.
fn message(reported: &ReportedFinding) -> String {
    let finding = &reported.finding;
    let parts = [finding.summary.trim(), finding.cause.trim()];
    let parts: Vec<_> = parts.into_iter().filter(|it| !it.is_empty()).collect();
    words::sentence(&parts.join(": "), words::SENTENCE_BYTES)
}

/// The event of a finding. It stands in the namespace of its object; of an object without one, in
/// `default`, where the API server demands it.
fn event(reported: &ReportedFinding, instance: &str, now: Timestamp) -> Value {
    let ReportedFinding { fingerprint, finding, .. } = reported;
    let namespace = finding.subject.namespace.as_str();
    let namespace = if is_namespace(namespace) { namespace } else { "default" };
    let fingerprint: String = fingerprint.chars().filter(char::is_ascii_hexdigit).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": format!("rulebox-{fingerprint}"),
            "namespace": namespace,
            "labels": {LABEL: MANAGER},
        },
        "involvedObject": reference(&finding.subject),
        "type": "Warning",
        "reason": words::camel_case(&finding.rule),
        "message": message(reported),
        "count": 1,
        "firstTimestamp": now.to_string(),
        "lastTimestamp": now.to_string(),
        "source": {"component": "rulebox"},
        "reportingComponent": REPORTER,
        "reportingInstance": words::cut(words::name(instance), 128),
    })
}

/// An event that is there, so many times: when it was first, it says already.
fn repeated(mut event: Value, times: u32) -> Value {
    event["count"] = times.into();
    if let Some(fields) = event.as_object_mut() {
        fields.remove("firstTimestamp");
    }
    event
}

#[cfg(test)]
mod tests;
