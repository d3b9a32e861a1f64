//! `rulebox rules test`: what makes a case hold, what makes it fail, and what is written.

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;
mod held;
mod program;

use std::{fs, path::Path};

use program::Ran;
use tempfile::TempDir;

/// The example pack in Rust: `pod-crash-loop` and `container-oom-killed`.
const PACK: &str = "target/packs/examples/org-workloads.wasm";

const LOOP: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop}
status:
  containerStatuses:
  - name: app
    restartCount: 12
    state: {waiting: {reason: CrashLoopBackOff}}
";

const RUNS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop}
status:
  containerStatuses:
  - {name: app, restartCount: 0, state: {running: {}}}
";

/// A folder with these files; the text of a pod may follow the comments.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    assert!(program::root().join(PACK).exists(), "{PACK} is not built; type: cargo xtask wasm");
    let folder = folder.to_str().expect("UTF-8");
    let arguments = [&["rules", "test", PACK, "--cases", folder], arguments].concat();
    program::run(&mut program::command(&arguments), "")
}

/// Runs the cases that are these files, and looks for words in what is printed.
#[track_caller]
fn check(files: &[(&str, &str)], arguments: &[&str], code: i32, want: &[&str]) {
    let folder = folder(files);
    held::held(&run(folder.path(), arguments), code, want);
}

fn bad(expect: &str) -> String {
    format!("{expect}\n{LOOP}")
}

fn good(expect: &str) -> String {
    format!("{expect}\n{RUNS}")
}

#[test]
fn cases_that_hold_are_a_line_each() {
    check(
        &[
            (
                "fixtures/pod-crash-loop/bad_loop.yaml",
                &bad("# expect: Pod shop/web-0 container=app"),
            ),
            ("fixtures/pod-crash-loop/good_runs.yaml", &good("# expect: pass")),
            ("fixtures/pod-crash-loop/README.md", "no case"),
        ],
        &[],
        0,
        &[
            "ok    pod-crash-loop/bad_loop\nok    pod-crash-loop/good_runs\n",
            "ok    pod-crash-loop/documentation fires 1\n",
            "org-workloads 1.0.0: 6 cases: 6 ok, 0 failed\n",
        ],
    );
}

#[test]
fn what_is_missing_and_what_is_too_much_fail_a_case() {
    check(
        &[("fixtures/pod-crash-loop/bad_loop.yaml", &bad("# expect: Pod shop/web-1: crashes"))],
        &[],
        1,
        &[
            "FAIL  pod-crash-loop/bad_loop\n      expected, and missing: Pod shop/web-1: crashes\n",
            "found, and not expected: Pod shop/web-0 container=app: the container app crashes",
            "      it said\n        high pod-crash-loop: Pod shop/web-0\n",
            "1 failed",
        ],
    );
    check(
        &[("fixtures/pod-crash-loop/good_runs.yaml", &bad("# expect: pass"))],
        &["--quiet"],
        1,
        &["expected, and missing: pass"],
    );
}

#[test]
fn settings_of_a_case_are_those_of_its_pack() {
    let ignored = "# settings: {\"ignoredNamespaces\": [\"shop\"]}\n# expect: none";
    check(&[("fixtures/pod-crash-loop/good_ignored.yaml", &bad(ignored))], &[], 0, &[]);
    let wrong = "# settings: {\"ignoredNamespaces\": 3}\n# expect: none";
    check(
        &[("fixtures/pod-crash-loop/good_wrong.yaml", &bad(wrong))],
        &[],
        1,
        &["FAIL  pod-crash-loop/good_wrong", "ignoredNamespaces"],
    );
    let broken = "# settings: {\n# expect: none";
    check(
        &[("fixtures/pod-crash-loop/good_broken.yaml", &bad(broken))],
        &[],
        1,
        &["`settings:` is no JSON"],
    );
}

#[test]
fn a_case_that_shows_nothing_fails() {
    let at = |text| [("fixtures/pod-crash-loop/good_case.yaml", text)];
    check(&at("# expect: none\n"), &[], 1, &["nothing was read of it"]);
    check(&at("# expect: none\nnote: no object\n"), &[], 1, &["nothing was read of it"]);
    check(&at(RUNS), &[], 1, &["no comment says what is expected"]);
    let cut = good("# expect: none") + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: \"x\n";
    check(&at(&cut), &[], 1, &["not all of it could be read: fixture.yaml:"]);
    let below = format!("{RUNS}# expect: none\n");
    check(&at(&below), &[], 1, &["no comment says what is expected", "stands below"][1..]);
}

