//! `check` of a bundle gives what `check --live` gives at that moment, whoever collected the
//! bundle.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use rulebox_bundle::{FIELDS, FORMAT, Fields, INFO, Info, LISTS, List, lists_of};
use rulebox_core::{NeedSet, ObjectNeed};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    planted,
    program::{Ran, command, root, run},
    server::Cluster,
};

/// When the dumps of `fixtures/clusters` were taken.
const AS_OF: &str = "2026-09-15T02:30:00Z";

fn dump(name: &str) -> PathBuf {
    root().join("fixtures/clusters").join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// What a run reports, and its exit code.
fn report(arguments: &[&str]) -> (i32, Value) {
    let Ran { code, out, err } = run(&mut command(arguments), "");
    let report = serde_json::from_str(&out).unwrap_or_else(|it| panic!("{it}: {err}"));
    (code, report)
}

fn check_live(cluster: &Cluster, more: &[&str]) -> (i32, Value) {
    let (_folder, config) = cluster.kubeconfig();
    let mut arguments = vec!["check", "--live", "-o", "json", "--as-of", AS_OF];
    arguments.extend(more);
    // Not as an argument: the commands of findings would name it.
    let Ran { code, out, err } = run(command(&arguments).env("KUBECONFIG", config), "");
    (code, serde_json::from_str(&out).unwrap_or_else(|it| panic!("{it}: {err}")))
}

fn check_bundle(bundle: &Path, more: &[&str]) -> (i32, Value) {
    let mut arguments = vec!["check", text(bundle), "-o", "json", "--as-of", AS_OF];
    arguments.extend(more);
    report(&arguments)
}

/// What `rulebox collect` brings of a cluster.
fn collect(cluster: &Cluster, more: &[&str]) -> (TempDir, PathBuf, Ran) {
    let (_folder, config) = cluster.kubeconfig();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bundle.tar.gz");
    let mut arguments = vec!["collect", "-o", text(&file), "--kubeconfig", text(&config)];
    arguments.extend(more);
    let ran = run(&mut command(&arguments), "");
    (folder, file, ran)
}

/// What the chosen rules read: groups, kinds and namespaces.
fn needs() -> NeedSet {
    let Ran { out, .. } = run(&mut command(&["needs", "-o", "json"]), "");
    let view: Value = serde_json::from_str(&out).expect("JSON");
    let text = |it: &Value| it.as_str().expect("a text").to_owned();
    let objects = view["objects"].as_array().expect("a list").iter().map(|it| ObjectNeed {
        group: text(&it["group"]),
        kind: text(&it["kind"]),
        namespaces: it["namespaces"].as_array().expect("a list").iter().map(text).collect(),
        ..ObjectNeed::default()
    });
    NeedSet { objects: objects.collect(), texts: Vec::new() }
}

/// A folder as the script leaves it: whole objects, and kubectl's words.
fn script(cluster: &Cluster) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rulebox-bundle");
    fs::create_dir_all(path.join("lists")).expect("a folder");
    let lists = lists_of(&needs());
    for list in &lists {
        let List { group, kind, namespace } = list;
        let error = |it: String| fs::write(path.join(list.error_file()), it).expect("written");
        let Some(at) = cluster.path(group, kind, namespace.as_deref()) else {
            let dot = if group.is_empty() { "" } else { "." };
            error(format!("the cluster serves no {kind}{dot}{group}\n"));
            continue;
        };
        match cluster.list(&at) {
            Ok(it) => fs::write(path.join(list.file()), it.to_string()).expect("written"),
            Err((_, message)) => error(format!("Error from server (Forbidden): {message}\n")),
        }
    }
    let info = Info {
        format: FORMAT,
        rulebox: "0.1.0".to_owned(),
        as_of: AS_OF.parse().expect("a time"),
        cluster: String::new(),
        redacted: 0,
    };
    let info = serde_json::to_string(&info).expect("JSON");
    fs::write(path.join(INFO), info).expect("written");
    fs::write(path.join(LISTS), List::print(&lists)).expect("written");
    fs::write(path.join(FIELDS), Fields::of(&needs()).print()).expect("written");
    (folder, path)
}

