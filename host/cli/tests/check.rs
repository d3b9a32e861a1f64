//! `rulebox check` as a user runs it: the binary, its output, its exit code.

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;
mod program;

use std::fs;

use program::{Ran, root};
use rulebox_report::Format;
use serde_json::Value;

/// A file, or a folder of the dumps of several clusters.
fn dump(name: &str) -> String {
    let folder = format!("fixtures/clusters/{name}");
    if root().join(&folder).is_dir() { folder } else { format!("{folder}.yaml") }
}

/// The text of a dump; of a folder, that of its first file.
fn text_of(dump: &str) -> String {
    let path = root().join(dump);
    let first = path.is_dir().then(|| {
        let entries = fs::read_dir(&path).expect("a folder");
        entries.map(|it| it.expect("an entry").path()).min().expect("a file")
    });
    fs::read_to_string(first.unwrap_or(path)).expect("the dump")
}

/// Runs the binary without colours.
fn rulebox(arguments: &[&str], stdin: &str) -> Ran {
    program::run(program::command(arguments).env("NO_COLOR", "1"), stdin)
}

/// `RULE KIND NAMESPACE/NAME`, and behind ` < ` the same of the finding that it stands below.
fn findings(json: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(json).expect("JSON");
    let all = report["findings"].as_array().expect("a list");
    let subject = |it: &Value| {
        let word = |key: &str| it["subject"][key].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {}/{}",
            it["rule"].as_str().unwrap_or_default(),
            word("kind"),
            word("namespace"),
            word("name")
        )
    };
    let with_cause = |it: &Value| match &it["causedBy"][0] {
        Value::Null => subject(it),
        name => {
            let cause = all.iter().find(|it| it["fingerprint"] == *name).expect("a finding");
            format!("{} < {}", subject(it), subject(cause))
        }
    };
    let mut findings: Vec<_> = all.iter().map(with_cause).collect();
    findings.sort();
    findings
}

/// The `# expect:` lines of a dump.
fn expected(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .take_while(|it| it.starts_with('#'))
        .filter_map(|it| it.strip_prefix("# expect: "));
    let mut expected: Vec<_> = lines.filter(|it| *it != "none").map(str::to_owned).collect();
    expected.sort();
    expected
}

/// The exit code of a dump: what its head says, else whether it expects findings.
fn expected_code(text: &str) -> i32 {
    let said = text.lines().find_map(|it| it.strip_prefix("# exit: "));
    said.map_or(i32::from(!expected(text).is_empty()), |it| it.parse().expect("a number"))
}

/// Runs on a whole dump: it finds what its head expects, and says it in the golden words.
#[track_caller]
fn check_dump(name: &str) {
    let text = text_of(&dump(name));
    let json = rulebox(&["check", &dump(name), "-o", "json"], "");
    assert_eq!(findings(&json.out), expected(&text), "{}", json.out);
    assert_eq!(json.code, expected_code(&text));
    let ran = rulebox(&["check", &dump(name)], "");
    insta::with_settings!({
        snapshot_path => root().join("snapshots/clusters"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, ran.out);
    });
}

#[test]
fn a_healthy_cluster_passes() {
    check_dump("healthy");
}

#[test]
fn a_denied_vault_is_found_with_the_backups_it_failed() {
    check_dump("vault-denied");
}

#[test]
fn an_oom_kill_is_found_with_the_backup_it_left_stuck() {
    check_dump("velero-oom");
}

#[test]
fn a_crash_loop_is_found_with_its_failed_precheck() {
    check_dump("migrate-crash-loop");
}

#[test]
fn several_faults_are_told_apart() {
    check_dump("several-faults");
}

#[test]
fn an_upgrade_is_quiet_but_for_the_backup_that_is_lost() {
    check_dump("upgrade");
}

#[test]
fn of_two_vaults_one_is_wrong() {
    check_dump("two-vaults");
}

#[test]
fn events_alone_are_repeated_and_judge_nothing() {
    check_dump("events-only");
}

