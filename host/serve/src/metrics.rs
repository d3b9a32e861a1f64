//! The metrics of a serving process: those of the report, as `check` writes them, and those of the
//! process and its watches. How they are written is the encoder's.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rulebox_cluster::{ERRORS, WatchHealth};
use rulebox_report::{
    metrics::{
        Families,
        FamilyType::{Counter, Gauge, Info},
        Labels,
    },
    redact,
};

use crate::{Counters, Published, Reloads, published::Health};

/// What the metrics of the process are made of.
pub(crate) struct Process<'p> {
    pub(crate) version: &'p str,
    pub(crate) now: Timestamp,
    pub(crate) leader: bool,
    pub(crate) reloads: &'p Reloads,
    pub(crate) clusters: &'p [Health],
    pub(crate) outputs: &'p Counters,
}

/// All families of a scrape, cut to a number of series. Those of the report only where there is
/// one, and where this process is the leader: of two replicas one serves them.
///
/// The help of each family says what it is. Whoever writes queries finds them in a list
/// (`HOST_METRICS` in `host/deploy`), which a test holds to what is served.
pub(crate) fn families(
    published: Option<&Published>,
    process: &Process<'_>,
    max_series: usize,
) -> Families {
    let Process { version, now, leader, reloads, clusters, outputs } = process;
    let shown = published.filter(|_| *leader);
    let mut families = shown.map(|it| Families::of(&it.report)).unwrap_or_default();
    let info = Labels::default().with("version", version);
    families.host(Info, "rulebox_build_info", "The version of Rulebox.").add(info, 1.0);
    let help = "Whether this process is the one that writes and serves findings.";
    families.host(Gauge, "rulebox_leader", help).add(Labels::default(), number(*leader));
    let help = "Whether the last changed files (configuration, packs, certificate) could be used.";
    let name = "rulebox_config_last_reload_successful";
    families.host(Gauge, name, help).add(Labels::default(), number(reloads.ok));
    let help = "When they were read.";
    let name = "rulebox_config_last_reload_timestamp_seconds";
    families.host(Gauge, name, help).add(Labels::default(), seconds(reloads.at));
    for Health { cluster, health } in *clusters {
        let health = health.borrow().clone();
        // As the report has it: a context may be named like a secret.
        let cluster = redact(cluster).0;
        let of_cluster = || Labels::default().with("cluster", &cluster);
        let help = "Whether the API server answers, and accepts the credentials.";
        families.host(Gauge, "rulebox_cluster_up", help).add(of_cluster(), number(health.up));
        // From 0 on, so that the first failure is an increase.
        let none = ERRORS.map(|it| (it, 0));
        for (reason, count) in BTreeMap::from(none).into_iter().chain(health.errors.clone()) {
            let help = "Requests to the API server that failed.";
            let labels = of_cluster().with("reason", reason);
            families.host(Counter, "rulebox_source_errors_total", help).add(labels, count as f64);
        }
        for watch in &health.watches {
            self::watch(&mut families, &of_cluster, watch, *now);
        }
    }
    for (output, result, number) in outputs.all() {
        let help = "Alerts, events and reports that were written, failed, or had no room.";
        let labels = Labels::default().with("output", output).with("result", result);
        let family = families.host(Counter, "rulebox_notifications_total", help);
        family.add(labels, number as f64);
    }
    if let Some(Published { number, at, took, packs_took, .. }) = published {
        let mut one = |family_type, name: &str, help: &str, value| {
            families.host(family_type, name, help).add(Labels::default(), value);
        };
        let help = "When the last evaluation ended.";
        one(Gauge, "rulebox_last_run_timestamp_seconds", help, seconds(*at));
        let help = "How long the last evaluation took.";
        one(Gauge, "rulebox_run_duration_seconds", help, took.as_secs_f64());
        one(Counter, "rulebox_runs_total", "Evaluations since the start.", *number as f64);
        for (pack, took) in packs_took {
            let help = "How long a pack took when it was asked last; of several clusters the \
                        longest.";
            let labels = Labels::default().with("pack", pack);
            let family = families.cuttable(Gauge, "rulebox_pack_duration_seconds", help);
            family.add(labels, took.as_secs_f64());
        }
    }
    of_process(&mut families);
    families.limit(max_series);
    families
}

