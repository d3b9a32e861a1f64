//! What ended a pod or one of its containers, and when: the kubelet, for its node or for a probe;
//! the scheduler or a controller; the kernel, for memory.
//!
//! The words are those of Kubernetes: `pkg/kubelet/eviction/helpers.go` (evictions),
//! `pkg/kubelet/nodeshutdown` (shutdown), `pkg/kubelet/preemption`, `pkg/kubelet/kuberuntime`
//! (probes), `pkg/kubelet/kubelet_pods.go` (`ContainerStatusUnknown`), `core/v1/types.go`
//! (`DisruptionTarget`), and of containerd's `internal/cri/server/restart.go` (exit code 255).

use std::ops::Deref;

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{Draft, ObjectRef, Remedy, Seen, shell_word};

use crate::kubernetes::{
    kills,
    messages::{Happening, Message, Warnings},
    objects::core::{ContainerStatus, Pod, SHUTDOWN, Terminated},
};

/// What ended a pod or a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The kernel, because a memory limit was reached or the node had no memory left.
    OomKilled,
    /// The kubelet, because a probe failed.
    ProbeFailed(Probe),
    /// The kubelet, because its node was short of a resource or the pod has used up a limit.
    Evicted,
    /// The scheduler or the kubelet, in favour of a pod with a higher priority.
    Preempted,
    /// The kubelet, because its node shut down.
    NodeShutdown,
    /// Nobody: its node has stopped reporting.
    NodeLost,
    /// Nobody saw it: its node or the container runtime was restarted meanwhile.
    NodeRestarted,
    /// A controller, because its node does not exist any more.
    NodeGone,
    /// A controller, because of a taint of its node.
    NodeTainted,
    /// Somebody who emptied its node, or evicted it through the API.
    Drained,
    /// It was never let in by the kubelet of its node.
    NotAdmitted,
    /// SIGKILL, and nothing says whose.
    Killed,
}

/// A probe after whose failure the kubelet restarts a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Probe {
    /// While it runs.
    Liveness,
    /// While it starts.
    Startup,
}

impl Probe {
    /// As the kubelet names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Startup => "startup",
        }
    }
}

impl Why {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OomKilled => "oom-killed",
            Self::ProbeFailed(Probe::Liveness) => "liveness-probe-failed",
            Self::ProbeFailed(Probe::Startup) => "startup-probe-failed",
            Self::Evicted => "evicted",
            Self::Preempted => "preempted",
            Self::NodeShutdown => "node-shutdown",
            Self::NodeLost => "node-lost",
            Self::NodeRestarted => "node-restarted",
            Self::NodeGone => "node-gone",
            Self::NodeTainted => "node-tainted",
            Self::Drained => "drained",
            Self::NotAdmitted => "not-admitted",
            Self::Killed => "killed",
        }
    }

    /// Whether it ended the whole pod, from outside.
    pub const fn is_of_pod(self) -> bool {
        !matches!(self, Self::OomKilled | Self::ProbeFailed(_) | Self::Killed)
    }
}

/// The end of a pod or of a container.
#[derive(Debug, Clone)]
pub struct End {
    /// Who ended it, and for what.
    pub why: Why,
    /// When, where that is known.
    pub time: Option<Timestamp>,
    /// The pod.
    pub pod: ObjectRef,
    /// Its node; empty where it had none.
    pub node: String,
    /// The container; none where the whole pod was ended.
    pub container: Option<String>,
    /// What shows it, the most telling first.
    pub shown: Vec<Message>,
}

