//! All findings, which rules could not judge, and how Rulebox itself is doing.

use super::panel::{Panel, Row};

const CLUSTER: (&str, &str) = ("cluster", "Cluster");

pub(crate) fn rows() -> Vec<Row> {
    vec![("Findings", findings()), ("Whether all of it can be seen", seen()), ("Rulebox", itself())]
}

fn findings() -> Vec<Panel> {
    let number = |title, severity: &str, red| {
        let query = format!(
            "sum(max by (cluster, pack, rule) (rulebox_findings{{cluster=~\"$cluster\",\
             severity=\"{severity}\"}})) or vector(0)"
        );
        Panel::number(title, "Findings that are not suppressed.", &query, ("none", red))
    };
    let by_rule = |metric: &str| {
        format!("max by (cluster, pack, rule, severity) ({metric}{{cluster=~\"$cluster\"}})")
    };
    let [found, suppressed] = ["rulebox_findings", "rulebox_findings_suppressed"].map(by_rule);
    vec![
        number("Critical", "critical", Some(1.0)),
        number("High", "high", Some(1.0)),
        number("Medium", "medium", None),
        number("Low", "low", None),
        number("Info", "info", None),
        Panel::number(
            "Rules without data",
            "Rules that could not judge: no pass.",
            "sum(max by (cluster, pack, rule) \
             (rulebox_rule_result{cluster=~\"$cluster\",result=\"no_data\"})) or vector(0)",
            ("none", Some(1.0)),
        ),
        Panel::lines(
            "Findings by severity",
            "Findings that are not suppressed.",
            "none",
            &[(
                "{{severity}}",
                "sum by (severity) (max by (cluster, pack, rule, severity) \
                 (rulebox_findings{cluster=~\"$cluster\"}))",
            )],
        ),
        Panel::table(
            "Findings by rule",
            "How many each rule has found, and how many of those are known and suppressed.",
            &[CLUSTER, ("pack", "Pack"), ("rule", "Rule"), ("severity", "Severity")],
            &[("Findings", "none", &found), ("Suppressed", "none", &suppressed)],
        )
        .sized(12, 8),
        Panel::table(
            "All findings",
            "`rulebox check --live --rule RULE` says why, and what to type.",
            &[
                CLUSTER,
                ("severity", "Severity"),
                ("pack", "Pack"),
                ("rule", "Rule"),
                ("kind", "Kind"),
                ("namespace", "Namespace"),
                ("name", "Name"),
                ("caused_by", "Follows from"),
            ],
            &[(
                "",
                "",
                "max by (cluster, severity, pack, rule, kind, namespace, name, caused_by) \
                 (rulebox_finding{cluster=~\"$cluster\"})",
            )],
        ),
    ]
}

fn seen() -> Vec<Panel> {
    const WATCHED: &str = "cluster, group, kind, namespace";
    let up = format!("max by ({WATCHED}) (rulebox_watch_up{{cluster=~\"$cluster\"}})");
    let contact = format!(
        "time() - max by ({WATCHED}) \
         (rulebox_watch_last_contact_timestamp_seconds{{cluster=~\"$cluster\"}})"
    );
    vec![
        Panel::table(
            "Rules without data, or with an error",
            "What such a rule would find is not reported.",
            &[CLUSTER, ("pack", "Pack"), ("rule", "Rule"), ("result", "Result")],
            &[(
                "",
                "",
                "max by (cluster, pack, rule, result) \
                 (rulebox_rule_result{cluster=~\"$cluster\",result=~\"no_data|error\"})",
            )],
        )
        .sized(10, 8),
        Panel::table(
            "Watches",
            "Every kind that is watched; a namespace that is empty: all.",
            &[CLUSTER, ("group", "Group"), ("kind", "Kind"), ("namespace", "Namespace")],
            &[("State", "none", &up), ("Last heard of", "s", &contact)],
        )
        .coloured("State", &[("1", "up", "green"), ("0", "down", "red")])
        .sized(14, 8),
        Panel::lines(
            "Errors of requests to clusters",
            "How many in an hour, by reason.",
            "none",
            &[(
                "{{cluster}} {{reason}}",
                "sum by (cluster, reason) \
                 (increase(rulebox_source_errors_total{cluster=~\"$cluster\"}[1h]))",
            )],
        ),
        Panel::table(
            "Objects read",
            "How many of each kind.",
            &[("group", "Group"), ("kind", "Kind")],
            &[("Objects", "none", "max by (group, kind) (rulebox_objects)")],
        )
        .sized(12, 8),
    ]
}

fn itself() -> Vec<Panel> {
    vec![
        Panel::number(
            "Last evaluation",
            "How long ago.",
            "time() - max(rulebox_last_run_timestamp_seconds)",
            ("s", Some(900.0)),
        ),
        Panel::number(
            "Clusters that do not answer",
            "Of those whose API servers are watched.",
            "count(max by (cluster) (rulebox_cluster_up{cluster=~\"$cluster\"}) == 0) or vector(0)",
            ("none", Some(1.0)),
        ),
        Panel::number(
            "Series left out",
            "For whatever reason.",
            "sum(max by (reason) (rulebox_series_dropped))",
            ("none", Some(1.0)),
        ),
        Panel::number(
            "Failures of packs",
            "Of packs and of single rules.",
            "sum(max by (cluster, pack, code) (rulebox_pack_failures{cluster=~\"$cluster\"})) \
             or vector(0)",
            ("none", Some(1.0)),
        ),
        Panel::number(
            "Pods that lead",
            "One where several run with a Lease; only it writes to the cluster.",
            "sum(rulebox_leader)",
            ("none", None),
        ),
        Panel::table(
            "Versions",
            "Of the pods that run.",
            &[("version", "Version")],
            &[("Pods", "none", "count by (version) (rulebox_build_info)")],
        )
        .sized(4, 4),
        Panel::lines(
            "How long an evaluation takes",
            "All packs, and each.",
            "s",
            &[
                ("all", "max(rulebox_run_duration_seconds)"),
                ("{{pack}}", "max by (pack) (rulebox_pack_duration_seconds)"),
            ],
        )
        .sized(8, 8),
        Panel::lines(
            "Memory",
            "Resident memory of the pods that serve.",
            "bytes",
            &[(
                "{{instance}}",
                "process_resident_memory_bytes and on (instance) rulebox_build_info",
            )],
        )
        .sized(8, 8),
        Panel::lines(
            "CPU",
            "Cores that are used.",
            "none",
            &[(
                "{{instance}}",
                "rate(process_cpu_seconds_total[5m]) and on (instance) rulebox_build_info",
            )],
        )
        .sized(8, 8),
    ]
}
