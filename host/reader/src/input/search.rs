//! Finds the lines of a file that text needs match.

use std::{sync::LazyLock, time::Instant};

use regex::Regex;
use rulebox_core::TextLine;

use super::name::FileName;
use crate::{
    journal::{Hits, Journal},
    object::needs::Needs,
    text::decode::newlines,
};

/// Searches one file.
pub(crate) struct Search<'r> {
    needs: &'r Needs,
    path: String,
    place: String,
    /// The needs whose globs match the file, and how many lines each has found in it.
    asking: Vec<(usize, usize)>,
    /// Number of the next line, from 1.
    line: u64,
    begins: bool,
    /// The start of a line that is not complete yet.
    rest: String,
    /// Whether a Secret was seen in it.
    secret: bool,
}

/// What names a Secret, as YAML and JSON do, also inside of a string: broken, cut off or in the
/// midst of a log it is one, too.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?i-u)kind[\\"'\s]{0,16}:[\\"'\s]{0,16}secret(?:list)?\b"#;
    Regex::new(pattern).expect("a sound pattern")
});

impl<'r> Search<'r> {
    pub(crate) fn new(needs: &'r Needs, name: &FileName) -> Self {
        let paths = [name.path.as_str(), uncompressed(&name.path)];
        let matches = |need: &usize| paths.iter().any(|it| needs.texts[*need].paths.is_match(it));
        let asking: Vec<_> = (0..needs.texts.len()).filter(matches).map(|it| (it, 0)).collect();
        // Most files match no need.
        let of_asked = |it: &String| if asking.is_empty() { String::new() } else { it.clone() };
        let (path, place) = (of_asked(&name.path), of_asked(&name.place));
        Self {
            needs,
            path,
            place,
            asking,
            line: 1,
            begins: true,
            rest: String::new(),
            secret: false,
        }
    }

    /// Whether any need searches this file.
    pub(crate) fn is_asked_for(&self) -> bool {
        !self.asking.is_empty()
    }

    /// Searches the next part of the file: its complete lines. The rest is searched with the next
    /// part.
    pub(crate) fn next(&mut self, text: &str, ended: bool, journal: &mut Journal) {
        if self.asking.is_empty() {
            return;
        }
        let lines = if ended { text.len() } else { text.rfind('\n').map_or(0, |it| it + 1) };
        let (lines, rest) = text.split_at(lines);
        if self.rest.is_empty() {
            self.text(lines, journal);
        } else if ended || !lines.is_empty() {
            let mut first = std::mem::take(&mut self.rest);
            first.push_str(lines);
            self.text(&first, journal);
        }
        // No more of a line is stored than is searched.
        let room = self.needs.limits.line_bytes.saturating_sub(self.rest.len());
        self.rest.push_str(cut(rest, room));
    }

    /// Searches the next lines of the file.
    pub(crate) fn text(&mut self, text: &str, journal: &mut Journal) {
        if self.asking.is_empty() {
            return;
        }
        self.secret = self.secret || SECRET.is_match(text);
        let secret = self.secret;
        let limits = &self.needs.limits;
        for (need, taken) in &mut self.asking {
            let search = &self.needs.texts[*need];
            let mut lines = Vec::new();
            let mut late = None;
            'blocks: for (number, block) in blocks(text, limits.line_bytes) {
                if !search.time.has_any(limits.search_seconds) {
                    late = Some(self.line + number);
                    break;
                }
                let began = Instant::now();
                for (line, content) in candidates(block, search.region.as_ref()) {
                    // One line over the limit shows that there are more.
                    if *taken > limits.text_lines {
                        break 'blocks;
                    }
                    let content = cut(content, limits.line_bytes);
                    if search.pattern.is_match(content) {
                        *taken += 1;
                        let (path, text) = (self.path.clone(), content.to_owned());
                        lines.push(TextLine { path, line: self.line + number + line, text });
                    }
                }
                search.time.add(began.elapsed(), block.len());
            }
            let (need, place, begins) = (*need, self.place.clone(), self.begins);
            journal.open.hits.push(Hits { need, place, begins, lines, late, secret });
        }
        self.begins = false;
        self.line += newlines(text.as_bytes());
    }
}

/// The lines in blocks of at most so many bytes, with the number from 0 of the first line of each;
/// of a line that is longer its beginning. A pattern takes a known time at most for a block.
fn blocks(text: &str, bytes: usize) -> impl Iterator<Item = (u64, &str)> {
    let (mut at, mut line) = (0, 0);
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|it| !it.is_empty())?;
        let number = line;
        let lines = memchr::memrchr(b'\n', cut(rest, bytes).as_bytes()).map(|it| &rest[..=it]);
        let block = if rest.len() <= bytes { rest } else { lines.unwrap_or(cut(rest, bytes)) };
        let passed = match lines {
            _ if rest.len() <= bytes => rest.len(),
            Some(lines) => lines.len(),
            None => memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |it| it + 1),
        };
        line += newlines(&rest.as_bytes()[..passed]);
        at += passed;
        Some((number, block))
    })
}

