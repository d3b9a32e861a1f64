//! Why a pod is not ready: what the scheduler, the kubelet and events say of it, in the order in
//! which a pod comes to life.
//!
//! The messages are those of Kubernetes: kubernetes/kubernetes `pkg/scheduler/framework`
//! (unschedulable), `pkg/kubelet/images/types.go` (images), `pkg/kubelet/kuberuntime` (containers),
//! `pkg/kubelet/volumemanager` (volumes).

use std::ops::Deref;

use jiff::Timestamp;
use rulebox_sdk::{Draft, ObjectRef, Remedy, Run, Seen, shell_word};

use crate::kubernetes::{
    crashes::{self, Crash},
    kills::{self, Kill},
    memory::{self, Doubling},
    messages::{Message, Warnings},
    objects::core::{ContainerStatus, Pod, Terminated, Waiting},
    thresholds::Thresholds,
};

/// What a pod is.
#[derive(Debug)]
pub enum State {
    /// It works, has ended, or is being deleted.
    Fine,
    /// It does not work yet, and is within its time to start.
    Starting,
    /// Whether it works is unknown, and why.
    Unknown(&'static str),
    /// It does not work.
    Unready(Box<Problem>),
}

/// Why a pod is not ready, the most specific reasons first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A Secret, a ConfigMap or a key of them is not there.
    ConfigMissing,
    /// The tag or the repository does not exist.
    ImageNotFound,
    /// The registry refuses.
    ImagePullDenied,
    /// The registry does not answer.
    RegistryUnreachable,
    /// The image cannot be pulled, for an unknown reason.
    ImagePullFailed,
    /// A volume cannot be mounted.
    VolumeNotMounted,
    /// It gets no network.
    NoNetwork,
    /// The container runtime refuses to make the container.
    ContainerNotCreated,
    /// There is no node.
    NoNodes,
    /// No node has enough of a resource left.
    InsufficientResources,
    /// The nodes have a taint that it does not tolerate.
    UntoleratedTaint,
    /// The nodes are cordoned.
    NodesCordoned,
    /// The scheduler says something else.
    Unschedulable,
    /// It is OOM-killed repeatedly.
    OomKilled,
    /// It is ended by SIGKILL repeatedly.
    Killed,
    /// It keeps crashing.
    CrashLoop,
    /// A probe says that it does not work.
    ProbeFailed,
    /// Its containers are ready; its node is not.
    NodeNotReady,
    /// It runs and is not ready.
    NotReady,
    /// It has a node and does not run.
    NotStarted,
}

impl Reason {
    /// Whether the log of the pod can help: it has run.
    pub const fn may_be_in_log(self) -> bool {
        matches!(self, Self::CrashLoop | Self::ProbeFailed | Self::NotReady)
    }

    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMissing => "config-missing",
            Self::ImageNotFound => "image-not-found",
            Self::ImagePullDenied => "image-pull-denied",
            Self::RegistryUnreachable => "registry-unreachable",
            Self::ImagePullFailed => "image-pull-failed",
            Self::VolumeNotMounted => "volume-not-mounted",
            Self::NoNetwork => "no-network",
            Self::ContainerNotCreated => "container-not-created",
            Self::NoNodes => "no-nodes",
            Self::InsufficientResources => "insufficient-resources",
            Self::UntoleratedTaint => "untolerated-taint",
            Self::NodesCordoned => "nodes-cordoned",
            Self::Unschedulable => "unschedulable",
            Self::OomKilled => "oom-killed",
            Self::Killed => "killed",
            Self::CrashLoop => "crash-loop",
            Self::ProbeFailed => "probe-failed",
            Self::NodeNotReady => "node-not-ready",
            Self::NotReady => "not-ready",
            Self::NotStarted => "not-started",
        }
    }
}