#[test]
fn a_dump_that_is_cut_off_is_judged_as_far_as_it_goes() {
    check_dump("cut-off");
}

#[test]
fn odd_names_are_told_and_typed_as_they_are() {
    check_dump("odd-names");
}

#[test]
fn of_a_migration_each_cluster_is_judged_by_itself() {
    check_dump("migration");
}

#[test]
fn every_dump_has_a_test_and_a_golden() {
    let stems = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(root().join(folder)).expect("a folder");
        let mut stems: Vec<_> = entries
            .map(|it| it.expect("an entry").path())
            // Pending goldens lie beside those that fail.
            .filter(|it| it.extension().is_none_or(|it| it != "new"))
            .map(|it| it.file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        stems.sort();
        stems
    };
    let tested = [
        "cut-off",
        "events-only",
        "healthy",
        "migrate-crash-loop",
        "migration",
        "odd-names",
        "several-faults",
        "two-vaults",
        "upgrade",
        "vault-denied",
        "velero-oom",
    ];
    assert_eq!(stems("fixtures/clusters"), tested);
    assert_eq!(stems("snapshots/clusters"), tested);
}

/// The same dump in another form gives the same findings.
#[track_caller]
fn check_form(input: &str, stdin: &str) {
    let want = findings(&rulebox(&["check", &dump("vault-denied"), "-o", "json"], "").out);
    let got = rulebox(&["check", input, "-o", "json"], stdin);
    assert_eq!(findings(&got.out), want, "{}", got.err);
}

#[test]
fn standard_input_is_a_dump() {
    check_form("-", &fs::read_to_string(root().join(dump("vault-denied"))).expect("the dump"));
}

#[test]
fn a_folder_is_a_dump_whatever_its_files_are_called() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(root().join(dump("vault-denied")), folder.path().join("no-ending")).expect("copied");
    check_form(&folder.path().display().to_string(), "");
}

#[test]
fn two_inputs_are_one_run() {
    let ran = rulebox(&["check", &dump("vault-denied"), &dump("velero-oom"), "-o", "json"], "");
    let of = |name: &str| expected(&fs::read_to_string(root().join(dump(name))).expect("the dump"));
    for finding in of("vault-denied").into_iter().chain(of("velero-oom")) {
        assert!(findings(&ran.out).contains(&finding), "{finding}\n{}", ran.out);
    }
}

/// Wrong usage, unreadable input, failing packs: the exit code, and words on standard error or in
/// the output.
#[track_caller]
fn check_exit(arguments: &[&str], stdin: &str, code: i32, words: &str) -> Ran {
    let ran = rulebox(arguments, stdin);
    assert!(
        ran.code == code && (ran.err.contains(words) || ran.out.contains(words)),
        "{} instead of {code}, or no `{words}`:\n{}\n{}",
        ran.code,
        ran.out,
        ran.err
    );
    ran
}

const TINY: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: b, creationTimestamp: \"2026-09-15T00:00:00Z\"}
";

#[test]
fn wrong_usage_is_2() {
    check_exit(&["check"], "", 2, "name a dump (a file, a folder or an archive), - for standard");
    check_exit(&["check", "-", "--live"], "", 2, "cannot be read in one run");
    check_exit(&["check", "-", "--context", "x"], "", 2, "--live");
    check_exit(
        &["check", "-", "--rule", "vault-unavailabel"],
        TINY,
        2,
        "there is no rule `vault-unavailabel`",
    );
    check_exit(&["check", "-", "-o", "nonsense"], TINY, 2, "is not an output format");
    check_exit(
        &["check", "-", "-o", "json", "-o", "text"],
        TINY,
        2,
        "two outputs go to standard output",
    );
    check_exit(&["check", "-", "--fail-on", "grave"], TINY, 2, "or never");
    check_exit(&["check", "-", "--as-of", "yesterday"], TINY, 2, "--as-of");
    check_exit(
        &["check", "-", "--pack", "/nonexistent.wasm"],
        TINY,
        2,
        "cannot read the pack /nonexistent.wasm",
    );
    check_exit(&["check", "-", "--pack", "fixtures/clusters"], TINY, 2, "holds no pack");
    check_exit(
        &["check", "-", "--config", "/nonexistent.yaml"],
        TINY,
        2,
        "cannot use the configuration /nonexistent.yaml",
    );
    check_exit(
        &["check", "-", "-o", "json=/nonexistent/report.json"],
        TINY,
        2,
        "cannot write /nonexistent/report.json: there is no folder /nonexistent",
    );
    check_exit(&["rules", "explain", "nothing"], "", 2, "there is no rule `nothing`");
    check_exit(&["schema", "nothing"], "", 2, "there is no pack `nothing`");
}

