//! What must stay while a dump is made smaller: that the rule says the same.

use rulebox_core::{Finding, ObjectRef};
use rulebox_fixture::Outcome;
use rulebox_report::Pseudonyms;

/// What is recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// A finding.
    Finding(Box<Finding>),
    /// That the rule could not judge, for this reason.
    NoData(String),
}

impl Wanted {
    /// Whether it names an object; a reason names none that anybody could look at.
    pub(super) fn names(&self, object: &ObjectRef) -> bool {
        let Self::Finding(finding) = self else { return false };
        let evidence = finding.evidence.iter().filter_map(|it| it.subject.as_ref());
        let mut all = evidence.chain(&finding.caused_by).chain([&finding.subject]);
        all.any(|it| is_same_object(it, object))
    }
}

/// What a rule said of all objects, against which less of them is held.
#[derive(Debug, Clone)]
pub(super) struct Baseline {
    /// What is recorded, as the rule said it of all objects.
    wanted: Wanted,
    /// Further findings and reasons may go, and none may come.
    findings: usize,
    undecided: usize,
}

impl Baseline {
    /// None where the rule does not say of all objects what is wanted.
    pub(super) fn of(wanted: &Wanted, outcome: &Outcome) -> Option<Self> {
        let wanted = match wanted {
            // What else it says may hang on what could not be read of the dump.
            Wanted::Finding(finding) => {
                let same = |it: &&Finding| is_about_the_same(it, finding);
                Wanted::Finding(Box::new(outcome.findings.iter().find(same)?.clone()))
            }
            Wanted::NoData(reason) => {
                let mut reasons = outcome.undecided.iter().map(|it| &it.reason);
                // Beside it a report may hold what it says of needs.
                Wanted::NoData(reasons.find(|it| *it == reason)?.clone())
            }
        };
        let (findings, undecided) = (outcome.findings.len(), outcome.undecided.len());
        Some(Self { wanted, findings, undecided })
    }

    /// Whether the rule says the same, and nothing more.
    pub(super) fn stays(&self, outcome: &Outcome) -> bool {
        let is_there = match &self.wanted {
            Wanted::Finding(finding) => outcome.findings.iter().any(|it| is_same(it, finding)),
            Wanted::NoData(reason) => outcome.undecided.iter().any(|it| it.reason == *reason),
        };
        is_there && self.says_no_more(outcome)
    }

    /// Whether it says the same of objects whose names are pseudonyms. Its sentences may differ:
    /// they may name objects in the order of their names.
    pub(super) fn stays_with(&self, names: &mut Pseudonyms, outcome: &Outcome) -> bool {
        let is_there = match &self.wanted {
            Wanted::Finding(finding) => {
                outcome.findings.iter().any(|it| is_same_with(names, it, finding))
            }
            Wanted::NoData(reason) => {
                let reason = names.line(reason);
                outcome.undecided.iter().any(|it| it.reason == reason)
                    || (outcome.undecided.len() == self.undecided && outcome.findings.is_empty())
            }
        };
        is_there && self.says_no_more(outcome)
    }

    /// What is recorded, where the rule says it: among the findings or the reasons of an outcome.
    pub(super) fn place(&self, names: Option<&mut Pseudonyms>, outcome: &Outcome) -> Option<usize> {
        match (&self.wanted, names) {
            (Wanted::Finding(finding), None) => {
                outcome.findings.iter().position(|it| is_same(it, finding))
            }
            (Wanted::Finding(finding), Some(names)) => {
                outcome.findings.iter().position(|it| is_same_with(names, it, finding))
            }
            (Wanted::NoData(reason), names) => {
                let reason = names.map_or_else(|| reason.clone(), |names| names.line(reason));
                let nth = outcome.undecided.iter().position(|it| it.reason == reason);
                nth.or(Some(0))
            }
        }
    }

    fn says_no_more(&self, outcome: &Outcome) -> bool {
        outcome.findings.len() <= self.findings && outcome.undecided.len() <= self.undecided
    }
}

fn is_same_object(one: &ObjectRef, other: &ObjectRef) -> bool {
    let parts = |it: &ObjectRef| {
        (it.group().to_owned(), it.kind.clone(), it.namespace.clone(), it.name.clone())
    };
    parts(one) == parts(other)
}

fn is_about_the_same(one: &Finding, other: &Finding) -> bool {
    is_same_object(&one.subject, &other.subject) && one.labels == other.labels
}

/// All but the evidence: a field that is shown, and decides nothing, is not needed.
fn is_same(one: &Finding, other: &Finding) -> bool {
    let causes = |it: &Finding| it.caused_by.iter().map(ToString::to_string).collect::<Vec<_>>();
    is_about_the_same(one, other)
        && one.severity == other.severity
        && one.summary == other.summary
        && one.cause == other.cause
        && one.remedy == other.remedy
        && causes(one) == causes(other)
}

fn is_same_with(names: &mut Pseudonyms, one: &Finding, other: &Finding) -> bool {
    let (subject, meant) = (&one.subject, &other.subject);
    one.severity == other.severity
        && (subject.group(), &subject.kind) == (meant.group(), &meant.kind)
        && subject.namespace == names.name_of(&meant.namespace)
        && subject.name == names.name_of(&meant.name)
        && one.labels.len() == other.labels.len()
        && one.labels.iter().zip(&other.labels).all(|((label, value), (meant, was))| {
            label == meant && (value == was || *value == names.name_of(was))
        })
}