/// Why a pod is not ready, and what to do.
#[derive(Debug)]
pub struct Problem {
    /// A word for it.
    pub reason: Reason,
    /// The pod.
    pub pod: ObjectRef,
    /// Its node; empty where it has none.
    pub node: String,
    /// What it does, after a name: `cannot be scheduled`.
    pub what: String,
    /// Why, in sentences. Messages are quoted verbatim.
    pub cause: String,
    message: Option<Message>,
    labels: Vec<(&'static str, String)>,
    remedy: Remedy,
    evidence: Vec<(String, String)>,
}

impl Problem {
    fn new<T>(pod: &Seen<T>, node: &str, reason: Reason, what: impl Into<String>) -> Self {
        Self {
            reason,
            pod: pod.reference().clone(),
            node: node.to_owned(),
            what: what.into(),
            cause: String::new(),
            message: None,
            labels: Vec::new(),
            remedy: Remedy::default(),
            evidence: Vec::new(),
        }
    }

    fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        // A quoted message may end without a full stop, and other sentences may follow.
        if !self.cause.ends_with('.') {
            self.cause.push('.');
        }
        self
    }

    fn label(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((name, value.into()));
        self
    }

    fn say(mut self, sentence: impl AsRef<str>) -> Self {
        self.remedy = self.remedy.say(sentence);
        self
    }

    fn command(mut self, command: impl AsRef<str>) -> Self {
        self.remedy = self.remedy.command(command);
        self
    }

    fn seen(mut self, path: impl Into<String>, value: impl ToString) -> Self {
        self.evidence.push((path.into(), value.to_string()));
        self
    }

    fn message(mut self, message: Option<Message>) -> Self {
        self.message = message;
        self
    }

    fn describe(self) -> Self {
        let (namespace, name) =
            (shell_word(&self.pod.namespace).into_owned(), shell_word(&self.pod.name).into_owned());
        self.say("See its events:").command(format!("kubectl -n {namespace} describe pod {name}"))
    }

    /// Writes its labels into a finding.
    #[must_use]
    pub fn write_labels(&self, draft: Draft) -> Draft {
        let draft = draft.label("reason", self.reason.as_str());
        self.labels.iter().fold(draft, |draft, (name, value)| draft.label(name, value))
    }

    /// Writes what to do into a finding.
    #[must_use]
    pub fn write_remedy(&self, draft: Draft) -> Draft {
        draft.steps(&self.remedy)
    }

    /// Writes its evidence into a finding.
    #[must_use]
    pub fn cite(&self, draft: Draft) -> Draft {
        let draft = self
            .evidence
            .iter()
            .fold(draft, |draft, (path, value)| draft.related_to(&self.pod, path, value));
        self.message.iter().fold(draft, |draft, it| it.cite(draft))
    }
}

/// The parts of remedies that depend on the platform, and on how the workload is installed.
#[derive(Debug)]
pub struct Platform {
    /// Where the workload is installed from, after `from`.
    pub installer: &'static str,
    /// What a registry needs to be reached, after a colon.
    pub registry: &'static str,
    /// What the addresses of pods come from.
    pub addresses: &'static str,
    /// Secrets that are neither installed nor restored: the name, and how each is made.
    pub secrets: &'static [(&'static str, &'static str)],
}

/// What is asked about a pod.
pub struct Question<'a> {
    /// The evaluation.
    pub run: &'a Run<'a>,
    /// For how long a pod may start, and what counts as a crash loop.
    pub thresholds: Thresholds,
    /// The parts of remedies that depend on the platform.
    pub platform: &'a Platform,
    /// Warning events of its namespace, read when they are needed.
    pub warnings: &'a dyn Deref<Target = Warnings>,
    /// What made it, as kubectl names it: `deploy/velero`.
    pub workload: &'a str,
}

