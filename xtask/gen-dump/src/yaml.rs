//! YAML as kubectl prints it: sorted keys, lists not indented, strings quoted where YAML 1.1 would
//! read something else, words folded after 80 columns, lines as literal blocks.
//!
//! This follows the emitter that kubectl uses (`goyaml.v2` of sigs.k8s.io/yaml: `encode.go`,
//! `resolve.go`, `emitterc.go`), because readers of dumps meet what that emitter writes, not YAML
//! at large.

use std::fmt::Write as _;

use serde_json::Value;

/// Words are folded at the first single space after this column.
const WIDTH: usize = 80;

/// A document, without `---`.
pub(crate) fn document(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(&mut out, map, 0, false),
        Value::Array(list) if !list.is_empty() => sequence(&mut out, list, 0, false),
        _ => leaf(&mut out, value, 0, 0),
    }
    out.push_str(if out.ends_with('\n') { "" } else { "\n" });
    out
}

/// One element of a list that is not indented, with its dash.
pub(crate) fn item(value: &Value) -> String {
    let mut out = String::new();
    element(&mut out, value, 0);
    out
}

/// Writes entries at a column; if `inline`, the first one continues the line.
fn mapping(out: &mut String, map: &serde_json::Map<String, Value>, column: usize, inline: bool) {
    for (i, (key, value)) in sorted(map).into_iter().enumerate() {
        if i > 0 || !inline {
            indent(out, column);
        }
        let start = out.len();
        scalar(out, key, None);
        out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                mapping(out, map, column + 2, false);
            }
            Value::Array(list) if !list.is_empty() => {
                out.push('\n');
                sequence(out, list, column, false);
            }
            _ => {
                out.push(' ');
                let at = column + out[start..].chars().count();
                leaf(out, value, at, column + 2);
            }
        }
    }
}

/// The entries in the order of `keyList` in `sorter.go`: other characters before letters, and
/// numbers by their value.
///
/// This order is not total (`a10` < `a100` < `a1b` < `a9` < `a10`), so the sort of the standard
/// library cannot be used.
fn sorted(map: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<(&String, &Value)> = Vec::with_capacity(map.len());
    for entry in map {
        let behind = entries.iter().rev().take_while(|it| is_before(entry.0, it.0)).count();
        entries.insert(entries.len() - behind, entry);
    }
    entries
}

fn is_before(a: &str, b: &str) -> bool {
    // Most keys are words, which are ordered by their bytes.
    let differ = a.bytes().zip(b.bytes()).find(|(a, b)| a != b);
    match differ {
        None => return a.len() < b.len(),
        Some((a, b)) if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => return a < b,
        Some(_) => {}
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let at = a.iter().zip(&b).position(|(a, b)| a != b).expect("some byte differs");
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => a[at] < b[at],
        (false, false) => {
            let digits = |text: &[char]| {
                text.iter().rev().take_while(|it| it.is_ascii_digit()).any(|it| *it != '0')
            };
            // A zero continues the number before it.
            let goes_on = (a[at] == '0' || b[at] == '0') && digits(&a[..at]);
            let [a_number, b_number] = [&a, &b].map(|it| number(&it[at..], goes_on));
            (a_number, a[at]) < (b_number, b[at])
        }
        (_, is_letter) => is_letter,
    }
}

/// The value of the digits with which a text begins, and their number.
fn number(text: &[char], goes_on: bool) -> (i64, usize) {
    let digits = text.iter().map_while(|it| it.to_digit(10));
    digits.fold((i64::from(goes_on), 0), |(value, count), digit| {
        (value.wrapping_mul(10).wrapping_add(i64::from(digit)), count + 1)
    })
}

/// Writes elements at a column; if `inline`, the first one continues the line.
fn sequence(out: &mut String, list: &[Value], column: usize, inline: bool) {
    for (i, value) in list.iter().enumerate() {
        if i > 0 || !inline {
            indent(out, column);
        }
        element(out, value, column);
    }
}

fn element(out: &mut String, value: &Value, column: usize) {
    out.push_str("- ");
    match value {
        Value::Object(map) if !map.is_empty() => mapping(out, map, column + 2, true),
        Value::Array(list) if !list.is_empty() => sequence(out, list, column + 2, true),
        _ => leaf(out, value, column + 2, column + 2),
    }
}

