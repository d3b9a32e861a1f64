//! Which files of a crate may import which: downwards, and never in a circle.
//!
//! Tests may name anything.

use rulebox_snapshots::{imports::Imports, root};

/// The crates whose files do not import each other, each with the circles that may stay.
const CRATES: [(&str, &[&[&str]]); 16] = [
    ("host/author", &[]),
    ("host/bundle", &[]),
    ("host/core", &[]),
    ("host/fixture", &[]),
    // Reading nodes and reading scalars is one hot loop.
    ("host/reader", &[&["yaml/scalar", "yaml/scan"]]),
    ("host/engine", &[]),
    ("host/cluster", &[]),
    ("host/report", &[]),
    ("host/registry", &[]),
    ("host/run", &[]),
    ("host/deploy", &[]),
    ("host/cli", &[]),
    ("rules/cel", &[]),
    ("rules/sdk", &[]),
    ("rules/standard", &[]),
    ("xtask/gen-dump", &[]),
];

#[test]
fn no_files_import_each_other() {
    let mut wrong = Vec::new();
    for (name, may_stay) in CRATES {
        let imports = read(name);
        let circles = imports.circles();
        if circles != may_stay {
            wrong.push(format!("{name}: {circles:?} instead of {may_stay:?}"));
            let is_within = |(from, to): &(&str, &str)| {
                circles.iter().any(|it| it.contains(from) && it.contains(to))
            };
            let within = imports.iter().filter(is_within);
            wrong.extend(within.map(|(from, to)| format!("{name}: {from} imports {to}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Folders and files of the reader, highest first. Each may name only those in lower rows.
const ROWS: [&[&str]; 12] = [
    // The root.
    &[""],
    &["answers"],
    &["reader"],
    &["source"],
    &["long", "answer"],
    &["input"],
    &["document"],
    &["yaml", "json"],
    &["object"],
    &["layout"],
    &["text"],
    &["broken", "journal", "limits", "meter", "type_meta"],
];

#[test]
fn the_reader_imports_downwards() {
    let row = |name: &str| {
        let row = ROWS.iter().position(|row| row.contains(&name));
        row.unwrap_or_else(|| panic!("{name} has no row in ROWS"))
    };
    let imports = read("host/reader");
    let is_up = |(from, to): &(&str, &str)| top(from) != top(to) && row(top(to)) <= row(top(from));
    let up: Vec<_> = imports.iter().filter(is_up).collect();
    assert!(up.is_empty(), "not down the list of ROWS: {up:#?}");
}

/// The floor that a file of the built-in rules stands on; it may import its own and those below.
fn floor(file: &str) -> usize {
    match top(file) {
        "packs" if file == "packs" => 4,
        "packs" => 3,
        "velero" => 2,
        "kubernetes" => 1,
        // The root names everything.
        "" => 5,
        _ => 0,
    }
}

/// The pack that a file belongs to: `packs/backup_center/…`.
fn pack_of(file: &str) -> Option<&str> {
    file.strip_prefix("packs/")?.split('/').next()
}

#[test]
fn the_built_in_rules_import_downwards() {
    let imports = read("rules/standard");
    let is_up = |(from, to): &(&str, &str)| {
        let is_other =
            pack_of(from).is_some() && pack_of(to).is_some_and(|it| pack_of(from) != Some(it));
        floor(to) > floor(from) || is_other
    };
    let up: Vec<_> = imports.iter().filter(is_up).collect();
    assert!(up.is_empty(), "packs → velero → kubernetes, and no pack into another: {up:#?}");
}

/// The folder, or else the file, that a file belongs to.
fn top(file: &str) -> &str {
    file.split('/').next().unwrap_or_default()
}

fn read(name: &str) -> Imports {
    let imports = Imports::read(&root().join(name).join("src"));
    assert!(imports.iter().count() > 5, "{name}: the imports were read");
    imports
}
