//! What is misspelt, or cannot be meant: each message says what, where it stands, and what to do.

mod program;

use std::{fs, os::unix::fs::symlink};

use program::{Ran, root};
use tempfile::TempDir;

const HEALTHY: &str = "fixtures/clusters/healthy.yaml";

fn rulebox(arguments: &[&str]) -> Ran {
    program::run(program::command(arguments).env("NO_COLOR", "1"), "")
}

/// Wrong usage: both lines of the error.
#[track_caller]
fn check_refused(arguments: &[&str], message: &str, help: &str) {
    let ran = rulebox(arguments);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    for words in [message, help] {
        assert!(ran.err.contains(words), "no `{words}`:\n{}", ran.err);
    }
    assert!(ran.err.lines().count() < 8, "{}", ran.err);
}

#[test]
fn a_misspelt_rule_is_near_another() {
    let meant = "did you mean `vault-unavailable`?";
    let none = "there is no rule `vault-unavailabel`";
    let named = |argument| ["check", HEALTHY, argument, "vault-unavailabel"];
    check_refused(&named("--rule"), &format!("--rule: {none}"), meant);
    check_refused(&named("--skip-rule"), &format!("--skip-rule: {none}"), meant);
    check_refused(&["rules", "explain", "vault-unavailabel"], none, meant);
    check_refused(
        &["rules", "explain", "backup-centre/vault-unavailable"],
        "there is no rule `backup-centre/vault-unavailable`",
        "did you mean `backup-center/vault-unavailable`?",
    );
}

#[test]
fn the_beginning_of_rules_is_told_with_them() {
    check_refused(
        &["rules", "explain", "vault"],
        "there is no rule `vault`",
        "rules that begin so: vault-initializing-long, vault-twin-drift, vault-unavailable",
    );
}

#[test]
fn a_rule_that_is_near_none_is_looked_up() {
    check_refused(&["rules", "explain", "x"], "there is no rule `x`", "rulebox rules list");
    check_refused(&["check", HEALTHY, "--rule", ""], "there is no rule ``", "rulebox rules list");
}

#[test]
fn rules_are_named_one_at_a_time() {
    let both = ["check", HEALTHY, "--rule", "vault-unavailable,backup-failed"];
    check_refused(&both, "there is no rule", "name one at a time, and repeat the argument");
}

#[test]
fn a_time_is_told_what_it_lacks() {
    let check = |time: &str, lacks: &str| {
        check_refused(&["check", HEALTHY, "--as-of", time], "--as-of", lacks);
    };
    check("2026-09-15", "it needs a time of day and a zone: 2026-09-15T02:30:00Z");
    check("2026-09-15T02:30:00", "it needs a zone: 2026-09-15T02:30:00Z");
    check("yesterday", "not a time such as 2026-09-15T02:30:00Z");
    check("2026-09-15 02:35", "it needs a zone: 2026-09-15T02:35:00Z, or");
    let right = "write it as RFC 3339 does: 2026-09-15T02:35:00Z";
    check("2026-09-15 04:35:00 +0200", right);
    check("2026-09-15 02:35:00 UTC", right);
    check("Tue Sep 15 02:35:00 UTC 2026", right);
    check("Tue, 15 Sep 2026 04:35:00 +0200", right);
    check("1789439700", right);
}

#[test]
fn an_output_is_told_how_it_is_written() {
    let check = |word: &str, meant: &str| {
        check_refused(&["check", HEALTHY, "-o", word], "is not an output format; ", meant);
    };
    check("report.json", "a file stands behind its format: -o json=report.json");
    check("out/rulebox.prom", "-o prometheus=out/rulebox.prom");
    check("out/report", "-o FORMAT=out/report");
    check("json:f.json", "write -o json=f.json");
    check("json,prometheus", "write one -o for each: -o json=FILE -o prometheus=FILE");
}

/// The word is taken as it is meant.
#[track_caller]
fn check_taken(arguments: &[&str]) {
    let ran = rulebox(arguments);
    assert_eq!((ran.code, &*ran.err), (0, ""));
}

#[test]
fn words_may_have_capitals() {
    check_taken(&["check", HEALTHY, "--fail-on", "HIGH"]);
    check_taken(&["check", HEALTHY, "-o", "JSON", "--color", "Never"]);
    check_taken(&["needs", "-o", "JSON"]);
}

#[test]
fn a_number_is_told_without_a_library() {
    let check = |argument: &str, value: &str, words: &str| {
        check_refused(&["check", HEALTHY, argument, value], argument, words);
    };
    check("--request-timeout", "0", "write a time such as 30s, 5m or 1h, at most 24h");
    check("--request-timeout", "1.5", "write whole seconds: 30s");
    check("--pack-deadline", "soon", "write a time such as 30s, 5m or 1h, at most 24h");
    check("--max-series", "abc", "not a whole number, 0 or more");
    check("--pack-findings", "x", "not a whole number");
    check("--pack-memory", "5000", "not a whole number of MiB from 1 to 4096");
    check("--fail-on", "none", "did you mean `never`?");
}

