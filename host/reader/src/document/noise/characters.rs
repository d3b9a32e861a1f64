//! Removes what surrounds each line or each word of a text: colours, byte order marks, quotes.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
};

use memchr::memmem::Finder;

use super::{
    line::begins_object,
    log::{logged, stamp},
};
use crate::limits::MAX_LAYERS;

/// Removes one kind of noise from a text, if the text has it. Lines stay lines.
struct Kind {
    /// What a person calls it.
    what: &'static str,
    remove: fn(&str) -> Option<String>,
    /// A text with this noise, and the text without it.
    #[cfg(test)]
    example: (&'static str, &'static str),
}

/// In the order in which they are removed: an escape sequence may hide the sign of a quote.
const KINDS: [Kind; 6] = [
    Kind {
        what: "colours and other signs for a terminal",
        remove: without_escapes,
        #[cfg(test)]
        example: ("\u{1b}[96mkind\u{1b}[0m: \u{1b}]0;title\u{7}Pod\n", "kind: Pod\n"),
    },
    Kind {
        what: "byte order marks in the middle of the text",
        remove: |text| without(text, '\u{feff}'),
        #[cfg(test)]
        example: ("a: 1\n\u{feff}kind: Pod\n", "a: 1\nkind: Pod\n"),
    },
    Kind {
        what: "the sign by which DOS ends a text",
        remove: |text| without(text, '\u{1a}'),
        #[cfg(test)]
        example: ("kind: Pod\r\n\u{1a}", "kind: Pod\r\n"),
    },
    Kind {
        what: "no-break spaces instead of spaces",
        remove: with_spaces,
        #[cfg(test)]
        example: (
            "metadata:\n\u{a0}\u{a0}name:\u{a0}x\n\u{a0} labels: {}\n",
            "metadata:\n  name: x\n  labels: {}\n",
        ),
    },
    Kind {
        what: "the signs of a quoted mail",
        remove: without_quotes,
        #[cfg(test)]
        example: (
            "On Monday, A wrote:\n> apiVersion: v1\n>\n>   a: 1\n",
            "On Monday, A wrote:\napiVersion: v1\n\n  a: 1\n",
        ),
    },
    Kind {
        what: "what a tool has written before each line",
        remove: without_prefix,
        #[cfg(test)]
        example: (
            "$ grep\na.yaml:apiVersion: v1\na.yaml:kind: Pod\n",
            "$ grep\napiVersion: v1\nkind: Pod\n",
        ),
    },
];

/// Whether a tool has written something before each line of an object.
pub(crate) fn is_prefixed(text: &str) -> bool {
    prefix(text).is_some()
}

/// The same text, and what was removed from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) text: String,
    pub(crate) removed: Vec<&'static str>,
    /// Where lines of the text begin before which something stood as in logs.
    pub(crate) logged_from: Option<usize>,
}

/// None if there is nothing to remove.
pub(crate) fn cleaned(text: &str) -> Option<Cleaned> {
    let mut cleaned = Cow::Borrowed(text);
    let mut removed = Vec::new();
    let mut first_logged = None;
    for kind in &KINDS {
        // A mail may be quoted several times.
        while let Some(less) = (kind.remove)(&cleaned) {
            if let Some(prefix) = prefix(&cleaned).filter(|it| is_of_log(it.text)) {
                let lines = cleaned.lines().take_while(|it| prefix.strip(it).is_none()).count();
                first_logged = Some(first_logged.map_or(lines, |it: usize| it.min(lines)));
            }
            cleaned = less.into();
            if removed.last() != Some(&kind.what) {
                removed.push(kind.what);
            }
        }
    }
    let text = cleaned.into_owned();
    let logged_from =
        first_logged.map(|it| text.split_inclusive('\n').take(it).map(str::len).sum());
    (!removed.is_empty()).then_some(Cleaned { text, removed, logged_from })
}

/// Whether what stands before each line is what tools write before lines of logs: the name of a pod
/// or a time, and a blank.
fn is_of_log(prefix: &str) -> bool {
    let name = prefix.trim_end();
    logged(&format!("{prefix}x")).is_some()
        || name.len() < prefix.len()
            && name.starts_with(|it: char| it == '[' || it.is_ascii_alphabetic())
            && !name.ends_with(':')
}

/// Whether nothing of this kind is in the text. Faster than [`cleaned`], and may be wrong if there
/// is something.
pub(crate) fn is_plain(text: &str) -> bool {
    memchr::memchr3(0x1b, 0x1a, 0x08, text.as_bytes()).is_none()
        && !["\u{feff}", "\u{a0}", "\n>"].iter().any(|it| text.contains(it))
        && !text.starts_with('>')
}

fn without(text: &str, sign: char) -> Option<String> {
    text.contains(sign).then(|| text.replace(sign, ""))
}

