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
    varying(text).is_some() || Prefixes::of(text).is_some()
}

/// The same text, and what was removed from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) text: String,
    pub(crate) removed: Vec<&'static str>,
    /// Where lines of the text begin before which something stood as in logs.
    pub(crate) logged_from: Option<usize>,
    /// Whether there is more to remove than [`MAX_LAYERS`] allow.
    pub(crate) more: bool,
}

/// None if there is nothing to remove.
pub(crate) fn cleaned(text: &str) -> Option<Cleaned> {
    let mut cleaned = Cow::Borrowed(text);
    let mut removed = Vec::new();
    let mut first_logged = None;
    let mut more = false;
    for kind in &KINDS {
        for layer in 0.. {
            let Some(less) = (kind.remove)(&cleaned) else { break };
            if layer == MAX_LAYERS {
                more = true;
                break;
            }
            let lines = match varying(&cleaned) {
                Some(prefix) => prefix.before_log(&cleaned),
                None => Prefixes::of(&cleaned).and_then(|it| it.before_log(&cleaned)),
            };
            first_logged = first_logged.into_iter().chain(lines).min();
            cleaned = less.into();
            if removed.last() != Some(&kind.what) {
                removed.push(kind.what);
            }
        }
    }
    let text = cleaned.into_owned();
    let logged_from =
        first_logged.map(|it| text.split_inclusive('\n').take(it).map(str::len).sum());
    (!removed.is_empty()).then_some(Cleaned { text, removed, logged_from, more })
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

/// The length of an escape sequence, without the escape. Never more than a line. Looks no further
/// than the sequence, or the next escape: a line may hold many.
fn escape(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        // Parameters, and one letter.
        Some(b'[') => {
            let parameters = bytes[1..].iter().take_while(|it| (0x20..0x40).contains(*it)).count();
            let end = 1 + parameters;
            end + usize::from(bytes.get(end).is_some_and(|it| (0x40..0x7f).contains(it)))
        }
        // A text up to a bell or `ESC \`.
        Some(b']' | b'P' | b'_' | b'^') => {
            match memchr::memchr3(0x7, 0x1b, b'\n', bytes).map(|it| (it, &bytes[it..])) {
                Some((end, [0x1b, b'\\', ..])) => end + 2,
                Some((end, [0x7, ..])) => end + 1,
                Some((end, [0x1b, ..])) => end,
                _ => 1,
            }
        }
        Some(b'(' | b')' | b'#' | b'%') => {
            let signs = text.chars().take(2).take_while(|it| *it != '\n');
            signs.map(char::len_utf8).sum()
        }
        Some(b'\n') | None => 0,
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

/// A line without one sign of a quote.
fn unquoted(line: &str) -> Option<&str> {
    line.strip_prefix('>').map(|it| it.strip_prefix(' ').unwrap_or(it))
}

/// The lines that it takes to remove one sign of a quote after the other.
fn quotes(line: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(unquoted(line), |it| unquoted(it))
}

/// Removes the signs of a quote from each line, as many as stand before an object that is quoted: a
/// mail may be quoted several times.
fn without_quotes(text: &str) -> Option<String> {
    let levels = |line: &str| {
        let content = line.trim_start_matches(['>', ' ']);
        let is_quote = line.starts_with('>')
            && (begins_object(content).is_some() || content.starts_with(['{', '[']));
        if is_quote { quotes(line).count() } else { 0 }
    };
    let levels = text.lines().map(levels).max().filter(|it| *it > 0)?;
    let lines = text.split_inclusive('\n');
    Some(lines.map(|it| quotes(it).take(levels).last().unwrap_or(it)).collect())
}

/// What stands before each line of an object and is another one before most: the number of the
/// line, the time.
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

    /// How many lines stand before the first that has it, if it is one of a log.
    fn before_log(&self, text: &str) -> Option<usize> {
        is_of_log(self.text).then(|| text.lines().take_while(|it| self.strip(it).is_none()).count())
    }
}

/// What stands before `apiVersion` and, alike but not the same, before `kind`.
fn varying(text: &str) -> Option<Prefix<'_>> {
    let first = Prefix::of(before(text, "apiVersion: ").find(is_prefix)?);
    let is_alike = |it: &str| first.strip(it) == Some("");
    (first.varies != Varies::Nothing && before(text, "kind: ").any(is_alike)).then_some(first)
}

