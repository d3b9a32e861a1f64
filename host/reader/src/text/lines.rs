//! Finds lines of YAML by their indentation.

use memchr::memchr;

/// A line that is neither blank nor a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where the line starts.
    pub(crate) start: usize,
    /// Number of spaces before its content.
    pub(crate) indent: usize,
}

impl Line {
    /// Where its content starts.
    pub(crate) fn content(self) -> usize {
        self.start + self.indent
    }
}

/// The line at `start`, if it is indented by at most `column`, and neither blank nor a comment.
#[inline]
pub(crate) fn line_at(text: &[u8], start: usize, column: usize) -> Option<Line> {
    let line = &text[start..];
    let indent = line.iter().position(|it| *it != b' ')?;
    let content = match line[indent] {
        b'\n' | b'#' => false,
        b'\r' => line.get(indent + 1).is_some_and(|it| *it != b'\n'),
        _ => true,
    };
    (content && indent <= column).then_some(Line { start, indent })
}

/// The first line that starts after `from` and is neither blank nor a comment; none if the text
/// ends before.
pub(crate) fn next_content_line(text: &[u8], from: usize) -> Option<Line> {
    let mut at = from;
    loop {
        at += memchr(b'\n', &text[at..])? + 1;
        let line = line_at(text, at, usize::MAX);
        if line.is_some() {
            return line;
        }
    }
}