#[test]
fn nothing_read_is_3() {
    check_exit(&["check", "-"], "", 3, "");
    check_exit(&["check", "-", "--lenient"], "", 3, "");
    check_exit(&["check", "/nonexistent.yaml"], "", 3, "/nonexistent.yaml");
    check_exit(&["check", "Cargo.toml"], "", 3, "");
}

#[test]
fn a_named_file_of_which_nothing_was_read_is_told_and_is_3() {
    let good = dump("healthy");
    for nothing in ["Cargo.toml", "STYLE.md"] {
        let words = format!("error: nothing was read of {nothing}: holds no Kubernetes objects");
        check_exit(&["check", &good, nothing], "", 3, &words);
        check_exit(&["check", nothing, &good], "", 3, &words);
        let lenient = rulebox(&["check", &good, nothing, "--lenient"], "");
        assert_eq!(lenient.code, 0, "{}", lenient.err);
        assert!(!lenient.err.contains("nothing was read of"), "{}", lenient.err);
    }
}

/// What an object in a log says is a finding, and the finding says that it may be made up.
#[test]
fn a_finding_of_an_object_in_a_log_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = folder.path().join("pods/x/logs");
    fs::create_dir_all(&logs).expect("folders");
    let vault = serde_json::json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "BackupLocation",
        "metadata": {"name": "forged", "namespace": "csdr"},
        "spec": {"objectStorage": {"bucket": "b"}}, "status": {"phase": "Unavailable"},
    });
    let log = format!("2026-09-15T02:30:00Z stdout F starting\n{vault}\n");
    fs::write(logs.join("current.log"), log).expect("written");
    fs::copy(root().join(dump("healthy")), folder.path().join("dump.yaml")).expect("copied");
    let input = folder.path().to_str().expect("a path");
    let ran = rulebox(&["check", input, "-o", "json"], "");
    let forged: Vec<_> =
        findings(&ran.out).into_iter().filter(|it| it.contains("forged")).collect();
    let words = "current.log:2 in a log or behind one, which may have made it up";
    assert_eq!(forged.is_empty(), !ran.out.contains(words), "{}", ran.out);
    assert!(!forged.is_empty(), "{}", ran.out);
}

#[test]
fn a_dump_that_is_cut_off_is_3_with_what_could_be_read() {
    let whole = fs::read_to_string(root().join(dump("vault-denied"))).expect("the dump");
    let half = &whole[..whole.len() * 9 / 10];
    let ran = rulebox(&["check", "-", "-o", "json"], half);
    assert_eq!(ran.code, 3);
    assert!(!findings(&ran.out).is_empty(), "{}", ran.out);
    assert_eq!(rulebox(&["check", "-", "--lenient"], half).code, 1);
}

#[test]
fn an_object_that_cannot_be_read_is_3() {
    let fixture = |it: &str| format!("fixtures/backup-center/vault-unavailable/{it}.yaml");
    let only = ["--rule", "vault-unavailable"];
    let arguments =
        |it: &str| ["check".to_owned(), fixture(it)].into_iter().chain(only.map(Into::into));
    let check = |arguments: Vec<String>, code| {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        check_exit(&arguments, "", code, "");
    };
    check(arguments("bad_phase_not_text").collect(), 3);
    check(arguments("bad_phase_not_text").chain(["--lenient".into()]).collect(), 0);
}

