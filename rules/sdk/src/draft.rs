//! A finding while a rule writes it.

use rulebox_core::{Evidence, Finding, ObjectRef, Severity, text::escaped};

use crate::{Remedy, Seen};

/// A finding that is being written: what, why, what to do, and the evidence.
#[derive(Debug, Clone)]
pub struct Draft {
    severity: Option<Severity>,
    finding: Finding,
    remedy: Remedy,
}

impl<T> Seen<T> {
    /// The beginning of a finding about this object: one sentence that says what is wrong.
    pub fn finding(&self, summary: impl Into<String>) -> Draft {
        Draft::new(self.reference().clone(), summary)
    }
}

impl Draft {
    /// About an object that need not exist: a Deployment that is missing is named all the same.
    pub fn new(subject: ObjectRef, summary: impl Into<String>) -> Self {
        let finding = Finding {
            rule: String::new(),
            severity: Severity::Info,
            subject,
            summary: summary.into(),
            cause: String::new(),
            remedy: String::new(),
            evidence: Vec::new(),
            labels: Vec::new(),
            caused_by: Vec::new(),
        };
        Self { severity: None, finding, remedy: Remedy::default() }
    }

    /// How bad this one is, where it differs from the rule.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Why, as far as the evidence shows.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.finding.cause = cause.into();
        self
    }

    /// What to do next, in a sentence. Sentences and [`commands`](Self::command) follow each other
    /// in the order in which they are given.
    #[must_use]
    pub fn remedy(mut self, sentence: impl AsRef<str>) -> Self {
        self.remedy = self.remedy.say(sentence);
        self
    }

    /// A command to type, whole: the object's own names are in it, made safe by
    /// [`crate::shell_word`].
    #[must_use]
    pub fn command(mut self, command: impl AsRef<str>) -> Self {
        self.remedy = self.remedy.command(command);
        self
    }

    /// Steps that were put together elsewhere.
    #[must_use]
    pub fn steps(mut self, remedy: &Remedy) -> Self {
        self.remedy = self.remedy.followed_by(remedy);
        self
    }

    /// The value at a path of the subject.
    #[must_use]
    pub fn evidence(mut self, path: &str, value: impl ToString) -> Self {
        let subject = Some(self.finding.subject.clone());
        self.finding.evidence.push(Evidence {
            subject,
            path: path.to_owned(),
            value: value.to_string(),
        });
        self
    }

    /// The value at a path of another object.
    #[must_use]
    pub fn related<T>(self, object: &Seen<T>, path: &str, value: impl ToString) -> Self {
        self.related_to(object.reference(), path, value)
    }

    /// The value at a path of another object, by its reference.
    #[must_use]
    pub fn related_to(mut self, object: &ObjectRef, path: &str, value: impl ToString) -> Self {
        let evidence = Evidence {
            subject: Some(object.clone()),
            path: path.to_owned(),
            value: value.to_string(),
        };
        self.finding.evidence.push(evidence);
        self
    }

    /// An object whose finding, of whatever rule, would explain this one: where it has one, this
    /// stands below it. It is named where evidence shows it, and not where it is only likely that
    /// both have to do with each other. The subject itself stands for what else is wrong with it.
    #[must_use]
    pub fn caused_by(mut self, object: impl AsRef<ObjectRef>) -> Self {
        let object = object.as_ref();
        let known = &mut self.finding.caused_by;
        if !object.name.is_empty() && !known.contains(object) {
            known.push(object.clone());
        }
        self
    }

    /// A fact for machines. It may become the label of a metric, so it is nothing that changes
    /// while the problem stays: no count, no time, no id of a request. An empty value adds nothing.
    /// Where a rule may find several things of one object, the label `problem` says which:
    /// baselines and suppressions tell them apart by it.
    #[must_use]
    pub fn label(mut self, name: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.finding.labels.push((name.to_owned(), value));
        }
        self
    }

    /// The finding of this rule. Its sentences are escaped as the host escapes them, so that a rule
    /// that runs natively says the same.
    pub(crate) fn of(self, rule: &str, severity: Severity) -> Finding {
        Finding {
            rule: rule.to_owned(),
            severity: self.severity.unwrap_or(severity),
            summary: escaped(self.finding.summary),
            cause: escaped(self.finding.cause),
            remedy: self.remedy.into_text(),
            ..self.finding
        }
    }
}