#[test]
fn a_name_that_promises_something_else_fails() {
    check(
        &[("fixtures/pod-crash-loop/bad_quiet.yaml", &good("# expect: pass"))],
        &[],
        1,
        &["a case bad_… expects a finding, or no data"],
    );
    check(
        &[("fixtures/pod-crash-loop/good_loop.yaml", &bad("# expect: Pod shop/web-0: crashes"))],
        &[],
        1,
        &["a case good_… expects no finding"],
    );
    check(
        &[("fixtures/pod-crash-loop/loop.yaml", &bad("# expect: Pod shop/web-0: crashes"))],
        &[],
        1,
        &["a fixture is named bad_… or good_…"],
    );
}

#[test]
fn what_belongs_to_no_rule_and_to_no_case_fails() {
    check(
        &[("fixtures/pod-crash-lop/good_a.yaml", &good("# expect: pass"))],
        &[],
        1,
        &["did you mean `pod-crash-loop`?"],
    );
    check(&[("fixtures/stray.yaml", RUNS)], &[], 1, &["it stands in no folder"]);
    check(
        &[("fixtures/pod-crash-loop/bad_gone.golden.txt", "")],
        &[],
        1,
        &["FAIL  pod-crash-loop/bad_gone.golden.txt\n      it belongs to no case: remove it"],
    );
    check(
        &[("fixtures/pod-crash-loop/good_a.json", "{}")],
        &[],
        1,
        &["nothing says what is expected", "good_a.json.expect.txt"],
    );
}

#[test]
fn a_whole_dump_is_for_all_rules() {
    let both = "# expect: Pod shop/web-0 rule=pod-crash-loop\n\
                # expect: none rule=container-oom-killed";
    check(&[("cases/shop.yaml", &bad(both))], &[], 0, &["ok    cases/shop\n"]);
    let typo = "# expect: Pod shop/web-0: crashes\n# expect: none rule=container-oom-kiled";
    check(&[("cases/shop.yaml", &bad(typo))], &[], 1, &["did you mean `container-oom-killed`?"]);
}

#[test]
fn a_folder_says_in_a_file_what_is_expected() {
    let files = [
        ("cases/shop/expect.txt", "# Two files.\nexpect: Pod shop/web-0 rule=pod-crash-loop\n"),
        ("cases/shop/a/pods.yaml", LOOP),
        ("cases/shop/b/nodes.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: n}\n"),
    ];
    check(&files, &[], 0, &["ok    cases/shop\n"]);
    check(&files[1..], &[], 1, &["nothing says what is expected: write ", "shop/expect.txt"]);
    let json = r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}"#;
    let no_data = "expect: no data: Pod\n";
    check(
        &[("cases/n.json", json), ("cases/n.json.expect.txt", no_data)],
        &[],
        0,
        &["ok    cases/n\n"],
    );
}