impl End {
    /// What happened, after a name: `was evicted from node a`.
    pub fn what(&self) -> String {
        let on = |word: &str| match self.node.as_str() {
            "" => String::new(),
            node => format!(" {word} node {node}"),
        };
        match self.why {
            Why::OomKilled => "was OOM-killed".to_owned(),
            Why::ProbeFailed(probe) => {
                format!("was ended by the kubelet because its {} probe failed", probe.as_str())
            }
            Why::Evicted => format!("was evicted{}", on("from")),
            Why::Preempted => {
                format!("was preempted{} by a pod with a higher priority", on("on"))
            }
            Why::NodeShutdown if self.node.is_empty() => "ended when its node shut down".to_owned(),
            Why::NodeShutdown => format!("ended when its node {} shut down", self.node),
            Why::NodeLost => format!("was lost{}, which stopped reporting", on("with")),
            Why::NodeRestarted => format!(
                "ended unseen: its node{} or the container runtime there was restarted",
                if self.node.is_empty() { String::new() } else { format!(" {}", self.node) }
            ),
            Why::NodeGone => format!("ended with its node{}, which does not exist any more", {
                if self.node.is_empty() { String::new() } else { format!(" {}", self.node) }
            }),
            Why::NodeTainted => {
                format!("was evicted{}, which has a taint that it does not tolerate", on("from"))
            }
            Why::Drained => {
                format!("was evicted{} through the API, as kubectl drain does", on("from"))
            }
            Why::NotAdmitted => format!("was not admitted{}", on("to")),
            Why::Killed => "was ended by SIGKILL, and nothing says why".to_owned(),
        }
    }

    /// What its node, the scheduler or a probe says, word for word; none where a word is all that
    /// there is.
    pub fn said(&self) -> Option<&str> {
        let is_sentence = |it: &&Message| it.text.contains(' ');
        self.shown.iter().find(is_sentence).map(|it| it.text.as_str())
    }

    /// In a sentence with its full stop: `Pod b was evicted from node a at T: The node was low …`
    pub fn sentence(&self) -> String {
        let who = match &self.container {
            None => format!("Pod {}", self.pod.name),
            Some(container) => format!("Container {container} of pod {}", self.pod.name),
        };
        let when = self.time.map(|it| format!(" at {it}")).unwrap_or_default();
        let said = match (self.why, self.said()) {
            // The exit code and a time are no reason.
            (Why::OomKilled | Why::Killed, _) | (_, None) => String::new(),
            (_, Some(said)) => format!(": {said}"),
        };
        let sentence = format!("{who} {}{when}{said}", self.what());
        let stop = if sentence.ends_with('.') { "" } else { "." };
        format!("{sentence}{stop}")
    }

    /// What to do so that it does not happen again. Nothing in it changes an object.
    pub fn remedy(&self) -> Remedy {
        let (namespace, pod) = (shell_word(&self.pod.namespace), shell_word(&self.pod.name));
        let describe_pod = format!("kubectl -n {namespace} describe pod {pod}");
        let describe_node = match self.node.as_str() {
            "" => "kubectl get node".to_owned(),
            node => format!("kubectl describe node {}", shell_word(node)),
        };
        let remedy = Remedy::default();
        match self.why {
            Why::Evicted if self.is_over_own_limit() => remedy
                .say(
                    "The pod wrote more to local storage than its own limit allows. See which \
                     container, and its limit:",
                )
                .command(describe_pod),
            Why::Evicted => remedy
                .say(format!(
                    "See what the node is short of ({}), and free it, or give the pod another \
                     node:",
                    self.resource().unwrap_or("its conditions and events tell")
                ))
                .command(describe_node),
            Why::Preempted => remedy
                .say(
                    "A pod with a higher priority has taken its place: add a node, or give the \
                     component a priority class. These are the priorities:",
                )
                .command("kubectl get priorityclass"),
            Why::NodeShutdown | Why::NodeGone | Why::Drained => remedy
                .say("That is usual where nodes are stopped, replaced or upgraded. See the nodes:")
                .command("kubectl get node"),
            Why::NodeLost | Why::NodeRestarted | Why::NodeTainted => {
                remedy.say("See what happened to the node:").command(describe_node)
            }
            Why::NotAdmitted => remedy
                .say("See what the kubelet says, and what its node has left:")
                .command(describe_pod)
                .command(describe_node),
            Why::OomKilled | Why::ProbeFailed(_) | Why::Killed => {
                remedy.say("See its events:").command(describe_pod)
            }
        }
    }

