//! Why a pod is not ready: what the scheduler, the kubelet and events say of it, in the order in
//! which a pod comes to life.
//!
//! The messages are those of Kubernetes: kubernetes/kubernetes `pkg/scheduler/framework`
//! (unschedulable), `pkg/kubelet/images/types.go` (images), `pkg/kubelet/kuberuntime` (containers),
//! `pkg/kubelet/volumemanager` (volumes).

use std::{borrow::Cow, ops::Deref};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{Draft, Exceeds, ObjectRef, Remedy, Run, Seen, shell_word};

use crate::kubernetes::{
    crashes::{self, Crash},
    ends::{self, End, Probe, Why},
    kills::{self, Kill},
    memory,
    messages::{Message, Warnings},
    objects::core::{ContainerStatus, Pod, Waiting},
    thresholds::Thresholds,
    untold,
    workloads::{Injector, Origin, Workload},
};

/// What a pod is.
#[derive(Debug)]
pub enum State {
    /// It works, has ended, or is being deleted.
    Fine,
    /// It does not work yet, and is within its time to start.
    Starting,
    /// Whether it works is unknown, and why.
    Unknown(Cow<'static, str>),
    /// It depends on when the input was taken, and this is what is not known then.
    Undecided(&'static str),
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
    /// Its node cannot set up the sandbox of its containers.
    SandboxNotCreated,
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
    /// A probe fails, and the kubelet restarts a container for that.
    ProbeKilled(Probe),
    /// It is ended by SIGKILL repeatedly.
    Killed,
    /// It was ended from outside, and is still there.
    Ended(Why),
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
        matches!(self, Self::CrashLoop | Self::ProbeFailed | Self::NotReady | Self::ProbeKilled(_))
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
            Self::SandboxNotCreated => "sandbox-not-created",
            Self::ContainerNotCreated => "container-not-created",
            Self::NoNodes => "no-nodes",
            Self::InsufficientResources => "insufficient-resources",
            Self::UntoleratedTaint => "untolerated-taint",
            Self::NodesCordoned => "nodes-cordoned",
            Self::Unschedulable => "unschedulable",
            Self::OomKilled => "oom-killed",
            Self::ProbeKilled(probe) => Why::ProbeFailed(probe).as_str(),
            Self::Killed => "killed",
            Self::Ended(why) => why.as_str(),
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
    /// Whether a container of it ends again and again.
    pub is_loop: bool,
    messages: Vec<Message>,
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
            is_loop: false,
            messages: Vec::new(),
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

    /// Steps before those that it has.
    fn first(mut self, remedy: Remedy) -> Self {
        self.remedy = remedy.followed_by(&self.remedy);
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

    fn messages(mut self, messages: impl IntoIterator<Item = Message>) -> Self {
        self.messages.extend(messages);
        self
    }

    fn steps(mut self, remedy: &Remedy) -> Self {
        self.remedy = self.remedy.followed_by(remedy);
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
        self.messages.iter().fold(draft, |draft, it| it.cite(draft))
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
    /// What made it.
    pub workload: Workload<'a>,
}

impl Question<'_> {
    /// Why a pod is not ready, if it is not.
    pub fn ask<L, T: Deref<Target = Pod<L>>>(&self, seen: &Seen<T>) -> State {
        let pod: &Pod<L> = seen;
        if !pod.lives() {
            return State::Fine;
        }
        if let Some(end) = ends::of_pod(seen.reference(), pod)
            && end.why != Why::NodeLost
            && !pod.status.is_ready()
        {
            return self.ended(seen, pod, &end);
        }
        if let Some((path, condition)) = pod.status.condition("PodScheduled")
            && condition.status == "False"
            && condition.reason == "Unschedulable"
        {
            let since = condition.last_transition_time.or(pod.metadata.creation_timestamp);
            let message = Message::at(seen, format!("{path}.message"), &condition.message);
            // The scheduler says that it does not fit, so it is reported even if it does not say
            // since when.
            return match self.grace(since) {
                Grace::Within => State::Starting,
                Grace::Undecided => State::Undecided("how long it has been unschedulable"),
                Grace::Past | Grace::NotTold => unready(unschedulable(seen, pod, message)),
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
                "it was restarted many times; how long ago is unknown, because the time of its \
                 last exit is missing"
                    .into(),
            ),
            Crash::None => match (self.readiness(seen, pod), untold::of_containers(pod)) {
                (State::Fine, Some(untold)) => State::Unknown(untold.into()),
                (state, _) => state,
            },
        }
    }

    /// A pod that something has ended from outside, and that is still there. Another mostly takes
    /// its place.
    fn ended<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>, end: &End) -> State {
        match self.grace(end.time) {
            Grace::Past => {}
            Grace::Within => return State::Starting,
            Grace::Undecided => return State::Undecided("how long ago it was ended from outside"),
            Grace::NotTold => {
                return State::Unknown(
                    "it was ended from outside; how long ago is unknown, because the time of its \
                     end is missing"
                        .into(),
                );
            }
        }
        let problem = Problem::new(seen, &pod.spec.node_name, Reason::Ended(end.why), end.what());
        unready(
            problem
                .because(end.sentence())
                .steps(&end.remedy())
                .messages(end.shown.iter().cloned()),
        )
    }

    /// Whether a pod has exceeded the time that it may take to start.
    fn grace(&self, since: Option<Timestamp>) -> Grace {
        let Some(since) = since else { return Grace::NotTold };
        match self.run.age(since).exceeds(self.thresholds.starting) {
            Exceeds::Yes => Grace::Past,
            Exceeds::No => Grace::Within,
            Exceeds::Undecided => Grace::Undecided,
        }
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
            format!("is in CrashLoopBackOff after {} restarts", container.restarts())
        } else {
            format!("was restarted {} times", container.restarts())
        };
        let node = &pod.spec.node_name;
        let end = container.last_end().map(|(_, it)| it);
        let is_last = |it: &Kill<'_>| end.is_some_and(|end| std::ptr::eq(it.end, end));
        let kill = kills::of(pod).into_iter().find(|it| it.container.name == *name && is_last(it));
        let probe = ends::probe(seen.reference(), pod, name, end, self.warnings);
        let mut problem = match (kill, probe) {
            (Some(kill), _) if kill.for_memory => self.killed(seen, pod, &kill, what),
            (_, Some((probe, messages))) => self.probed(seen, pod, name, probe, messages, what),
            (Some(kill), None) => self.killed(seen, pod, &kill, what),
            (None, None) => {
                let message = crashes::message(seen, at, container, self.warnings);
                let cause = match &message {
                    Some(Message { text, events: None, .. }) => {
                        format!("Container {name} says: {text}")
                    }
                    Some(Message { text, .. }) => {
                        format!("An event about container {name} or its pod says: {text}")
                    }
                    None => format!("Container {name} {}", crashes::silent(end, node)),
                };
                let is_unseen = message.is_none() && end.is_some_and(ends::is_unseen);
                let reason =
                    if is_unseen { Reason::Ended(Why::NodeRestarted) } else { Reason::CrashLoop };
                Problem::new(seen, node, reason, what).because(cause).messages(message)
            }
        };
        problem.is_loop = true;
        problem = problem
            .label("container", name)
            .seen(format!("{at}.restartCount"), container.restarts())
            .first(Remedy::default().say("See the log of its last run:").command(format!(
                "kubectl -n {namespace} logs {} -c {word} --previous",
                shell_word(seen.name())
            )));
        match container.last_end() {
            Some((path, end)) => problem.seen(format!("{at}.{path}"), kills::words(end)),
            None => problem,
        }
    }

    /// A container that the kubelet restarts because a probe fails.
    fn probed<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        container: &str,
        probe: Probe,
        messages: Vec<Message>,
        what: String,
    ) -> Problem {
        let kind = probe.as_str();
        let said = messages.iter().find_map(|it| failure(&it.text)).map(|it| format!(": {it}"));
        let cause = format!(
            "The kubelet restarts container {container} because its {kind} probe fails{}",
            said.unwrap_or_default()
        );
        let longer = match probe {
            Probe::Liveness => "a startupProbe, or its livenessProbe a higher failureThreshold",
            Probe::Startup => "a startupProbe with a higher failureThreshold",
        };
        let place = match self.workload.origin(container) {
            Origin::Container | Origin::InitContainer => format!(", in {}", self.workload),
            Origin::Injected => {
                let who = Injector::of(container).map_or("whoever injects it", |it| it.name);
                format!(
                    ". It is no container of {}: its probe is configured with {who}",
                    self.workload
                )
            }
            Origin::NotChecked => {
                format!(", in {}, which is not in the input", self.workload)
            }
            Origin::NoWorkload => ", in whatever made the pod".to_owned(),
        };
        let is_init =
            pod.spec.container(container).is_some_and(|(at, _)| at.starts_with("spec.init"));
        let list = if is_init { "initContainers" } else { "containers" };
        let path = format!("{{.spec.{list}[?(@.name==\"{container}\")].{kind}Probe}}");
        Problem::new(seen, &pod.spec.node_name, Reason::ProbeKilled(probe), what)
            .because(cause)
            .messages(messages)
            .say(format!(
                "If its log shows that it was still starting or only slow, give it \
                 {longer}{place}. This shows the probe:"
            ))
            .command(format!(
                "kubectl -n {} get pod {} -o jsonpath={}",
                shell_word(seen.namespace()),
                shell_word(seen.name()),
                shell_word(&path)
            ))
    }

