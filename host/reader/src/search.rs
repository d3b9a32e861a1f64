//! Lines of text files that needs ask for.

use rulebox_core::{Collector, TextLine};

use crate::needs::Reader;

/// How many lines each text need has taken of an input.
pub(crate) struct Search {
    taken: Vec<usize>,
}

impl Search {
    pub(crate) fn new(reader: &Reader) -> Self {
        Self { taken: vec![0; reader.texts.len()] }
    }

    /// The needs whose globs match one of a file's paths.
    pub(crate) fn needs(reader: &Reader, paths: &[&str]) -> Vec<usize> {
        let matches = |need: &usize| paths.iter().any(|it| reader.texts[*need].paths.is_match(it));
        (0..reader.texts.len()).filter(matches).collect()
    }

    /// Searches a file for the patterns of these needs. Returns the ids of those that have found too much.
    pub(crate) fn file<'r>(
        &mut self,
        reader: &'r Reader,
        needs: &[usize],
        path: &str,
        text: &str,
        collector: &mut Collector,
    ) -> Vec<&'r str> {
        let mut flooded = Vec::new();
        for &need in needs {
            collector.text_file(need);
            let pattern = &reader.texts[need].pattern;
            for (line, content) in (1..).zip(text.lines()) {
                let content = cut(content, reader.limits.line_bytes);
                if !pattern.is_match(content) {
                    continue;
                }
                if self.taken[need] == reader.limits.text_lines {
                    flooded.push(reader.needs.texts[need].id.as_str());
                    break;
                }
                self.taken[need] += 1;
                let line = TextLine { path: path.to_owned(), line, text: content.to_owned() };
                collector.text_line(need, line);
            }
        }
        flooded
    }
}

/// At most so many bytes of a line.
fn cut(line: &str, bytes: usize) -> &str {
    &line[..line.floor_char_boundary(bytes)]
}
