//! What rules say: findings, samples, and that they could not judge.

use crate::{ObjectRef, Severity};

/// What was seen, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The object; none for a line of text.
    pub subject: Option<ObjectRef>,
    /// The path of a field in the object, or the file and line of a text.
    pub path: String,
    /// The value of the field, or the text of the line.
    pub value: String,
}

/// One problem, of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it, without its pack.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// The object that a user would look at first, by `kubectl describe`.
    pub subject: ObjectRef,
    /// What is wrong: one sentence.
    pub summary: String,
    /// Why, as far as the evidence shows.
    pub cause: String,
    /// What to do: commands that can be typed.
    pub remedy: String,
    /// What proves the problem, and the other objects that have to do with it.
    pub evidence: Vec<Evidence>,
    /// Facts for programs: vault, bucket, reason… They become metric labels.
    pub labels: Vec<(String, String)>,
    /// The subjects of findings that would explain this one. An object without a finding explains
    /// nothing; its own subject stands for what else is wrong with that.
    pub caused_by: Vec<ObjectRef>,
}

/// One value of a metric, from a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name of a metric that the pack declared.
    pub metric: String,
    /// In the order of the metric's labels.
    pub label_values: Vec<String>,
    /// In the unit that the metric's name ends in.
    pub value: f64,
}

/// A rule could not judge, and why: it shows as `no data`, never as a pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// The rule, without its pack.
    pub rule: String,
    /// What the rule lacked.
    pub reason: String,
}

/// What makes a finding the same finding in the next run: rule and subject. Words, uid, severity
/// and evidence may change while the problem stays. `nth` numbers the findings that agree in all
/// parts.
pub fn fingerprint_parts<'a>(pack: &'a str, finding: &'a Finding, nth: usize) -> [String; 7] {
    let Finding { rule, subject, .. } = finding;
    [
        pack.to_owned(),
        rule.clone(),
        subject.group().to_owned(),
        subject.kind.clone(),
        subject.namespace.clone(),
        subject.name.clone(),
        nth.to_string(),
    ]
}
