//! The values of the Secrets that a run has read, wherever a text repeats them: a rule may put a
//! value in a sentence, and an error may quote one.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rulebox_core::Report;
use serde_json::Value;

use super::{
    forms::MARK,
    looks::{is_name, is_placeholder, looks_made},
};
use crate::texts::{self, Said};

/// A value of fewer bytes cannot be told from other words.
const SHORTEST: usize = 6;

/// Shorter words of letters alone are ordinary ones: `backup`, `default`.
const SHORTEST_WORD: usize = 8;

/// Shorter numbers are ports, counts and dates.
const SHORTEST_NUMBER: usize = 9;

/// A file may stand in a Secret, and a text may quote a line of it. A shorter line says little.
const SHORTEST_LINE: usize = 16;

/// Of a longer value its beginning is looked for, and compared with the whole where it is found:
/// the search takes memory for each byte that is looked for.
const LONGEST: usize = 64;

/// The annotation in which `kubectl apply` keeps the object as it was written, values included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The values of Secrets, as they are written and as they are decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretValues(BTreeSet<String>);

impl SecretValues {
    /// Learns the values of an object, which may be a projection of one. It has none where it is
    /// no Secret.
    pub fn learn(&mut self, object: &Value) {
        if object.get("kind").and_then(Value::as_str) != Some("Secret") {
            return;
        }
        for (field, is_encoded) in [("data", true), ("stringData", false)] {
            if let Some(values) = object.get(field) {
                self.learn_values(values, is_encoded);
            }
        }
        let applied = object.pointer("/metadata/annotations").and_then(|it| it.get(LAST_APPLIED));
        let applied = applied.and_then(Value::as_str).and_then(|it| serde_json::from_str(it).ok());
        if let Some(Value::Object(mut entries)) = applied {
            // So that no annotation leads to another one.
            entries.remove("metadata");
            self.learn(&Value::Object(entries));
        }
    }

    fn learn_values(&mut self, value: &Value, is_encoded: bool) {
        match value {
            Value::Object(entries) => {
                entries.values().for_each(|it| self.learn_values(it, is_encoded));
            }
            Value::Array(items) => items.iter().for_each(|it| self.learn_values(it, is_encoded)),
            Value::String(text) if is_encoded => {
                let text: String = text.split_ascii_whitespace().collect();
                let bytes = STANDARD.decode(&text).ok();
                if let Some(plain) = bytes.and_then(|it| String::from_utf8(it).ok()) {
                    self.insert(&plain);
                }
                self.insert(text.trim_end_matches('='));
                self.insert(&text);
            }
            Value::String(text) => {
                self.insert(text);
                self.insert(STANDARD.encode(text).trim_end_matches('='));
                self.insert(&STANDARD.encode(text));
            }
            Value::Null => {}
            scalar => self.insert(&scalar.to_string()),
        }
    }

    fn insert(&mut self, text: &str) {
        let text = text.trim();
        self.0.insert(text.to_owned());
        // As it stands in JSON that a rule prints.
        let escaped = Value::from(text).to_string();
        self.0.insert(escaped[1..escaped.len() - 1].to_owned());
        if text.contains('\n') {
            let lines = text.lines().map(str::trim);
            // Of a key or a certificate the first and the last line are in all others, too.
            let lines = lines.filter(|it| it.len() >= SHORTEST_LINE && !it.starts_with("-----"));
            self.0.extend(lines.map(str::to_owned));
        }
    }

    /// Adds those of another run, or of another cluster.
    pub fn merge(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// What finds them in texts. Names that the report has of objects, namespaces, clusters and
    /// inputs are not looked for: they are no secret, and without them nobody finds the object.
    pub(super) fn finder(&self, report: &Report) -> Finder {
        if self.0.is_empty() {
            return Finder::default();
        }
        let names = names(report);
        let values = self.0.iter().filter(|it| is_told_apart(it));
        let values = values.map(|it| it.to_ascii_lowercase()).filter(|it| !names.contains(it));
        let (words, made) = values.partition(|it| it.len() <= LONGEST && is_plain(it));
        Finder { made: Search::of(made), words: Search::of(words) }
    }
}

/// The names that a report has, in lower case.
fn names(report: &Report) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut scratch = report.clone();
    texts::change(&mut scratch, &mut |said, text| {
        if let Said::Cluster | Said::Input | Said::Namespace | Said::Name(_) | Said::Uid = said {
            names.insert(text.to_ascii_lowercase());
        }
    });
    names
}