/// What must be the same: not where something was read, nor how much was.
fn comparable(report: &Value) -> Value {
    fn without_places(value: &mut Value) {
        match value {
            Value::Object(entries) => {
                entries.remove("place");
                entries.values_mut().for_each(without_places);
            }
            Value::Array(items) => items.iter_mut().for_each(without_places),
            _ => {}
        }
    }
    let parts = ["findings", "rules", "coverage", "samples", "failures"];
    let mut same: Value = parts.iter().map(|it| ((*it).to_owned(), report[it].clone())).collect();
    without_places(&mut same);
    same
}

#[track_caller]
fn assert_same(live: &Value, bundle: &Value, what: &str) {
    let (live, bundle) = (comparable(live), comparable(bundle));
    for (part, want) in live.as_object().expect("an object") {
        let got = &bundle[part];
        let (none, some) = (Vec::new(), |it: &Value| it.as_array().cloned());
        for (got, want) in some(got).unwrap_or(none.clone()).iter().zip(some(want).unwrap_or(none))
        {
            assert_eq!(*got, want, "{what}: {part}");
        }
        assert_eq!(got, want, "{what}: {part}");
    }
}

/// Both kinds of bundle of a cluster give what the cluster gives.
#[track_caller]
fn check(cluster: &Cluster) -> Value {
    let (code, live) = check_live(cluster, &[]);
    let (_folder, file, Ran { code: collected, err, .. }) = collect(cluster, &[]);
    assert_eq!(collected, 0, "{err}");
    let (of_bundle, bundle) = check_bundle(&file, &[]);
    assert_same(&live, &bundle, "rulebox collect");
    assert_eq!(of_bundle, code, "the exit code of what was collected");
    let (_folder, path) = script(cluster);
    assert_same(&live, &check_bundle(&path, &[]).1, "the script");
    live
}

macro_rules! dumps {
    ($($name:ident: $file:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            check(&Cluster::of_dump(&dump($file)));
        }
    )*};
}

dumps! {
    a_cut_off_dump_served_live: "cut-off.yaml",
    events_only: "events-only.yaml",
    a_healthy_cluster: "healthy.yaml",
    a_crash_loop: "migrate-crash-loop.yaml",
    the_source_of_a_migration: "migration/source.yaml",
    the_target_of_a_migration: "migration/target.yaml",
    odd_names: "odd-names.yaml",
    several_faults: "several-faults.yaml",
    two_vaults: "two-vaults.yaml",
    an_upgrade: "upgrade.yaml",
    a_vault_that_is_denied: "vault-denied.yaml",
    velero_out_of_memory: "velero-oom.yaml",
}

