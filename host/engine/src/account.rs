//! What the host keeps of a pack's reports: how much of it a pack may still give, and what each
//! record costs. Whatever is kept is counted, also what is refused.

use rulebox_core::{Evidence, Finding, ObjectRef, Sample, Span, Undecided};

use crate::{GuestError, Limits, bindings::timeline, error::cut_name, limits::report};

/// How much a pack may still report, in all its guests together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    pub(crate) findings: usize,
    pub(crate) samples: usize,
    pub(crate) spans: usize,
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
            spans: limits.spans,
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
        + pairs(labels)
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

/// The bytes that a span occupies.
pub(crate) fn span(span: &Span) -> usize {
    let Span {
        start: _, // in the record itself
        end: _,   // likewise
        lane,
        kind,
        subject,
        rule,
        summary,
        outcome,
        ended_by,
        labels,
    } = span;
    let enders = ended_by.iter().map(|it| size_of::<ObjectRef>() + text_of(it));
    let words = [lane, kind, rule, summary, outcome].map(String::len);
    size_of::<Span>()
        + text_of(subject)
        + words.iter().sum::<usize>()
        + enders.sum::<usize>()
        + pairs(labels)
}

/// The bytes that these pairs occupy.
fn pairs(labels: &[(String, String)]) -> usize {
    labels.iter().map(|it| size_of::<(String, String)>() + it.0.len() + it.1.len()).sum()
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

/// What is wrong with the lists and the words of a span, if anything is.
pub(crate) fn check_span(span: &timeline::Span) -> Result<(), String> {
    let sizes = [
        ("bytes of its lane", span.lane.len(), Span::LANE_BYTES),
        ("bytes of its summary", span.summary.len(), Span::SUMMARY_BYTES),
        ("labels", span.labels.len(), report::LABELS),
        ("objects that ended it", span.ended_by.len(), Span::ENDED_BY),
    ];
    if let Some((what, found, limit)) = sizes.into_iter().find(|it| it.1 > it.2) {
        return Err(format!("it has {found} {what}; the limit is {limit}"));
    }
    let is_word = |it: &str| {
        it.len() <= report::WORD_BYTES
            && it.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let (kind, outcome) = (&span.kind, &span.outcome);
    match [("kind", kind, kind.is_empty()), ("outcome", outcome, false)]
        .into_iter()
        .find(|(_, word, is_missing)| *is_missing || !is_word(word))
    {
        Some((what, word, _)) => {
            Err(format!("its {what} is no kebab-case word: `{}`", cut_name(word)))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rulebox_core::Severity;

    use super::*;

    fn a_span() -> timeline::Span {
        timeline::Span {
            rule: "r".to_owned(),
            subject: crate::bindings::types::ObjectRef {
                api_version: String::new(),
                kind: String::new(),
                namespace: String::new(),
                name: String::new(),
                uid: String::new(),
            },
            kind: "oom-kill".to_owned(),
            lane: "csdr-velero".to_owned(),
            summary: String::new(),
            start: "2026-09-15T02:30:00Z".to_owned(),
            end: None,
            outcome: String::new(),
            ended_by: Vec::new(),
            labels: Vec::new(),
        }
    }

    #[track_caller]
    fn check_span(change: fn(&mut timeline::Span), want: &str) {
        let mut span = a_span();
        change(&mut span);
        let got = super::check_span(&span).and_then(|()| Span::try_from(span).map(|_| ()));
        assert_eq!(got.err().unwrap_or_default(), want);
    }

    #[test]
    fn a_span_has_limits() {
        check_span(|_| {}, "");
        check_span(|it| it.end = Some(it.start.clone()), "");
        check_span(
            |it| it.end = Some("2026-09-15T02:29:59Z".to_owned()),
            "it ends at 2026-09-15T02:29:59Z, before its start at 2026-09-15T02:30:00Z",
        );
        check_span(|it| it.start = "yesterday".to_owned(), "its start is no time: `yesterday`");
        check_span(
            |it| it.start = "-000001-12-31T23:59:59Z".to_owned(),
            "its start is before the year 0",
        );
        check_span(|it| it.end = Some(String::new()), "its end is no time: ``");
        check_span(|it| it.kind = String::new(), "its kind is no kebab-case word: ``");
        check_span(|it| it.kind = "OOM".to_owned(), "its kind is no kebab-case word: `OOM`");
        check_span(|it| it.outcome = "a b".to_owned(), "its outcome is no kebab-case word: `a b`");
        check_span(
            |it| it.lane = "x".repeat(257),
            "it has 257 bytes of its lane; the limit is 256",
        );
        check_span(
            |it| it.summary = "x".repeat(4097),
            "it has 4097 bytes of its summary; the limit is 4096",
        );
        check_span(
            |it| it.labels = vec![(String::new(), String::new()); 101],
            "it has 101 labels; the limit is 100",
        );
    }

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
