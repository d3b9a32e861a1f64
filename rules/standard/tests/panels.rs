//! The three dashboards of the backup center, drawn from metrics alone.
//!
//! The panels and columns are those of [Monitor the backup
//! center](https://www.alibabacloud.com/help/doc-detail/2833564.html). Rows are built from samples
//! and the time, as a dashboard does it, and from nothing else of the pack.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use jiff::Timestamp;
use rulebox_rules_standard::packs::backup_center;
use rulebox_sdk::testing;

/// The value of each series of a metric, by the labels that a panel asks for.
struct Series(Vec<(String, BTreeMap<String, String>, f64)>);

impl Series {
    /// Every sample of every rule of the pack.
    fn of(yaml: &str) -> Self {
        let pack = backup_center::pack();
        let info = pack.describe();
        let samples =
            info.rules.iter().flat_map(|it| testing::evaluate(&pack, &it.id, yaml).samples);
        let series = samples.map(|it| {
            let metric = info.metrics.iter().find(|metric| metric.name == it.metric);
            let labels = metric.expect("a declared metric").labels.iter().cloned();
            (it.metric, labels.zip(it.label_values).collect(), it.value)
        });
        Self(series.collect())
    }

    /// `metric{labels…}`, summed up; none if there is no such series.
    fn value(&self, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let is_asked = |has: &BTreeMap<String, String>| {
            labels.iter().all(|(name, value)| has.get(*name).is_some_and(|it| it == value))
        };
        let values: Vec<_> = self
            .0
            .iter()
            .filter(|(name, has, _)| name == metric && is_asked(has))
            .map(|(_, _, value)| *value)
            .collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    /// The different values of labels of a metric, sorted.
    fn rows(&self, metric: &str, labels: &[&str]) -> Vec<Vec<String>> {
        let of_metric = self.0.iter().filter(|(name, ..)| name == metric);
        let mut rows: Vec<Vec<_>> = of_metric
            .map(|(_, has, _)| labels.iter().map(|it| has[*it].clone()).collect())
            .collect();
        assert!(!rows.is_empty(), "no series of {metric}");
        rows.sort();
        rows.dedup();
        rows
    }
}

fn table(title: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut text =
        format!("## {title}\n\n| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

fn backup_locations(series: &Series) -> String {
    let labels = ["backup_location", "bucket", "region", "network", "phase"];
    let rows = series.rows("backup_center_backup_location", &labels);
    let columns = ["Name", "OSS Bucket", "Region", "NetworkPolicy", "Phase"];
    table("Backup Locations", &columns, &rows)
}

fn backup_operations(series: &Series) -> String {
    let vaults = series.rows("backup_center_backups", &["backup_location"]);
    let count = |vault: &str, phase| {
        let labels = [("backup_location", vault), ("phase", phase)];
        series.value("backup_center_backups", &labels).unwrap_or_default().to_string()
    };
    let counts: Vec<_> = vaults
        .into_iter()
        .map(|it| vec![it[0].clone(), count(&it[0], "Failed"), count(&it[0], "Completed")])
        .collect();
    let columns = ["Backuplocation", "Backup(Failed)", "Backup(Completed)"];
    let counts = table("Backup Operation Status: Backups", &columns, &counts);
    let labels = ["backup", "backup_location", "backup_type", "data_type", "schedule"];
    let failed = series.rows("backup_center_failed_backup", &labels);
    let columns = ["Backup", "Backuplocation", "BackupType", "DataType", "FromSchedule"];
    format!("{counts}\n{}", table("Backup Operation Status: Failed Backup", &columns, &failed))
}

fn addons(series: &Series, now: Timestamp) -> String {
    let metric = |name: &str| format!("backup_center_component_{name}");
    let mut rows = Vec::new();
    for component in series.rows(&metric("healthy"), &["component"]) {
        let of_component = [("component", component[0].as_str())];
        let healthy = series.value(&metric("healthy"), &of_component) == Some(1.0);
        let pods = series.rows(&metric("restarts"), &["component", "pod"]);
        let mut pods: Vec<_> =
            pods.iter().filter(|it| it[0] == component[0]).map(|it| it[1].as_str()).collect();
        if pods.is_empty() {
            pods.push("-");
        }
        for pod in pods {
            let labels = [of_component[0], ("pod", pod)];
            let value = |name: &str| series.value(&metric(name), &labels);
            let age = value("start_time_seconds").map(|it| now.as_second() as f64 - it);
            let mi = |name| value(name).map(|it| format!("{}Mi", it / 1024.0 / 1024.0));
            let number = |name| value(name).map(|it| it.to_string());
            let cells = [
                Some(component[0].clone()),
                age.map(|it| format!("{}d", (it / 86400.0).floor())),
                Some(if healthy { "Health" } else { "UnHealth" }.to_owned()),
                Some(pod.to_owned()),
                number("restarts"),
                mi("memory_request_bytes"),
                mi("memory_limit_bytes"),
                number("cpu_request_cores"),
                number("cpu_limit_cores"),
            ];
            rows.push(cells.map(|it| it.unwrap_or_else(|| "-".to_owned())).to_vec());
        }
    }
    let columns = [
        "Addon",
        "Age",
        "Status",
        "Pods",
        "Restarts",
        "Mem(Request)",
        "Mem(Limit)",
        "CPU(Request)",
        "CPU(Limit)",
    ];
    table("Addon Status", &columns, &rows)
}

#[test]
fn the_dashboards_can_be_drawn_from_metrics_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/panels");
    let read = |name| fs::read_to_string(folder.join(name)).expect("a file of this test");
    let series = Series::of(&read("dump.yaml"));
    let now = "2026-09-15T02:30:00Z".parse().expect("a time");
    let drawn =
        [backup_locations(&series), backup_operations(&series), addons(&series, now)].join("\n");
    assert_eq!(drawn, read("panels.md"));
}
