//! A span of the timeline while a rule writes it.

use jiff::Timestamp;
use rulebox_core::{ObjectRef, Span, text::escaped};

/// Something that happened to an object, which is being written: what, when, how it came out, and
/// what ended it. It goes on, until an end is given.
///
/// ```
/// # use jiff::Timestamp;
/// # use rulebox_sdk::{ObjectRef, Run, SpanDraft};
/// # fn rule(run: &Run<'_>, backup: ObjectRef, pod: &ObjectRef, [began, ended]: [Timestamp; 2]) {
/// let what = format!("backup {} failed when csdr-velero was killed", backup.name);
/// run.tell(
///     SpanDraft::new("backup", "vault-prod", backup, began, what)
///         .until(ended)
///         .outcome("failed")
///         .ended_by(pod),
/// );
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SpanDraft(Span);

impl SpanDraft {
    /// Something that began at a moment. `kind` is a kebab-case word that says what it is; what has
    /// the same `lane`, the name of a component or of a vault, is drawn in one row.
    pub fn new(
        kind: &str,
        lane: &str,
        subject: ObjectRef,
        start: Timestamp,
        summary: impl Into<String>,
    ) -> Self {
        Self(Span {
            start,
            end: None,
            lane: lane.to_owned(),
            kind: kind.to_owned(),
            subject,
            rule: String::new(),
            summary: summary.into(),
            outcome: String::new(),
            ended_by: Vec::new(),
            labels: Vec::new(),
        })
    }

    /// When it ended; its start for what took no time. An end before the start, which two clocks
    /// may write, is the start.
    #[must_use]
    pub fn until(mut self, end: Timestamp) -> Self {
        self.0.end = Some(end.max(self.0.start));
        self
    }

    /// How it came out, a kebab-case word: `completed`, `partially-failed`, `failed`,
    /// `in-progress`, `stuck`.
    #[must_use]
    pub fn outcome(mut self, outcome: &str) -> Self {
        outcome.clone_into(&mut self.0.outcome);
        self
    }

    /// The subject of a span that ended this one, or made it fail: named where evidence shows it.
    #[must_use]
    pub fn ended_by(mut self, object: impl AsRef<ObjectRef>) -> Self {
        let object = object.as_ref();
        let known = &mut self.0.ended_by;
        if !object.name.is_empty() && !known.contains(object) {
            known.push(object.clone());
        }
        self
    }

    /// A fact for machines. An empty value adds nothing.
    #[must_use]
    pub fn label(mut self, name: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.0.labels.push((name.to_owned(), value));
        }
        self
    }

    /// The span of this rule, as the contract takes it, whatever a dump holds: names that are too
    /// long are cut. None where a time is before the year 0. Its sentence is escaped as the host
    /// escapes it, so that a rule that runs natively says the same.
    pub(crate) fn of(self, rule: &str) -> Option<Span> {
        let mut span = Span {
            rule: rule.to_owned(),
            summary: cut(escaped(self.0.summary), Span::SUMMARY_BYTES),
            lane: cut(self.0.lane, Span::LANE_BYTES),
            ..self.0
        };
        span.ended_by.truncate(Span::ENDED_BY);
        span.has_rfc_3339_times().then_some(span)
    }
}

/// The beginning of a text.
fn cut(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(start: &str) -> SpanDraft {
        let start = start.parse().expect("a time");
        SpanDraft::new("outage", &"é".repeat(200), ObjectRef::default(), start, "x".repeat(5000))
    }

    #[test]
    fn what_is_too_long_for_the_contract_is_cut() {
        let span = draft("2026-09-15T02:30:00Z").of("r").expect("a span");
        assert_eq!((span.lane.len(), span.summary.len()), (256, 4096));
    }

    #[test]
    fn a_time_before_the_year_0_is_not_told() {
        assert_eq!(draft("-000001-12-31T23:59:59Z").of("r"), None);
        assert!(draft("0000-01-01T00:00:00Z").of("r").is_some());
    }

    #[test]
    fn an_end_before_the_start_is_the_start() {
        let (start, before) = ("2026-09-15T02:30:00Z", "2026-09-15T02:29:00Z");
        let span = draft(start).until(before.parse().expect("a time")).of("r").expect("a span");
        assert_eq!(span.end, Some(span.start));
    }
}
