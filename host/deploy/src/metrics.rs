//! The metrics of the host and their labels, for whoever writes queries: tests hold boards, alerts
//! and what the program prints to them. A series may also have the label `cluster`.

/// A metric that Rulebox itself gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostMetric {
    /// Its name, suffix included.
    pub name: &'static str,
    /// Its labels, besides `cluster`.
    pub labels: &'static [&'static str],
    /// Whether only a process that serves gives it.
    pub of_server: bool,
    /// Whether a series may have further labels.
    pub open: bool,
}

const fn of_report(name: &'static str, labels: &'static [&'static str]) -> HostMetric {
    HostMetric { name, labels, of_server: false, open: false }
}

const fn of_server(name: &'static str, labels: &'static [&'static str]) -> HostMetric {
    HostMetric { name, labels, of_server: true, open: false }
}

/// What tells a watch from others.
const OF_WATCH: &[&str] = &["group", "kind", "namespace", "selector"];

/// All of them, by name.
pub const HOST_METRICS: &[HostMetric] = &[
    of_server("process_cpu_seconds_total", &[]),
    of_server("process_resident_memory_bytes", &[]),
    of_report("rulebox_as_of_timestamp_seconds", &[]),
    of_server("rulebox_build_info", &["version"]),
    of_server("rulebox_cluster_up", &[]),
    of_server("rulebox_config_last_reload_successful", &[]),
    of_server("rulebox_config_last_reload_timestamp_seconds", &[]),
    HostMetric {
        name: "rulebox_finding",
        labels: &["pack", "rule", "severity", "kind", "namespace", "name", "caused_by"],
        of_server: false,
        open: true,
    },
    of_report("rulebox_findings", &["pack", "rule", "severity"]),
    of_report("rulebox_findings_suppressed", &["pack", "rule", "severity"]),
    of_server("rulebox_last_run_timestamp_seconds", &[]),
    of_server("rulebox_leader", &[]),
    of_server("rulebox_notifications_total", &["output", "result"]),
    of_report("rulebox_objects", &["group", "kind"]),
    of_report("rulebox_objects_needed", &[]),
    of_server("rulebox_pack_duration_seconds", &["pack"]),
    of_report("rulebox_pack_failures", &["pack", "code"]),
    of_report("rulebox_rule_result", &["pack", "rule", "result"]),
    of_server("rulebox_run_duration_seconds", &[]),
    of_server("rulebox_runs_total", &[]),
    of_report("rulebox_series_dropped", &["reason"]),
    of_server("rulebox_source_errors_total", &["reason"]),
    of_report("rulebox_source_problems", &["lost"]),
    of_server("rulebox_watch_last_contact_timestamp_seconds", OF_WATCH),
    of_server("rulebox_watch_lists_total", OF_WATCH),
    of_server("rulebox_watch_up", OF_WATCH),
];