#[test]
fn a_golden_is_written_compared_and_told_apart() {
    let name = "fixtures/pod-crash-loop/bad_loop";
    let yaml = format!("{name}.yaml");
    let folder = folder(&[(&yaml, &bad("# expect: Pod shop/web-0 container=app"))]);
    let golden = folder.path().join(format!("{name}.golden.txt"));
    assert_eq!(run(folder.path(), &["--update"]).code, 0);
    let written = fs::read_to_string(&golden).expect("a golden");
    assert!(written.starts_with("high pod-crash-loop: Pod shop/web-0\n  what   "), "{written}");
    assert_eq!(run(folder.path(), &[]).code, 0);

    fs::write(&golden, written.replace("crashes", "stumbles")).expect("written");
    let ran = run(folder.path(), &[]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    for line in [
        "        -   what   the container app stumbles",
        "        +   what   the container app crashes",
    ] {
        assert!(ran.out.contains(line.trim_start()), "{line}: {}", ran.out);
    }
    assert!(ran.out.contains("--update writes it"), "{}", ran.out);
    assert_eq!(run(folder.path(), &["--update"]).code, 0);
    assert_eq!(fs::read_to_string(&golden).expect("a golden"), written);
}

#[test]
fn a_case_that_does_not_hold_gets_no_golden() {
    let folder =
        folder(&[("fixtures/pod-crash-loop/bad_loop.yaml", &bad("# expect: Pod shop/x: crashes"))]);
    assert_eq!(run(folder.path(), &["--update"]).code, 1);
    let golden = folder.path().join("fixtures/pod-crash-loop/bad_loop.golden.txt");
    assert!(!golden.exists());
}

#[test]
fn one_rule_alone_can_be_tested() {
    let files = [
        ("fixtures/pod-crash-loop/bad_loop.yaml", &*bad("# expect: Pod shop/web-0: crashes")),
        ("fixtures/container-oom-killed/good_runs.yaml", &*good("# expect: pass")),
        ("cases/shop.yaml", "no case"),
    ];
    let want =
        ["ok    pod-crash-loop/bad_loop", "3 cases: 3 ok, 0 failed, 4 of other rules not run"];
    check(&files, &["--rule", "pod-crash-loop"], 0, &want);
    check(&files, &["--rule", "pod-crash-lop"], 2, &["did you mean `pod-crash-loop`?"]);
}

#[test]
fn coverage_names_what_no_case_shows() {
    check(
        &[("fixtures/pod-crash-loop/bad_loop.yaml", &bad("# expect: Pod shop/web-0: crashes"))],
        &["--coverage"],
        0,
        &["COVERAGE\n  rules   2 of 2\n", "  causes  0 of 0\n", "  needs   1 of 1\n"],
    );
    check(
        &[("fixtures/pod-crash-loop/bad_loop.yaml", &bad("# expect: Pod shop/web-0: crashes"))],
        &["--coverage", "--rule", "pod-crash-loop"],
        0,
        &["rules   1 of 2\n          fire in no case: container-oom-killed\n          \
           quiet in no case: container-oom-killed\n"],
    );
}

#[test]
fn programs_read_the_results() {
    let folder = folder(&[
        ("fixtures/pod-crash-loop/bad_loop.yaml", &bad("# expect: Pod shop/web-1: crashes")),
        ("fixtures/pod-crash-loop/good_runs.yaml", &good("# expect: pass")),
    ]);
    let file = folder.path().join("results.xml");
    let junit = format!("junit={}", file.display());
    let ran = run(folder.path(), &["-o", "json", "-o", &junit]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json["cases"][0]["name"], "pod-crash-loop/bad_loop");
    assert_eq!((&json["cases"][0]["ok"], &json["cases"][1]["ok"]), (&false.into(), &true.into()));
    let xml = fs::read_to_string(&file).expect("a file");
    let report = quick_junit::Report::deserialize_from_str(&xml).expect("JUnit's XML");
    assert_eq!((report.tests, report.failures), (6, 1));

    let twice = run(folder.path(), &["-o", "json", "-o", "text"]);
    assert_eq!((twice.code, twice.err.contains("two outputs go to one place")), (2, true));
    let unknown = run(folder.path(), &["-o", "sarif"]);
    assert_eq!((unknown.code, unknown.err.contains("none of: text, json, junit")), (2, true));
}

#[test]
fn nothing_to_test_is_no_success() {
    let guest = guests::assemble("honest.wat");
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().join("honest.wasm");
    fs::write(&pack, guest).expect("written");
    let arguments = ["rules", "test", pack.to_str().expect("UTF-8")];
    let ran = program::run(&mut program::command(&arguments), "");
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("there is nothing to test"), "{}", ran.err);
}

#[test]
fn what_is_not_built_or_built_before_is_told() {
    let project =
        folder(&[("Cargo.toml", ""), ("src/lib.rs", ""), ("fixtures/first/bad_x.yaml", "")]);
    let arguments = ["rules", "test", project.path().to_str().expect("UTF-8")];
    let ran = program::run(&mut program::command(&arguments), "");
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("build it first: rulebox rules build "), "{}", ran.err);

    let pack = project.path().join("honest.wasm");
    fs::write(&pack, guests::assemble("honest.wat")).expect("written");
    let hour = std::time::Duration::from_hours(1);
    let source = fs::metadata(project.path().join("src/lib.rs")).and_then(|it| it.modified());
    let source = source.expect("it was just written");
    let set = |at| fs::File::open(&pack).and_then(|it| it.set_modified(at)).expect("set");
    let is_told = || {
        let ran = program::run(&mut program::command(&arguments), "");
        let told = ran.err.contains("honest.wasm is older than") && ran.err.contains("src/lib.rs");
        assert!(!told || ran.code == 1, "{}: {}", ran.code, ran.err);
        told
    };
    set(source - hour);
    assert!(is_told());
    // What is hidden is no pack of a folder.
    fs::write(project.path().join(".hidden.wasm"), "no component").expect("written");
    set(source + hour);
    assert!(!is_told());
}

#[test]
fn a_pack_that_fails_fails_its_case() {
    let folder = folder(&[("cases/pods.yaml", &good("# expect: none"))]);
    fs::write(folder.path().join("traps.wasm"), guests::assemble("rule-traps.wat"))
        .expect("written");
    let arguments = ["rules", "test", folder.path().to_str().expect("UTF-8")];
    let ran = program::run(&mut program::command(&arguments), "");
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("FAIL  cases/pods") && ran.out.contains("failed: "), "{}", ran.out);

    fs::write(folder.path().join("traps.wasm"), "no component").expect("written");
    let ran = program::run(&mut program::command(&arguments), "");
    assert_eq!(ran.code, 4, "{}{}", ran.out, ran.err);
}