fn watch(
    families: &mut Families,
    of_cluster: &dyn Fn() -> Labels,
    watch: &WatchHealth,
    now: Timestamp,
) {
    let WatchHealth { group, kind, namespace, selector, up, last_contact, lists, .. } = watch;
    let labels = || {
        let namespace = namespace.as_deref().unwrap_or_default();
        let labels = of_cluster().with("group", group).with("kind", kind);
        labels.with("namespace", namespace).with("selector", selector)
    };
    let help = "Whether a watch shows changes.";
    families.host(Gauge, "rulebox_watch_up", help).add(labels(), number(*up));
    let help = "How often all objects of a watch were listed.";
    families.host(Counter, "rulebox_watch_lists_total", help).add(labels(), *lists as f64);
    if let Some(contact) = last_contact {
        let help = "When the server last said something in a watch.";
        // Two clocks tell it, which differ by a little each time: a moment does not go back.
        let contact = now.as_duration().as_secs_f64() - contact.elapsed().as_secs_f64();
        let value = contact.round();
        families
            .host(Gauge, "rulebox_watch_last_contact_timestamp_seconds", help)
            .add(labels(), value);
    }
}

/// What the operating system says of this process; nothing where it says it in another way than
/// Linux does.
fn of_process(families: &mut Families) {
    /// Of `/proc`: Linux counts memory in pages of this size on the processors that we build for.
    const PAGE: f64 = 4096.0;
    let mut one = |family_type, name: &str, help: &str, value: f64| {
        families.host(family_type, name, help).add(Labels::default(), value);
    };
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|it| it.parse::<f64>().ok());
    if let Some(pages) = pages {
        let help = "Resident memory size in bytes.";
        one(Gauge, "process_resident_memory_bytes", help, pages * PAGE);
    }
    let ticks = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program stands in parentheses, and may hold spaces.
    let fields = ticks.rsplit(')').next().unwrap_or_default().split(' ');
    let fields: Vec<_> = fields.collect();
    let ticks = |nth: usize| fields.get(nth).and_then(|it| it.parse::<f64>().ok());
    if let (Some(user), Some(system)) = (ticks(12), ticks(13)) {
        /// `USER_HZ`, which is 100 on Linux.
        const TICKS: f64 = 100.0;
        let help = "Total user and system CPU time spent in seconds.";
        one(Counter, "process_cpu_seconds_total", help, (user + system) / TICKS);
    }
}

fn number(it: bool) -> f64 {
    if it { 1.0 } else { 0.0 }
}

fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use rulebox_report::prometheus_text;
    use tokio::sync::watch;

    use super::*;

    #[tokio::test]
    async fn a_context_that_is_named_like_a_secret_is_redacted_in_each_family() {
        let watch = WatchHealth {
            group: String::new(),
            kind: "Pod".to_owned(),
            namespace: None,
            selector: String::new(),
            up: true,
            reason: String::new(),
            last_contact: Some(tokio::time::Instant::now()),
            lists: 1,
        };
        let health = rulebox_cluster::Health { watches: vec![watch], ..Default::default() };
        let cluster = "bank-ghp_16C7e42F292c6912E7710c838347Ae178B4a".to_owned();
        let process = Process {
            version: "1",
            now: Timestamp::UNIX_EPOCH,
            leader: true,
            reloads: &Reloads { ok: true, at: Timestamp::UNIX_EPOCH },
            clusters: &[Health { cluster, health: watch::channel(health).1 }],
            outputs: &Counters::default(),
        };
        let text = prometheus_text(&families(None, &process, 100));
        assert!(!text.contains("ghp_"), "{text}");
        for family in ["cluster_up", "watch_up", "watch_lists_total", "source_errors_total"] {
            let series = format!("rulebox_{family}{{cluster=\"bank-REDACTED\"");
            assert!(text.contains(&series), "no {series} in {text}");
        }
    }
}
