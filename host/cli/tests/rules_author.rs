//! `rulebox rules new`, `build` and `inspect`: what is written, and what is refused. Projects that
//! are built by their compilers are tested in `projects`.

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;
mod held;
mod program;

use std::{fs, io::Read as _, os::unix::fs::PermissionsExt as _, path::Path};

use flate2::read::GzDecoder;
use program::{Ran, command, root, run};

fn rules(arguments: &[&str]) -> Ran {
    run(&mut command(&[&["rules"], arguments].concat()), "")
}

/// Holds what a command says to a code and to words.
#[track_caller]
fn check(arguments: &[&str], code: i32, want: &[&str]) {
    held::held(&rules(arguments), code, want);
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn a_project_is_written_in_each_language() {
    for (language, file) in [
        ("rust", "Cargo.toml"),
        ("javascript", "package.json"),
        ("python", "app.py"),
        ("cel", "pack.yaml"),
        ("rego", "pack.yaml"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().join("acme");
        let next = ["next:\n  cd ", "  rulebox rules build\n  rulebox rules test\n"];
        check(&["new", "--language", language, "acme-rules", "--to", &text(&to)], 0, &next);
        let of = fs::read_to_string(to.join(file)).expect("a file");
        assert!(of.contains("acme-rules") || language == "python", "{of}");
        assert!(to.join(".github/workflows/rules.yaml").exists());
        assert!(to.join("fixtures/image-not-from-our-registry/good_our_registry.yaml").exists());
    }
}

#[test]
fn a_project_that_is_text_holds_its_own_cases() {
    for language in ["cel", "rego"] {
        let folder = tempfile::tempdir().expect("a folder");
        let to = text(&folder.path().join("acme"));
        check(&["new", "--language", language, "acme", "--to", &to], 0, &["wrote "]);
        let nothing = "there is nothing to compile: the pack acme 0.1.0 with 1 rule\n";
        check(&["build", &to], 0, &[nothing]);
        let want = ["acme 0.1.0: 6 cases: 6 ok, 0 failed\n", "rules   1 of 1\n"];
        check(&["test", &to, "--coverage"], 0, &want);
    }
}

#[test]
fn a_project_is_not_written_over_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = text(folder.path());
    let new = |name: &str| ["new", "--language", "cel", name, "--to", &to].map(str::to_owned);
    let new = |name: &str, code, want: &str| {
        let arguments = new(name);
        check(&arguments.each_ref().map(String::as_str), code, &[want]);
    };
    new("Acme", 2, "small letters, digits, and dashes");
    new("../acme", 2, "cannot be the name of a pack");
    new("backup-center", 2, "a name of Rulebox's own packs");
    new("standard", 2, "a name of Rulebox's own packs");
    new("acme", 0, "wrote ");
    new("acme", 2, "it is not empty");
    let file = text(&folder.path().join("pack.yaml"));
    check(&["new", "--language", "cel", "acme", "--to", &file], 2, &["cannot write a project to"]);
    check(&["new", "acme"], 2, &["--language"]);
    check(&["new", "--language", "go", "acme"], 2, &["cel, rust, javascript, python, rego"]);
}

#[test]
fn what_is_no_project_is_not_built() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = text(folder.path());
    let marks = "pack.yaml, Cargo.toml, package.json, app.py";
    check(&["build", &to], 2, &["holds no project of rules", marks, "rulebox rules new"]);
    check(&["build", &text(&folder.path().join("none"))], 2, &["is no folder"]);
    fs::write(folder.path().join("Cargo.toml"), "").expect("written");
    fs::write(folder.path().join("package.json"), "{}").expect("written");
    check(&["build", &to], 2, &["holds Cargo.toml and package.json", "--language rust"]);
    check(&["build", &to, "--language", "cel", "-o", "x.wasm"], 2, &["not compiled"]);
}

/// Builds an empty project with no programs but these scripts.
#[track_caller]
fn check_tools(mark: &str, programs: &[(&str, &str)], want: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("project");
    fs::create_dir(&project).expect("made");
    fs::write(project.join(mark), "").expect("written");
    for (name, script) in programs {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
    }
    let mut command = command(&["rules", "build", &text(&project)]);
    let ran = run(command.env("PATH", folder.path()), "");
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    for words in want {
        assert!(ran.err.contains(words), "no {words:?}: {}", ran.err);
    }
}

