//! Times in a dump, all in September 2026.

use std::fmt;

/// Seconds since 2026-09-01T00:00:00Z.
///
/// In a prototype a moment may be relative to the creation of the object that is copied from it.
/// Such a moment is printed as a day that September does not have, by which [`relative`] recognises
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(u64);

const DAY: u64 = 86_400;

/// The first day that September does not have, counted from 0.
const RELATIVE: u64 = 30 * DAY;

impl Moment {
    /// The time at which the dump was taken: 2026-09-15T02:30:00Z, at night, when somebody is on
    /// call.
    pub(crate) const CAPTURE: Self = Self(14 * DAY + 2 * 3_600 + 30 * 60);

    /// The creation of the object that is copied from the prototype.
    pub(crate) const CREATION: Self = Self(RELATIVE);

    /// A moment at most 14 days before the capture, so that it is in the same month.
    pub(crate) fn before_capture(seconds: u64) -> Self {
        Self(Self::CAPTURE.0 - seconds)
    }

    pub(crate) fn later(self, seconds: u64) -> Self {
        Self(self.0 + seconds)
    }

    /// The moment, or the capture if that is earlier.
    pub(crate) fn captured(self) -> Self {
        Self(self.0.min(Self::CAPTURE.0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(it) = self;
        write!(
            f,
            "{PREFIX}{:02}T{:02}:{:02}:{:02}Z",
            1 + it / DAY,
            it / 3_600 % 24,
            it / 60 % 60,
            it % 60
        )
    }
}

/// The beginning of every moment.
pub(crate) const PREFIX: &str = "2026-09-";

/// The length of a moment.
pub(crate) const LENGTH: usize = "2026-09-15T02:30:00Z".len();

/// If the text begins with a relative moment: how many seconds after the object's creation it is.
pub(crate) fn relative(text: &str) -> Option<u64> {
    let text = text.get(..LENGTH)?.strip_prefix(PREFIX)?;
    let number = |at: usize| text.get(at..at + 2)?.parse::<u64>().ok();
    let days = number(0)?.checked_sub(1)?;
    let seconds = days * DAY + number(3)? * 3_600 + number(6)? * 60 + number(9)?;
    seconds.checked_sub(RELATIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(moment: Moment, text: &str, after: Option<u64>) {
        assert_eq!((moment.to_string().as_str(), relative(text)), (text, after));
    }

    #[test]
    fn only_days_that_september_lacks_are_relative() {
        check(Moment::CAPTURE, "2026-09-15T02:30:00Z", None);
        check(Moment::before_capture(60).later(120).captured(), "2026-09-15T02:30:00Z", None);
        check(Moment::CREATION, "2026-09-31T00:00:00Z", Some(0));
        check(Moment::CREATION.later(90_061), "2026-09-32T01:01:01Z", Some(90_061));
    }
}
