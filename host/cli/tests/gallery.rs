//! The gallery of rules: the cases of each pack hold and are complete, and the guide lists each.
//! The pack in Python is built by `cargo xtask test` where Python is there.

mod program;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use program::{command, root, run};
use serde_json::Value;

const GALLERY: &str = "rules-wasm/gallery";
const GUIDE: &str = "host/docs/src/guide/gallery.md";

/// The folder of the pack that must be built, and its component.
const BUILT: (&str, &str) =
    ("schedule-slower-than-rpo", "target/packs/examples/org-recovery-points.wasm");

fn main() {
    let rules = rules();
    let mut trials: Vec<_> = rules
        .iter()
        .cloned()
        .map(|rule| Trial::ignorable_test(rule.clone(), move || complete(&rule)))
        .collect();
    trials.push(Trial::test("the guide lists each", move || listed(&rules)));
    trials.push(Trial::test("what is in Python has one compiler", one_compiler));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// The folders of the gallery, each named after its rule.
fn rules() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(GALLERY)).expect("the gallery is there");
    entries.map(|it| it.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

/// All cases of a rule hold, among them two of each kind; and they leave nothing out.
fn complete(rule: &str) -> Result<Completion, Failed> {
    let folder = format!("{GALLERY}/{rule}");
    let pack = if rule == BUILT.0 { BUILT.1 } else { &folder };
    if !root().join(pack).exists() {
        return Ok(Completion::ignored_with("not built; type: cargo xtask test"));
    }
    let test = ["rules", "test", pack, "--cases", &folder, "--coverage", "-o", "json"];
    let ran = run(&mut command(&test), "");
    let json: Value = serde_json::from_str(&ran.out)
        .map_err(|it| format!("{it}: {}: {}{}", ran.code, ran.out, ran.err))?;
    if ran.code != 0 {
        return Err(format!("{json:#}").into());
    }
    for kind in ["bad_", "good_"] {
        let of_kind = |it: &&Value| {
            it["name"].as_str().is_some_and(|it| it.starts_with(&format!("{rule}/{kind}")))
        };
        let count = json["cases"].as_array().into_iter().flatten().filter(of_kind).count();
        assert!(count >= 2, "{count} cases {kind}: {json:#}");
    }
    Ok(Completion::Completed)
}

/// Each row of the guide is a rule, with what its folder says: what it finds, and where it was
/// asked for.
fn listed(rules: &BTreeSet<String>) -> Result<(), Failed> {
    let guide = fs::read_to_string(root().join(GUIDE))?;
    let rows: Vec<Vec<&str>> = guide
        .lines()
        .filter_map(|it| it.strip_prefix("| [")?.strip_suffix(" |"))
        .map(|it| it.split(" | ").collect())
        .collect();
    let mut known = BTreeSet::new();
    for row in rows {
        let [rule, _, finds, asked] = row[..] else { return Err(format!("{row:?}").into()) };
        let rule = rule.split(']').next().unwrap_or_default();
        let mut text = String::new();
        for file in files(&root().join(GALLERY).join(rule))? {
            text += &fs::read_to_string(file)?;
        }
        let link = asked.trim_matches(['<', '>']);
        for said in [finds, link] {
            assert!(text.contains(said), "{rule} does not say: {said}");
        }
        known.insert(rule.to_owned());
    }
    assert_eq!(&known, rules);
    Ok(())
}

/// `cargo xtask test` builds them by that of the example.
fn one_compiler() -> Result<(), Failed> {
    let named = |folder: &str| fs::read_to_string(root().join(folder).join("requirements.txt"));
    assert_eq!(named(&format!("{GALLERY}/{}", BUILT.0))?, named("rules-wasm/examples/python")?);
    Ok(())
}

/// The files of a pack, without its cases.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let entries = fs::read_dir(folder)?.map(|it| it.map(|it| it.path()));
    let paths: Vec<_> = entries.collect::<Result<_, _>>()?;
    let is_text = |it: &Path| it.extension().is_some_and(|it| it == "yaml" || it == "py");
    Ok(paths.into_iter().filter(|it| is_text(it)).collect())
}
