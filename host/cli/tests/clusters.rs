//! Dumps of several clusters in one run: each is judged by itself and labelled, and `--cluster`
//! names them.

mod program;

use std::{fmt::Write as _, fs};

use program::{Ran, root};
use serde_json::Value;
use tempfile::TempDir;

fn rulebox(arguments: &[&str], stdin: &str) -> Ran {
    program::run(program::command(arguments).env("NO_COLOR", "1"), stdin)
}

const SOURCE: &str = "fixtures/clusters/migration/source.yaml";
const TARGET: &str = "fixtures/clusters/migration/target.yaml";

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a dump")
}

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|it| panic!("{it}: {}", ran.err))
}

/// The clusters with their moments, and the clusters of the findings with their rules.
fn told(report: &Value) -> (Vec<String>, Vec<String>) {
    let word = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let list = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    let moment = |it: Value| format!("{} {}", word(&it["cluster"]), word(&it["asOf"]["time"]));
    let finding = |it: Value| format!("{}: {}", word(&it["cluster"]), word(&it["rule"]));
    let clusters = list("clusters").into_iter().map(moment).collect();
    (clusters, list("findings").into_iter().map(finding).collect())
}

#[track_caller]
fn check(arguments: &[&str], stdin: &str, code: i32, clusters: &[&str], findings: &[&str]) -> Ran {
    let ran = rulebox(&[&["check", "-o", "json"], arguments].concat(), stdin);
    let report = report(&ran);
    let (got_clusters, got_findings) = told(&report);
    assert_eq!(got_clusters, clusters, "{}", ran.err);
    assert_eq!(got_findings, findings, "{}", ran.out);
    assert_eq!(ran.code, code, "{}", ran.err);
    ran
}

#[test]
fn each_cluster_of_a_folder_has_its_place_and_its_moment() {
    let folder = "fixtures/clusters/migration";
    let clusters =
        [format!("{SOURCE} 2026-09-15T02:30:00Z"), format!("{TARGET} 2026-09-15T03:30:00Z")];
    let clusters = clusters.each_ref().map(String::as_str);
    let finding = format!("{SOURCE}: vault-unavailable");
    let ran = check(&[folder], "", 1, &clusters, &[&finding]);
    let note = format!(
        "note: the input is of 2 clusters, each judged by itself: {SOURCE}, {TARGET}; \
         to name them: `--cluster source={SOURCE} --cluster target={TARGET}`"
    );
    assert!(ran.err.contains(&note), "{}", ran.err);
    check(&[TARGET, SOURCE], "", 1, &clusters, &[&finding]);
}

#[test]
fn names_take_the_place_of_places() {
    let (source, target) = (format!("east={SOURCE}"), format!("west={TARGET}"));
    let clusters = ["east 2026-09-15T02:30:00Z", "west 2026-09-15T03:30:00Z"];
    let finding = ["east: vault-unavailable"];
    let ran = check(&["--cluster", &source, "--cluster", &target], "", 1, &clusters, &finding);
    assert!(!ran.err.contains("note:"), "{}", ran.err);
    check(
        &[SOURCE, TARGET, "--cluster", &source, "--cluster", &target],
        "",
        1,
        &clusters,
        &finding,
    );
    check(
        &["--cluster", "one", SOURCE],
        "",
        1,
        &["one 2026-09-15T02:30:00Z"],
        &["one: vault-unavailable"],
    );
}

/// The clusters of rules that have data.
fn judged(report: &Value) -> Vec<String> {
    let rules = report["rules"].as_array().expect("a list").iter();
    let with_data = rules.filter(|it| it["result"] == "pass" || it["result"] == "fail");
    let mut names: Vec<_> =
        with_data.map(|it| it["cluster"].as_str().unwrap_or_default().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn a_name_is_of_no_other_input() {
    let read = [format!("{TARGET} 2026-09-15T03:30:00Z"), "a ".to_owned()];
    let mut read = read.each_ref().map(String::as_str);
    read.sort_unstable();
    for lost in ["a=no-such.yaml", "a=Cargo.toml"] {
        let ran = check(&[TARGET, "--cluster", lost], "", 3, &read, &[]);
        assert_eq!(judged(&report(&ran)), [TARGET], "{}", ran.out);
    }
}

#[test]
fn one_name_for_several_clusters_says_what_to_type() {
    let ran = rulebox(&["check", "fixtures/clusters/migration", "--cluster", "prod"], "");
    assert_eq!(ran.code, 2);
    let words = format!("name each: --cluster source={SOURCE} --cluster target={TARGET}");
    assert!(ran.err.contains("objects of 2") && ran.err.contains(&words), "{}", ran.err);
}

#[test]
fn one_name_for_inputs_of_two_clusters_says_what_to_type() {
    let (source, target) = (format!("east={SOURCE}"), format!("east={TARGET}"));
    let names = ["--cluster", &source, "--cluster", &target];
    let words = format!("name each: --cluster source={SOURCE} --cluster target={TARGET}");
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), text(SOURCE) + &text(TARGET)).expect("written");
    let appended = format!("east={}", file.path().display());
    // Another cluster has one of the names.
    let taken = [&names[..], &["--cluster", "source=Cargo.toml"]].concat();
    let numbered = format!("name each: --cluster NAME1={SOURCE} --cluster NAME2={TARGET}");
    let cases: [(&[&str], &str); 4] = [
        (&names, &words),
        (&taken, &numbered),
        (&["--cluster", "east=fixtures/clusters/migration"], &words),
        (&["--cluster", &appended], "put what is of each cluster into a file or folder of its own"),
    ];
    for (names, words) in cases {
        let ran = rulebox(&[&["check", "-o", "json"], names].concat(), "");
        assert!(ran.code == 2 && ran.out.is_empty(), "{names:?} {}", ran.out);
        let err = &ran.err;
        assert!(err.contains("`east`, to objects of 2 clusters") && err.contains(words), "{err}");
        assert!(err.contains("uid"), "{err}");
    }
}

