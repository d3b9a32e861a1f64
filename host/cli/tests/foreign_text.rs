//! Text of a dump, a pack or a path stays text in all that the binary prints: no control character
//! reaches a terminal, nothing hides or turns, and no line is written by anybody but rulebox.

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;
mod program;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use program::Ran;
use rulebox_core::text::is_hidden;
use serde_json::{Value, json};

/// What a forged line begins with.
const FORGED: &str = "forged";

/// Names and messages, by what they try. Each that may hold lines tries to write one that begins
/// with [`FORGED`], before which no space stands: where a sentence is wrapped, any word of it may
/// come first in an indented line.
const CORPUS: &[(&str, &str)] = &[
    ("line feed", "erp\n\tforged kubectl delete ns csdr\nforged"),
    ("a forged remedy", "erp\nforged\nremedy    Type:\n\tforged kubectl delete ns csdr"),
    ("a fence", "erp\n```\nforged\n```"),
    ("carriage return", "erp\rforged"),
    ("other line ends", "erp\u{b}forged\u{c}forged\u{85}forged\u{2028}forged\u{2029}forged"),
    ("colours", "\u{1b}[31merp\u{1b}[0m\u{9b}32m"),
    ("a cleared screen", "\u{1b}[2J\u{1b}[H\u{1b}c"),
    ("a link", "\u{1b}]8;;http://example.org\u{1b}\\erp\u{1b}]8;;\u{7}"),
    ("a title", "\u{1b}]0;erp\u{7}\u{9d}0;erp\u{9c}"),
    ("backspaces", "erp\u{8}\u{8}\u{8}\u{7f}"),
    ("bidi overrides", "erp\u{202e}sdn\u{202c}\u{202a}\u{202b}\u{202d}"),
    ("bidi isolates and marks", "erp\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}"),
    ("no width", "e\u{200b}r\u{200c}p\u{200d}\u{2060}\u{feff}\u{ad}\u{180e}"),
    ("tags and fillers", "erp\u{e0041}\u{e0100}\u{3164}\u{115f}\u{fe0f}"),
    ("private use", "erp\u{e0b0}\u{f8ff}\u{100000}"),
    ("null bytes", "e\0r\0p"),
    ("quotes", "e'r\"p` '\"`"),
    ("substitutions", "$(id) `id` ${IFS} $HOME !! ~"),
    ("commands", "; rm -rf / & rm -rf / | rm -rf / > /dev/sda"),
    ("an option", "--kubeconfig=/tmp/evil"),
    ("a short option", "-A"),
    ("a command to a pipeline", "erp ::add-mask::fake ##[group]fake"),
    ("a label of the text", "erp    remedy    fake kubectl delete ns csdr"),
    ("HTML", "<script>alert(1)</script><!-- &lt;"),
    ("Markdown", "**erp** [a](http://b) # erp\n#forged\n-forged"),
    ("percent", "%s %n %{x} {0} {{x}}"),
    ("Prometheus", "erp\"} 1\nforged{a=\"b\"} 1\n#HELP\\"),
    ("backslashes", "erp\\n\\u{1b}\\"),
    ("empty", ""),
    ("blanks", "   "),
];

fn rulebox(arguments: &[&str], stdin: &str) -> Ran {
    program::run(&mut program::command(arguments), stdin)
}

