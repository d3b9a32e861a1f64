//! How long ago a moment was. When a dump was taken is known within bounds only, and so is every
//! age in it: it cannot be had as a number, and a comparison of it has three answers.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use rulebox_core::Moment;

use crate::durations::duration_words;

/// How long before the input was taken a moment was: between its least and its most.
///
/// It has no number, and no order: [`Age::exceeds`] is how a rule asks.
///
/// ```
/// # use rulebox_sdk::{Exceeds, ObjectRef, Run};
/// # use jiff::{SignedDuration, Timestamp};
/// # fn rule(run: &Run<'_>, about: &ObjectRef, began: Timestamp) {
/// let age = run.age(began);
/// match age.exceeds(SignedDuration::from_mins(60)) {
///     Exceeds::Yes => { /* run.report(…): "in progress for {age}" */ }
///     Exceeds::No => {}
///     Exceeds::Undecided => run.age_not_known(about, "how long it has been in progress"),
/// }
/// # }
/// ```
///
/// A rule about something that must not be *recent* (a restart, a failure) asks the same, and
/// mostly takes [`Undecided`](Exceeds::Undecided) for recent: that it happened is seen, and telling
/// it is better than hiding it. Its words then give the time of what happened, and no "now".
#[derive(Debug, Clone, Copy)]
pub struct Age {
    since: Timestamp,
    as_of: Moment,
}

/// Whether an age exceeds a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an age is known within bounds only: say what becomes of all three answers"]
pub enum Exceeds {
    /// At its least it does.
    Yes,
    /// At its most it does not.
    No,
    /// At its least it does not, and at its most it does, or nothing bounds it.
    Undecided,
}

impl Exceeds {
    /// Whether it does, whatever the exact moment is.
    pub fn certainly(self) -> bool {
        self == Self::Yes
    }

    /// Whether it may.
    pub fn possibly(self) -> bool {
        self != Self::No
    }
}

impl Age {
    pub(crate) const fn new(since: Timestamp, as_of: Moment) -> Self {
        Self { since, as_of }
    }

    /// Whether it exceeds a limit.
    pub fn exceeds(self, limit: SignedDuration) -> Exceeds {
        match (self.least(), self.most()) {
            (least, _) if least > limit => Exceeds::Yes,
            (_, Some(most)) if most <= limit => Exceeds::No,
            _ => Exceeds::Undecided,
        }
    }

    /// Never below zero: the clock that wrote the moment may be ahead, and what has not come yet
    /// has no age.
    fn at(self, end: Timestamp) -> SignedDuration {
        end.duration_since(self.since).max(SignedDuration::ZERO)
    }

    fn least(self) -> SignedDuration {
        self.as_of.earliest().map_or(SignedDuration::ZERO, |it| self.at(it))
    }

    /// None: nothing bounds it.
    fn most(self) -> Option<SignedDuration> {
        self.as_of.latest().map(|it| self.at(it))
    }
}

/// After `for`, or before `ago`: `2 h 59 min`, `at least 2 h 59 min`, `2 h 59 min to 5 h`; `an
/// unknown time` where even the least is nothing.
impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = duration_words(self.least());
        match self.most().map(duration_words) {
            None if self.least().as_mins() == 0 => f.write_str("an unknown time"),
            None => write!(f, "at least {least}"),
            Some(most) if most == least => f.write_str(&least),
            Some(most) => write!(f, "{least} to {most}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// The age of something that began at 1 o'clock.
    fn age(earliest: Option<&str>, latest: Option<&str>) -> Age {
        let as_of = Moment::bounded(earliest.map(time), latest.map(time));
        Age::new(time("2026-09-15T01:00:00Z"), as_of)
    }

    const SOON: Option<&str> = Some("2026-09-15T01:10:00Z");
    const LATE: Option<&str> = Some("2026-09-15T03:59:00Z");
    const BEFORE: Option<&str> = Some("2026-09-15T00:50:00Z");

    #[track_caller]
    fn check(earliest: Option<&str>, latest: Option<&str>, want: Exceeds) {
        assert_eq!(age(earliest, latest).exceeds(SignedDuration::from_mins(60)), want);
    }

    #[test]
    fn an_age_exceeds_a_limit_at_its_least() {
        check(LATE, LATE, Exceeds::Yes);
        check(LATE, None, Exceeds::Yes);
        check(Some("2026-09-15T02:00:01Z"), None, Exceeds::Yes);
        check(Some("2026-09-15T02:00:00Z"), None, Exceeds::Undecided);
    }

    #[test]
    fn an_age_stays_below_a_limit_at_its_most() {
        check(SOON, SOON, Exceeds::No);
        check(BEFORE, SOON, Exceeds::No);
        check(SOON, Some("2026-09-15T02:00:00Z"), Exceeds::No);
        check(SOON, Some("2026-09-15T02:00:01Z"), Exceeds::Undecided);
    }

    #[test]
    fn between_both_it_is_undecided() {
        check(SOON, LATE, Exceeds::Undecided);
        check(SOON, None, Exceeds::Undecided);
        check(BEFORE, None, Exceeds::Undecided);
        check(None, None, Exceeds::Undecided);
    }

    #[track_caller]
    fn check_words(earliest: Option<&str>, latest: Option<&str>, words: &str) {
        assert_eq!(age(earliest, latest).to_string(), words);
    }

    #[test]
    fn an_age_has_words() {
        check_words(LATE, LATE, "2 h 59 min");
        check_words(LATE, None, "at least 2 h 59 min");
        check_words(SOON, LATE, "10 minutes to 2 h 59 min");
        check_words(None, None, "an unknown time");
    }

    /// A moment ahead of the clocks of the input.
    #[test]
    fn an_age_is_never_below_zero() {
        assert_eq!(age(BEFORE, BEFORE).to_string(), "0 minutes");
        assert_eq!(age(BEFORE, None).to_string(), "an unknown time");
        assert_eq!(age(BEFORE, SOON).to_string(), "0 minutes to 10 minutes");
    }

    proptest! {
        /// What is decided within bounds holds for each moment within them.
        #[test]
        fn what_is_decided_holds_for_each_moment_within(
            since in 0_i64..10_000,
            earliest in 0_i64..10_000,
            within in 0_i64..10_000,
            rest in proptest::option::of(0_i64..10_000),
            limit in 0_i64..10_000,
        ) {
            let second = |it| Timestamp::from_second(it).expect("a time");
            let limit = SignedDuration::from_secs(limit);
            let latest = rest.map(|it| second(earliest + within + it));
            let known = Moment::bounded(Some(second(earliest)), latest);
            let exact = Age::new(second(since), Moment::at(second(earliest + within)));
            let exact = exact.exceeds(limit);
            prop_assert_ne!(exact, Exceeds::Undecided);
            let answer = Age::new(second(since), known).exceeds(limit);
            prop_assert!(answer == exact || answer == Exceeds::Undecided);
        }
    }
}
