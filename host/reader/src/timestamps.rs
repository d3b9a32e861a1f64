//! Timestamps, and where bytes look like one.
//!
//! Every object is full of timestamps, and of nearly all it is enough to know that none is newer than the newest
//! so far. That shows in the bytes, without knowing what they are: YAML and JSON alike.

use jiff::Timestamp;
use memchr::memchr;

use crate::block::Block;

/// Bytes of the shortest timestamp that counts: `2024-05-01T08:00:00Z`.
const SHORTEST: usize = 20;

/// Bytes of a timestamp before the `T`.
const DATE: usize = 10;

/// An RFC 3339 timestamp after the Unix epoch, which stands for "never" in many a status.
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

/// A moment as UTC timestamps begin that lie in the same second: `2024-05-01T08:00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Second([u8; SHORTEST - 1]);

impl From<Timestamp> for Second {
    fn from(time: Timestamp) -> Self {
        let text = time.to_string();
        let first = text.as_bytes().first_chunk();
        Self(*first.expect("a timestamp after the epoch has four digits for the year"))
    }
}

/// Whether [`timestamp`] may find one newer than this in a text that these bytes hold, as they are or escaped.
pub(crate) fn may_hold_newer(bytes: &[u8], newest: Option<&Second>) -> bool {
    may_be_escaped(bytes) || newer(bytes, newest).next().is_some()
}

/// Where the `T` stands in what may be a timestamp newer than this.
pub(crate) fn newer<'b>(
    bytes: &'b [u8],
    newest: Option<&'b Second>,
) -> impl Iterator<Item = usize> + 'b {
    shaped(bytes).filter(move |at| looks_newer(&bytes[at - DATE..], newest))
}

/// Where a `T` stands that has the other marks of a timestamp around it: `-dd` before, `dd:` behind, and enough
/// bytes on either side.
fn shaped(bytes: &[u8]) -> impl Iterator<Item = usize> {
    /// From the `-` before the `T` to the `:` behind it.
    const MARKS: usize = 6;
    let mut chunks = bytes.get(DATE - MARKS / 2..).unwrap_or_default();
    let mut base = DATE;
    let mut hits = 0_u64;
    std::iter::from_fn(move || {
        while hits == 0 {
            let mut tail;
            let chunk = if let Some(it) = chunks.first_chunk() {
                it
            } else if chunks.len() > MARKS {
                tail = [0; Block::LEN + MARKS];
                tail[..chunks.len()].copy_from_slice(chunks);
                &tail
            } else {
                return None;
            };
            let found = marks(chunk);
            if found.any() {
                hits = found.bits();
            }
            chunks = chunks.get(Block::LEN..).unwrap_or_default();
            base += Block::LEN;
        }
        let at = base - Block::LEN + hits.trailing_zeros() as usize;
        hits &= hits - 1;
        Some(at)
    })
}

#[inline]
fn marks(chunk: &[u8; Block::LEN + 6]) -> Block {
    let part = |at: usize| {
        Block::new(chunk[at..].first_chunk().expect("the chunk is longer by six bytes"))
    };
    part(3).is(b'T').and(part(0).is(b'-')).and(part(6).is(b':'))
}

/// Whether what begins with a year may be a timestamp newer than this.
fn looks_newer(bytes: &[u8], newest: Option<&Second>) -> bool {
    let Some((second, [next, ..])) = bytes.split_first_chunk() else { return false };
    let digits = |places: &[usize]| places.iter().all(|at| second[*at].is_ascii_digit());
    if second[4] != b'-' || !digits(&[0, 1, 2, 3, 5, 6, 8, 9]) {
        return false;
    }
    let Some(Second(newest)) = newest else { return true };
    if second[16] != b':' || !digits(&[11, 12, 14, 15, 17, 18]) {
        return true;
    }
    match next {
        b'Z' => second > newest,
        b'.' => {
            let zone = bytes[SHORTEST..].iter().find(|it| !it.is_ascii_digit());
            zone != Some(&b'Z') || second >= newest
        }
        _ => true,
    }
}

/// Whether an escape may hide a part of a timestamp: `2024-05-01\u005408:00:00Z`, or a line that goes on after
/// a `\` in the midst of one.
pub(crate) fn may_be_escaped(bytes: &[u8]) -> bool {
    let Some(mut at) = memchr(b'\\', bytes) else { return false };
    // A text that holds escapes at all is often full of `\"` and `\n`, so these are told from others at once.
    loop {
        let rest = &bytes[at..];
        let Some(next) = next_escape(rest) else { return false };
        at += next;
        if hides_part(bytes, at) {
            return true;
        }
        at += 1;
    }
}

