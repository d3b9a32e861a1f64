//! Configurations of several files, what they say together, and where each value comes from.

mod program;

use std::fs;

use program::Ran;
use rulebox_reader::yaml;
use serde_json::{Value, json};
use tempfile::TempDir;

const ORG: &str = "\
failOn: critical
settings:
  backup-center:
    oomWindowHours: 6
    taskTimeoutMinutes: 90
suppressions:
- {rule: backup-center/restore-failed, reason: drills}
";

const TEAM: &str = "\
# of the team
failOn: high
settings:
  backup-center: {taskTimeoutMinutes: null, crashLoopMinutes: 5}
severities:
  backup-center/vault-unavailable: high
suppressions:
- {namespace: csdr, rule: vault-unavailable, reason: it moves}
";

/// A folder with `org.yaml`, `team.yaml`, and a file of this text.
fn folder(other: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("org.yaml", ORG), ("team.yaml", TEAM), ("other.yaml", other)] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    fs::copy(
        program::root().join("fixtures/clusters/vault-denied.yaml"),
        folder.path().join("dump.yaml"),
    )
    .expect("copied");
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Ran {
    program::run(program::command(arguments).current_dir(folder.path()), "")
}

const BOTH: [&str; 4] = ["--config", "org.yaml", "--config", "team.yaml"];

#[test]
fn a_later_configuration_wins_and_what_is_known_is_joined() {
    let folder = folder("suppressions: null\nseverities: {vault-unavailable: critical}\n");
    let ran = run(&folder, &[&["check", "dump.yaml", "-o", "json"], &BOTH[..]].concat());
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let finding = &report["findings"][0];
    assert_eq!((&finding["severity"], ran.code), (&json!("high"), 1), "{}", ran.err);
    assert_eq!(finding["suppressed"]["reason"], "it moves");
    // That of the organisation is told by its own place.
    assert!(ran.err.contains("org.yaml: suppressions[0] (drills) silences nothing"), "{}", ran.err);
    let third = [&["check", "dump.yaml"], &BOTH[..], &["--config", "other.yaml"]].concat();
    let ran = run(&folder, &third);
    assert!(ran.code == 1 && !ran.err.contains("silences nothing"), "{}{}", ran.code, ran.err);
}