#[test]
fn the_size_of_a_document_is_none_of_a_cluster() {
    check_exit(&["check", "--live", "--document-size", "1"], "", 2, "cannot be used with");
    check_exit(&["check", "-", "--objects-memory", "0"], "", 2, "from 1 to 1048576");
}

#[test]
fn no_rule_passes_on_a_dump_that_does_not_hold_what_it_requires() {
    let ran = rulebox(&["check", "-", "-o", "json"], TINY);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    for rule in report["rules"].as_array().expect("a list") {
        assert_eq!(rule["result"], "no_data", "{rule}");
        assert!(!rule["reason"].as_str().expect("a reason").is_empty(), "{rule}");
    }
}

#[test]
fn a_pack_that_fails_is_4_and_loses_nobody_elses_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.wasm");
    fs::write(&file, "no WebAssembly").expect("written");
    let ran = check_exit(
        &[
            "check",
            &dump("vault-denied"),
            "--pack",
            "standard",
            "--pack",
            &file.display().to_string(),
            "-o",
            "json",
        ],
        "",
        4,
        "not-webassembly",
    );
    assert!(!findings(&ran.out).is_empty());
}

#[test]
fn the_limits_of_packs_are_set_by_arguments() {
    check_exit(&["check", &dump("vault-denied"), "--pack-findings", "0"], "", 4, "findings");
    check_exit(&["check", &dump("vault-denied"), "--pack-samples", "0"], "", 4, "samples");
    check_exit(&["check", &dump("vault-denied"), "--pack-memory", "1"], "", 4, "memory");
    check_exit(
        &["check", &dump("vault-denied"), "--pack-deadline", "0"],
        "",
        2,
        "write a time such as 30s",
    );
    check_exit(&["check", &dump("vault-denied"), "--pack-output", "0"], "", 2, "from 1 to 4096");
    check_exit(&["rules", "list", "--pack-size", "0"], "", 2, "from 1 to 1024");
    check_exit(&["rules", "list", "--pack-compile-memory", "0"], "", 2, "from 1 to 65536");
    let none = ["rules", "list", "--pack-compile-deadline", "0"];
    check_exit(&none, "", 2, "write a time such as 30s");
}

/// The honest pack with some of its texts replaced, beside the built-in packs: it alone fails.
#[track_caller]
fn check_alone(changes: &[(&str, &str)], arguments: &[&str], want: &str) -> Ran {
    let mut text = guests::with_parts("honest.wat");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    check_alone_bytes(&wat::parse_str(text).expect("component text"), arguments, want)
}

#[track_caller]
fn check_alone_bytes(bytes: &[u8], arguments: &[&str], want: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("foreign.wasm");
    fs::write(&file, bytes).expect("written");
    check_alone_file(&file.display().to_string(), arguments, want)
}

#[track_caller]
fn check_alone_file(file: &str, arguments: &[&str], want: &str) -> Ran {
    let dump = dump("vault-denied");
    let check = ["check", &dump, "--pack", "standard", "--pack", file, "-o", "json"];
    let ran = check_exit(&[&check[..], arguments].concat(), "", 4, want);
    assert!(!findings(&ran.out).is_empty(), "the built-in packs report");
    ran
}

#[test]
fn a_glob_or_a_pattern_that_is_none_fails_its_pack_alone() {
    check_alone(&[("**/*.log\\00", "[\\00")], &[], "invalid-need");
    check_alone(&[("\"error\\00\"", "\"(\\00\"")], &[], "is no regular expression");
}

#[test]
fn a_required_setting_that_nobody_has_set_fails_its_pack_alone() {
    let schema = r#"{"properties":{"vault":{}},"required":["vault"]}"#;
    let length = schema.len();
    let text = format!("(data (i32.const 0x400) \"{}\")", schema.replace('"', "\\22"));
    let place = format!("(data (i32.const 0x1030) \"\\00\\04\\00\\00\\{length:02x}\\00\\00\\00\")");
    let changes = [(
        "(data (i32.const 0x100) \"guest",
        &*format!("{text}\n{place}\n(data (i32.const 0x100) \"guest"),
    )];
    let ran = check_alone(&changes, &[], "\"invalid-settings\"");
    assert!(ran.out.contains("settings.guest"), "{}", ran.out);
}

