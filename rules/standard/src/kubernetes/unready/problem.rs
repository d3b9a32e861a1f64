//! What is wrong with a pod, as a finding is written from it.

use rulebox_sdk::{Draft, ObjectRef, Remedy, Seen, shell_word};

use super::Reason;
use crate::kubernetes::messages::Message;

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
