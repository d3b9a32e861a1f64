//! Packs in Rego through the command line and the sandbox.

mod program;

use std::fs;

use program::Ran;

const EXAMPLE: &str = "rules-wasm/examples/rego";

/// Runs the binary without colours, with what stands on standard input.
fn rulebox(arguments: &[&str], stdin: &str) -> Ran {
    program::run(program::command(arguments).env("NO_COLOR", "1"), stdin)
}

/// Findings of the example over one of its fixtures, as `rule Kind namespace/name`.
#[track_caller]
fn check(rule: &str, fixture: &str, want: &[&str]) {
    let fixture = format!("{EXAMPLE}/fixtures/{rule}/{fixture}");
    let ran = rulebox(&["check", "--pack", EXAMPLE, "--rule", rule, "-o", "json", &fixture], "");
    let json: serde_json::Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|it| panic!("{it}: {}{}", ran.out, ran.err));
    let word = |it: &serde_json::Value| it.as_str().unwrap_or_default().to_owned();
    let found = json["findings"].as_array().expect("a list").iter();
    let found: Vec<_> = found.map(|it| word(&it["summary"])).collect();
    assert_eq!(found, want, "{}", ran.err);
}

#[test]
fn the_example_runs_in_the_sandbox() {
    let foreign = "the container proxy runs docker.io/library/nginx:1.29, which is not from \
                   registry.acme.example/";
    check("image-not-from-our-registry", "bad_foreign.yaml", &[foreign]);
    let unlabelled = "the Namespace shop lacks the labels {\"owner\"}";
    check("namespace-has-no-owner", "bad_unlabelled.yaml", &[unlabelled]);
    check("namespace-has-no-owner", "good_excluded.yaml", &[]);
}

#[test]
fn an_explanation_says_what_is_read() {
    let rule = "image-not-from-our-registry";
    let said = rulebox(&["rules", "explain", rule, "--pack", EXAMPLE], "").out;
    assert!(said.contains("spec.template.spec.containers[].image"), "{said}");
    let rule = "namespace-has-no-owner";
    let said = rulebox(&["rules", "explain", rule, "--pack", EXAMPLE], "").out;
    assert!(said.contains("whole object"), "{said}");
}

#[test]
fn a_problem_is_told_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let yaml = fs::read_to_string(program::root().join(EXAMPLE).join("pack.yaml")).expect("a pack");
    fs::write(folder.path().join("pack.yaml"), yaml).expect("it can be written");
    let rego = "package main\n\ndeny contains \"x\" if http.send({}).status == 200\n";
    fs::write(folder.path().join("a.rego"), rego).expect("it can be written");
    let name = folder.path().display().to_string();
    let ran = rulebox(&["rules", "list", "--pack", &name], "");
    assert_ne!(ran.code, 0);
    let want = "a.rego:3:22: `http.send` would use the network, and a pack has none";
    assert!(ran.err.contains(want), "{}", ran.err);
}

#[test]
fn a_language_that_was_forgotten_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let yaml = fs::read_to_string(program::root().join(EXAMPLE).join("pack.yaml")).expect("a pack");
    let yaml = yaml.replace("language: rego\n", "");
    fs::write(folder.path().join("pack.yaml"), yaml).expect("it can be written");
    fs::write(folder.path().join("a.rego"), "package main\n").expect("it can be written");
    let ran = rulebox(&["rules", "list", "--pack", &folder.path().display().to_string()], "");
    assert_ne!(ran.code, 0);
    let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("it does not say what its rules are written in"), "{said}");
    assert!(said.contains("write `language: rego` into it"), "{said}");
}

#[test]
fn constraints_may_be_json() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["pack.yaml", "images.rego", "template.yaml"] {
        let from = program::root().join(EXAMPLE).join(name);
        fs::copy(from, folder.path().join(name)).expect("it can be copied");
    }
    let json = r#"{"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "OrgRequiredLabels",
        "metadata": {"name": "has-no-owner"}, "spec": {"match": {"kinds": [{"apiGroups": [""],
        "kinds": ["Namespace"]}]}, "parameters": {"labels": ["owner"]}}}"#;
    fs::write(folder.path().join("c.json"), json).expect("it can be written");
    let ran = rulebox(&["rules", "list", "--pack", &folder.path().display().to_string()], "");
    assert!(ran.code == 0 && ran.out.contains("has-no-owner"), "{}{}", ran.out, ran.err);
}

/// What is told of a pack that is none.
#[track_caller]
fn check_refused(pack: &str, want: &str) {
    let ran = rulebox(&["check", "--pack", pack, "-"], "");
    assert_ne!(ran.code, 0);
    let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(want), "{said}");
    assert!(said.contains("write a pack.yaml beside it"), "{said}");
}

#[test]
fn a_policy_alone_does_not_say_what_it_needs() {
    let file = format!("{EXAMPLE}/images.rego");
    check_refused(&file, &format!("--pack: {file} is a policy, and does not say what it needs"));
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.rego"), "package main\n").expect("it can be written");
    check_refused(&folder.path().display().to_string(), "holds no pack");
}

