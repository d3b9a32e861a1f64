//! What `serve` writes into a cluster, and who of two replicas writes: report objects and Events
//! come and go with the findings, and the second replica takes over.

use rulebox_cluster::Send;
use serde_json::{Value, json};

use crate::{
    program,
    serving::Serving,
    world::{ADMIN, wait_for, world},
};

fn vault() -> Value {
    json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "BackupLocation",
        "metadata": {"name": "vault-out", "namespace": "csdr"},
        "status": {"phase": "Unavailable", "message": "AccessDenied: 403"},
    })
}

/// What is written as one of the two kinds of reports, which are as their projects define them.
#[track_caller]
fn check(reports: &str, group: &str, version: &str, kind: &str) {
    let Some(world) = world() else { return };
    let plural = format!("{}s", kind.to_lowercase());
    if ![plural.clone(), format!("cluster{plural}")]
        .iter()
        .all(|it| world.install_defined(&format!("{group}_{it}")))
    {
        return;
    }
    let path = format!("/apis/{group}/{version}/namespaces/csdr/{plural}");
    let arguments = ["--write-reports", reports, "--write-events"];
    let serving = Serving::start(&world.kubeconfig(ADMIN), &arguments);
    let vault = world.create(&vault());
    serving.wait_for_finding("vault-unavailable", "vault-out", true);
    let list = |path: &str| {
        let list = world.send(Send::Get, path, &Value::Null).body;
        list["items"].as_array().cloned().unwrap_or_default()
    };
    wait_for("a report tells of the vault", || {
        let reports = list(&path);
        let results = reports.iter().filter_map(|it| it["results"].as_array().cloned());
        results.flatten().any(|it| it["rule"] == "vault-unavailable" && it["result"] == "fail")
    });
    wait_for("an Event tells of the vault", || {
        list("/api/v1/namespaces/csdr/events").iter().any(|it| {
            it["involvedObject"]["name"] == "vault-out"
                && it["reportingComponent"] == "rulebox.dev/rulebox"
        })
    });
    world.change(&vault, |it| it["status"] = json!({"phase": "Available"}));
    wait_for("no report tells of the vault", || {
        !list(&path).iter().any(|it| it.to_string().contains("vault-out"))
    });
    drop(serving);
    world.uninstall(group, kind);
    world.uninstall(group, &format!("Cluster{kind}"));
}

/// What `check` writes as YAML is applied by the server as it is.
#[track_caller]
fn check_applied(format: &str, group: &str, version: &str, kind: &str) {
    let Some(world) = world() else { return };
    let plural = format!("{}s", kind.to_lowercase());
    let of_cluster = format!("cluster{plural}");
    if ![&plural, &of_cluster].iter().all(|it| world.install_defined(&format!("{group}_{it}"))) {
        return;
    }
    let dump = "fixtures/clusters/several-faults.yaml";
    let ran = program::run(&mut program::command(&["check", dump, "-o", format]), "");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let documents: Vec<Value> = serde_saphyr::from_multiple(&ran.out).expect("YAML");
    assert!(documents.len() > 1, "that of the cluster, and one of a namespace");
    for document in documents {
        let (within, plural) = match document["metadata"]["namespace"].as_str() {
            Some("csdr") => ("namespaces/csdr/", &plural),
            None => ("", &of_cluster),
            // Nobody has made the others in this cluster.
            Some(_) => continue,
        };
        let path = format!("/apis/{group}/{version}/{within}{plural}/rulebox");
        let answered = world.send(Send::Apply, &path, &document);
        assert!(answered.is_success(), "{}: {document}", answered.message());
        assert_eq!(answered.body["results"], document["results"], "it kept all fields");
    }
    world.uninstall(group, kind);
    world.uninstall(group, &format!("Cluster{kind}"));
}

#[test]
fn a_server_takes_the_policy_reports_of_a_check() {
    check_applied("policyreport", "wgpolicyk8s.io", "v1alpha2", "PolicyReport");
}

#[test]
fn a_server_takes_the_open_reports_of_a_check() {
    check_applied("openreports", "openreports.io", "v1alpha1", "Report");
}

#[test]
fn policy_reports_and_events_come_and_reports_go_with_their_finding() {
    check("policyreports", "wgpolicyk8s.io", "v1alpha2", "PolicyReport");
}

#[test]
fn open_reports_and_events_come_and_reports_go_with_their_finding() {
    check("openreports", "openreports.io", "v1alpha1", "Report");
}

#[test]
fn the_second_replica_takes_over_when_the_first_is_killed() {
    let Some(world) = world() else { return };
    world.create(&vault());
    let kubeconfig = world.kubeconfig(ADMIN);
    let lease = ["--lease", "csdr/rulebox-e2e"];
    let first = Serving::start(&kubeconfig, &lease);
    wait_for("the first leads", || first.metric("rulebox_leader") == Some(1.0));
    let second = Serving::start(&kubeconfig, &lease);
    assert_eq!(second.metric("rulebox_leader"), Some(0.0));
    let findings = |it: &Serving| it.get("/metrics").contains("rulebox_finding{");
    wait_for("the first serves findings", || findings(&first));
    assert!(!findings(&second), "one of two replicas serves the packs' series");
    drop(first);
    wait_for("the second leads", || second.metric("rulebox_leader") == Some(1.0));
    wait_for("the second serves findings", || findings(&second));
    let path = "/apis/coordination.k8s.io/v1/namespaces/csdr/leases/rulebox-e2e";
    world.send(Send::Delete, path, &Value::Null);
}
