//! Lines of text files that needs ask for.

use rulebox_core::TextLine;

use crate::{
    log::{Hits, Log},
    needs::Reader,
    session::FileName,
};

/// Searches one file.
pub(crate) struct Search<'r> {
    reader: &'r Reader,
    path: String,
    place: String,
    /// The needs whose globs match the file, and how many lines of it each has found.
    needs: Vec<(usize, usize)>,
    /// The line that follows what has been searched, from 1.
    line: u64,
    begins: bool,
    /// A line whose end has not come yet.
    rest: String,
}

impl<'r> Search<'r> {
    pub(crate) fn new(reader: &'r Reader, name: &FileName) -> Self {
        let paths = [name.path.as_str(), uncompressed(&name.path)];
        let matches = |need: &usize| paths.iter().any(|it| reader.texts[*need].paths.is_match(it));
        let needs = (0..reader.texts.len()).filter(matches).map(|it| (it, 0)).collect();
        let (path, place) = (name.path.clone(), name.place.clone());
        Self { reader, path, place, needs, line: 1, begins: true, rest: String::new() }
    }

    /// Whether any need asks for this file.
    pub(crate) fn is_asked_for(&self) -> bool {
        !self.needs.is_empty()
    }

    /// Searches what comes next of the file: its lines up to the last line end, and the rest with what comes then.
    pub(crate) fn next(&mut self, text: &str, ended: bool, log: &mut Log) {
        if self.needs.is_empty() {
            return;
        }
        let lines = if ended { text.len() } else { text.rfind('\n').map_or(0, |it| it + 1) };
        let (lines, rest) = text.split_at(lines);
        if self.rest.is_empty() {
            self.text(lines, log);
        } else if ended || !lines.is_empty() {
            let mut first = std::mem::take(&mut self.rest);
            first.push_str(lines);
            self.text(&first, log);
        }
        // No more of a line is held than is searched.
        let room = self.reader.limits.line_bytes.saturating_sub(self.rest.len());
        self.rest.push_str(cut(rest, room));
    }

    /// Searches the next lines of the file.
    pub(crate) fn text(&mut self, text: &str, log: &mut Log) {
        if self.needs.is_empty() {
            return;
        }
        let limits = &self.reader.limits;
        for (need, taken) in &mut self.needs {
            let pattern = &self.reader.texts[*need].pattern;
            let mut lines = Vec::new();
            for (line, content) in (self.line..).zip(text.lines()) {
                let content = cut(content, limits.line_bytes);
                // One more than the limit shows that there are more.
                if *taken <= limits.text_lines && pattern.is_match(content) {
                    *taken += 1;
                    let (path, text) = (self.path.clone(), content.to_owned());
                    lines.push(TextLine { path, line, text });
                }
            }
            let (need, place, begins) = (*need, self.place.clone(), self.begins);
            log.hits.push(Hits { need, place, begins, lines });
        }
        self.begins = false;
        self.line += memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
    }
}

/// At most so many bytes of a line.
fn cut(line: &str, bytes: usize) -> &str {
    &line[..line.floor_char_boundary(bytes)]
}

/// A path without the ending of a compressed file.
fn uncompressed(path: &str) -> &str {
    [".gz", ".xz", ".zst", ".bz2"].iter().find_map(|it| path.strip_suffix(it)).unwrap_or(path)
}
