//! What lines that could not be read tell of an object that they are a part of: a dump that was cut
//! at its front begins in the middle of one, and a tool may have written before each line of it.
//!
//! Lines that name `apiVersion` and `kind` as an object has them are not looked at here: they are
//! an object that could not be read, whatever else they say.

use std::collections::BTreeSet;

use super::{log::logged, sift::names};

/// The longest key and value that are searched for, with quotes and what stands between them: a
/// kind has 63 characters at most.
const REACH: usize = 96;

/// A line is looked at up to here for keys of YAML, with what a tool has written before them.
const HEAD: usize = 256;

/// No more of a line is held at once.
const HELD: usize = 64 << 10;

/// Of more kinds nothing tells which are meant.
const MOST: usize = 64;

/// Takes a text, whole or in parts.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// Kinds that stand where an object has its own.
    kinds: BTreeSet<String>,
    /// Whether `metadata` stands there, and `spec` or `status`.
    metadata: bool,
    body: bool,
    /// The columns of `spec` and `status`, as keys of the text itself or of an object in JSON.
    own: [Option<usize>; 2],
    /// The line that is not complete yet.
    line: Line,
    /// What lines of JSON tell that begin in the middle of an object.
    tails: Found,
    /// What lines tell before each of which something stands.
    veiled: Veiled,
}

/// What was found of objects.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    #[default]
    Nothing,
    /// Objects of one of these kinds, as they are written.
    Kinds(BTreeSet<String>),
    /// Objects, and nothing tells of which kinds.
    Some,
}

impl Found {
    fn of(kinds: BTreeSet<String>) -> Self {
        match kinds.len() {
            0 => Self::Nothing,
            it if it > MOST => Self::Some,
            _ => Self::Kinds(kinds),
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, it) | (it, Self::Nothing) => it,
            (Self::Kinds(mut kinds), Self::Kinds(more)) => {
                kinds.extend(more);
                Self::of(kinds)
            }
            _ => Self::Some,
        }
    }
}

/// Keys of the lines of one object, each behind something that differs from line to line.
#[derive(Debug, Default)]
struct Veiled {
    version: bool,
    kind: Option<String>,
    found: BTreeSet<String>,
}

/// A line, as far as it has been read.
#[derive(Debug, Default)]
struct Line {
    /// Its beginning.
    head: String,
    /// Its end, so that no key is cut in two.
    tail: String,
    begun: bool,
    /// Whether it begins with a bracket, or with `#`.
    opens: bool,
    comment: bool,
    /// Braces that close what the line has not opened, less those that open.
    closes: i64,
    ends_closed: bool,
    /// The kind before its first `metadata`, and all kinds.
    first: bool,
    kinds: BTreeSet<String>,
    /// Which of [`JSON`] it holds.
    keys: u8,
}

/// Keys of objects in JSON. What a logger writes has hardly two of them.
const JSON: [&str; 7] = [
    "\"metadata\":",
    "\"apiVersion\":",
    "\"kind\":",
    "\"namespace\":",
    "\"resourceVersion\":",
    "\"spec\":",
    "\"status\":",
];
const METADATA: u8 = 1;

/// What a text tells of objects that could not be read.
pub(crate) fn remains(text: &str) -> Found {
    let mut remains = Remains::default();
    remains.add(text);
    remains.found()
}

impl Remains {
    pub(crate) fn add(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            let mut rest = line;
            while !rest.is_empty() {
                let (part, more) = rest.split_at(rest.floor_char_boundary(HELD));
                self.line.add(part);
                rest = more;
            }
            if line.ends_with('\n') {
                self.end_line();
            }
        }
    }

    pub(crate) fn found(mut self) -> Found {
        self.end_line();
        let own = match (self.metadata, self.kinds.is_empty(), self.body) {
            (true, false, _) => Found::of(self.kinds),
            (true, true, true) => Found::Some,
            _ if self.own[0].is_some() && self.own[0] == self.own[1] => Found::Some,
            _ => Found::Nothing,
        };
        own.and(Found::of(self.veiled.found)).and(self.tails)
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = line.head.trim_end();
        if line.comment || text.is_empty() {
            return;
        }
        let tail = std::mem::take(&mut self.tails);
        self.tails = tail.and(line.tail());
        if logged(text).is_some() {
            return;
        }
        // Of a line in braces, the line above tells more.
        let is_key = |key: &str| !line.opens && names(text, key);
        self.metadata |= is_key("metadata");
        for (key, own) in ["spec", "status"].into_iter().zip(&mut self.own) {
            let named = is_key(key);
            self.body |= named;
            let start = text.trim_start();
            if named && (text.starts_with(key) || start.starts_with('"')) {
                *own = Some(text.len() - start.len());
            }
        }
        if is_key("kind")
            && let Some(kind) = text.split_once("kind").and_then(|it| value(it.1))
            && self.kinds.len() <= MOST
        {
            self.kinds.insert(kind.to_owned());
        }
        self.veiled.line(text);
    }
}

