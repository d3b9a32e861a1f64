//! `rulebox manifests`, `rulebox dashboard` and `rulebox alerts` as a user runs them.

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;
mod program;

use std::{fs, path::Path};

use program::Ran;
use rulebox_reader::yaml;
use serde_json::{Value, json};

const IMAGE: [&str; 3] = ["manifests", "--image", "registry.example.com/rulebox:1"];

fn rulebox(arguments: &[&str]) -> Ran {
    program::run(&mut program::command(arguments), "")
}

fn manifests(arguments: &[&str]) -> Ran {
    rulebox(&[&IMAGE[..], arguments].concat())
}

/// What is printed is refused: exit code 2, and what is said of it.
#[track_caller]
fn check_refused(arguments: &[&str], words: &[&str]) {
    let Ran { code, out, err } = rulebox(arguments);
    assert_eq!((code, &*out), (2, ""), "{arguments:?}: {err}");
    for word in words {
        assert!(err.contains(word), "{arguments:?}: {word}: {err}");
    }
}

/// The objects of a text, and their kinds in order.
#[track_caller]
fn objects(text: &str) -> Vec<Value> {
    let documents = text.split("\n---\n");
    documents
        .map(|it| yaml::to_json_value(it).unwrap_or_else(|why| panic!("{why}: {it}")))
        .collect()
}

#[track_caller]
fn kinds(arguments: &[&str]) -> String {
    let Ran { code, out, err } = manifests(arguments);
    assert_eq!((code, &*err), (0, ""), "{arguments:?}");
    let objects = objects(&out);
    let kinds = objects.iter().map(|it| it["kind"].as_str().expect("a kind"));
    kinds.collect::<Vec<_>>().join(" ")
}

/// A pack whose rules read this kind.
fn pack_of(folder: &Path, kind: &str) -> String {
    let guest = guests::with_parts("honest.wat");
    let guest = guest.replace("\"Pod\\00\"", &format!("\"{kind}\\00\""));
    let file = folder.join("guest.wasm");
    fs::write(&file, wat::parse_str(guest).expect("component text")).expect("written");
    file.display().to_string()
}

#[test]
fn manifests_can_be_applied_in_their_order() {
    assert_eq!(
        kinds(&["--rule", "vault-unavailable"]),
        "ServiceAccount Role RoleBinding NetworkPolicy Service Deployment"
    );
    assert_eq!(
        kinds(&["--rule", "vault-unavailable", "--create-namespace", "--replicas", "2"]),
        "Namespace ServiceAccount Role RoleBinding Role RoleBinding NetworkPolicy Service \
         Deployment PodDisruptionBudget"
    );
    let all = ["--rule", "vault-unavailable", "--service-monitor", "--prometheus-rule"];
    assert!(
        kinds(&[&all[..], &["--dashboards"]].concat())
            .ends_with("Deployment ServiceMonitor PrometheusRule ConfigMap")
    );
    assert_eq!(
        kinds(&["--rule", "vault-unavailable", "--form", "cronjob"]),
        "ServiceAccount Role RoleBinding NetworkPolicy CronJob"
    );
}