#[test]
fn a_pack_that_calls_itself_like_a_built_in_one_is_refused() {
    for name in ["backup-center", "standard", "rulebox"] {
        let called = format!("\"{name}\\00\"");
        check_alone(&[("\"guest\\00\"", &called)], &[], "\"reserved-name\"");
    }
}

#[test]
fn a_pack_that_reads_secrets_is_told_even_where_notes_are_not() {
    let text = guests::with_parts("honest.wat").replace("\"Pod\\00\"", "\"Secret\\00\"");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.wasm");
    fs::write(&file, wat::parse_str(text).expect("text")).expect("written");
    let file = file.display().to_string();
    let want = "warning: the pack guest reads Secrets, for its rule first and 2 more; to see which \
                and what of them: rulebox rules explain guest/first\n";
    let ran = rulebox(&["check", "-", "--pack", &file], TINY);
    assert!(ran.err.contains(want), "{}", ran.err);
    let one = ["check", "-", "--pack", &file, "--quiet", "--rule", "third"];
    let ran = rulebox(&one, TINY);
    assert!(
        ran.err.contains("warning: the pack guest reads Secrets, for its rule third;"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_no_file_is_no_pack_and_is_not_read() {
    check_alone_file("/dev/zero", &[], "\"not-a-file\"");
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("inner.wasm")).expect("made");
    check_alone_file(&folder.path().display().to_string(), &[], "\"not-a-file\"");
    let pipe = folder.path().join("pipe.wasm");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    check_alone_file(&pipe.display().to_string(), &[], "\"not-a-file\"");
}

#[test]
fn a_pack_is_read_to_its_limit_and_not_further() {
    let mut bytes = guests::assemble("honest.wat");
    bytes.resize(2 << 20, 0);
    check_alone_bytes(&bytes, &["--pack-size", "1"], "more than 1048576 bytes");
}

/// 30,000 functions of a hundred instructions take more than a megabyte to compile, and more than a
/// second of a debug build.
#[cfg(target_os = "linux")]
#[test]
fn compiling_has_limits_and_is_ended() {
    let body = "(local.set 0 (i32.add (local.get 0) (i32.load (local.get 0))))".repeat(25);
    let functions = format!("(func (param i32) {body})").repeat(30_000);
    let text = guests::with_parts("honest.wat").replace(
        "(core module $libc",
        &format!("(core module (memory 1) {functions}) (core module $libc"),
    );
    let bytes = wat::parse_str(text).expect("component text");
    check_alone_bytes(&bytes, &["--pack-compile-memory", "32"], "\"compile-memory-exceeded\"");
    check_alone_bytes(&bytes, &["--pack-compile-deadline", "1"], "\"compile-deadline-exceeded\"");
}

/// A pack of 14 kB whose calls take and give a thousand values each.
#[test]
fn a_pack_of_a_costly_shape_is_not_compiled() {
    let wide = "i64 ".repeat(1000);
    let gets = (0..1000).map(|it| format!("local.get {it}")).collect::<Vec<_>>().join(" ");
    let calls = "call 0 ".repeat(5000);
    let bomb = format!("(core module (func (param {wide}) (result {wide}) {gets} {calls}))");
    let module = "(core module $libc";
    check_alone(&[(module, &format!("{bomb} {module}"))], &[], "\"shape-exceeded\"");
}

#[cfg(unix)]
#[test]
fn compiled_packs_are_not_kept_where_others_may_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let packs = folder.path().join("rulebox/packs");
    fs::create_dir_all(&packs).expect("made");
    fs::set_permissions(&packs, fs::Permissions::from_mode(0o777)).expect("it is ours");
    let file = folder.path().join("honest.wasm");
    fs::write(&file, guests::assemble("honest.wat")).expect("written");
    let arguments = ["check", "-", "--pack", &file.display().to_string()];
    let ran = program::run(program::command(&arguments).env("XDG_CACHE_HOME", folder.path()), TINY);
    assert!(ran.err.contains("note: packs are compiled at each start: "), "{}", ran.err);
    assert!(ran.err.contains("other users have access to it (mode 777)"), "{}", ran.err);
    assert_eq!(fs::read_dir(&packs).expect("a folder").count(), 0);
}

#[test]
fn two_packs_of_one_name_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.wasm", "b.wasm"] {
        fs::write(folder.path().join(name), guests::assemble("honest.wat")).expect("written");
    }
    let packs = folder.path().display().to_string();
    let Ran { out, .. } =
        check_exit(&["check", &dump("healthy"), "--pack", &packs], "", 4, "duplicate-pack");
    assert!(out.contains("b.wasm"), "the file that was not used: {out}");
}

