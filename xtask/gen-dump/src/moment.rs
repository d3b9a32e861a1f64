use std::fmt;

/// Seconds since 2026-09-01T00:00:00Z.
///
/// In a prototype a moment may be relative to the creation of the object that is stamped from it. Then it is printed as a
/// day that September does not have, which [`relative`] recognises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(u64);

const DAY: u64 = 86_400;

/// The first day that September does not have, from 0.
const RELATIVE: u64 = 30 * DAY;

impl Moment {
    /// The moment that the dump shows: 2026-09-15T02:30:00Z, a night on which somebody is on call.
    pub(super) const CAPTURE: Self = Self(14 * DAY + 2 * 3_600 + 30 * 60);

    /// When the object is made that is stamped from the prototype.
    pub(super) const CREATION: Self = Self(RELATIVE);

    /// At most 14 days before the capture, so that it stays in the month.
    pub(super) fn before_capture(seconds: u64) -> Self {
        Self(Self::CAPTURE.0 - seconds)
    }

    pub(super) fn later(self, seconds: u64) -> Self {
        Self(self.0 + seconds)
    }

    /// No later than the capture.
    pub(super) fn captured(self) -> Self {
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

/// How every moment begins.
pub(super) const PREFIX: &str = "2026-09-";

/// The length of a moment.
pub(super) const LENGTH: usize = "2026-09-15T02:30:00Z".len();

/// How many seconds after its object's creation the moment is that the text begins with, where it is relative.
pub(super) fn relative(text: &str) -> Option<u64> {
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