/// Whether a value is long enough to be told from ordinary words and numbers.
fn is_told_apart(value: &str) -> bool {
    let all = |is: fn(char) -> bool| value.chars().all(is);
    let shortest = if all(|it| it.is_ascii_digit()) {
        SHORTEST_NUMBER
    } else if all(char::is_alphabetic) {
        SHORTEST_WORD
    } else {
        SHORTEST
    };
    value.len() >= shortest && !is_placeholder(value) && !MARK.contains(&value.to_ascii_uppercase())
}

/// Whether a value may be a part of other words: `postgres` is none in `postgres-0`.
fn is_plain(value: &str) -> bool {
    let legal = |it: u8| it.is_ascii_alphanumeric() || b"-._/:".contains(&it);
    is_name(value) || (value.bytes().all(legal) && !looks_made(value))
}

/// Finds values of Secrets in texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Finder {
    /// What a program has made, wherever it stands.
    made: Option<Search>,
    /// Words, where they stand by themselves.
    words: Option<Search>,
}

impl Finder {
    /// The text without the values, and how many were taken out. None where it has none.
    pub(super) fn without(&self, text: &str) -> Option<(String, usize)> {
        let made = self.made.as_ref().and_then(|it| it.without(text, |_, _| true));
        let shown = made.as_ref().map_or(text, |it| &it.0);
        let words = self.words.as_ref().and_then(|it| it.without(shown, is_alone));
        let count = made.as_ref().map_or(0, |it| it.1);
        words.map(|(text, more)| (text, count + more)).or(made)
    }
}

/// Whether no word or name goes on behind or before.
fn is_alone(before: &str, behind: &str) -> bool {
    let in_word = |it: char| it.is_alphanumeric() || it == '-' || it == '_';
    let goes_on = |first: Option<char>, second: Option<char>| match first {
        Some('.') => second.is_some_and(in_word),
        first => first.is_some_and(in_word),
    };
    let (mut left, mut right) = (before.chars().rev(), behind.chars());
    !goes_on(left.next(), left.next()) && !goes_on(right.next(), right.next())
}

#[derive(Debug, Clone)]
struct Search {
    found: AhoCorasick,
    /// Whether what is looked for is all of a value, in the order of the patterns.
    is_all: Vec<bool>,
    /// The values that are longer than what is looked for of them, in order.
    long: Vec<String>,
}

impl Search {
    /// The values are in lower case.
    fn of(values: BTreeSet<String>) -> Option<Self> {
        let mut begins = BTreeMap::new();
        for it in &values {
            let begin = &it[..it.floor_char_boundary(LONGEST)];
            *begins.entry(begin).or_default() |= begin.len() == it.len();
        }
        let found = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(begins.keys());
        let is_all = begins.into_values().collect();
        let found = found.ok().filter(|_| !values.is_empty())?;
        let long = values.into_iter().filter(|it| it.len() > LONGEST).collect();
        Some(Self { found, is_all, long })
    }

    fn without(&self, text: &str, is_it: fn(&str, &str) -> bool) -> Option<(String, usize)> {
        if !self.found.is_match(text) {
            return None;
        }
        let (mut clean, mut count, mut end) = (String::with_capacity(text.len()), 0, 0);
        for it in self.found.find_iter(text) {
            let found = it.start()..it.end();
            if found.start < end || !is_it(&text[..found.start], &text[found.end..]) {
                continue;
            }
            let all = self.is_all[it.pattern().as_usize()].then_some(found.len());
            let Some(whole) = self.longest(&text[found.start..]).or(all) else { continue };
            clean.push_str(&text[end..found.start]);
            clean.push_str(MARK);
            end = found.start + whole;
            count += 1;
        }
        clean.push_str(&text[end..]);
        (count > 0).then_some((clean, count))
    }

    /// How many bytes of the text are a long value: all of it, or what is left of it where the
    /// text was cut. None where another text begins like one.
    fn longest(&self, text: &str) -> Option<usize> {
        let lower = || text.bytes().map(|it| it.to_ascii_lowercase());
        let common = |it: &String| it.bytes().zip(lower()).take_while(|(a, b)| a == b).count();
        // The value that has most in common with the text stands beside its place.
        let place = self.long.partition_point(|it| it.bytes().lt(lower()));
        let near = self.long[place.saturating_sub(1)..].iter().take(2);
        let (common, length) = near.map(|it| (common(it), it.len())).max()?;
        let end = text.floor_char_boundary(common);
        let rest = &text[end..];
        let is_cut = rest.is_empty() || rest.starts_with('…') || rest.starts_with("...");
        (common == length || (common + 4 > LONGEST && is_cut)).then_some(end)
    }
}
