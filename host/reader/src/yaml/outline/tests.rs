//! Compares outlines with the full parser.

mod soup;
mod texts;
mod written;

use rulebox_core::Path;

use super::*;
use crate::{
    object::{dates, objects},
    text::{
        lines::{line_at, next_content_line},
        survey::{Style, Survey},
    },
    yaml::parse,
};

/// How an outline compares with the full parser, unless it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Same,
    Odd,
    /// The parser refuses the text; the outline may answer anything.
    Refused,
}

/// Fields that are selected from every object.
const FIELDS: [&[&str]; 6] = [
    &[],
    &["spec", "status.phase", "status.a[].b"],
    &["a.*", "a.b", "a[]", "b[].a", "b.*.a", "c"],
    &["*.a", "a.*.b", "a[].a[].a", "b[][].a", "metadata.labels.*"],
    &["*[].a", "*.*"],
    &["a.a.a", "a.b.a", "b.a", "b.b"],
];

fn projection(fields: &[&str]) -> Projection {
    let paths = fields.iter().map(|it| Path::parse(it).expect("a path"));
    Projection::new(&paths.collect::<Vec<_>>())
}

/// Compares all answers of an outline.
#[track_caller]
fn compare_object(outline: &Outline<'_>, value: &Value<'_>) -> Answer {
    assert!(matches!(value, Value::Map(_)), "an outline of {value:?}");
    assert_eq!(*outline.head(), Head::of(value));
    let mut answer = Answer::Same;
    match outline.name() {
        Ok(it) => assert_eq!(it, Name::of(value)),
        Err(Odd) => answer = Answer::Odd,
    }
    match outline.labels() {
        Ok(it) => assert_eq!(it, objects::labels(value.get("metadata"))),
        Err(Odd) => answer = Answer::Odd,
    }
    for key in ["app", "rulebox.dev/ignore"] {
        match outline.annotation(key) {
            Ok(it) => {
                let want = objects::annotation(value.get("metadata"), key);
                assert_eq!(it.as_deref(), want.as_deref(), "{key}");
            }
            Err(Odd) => answer = Answer::Odd,
        }
    }
    let meta = TypeMeta { api_version: String::new(), kind: "Pod".to_owned() };
    for fields in FIELDS {
        let (mut out, projection) = (String::new(), projection(fields));
        match outline.project(&projection, &meta, &mut out) {
            Ok(()) => assert_eq!(out, projection.project(value, &meta), "{fields:?}"),
            Err(Odd) => answer = Answer::Odd,
        }
    }
    if dates::tests::compare(outline, value).is_err() {
        answer = Answer::Odd;
    }
    answer
}

fn first_line(text: &str, from: usize) -> Option<Line> {
    let line = line_at(text.as_bytes(), from, usize::MAX);
    line.or_else(|| next_content_line(text.as_bytes(), from))
}

/// Compares a document that is one object.
#[track_caller]
fn compare(text: &str) -> Answer {
    let value = parse::value(text);
    let Some(first) = first_line(text, 0) else { return Answer::Odd };
    if text[..first.start].replace("\r\n", "").contains('\r') {
        return Answer::Odd; // the caller handles text before an object
    }
    let mut survey = Survey::default();
    let surveyed = survey.look(text, Style::Yaml);
    let read = Outline::read(surveyed, first.content(), first.indent, true);
    let Ok(value) = value else {
        if let Ok(Some((outline, _))) = read {
            exhaust(&outline);
        }
        return Answer::Refused;
    };
    match read {
        Err(Odd) => Answer::Odd,
        Ok(None) => panic!("more is asked for than there is"),
        Ok(Some((outline, end))) => {
            let marker = Line { start: end, indent: 0 };
            assert!(end == text.len() || is_marker(text, marker), "ends at {end}");
            compare_object(&outline, &value)
        }
    }
}

/// A type, if it does not matter.
fn no_type() -> TypeMeta {
    TypeMeta { api_version: String::new(), kind: String::new() }
}

/// Calls everything for a text that no parser reads: it must terminate.
fn exhaust(outline: &Outline<'_>) {
    _ = outline.labels();
    _ = outline.annotation("app");
    for fields in FIELDS {
        _ = outline.project(&projection(fields), &no_type(), &mut String::new());
    }
    _ = outline.recent(None);
    _ = outline.extent("status");
}

/// Compares a list of objects with dashes in the first column.
#[track_caller]
fn compare_list(text: &str) -> Answer {
    let Ok(Value::List(items)) = parse::value(text) else { return Answer::Refused };
    let mut answer = Answer::Same;
    let mut survey = Survey::default();
    let surveyed = survey.look(text, Style::Yaml);
    let mut at = 0;
    for item in &items {
        let Some(line) = first_line(text, at) else { return Answer::Odd };
        if line.indent > 0 || !text[line.start..].starts_with("- ") {
            return Answer::Odd;
        }
        let Ok(Some((outline, end))) = Outline::read(surveyed, line.start + 2, 2, true) else {
            return Answer::Odd;
        };
        answer = compare_object(&outline, item).max(answer);
        at = end;
    }
    assert_eq!(at, text.len());
    answer
}

/// A document as an item of a list.
fn as_item(text: &str) -> String {
    let mut item = String::new();
    for (i, line) in text.split_inclusive('\n').enumerate() {
        item.push_str(match i {
            0 => "- ",
            _ if line.trim_end_matches(['\r', '\n']).is_empty() => "",
            _ => "  ",
        });
        item.push_str(line);
    }
    item
}

/// However much of a text has been read: an item is the same, or needs more text.
#[track_caller]
fn check_cuts(text: &str) {
    let whole = |outline: &Outline<'_>| {
        let mut out = String::new();
        let projected = outline.project(&projection(&[]), &no_type(), &mut out);
        (projected.is_ok(), out)
    };
    let mut survey = Survey::default();
    let (want, want_end) = match Outline::read(survey.look(text, Style::Yaml), 2, 2, true) {
        Ok(Some((outline, end))) => {
            (Some((outline.head().clone(), outline.name(), whole(&outline))), end)
        }
        _ => (None, text.len()),
    };
    let mut survey = Survey::default();
    for cut in (2..text.len()).filter(|it| text.is_char_boundary(*it)) {
        match Outline::read(survey.look(&text[..cut], Style::Yaml), 2, 2, false) {
            Ok(None) => {}
            Ok(Some((outline, end))) => {
                assert_eq!(end, want_end, "cut at {cut}");
                let got = (outline.head().clone(), outline.name(), whole(&outline));
                assert_eq!(Some(got), want, "cut at {cut}");
            }
            Err(Odd) => assert_eq!(want, None, "cut at {cut}"),
        }
    }
}