impl Question<'_> {
    /// Why a pod is not ready, if it is not.
    pub fn ask<L, T: Deref<Target = Pod<L>>>(&self, seen: &Seen<T>) -> State {
        let pod: &Pod<L> = seen;
        if !pod.lives() {
            return State::Fine;
        }
        if let Some((path, condition)) = pod.status.condition("PodScheduled")
            && condition.status == "False"
            && condition.reason == "Unschedulable"
        {
            let since = condition.last_transition_time.or(pod.metadata.creation_timestamp);
            let message = Message::at(seen, format!("{path}.message"), &condition.message);
            // The scheduler says that it does not fit, so it is reported even if the time is
            // unknown.
            return match self.is_past_grace(since) {
                Some(false) => State::Starting,
                Some(true) | None => unready(unschedulable(seen, pod, message)),
            };
        }
        for (at, container) in pod.status.containers() {
            // A container that was added for debugging is not the component.
            if !at.starts_with("status.ephemeral")
                && let Some(waiting) = &container.state.waiting
                && let Some(problem) = self.waiting(seen, pod, &at, container, waiting)
            {
                return unready(problem);
            }
        }
        match crashes::of(self.run, &self.thresholds, pod) {
            Crash::Loop { at, container } => unready(self.crash(seen, pod, &at, container)),
            Crash::Unknown => State::Unknown(
                "it was restarted many times; how long ago is unknown, because the time of the \
                 dump or of its last exit is missing",
            ),
            Crash::None => self.readiness(seen, pod),
        }
    }

    /// Whether a pod has exceeded the time that it may take to start; none if that is unknown.
    fn is_past_grace(&self, since: Option<Timestamp>) -> Option<bool> {
        Some(self.run.age(since?)? >= self.thresholds.starting)
    }

    /// A container that waits for something that will not come.
    fn waiting<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        at: &str,
        container: &ContainerStatus,
        waiting: &Waiting,
    ) -> Option<Problem> {
        let own = Message::at(seen, format!("{at}.state.waiting.message"), &waiting.message);
        let problem = match waiting.reason.as_str() {
            "ImagePullBackOff"
            | "ErrImagePull"
            | "InvalidImageName"
            | "ImageInspectError"
            | "ErrImageNeverPull"
            | "RegistryUnavailable" => {
                let is_pull = |text: &str| text.starts_with("Failed to pull image");
                let event = self.warnings.newest_where(seen.reference(), is_pull);
                self.image(seen, pod, container, waiting, own, event)
            }
            "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
                let is_error = |text: &str| text.starts_with("Error:");
                let message =
                    own.or_else(|| self.warnings.newest_where(seen.reference(), is_error));
                self.not_created(seen, pod, container, message)
            }
            _ => return None,
        };
        Some(
            problem
                .label("container", &container.name)
                .seen(format!("{at}.state.waiting.reason"), &waiting.reason),
        )
    }

    /// A container that ends again and again.
    fn crash<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        at: &str,
        container: &ContainerStatus,
    ) -> Problem {
        let name = &container.name;
        let (namespace, word) = (shell_word(seen.namespace()), shell_word(name));
        let what = if container.is_backing_off() {
            format!("is in CrashLoopBackOff after {} restarts", container.restart_count)
        } else {
            format!("was restarted {} times", container.restart_count)
        };
        let kill = kills::of(pod).into_iter().find(|it| it.container.name == *name);
        let is_last = |end: &Terminated| {
            container.last_end().is_some_and(|(_, last)| std::ptr::eq(last, end))
        };
        let mut problem = if let Some(kill) = kill.filter(|it| is_last(it.end)) {
            self.killed(seen, pod, &kill, what)
        } else {
            let message = crashes::message(seen, at, container, self.warnings);
            let cause = match (&message, container.last_end()) {
                (Some(message), _) => format!("Container {name} says: {}", message.text),
                (None, Some((_, end))) => format!(
                    "Container {name} exits with code {} and gives no reason.",
                    end.exit_code
                ),
                (None, None) => format!("Container {name} gives no reason for its exit."),
            };
            Problem::new(seen, &pod.spec.node_name, Reason::CrashLoop, what)
                .because(cause)
                .message(message)
        };
        problem = problem
            .label("container", name)
            .seen(format!("{at}.restartCount"), container.restart_count)
            .say("See the log of its last run:")
            .command(format!(
                "kubectl -n {namespace} logs {} -c {word} --previous",
                shell_word(seen.name())
            ));
        match container.last_end() {
            Some((path, end)) => problem.seen(format!("{at}.{path}"), kills::words(end)),
            None => problem,
        }
    }

    /// Whether a container of a pod was OOM-killed within the window. The pod may work again.
    pub fn ask_for_kill<L, T: Deref<Target = Pod<L>>>(&self, seen: &Seen<T>) -> State {
        let pod: &Pod<L> = seen;
        let Some(kill) = kills::of(pod).into_iter().find(|it| it.for_memory) else {
            return State::Fine;
        };
        let Some(age) = kill.time().and_then(|it| self.run.age(it)) else {
            return State::Unknown(
                "its container was OOM-killed; how long ago is unknown, because the time of the \
                 dump or of the kill is missing",
            );
        };
        if !pod.lives() || age > self.thresholds.kill_within {
            return State::Fine;
        }
        let when = kill.time().map(|it| format!(" at {it}")).unwrap_or_default();
        let problem = self.killed(seen, pod, &kill, format!("was OOM-killed{when}"));
        unready(
            problem
                .label("container", &kill.container.name)
                .seen(format!("{}.{}", kill.at, kill.path), kills::words(kill.end)),
        )
    }

    fn killed<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>, kill: &Kill<'_>, what: String) -> Problem {
        let name = &kill.container.name;
        let reason = if kill.for_memory { Reason::OomKilled } else { Reason::Killed };
        let limit = pod.spec.container(name).and_then(|(_, it)| memory::limit(it));
        let cause = if kill.for_memory {
            memory::why_killed(limit)
        } else {
            "It is ended by SIGKILL for an unknown reason: likely it runs out of memory, or a \
             liveness probe fails."
                .to_owned()
        };
        let problem = Problem::new(seen, &pod.spec.node_name, reason, what).because(cause);
        let Some(limit) = limit else {
            return problem.say(memory::FIND_NODE).command(memory::FIND_NODE_COMMAND);
        };
        let double = Doubling {
            namespace: seen.namespace(),
            workload: self.workload,
            container: name,
            limit,
        };
        problem
            .say(format!("{}:", double.sentence(&format!("container {name}"))))
            .command(double.command())
    }

    /// A pod that has a node and no failing container.
    fn readiness<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>) -> State {
        if pod.status.is_ready() {
            return State::Fine;
        }
        match pod.status.phase.as_str() {
            "Pending" => self.pending(seen, pod),
            "Running" => self.running(seen, pod),
            "Unknown" => unready(node_not_ready(seen, pod).seen("status.phase", "Unknown")),
            _ => State::Unknown("its status.phase is not a known one"),
        }
    }

    fn pending<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>) -> State {
        let scheduled = pod.status.condition("PodScheduled").filter(|(_, it)| it.status == "True");
        let scheduled = scheduled.and_then(|(_, it)| it.last_transition_time);
        let since = scheduled.or(pod.metadata.creation_timestamp);
        let is_past_grace = self.is_past_grace(since);
        if is_past_grace == Some(false) {
            return State::Starting;
        }
        let event = |parts: &[&str]| {
            let says = |text: &str| parts.iter().any(|it| text.contains(it));
            self.warnings.newest_where(seen.reference(), says)
        };
        let node = &pod.spec.node_name;
        let volume = event(&[
            "MountVolume.",
            "AttachVolume.",
            "MapVolume.",
            "Unable to attach or mount volumes",
        ]);
        let what = "does not start";
        if let Some(message) = volume {
            let problem = Problem::new(seen, node, Reason::VolumeNotMounted, what)
                .because(format!("One of its volumes cannot be mounted: {}", message.text));
            let problem = match Missing::find(&message.text) {
                Some(missing) => missing.write(problem, seen.namespace(), self.platform),
                None => problem.describe(),
            };
            return unready(problem.message(Some(message)));
        }
        if let Some(message) = event(&["Failed to create pod sandbox", "Failed to create sandbox"])
        {
            let problem = Problem::new(seen, node, Reason::NoNetwork, what)
                .because(format!(
                    "Its node cannot set it up; usually it lacks an IP address or the network \
                     plug-in: {}",
                    message.text
                ))
                .say(format!(
                    "See whether the network plug-in runs on its node, and whether {} has IP \
                     addresses left:",
                    self.platform.addresses
                ))
                .command(format!(
                    "kubectl -n kube-system get pod -o wide --field-selector spec.nodeName={}",
                    shell_word(node)
                ))
                .message(Some(message));
            return unready(problem);
        }
        let hangs = |it: &&ContainerStatus| {
            it.state.waiting.is_none() && it.state.terminated.is_none() && !it.ready
        };
        if let (Some(true), Some(container)) =
            (is_past_grace, pod.status.init_container_statuses.iter().find(hangs))
        {
            let name = &container.name;
            let problem = Problem::new(seen, node, Reason::NotStarted, what)
                .because(format!("Its init container {name} runs and does not finish."))
                .label("container", name)
                .seen("status.phase", "Pending")
                .say("Its log shows what it waits for:")
                .command(format!(
                    "kubectl -n {} logs {} -c {} --tail=50",
                    shell_word(seen.namespace()),
                    shell_word(seen.name()),
                    shell_word(name)
                ));
            return unready(problem);
        }
        match is_past_grace {
            Some(true) => unready(
                Problem::new(seen, node, Reason::NotStarted, what)
                    .because(
                        "It has had time enough to start, and no event says why it has not (they \
                         are kept for about an hour).",
                    )
                    .seen("status.phase", "Pending")
                    .describe(),
            ),
            _ => State::Unknown(
                "it is Pending; for how long is unknown, because the time of the dump or of the \
                 pod is missing",
            ),
        }
    }

    fn running<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>) -> State {
        let Some((path, condition)) = pod.status.condition("Ready") else {
            return State::Unknown("it has no condition Ready");
        };
        match self.is_past_grace(condition.last_transition_time) {
            Some(true) => {}
            Some(false) => return State::Starting,
            None => {
                return State::Unknown(
                    "it is not ready; for how long is unknown, because the time of the dump or of \
                     the condition is missing",
                );
            }
        }
        let containers = &pod.status.container_statuses;
        if !containers.is_empty() && containers.iter().all(|it| it.ready) {
            return unready(
                node_not_ready(seen, pod).seen(format!("{path}.status"), &condition.status),
            );
        }
        let is_probe =
            |text: &str| text.contains(" probe failed") || text.contains(" probe errored");
        let message = self.warnings.newest_where(seen.reference(), is_probe);
        let unready_containers: Vec<_> =
            containers.iter().filter(|it| !it.ready).map(|it| it.name.as_str()).collect();
        let which = unready_containers.join(", ");
        let node = &pod.spec.node_name;
        let what = "runs and is not ready";
        let problem = match &message {
            Some(message) => Problem::new(seen, node, Reason::ProbeFailed, what)
                .because(format!("A probe of container {which} fails: {}", message.text)),
            None => Problem::new(seen, node, Reason::NotReady, what).because(format!(
                "Container {which} runs, and its readiness probe does not succeed; no event says \
                 why (they are kept for about an hour)."
            )),
        };
        let since = condition.last_transition_time.map(|it| format!(", since {it}"));
        let mut problem = problem
            .message(message)
            .seen(
                format!("{path}.status"),
                format!("{}{}", condition.status, since.unwrap_or_default()),
            )
            .describe();
        if let [container] = unready_containers.as_slice() {
            problem =
                problem.label("container", *container).say("See its log too:").command(format!(
                    "kubectl -n {} logs {} -c {} --tail=50",
                    shell_word(seen.namespace()),
                    shell_word(seen.name()),
                    shell_word(container)
                ));
        }
        unready(problem)
    }

    /// An image that cannot be pulled. A new kubelet gives the reason in the container's status, an
    /// old one only in an event.
    fn image<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        container: &ContainerStatus,
        waiting: &Waiting,
        own: Option<Message>,
        event: Option<Message>,
    ) -> Problem {
        const DENIED: [&str; 5] =
            ["denied", "forbidden", "unauthorized", "authentication required", "no basic auth"];
        const UNREACHABLE: [&str; 8] = [
            "timeout",
            "timed out",
            "no such host",
            "connection refused",
            "network is unreachable",
            "no route to host",
            "dial tcp",
            "deadline exceeded",
        ];
        const NOT_FOUND: [&str; 3] = ["not found", "manifest unknown", "does not exist"];
        let image = pod.spec.container(&container.name).map_or("", |(_, it)| &it.image);
        let classify = |message: &Message| {
            // The name of an image may hold any word and number.
            let text = message.text.replace(image, "").to_lowercase();
            let has = |parts: &[&str]| parts.iter().any(|it| text.contains(it));
            if has(&DENIED) {
                Some(Reason::ImagePullDenied)
            } else if has(&UNREACHABLE) {
                Some(Reason::RegistryUnreachable)
            } else if has(&NOT_FOUND) {
                Some(Reason::ImageNotFound)
            } else {
                None
            }
        };
        let known = own.iter().chain(&event).find_map(|it| Some((classify(it)?, it.clone())));
        let (reason, message) = match known {
            Some((reason, message)) => (reason, Some(message)),
            None => (Reason::ImagePullFailed, event.or(own)),
        };
        let said = message.as_ref().map_or(&waiting.reason, |it| &it.text);
        let problem = Problem::new(seen, &pod.spec.node_name, reason, "cannot pull its image")
            .because(format!(
                "The image {image} of container {} cannot be pulled: {said}",
                container.name
            ));
        let problem = match reason {
            Reason::ImageNotFound => problem.say(format!(
                "The registry does not have it. Unless the image was changed by hand, install the \
                 component again from {}.",
                self.platform.installer
            )),
            Reason::ImagePullDenied => problem
                .say(
                    "The registry refuses the cluster: check the image pull Secret, and that its \
                     account may read the repository. The Secret that the pod uses:",
                )
                .command(format!(
                    "kubectl -n {} get pod {} -o jsonpath='{{.spec.imagePullSecrets}}'",
                    shell_word(seen.namespace()),
                    shell_word(seen.name())
                )),
            Reason::RegistryUnreachable => problem.say(format!(
                "The registry cannot be reached from node {}: {}.",
                pod.spec.node_name, self.platform.registry
            )),
            _ => problem,
        };
        problem.message(message).describe()
    }

    /// A container that cannot be created, mostly because something it refers to does not exist.
    fn not_created<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        container: &ContainerStatus,
        message: Option<Message>,
    ) -> Problem {
        let text = message.as_ref().map_or("", |it| &it.text);
        let node = &pod.spec.node_name;
        let name = &container.name;
        let problem = match Missing::find(text) {
            Some(missing) => missing.write(
                Problem::new(seen, node, Reason::ConfigMissing, "cannot start").because(format!(
                    "Container {name} needs {}, which does not exist: {text}",
                    missing.words()
                )),
                seen.namespace(),
                self.platform,
            ),
            None if text.is_empty() => {
                Problem::new(seen, node, Reason::ContainerNotCreated, "cannot start")
                    .because(format!("Container {name} cannot be created, and no reason is given."))
                    .describe()
            }
            None => Problem::new(seen, node, Reason::ContainerNotCreated, "cannot start")
                .because(format!("Container {name} cannot be created: {text}"))
                .describe(),
        };
        problem.message(message)
    }
}

