//! The core API. These shapes are shared; each pack wraps them in structs that select its objects.

use jiff::Timestamp;
use rulebox_sdk::{Fields, Object, Quantity, REPORTER};
use serde::Deserialize;

/// The object that made another.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct Owner {
    /// `ReplicaSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// `metadata` of an object that is made and deleted.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Lifetime {
    /// When it was made.
    pub creation_timestamp: Option<Timestamp>,
    /// Set while it is being deleted.
    pub deletion_timestamp: Option<Timestamp>,
}

/// A pod, with those of its labels that a pack reads.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default, bound(deserialize = "L: Deserialize<'de> + Default"))]
pub struct Pod<L> {
    /// Labels and owners.
    pub metadata: PodMetadata<L>,
    /// Its containers.
    pub spec: PodSpec,
    /// What the kubelet says of it.
    pub status: PodStatus,
}

impl<L> Pod<L> {
    /// Whether it is there to work: it has not come to its end, and is not being deleted.
    pub fn lives(&self) -> bool {
        !self.status.is_over() && self.metadata.deletion_timestamp.is_none()
    }
}

/// `metadata` of a [`Pod`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "L: Deserialize<'de> + Default"))]
pub struct PodMetadata<L> {
    /// Those that a pack reads: a struct of them.
    pub labels: L,
    /// The ReplicaSet or DaemonSet that made it.
    pub owner_references: Vec<Owner>,
    /// When it was made.
    pub creation_timestamp: Option<Timestamp>,
    /// Set while it is being deleted.
    pub deletion_timestamp: Option<Timestamp>,
}

/// `spec` of a [`Pod`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// The node that it was put on; empty until then.
    pub node_name: String,
    /// Those that stay.
    pub containers: Vec<Container>,
    /// Those that run before, or, where they are always restarted, beside the others.
    pub init_containers: Vec<Container>,
    /// Those that were added for debugging.
    pub ephemeral_containers: Vec<Container>,
    /// For how long a container may go on after it was asked to stop; 30 where it is not set.
    pub termination_grace_period_seconds: Option<u32>,
}

impl PodSpec {
    /// A container of any kind by its name, and its path.
    pub fn container(&self, name: &str) -> Option<(String, &Container)> {
        let lists = [
            ("containers", &self.containers),
            ("initContainers", &self.init_containers),
            ("ephemeralContainers", &self.ephemeral_containers),
        ];
        lists.into_iter().find_map(|(list, containers)| {
            let (i, it) = containers.iter().enumerate().find(|(_, it)| it.name == name)?;
            Some((format!("spec.{list}[{i}]"), it))
        })
    }
}

/// A container as it was asked for.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Unique in the pod.
    pub name: String,
    /// `registry/repository:tag`.
    pub image: String,
    /// Its command line after the command.
    pub args: Vec<String>,
    /// What it may use.
    pub resources: Resources,
    /// `Always` on an init container that runs beside the others, a sidecar.
    pub restart_policy: String,
}

/// What a container may use.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct Resources {
    /// What it is promised.
    pub requests: Amounts,
    /// What it is held to.
    pub limits: Amounts,
}

/// An amount of each resource.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct Amounts {
    /// Cores.
    pub cpu: Quantity,
    /// Bytes.
    pub memory: Quantity,
}

/// `status` of a [`Pod`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    pub phase: String,
    /// Why it was ended from outside: `Evicted`.
    pub reason: String,
    /// The same in words.
    pub message: String,
    /// When the kubelet took it.
    pub start_time: Option<Timestamp>,
    /// Of which `Ready` is one.
    pub conditions: Vec<Condition>,
    /// Of init containers.
    pub init_container_statuses: Vec<ContainerStatus>,
    /// Of the containers.
    pub container_statuses: Vec<ContainerStatus>,
    /// Of containers that were added for debugging.
    pub ephemeral_container_statuses: Vec<ContainerStatus>,
}

/// `status.reason` of a pod that was ended, or not let in, because its node shuts down: of today's
/// kubelets, the second also where they refuse it, and of those before Kubernetes 1.22.
pub const SHUTDOWN: [&str; 3] = ["Terminated", "NodeShutdown", "Shutdown"];