/// Each setting at one end of its range.
#[track_caller]
fn check_extremes(end: &str) {
    let schema = rulebox(&["schema", "backup-center"], "").out;
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let properties = schema["properties"].as_object().expect("properties").iter();
    let settings: serde_json::Map<_, _> =
        properties.map(|(name, it)| (name.clone(), it[end].clone())).collect();
    let config = serde_json::json!({"settings": {"backup-center": settings}}).to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    fs::write(&file, config).expect("written");
    let file = file.display().to_string();
    let all = ["--config", &file, "--fail-on", "never", "--lenient", "-o", "json"];
    let ran = rulebox(&[&["check", "fixtures/clusters"], &all[..]].concat(), "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.out.contains("\"result\": \"error\""), "{}", ran.out);
}

#[test]
fn every_setting_bears_its_least_value() {
    check_extremes("minimum");
}

#[test]
fn every_setting_bears_its_greatest_value() {
    check_extremes("maximum");
}

#[test]
fn a_cluster_that_does_not_answer_is_5() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kubeconfig");
    // The discard port: nothing listens there.
    let text = "apiVersion: v1\nkind: Config\ncurrent-context: down\n\
                contexts:\n- {name: down, context: {cluster: c, user: u}}\n\
                clusters:\n- {name: c, cluster: {server: 'http://127.0.0.1:9'}}\n\
                users:\n- {name: u, user: {}}\n";
    fs::write(&file, text).expect("written");
    let kubeconfig = file.display().to_string();
    check_exit(
        &["check", "--live", "--kubeconfig", &kubeconfig],
        "",
        5,
        "cannot reach context down",
    );
    check_exit(
        &["check", "--live", "--kubeconfig", &kubeconfig, "--context", "up"],
        "",
        2,
        "no context `up`",
    );
}

#[test]
fn fail_on_decides_between_0_and_1() {
    assert_eq!(rulebox(&["check", &dump("vault-denied"), "--fail-on", "never"], "").code, 0);
    assert_eq!(rulebox(&["check", &dump("vault-denied"), "--fail-on", "critical"], "").code, 1);
    assert_eq!(
        rulebox(
            &[
                "check",
                &dump("vault-denied"),
                "--fail-on",
                "critical",
                "--skip-rule",
                "vault-unavailable"
            ],
            ""
        )
        .code,
        0
    );
}

#[test]
fn a_rule_that_is_not_asked_is_skipped_and_said_so() {
    let ran =
        rulebox(&["check", &dump("vault-denied"), "--rule", "backup-failed", "-o", "json"], "");
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let rules = report["rules"].as_array().expect("a list");
    let skipped: Vec<_> = rules.iter().filter(|it| it["result"] == "skipped").collect();
    assert_eq!(skipped.len(), rules.len() - 1);
    assert!(skipped.iter().all(|it| it["reason"] == "not named by --rule"));
}

/// Why a rule of the denied vault is skipped, with these arguments.
#[track_caller]
fn check_skipped(arguments: &[&str], rule: &str, want: &str) {
    let dump = dump("vault-denied");
    let ran = rulebox(&[&["check", &dump, "-o", "json"], arguments].concat(), "");
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let rules = report["rules"].as_array().expect("a list");
    let is = rules.iter().find(|it| it["rule"] == rule).expect("the rule");
    assert_eq!((&is["result"], &is["reason"]), (&"skipped".into(), &want.into()));
}