    /// Writes what shows it into a finding, as evidence.
    #[must_use]
    pub fn cite(&self, draft: Draft) -> Draft {
        self.shown.iter().fold(draft, |draft, it| it.cite(draft))
    }

    /// Of an eviction: what the node was short of, as the kubelet names it: `ephemeral-storage`.
    pub fn resource(&self) -> Option<&str> {
        let (_, rest) = self.said()?.split_once("low on resource: ")?;
        let end = rest.find(['.', ',', ' ']).unwrap_or(rest.len());
        let resource = rest[..end].trim_matches(['[', ']']);
        (!resource.is_empty()).then_some(resource)
    }

    /// Of an eviction: whether the pod has used up a limit of its own, and not its node.
    fn is_over_own_limit(&self) -> bool {
        const OWN: [&str; 3] = [
            "exceeded its local ephemeral storage limit",
            "usage exceeds the total limit of containers",
            "Usage of EmptyDir volume",
        ];
        self.said().is_some_and(|said| OWN.iter().any(|it| said.contains(it)))
    }
}

/// What ended a pod as a whole, from outside, as far as it shows that itself.
pub fn of_pod<L>(reference: &ObjectRef, pod: &Pod<L>) -> Option<End> {
    let status = &pod.status;
    let target = status.condition("DisruptionTarget").filter(|(_, it)| it.status == "True");
    let target_reason = target.as_ref().map_or("", |(_, it)| it.reason.as_str());
    let target_message = target.as_ref().map_or("", |(_, it)| it.message.as_str());
    let why = match status.reason.as_str() {
        "Evicted" => Why::Evicted,
        "Preempting" | "Preempted" => Why::Preempted,
        reason if SHUTDOWN.contains(&reason) => Why::NodeShutdown,
        "NodeLost" => Why::NodeLost,
        "NodeAffinity" | "UnexpectedAdmissionError" | "NodePorts" => Why::NotAdmitted,
        reason if reason.starts_with("OutOf") => Why::NotAdmitted,
        _ => match target_reason {
            "PreemptionByScheduler" => Why::Preempted,
            "EvictionByEvictionAPI" => Why::Drained,
            "DeletionByTaintManager" => Why::NodeTainted,
            "DeletionByPodGC" => Why::NodeGone,
            "TerminationByKubelet" if target_message.contains("preempt") => Why::Preempted,
            "TerminationByKubelet" if target_message.contains("shutdown") => Why::NodeShutdown,
            "TerminationByKubelet" => Why::Evicted,
            _ => return lost(reference, pod),
        },
    };
    let message = |path: String, text: &str| {
        let text = text.trim();
        let object = reference.clone();
        let message = Message { text: text.to_owned(), object, path, events: None };
        (!text.is_empty()).then_some(message)
    };
    let mut shown = Vec::new();
    shown.extend(message("status.message".to_owned(), &status.message));
    shown.extend(message("status.reason".to_owned(), &status.reason));
    if let Some((path, it)) = &target {
        let text = if it.message.is_empty() { &it.reason } else { &it.message };
        shown.extend(message(format!("{path}.message"), text));
    }
    let ends = status.containers().filter_map(|(_, it)| it.state.terminated.as_ref());
    let ended = ends.filter_map(|it| it.finished_at).max();
    let time = target.and_then(|(_, it)| it.last_transition_time).or(ended).or_else(|| {
        let ready = status.condition("Ready").filter(|(_, it)| it.status != "True");
        ready.and_then(|(_, it)| it.last_transition_time)
    });
    Some(End {
        why,
        time,
        pod: reference.clone(),
        node: pod.spec.node_name.clone(),
        container: None,
        shown,
    })
}

