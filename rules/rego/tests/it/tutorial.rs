//! The packs of the tutorial, as its page has them.

use std::{fs, path::Path};

use rulebox_rego::Pack;

use crate::texts;

/// The blocks of the page in a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let begin = format!("```{language}\n");
    let parts = page.split(&begin).skip(1);
    parts.map(|it| it.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn they_load() {
    let path = "../../host/docs/src/tutorials/rego.md";
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let page = fs::read_to_string(page).expect("a page");
    let policies = blocks(&page, "rego");
    let packs = blocks(&page, "yaml");
    let packs: Vec<_> = packs.iter().filter(|it| it.contains("kind: RulePack")).collect();
    assert_eq!((packs.len(), policies.len()), (2, 2));
    let (first, second) = (("a.rego", policies[0].as_str()), ("b.rego", policies[1].as_str()));
    for files in [
        vec![("pack.yaml", packs[0].as_str()), first],
        vec![("pack.yaml", packs[1].as_str()), first, second],
    ] {
        Pack::load(&texts(&files)).unwrap_or_else(|it| panic!("{it:#?}"));
    }
}
