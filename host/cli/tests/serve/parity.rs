//! A cluster that is watched says what a cluster says that is read once, at the same moment.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    api::Api,
    program::{Ran, command, root, run},
    served::{Served, eventually},
    server::Cluster,
};

/// When the dumps of `fixtures/clusters` were taken.
const AS_OF: &str = "2026-09-15T02:30:00Z";

fn dump(name: &str) -> PathBuf {
    root().join("fixtures").join(name)
}

/// The same cluster as if its dump had been taken just now: who watches has no other time.
fn moved(cluster: Cluster) -> Cluster {
    fn shift(value: &mut Value, by: jiff::SignedDuration) {
        match value {
            Value::Object(entries) => entries.values_mut().for_each(|it| shift(it, by)),
            Value::Array(items) => items.iter_mut().for_each(|it| shift(it, by)),
            Value::String(text) => {
                if let Ok(time) = text.parse::<Timestamp>() {
                    *text = (time + by).to_string();
                }
            }
            _ => {}
        }
    }
    let taken: Timestamp = AS_OF.parse().expect("a time");
    let now = Timestamp::from_second(Timestamp::now().as_second()).expect("a time");
    let by = now.duration_since(taken);
    let mut cluster = cluster;
    for object in cluster.kinds.values_mut().flat_map(|it| &mut it.1) {
        shift(object, by);
    }
    cluster
}

/// What must be the same of a report: all but from where and when it is, and how much was read for
/// it.
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
    let mut report = report.clone();
    without_places(&mut report);
    for counted in ["objects", "problems"] {
        report["summary"][counted].take();
    }
    let entries = report.as_object_mut().expect("an object");
    // Watches keep the uids of no clusters: nobody gives `serve` two dumps of one name.
    for key in ["asOf", "clusterUids", "inputs", "objects", "rulebox"] {
        entries.remove(key);
    }
    report
}

/// What `check --live` says of the cluster at the moment of this report.
fn checked(api: &Api, served: &Value) -> Value {
    let as_of = served["asOf"]["time"].as_str().expect("a time");
    let (_folder, config) = api.kubeconfig("");
    let config = config.to_str().expect("UTF-8");
    let live = ["check", "--live", "-o", "json", "--as-of", as_of];
    // Not by the argument, which the commands of a remedy would repeat.
    let Ran { out, err, .. } = run(command(&live).env("KUBECONFIG", config), "");
    serde_json::from_str(&out).unwrap_or_else(|it| panic!("{it}: {err}"))
}

#[track_caller]
fn assert_same(api: &Api, served: &Value, what: &str) {
    let live = comparable(&checked(api, served));
    let served = comparable(served);
    for (part, want) in live.as_object().expect("an object") {
        let items = |it: &Value| it.as_array().cloned().unwrap_or_default();
        for (got, want) in items(&served[part]).iter().zip(items(want)) {
            assert_eq!(*got, want, "{what}: {part}");
        }
        assert_eq!(&served[part], want, "{what}: {part}");
    }
    assert_eq!(served, live, "{what}");
}

/// Begins to serve each dump, and serves it again when objects have gone and come back.
#[track_caller]
fn check(file: &str) {
    let cluster = moved(Cluster::of_dump(&dump(file)));
    let api = Api::new(cluster.clone());
    let served = Served::start(&api, &[]);
    served.ready();
    assert_same(&api, &served.get("/api/v1/report").json(), "when it begins");
    let objects: Vec<_> = cluster.kinds.values().flat_map(|it| it.1.clone()).collect();
    for object in &objects {
        api.delete(object.clone());
    }
    let number = |served: &Served| served.metric("rulebox_runs_total").expect("a number");
    let before = number(&served);
    eventually("it sees that all is gone", || {
        let report = served.get("/api/v1/report").json();
        report["findings"].as_array().is_some_and(Vec::is_empty)
            || checked(&api, &report)["findings"] == report["findings"]
    });
    for object in &objects {
        api.apply(object.clone());
    }
    if !objects.is_empty() {
        eventually("it evaluates again", || number(&served) > before);
    }
    // Evaluated once all has come: the number of objects tells.
    let selected = |report: &Value| report["coverage"].clone();
    let mut report = Value::Null;
    eventually("all is back", || {
        report = served.get("/api/v1/report").json();
        selected(&report) == selected(&checked(&api, &report))
    });
    assert_same(&api, &report, "when all has gone and come back");
}

macro_rules! dumps {
    ($($name:ident: $file:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            check(concat!("clusters/", $file));
        }
    )*};
}

dumps! {
    a_cut_off_dump: "cut-off.yaml",
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
    let own = include_str!("parity.rs");
    let files = std::fs::read_dir(dump("clusters")).expect("the dumps");
    for file in files.map(|it| it.expect("an entry").path()).filter(|it| it.is_file()) {
        let name = file.file_name().and_then(|it| it.to_str()).expect("a name");
        assert!(own.contains(&format!("\"{name}\"")), "{name}");
    }
}
