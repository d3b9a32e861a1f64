//! Logs of containers that `kubectl cluster-info dump` prints between documents.
//!
//! A log may contain anything, so its text is skipped, whatever it looks like.

use super::separator::{line_length, next_separator_line};

pub(crate) const LOG_START: &str = "==== START logs for container ";
const LOG_END: &str = "==== END logs for container ";

/// Whether the first line starts a log. None if the line is incomplete.
pub(crate) fn begins_log(text: &str, ended: bool) -> Option<bool> {
    let line = &text[..line_length(text)];
    match line.strip_prefix(LOG_START) {
        _ if line.is_empty() => Some(false),
        Some(_) => (ended || line.ends_with('\n')).then_some(true),
        None => (ended || !LOG_START.starts_with(line)).then_some(false),
    }
}

/// Where the first log starts, at `from` or later.
pub(crate) fn first_log(text: &str, from: usize) -> Option<usize> {
    line_of(text, from, LOG_START)
}

/// The namespace of the pod whose log starts here.
pub(crate) fn namespace_of_log(text: &str) -> Option<&str> {
    let (_, pod) = text.lines().next()?.strip_prefix(LOG_START)?.split_once(" of pod ")?;
    pod.split_once('/').map(|it| it.0)
}

/// Where the first line that ends a log ends, of those that start at `from` or later.
pub(crate) fn end_of_log(text: &str, from: usize) -> Option<usize> {
    let at = line_of(text, from, LOG_END)?;
    Some(at + line_length(&text[at..]))
}

/// Whether an incomplete line may end a log.
pub(crate) fn may_end_log(line: &str) -> bool {
    line.starts_with(LOG_END) || LOG_END.starts_with(line)
}

/// Whether the text ends inside a log.
pub(crate) fn ends_in_log(text: &str) -> bool {
    last_line_of(text, LOG_START) > last_line_of(text, LOG_END)
}

/// The first line, at `from` or later, that begins with `start`, which begins with `==`.
pub(super) fn line_of(text: &str, from: usize, start: &str) -> Option<usize> {
    let mut at = from;
    if from > 0 && text.as_bytes().get(from - 1) != Some(&b'\n') {
        at = next_separator_line(text, from)?;
    }
    while !text[at..].starts_with(start) {
        at = next_separator_line(text, at)?;
    }
    Some(at)
}

/// The last line that begins with `start`.
fn last_line_of(text: &str, start: &str) -> Option<usize> {
    let found = memchr::memmem::rfind_iter(text.as_bytes(), start);
    found.into_iter().find(|it| *it == 0 || text.as_bytes()[it - 1] == b'\n')
}