fn unready(problem: Problem) -> State {
    State::Unready(Box::new(problem))
}

/// A pod whose containers are ready, as far as their kubelet said before it fell silent.
fn node_not_ready<T, L>(seen: &Seen<T>, pod: &Pod<L>) -> Problem {
    let node = &pod.spec.node_name;
    Problem::new(seen, node, Reason::NodeNotReady, "is not ready because its node is not")
        .because(format!(
            "Its containers were ready when node {node} last reported; the node has stopped \
             reporting."
        ))
        .label("node", node)
        .say("See what is wrong with the node:")
        .command(format!("kubectl describe node {}", shell_word(node)))
}

/// What keeps nodes from taking a pod, in the words of the scheduler, each with how many nodes it
/// keeps.
fn obstacles(message: &str) -> Vec<String> {
    let Some((_, list)) = message.split_once(" nodes are available: ") else { return Vec::new() };
    let list = list.split(" preemption:").next().unwrap_or_default().trim_end_matches(['.', ' ']);
    let mut obstacles: Vec<String> = Vec::new();
    for part in list.split(", ") {
        // `{key: value}, that the pod didn't tolerate` is one.
        match obstacles.last_mut() {
            Some(last) if !part.starts_with(|it: char| it.is_ascii_digit()) => {
                *last = format!("{last}, {part}");
            }
            _ => obstacles.push(part.to_owned()),
        }
    }
    obstacles
}

