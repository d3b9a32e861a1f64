//! Parts a text into what may be objects, and the lines around them.
//!
//! What is left of the text has the lines of the whole, so that every problem names its line. Lines
//! of a known kind that stand inside an object are blanked; lines of an unknown kind are named.

use std::{borrow::Cow, collections::HashSet};

use super::{
    line::{begins_object, is_dash, is_indented_noise, is_noise, key},
    log::logged,
};
use crate::{
    document::{printed_log::LOG_START, split::directives},
    json,
    limits::{MAX_KEYS, MAX_PIECES},
    text::decode::newlines,
    yaml,
};

/// A part of a text. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// This may be an object or several. A text that starts with a bracket may be JSON.
    Objects {
        text: Cow<'t, str>,
        line: u64,
        /// A line that stands inside, and is not understood.
        inside: Option<(u64, &'t str)>,
    },
    /// Lines around.
    Noise(Run<'t>),
    /// From this line on, which goes beyond [`MAX_PIECES`].
    Rest(u64),
}

/// Lines that are no part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run<'t> {
    /// From the first to the last.
    pub(crate) text: &'t str,
    /// Number of the first.
    pub(crate) line: u64,
}

/// Whether lines of a text name a type as an object would: `apiVersion` and `kind`, each as a key.
pub(crate) fn names_type(text: &str) -> bool {
    names(text, "apiVersion") && names(text, "kind")
}

/// Whether a key stands in a text where an object may have it.
pub(crate) fn names(text: &str, key: &str) -> bool {
    let bytes = text.as_bytes();
    let finder = memchr::memmem::Finder::new(key);
    // Each line is looked at once, however often the key stands in it.
    let mut at = 0;
    while let Some(found) = finder.find(&bytes[at..]).map(|it| at + it) {
        let line = memchr::memrchr(b'\n', &bytes[at..found]).map_or(at, |it| at + it + 1);
        let end = memchr::memchr(b'\n', &bytes[found..]).map_or(text.len(), |it| found + it);
        let is_key = |at: usize| {
            let after = text[at + key.len()..].trim_start_matches(['"', '\'']).trim_start();
            after.starts_with(':')
        };
        let content = text[line..end].trim_start().trim_start_matches(['>', '|', ' ', '-', '*']);
        let bracket = end - content.len();
        let is_json = content.starts_with(['{', '[']) && bracket < found;
        let begins = bytes[line..found].iter().all(|it| !it.is_ascii_alphanumeric());
        if begins && is_key(found)
            || is_json && finder.find_iter(&bytes[found..end]).any(|it| is_key(found + it))
        {
            return true;
        }
        at = end;
    }
    false
}

/// The line, from 1, on which a text first names a type.
pub(crate) fn line_of_type(text: &str) -> u64 {
    let at = ["apiVersion", "kind"].iter().filter_map(|it| text.find(it)).min();
    1 + newlines(&text.as_bytes()[..at.unwrap_or(0)])
}

/// The parts of a text, in order. None if none may be an object, or if all of the text may be one,
/// so that there is nothing to tell apart.
pub(crate) fn sift(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut sieve = Sieve {
        text,
        pieces: Vec::new(),
        noise: None,
        open: None,
        counted: (0, 1),
        current: (0, 0),
        next_bracket: 0,
        unclosed: None,
        barren: None,
        tried: 0,
    };
    let from = directives(text);
    let mut at = from;
    while at < text.len() && sieve.pieces() < MAX_PIECES {
        at = sieve.line(at);
    }
    sieve.close();
    sieve.end_noise(at);
    if at < text.len() {
        sieve.pieces.push(Piece::Rest(1 + newlines(&text.as_bytes()[..at])));
    }
    let whole = |it: &Piece<'_>| match it {
        Piece::Objects { text: part, inside, .. } => {
            inside.is_none() && matches!(part, Cow::Borrowed(it) if is_all(it, &text[from..]))
        }
        Piece::Noise(_) | Piece::Rest(_) => false,
    };
    let objects = |it: &Piece<'_>| matches!(it, Piece::Objects { .. });
    let parted = sieve.pieces.iter().any(objects) && !sieve.pieces.iter().any(whole);
    parted.then_some(sieve.pieces)
}

