//! Who collected a bundle, and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TableError;

/// The number of this layout. A reader refuses a higher one: what it does not know of could make an
/// incomplete list look whole.
pub const FORMAT: u32 = 1;

/// `rulebox-bundle.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(default)]
    pub cluster: String,
    /// How many credentials were replaced in the objects.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redacted: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Info {
    /// Reads the file, and refuses a [format](FORMAT) that is not known.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let error = |it: &serde_json::Error| {
            // The place stands beside the reason.
            let reason = it.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
            TableError { line: it.line().max(1), reason }
        };
        let Format { format } = serde_json::from_str(text).map_err(|it| error(&it))?;
        if format > FORMAT {
            let reason = format!(
                "the bundle has format {format}, and this version of Rulebox reads formats up to \
                 {FORMAT}: update rulebox"
            );
            return Err(TableError { line: 1, reason });
        }
        serde_json::from_str(text).map_err(|it| error(&it))
    }
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
        check_refused("{\"format\": 1,\n\"asOf\": \"now\"", "2: EOF while parsing an object");
        check_refused("{\"format\": 1}", "1: missing field `rulebox`");
        check_refused("", "1: EOF while parsing a value");
    }
}
