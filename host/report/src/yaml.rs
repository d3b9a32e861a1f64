//! For programs and people that prefer YAML: the same fields as the JSON.

use std::fmt::Write as _;

use rulebox_core::text::is_hidden;
use serde::{Serialize, de::DeserializeOwned};
use serde_saphyr::ser_options;

use crate::{prose::MARKS_OF_COMMANDS, view::ReportView};

/// Stands around the number of a hidden character while the encoder works.
const MARK: char = '\u{1}';

/// As the encoder writes it.
const WRITTEN: &str = "\\x01";

/// Writes a report as one YAML document, with the fields of [`crate::json()`]. Texts that a reader
/// of YAML 1.1 would take for another type are quoted: most programs around Kubernetes read that.
///
/// Hidden characters, and what would command the runner of a pipeline, are written as escapes, for
/// the reasons of [`crate::visible_json()`].
pub fn yaml(report: &ReportView) -> String {
    yaml_of(report)
}

/// A view as YAML; see [`yaml`].
pub(crate) fn yaml_of<T: Serialize + DeserializeOwned>(view: &T) -> String {
    let options = ser_options! { yaml_12: false };
    let text = serde_saphyr::to_string_with_options(&marked(view), options)
        .expect("the views hold nothing but words and numbers");
    shown(&text)
}

/// The view with characters that must not act as numbers between marks. An encoder quotes texts
/// that hold a mark, and escapes it; it does not do so for most of these.
fn marked<T: Serialize + DeserializeOwned>(view: &T) -> T {
    let json = serde_json::to_string(view).expect("words and numbers");
    let mut marked = String::with_capacity(json.len());
    let mut rest = json.chars();
    // Where the encoder may begin a line, and where a text begins.
    let mut may_begin = true;
    while let Some(c) = rest.next() {
        let begins = std::mem::replace(&mut may_begin, c == '"' || c.is_whitespace());
        let commands = begins && c == ':' && rest.as_str().starts_with(':')
            || c == '#' && MARKS_OF_COMMANDS.iter().any(|it| rest.as_str().starts_with(&it[1..]));
        if c == '\\' {
            let escape: String = rest.by_ref().take(1).collect();
            may_begin = matches!(&*escape, "n" | "t" | "r");
            let code: String =
                if escape == "u" { rest.by_ref().take(4).collect() } else { String::new() };
            // No text of the report may hold a mark.
            if code == "0001" {
                mark(&mut marked, MARK);
            } else {
                let _ = write!(marked, "\\{escape}{code}");
            }
        } else if commands || is_hidden(c) {
            mark(&mut marked, c);
        } else {
            marked.push(c);
        }
    }
    serde_json::from_str(&marked).expect("only texts have changed")
}

fn mark(text: &mut String, c: char) {
    let _ = write!(text, "\\u0001{:x}\\u0001", u32::from(c));
}

/// Marks, and what stands between them, as escapes of YAML.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (nth, part) in text.split(WRITTEN).enumerate() {
        if nth % 2 == 0 {
            shown.push_str(part);
        } else {
            let _ = write!(shown, "\\U{part:0>8}");
        }
    }
    shown
}