/// The same text without lines of a known kind, which are left blank; none if there are none.
fn without_noise(text: &str) -> Option<String> {
    let noisy = |line: &str| is_noise(line.trim_end());
    text.lines().any(noisy).then(|| {
        let lines = text.split_inclusive('\n');
        lines.map(|it| if noisy(it) { "\n" } else { it }).collect()
    })
}

/// Whether this may be the start of a key, at the end of a text that is cut off.
fn is_cut(line: &str) -> bool {
    let is_word = |it: u8| it.is_ascii_alphanumeric() || b"-_./\"'".contains(&it);
    !line.is_empty() && line.bytes().all(is_word) && !is_noise(line)
}

/// Whether nothing but blank lines and comments stands around a part.
fn is_all(part: &str, text: &str) -> bool {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    let around = [&text[..start], &text[start + part.len()..]];
    around.into_iter().flat_map(str::lines).all(|it| is_blank(it.trim()))
}

struct Sieve<'t> {
    text: &'t str,
    pieces: Vec<Piece<'t>>,
    /// Where noise started that has not ended.
    noise: Option<usize>,
    open: Option<Open<'t>>,
    /// A position, and its line.
    counted: (usize, u64),
    /// Where the current line ends, without blanks and with them. It may hold many objects, and is
    /// looked through once.
    current: (usize, usize),
    /// The first line that starts with a bracket, as far as it has been looked for.
    next_bracket: usize,
    /// Start and end of a stretch in which no line closes a bracket.
    unclosed: Option<(usize, usize)>,
    /// Start and end of a stretch that starts with a bracket, is not read, and has no key of an
    /// object: nor has what starts in the middle of it.
    barren: Option<(usize, usize)>,
    /// Bytes that were parsed to find an end of brackets, and had none.
    tried: usize,
}

/// YAML that has started and may continue.
struct Open<'t> {
    start: usize,
    /// Behind the last line that belongs to it.
    end: usize,
    /// Spaces before each line.
    indent: usize,
    /// The first key in the first column, and all of them; of more than [`MAX_KEYS`] only those.
    first: Option<&'t str>,
    keys: HashSet<&'t str>,
    /// Whether items may follow in the first column: all of it is a list, or the last key has no
    /// other value.
    items: bool,
    /// Whether there were items in the first column below the last key.
    dashes: bool,
    /// Noise inside, and noise behind `end` that may turn out to be inside: start and end.
    holes: Vec<(usize, usize)>,
    behind: Vec<(usize, usize)>,
    /// Whether a line of an unknown kind is among what stands behind `end`.
    unknown: bool,
}

/// What a line is to YAML that is open.
enum Next {
    /// Part of it.
    Inside,
    /// The start of another object.
    Begins,
    /// Not part of it.
    Noise,
    /// Nothing: it is blank or a comment.
    Blank,
}

/// Whether the first line of a long text may be the start of an object: a line of YAML, or of JSON
/// that names its type at once.
pub(crate) fn begins(text: &str) -> bool {
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default().trim_end();
    let named = |it: &str| ["apiVersion", "kind"].iter().any(|key| names(it, key));
    match line {
        "{" | "[" => named(lines.next().unwrap_or_default()),
        _ if line.starts_with(['{', '[']) => named(line),
        _ => matches!(begins_object(line), Some("apiVersion" | "kind")) && !line.starts_with('"'),
    }
}

/// The reason for what goes on behind lines of a log.
pub(crate) const TORN: &str = "what stands here behind a line of a log may be a part of the object \
     before that line: left out";

/// Where something goes on behind lines of a log that may be a part of what stood before them:
/// after how many lines.
pub(crate) fn torn(text: &str) -> Option<u64> {
    let mut torn = Torn::default();
    text.lines().for_each(|it| torn.line(it));
    torn.at
}

/// See [`torn`].
#[derive(Debug, Default)]
pub(crate) struct Torn {
    lines: u64,
    /// Whether there was a line of a log, and nothing else since.
    behind_log: bool,
    decided: bool,
    pub(crate) at: Option<u64>,
}

impl Torn {
    pub(crate) fn line(&mut self, line: &str) {
        let content = line.trim();
        if self.decided || content.is_empty() {
        } else if logged(line.trim_end()).is_some() {
            self.behind_log = true;
        } else {
            self.decided = true;
            let goes_on =
                !is_noise(content) && (key(content).is_some() || is_dash(content)) && !begins(line);
            self.at = (self.behind_log && goes_on).then_some(self.lines);
        }
        self.lines += 1;
    }
}