/// The lines that may match, with their numbers from 0: all, or those in which a match of `region`
/// starts.
fn candidates<'t>(
    text: &'t str,
    region: Option<&'t Regex>,
) -> Box<dyn Iterator<Item = (u64, &'t str)> + 't> {
    let Some(region) = region else { return Box::new((0..).zip(text.lines())) };
    let (mut at, mut line) = (0, 0);
    Box::new(std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|it| !it.is_empty())?;
        let found = at + region.find(rest)?.start();
        // No line follows the last line feed.
        if found == text.len() && text.ends_with('\n') {
            return None;
        }
        let bytes = text.as_bytes();
        let start = memchr::memrchr(b'\n', &bytes[at..found]).map_or(at, |it| at + it + 1);
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(text.len(), |it| start + it + 1);
        line += newlines(&text.as_bytes()[at..start]);
        let content = &text[start..end];
        let number = line;
        line += newlines(content.as_bytes());
        at = end;
        let content = match content.strip_suffix('\n') {
            Some(content) => content.strip_suffix('\r').unwrap_or(content),
            None => content,
        };
        Some((number, content))
    }))
}

/// At most `bytes` bytes of a line.
fn cut(line: &str, bytes: usize) -> &str {
    &line[..line.floor_char_boundary(bytes)]
}

/// A path without the extension of a compressed file.
fn uncompressed(path: &str) -> &str {
    [".gz", ".xz", ".zst", ".bz2"].iter().find_map(|it| path.strip_suffix(it)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rulebox_core::{NeedSet, TextNeed};

    use super::*;

    fn lines(pattern: &str, text: &str, by_region: bool) -> Vec<TextLine> {
        let need = TextNeed {
            id: "t".to_owned(),
            paths: vec!["*".to_owned()],
            pattern: pattern.to_owned(),
        };
        let set = NeedSet { objects: Vec::new(), texts: vec![need] };
        let mut needs = Needs::new(&set).expect("a need");
        if !by_region {
            needs.texts[0].region = None;
        }
        needs.limits.line_bytes = 16;
        let name = FileName { path: "x".to_owned(), ..FileName::default() };
        let mut journal = Journal::default();
        Search::new(&needs, &name).text(text, &mut journal);
        journal.open.hits.remove(0).lines
    }

    #[test]
    fn blocks_hold_each_line_once() {
        let check = |text: &str, bytes: usize, want: &[(u64, &str)]| {
            assert_eq!(blocks(text, bytes).collect::<Vec<_>>(), want);
        };
        check("", 4, &[]);
        check("a\nb\nc\nd", 4, &[(0, "a\nb\n"), (2, "c\nd")]);
        check("a\nbcdefg\nh\n", 4, &[(0, "a\n"), (1, "bcde"), (2, "h\n")]);
        check("abcdefg", 4, &[(0, "abcd")]);
        check("aaa\u{e9}\nb", 4, &[(0, "aaa"), (1, "b")]);
    }

    #[track_caller]
    fn check(pattern: &str, text: &str, want: &[u64]) {
        let found = lines(pattern, text, true);
        assert_eq!(found, lines(pattern, text, false));
        assert_eq!(found.iter().map(|it| it.line).collect::<Vec<_>>(), want, "{pattern}");
    }

    #[test]
    fn lines_are_what_an_expression_sees() {
        const TEXT: &str = "a\nb c\r\n\nb\na b";
        check("b", TEXT, &[2, 4, 5]);
        check("^b", TEXT, &[2, 4]);
        check("b$", TEXT, &[4, 5]);
        check("c$", TEXT, &[2]);
        check("a\\s*b", TEXT, &[5]);
        check("[^x]b", TEXT, &[5]);
        check("(?i)B C", TEXT, &[2]);
        check("(?:a|c)", TEXT, &[1, 2, 5]);
        check("^$", TEXT, &[3]);
        check("", TEXT, &[1, 2, 3, 4, 5]);
        check("\\Aa", TEXT, &[1, 5]);
        check("x", TEXT, &[]);
    }

    proptest! {
        #[test]
        fn both_ways_find_the_same_lines(
            pattern in r"[ab.^]{0,2}(a|b|\\s|\[\^a\]|\\b|[.])[*+?]?[ab]{0,2}",
            text in "[ab \r\n]{0,40}",
        ) {
            prop_assert_eq!(lines(&pattern, &text, true), lines(&pattern, &text, false));
        }
    }
}