#[test]
fn roles_are_those_of_the_chosen_rules() {
    let Ran { code, out, err } =
        rulebox(&["manifests", "--role-only", "--rule", "vault-twin-drift"]);
    assert_eq!((code, &*err), (0, ""));
    let objects = objects(&out);
    let kinds: Vec<_> = objects.iter().map(|it| it["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["ServiceAccount", "Role", "RoleBinding"], "{out}");
    let rules = objects[1]["rules"].as_array().expect("rules");
    let rule = |it: &Value| format!("{} {} {}", it["apiGroups"], it["resources"], it["verbs"]);
    assert_eq!(
        rules.iter().map(rule).collect::<Vec<_>>(),
        [
            r#"["csdr.alibabacloud.com"] ["backuplocations"] ["list"]"#,
            r#"["velero.io"] ["backupstoragelocations"] ["list"]"#,
        ]
    );
    let serve = ["manifests", "--role-only", "--form", "deployment", "--rule", "vault-twin-drift"];
    let of_serve = rulebox(&serve).out.replace("\"list\", \"watch\"", "\"list\"");
    assert_ne!(of_serve, rulebox(&serve).out);
    assert_eq!(of_serve, out, "the same roles, with the verb that serve needs");
    assert_eq!(objects[1]["metadata"]["namespace"], "csdr");
}

/// The first line says which namespaces must be there.
#[track_caller]
fn check_namespaces(arguments: &[&str], want: Option<&str>) {
    let Ran { code, out, err } = rulebox(arguments);
    assert_eq!((code, &*err), (0, ""), "{arguments:?}");
    let told = out.lines().find_map(|it| it.strip_prefix("# these namespaces must exist"));
    assert_eq!(told.and_then(|it| it.strip_prefix(" before this is applied: ")), want, "{out}");
}

#[test]
fn namespaces_that_must_be_there_are_told() {
    let role = ["manifests", "--role-only", "--rule", "vault-unavailable"];
    let with = |more: &[&'static str]| [&role[..], more].concat();
    check_namespaces(&role, Some("csdr, rulebox; --create-namespace makes rulebox"));
    check_namespaces(&with(&["--namespace", "csdr"]), Some("csdr; --create-namespace makes csdr"));
    check_namespaces(&with(&["--create-namespace"]), Some("csdr"));
    check_namespaces(&with(&["--create-namespace", "--namespace", "csdr"]), None);
    let all = [&IMAGE[..], &["--rule", "vault-unavailable"]].concat();
    check_namespaces(&all, Some("csdr, rulebox; --create-namespace makes rulebox"));
    check_namespaces(&[&all[..], &["--helm-values"]].concat(), None);
}

#[test]
fn what_is_typed_becomes_arguments_of_the_pod() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("rulebox.yaml");
    fs::write(&config, "failOn: high # a comment\n").expect("written");
    let config = config.display().to_string();
    let Ran { code, out, err } = manifests(&[
        "--rule",
        "vault-unavailable",
        "--config",
        &config,
        "--alertmanager",
        "http://alertmanager.monitoring:9093",
        "--write-events",
        "--write-reports",
        "openreports",
        "--replicas",
        "2",
        "--namespace",
        "ops",
        "--tls-secret",
        "tls",
        "--reader",
        "monitoring/prometheus-k8s",
    ]);
    assert_eq!((code, &*err), (0, ""));
    let objects = objects(&out);
    let deployment = objects.iter().find(|it| it["kind"] == "Deployment").expect("a Deployment");
    let arguments = &deployment["spec"]["template"]["spec"]["containers"][0]["args"];
    let arguments: Vec<_> = arguments.as_array().expect("args").iter().collect();
    for argument in [
        "serve",
        "--tls-cert=/etc/rulebox/tls/tls.crt",
        "--rule=vault-unavailable",
        "--config=/etc/rulebox/config/rulebox.yaml",
        "--alertmanager=http://alertmanager.monitoring:9093",
        "--write-events",
        "--write-reports=openreports",
        "--lease=ops/rulebox",
    ] {
        assert!(arguments.iter().any(|it| **it == argument), "{argument}: {arguments:?}");
    }
    assert!(!arguments.iter().any(|it| **it == "--insecure"));
    let map = objects.iter().find(|it| it["kind"] == "ConfigMap").expect("a ConfigMap");
    assert_eq!(map["data"]["rulebox.yaml"], "failOn: high # a comment\n");
    let binding = objects.iter().find(|it| it["kind"] == "ClusterRoleBinding").expect("readers");
    let readers = objects.iter().filter(|it| it["metadata"]["name"] == "rulebox-metrics");
    assert_eq!(readers.count(), 2, "{binding}");
    let account = json!({
        "kind": "ServiceAccount",
        "name": "prometheus-k8s",
        "namespace": "monitoring",
    });
    assert!(objects.iter().any(|it| it["subjects"][0] == account), "{binding}");
    // What it sends to is let through.
    let policy = objects.iter().find(|it| it["kind"] == "NetworkPolicy").expect("a policy");
    assert!(policy["spec"]["egress"].to_string().contains("9093"), "{policy}");
}

#[test]
fn a_certificate_without_a_reader_is_told() {
    let Ran { code, err, .. } = manifests(&["--tls-secret", "tls"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("--reader monitoring/prometheus-k8s"), "{err}");
}

#[test]
fn a_pack_of_ones_own_is_read_from_a_volume() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = pack_of(folder.path(), "Mouse");
    let Ran { code, out, err } = manifests(&["--pack", &pack]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("# the packs are read from the ConfigMap rulebox-packs"), "{out}");
    let first = out.lines().next().expect("a line");
    assert!(first.contains("rulebox-packs --from-file="), "as kubectl takes it: {first}");
    assert!(out.contains("- \"--pack=/etc/rulebox/packs/guest.wasm\"\n"), "{out}");
    assert!(!out.contains("--pack=standard"), "{out}");
    assert!(out.contains("- mouses\n"), "{out}");
    assert!(!out.contains("items:") && out.contains(" memory: 512Mi\n"), "{out}");
    // A section that says nothing makes it larger than a ConfigMap.
    let large = folder.path().join("large.wasm");
    let mut bytes = fs::read(&pack).expect("a pack");
    bytes.extend([0, 0x83, 0x80, 0xc0, 0x02, 1, b'x']);
    bytes.resize(bytes.len() + (5 << 20) + 1, 0);
    fs::write(&large, bytes).expect("written");
    let Ran { out, .. } = manifests(&["--pack", &large.display().to_string()]);
    let push = format!("rulebox rules push {} oci://registry.example/", large.display());
    assert!(out.contains("and a ConfigMap holds 1048576: push them to a registry"), "{out}");
    assert!(out.contains(&push), "{out}");
    assert!(out.contains(" memory: 1536Mi\n"), "it holds an engine, which is compiled: {out}");
    let Ran { out, .. } = manifests(&["--pack", &pack, "--plural", "Mouse=mice"]);
    assert!(out.contains("- mice\n"), "{out}");
}

#[test]
fn packs_that_no_config_map_holds_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let example = program::root().join("rules-wasm/examples/rego");
    for name in ["pack.yaml", "images.rego"] {
        fs::copy(example.join(name), folder.path().join(name)).expect("copied");
    }
    let comments = format!("# {}\n", "more ".repeat(100)).repeat(1000);
    for name in ["a", "b", "c"] {
        let policy = format!("package {name}\n\n{comments}");
        fs::write(folder.path().join(format!("{name}.rego")), policy).expect("written");
    }
    let large = folder.path().display().to_string();
    let Ran { code, err, .. } = manifests(&["--pack", &large]);
    assert_eq!(code, 0, "{err}");
    let push = format!("(rulebox rules push {large} oci://registry.example/acme/rules:1.0)");
    assert!(err.contains("a ConfigMap holds 1048576: push ") && err.contains(&push), "{err}");
    let Ran { code, err, .. } = rulebox(&["manifests", "--role-only", "--pack", &large]);
    assert_eq!((code, &*err), (0, ""), "roles need no volume");
}

#[test]
fn who_reads_secrets_is_told_and_written_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = pack_of(folder.path(), "Secret");
    let Ran { code, out, err } = rulebox(&["manifests", "--role-only", "--pack", &pack]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("reads Secrets") && out.starts_with("# "), "{out}");
    assert!(out.contains("- secrets\n"), "{out}");
    assert!(err.contains("reads Secrets"), "{err}");
}