/// A pod that has ended, and whose containers the kubelet could not find any more.
fn lost<L>(reference: &ObjectRef, pod: &Pod<L>) -> Option<End> {
    if !pod.status.is_over() {
        return None;
    }
    let mut ends = pod.status.containers().filter_map(|(at, container)| {
        let end = container.state.terminated.as_ref()?;
        is_unseen(end).then_some((at, end))
    });
    let (at, end) = ends.next()?;
    Some(End {
        why: Why::NodeRestarted,
        time: end.finished_at,
        pod: reference.clone(),
        node: pod.spec.node_name.clone(),
        container: None,
        shown: vec![words(reference, &format!("{at}.state.terminated"), end)],
    })
}

/// Whether nobody saw how a container ended: the kubelet (`ContainerStatusUnknown`) or the
/// container runtime (`Unknown`, 255) did not find it when it looked again.
pub fn is_unseen(end: &Terminated) -> bool {
    end.reason == "ContainerStatusUnknown" || end.reason == "Unknown" && end.exit_code == Some(255)
}

/// How a container ended, as evidence.
fn words(reference: &ObjectRef, path: &str, end: &Terminated) -> Message {
    Message {
        text: kills::words(end),
        object: reference.clone(),
        path: path.to_owned(),
        events: None,
    }
}

/// That a probe has ended a container, with the events that say so: that the kubelet restarts it
/// for the probe, and how the probe failed.
///
/// The newest event about a container that is restarted again and again says that its restart is
/// delayed, and not why it ended. Whether the kubelet has ended it for a probe only shows in an
/// event, and not in its exit: it may have caught SIGTERM and left with 0, or with its own code.
pub fn probe<L>(
    reference: &ObjectRef,
    pod: &Pod<L>,
    container: &str,
    end: Option<&Terminated>,
    warnings: &Warnings,
) -> Option<(Probe, Vec<Message>)> {
    // The kernel says that it was memory.
    if end.is_some_and(|it| it.reason == "OOMKilled" || is_unseen(it)) {
        return None;
    }
    let grace = pod.spec.termination_grace_period_seconds.unwrap_or(30);
    let within = SignedDuration::from_secs(grace.into()) + STOPPING;
    let ended = end.and_then(|it| it.finished_at);
    let is_alone = pod.spec.containers.len() + pod.spec.init_containers.len() <= 1;
    let newest = |says: &dyn Fn(&Happening) -> bool| {
        let concerned = warnings.happenings(reference).filter(|it| {
            says(it)
                && it.may_precede(ended, within)
                && names(it, container).unwrap_or(is_alone || it.reason == "Killing")
        });
        concerned.max_by_key(|it| it.last()).map(Happening::message)
    };
    [Probe::Liveness, Probe::Startup].into_iter().find_map(|probe| {
        let (failed, ended_for) = match probe {
            Probe::Liveness => ("Liveness probe ", "liveness probe"),
            Probe::Startup => ("Startup probe ", "startup probe"),
        };
        let failure = newest(&|it| it.reason != "Killing" && it.message().text.starts_with(failed));
        let killing = newest(&|it| {
            let text = it.message().text.to_lowercase();
            it.reason == "Killing" && text.contains("failed") && text.contains(ended_for)
        });
        // Without the event that ends it, its exit must look like a stop: SIGKILL, SIGTERM, or an
        // exit without an error.
        let is_stop =
            end.is_none_or(|it| it.exit_code.is_none_or(|code| [0, 143, 137].contains(&code)));
        let is_ended = killing.is_some() || failure.is_some() && is_stop;
        is_ended.then(|| (probe, failure.into_iter().chain(killing).collect()))
    })
}

/// How long after the time that a container is given to stop its end may be written down.
const STOPPING: SignedDuration = SignedDuration::from_secs(60);