/// What stands behind the items of a long list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Its keys, as far as the text shows.
    Keys,
    /// Its keys up to here, and then something else.
    Ends(usize),
    /// Lines up to here, and then more items.
    Items(usize),
}

/// What stands behind the items of a list with dashes in this column. `keys`: whether the list has
/// keys, of which `apiVersion` is the first. `ended`: the last line is complete.
pub(crate) fn behind(text: &str, column: usize, keys: bool, ended: bool) -> Behind {
    let mut at = 0;
    let mut ends = None;
    for line in text.split_inclusive('\n') {
        if !ended && !line.ends_with('\n') {
            return Behind::Keys;
        }
        let bare = line.trim_end();
        let content = bare.trim_start_matches(' ');
        let indent = bare.len() - content.len();
        match ends {
            None if is_cut(line) || line.starts_with(LOG_START) => return Behind::Keys,
            _ if content.is_empty() || content.starts_with('#') => {}
            None if indent > 0 => {}
            None if content == "---" || content == "..." || content.starts_with("--- ") => {
                return Behind::Keys;
            }
            None if logged(content).is_some() => return Behind::Ends(at),
            None if is_noise(content) => ends = Some(at),
            None if is_dash(content) => return Behind::Keys,
            None if keys && content.starts_with("apiVersion:") => return Behind::Ends(at),
            None if key(content).is_none() && !content.starts_with(['?', ':', '"']) => {
                ends = Some(at);
            }
            None => {}
            Some(0) if indent == column && is_dash(content) => return Behind::Items(at),
            Some(end) if logged(content).is_some() => return Behind::Ends(end),
            // What goes on is an item that was taken for whole.
            Some(0) if indent > 0 && !is_indented_noise(content) => return Behind::Keys,
            Some(_) if is_noise(content) => {}
            Some(end) => return Behind::Ends(end),
        }
        at += line.len();
    }
    match ends {
        Some(end) if ended => Behind::Ends(end),
        _ => Behind::Keys,
    }
}

/// Whether a text starts like JSON, or like YAML in brackets, that has keys.
fn begins_brackets(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let inner = line.trim_start_matches(|it: char| it.is_whitespace() || "{[".contains(it));
    // Keys may stand on the lines below.
    inner.is_empty() || inner.starts_with(['"', '}', ']', '\'']) || key(inner).is_some()
}

fn is_json(text: &str) -> bool {
    let mut documents = json::split(text);
    documents.next().is_some_and(|it| it.2) && documents.next().is_none()
}

fn is_blank(content: &str) -> bool {
    content.is_empty() || content.starts_with('#')
}

impl<'t> Sieve<'t> {
    /// How many pieces there are, if what is open ends here.
    fn pieces(&self) -> usize {
        let open = self.open.as_ref().map_or(0, |it| it.holes.len() + it.behind.len());
        self.pieces.len() + open
    }

    /// Takes the line that starts at `at`. Returns where to go on.
    fn line(&mut self, at: usize) -> usize {
        let text = self.text;
        let goes_on = at < self.current.1;
        if !goes_on {
            let end = memchr::memchr(b'\n', &text.as_bytes()[at..]);
            let end = end.map_or(text.len(), |it| at + it + 1);
            self.current = (at + text[at..end].trim_end().len(), end);
        }
        let (bare, end) = self.current;
        let line = &text[at..bare.max(at)];
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        if let Some(open) = &mut self.open {
            match if is_cut(&text[at..end]) { Next::Inside } else { open.next(content, indent) } {
                Next::Inside => {
                    open.holes.append(&mut open.behind);
                    open.take(content, indent, end);
                    return end;
                }
                Next::Blank => return end,
                // What stands behind a line of a log is no part of what stands before it.
                Next::Noise if indent >= open.indent && !logged(content).is_some() => {
                    open.unknown |= !is_noise(content);
                    match open.behind.last_mut() {
                        Some(hole) if text[hole.1..at].trim().is_empty() => hole.1 = end,
                        _ => open.behind.push((at, end)),
                    }
                    return end;
                }
                Next::Begins | Next::Noise => self.close(),
            }
        }
        self.outside(at, content, indent, goes_on)
    }