/// What is said of these files where a run refuses them.
#[track_caller]
fn check_refused(other: &str, files: &[&str], words: &[&str]) {
    let folder = folder(other);
    let files: Vec<_> = files.iter().flat_map(|it| ["--config", it]).collect();
    for command in [&["check", "dump.yaml"][..], &["config", "check"], &["config", "show"]] {
        let ran = run(&folder, &[command, &files].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{command:?}: {}", ran.err);
        for it in words {
            assert!(ran.err.contains(it), "{command:?}: {}", ran.err);
        }
    }
}

#[test]
fn what_is_wrong_is_told_with_the_file_and_the_line_that_say_it() {
    let wrong = "cannot use the configuration other.yaml: line 2: ";
    check_refused("\ncolour: red\n", &["org.yaml", "other.yaml"], &[wrong, "unknown field"]);
    // By itself it is a configuration, and for the packs it is none.
    let settings = "settings:\n  backup-center: {oomHours: 1}\n";
    check_refused(settings, &["other.yaml", "org.yaml"], &[wrong, "settings.backup-center"]);
    check_refused(settings, &["org.yaml", "other.yaml"], &[wrong, "settings.backup-center"]);
    // Its place is that in its own file.
    let known = "suppressions:\n- {rule: no-such-rule, reason: x}\n";
    check_refused(known, &["org.yaml", "other.yaml"], &[wrong, "suppressions[0].rule: there is"]);
    check_refused("a: [", &["org.yaml", "other.yaml"], &["configuration other.yaml: line 2"]);
    check_refused("", &["org.yaml", "none.yaml"], &["configuration none.yaml: No such file"]);
}

#[test]
fn a_file_is_named_once() {
    let twice = "the configuration org.yaml: it is named twice";
    check_refused(
        "",
        &["org.yaml", "team.yaml", "org.yaml"],
        &[twice, "each file by one --config"],
    );
    let other = "configuration ./org.yaml: it was named before, as org.yaml";
    check_refused("", &["org.yaml", "./org.yaml"], &[other]);
    let ran = run(&folder(""), &["config", "check"]);
    assert!(ran.code == 2 && ran.err.contains("no configuration was named"), "{}", ran.err);
}

#[test]
fn files_that_can_be_used_are_said_to_be() {
    let folder = folder("settings: {another: {x: 1}}\n");
    let ran = run(&folder, &[&["config", "check"], &BOTH[..]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (0, "together they can be used\n"), "{}", ran.err);
    let ran = run(&folder, &["config", "check", "--config", "other.yaml"]);
    assert!(ran.code == 0 && ran.err.contains("names the pack `another`"), "{}", ran.err);
}

#[test]
fn each_value_says_where_it_comes_from() {
    let folder = folder("");
    let show = [&["config", "show"], &BOTH[..]].concat();
    let ran = run(&folder, &show);
    for line in [
        "annotations: true # default\n",
        "failOn: high # team.yaml:2\n",
        "    oomWindowHours: 6 # org.yaml:4\n",
        "    crashLoopMinutes: 5 # team.yaml:4\n",
        "    taskTimeoutMinutes: 60 # default of backup-center\n",
        "    recoveryPointHours: null # default of backup-center\n",
        "  backup-center/vault-unavailable: high # team.yaml:6\n",
        "- reason: drills # org.yaml:7\n",
        "  rule: vault-unavailable # team.yaml:8\n",
    ] {
        assert!(ran.out.contains(line), "no {line:?} in {}", ran.out);
    }
    let json: Value =
        serde_json::from_str(&run(&folder, &[&show[..], &["-o", "json"]].concat()).out)
            .expect("JSON");
    let value = |place: Value| {
        let mut all = json["values"].as_array().expect("a list").iter();
        all.find(|it| it["place"] == place).expect("a value").clone()
    };
    let place = json!(["settings", "backup-center", "oomWindowHours"]);
    let want = json!({"place": place.clone(), "value": 6, "file": "org.yaml", "line": 4});
    assert_eq!(value(place), want);
    let want = json!({"place": ["annotations"], "value": true, "default": "rulebox"});
    assert_eq!(value(json!(["annotations"])), want);
    assert_eq!(json["configuration"], yaml::to_json_value(&ran.out).expect("YAML"));
}

/// What a run goes by is a configuration, by which it goes.
#[track_caller]
fn check_round_trip(files: &[&str], other: &str) {
    let folder = folder(other);
    let files: Vec<_> = files.iter().flat_map(|it| ["--config", it]).collect();
    let shown = run(&folder, &[&["config", "show"], &files[..]].concat()).out;
    fs::write(folder.path().join("shown.yaml"), &shown).expect("written");
    let ran = run(&folder, &["config", "show", "--config", "shown.yaml"]);
    let read = |text: &str| yaml::to_json_value(text).expect("YAML");
    assert_eq!((ran.code, read(&ran.out)), (0, read(&shown)), "{}", ran.err);
    assert!(!ran.out.contains("# default"), "{}", ran.out);
}

#[test]
fn what_is_shown_can_be_used() {
    check_round_trip(&[], "");
    check_round_trip(&["org.yaml", "team.yaml"], "");
    let odd = "redact: [{pattern: 'a #b: \\d+'}, {pattern: \"x\\u202ey\"}]\n\
               suppressions:\n- name: '*-#1'\n  reason: |\n    two\n    lines: # no comment\n\
               severities: {'another/no: rule': low}\n";
    check_round_trip(&["other.yaml"], odd);
    let all = [&entry(CSDR, RECENT), "limits: {backup-center: {deadline: 2m}}\n"].concat();
    check_round_trip(&["org.yaml", "other.yaml"], &all);
}

#[test]
fn several_become_one_where_they_are_deployed() {
    let folder = folder("");
    let image = ["manifests", "--image", "r.example.com/rulebox:1"];
    let ran = run(&folder, &[&image[..], &BOTH[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    for words in ["failOn: high # team.yaml:2", "oomWindowHours: 6 # org.yaml:4"] {
        assert!(ran.out.contains(words), "{}", ran.out);
    }
    assert!(!ran.out.contains("taskTimeoutMinutes"), "no defaults: {}", ran.out);
}

/// What a run on a dump says by the configuration `other.yaml`.
#[track_caller]
fn check_run(dump: &str, other: &str, arguments: &[&str], code: i32, words: &str) -> Ran {
    let folder = folder(other);
    fs::write(folder.path().join("dump.yaml"), dump).expect("written");
    let command = ["check", "dump.yaml", "--config", "other.yaml"];
    let ran = run(&folder, &[&command[..], arguments].concat());
    let said = format!("{}{}", ran.out, ran.err);
    assert!(ran.code == code && said.contains(words), "{}: {said}", ran.code);
    ran
}

fn cluster(name: &str) -> String {
    let file = format!("fixtures/clusters/{name}.yaml");
    fs::read_to_string(program::root().join(file)).expect("a dump")
}

#[test]
fn a_pack_is_granted_more_or_less_than_others() {
    let dump = cluster("vault-denied");
    let limits = |it: &str| format!("limits: {{backup-center: {{{it}}}}}\n");
    let check = |it: &str, arguments: &[&str], code: i32, words: &str| {
        check_run(&dump, &limits(it), arguments, code, words)
    };
    check("memory: 1Mi", &[], 4, "`limits.backup-center.memory`");
    let none = ["--pack-findings", "0"];
    check("memory: 256Mi", &none, 4, "`limits.backup-center.findings`");
    check("findings: 100", &none, 1, "vault-prod");
    check("samples: 0", &[], 4, "`limits.backup-center.samples`");
    check("output: 5Gi", &[], 2, "line 1: limits.backup-center.output: `5Gi` is no amount");
    let near = "limits: {backup-centre: {memory: 1Gi}}\n";
    check_run(&dump, near, &[], 2, "did you mean `backup-center`?");
    check_run(&dump, "limits: {other: {memory: 1Gi}}\n", &[], 1, "names the pack `other`");
}

/// An entry for the namespaces with this label, or one of all namespaces of these names.
fn entry(which: &str, what: &str) -> String {
    format!("namespaces:\n- {which}\n  {what}\n")
}

const CSDR: &str = "labels: kubernetes.io/metadata.name=csdr";
const OTHER: &str = "labels: kubernetes.io/metadata.name=other";
const RECENT: &str = "settings: {backup-center: {recoveryPointHours: 1}}";

#[test]
fn a_namespace_has_settings_and_severities_of_its_own() {
    let healthy = cluster("healthy");
    check_run(&healthy, &entry(CSDR, RECENT), &[], 1, "backups-none-recent");
    check_run(&healthy, &entry("names: [cs*]", RECENT), &[], 1, "backups-none-recent");
    check_run(&healthy, &entry(OTHER, RECENT), &[], 0, "findings  none");
    let low = "severities: {backup-center/vault-unavailable: low}";
    let denied = cluster("vault-denied");
    check_run(&denied, &entry(CSDR, low), &[], 1, "LOW  BackupLocation csdr/vault-prod");
    check_run(&denied, &entry(OTHER, low), &[], 1, "CRITICAL  BackupLocation csdr/vault-prod");
}

/// The same dump, without its objects of the kind Namespace.
fn without_namespaces(dump: &str) -> String {
    let items = dump.split("\n- apiVersion");
    let kept: Vec<_> = items.filter(|it| !it.contains("\n  kind: Namespace\n")).collect();
    kept.join("\n- apiVersion")
}

#[test]
fn labels_that_were_not_dumped_are_told_and_pass_for_nothing() {
    let dump = without_namespaces(&cluster("healthy"));
    let told = "by the settings of namespaces[0], which may hold there, it is judged otherwise";
    let quiet = ["-o", "json"];
    let ran = check_run(&dump, &entry(CSDR, RECENT), &quiet, 0, told);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let doubted = report["rules"].as_array().expect("a list").iter().filter(|it| {
        let reasons = it["reason"].to_string();
        assert!(!reasons.contains(told) || it["result"] == "no_data", "{it}");
        reasons.contains(told)
    });
    let doubted: Vec<_> = doubted.map(|it| it["rule"].as_str().unwrap_or_default()).collect();
    assert_eq!(doubted, ["backups-none-recent"], "the others do not read that setting");
    let low = "severities: {vault-unavailable: low}";
    let denied = without_namespaces(&cluster("vault-denied"));
    let told = "the labels of the namespace csdr are not known: severities that";
    check_run(&denied, &entry(CSDR, low), &[], 1, told);
    // What to type next reads them.
    let next = "rulebox needs --script --config other.yaml > collect.sh";
    check_run(&denied, &entry(CSDR, low), &[], 1, next);
}

#[test]
fn what_is_wrong_with_an_entry_is_told_with_its_line() {
    let wrong = |entry: &str, words: &str| check_run("", entry, &[], 2, words);
    wrong(
        &entry("labels: env ~ prod", RECENT),
        "other.yaml: line 2: namespaces[0].labels: `env ~ prod` is no label selector",
    );
    let settings = "settings: {backup-center: {recoveryPointHours: soon}}";
    wrong(
        &entry(CSDR, settings),
        "other.yaml: line 3: namespaces[0].settings.backup-center.recoveryPointHours: ",
    );
    wrong(
        &entry(CSDR, "severities: {vault-unavailble: low}"),
        "other.yaml: line 3: namespaces[0].severities.vault-unavailble: there is no rule",
    );
    wrong(
        &entry(CSDR, "settings: {backup-centre: {}}"),
        "line 3: namespaces[0].settings.backup-centre: there is no pack",
    );
}

#[test]
fn what_labels_decide_is_asked_for() {
    let folder = folder(&entry(CSDR, RECENT));
    let with = |command: &[&str]| {
        let ran = run(&folder, &[command, &["--config", "other.yaml"]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let json: Value = serde_json::from_str(&with(&["needs", "-o", "json"])).expect("JSON");
    let reads = |rule: &str| {
        let needs = json["objects"].as_array().expect("a list").iter();
        let mut all = needs.filter(|it| it["kind"] == "Namespace" && it["namespaces"] == json!([]));
        all.any(|it| {
            it["requiredBy"].as_array().is_some_and(|it| it.contains(&json!(rule)))
                && it["fields"].as_array().is_some_and(|it| it.contains(&json!("metadata.labels")))
        })
    };
    assert!(reads("backup-center/backups-none-recent"), "{json}");
    assert!(with(&["needs"]).contains("rulebox needs --script --config other.yaml > collect.sh"));
    // One rule that reads no namespaces, so that the configuration alone asks for them.
    let role = ["manifests", "--role-only", "--rule", "vault-unavailable"];
    assert!(with(&role).contains("- namespaces\n"));
    assert!(!run(&folder, &role).out.contains("- namespaces\n"));
    assert!(with(&["needs", "--script"]).contains("Namespace"));
}
