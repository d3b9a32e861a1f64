//! What the rules of a policy say about an object, as findings.

use std::collections::BTreeMap;

use regorus::Value;
use rulebox_core::{ObjectRef, PROBLEM, Severity};
use rulebox_sdk::Draft;

use crate::{
    evidence,
    pack::Rule,
    template::{Template, Values, shown},
};

/// Characters of one label: it may become one of a metric.
const LABEL: usize = 200;
/// Characters of the label that tells findings apart.
const PROBLEM_LENGTH: usize = 1000;

/// What one member of `deny`, `violation` or `warn` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Empty where it is only true.
    pub(crate) message: String,
    /// Those that may be labels.
    details: BTreeMap<String, String>,
    /// All of them.
    given: Value,
}

impl Said {
    /// What it is known by in the next run: the message, in which numbers do not count where they
    /// may be ages, since the policy has asked what time it is.
    fn problem(&self, asked_time: bool) -> String {
        let message = self.message.chars();
        if !asked_time {
            return message.take(PROBLEM_LENGTH).collect();
        }
        let mut problem = String::new();
        for c in message.take(PROBLEM_LENGTH) {
            match c {
                '0'..='9' if problem.ends_with('#') => {}
                '0'..='9' => problem.push('#'),
                c => problem.push(c),
            }
        }
        problem
    }
}

/// What a rule of a policy says: a set or a list of messages, one message, or true. An error is
/// what is wrong with one of them.
pub(crate) fn said(value: &Value) -> Vec<Result<Said, &'static str>> {
    match value {
        Value::Undefined | Value::Null | Value::Bool(false) => Vec::new(),
        Value::Set(it) => it.iter().map(one).collect(),
        Value::Array(it) => it.iter().map(one).collect(),
        // A rule without a message, and `deny = {"msg": …}`.
        Value::Bool(true) => vec![Ok(Said {
            message: String::new(),
            details: BTreeMap::new(),
            given: Value::Undefined,
        })],
        value => vec![one(value)],
    }
}

fn one(value: &Value) -> Result<Said, &'static str> {
    let mut details = BTreeMap::new();
    let mut given = Value::Undefined;
    let message = match value {
        Value::String(it) => it.to_string(),
        Value::Object(_) => {
            let Value::String(message) = &value["msg"] else {
                return Err("is an object without `msg`");
            };
            given = value["details"].clone();
            if let Value::Object(it) = &given {
                let texts = it.iter().filter_map(|(key, it)| Some((shown(key)?, words(it)?)));
                details.extend(texts.filter(|it| is_label(&it.0)));
            }
            message.to_string()
        }
        _ => return Err("is neither a text nor an object"),
    };
    Ok(Said { message: message.trim().to_owned(), details, given })
}

/// Several words are parted by commas.
fn words(value: &Value) -> Option<String> {
    let text = match value {
        Value::Array(it) => it.iter().filter_map(shown).collect::<Vec<_>>().join(", "),
        Value::Set(it) => it.iter().filter_map(shown).collect::<Vec<_>>().join(", "),
        value => shown(value)?,
    };
    Some(text.chars().take(LABEL).collect())
}

fn is_label(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    begins && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The finding of a rule about an object. `asked_time`: its policy has asked what time it is.
pub(crate) fn finding(
    rule: &Rule,
    about: ObjectRef,
    said: &Said,
    (warns, asked_time): (bool, bool),
    (object, settings): (&Value, &Value),
) -> Draft {
    let summary = if said.message.is_empty() { &rule.summary } else { &said.message };
    let mut draft = Draft::new(about, summary);
    if warns {
        draft = draft.severity(rule.severity.min(Severity::Low));
    }
    let values = Values { object, settings, details: &said.given };
    let sentence = |it: &Template| it.sentence(&values);
    if let Some(cause) = &rule.cause {
        draft = draft.cause(sentence(cause));
    }
    for (command, step) in &rule.remedy {
        draft = match (command, step.command(&values)) {
            (false, _) => draft.remedy(sentence(step)),
            (true, Some(line)) => draft.command(line),
            (true, None) => draft.remedy("A command is missing here: a part of it is not set"),
        };
    }
    for path in &rule.evidence {
        let values = evidence::values(object, path).into_iter();
        draft = values.fold(draft, |draft, (path, it)| draft.evidence(&path, it));
    }
    for (name, value) in &rule.labels {
        draft = draft.label(name, sentence(value));
    }
    let own = |name: &str| rule.labels.iter().any(|it| it.0 == name);
    if !own(PROBLEM) && !said.details.contains_key(PROBLEM) {
        draft = draft.label(PROBLEM, said.problem(asked_time));
    }
    let details = said.details.iter().filter(|it| !own(it.0));
    details.fold(draft, |draft, (name, value)| draft.label(name, value))
}