impl Veiled {
    fn line(&mut self, text: &str) {
        if last(text, "apiVersion").is_some_and(|it| value(it).is_some()) {
            (self.version, self.kind) = (true, None);
        } else if let (true, Some(kind)) = (self.version, last(text, "kind").and_then(value)) {
            self.kind = Some(kind.to_owned());
        } else if let (Some(kind), Some(rest)) = (&self.kind, last(text, "metadata")) {
            let rest = rest.trim_start_matches(['"', '\'']).trim_start();
            let rest = rest.strip_prefix(':').map(str::trim);
            if rest.is_some_and(|it| it.is_empty() || it.starts_with('{'))
                && self.found.len() <= MOST
            {
                self.found.insert(kind.clone());
            }
            (self.version, self.kind) = (false, None);
        }
    }
}

impl Line {
    fn add(&mut self, part: &str) {
        let start = part.trim_start();
        if !self.begun && !start.is_empty() {
            self.begun = true;
            self.opens = start.trim_start_matches(['-', ' ']).starts_with(['{', '[']);
            self.comment = start.starts_with('#');
        }
        for byte in part.bytes() {
            self.closes += i64::from(byte == b'}') - i64::from(byte == b'{');
        }
        let end = part.trim_end().trim_end_matches(',');
        if !end.is_empty() {
            self.ends_closed = end.ends_with(['}', ']']);
        }
        let room = HEAD.saturating_sub(self.head.len());
        self.head.push_str(&part[..part.floor_char_boundary(room)]);
        self.tail.push_str(part);
        if !self.opens && !self.comment {
            self.keys();
        }
        let from = self.tail.len().saturating_sub(REACH);
        self.tail.drain(..self.tail.floor_char_boundary(from));
    }

    /// Looks for keys of objects in JSON.
    fn keys(&mut self) {
        if !self.tail.contains('"') {
            return;
        }
        let metadata = self.tail.find(JSON[0]).filter(|_| self.keys & METADATA == 0);
        for (at, _) in self.tail.match_indices("\"kind\"") {
            let kind = value(&self.tail[at + "\"kind".len()..]);
            // It may go on in the next part.
            let ends_at = self.tail.as_bytes().as_ptr_range().end;
            let kind = kind.filter(|it| it.as_bytes().as_ptr_range().end < ends_at);
            if let Some(kind) = kind.filter(|_| self.kinds.len() <= MOST) {
                self.first |= self.keys & METADATA == 0 && metadata.is_none_or(|it| at < it);
                self.kinds.insert(kind.to_owned());
            }
        }
        for (nth, key) in JSON.iter().enumerate() {
            self.keys |= u8::from(self.tail.contains(key)) << nth;
        }
    }

    /// What it tells if it begins in the middle of an object in JSON, and goes on to its end.
    fn tail(&self) -> Found {
        let is_tail = !self.opens && self.closes > 0 && self.ends_closed;
        match self.keys.count_ones() {
            2.. if is_tail && self.first => Found::of(self.kinds.clone()),
            2.. if is_tail => Found::Some,
            _ => Found::Nothing,
        }
    }
}

/// What stands behind a key that is the last of a line, or of which only its value follows.
fn last<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let at = text.find(key)?;
    let before = text[..at].chars().next_back();
    let is_word = before.is_none_or(|it| !it.is_alphanumeric() && !"._-/".contains(it));
    is_word.then(|| &text[at + key.len()..])
}

