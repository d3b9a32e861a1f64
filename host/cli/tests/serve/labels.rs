//! Parameters by labels of namespaces: a label that changes is followed.

use std::fs;

use serde_json::{Value, json};

use crate::{
    ONE,
    api::Api,
    cluster,
    served::{Served, eventually},
};

/// The namespace of the vault, with this label.
fn csdr(env: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "csdr", "uid": "uid-csdr", "labels": {"env": env}},
    })
}

#[test]
fn a_label_of_a_namespace_that_changes_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    let text = "namespaces:\n- labels: env=lab\n  severities: {vault-unavailable: low}\n";
    fs::write(&file, text).expect("written");
    let api = Api::new(cluster().serves("v1", "Namespace", vec![csdr("prod")]));
    let name = file.to_str().expect("UTF-8");
    let served = Served::start(&api, &[&ONE[..], &["--config", name]].concat());
    served.ready();
    let severity = || served.get("/api/v1/findings").json()["findings"][0]["severity"].clone();
    assert_eq!(severity(), "critical");
    api.apply(csdr("lab"));
    eventually("it is a laboratory now", || severity() == "low");
    api.apply(csdr("prod"));
    eventually("it is none any more", || severity() == "critical");
    // A namespace that is gone has no labels, and its objects are there for a while.
    api.apply(csdr("lab"));
    eventually("it is one again", || severity() == "low");
    api.delete(csdr("lab"));
    eventually("it is gone", || severity() == "critical");
}