#[test]
fn a_value_that_is_read_as_a_file_is_told() {
    for word in ["true", "false"] {
        check_refused(
            &["check", HEALTHY, "--fail-on-no-data", word],
            &format!("`{word}` is taken for an INPUT, and is none"),
            &format!("write --fail-on-no-data={word}"),
        );
    }
}

#[test]
fn a_path_that_is_near_another_is_told_with_it() {
    let ran = rulebox(&["check", "fixtures/clusters/helathy.yaml"]);
    let words = "warning: there is no fixtures/clusters/helathy.yaml; did you mean \
                 `fixtures/clusters/healthy.yaml`?";
    assert!(ran.code == 3 && ran.err.contains(words), "{}", ran.err);
    let far = rulebox(&["check", "fixtures/clusters/nonsense"]);
    assert_eq!((far.code, &*far.err), (3, ""));
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let mut command = program::command(&["check", "--live"]);
    let ran = program::run(command.env("KUBECONFIG", "/nope:/none"), "");
    assert_eq!(ran.code, 2);
    let words = "no cluster is configured: there is no file /nope, /none, and this is no pod; name";
    assert!(ran.err.contains(words), "{}", ran.err);
}

#[test]
fn a_kubeconfig_that_has_no_end_is_refused() {
    let live = ["check", "--live", "--kubeconfig"];
    let message = |file: &str| format!("cannot read the kubeconfig {file}: it is no file");
    check_refused(&[&live[..], &["/dev/zero"]].concat(), &message("/dev/zero"), "");
    check_refused(&[&live[..], &["fixtures"]].concat(), &message("fixtures"), "");
}

#[test]
fn other_misspelt_names_are_near_others() {
    check_refused(&["check", HEALTHY, "-o", "jsn"], "`jsn` is not an output format", "`json`?");
    check_refused(&["schema", "backup-centre"], "there is no pack", "did you mean `backup-center`");
    check_refused(&["check", HEALTHY, "--pack", "standart"], "no pack `standart`", "`standard`?");
    check_refused(&["check", HEALTHY, "--fail-on", "hihg"], "--fail-on", "did you mean `high`?");
    check_refused(&["check", HEALTHY, "--color", "allways"], "--color", "always");
}

/// The message and the help about a configuration; FILE is its name.
#[track_caller]
fn check_config(text: impl AsRef<[u8]>, message: &str, help: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    let message = format!("cannot use the configuration {file}: {message}");
    check_refused(&["check", HEALTHY, "--config", &file], &message, help);
}

#[test]
fn a_name_in_a_configuration_is_told_with_its_line() {
    check_config(
        "failOn: high\nseverities:\n  backup-failed: low\n  vault-unavailabel: low\n",
        "line 4: severities.vault-unavailabel: there is no rule `vault-unavailabel`",
        "did you mean `vault-unavailable`?",
    );
    check_config(
        "suppressions:\n- name: a\n  reason: b\n- reason: b\n  rule: backup-centre/backup-failed\n",
        "line 5: suppressions[1].rule: there is no pack `backup-centre`",
        "did you mean `backup-center`?",
    );
    check_config(
        "settings:\n  backup-centre: {}\n",
        "line 2: settings.backup-centre: there is no pack `backup-centre`",
        "did you mean `backup-center`?",
    );
    check_config("failon: high\n", "line 1: failon: unknown field `failon`", "`failOn`?");
    check_config(
        "\nfailOn: hihg\n",
        "line 2: failOn: `hihg` is no severity",
        "did you mean `high`?",
    );
}

#[test]
fn a_setting_out_of_its_range_is_told_with_it() {
    check_config(
        "settings:\n  backup-center:\n    oomWindowHours: 99999999999\n",
        "line 3: settings.backup-center.oomWindowHours: 99999999999 is not between 1 and 87840",
        "rulebox schema backup-center",
    );
    check_config(
        "settings: {backup-center: {taskTimeoutMinutes: 0}}\n",
        "line 1: settings.backup-center.taskTimeoutMinutes: 0 is not between 1 and 527040",
        "rulebox schema backup-center",
    );
    check_config(
        "settings:\n  backup-center:\n    oomWindowHour: 3\n",
        "line 3: settings.backup-center.oomWindowHour: there is no such setting; did you mean \
         `oomWindowHours`?",
        "rulebox schema backup-center",
    );
    for value in ["-1", "1.5", "x", "[1]", "1e30"] {
        let place = "line 1: settings.backup-center.oomWindowHours: ";
        let config = format!("settings: {{backup-center: {{oomWindowHours: {value}}}}}\n");
        check_config(config, place, "rulebox schema backup-center");
    }
}

#[test]
fn a_setting_without_its_pack_is_told_where_it_stands() {
    check_config(
        "settings: {oomWindowHours: 6}\n",
        "line 1: settings.oomWindowHours: settings of a pack stand below its name",
        "write settings.backup-center.oomWindowHours",
    );
    check_config(
        "settings:\n  oomWindowHour: 6\n",
        "line 2: settings.oomWindowHour: settings of a pack stand below its name",
        "write settings.backup-center.oomWindowHours",
    );
}

