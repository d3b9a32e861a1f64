//! What a run says of what could not be judged, and whether it fails for it.

mod program;

use std::fs;

use program::Ran;

/// Runs the binary without colours, with what stands on standard input.
fn rulebox(arguments: &[&str], stdin: &str) -> Ran {
    program::run(program::command(arguments).env("NO_COLOR", "1"), stdin)
}

const DENIED: &str = "fixtures/clusters/vault-denied.yaml";

/// A cluster without the backup center, listed with `-A`.
const ELSEWHERE: &str = "\
apiVersion: v1
kind: PodList
items:
- metadata: {name: web-0, namespace: shop, creationTimestamp: \"2026-09-15T00:00:00Z\"}
- metadata: {name: coredns-0, namespace: kube-system}
---
apiVersion: v1
kind: NamespaceList
items:
- metadata: {name: shop}
- metadata: {name: kube-system}
";

/// All that is printed of inputs in which there is no object; their names are the last arguments.
#[track_caller]
fn check_nothing_read(arguments: &[&str], stdin: &str, lines: &str) {
    let ran = rulebox(&[&["check"], arguments].concat(), stdin);
    let want = format!(
        "NOTHING READ  no rule could judge: this is not a pass\n{lines}  help      name a file, a \
         folder or an archive of Kubernetes objects as YAML or\n            JSON; `rulebox needs \
         --script > collect.sh` writes a script that\n            takes one\n"
    );
    assert_eq!((ran.code, ran.out, ran.err), (3, want, String::new()));
}

#[test]
fn a_mistyped_path_is_answered_in_few_lines() {
    let line = "  not read  /nowhere.yaml: no such file or folder: check the path\n";
    check_nothing_read(&["/nowhere.yaml"], "", line);
    check_nothing_read(&["/nowhere.yaml", "--quiet"], "", line);
    check_nothing_read(&["/nowhere.yaml", "--lenient", "--fail-on-no-data"], "", line);
}

#[test]
fn an_input_without_objects_says_what_it_is() {
    let skipped = |it: &str| format!("  note      {it}: skipped\n");
    check_nothing_read(&["Cargo.toml"], "", &skipped("Cargo.toml: holds no Kubernetes objects"));
    check_nothing_read(&["-"], "", &skipped("-: is empty"));
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().display().to_string();
    let read = format!("  read      {name}: no Kubernetes object in 0 files\n");
    check_nothing_read(&[&name], "", &read);
}

#[test]
fn a_pack_of_which_the_dump_holds_nothing_is_one_line() {
    let said = rulebox(&["check", "-"], ELSEWHERE).out;
    let (body, end) = said.split_once("\nSUMMARY").expect("a summary");
    assert!(
        end.contains("\n  collect   nothing was found, but 14 rules could not judge"),
        "{said}"
    );
    let lines: Vec<_> = body.lines().map(str::trim).collect();
    let want = "backup-center: the input holds none of its objects (17 kinds, such as \
                ApplicationBackup.csdr.alibabacloud.com, Backup.velero.io): 14 of its 19 rules \
                could not judge";
    assert_eq!(lines[1..].join(" "), want, "{said}");
    let verbose = rulebox(&["check", "-", "--verbose"], ELSEWHERE).out;
    assert!(verbose.contains("\n    backup-center/vault-unavailable\n"), "{verbose}");
}

/// Whoever shares a dump may change names in it first.
#[test]
fn rules_of_a_namespace_that_was_renamed_have_no_data() {
    let file = format!("{}/../../fixtures/clusters/healthy.yaml", env!("CARGO_MANIFEST_DIR"));
    let dump = fs::read_to_string(file).expect("a dump");
    let whole = rulebox(&["check", "-"], &dump);
    assert_eq!(whole.code, 0, "{}", whole.out);
    let dump = dump.replace("namespace: csdr\n", "namespace: ns-1\n");
    let said = rulebox(&["check", "-"], &dump.replace("name: csdr\n", "name: ns-1\n")).out;
    for rule in ["component-missing", "vault-unavailable", "velero-oom-restarts"] {
        let (no_data, _) = said.split_once("\nCOVERAGE").expect("what was not covered");
        assert!(no_data.contains(rule), "{rule}: {said}");
    }
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "the input holds nothing of csdr, and ApplicationBackup.csdr.alibabacloud.com of \
                ns-1: if somebody has changed the names of namespaces, dump them as they are";
    assert!(said.contains(told), "{said}");
    assert!(said.contains("findings none"), "{said}");
}

#[test]
fn the_command_that_collects_repeats_packs_and_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().join("my rules.wasm");
    fs::write(&pack, "no WebAssembly").expect("written");
    let pack = pack.display().to_string();
    let chosen = ["--rule", "restore-failed", "--rule", "backup-center/backup-stuck"];
    let packs = ["--pack", "standard", "--pack", &pack];
    let said = rulebox(&[&["check", DENIED], &chosen[..], &packs].concat(), "").out;
    let typed = format!(
        "--pack standard --pack '{pack}' --rule restore-failed --rule backup-center/backup-stuck"
    );
    for command in [
        ["rulebox needs --script", &typed, "> collect.sh"],
        ["rulebox collect", &typed, "-o bundle.tar.gz"],
    ] {
        let command = format!("\n              {}\n", command.join(" "));
        assert_eq!(said.matches(&command).count(), 1, "{command} in\n{said}");
    }
    let said = rulebox(&["check", DENIED, "--rule", "vault-unavailable"], "").out;
    assert!(!said.contains("  collect "), "{said}");
}

