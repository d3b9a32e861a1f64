//! The vaults, backups and components of the backup center, as the metrics of its pack tell them:
//! what the product shows on its boards. Without these metrics there are no panels.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use maud::{Markup, html};

use super::parts::{Section, anchor, grouped, table};
use crate::{
    shown::one_line,
    view::{FindingView, MetricView, ReportView, ValueView},
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
pub(super) fn panels(report: &ReportView) -> [Option<Section>; 3] {
    let samples = Samples::of(report);
    let now = report.as_of.time.as_deref().and_then(|it| it.parse().ok());
    [vaults(&samples, now), failed(&samples), components(report, &samples, now)]
}

fn section(
    id: &'static str,
    title: &str,
    columns: &[&str],
    rows: &[Vec<Markup>],
) -> Option<Section> {
    let body = html! { div.panel { (table(title, columns, rows)) } };
    let (title, count) = (title.to_owned(), rows.len());
    (count > 0).then_some(Section { id, title, count, class: "", folded: false, body })
}

fn name(cluster: &str, name: &str) -> Markup {
    html! {
        (one_line(name))
        @if !cluster.is_empty() { span.quiet { " in " (one_line(cluster)) } }
    }
}

fn cell(text: &str) -> Markup {
    html! { (one_line(text)) }
}

fn state(class: &str, word: &str) -> Markup {
    html! { span.state.(class) { (one_line(word)) } }
}

/// The phases of backups that are drawn, each with its class and word, and in this order. All
/// others come last.
const PHASES: [(&str, &str, &str); 4] = [
    ("Completed", "good", "completed"),
    ("InProgress", "busy", "in progress"),
    ("PartiallyFailed", "poor", "partially failed"),
    ("Failed", "bad", "failed"),
];

/// Counts of backups by phase.
type Phases<'r> = BTreeMap<&'r str, f64>;

fn vaults(samples: &Samples<'_>, now: Option<Timestamp>) -> Option<Section> {
    let mut backups: BTreeMap<(&str, &str), Phases<'_>> = BTreeMap::new();
    for it in samples.named("backup_center_backups") {
        let phases = backups.entry((it.cluster, it.label("backup_location"))).or_default();
        *phases.entry(it.label("phase")).or_default() += it.value;
    }
    let mut last: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for it in samples.named("backup_center_last_successful_backup_timestamp_seconds") {
        let newest = last.entry((it.cluster, it.label("backup_location"))).or_insert(it.value);
        *newest = newest.max(it.value);
    }
    let most = backups.values().map(|it| it.values().sum::<f64>()).fold(1.0, f64::max);
    let of_vault = samples
        .named("backup_center_backup_location")
        .iter()
        .map(|it| ((it.cluster, it.label("backup_location")), it))
        .collect::<BTreeMap<_, _>>();
    // Backups may name a vault that is not there.
    let names: BTreeSet<_> = of_vault.keys().chain(backups.keys()).copied().collect();
    let row = |key: (&str, &str)| {
        let label = |of: &str| of_vault.get(&key).map_or("", |it| it.label(of));
        let (class, phase) = match label("phase") {
            "Available" => ("good", "Available"),
            "Unavailable" => ("bad", "Unavailable"),
            "" if of_vault.contains_key(&key) => ("unsure", "no phase"),
            "" => ("unsure", "not seen"),
            other => ("unsure", other),
        };
        vec![
            name(key.0, if key.1.is_empty() { "no vault" } else { key.1 }),
            state(class, phase),
            cell(label("bucket")),
            cell(label("region")),
            cell(label("network")),
            last.get(&key).map_or_else(|| html! {}, |it| moment(*it, now)),
            backups.get(&key).map_or_else(|| html! {}, |it| bars(it, most)),
        ]
    };
    let rows: Vec<_> = names.into_iter().map(row).collect();
    let columns = ["Vault", "Phase", "Bucket", "Region", "Network", "Last completed", "Backups"];
    section("vaults", "Vaults", &columns, &rows)
}

/// Counts as one bar of several parts, and in words.
fn bars(phases: &Phases<'_>, most: f64) -> Markup {
    let count = |phase: &str| phases.get(phase).copied().unwrap_or_default();
    let others: f64 =
        phases.iter().filter(|it| PHASES.iter().all(|of| of.0 != *it.0)).map(|it| it.1).sum();
    let known = PHASES.map(|(phase, class, word)| (count(phase), class, word));
    let all = known.into_iter().chain([(others, "unsure", "other")]);
    let all: Vec<_> = all.filter(|it| it.0 > 0.0).collect();
    let parts: Vec<_> = all.iter().map(|it| (it.0 / most, it.1)).collect();
    html! {
        @if all.is_empty() { "none" } @else { (bar(&parts)) }
        span.counts {
            @for (count, class, word) in &all {
                span.(class) { b { (count) } " " (word) } " "
            }
        }
    }
}

/// Parts of a whole, each with its class. The numbers stand beside it: it is no more than a
/// picture.
fn bar(parts: &[(f64, &str)]) -> Markup {
    const WIDTH: f64 = 200.0;
    /// One of many is still seen.
    const LEAST: f64 = 2.0;
    let mut x = 0.0;
    let drawn = parts.iter().filter(|it| it.0 > 0.0).map(|(share, class)| {
        let width = (share.min(1.0) * WIDTH).max(LEAST);
        let at = x;
        x += width;
        (at, width, *class)
    });
    let drawn: Vec<_> = drawn.collect();
    html! {
        svg.bar aria-hidden="true" viewBox="0 0 200 8" preserveAspectRatio="none" {
            rect.track width="200" height="8" {}
            @for (x, width, class) in drawn {
                rect.(class) x=(format!("{x:.1}")) width=(format!("{width:.1}")) height="8" {}
            }
        }
    }
}

/// So many rows are shown; the findings name the rest.
const MOST: usize = 200;

fn failed(samples: &Samples<'_>) -> Option<Section> {
    let all = samples.named("backup_center_failed_backup");
    let row = |it: &Sample<'_>| {
        vec![
            name(it.cluster, it.label("backup")),
            cell(it.label("backup_location")),
            cell(it.label("schedule")),
            cell(it.label("backup_type")),
            cell(it.label("data_type")),
            cell(it.label("reason")),
        ]
    };
    let rows: Vec<_> = all.iter().take(MOST).map(row).collect();
    let columns = ["Backup", "Vault", "Plan", "Type", "Data", "Reason"];
    let mut section = section("failed", "Failed backups", &columns, &rows)?;
    if all.len() > MOST {
        let (rest, body) = (all.len() - MOST, section.body);
        section.body = html! {
            (body)
            p.note { (grouped(rest)) " more stand in the report as JSON." }
        };
        section.count = all.len();
    }
    Some(section)
}

