//! The vaults, backups and components of the backup center, as the metrics of its pack tell them:
//! what the product shows on its boards. Without these metrics there are no panels.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    shown::one_line,
    view::{MetricView, ReportView, ValueView},
};

/// One value of a metric, and its labels.
struct Sample<'r> {
    cluster: &'r str,
    labels: &'r BTreeMap<String, String>,
    value: f64,
}

impl<'r> Sample<'r> {
    fn label(&self, name: &str) -> &'r str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

/// The values of metrics, by the names of these.
struct Samples<'r>(HashMap<&'r str, Vec<Sample<'r>>>);

impl<'r> Samples<'r> {
    fn of(report: &'r ReportView) -> Self {
        let mut samples = HashMap::<_, Vec<_>>::new();
        for MetricView { cluster, name, labels, value, .. } in &report.metrics {
            let value = match *value {
                #[expect(clippy::cast_precision_loss, reason = "written from a whole float")]
                ValueView::Whole(whole) => whole as f64,
                ValueView::Real(real) => real,
                ValueView::Other(_) => continue,
            };
            samples.entry(name.as_str()).or_default().push(Sample { cluster, labels, value });
        }
        Self(samples)
    }

    fn named(&self, name: &str) -> &[Sample<'r>] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// All panels that have something to show.
pub(super) fn panels(report: &ReportView) -> Markup {
    let samples = Samples::of(report);
    html! {
        (vaults(&samples))
        (backups(&samples))
        (failed(&samples))
        (components(&samples))
    }
}

/// A table under a heading; nothing without rows.
fn table(id: &str, title: &str, columns: &[&str], rows: Vec<Vec<Markup>>) -> Markup {
    html! {
        @if !rows.is_empty() {
            section.panel aria-labelledby=(id) {
                h2 id=(id) { (title) }
                // A table that is wider than a phone is scrolled, also by keyboard.
                div.wide tabindex="0" role="group" aria-labelledby=(id) {
                    table {
                        thead { tr { @for it in columns { th scope="col" { (it) } } } }
                        tbody { @for row in rows { tr { @for cell in row { (cell) } } } }
                    }
                }
            }
        }
    }
}

fn name(cluster: &str, name: &str) -> Markup {
    html! {
        th scope="row" {
            (one_line(name))
            @if !cluster.is_empty() { " in " (one_line(cluster)) }
        }
    }
}

fn cell(text: &str) -> Markup {
    html! { td { (one_line(text)) } }
}

/// A number, and the class that says what it means; empty for none.
fn number(value: f64, class: &str) -> Markup {
    html! { td class={ "number " (class) } { (value.to_string()) } }
}

fn vaults(samples: &Samples<'_>) -> Markup {
    let rows = samples.named("backup_center_backup_location").iter().map(|it| {
        let phase = it.label("phase");
        let class = match phase {
            "Available" => "good",
            "Unavailable" => "bad",
            _ => "unsure",
        };
        vec![
            name(it.cluster, it.label("backup_location")),
            html! { td { span.phase.(class) { (one_line(phase)) } } },
            cell(it.label("bucket")),
            cell(it.label("region")),
            cell(it.label("network")),
        ]
    });
    let columns = ["Vault", "Phase", "Bucket", "Region", "Network"];
    table("vaults", "Vaults", &columns, rows.collect())
}

/// The phases of backups that are drawn, each with its class, and in this order.
const PHASES: [(&str, &str); 4] = [
    ("Completed", "good"),
    ("InProgress", "unsure"),
    ("PartiallyFailed", "poor"),
    ("Failed", "bad"),
];

fn backups(samples: &Samples<'_>) -> Markup {
    let mut by_vault: BTreeMap<(&str, &str), BTreeMap<&str, f64>> = BTreeMap::new();
    for it in samples.named("backup_center_backups") {
        let phases = by_vault.entry((it.cluster, it.label("backup_location"))).or_default();
        *phases.entry(it.label("phase")).or_default() += it.value;
    }
    let mut last: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for it in samples.named("backup_center_last_successful_backup_timestamp_seconds") {
        let newest = last.entry((it.cluster, it.label("backup_location"))).or_insert(it.value);
        *newest = newest.max(it.value);
    }
    let most = by_vault.values().map(|it| it.values().sum::<f64>()).fold(1.0, f64::max);
    let rows = by_vault.iter().map(|((cluster, vault), phases)| {
        let count = |phase: &str| phases.get(phase).copied().unwrap_or_default();
        let others: f64 =
            phases.iter().filter(|it| PHASES.iter().all(|of| of.0 != *it.0)).map(|it| it.1).sum();
        let mut row = vec![name(cluster, vault)];
        row.extend(PHASES.map(|(phase, _)| number(count(phase), "")));
        row.push(number(others, ""));
        row.push(cell(&last.get(&(*cluster, *vault)).map(|it| time(*it)).unwrap_or_default()));
        row.push(html! { td.bars { (bars(&PHASES.map(|it| (count(it.0), it.1)), most)) } });
        row
    });
    let columns = [
        "Vault",
        "Completed",
        "In progress",
        "Partially failed",
        "Failed",
        "Other",
        "Last completed",
        "Share",
    ];
    table("backups", "Backups by vault", &columns, rows.collect())
}

/// Counts as one bar of several parts. The numbers stand beside it, so it is no more than a
/// picture.
fn bars(parts: &[(f64, &str)], most: f64) -> Markup {
    const WIDTH: f64 = 200.0;
    let mut x = 0.0;
    let drawn = parts.iter().filter(|it| it.0 > 0.0).map(|(count, class)| {
        let width = (count / most * WIDTH).max(1.0);
        let at = x;
        x += width;
        (at, width, *class)
    });
    let drawn: Vec<_> = drawn.collect();
    html! {
        svg aria-hidden="true" viewBox="0 0 200 12" width="200" height="12"
            preserveAspectRatio="none" {
            @for (x, width, class) in drawn {
                rect.(class) x=(format!("{x:.1}")) width=(format!("{width:.1}")) height="12" {}
            }
        }
    }
}

/// So many rows are shown; the findings name the rest.
const MOST: usize = 200;

fn failed(samples: &Samples<'_>) -> Markup {
    let all = samples.named("backup_center_failed_backup");
    let title = if all.len() > MOST {
        format!("Failed backups (the first {MOST} of {})", all.len())
    } else {
        format!("Failed backups ({})", all.len())
    };
    let rows = all.iter().take(MOST).map(|it| {
        vec![
            name(it.cluster, it.label("backup")),
            cell(it.label("backup_location")),
            cell(it.label("schedule")),
            cell(it.label("backup_type")),
            cell(it.label("data_type")),
            cell(it.label("reason")),
        ]
    });
    let columns = ["Backup", "Vault", "Plan", "Type", "Data", "Reason"];
    table("failed", &title, &columns, rows.collect())
}

/// What is known of a pod of a component.
#[derive(Default)]
struct Component {
    started: Option<f64>,
    restarts: f64,
    memory: (Option<f64>, Option<f64>),
    cpu: (Option<f64>, Option<f64>),
}

fn components(samples: &Samples<'_>) -> Markup {
    let mut pods: BTreeMap<(&str, &str, &str, &str), Component> = BTreeMap::new();
    let mut each = |name: &str, set: fn(&mut Component, f64)| {
        for it in samples.named(&format!("backup_center_component_{name}")) {
            let key = (it.cluster, it.label("component"), it.label("namespace"), it.label("pod"));
            set(pods.entry(key).or_default(), it.value);
        }
    };
    each("start_time_seconds", |it, value| it.started = Some(value));
    each("restarts", |it, value| it.restarts = value);
    each("memory_request_bytes", |it, value| it.memory.0 = Some(value));
    each("memory_limit_bytes", |it, value| it.memory.1 = Some(value));
    each("cpu_request_cores", |it, value| it.cpu.0 = Some(value));
    each("cpu_limit_cores", |it, value| it.cpu.1 = Some(value));
    let healthy: BTreeMap<_, _> = samples
        .named("backup_center_component_healthy")
        .iter()
        .map(|it| ((it.cluster, it.label("component"), it.label("namespace")), it.value > 0.0))
        .collect();
    // One without a pod has a line, too.
    for (cluster, component, namespace) in healthy.keys() {
        let known = pods.keys().any(|it| (it.0, it.1, it.2) == (cluster, component, namespace));
        if !known {
            pods.insert((cluster, component, namespace, ""), Component::default());
        }
    }
    let rows = pods.into_iter().map(|((cluster, component, namespace, pod), it)| {
        let (class, state) = match healthy.get(&(cluster, component, namespace)) {
            Some(true) => ("good", "ready"),
            Some(false) => ("bad", "not ready"),
            None => ("unsure", "unknown"),
        };
        let restarts = if it.restarts > 0.0 { "bad" } else { "" };
        let both = |(request, limit): (Option<f64>, Option<f64>), show: fn(f64) -> String| {
            let show = |it: Option<f64>, none: &str| it.map_or_else(|| none.to_owned(), show);
            format!("{} / {}", show(request, "–"), show(limit, "no limit"))
        };
        vec![
            name(cluster, component),
            html! { td { span.phase.(class) { (state) } } },
            cell(&if pod.is_empty() { "no pod".to_owned() } else { format!("{namespace}/{pod}") }),
            cell(&it.started.map(time).unwrap_or_default()),
            number(it.restarts, restarts),
            cell(&if pod.is_empty() { String::new() } else { both(it.memory, mebibytes) }),
            cell(&if pod.is_empty() { String::new() } else { both(it.cpu, cores) }),
        ]
    });
    let columns =
        ["Component", "State", "Pod", "Started", "Restarts", "Memory request / limit", "CPU"];
    table("components", "Components", &columns, rows.collect())
}

fn mebibytes(bytes: f64) -> String {
    const MEBIBYTE: f64 = 1_048_576.0;
    format!("{:.0} MiB", bytes / MEBIBYTE)
}

fn cores(cores: f64) -> String {
    format!("{cores:.2}")
}

/// Seconds since 1970 as RFC 3339.
fn time(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a float saturates, and is then no time")]
    let time = Timestamp::from_second(seconds as i64);
    time.map(|it| it.to_string()).unwrap_or_default()
}
