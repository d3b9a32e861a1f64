//! What breaks between a server and its API server: no finding is lost, invented or flickers, and
//! what is known says how old it is.

use serde_json::{Value, json};

use crate::{
    http,
    serving::Serving,
    world::{ADMIN, READER, wait_for, world},
};

fn vault(name: &str) -> Value {
    json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "BackupLocation",
        "metadata": {"name": name, "namespace": "csdr"},
        "status": {"phase": "Unavailable", "message": "AccessDenied"},
    })
}

#[test]
fn an_api_server_that_dies_and_comes_back_changes_no_finding() {
    let Some(mut world) = world() else { return };
    world.create(&vault("vault-1"));
    let serving = Serving::start(&world.kubeconfig(ADMIN), &[]);
    serving.wait_for_finding("vault-unavailable", "vault-1", true);
    let first_seen = serving.json("/api/v1/findings")["findings"][0]["firstSeen"].clone();
    let up = format!("rulebox_cluster_up{{cluster=\"{ADMIN}\"}}");
    world.stop_apiserver();
    wait_for("it is told that the cluster is down", || serving.metric(&up) == Some(0.0));
    serving.wait_for_finding("vault-unavailable", "vault-1", true);
    world.start_apiserver();
    wait_for("it is told that the cluster is up", || serving.metric(&up) == Some(1.0));
    world.create(&vault("vault-2"));
    serving.wait_for_finding("vault-unavailable", "vault-2", true);
    let findings = serving.json("/api/v1/findings");
    let one = findings["findings"].as_array().expect("findings").iter();
    let one = { one }.find(|it| it["subject"]["name"] == "vault-1").expect("still there");
    assert_eq!(one["firstSeen"], first_seen);
    assert_eq!(serving.happened(), ["added vault-2"]);
}

#[test]
fn etcd_that_restarts_changes_no_finding() {
    let Some(mut world) = world() else { return };
    world.create(&vault("vault-1"));
    let serving = Serving::start(&world.kubeconfig(ADMIN), &[]);
    serving.wait_for_finding("vault-unavailable", "vault-1", true);
    world.stop_etcd();
    world.start_etcd();
    wait_for("the API server writes again", || {
        let made = world.send(
            rulebox_cluster::Send::Create,
            "/apis/csdr.alibabacloud.com/v1beta1/namespaces/csdr/backuplocations",
            &vault("vault-2"),
        );
        made.is_success() || made.status == 409
    });
    serving.wait_for_finding("vault-unavailable", "vault-2", true);
    assert_eq!(serving.happened(), ["added vault-2"]);
}

#[test]
fn a_kind_that_is_forbidden_and_then_granted_is_seen_without_a_restart() {
    let Some(world) = world() else { return };
    world.create(&vault("vault-1"));
    let discovery = json!([{"nonResourceURLs": ["*"], "verbs": ["get"]}]);
    world.bind("e2e-discovery", &discovery);
    let serving = Serving::begin(&world.kubeconfig(READER), &[]);
    let ready =
        |serving: &Serving| http::get(&serving.address, "/readyz").expect("an answer").status;
    assert_eq!(ready(&serving), 503, "nothing could be read");
    let result = |serving: &Serving| {
        let report = serving.json("/api/v1/report");
        let rules = report["rules"].as_array().expect("rules").iter();
        let rule = { rules }.find(|it| it["rule"] == "vault-unavailable").expect("the rule");
        (rule["result"].clone(), rule["reason"].to_string())
    };
    let (is, why) = result(&serving);
    assert_eq!(is, "no_data");
    assert!(why.contains("forbidden"), "{why}");
    let everything = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["list", "watch"]}]);
    world.bind("e2e-everything", &everything);
    serving.wait_for_finding("vault-unavailable", "vault-1", true);
    assert_eq!(ready(&serving), 200);
    world.unbind("e2e-everything");
    world.unbind("e2e-discovery");
}

#[test]
fn a_custom_resource_that_vanishes_and_comes_back_is_seen_without_a_restart() {
    let Some(world) = world() else { return };
    world.create(&vault("vault-1"));
    let serving = Serving::start(&world.kubeconfig(ADMIN), &[]);
    serving.wait_for_finding("vault-unavailable", "vault-1", true);
    world.uninstall("csdr.alibabacloud.com", "BackupLocation");
    serving.wait_for_finding("vault-unavailable", "vault-1", false);
    wait_for("the kind is told not to be served", || {
        serving.get("/api/v1/report").contains("serves no BackupLocation")
    });
    world.install("csdr.alibabacloud.com", "v1beta1", "BackupLocation", true);
    world.create(&vault("vault-1"));
    // A server is asked every minute what it serves.
    wait_for("the vault is seen again", || {
        serving.findings().contains(&("vault-unavailable".to_owned(), "vault-1".to_owned()))
    });
    assert_eq!(http::get(&serving.address, "/readyz").expect("an answer").status, 200);
}