    /// `goes_on`: an object stands before it in the same line.
    fn outside(&mut self, at: usize, content: &'t str, indent: usize, goes_on: bool) -> usize {
        let (bracket, end) = (at + indent, self.current.1);
        if is_blank(content) {
            return end;
        }
        // A prompt may start with a bracket, at the start of a line.
        let object = content.starts_with('{') || goes_on && content.starts_with('[');
        let noise = !object && is_noise(content);
        // A time in brackets may be a list.
        if content.starts_with('[') && !goes_on && logged(content).is_some() {
            self.begin_noise(at);
            return end;
        }
        if !noise && content.starts_with(['{', '[']) {
            return self.bracket(at, bracket);
        }
        // Ansible writes `host | SUCCESS => {`.
        if content.ends_with("=> {") {
            self.begin_noise(at);
            return self.bracket(bracket + content.len() - 1, bracket + content.len() - 1);
        }
        // An item may start on the line after its dash.
        let next = self.text[end..].lines().next().unwrap_or_default().trim_start();
        let begins =
            begins_object(content).is_some() || content == "-" && begins_object(next).is_some();
        if !noise && begins {
            self.end_noise(at);
            let mut open = Open {
                start: at,
                end: at,
                indent,
                first: None,
                keys: HashSet::new(),
                items: is_dash(content),
                dashes: false,
                holes: Vec::new(),
                behind: Vec::new(),
                unknown: false,
            };
            open.take(content, indent, end);
            self.open = Some(open);
            return end;
        }
        self.begin_noise(at);
        end
    }

    /// Takes what starts with a bracket: JSON, or YAML in brackets. Returns where it ends.
    fn bracket(&mut self, start: usize, bracket: usize) -> usize {
        let text = self.text;
        let current = self.current.1;
        let line_end = |at: usize| {
            let end = || text[at..].find('\n').map_or(text.len(), |it| at + it + 1);
            if at < current { current } else { end() }
        };
        if !begins_brackets(&text[bracket..current]) {
            // A line of a log may start with a bracket.
            self.begin_noise(start);
            return line_end(start);
        }
        let (end, whole) = match json::first(&text[bracket..]) {
            Ok(length) => (bracket + length, true),
            Err(lines) => (self.next_bracket(bracket, lines), false),
        };
        let document = &text[bracket..end];
        let end = if whole {
            self.end_noise(start);
            let end = bracket + document.len();
            self.objects(document.into(), bracket, None);
            end
        } else {
            self.end_noise(start);
            let end = bracket + self.broken_brackets(document, bracket);
            if end == bracket {
                self.begin_noise(start);
                return line_end(start);
            }
            end
        };
        let rest = text[end..].trim_start_matches([' ', '\t', '\r']);
        if rest.is_empty() || rest.starts_with('\n') { line_end(end) } else { end }
    }

    /// The first line that starts with a bracket, this many lines below `at`, or more.
    fn next_bracket(&mut self, at: usize, lines: usize) -> usize {
        let text = self.text;
        let next_line = |at: usize| text[at..].find('\n').map_or(text.len(), |it| at + it + 1);
        let below = (0..lines).fold(at, |at, _| next_line(at));
        // Each line is looked at once, however many brackets stand before it.
        self.next_bracket = self.next_bracket.max(below);
        while self.next_bracket < text.len() && !text[self.next_bracket..].starts_with(['{', '[']) {
            self.next_bracket = next_line(self.next_bracket);
        }
        self.next_bracket
    }

