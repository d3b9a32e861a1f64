//! Parses timestamps, and finds bytes that may be one.
//!
//! Objects are full of timestamps. For nearly all of them it is enough to know that they are older
//! than those that have been found, and their bytes show this in YAML and JSON alike.

use std::ops::Range;

use jiff::Timestamp;

use crate::text::survey::Surveyed;

/// Length of the shortest valid timestamp: `2024-05-01T08:00:00Z`.
const SHORTEST: usize = 20;

/// Length of the date before the `T`.
const DATE: usize = 10;

/// Distance from the marked `-` to the `T`.
const MARK: usize = 3;

/// Parses an RFC 3339 timestamp after the Unix epoch. The epoch itself often means "never".
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() >= SHORTEST
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[DATE] == b'T'
        && bytes[13] == b':';
    if !shaped {
        return None;
    }
    text.parse().ok().filter(|it| *it > Timestamp::UNIX_EPOCH)
}

/// The first bytes of all UTC timestamps in the same second: `2024-05-01T08:00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Second([u8; SHORTEST - 1]);

impl From<Timestamp> for Second {
    fn from(time: Timestamp) -> Self {
        let text = time.to_string();
        let first = text.as_bytes().first_chunk();
        Self(*first.expect("a timestamp after the epoch has four digits for the year"))
    }
}

/// Where an object may have timestamps that are not older than some time.
#[derive(Debug)]
pub(crate) enum Recent {
    /// Where they start, in order.
    At(Vec<usize>),
    /// Unknown; escapes may hide some.
    Anywhere,
}

impl Recent {
    /// None if there are none.
    pub(crate) fn since(
        since: Option<&Second>,
        text: Surveyed<'_>,
        object: Range<usize>,
    ) -> Option<Self> {
        let bytes = &text.text().as_bytes()[..object.end];
        let mut at = Vec::new();
        let Some(marks) = text.marks(object.clone()) else { return Some(Self::Anywhere) };
        for &mark in marks {
            match bytes[mark] {
                b'\\' if hides_part(&bytes[object.start..], mark - object.start) => {
                    return Some(Self::Anywhere);
                }
                b'-' => {
                    let start = (mark + MARK).checked_sub(DATE).filter(|it| *it >= object.start);
                    at.extend(start.filter(|it| looks_recent(&bytes[*it..], since)));
                }
                _ => {}
            }
        }
        if at.is_empty() { None } else { Some(Self::At(at)) }
    }

    /// Whether there may be one in this range.
    pub(crate) fn may_be_in(&self, range: Range<usize>) -> bool {
        match self {
            Self::Anywhere => true,
            Self::At(places) => {
                let next = places.partition_point(|it| *it < range.start);
                places.get(next).is_some_and(|it| *it < range.end)
            }
        }
    }
}

/// Whether bytes that start with a year may be a timestamp that is not older than this.
fn looks_recent(bytes: &[u8], since: Option<&Second>) -> bool {
    let Some((second, [next, ..])) = bytes.split_first_chunk() else { return false };
    let (date, time) =
        (digits(second, *b"0000 00 00         "), digits(second, *b"           00 00 00"));
    if second[4] != b'-' || !date {
        return false;
    }
    let Some(Second(since)) = since else { return true };
    if second[16] != b':' || !time {
        return true;
    }
    match next {
        b'Z' => second >= since,
        b'.' => {
            let zone = bytes[SHORTEST..].iter().find(|it| !it.is_ascii_digit());
            zone != Some(&b'Z') || second >= since
        }
        _ => true,
    }
}

/// Whether there are digits wherever the shape has a `0`.
fn digits<const LEN: usize>(bytes: &[u8; LEN], shape: [u8; LEN]) -> bool {
    // No early exit, so that all bytes are compared at once.
    let digits = bytes.iter().zip(shape).map(|(byte, it)| it != b'0' || byte.is_ascii_digit());
    digits.fold(true, |all, it| all & it)
}

