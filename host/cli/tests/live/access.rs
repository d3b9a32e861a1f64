//! How a cluster is reached: kubeconfigs, credentials, several clusters; and what is told of one
//! that is not.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Barrier},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    cluster,
    program::{self, Ran},
    server::Cluster,
};

/// Writes a kubeconfig with one user, and a context for each server; the first is current.
fn kubeconfig(folder: &Path, user: &Value, servers: &[(&str, String)]) -> String {
    let context =
        |it: &(&str, String)| json!({"name": it.0, "context": {"cluster": it.0, "user": "u"}});
    let cluster = |it: &(&str, String)| json!({"name": it.0, "cluster": {"server": it.1}});
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": servers[0].0,
        "contexts": servers.iter().map(context).collect::<Vec<_>>(),
        "clusters": servers.iter().map(cluster).collect::<Vec<_>>(),
        "users": [{"name": "u", "user": user}],
    });
    let file = folder.join("kubeconfig");
    fs::write(&file, text.to_string()).expect("written");
    file.to_str().expect("UTF-8").to_owned()
}

fn check(file: &str, arguments: &[&str]) -> Ran {
    let all = ["check", "--live", "--color", "never", "--kubeconfig", file];
    program::run(&mut program::command(&[&all, arguments].concat()), "")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Runs against a server that takes one token alone, as a user of a kubeconfig.
fn with_user(token: &str, user: &Value) -> Ran {
    let folder = folder();
    // As kubectl does, an address without a scheme is completed.
    let server = cluster().accepts(token).address().to_string();
    let file = kubeconfig(folder.path(), user, &[("up", server)]);
    check(&file, &["-o", "json", "--as-of", "2026-09-15T02:30:00Z"])
}

/// A plugin that says another token at each call, and how often it was called.
fn plugin(folder: &Path) -> Value {
    let script = format!(
        r#"echo x >> {0}/calls; n=$(wc -l < {0}/calls); echo about to log in >&2
           echo "{{\"status\": {{\"token\": \"t$((n))\"}}}}""#,
        folder.display()
    );
    json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "interactiveMode": "Never",
    }})
}

fn calls(folder: &Path) -> usize {
    fs::read_to_string(folder.join("calls")).expect("it was called").lines().count()
}

#[test]
fn a_token_file_ends_with_a_line_feed() {
    let folder = folder();
    let token = folder.path().join("token");
    fs::write(&token, "secret\n").expect("written");
    let ran = with_user("secret", &json!({"tokenFile": token}));
    assert_eq!(ran.code, 1, "{}", ran.err);
}

#[test]
fn a_token_with_a_line_feed_is_no_panic() {
    let ran = with_user("secret", &json!({"token": "secret\n"}));
    assert_eq!(ran.code, 1, "{}", ran.err);
    let ran = with_user("secret", &json!({"token": "sec\nret"}));
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("the token holds a line feed"), "{}", ran.err);
}

#[test]
fn a_token_file_that_is_missing_is_named() {
    let ran = with_user("secret", &json!({"tokenFile": "/no/such/token"}));
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("the token file /no/such/token cannot be read"), "{}", ran.err);
}

#[test]
fn a_plugin_is_asked_anew_once_after_a_401() {
    let of_plugin = folder();
    let ran = with_user("t2", &plugin(of_plugin.path()));
    assert_eq!((ran.code, calls(of_plugin.path())), (1, 2), "{}", ran.err);

    let of_plugin = folder();
    let ran = with_user("t3", &plugin(of_plugin.path()));
    assert_eq!((ran.code, calls(of_plugin.path())), (5, 2), "{}", ran.err);
    assert!(ran.err.contains("401 Unauthorized"), "{}", ran.err);
}

#[test]
fn a_user_without_credentials_is_told() {
    let ran = with_user("secret", &json!({}));
    assert_eq!(ran.code, 5, "{}", ran.err);
    let told = "no credentials were sent: the user `u` has none";
    assert!(ran.err.contains(told), "{}", ran.err);
}

