//! Files that change while the process serves: what can be used is used, and what cannot be is told
//! while the old one stays.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    ONE,
    api::Api,
    cluster, found,
    program::root,
    served::{Served, eventually},
};

const OK: &str = "rulebox_config_last_reload_successful";

/// A file takes the place of another one whole, as a mounted ConfigMap does.
fn exchange(file: &Path, bytes: &[u8]) {
    let new = file.with_extension("new");
    fs::write(&new, bytes).expect("written");
    fs::rename(new, file).expect("renamed");
}

fn config() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    fs::write(&file, "severities: {vault-unavailable: low}\n").expect("written");
    (folder, file)
}

fn severity(served: &Served) -> Value {
    served.get("/api/v1/findings").json()["findings"][0]["severity"].clone()
}

#[test]
fn a_configuration_that_changes_is_used_unless_it_is_wrong() {
    let (_folder, file) = config();
    let name = file.to_str().expect("UTF-8");
    let served = Served::start(&Api::new(cluster()), &[&ONE[..], &["--config", name]].concat());
    served.ready();
    assert_eq!(severity(&served), "low");
    assert_eq!(served.metric(OK), Some(1.0));
    exchange(&file, b"severities: {vault-unavailable: medium}\n");
    eventually("it is used", || severity(&served) == "medium");
    for wrong in ["severities: {vault-unavailable: dire}\n", "severities: [\n", "colour: red\n"] {
        exchange(&file, b"severities: {vault-unavailable: medium}\n");
        eventually("the right one is used", || served.metric(OK) == Some(1.0));
        exchange(&file, wrong.as_bytes());
        eventually("it is refused", || served.metric(OK) == Some(0.0));
        assert_eq!(severity(&served), "medium", "{wrong}");
    }
    assert!(served.said("what was loaded before stays: "));
    fs::remove_file(&file).expect("removed");
    assert_eq!(served.get("/readyz").status, 200);
    exchange(&file, b"severities: {vault-unavailable: critical}\n");
    eventually("the next one is used", || severity(&served) == "critical");
    assert_eq!(served.metric(OK), Some(1.0));
}

#[test]
fn each_of_several_configurations_is_read_again() {
    let (folder, org) = config();
    let team = folder.path().join("team.yaml");
    fs::write(&team, "failOn: high\n").expect("written");
    let names = [&org, &team].map(|it| it.to_str().expect("UTF-8"));
    let files = ["--config", names[0], "--config", names[1]];
    let served = Served::start(&Api::new(cluster()), &[&ONE[..], &files].concat());
    served.ready();
    assert_eq!(severity(&served), "low");
    exchange(&team, b"severities: {vault-unavailable: medium}\n");
    eventually("the second one wins", || severity(&served) == "medium");
    exchange(&team, b"");
    eventually("it is refused", || served.metric(OK) == Some(0.0));
    assert!(served.said("team.yaml: it has become empty"));
    exchange(&team, b"severities: {vault-unavailable: null}\n");
    eventually("it takes away", || severity(&served) == "critical");
    exchange(&team, b"failOn: high\n");
    exchange(&org, b"severities: {vault-unavailable: high}\n");
    eventually("the first one is read again", || severity(&served) == "high");
}

/// An editor empties a file before it writes it.
#[test]
fn a_configuration_that_becomes_empty_is_refused() {
    let (_folder, file) = config();
    let name = file.to_str().expect("UTF-8");
    let served = Served::start(&Api::new(cluster()), &[&ONE[..], &["--config", name]].concat());
    served.ready();
    for empty in ["", " \n\n", "---\n", "# later\n---\nnull\n"] {
        fs::write(&file, empty).expect("written");
        eventually("it is refused", || served.metric(OK) == Some(0.0));
        assert_eq!(severity(&served), "low");
        fs::write(&file, "severities: {vault-unavailable: low}\n").expect("written");
        eventually("it is whole", || served.metric(OK) == Some(1.0));
    }
    assert!(served.said("it has become empty"));
    fs::write(&file, "{}\n").expect("written");
    eventually("it sets up nothing", || severity(&served) == "critical");
    assert_eq!(served.metric(OK), Some(1.0));
}

#[test]
fn a_configuration_that_is_empty_from_the_start_stays_so() {
    let (_folder, file) = config();
    fs::write(&file, "").expect("written");
    let name = file.to_str().expect("UTF-8");
    let served = Served::start(&Api::new(cluster()), &[&ONE[..], &["--config", name]].concat());
    served.ready();
    fs::write(&file, "\n").expect("written");
    eventually("it is read again", || served.said("loaded the changed files"));
    assert_eq!(served.metric(OK), Some(1.0));
    fs::write(&file, "severities: {vault-unavailable: low}\n").expect("written");
    eventually("it is used", || severity(&served) == "low");
}

#[test]
fn rules_that_need_other_objects_watch_them() {
    let (folder, _) = config();
    let pack = folder.path().join("guest.wasm");
    let guest = |file: &str| {
        let folder = root().join("fixtures/packs");
        fn parts(folder: &Path, name: &str) -> String {
            let text = fs::read_to_string(folder.join(name)).expect("a guest");
            let lines = text.lines();
            lines
                .map(|line| match line.strip_prefix(";; include: ") {
                    Some(part) => parts(folder, part),
                    None => format!("{line}\n"),
                })
                .collect()
        }
        wat::parse_str(parts(&folder, file)).expect("component text")
    };
    fs::write(&pack, guest("honest.wat")).expect("written");
    let api = Api::new(cluster());
    api.apply(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "csdr", "uid": "u"},
    }));
    let name = pack.to_str().expect("UTF-8");
    let served = Served::start(&api, &["--pack", name, "--pack", "standard"]);
    served.ready();
    let pods = || found(&served, "?pack=guest&rule=first").len();
    assert_eq!(pods(), 1, "a pod");
    assert!(found(&served, "?rule=vault-unavailable").len() == 1);
    exchange(&pack, b"no pack");
    eventually("it is refused", || served.metric(OK) == Some(0.0));
    assert_eq!(pods(), 1, "the old one stays");
    exchange(&pack, &guest("rule-traps.wat"));
    eventually("it is used", || served.metric(OK) == Some(1.0));
    let result = |rule: &str| {
        let report = served.get("/api/v1/report").json();
        let mut rules = report["rules"].as_array().expect("a list").iter();
        let of = rules.find(|it| it["pack"] == "guest" && it["rule"] == rule).expect("the rule");
        of["result"].clone()
    };
    eventually("its second rule fails", || result("second") == "error");
    assert_eq!(result("first"), "fail");
    assert_eq!(pods(), 1);
}