/// Whether the escape at `at` encodes a byte of a timestamp (`2024-05-01\u005408:00:00Z`), or ends
/// a line between two.
fn hides_part(bytes: &[u8], at: usize) -> bool {
    let part = |it: &u8| it.is_ascii_digit() || b"-:TZtz.,+".contains(it);
    let digits = match bytes.get(at + 1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        _ => {
            let before = at.checked_sub(1).map(|it| &bytes[it]);
            let after = bytes[at..].iter().skip(1).find(|it| !b" \t\r\n".contains(it));
            return before.is_some_and(part) && after.is_some_and(|it| part(it) || *it == b'\\');
        }
    };
    let digits = bytes.get(at + 2..at + 2 + digits).and_then(|it| std::str::from_utf8(it).ok());
    let number = digits.and_then(|it| u32::from_str_radix(it, 16).ok());
    number.and_then(|it| u8::try_from(it).ok()).is_some_and(|it| part(&it))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::survey::{Style, Survey};

    const SINCE: &str = "2024-05-01T08:00:00.5Z";

    fn may_hold_recent(text: &str, since: Option<&Second>, style: Style) -> bool {
        let mut survey = Survey::default();
        Recent::since(since, survey.look(text, style), 0..text.len()).is_some()
    }

    #[track_caller]
    fn check(text: &str, want: bool) {
        check_of(text, want, Style::Yaml);
        check_of(text, want, Style::Json);
    }

    #[track_caller]
    fn check_of(text: &str, want: bool, style: Style) {
        let second = Second::from(SINCE.parse::<Timestamp>().expect("a timestamp"));
        for before in [0, 1, 50, 53, 54, 60, 63, 64, 65, 200] {
            for after in [0, 1, 70] {
                let text = format!("{}{text}{}", " ".repeat(before), " ".repeat(after));
                let got = may_hold_recent(&text, Some(&second), style);
                assert_eq!(got, want, "{style:?}: {before} before, {after} behind");
            }
        }
    }

    #[test]
    fn newer_ones_and_those_of_the_same_second_are_found() {
        check("2024-05-01T08:00:00Z", true);
        check("2024-05-01T08:00:01Z", true);
        check("\"2024-05-01T08:00:00.6Z\"", true);
        check("2030-01-01T00:00:00.123456Z", true);
        check("time:2024-05-01T08:00:00+02:00", true);
        check("2024-05-01T08:00Z[UTC]", true);
    }

    #[test]
    fn older_ones_and_others_are_not() {
        check("2024-05-01T07:59:59Z", false);
        check("2023-12-31T23:59:59.999Z", false);
        check("x-ray-01T08:00:00Z.......", false);
        check("", false);
        check("T-T:T-08T08:00:00T", false);
    }

    #[test]
    fn what_escapes_may_hide_is_found() {
        check(r"2024-05-01\u005408:00:00Z", true);
        for only_yaml in [
            r"2024\x2d05-01T08:00:00Z",
            r"\U00000032024-05-01T08:00:00Z",
            "2024-05-\\\n  01T08:00:00Z",
            "2024-05-\\\r\n  \\x301T08:00:00Z",
        ] {
            check_of(only_yaml, true, Style::Yaml);
        }
        check(r"\u003c\n\t\x1b\U0001F980\\u", false);
        check("some text \\\n  \\ goes on", false);
        check(r"\", false);
        check(r"\u00", false);
    }

    #[test]
    fn the_first_timestamp_of_all_is_recent() {
        for style in [Style::Yaml, Style::Json] {
            assert!(may_hold_recent("2024-05-01T08:00:00Z", None, style));
            assert!(!may_hold_recent("2024-05-01T08:00:00", None, style));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn none_is_missed(
            before in "[ -~]{0,70}",
            text in "20(24|25)-0[1-9]-[0-3][0-9]T(08|[0-2][0-9]):[0-6][0-9](:[0-6][0-9])?\
                ([.,][0-9]{1,9})?(Z|z|[+-][0-2][0-9]:?[0-9]{2})(\\[UTC\\])?",
            after in "[ -~]{0,70}",
        ) {
            let since = SINCE.parse::<Timestamp>().expect("a timestamp");
            if timestamp(&text).is_some_and(|it| it >= since) {
                let text = format!("{before}{text}{after}");
                for style in [Style::Yaml, Style::Json] {
                    prop_assert!(may_hold_recent(&text, Some(&since.into()), style));
                }
            }
        }
    }
}
