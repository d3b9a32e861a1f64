//! When a source was captured, as far as that is known: an interval. The newest timestamp of a dump
//! proves that it was not captured before, and not that it was not captured much later.

use std::fmt;

use jiff::Timestamp;

/// When a source was captured: not before the one end, and not after the other. The default is that
/// nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
}

impl Moment {
    /// Exactly then.
    pub const fn at(time: Timestamp) -> Self {
        Self { earliest: Some(time), latest: Some(time) }
    }

    /// From what bounds it, each where there is such a bound. Where they contradict each other, the
    /// earliest counts, which has a proof; without it nothing is known.
    pub fn bounded(earliest: Option<Timestamp>, latest: Option<Timestamp>) -> Self {
        let latest = earliest.zip(latest).map(|(earliest, latest)| latest.max(earliest));
        Self { earliest, latest }
    }

    /// It was not captured before. None: nothing is known of it.
    pub const fn earliest(&self) -> Option<Timestamp> {
        self.earliest
    }

    /// It was not captured after. None: nothing says how much later it may have been.
    pub const fn latest(&self) -> Option<Timestamp> {
        self.latest
    }
}

/// `T`, `T or later`, `between T and T`, `unknown`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.earliest, self.latest) {
            (None, _) => f.write_str("unknown"),
            (Some(earliest), None) => write!(f, "{earliest} or later"),
            (Some(earliest), Some(latest)) if earliest == latest => write!(f, "{earliest}"),
            (Some(earliest), Some(latest)) => write!(f, "between {earliest} and {latest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(earliest: Option<&str>, latest: Option<&str>, want: &str) {
        let time = |it: Option<&str>| it.map(|it| it.parse::<Timestamp>().expect("a time"));
        assert_eq!(Moment::bounded(time(earliest), time(latest)).to_string(), want);
    }

    const ONE: Option<&str> = Some("2026-09-15T01:00:00Z");
    const TWO: Option<&str> = Some("2026-09-15T02:00:00Z");

    #[test]
    fn a_moment_says_how_much_is_known_of_it() {
        check(ONE, ONE, "2026-09-15T01:00:00Z");
        check(ONE, None, "2026-09-15T01:00:00Z or later");
        check(ONE, TWO, "between 2026-09-15T01:00:00Z and 2026-09-15T02:00:00Z");
        check(None, None, "unknown");
    }

    #[test]
    fn the_earliest_end_counts_where_both_contradict_each_other() {
        check(TWO, ONE, "2026-09-15T02:00:00Z");
        check(None, TWO, "unknown");
    }
}