    /// Whether a container of a pod was OOM-killed within the window. The pod may work again.
    pub fn ask_for_kill<L, T: Deref<Target = Pod<L>>>(&self, seen: &Seen<T>) -> State {
        let pod: &Pod<L> = seen;
        let Some(kill) = kills::of(pod).into_iter().find(|it| it.for_memory) else {
            let untold = untold::of_ends(pod).filter(|_| pod.lives());
            return untold.map_or(State::Fine, |it| State::Unknown(it.into()));
        };
        let Some(time) = kill.time() else {
            return State::Unknown(
                "its container was OOM-killed; how long ago is unknown, because the time of the \
                 kill is missing"
                    .into(),
            );
        };
        let age = self.run.age(time);
        if !pod.lives() || age.exceeds(self.thresholds.kill_within).certainly() {
            return State::Fine;
        }
        let when = format!(" at {time}");
        let what = if kill.is_ephemeral {
            format!("had container {}, added for debugging, OOM-killed{when}", kill.container.name)
        } else {
            format!("was OOM-killed{when}")
        };
        let problem = self.killed(seen, pod, &kill, what);
        unready(
            problem
                .label("container", &kill.container.name)
                .seen(format!("{}.{}", kill.at, kill.path), kills::words(kill.end)),
        )
    }

