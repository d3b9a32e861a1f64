//! Packs that are written as YAML, as a user names them.

mod program;

use std::fs;

use program::{Ran, command, run};
use tempfile::TempDir;

const PACK: &str = r#"apiVersion: rulebox.dev/v1alpha1
kind: RulePack
metadata: {name: acme, version: 0.1.0}
settings:
  registry:
    {type: string, default: registry.acme.example/, description: Where images must come from.}
needs:
  pods: {kind: Pod}
rules:
  - id: image-not-from-our-registry
    severity: high
    summary: An image does not come from our registry
    for: pods
    let:
      foreign: object.spec.containers.filter(it, !it.image.startsWith(settings.registry))
    when: foreign.size() > 0
    message: "{{ object.metadata.name }} runs {{ foreign[0].image }}"
"#;

const DUMP: &str = r#"apiVersion: v1
kind: PodList
items:
- metadata: {name: web-0, namespace: shop}
  spec: {containers: [{name: a, image: "docker.io/web:1"}]}
"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
    folder
}

fn check(files: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let folder = folder(&[files, &[("dump.yaml", DUMP)]].concat());
    run(command(arguments).current_dir(folder.path()), "")
}

const FOUND: &str = "web-0 runs docker.io/web:1";

#[test]
fn a_file_is_a_pack() {
    let ran = check(&[("rules.yaml", PACK)], &["check", "--pack", "rules.yaml", "dump.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains(FOUND), "{}", ran.out);
}

#[test]
fn a_folder_with_pack_yaml_is_that_pack() {
    let files = [("acme/pack.yaml", PACK), ("acme/fixtures/x/bad_a.yaml", DUMP)];
    let ran = check(&files, &["check", "--pack", "acme", "dump.yaml"]);
    assert!(ran.out.contains(FOUND), "{}{}", ran.out, ran.err);
}

#[test]
fn another_folder_holds_packs() {
    let other = PACK.replace("name: acme", "name: other");
    let files = [
        ("packs/a.yaml", PACK),
        ("packs/b.yml", &other),
        ("packs/folder/pack.yaml", &PACK.replace("name: acme", "name: third")),
        ("packs/folder/fixtures/x/pack.yaml", DUMP),
        ("packs/.hidden/pack.yaml", PACK),
        ("packs/README.md", ""),
        ("packs/other.yaml", DUMP),
    ];
    let ran = check(&files, &["rules", "list", "--pack", "packs"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for pack in ["acme", "other", "third"] {
        assert_eq!(ran.out.matches(&format!("{pack}/image-not")).count(), 1, "{}", ran.out);
    }
}

#[test]
fn what_it_reads_and_takes_is_shown() {
    let files = [("pack.yaml", PACK)];
    let rule = "acme/image-not-from-our-registry";
    let ran = check(&files, &["rules", "explain", "--pack", "pack.yaml", rule]);
    assert!(ran.out.contains("spec.containers[].image"), "{}{}", ran.out, ran.err);
    let ran = check(&files, &["schema", "--pack", "pack.yaml", "acme"]);
    assert!(ran.out.contains("Where images must come from."), "{}{}", ran.out, ran.err);
    let ran = check(&[], &["schema", "rule-pack"]);
    assert!(ran.out.contains("rulebox.dev/v1alpha1"), "{}{}", ran.out, ran.err);
}

#[test]
fn settings_are_those_of_the_configuration() {
    let config = "settings: {acme: {registry: docker.io/}}\n";
    let files = [("pack.yaml", PACK), ("rulebox.yaml", config)];
    let arguments = ["check", "--config", "rulebox.yaml", "--pack", "pack.yaml", "dump.yaml"];
    let ran = check(&files, &arguments);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let files = [("pack.yaml", PACK), ("rulebox.yaml", &config.replace("docker.io/", "[]"))];
    assert_eq!(check(&files, &arguments).code, 2);
}

#[test]
fn each_problem_is_told_with_its_place() {
    let wrong = PACK.replace("it.image", "it.imag").replace("object.metadata.name", "objekt");
    let files = [("pack.yaml", wrong.as_str())];
    let places = ["pack.yaml:15:54: Container of Kubernetes", "pack.yaml:17:18: nothing is called"];
    let check = |ran: Ran| {
        assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
        let all = ran.out.replace("\n     ", "") + &ran.err;
        assert!(places.iter().all(|it| all.contains(it)), "{}{}", ran.out, ran.err);
    };
    check(self::check(&files, &["check", "--pack", "pack.yaml", "dump.yaml"]));
    check(self::check(&files, &["rules", "list", "--pack", "pack.yaml"]));
}

#[track_caller]
fn check_refused(content: &str, words: &str) {
    let ran = check(&[("pack.yaml", content)], &["check", "--pack", "pack.yaml", "dump.yaml"]);
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    let words_found = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words_found.contains(words), "{}", ran.out);
}

#[test]
fn what_is_no_pack_is_refused() {
    check_refused(DUMP, "pack.yaml:2:7: this is no pack: its kind is `PodList`");
    check_refused("a: [", "it is no YAML");
    check_refused("", "the text is empty");
    check_refused(&PACK.replace("name: acme", "name: backup-center"), "a name of a built-in pack");
}

#[test]
fn packs_of_a_folder_that_are_not_read_are_told() {
    let json = r#"{"apiVersion": "rulebox.dev/v1alpha1", "kind": "RulePack"}"#;
    let files = [
        ("packs/a.yaml", PACK),
        ("packs/b.YAML", PACK),
        ("packs/c.json", json),
        ("packs/d/pack.yml", PACK),
        ("packs/e.json", "{}"),
        ("packs/f/other.yaml", DUMP),
    ];
    let ran = check(&files, &["rules", "list", "--pack", "packs"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    for it in ["packs/b.YAML", "packs/c.json", "packs/d/pack.yml"] {
        assert!(said.contains(&format!("{it} is not read")), "{said}");
    }
    assert!(!said.contains("e.json") && !said.contains("other.yaml"), "{said}");
}

#[test]
fn a_pack_of_a_folder_may_be_json_in_one_line() {
    let head = r#""apiVersion": "rulebox.dev/v1alpha1", "kind": "RulePack""#;
    let json = format!(r#"{{{head}, "metadata": {{"name": "j"}}, "x": 1}}"#);
    let ran = check(&[("packs/a.yaml", &json)], &["rules", "list", "--pack", "packs"]);
    assert!(ran.err.contains("has no key `x`"), "{}", ran.err);
}