#[test]
fn a_policy_that_never_ends_costs_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let yaml = "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\nlanguage: rego\nmetadata: {name: \
                slow, version: 0.1.0}\nneeds: {pods: {kind: Pod}}\nrules:\n- {id: slow, severity: \
                low, summary: S, for: pods}\n";
    fs::write(folder.path().join("pack.yaml"), yaml).expect("it can be written");
    let range = "numbers.range(1, 2000)";
    let rego = format!(
        "package main\ndeny contains \"x\" if count([1 | a := {range}[_]; b := {range}[_]; c := \
         {range}[_]; a + b == c]) == 1\n"
    );
    fs::write(folder.path().join("a.rego"), rego).expect("it can be written");
    let name = folder.path().display().to_string();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\n";
    let ran = rulebox(&["check", "--pack", &name, "--pack-deadline", "2s", "-"], pod);
    let said = format!("{}{}", ran.out, ran.err);
    assert!(said.contains("slow"), "{said}");
    assert!(said.contains("deadline") || said.contains("time"), "{said}");
}

#[test]
fn all_files_of_a_pack_are_told_and_handed_over() {
    let said = rulebox(&["rules", "inspect", EXAMPLE], "").out;
    let digests = said.lines().filter(|it| it.starts_with("  digest    sha256:")).count();
    assert_eq!(digests, 4, "{said}");
    let said = rulebox(&["manifests", "--image", "i:1", "--pack", EXAMPLE], "").out;
    for file in ["pack.yaml", "constraint.yaml", "images.rego", "template.yaml"] {
        let want = format!(" --from-file=rego.{file}={EXAMPLE}/{file}");
        assert!(said.contains(&want), "{want}: {said}");
        let want = format!("- key: rego.{file}\n              path: rego/{file}\n");
        assert!(said.contains(&want), "{want}: {said}");
    }
    let packs = said.matches("\"--pack=/etc/rulebox/packs/").count();
    assert!(packs == 1 && said.contains("\"--pack=/etc/rulebox/packs/rego/pack.yaml\""), "{said}");
}

#[test]
fn packs_of_folders_have_folders_of_their_own_in_a_volume() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |to: &str| {
        let to = folder.path().join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("it can be made");
        fs::copy(program::root().join("rules-wasm/examples/cel/pack.yaml"), &to).expect("copied");
        to.display().to_string()
    };
    let (one, same) = (copy("a/cel/pack.yaml"), copy("b/cel/pack.yaml"));
    let rego = ["manifests", "--image", "i:1", "--pack", EXAMPLE];
    let said = rulebox(&[&rego[..], &["--pack", &one]].concat(), "").out;
    for pack in ["cel", "rego"] {
        let want = format!("\"--pack=/etc/rulebox/packs/{pack}/pack.yaml\"");
        assert!(said.contains(&want), "{want}: {said}");
    }
    let renamed = fs::read_to_string(&same).expect("a pack").replace("org-platform", "org-other");
    fs::write(&same, renamed).expect("it can be written");
    let ran = rulebox(&["manifests", "--image", "i:1", "--pack", &one, "--pack", &same], "");
    let want = "two packs would be cel/pack.yaml in the pods";
    assert!(ran.code == 2 && ran.err.contains(want), "{}", ran.err);
}

/// A pack in Rego of these files beside its policy, and what is told of it.
#[cfg(unix)]
#[track_caller]
fn check_left_out(make: impl Fn(&std::path::Path), want: Option<&str>) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["pack.yaml", "images.rego"] {
        let from = program::root().join("host/author/templates/rego").join(name);
        fs::copy(from, folder.path().join(name)).expect("copied");
    }
    make(folder.path());
    let ran = rulebox(&["rules", "list", "--pack", &folder.path().display().to_string()], "");
    let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
    match want {
        Some(want) => assert!(ran.code != 0 && said.contains(want), "{said}"),
        None => assert_eq!(ran.code, 0, "{said}"),
    }
}

#[cfg(unix)]
#[test]
fn policies_that_are_not_read_are_told() {
    use std::os::unix::fs::symlink;

    let write = |path: std::path::PathBuf| {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, "package other\n").expect("written");
    };
    check_left_out(|it| write(it.join("cases/x/a.rego")), None);
    check_left_out(
        |it| {
            fs::create_dir_all(it.join("sub/cases")).expect("made");
            fs::write(it.join("sub/cases/a.rego"), "package sub\nx := }").expect("written");
        },
        Some("sub/cases/a.rego:2"),
    );
    check_left_out(
        |it| write(it.join("1/2/3/4/5/6/7/8/9/a.rego")),
        Some("9 is not read: it stands more than 8 folders down"),
    );
    check_left_out(
        |it| symlink("nowhere", it.join("b.rego")).expect("linked"),
        Some("b.rego is not read: it is no file"),
    );
    check_left_out(|it| symlink("/dev/null", it.join("b.rego")).expect("linked"), Some("no file"));
    let other = tempfile::tempdir().expect("a folder");
    write(other.path().join("b.rego"));
    check_left_out(
        |it| symlink(other.path(), it.join("linked")).expect("linked"),
        Some("linked is not read: it is a link to a folder"),
    );
}