    fn killed<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>, kill: &Kill<'_>, what: String) -> Problem {
        let name = &kill.container.name;
        let node = &pod.spec.node_name;
        if !kill.for_memory {
            let describe = match node.as_str() {
                "" => "kubectl get node".to_owned(),
                node => format!("kubectl describe node {}", shell_word(node)),
            };
            return Problem::new(seen, node, Reason::Killed, what)
                .because(format!("Container {name} {}", memory::WHY_SIGKILL))
                .say(memory::FIND_KILLER)
                .command(format!(
                    "kubectl -n {} describe pod {}",
                    shell_word(seen.namespace()),
                    shell_word(seen.name())
                ))
                .command(describe);
        }
        let limit = pod.spec.container(name).and_then(|(_, it)| memory::limit(it));
        let problem =
            Problem::new(seen, node, Reason::OomKilled, what).because(memory::why_killed(limit));
        let whose = format!("container {name}");
        match memory::raise(&self.workload, &pod.spec, name, &whose, "") {
            Some(remedy) => problem.steps(&remedy),
            None => problem.say(memory::FIND_NODE).command(memory::FIND_NODE_COMMAND),
        }
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
            _ => State::Unknown("its status.phase is not a known one".into()),
        }
    }

    fn pending<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>) -> State {
        let scheduled = pod.status.condition("PodScheduled").filter(|(_, it)| it.status == "True");
        let scheduled = scheduled.and_then(|(_, it)| it.last_transition_time);
        let since = scheduled.or(pod.metadata.creation_timestamp);
        let is_past_grace = match self.grace(since) {
            Grace::Within => return State::Starting,
            Grace::Undecided => return State::Undecided("how long it has been Pending"),
            Grace::Past => true,
            // What an event says counts all the same.
            Grace::NotTold => false,
        };
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
            return unready(problem.messages([message]));
        }
        if let Some(message) = event(&["Failed to create pod sandbox", "Failed to create sandbox"])
        {
            return unready(self.no_sandbox(seen, node, message));
        }
        let hangs = |it: &&ContainerStatus| {
            it.state.waiting.is_none() && it.state.terminated.is_none() && !it.ready
        };
        if let (true, Some(container)) =
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
        if !is_past_grace {
            return State::Unknown(
                "it is Pending; for how long is unknown, because it has no \
                 metadata.creationTimestamp"
                    .into(),
            );
        }
        unready(
            Problem::new(seen, node, Reason::NotStarted, what)
                .because(
                    "It has had time enough to start, and no event says why it has not (they are \
                     kept for about an hour).",
                )
                .seen("status.phase", "Pending")
                .describe(),
        )
    }

    /// A pod for which its node cannot make the sandbox that its containers share.
    fn no_sandbox<T>(&self, seen: &Seen<T>, node: &str, message: Message) -> Problem {
        const NETWORK: [&str; 6] =
            ["cni", "network", "ip address", "ipam", "vswitch", "available ip"];
        let what = "does not start";
        let text = message.text.to_lowercase();
        if text.contains("sandbox image") || text.contains("pull image") {
            return Problem::new(seen, node, Reason::SandboxNotCreated, what)
                .because(format!(
                    "Its node cannot get the image that every pod needs: {}",
                    message.text
                ))
                .say(format!(
                    "See whether the registry can be reached from node {node}: {}.",
                    self.platform.registry
                ))
                .messages([message])
                .describe();
        }
        if !NETWORK.iter().any(|it| text.contains(it)) {
            return Problem::new(seen, node, Reason::SandboxNotCreated, what)
                .because(format!("Its node cannot set it up: {}", message.text))
                .messages([message])
                .say("See what is wrong with the node:")
                .command(format!("kubectl describe node {}", shell_word(node)));
        }
        Problem::new(seen, node, Reason::NoNetwork, what)
            .because(format!("Its node cannot give it a network: {}", message.text))
            .say(format!(
                "See whether the network plug-in runs on its node, and whether {} has IP \
                 addresses left:",
                self.platform.addresses
            ))
            .command(format!(
                "kubectl -n kube-system get pod -o wide --field-selector spec.nodeName={}",
                shell_word(node)
            ))
            .messages([message])
    }

    /// Of containers that are not ready: the one that was OOM-killed when or since the pod has not
    /// been ready any more.
    fn kill_of_unready<'p, L>(
        &self,
        pod: &'p Pod<L>,
        since: Option<Timestamp>,
        unready: &[&ContainerStatus],
    ) -> Option<Kill<'p>> {
        const BEFORE: SignedDuration = SignedDuration::from_mins(1);
        kills::of(pod).into_iter().find(|kill| {
            let window = self.thresholds.kill_within;
            let may_be_new = |it| !self.run.age(it).exceeds(window).certainly();
            let is_new = kill.time().is_some_and(may_be_new);
            let follows =
                |killed: Timestamp| since.is_none_or(|it| it.duration_since(killed) <= BEFORE);
            kill.for_memory
                && is_new
                && kill.time().is_some_and(follows)
                && unready.iter().any(|it| it.name == kill.container.name)
        })
    }

    fn running<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>) -> State {
        let Some((path, condition)) = pod.status.condition("Ready") else {
            return State::Unknown("it has no condition Ready".into());
        };
        match self.grace(condition.last_transition_time) {
            Grace::Past => {}
            Grace::Within => return State::Starting,
            Grace::Undecided => return State::Undecided("how long it has not been ready"),
            Grace::NotTold => {
                return State::Unknown(
                    "it is not ready; for how long is unknown, because the time of the condition \
                     is missing"
                        .into(),
                );
            }
        }
        let node = &pod.spec.node_name;
        let what = "runs and is not ready";
        if condition.reason == "ReadinessGatesNotReady" {
            let message = Message::at(seen, format!("{path}.message"), &condition.message);
            let cause = format!(
                "Its containers are ready, and a readiness gate of it is not: {}",
                condition.message
            );
            let problem = Problem::new(seen, node, Reason::NotReady, what).because(cause);
            return unready(problem.messages(message).describe());
        }
        // A sidecar that was started before the others must be ready too.
        let is_sidecar = |it: &&ContainerStatus| {
            pod.spec.container(&it.name).is_some_and(|(_, it)| it.restart_policy == "Always")
        };
        let sidecars = pod.status.init_container_statuses.iter().filter(is_sidecar);
        let containers: Vec<_> = pod.status.container_statuses.iter().chain(sidecars).collect();
        if !containers.is_empty() && containers.iter().all(|it| it.ready) {
            return unready(
                node_not_ready(seen, pod).seen(format!("{path}.status"), &condition.status),
            );
        }
        let not_ready: Vec<_> = containers.into_iter().filter(|it| !it.ready).collect();
        if let Some(kill) = self.kill_of_unready(pod, condition.last_transition_time, &not_ready) {
            let problem =
                self.killed(seen, pod, &kill, "was OOM-killed and is not ready".to_owned());
            return unready(
                problem
                    .label("container", &kill.container.name)
                    .seen(format!("{}.{}", kill.at, kill.path), kills::words(kill.end)),
            );
        }
        let is_probe =
            |text: &str| text.contains(" probe failed") || text.contains(" probe errored");
        let message = self.warnings.newest_where(seen.reference(), is_probe);
        let unready_containers: Vec<_> = not_ready.iter().map(|it| it.name.as_str()).collect();
        let which = unready_containers.join(", ");
        let ended = not_ready.iter().find_map(|it| Some((it, it.state.terminated.as_ref()?)));
        let problem = match (&message, ended) {
            (_, Some((container, end))) => Problem::new(seen, node, Reason::NotReady, what)
                .because(format!(
                    "Container {} has ended and was not started again: {}",
                    container.name,
                    kills::words(end)
                )),
            (Some(message), None) => Problem::new(seen, node, Reason::ProbeFailed, what)
                .because(format!("A probe of container {which} fails: {}", message.text)),
            (None, None) => Problem::new(seen, node, Reason::NotReady, what).because(format!(
                "Container {which} runs, and its readiness probe does not succeed; no event says \
                 why (they are kept for about an hour)."
            )),
        };
        let since = condition.last_transition_time.map(|it| format!(", since {it}"));
        let mut problem = problem
            .messages(message)
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
        problem.messages(message).describe()
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
        problem.messages(message)
    }
}

fn unready(problem: Problem) -> State {
    State::Unready(Box::new(problem))
}

/// Whether a pod has had the time that it may take to start.
enum Grace {
    Within,
    Past,
    /// It depends on when the input was taken.
    Undecided,
    /// The pod does not tell since when.
    NotTold,
}

/// What a failed probe says, without the words that it has failed.
fn failure(text: &str) -> Option<&str> {
    let (kind, rest) = text.split_once(" probe ")?;
    let (_, said) = rest.split_once(": ")?;
    ["Liveness", "Startup"].contains(&kind).then_some(said.trim())
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
    problem.messages(message)
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