impl PodStatus {
    /// The status of every container, each with its path.
    pub fn containers(&self) -> impl Iterator<Item = (String, &ContainerStatus)> {
        let lists = [
            ("initContainerStatuses", &self.init_container_statuses),
            ("containerStatuses", &self.container_statuses),
            ("ephemeralContainerStatuses", &self.ephemeral_container_statuses),
        ];
        lists.into_iter().flat_map(|(list, statuses)| {
            statuses.iter().enumerate().map(move |(i, it)| (format!("status.{list}[{i}]"), it))
        })
    }

    /// Whether it has ended and is only kept for inspection.
    ///
    /// A kubelet that shuts down with its node may leave the phase Running on a pod whose
    /// containers it has ended.
    pub fn is_over(&self) -> bool {
        let has_ended = |it: &ContainerStatus| it.state.terminated.is_some() && !it.ready;
        let is_shut_down = SHUTDOWN.contains(&self.reason.as_str())
            && self.container_statuses.iter().all(has_ended);
        self.phase == "Succeeded" || self.phase == "Failed" || is_shut_down
    }

    /// Whether the kubelet calls it ready.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(|(_, it)| it.status == "True")
    }

    /// A condition by its type, and its path.
    pub fn condition(&self, kind: &str) -> Option<(String, &Condition)> {
        condition(&self.conditions, kind)
    }
}

/// A condition by its type, and its path in the object.
pub fn condition<'a>(conditions: &'a [Condition], kind: &str) -> Option<(String, &'a Condition)> {
    let (i, it) = conditions.iter().enumerate().find(|(_, it)| it.kind == kind)?;
    Some((format!("status.conditions[{i}]"), it))
}

/// A condition of an object: something that is so, or is not.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Ready`, `PodScheduled`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, in a word: `Unschedulable`.
    pub reason: String,
    /// The same in a sentence.
    pub message: String,
    /// Since when.
    pub last_transition_time: Option<Timestamp>,
}

/// A container as it is.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// The container.
    pub name: String,
    /// Whether its readiness probe, if it has one, succeeds.
    pub ready: bool,
    /// How often it was started again; where nothing was taken out it is told.
    pub restart_count: Option<u32>,
    /// Now.
    pub state: ContainerState,
    /// Before the last restart.
    pub last_state: ContainerState,
}

impl ContainerStatus {
    /// How often it was started again, as far as that is told.
    pub fn restarts(&self) -> u32 {
        self.restart_count.unwrap_or_default()
    }

    /// Its last exit, and the field that has it: the current state, or that before the last
    /// restart.
    pub fn last_end(&self) -> Option<(&'static str, &Terminated)> {
        let now = self.state.terminated.as_ref().map(|it| ("state.terminated", it));
        now.or_else(|| self.last_state.terminated.as_ref().map(|it| ("lastState.terminated", it)))
    }

    /// Whether the kubelet waits longer and longer before it starts it again.
    pub fn is_backing_off(&self) -> bool {
        self.state.waiting.as_ref().is_some_and(|it| it.reason == "CrashLoopBackOff")
    }
}

/// One of waiting, running and terminated.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct ContainerState {
    /// Not started.
    pub waiting: Option<Waiting>,
    /// Ended.
    pub terminated: Option<Terminated>,
}

/// Why a container does not run.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct Waiting {
    /// `CrashLoopBackOff`, `ImagePullBackOff`.
    pub reason: String,
    /// The same in words.
    pub message: String,
}

/// How a container ended.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// 128 + the signal where one ended it; where nothing was taken out it is told.
    pub exit_code: Option<i32>,
    /// `OOMKilled`, `Error`, `Completed`, `ContainerStatusUnknown`.
    pub reason: String,
    /// What the container wrote to its termination log.
    pub message: String,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Terminated {
    /// Its exit code in words: `exit code 137`.
    pub fn exit(&self) -> String {
        self.exit_code.map_or("exit code not told".to_owned(), |it| format!("exit code {it}"))
    }
}

