//! The values of metrics that the rules give, and that each is declared.

use rulebox_rules_standard::packs::backup_center;
use rulebox_sdk::{Sample, testing};

/// Evaluates a rule; `want` is every sample, `name{label values} value`, sorted.
#[track_caller]
fn check(rule: &str, yaml: &str, want: &[&str]) {
    let pack = backup_center::pack();
    let declared = pack.describe().metrics;
    let samples = testing::evaluate(&pack, rule, yaml).samples;
    for Sample { metric, label_values, .. } in &samples {
        let info = declared.iter().find(|it| it.name == *metric).expect("a declared metric");
        assert_eq!((info.rule.as_str(), info.labels.len()), (rule, label_values.len()), "{metric}");
    }
    let line = |it: &Sample| format!("{}{{{}}} {}", it.metric, it.label_values.join(","), it.value);
    let mut lines: Vec<_> = samples.iter().map(line).collect();
    lines.sort();
    assert_eq!(lines, want);
}

#[test]
fn every_vault_is_shown_whatever_its_phase() {
    check(
        "vault-unavailable",
        r"
apiVersion: csdr.alibabacloud.com/v1beta1
kind: BackupLocation
metadata: {name: a, namespace: csdr}
spec: {config: {network: Public, region: cn-beijing}, objectStorage: {bucket: cnfs-oss-a}}
status: {phase: Available}
---
apiVersion: csdr.alibabacloud.com/v1beta1
kind: BackupLocation
metadata: {name: b, namespace: csdr}
status: {phase: Sleeping}
",
        &[
            "backup_center_backup_location{a,cnfs-oss-a,cn-beijing,public,Available} 1",
            "backup_center_backup_location{b,,,,Sleeping} 1",
        ],
    );
}

#[test]
fn backups_are_counted_by_vault_and_phase() {
    check(
        "backup-failed",
        r#"
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationBackup
metadata: {name: daily-20260914020000, namespace: csdr, creationTimestamp: "2026-09-14T02:00:00Z"}
spec: {storageLocation: vault}
status: {phase: Completed}
---
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationBackup
metadata: {name: daily-20260915020000, namespace: csdr, creationTimestamp: "2026-09-15T02:00:00Z"}
spec: {storageLocation: vault}
status: {phase: Completed}
---
apiVersion: velero.io/v1
kind: Backup
metadata: {name: daily-20260915020000, namespace: csdr}
status: {phase: Completed, completionTimestamp: "2026-09-15T02:01:00Z"}
---
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationBackup
metadata: {name: by-hand, namespace: csdr}
spec: {storageLocation: vault, pvBackup: {defaultPvBackup: true}, dataType: hbr}
status: {phase: Failed, message: "HBRError: check HBR vault error"}
---
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationBackup
metadata: {name: odd, namespace: csdr}
spec: {storageLocation: vault}
status: {phase: Pondering}
"#,
        &[
            "backup_center_backups{vault,Completed} 2",
            "backup_center_backups{vault,Failed} 1",
            "backup_center_backups{vault,InProgress} 0",
            "backup_center_backups{vault,PartiallyFailed} 0",
            "backup_center_backups{vault,Pondering} 1",
            "backup_center_failed_backup{by-hand,vault,AppAndPvBackup,hbr,,hbr-not-authorized} 1",
            "backup_center_last_successful_backup_timestamp_seconds{vault,daily} 1789437660",
        ],
    );
}

#[test]
fn a_vault_without_backups_has_none_in_each_phase() {
    let vault = r"
apiVersion: csdr.alibabacloud.com/v1beta1
kind: BackupLocation
metadata: {name: a, namespace: csdr}
status: {phase: Available}
---
";
    let other = r#"
apiVersion: csdr.alibabacloud.com/v1beta1
kind: ApplicationBackup
metadata: {name: daily-20260914020000, namespace: csdr, creationTimestamp: "2026-09-14T02:00:00Z"}
spec: {storageLocation: gone}
status: {phase: Completed}
"#;
    check(
        "backup-failed",
        &format!("{vault}{other}"),
        &[
            "backup_center_backups{a,Completed} 0",
            "backup_center_backups{a,Failed} 0",
            "backup_center_backups{a,InProgress} 0",
            "backup_center_backups{a,PartiallyFailed} 0",
            "backup_center_backups{gone,Completed} 1",
            "backup_center_backups{gone,Failed} 0",
            "backup_center_backups{gone,InProgress} 0",
            "backup_center_backups{gone,PartiallyFailed} 0",
            "backup_center_last_successful_backup_timestamp_seconds{gone,daily} 1789351200",
        ],
    );
    // Backups that were not dumped are not none.
    check("backup-failed", vault, &[]);
}

