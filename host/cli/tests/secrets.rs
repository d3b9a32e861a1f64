//! Secrets in a dump come out of no output, and `--pseudonymise` lets no name out.

mod planted;
mod program;

use std::{fs, path::Path};

use program::Ran;
use rulebox_report::Format;
use serde_json::{Value, json};
use tempfile::TempDir;

fn rulebox(arguments: &[&str], stdin: &str) -> Ran {
    program::run(&mut program::command(arguments), stdin)
}

/// A cluster whose vault, backup and pod say `text` in messages, fields, labels and names.
fn dump(text: &str) -> String {
    let at = "2026-09-15T02:00:00Z";
    let metadata = |name: &str| json!({"name": name, "namespace": "csdr", "creationTimestamp": at});
    let csdr = "csdr.alibabacloud.com/v1beta1";
    let mut pod = metadata("csdr-velero-0");
    pod["labels"] = json!({"component": "csdr", "app": "csdr-velero", "deploy": "velero"});
    let waiting = json!({"reason": "CrashLoopBackOff", "message": text});
    let terminated = json!({"reason": "OOMKilled", "exitCode": 137, "finishedAt": at});
    let items = json!([
        {
            "apiVersion": csdr, "kind": "BackupLocation", "metadata": metadata(text),
            "spec": {"objectStorage": {"bucket": text}, "config": {"region": text}},
            "status": {"phase": "Unavailable", "message": text, "lastValidationTime": at},
        },
        {
            "apiVersion": csdr, "kind": "ApplicationBackup", "metadata": metadata("orders"),
            "spec": {"storageLocation": text, "includedNamespaces": [text]},
            "status": {"phase": "Failed", "message": text, "completionTimestamp": at},
        },
        {
            "apiVersion": "v1", "kind": "Pod", "metadata": pod,
            "spec": {"nodeName": text, "containers": [{"name": "velero", "image": text}]},
            "status": {"phase": "Running", "containerStatuses": [{
                "name": "velero", "image": text, "restartCount": 3, "ready": false,
                "state": {"waiting": waiting}, "lastState": {"terminated": terminated},
            }]},
        },
        {"apiVersion": text, "kind": text, "metadata": {"name": text, "namespace": text}},
    ]);
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

/// All that a run writes: each format, and standard error.
fn written(folder: &Path, arguments: &[&str], stdin: &str) -> Vec<(String, String)> {
    let files = Format::ALL.map(|it| format!("{it}={}", folder.join(it.as_str()).display()));
    let outputs: Vec<_> = files.iter().flat_map(|it| ["-o", it]).collect();
    let ran = rulebox(&[arguments, &outputs].concat(), stdin);
    let mut all = vec![("standard error".to_owned(), ran.err.clone())];
    for format in Format::ALL.map(Format::as_str) {
        let text = fs::read_to_string(folder.join(format));
        let text = text.unwrap_or_else(|it| panic!("{format}: {it}: {}", ran.err));
        all.push((format.to_owned(), text));
    }
    all
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn no_format_has_a_secret_of_the_dump() {
    let folder = folder();
    let all = written(folder.path(), &["check", "-", "-v"], &dump(&planted::text()));
    let report = &all.iter().find(|it| it.0 == "json").expect("a report").1;
    let report: Value = serde_json::from_str(report).expect("JSON");
    assert!(report["findings"].as_array().expect("a list").len() > 2, "{report:#}");
    let taken = report["summary"]["redacted"].as_object().expect("counts");
    assert!(taken.len() > 5, "{taken:?}");
    for (format, text) in &all {
        planted::check(format, text);
    }
    assert!(all[0].1.contains("values that look like secrets ("), "{}", all[0].1);
}

#[test]
fn a_report_that_has_secrets_loses_them_when_it_is_read() {
    let folder = folder();
    let mut report: Value = {
        let ran = rulebox(&["check", "-", "-o", "json"], &dump("vault-a"));
        serde_json::from_str(&ran.out).expect("JSON")
    };
    for (path, (text, _)) in [
        "/findings/0/cause",
        "/findings/0/summary",
        "/findings/0/remedy",
        "/findings/0/evidence/0/value",
        "/findings/0/evidence/0/path",
        "/findings/0/subject/name",
        "/rules/0/reason",
        "/inputs/0/name",
        "/coverage/0/reason",
    ]
    .iter()
    .zip(planted::PLANTED.iter().cycle())
    {
        *report.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = json!(text);
    }
    let file = folder.path().join("old.json");
    fs::write(&file, report.to_string()).expect("written");
    let file = file.to_str().expect("UTF-8");
    for (format, text) in written(folder.path(), &["report", file, "-v"], "") {
        planted::check(&format, &text);
    }
    let clean = folder.path().join("json");
    for format in ["text", "json"] {
        let ran = rulebox(&["diff", clean.to_str().expect("UTF-8"), file, "-o", format], "");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        planted::check(format, &ran.out);
    }
}

/// A pack that is given Secrets and says their values in each text that it may write.
const TELLTALE: &str = r#"apiVersion: rulebox.dev/v1alpha1
kind: RulePack
metadata: {name: acme, version: 0.1.0}
needs:
  secrets: {kind: Secret}
rules:
  - id: told
    severity: high
    summary: A value is told
    for: secrets
    when: true
    message: "{{ object.data.encoded }} or {{ object.stringData.plain }} of {{ object.data }}"
    cause: "{{ object.stringData.plain.upperAscii() }}"
    remedy: [run: "echo {{ object.data.encoded }} {{ object.stringData.plain }}"]
    evidence: ["data.*", {path: metadata.name, value: object.stringData.plain}]
    labels: {encoded: object.data.encoded, plain: object.stringData.plain}
  - id: no-number
    severity: low
    summary: A value is a number
    for: secrets
    when: int(object.stringData.plain) > 1
    message: "{{ object.metadata.name }}"
metrics:
  - name: acme_told
    help: What is told.
    rule: told
    type: info
    labels: {plain: object.stringData.plain}
"#;

/// The same in Rego, which decodes the value.
const DECODING: [&str; 2] = [
    "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\nmetadata: {name: acme, version: 0.1.0}\n\
     language: rego\nneeds:\n  secrets: {kind: Secret, fields: [data]}\nrules:\n  - {id: told, \
     severity: high, summary: A value is told, for: secrets}\n",
    "package acme.told\n\ndeny contains msg if {\n\tmsg := sprintf(\"it is %s\", \
     [base64.decode(input.data.encoded)])\n}\n",
];

#[test]
fn no_format_has_the_value_of_a_secret_that_a_pack_tells() {
    let folder = folder();
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop"},
        // `planted horse`
        "data": {"encoded": "cGxhbnRlZCBob3JzZQ=="}, "stringData": {"plain": "plantedbattery"},
    });
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("pack.yaml"), TELLTALE).expect("written");
    fs::create_dir(path("rego")).expect("made");
    for (name, text) in ["rego/pack.yaml", "rego/told.rego"].iter().zip(DECODING) {
        fs::write(path(name), text).expect("written");
    }
    for (pack, said) in [(path("pack.yaml"), "REDACTED or REDACTED of"), (path("rego"), "it is")] {
        let all =
            written(folder.path(), &["check", "-", "-v", "--pack", &pack], &secret.to_string());
        assert!(all.iter().any(|it| it.1.contains(said)), "{all:?}");
        for (format, text) in &all {
            let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let text = text.to_lowercase();
            for value in ["cgxhbnrlz", "planted horse", "plantedbattery"] {
                assert!(!text.contains(value), "{format}: {text}");
            }
        }
    }
}