    /// Takes what starts like JSON and is not, at `at`: YAML in brackets, or JSON with lines
    /// inside. Returns its length.
    fn broken_brackets(&mut self, document: &'t str, at: usize) -> usize {
        /// So many ends are tried.
        const TRIED: usize = 4;
        /// Whatever the length of the text, so many bytes are parsed in vain.
        const IN_VAIN: usize = 1 << 20;
        let ends_at = at + document.len();
        if self.barren.is_some_and(|(start, end)| start <= at && end == ends_at) {
            return 0;
        }
        let closing = document.match_indices('\n').map(|(at, _)| at + 1);
        let closing = closing.filter(|at| document[*at..].starts_with(['}', ']']));
        let ends =
            closing.map(|at| document[at..].find('\n').map_or(document.len(), |it| at + it + 1));
        let mut ends = ends.take(TRIED).peekable();
        let unclosed = self.unclosed.is_some_and(|(start, end)| start <= at && end == ends_at);
        let too_much = self.tried > IN_VAIN + 2 * self.text.len();
        if !unclosed && !too_much && ends.peek().is_none() {
            self.unclosed = Some((at, ends_at));
        }
        while !unclosed && self.tried <= IN_VAIN + 2 * self.text.len() {
            let Some(end) = ends.next() else { break };
            let part = &document[..end];
            self.tried += part.len();
            if yaml::parses(part) {
                self.objects(part.into(), at, None);
                return end;
            }
            let quiet = without_noise(part);
            let Some(quiet) = quiet.filter(|it| is_json(it) || yaml::parses(it)) else { continue };
            let mut from = at;
            for line in part.split_inclusive('\n') {
                if is_noise(line.trim_end()) {
                    self.run(from, from + line.len());
                }
                from += line.len();
            }
            self.objects(quiet.into(), at, None);
            return end;
        }
        if !names(document, "apiVersion") && !names(document, "metadata") {
            self.barren = Some((at, ends_at));
            return 0;
        }
        // It is lost, up to the next line at which something else may start.
        let lines = document.match_indices('\n').map(|it| it.0 + 1);
        let end = lines.into_iter().find(|it| {
            let line = document[*it..].lines().next().unwrap_or_default();
            begins_object(line).is_some() && !line.starts_with('"')
        });
        let end = end.unwrap_or(document.len());
        self.objects(document[..end].into(), at, None);
        end
    }

    fn begin_noise(&mut self, at: usize) {
        self.noise.get_or_insert(at);
    }

    fn end_noise(&mut self, at: usize) {
        if let Some(start) = self.noise.take() {
            self.run(start, at);
        }
    }

    fn run(&mut self, start: usize, end: usize) {
        let text = self.text[start..end].trim_end();
        if !text.is_empty() {
            let line = self.line_of(start);
            self.pieces.push(Piece::Noise(Run { text, line }));
        }
    }

    fn objects(&mut self, text: Cow<'t, str>, start: usize, inside: Option<(u64, &'t str)>) {
        let line = self.line_of(start);
        self.pieces.push(Piece::Objects { text, line, inside });
    }

    fn line_of(&mut self, at: usize) -> u64 {
        let (from, line) = self.counted;
        let bytes = self.text.as_bytes();
        let line = if from <= at {
            line + newlines(&bytes[from..at])
        } else {
            line - newlines(&bytes[at..from])
        };
        self.counted = (at, line);
        line
    }

    /// Ends the YAML that is open.
    fn close(&mut self) {
        let Some(Open { start, end, indent, holes, behind, .. }) = self.open.take() else { return };
        let text = self.text;
        let mut inside = None;
        for (from, to) in &holes {
            let unknown = text[*from..*to].lines().find(|it| {
                let content = it.trim_start();
                !is_blank(content) && !is_noise(content.trim_end())
            });
            if let (Some(line), None) = (unknown, inside) {
                let at = line.as_ptr() as usize - text.as_ptr() as usize;
                inside = Some((self.line_of(at), line));
            }
        }
        // YAML knows no tabs before a key: what goes on with one is a part that cannot be read.
        if let (Some((from, _)), None) = (behind.first(), inside)
            && let Some(line) = text[*from..].lines().next()
            && let Some(content) = line.trim_start_matches(' ').strip_prefix('\t')
            && key(content.trim_start()).is_some()
        {
            inside = Some((self.line_of(*from), line));
        }
        for (from, to) in &holes {
            self.run(*from, *to);
        }
        let part = &text[start..end];
        if holes.is_empty() && indent == 0 {
            self.objects(part.into(), start, inside);
        } else {
            let mut at = start;
            let mut holes = holes.iter().peekable();
            let lines = part.split_inclusive('\n').map(|line| {
                while holes.next_if(|it| it.1 <= at).is_some() {}
                let is_hole = holes.peek().is_some_and(|it| it.0 <= at);
                at += line.len();
                let spaces = line.len() - line.trim_start_matches(' ').len();
                if is_hole { "\n" } else { &line[spaces.min(indent)..] }
            });
            let lines: String = lines.collect();
            self.objects(lines.into(), start, inside);
        }
        // More of it may follow.
        if let Some((from, _)) = behind.first() {
            self.begin_noise(*from);
        }
    }
}