/// Removes escape sequences (ECMA-48), bells, and backspaces with what they erase.
fn without_escapes(text: &str) -> Option<String> {
    const SIGNS: [char; 3] = ['\u{1b}', '\u{7}', '\u{8}'];
    if !text.contains(SIGNS) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(SIGNS) {
        out.push_str(&rest[..at]);
        let sign = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match sign {
            0x1b => rest = &rest[escape(rest)..],
            0x08 if !out.ends_with('\n') => _ = out.pop(),
            _ => {}
        }
    }
    out.push_str(rest);
    Some(out)
}

/// The length of an escape sequence, without the escape. Never more than a line.
fn escape(text: &str) -> usize {
    let line = text.find('\n').unwrap_or(text.len());
    let line = &text[..line];
    match line.as_bytes().first() {
        // Parameters, and one letter.
        Some(b'[') => {
            let parameters = line[1..].bytes().take_while(|it| (0x20..0x40).contains(it)).count();
            let end = 1 + parameters;
            end + usize::from(line.as_bytes().get(end).is_some_and(|it| (0x40..0x7f).contains(it)))
        }
        // A text up to a bell or `ESC \`.
        Some(b']' | b'P' | b'_' | b'^') => match line.find(['\u{7}', '\u{1b}']) {
            Some(end) if line[end..].starts_with("\u{1b}\\") => end + 2,
            Some(end) if line[end..].starts_with('\u{7}') => end + 1,
            Some(end) => end,
            None => 1,
        },
        Some(b'(' | b')' | b'#' | b'%') => line.char_indices().nth(2).map_or(line.len(), |it| it.0),
        Some(it) if it.is_ascii() => 1,
        _ => 0,
    }
}

/// Replaces all no-break spaces, if lines are indented by them, or they follow a dash or a key.
/// Otherwise they belong to a value.
fn with_spaces(text: &str) -> Option<String> {
    const SPACE: char = '\u{a0}';
    if !text.contains(SPACE) {
        return None;
    }
    let is_structure = |line: &str| {
        let content = line.trim_start_matches([' ', '-', '>']);
        content.starts_with(SPACE)
            || content.find(SPACE).is_some_and(|at| {
                let key = content[..at].strip_suffix(':');
                key.is_some_and(|it| !it.contains(char::is_whitespace))
            })
    };
    text.lines().any(is_structure).then(|| text.replace(SPACE, " "))
}

/// Removes one sign of a quote from each line that has it, if an object is quoted.
fn without_quotes(text: &str) -> Option<String> {
    let is_quote = |line: &str| {
        let content = line.trim_start_matches(['>', ' ']);
        line.starts_with('>')
            && (begins_object(content).is_some() || content.starts_with(['{', '[']))
    };
    if !text.lines().any(is_quote) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content = line.strip_prefix('>').unwrap_or(line);
        let quoted = content.len() < line.len();
        out.push_str(content.strip_prefix(' ').filter(|_| quoted).unwrap_or(content));
    }
    Some(out)
}

/// What stands before each line of an object: the name of a file (grep) or of a pod, the number of
/// the line, the time, a sign of diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prefix<'t> {
    /// As it stands before the first.
    text: &'t str,
    varies: Varies<'t>,
}

/// What may be another one before another line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Varies<'t> {
    Nothing,
    /// The number between these; blanks may stand before it.
    Number(&'t str, &'t str),
    /// The time between these.
    Time(&'t str, &'t str),
}

impl<'t> Prefix<'t> {
    fn of(text: &'t str) -> Self {
        // What is written before the time has no blanks inside: `[`, `[pod/a/b] `, `I0915 `.
        let heads =
            ["", "["].into_iter().filter_map(|it| text.get(..it.len()).filter(|t| *t == it));
        let word = text.find(' ').map(|it| &text[..=it]);
        let time = heads.chain(word).find_map(|head| {
            let (after, _) = stamp(&text[head.len()..])?;
            (!after.is_empty()).then_some(Varies::Time(head, after))
        });
        let number = || {
            let digits = text.trim_end_matches([' ', '\t', ':', '.', '|', ')']);
            let head = digits.trim_end_matches(|it: char| it.is_ascii_digit());
            let after = &text[digits.len()..];
            // Of a name with a number, like that of a pod, another number is another name.
            let named = head.trim_end_matches([' ', '\t']);
            let is_number = head.len() < digits.len() && !after.is_empty();
            (is_number && (named.is_empty() || named.ends_with(':')))
                .then_some(Varies::Number(named, after))
        };
        Self { text, varies: time.or_else(number).unwrap_or(Varies::Nothing) }
    }

    /// What stands behind such a prefix; none if the line has none.
    fn strip<'l>(&self, line: &'l str) -> Option<&'l str> {
        if let Some(rest) = line.strip_prefix(self.text) {
            return Some(rest);
        }
        let rest = match self.varies {
            Varies::Nothing => None,
            Varies::Number(head, after) => {
                let number = line.strip_prefix(head)?.trim_start_matches([' ', '\t']);
                let rest = number.trim_start_matches(|it: char| it.is_ascii_digit());
                (rest.len() < number.len()).then_some((rest, after))
            }
            Varies::Time(head, after) => {
                stamp(line.strip_prefix(head)?).map(|(rest, _)| (rest, after))
            }
        };
        let (rest, after) = rest?;
        // An empty line may lack the spaces at the end.
        rest.strip_prefix(after).or_else(|| {
            (rest.trim_end() == after.trim_end()).then(|| &rest[rest.trim_end().len()..])
        })
    }
}

