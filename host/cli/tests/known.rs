//! Findings that are known: by the configuration that a run has written, by annotations of
//! objects, by an earlier report.

mod program;

use std::fs;

use program::{Ran, root};
use serde_json::Value;
use tempfile::TempDir;

const VAULT: &str = "    name: vault-dr\n    namespace: csdr\n    resourceVersion: \"446514712\"\n";

/// The dump of a cluster with four faults.
fn dump() -> String {
    fs::read_to_string(root().join("fixtures/clusters/several-faults.yaml")).expect("a dump")
}

/// The same, where the vault has an annotation.
fn annotated(text: &str) -> String {
    let dump = dump();
    assert!(dump.contains(VAULT));
    let annotation = format!("    annotations:\n      rulebox.dev/ignore: {text}\n{VAULT}");
    dump.replace(VAULT, &annotation)
}

fn folder(dump: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder, "dump.yaml", dump);
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).expect("written");
}

fn run(folder: &TempDir, arguments: &[&str]) -> Ran {
    let arguments = [&["check", "dump.yaml"], arguments].concat();
    program::run(program::command(&arguments).current_dir(folder.path()), "")
}

/// The findings of a report that do not count: `RULE NAME by SOURCE: REASON`.
fn suppressed(json: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(json).expect("JSON");
    let word = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("a list").iter();
    let findings = findings.filter(|it| it["suppressed"].is_object()).map(|it| {
        let (rule, name) = (word(&it["rule"]), word(&it["subject"]["name"]));
        let known = &it["suppressed"];
        format!("{rule} {name} by {}: {}", word(&known["source"]), word(&known["reason"]))
    });
    findings.collect()
}

/// What an annotation of the vault suppresses, and words on standard error.
#[track_caller]
fn check_annotation(text: &str, arguments: &[&str], want: &[&str], words: &str) {
    let folder = folder(&annotated(text));
    let ran = run(&folder, &[&["-o", "json"], arguments].concat());
    assert_eq!(suppressed(&ran.out), want, "{}", ran.err);
    assert!(if words.is_empty() { ran.err.is_empty() } else { ran.err.contains(words) });
}

const BY_ANNOTATION: &str = "vault-unavailable vault-dr by annotation: moved (ticket 4711)";

#[test]
fn an_object_says_which_findings_about_it_are_known() {
    check_annotation("vault-unavailable=moved (ticket 4711)", &[], &[BY_ANNOTATION], "");
    let until = "'backup-center/vault-unavailable=moved (ticket 4711) (until 2026-12-31)'";
    check_annotation(until, &[], &[BY_ANNOTATION], "");
}

#[test]
fn an_annotation_that_does_not_act_is_told() {
    let place = "BackupLocation csdr/vault-dr: annotation rulebox.dev/ignore: ";
    let wrong = format!("{place}`moved` is not RULE=REASON; it silences nothing");
    check_annotation("moved", &[], &[], &wrong);
    let over = "has expired (2026-09-01): its findings count again";
    check_annotation("'vault-unavailable=x (until 2026-09-01)'", &[], &[], over);
    check_annotation("vault-denied=x", &[], &[], "no pack of this run has a rule `vault-denied`");
}

#[test]
fn annotations_can_be_turned_off() {
    let text = "vault-unavailable=moved (ticket 4711)";
    check_annotation(text, &["--no-annotations"], &[], "");
    let folder = folder(&annotated(text));
    write(&folder, "rulebox.yaml", "annotations: false\n");
    let ran = run(&folder, &["-o", "json", "--config", "rulebox.yaml"]);
    assert_eq!(suppressed(&ran.out), Vec::<String>::new(), "{}", ran.err);
}

#[test]
fn who_suppressed_a_finding_is_shown() {
    let folder = folder(&annotated("vault-unavailable=moved (ticket 4711)"));
    let shown = |format: &str, words: &str| {
        let ran = run(&folder, &["-o", format]);
        assert!(ran.out.contains(words), "{format}: {}", ran.out);
    };
    shown("text", "by the annotation of the object, no expiry: moved (ticket 4711)");
    for format in ["html", "csv", "junit"] {
        shown(format, "moved (ticket 4711) (annotation of the object)");
    }
    shown("markdown", "annotation of the object");
    shown("sarif", "\"kind\": \"inSource\"");
}

#[test]
fn what_is_found_today_is_known_until_a_day() {
    let folder = folder(&dump());
    let known = ["--write-suppressions", "known.yaml", "--until", "2026-12-31"];
    let ran = run(&folder, &[&known[..], &["--reason", "ticket 4711"]].concat());
    assert_eq!(ran.code, 1, "it counts today: {}", ran.err);
    let told = "7 findings are known until 2026-12-31 with --config known.yaml\n";
    assert!(ran.err.contains(told), "{}", ran.err);
    let text = fs::read_to_string(folder.path().join("known.yaml")).expect("a configuration");
    assert_eq!(text.matches("- fingerprint: ").count(), 7, "{text}");
    assert!(
        text.contains(
            "\n# critical backup-center/vault-unavailable: BackupLocation csdr/vault-dr\n"
        ),
        "{text}"
    );
    let ran = run(&folder, &["--config", "known.yaml", "-o", "json"]);
    assert_eq!((ran.code, suppressed(&ran.out).len()), (0, 7), "{}", ran.err);
    let later = run(&folder, &["--config", "known.yaml", "--as-of", "2027-01-01T00:00:00Z"]);
    assert!(later.code == 1 && later.err.contains("has expired (2026-12-31)"), "{}", later.err);
}