/// The value of the metric that says whether a cluster has answered.
fn up(metrics: &Path, cluster: &str) -> Option<String> {
    let text = fs::read_to_string(metrics).expect("metrics were written");
    let series = format!("rulebox_cluster_up{{cluster=\"{cluster}\"}} ");
    text.lines().find_map(|it| it.strip_prefix(&series)).map(str::to_owned)
}

#[test]
fn metrics_say_whether_a_cluster_is_up_even_where_it_is_down() {
    let folder = folder();
    let metrics = folder.path().join("rulebox.prom");
    let output = format!("prometheus={}", metrics.display());
    let servers =
        [("up", cluster().address().to_string()), ("down", "http://127.0.0.1:9".to_owned())];
    let file = kubeconfig(folder.path(), &json!({}), &servers);
    let run = |arguments: &[&str]| check(&file, &[&["-o", &output], arguments].concat());

    assert_eq!(run(&[]).code, 1);
    assert_eq!(up(&metrics, "up").as_deref(), Some("1"));
    let ran = run(&["--context", "down"]);
    assert_eq!(ran.code, 5);
    assert!(ran.err.contains("cannot reach context down"), "{}", ran.err);
    assert_eq!(up(&metrics, "down").as_deref(), Some("0"));
    assert_eq!(up(&metrics, "up"), None);
    run(&["--context", "down", "--cluster", "prod"]);
    assert_eq!(up(&metrics, "prod").as_deref(), Some("0"));
    run(&["--all-contexts"]);
    assert_eq!(up(&metrics, "up").as_deref(), Some("1"));
    assert_eq!(up(&metrics, "down").as_deref(), Some("0"));
}

#[test]
fn of_a_cluster_that_is_down_a_person_has_the_error_alone() {
    let folder = folder();
    let servers = [("down", "http://127.0.0.1:9".to_owned())];
    let file = kubeconfig(folder.path(), &json!({}), &servers);
    let ran = check(&file, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""));
}

#[test]
fn contexts_do_not_wait_for_each_other() {
    let meeting = Arc::new(Barrier::new(3));
    let address = |_| cluster().meets(&meeting).address();
    let [a, b, c]: [SocketAddr; 3] = [0, 1, 2].map(address);
    let servers = [("a", a), ("b", b), ("c", c)].map(|it| (it.0, it.1.to_string()));
    let folder = folder();
    let file = kubeconfig(folder.path(), &json!({}), &servers);
    let ran = check(&file, &["--all-contexts", "--cluster-deadline", "30", "-o", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let clusters = report["clusters"].as_array().expect("a list").iter();
    let clusters: Vec<_> = clusters.map(|it| it["cluster"].as_str().expect("a name")).collect();
    assert_eq!(clusters, ["a", "b", "c"]);
}

/// The commands of the findings.
fn commands(ran: &Ran) -> Vec<String> {
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    let findings = report["findings"].as_array().expect("a list");
    let steps = findings.iter().flat_map(|it| it["steps"].as_array().expect("steps"));
    let is_command = |it: &&Value| it["kind"] != "say";
    steps.filter(is_command).map(|it| it["text"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn commands_reach_the_cluster_that_was_read() {
    let folder = folder();
    let server = Cluster::of_dump(&program::root().join("fixtures/clusters/vault-denied.yaml"));
    let servers = [("a b", server.address().to_string())];
    let file = kubeconfig(folder.path(), &json!({}), &servers);
    let ran = check(&file, &["-o", "json", "--context", "a b"]);
    let all = commands(&ran);
    let kubectl: Vec<_> = all.iter().filter(|it| it.starts_with("kubectl")).collect();
    assert!(!kubectl.is_empty(), "{all:?}");
    let aimed = format!("kubectl --kubeconfig {file} --context 'a b' ");
    assert!(kubectl.iter().all(|it| it.starts_with(&aimed)), "{kubectl:?}");
}