#[test]
fn a_rule_says_which_argument_has_skipped_it() {
    let skip = ["--skip-rule", "backup-stuck"];
    check_skipped(&skip, "backup-stuck", "--skip-rule");
    let both = [&skip[..], &["--rule", "backup-stuck", "--rule", "backup-failed"]].concat();
    check_skipped(&both, "backup-stuck", "--skip-rule");
    check_skipped(&both, "vault-unavailable", "not named by --rule");
}

#[test]
fn what_packs_log_is_printed_with_verbose_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("honest.wasm");
    fs::write(&file, guests::assemble("honest.wat")).expect("written");
    let check = ["check", "-", "--pack", &file.display().to_string()];
    let verbose = rulebox(&[&check[..], &["--verbose"]].concat(), TINY);
    assert!(verbose.err.contains("debug: guest: done\n"), "{}", verbose.err);
    let normal = rulebox(&check, TINY);
    assert!(!normal.err.contains("done"), "{}", normal.err);
}

/// Runs on the denied vault with a configuration.
#[track_caller]
fn check_config(config: &str, code: i32, words: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    fs::write(&file, config).expect("written");
    check_exit(
        &["check", &dump("vault-denied"), "--config", &file.display().to_string()],
        "",
        code,
        words,
    )
}

#[test]
fn a_configuration_sets_severities_and_suppressions() {
    check_config("failOn: critical\nseverities: {vault-unavailable: low}\n", 0, "LOW");
    check_config("suppressions: [{namespace: csdr, reason: known}]\n", 0, "known");
    check_config(
        "suppressions: [{namespace: csdr, reason: known, expires: 2026-01-01}]\n",
        1,
        "has expired",
    );
    check_config("suppressions: [{name: other, reason: known}]\n", 1, "silences nothing");
}

/// Quiet is for the report: what was configured or typed and does nothing is told all the same.
#[track_caller]
fn check_warned(arguments: &[&str], config: &str, words: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    fs::write(&file, config).expect("written");
    let file = file.display().to_string();
    let dump = dump("healthy");
    let all = [&["check", &dump, "-q", "--config", &file], arguments].concat();
    let ran = rulebox(&all, "");
    assert!(ran.code == 0 && ran.err.starts_with("warning: "), "{}", ran.err);
    assert!(ran.err.contains(words), "{}", ran.err);
}

#[test]
fn what_has_no_effect_is_told_with_quiet_too() {
    check_warned(&[], "suppressions: [{name: none, reason: known}]\n", "silences nothing");
    check_warned(&[], "settings: {other-pack: {a: 1}}\n", "names the pack `other-pack`");
    let before = ["--as-of", "2020-01-01T00:00:00Z"];
    check_warned(&before, "", "which is later than --as-of 2020-01-01T00:00:00Z");
}

#[test]
fn what_follows_from_a_suppressed_finding_counts_and_names_it() {
    let known = "suppressions: [{rule: vault-unavailable, reason: known}]\n";
    let ran = check_config(known, 1, "HIGH  BackupLocation csdr/vault-prod");
    assert!(!ran.out.contains("also HIGH"), "{}", ran.out);
    let cause = "due to    BackupLocation csdr/vault-prod  backup-center/vault-unavailable";
    assert!(ran.out.contains(cause), "{}", ran.out);
}

#[test]
fn a_configuration_is_held_to_what_there_is_before_anything_runs() {
    check_config(
        "severities: {vault-unavailabel: low}\n",
        2,
        "there is no rule `vault-unavailabel`",
    );
    check_config("severities: {other-pack/rule: low}\n", 1, "names the pack `other-pack`");
    check_config("settings: {backup-center: {nonsense: 1}}\n", 2, "settings.backup-center");
    check_config("failOn: [high]\n", 2, "failOn");
}