/// A cluster in which `text` is the name of what rules find, and what it says.
fn dump(text: &str) -> String {
    let at = "2026-09-15T02:00:00Z";
    let metadata = |name: &str| json!({"name": name, "namespace": "csdr", "creationTimestamp": at});
    let terminated = json!({"reason": "OOMKilled", "exitCode": 137, "finishedAt": at});
    let container = json!({
        "name": text, "image": text, "restartCount": 3, "ready": false,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": text}},
        "lastState": {"terminated": terminated},
    });
    let mut pod = metadata(text);
    pod["labels"] = json!({"component": "csdr", "app": "csdr-velero", "deploy": "velero"});
    pod["ownerReferences"] = json!([{"kind": "ReplicaSet", "name": text}]);
    let csdr = "csdr.alibabacloud.com/v1beta1";
    let items = json!([
        {
            "apiVersion": csdr, "kind": "BackupLocation", "metadata": metadata(text),
            "spec": {"objectStorage": {"bucket": text}, "config": {"region": text}},
            "status": {"phase": "Unavailable", "message": text, "lastValidationTime": at},
        },
        {
            "apiVersion": csdr, "kind": "ApplicationBackup", "metadata": metadata(text),
            "spec": {"storageLocation": text, "includedNamespaces": [text]},
            "status": {"phase": "Failed", "message": text, "completionTimestamp": at},
        },
        {
            "apiVersion": csdr, "kind": "ApplicationRestore", "metadata": metadata(text),
            "spec": {"backupName": text},
            "status": {"phase": "InProgress", "message": text, "startTimestamp": at},
        },
        {
            "apiVersion": "v1", "kind": "Pod", "metadata": pod,
            "spec": {"nodeName": text, "containers": [
                {"name": text, "image": text, "resources": {"limits": {"memory": "1Gi"}}},
            ]},
            "status": {"phase": "Running", "containerStatuses": [container]},
        },
        {
            "apiVersion": "v1", "kind": "Event", "metadata": metadata("e"), "type": "Warning",
            "reason": text, "message": text, "count": 3, "lastTimestamp": at,
            "involvedObject": {
                "apiVersion": csdr, "kind": "BackupLocation", "namespace": "csdr", "name": text,
            },
        },
        {"apiVersion": "v1", "kind": text, "metadata": {"name": text, "namespace": text}},
    ]);
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

/// Fails where something hides or acts, or where a line begins with what another has written.
#[track_caller]
fn check_text(what: &str, text: &str) {
    let hidden: Vec<_> = text.chars().filter(|c| *c != '\n' && is_hidden(*c)).collect();
    assert!(hidden.is_empty(), "{what}: {hidden:?} in\n{text}");
    let begins = |it: &str| it.trim_start_matches([' ', '\t', '#', '-']).starts_with(FORGED);
    let is_forged = |it: &&str| begins(it.trim_start_matches("# HELP "));
    let forged: Vec<_> = text.lines().filter(is_forged).collect();
    assert!(forged.is_empty(), "{what}: {forged:?} in\n{text}");
    let command = |it: &&str| it.trim_start().starts_with("::");
    assert_eq!(text.lines().find(command), None, "{what}: a command to a pipeline in\n{text}");
    // A label stands at its place only where rulebox has written it.
    let label = |it: &&str| it.starts_with("  remedy    fake") || it.starts_with("remedy");
    assert_eq!(text.lines().find(label), None, "{what}: a label in\n{text}");
}

#[track_caller]
fn check_ran(what: &str, ran: &Ran) {
    check_text(&format!("{what}, on standard output"), &ran.out);
    check_text(&format!("{what}, on standard error"), &ran.err);
}

/// A text without rulebox's own colours.
fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = behind.find(|c: char| !c.is_ascii_digit() && c != ';').expect("an end");
        assert!(behind[end..].starts_with('m'), "not a colour: {behind:?}");
        rest = &behind[end + 1..];
    }
    plain + rest
}

#[test]
fn a_dump_writes_no_line_of_the_text() {
    for (what, text) in CORPUS {
        let mut found = 0;
        for detail in [&[][..], &["-q"], &["-v"]] {
            let ran = rulebox(&[&["check", "-"], detail].concat(), &dump(text));
            check_ran(what, &ran);
            assert!(!ran.out.contains("##["), "{what}: a command to a pipeline in\n{}", ran.out);
            found += ran.out.matches("vault-unavailable").count();
        }
        // An object without a name is one that cannot be read, and a rule without data.
        assert!(found >= 3 || text.is_empty(), "{what}: the vault is not found");
    }
}

#[test]
fn a_dump_colours_nothing() {
    for (what, text) in CORPUS {
        let plain = rulebox(&["check", "-", "-v"], &dump(text));
        let coloured = rulebox(&["check", "-", "-v", "--color", "always"], &dump(text));
        assert_eq!(without_colours(&coloured.out), plain.out, "{what}");
        let green = coloured.out.lines().filter(|it| it.contains("\u{1b}[32m"));
        for line in green {
            let command = without_colours(line);
            assert!(
                command.trim_start().starts_with("kubectl ")
                    || command.contains("| kubectl ")
                    || command.trim_start().starts_with("rulebox "),
                "{what}: {command}"
            );
        }
    }
}

#[test]
fn json_is_exact_and_harmless() {
    for (what, text) in CORPUS {
        let ran = rulebox(&["check", "-", "-o", "json"], &dump(text));
        check_ran(what, &ran);
        let report: Value = serde_json::from_str(&ran.out).expect("JSON");
        let findings = report["findings"].as_array().expect("a list");
        // An object without a name is one that cannot be read.
        if text.is_empty() {
            assert!(ran.out.contains("cannot be read"), "{what}: {}", ran.out);
            continue;
        }
        let names = |it: &&Value| it["subject"]["name"] == **text;
        let vault = |it: &&Value| it["rule"] == "vault-unavailable";
        assert!(findings.iter().filter(vault).any(|it| names(&it)), "{what}: {}", ran.out);
        for finding in findings {
            for part in ["summary", "cause"] {
                let sentence = finding[part].as_str().expect("a text");
                assert!(!sentence.contains('\n'), "{what}: {sentence:?}");
                check_text(what, sentence);
            }
            check_text(what, finding["remedy"].as_str().expect("a text"));
        }
    }
}