fn unschedulable<T, L>(seen: &Seen<T>, pod: &Pod<L>, message: Option<Message>) -> Problem {
    let text = message.as_ref().map_or("", |it| &it.text).to_owned();
    let obstacles = obstacles(&text);
    let after = |mark: &str| {
        let mut found: Vec<&str> =
            obstacles.iter().filter_map(|it| Some(it.split_once(mark)?.1)).collect();
        found.dedup();
        found
    };
    let (resources, taints) = (after("Insufficient "), after(" taint"));
    let taints: Vec<_> = taints
        .into_iter()
        .filter_map(|it| Some(it.split_once('{')?.1.split_once('}')?.0))
        .map(|it| it.trim_end_matches(": "))
        .collect();
    let says = |part: &str| text.contains(part);
    let new = |reason| {
        Problem::new(seen, "", reason, "cannot be scheduled")
            .because(if text.is_empty() {
                "The scheduler finds no node for it and gives no reason.".to_owned()
            } else {
                format!("The scheduler finds no node for it: {text}")
            })
            .seen("status.phase", &pod.status.phase)
    };
    let problem = if says("no nodes available") || text.starts_with("0/0 nodes") {
        new(Reason::NoNodes)
            .say("The cluster has no node that can run pods: add a node pool. These are its nodes:")
            .command("kubectl get node")
    } else if !resources.is_empty() {
        let requests = pod.spec.containers.iter().enumerate().flat_map(|(i, it)| {
            let set =
                [("cpu", &it.resources.requests.cpu), ("memory", &it.resources.requests.memory)];
            set.into_iter().filter(|(_, it)| !it.as_str().is_empty()).map(move |(name, it)| {
                (format!("spec.containers[{i}].resources.requests.{name}"), it.as_str().to_owned())
            })
        });
        let which = resources.join(", ");
        let problem = new(Reason::InsufficientResources)
            .label("resource", &which)
            .say(format!(
                "No node has enough {which} left: add a node, or stop what does not need to run. \
                 What the nodes have promised already is listed under Allocated resources:"
            ))
            .command("kubectl describe node");
        requests.fold(problem, |problem, (path, value)| problem.seen(path, value))
    } else if !taints.is_empty() {
        let which = taints.join(", ");
        new(Reason::UntoleratedTaint)
            .label("taint", &which)
            .say(format!(
                "The nodes have a taint that it does not tolerate ({which}). A taint of \
                 node.kubernetes.io/ is set by Kubernetes while something is wrong with a node; \
                 else remove it from a node, or add a node without it:"
            ))
            .command("kubectl get node -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints")
    } else if says("were unschedulable") || says("was unschedulable") {
        new(Reason::NodesCordoned)
            .say(
                "The nodes that it could run on are cordoned. See which, then uncordon one of \
                 them:",
            )
            .command("kubectl get node")
            .command("kubectl uncordon NODE")
    } else {
        new(Reason::Unschedulable).describe()
    };
    problem.message(message)
}

