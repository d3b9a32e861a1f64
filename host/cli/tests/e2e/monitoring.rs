//! A real Prometheus scrapes, every panel of the boards has data, alerts fire, reach a real
//! Alertmanager, and resolve.

use std::{
    env, fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    http,
    parity::load,
    serving::Serving,
    world::{ADMIN, wait_for, world},
};

/// Prometheus and Alertmanager, which is told by it.
struct Monitoring {
    _folder: TempDir,
    prometheus: Child,
    alertmanager: Child,
    /// Where Prometheus answers.
    address: String,
    /// Where Alertmanager answers.
    alerts: String,
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        for child in [&mut self.prometheus, &mut self.alertmanager] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("an address").to_string()
}

/// What the program prints.
fn printed(arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_rulebox")).args(arguments).output();
    let run = run.expect("it runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("text")
}

impl Monitoring {
    /// Scrapes a process that serves, every second. Alerts fire at once.
    fn start(target: &str) -> Option<Self> {
        let program = |name: &str| env::var_os(name);
        let prometheus = program("RULEBOX_E2E_PROMETHEUS")?;
        let alertmanager = program("RULEBOX_E2E_ALERTMANAGER")?;
        let folder = tempfile::tempdir().expect("a folder");
        let (address, alerts) = (free(), free());
        let write = |name: &str, text: String| {
            fs::write(folder.path().join(name), text).expect("a file");
        };
        let rules = printed(&["alerts"]);
        let rules: Vec<_> = rules
            .lines()
            .map(|it| match it.split_once("for: ") {
                Some((indent, _)) => format!("{indent}for: 0s"),
                None => it.to_owned(),
            })
            .collect();
        write("rules.yaml", rules.join("\n"));
        write(
            "prometheus.yaml",
            format!(
                "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
                 rule_files: [rules.yaml]\n\
                 alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alerts}']}}]}}]}}\n\
                 scrape_configs: [{{job_name: rulebox, static_configs: [{{targets: \
                 ['{target}']}}]}}]\n"
            ),
        );
        write(
            "alertmanager.yaml",
            "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n".to_owned(),
        );
        let of_alertmanager =
            |option: &str, name: &str| format!("--{option}={}", folder.path().join(name).display());
        // One that is unpacked, and not installed, finds its own files from the folder that it was
        // unpacked in.
        let unpacked = Path::new(&alertmanager).ancestors().nth(3).expect("it lies in usr/bin");
        let alertmanager = Command::new(&alertmanager)
            .arg(of_alertmanager("config.file", "alertmanager.yaml"))
            .arg(of_alertmanager("storage.path", "alerts"))
            .args(["--cluster.listen-address=", &format!("--web.listen-address={alerts}")])
            .current_dir(unpacked)
            .stderr(Stdio::null())
            .spawn()
            .expect("alertmanager starts");
        let prometheus = Command::new(prometheus)
            .args(["--config.file=prometheus.yaml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus starts");
        let ready = |address: &str| http::get(address, "/-/ready").is_ok_and(|it| it.status == 200);
        wait_for("Prometheus is ready", || ready(&address));
        wait_for("Alertmanager is ready", || ready(&alerts));
        Some(Self { _folder: folder, prometheus, alertmanager, address, alerts })
    }

    /// The series that a query gives.
    fn query(&self, expression: &str) -> Vec<Value> {
        let query: String = expression
            .bytes()
            .map(|it| match it {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(it).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect();
        let answer = http::get(&self.address, &format!("/api/v1/query?query={query}"));
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{expression}: {}", answer.body);
        let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// The names of the alerts that Alertmanager has.
    fn alerts(&self) -> Vec<String> {
        let answer = http::get(&self.alerts, "/api/v2/alerts").expect("an answer");
        let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
        let alerts = answer.as_array().expect("alerts").iter();
        let name = |it: &Value| it["labels"]["alertname"].as_str().unwrap_or_default().to_owned();
        let mut names: Vec<_> = alerts.map(name).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The queries of a board: the title of the panel, and what it asks.
fn queries(board: &str) -> Vec<(String, String)> {
    let board: Value =
        serde_json::from_str(&printed(&["dashboard", "--for", board])).expect("JSON");
    let mut queries = Vec::new();
    let mut panels = vec![&board["panels"]];
    while let Some(list) = panels.pop() {
        for panel in list.as_array().into_iter().flatten() {
            panels.push(&panel["panels"]);
            for target in panel["targets"].as_array().into_iter().flatten() {
                let title = panel["title"].as_str().unwrap_or_default().to_owned();
                let expression = target["expr"].as_str().expect("a query");
                let expression = expression.replace("$cluster", ".*");
                queries.push((title, expression.replace("$__rate_interval", "1m")));
            }
        }
    }
    queries
}

fn vault() -> Value {
    json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "BackupLocation",
        "metadata": {"name": "vault-e2e", "namespace": "csdr"},
        "spec": {
            "config": {"network": "internal", "region": "cn-hangzhou"},
            "objectStorage": {"bucket": "cnfs-oss-e2e", "prefix": "p"},
        },
        "status": {"phase": "Unavailable", "message": "AccessDenied: 403"},
    })
}

#[test]
fn every_panel_has_data_and_alerts_fire_and_resolve() {
    let Some(world) = world() else { return };
    let dumps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clusters");
    load(&world, &dumps.join("several-faults.yaml"));
    let vault = world.create(&vault());
    // One rule cannot judge, since a panel lists those: the Velero Restore is not there.
    world.create(&json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "ApplicationRestore",
        "metadata": {"name": "e2e-drill", "namespace": "csdr"},
        "status": {"phase": "Completed"},
    }));
    // One is suppressed, since a panel counts those.
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("rulebox.yaml");
    fs::write(&config, "suppressions: [{rule: backup-failed, reason: known}]").expect("a file");
    let config = config.to_str().expect("a path");
    let serving = Serving::start(&world.kubeconfig(ADMIN), &["--config", config]);
    let Some(monitoring) = Monitoring::start(&serving.address) else { return };
    wait_for("the process is scraped", || {
        let up = monitoring.query("up{job=\"rulebox\"}");
        up.first().is_some_and(|it| it["value"][1] == "1")
    });
    for board in ["backup-center", "rulebox"] {
        for (title, query) in queries(board) {
            wait_for(&format!("panel `{title}` of {board} has data: {query}"), || {
                !monitoring.query(&query).is_empty()
            });
        }
    }
    let buckets =
        monitoring.query("backup_center_backup_location_info{backup_location=\"vault-e2e\"}");
    assert_eq!(buckets.len(), 1);
    assert_eq!(buckets[0]["metric"]["bucket"], "cnfs-oss-e2e");
    assert_eq!(buckets[0]["metric"]["phase"], "Unavailable");

    let firing = |name: &str| {
        let query =
            format!("ALERTS{{alertname=\"{name}\",name=\"vault-e2e\",alertstate=\"firing\"}}");
        !monitoring.query(&query).is_empty()
    };
    wait_for("the alert fires", || firing("BackupCenterVaultUnavailable"));
    wait_for("Alertmanager knows of it", || {
        monitoring.alerts().iter().any(|it| it == "BackupCenterVaultUnavailable")
    });
    world.change(&vault, |it| it["status"] = json!({"phase": "Available"}));
    wait_for("the alert resolves", || !firing("BackupCenterVaultUnavailable"));

    drop(serving);
    wait_for("a process that is gone is an alert", || {
        monitoring.alerts().iter().any(|it| it.starts_with("Rulebox"))
    });
}

#[test]
fn findings_reach_alertmanager_without_prometheus_and_resolve() {
    let Some(world) = world() else { return };
    let Some(monitoring) = Monitoring::start("127.0.0.1:9") else { return };
    let vault = world.create(&vault());
    let url = format!("http://{}", monitoring.alerts);
    let serving = Serving::start(&world.kubeconfig(ADMIN), &["--alertmanager", &url]);
    serving.wait_for_finding("vault-unavailable", "vault-e2e", true);
    let alert = || {
        let answer =
            http::get(&monitoring.alerts, "/api/v2/alerts?active=true").expect("an answer");
        let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
        let alerts = answer.as_array().cloned().unwrap_or_default().into_iter();
        { alerts }.find(|it| {
            it["labels"]["name"] == "vault-e2e" && it["labels"]["rule"] == "vault-unavailable"
        })
    };
    wait_for("Alertmanager knows of the finding", || alert().is_some());
    world.change(&vault, |it| it["status"] = json!({"phase": "Available"}));
    wait_for("it resolves", || alert().is_none());
}
