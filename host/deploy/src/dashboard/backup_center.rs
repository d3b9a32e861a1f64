//! What the product shows on its boards *Backup Locations*, *Backup Operation Status* and *Addon
//! Status*, with the findings about it before.
//!
//! Each query takes the largest of what several pods of Rulebox give: they say the same.

use super::panel::{Panel, Row};

const CLUSTER: (&str, &str) = ("cluster", "Cluster");

pub(crate) fn rows() -> Vec<Row> {
    vec![
        ("What is wrong", findings()),
        ("Backup Locations", vaults()),
        ("Backup Operation Status", backups()),
        ("Addon Status", components()),
    ]
}

fn findings() -> Vec<Panel> {
    let labels = [
        CLUSTER,
        ("severity", "Severity"),
        ("rule", "Rule"),
        ("kind", "Kind"),
        ("namespace", "Namespace"),
        ("name", "Name"),
        ("caused_by", "Follows from"),
    ];
    vec![
        Panel::table(
            "Findings",
            "What the rules of the pack have found. `rulebox check --live --rule RULE` says why, \
             and what to type. An empty table is a pass only where no rule is without data, \
             below.",
            &labels,
            &[(
                "",
                "",
                "max by (cluster, severity, rule, kind, namespace, name, caused_by) \
                 (rulebox_finding{cluster=~\"$cluster\",pack=\"backup-center\"})",
            )],
        )
        .coloured(
            "Severity",
            &[
                ("critical", "critical", "red"),
                ("high", "high", "orange"),
                ("medium", "medium", "yellow"),
            ],
        )
        .sized(18, 8),
        Panel::table(
            "Rules without data",
            "Rules that could not judge: no pass.",
            &[CLUSTER, ("rule", "Rule"), ("result", "Result")],
            &[(
                "",
                "",
                "max by (cluster, rule, result) (rulebox_rule_result{cluster=~\"$cluster\",\
                 pack=\"backup-center\",result=~\"no_data|error\"})",
            )],
        )
        .sized(6, 8),
    ]
}

fn vaults() -> Vec<Panel> {
    let labels = [
        CLUSTER,
        ("backup_location", "Name"),
        ("bucket", "OSS Bucket"),
        ("region", "Region"),
        ("network", "NetworkPolicy"),
        ("phase", "Phase"),
    ];
    vec![
        Panel::table(
            "Backup Locations",
            "The backup vaults. Network: over which network the bucket is reached.",
            &labels,
            &[(
                "",
                "",
                "max by (cluster, backup_location, bucket, region, network, phase) \
                 (backup_center_backup_location_info{cluster=~\"$cluster\"})",
            )],
        )
        .coloured(
            "Phase",
            &[
                ("Available", "Available", "green"),
                ("Unavailable", "Unavailable", "red"),
                ("InProgress", "InProgress", "yellow"),
            ],
        ),
    ]
}

fn backups() -> Vec<Panel> {
    let backups = |phase: &str| {
        format!(
            "max by (cluster, backup_location) \
             (backup_center_backups{{cluster=~\"$cluster\",phase=\"{phase}\"}})"
        )
    };
    let phases = ["Failed", "PartiallyFailed", "Completed", "InProgress"].map(backups);
    let [failed, partial, completed, running] = phases.each_ref().map(String::as_str);
    let vault = ("backup_location", "Backuplocation");
    vec![
        Panel::table(
            "Backups",
            "How many backups each vault has in each phase.",
            &[CLUSTER, vault],
            &[
                ("Backup(Failed)", "none", failed),
                ("Backup(PartiallyFailed)", "none", partial),
                ("Backup(Completed)", "none", completed),
                ("Backup(InProgress)", "none", running),
            ],
        )
        .sized(12, 8),
        Panel::table(
            "Last completed backup",
            "How long ago the last completed backup of each plan ended.",
            &[CLUSTER, vault, ("schedule", "FromSchedule")],
            &[(
                "Ago",
                "s",
                "time() - max by (cluster, backup_location, schedule) \
                 (backup_center_last_successful_backup_timestamp_seconds{cluster=~\"$cluster\"})",
            )],
        )
        .sized(12, 8),
        Panel::lines(
            "Failed backups of each vault",
            "Backups that are there and have failed; one that is deleted counts no more.",
            "none",
            &[("{{cluster}} {{backup_location}}", failed)],
        ),
        Panel::lines(
            "Completed backups of each vault",
            "Backups that are there and have completed.",
            "none",
            &[("{{cluster}} {{backup_location}}", completed)],
        ),
        Panel::table(
            "Failed Backup",
            "Every backup that has failed, and why.",
            &[
                CLUSTER,
                ("backup", "Backup"),
                vault,
                ("backup_type", "BackupType"),
                ("data_type", "DataType"),
                ("schedule", "FromSchedule"),
                ("reason", "Reason"),
            ],
            &[(
                "",
                "",
                "max by (cluster, backup, backup_location, backup_type, data_type, schedule, \
                 reason) (backup_center_failed_backup_info{cluster=~\"$cluster\"})",
            )],
        ),
    ]
}

fn components() -> Vec<Panel> {
    let of_pod = |metric: &str| {
        format!(
            "max by (cluster, component, namespace, pod) \
             (backup_center_component_{metric}{{cluster=~\"$cluster\"}})"
        )
    };
    let age = format!("time() - {}", of_pod("start_time_seconds"));
    let metrics = [
        "restarts",
        "memory_request_bytes",
        "memory_limit_bytes",
        "cpu_request_cores",
        "cpu_limit_cores",
    ];
    let [restarts, memory_request, memory_limit, cpu_request, cpu_limit] = metrics.map(of_pod);
    vec![
        Panel::table(
            "Status",
            "A component is healthy where one pod of it is ready; one that is missing is not.",
            &[CLUSTER, ("component", "Addon"), ("namespace", "Namespace")],
            &[(
                "Status",
                "none",
                "max by (cluster, component, namespace) \
                 (backup_center_component_healthy{cluster=~\"$cluster\"})",
            )],
        )
        .coloured("Status", &[("1", "Health", "green"), ("0", "UnHealth", "red")])
        .sized(7, 8),
        Panel::table(
            "Pods",
            "The pods of the components, and what they may use. No limit: an empty cell.",
            &[CLUSTER, ("component", "Addon"), ("namespace", "Namespace"), ("pod", "Pods")],
            &[
                ("Age", "s", &age),
                ("Restarts", "none", &restarts),
                ("Mem(Request)", "bytes", &memory_request),
                ("Mem(Limit)", "bytes", &memory_limit),
                ("CPU(Request)", "none", &cpu_request),
                ("CPU(Limit)", "none", &cpu_limit),
            ],
        )
        .sized(17, 8),
        Panel::lines(
            "Restarts",
            "A step is a restart: of a healthy component often for lack of memory during a backup.",
            "none",
            &[("{{cluster}} {{pod}}", &restarts)],
        ),
        Panel::lines(
            "Memory: requests and limits",
            "What the pods are promised, and what they are held to.",
            "bytes",
            &[
                ("{{cluster}} {{pod}} request", &memory_request),
                ("{{cluster}} {{pod}} limit", &memory_limit),
            ],
        ),
    ]
}
