//! Findings as report objects of a cluster: which there are, written where they differ, and taken
//! away where nothing is left to report. What stands in one is `documents`.
//!
//! Few: one for each namespace with findings, and one for the cluster. Nothing is written of what
//! is healthy.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use rulebox_cluster::{Answered, Cluster, Send};
use rulebox_core::{Report, ReportedFinding, is_namespace};
use serde_json::Value;
use tokio::sync::watch;

use super::{
    counters::{Became, Counters, Output},
    documents::{self, Documents, LABEL, MANAGER, Made},
    turns::Turns,
};
use crate::{Published, Told};

pub use rulebox_report::ReportKind;

/// What others have changed or deleted is mended so often.
const EVERY: Duration = Duration::from_mins(10);

/// So many objects are asked for at once, as kubectl does.
const PAGE: u32 = 500;

/// What became of the reports of one result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// How many were written.
    pub written: usize,
    /// How many were as they should be.
    pub unchanged: usize,
    /// How many were taken away.
    pub pruned: usize,
    /// What could not be done, and why.
    pub failures: Vec<String>,
    /// Whether some of it may be done a moment later: the server was busy, failed, or silent.
    pub passes: bool,
    /// How many findings, or namespaces of them, had no room.
    pub left_out: usize,
}

/// The reports of one cluster.
pub struct Reports {
    cluster: Cluster,
    /// As findings name the cluster.
    name: String,
    kind: ReportKind,
    /// If not empty, the only namespaces that are asked for reports of an earlier process.
    namespaces: Vec<String>,
    /// What the cluster holds of ours, by its path; none until it was asked.
    held: Option<BTreeMap<String, Value>>,
    /// Whether the cluster's definition is an old one, which knows three severities.
    three_severities: bool,
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reports of {}", self.cluster.described())
    }
}

impl Reports {
    /// Reports of this kind in a cluster, which findings call by this name. Where `namespaces` is
    /// not empty, no others are asked for reports that an earlier process has left.
    pub fn new(cluster: Cluster, name: &str, kind: ReportKind, namespaces: &[String]) -> Self {
        let namespaces = namespaces.to_vec();
        let (held, three_severities) = (None, false);
        Self { cluster, name: name.to_owned(), kind, namespaces, held, three_severities }
    }

    /// Whether a report of this name is there that does not bear our label.
    async fn is_of_others(&self, path: &str) -> bool {
        let there = self.cluster.send(Send::Get, path, &Value::Null).await;
        there.is_ok_and(|it| {
            let label = &it.body["metadata"]["labels"][documents::LABEL];
            it.is_success() && it.body["metadata"].is_object() && *label != documents::MANAGER
        })
    }

    /// Makes the objects of the cluster what they should be. `first_seen` says since when a finding
    /// is known; an earlier time that a report holds counts before it.
    pub async fn write(
        &mut self,
        report: &Report,
        first_seen: &(dyn Fn(&ReportedFinding) -> Timestamp + Sync),
        now: Timestamp,
    ) -> Written {
        let mut done = Written::default();
        if self.held.is_none() {
            match self.ask().await {
                Ok(held) => self.held = Some(held),
                Err(trouble) => {
                    done.fail(trouble);
                    return done;
                }
            }
        }
        let mut held = self.held.take().unwrap_or_default();
        let known = documents::times(held.values());
        let time = |it: &ReportedFinding| {
            let known = known.get(&it.fingerprint).copied();
            known.map_or_else(|| first_seen(it), |known| known.min(first_seen(it)))
        };
        let (cluster, kind, before) = (self.name.clone(), self.kind, held.clone());
        let documents = |three_severities| {
            let (cluster, held) = (&*cluster, &before);
            let made = Made { report, cluster, kind, three_severities, held, now };
            documents::of(&made, &time)
        };
        let mut wanted = documents(self.three_severities);
        done.left_out = wanted.left_out;
        let paths: Vec<String> = wanted.documents.keys().cloned().collect();
        for path in &paths {
            let Some(document) = wanted.documents.get(path) else { continue };
            if held.get(path).is_some_and(|it| documents::is_same(it, document)) {
                done.unchanged += 1;
                continue;
            }
            if !held.contains_key(path) && self.is_of_others(path).await {
                done.failures.push(format!(
                    "{path} is there and was not written by Rulebox (label {}): delete it, or \
                     give it another name",
                    documents::LABEL
                ));
                continue;
            }
            let mut answered = self.cluster.send(Send::Apply, path, document).await;
            if !self.three_severities && answered.as_ref().is_ok_and(wants_three_severities) {
                self.three_severities = true;
                wanted = documents(true);
                let Some(document) = wanted.documents.get(path) else { continue };
                answered = self.cluster.send(Send::Apply, path, document).await;
            }
            match refusal(answered) {
                None => {
                    held.insert(path.clone(), wanted.documents[path].clone());
                    done.written += 1;
                }
                Some(trouble) => done.fail(self.told(path, trouble)),
            }
        }
        let Documents { documents: wanted, .. } = wanted;
        let left: Vec<_> = held.keys().filter(|it| !wanted.contains_key(*it)).cloned().collect();
        for path in left {
            let answered = self.cluster.send(Send::Delete, &path, &Value::Null).await;
            let is_gone = answered.as_ref().is_ok_and(|it| it.status == 404);
            match refusal(answered).filter(|_| !is_gone) {
                None => {
                    held.remove(&path);
                    done.pruned += 1;
                }
                Some(trouble) => done.fail(self.told(&path, trouble)),
            }
        }
        self.held = Some(held);
        done
    }

