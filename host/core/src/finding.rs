use crate::{ObjectRef, Severity};

/// What was seen, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The object; none for a line of text.
    pub subject: Option<ObjectRef>,
    /// The path in the subject, or the file and line of a text.
    pub path: String,
    /// What stood there.
    pub value: String,
}

/// One problem, of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it, without its pack.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// The object that a person would describe.
    pub subject: ObjectRef,
    /// What is wrong: one sentence.
    pub summary: String,
    /// Why, as far as the evidence tells.
    pub cause: String,
    /// What to do, concrete enough to type.
    pub remedy: String,
    /// What it stands on, and the other objects that it touches.
    pub evidence: Vec<Evidence>,
    /// Facts for machines: vault, bucket, reason… They become metric labels.
    pub labels: Vec<(String, String)>,
}

/// One value of a metric that a rule gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name of a metric that the pack has declared.
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
    /// What it lacked.
    pub reason: String,
}

/// What makes a finding the same finding in the next run: rule and subject, not the words, the uid, the
/// severity or the evidence, which change while the problem stays. `nth` counts findings that agree in all this.
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
