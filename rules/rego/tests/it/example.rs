//! The example in `rules-wasm/examples/rego`, on its fixtures.

use std::{fs, path::Path};

use rulebox_rego::{Pack, Text};
use rulebox_sdk::testing::Fixture;

use crate::run;

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules-wasm/examples/rego")
}

fn pack() -> Pack {
    let files = ["pack.yaml", "constraint.yaml", "images.rego", "template.yaml"];
    let text = |it: &str| Text {
        path: it.to_owned(),
        content: fs::read_to_string(example().join(it)).expect("it is there"),
    };
    Pack::load(&files.map(text)).unwrap_or_else(|it| panic!("{it:#?}"))
}

#[track_caller]
fn check(rule: &str, fixture: &str) {
    let path = example().join("fixtures").join(rule).join(fixture);
    let yaml = fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
    let mut expected = Fixture::parse(&yaml).expect("it says what is expected");
    let pack = pack();
    let settings = expected.settings.take();
    let defaults = r#"{"registry":"registry.acme.example/"}"#.to_owned();
    let yaml = match settings {
        Some(_) => yaml.clone(),
        None => format!("# settings: {defaults}\n{yaml}"),
    };
    let outcome = run(&pack, rule, &yaml);
    expected.judge(&outcome).unwrap_or_else(|it| panic!("{rule}/{fixture}: {it}"));
}

#[test]
fn the_policy_of_conftest_does_as_its_fixtures_say() {
    check("image-not-from-our-registry", "bad_foreign.yaml");
    check("image-not-from-our-registry", "good_ours.yaml");
}

#[test]
fn the_constraint_of_gatekeeper_does_as_its_fixtures_say() {
    check("namespace-has-no-owner", "bad_unlabelled.yaml");
    check("namespace-has-no-owner", "good_excluded.yaml");
}

#[test]
fn it_says_what_it_needs() {
    let pack = pack();
    let info = pack.describe();
    let needs: Vec<_> = info
        .needs
        .objects
        .iter()
        .map(|it| format!("{}/{} {}", it.group, it.kind, it.fields.join(" ")))
        .collect();
    let images = "apps/Deployment spec.template.spec.containers[].name \
                  spec.template.spec.containers[].image";
    assert_eq!(needs, [images, "/Namespace "]);
    let rules: Vec<_> = info.rules.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(rules, ["image-not-from-our-registry", "namespace-has-no-owner"]);
}

/// All files of a folder beside its fixtures, `pack.yaml` first.
fn folder(path: &str) -> Vec<Text> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let files = fs::read_dir(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
    let mut texts: Vec<_> = files
        .map(|it| it.expect("it is there").path())
        .filter(|it| it.extension().is_some_and(|it| it == "yaml" || it == "rego"))
        .map(|it| Text {
            path: it.file_name().expect("a name").to_string_lossy().into_owned(),
            content: fs::read_to_string(&it).expect("it is text"),
        })
        .collect();
    texts.sort_by_key(|it| (it.path != "pack.yaml", it.path.clone()));
    texts
}

#[test]
fn packs_of_the_gallery_and_the_template_load() {
    for it in [
        "rules-wasm/examples/rego",
        "rules-wasm/gallery/backup-component-without-requests",
        "rules-wasm/gallery/image-not-from-allowed-registry",
        "host/author/templates/rego",
    ] {
        let mut texts = folder(it);
        texts.retain(|it| !it.path.starts_with("steps.") && !it.path.starts_with("setup."));
        Pack::load(&texts).unwrap_or_else(|problems| panic!("{it}: {problems:#?}"));
    }
}