#[test]
fn values_for_helm_are_those_of_the_choice() {
    let Ran { code, out, err } =
        rulebox(&["manifests", "--helm-values", "--rule", "vault-unavailable"]);
    assert_eq!((code, &*err), (0, ""));
    let values = yaml::to_json_value(&out).expect("YAML");
    assert_eq!(values["rules"][0], "vault-unavailable");
    assert_eq!(values["rbac"]["namespaces"][0]["namespace"], "csdr", "{out}");
    assert!(values.get("image").is_none(), "{out}");
}

#[test]
fn what_has_no_effect_is_refused() {
    let image = |more: &[&'static str]| [&IMAGE[..], more].concat();
    check_refused(&["manifests"], &["--image"]);
    check_refused(&image(&["--pushgateway", "http://a:1"]), &["--form cronjob"]);
    check_refused(&image(&["--schedule", "0 * * * *"]), &["--form cronjob"]);
    for flag in [
        &["--replicas", "2"][..],
        &["--write-events"],
        &["--alertmanager", "http://a:1"],
        &["--tls-secret", "a"],
        &["--reader", "a/b"],
        &["--service-monitor"],
        &["--scrape-annotations"],
    ] {
        let all = [&["--form", "cronjob"][..], flag].concat();
        check_refused(&image(&all), &[flag[0], "--form deployment"]);
    }
    check_refused(&image(&["--role-only"]), &["--role-only"]);
    check_refused(&image(&["--reader", "a/b"]), &["--reader", "--tls-secret"]);
    check_refused(&image(&["--pull-secret", "a"]), &["--pull-secret", "--pack oci://"]);
    check_refused(
        &image(&["--service-monitor", "--scrape-annotations"]),
        &["--scrape-annotations"],
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let image = |more: &[&'static str]| [&IMAGE[..], more].concat();
    check_refused(&["manifests", "--image", "a b"], &["is not the name of an image"]);
    check_refused(&["manifests", "--image", "a\n- x"], &["is not the name of an image"]);
    check_refused(&image(&["--name", "A_b"]), &["small letters"]);
    check_refused(&image(&["--namespace", "a b"]), &["small letters"]);
    check_refused(&image(&["--replicas", "0"]), &["--replicas"]);
    check_refused(&image(&["--tls-secret", "a: b"]), &["small letters"]);
    check_refused(&image(&["--pull-secret", "a: b"]), &["small letters"]);
    for reader in ["prometheus", "a/", "/b", "a b/c", "a/b: c"] {
        let tls = image(&["--tls-secret", "a", "--reader", reader]);
        check_refused(&tls, &["monitoring/prometheus-k8s"]);
    }
    check_refused(&image(&["--alertmanager", "alertmanager:9093"]), &["is not a URL"]);
    check_refused(&image(&["--form", "cronjob", "--schedule", "often"]), &["five fields of cron"]);
    check_refused(&image(&["--form", "daemonset"]), &["cronjob"]);
    check_refused(&image(&["--write-reports", "reports"]), &["policyreports"]);
    check_refused(&image(&["--config", "/nonexistent"]), &["cannot use the configuration"]);
    check_refused(&image(&["--rule", "vault-unavailabel"]), &["vault-unavailable"]);
    check_refused(&image(&["--plural", "mice"]), &["Mouse.example.org=mice"]);
    check_refused(&image(&["--plural", "Mouse.own.org=mice"]), &["no chosen rule reads that kind"]);
    check_refused(&["dashboard", "--for", "velero"], &["backup-center"]);
    check_refused(&["alerts", "-o", "json"], &["prometheusrule"]);
    check_refused(&["alerts", "--runbook-url", "git.example.org"], &["not a URL"]);
}

#[test]
fn boards_are_json_and_differ() {
    let uid = |arguments: &[&str]| {
        let Ran { code, out, err } = rulebox(arguments);
        assert_eq!((code, &*err), (0, ""), "{arguments:?}");
        let board: Value = serde_json::from_str(&out).expect("JSON");
        board["uid"].as_str().expect("a uid").to_owned()
    };
    assert_eq!(uid(&["dashboard"]), "rulebox-backup-center");
    assert_eq!(uid(&["dashboard", "--for", "rulebox"]), "rulebox");
}

#[test]
fn alerts_are_rules_or_an_object() {
    let rules = rulebox(&["alerts"]).out;
    let object = rulebox(&["alerts", "-o", "prometheusrule"]).out;
    let rules = yaml::to_json_value(&rules).expect("YAML");
    let object = yaml::to_json_value(&object).expect("YAML");
    assert_eq!(object["kind"], "PrometheusRule");
    assert_eq!(object["spec"], rules);
    let own = rulebox(&["alerts", "--runbook-url", "https://git.example.org/rulebox/main/"]).out;
    let own = yaml::to_json_value(&own).expect("YAML");
    assert_eq!(
        own["groups"][0]["rules"][0]["annotations"]["runbook_url"],
        "https://git.example.org/rulebox/main/rules/standard/RULES.md#vault-unavailable"
    );
}

/// What a run prints has the metrics and labels that boards and alerts are held to.
#[test]
fn metrics_of_a_run_are_those_that_are_listed() {
    let dump = "fixtures/clusters/vault-denied.yaml";
    let out = rulebox(&["check", dump, "-o", "prometheus", "--cluster", "prod"]).out;
    let mut seen = 0;
    for line in out.lines().filter(|it| it.starts_with("rulebox_")) {
        let (name, rest) = line.split_at(line.find(['{', ' ']).expect("a value"));
        let metric = rulebox_deploy::HOST_METRICS.iter().find(|it| it.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not listed"));
        assert!(!metric.of_server, "{name}");
        let labels =
            rest.trim_start_matches('{').split("\",").filter_map(|it| it.split_once("=\""));
        for (label, _) in labels {
            let label = label.trim_start_matches(',');
            let is_listed = metric.labels.contains(&label) || label == "cluster" || metric.open;
            assert!(is_listed, "{name}: {label}");
        }
        let help = format!("# HELP {name} {}\n", metric.help);
        assert!(out.contains(&help), "no {help}");
        seen += 1;
    }
    assert!(seen > 20, "{out}");
}