/// A Secret or ConfigMap, or a key of it, that is not there.
#[derive(Debug, PartialEq, Eq)]
struct Missing {
    /// `Secret` or `ConfigMap`.
    kind: &'static str,
    name: String,
    /// Empty where the whole object is missing.
    key: String,
}

impl Missing {
    /// Reads `secret "x" not found` and `couldn't find key K in Secret namespace/x`, as the kubelet
    /// words them.
    fn find(text: &str) -> Option<Self> {
        const KINDS: [(&str, &str); 2] = [("secret", "Secret"), ("configmap", "ConfigMap")];
        if let Some((_, rest)) = text.split_once("couldn't find key ") {
            let (key, rest) = rest.split_once(" in ")?;
            let (kind, rest) = rest.split_once(' ')?;
            let (_, kind) = KINDS.into_iter().find(|(_, it)| kind.eq_ignore_ascii_case(it))?;
            let object = rest.split([',', ' ', ':', '"']).next()?;
            let name = object.rsplit('/').next()?.to_owned();
            return Some(Self { kind, name, key: key.to_owned() });
        }
        KINDS.into_iter().find_map(|(word, kind)| {
            let (_, rest) = text.split_once(&format!("{word} \""))?;
            let (name, rest) = rest.split_once('"')?;
            let is_missing = rest.trim_start().starts_with("not found");
            is_missing.then(|| Self { kind, name: name.to_owned(), key: String::new() })
        })
    }