/// Writes a value on the line of its key, from the column `at`; further lines begin at the column
/// `below`.
fn leaf(out: &mut String, value: &Value, at: usize, below: usize) {
    match value {
        Value::String(text) => scalar(out, text, Some(Place { at, below })),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let _ = write!(out, "{value}");
        }
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

fn indent(out: &mut String, column: usize) {
    out.extend(std::iter::repeat_n(' ', column));
}

/// The place of a value. A key has none, because a key may not be broken.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    below: usize,
}

fn scalar(out: &mut String, text: &str, place: Option<Place>) {
    let shape = Shape::of(text);
    let lines = text.contains('\n');
    if let Some(place) = place.filter(|_| lines && shape.block) {
        return literal(out, text, place.below);
    }
    if lines || !is_string(text) || !shape.single {
        double_quoted(out, text, place);
    } else if shape.plain {
        folded(out, text, place, "");
    } else {
        folded(out, text, place, "'");
    }
}

/// Which styles can hold a text.
struct Shape {
    plain: bool,
    single: bool,
    block: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let special = text.chars().any(|it| !printable(it) || is_separator(it));
        let space_break = text.contains(" \n");
        let holdable = !special && !space_break;
        let framed = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        Self {
            plain: holdable && !framed && !text.contains('\n') && !indicates(text),
            single: holdable && !text.contains("\n "),
            block: holdable && !text.ends_with(' '),
        }
    }
}

/// Whether a plain text would be read as structure.
fn indicates(text: &str) -> bool {
    let mut chars = text.chars();
    let leads = match chars.next() {
        Some(first) if "#,[]{}&*!|>'\"%@`".contains(first) => true,
        Some('?' | ':' | '-') => chars.next().is_none_or(|it| it == ' '),
        _ => false,
    };
    leads
        || text.starts_with("---")
        || text.starts_with("...")
        || text.contains(": ")
        || text.ends_with(':')
        || text.contains(" #")
}

fn printable(it: char) -> bool {
    matches!(
        it,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}'
    )
}

/// Characters that end a line in YAML 1.1, and that no text of a cluster means as such.
fn is_separator(it: char) -> bool {
    matches!(it, '\u{2028}' | '\u{2029}')
}

/// Whether YAML 1.1 reads the plain text as a string.
fn is_string(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true",
        "True", "TRUE", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE",
        ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
        "-.Inf", "-.INF",
    ];
    // A text that begins otherwise is a string in any case; most texts are.
    let doubtful = text.is_empty()
        || text.starts_with(|c: char| c.is_ascii_digit() || "+-.~yYnNtTfFoO".contains(c));
    !doubtful
        || !(WORDS.contains(&text) || is_number(text) || is_base_60(text) || is_timestamp(text))
}

fn is_number(text: &str) -> bool {
    let digits = text.replace('_', "");
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    let radix = |prefix: &str, radix| {
        let digits =
            unsigned.strip_prefix(prefix).or(unsigned.strip_prefix(&prefix.to_uppercase()));
        digits
            .is_some_and(|it| !it.starts_with(['+', '-']) && u64::from_str_radix(it, radix).is_ok())
    };
    let decimal = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c))
        // A number too large for a float is a string: the commit 99185e5586 is printed plain.
        && unsigned.parse::<f64>().is_ok_and(f64::is_finite);
    decimal || radix("0x", 16) || radix("0o", 8) || radix("0b", 2)
}

/// `12:30:45`, which YAML 1.1 reads as seconds since midnight.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |it: &str| it.chars().all(|c| c.is_ascii_digit() || c == '_');
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<_> = parts.collect();
    let sixtieth = |it: &&str| {
        (1..=2).contains(&it.len())
            && it.parse::<u8>().is_ok_and(|it| it < 60)
            && !it.starts_with('+')
    };
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && !rest.is_empty()
        && rest.iter().all(sixtieth)
}

/// `2026-09-15`, with or without a time.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "0"));
    let parts: Vec<_> = date.split('-').collect();
    let number = |it: &str| !it.is_empty() && it.chars().all(|c| c.is_ascii_digit());
    matches!(parts[..], [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2
        && [year, month, day].into_iter().all(number))
        && !time.is_empty()
        && time.chars().all(|c| c.is_ascii_digit() || ":.Z+-".contains(c))
}

