//! Splits a text into documents, and guesses what each is before it is parsed.
//!
//! A line that starts with `---` or `...` always separates documents: YAML allows it inside no
//! scalar. So an error in one document never affects another.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{
    printed_log::{LOG_START, end_of_log, line_of},
    separator::{
        Marker, begins_separator_line, first_marker, line_length, marker, next_separator_line,
    },
};
use crate::text::decode::newlines;

/// What a document looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// At most comments.
    Empty,
    Json,
    Yaml,
    /// Holds no object.
    Other,
}

/// A part of a text: a document, without the marker before it if the marker is alone on its line;
/// or a printed log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    /// Number of its first line in the text, from 1.
    pub(crate) line: u64,
    /// Whether nothing follows it.
    pub(crate) last: bool,
    pub(crate) is_log: bool,
}

/// Bytes of the blank lines at the start of a text.
pub(crate) fn blank_lines(text: &str) -> usize {
    let content = text.trim_start_matches([' ', '\t', '\r', '\n']);
    text[..text.len() - content.len()].rfind('\n').map_or(0, |it| it + 1)
}

/// The documents of a text, and the logs between them.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut line) = (0, 1);
    let mut next = if begins_separator_line(text) { Some(0) } else { next_separator_line(text, 0) };
    while let Some(at) = next {
        let mut end = at + line_length(&text[at..]);
        let before = &text[start..at];
        let document = Part { text: before, line, last: false, is_log: false };
        if text[at..].starts_with(LOG_START) {
            end = end_of_log(&text[at..], 0).map_or(text.len(), |it| at + it);
            let (log, line_of_log) = (&text[at..end], line + newlines(before.as_bytes()));
            let last = end == text.len();
            parts.extend([document, Part { text: log, line: line_of_log, last, is_log: true }]);
            line = line_of_log + newlines(log.as_bytes());
            start = end;
        } else if let Some(marker) = marker(&text[at..end])
            // Directives and comments belong to the document after them.
            && (matches!(marker, Marker::End) || !is_prologue(before))
        {
            parts.push(document);
            let behind = if matches!(marker, Marker::Start { alone: false }) { at } else { end };
            line += newlines(&text.as_bytes()[start..behind]);
            start = behind;
        }
        next = next_separator_line(text, end - 1);
    }
    if start < text.len() || !parts.last().is_some_and(|it| it.is_log) {
        parts.push(Part { text: &text[start..], line, last: true, is_log: false });
    }
    parts
}

/// Whether a text consists of comments and at least one directive.
fn is_prologue(text: &str) -> bool {
    let mut directives = false;
    for line in text.lines() {
        let line = line.trim_start_matches('\u{feff}');
        let blank = line.trim_start();
        directives |= line.starts_with('%');
        if !(line.starts_with('%') || blank.is_empty() || blank.starts_with('#')) {
            return false;
        }
    }
    directives
}

/// The length of the directives at the start of a document, up to its first line behind a marker
/// that is alone; 0 if there are none. They say nothing of the document, and a reader that cuts a
/// text at its markers sees it without them.
pub(crate) fn directives(text: &str) -> usize {
    let marker_at = first_marker(text, 0, true).filter(|at| is_prologue(&text[..*at]));
    let Some(at) = marker_at else { return 0 };
    let line = text[at..].split_inclusive('\n').next().unwrap_or_default();
    let is_alone = matches!(marker(line), Some(Marker::Start { alone: true }));
    if is_alone { at + line.len() } else { at }
}

/// Where the first document of the text ends: at the first document marker or log, at `from` or
/// later.
pub(crate) fn document_end(text: &str, from: usize, ended: bool) -> Option<usize> {
    let marker = first_marker(text, from, ended);
    line_of(&text[..marker.unwrap_or(text.len())], from, LOG_START).or(marker)
}

