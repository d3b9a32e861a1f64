//! What is wrong with a pod, as a finding is written from it.

use std::borrow::Cow;

use rulebox_sdk::{Draft, ObjectRef, Remedy, Seen, shell_word};

use crate::kubernetes::{
    ends::{Probe, Why},
    messages::Message,
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
    pub(super) fn new<T>(
        pod: &Seen<T>,
        node: &str,
        reason: Reason,
        what: impl Into<String>,
    ) -> Self {
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

    pub(super) fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        // A quoted message may end without a full stop, and other sentences may follow.
        if !self.cause.ends_with('.') {
            self.cause.push('.');
        }
        self
    }

    pub(super) fn label(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((name, value.into()));
        self
    }

    /// Steps before those that it has.
    pub(super) fn first(mut self, remedy: Remedy) -> Self {
        self.remedy = remedy.followed_by(&self.remedy);
        self
    }

    pub(super) fn say(mut self, sentence: impl AsRef<str>) -> Self {
        self.remedy = self.remedy.say(sentence);
        self
    }

    pub(super) fn command(mut self, command: impl AsRef<str>) -> Self {
        self.remedy = self.remedy.command(command);
        self
    }

    pub(super) fn seen(mut self, path: impl Into<String>, value: impl ToString) -> Self {
        self.evidence.push((path.into(), value.to_string()));
        self
    }

    pub(super) fn messages(mut self, messages: impl IntoIterator<Item = Message>) -> Self {
        self.messages.extend(messages);
        self
    }

    pub(super) fn steps(mut self, remedy: &Remedy) -> Self {
        self.remedy = self.remedy.followed_by(remedy);
        self
    }

    pub(super) fn describe(self) -> Self {
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
