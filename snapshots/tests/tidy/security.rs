//! `SECURITY.md` promises nothing that no test holds.

use std::collections::BTreeSet;

use rulebox_snapshots::root;

use super::{FOLDERS, read, rust_files};

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for path in FOLDERS.iter().flat_map(|it| rust_files(it)) {
        let mut is_test = false;
        for line in read(&path).lines().map(str::trim_start) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some(name) =
                line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ").filter(|_| is_test)
            {
                let end = name.find(['(', '<']).unwrap_or(name.len());
                tests.insert(name[..end].to_owned());
                is_test = false;
            }
        }
    }
    tests
}

/// Each promise of the tables, and what stands in backticks beside it.
fn promises(text: &str) -> Vec<(String, Vec<String>)> {
    let mut promises = Vec::new();
    let mut in_table = false;
    for line in text.lines() {
        let row = line.strip_prefix("| ").and_then(|it| it.strip_suffix(" |"));
        let cells = row.map(|it| it.split(" | ").collect::<Vec<_>>());
        match cells.as_deref() {
            Some(["promise", "test"]) => in_table = true,
            Some(cells) if in_table => {
                let [promise, tests] = cells else { panic!("two cells: {line}") };
                let names = tests.split('`').skip(1).step_by(2).map(str::to_owned);
                promises.push(((*promise).to_owned(), names.collect()));
            }
            _ if line.starts_with("|---") => {}
            _ => in_table = false,
        }
    }
    promises
}

/// What is wrong with the promises of a text.
fn wrong(text: &str) -> Vec<String> {
    let tests = tests();
    // A hostile guest has a test of its own, as a folder or file of fixtures has.
    let is_fixture = |name: &str| {
        let path = root().join("fixtures/packs").join(format!("{name}.wat"));
        // So has a fuzz target: its seeds are replayed.
        let is_below = ["fixtures/", "host/fuzz/seeds/"].iter().any(|it| name.starts_with(it));
        path.is_file() || (is_below && root().join(name).exists())
    };
    let mut wrong = Vec::new();
    for (promise, names) in promises(text) {
        if names.is_empty() {
            wrong.push(format!("{promise}: names no test"));
        }
        let missing = names.iter().filter(|it| !tests.contains(*it) && !is_fixture(it));
        wrong.extend(missing.map(|it| format!("{promise}: there is no test {it}")));
    }
    wrong
}

#[test]
fn every_promise_has_its_tests() {
    let text = read("SECURITY.md");
    assert!(promises(&text).len() > 30, "the tables are found");
    let wrong = wrong(&text);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_promise_without_a_test_is_found() {
    let text = "\
| promise | test |
|---|---|
| held | `every_promise_has_its_tests`, `honest`, all of `fixtures/packs` |
| a test that is gone | `no_such_test_as_this`, `rust_files` |
| no test | none |

| who | sends |
|---|---|
| nobody | `nothing` |
";
    let want = [
        "a test that is gone: there is no test no_such_test_as_this",
        "a test that is gone: there is no test rust_files",
        "no test: names no test",
    ];
    assert_eq!(wrong(text), want);
}