/// Whether what stands before a key is no indentation, no item of a list and no comment.
fn is_prefix(before: &&str) -> bool {
    !before.trim_start_matches([' ', '-']).is_empty() && !before.contains('#')
}

/// What tools have written before lines, each before `apiVersion` and, as long, before `kind`, with
/// a word behind it: the name of a file (grep) or of a pod, the number of the line, a sign of diff.
/// All are found at once, however many there are.
struct Prefixes<'t> {
    /// And whether each is what tools write before lines of logs.
    forms: HashMap<Form<'t>, bool>,
    lengths: BTreeSet<usize>,
    /// The same without blanks at the end, which an empty line may lack.
    bare: HashSet<Form<'t>>,
}

/// What stands before a line: a text, or a number of so many signs that is another on each line.
#[derive(PartialEq, Eq, Hash)]
enum Form<'t> {
    Text(&'t str),
    Number(usize),
}

impl<'t> Form<'t> {
    fn of(before: &'t str) -> Self {
        let digits = before.trim().trim_end_matches([':', '.', '|', ')']);
        let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
        if is_number { Self::Number(before.len()) } else { Self::Text(before) }
    }
}

impl<'t> Prefixes<'t> {
    /// None if there are none.
    fn of(text: &'t str) -> Option<Self> {
        let versions: HashSet<_> = before(text, "apiVersion: ").filter(is_prefix).collect();
        if versions.is_empty() {
            return None;
        }
        let kinds: HashSet<_> = before(text, "kind: ").map(Form::of).collect();
        let (mut forms, mut lengths, mut bare) = (HashMap::new(), BTreeSet::new(), HashSet::new());
        for prefix in versions.into_iter().filter(|it| kinds.contains(&Form::of(it))) {
            *forms.entry(Form::of(prefix)).or_default() |= is_of_log(prefix);
            lengths.insert(prefix.len());
            bare.insert(Form::of(prefix.trim_end()));
        }
        (!forms.is_empty()).then_some(Self { forms, lengths, bare })
    }

    /// The lengths of those that a line begins with, the shortest first, and whether each is of a
    /// log. A longer one may hold the indentation of an item.
    fn before(&self, line: &str) -> impl Iterator<Item = (usize, bool)> {
        self.lengths.range(..=line.len()).filter_map(|it| {
            let of_log = self.forms.get(&Form::of(line.get(..*it)?))?;
            Some((*it, *of_log))
        })
    }

    /// How many lines stand before the first that has one of a log.
    fn before_log(&self, text: &str) -> Option<usize> {
        if !self.forms.values().any(|it| *it) {
            return None;
        }
        text.lines().position(|line| self.before(line).any(|it| it.1))
    }
}

/// What stands before a key in lines of a text where a word is behind the key. Looks for it only
/// where lines begin: what stands before a longer part of a line is no work of a tool.
fn before<'t>(text: &'t str, key: &str) -> impl Iterator<Item = &'t str> {
    const MOST: usize = 256;
    let key = Finder::new(key).into_owned();
    let (mut at, mut start) = (0, 0);
    std::iter::from_fn(move || {
        loop {
            let found = at + key.find(&text.as_bytes()[at..])?;
            let before = &text.as_bytes()[at..found];
            start = memchr::memrchr(b'\n', before).map_or(start, |it| at + it + 1);
            at = found + key.needle().len();
            if found - start > MOST {
                at += memchr::memchr(b'\n', &text.as_bytes()[at..])?;
                continue;
            }
            let value = text[at..].lines().next().unwrap_or_default().trim();
            if !value.is_empty() && !value.contains([' ', ',', '"', '{']) {
                return Some(&text[start..found]);
            }
        }
    })
}

fn without_prefix(text: &str) -> Option<String> {
    if let Some(prefix) = varying(text) {
        let is_empty = |line: &str| line.trim_end() == prefix.text.trim_end();
        let rest = |line| {
            let rest = prefix.strip(line);
            rest.unwrap_or_else(|| if is_empty(line) { "\n" } else { line })
        };
        return Some(text.split_inclusive('\n').map(rest).collect());
    }
    let prefixes = Prefixes::of(text)?;
    let lines = text.split_inclusive('\n').map(|line| match prefixes.before(line).next() {
        Some((length, _)) => &line[length..],
        None if prefixes.bare.contains(&Form::of(line.trim_end())) => "\n",
        None => line,
    });
    Some(lines.collect())
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
