//! `rulebox needs` as a user runs it.

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;
mod program;

use std::{fs, path::Path, process::Command};

use program::Ran;
use serde_json::{Value, json};

fn needs(arguments: &[&str]) -> Ran {
    program::run(&mut program::command(&[&["needs"], arguments].concat()), "")
}

/// The exit code, and words of what is printed to standard error.
#[track_caller]
fn check_refused(arguments: &[&str], code: i32, words: &str) {
    let Ran { code: is, out, err } = needs(arguments);
    assert!(err.contains(words), "{err}");
    assert_eq!((is, &*out), (code, ""), "{err}");
}

/// A pack whose rules read this kind.
fn pack_of(folder: &Path, kind: &str) -> String {
    let guest = guests::with_parts("honest.wat");
    assert!(guest.contains("\"Pod\\00\""), "the guest reads pods");
    let guest = guest.replace("\"Pod\\00\"", &format!("\"{kind}\\00\""));
    let file = folder.join("guest.wasm");
    fs::write(&file, wat::parse_str(guest).expect("component text")).expect("written");
    file.display().to_string()
}

#[test]
fn a_table_and_the_ways_to_get_it() {
    let Ran { code, out, err } = needs(&["--rule", "vault-twin-drift"]);
    assert_eq!((code, &*err), (0, ""));
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with("RESOURCE "), "{out}");
    assert!(lines[1].starts_with("backuplocations.csdr.alibabacloud.com  csdr "), "{out}");
    assert_eq!(lines[2], "    vault-twin-drift", "{out}");
    let script = "rulebox needs --script --rule vault-twin-drift > collect.sh\n";
    assert!(out.contains(script), "{out}");
    let command = "kubectl get -A -o yaml > dump.yaml \\\n  leases.coordination.k8s.io,\
                   backuplocations.csdr.alibabacloud.com,backupstoragelocations.velero.io\n";
    assert!(out.ends_with(command), "{out}");
}

#[test]
fn rules_choose_what_is_read() {
    let kinds = |arguments: &[&str]| {
        let json = needs(&[&["-o", "json"], arguments].concat()).out;
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let objects = json["objects"].as_array().expect("a list").clone();
        objects.iter().map(|it| it["kind"].clone()).collect::<Vec<_>>()
    };
    assert!(kinds(&[]).contains(&json!("PersistentVolume")));
    let without = kinds(&["--skip-rule", "migrate-controller-crash-loop"]);
    assert!(!without.contains(&json!("PersistentVolume")), "{without:?}");
    let one = kinds(&["--rule", "vault-twin-drift"]);
    assert_eq!(one, ["BackupLocation", "BackupStorageLocation"]);
}

#[test]
fn the_script_is_one_that_a_shell_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("collect.sh");
    let Ran { code, out, err } = needs(&["--script"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.starts_with("note: the script collects no logs ("), "{err}");
    assert!(out.contains("\nbackuplocations.csdr.alibabacloud.com@csdr "), "{out}");
    fs::write(&file, out).expect("written");
    let shell = Command::new("sh").arg("-n").arg(file).status();
    assert!(shell.expect("a shell").success());
}

#[test]
fn secrets_are_marked_and_never_dumped() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = pack_of(folder.path(), "Secret");
    let Ran { out, err, .. } = needs(&["--pack", &pack]);
    assert!(err.starts_with("warning: the pack guest reads Secrets, for its rule first"), "{err}");
    assert!(out.contains("    SECRETS: rules see metadata.name\n"), "{out}");
    assert!(
        out.contains("yaml \\\n  leases.coordination.k8s.io\n\nSecrets are not in it"),
        "{out}"
    );
    let script = needs(&["--pack", &pack, "--script"]).out;
    assert!(script.contains("go-template") && script.contains("\nsecrets@"), "{script}");
}

#[test]
fn what_cannot_be_a_kind_gets_into_no_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = pack_of(folder.path(), "$(id)");
    let words = "asks for kind `$(id)`, which cannot be one";
    check_refused(&["--pack", &pack, "--script"], 2, words);
}

#[test]
fn misuse_is_named() {
    check_refused(&["--script", "-o", "json"], 2, "cannot be used with");
    check_refused(&["-o", "yaml"], 2, "[possible values: table, json]");
    check_refused(&["--rule", "no-such"], 2, "there is no rule `no-such`");
    check_refused(&["--pack", "no/such.wasm"], 2, "cannot read the pack no/such.wasm");
    check_refused(&["--pack", "README.md"], 4, "pack README.md");
}