#[test]
fn every_dump_has_its_test() {
    let own = include_str!("bundles.rs");
    let files = fs::read_dir(dump("")).expect("the dumps").map(|it| it.expect("an entry").path());
    for file in files.filter(|it| it.is_file()) {
        let name = file.file_name().and_then(|it| it.to_str()).expect("a name");
        assert!(own.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn an_empty_cluster() {
    check(&Cluster::of_dump(&dump("healthy.yaml")).emptied());
}

#[test]
fn lists_that_are_forbidden() {
    let cluster = Cluster::of_dump(&dump("several-faults.yaml")).forbids(&[
        "/api/v1/namespaces/csdr/pods",
        "/api/v1/namespaces/csdr/events",
        "/api/v1/nodes",
    ]);
    check(&cluster);
}

/// The exit code of `check --live`, of a bundle and of what the script collects.
#[track_caller]
fn check_codes(cluster: &Cluster, more: &[&str], want: i32) {
    let (_folder, file, _) = collect(cluster, &[]);
    let (_script, path) = script(cluster);
    let codes = [check_live(cluster, more), check_bundle(&file, more), check_bundle(&path, more)];
    assert_eq!(codes.map(|it| it.0), [want; 3], "{more:?}");
}

#[test]
fn an_object_that_cannot_be_read_is_3_of_a_cluster_and_of_its_bundle() {
    let dump = "fixtures/backup-center/vault-unavailable/bad_phase_not_text.yaml";
    let cluster = Cluster::of_dump(&root().join(dump));
    let only = ["--rule", "vault-unavailable"];
    check_codes(&cluster, &only, 3);
    check_codes(&cluster, &[&only[..], &["--lenient"]].concat(), 0);
}

#[test]
fn objects_that_have_no_room_are_3_of_a_cluster_and_of_its_bundle() {
    let event = |nth: usize| {
        let name = format!("e{nth}");
        let metadata = json!({"name": name, "namespace": "csdr", "uid": format!("u-{nth}")});
        let message = "a word ".repeat(2_000);
        json!({"apiVersion": "v1", "kind": "Event", "metadata": metadata, "message": message})
    };
    let cluster = healthy().serves("v1", "Event", (0..100).map(event).collect());
    check_codes(&cluster, &["--objects-memory", "1", "--fail-on", "never"], 3);
    check_codes(&cluster, &["--fail-on", "never"], 0);
}

fn healthy() -> Cluster {
    Cluster::of_dump(&dump("healthy.yaml"))
}

#[test]
fn a_list_that_breaks_off_is_partial_and_a_loss() {
    let path = "/api/v1/namespaces/csdr/events";
    let cluster = Cluster::of_dump(&dump("several-faults.yaml")).breaks_off(&[path]);
    let (_folder, file, ran) = collect(&cluster, &["--request-timeout", "5"]);
    let (code, report) = check_bundle(&file, &[]);
    let covered = |kind: &str| {
        let mut coverage = report["coverage"].as_array().expect("a list").iter();
        coverage.find(|it| it["kind"] == kind).expect("the kind")["coverage"].clone()
    };
    if ran.err.contains("events in namespace csdr") {
        assert_eq!((code, covered("Event")), (3, json!("partial")), "{report:#}");
    }
    assert_ne!(covered("Pod"), "absent");
}

#[test]
fn what_was_collected_is_told_with_what_to_type_next() {
    let cluster = healthy().forbids(&["/api/v1/nodes"]);
    let (_folder, file, Ran { code, out, err }) = collect(&cluster, &[]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("collected ") && err.contains(" lists of context up with "), "{err}");
    assert!(err.contains("  nodes: forbidden: cannot list nodes; grant"), "{err}");
    assert!(err.ends_with(&format!("next: rulebox check {}\n", file.display())), "{err}");
    let (_folder, _file, Ran { err, .. }) = collect(&cluster, &["-q"]);
    assert_eq!(err, "");
}

#[test]
fn the_bundle_says_when_it_was_collected() {
    let (_folder, file, _) = collect(&healthy(), &[]);
    let (_, report) = report(&["check", text(&file), "-o", "json"]);
    let as_of = &report["asOf"];
    assert_eq!((&as_of["source"], &as_of["time"]), (&json!("bundle"), &as_of["latest"]), "{as_of}");
}

#[test]
fn a_moment_that_contradicts_the_bundle_is_noted() {
    let (_folder, file, _) = collect(&healthy(), &[]);
    let Ran { err, .. } =
        run(&mut command(&["check", text(&file), "--as-of", "2020-01-01T00:00:00Z"]), "");
    assert!(err.contains("as its bundle says, which is later than --as-of"), "{err}");
}

#[test]
fn a_file_that_exists_is_not_written_over() {
    let (folder, file, _) = collect(&healthy(), &[]);
    let before = fs::read(&file).expect("a bundle");
    let (_config, kubeconfig) = healthy().kubeconfig();
    let arguments = ["collect", "-o", text(&file), "--kubeconfig", text(&kubeconfig)];
    let Ran { code, err, .. } = run(&mut command(&arguments), "");
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("exists already") && err.contains("--force"), "{err}");
    assert_eq!(fs::read(&file).expect("a bundle"), before);
    let Ran { code, err, .. } = run(command(&arguments).arg("--force"), "");
    assert_eq!(code, 0, "{err}");
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 1, "no temporary file is left");
}

#[test]
fn a_bundle_goes_to_standard_output() {
    let (_config, kubeconfig) = healthy().kubeconfig();
    let mut collect = command(&["collect", "-q", "-o", "-", "--kubeconfig", text(&kubeconfig)]);
    let output = collect.output().expect("it ends");
    assert!(output.status.success() && output.stdout.starts_with(&[0x1f, 0x8b]));
}

#[test]
fn a_cluster_that_is_down_is_unreachable() {
    let (_folder, file, Ran { code, err, .. }) = collect(&healthy(), &["--context", "down"]);
    assert_eq!(code, 5, "{err}");
    assert!(!file.exists());
}

#[test]
fn where_no_list_can_be_read_nothing_is_written() {
    let (_folder, file, Ran { code, err, .. }) = collect(&Cluster::default(), &[]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("no list of context up could be read"), "{err}");
    assert!(!file.exists());
}

#[test]
fn a_truncated_archive_says_what_it_lacks() {
    let (_folder, file, _) = collect(&healthy(), &[]);
    let bytes = fs::read(&file).expect("a bundle");
    fs::write(&file, &bytes[..bytes.len() * 2 / 3]).expect("written");
    let (code, report) = check_bundle(&file, &[]);
    assert_eq!(code, 3);
    let coverage = report["coverage"].as_array().expect("a list");
    let pods = coverage.iter().find(|it| it["need"] == "csdr-pod").expect("the need");
    assert_eq!(pods["coverage"], "absent", "{report:#}");
    assert!(pods["reason"].as_str().expect("a reason").contains("ended early"), "{pods}");
    let mut rules = report["rules"].as_array().expect("a list").iter();
    let rule = rules.find(|it| it["rule"] == "component-unhealthy").expect("the rule");
    assert_eq!(rule["result"], "no_data", "{rule}");
}

#[test]
fn a_part_of_a_bundle_is_not_read_without_the_rest() {
    let (_folder, bundle) = script(&healthy());
    let check = |part: &str| {
        let Ran { code, err, .. } = run(&mut command(&["check", text(&bundle.join(part))]), "");
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("is a part of a bundle"), "{err}");
        assert!(err.contains(&format!("rulebox check {}", bundle.display())), "{err}");
    };
    check("lists");
    check("lists/nodes@ALL.json");
    check("rulebox-bundle.json");
}

