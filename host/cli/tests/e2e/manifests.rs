//! What the chart and `rulebox manifests` give is what an API server takes: each object is applied
//! in a dry run, and a field that its kind does not have is an error.

use std::{fs, path::Path};

use rulebox_cluster::Send;
use rulebox_deploy::{Chart, VALUES};
use rulebox_reader::yaml;
use serde_json::Value;

use crate::{
    roles::manifests,
    world::{World, path_of, wait_for, world},
};

/// The definitions of the kinds that are not Kubernetes' own.
const DEFINED: [&str; 2] =
    ["monitoring.coreos.com_prometheusrules", "monitoring.coreos.com_servicemonitors"];

/// What the server has against an object.
fn refused(world: &World, object: &Value) -> Option<String> {
    let path = format!("{}?dryRun=All&fieldValidation=Strict", path_of(object, true));
    let mut refused = None;
    // A kind that was defined a moment ago is not served at once.
    wait_for("the kind is served", || {
        let applied = world.send(Send::Apply, &path, object);
        refused = (!applied.is_success()).then(|| format!("{path}: {}", applied.message()));
        applied.status != 404
    });
    refused
}

#[track_caller]
pub(crate) fn check(name: &str, objects: &[Value], kinds: &[&str]) {
    let Some(world) = world() else { return };
    if !DEFINED.iter().all(|it| world.install_defined(it)) {
        return;
    }
    let refused: Vec<_> = objects.iter().filter_map(|it| refused(&world, it)).collect();
    assert!(refused.is_empty(), "{name}: {refused:#?}");
    for kind in kinds {
        assert!(objects.iter().any(|it| it["kind"] == *kind), "{name} has no {kind}");
    }
}

/// What the chart gives for each file of values that its tests have.
#[test]
fn the_server_takes_what_the_chart_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/tests/values");
    let chart = Chart::new(yaml::to_json_value(VALUES).expect("YAML")).expect("a chart");
    for file in fs::read_dir(folder).expect("a folder") {
        let file = file.expect("a file").path();
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let values = fs::read_to_string(&file).expect("text");
        let values = yaml::to_json_value(&values).expect("YAML");
        let rendered = chart.render(&name, "monitoring", &values).expect("manifests");
        let texts = rendered.iter().flat_map(|it| it.1.split("\n---\n"));
        let objects = texts.map(|it| yaml::to_json_value(it).expect("YAML"));
        let objects: Vec<_> = objects.filter(Value::is_object).collect();
        check(&name, &objects, &[]);
    }
}

#[test]
fn the_server_takes_what_is_printed() {
    const IMAGE: [&str; 2] = ["--image", "registry.example.com/rulebox:1"];
    let printed = |arguments: &[&str]| manifests(&[&IMAGE, arguments].concat());
    check("plain", &printed(&[]), &["Deployment", "NetworkPolicy", "Role"]);
    let all = [
        "--create-namespace",
        "--replicas=2",
        "--tls-secret=rulebox-tls",
        "--write-events",
        "--write-reports=openreports",
        "--alertmanager=http://alertmanager.monitoring:9093",
        "--service-monitor",
        "--prometheus-rule",
        "--dashboards",
    ];
    let kinds = ["Namespace", "PodDisruptionBudget", "ServiceMonitor", "PrometheusRule"];
    check("all", &printed(&all), &kinds);
    check("annotations", &printed(&["--scrape-annotations"]), &[]);
    let cronjob = [
        "--form=cronjob",
        "--pushgateway=http://pushgateway.monitoring:9091",
        "--write-reports=policyreports",
        "--schedule=0 * * * *",
    ];
    check("cronjob", &printed(&cronjob), &["CronJob"]);
    check("roles", &manifests(&["--role-only"]), &["Role", "ClusterRole"]);
}
