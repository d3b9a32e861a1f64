//! `serve` says of a cluster what `check --live` says of it, for each whole dump.

use std::{path::Path, process::Command};

use rulebox_core::{Collector, NeedSet, ObjectNeed};
use rulebox_reader::{Reader, Source};
use serde_json::Value;

use crate::{
    serving::Serving,
    world::{ADMIN, World, wait_for, world},
};

/// The objects of a dump.
fn objects(file: &Path) -> Vec<Value> {
    let read = |needs: NeedSet| {
        let mut collector = Collector::new(needs.clone()).expect("no selectors");
        let reader = Reader::new(&needs).expect("no fields");
        reader.read(vec![Source::Path(file.to_owned())], &mut collector, &mut |_| {});
        collector.finish()
    };
    let seen = read(NeedSet::default()).objects;
    let needs = seen.iter().map(|(group, kind, _)| ObjectNeed {
        id: format!("{kind}.{group}"),
        group: group.clone(),
        kind: kind.clone(),
        ..ObjectNeed::default()
    });
    let read = read(NeedSet { objects: needs.collect(), texts: Vec::new() });
    let slots = read.inventory.objects.values();
    let texts = slots.flat_map(|it| it.objects.clone());
    texts.map(|it| serde_json::from_str(&it.text()).expect("projections are JSON")).collect()
}

/// Puts the objects of a dump on the server, as far as it takes them.
pub(crate) fn load(world: &World, file: &Path) -> Vec<Value> {
    let mut loaded = Vec::new();
    for mut object in objects(file) {
        let Some(metadata) = object["metadata"].as_object_mut() else { continue };
        for of_server in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
            metadata.remove(of_server);
        }
        metadata.remove("deletionTimestamp");
        metadata.remove("ownerReferences");
        if object["kind"] == "Namespace" || object["kind"] == "Node" {
            continue;
        }
        let path = crate::world::path_of(&object, false);
        let made = world.send(rulebox_cluster::Send::Create, &path, &object);
        if !made.is_success() {
            continue;
        }
        loaded.push(object.clone());
        if !object["status"].is_null() && made.body["status"] != object["status"] {
            let mut whole = made.body;
            whole["status"] = object["status"].clone();
            let path = format!("{}/status", crate::world::path_of(&object, true));
            world.send(rulebox_cluster::Send::Replace, &path, &whole);
        }
    }
    loaded
}

/// A report without what two runs differ in: when, and how it was read. Watches keep no uids of
/// clusters.
fn comparable(mut report: Value) -> Value {
    let entries = report.as_object_mut().expect("a report");
    for key in ["asOf", "clusterUids", "inputs", "objects", "summary", "metrics"] {
        entries.remove(key);
    }
    strip(&mut report);
    report
}

/// Takes away places, which a served report has not, and ages, which grow.
fn strip(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.remove("place");
            entries.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::String(text) => {
            let words = text.split(' ').filter(|it| !it.bytes().any(|it| it.is_ascii_digit()));
            *text = words.collect::<Vec<_>>().join(" ");
        }
        _ => {}
    }
}

#[test]
fn serve_says_what_check_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clusters");
    let mut dumps: Vec<_> = std::fs::read_dir(folder).expect("the dumps").flatten().collect();
    dumps.sort_by_key(std::fs::DirEntry::path);
    for dump in dumps.iter().map(std::fs::DirEntry::path) {
        // Each has the server for itself.
        let Some(world) = world() else { return };
        let loaded = load(&world, &dump);
        let kubeconfig = world.kubeconfig(ADMIN);
        let serving = Serving::start(&kubeconfig, &[]);
        let check = || {
            let run = Command::new(env!("CARGO_BIN_EXE_rulebox"))
                .args(["check", "--live", "-o", "json"])
                // Not by the argument, which the commands of a remedy would repeat.
                .env("KUBECONFIG", &kubeconfig)
                .output()
                .expect("it runs");
            comparable(serde_json::from_slice(&run.stdout).expect("a report"))
        };
        let same = |what: &str| {
            let mut both = (Value::Null, Value::Null);
            let what = format!("{}: {what}, and the same of both", dump.display());
            let same = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                wait_for(&what, || {
                    both = (comparable(serving.json("/api/v1/report")), check());
                    both.0 == both.1
                });
            }));
            assert!(same.is_ok(), "{what}\nserve: {:#}\ncheck: {:#}", both.0, both.1);
        };
        same(&format!("{} objects", loaded.len()));
        for gone in loaded.iter().step_by(2) {
            let path = crate::world::path_of(gone, true);
            let now = format!("{path}?gracePeriodSeconds=0");
            world.send(rulebox_cluster::Send::Delete, &now, &Value::Null);
        }
        same("half of them gone");
    }
}