/// Whether an event is about a container, if it names one: by its path, or in the words of the
/// kubelet, `Container velero failed liveness probe` and, before Kubernetes 1.14,
/// `Killing container with id docker://velero:…`.
fn names(happening: &Happening, container: &str) -> Option<bool> {
    if !happening.container.is_empty() {
        return Some(happening.container == container);
    }
    let text = happening.message().text;
    let new = text.strip_prefix("Container ").and_then(|it| it.split(' ').next());
    let old = || text.split_once("://").and_then(|(_, it)| it.split([':', ' ']).next());
    new.or_else(old).filter(|_| happening.reason == "Killing").map(|name| name == container)
}

/// What ended a container the last time, or the time before: memory, a probe, a restart of its
/// node, a SIGKILL that nothing explains. Its own exit is none of these.
fn of_container<L>(
    reference: &ObjectRef,
    pod: &Pod<L>,
    at: &str,
    container: &ContainerStatus,
    warnings: &Warnings,
) -> Vec<End> {
    let now = container.state.terminated.as_ref().map(|it| ("state.terminated", it));
    let before = container.last_state.terminated.as_ref();
    let before = before.map(|it| ("lastState.terminated", it));
    let ends = now.into_iter().chain(before).filter_map(|(path, end)| {
        let shown = words(reference, &format!("{at}.{path}"), end);
        let (why, mut messages) = if end.reason == "OOMKilled" {
            (Why::OomKilled, Vec::new())
        } else if is_unseen(end) {
            (Why::NodeRestarted, Vec::new())
        } else if let Some((probe, messages)) =
            probe(reference, pod, &container.name, Some(end), warnings)
        {
            (Why::ProbeFailed(probe), messages)
        } else if kills::is_sigkill(end) {
            (Why::Killed, Vec::new())
        } else {
            return None;
        };
        messages.push(shown);
        Some(End {
            why,
            time: end.finished_at,
            pod: reference.clone(),
            node: pod.spec.node_name.clone(),
            container: Some(container.name.clone()),
            shown: messages,
        })
    });
    ends.collect()
}

/// All that is known of how a pod and its containers ended, the newest first.
pub fn all<L>(reference: &ObjectRef, pod: &Pod<L>, warnings: &Warnings) -> Vec<End> {
    let of_pod = of_pod(reference, pod);
    let mut ends: Vec<End> = pod
        .status
        .containers()
        .flat_map(|(at, it)| of_container(reference, pod, &at, it, warnings))
        // The end of the pod explains the exits that go with it, but not memory.
        .filter(|it| it.why == Why::OomKilled || !goes_with(it, of_pod.as_ref()))
        .collect();
    ends.extend(of_pod);
    ends.sort_by_key(|it| std::cmp::Reverse(it.time));
    ends
}

/// Whether a container ended because its pod did.
fn goes_with(container: &End, pod: Option<&End>) -> bool {
    let is_now = container.shown.iter().any(|it| it.path.ends_with(".state.terminated"));
    pod.is_some() && is_now
}

/// What ended a pod or a container of it in a span of time, such as that of a task that has failed.
/// Of several ends the one of the whole pod, else the newest.
pub fn during<L, T: Deref<Target = Pod<L>>>(
    pod: &Seen<T>,
    warnings: &Warnings,
    from: Timestamp,
    to: Timestamp,
) -> Option<End> {
    within(all(pod.reference(), pod, warnings), from, to)
}

/// What ended a pod in a span of time, as events tell; the pod itself may be gone. Which pods count
/// is asked by their names.
pub fn told(
    warnings: &Warnings,
    is_of: impl Fn(&str) -> bool,
    from: Timestamp,
    to: Timestamp,
) -> Option<End> {
    let ends = warnings.of_kind("Pod").filter(|it| is_of(&it.about().name)).filter_map(|it| {
        let why = match it.reason.as_str() {
            "Evicted" => Why::Evicted,
            "Preempted" | "Preempting" => Why::Preempted,
            "TaintManagerEviction" => Why::NodeTainted,
            _ => return None,
        };
        Some(End {
            why,
            time: it.last(),
            pod: it.about().clone(),
            node: String::new(),
            container: None,
            shown: vec![it.message()],
        })
    });
    within(ends.collect(), from, to)
}

