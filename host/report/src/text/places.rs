//! Where an object or a problem stands, in words.

use std::fmt::Write as _;

use rulebox_core::Place;

/// `bundle.tar.gz: pods.yaml:4711`, `dump.yaml:812`
pub(super) fn place_words(input: &str, path: &str, line: Option<u64>) -> String {
    let mut words = input.to_owned();
    if !path.is_empty() {
        let _ = write!(words, ": {path}");
    }
    if let Some(line) = line {
        let _ = write!(words, ":{line}");
    }
    words
}

/// A place that somebody can go to: one with a line.
pub(super) fn shown_place(Place { input, path, line, .. }: &Place) -> Option<String> {
    line.map(|line| place_words(input, path, Some(line)))
}

/// A place behind the name of an object. `file`: the place that was shown last, if any.
pub(super) fn in_brackets<'p>(place: &'p Place, file: &mut Option<&'p Place>) -> Option<String> {
    let is_same = |it: &Place| (&it.input, &it.path) == (&place.input, &place.path);
    let words = match place.line {
        Some(line) if file.is_some_and(is_same) => format!("line {line}"),
        _ => shown_place(place)?,
    };
    *file = Some(place);
    Some(format!(" ({words})"))
}
