//! What the host keeps of a pack's reports: how much of it a pack may still give, and what each
//! record costs. Whatever is kept is counted, also what is refused.

use rulebox_core::{Evidence, Finding, ObjectRef, Sample, Undecided};

use crate::{GuestError, Limits, limits::report};

/// How much a pack may still report, in all its guests together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    pub(crate) findings: usize,
    pub(crate) samples: usize,
    pub(crate) undecided: usize,
    pub(crate) rejections: usize,
    pub(crate) output_bytes: usize,
    pub(crate) log_bytes: usize,
}

impl Left {
    /// All that the limits allow.
    pub(crate) fn all(limits: &Limits) -> Self {
        Self {
            findings: limits.findings,
            samples: limits.samples,
            undecided: limits.undecided,
            rejections: limits.findings,
            output_bytes: limits.output_bytes,
            log_bytes: limits.log_bytes,
        }
    }
}

/// What a step of a remedy costs beside its text.
const STEP: usize = 64;

/// The bytes that a finding occupies. Texts are counted as they are kept: with their hidden
/// characters escaped.
pub(crate) fn finding(finding: &Finding) -> usize {
    let Finding {
        rule,
        severity: _, // in the record itself
        subject,
        summary,
        cause,
        remedy,
        evidence,
        labels,
        caused_by,
    } = finding;
    let evidence = evidence.iter().map(|it| {
        let Evidence { subject, path, value } = it;
        size_of::<Evidence>() + subject.as_ref().map_or(0, text_of) + path.len() + value.len()
    });
    let labels = labels.iter().map(|it| size_of::<(String, String)>() + it.0.len() + it.1.len());
    let causes = caused_by.iter().map(|it| size_of::<ObjectRef>() + text_of(it));
    // Reports hold each line of a remedy as a step.
    let steps = remedy.lines().count() * STEP;
    size_of::<Finding>()
        + steps
        + rule.len()
        + text_of(subject)
        + summary.len()
        + cause.len()
        + remedy.len()
        + evidence.sum::<usize>()
        + labels.sum::<usize>()
        + causes.sum::<usize>()
}

fn text_of(object: &ObjectRef) -> usize {
    let ObjectRef { api_version, kind, namespace, name, uid } = object;
    api_version.len() + kind.len() + namespace.len() + name.len() + uid.len()
}

/// The bytes that a sample occupies.
pub(crate) fn sample(sample: &Sample) -> usize {
    let Sample { metric, label_values, value: _ } = sample;
    size_of::<Sample>() + metric.len() + texts(label_values)
}

/// The bytes that a reason occupies.
pub(crate) fn undecided(undecided: &Undecided) -> usize {
    let Undecided { rule, reason } = undecided;
    size_of::<Undecided>() + rule.len() + reason.len()
}

/// The bytes that these texts occupy.
pub(crate) fn texts(texts: &[String]) -> usize {
    texts.iter().map(|it| size_of::<String>() + it.len()).sum()
}

/// Refuses a finding whose lists are longer than anybody reads.
pub(crate) fn check_lists(finding: &crate::bindings::types::Finding) -> Result<(), GuestError> {
    let lists = [
        ("pieces of evidence", finding.evidence.len(), report::EVIDENCE),
        ("labels", finding.labels.len(), report::LABELS),
        ("causes", finding.caused_by.len(), report::CAUSES),
        ("lines of the remedy", finding.remedy.lines().count(), report::LINES),
    ];
    match lists.into_iter().find(|it| it.1 > it.2) {
        Some((what, found, limit)) => Err(GuestError::FindingTooLong { what, found, limit }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rulebox_core::Severity;

    use super::*;

    #[test]
    fn each_line_of_a_remedy_costs_a_step() {
        let of = |remedy: String| {
            finding(&Finding {
                rule: String::new(),
                severity: Severity::Low,
                subject: ObjectRef::default(),
                summary: String::new(),
                cause: String::new(),
                remedy,
                evidence: Vec::new(),
                labels: Vec::new(),
                caused_by: Vec::new(),
            })
        };
        let empty = of(String::new());
        assert_eq!(of("\na".repeat(100)) - empty, 200 + 101 * STEP);
        assert_eq!(of("a".repeat(200)) - empty, 200 + STEP);
    }
}