impl<'t> Open<'t> {
    /// What a line is, without its indentation and the spaces at its end.
    fn next(&self, content: &'t str, indent: usize) -> Next {
        if is_blank(content) {
            return Next::Blank;
        }
        let noisy = !self.behind.is_empty();
        if indent > self.indent {
            // A line that is not understood may go on.
            let goes_on = self.unknown && key(content).is_none() && !is_dash(content);
            let continues = !noisy || !is_indented_noise(content) && !goes_on;
            return if continues { Next::Inside } else { Next::Noise };
        }
        if indent < self.indent || is_noise(content) {
            return if begins_object(content).is_some() { Next::Begins } else { Next::Noise };
        }
        if is_dash(content) {
            return match (self.items, begins_object(content)) {
                (true, _) => Next::Inside,
                (false, Some(_)) => Next::Begins,
                (false, None) => Next::Noise,
            };
        }
        if content.starts_with(['{', '[']) {
            return Next::Begins;
        }
        // A key that is no scalar.
        if !noisy && (content.starts_with("? ") || content.starts_with(": ")) {
            return Next::Inside;
        }
        let Some((key, _)) = key(content) else { return Next::Noise };
        // A bare list has no keys.
        let other = self.keys.is_empty();
        let again = self.first == Some(key) && begins_object(content).is_some();
        let after_noise = noisy && self.keys.contains(key);
        if other || again || after_noise {
            return if begins_object(content).is_some() { Next::Begins } else { Next::Noise };
        }
        Next::Inside
    }

