//! `rulebox check --live` and `rulebox collect` as a user runs them: the binary, a kubeconfig, and
//! an API server over loopback.

mod access;
mod bundles;
mod elsewhere;
#[path = "../planted/mod.rs"]
mod planted;
#[path = "../program/mod.rs"]
mod program;
mod server;

use std::process::{Command, Output};

use serde_json::{Value, json};

use server::Cluster;

/// A cluster with one unavailable vault, and neither pods nor events.
fn cluster() -> Cluster {
    let vault = json!({
        "metadata": {"name": "vault-prod", "namespace": "csdr", "uid": "u1"},
        "status": {"phase": "Unavailable"},
    });
    Cluster::default().serves("v1", "Pod", Vec::new()).serves("v1", "Event", Vec::new()).serves(
        "csdr.alibabacloud.com/v1beta1",
        "BackupLocation",
        vec![vault],
    )
}

/// Runs on the cluster with further arguments; gives the exit code and the report.
fn check(arguments: &[&str]) -> (i32, Value) {
    let (_folder, file) = cluster().kubeconfig();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulebox"));
    command
        .args(["check", "--live", "-o", "json", "--as-of", "2026-09-15T02:30:00Z", "--kubeconfig"])
        .arg(file)
        .args(arguments);
    let Output { status, stdout, stderr } = command.output().expect("the binary runs");
    let report = serde_json::from_slice(&stdout);
    (
        status.code().expect("no signal"),
        report.unwrap_or_else(|it| panic!("{it}: {}", String::from_utf8_lossy(&stderr))),
    )
}

fn result<'r>(report: &'r Value, rule: &str) -> &'r Value {
    let mut rules = report["rules"].as_array().expect("a list").iter();
    rules.find(|it| it["rule"] == rule).expect("the rule")
}

#[test]
fn a_vault_of_the_cluster_is_found() {
    let (code, report) = check(&[]);
    assert_eq!(
        (code, &report["findings"][0]["subject"]["name"]),
        (1, &json!("vault-prod")),
        "{report:#}"
    );
    assert_eq!(report["inputs"][0]["name"], "context up");
}

#[test]
fn the_cluster_may_be_named() {
    let (_, report) = check(&["--cluster", "prod"]);
    assert_eq!(report["findings"][0]["cluster"], "prod", "{report:#}");
    assert_eq!(report["clusters"][0]["cluster"], "prod");
    assert_eq!(report["inputs"][0]["name"], "context up");
}

#[test]
fn a_kind_that_the_cluster_does_not_serve_is_no_data_with_the_reason() {
    let (_, report) = check(&["--rule", "backup-failed"]);
    let failed = result(&report, "backup-failed");
    assert_eq!(failed["result"], "no_data", "{report:#}");
    assert!(
        failed["reason"].as_str().expect("a reason").contains("serves no ApplicationBackup"),
        "{failed}"
    );
}

#[test]
fn an_empty_list_of_the_cluster_is_complete() {
    let (code, report) = check(&["--rule", "migrate-controller-crash-loop"]);
    assert_eq!(
        (code, &result(&report, "migrate-controller-crash-loop")["result"]),
        (0, &json!("pass")),
        "{report:#}"
    );
}

#[test]
fn a_namespace_that_is_left_out_is_no_data() {
    let (_, report) = check(&["--namespace", "default", "--rule", "vault-unavailable"]);
    assert_eq!(result(&report, "vault-unavailable")["result"], "no_data", "{report:#}");
}

#[test]
fn of_all_contexts_one_that_is_down_loses_none_of_the_others() {
    let (code, report) = check(&["--all-contexts"]);
    assert_eq!(code, 5);
    let found = &report["findings"][0];
    assert_eq!(
        (&found["cluster"], &found["subject"]["name"]),
        (&json!("up"), &json!("vault-prod")),
        "{report:#}"
    );
    let down =
        report["inputs"].as_array().expect("a list").iter().find(|it| it["name"] == "context down");
    assert!(
        down.expect("the other")["problems"][0]["reason"]
            .as_str()
            .expect("a reason")
            .contains("cannot reach")
    );
}

/// What is printed of a cluster, in words that are one space apart.
fn words(cluster: &Cluster) -> (i32, String) {
    let (_folder, file) = cluster.kubeconfig();
    let mut command = program::command(&["check", "--live", "--color", "never", "--kubeconfig"]);
    let ran = program::run(command.arg(file), "");
    (ran.code, ran.out.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn a_pack_whose_kinds_the_cluster_does_not_serve_is_one_line() {
    let bare = Cluster::default().serves("v1", "Pod", Vec::new());
    let (_, said) = words(&bare.serves("v1", "Event", Vec::new()));
    assert!(said.contains(" backup-center: the cluster holds none of its objects ("), "{said}");
    assert!(!said.contains("serves no") && !said.contains("rulebox needs"), "{said}");
}

#[test]
fn what_a_cluster_refuses_is_said_once_for_all_kinds() {
    let closed = cluster().forbids(&[
        "/api/v1/namespaces/csdr/events",
        "/api/v1/namespaces/csdr/pods",
        "/api/v1/namespaces/kube-system/events",
        "/api/v1/namespaces/kube-system/pods",
        "/apis/csdr.alibabacloud.com/v1beta1/namespaces/csdr/backuplocations",
    ]);
    let (code, said) = words(&closed);
    assert_eq!(code, 3, "{said}");
    let refused = "forbidden: cannot list these in namespace csdr; grant `list` on them in csdr to \
                   `reader` by a Role";
    assert_eq!(said.matches(refused).count(), 1, "{said}");
    for kind in ["backuplocations.csdr.alibabacloud.com: ", "events: ", "pods: "] {
        assert!(said.contains(kind), "no `{kind}` in {said}");
    }
    assert_eq!(said.matches("serves none of these").count(), 1, "{said}");
    assert!(!said.contains("rulebox needs"), "{said}");
}
