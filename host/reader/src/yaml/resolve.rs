//! What plain YAML words mean in Kubernetes: `sigs.k8s.io/yaml` reads YAML 1.1 like go-yaml v2.

use std::borrow::Cow;

use serde_json::Number;

use crate::object::value::{Value, number};

/// What the tag or the quotes of a scalar imply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Neither quoted nor tagged: its text decides.
    Plain,
    /// Quoted, a block scalar, or tagged as text (`!!str`, `!!binary`, `!!timestamp`, a custom
    /// tag).
    Text,
    /// Tagged with a type that its text decides: `!!int`, `!!float`, `!!bool`, `!!null`.
    Tagged,
}

/// The value of a scalar.
///
/// Without an equivalent in JSON (`.inf`, `.nan`, a number beyond 64-bit floats) it remains text.
/// So do timestamps, and `!!binary`, which Kubernetes does not support.
pub(crate) fn resolve(text: Cow<'_, str>, style: Style) -> Value<'_> {
    if style == Style::Text {
        return Value::Text(text);
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            return Value::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    match numeric(&text) {
        Some(it) => Value::Number(it),
        None => Value::Text(text),
    }
}

/// The key for a scalar. Keys that are not text are converted to text, as in `sigs.k8s.io/yaml`.
pub(crate) fn resolve_key(text: Cow<'_, str>, style: Style) -> Cow<'_, str> {
    let as_read = match resolve(text.clone(), style) {
        Value::Bool(it) => if it { "true" } else { "false" }.to_owned(),
        Value::Number(it) => it.to_string(),
        Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_) | Value::Replaced(_) => {
            return text;
        }
    };
    if as_read == text { text } else { Cow::Owned(as_read) }
}

fn numeric(text: &str) -> Option<Number> {
    match text.as_bytes().first()? {
        b'.' => float(text),
        b'0'..=b'9' | b'+' | b'-' => {
            let digits: Cow<'_, str> =
                if text.contains('_') { text.replace('_', "").into() } else { text.into() };
            integer(&digits).or_else(|| float(&digits))
        }
        _ => None,
    }
}

/// What `strconv.ParseInt` and `ParseUint` of Go read with base 0: `0x1f`, `0o17`, `017`, `0b11`,
/// with a sign.
fn integer(text: &str) -> Option<Number> {
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (digits, radix) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&magnitude[2..], 16),
        [b'0', b'o' | b'O', ..] => (&magnitude[2..], 8),
        [b'0', b'b' | b'B', ..] => (&magnitude[2..], 2),
        [b'0', _, ..] => (&magnitude[1..], 8),
        _ => (magnitude, 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    if negative { 0_i64.checked_sub_unsigned(value).map(Number::from) } else { Some(value.into()) }
}

/// Digits, a point, an exponent; not the words that Rust accepts (`inf`, `nan`).
fn float(text: &str) -> Option<Number> {
    let legal = |it: u8| it.is_ascii_digit() || matches!(it, b'.' | b'e' | b'E' | b'+' | b'-');
    if !text.bytes().all(legal) {
        return None;
    }
    text.parse().ok().and_then(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        let mut json = String::new();
        resolve(text.into(), Style::Plain).write_json(&mut json);
        assert_eq!(json, want, "{text}");
    }

    #[test]
    fn nulls() {
        for text in ["", "~", "null", "Null", "NULL"] {
            check(text, "null");
        }
        check("nULL", r#""nULL""#);
    }

    #[test]
    fn booleans_are_those_of_yaml_1_1() {
        for text in ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"] {
            check(text, "true");
        }
        for text in ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"] {
            check(text, "false");
        }
        check("tRUE", r#""tRUE""#);
        check("oN", r#""oN""#);
    }

    #[test]
    fn integers() {
        for (text, want) in [
            ("0", "0"),
            ("12", "12"),
            ("+12", "12"),
            ("-12", "-12"),
            ("1_000", "1000"),
            ("0x1F", "31"),
            ("-0x1f", "-31"),
            ("0o17", "15"),
            ("017", "15"),
            ("0644", "420"),
            ("0b101", "5"),
            ("-0b101", "-5"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            check(text, want);
        }
    }

    #[test]
    fn what_only_looks_like_an_integer() {
        for (text, want) in [
            ("08", "8"), // no octal, so go-yaml tries a float
            ("0o8", r#""0o8""#),
            ("0x", r#""0x""#),
            ("0x-1", r#""0x-1""#),
            ("--1", r#""--1""#),
            ("-", r#""-""#),
            ("_1", r#""_1""#),
            ("1m", r#""1m""#),
            ("512Mi", r#""512Mi""#),
            ("1.2.3", r#""1.2.3""#),
            ("10.0.0.1", r#""10.0.0.1""#),
            ("1:30", r#""1:30""#),
            ("18446744073709551616", "1.8446744073709552e+19"),
        ] {
            check(text, want);
        }
    }

    #[test]
    fn floats() {
        for (text, want) in [
            ("1.5", "1.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+.5", "0.5"),
            ("1.0", "1"),
            ("1e3", "1000"),
            ("12e-1", "1.2"),
            ("-1.5E+2", "-150"),
            ("1_0.5", "10.5"),
        ] {
            check(text, want);
        }
        for text in [".", "..", ".e3", "1e", "e3", "inf", "+inf", "nan", "infinity", ".5_5"] {
            check(text, &format!("{text:?}"));
        }
    }

    #[test]
    fn what_json_cannot_say_stays_text() {
        for text in [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "99185e5586", "1e400"] {
            check(text, &format!("{text:?}"));
        }
    }

    #[test]
    fn timestamps_stay_text() {
        for text in ["2024-05-01T08:00:00Z", "2024-05-01", "2024-05-01 08:00:00"] {
            check(text, &format!("{text:?}"));
        }
    }

    #[test]
    fn quotes_and_tags_outweigh_the_look() {
        assert_eq!(resolve("3".into(), Style::Text), Value::Text("3".into()));
        assert_eq!(resolve("3".into(), Style::Tagged), Value::Number(3.into()));
    }

    #[test]
    fn keys_become_text() {
        for (text, want) in [("0x1F", "31"), ("yes", "true"), ("a", "a"), ("~", "~"), ("1.0", "1")]
        {
            assert_eq!(resolve_key(text.into(), Style::Plain), want);
        }
        assert_eq!(resolve_key("yes".into(), Style::Text), "yes");
    }
}