/// What a container may take: requested, and at most.
type Share = (Option<f64>, Option<f64>);

/// What is known of a pod of a component.
#[derive(Default)]
struct Component {
    started: Option<f64>,
    restarts: f64,
    memory: Share,
    cpu: Share,
}

/// So many findings of a component are named beside it, the worst.
const NAMED: usize = 3;

/// The findings that count, by the cluster and the component that they name.
fn by_component(report: &ReportView) -> BTreeMap<(&str, &str), Vec<&FindingView>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    // Other packs may name components of other products.
    let packs = report.metrics.iter().filter(|it| it.name == HEALTHY);
    let packs: BTreeSet<_> = packs.map(|it| it.pack.as_str()).collect();
    let counted = report.findings.iter().filter(|it| it.suppressed.is_none());
    for it in counted.filter(|it| packs.contains(it.pack.as_str())) {
        if let Some(component) = it.labels.get("component").filter(|it| !it.is_empty()) {
            found.entry((it.cluster.as_str(), component.as_str())).or_default().push(it);
        }
    }
    for it in found.values_mut() {
        it.sort_by_key(|it| std::cmp::Reverse(it.severity));
    }
    found
}

const HEALTHY: &str = "backup_center_component_healthy";

fn components(
    report: &ReportView,
    samples: &Samples<'_>,
    now: Option<Timestamp>,
) -> Option<Section> {
    let found = by_component(report);
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
        .named(HEALTHY)
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
    // So has one of which findings alone tell.
    for (cluster, component) in found.keys() {
        if !pods.keys().any(|it| (it.0, it.1) == (*cluster, *component)) {
            pods.insert((cluster, component, "", ""), Component::default());
        }
    }
    let most = |of: fn(&Component) -> Share| {
        let all = pods.values().map(of).flat_map(|it| [it.0, it.1]);
        all.flatten().fold(0.0, f64::max)
    };
    let (most_memory, most_cpu) = (most(|it| it.memory), most(|it| it.cpu));
    let row = |(key, it): (&(&str, &str, &str, &str), &Component)| {
        let (cluster, component, namespace, pod) = *key;
        let findings = found.get(&(cluster, component)).map_or(&[][..], Vec::as_slice);
        let is_healthy = healthy.get(&(cluster, component, namespace));
        let (class, word) = match is_healthy {
            Some(true) => ("good", "ready"),
            Some(false) => ("bad", "not ready"),
            None if !findings.is_empty() => ("bad", "has findings"),
            None => ("unsure", "unknown"),
        };
        let has_pod = !pod.is_empty();
        vec![
            html! {
                (name(cluster, component))
                @if has_pod { code { (one_line(&format!("{namespace}/{pod}"))) } }
                @else if is_healthy.is_some() { span.bad { "no pod" } }
            },
            html! {
                (state(class, word))
                @for it in findings.iter().take(NAMED) {
                    a.about href={ "#" (anchor(it)) } { (one_line(&it.rule)) }
                }
                @if findings.len() > NAMED {
                    span.about { (grouped(findings.len() - NAMED)) " more" }
                }
            },
            it.started.map_or_else(|| html! {}, |it| moment(it, now)),
            html! {
                @if has_pod { b.(if it.restarts > 0.0 { "bad" } else { "" }) { (it.restarts) } }
            },
            html! { @if has_pod { (share(it.memory, most_memory, mebibytes)) } },
            html! { @if has_pod { (share(it.cpu, most_cpu, cores)) } },
        ]
    };
    let rows: Vec<_> = pods.iter().map(row).collect();
    let columns = ["Component", "State", "Started", "Restarts", "Memory", "CPU"];
    section("components", "Components", &columns, &rows)
}