#[test]
fn what_is_no_key_is_told_in_words_of_the_file() {
    check_config("failOn high\n", "line 1: this is a text, and no key", "write keys such as");
    check_config("[a]\n", "line 1: this is a list, and no key", "write keys such as");
    check_config("suppressions:\n- a\n", "line 2: suppressions[0]: this is a text", "reason:");
    check_config(
        "suppressions: [{name: a, reason: b, expires: 31.12.2026}]\n",
        "line 1: suppressions[0].expires: `31.12.2026` is neither a date such as 2026-12-31 nor",
        "",
    );
}

#[test]
fn a_configuration_is_one_document_and_says_a_thing_once() {
    check_config("failOn: high\n---\nfailOn: low\n", "line 2: ", "another document follows");
    check_config("failOn: high\nfailOn: low\n", "line 2: the key `failOn` stands twice", "");
    check_config("failOn: {\n", "line 2: not readable as YAML", "");
    check_config(b"failOn: \xff\n", "invalid utf-8 sequence", "");
}

#[track_caller]
fn check_config_file(file: &str, why: &str) {
    let message = format!("cannot use the configuration {file}: {why}");
    let help = if why.starts_with("No such") { "check the path" } else { "a few lines of YAML" };
    check_refused(&["check", HEALTHY, "--config", file], &message, help);
}

#[test]
fn what_is_no_configuration_ends_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    check_config_file("/dev/zero", "it is longer than 1 MiB");
    check_config_file(&path(""), "it is a folder");
    check_config_file(&path("none.yaml"), "No such file");
    let pipe = path("pipe");
    std::process::Command::new("mkfifo").arg(&pipe).status().expect("a pipe");
    check_config_file(&pipe, "it is a named pipe");
    let large = fs::File::create(path("large.yaml")).expect("a file");
    large.set_len(1 << 30).expect("a hole");
    check_config_file(&path("large.yaml"), "it is longer than 1 MiB");
}

#[test]
fn a_configuration_may_come_from_another_program() {
    let script = "\"$0\" check \"$1\" --config <(echo 'failOn: [') 2>&1";
    let mut command = std::process::Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_rulebox"), HEALTHY]).current_dir(root());
    let ran = program::run(&mut command, "");
    assert!(ran.out.contains("line 2: not readable as YAML"), "{}", ran.out);
}

#[test]
fn a_date_is_shown_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    let shown = |date: &str| {
        let config =
            format!("suppressions: [{{namespace: csdr, reason: known, expires: {date}}}]\n");
        fs::write(&file, config).expect("written");
        let file = file.display().to_string();
        rulebox(&["check", "fixtures/clusters/vault-denied.yaml", "--config", &file])
    };
    assert!(shown("2026-12-31").out.contains("until 2026-12-31: known"));
    assert!(shown("2026-01-31").err.contains("has expired (2026-01-31)"));
    assert!(shown("2026-12-31T08:00:00+02:00").out.contains("until 2026-12-31T08:00:00+02:00"));
}

/// These arguments load the standard packs and no other, once.
#[track_caller]
fn check_loaded_once(packs: &[&str]) {
    let arguments = packs.iter().flat_map(|it| ["--pack", it]);
    let ran = rulebox(&["rules", "list"].into_iter().chain(arguments).collect::<Vec<_>>());
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let one = rulebox(&["rules", "list", "--pack", packs[0]]);
    assert_eq!(ran.out, one.out);
}

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;

fn pack() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("honest.wasm"), guests::assemble("honest.wat")).expect("written");
    symlink("honest.wasm", folder.path().join("link.wasm")).expect("a link");
    fs::hard_link(folder.path().join("honest.wasm"), folder.path().join("hard.wasm"))
        .expect("a link");
    folder
}

#[test]
fn a_pack_that_is_named_twice_is_loaded_once() {
    check_loaded_once(&["standard", "standard"]);
    let folder = pack();
    let path = |name: &str| folder.path().join(name).display().to_string();
    check_loaded_once(&[&path("honest.wasm"), &path("./honest.wasm"), &path("link.wasm")]);
    check_loaded_once(&[&path("honest.wasm"), &path("hard.wasm"), &path("")]);
}

#[test]
fn what_is_no_pack_is_one_clear_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().display().to_string();
    let check = |pack: &str, message: &str, help: &str| {
        check_refused(&["check", HEALTHY, "--pack", pack], message, help);
    };
    check("", "--pack: a pack has a name", "name `standard`, a WebAssembly component");
    check(&folder, "holds no pack", "files that end in .wasm");
    let ran = rulebox(&["check", HEALTHY, "--pack", "Cargo.toml"]);
    assert_eq!(ran.code, 4);
    assert_eq!(ran.out.matches("not-webassembly").count(), 1, "{}", ran.out);
}