/// These arguments are refused with these words.
#[track_caller]
fn check_refused(arguments: &[&str], words: &str) {
    let folder = folder(&dump());
    write(&folder, "there.yaml", "failOn: never\n");
    write(&folder, "later.json", "{\"schemaVersion\": \"2\"}");
    write(&folder, "text.json", "no report");
    let ran = run(&folder, arguments);
    assert!(ran.code == 2 && ran.err.contains(words), "{}: {}", ran.code, ran.err);
    let there = fs::read_to_string(folder.path().join("there.yaml")).expect("a file");
    assert_eq!(there, "failOn: never\n");
}

#[test]
fn suppressions_that_cannot_be_written_are_refused() {
    let until = ["--until", "2026-12-31"];
    let with = |file| [&["--write-exceptions", file], &until[..]].concat();
    check_refused(&with("there.yaml"), "there.yaml exists, and is not written over");
    check_refused(&with("dump.yaml"), "is the file of --write-suppressions and also an input");
    check_refused(&[&with("a.json")[..], &["-o", "json=a.json"]].concat(), "is an output and also");
    check_refused(&with("-"), "writes a file, and `-` names none");
    check_refused(&["--write-suppressions", "new.yaml"], "--until");
    check_refused(&["--write-suppressions", "new.yaml", "--until", "soon"], "neither a date");
    check_refused(&until, "--write-suppressions");
    let past = ["--write-suppressions", "new.yaml", "--until", "2020-01-01"];
    check_refused(&past, "--until 2020-01-01 is over: the run speaks of");
}

#[test]
fn a_baseline_that_cannot_be_used_is_refused() {
    check_refused(&["--baseline", "later.json"], "schemaVersion `2`");
    check_refused(&["--baseline", "text.json"], "text.json cannot be used: not a report");
    check_refused(&["--baseline", "missing.json"], "cannot read the report missing.json");
}

#[test]
fn the_name_of_a_baseline_and_its_text_hold_no_secret() {
    let folder = folder(&dump());
    write(&folder, "own.yaml", "redact:\n- pattern: vault-dr\n  name: vault\n");
    run(&folder, &["-o", "json=monday.json"]);
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let named = format!("r-{token}.json");
    fs::copy(folder.path().join("monday.json"), folder.path().join(&named)).expect("copied");
    let ran = run(&folder, &["--baseline", &named, "--config", "own.yaml", "-o", "json"]);
    assert!(ran.out.contains("in the baseline r-"), "{}", ran.out);
    for secret in [&token, "csdr/vault-dr"] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn a_pipeline_fails_for_what_is_new_alone() {
    let folder = folder(&dump());
    run(&folder, &["-o", "json=monday.json"]);
    let ran = run(&folder, &["--baseline", "monday.json", "-o", "json"]);
    assert_eq!((ran.code, suppressed(&ran.out).len()), (0, 7), "{}", ran.err);
    // The vault is there again; the other one is not.
    let tuesday =
        dump().replace("2:27:31Z\"\n    phase: Unavailable", "2:27:31Z\"\n    phase: Available");
    write(&folder, "dump.yaml", &tuesday);
    let ran = run(&folder, &["--baseline", "monday.json", "-o", "json"]);
    let gone = "note: baseline monday.json: 1 of its findings gone: \
                backup-center/vault-unavailable of BackupLocation csdr/vault-dr";
    assert!(ran.err.contains(gone), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(report["baseline"]["gone"][0]["subject"]["name"], "vault-dr");
    // Less is known by a report without the vault, so that the vault is new.
    run(&folder, &["-o", "json=tuesday.json"]);
    write(&folder, "dump.yaml", &dump());
    let ran = run(&folder, &["--baseline", "tuesday.json", "-o", "sarif"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.matches("\"baselineState\": \"new\"").count(), 1, "{}", ran.out);
    assert_eq!(ran.out.matches("\"baselineState\": \"unchanged\"").count(), 6);
}

#[test]
fn a_baseline_of_another_cluster_is_refused() {
    let folder = folder(&dump());
    run(&folder, &["-o", "json=monday.json"]);
    let uid = "06a17981-c48b-481e-b250-bf1c1b170c4f";
    write(&folder, "dump.yaml", &dump().replace(uid, "16a17981-c48b-481e-b250-bf1c1b170c4f"));
    let ran = run(&folder, &["--baseline", "monday.json"]);
    let words = "--baseline: monday.json and this run are of different clusters";
    assert!(ran.code == 2 && ran.err.contains(words), "{}", ran.err);
}