/// An event, as `kubectl get events` prints it.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in a word.
    pub reason: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What it happened to.
    pub involved_object: InvolvedObject,
    /// How often, where the event is counted the old way.
    pub count: u32,
    /// How often, where it is counted the new way.
    pub series: Option<Series>,
    /// When it happened last, the old way.
    pub last_timestamp: Option<Timestamp>,
    /// When it happened first, the old way.
    pub first_timestamp: Option<Timestamp>,
    /// When it happened first, the new way.
    pub event_time: Option<Timestamp>,
    /// The controller that tells it; empty where an older one does.
    pub reporting_component: String,
}

impl Event {
    /// Whether Rulebox tells it: what a rule has found already is no evidence for a rule.
    pub fn is_ours(&self) -> bool {
        self.reporting_component == REPORTER
    }

    /// How often it happened.
    pub fn times(&self) -> u32 {
        self.series.as_ref().map_or(self.count, |it| it.count).max(1)
    }

    /// When it happened last.
    pub fn last(&self) -> Option<Timestamp> {
        let series = self.series.as_ref().and_then(|it| it.last_observed_time);
        series.or(self.last_timestamp).or(self.event_time).or(self.first_timestamp)
    }

    /// When it happened first.
    pub fn first(&self) -> Option<Timestamp> {
        self.first_timestamp.or(self.event_time).or_else(|| self.last())
    }
}

/// What an event happened to.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct InvolvedObject {
    /// Group and version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Another object of the same name has another.
    pub uid: String,
    /// The part of it: `spec.containers{velero}`.
    pub field_path: String,
}

/// A series of events.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct Series {
    /// How often it happened.
    pub count: u32,
    /// When it happened last.
    pub last_observed_time: Option<Timestamp>,
}

/// A node of the cluster.
#[derive(Debug, Default, Deserialize, Object)]
#[object(kind = "Node")]
#[serde(default)]
pub struct Node {
    /// Which of them is virtual.
    pub metadata: NodeMetadata,
    /// What runs on it.
    pub status: NodeStatus,
}

/// `metadata` of a [`Node`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct NodeMetadata {
    /// Those that show what kind of node it is.
    pub labels: NodeLabels,
}

/// Labels of a [`Node`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct NodeLabels {
    /// `virtual-kubelet` on a node that is none.
    #[serde(rename = "type")]
    pub kind: String,
    /// `eu-central-1`.
    #[serde(rename = "topology.kubernetes.io/region")]
    pub region: String,
}

/// `status` of a [`Node`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    /// Versions.
    pub node_info: NodeInfo,
}

/// What a node says of itself.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeInfo {
    /// `v1.28.9`.
    pub kubelet_version: String,
}

/// A namespace.
#[derive(Debug, Default, Deserialize, Object)]
#[object(kind = "Namespace")]
#[serde(default)]
pub struct Namespace {
    /// Whether it is being deleted.
    pub metadata: NamespaceMetadata,
    /// What keeps it from going.
    pub status: NamespaceStatus,
}

impl Namespace {
    /// Whether it is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.metadata.deletion_timestamp.is_some() || self.status.phase == "Terminating"
    }
}

/// `metadata` of a [`Namespace`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespaceMetadata {
    /// Set while it is being deleted.
    pub deletion_timestamp: Option<Timestamp>,
}

/// `status` of a [`Namespace`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct NamespaceStatus {
    /// `Active` or `Terminating`.
    pub phase: String,
    /// `NamespaceContentRemaining` and `NamespaceFinalizersRemaining` say what is left in it.
    pub conditions: Vec<Condition>,
}

/// A volume of the cluster.
#[derive(Debug, Default, Deserialize, Object)]
#[object(kind = "PersistentVolume")]
#[serde(default)]
pub struct PersistentVolume {
    /// Where it comes from.
    pub spec: PersistentVolumeSpec,
}

/// `spec` of a [`PersistentVolume`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeSpec {
    /// Set where the old plug-in interface mounts it.
    pub flex_volume: Option<FlexVolumeSource>,
}

/// A volume of the old plug-in interface.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct FlexVolumeSource {
    /// `example.com/disk`.
    pub driver: String,
}