#[test]
fn metrics_keep_one_series_a_line() {
    for (what, text) in CORPUS {
        let ran = rulebox(&["check", "-", "-o", "prometheus"], &dump(text));
        check_ran(what, &ran);
        for line in ran.out.lines() {
            let own = ["# HELP ", "# TYPE ", "# rulebox: ", "rulebox_", "backup_center_"];
            assert!(own.iter().any(|it| line.starts_with(it)), "{what}: {line}");
        }
    }
}

#[test]
fn a_long_name_is_one_line_of_a_command() {
    let name = "x y".repeat(3500);
    let ran = rulebox(&["check", "-", "-v"], &dump(&name));
    check_ran("10 kB", &ran);
    let quoted = format!("backuplocations.csdr.alibabacloud.com/'{name}'");
    assert!(ran.out.lines().any(|it| it.contains(&quoted)), "{}", ran.out);
}

#[test]
fn names_of_files_write_no_line() {
    for (what, text) in CORPUS {
        let folder = tempfile::tempdir().expect("a folder");
        let name = text.replace(['/', '\0'], "_");
        if name.is_empty() {
            continue;
        }
        fs::write(folder.path().join(format!("{name}.yaml")), "a: [\n").expect("written");
        fs::write(folder.path().join(format!("{name}.gz")), b"\x1f\x8b broken").expect("written");
        let path = folder.path().display().to_string();
        check_ran(what, &rulebox(&["check", &path], ""));
        check_ran(what, &rulebox(&["check", &path, "-v"], ""));
        check_ran(what, &rulebox(&["check", &path, "-o", "json"], ""));
        let file = folder.path().join(format!("{name}.yaml")).display().to_string();
        check_ran(what, &rulebox(&["check", &file], ""));
    }
}

#[test]
fn arguments_that_errors_repeat_write_no_line() {
    for (what, text) in CORPUS.iter().filter(|it| !it.1.contains('\0')) {
        let of = |option: &str| format!("--{option}={text}");
        let missing = format!("/nowhere/{text}");
        for arguments in [
            &["check", "-", &of("rule")][..],
            &["check", "-", &of("skip-rule")],
            &["check", "-", &of("as-of")],
            &["check", "-", &of("fail-on")],
            &["check", "-", &of("output")],
            &["check", "-", &of("config")],
            &["check", "-", &of("pack")],
            &["check", "-", "--output", &format!("json={missing}")],
            &["check", &missing],
            &["check", "-", text],
            &["check", "--live", &of("kubeconfig")],
            &["check", "--live", &of("namespace")],
            &["rules", "explain", "--", text],
            &["schema", "--", text],
            &["rules", text],
            &[text],
        ] {
            check_ran(&format!("{what} in {arguments:?}"), &rulebox(arguments, "{}"));
        }
    }
}

#[test]
fn a_kubeconfig_writes_no_line_and_no_command() {
    for (what, text) in CORPUS.iter().filter(|it| !it.1.is_empty()) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kubeconfig").display().to_string();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": text,
            "contexts": [{"name": text, "context": {"cluster": "c", "user": "u"}}],
            // The discard port: nothing listens there.
            "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
            "users": [{"name": "u", "user": {}}],
        });
        // YAML refuses some of the characters where they are not escaped.
        fs::write(&file, rulebox_report::visible_json(&config.to_string())).expect("written");
        let check = ["check", "--live", "--request-timeout", "1", "--kubeconfig", &file];
        let ran = rulebox(&check, "");
        check_ran(what, &ran);
        // It knows no pairs of surrogates either.
        if text.contains(|c: char| c > '\u{ffff}') {
            continue;
        }
        assert_eq!(ran.code, 5, "{what}: {}", ran.err);
        let word = rulebox_core::shell_word(text);
        let command = format!("`kubectl --kubeconfig {file} --context {word} get --raw /version`");
        assert!(ran.err.contains(&command), "{what}: {}", ran.err);
        check_ran(what, &rulebox(&[&check[..], &["--context", "other"]].concat(), ""));
        let all = [&check[..], &["--all-contexts", "-v"]].concat();
        check_ran(what, &rulebox(&all, ""));
    }
}