#[test]
fn what_another_rule_reads_was_not_collected() {
    let (_folder, file, _) = collect(&healthy(), &["--rule", "vault-unavailable"]);
    let (_, report) = check_bundle(&file, &["--rule", "migrate-controller-crash-loop"]);
    let rules = report["rules"].as_array().expect("a list");
    let rule = rules.iter().find(|it| it["rule"] == "migrate-controller-crash-loop");
    let rule = rule.expect("the rule");
    assert_eq!(rule["result"], "no_data", "{rule}");
    assert!(rule["reason"].as_str().expect("a reason").contains("collect again"), "{rule}");
}

#[test]
fn two_bundles_in_one_folder_are_two_clusters() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["source", "target"] {
        let (_folder, file, _) =
            collect(&Cluster::of_dump(&dump(&format!("migration/{name}.yaml"))), &[]);
        fs::copy(file, folder.path().join(format!("{name}.tar.gz"))).expect("copied");
    }
    let (_, report) = check_bundle(folder.path(), &[]);
    assert_eq!(report["clusters"].as_array().map(Vec::len), Some(2), "{report:#}");
}

#[test]
fn a_plain_dump_beside_a_bundle_may_bring_what_that_lacks() {
    let cluster = healthy().forbids(&["/api/v1/nodes"]);
    let (_folder, file, _) = collect(&cluster, &[]);
    let nodes = |more: &[&str]| {
        let (_, report) = check_bundle(&file, more);
        let coverage = report["coverage"].as_array().expect("a list").clone();
        coverage
            .into_iter()
            .filter(|it| it["kind"] == "Node")
            .map(|it| it["coverage"].clone())
            .collect::<Vec<_>>()
    };
    let (without, with) = (nodes(&[]), nodes(&[text(&dump("healthy.yaml"))]));
    assert!(without.iter().all(|it| it == "absent") && !without.is_empty(), "{without:?}");
    assert!(with.iter().all(|it| it == "complete"), "{with:?}");
}