#[test]
fn what_a_build_lacks_is_told_with_what_to_type() {
    check_tools("Cargo.toml", &[], &["`rustc` is not there", "https://rustup.rs"]);
    let no_target = [("rustc", "echo /nowhere")];
    check_tools("Cargo.toml", &no_target, &["rustup target add wasm32-unknown-unknown"]);
    let fails = [("rustc", "echo /"), ("cargo", "echo broken >&2; exit 101")];
    let told = ["runs: cargo rustc --lib --crate-type cdylib --release", "broken", "failed"];
    check_tools("Cargo.toml", &fails, &told);
    let nothing = [("rustc", "echo /"), ("cargo", "true")];
    check_tools("Cargo.toml", &nothing, &["cargo has made no module", "crate-type"]);
    check_tools("package.json", &[], &["`node` is not there", "Node.js 20"]);
    check_tools("package.json", &[("node", "echo v18.3.0")], &["v18.3.0, which is too old"]);
    let no_npm = [("node", "echo v22.0.0")];
    check_tools("package.json", &no_npm, &["`npm` is not there"]);
    let writes_nothing = [("node", "echo v22.0.0"), ("npm", "true")];
    check_tools(
        "package.json",
        &writes_nothing,
        &["runs: npm install", "cannot read the component"],
    );
    check_tools("app.py", &[], &["`python3` is not there", "python3-venv"]);
    check_tools("app.py", &[("python3", "echo Python 3.8.1")], &["Python 3.8.1 is too old"]);
}

#[test]
fn what_was_built_must_be_a_pack() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("package.json"), "{}").expect("written");
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).expect("made");
    for (name, script) in [
        ("node", "echo v22.0.0"),
        ("npm", "for to; do :; done; [ \"$1\" != run ] || echo x > \"$to\""),
    ] {
        fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("set");
    }
    let mut command = command(&["rules", "build", &text(folder.path())]);
    let ran = run(command.env("PATH", &bin), "");
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("what was built cannot be used"), "{}", ran.err);
    let wasm = fs::read_dir(folder.path()).expect("a folder").flatten();
    assert_eq!(wasm.filter(|it| it.path().extension().is_some_and(|it| it == "wasm")).count(), 0);
}

/// The example in Rust, and the same as it was built against the contract 0.1.0.
const NEW: &str = "target/packs/examples/org-workloads.wasm";

fn older(folder: &Path) -> String {
    let packed = fs::File::open(root().join("fixtures/packs/0.1.0/org-workloads.wasm.gz"));
    let mut bytes = Vec::new();
    GzDecoder::new(packed.expect("a pack")).read_to_end(&mut bytes).expect("gzip");
    let old = folder.join("old.wasm");
    fs::write(&old, bytes).expect("written");
    text(&old)
}

#[test]
fn a_pack_says_what_it_is_and_asks_for() {
    let want = [
        "PACK  org-workloads 1.0.0\n",
        "  digest    sha256:",
        "  contract  rulebox:rules@0.1.1\n",
        "rulebox:rules/inventory@0.1.1",
        "pod-crash-loop",
        "  Pod (all namespaces): container-oom-killed, pod-crash-loop\n",
        "    status.containerStatuses[].restartCount\n",
        "  no Secrets\n",
        "MAY LIST IN A CLUSTER\n  everywhere: pods\n",
        "SETTINGS\n  ignoredNamespaces (default []): ",
    ];
    check(&["inspect", NEW], 0, &want);
    let json: serde_json::Value =
        serde_json::from_str(&rules(&["inspect", NEW, "-o", "json"]).out).expect("JSON");
    let pack = &json["packs"][0];
    assert_eq!((&pack["name"], &pack["contract"]), (&"org-workloads".into(), &"0.1.1".into()));
    let bytes = fs::read(root().join(NEW)).expect("the example").len();
    assert_eq!(pack["files"][0]["bytes"], bytes);
    check(&["inspect", "standard"], 0, &["PACK  backup-center", "file      none: it is built in"]);
    check(&["inspect", "/dev/zero"], 4, &["a pack is a file"]);
}

#[test]
fn who_is_given_secrets_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let text_of = guests::with_parts("honest.wat").replace("\"Pod\\00\"", "\"Secret\\00\"");
    let file = folder.path().join("secrets.wasm");
    fs::write(&file, wat::parse_str(text_of).expect("text")).expect("written");
    check(&["inspect", &text(&file)], 0, &["  SECRETS of all namespaces: "]);
    let pods = folder.path().join("pods.wasm");
    fs::write(&pods, guests::assemble("honest.wat")).expect("written");
    let more = ["  Secret in all namespaces: "];
    check(&["inspect", &text(&file), "--against", &text(&pods)], 1, &more);
}

#[test]
fn a_version_that_asks_for_more_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = older(folder.path());
    let more = ["asks for more than", "  contract 0.1.1, which was 0.1.0\n", "size: "];
    check(&["inspect", NEW, "--against", &old], 1, &more);
    check(&["inspect", &old, "--against", NEW], 0, &["asks for no more than"]);
    check(&["inspect", NEW, "--against", NEW], 0, &["asks for no more than"]);
    let json = rules(&["inspect", NEW, "--against", &old, "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["asksForMore"][0], "contract 0.1.1, which was 0.1.0");
    check(&["inspect", "nowhere.wasm"], 2, &["cannot read the pack nowhere.wasm"]);
    let broken = folder.path().join("broken.wasm");
    fs::write(&broken, "no component").expect("written");
    check(&["inspect", &text(&broken)], 4, &["does not begin with"]);
    let over = format!("json={NEW}");
    check(&["inspect", NEW, "-o", &over], 2, &["is an output and also a pack"]);
}