    /// Takes a line that belongs to it.
    fn take(&mut self, content: &'t str, indent: usize, end: usize) {
        (self.end, self.unknown) = (end, false);
        if indent > self.indent && !self.dashes && !is_blank(content) {
            // The last key has something else than items.
            self.items = false;
        }
        self.dashes |= indent == self.indent && is_dash(content);
        if indent != self.indent || is_blank(content) || is_dash(content) {
            return;
        }
        if let Some((key, value)) = key(content) {
            let value = value.trim();
            self.items = value.is_empty() || value.starts_with('#');
            self.dashes = false;
            self.first.get_or_insert(key);
            if self.keys.len() < MAX_KEYS {
                self.keys.insert(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n";
    const LIST: &str = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\nkind: List\n";

    /// The texts of objects, each after its line; a sign for each run of noise.
    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let pieces = sift(text).unwrap_or_default();
        let got: Vec<_> = pieces
            .iter()
            .map(|it| match it {
                Piece::Objects { text, line, inside: None } => format!("{line} {text}"),
                Piece::Objects { text, line, inside: Some((at, _)) } => {
                    format!("{line} broken at {at} {text}")
                }
                Piece::Noise(Run { text, line }) => format!("{line} noise {text}"),
                Piece::Rest(line) => format!("{line} rest"),
            })
            .collect();
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn a_text_that_is_one_object_is_not_parted() {
        for text in [POD, LIST, "{\"apiVersion\": [}\n", "# a\n\n- apiVersion: v1\n  a: 1\n- b\n"] {
            check(text, &[]);
        }
    }

    #[test]
    fn noise_around() {
        check(
            &format!("hello there\n\n{POD}\nbye: now: then\n"),
            &["1 noise hello there", &format!("3 {POD}"), "8 noise bye: now: then"],
        );
        check(
            &format!("E1021 06:39:59.1 1 memcache.go:1] a\n{POD}$ kubectl\n{LIST}error: x\n"),
            &[
                "1 noise E1021 06:39:59.1 1 memcache.go:1] a",
                &format!("2 {POD}"),
                "6 noise $ kubectl",
                &format!("7 {LIST}"),
                "12 noise error: x",
            ],
        );
    }

    #[test]
    fn directives_are_no_noise() {
        check(&format!("%YAML 1.1\n---\n{POD}"), &[]);
        check(
            &format!("%YAML 1.1\n---\nhello there\n{POD}"),
            &["3 noise hello there", &format!("4 {POD}")],
        );
    }

    #[test]
    fn objects_after_each_other() {
        check(
            &format!("{POD}{LIST}{POD}"),
            &[&format!("1 {POD}"), &format!("5 {LIST}"), &format!("10 {POD}")],
        );
    }

    #[test]
    fn dashes_of_a_text_are_no_items() {
        const ITEM: &str = "- apiVersion: v1\n  kind: Pod\n";
        check(
            &format!("{LIST}metadata:\n  a: b\n```\n- one: two: three\n{ITEM}"),
            &[
                &format!("1 {LIST}metadata:\n  a: b\n"),
                "8 noise ```\n- one: two: three",
                &format!("10 {ITEM}"),
            ],
        );
    }

    #[test]
    fn noise_inside() {
        let (head, rest) = LIST.split_at(22);
        check(&format!("{head}+ date\n{rest}"), &["3 noise + date", &format!("1 {head}\n{rest}")]);
        check(
            &format!("{head}oh no\n{rest}"),
            &["3 noise oh no", &format!("1 broken at 3 {head}\n{rest}")],
        );
    }

    #[test]
    fn indented_objects() {
        let indented = POD.replace('\n', "\n    ");
        check(
            &format!("Look:\n\n    {indented}\nbye\n"),
            &["1 noise Look:", &format!("3 {POD}"), "8 noise bye"],
        );
    }

    #[test]
    fn json_and_yaml() {
        let json = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\"\n}";
        check(
            &format!("$ a\n{json}\n[root@b ~]# c\n{POD}[x] d\nh | SUCCESS => {json}\n"),
            &[
                "1 noise $ a",
                &format!("2 {json}"),
                "6 noise [root@b ~]# c",
                &format!("7 {POD}"),
                "11 noise [x] d\nh | SUCCESS =>",
                &format!("12 {json}"),
            ],
        );
        let flow = "{\n  apiVersion: v1,\n  kind: Pod,\n}\n";
        check(&format!("a\n{flow}b\n"), &["1 noise a", &format!("2 {flow}"), "6 noise b"]);
    }

    /// Each bracket costs the same, however many stand behind it: else this takes minutes.
    #[test]
    fn many_brackets() {
        for bracket in ["{\n", "[\n", "  {\n", "  [\n", " {\"\n", "{\"a\":\n", " '\n", " {'\n"] {
            let brackets = bracket.repeat(200_000);
            for end in ["", "}\n}\n"] {
                let text = format!("{brackets}{end}{POD}");
                let pieces = sift(&text).unwrap_or_default();
                let last = pieces.last().map(|it| match it {
                    Piece::Objects { text, .. } => text.ends_with(POD),
                    Piece::Noise(_) | Piece::Rest(_) => false,
                });
                assert!(last.is_none_or(|it| it) || pieces.len() > MAX_PIECES, "{bracket}{end}");
            }
        }
    }

    /// What costs a little for each line, and not for each pair of lines: else this takes minutes.
    #[test]
    fn many_keys_and_many_lines_inside() {
        let keys: Vec<_> = (0..300_000).map(|it| format!("k{it}: 1\n")).collect();
        let keys = keys.concat();
        check(&format!("{POD}{keys}"), &[]);
        let inside = "  a: b\n+ date\n".repeat(MAX_PIECES + 10);
        let text = format!("{POD}{inside}");
        let pieces = sift(&text).unwrap_or_default();
        let objects = pieces.iter().filter(|it| matches!(it, Piece::Objects { .. })).count();
        assert_eq!((pieces.len(), objects), (MAX_PIECES + 2, 1));
        assert_eq!(pieces.last(), Some(&Piece::Rest(5 + 2 * MAX_PIECES as u64)));
    }

    #[test]
    fn types_are_named_by_keys() {
        for (text, want) in [
            (POD, true),
            ("{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", true),
            ("x\n  \"kind\": \"Pod\"\n| - apiVersion: v1", true),
            ("I0913 a.go:12] {\"apiVersion\":\"v1\",\"kind\":\"Pod\"", false),
            ("the apiVersion: v1\nkind: Pod", false),
            ("apiVersion: v1\nkindly: Pod", false),
        ] {
            assert_eq!(names_type(text), want, "{text}");
        }
    }
}