/// Guesses from the first line, and from whether words of an object are where its keys would be.
pub(crate) fn shape(text: &str) -> Shape {
    let Some(first) = text[content(text)..].lines().next() else { return Shape::Empty };
    let first = first.trim_start_matches('\u{feff}').trim_start_matches("---");
    // RFC 7464 allows a record separator before JSON.
    let first = first.trim_start_matches(|it: char| it.is_whitespace() || it == '\u{1e}');
    if first.starts_with(['{', '[']) {
        let from = first.as_ptr() as usize - text.as_ptr() as usize;
        let inner =
            text[from..].trim_start_matches(|it: char| it.is_whitespace() || "{[".contains(it));
        let json = inner.is_empty()
            || inner.starts_with(['"', '}', ']', '-', 't', 'f', 'n'])
            || inner.starts_with(|it: char| it.is_ascii_digit());
        return if json { Shape::Json } else { Shape::Yaml };
    }
    if (begins_yaml(first)) && mentions_object(text) { Shape::Yaml } else { Shape::Other }
}

/// Start of the first line that is not blank, a comment, a directive or a marker; else the end.
pub(crate) fn content(text: &str) -> usize {
    let first = text.lines().find(|it| !is_comment(it));
    first.map_or(text.len(), |it| it.as_ptr() as usize - text.as_ptr() as usize)
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}');
    let blank = line.trim_start();
    let alone = matches!(marker(line), Some(Marker::Start { alone: true }));
    blank.is_empty() || blank.starts_with('#') || line.starts_with('%') || alone
}

/// Whether a line starts with a list entry or a key. A key is one word, with blanks behind it in
/// texts that were aligned; lines of logs do not start so.
fn begins_yaml(line: &str) -> bool {
    if line == "-"
        || line.starts_with("- ")
        || line.starts_with("? ")
        || line.starts_with(['&', '!'])
    {
        return true;
    }
    let (key, rest) = match line.as_bytes().first() {
        Some(quote @ (b'"' | b'\'')) => {
            let Some(end) = line[1..].find(char::from(*quote)) else { return false };
            line[1..].split_at(end + 1)
        }
        _ => match line.split_once(':') {
            Some((key, rest))
                if !key.trim_end_matches([' ', '\t']).contains(char::is_whitespace) =>
            {
                return rest.is_empty() || rest.starts_with(char::is_whitespace);
            }
            _ => return false,
        },
    };
    !key.is_empty() && rest.trim_start().starts_with(':')
}

/// Every object and every list contains at least one of these.
static WORDS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| ["apiVersion", "metadata"].map(Finder::new));

/// Whether the text contains `apiVersion` or `metadata`.
pub(crate) fn holds_word(text: &str) -> bool {
    WORDS.iter().any(|it| it.find(text.as_bytes()).is_some())
}