/// Where a `\` stands that may begin a character by its number, or that ends a line.
fn next_escape(bytes: &[u8]) -> Option<usize> {
    let is_it = |it: &[u8]| it[0] == b'\\' && matches!(it[1], b'u' | b'U' | b'x' | b'\n' | b'\r');
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk::<{ Block::LEN + 1 }>() {
        let (first, _) = chunk.split_first_chunk().expect("the chunk is longer by a byte");
        let second = Block::new(chunk[1..].first_chunk().expect("the chunk is longer by a byte"));
        let named = second.is(b'u').or(second.is(b'U')).or(second.is(b'x'));
        let ends = second.is(b'\n').or(second.is(b'\r'));
        let found = Block::new(first).is(b'\\').and(named.or(ends));
        if found.any() {
            return Some(at + found.bits().trailing_zeros() as usize);
        }
        at += Block::LEN;
    }
    bytes[at..].windows(2).position(is_it).map(|it| at + it)
}

/// Whether the escape at `at` stands for a byte of a timestamp, or ends a line between two.
fn hides_part(bytes: &[u8], at: usize) -> bool {
    let part = |it: &u8| it.is_ascii_digit() || b"-:TZtz.,+".contains(it);
    let digits = match bytes[at + 1] {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => {
            let before = at.checked_sub(1).map(|it| &bytes[it]);
            let after = bytes[at + 1..].iter().find(|it| !b" \t\r\n".contains(it));
            return before.is_some_and(part) && after.is_some_and(|it| part(it) || *it == b'\\');
        }
    };
    let digits = bytes[at + 2..].get(..digits).and_then(|it| std::str::from_utf8(it).ok());
    let number = digits.and_then(|it| u32::from_str_radix(it, 16).ok());
    number.and_then(|it| u8::try_from(it).ok()).is_some_and(|it| part(&it))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEWEST: &str = "2024-05-01T08:00:00.5Z";

    #[track_caller]
    fn check(text: &str, want: bool) {
        let second = Second::from(NEWEST.parse::<Timestamp>().expect("a timestamp"));
        for before in [0, 1, 50, 53, 54, 60, 63, 64, 65, 200] {
            for after in [0, 1, 70] {
                let bytes = format!("{}{text}{}", " ".repeat(before), " ".repeat(after));
                let got = may_hold_newer(bytes.as_bytes(), Some(&second));
                assert_eq!(got, want, "{before} before, {after} behind");
            }
        }
    }

    #[test]
    fn newer_ones_are_found() {
        check("2024-05-01T08:00:01Z", true);
        check("\"2024-05-01T08:00:00.6Z\"", true);
        check("2030-01-01T00:00:00.123456Z", true);
        check("time:2024-05-01T08:00:00+02:00", true);
        check("2024-05-01T08:00Z[UTC]", true);
    }

    #[test]
    fn older_ones_and_others_are_not() {
        check("2024-05-01T08:00:00Z", false);
        check("2023-12-31T23:59:59.999Z", false);
        check("x-ray-01T08:00:00Z.......", false);
        check("", false);
        check("T-T:T-08T08:00:00T", false);
    }

    #[test]
    fn what_escapes_may_hide_is_found() {
        check(r"2024-05-01\u005408:00:00Z", true);
        check(r"2024\x2d05-01T08:00:00Z", true);
        check(r"\U00000032024-05-01T08:00:00Z", true);
        check("2024-05-\\\n  01T08:00:00Z", true);
        check("2024-05-\\\r\n  \\x301T08:00:00Z", true);
        check(r"\u003c\n\t\x1b\U0001F980\\u", false);
        check("some text \\\n  \\ goes on", false);
        check(r"\", false);
        check(r"\u00", false);
    }

    #[test]
    fn the_first_timestamp_of_all_is_newer() {
        assert!(may_hold_newer(b"2024-05-01T08:00:00Z", None));
        assert!(!may_hold_newer(b"2024-05-01T08:00:00", None));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn none_is_missed(
            before in "[ -~]{0,70}",
            text in "20(24|25)-0[1-9]-[0-3][0-9]T(08|[0-2][0-9]):[0-6][0-9](:[0-6][0-9])?([.,][0-9]{1,9})?(Z|z|[+-][0-2][0-9]:?[0-9]{2})(\\[UTC\\])?",
            after in "[ -~]{0,70}",
        ) {
            let newest = NEWEST.parse::<Timestamp>().expect("a timestamp");
            if timestamp(&text).is_some_and(|it| it > newest) {
                let bytes = format!("{before}{text}{after}");
                prop_assert!(may_hold_newer(bytes.as_bytes(), Some(&newest.into())));
            }
        }
    }
}