/// What is requested within what is allowed, beside the largest of all.
fn share((request, limit): Share, most: f64, show: fn(f64) -> String) -> Markup {
    let requested = request.unwrap_or_default();
    let spare = limit.map_or(0.0, |it| (it - requested).max(0.0));
    let parts = [(requested / most, "requested"), (spare / most, "allowed")];
    html! {
        @if most > 0.0 { (bar(&parts)) }
        span.counts {
            span { b { (request.map_or_else(|| "none".to_owned(), show)) } " requested" } " "
            span { b { (limit.map_or_else(|| "no".to_owned(), show)) } " limit" }
        }
    }
}

fn mebibytes(bytes: f64) -> String {
    const MEBIBYTE: f64 = 1_048_576.0;
    format!("{:.0} MiB", bytes / MEBIBYTE)
}

fn cores(cores: f64) -> String {
    format!("{cores:.2}")
}

/// Seconds since 1970 as RFC 3339, and how long before the moment of the report that was.
fn moment(seconds: f64, now: Option<Timestamp>) -> Markup {
    #[expect(clippy::cast_possible_truncation, reason = "a float saturates, and is then no time")]
    let Ok(time) = Timestamp::from_second(seconds as i64) else { return html! {} };
    let ago = now.map(|it| it.as_second() - time.as_second()).filter(|it| *it >= 0);
    html! {
        time datetime=(time) { (time) }
        @if let Some(ago) = ago { span.quiet { "age " (age(ago)) } }
    }
}

/// `3 d 4 h`, `12 min`.
fn age(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        (1..=9, _, _) => format!("{days} d {} h", hours % 24),
        _ => format!("{days} d"),
    }
}