#[test]
fn files_that_the_shell_found_are_the_folder() {
    let folder = folder(&[
        ("of east/vaults.yaml", &text(SOURCE)),
        ("of east/pods.yaml", &pods("2026-09-15T02:30:00Z", &[("csdr-velero-a", true)])),
        ("west/vaults.yaml", &text(TARGET)),
        ("west/pods.yaml", &pods("2026-09-15T03:30:00Z", &[]).replace("uid: uid", "uid: west")),
    ]);
    let root = folder.path().display().to_string();
    let files = ["of east/vaults.yaml", "of east/pods.yaml", "west/vaults.yaml", "west/pods.yaml"];
    let files = files.map(|it| format!("{root}/{it}"));
    let (east, west) = (format!("{root}/of east"), format!("{root}/west"));
    let report = |inputs: &[&str]| {
        let ran = rulebox(&[&["check", "-o", "json"], inputs].concat(), "");
        let note = format!("--cluster 'NAME1={east}' --cluster NAME2={west}`");
        assert!(ran.err.contains(&note), "{}", ran.err);
        told(&report(&ran))
    };
    let folder = report(&[&root]);
    assert_eq!(folder.0.len(), 2, "{folder:?}");
    assert!(folder.0[0].starts_with(&format!("{east} ")), "{folder:?}");
    assert_eq!(report(&files.each_ref().map(String::as_str)), folder);
}

#[test]
fn of_files_that_are_no_clusters_a_hundred_are_judged() {
    let pod = |uid: usize| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: x, namespace: csdr, uid: u{uid}, \
             creationTimestamp: \"2026-09-15T00:00:00Z\"}}, \
             status: {{startTime: \"2026-09-15T02:00:00Z\"}}}}"
        )
    };
    let files: Vec<_> = (0..101).map(|it| (format!("{it}.yaml"), pod(it))).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    let ran = rulebox(&["check", &folder.path().display().to_string()], "");
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.err.contains("of 101 clusters, of which 100 are judged"), "{}", ran.err);
    let said = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("and name it: --cluster NAME=FOLDER"), "{said}");
}

#[test]
fn a_file_to_which_two_dumps_were_appended_is_cut() {
    let (source, target) = (text(SOURCE), text(TARGET));
    let line = source.lines().count() + 1;
    let first = target.lines().take_while(|it| it.starts_with('#')).count();
    for separator in ["", "---\n"] {
        let behind = usize::from(!separator.is_empty());
        let both = format!("{source}{separator}{target}");
        let ran = rulebox(&["check", "-", "-o", "json"], &both);
        let (clusters, findings) = told(&report(&ran));
        assert_eq!(clusters.len(), 2, "{clusters:?}");
        assert_eq!(findings, ["-:1: vault-unavailable"], "{clusters:?}");
        let from = |it: usize| format!("-:{it} 2026-09-15T03:30:00Z");
        let lines = [line + behind, line + behind + first];
        assert!(lines.iter().any(|it| clusters[1] == from(*it)), "{clusters:?} {lines:?}");
    }
}