/// Collects into a place, with what may be typed besides.
fn collect_to(place: &str, more: &[&str]) -> Ran {
    let (_config, kubeconfig) = healthy().kubeconfig();
    let mut arguments = vec!["collect", "-o", place, "--kubeconfig", text(&kubeconfig)];
    arguments.extend(more);
    run(&mut command(&arguments), "")
}

#[test]
fn a_device_is_written_into_and_stays_one() {
    use std::os::unix::fs::FileTypeExt as _;
    let is_device = |path: &str| fs::metadata(path).is_ok_and(|it| it.file_type().is_char_device());
    let Ran { code, err, .. } = collect_to("/dev/null", &[]);
    assert_eq!(code, 0, "a device needs no --force: {err}");
    assert!(!err.contains("next: "), "nothing can be read again: {err}");
    let Ran { code, err, .. } = collect_to("/dev/full", &["--force"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("cannot write /dev/full: No space left on device"), "{err}");
    assert!(!err.contains("collected "), "{err}");
    assert!(is_device("/dev/null") && is_device("/dev/full"));
}

#[test]
fn standard_output_has_a_name_and_needs_no_force() {
    let (_config, kubeconfig) = healthy().kubeconfig();
    for place in ["-", "/dev/stdout"] {
        let mut collect = command(&["collect", "-o", place, "--kubeconfig", text(&kubeconfig)]);
        let output = collect.output().expect("it ends");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && output.stdout.starts_with(&[0x1f, 0x8b]), "{err}");
        assert!(place != "-" || err.contains("objects into standard output: "), "{err}");
    }
}

#[test]
fn a_link_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (link, file) = (folder.path().join("link"), folder.path().join("file"));
    std::os::unix::fs::symlink("file", &link).expect("a link");
    let Ran { code, err, .. } = collect_to(text(&link), &[]);
    assert_eq!(code, 0, "{err}");
    assert!(link.is_symlink() && file.is_file());
    assert_eq!(collect_to(text(&link), &[]).code, 2, "what it leads to exists");
}

#[test]
fn a_place_is_refused_before_the_cluster_is_asked() {
    let (_config, kubeconfig) = healthy().kubeconfig();
    let before = fs::read(&kubeconfig).expect("a kubeconfig");
    let refused = |place: &str, want: &str| {
        let config = text(&kubeconfig);
        let arguments =
            ["collect", "-o", place, "--force", "--kubeconfig", config, "--context", "down"];
        let Ran { code, err, .. } = run(&mut command(&arguments), "");
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(want) && !err.contains(".rulebox-"), "{err}");
    };
    refused("/nowhere/at/all.tar.gz", "there is no folder /nowhere/at");
    refused("/tmp/", "it is a folder");
    refused(text(&kubeconfig), "is the output and also the kubeconfig");
    assert_eq!(fs::read(&kubeconfig).expect("a kubeconfig"), before);
}

#[test]
fn a_closed_standard_output_is_a_failure() {
    let (_config, kubeconfig) = healthy().kubeconfig();
    let program = command(&[]).get_program().to_owned();
    let mut sh = std::process::Command::new("sh");
    sh.args(["-c", "\"$0\" collect -o - --kubeconfig \"$1\" >&-"]).arg(program);
    let output = sh.arg(&kubeconfig).output().expect("it ends");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("cannot write to standard output: it is closed"), "{err}");
}

#[test]
fn a_namespace_that_does_not_exist_is_told_once() {
    let (_folder, _file, Ran { err, .. }) = collect(&healthy(), &["-n", "csrd"]);
    let told = "the namespaces asked for (csrd) hold none of the namespaced lists that rules read";
    assert_eq!(err.matches(told).count(), 1, "{err}");
    assert!(!err.contains("--namespace csrd leaves out"), "{err}");
    assert!(err.contains("the cluster has no namespace csrd\n"), "{err}");
}

#[test]
fn the_note_on_logs_names_the_rules_and_how_to_add_them() {
    let (_folder, _file, Ran { err, .. }) = collect(&healthy(), &[]);
    let note = err.lines().find(|it| it.starts_with("note: ")).expect("a note");
    assert!(note.starts_with("note: this collects no logs ("), "{note}");
    assert!(note.ends_with("to add logs: rulebox check BUNDLE logs/"), "{note}");
    assert!(!note.contains("have no data"), "{note}");
    let Ran { err, .. } = run(&mut command(&["needs", "--script"]), "");
    assert!(err.contains(&note.replace("this collects", "the script collects")), "{err}");
}

