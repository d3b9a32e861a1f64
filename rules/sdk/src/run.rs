//! One evaluation of one rule: its time and settings, and what it reports.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;
use rulebox_core::{Moment, ObjectRef, Sample, Severity, text::escape};

use crate::{Age, Draft, Host, Metric, SpanDraft, kept::Kept};

/// How many objects of which the same is not known a reason names; it counts all.
const OBJECTS_NAMED: usize = 3;

/// One evaluation of one rule: what it may ask, and where it says what it found.
pub struct Run<'h> {
    host: &'h dyn Host,
    /// The rule's id.
    rule: &'h str,
    /// Of a finding that names none.
    severity: Severity,
    as_of: Moment,
    settings: &'h str,
    /// What rules before this one have read.
    kept: &'h Kept,
    /// What was said already: iterating twice over a broken object must not say it twice.
    undecided: RefCell<BTreeSet<String>>,
    /// What is not known of the age of which objects.
    ages: RefCell<BTreeMap<String, Vec<ObjectRef>>>,
    /// Why which objects could not be judged.
    untold: RefCell<BTreeMap<String, Vec<ObjectRef>>>,
}

impl<'h> Run<'h> {
    /// An evaluation whose rule is no function of this crate. At its end [`Run::finish`] must be
    /// called.
    #[doc(hidden)]
    pub fn new(
        host: &'h dyn Host,
        (rule, severity): (&'h str, Severity),
        as_of: Moment,
        settings: &'h str,
        kept: &'h Kept,
    ) -> Self {
        let (undecided, ages) = (RefCell::default(), RefCell::default());
        let untold = RefCell::default();
        Self { host, rule, severity, as_of, settings, kept, undecided, ages, untold }
    }

    pub(crate) fn host(&self) -> &'h dyn Host {
        self.host
    }

    pub(crate) fn kept(&self) -> &'h Kept {
        self.kept
    }

    pub(crate) fn settings(&self) -> &'h str {
        self.settings
    }

    /// How long before now a moment lies, of a dump how long before it was taken, as far as that is
    /// known.
    pub fn age(&self, moment: Timestamp) -> Age {
        Age::new(moment, self.as_of)
    }

    /// A problem. Of an object whose name cannot be read it would be no use, and a command about it
    /// harm: the rule is undecided about that.
    pub fn report(&self, draft: Draft) {
        let finding = draft.of(self.rule, self.severity);
        if finding.subject.name.is_empty() {
            let kind = &finding.subject.kind;
            return self
                .undecided(&format!("{kind}: `metadata.name` cannot be read: it is no text"));
        }
        self.host.add_finding(finding);
    }

    /// A value of a metric that the rule has declared.
    pub fn sample<const N: usize>(&self, metric: &Metric<N>, labels: [&str; N], value: f64) {
        let label_values = labels.map(str::to_owned).into();
        self.host.add_sample(Sample { metric: metric.name().to_owned(), label_values, value });
    }

    /// Something that happened, for the timeline. Of an object whose name cannot be read nothing is
    /// told.
    pub fn tell(&self, draft: SpanDraft) {
        let span = draft.of(self.rule).filter(|it| !it.subject.name.is_empty());
        if let Some(span) = span {
            self.host.add_span(span);
        }
    }

    /// The rule could not judge, and why: unless it finds something, it shows as `no data`. The
    /// report says why in any case.
    pub fn undecided(&self, reason: &str) {
        let reason = escape(reason);
        if self.undecided.borrow_mut().insert(reason.clone().into_owned()) {
            self.host.undecided(self.rule, &reason);
        }
    }

    /// The rule could not judge an object, because of what it does not tell: `status.phase is
    /// missing`. Objects of which the same is untold become one reason.
    pub fn untold(&self, about: &ObjectRef, what: &str) {
        self.untold.borrow_mut().entry(what.to_owned()).or_default().push(about.clone());
    }

    /// The rule could not judge an object, because its [`Age`] does not decide: `how long it has
    /// been in progress`. Objects of which the same is not known become one reason, which says what
    /// would decide.
    pub fn age_not_known(&self, about: &ObjectRef, what: &str) {
        self.ages.borrow_mut().entry(what.to_owned()).or_default().push(about.clone());
    }

    /// Says what was gathered.
    #[doc(hidden)]
    pub fn finish(self) {
        let as_of = self.as_of;
        let taken = match (as_of.earliest(), as_of.latest()) {
            (None, _) => "the input does not tell when it was taken".to_owned(),
            (earliest, Some(_)) if earliest != as_of.latest() => {
                format!("the input was taken {as_of}")
            }
            _ => format!("the input was taken at {as_of}"),
        };
        for (what, objects) in self.ages.take() {
            let who = named(&objects);
            self.undecided(&format!(
                "{who}: {what} is not known: {taken} (if you know when, type --as-of TIME)"
            ));
        }
        for (what, objects) in self.untold.take() {
            self.undecided(&format!("{}: {what}", named(&objects)));
        }
    }

    /// A note for debugging the rule, in the host's log.
    pub fn debug(&self, message: &str) {
        self.host.debug(message);
    }
}

/// The first of some objects by name, and how many there are.
fn named(objects: &[ObjectRef]) -> String {
    let named: Vec<_> = objects.iter().take(OBJECTS_NAMED).map(ToString::to_string).collect();
    let (all, named) = (objects.len(), named.join(", "));
    match all.saturating_sub(OBJECTS_NAMED) {
        _ if all == 1 => named,
        0 => format!("{all} objects ({named})"),
        more => format!("{all} objects ({named} and {more} more)"),
    }
}