#[test]
fn components_are_shown_with_what_they_may_use() {
    check(
        "component-unhealthy",
        r#"
apiVersion: v1
kind: Pod
metadata: {name: velero-1, namespace: csdr, labels: {component: csdr}}
spec:
  containers:
  - name: velero
    resources: {requests: {cpu: 500m, memory: 128Mi}, limits: {cpu: "1", memory: 2Gi}}
  - {name: beside, resources: {requests: {memory: 128Mi}, limits: {memory: 1Gi}}}
status:
  phase: Running
  startTime: "1970-01-01T01:00:00Z"
  conditions: [{type: Ready, status: "True"}]
  initContainerStatuses: [{name: plugin, restartCount: 2}]
  containerStatuses: [{name: velero, restartCount: 1}, {name: beside, restartCount: 0}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: csdr-controller, namespace: csdr}
spec: {replicas: 1}
---
apiVersion: v1
kind: Pod
metadata: {name: migrate-1, namespace: kube-system, labels: {app: migrate-controller}}
status:
  phase: Running
  conditions: [{type: Ready, status: "False"}]
---
apiVersion: v1
kind: Pod
metadata: {name: migrate-0, namespace: kube-system, labels: {app: migrate-controller}}
status: {phase: Succeeded}
"#,
        &[
            "backup_center_component_cpu_request_cores{csdr-velero,csdr,velero-1} 0.5",
            "backup_center_component_healthy{csdr-controller,csdr} 0",
            "backup_center_component_healthy{csdr-velero,csdr} 1",
            "backup_center_component_healthy{migrate-controller,kube-system} 0",
            "backup_center_component_memory_limit_bytes{csdr-velero,csdr,velero-1} 3221225472",
            "backup_center_component_memory_request_bytes{csdr-velero,csdr,velero-1} 268435456",
            "backup_center_component_restarts{csdr-velero,csdr,velero-1} 3",
            "backup_center_component_restarts{migrate-controller,kube-system,migrate-1} 0",
            "backup_center_component_start_time_seconds{csdr-velero,csdr,velero-1} 3600",
        ],
    );
}

#[test]
fn a_component_that_is_missing_is_unhealthy() {
    let installed = r#"
apiVersion: v1
kind: Pod
metadata: {name: migrate-1, namespace: kube-system, labels: {app: migrate-controller}}
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: velero-1, namespace: csdr, labels: {component: csdr}}
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: csdr-velero, namespace: NAMESPACE}
"#;
    let restarts = [
        "backup_center_component_restarts{csdr-velero,csdr,velero-1} 0",
        "backup_center_component_restarts{migrate-controller,kube-system,migrate-1} 0",
    ];
    let healthy = [
        "backup_center_component_healthy{csdr-velero,csdr} 1",
        "backup_center_component_healthy{migrate-controller,kube-system} 1",
    ];
    let missing = ["backup_center_component_healthy{csdr-controller,csdr} 0"];
    let all = [&missing[..], &healthy, &restarts].concat();
    check("component-unhealthy", &installed.replace("NAMESPACE", "csdr"), &all);
    let not_known = [&healthy[..], &restarts].concat();
    check("component-unhealthy", &installed.replace("NAMESPACE", "shop"), &not_known);
}

#[test]
fn a_component_whose_pods_were_not_dumped_is_neither() {
    check(
        "component-unhealthy",
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: csdr-velero, namespace: csdr}
---
apiVersion: v1
kind: Pod
metadata: {name: migrate-1, namespace: kube-system, labels: {app: migrate-controller}}
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
"#,
        &[
            "backup_center_component_healthy{migrate-controller,kube-system} 1",
            "backup_center_component_restarts{migrate-controller,kube-system,migrate-1} 0",
        ],
    );
}