/// The clocks of what was collected at a known moment say nothing of it: who asks makes no
/// difference.
#[test]
fn a_clock_that_is_ahead_is_told_of_neither_a_bundle_nor_a_cluster() {
    let later = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "late", "namespace": "csdr", "uid": "late", "resourceVersion": "1",
            "creationTimestamp": "2026-09-15T00:00:00Z",
            "managedFields": [{"manager": "x", "time": "2027-01-01T00:00:00Z"}],
        },
    });
    let cluster = Cluster::of_dump(&dump("several-faults.yaml")).serves("v1", "Pod", vec![later]);
    let problems = |report: &Value| {
        let inputs = report["inputs"].as_array().expect("a list").clone();
        let all = inputs.into_iter().filter_map(|it| it["problems"].as_array().cloned());
        all.flatten().map(|it| it["reason"].to_string()).collect::<Vec<_>>()
    };
    let (_folder, file, _) = collect(&cluster, &[]);
    let (_folder, path) = script(&cluster);
    let reports = [check_live(&cluster, &[]), check_bundle(&file, &[]), check_bundle(&path, &[])];
    for (_, report) in reports {
        let problems = problems(&report);
        assert!(!problems.iter().any(|it| it.contains("ahead")), "{problems:?}");
    }
}

#[test]
fn of_what_is_refused_the_grants_are_told_and_no_script() {
    let lists: Vec<_> = lists_of(&needs());
    let cluster = healthy();
    let paths: Vec<_> = lists
        .iter()
        .filter_map(|it| cluster.path(&it.group, &it.kind, it.namespace.as_deref()))
        .filter(|it| !it.ends_with("/nodes"))
        .collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let (_folder, file, ran) = collect(&cluster.forbids(&paths), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let Ran { out, .. } = run(&mut command(&["check", text(&file)]), "");
    assert!(out.contains("grant `list`"), "{out}");
    assert!(!out.contains("needs --script"), "{out}");
}

#[test]
fn what_is_collected_has_no_secret() {
    let said = planted::text();
    let metadata = |name: &str| json!({"name": name, "namespace": "csdr", "uid": name});
    let vault = json!({
        "metadata": metadata("vault-a"),
        "spec": {"objectStorage": {"bucket": said}, "config": {"accessKey": "PlantedInJson1"}},
        "status": {"phase": "Unavailable", "message": said},
    });
    let waiting = json!({"reason": "CrashLoopBackOff", "message": said});
    let pod = json!({
        "metadata": {
            "name": "csdr-velero-0", "namespace": "csdr", "annotations": {"a": said},
            "labels": {"component": "csdr", "app": "csdr-velero"},
        },
        "spec": {"nodeName": said, "containers": [{
            "name": "velero", "image": said, "args": [said],
            "env": [{"name": "DB_PASSWORD", "value": "PlantedInYaml1"}],
        }]},
        "status": {"phase": "Running", "containerStatuses": [
            {"name": "velero", "image": said, "state": {"waiting": waiting}},
        ]},
    });
    let cluster = Cluster::default().serves("v1", "Pod", vec![pod]).serves(
        "csdr.alibabacloud.com/v1beta1",
        "BackupLocation",
        vec![vault],
    );
    let (_folder, file, ran) = collect(&cluster, &[]);
    let bytes = fs::read(&file).unwrap_or_else(|it| panic!("{it}: {}", ran.err));
    let mut bundle = Vec::new();
    GzDecoder::new(&*bytes).read_to_end(&mut bundle).expect("gzip");
    let bundle = String::from_utf8_lossy(&bundle);
    assert!(bundle.contains("vault-a") && bundle.contains("REDACTED"), "{bundle}");
    planted::check("the bundle", &bundle);
    planted::check("standard error", &ran.err);
    assert!(ran.err.contains("values that look like credentials were replaced"), "{}", ran.err);
}
