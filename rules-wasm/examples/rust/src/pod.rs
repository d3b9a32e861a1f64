//! What the rules read of a pod. The host hands over these fields and no others.

use rulebox_sdk::{Fields, Object};
use serde::Deserialize;

/// A pod.
#[derive(Debug, Default, Deserialize, Object)]
#[serde(default)]
pub struct Pod {
    /// What the kubelet says of it.
    pub status: Status,
}

/// What the kubelet says of a pod.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// Containers that run before the others, and sidecars.
    pub init_container_statuses: Vec<Container>,
    /// The pod's containers.
    pub container_statuses: Vec<Container>,
    /// What `kubectl debug` has added.
    pub ephemeral_container_statuses: Vec<Container>,
}

impl Status {
    /// The containers of all three lists, each with its path.
    pub fn containers(&self) -> impl Iterator<Item = (String, &Container)> {
        let lists = [
            ("initContainerStatuses", &self.init_container_statuses),
            ("containerStatuses", &self.container_statuses),
            ("ephemeralContainerStatuses", &self.ephemeral_container_statuses),
        ];
        lists.into_iter().flat_map(|(list, containers)| {
            let numbered = containers.iter().enumerate();
            numbered.map(move |(i, container)| (format!("status.{list}[{i}]"), container))
        })
    }
}

/// What the kubelet says of one container.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Unique in the pod, over all three lists.
    pub name: String,
    /// How often it was started again.
    pub restart_count: u32,
    /// How it is.
    pub state: State,
    /// How it ended the last time.
    pub last_state: LastState,
}

/// One of three; the rules do not ask about running.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct State {
    /// It does not run yet, or not again.
    pub waiting: Option<Waiting>,
    /// It has ended.
    pub terminated: Option<Terminated>,
}

/// Only an end stays in memory.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct LastState {
    /// How it ended.
    pub terminated: Option<Terminated>,
}

/// Why a container waits.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct Waiting {
    /// A word: `CrashLoopBackOff`.
    pub reason: String,
}

/// How a container ended.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// A word: `OOMKilled`, `Error`, `Completed`.
    pub reason: String,
    /// 137 is SIGKILL, whoever sent it.
    pub exit_code: i32,
}