/// What stands before `apiVersion` and, alike, before `kind`, each with a word behind it.
fn prefix(text: &str) -> Option<Prefix<'_>> {
    /// A longer line is no line of a tool.
    const MOST: usize = 256;
    let before = |key: &str, text: &'_ str, at: usize| {
        let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |it| it + 1);
        let value = text[at + key.len()..].lines().next().unwrap_or_default().trim();
        let is_word = !value.is_empty() && !value.contains([' ', ',', '"', '{']);
        (is_word && at - start <= MOST).then_some(start..at)
    };
    let places = |key: &'static str| {
        memchr::memmem::find_iter(text.as_bytes(), key).filter_map(move |at| before(key, text, at))
    };
    let is_prefix = |it: &str| !it.trim_start_matches([' ', '-']).is_empty() && !it.contains('#');
    let first = places("apiVersion: ").map(|it| &text[it]).find(|it| is_prefix(it))?;
    let first = Prefix::of(first);
    places("kind: ").any(|it| first.strip(&text[it]) == Some("")).then_some(first)
}

fn without_prefix(text: &str) -> Option<String> {
    let prefix = prefix(text)?;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let rest = prefix.strip(line);
        let is_empty = || line.trim_end() == prefix.text.trim_end();
        out.push_str(rest.unwrap_or_else(|| if is_empty() { "\n" } else { line }));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_removed() {
        for Kind { what, example: (with, without), .. } in KINDS {
            assert!(!is_plain(with) || is_prefixed(with), "{what}");
            let Cleaned { text, removed, logged_from, .. } = cleaned(with).expect(what);
            assert_eq!((text.as_str(), removed, logged_from), (without, vec![what], None));
            assert_eq!(cleaned(&text), None, "{what}");
        }
    }

    #[test]
    fn what_belongs_to_a_value_stays() {
        for text in ["a: b\u{a0}c\n", "a: |\n  > b\n", "> a\n> b\n", "a: 1\n"] {
            assert_eq!(cleaned(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_signs_before_lines() {
        let text = "   9\tapiVersion: v1\n  10\tkind: Pod\n  11\t\n  12\ta: 1\n";
        assert_eq!(cleaned(text).expect("numbers").text, "apiVersion: v1\nkind: Pod\n\na: 1\n");
        let text = "+apiVersion: v1\n+kind: Pod\n a\n";
        assert_eq!(cleaned(text).expect("signs").text, "apiVersion: v1\nkind: Pod\n a\n");
        for (a, b, c, d) in [
            ("8:", "9:", "10:", "11:"),
            ("99\t", "100\t", "101\t", "102\t"),
            (" 9 ", "10 ", "11 ", "12"),
            ("a/b.yaml:9:", "a/b.yaml:10:", "a/b.yaml:11:", "a/b.yaml:12:"),
            ("0: ", "5: ", "10: ", "15:"),
            ("2026-09-15T00:00:00Z ", "2026-09-15T00:00:01Z ", "2026-10-15T00:00:01.5Z ", ""),
            ("[2026-09-15 00:00:00] ", "[2026-09-15 00:00:01] ", "[2026-09-15 01:00:00] ", ""),
            ("[pod/a] 09:00:00.1 ", "[pod/a] 09:00:00.22 ", "[pod/a] 09:00:01 ", ""),
        ] {
            let text = format!("{a}apiVersion: v1\n{b}kind: Pod\n{c}  1: 2\n{d}\n");
            let want = "apiVersion: v1\nkind: Pod\n  1: 2\n\n";
            assert_eq!(cleaned(&text).expect("alike").text, want, "{text}");
        }
        assert!(!is_prefixed("csdr-1 apiVersion: v1\ncsdr-2 kind: Pod\n"));
        assert!(!is_prefixed("I0913 a.go:12] kind: Pod, apiVersion: v1\n"));
        assert!(!is_prefixed("the apiVersion: v1\nkind: Pod\n"));
        assert!(!is_prefixed("# apiVersion: v1\n# kind: Pod\n"));
        assert!(!is_prefixed("- apiVersion: v1\n- kind: Pod\n"));
    }

    #[test]
    fn escapes_end_at_the_line() {
        let Cleaned { text, .. } =
            cleaned("a\u{1b}[\nb\u{1b}]0;x\nc\u{1b}\nd\u{1b}(Be\u{1b}=\n").expect("escapes");
        assert_eq!(text, "a\nb0;x\nc\nde\n");
        assert_eq!(cleaned("kinds\u{8}: Pod\n").expect("a backspace").text, "kind: Pod\n");
    }

    #[test]
    fn a_mail_quoted_twice() {
        assert_eq!(cleaned("> > kind: Pod\n>> a: 1\n").expect("quotes").text, "kind: Pod\na: 1\n");
    }
}
