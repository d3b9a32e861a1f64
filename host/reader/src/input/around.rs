//! Lines around the objects of a file: how many, where, and how the first begins.

use crate::document::noise::sift::Run;

/// Counted over all of a file, and told once.
#[derive(Debug, Default)]
pub(crate) struct Around {
    lines: usize,
    places: usize,
    /// The first line, and its text.
    first: Option<(u64, String)>,
    /// Messages that were told.
    messages: Vec<String>,
}

impl Around {
    /// Counts lines. `line`: the line of the file at which the text starts that they are of.
    pub(crate) fn count(&mut self, run: &Run<'_>, line: u64) {
        let mut lines = (line + run.line - 1..).zip(run.text.lines());
        let first = lines.by_ref().find(|it| !it.1.trim().is_empty());
        let Some((line, text)) = first else { return };
        let count = 1 + lines.filter(|it| !it.1.trim().is_empty()).count();
        self.count_lines(line, count, text);
    }

    /// Like [`count`](Self::count), for so many lines that start with this text.
    pub(crate) fn count_lines(&mut self, line: u64, count: usize, text: &str) {
        self.lines += count;
        self.places += usize::from(count > 0);
        if count > 0 {
            self.first.get_or_insert_with(|| (line, shortened(text)));
        }
    }

    /// Whether a message is new.
    pub(super) fn is_new(&mut self, message: &str) -> bool {
        /// More different messages are told again.
        const MOST: usize = 100;
        let new = !self.messages.iter().any(|it| it == message);
        if new && self.messages.len() < MOST {
            self.messages.push(message.to_owned());
        }
        new
    }

    /// Adds what was counted in another part of the file.
    pub(super) fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.places += other.places;
        self.first = self.first.take().or(other.first);
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none() && self.messages.is_empty()
    }

    /// The first line, and a sentence.
    pub(super) fn words(&self) -> Option<(u64, String)> {
        let (line, text) = self.first.as_ref()?;
        let lines = match self.lines {
            1 => "1 line that is no YAML or JSON stands".to_owned(),
            lines => format!("{lines} lines that are no YAML or JSON stand"),
        };
        let places = match self.places {
            1 => "around the objects".to_owned(),
            places => format!("around the objects, in {places} places"),
        };
        Some((*line, format!("{lines} {places}: skipped; first: `{text}`")))
    }
}

/// The start of a text from a dump, without signs that a terminal would obey.
pub(super) fn shortened(text: &str) -> String {
    /// So much tells what it is.
    const MOST: usize = 160;
    let mut short = String::new();
    for sign in text.trim().chars().take(MOST) {
        match sign {
            '"' | '\'' => short.push(sign),
            _ => short.extend(sign.escape_debug()),
        }
    }
    if text.trim().chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}