#[test]
fn a_configuration_writes_no_line() {
    for (what, text) in CORPUS {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("rulebox.yaml").display().to_string();
        let reason = format!("reason: {text}");
        let rule = "vault-unavailable";
        for config in [
            json!({"suppressions": [{"rule": rule, "reason": reason}]}),
            json!({"suppressions": [{"rule": rule, "name": "none", "reason": reason}]}),
            json!({"suppressions": [{"rule": rule, "reason": reason, "expires": "2020-01-01"}]}),
            json!({"suppressions": [{"rule": rule, "reason": reason, "expires": text}]}),
            json!({"suppressions": [{"rule": text, "reason": reason}]}),
            json!({"severities": {(*text): "high"}}),
            json!({"severities": {rule: text}}),
            json!({"settings": {"backup-center": {(*text): text}}}),
            json!({(*text): text}),
        ] {
            fs::write(&file, config.to_string()).expect("written");
            let ran = rulebox(&["check", "-", "-v", "--config", &file], &dump("erp"));
            check_ran(&format!("{what} in {config}"), &ran);
        }
        fs::write(&file, format!("a: b: {text}\n\t- [")).expect("written");
        let ran = rulebox(&["check", "-", "--config", &file], "{}");
        check_ran(&format!("{what} in no YAML"), &ran);
    }
}

/// The honest guest, which says a text wherever it says something.
fn guest(folder: &Path, summary: &str, text: &str) -> PathBuf {
    let data = |text: &str| {
        text.bytes().fold(String::new(), |mut all, it| {
            let _ = write!(all, "\\{it:02x}");
            all
        })
    };
    let mut guest = guests::with_parts("honest.wat");
    for (from, to) in [
        ("(i32.const 0x120)", "(i32.const 0x4000)"), // summary of rules, help of metrics
        ("(global $red i32 (i32.const 0x70))", "(global $red i32 (i32.const 0x6000))"),
        ("(global $done i32 (i32.const 0x80))", "(global $done i32 (i32.const 0x6000))"),
        (
            "(i32.store (i32.const 0x2034) (local.get $summary))",
            "(i32.store (i32.const 0x2034) (local.get $summary))
             (call $text (i32.const 0x203c) (i32.const 0x6000))
             (call $text (i32.const 0x2044) (i32.const 0x6000))",
        ),
        (
            "\"one line\\00\"",
            "\"one line\\00\")\n(data (i32.const 0x4000) \"SUMMARY\\00\")\n\
          (data (i32.const 0x6000) \"TEXT\\00\"",
        ),
        ("\"too dark to judge\\00\"", "\"TEXT\\00\""),
    ] {
        assert!(guest.contains(from), "{from} is not in the guest");
        guest = guest.replace(from, to);
    }
    let guest = guest.replace("SUMMARY", &data(summary)).replace("TEXT", &data(text));
    let file = folder.join("guest.wasm");
    fs::write(&file, wat::parse_str(guest).expect("component text")).expect("written");
    file
}

#[test]
fn a_pack_writes_no_line_but_those_of_its_remedies() {
    const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}"#;
    for (what, text) in CORPUS.iter().filter(|it| !it.1.contains('\0') && !it.1.is_empty()) {
        let folder = tempfile::tempdir().expect("a folder");
        // A summary of two lines is refused, and so is an empty help.
        let summary = format!("summary {}", text.replace('\n', " "));
        // The lines of a remedy are the pack's: what a remedy says is no line of its own here.
        let said = text.replace('\n', "\r");
        let file = guest(folder.path(), &summary, &said).display().to_string();
        let pack = ["--pack", &file];
        for arguments in [
            &["check", "-"][..],
            &["check", "-", "-v"],
            &["check", "-", "-o", "json"],
            &["check", "-", "-o", "prometheus"],
            &["rules", "list"],
            &["rules", "explain", "third"],
            &["schema", "guest"],
            &["needs"],
            &["needs", "-o", "json"],
            &["needs", "--script"],
        ] {
            let ran = rulebox(&[arguments, &pack].concat(), POD);
            assert!(ran.code <= 1, "{what} in {arguments:?}: {} {}", ran.out, ran.err);
            check_ran(&format!("{what} in {arguments:?}"), &ran);
        }
        let ran = rulebox(&[&["check", "-", "-v"], &pack[..]].concat(), POD);
        assert!(ran.err.contains("debug: guest: "), "{what}: {}", ran.err);
    }
}

#[test]
fn a_pack_that_is_refused_writes_no_line() {
    let folder = tempfile::tempdir().expect("a folder");
    for (what, text) in CORPUS.iter().filter(|it| it.1.contains('\n')) {
        let file = guest(folder.path(), text, "said").display().to_string();
        check_ran(what, &rulebox(&["check", "-", "--pack", &file], "{}"));
        check_ran(what, &rulebox(&["rules", "list", "--pack", &file], ""));
    }
}