fn within(ends: Vec<End>, from: Timestamp, to: Timestamp) -> Option<End> {
    let is_within = |it: &End| it.time.is_some_and(|time| from <= time && time <= to);
    let ends = ends.into_iter().filter(is_within);
    ends.max_by_key(|it| (it.why.is_of_pod(), it.why != Why::Killed, it.time))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Deserialize)]
    struct NoLabels {}

    fn reference() -> ObjectRef {
        ObjectRef {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            namespace: "apps".to_owned(),
            name: "web-1".to_owned(),
            uid: String::new(),
        }
    }

    fn pod(status: &str) -> Pod<NoLabels> {
        let pod = format!(
            r#"{{"spec": {{"nodeName": "n1", "containers": [{{"name": "a"}}, {{"name": "b"}}]}},
                "status": {status}}}"#
        );
        serde_json::from_str(&pod).expect("a pod")
    }

    /// What ended a pod, by its status alone.
    #[track_caller]
    fn check_pod(status: &str, want: Option<&str>) {
        let end = of_pod(&reference(), &pod(status));
        assert_eq!(end.map(|it| it.why.as_str()), want, "{status}");
    }

    #[test]
    fn each_reason_of_a_status_is_a_cause_of_its_own() {
        for (reason, want) in [
            ("Evicted", Some("evicted")),
            ("Preempting", Some("preempted")),
            ("Preempted", Some("preempted")),
            ("Terminated", Some("node-shutdown")),
            ("NodeShutdown", Some("node-shutdown")),
            ("Shutdown", Some("node-shutdown")),
            ("NodeLost", Some("node-lost")),
            ("OutOfcpu", Some("not-admitted")),
            ("NodeAffinity", Some("not-admitted")),
            ("UnexpectedAdmissionError", Some("not-admitted")),
            ("DeadlineExceeded", None),
            ("", None),
        ] {
            check_pod(&format!(r#"{{"phase": "Failed", "reason": "{reason}"}}"#), want);
        }
    }

    #[test]
    fn each_reason_of_a_disruption_is_a_cause_of_its_own() {
        let status = |reason: &str, message: &str, status: &str| {
            format!(
                r#"{{"phase": "Running", "conditions": [{{"type": "DisruptionTarget",
                    "status": "{status}", "reason": "{reason}", "message": "{message}"}}]}}"#
            )
        };
        for (reason, message, want) in [
            ("PreemptionByScheduler", "", "preempted"),
            ("EvictionByEvictionAPI", "", "drained"),
            ("DeletionByTaintManager", "", "node-tainted"),
            ("DeletionByPodGC", "", "node-gone"),
            ("TerminationByKubelet", "Pod was preempted by Kubelet to admit another", "preempted"),
            ("TerminationByKubelet", "in response to imminent node shutdown.", "node-shutdown"),
            ("TerminationByKubelet", "The node was low on resource: pids. ", "evicted"),
        ] {
            check_pod(&status(reason, message, "True"), Some(want));
        }
        check_pod(&status("PreemptionByScheduler", "", "False"), None);
        check_pod(&status("SomethingNew", "", "True"), None);
    }

    #[test]
    fn containers_that_nobody_found_tell_of_a_restarted_node() {
        let status = |phase: &str, reason: &str, code: i32| {
            format!(
                r#"{{"phase": "{phase}", "containerStatuses": [{{"name": "a",
                    "state": {{"terminated": {{"reason": "{reason}", "exitCode": {code}}}}}}}]}}"#
            )
        };
        check_pod(&status("Failed", "ContainerStatusUnknown", 137), Some("node-restarted"));
        check_pod(&status("Failed", "Unknown", 255), Some("node-restarted"));
        check_pod(&status("Failed", "Error", 255), None);
        check_pod(&status("Running", "ContainerStatusUnknown", 137), None);
    }

    #[track_caller]
    fn check_resource(message: &str, want: Option<&str>) {
        let status = format!(r#"{{"reason": "Evicted", "message": "{message}"}}"#);
        let end = of_pod(&reference(), &pod(&status)).expect("evicted");
        assert_eq!(end.resource(), want, "{message}");
    }

    #[test]
    fn an_eviction_names_what_the_node_was_short_of() {
        check_resource("The node was low on resource: ephemeral-storage. ", {
            Some("ephemeral-storage")
        });
        check_resource(
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 9Mi.",
            Some("memory"),
        );
        check_resource("The node was low on resource: [DiskPressure].", Some("DiskPressure"));
        check_resource("The node had condition: [DiskPressure]. ", None);
        check_resource(
            "Usage of EmptyDir volume \\\"tmp\\\" exceeds the limit \\\"1Gi\\\". ",
            None,
        );
    }

    const KILLED: &str = r#"{"containerStatuses": [{"name": "a", "lastState": {"terminated":
        {"reason": "Error", "exitCode": 137, "finishedAt": "2026-03-01T10:00:30Z"}}}]}"#;

    fn event(reason: &str, kind: &str, path: &str, first: &str, last: &str, text: &str) -> String {
        format!(
            r#"{{"type": "{kind}", "reason": "{reason}", "message": "{text}", "count": 3,
                "firstTimestamp": "2026-03-01T{first}Z", "lastTimestamp": "2026-03-01T{last}Z",
                "involvedObject": {{"apiVersion": "v1", "kind": "Pod", "name": "web-1",
                    "fieldPath": "{path}"}}}}"#
        )
    }

    /// What ended a pod and its containers, with events about it.
    #[track_caller]
    fn check(status: &str, events: &[String], want: &[&str]) {
        let warnings = Warnings::of(&format!("[{}]", events.join(",")));
        let ends = all(&reference(), &pod(status), &warnings);
        let ends: Vec<_> = ends.iter().map(|it| it.why.as_str()).collect();
        assert_eq!(ends, want, "{events:?}");
    }

    #[test]
    fn a_probe_ends_a_container_where_the_kubelet_says_so() {
        let killing = |text: &str| event("Killing", "Normal", "", "09:00:00", "10:00:00", text);
        let probe = ["liveness-probe-failed"];
        check(KILLED, &[killing("Container a failed liveness probe, will be restarted")], &probe);
        check(
            KILLED,
            &[killing("Killing container with id docker://a:Container failed liveness probe..")],
            &probe,
        );
        check(
            KILLED,
            &[killing("Container b failed liveness probe, will be restarted")],
            &["killed"],
        );
        check(
            KILLED,
            &[killing("Container a failed startup probe, will be restarted")],
            &["startup-probe-failed"],
        );
        check(KILLED, &[killing("Stopping container a")], &["killed"]);
    }

    #[test]
    fn an_event_explains_only_an_end_of_its_time() {
        let killing = |first: &str, last: &str| {
            let text = "Container a failed liveness probe, will be restarted";
            [event("Killing", "Normal", "spec.containers{a}", first, last, text)]
        };
        check(KILLED, &killing("09:00:00", "10:00:00"), &["liveness-probe-failed"]);
        check(KILLED, &killing("09:00:00", "11:00:00"), &["liveness-probe-failed"]);
        check(KILLED, &killing("09:00:00", "09:30:00"), &["killed"]);
        check(KILLED, &killing("10:30:00", "11:00:00"), &["killed"]);
    }

    #[test]
    fn a_failed_probe_alone_explains_what_looks_like_a_stop() {
        let status = |reason: &str, code: i32| {
            format!(
                r#"{{"containerStatuses": [{{"name": "a", "lastState": {{"terminated":
                    {{"reason": "{reason}", "exitCode": {code},
                      "finishedAt": "2026-03-01T10:00:30Z"}}}}}}]}}"#
            )
        };
        let unhealthy = |path: &str, text: &str| {
            [event("Unhealthy", "Warning", path, "09:00:00", "10:00:00", text)]
        };
        let failed = unhealthy("spec.containers{a}", "Liveness probe failed: timeout");
        for (reason, code) in [("Completed", 0), ("Error", 143), ("Error", 137)] {
            check(&status(reason, code), &failed, &["liveness-probe-failed"]);
        }
        check(&status("Error", 1), &failed, &[]);
        check(&status("OOMKilled", 137), &failed, &["oom-killed"]);
        check(KILLED, &unhealthy("spec.containers{b}", "Liveness probe failed: x"), &["killed"]);
        check(KILLED, &unhealthy("spec.containers{a}", "Readiness probe failed: x"), &["killed"]);
    }

    #[test]
    fn the_end_of_a_pod_explains_the_exits_that_go_with_it() {
        let evicted = |reason: &str| {
            format!(
                r#"{{"phase": "Failed", "reason": "Evicted", "containerStatuses": [{{"name": "a",
                    "state": {{"terminated": {{"reason": "{reason}", "exitCode": 137,
                        "finishedAt": "2026-03-01T10:00:30Z"}}}}}}]}}"#
            )
        };
        check(&evicted("Error"), &[], &["evicted"]);
        check(&evicted("OOMKilled"), &[], &["oom-killed", "evicted"]);
    }

    #[track_caller]
    fn check_during(from: &str, to: &str, want: Option<&str>) {
        let status = r#"{"phase": "Failed", "reason": "Evicted",
            "message": "The node was low on resource: ephemeral-storage. ",
            "conditions": [{"type": "DisruptionTarget", "status": "True",
                "reason": "TerminationByKubelet", "lastTransitionTime": "2026-03-01T10:00:00Z"}]}"#;
        let time = |it: &str| format!("2026-03-01T{it}Z").parse().expect("a time");
        let ends = all(&reference(), &pod(status), &Warnings::default());
        let end = within(ends, time(from), time(to));
        assert_eq!(end.map(|it| it.sentence()).as_deref(), want);
    }

    #[track_caller]
    fn check_told(reason: &str, kind: &str, want: Option<&str>) {
        let event = event(reason, kind, "", "10:00:00", "10:00:00", "Marked for it");
        let warnings = Warnings::of(&format!("[{event}]"));
        let time = |it: &str| format!("2026-03-01T{it}Z").parse().expect("a time");
        let (from, to) = (time("09:50:00"), time("10:05:00"));
        let end = told(&warnings, |it| it.starts_with("web-"), from, to);
        assert_eq!(end.map(|it| it.why.as_str()), want, "{reason}");
        assert!(told(&warnings, |it| it.starts_with("db-"), from, to).is_none());
    }

    #[test]
    fn events_tell_of_pods_that_are_gone() {
        check_told("Evicted", "Warning", Some("evicted"));
        check_told("Preempted", "Normal", Some("preempted"));
        check_told("TaintManagerEviction", "Normal", Some("node-tainted"));
        check_told("Killing", "Normal", None);
        check_told("FailedMount", "Warning", None);
    }

    #[test]
    fn an_end_counts_in_its_span_of_time() {
        let evicted = "Pod web-1 was evicted from node n1 at 2026-03-01T10:00:00Z: The node was \
                       low on resource: ephemeral-storage.";
        check_during("09:50:00", "10:05:00", Some(evicted));
        check_during("10:01:00", "10:05:00", None);
        check_during("09:50:00", "09:59:00", None);
    }
}