#[test]
fn an_error_has_no_secret() {
    let folder = folder();
    for (text, _) in planted::PLANTED.iter().filter(|it| !it.0.contains(['/', '\n'])) {
        let missing = folder.path().join(text);
        let ran = rulebox(&["check", missing.to_str().expect("UTF-8")], "");
        planted::check("the error of a path", &ran.err);
    }
    let config = folder.path().join("rulebox.yaml");
    fs::write(&config, "failOn: 'password=PlantedInYaml1'\n").expect("written");
    let ran = rulebox(&["check", "-", "--config", config.to_str().expect("UTF-8")], "");
    assert!(ran.code == 2 && ran.err.contains("REDACTED"), "{}", ran.err);
    planted::check("the error of a configuration", &ran.err);
}

/// A run with this configuration.
fn with_config(text: &str, stdin: &str) -> Ran {
    let folder = folder();
    let config = folder.path().join("rulebox.yaml");
    fs::write(&config, text).expect("written");
    let config = config.to_str().expect("UTF-8");
    rulebox(&["check", "-", "-o", "json", "--config", config], stdin)
}

#[test]
fn the_users_forms_of_secrets_go_too() {
    let dump = dump("tk-00ff00ff of employee 4711");
    let config = "redact:\n- pattern: 'tk-[0-9a-f]{8}'\n  name: ticket\n\
                  - pattern: 'employee (?<secret>[0-9]+)'\n";
    let ran = with_config(config, &dump);
    assert!(!ran.out.contains("00ff00ff") && !ran.out.contains("4711"), "{}", ran.out);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let taken = &report["summary"]["redacted"];
    assert!(taken["ticket"].as_u64() > Some(3) && taken["own"].as_u64() > Some(3), "{taken}");
    assert!(rulebox(&["check", "-", "-o", "json"], &dump).out.contains("tk-00ff00ff"));
}

