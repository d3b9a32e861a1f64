//! `rulebox check --live` as a user runs it: the binary, a kubeconfig, and an API server over
//! loopback that serves one unavailable vault.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Output},
    thread,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Below this path there is a cluster that does not serve the group of the vault.
const BARE: &str = "/bare";

/// Below this path there is one that refuses all lists.
const CLOSED: &str = "/closed";

/// What the API server says at a path; none is 404.
fn answer(path: &str) -> Option<Value> {
    if let Some(path) = path.strip_prefix(BARE) {
        return answer(path).filter(|_| !path.starts_with("/apis"));
    }
    if let Some(path) = path.strip_prefix(CLOSED) {
        let is_list = |it: &Value| it.get("items").is_some();
        let message = "it is forbidden: User \"ops\" cannot list it";
        let refusal = || {
            json!({
                "kind": "Status", "apiVersion": "v1", "status": "Failure",
                "reason": "Forbidden", "code": 403, "message": message,
            })
        };
        return answer(path).map(|it| if is_list(&it) { refusal() } else { it });
    }
    const GROUP: &str = "/apis/csdr.alibabacloud.com";
    let resource = |name: &str, kind: &str| {
        json!({
            "name": name, "kind": kind,
            "namespaced": true, "singularName": "", "verbs": ["list"],
        })
    };
    let version = json!({"groupVersion": "csdr.alibabacloud.com/v1beta1", "version": "v1beta1"});
    match path {
        "/api/v1" => Some(json!({
            "kind": "APIResourceList", "groupVersion": "v1",
            "resources": [resource("pods", "Pod"), resource("events", "Event")],
        })),
        _ if path == GROUP => Some(json!({
            "kind": "APIGroup", "apiVersion": "v1", "name": "csdr.alibabacloud.com",
            "versions": [version], "preferredVersion": version,
        })),
        _ if path == format!("{GROUP}/v1beta1") => Some(json!({
            "kind": "APIResourceList", "groupVersion": "csdr.alibabacloud.com/v1beta1",
            "resources": [resource("backuplocations", "BackupLocation")],
        })),
        _ if path.ends_with("/backuplocations") => Some(json!({
            "kind": "BackupLocationList", "apiVersion": "csdr.alibabacloud.com/v1beta1",
            "metadata": {"resourceVersion": "7"},
            "items": [{
                "metadata": {"name": "vault-prod", "namespace": "csdr", "uid": "u1"},
                "status": {"phase": "Unavailable"},
            }],
        })),
        _ if path.ends_with("/pods") || path.ends_with("/events") => {
            Some(json!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": []}))
        }
        _ => None,
    }
}

fn serve(stream: TcpStream) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    lines.take_while(|it| !it.is_empty()).for_each(drop);
    let target = request.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let (status, body) = match answer(path) {
        Some(body) if body["code"] == 403 => ("403 Forbidden", body),
        Some(body) => ("200 OK", body),
        None => (
            "404 Not Found",
            json!({
                "kind": "Status", "apiVersion": "v1",
                "status": "Failure", "reason": "NotFound", "code": 404,
            }),
        ),
    };
    let body = body.to_string();
    // The client may have gone.
    let _ = write!(
        &stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
}

/// A kubeconfig with the contexts `up`, which is current, and `down`. `below`: the path of the API
/// of `up`.
fn kubeconfig(below: &str) -> (TempDir, PathBuf) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let up = listener.local_addr().expect("an address");
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kubeconfig");
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "up",
        "contexts": [
            {"name": "down", "context": {"cluster": "down", "user": "u"}},
            {"name": "up", "context": {"cluster": "up", "user": "u"}},
        ],
        // The discard port: nothing listens there.
        "clusters": [
            {"name": "down", "cluster": {"server": "http://127.0.0.1:9"}},
            {"name": "up", "cluster": {"server": format!("http://{up}{below}")}},
        ],
        "users": [{"name": "u", "user": {}}],
    });
    fs::write(&file, text.to_string()).expect("written");
    (folder, file)
}

/// Runs on the cluster with further arguments; gives the exit code and the report.
fn check(arguments: &[&str]) -> (i32, Value) {
    let (_folder, file) = kubeconfig("");
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

/// What is printed of the cluster below a path, in words that are one space apart.
fn words(below: &str) -> (i32, String) {
    let (_folder, file) = kubeconfig(below);
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulebox"));
    command.args(["check", "--live", "--color", "never", "--kubeconfig"]).arg(file);
    let Output { status, stdout, .. } = command.output().expect("the binary runs");
    let text = String::from_utf8(stdout).expect("UTF-8");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (status.code().expect("no signal"), words)
}

#[test]
fn a_pack_whose_kinds_the_cluster_does_not_serve_is_one_line() {
    let (_, said) = words(BARE);
    assert!(said.contains(" backup-center: the cluster holds none of its objects ("), "{said}");
    assert!(!said.contains("serves no") && !said.contains("COLLECT"), "{said}");
}

#[test]
fn what_a_cluster_refuses_is_said_once_for_all_kinds() {
    let (code, said) = words(CLOSED);
    assert_eq!(code, 3, "{said}");
    let refused = "forbidden: cannot list these in namespace csdr; grant `list` on them in csdr to \
                   `ops` by a Role";
    assert_eq!(said.matches(refused).count(), 1, "{said}");
    for kind in ["backuplocations.csdr.alibabacloud.com: ", "events: ", "pods: "] {
        assert!(said.contains(kind), "no `{kind}` in {said}");
    }
    assert_eq!(said.matches("serves none of these").count(), 1, "{said}");
    assert!(!said.contains("COLLECT"), "{said}");
}
