//! What a reader of the repository relies on.
//!
//! One name, `vault-unavailable`, is the rule, the stem of its file, its folder of fixtures and its
//! folder of goldens. None of these may be missing, and nothing may be left over. Imports go one
//! way, and lines are no wider than a screen.

#[path = "tidy/arrows.rs"]
mod arrows;
#[path = "tidy/security.rs"]
mod security;

use std::{collections::BTreeSet, fs};

use rulebox_snapshots::{list, native_packs, root, rule_fixtures, stem};

#[path = "../../xtask/src/codegen/layout.rs"]
mod layout;

/// Fails where two sets of names differ, and says how.
#[track_caller]
fn check_same(what: &str, is: BTreeSet<String>, wanted: BTreeSet<String>) {
    let missing: Vec<_> = wanted.difference(&is).collect();
    let left_over: Vec<_> = is.difference(&wanted).collect();
    assert!(
        missing.is_empty() && left_over.is_empty(),
        "{what}: missing {missing:?}, left over {left_over:?}"
    );
}

fn rules(pack: &rulebox_sdk::Pack) -> BTreeSet<String> {
    pack.describe().rules.into_iter().map(|it| it.id).collect()
}

fn stems(folder: &str) -> BTreeSet<String> {
    list(&root().join(folder)).iter().map(|it| stem(it)).collect()
}

#[test]
fn every_rule_is_one_file() {
    for pack in native_packs() {
        let folder = layout::rules_folder(pack.name());
        let files =
            stems(&folder).into_iter().filter(|it| it != "mod").map(|it| it.replace('_', "-"));
        check_same(&folder, files.collect(), rules(&pack));
    }
}

#[test]
fn every_rule_has_bad_and_good_fixtures() {
    for pack in native_packs() {
        for prefix in ["bad_", "good_"] {
            let fixtures = rule_fixtures(pack.name()).into_iter();
            let with =
                fixtures.filter(|it| it.stem.starts_with(prefix)).map(|it| it.rule).collect();
            check_same(&format!("fixtures/{}/*/{prefix}*", pack.name()), with, rules(&pack));
        }
        let odd: Vec<_> = rule_fixtures(pack.name())
            .into_iter()
            .filter(|it| !it.stem.starts_with("bad_") && !it.stem.starts_with("good_"))
            .collect();
        assert!(odd.is_empty(), "a fixture is bad_<case> or good_<case>: {odd:?}");
    }
}

#[test]
fn every_bad_fixture_has_its_golden_and_no_golden_is_left_over() {
    for pack in native_packs() {
        let wanted =
            rule_fixtures(pack.name()).into_iter().filter(|it| it.stem.starts_with("bad_"));
        let wanted = wanted.map(|it| format!("{}/{}", it.rule, it.stem)).collect();
        let folders = list(&root().join("snapshots").join(pack.name()));
        let is = folders.iter().flat_map(|folder| {
            list(folder).into_iter().map(|it| format!("{}/{}", stem(folder), stem(&it)))
        });
        check_same(&format!("snapshots/{}", pack.name()), is.collect(), wanted);
    }
}

#[test]
fn every_pack_has_a_component_and_rules() {
    let packs: BTreeSet<_> = native_packs().iter().map(|it| it.name().to_owned()).collect();
    check_same("rules-wasm/packs", stems("rules-wasm/packs"), packs.clone());
    let modules = packs.iter().map(|it| layout::module(it)).collect();
    check_same("rules/standard/src/packs", stems("rules/standard/src/packs"), modules);
}

#[test]
fn every_fixture_folder_belongs_to_something() {
    let packs = native_packs();
    let wanted =
        packs.iter().map(|it| it.name().to_owned()).chain(["clusters", "packs"].map(str::to_owned));
    check_same("fixtures", stems("fixtures"), wanted.collect());
}

/// Words that belong to a pack, or to the platform that it is for.
const WORDS_OF_PACKS: [&str; 8] = [
    "csdr",
    "backup center",
    "backup-center",
    "backup_center",
    "alibaba",
    "alicloud",
    "aliyun",
    "add-ons",
];

#[test]
fn what_packs_share_names_none_of_them() {
    for floor in ["kubernetes", "velero"] {
        for path in rust_files(&format!("rules/standard/src/{floor}")) {
            let text = read(&path).to_lowercase();
            let word = WORDS_OF_PACKS.iter().find(|it| text.contains(**it));
            assert_eq!(word, None, "{path}");
        }
    }
}

#[test]
fn lines_fit_into_100_columns() {
    let mut wide = Vec::new();
    for path in rust_files(".") {
        let is_wide = |line: &str| line.chars().count() > 100 && !is_one_link(line);
        let lines = read(&path);
        let lines = lines.lines().enumerate().filter(|(_, it)| is_wide(it));
        wide.extend(lines.map(|(i, _)| format!("{path}:{}", i + 1)));
    }
    assert!(wide.is_empty(), "wider than 100 columns: {wide:#?}");
}

/// The folders whose files say what they are for.
const FOLDERS: [&str; 5] = ["host", "rules", "rules-wasm", "snapshots", "xtask"];

#[test]
fn every_file_begins_with_what_it_is_for() {
    let mut without = Vec::new();
    for path in FOLDERS.iter().flat_map(|it| rust_files(it)) {
        let text = read(&path);
        let is_before = |it: &&str| it.is_empty() || it.starts_with("// Generated ");
        let first = text.lines().find(|it| !is_before(it)).unwrap_or_default();
        if !first.starts_with("//! ") {
            without.push(path);
        }
    }
    assert!(without.is_empty(), "no paragraph in `//!` at the top: {without:#?}");
}

/// A comment, or a text, that is one link: no line break can make it narrower.
fn is_one_link(line: &str) -> bool {
    let text = line.trim_start().trim_start_matches(['/', '!', '"', '`']).trim();
    text.contains("://") && !text.contains(char::is_whitespace)
}

/// The Rust files below a folder, as paths from the root; those that a build makes are not among
/// them.
fn rust_files(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    for path in list(&root().join(folder)) {
        let name = path.file_name().expect("it was listed").to_string_lossy().into_owned();
        let below = if folder == "." { name.clone() } else { format!("{folder}/{name}") };
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
                files.extend(rust_files(&below));
            }
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(below);
        }
    }
    files
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|it| panic!("{path}: {it}"))
}