/// The exit code of a run on the denied vault, which shows no restores, with a configuration.
#[track_caller]
fn check_exit(config: &str, arguments: &[&str], code: i32) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    fs::write(&file, config).expect("written");
    let file = file.display().to_string();
    let ran = rulebox(&[&["check", DENIED, "--config", &file], arguments].concat(), "");
    assert_eq!(ran.code, code, "{}\n{}", ran.out, ran.err);
}

#[test]
fn no_data_fails_a_run_that_is_told_so() {
    let restores = ["--rule", "restore-failed"];
    check_exit("", &restores, 0);
    check_exit("", &[&restores[..], &["--fail-on-no-data"]].concat(), 1);
    check_exit("failOnNoData: true", &restores, 1);
    check_exit("failOnNoData: maybe", &restores, 2);
}

#[test]
fn what_a_rule_has_found_hides_no_want_of_data() {
    let vault = |name: &str, annotations: &str, status: &str| {
        format!(
            "apiVersion: csdr.alibabacloud.com/v1beta1\nkind: BackupLocation\nmetadata: \
             {{name: {name}, namespace: csdr{annotations}}}\n{status}"
        )
    };
    let ignored = ", annotations: {rulebox.dev/ignore: vault-unavailable=known}";
    let dump = format!(
        "{}---\n{}",
        vault("a", ignored, "status: {phase: Unavailable, message: AccessDenied}\n"),
        vault("b", "", "")
    );
    let rule = ["check", "-", "--rule", "vault-unavailable"];
    let ran = rulebox(&rule, &dump);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    let ran = rulebox(&[&rule[..], &["--fail-on-no-data"]].concat(), &dump);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    let ran = rulebox(&[&rule[..], &["-o", "prometheus"]].concat(), &dump);
    for result in ["fail", "no_data"] {
        assert!(ran.out.contains(&format!("result=\"{result}\"")), "{}", ran.out);
    }
}

#[test]
fn the_command_line_counts_before_the_configuration() {
    let restores = ["--rule", "restore-failed", "--fail-on-no-data=false"];
    check_exit("failOnNoData: true", &restores, 0);
    check_exit("failOnNoData: false", &["--rule", "restore-failed", "--fail-on-no-data"], 1);
    check_exit("", &["--fail-on-no-data=perhaps"], 2);
}

#[test]
fn only_a_rule_that_was_chosen_fails_a_run_for_want_of_data() {
    let rule = ["--rule", "component-unhealthy", "--fail-on-no-data"];
    check_exit("", &rule, 0);
    let never = ["--fail-on", "never"];
    check_exit("", &[&rule[..], &never].concat(), 0);
    // Findings and rules without data are asked for apart.
    check_exit("", &never, 0);
    check_exit("", &[&never[..], &["--fail-on-no-data"]].concat(), 1);
}

#[test]
fn the_help_says_what_no_data_does_to_the_exit_code() {
    let help = rulebox(&["check", "--help"], "").out;
    assert!(help.contains("--fail-on-no-data"), "{help}");
    assert!(help.contains("with --fail-on-no-data, also a rule without data"), "{help}");
}