/// Whether the text contains one of these as a key.
fn mentions_object(text: &str) -> bool {
    /// No key is indented more.
    const MARGIN: usize = 256;
    WORDS.iter().any(|word| {
        word.find_iter(text.as_bytes()).any(|at| {
            let before = &text.as_bytes()[at.saturating_sub(MARGIN)..at];
            let line = before.rsplit(|it| *it == b'\n').next().unwrap_or_default();
            line.iter().all(|it| b" -[{\"'".contains(it))
                || String::from_utf8_lossy(line)
                    .trim_end_matches(['"', '\'', ' '])
                    .ends_with(['{', '['])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::printed_log::{ends_in_log, namespace_of_log};

    #[track_caller]
    fn check_parts(text: &str, want: &[(&str, u64)]) {
        let parts = parts(text);
        let got: Vec<_> = parts.iter().map(|it| (it.text, it.line)).collect();
        assert_eq!(got, want);
        assert!(parts.last().is_some_and(|it| it.last));
    }

    #[test]
    fn directives_end_at_a_marker() {
        for (text, want) in [
            ("%YAML 1.1\n---\na: 1\n", 14),
            ("# by hand\n%YAML 1.1\n\n%TAG ! x\n--- # x\na: 1\n", 38),
            ("%YAML 1.1\n--- {a: 1}\n", 10),
            ("%YAML 1.1\na: 1\n---\n", 0),
            ("% kubectl get pods\n", 0),
            ("---\na: 1\n", 0),
            ("a: 1\n", 0),
            ("", 0),
        ] {
            assert_eq!(directives(text), want, "{text}");
        }
    }

    #[test]
    fn markers_separate() {
        check_parts("a: 1\n", &[("a: 1\n", 1)]);
        check_parts("a: 1\n---\nb: 2\n", &[("a: 1\n", 1), ("b: 2\n", 3)]);
        check_parts("---\na: 1\n...\n---\nb: 2", &[("", 1), ("a: 1\n", 2), ("", 4), ("b: 2", 5)]);
        check_parts("a: 1\r\n--- # x\r\nb: 2", &[("a: 1\r\n", 1), ("b: 2", 3)]);
        check_parts("a: 1\n--- {b: 2}\n", &[("a: 1\n", 1), ("--- {b: 2}\n", 2)]);
    }

    #[test]
    fn what_only_begins_like_a_marker_does_not() {
        check_parts("a: 1\n----\n--- x", &[("a: 1\n----\n", 1), ("--- x", 3)]);
        check_parts("a: |\n  ---\n", &[("a: |\n  ---\n", 1)]);
    }

    #[test]
    fn directives_go_with_what_follows() {
        check_parts("%YAML 1.1\n---\na: 1\n", &[("%YAML 1.1\n---\na: 1\n", 1)]);
        check_parts(
            "a: 1\n...\n%YAML 1.1\n---\nb: 2",
            &[("a: 1\n", 1), ("%YAML 1.1\n---\nb: 2", 3)],
        );
    }

    #[test]
    fn logs_of_a_cluster_info_dump_are_no_documents() {
        const LOG: &str = "==== START logs for container a of pod csdr/b ====\n\
            {\"kind\": \"Pod\"}\n---\n==== END logs for container a of pod csdr/b ====\n";
        let text = format!("{{}}\n{LOG}{{\n}}\n{LOG}");
        let parts: Vec<_> =
            parts(&text).into_iter().map(|it| (it.text, it.line, it.last, it.is_log)).collect();
        let want = [
            ("{}\n", 1, false, false),
            (LOG, 2, false, true),
            ("{\n}\n", 6, false, false),
            (LOG, 8, true, true),
        ];
        assert_eq!(parts, want);
        assert_eq!(namespace_of_log(LOG), Some("csdr"));
        assert!(ends_in_log(&LOG[..LOG.len() / 2]) && !ends_in_log(LOG) && !ends_in_log("{}"));
        // A log may mention logs.
        let within = LOG.replace("{\"kind\"", "x ==== END logs for container {\"kind\"");
        assert!(ends_in_log(&within[..within.len() / 2 + 20]) && !ends_in_log(&within));
    }

    #[test]
    fn a_text_without_logs_is_one_part() {
        for text in ["", "a: 1\n", "a: ==== START logs for container\n"] {
            let parts = parts(text);
            assert!(parts.len() == 1 && parts[0].text == text && parts[0].last, "{text}");
        }
    }

    #[track_caller]
    fn check(text: &str, want: Shape) {
        assert_eq!(shape(text), want, "{text}");
    }

    #[test]
    fn shapes() {
        check("", Shape::Empty);
        check("\u{feff}# a comment\n\n", Shape::Empty);
        check("{\"a\": 1}", Shape::Json);
        check("\n[\n  {\"a\": 1}]", Shape::Json);
        check("[]", Shape::Json);
        check("{", Shape::Json);
        check("{apiVersion: v1}", Shape::Yaml);
        check("apiVersion: v1\n", Shape::Yaml);
        check("# x\n- kind: Pod\n  apiVersion: v1", Shape::Yaml);
        check("\"kind\": Pod\n\"apiVersion\": v1", Shape::Yaml);
        check("items:\n- metadata:\n    name: a\n", Shape::Yaml);
        check("--- {apiVersion: v1}", Shape::Yaml);
        check("%YAML 1.1\n--- # by hand\napiVersion: v1\n", Shape::Yaml);
    }

    #[test]
    fn texts_are_no_documents() {
        check("replicas: 3\nimage: x\n", Shape::Other);
        check("I0913 14:52:01.1 file.go:12] kind: Pod, apiVersion: v1\n", Shape::Other);
        check("time=\"2021\" msg=\"apiVersion: v1\"\n", Shape::Other);
        check("error: the apiVersion is wrong\n", Shape::Other);
        check("<html>apiVersion</html>", Shape::Other);
    }
}