#[test]
fn a_form_that_cannot_be_used_is_named_with_its_line() {
    let ran = with_config("failOn: high\nredact:\n- pattern: ok\n- pattern: 'a(b'\n", "");
    assert_eq!(ran.code, 2);
    let want = "line 4: redact[1].pattern: it is no regular expression: unclosed group";
    assert!(ran.err.contains(want), "{}", ran.err);
}

/// Names that stand in the dump below, and in nothing that Rulebox writes of its own.
const NAMES: [&str; 8] = [
    "xqvault-a",
    "xqbucket-b",
    "xqbackup-c",
    "xqns-d",
    "xqnode-e",
    "xqhost",
    "xqsecret-g",
    "10.9.8.7",
];

/// Names in fields, and in a message that quotes what no field has.
fn named_dump() -> String {
    let [vault, bucket, backup, namespace, node, host, secret, ip] = NAMES;
    let said = format!(
        "PUT https://{bucket}.oss-cn-beijing.aliyuncs.com/{backup}/x: dial tcp {ip}:443: lookup \
         {host}.example.com of vault {vault}; secrets \\\"{secret}\\\" not found"
    );
    dump("@")
        .replace("\"name\":\"@\"", &format!("\"name\":\"{vault}\""))
        .replace("\"storageLocation\":\"@\"", &format!("\"storageLocation\":\"{vault}\""))
        .replace("\"bucket\":\"@\"", &format!("\"bucket\":\"{bucket}\""))
        .replace("\"nodeName\":\"@\"", &format!("\"nodeName\":\"{node}\""))
        .replace("\"namespace\":\"@\"", &format!("\"namespace\":\"{namespace}\""))
        .replace("[\"@\"]", &format!("[\"{namespace}\"]"))
        .replace("\"message\":\"@\"", &format!("\"message\":\"{said}\""))
        .replace("orders", backup)
}

/// What a report says but for names.
fn form(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list");
    let place =
        |fingerprint: &Value| findings.iter().position(|it| it["fingerprint"] == *fingerprint);
    let form = |it: &Value| {
        let causes = it["causedBy"].as_array().expect("a list").iter().map(place);
        let causes: Vec<_> = causes.collect();
        let steps = it["steps"].as_array().expect("a list").len();
        format!("{} {} {} {causes:?} {steps}", it["rule"], it["severity"], it["subject"]["kind"])
    };
    findings.iter().map(form).collect()
}

