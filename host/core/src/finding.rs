//! What rules say: findings, samples, what happened when, and that they could not judge.

use jiff::Timestamp;

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

/// Something that happened to an object, from one moment to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// When it began.
    pub start: Timestamp,
    /// When it ended, never before its start: the same for what took no time. None while it goes
    /// on.
    pub end: Option<Timestamp>,
    /// What it is drawn with in one row: the name of a component, of a vault.
    pub lane: String,
    /// What it is, a kebab-case word: `backup`, `outage`, `oom-kill`.
    pub kind: String,
    /// The object that it happened to.
    pub subject: ObjectRef,
    /// The rule that gives it, without its pack.
    pub rule: String,
    /// What happened: one sentence.
    pub summary: String,
    /// How it came out, a kebab-case word: `completed`, `failed`; empty where it has no outcome.
    pub outcome: String,
    /// The subjects of the spans that ended it before it was done, or made it fail.
    pub ended_by: Vec<ObjectRef>,
    /// Facts for programs: container, reason, schedule…
    pub labels: Vec<(String, String)>,
}

impl Span {
    /// The bytes that a lane may have: as many as the longest names have.
    pub const LANE_BYTES: usize = 256;
    /// The bytes that a summary may have: a sentence that is shown when one points at it.
    pub const SUMMARY_BYTES: usize = 4 << 10;
    /// How many objects may have ended it.
    pub const ENDED_BY: usize = 1000;

    /// Whether RFC 3339 can write its times: it knows no year before 0.
    pub fn has_rfc_3339_times(&self) -> bool {
        const YEAR_ZERO: i64 = -62_167_219_200;
        self.start.as_second() >= YEAR_ZERO
    }
}

/// A rule could not judge, and why: it shows as `no data`, never as a pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// The rule, without its pack.
    pub rule: String,
    /// What the rule lacked.
    pub reason: String,
}

/// The label that tells apart what a rule finds of one subject, where it may find several things:
/// which of them it is, and nothing that changes while the problem stays.
pub const PROBLEM: &str = "problem";

impl Finding {
    /// The value of the label [`PROBLEM`]; none where the rule finds one thing of a subject.
    pub fn problem(&self) -> Option<&str> {
        let label = self.labels.iter().find(|it| it.0 == PROBLEM);
        label.map(|it| it.1.as_str()).filter(|it| !it.is_empty())
    }
}

/// What makes a finding the same finding in the next run: rule, subject, and the label [`PROBLEM`]
/// where it has one. Words, uid, severity, other labels and evidence may change while the problem
/// stays. `nth` numbers the findings that agree in all parts.
pub fn fingerprint_parts(pack: &str, finding: &Finding, nth: usize) -> Vec<String> {
    let Finding { rule, subject, .. } = finding;
    let mut parts = vec![
        pack.to_owned(),
        rule.clone(),
        subject.group().to_owned(),
        subject.kind.clone(),
        subject.namespace.clone(),
        subject.name.clone(),
        nth.to_string(),
    ];
    parts.extend(finding.problem().map(str::to_owned));
    parts
}
