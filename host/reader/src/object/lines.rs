//! On which lines of a file objects begin.
//!
//! Lines are counted only up to objects that are selected, each from the one before it. A text of
//! which nothing is selected is not counted.

use std::num::NonZeroU32;

use crate::text::decode::newlines;

/// Where an object begins: at its first key.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Begin<'t> {
    /// At this byte of the text whose lines are counted.
    At(&'t str, usize),
    /// On this line of the file.
    Line(u64),
    /// Not known: the object is written in an unusual way.
    #[default]
    Unknown,
}

/// A part of the text whose lines are counted, by where the part starts in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Within<'t> {
    text: &'t str,
    from: usize,
}

impl<'t> Within<'t> {
    /// The part that starts at `from`.
    pub(crate) fn new(text: &'t str, from: usize) -> Self {
        Self { text, from }
    }

    /// A byte of the part.
    pub(crate) fn at(self, at: usize) -> Begin<'t> {
        Begin::At(self.text, self.from + at)
    }
}

/// Counts the lines of one text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lines {
    /// Line of the text's first byte; none if the lines of the text are not those of its file.
    first: Option<u64>,
    /// The byte up to which line feeds have been counted, and their number.
    counted: (usize, u64),
}

impl Lines {
    /// Of a text that starts on this line of its file.
    pub(crate) fn from(first: u64) -> Self {
        Self { first: Some(first), counted: (0, 0) }
    }

    /// The line of the file.
    pub(crate) fn of(&mut self, begin: Begin<'_>) -> Option<u64> {
        match begin {
            Begin::At(text, at) => {
                let first = self.first?;
                // A document that is parsed again is counted again.
                let (from, feeds) = if at < self.counted.0 { (0, 0) } else { self.counted };
                self.counted = (at, feeds + newlines(&text.as_bytes()[from..at]));
                Some(first + self.counted.1)
            }
            Begin::Line(line) => Some(line),
            Begin::Unknown => None,
        }
    }

    /// A line of the text, from 1, as a line of the file.
    pub(crate) fn line(&self, line: u64) -> Begin<'static> {
        self.first.map_or(Begin::Unknown, |first| Begin::Line(first + line - 1))
    }
}

/// A line that may be unknown, this many lines further on.
pub(crate) fn further(line: Option<NonZeroU32>, lines: u64) -> Option<NonZeroU32> {
    line?.checked_add(u32::try_from(lines).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_on_and_from_the_start() {
        let text = "a\nb\n\nc\n";
        let mut lines = Lines::from(10);
        for (at, want) in [(0, 10), (2, 11), (2, 11), (5, 13), (0, 10), (6, 13), (7, 14)] {
            assert_eq!(lines.of(Begin::At(text, at)), Some(want), "{at}");
        }
        assert_eq!(lines.of(Within::new(text, 2).at(3)), Some(13));
        let third = lines.line(3);
        assert_eq!(lines.of(third), Some(12));
    }

    #[test]
    fn a_rewritten_text_has_no_lines() {
        let mut lines = Lines::default();
        assert_eq!(lines.of(Begin::At("a\nb", 2)), None);
        let second = lines.line(2);
        assert_eq!(lines.of(second), None);
    }
}