/// Writes a plain text, or a single-quoted one if `quote` is `'`.
fn folded(out: &mut String, text: &str, place: Option<Place>, quote: &str) {
    out.push_str(quote);
    let mut column = place.map_or(0, |it| it.at) + quote.len();
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        let inside = before.is_some() && chars.peek().is_some();
        let fold = it == ' ' && inside && before != Some(' ') && chars.peek() != Some(&' ');
        match place {
            Some(Place { below, .. }) if fold && column > WIDTH => {
                out.push('\n');
                indent(out, below);
                column = below;
            }
            _ => {
                let doubled = it == '\'' && quote == "'";
                out.push_str(if doubled { "'" } else { "" });
                out.push(it);
                column += 1 + usize::from(doubled);
            }
        }
        before = Some(it);
    }
    out.push_str(quote);
}

fn double_quoted(out: &mut String, text: &str, place: Option<Place>) {
    out.push('"');
    let mut column = place.map_or(0, |it| it.at) + 1;
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        let fold = it == ' ' && before.is_some_and(|it| it != ' ') && chars.peek().is_some();
        match place {
            Some(Place { below, .. }) if fold && column > WIDTH => {
                out.push('\n');
                indent(out, below);
                column = below;
                if chars.peek() == Some(&' ') {
                    out.push('\\');
                    column += 1;
                }
            }
            _ => column += escaped(out, it),
        }
        before = Some(it);
    }
    out.push('"');
}