#[test]
fn no_name_comes_out_where_pseudonyms_are_asked_for() {
    let (folder, plain) = (folder(), named_dump());
    let json = |all: &[(String, String)]| {
        let text = &all.iter().find(|it| it.0 == "json").expect("a report").1;
        serde_json::from_str::<Value>(text).expect("JSON")
    };
    let before = json(&written(folder.path(), &["check", "-", "-v"], &plain));
    let all = written(folder.path(), &["check", "-", "-v", "--pseudonymise"], &plain);
    for (format, text) in &all {
        for name in NAMES {
            assert!(!text.contains(name), "{name} in {format}:\n{text}");
        }
    }
    assert_eq!(form(&json(&all)), form(&before));
    assert!(all[1].1.contains("csdr") && all[1].1.contains("kubectl"), "{}", all[1].1);
}

#[test]
fn notes_and_errors_have_pseudonyms_too() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let ran = rulebox(&["check", "-", "-o", "json"], &named_dump());
    fs::write(path("xqbase.json"), ran.out).expect("written");
    // Of what the baseline found this run cannot tell whether it is gone: it holds no vault.
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: xqother, namespace: a1}\n";
    let baseline = path("xqbase.json");
    let ran = rulebox(&["check", "-", "--pseudonymise", "--baseline", &baseline], config_map);
    assert!(ran.err.contains("cannot tell whether they are gone"), "{}", ran.err);
    assert!(ran.err.contains("BackupLocation.csdr.alibabacloud.com"), "{}", ran.err);
    let ran_without = rulebox(&["check", &path("xqnone.yaml"), "--pseudonymise"], "");
    for text in [ran.err + &ran.out, ran_without.err + &ran_without.out] {
        assert!(!text.contains("xq"), "{text}");
    }
}

#[test]
fn a_key_file_makes_reports_comparable() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    fs::write(path("key"), "a key that is long enough\n").expect("written");
    let with_key = format!("--pseudonymise={}", path("key"));
    for (option, file) in [(with_key.as_str(), "one.json"), (&with_key, "two.json")] {
        let ran = rulebox(&["check", "-", "-o", "json", option], &named_dump());
        fs::write(path(file), ran.out).expect("written");
    }
    assert_eq!(fs::read(path("one.json")).ok(), fs::read(path("two.json")).ok());
    let ran = rulebox(&["check", "-", "-o", "json"], &named_dump());
    fs::write(path("plain.json"), ran.out).expect("written");
    let later = rulebox(&["report", &path("plain.json"), "-o", "json", &with_key], "");
    fs::write(path("later.json"), later.out).expect("written");
    let ran = rulebox(&["diff", &path("one.json"), &path("later.json"), "-o", "json"], "");
    let found: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((&found["new"], &found["changed"]), (&json!([]), &json!([])), "{found:#}");
    let plain = path("plain.json");
    let ran = rulebox(&["diff", &plain, &plain, "--pseudonymise", "-o", "json"], "");
    assert!(!ran.out.contains("xqvault") && ran.out.contains("backuplocation-1"), "{}", ran.out);
}

#[track_caller]
fn check_refused(arguments: &[&str], want: &str) {
    let ran = rulebox(arguments, "");
    assert!(ran.code == 2 && ran.err.contains(want), "no `{want}` in {}: {}", ran.code, ran.err);
}

#[test]
fn a_key_that_cannot_be_used_is_refused() {
    let folder = folder();
    let file = folder.path().join("key");
    let option = format!("--pseudonymise={}", file.display());
    check_refused(&["check", "-", &option], "cannot read the key");
    fs::write(&file, "short\n").expect("written");
    check_refused(&["check", "-", &option], "has 5 bytes: with fewer than 16");
    check_refused(&["report", "-", &option], "has 5 bytes: with fewer than 16");
    fs::write(&file, "x".repeat(4097)).expect("written");
    check_refused(&["check", "-", &option], "it is longer than 4096 bytes");
    let live = ["check", "--live", "--pseudonymise", "--write-reports", "policyreports"];
    check_refused(&live, "--pseudonymise is for what is shown to others");
    let known = ["--write-suppressions", "known.yaml", "--until", "2030-01-01"];
    let known = [&["check", "-", "--pseudonymise"], &known[..]].concat();
    check_refused(&known, "suppressions hold the names");
    let output = format!("json={}", file.display());
    fs::write(&file, "a key that is long enough").expect("written");
    check_refused(&["check", "-", &option, "-o", &output], "is an output and also the key");
}
