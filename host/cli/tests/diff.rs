//! `rulebox diff` of reports, of dumps, and of both.

mod program;

use std::fs;

use program::{Ran, root};
use serde_json::Value;
use tempfile::TempDir;

/// The dump of a cluster with four faults.
fn night() -> String {
    fs::read_to_string(root().join("fixtures/clusters/several-faults.yaml")).expect("a dump")
}

/// The same cluster later: vault-dr is there again, and vault-prod is not.
fn morning() -> String {
    let night = night();
    let mut parts: Vec<_> = night.split_inclusive("\n- apiVersion:").map(str::to_owned).collect();
    for part in &mut parts {
        let is = |word: &str| part.contains(word);
        if !is("\n  kind: BackupLocation\n") && !is("\n  kind: BackupStorageLocation\n") {
            continue;
        }
        let (from, to) = if is("name: vault-dr\n") {
            ("phase: Unavailable", "phase: Available")
        } else if is("\n  kind: BackupLocation\n") && is("name: vault-prod\n") {
            ("phase: Available", "phase: Unavailable")
        } else {
            continue;
        };
        assert!(is(from), "{part}");
        *part = part.replace(from, to);
    }
    parts.concat()
}

/// A folder with both dumps and the reports of them.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("written");
    };
    write("night.yaml", &night());
    write("morning.yaml", &morning());
    for name in ["night", "morning"] {
        let (dump, json) = (format!("{name}.yaml"), format!("json={name}.json"));
        let yaml = format!("yaml={name}.report.yaml");
        let ran = run(&folder, &["check", &dump, "-o", &json, "-o", &yaml], "");
        assert_eq!(ran.code, 1, "{}", ran.err);
    }
    folder
}

fn run(folder: &TempDir, arguments: &[&str], stdin: &str) -> Ran {
    program::run(program::command(arguments).current_dir(folder.path()), stdin)
}

/// What `diff -o json` says: `new RULE NAME`.
fn changes(json: &str) -> Vec<String> {
    let diff: Value = serde_json::from_str(json).expect("JSON");
    let line = |change: &str, it: &Value| {
        let word = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        format!("{change} {} {}", word(&it["rule"]), word(&it["subject"]["name"]))
    };
    let of = |change: &str| {
        let all = diff[change].as_array().cloned().unwrap_or_default();
        all.iter().map(|it| line(change, it)).collect::<Vec<_>>()
    };
    [of("new"), of("gone")].concat()
}

/// What is new in the morning, and what is gone.
const MORNING: [&str; 3] = [
    "new vault-unavailable vault-prod",
    "new vault-twin-drift vault-prod",
    "gone vault-unavailable vault-dr",
];

/// These two sides give what has changed in the morning.
#[track_caller]
fn check(old: &str, new: &str, stdin: &str) {
    let ran = run(&folder(), &["diff", old, new, "-o", "json"], stdin);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(changes(&ran.out), MORNING);
}

#[test]
fn reports_dumps_and_both_are_compared() {
    check("night.json", "morning.json", "");
    check("night.yaml", "morning.yaml", "");
    check("night.json", "morning.yaml", "");
    check("night.yaml", "morning.report.yaml", "");
}

#[test]
fn a_report_may_come_from_standard_input() {
    let folder = folder();
    let report = fs::read_to_string(folder.path().join("morning.json")).expect("a report");
    let ran = run(&folder, &["diff", "night.json", "-", "-o", "json"], &report);
    assert_eq!((ran.code, changes(&ran.out)), (1, MORNING.map(str::to_owned).to_vec()));
}

#[test]
fn the_same_dump_twice_has_no_difference() {
    let ran = run(&folder(), &["diff", "night.yaml", "night.yaml"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("0 new, 0 gone, 0 changed, 7 the same"), "{}", ran.out);
}

#[test]
fn what_a_person_reads_of_two_dumps() {
    let ran = run(&folder(), &["diff", "night.yaml", "morning.yaml"], "");
    insta::assert_snapshot!(ran.out);
}

#[test]
fn only_what_is_new_and_counts_fails() {
    let folder = folder();
    let code = |arguments: &[&str]| run(&folder, &[&["diff"], arguments].concat(), "").code;
    assert_eq!(code(&["morning.json", "night.json"]), 1, "vault-dr is new");
    assert_eq!(code(&["night.json", "morning.json", "--fail-on", "never"]), 0);
    assert_eq!(code(&["night.json", "morning.json", "--fail-on", "critical"]), 1);
    fs::write(folder.path().join("never.yaml"), "failOn: never\n").expect("written");
    assert_eq!(code(&["night.json", "morning.json", "--config", "never.yaml"]), 0);
}

#[test]
fn outputs_go_to_files_as_those_of_check_do() {
    let folder = folder();
    let outputs = ["-o", "html=a.html", "-o", "sarif=a.sarif", "-o", "csv=a.csv", "-o", "markdown"];
    let ran = run(&folder, &[&["diff", "night.json", "morning.json"], &outputs[..]].concat(), "");
    assert!(ran.out.starts_with("# Rulebox: 2 new, 1 gone"), "{}", ran.out);
    for name in ["a.html", "a.sarif", "a.csv"] {
        let text = fs::read_to_string(folder.path().join(name)).expect("an output");
        assert!(text.contains("vault-prod"), "{name}");
    }
}

/// The dump of a cluster whose kube-system has another uid.
#[test]
fn different_clusters_are_told() {
    let folder = folder();
    let uid = "06a17981-c48b-481e-b250-bf1c1b170c4f";
    let other = night().replace(uid, "16a17981-c48b-481e-b250-bf1c1b170c4f");
    fs::write(folder.path().join("other.yaml"), other).expect("written");
    let ran = run(&folder, &["diff", "night.yaml", "other.yaml"], "");
    let told = "COMPARE WITH CARE: night.yaml and other.yaml are of different clusters";
    assert!(ran.out.contains(told), "{}", ran.out);
}

/// These arguments end with this code, and with these words on standard error.
#[track_caller]
fn check_refused(arguments: &[&str], code: i32, words: &str) {
    let folder = folder();
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("written");
    };
    write("later.json", "{\"schemaVersion\": \"2\", \"findings\": 7}");
    write("cut.json", "{\n  \"schemaVersion\": \"1\",\n  \"find");
    write("text.txt", "nothing of a cluster\n");
    let ran = run(&folder, arguments, "");
    assert!(ran.code == code && ran.err.contains(words), "{}: {}{}", ran.code, ran.err, ran.out);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    check_refused(&["diff", "night.json", "later.json"], 2, "schemaVersion `2`");
    check_refused(&["diff", "night.json", "cut.json"], 2, "cut.json cannot be used");
    check_refused(&["diff", "-", "-"], 2, "both sides cannot come from standard input");
    check_refused(&["diff", "night.json"], 2, "NEW");
    check_refused(&["diff", "night.json", "night.json", "--live"], 2, "--live");
    check_refused(&["diff", "night.json", "night.json", "-o", "prometheus"], 2, "no comparison");
    check_refused(&["diff", "night.json", "night.json", "-o", "json=night.json"], 2, "an input");
}