    fn words(&self) -> String {
        let Self { kind, name, key } = self;
        if key.is_empty() {
            format!("the {kind} {name}")
        } else {
            format!("the key {key} of the {kind} {name}")
        }
    }

    fn write(&self, problem: Problem, namespace: &str, platform: &Platform) -> Problem {
        let kind = self.kind.to_lowercase();
        let made = platform.secrets.iter().find(|(name, _)| *name == self.name);
        let say = match made {
            Some((_, made)) => format!("{made} It is expected here:"),
            None => format!(
                "Create {}, from a copy or by installing the component again from {}. It is \
                 expected here:",
                self.words(),
                platform.installer
            ),
        };
        problem.label("missing", format!("{}/{}", self.kind, self.name)).say(say).command(format!(
            "kubectl -n {} get {kind} {}",
            shell_word(namespace),
            shell_word(&self.name)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_obstacles(message: &str, want: &[&str]) {
        assert_eq!(obstacles(message), want);
    }

    #[test]
    fn the_scheduler_lists_what_keeps_nodes() {
        check_obstacles(
            "0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory. preemption: 0/3 \
             nodes are available: 3 No preemption victims found for incoming pod.",
            &["1 Insufficient cpu", "2 Insufficient memory"],
        );
    }

    #[test]
    fn a_taint_of_an_old_scheduler_is_one_obstacle() {
        check_obstacles(
            "0/2 nodes are available: 1 Too many pods, 1 node(s) had taint {dedicated: gpu}, that \
             the pod didn't tolerate.",
            &[
                "1 Too many pods",
                "1 node(s) had taint {dedicated: gpu}, that the pod didn't tolerate",
            ],
        );
    }

    #[test]
    fn another_message_lists_nothing() {
        check_obstacles("no nodes available to schedule pods", &[]);
        check_obstacles("", &[]);
    }

    #[track_caller]
    fn check_missing(text: &str, want: Option<(&'static str, &str, &str)>) {
        let want = want.map(|(kind, name, key)| Missing {
            kind,
            name: name.to_owned(),
            key: key.to_owned(),
        });
        assert_eq!(Missing::find(text), want, "{text}");
    }

    #[test]
    fn what_is_missing_is_read() {
        check_missing("secret \"a-b\" not found", Some(("Secret", "a-b", "")));
        check_missing("Error: configmap \"c\" not found", Some(("ConfigMap", "c", "")));
        check_missing(
            "MountVolume.SetUp failed for volume \"v\" : secret \"a\" not found",
            Some(("Secret", "a", "")),
        );
        check_missing(
            "couldn't find key HBR_TOKEN in Secret apps/hbr-token",
            Some(("Secret", "hbr-token", "HBR_TOKEN")),
        );
        check_missing(
            "couldn't find key a.yaml in ConfigMap apps/config",
            Some(("ConfigMap", "config", "a.yaml")),
        );
    }

    #[test]
    fn other_texts_tell_of_nothing_missing() {
        check_missing("secret \"a\" is forbidden", None);
        check_missing("couldn't find key", None);
        check_missing("couldn't find key X in Volume a/b", None);
        check_missing("", None);
    }
}
