//! What a reader of the repository relies on.
//!
//! One name, `vault-unavailable`, is the rule, the stem of its file, its folder of fixtures and its
//! folder of goldens. None of these may be missing, and nothing may be left over.

use std::collections::BTreeSet;

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
fn every_pack_is_a_component_and_every_component_a_pack() {
    check_same(
        "rules-wasm/packs",
        stems("rules-wasm/packs"),
        native_packs().iter().map(|it| it.name().to_owned()).collect(),
    );
}

#[test]
fn every_fixture_folder_belongs_to_something() {
    let packs = native_packs();
    let wanted =
        packs.iter().map(|it| it.name().to_owned()).chain(["clusters", "packs"].map(str::to_owned));
    check_same("fixtures", stems("fixtures"), wanted.collect());
}