    /// Others may have changed what the cluster holds: it is asked again.
    fn forget(&mut self) {
        self.held = None;
    }

    /// With the report that it concerns.
    fn told(&self, path: &str, trouble: Trouble) -> Trouble {
        let name = path.strip_prefix(&documents::group_path(self.kind)).unwrap_or(path);
        let text = format!("{}: {name}: {}", self.cluster.described(), trouble.text);
        Trouble { text, ..trouble }
    }

    /// The reports that the cluster holds of this process, or of an earlier one.
    async fn ask(&self) -> Result<BTreeMap<String, Value>, Trouble> {
        let mut held = BTreeMap::new();
        let of_cluster = self.list(&documents::list_path(self.kind, None, true), &mut held).await;
        if self.namespaces.is_empty() {
            of_cluster?;
            self.list(&documents::list_path(self.kind, None, false), &mut held).await?;
        }
        // Who may only see some namespaces is told about the report of the cluster when there is
        // something to write in it.
        for namespace in self.namespaces.iter().filter(|it| is_namespace(it)) {
            self.list(&documents::list_path(self.kind, Some(namespace), false), &mut held).await?;
        }
        Ok(held)
    }

    async fn list(&self, path: &str, held: &mut BTreeMap<String, Value>) -> Result<(), Trouble> {
        let mut token = String::new();
        loop {
            let label = LABEL.replace('/', "%2F");
            let mut page = format!("{path}?labelSelector={label}%3D{MANAGER}&limit={PAGE}");
            if !token.is_empty() {
                page += "&continue=";
                page.extend(form_urlencoded::byte_serialize(token.as_bytes()));
            }
            let answered = self.cluster.send(Send::Get, &page, &Value::Null).await;
            let answered = match answered {
                Ok(it) if it.is_success() => it,
                Ok(Answered { status: 404, .. }) => {
                    let (cluster, what) = (self.cluster.described(), self.kind.group_version());
                    let text = format!(
                        "{cluster}: the cluster does not serve {what}: install its custom resource \
                         definitions"
                    );
                    return Err(Trouble { text, passes: false });
                }
                it => return Err(self.told(path, trouble(it))),
            };
            let items = answered.body.get("items").and_then(Value::as_array);
            for item in items.into_iter().flatten() {
                if let Some(path) = documents::path_of(self.kind, item) {
                    held.insert(path, item.clone());
                }
            }
            let more = answered.body.pointer("/metadata/continue").and_then(Value::as_str);
            match more.filter(|it| !it.is_empty() && *it != token) {
                Some(more) => more.clone_into(&mut token),
                None => return Ok(()),
            }
        }
    }

    /// Writes reports until there are no more results.
    pub(super) async fn run(
        mut self,
        published: watch::Receiver<Option<Arc<Published>>>,
        counters: Arc<Counters>,
    ) {
        let mut turns = Turns::new(published, EVERY);
        let (mut last, mut left_out, mut told) = (0, 0, Told::default());
        while let Some(published) = turns.next().await {
            if last == published.number {
                self.forget();
            }
            last = published.number;
            let first_seen = |it: &ReportedFinding| published.first_seen_of(it);
            let done = self.write(&published.report, &first_seen, published.at).await;
            let Written { written, unchanged, pruned, failures, passes: _, left_out: more } = done;
            counters.add(Output::Reports, Became::Ok, written + pruned);
            counters.add(Output::Reports, Became::Failed, failures.len());
            counters.add(Output::Reports, Became::LeftOut, more);
            if more != left_out {
                left_out = more;
                tracing::warn!(left_out, "findings have no room in reports");
            }
            if written + pruned > 0 {
                tracing::debug!(written, pruned, unchanged, "wrote reports");
            }
            if failures.is_empty() {
                turns.worked();
                told.works("");
            } else {
                let again = turns.failed().as_secs();
                for error in failures.iter().filter(|it| told.fails("", it)).take(3) {
                    tracing::warn!(error, again, "cannot write a report");
                }
            }
        }
    }
}

/// Why something was not done.
struct Trouble {
    text: String,
    /// Whether it may be done a moment later.
    passes: bool,
}

impl Written {
    fn fail(&mut self, trouble: Trouble) {
        self.passes |= trouble.passes;
        self.failures.push(trouble.text);
    }
}

/// Why something was not done; none where it was.
fn refusal(answered: Result<Answered, String>) -> Option<Trouble> {
    if answered.as_ref().is_ok_and(Answered::is_success) { None } else { Some(trouble(answered)) }
}

fn trouble(answered: Result<Answered, String>) -> Trouble {
    match answered {
        Ok(it) => Trouble { text: it.message(), passes: it.status == 429 || it.status >= 500 },
        Err(text) => Trouble { text, passes: true },
    }
}

/// Whether an older definition has refused `critical` or `info`.
fn wants_three_severities(answered: &Answered) -> bool {
    let says = |it: &Value| it.as_str().is_some_and(|it| it.contains("severity"));
    answered.status == 422 && answered.body.get("message").is_some_and(says)
}

#[cfg(test)]
mod tests;
