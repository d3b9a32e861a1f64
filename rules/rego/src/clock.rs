//! When the input was taken, for rules that ask what time it is.
//!
//! The moment of a dump is an interval, and Rego knows numbers only. So a rule that asks is
//! evaluated at both ends: what it says at both holds, whatever the moment was, where the answer
//! changes at most once with time (`ages`). Else only an exact moment decides.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use jiff::{Span, Timestamp};
use rulebox_core::Moment;

/// No time is known.
const UNKNOWN: i64 = i64::MIN;

/// What `time.now_ns` answers, shared by the functions of all policies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(Arc<State>);

#[derive(Debug)]
struct State {
    /// Since 1970, in nanoseconds.
    now: AtomicI64,
    asked: AtomicBool,
}

impl Default for State {
    fn default() -> Self {
        Self { now: AtomicI64::new(UNKNOWN), asked: AtomicBool::new(false) }
    }
}

impl Clock {
    /// Sets it; nobody has asked it since.
    pub(crate) fn set(&self, now: Option<Timestamp>) {
        let now = now.and_then(|it| i64::try_from(it.as_nanosecond()).ok());
        self.0.now.store(now.unwrap_or(UNKNOWN), Ordering::Relaxed);
        self.0.asked.store(false, Ordering::Relaxed);
    }

    /// The time in nanoseconds since 1970; none where it is not known.
    pub(crate) fn ask(&self) -> Option<i64> {
        self.0.asked.store(true, Ordering::Relaxed);
        Some(self.0.now.load(Ordering::Relaxed)).filter(|it| *it != UNKNOWN)
    }

    /// Whether it was asked since it was set.
    pub(crate) fn was_asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }
}

/// The later end of a moment, where it differs from the earlier one. Where nothing bounds it, a
/// hundred years later stand for any time.
pub(crate) fn other_end(as_of: Moment) -> Option<Timestamp> {
    let earliest = as_of.earliest()?;
    match as_of.latest() {
        Some(latest) => (latest != earliest).then_some(latest),
        None => earliest.checked_add(Span::new().hours(100 * 365 * 24)).ok(),
    }
}