/// The word behind a key and its colon, if nothing else follows but what separates it from the next
/// key.
fn value(behind: &str) -> Option<&str> {
    let value = behind.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let is_word = |it: char| it.is_ascii_alphanumeric() || "./-".contains(it);
    let length = value.find(|it| !is_word(it)).unwrap_or(value.len());
    let (word, rest) = value.split_at(length);
    let rest = rest.trim_start_matches(['"', '\'']).trim();
    (!word.is_empty() && (rest.is_empty() || rest.starts_with([',', '}', '#']))).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(kinds: &[&str]) -> Found {
        Found::Kinds(kinds.iter().map(|&it| it.to_owned()).collect())
    }

    #[track_caller]
    fn check(text: &str, want: &Found) {
        assert_eq!(remains(text), *want, "{text}");
        for size in [1, 7, 50] {
            let mut parts = Remains::default();
            let mut rest = text;
            while !rest.is_empty() {
                let (part, more) = rest.split_at(rest.ceil_char_boundary(size.min(rest.len())));
                parts.add(part);
                rest = more;
            }
            assert_eq!(parts.found(), *want, "{size}: {text}");
        }
    }

    #[test]
    fn lines_of_yaml() {
        check("v1\nkind: Pod\nmetadata: {name: x}\n", &kinds(&["Pod"]));
        check(")\nkind: 'Pod'\nmetadata:\n  name: x", &kinds(&["Pod"]));
        check("od\nmetadata:\n  name: x\nspec: {}\n", &Found::Some);
        check("tadata:\n  name: x\nspec: {}\nstatus: {}\n", &Found::Some);
        check("kind: Pod\n", &Found::Nothing);
        check("a:\n  spec: {}\n  status: {}\n", &Found::Nothing);
        check("# kind: Pod\n# metadata:\n", &Found::Nothing);
        check("Our kind: Pod\nand metadata: so\n", &Found::Nothing);
    }

    #[test]
    fn lines_of_json() {
        let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{}}"#;
        check(pod, &Found::Nothing);
        check(&pod[1..], &kinds(&["Pod"]));
        check(&pod[15..], &kinds(&["Pod"]));
        check(&pod[28..], &Found::Some);
        check(&format!("{}\n", &pod[28..]), &Found::Some);
        check("tarting\",\"kind\":\"Pod\"}\n", &Found::Nothing);
        check(&format!("a.go:12] {pod}\n"), &Found::Nothing);
        let long = format!("{},\"a\":\"{}\"}}}}", &pod[15..pod.len() - 2], "b".repeat(500));
        check(&long, &kinds(&["Pod"]));
    }

    #[test]
    fn more_kinds_than_are_told_apart() {
        let kinds: Vec<_> = (0..=MOST).map(|it| format!("Kind{it}")).collect();
        let yaml: String = kinds.iter().flat_map(|it| ["kind: ", it, "\n"]).collect();
        check(&format!("{yaml}kind: Pod\nmetadata: {{}}\n"), &Found::Some);
        let line = |it: &String| format!("io/v1\",\"kind\":\"{it}\",\"metadata\":{{}}}}\n");
        let json: String = kinds.iter().map(line).collect();
        check(&json, &Found::Some);
    }

    #[test]
    fn lines_behind_something_else() {
        let lines = ["apiVersion: v1", "kind: Pod", "metadata:", "  name: x"];
        let veiled = |before: fn(usize) -> String| -> String {
            (0..).zip(lines).flat_map(|(nth, it)| [before(nth), format!("{it}\n")]).collect()
        };
        check(&veiled(|it| format!("{}: ", "x".repeat(it + 1))), &kinds(&["Pod"]));
        check(&veiled(|it| format!("line {} of 9> ", it * 5)), &kinds(&["Pod"]));
        check(&veiled(|_| "# ".to_owned()), &Found::Nothing);
        check("the apiVersion: v1\nkind: Pod\n", &Found::Nothing);
        check("the apiVersion: v1\nthe kind: Pod\nand metadata: too\n", &Found::Nothing);
    }
}
