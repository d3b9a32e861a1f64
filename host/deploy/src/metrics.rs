//! The metrics of the host and their labels, for whoever writes queries: tests hold boards, alerts
//! and what the program prints to them. A series may also have the label `cluster`.

/// A metric that Rulebox itself gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostMetric {
    /// Its name, suffix included.
    pub name: &'static str,
    /// Its labels, besides `cluster`.
    pub labels: &'static [&'static str],
    /// What it is, as it is served.
    pub help: &'static str,
    /// Whether only a process that serves gives it.
    pub of_server: bool,
    /// Whether a series may have further labels.
    pub open: bool,
}

const fn of_report(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> HostMetric {
    HostMetric { name, labels, help, of_server: false, open: false }
}

const fn of_server(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> HostMetric {
    HostMetric { name, labels, help, of_server: true, open: false }
}

/// What tells a watch from others.
const OF_WATCH: &[&str] = &["group", "kind", "namespace", "selector"];

/// All of them, by name.
pub const HOST_METRICS: &[HostMetric] = &[
    of_server("process_cpu_seconds_total", &[], "Total user and system CPU time spent in seconds."),
    of_server("process_resident_memory_bytes", &[], "Resident memory size in bytes."),
    of_report("rulebox_as_of_timestamp_seconds", &[], "The moment to which ages are counted."),
    of_server("rulebox_build_info", &["version"], "The version of Rulebox."),
    of_server(
        "rulebox_cluster_up",
        &[],
        "Whether the API server answers, and accepts the credentials.",
    ),
    of_server(
        "rulebox_config_last_reload_successful",
        &[],
        "Whether the last changed files (configuration, packs, certificate) could be used.",
    ),
    of_server("rulebox_config_last_reload_timestamp_seconds", &[], "When they were read."),
    HostMetric {
        name: "rulebox_finding",
        labels: &["pack", "rule", "severity", "kind", "namespace", "name", "caused_by"],
        help: "One finding; the value is 1.",
        of_server: false,
        open: true,
    },
    of_report(
        "rulebox_findings",
        &["pack", "rule", "severity"],
        "Findings that are not suppressed.",
    ),
    of_report(
        "rulebox_findings_suppressed",
        &["pack", "rule", "severity"],
        "Findings that are suppressed, or known to a baseline.",
    ),
    of_server("rulebox_last_run_timestamp_seconds", &[], "When the last evaluation ended."),
    of_server(
        "rulebox_leader",
        &[],
        "Whether this process is the one that writes and serves findings.",
    ),
    of_server(
        "rulebox_notifications_total",
        &["output", "result"],
        "Alerts, events and reports that were written, failed, or had no room.",
    ),
    of_report("rulebox_objects", &["group", "kind"], "Objects read."),
    of_report("rulebox_objects_needed", &[], "Different objects that at least one rule needs."),
    of_server(
        "rulebox_pack_duration_seconds",
        &["pack"],
        "How long a pack took when it was asked last; of several clusters the longest.",
    ),
    of_report("rulebox_pack_failures", &["pack", "code"], "Failures of packs and rules."),
    of_report(
        "rulebox_rule_result",
        &["pack", "rule", "result"],
        "The result of each rule, and no_data beside a fail where it could not judge all; the \
         value is 1.",
    ),
    of_server("rulebox_run_duration_seconds", &[], "How long the last evaluation took."),
    of_server("rulebox_runs_total", &[], "Evaluations since the start."),
    of_report("rulebox_series_dropped", &["reason"], "Series that are left out, and why."),
    of_server(
        "rulebox_source_errors_total",
        &["reason"],
        "Requests to the API server that failed.",
    ),
    of_report(
        "rulebox_source_problems",
        &["lost"],
        "Problems of inputs; where lost is true, objects may be missing.",
    ),
    of_server(
        "rulebox_watch_last_contact_timestamp_seconds",
        OF_WATCH,
        "When the server last said something in a watch.",
    ),
    of_server(
        "rulebox_watch_lists_total",
        OF_WATCH,
        "How often all objects of a watch were listed.",
    ),
    of_server("rulebox_watch_up", OF_WATCH, "Whether a watch shows changes."),
];