#[test]
fn a_side_of_which_nothing_was_read_is_3() {
    check_refused(&["diff", "night.json", "text.txt"], 3, "");
    check_refused(&["diff", "night.json", "missing.yaml"], 3, "");
}

#[test]
fn a_side_that_was_not_read_is_named_with_the_reason() {
    let ran = run(&folder(), &["diff", "night.json", "missing.yaml"], "");
    assert_eq!(ran.code, 3, "{}", ran.err);
    let told = "COMPARE WITH CARE: missing.yaml was not read in full: missing.yaml: no such file";
    assert!(ran.out.contains(told), "{}", ran.out);
}

#[test]
fn rules_without_data_after_fail_where_they_are_to() {
    let folder = folder();
    let text = fs::read_to_string(folder.path().join("night.json")).expect("a report");
    let mut blind: Value = serde_json::from_str(&text).expect("JSON");
    let rules = blind["rules"].as_array_mut().expect("a list");
    let rule = rules.iter_mut().find(|it| it["result"] == "pass").expect("a rule that passes");
    rule["result"] = "no_data".into();
    rule["reason"] = "it holds no Pod".into();
    fs::write(folder.path().join("blind.json"), blind.to_string()).expect("written");
    fs::write(folder.path().join("strict.yaml"), "failOnNoData: true\n").expect("written");
    let ran = run(&folder, &["diff", "night.json", "blind.json"], "");
    let told = "blind.json cannot judge by rules by which night.json could: ";
    assert!(ran.code == 0 && ran.out.contains(told), "{}: {}", ran.code, ran.out);
    let strict = run(&folder, &["diff", "night.json", "blind.json", "--config", "strict.yaml"], "");
    assert_eq!(strict.code, 1, "{}", strict.err);
}

#[test]
fn the_names_and_texts_of_the_sides_hold_no_secret() {
    let folder = folder();
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let named = format!("x-{token}.json");
    fs::copy(folder.path().join("night.json"), folder.path().join(&named)).expect("copied");
    let own = "redact:\n- pattern: vault-dr\n  name: vault\n";
    fs::write(folder.path().join("own.yaml"), own).expect("written");
    for format in ["text", "html", "json", "yaml", "markdown"] {
        let ran = run(&folder, &["diff", &named, "morning.json", "-o", format], "");
        assert!(!ran.out.contains(&token) && !ran.err.contains(&token), "{}", ran.out);
    }
    let config = ["diff", "night.json", "morning.json", "--config", "own.yaml", "-o", "json"];
    let ran = run(&folder, &config, "");
    assert!(!ran.out.contains("csdr/vault-dr"), "{}", ran.out);
}

#[test]
fn the_names_of_the_sides_have_pseudonyms() {
    let folder = folder();
    let to = folder.path().join("acmebank-mon.json");
    fs::copy(folder.path().join("night.json"), to).expect("copied");
    for new in ["acmebank-mon.json", "morning.yaml"] {
        let ran = run(&folder, &["diff", "acmebank-mon.json", new, "--pseudonymise"], "");
        assert!(!ran.out.contains("acmebank") && ran.out.contains("before  input-"), "{}", ran.out);
    }
}

#[test]
fn a_report_is_no_dump() {
    let words = "night.json is a report of Rulebox, and no dump";
    check_refused(&["check", "night.json"], 2, words);
    check_refused(&["check", "night.report.yaml"], 2, "show it: `rulebox report");
}

#[test]
fn a_report_whose_keys_were_sorted_is_a_report() {
    let folder = folder();
    let text = fs::read_to_string(folder.path().join("night.json")).expect("a report");
    // A map of serde_json is sorted.
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let sorted = serde_json::to_string(&value).expect("JSON");
    assert!(sorted.starts_with("{\"asOf\""), "{}", &sorted[..40]);
    fs::write(folder.path().join("sorted.json"), sorted).expect("written");
    let ran = run(&folder, &["diff", "sorted.json", "night.json"], "");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}
