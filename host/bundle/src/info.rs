//! Who collected a bundle, and when.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::TableError;

/// The number of this layout. A reader refuses a higher one: what it does not know of could make an
/// incomplete list look whole.
pub const FORMAT: u32 = 1;

/// `rulebox-bundle.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// See [`FORMAT`].
    pub format: u32,
    /// The version of Rulebox that collected it, or that wrote the script.
    pub rulebox: String,
    /// The moment before the first list was asked for.
    pub as_of: Timestamp,
    /// The uid of the Namespace kube-system, which no other cluster has; empty where it could not
    /// be read.
    pub cluster: String,
    /// How many credentials were replaced in the objects.
    #[serde(skip_serializing_if = "is_zero")]
    pub redacted: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Info {
    /// Reads the file, and refuses a [format](FORMAT) that is not known.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let text = text.trim_start_matches('\u{feff}');
        let value: Value = serde_json::from_str(text).map_err(|it| {
            let reason = if it.is_eof() { "the file ends early" } else { "this is no JSON" };
            TableError { line: it.line().max(1), reason: reason.to_owned() }
        })?;
        let Value::Object(all) = value else {
            let reason = "an object of JSON is to stand here".to_owned();
            return Err(TableError { line: 1, reason });
        };
        let refuse = |key: &str, what: &str| {
            let reason = match all.get(key) {
                None => format!("`{key}` is missing: {what}"),
                Some(it) => format!("`{key}` is {}, and is to be {what}", shortened(it)),
            };
            TableError { line: line_of(text, key), reason }
        };
        let number = |key: &str| all.get(key).and_then(Value::as_u64);
        let string = |key: &str| all.get(key).and_then(Value::as_str);
        let format = number("format").filter(|it| *it >= 1);
        let format = format.ok_or_else(|| refuse("format", "a whole number from 1"))?;
        if format > u64::from(FORMAT) {
            let reason = format!(
                "the bundle has format {format}, and this version of Rulebox reads formats up to \
                 {FORMAT}: update rulebox"
            );
            return Err(TableError { line: line_of(text, "format"), reason });
        }
        let rulebox = string("rulebox");
        let rulebox = rulebox.ok_or_else(|| refuse("rulebox", "the version of Rulebox"))?;
        let as_of = string("asOf").and_then(|it| it.parse().ok());
        let as_of = as_of.ok_or_else(|| refuse("asOf", "a time like 2026-09-15T02:30:00Z"))?;
        let cluster = match all.get("cluster") {
            None => "",
            Some(_) => string("cluster").ok_or_else(|| refuse("cluster", "a uid"))?,
        };
        let redacted = if all.get("redacted").is_none() {
            0
        } else {
            let number = number("redacted").and_then(|it| usize::try_from(it).ok());
            number.ok_or_else(|| refuse("redacted", "a whole number"))?
        };
        Ok(Self {
            format: FORMAT,
            rulebox: rulebox.to_owned(),
            as_of,
            cluster: cluster.to_owned(),
            redacted,
        })
    }
}

/// The line on which a key stands, or the first.
fn line_of(text: &str, key: &str) -> usize {
    let before = text.find(&format!("\"{key}\"")).map_or("", |it| &text[..it]);
    before.matches('\n').count() + 1
}

/// The start of a value, on one line.
fn shortened(value: &Value) -> String {
    const LENGTH: usize = 40;
    value.to_string().chars().take(LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, want: &str) {
        let error = Info::parse(text).expect_err("it cannot be read");
        assert_eq!(format!("{}: {}", error.line, error.reason), want);
    }

    #[test]
    fn what_was_written_is_read() {
        let info = Info {
            format: FORMAT,
            rulebox: "0.1.0".to_owned(),
            as_of: "2026-09-15T02:30:00Z".parse().expect("a time"),
            cluster: String::new(),
            redacted: 0,
        };
        let text = serde_json::to_string(&info).expect("JSON");
        assert_eq!(
            text,
            r#"{"format":1,"rulebox":"0.1.0","asOf":"2026-09-15T02:30:00Z","cluster":""}"#
        );
        assert_eq!(Info::parse(&text), Ok(info));
    }

    #[test]
    fn a_newer_format_is_refused_whatever_else_it_holds() {
        check_refused(
            r#"{"format": 2}"#,
            "1: the bundle has format 2, and this version of Rulebox reads formats up to 1: \
             update rulebox",
        );
    }

    #[test]
    fn a_broken_file_names_its_line() {
        check_refused("{\"format\": 1,\n\"asOf\": \"now\"", "2: the file ends early");
        check_refused("", "1: the file ends early");
        check_refused("{\n x", "2: this is no JSON");
        check_refused("[1]", "1: an object of JSON is to stand here");
    }

    #[test]
    fn a_wrong_value_is_told_in_words() {
        check_refused("{\"format\": 1}", "1: `rulebox` is missing: the version of Rulebox");
        check_refused("{}", "1: `format` is missing: a whole number from 1");
        check_refused(
            "{\n\"format\": \"1\"}",
            "2: `format` is \"1\", and is to be a whole number from 1",
        );
        check_refused(
            "{\"format\": 1, \"rulebox\": \"1\",\n\"asOf\": \"now\"}",
            "2: `asOf` is \"now\", and is to be a time like 2026-09-15T02:30:00Z",
        );
    }

    #[test]
    fn a_format_below_the_first_is_refused() {
        check_refused(r#"{"format": 0}"#, "1: `format` is 0, and is to be a whole number from 1");
        check_refused(r#"{"format": -1}"#, "1: `format` is -1, and is to be a whole number from 1");
    }

    #[test]
    fn a_mark_of_byte_order_is_passed_over() {
        let text = "\u{feff}{\"format\":1,\"rulebox\":\"1\",\"asOf\":\"2026-09-15T02:30:00Z\"}";
        assert_eq!(Info::parse(text).map(|it| it.cluster), Ok(String::new()));
    }
}