/// Writes a character between double quotes. Returns the number of columns.
fn escaped(out: &mut String, it: char) -> usize {
    let start = out.len();
    match it {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\0' => out.push_str("\\0"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{b}' => out.push_str("\\v"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        '\u{1b}' => out.push_str("\\e"),
        '\u{85}' => out.push_str("\\N"),
        '\u{2028}' => out.push_str("\\L"),
        '\u{2029}' => out.push_str("\\P"),
        it if printable(it) => {
            out.push(it);
            return 1;
        }
        it => {
            let _ = match u32::from(it) {
                code @ ..=0xff => write!(out, "\\x{code:02X}"),
                code @ ..=0xffff => write!(out, "\\u{code:04X}"),
                code => write!(out, "\\U{code:08X}"),
            };
        }
    }
    out.len() - start
}

/// Writes a literal block: `|`, the indicators, and the lines.
fn literal(out: &mut String, text: &str, column: usize) {
    out.push('|');
    out.push_str(if text.starts_with([' ', '\n']) { "2" } else { "" });
    if !text.ends_with('\n') {
        out.push('-');
    } else if text == "\n" || text.ends_with("\n\n") {
        out.push('+');
    }
    out.push('\n');
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            indent(out, column);
            out.push_str(line);
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The expected text is what kubectl 1.32 printed for the same value.
    #[track_caller]
    fn check(value: Value, want: &str) {
        assert_eq!(document(&value), want);
    }

    /// How a string is printed as the value of `k`, without its line end.
    #[track_caller]
    fn check_text(text: &str, want: &str) {
        check(json!({ "k": text }), &format!("k: {want}\n"));
    }

    #[test]
    fn keys_are_sorted_and_lists_not_indented() {
        check(
            json!({"b": [{"y1": 1, "x": [true, []]}, [["in"], {}]], "a": {"c": {}, "d": null}}),
            "a:\n  c: {}\n  d: null\nb:\n- x:\n  - true\n  - []\n  y1: 1\n- - - in\n  - {}\n",
        );
    }

    #[test]
    fn keys_are_sorted_as_people_do() {
        check(
            json!({
                "a10": 1, "a9": 1, "a9b": 1, "_": 1, "-": 1, "Z": 1, "a": 1, "a-b": 1, "a09": 1,
                "a1.2": 1, "1.0": 1, "12": 1,
            }),
            "'-': 1\n_: 1\n\"1.0\": 1\n\"12\": 1\nZ: 1\na: 1\na-b: 1\na1.2: 1\na9: 1\na9b: 1\n\
             a09: 1\na10: 1\n",
        );
    }

    #[test]
    fn keys_are_quoted_like_values_and_not_broken() {
        check(
            json!({".": {}, "k:{\"uid\":\"a b\"}": {}, "y": 1, "1.0": 2, "a: b": 3, "null": 4}),
            ".: {}\n\"1.0\": 2\n'a: b': 3\nk:{\"uid\":\"a b\"}: {}\n\"null\": 4\n\"y\": 1\n",
        );
        let long = "a key of many words ".repeat(6);
        check(json!({ long.trim(): 1 }), &format!("{}: 1\n", long.trim()));
    }

    #[test]
    fn what_would_be_no_string_is_quoted() {
        for text in [
            "",
            "~",
            "null",
            "true",
            "Yes",
            "y",
            "off",
            "1",
            "-1",
            "+1",
            "1.0",
            ".5",
            "1e3",
            "1234e5",
            "0755",
            "0x1F",
            "0o17",
            "0b11",
            "1_000",
            "12:30:45",
            ".inf",
            ".NaN",
            "2026-01-01",
            "2026-01-01T00:00:00Z",
            "2026-01-01 00:00:00.5",
        ] {
            check_text(text, &format!("\"{text}\""));
        }
    }

    #[test]
    fn what_is_a_string_is_plain() {
        for text in [
            "99185e5586",
            "1.2.3",
            "100m",
            "a:b",
            "a\\b",
            "it's",
            "-a",
            "?a",
            "=",
            "<<",
            ".",
            "truely",
            "Größe",
            "0x",
            "1e",
            "12:60",
            "2026-1",
            "10.0.0.1",
            "a#b",
            "2026-09-15-backup",
        ] {
            check_text(text, text);
        }
    }

    #[test]
    fn what_would_be_structure_is_quoted_once() {
        for text in [
            "&a",
            "*a",
            "!a",
            "%a",
            "@a",
            "`a",
            "|a",
            ">a",
            "[a]",
            "{\"a\":1}",
            ",a",
            "#a",
            "-",
            "- a",
            "? a",
            "---",
            "...",
            "a: b",
            "a:",
            "a #b",
            " a",
            "a ",
        ] {
            check_text(text, &format!("'{text}'"));
        }
        check_text("'x'", "'''x'''");
        check_text("\"x\"", "'\"x\"'");
    }

    #[test]
    fn what_cannot_be_printed_is_escaped() {
        check_text("a\tb", r#""a\tb""#);
        check_text("a\rb\u{1}", r#""a\rb\x01""#);
        check_text("😀", r#""\U0001F600""#);
        check_text("a \nb", r#""a \nb""#);
        check_text("\ta\nb", r#""\ta\nb""#);
    }

    #[test]
    fn lines_are_a_literal_block() {
        check_text("a\nb", "|-\n  a\n  b");
        check(json!({"k": "a\nb\n"}), "k: |\n  a\n  b\n");
        check(json!({"k": "a\nb\n\n"}), "k: |+\n  a\n  b\n\n");
        check(json!({"k": "\n"}), "k: |2+\n\n");
        check_text("\na", "|2-\n\n  a");
        check_text("  a\nb", "|2-\n    a\n  b");
        check(json!([{"k": "a\nb"}]), "- k: |-\n    a\n    b\n");
    }

    #[test]
    fn words_are_folded_after_the_width() {
        check(
            json!({
                "metadata": {
                    "annotations": {
                        "long2": "back-off 5m0s restarting failed container=app \
                            pod=web-6d5f9c7b8d-abcde_shop(0f2a1c3e-8d4b-4c6f-9a7e-1b2c3d4e5f60) \
                            and then some more words",
                    },
                },
            }),
            "metadata:\n  annotations:\n    long2: back-off 5m0s restarting failed container=app \
             pod=web-6d5f9c7b8d-abcde_shop(0f2a1c3e-8d4b-4c6f-9a7e-1b2c3d4e5f60)\n      and then \
             some more words\n",
        );
        check(
            json!({
                "metadata": {
                    "annotations": {
                        "long": "0/1 nodes are available: 1 node(s) had untolerated taint \
                            {node.kubernetes.io/disk-pressure: }. preemption: 0/1 nodes are \
                            available: 1 Preemption is not helpful for scheduling..",
                    },
                },
            }),
            "metadata:\n  annotations:\n    long: '0/1 nodes are available: 1 node(s) had \
             untolerated taint {node.kubernetes.io/disk-pressure:\n      }. preemption: 0/1 nodes \
             are available: 1 Preemption is not helpful for scheduling..'\n",
        );
        check(
            json!({
                "metadata": {
                    "annotations": {
                        "longq": "\u{1} control then words that are long enough to be folded over \
                            the line because it is more than eighty",
                    },
                },
            }),
            "metadata:\n  annotations:\n    longq: \"\\x01 control then words that are long enough \
             to be folded over the line\n      because it is more than eighty\"\n",
        );
        check(
            json!({
                "metadata": {
                    "annotations": {
                        "long3": "a  double spaced text that is longer than eighty characters  and \
                            has two  spaces in  several places  here",
                    },
                },
            }),
            "metadata:\n  annotations:\n    long3: a  double spaced text that is longer than \
             eighty characters  and has two  spaces\n      in  several places  here\n",
        );
    }
}
