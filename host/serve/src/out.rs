//! What is written elsewhere: to Alertmanager, and to the clusters that are watched. All of it is
//! asked for by name, is little, and is written by the leader alone.
//!
//! | output | what | file |
//! |---|---|---|
//! | alerts | one a finding, sent again and again | `alertmanager` |
//! | reports | one object a namespace, and one a cluster | `reports`, `documents` |
//! | events | one for each finding that comes | `events` |
//! | a push | the metrics of one run | `pushgateway` |
//!
//! Each output follows the published results at its own pace (`turns`), so none waits for another,
//! and none keeps the rules from being evaluated.

mod alertmanager;
mod client;
mod counters;
mod documents;
mod events;
mod held;
mod pushgateway;
mod reports;
mod turns;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use rulebox_cluster::Cluster;
use tokio::{sync::watch, task::JoinSet};

use crate::{Clock, Published, lease::while_leading};

pub use self::{
    client::{Address, Client},
    counters::{Counters, Output},
    pushgateway::push,
    reports::{ReportKind, Reports, Written},
};

/// What is written, and where.
#[derive(Debug, Clone)]
pub struct Outputs {
    /// The Alertmanagers; each is sent all alerts.
    pub alertmanagers: Vec<Address>,
    /// How they are reached.
    pub client: Client,
    /// The pages of which an alert's runbook is a part, by the name of the rule: one a pack.
    pub runbooks: BTreeMap<String, String>,
    /// Which reports are written to the clusters.
    pub reports: Option<ReportKind>,
    /// Whether events are.
    pub events: bool,
    /// The only namespaces that are read; all if empty.
    pub namespaces: Vec<String>,
    /// The name of this pod.
    pub instance: String,
}

impl Outputs {
    /// The outputs that there are.
    pub fn all(&self) -> Vec<Output> {
        let all = [
            (!self.alertmanagers.is_empty(), Output::Alertmanager),
            (self.events, Output::Events),
            (self.reports.is_some(), Output::Reports),
        ];
        all.into_iter().filter(|it| it.0).map(|it| it.1).collect()
    }
}

/// Writes what is published, whenever this process leads, until nothing more is published. Dropped,
/// it stops at once.
pub async fn write(
    outputs: Outputs,
    clusters: Vec<Cluster>,
    published: watch::Receiver<Option<Arc<Published>>>,
    leader: watch::Receiver<bool>,
    clock: Clock,
    counters: Arc<Counters>,
) {
    let mut tasks = JoinSet::new();
    for address in &outputs.alertmanagers {
        let alertmanager = alertmanager::Alertmanager {
            address: address.clone(),
            client: outputs.client.clone(),
            runbooks: outputs.runbooks.clone(),
            clock: clock.clone(),
            counters: Arc::clone(&counters),
        };
        let (leader, published) = (leader.clone(), published.clone());
        tasks.spawn(async move {
            while_leading(leader, || alertmanager.run(published.clone())).await;
        });
    }
    let is_one = clusters.len() == 1;
    for cluster in clusters {
        // Findings name their cluster where there are several.
        let name = if is_one { String::new() } else { cluster.name().to_owned() };
        if let Some(kind) = outputs.reports {
            let (cluster, name) = (cluster.clone(), name.clone());
            let (namespaces, counters) = (outputs.namespaces.clone(), Arc::clone(&counters));
            let (leader, published) = (leader.clone(), published.clone());
            tasks.spawn(async move {
                while_leading(leader, || {
                    let reports = Reports::new(cluster.clone(), &name, kind, &namespaces);
                    reports.run(published.clone(), Arc::clone(&counters))
                })
                .await;
            });
        }
        if outputs.events {
            let teller = events::Teller {
                cluster,
                name,
                instance: outputs.instance.clone(),
                clock: clock.clone(),
                counters: Arc::clone(&counters),
            };
            let (leader, published) = (leader.clone(), published.clone());
            tasks.spawn(async move {
                while_leading(leader, || teller.run(published.clone())).await;
            });
        }
    }
    while tasks.join_next().await.is_some() {}
}