#[test]
fn metrics_have_no_series_twice() {
    let ran = rulebox(&["check", "fixtures/clusters/migration", "-o", "prometheus"], "");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let series = ran.out.lines().filter(|it| !it.starts_with('#'));
    let mut names: Vec<_> = series.map(|it| it.rsplit_once(' ').expect("a value").0).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    let of = |cluster: &str| {
        format!("rulebox_as_of_timestamp_seconds{{cluster=\"fixtures/clusters/migration/{cluster}")
    };
    assert!(names.iter().any(|it| it.starts_with(&of("source"))), "{}", ran.out);
    assert!(names.iter().any(|it| it.starts_with(&of("target"))), "{}", ran.out);
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// A list of pods in csdr, each by its name, its phase and the time at which it crashed.
fn pods(taken: &str, pods: &[(&str, bool)]) -> String {
    let mut text = String::from("apiVersion: v1\nkind: List\nitems:\n");
    for (name, crashed) in pods.iter().chain([&("other/web-0", false)]) {
        let (namespace, name) = name.split_once('/').unwrap_or(("csdr", name));
        let state = if *crashed {
            "lastState: {terminated: {exitCode: 137, reason: OOMKilled, \
             startedAt: \"2026-09-15T00:00:00Z\", finishedAt: \"2026-09-15T00:30:00Z\"}}"
        } else {
            "lastState: {}"
        };
        let _ = write!(
            text,
            r#"- apiVersion: v1
  kind: Pod
  metadata:
    name: {name}
    namespace: {namespace}
    uid: uid-{name}
    resourceVersion: "7"
    creationTimestamp: "2026-09-14T00:00:00Z"
    labels: {{component: csdr}}
  spec:
    containers:
    - name: velero
      resources: {{limits: {{memory: 1Gi}}}}
  status:
    phase: Running
    conditions:
    - {{type: Ready, status: "True", lastProbeTime: "{taken}"}}
    containerStatuses:
    - name: velero
      ready: true
      restartCount: 1
      state: {{running: {{startedAt: "2026-09-15T00:30:10Z"}}}}
      {state}
"#
        );
    }
    text
}

#[track_caller]
fn check_oom(files: &[(&str, &str)], want: &[&str]) {
    let folder = folder(files);
    let path = folder.path().display().to_string();
    let arguments = ["check", &path, "-o", "json", "--rule", "velero-oom-restarts"];
    let ran = rulebox(&arguments, "");
    let report = report(&ran);
    let names = report["findings"].as_array().expect("a list").iter();
    let names: Vec<_> =
        names.map(|it| it["subject"]["name"].as_str().unwrap_or_default()).collect();
    assert_eq!(names, want, "{}", ran.out);
}

#[test]
fn of_two_dumps_of_a_cluster_the_newer_tells_what_is_gone() {
    let old = pods("2026-09-15T01:00:00Z", &[("csdr-velero-a", true)]);
    let new = pods("2026-09-15T02:00:00Z", &[("csdr-velero-b", false)]);
    check_oom(&[("old.yaml", &old)], &["csdr-velero-a"]);
    check_oom(&[("old.yaml", &old), ("new.yaml", &new)], &[]);
    check_oom(&[("1/pods.yaml", &new), ("2/pods.yaml", &old)], &[]);
    // Of another namespace.
    let other = new.replace("namespace: csdr", "namespace: other");
    check_oom(&[("old.yaml", &old), ("new.yaml", &other)], &["csdr-velero-a"]);
    // Of the same capture.
    let soon = new.replace("T02:00", "T01:10");
    check_oom(&[("old.yaml", &old), ("new.yaml", &soon)], &["csdr-velero-a"]);
    // Broken off.
    let cut = &new[..new.len() - 60];
    check_oom(&[("old.yaml", &old), ("new.yaml", cut)], &["csdr-velero-a"]);
}

#[test]
fn a_suppression_may_name_a_cluster() {
    let file = |cluster: &str| {
        format!("suppressions:\n- {{rule: vault-unavailable, cluster: {cluster}, reason: known}}\n")
    };
    for (cluster, code) in [("east", 0), ("west", 1)] {
        let folder = folder(&[("rulebox.yaml", &file(cluster))]);
        let config = folder.path().join("rulebox.yaml").display().to_string();
        let (source, target) = (format!("east={SOURCE}"), format!("west={TARGET}"));
        let names = ["--cluster", &source, "--cluster", &target];
        let ran = rulebox(&[&["check", "--config", &config], &names[..]].concat(), "");
        assert_eq!(ran.code, code, "{cluster}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_named_input_without_objects_is_lost() {
    let (source, target) = (format!("east={SOURCE}"), "west=Cargo.toml");
    let names = ["check", "--cluster", &source, "--cluster", target];
    let ran = rulebox(&names, "");
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains("holds no Kubernetes objects of the cluster west"), "{}", ran.out);
}

#[test]
fn a_lost_input_of_a_named_cluster_takes_nothing_of_another() {
    let alone = rulebox(&["check", "--cluster", "west", TARGET, "-o", "json"], "");
    let without_data = |ran: &Ran, cluster: &str| {
        let rules = report(ran)["rules"].as_array().cloned().unwrap_or_default();
        let is_of = |it: &&Value| it["cluster"] == cluster && it["result"] == "no_data";
        rules.iter().filter(is_of).count()
    };
    let empty = tempfile::NamedTempFile::new().expect("a file");
    let target = format!("west={TARGET}");
    for lost in ["no-such-file.yaml", &empty.path().display().to_string()] {
        let lost = format!("east={lost}");
        let ran = rulebox(&["check", "--cluster", &lost, "--cluster", &target, "-o", "json"], "");
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert_eq!(without_data(&ran, "west"), without_data(&alone, "west"), "{}", ran.out);
        assert!(without_data(&ran, "east") > without_data(&ran, "west"), "{}", ran.out);
    }
}
