//! `LIMITS.md` names each limit, with its value, its message and its test.

use std::{fs, path::Path};

use super::*;

/// The rows of the table, as cells.
fn rows() -> Vec<Vec<String>> {
    let rows = include_str!("../../../../LIMITS.md").lines().filter(|it| it.starts_with("| `"));
    rows.map(|it| {
        let cells = it.trim_matches('|').split('|');
        cells.map(|it| it.trim().trim_matches('`').to_owned()).collect()
    })
    .collect()
}

/// Names and values, of the fields of [`Limits`] and of the constants beside it.
fn limits() -> Vec<(String, u64)> {
    let fields = format!("{:?}", Limits::default());
    let fields = fields.trim_start_matches("Limits {").trim_end_matches('}');
    let fields = fields.split(',').map(|it| {
        let (name, value) = it.split_once(':').expect("a field");
        (name.trim().to_owned(), value.trim().parse().expect("a number"))
    });
    let constants = include_str!("../../src/limits.rs").lines().filter_map(|it| {
        let (name, value) = it.strip_prefix("pub(crate) const ")?.split_once(':')?;
        let value = value.split_once("= ")?.1.trim_end_matches(';').replace('_', "");
        let number = |it: &str| it.trim().parse::<u64>().expect("a number");
        let value = match value.split_once("<<") {
            Some((number_of, shift)) => number(number_of) << number(shift),
            None => number(&value),
        };
        Some((name.to_owned(), value))
    });
    fields.chain(constants).collect()
}

fn number(shown: &str) -> Option<u64> {
    let (number, unit) = shown.split_once(' ').unwrap_or((shown, ""));
    let shift = ["", "KiB", "MiB", "GiB"].iter().position(|it| *it == unit)?;
    Some(number.parse::<u64>().ok()? << (10 * shift))
}

/// All of the sources and tests of this crate.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|it| it == "rs") {
            all.push_str(&fs::read_to_string(&path).expect("a file"));
        }
    }
}

#[test]
fn each_limit_is_documented() {
    let (rows, limits) = (rows(), limits());
    let documented: Vec<_> = rows.iter().map(|it| (it[0].clone(), number(&it[1]))).collect();
    let wanted: Vec<_> = limits.into_iter().map(|(name, value)| (name, Some(value))).collect();
    assert_eq!(documented, wanted, "the rows of LIMITS.md, and what the code says");
    let mut all = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests"] {
        sources(&root.join(folder), &mut all);
    }
    let all = all.split_whitespace().collect::<Vec<_>>().join(" ").replace("\\ ", "");
    for row in rows {
        let [name, _, reason, _, message, test] = &row[..] else { panic!("six cells: {row:?}") };
        assert!(!reason.is_empty(), "{name} has no reason");
        assert!(all.contains(message.as_str()), "{name}: no source says `{message}`");
        assert!(all.contains(&format!("fn {test}(")), "{name}: there is no test {test}");
    }
}

#[test]
fn an_object_of_many_keys_is_parsed_in_full() {
    let mut text = pod("csdr", "x");
    for nth in 0..5_000 {
        text[format!("k{nth}")] = nth.into();
        text["metadata"][format!("k{nth}")] = nth.into();
    }
    for text in [text.to_string(), yaml(&text, Style::default())] {
        let reading = read_bytes(&text);
        assert_eq!((names(&reading), words(&reading)), (vec!["x".to_owned()], Vec::new()));
    }
}