#[test]
fn as_of_is_given_or_proven_or_unknown_and_said() {
    check_exit(&["check", &dump("healthy")], "", 0, "timestamp found is renewTime of Lease");
    check_exit(&["check", &dump("healthy"), "--as-of", "2026-09-15T02:31:00Z"], "", 0, "--as-of");
    let before = ["check", &dump("healthy"), "--as-of", "2026-09-15T02:00:00Z"];
    check_exit(&before, "", 0, "which is later than --as-of 2026-09-15T02:00:00Z");
    check_exit(
        &["check", "-"],
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        0,
        "unknown",
    );
}

/// The newest timestamp of such a dump is that of the backup which hangs.
#[test]
fn a_dump_of_what_hangs_does_not_pass() {
    let hanging = "\
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationBackup
metadata: {name: orders-1, namespace: csdr, creationTimestamp: \"2026-09-15T01:00:00Z\"}
status: {phase: InProgress}
---
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationRestore
metadata: {name: drill, namespace: csdr, creationTimestamp: \"2026-08-01T10:00:00Z\"}
status: {phase: Completed}
";
    let check = |time: &[&str], code, words| {
        let arguments = [&["check", "-", "--rule", "backup-stuck"], time].concat();
        check_exit(&arguments, hanging, code, words);
    };
    check(&[], 0, "0 pass, 0 fail, 1 no data");
    check(&["--as-of", "2026-09-15T01:30:00Z"], 0, "1 pass, 0 fail, 0 no data");
    check(&["--as-of", "2026-09-15T02:30:00Z"], 1, "has been in progress for 1 h 30 min");
}

#[test]
fn several_outputs_are_one_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (json, metrics) =
        (format!("json={}", file("a.json")), format!("prometheus={}", file("a.prom")));
    let ran =
        rulebox(&["check", &dump("vault-denied"), "-o", "text", "-o", &json, "-o", &metrics], "");
    assert!(ran.out.contains("vault-prod"));
    assert!(!findings(&fs::read_to_string(file("a.json")).expect("written")).is_empty());
    let metrics = fs::read_to_string(file("a.prom")).expect("written");
    for series in [
        "rulebox_finding{",
        "backup_center_backup_location_info{",
        "backup_center_backups{",
        "rulebox_rule_result{",
    ] {
        assert!(metrics.contains(series), "no {series}\n{metrics}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in Format::ALL {
        let run = || rulebox(&["check", &dump("velero-oom"), "-o", format.as_str()], "").out;
        assert_eq!(run(), run());
    }
}

#[test]
fn the_help_lists_every_format() {
    let (short, long) = (rulebox(&["check", "-h"], "").out, rulebox(&["check", "--help"], "").out);
    for format in Format::ALL {
        let line = format!("- {format}: {}\n", format.about());
        assert!(short.contains(format.as_str()), "no {format} in\n{short}");
        assert!(long.contains(&line), "no {line} in\n{long}");
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let list = rulebox(&["rules", "list"], "");
    assert!(list.code == 0 && list.out.contains("backup-center/vault-unavailable"));
    let explained = rulebox(&["rules", "explain", "vault-unavailable"], "").out;
    for part in [
        "# What it reads",
        "BackupLocation.csdr.alibabacloud.com (required",
        "status.phase",
        "# Metrics it gives",
        "backup_center_backup_location_info{",
    ] {
        assert!(explained.contains(part), "no `{part}` in\n{explained}");
    }
}

#[test]
fn schemas_are_printed() {
    let schema: Value = serde_json::from_str(&rulebox(&["schema"], "").out).expect("JSON");
    assert!(schema["properties"]["findings"].is_object());
    let settings: Value =
        serde_json::from_str(&rulebox(&["schema", "backup-center"], "").out).expect("JSON");
    assert!(settings["properties"].is_object());
    let config: Value =
        serde_json::from_str(&rulebox(&["schema", "config"], "").out).expect("JSON");
    let own = &config["$defs"]["settings-backup-center"]["properties"];
    assert_eq!(own["oomWindowHours"], settings["properties"]["oomWindowHours"]);
    assert!(config["properties"]["severities"]["properties"]["vault-unavailable"].is_object());
}
