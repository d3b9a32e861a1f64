//! The custom resources of Velero, as it leaves them: <https://velero.io/docs/v1.16/api-types/>.

use serde_json::{Value, json};

use super::{
    backup_center::{backup_name, is_denied, plan, refusal, restore_name, vault, vault_name},
    context::Context,
    managed,
};
use crate::{
    moment::Moment,
    names::{SHOP, node_name},
};

fn managed(mut object: Value) -> Value {
    object["apiVersion"] = json!("velero.io/v1");
    managed::add(
        &mut object,
        &[("csdr-controller", &["metadata", "spec"], ""), ("velero-server", &["status"], "")],
    );
    object
}

pub(super) fn backup(context: &mut Context<'_>) -> Value {
    let name = backup_name(context);
    let nth = context.nth;
    let denied = is_denied(nth);
    let partially = context.every(13);
    let phase = match (denied, partially) {
        (true, _) => "Failed",
        (false, true) => "PartiallyFailed",
        (false, false) => "Completed",
    };
    let items = 100 + context.below(900);
    let mut status = json!({
        "completionTimestamp": Moment::CREATION.later(90 + context.below(300)).to_string(),
        "expiration": "2026-10-14T02:00:02Z",
        "formatVersion": "1.1.0",
        "hookStatus": {},
        "phase": phase,
        "progress": {"itemsBackedUp": items, "totalItems": items},
        "startTimestamp": Moment::CREATION.later(2).to_string(),
        "version": 1,
    });
    if denied {
        status["failureReason"] =
            json!(format!("rpc error: code = Unknown desc = {}", refusal(context)));
    }
    if partially {
        status["errors"] = json!(1 + context.below(20));
        status["warnings"] = json!(context.below(90));
    }
    let metadata = json!({
        "annotations": {
            "velero.io/resource-timeout": "10m0s",
            "velero.io/source-cluster-k8s-gitversion": "v1.31.1-aliyun.1",
            "velero.io/source-cluster-k8s-major-version": "1",
            "velero.io/source-cluster-k8s-minor-version": "31",
        },
        "generation": 4,
        "labels": {
            "velero.io/schedule-name": plan(nth),
            "velero.io/storage-location": vault(nth).0,
        },
    });
    managed(json!({
        "metadata": context.metadata(&name, metadata),
        "spec": {
            "csiSnapshotTimeout": "10m0s",
            "hooks": {},
            "includeClusterResources": false,
            "includedNamespaces": [SHOP[nth % SHOP.len()]],
            "itemOperationTimeout": "4h0m0s",
            "metadata": {},
            "snapshotMoveData": false,
            "storageLocation": vault(nth).0,
            "ttl": "720h0m0s",
        },
        "status": status,
    }))
}

pub(super) fn restore(context: &mut Context<'_>) -> Value {
    let name = restore_name(context);
    let nth = context.nth;
    let items = 100 + context.below(900);
    managed(json!({
        "metadata": context.metadata(&name, json!({
            "generation": 6,
            "finalizers": ["restores.velero.io/external-resources-finalizer"],
        })),
        "spec": {
            "backupName": format!("{}-20260914{:02}0000", plan(nth), nth % 24),
            "excludedResources": [
                "nodes",
                "events",
                "events.events.k8s.io",
                "backups.velero.io",
                "restores.velero.io",
                "resticrepositories.velero.io",
                "csinodes.storage.k8s.io",
                "volumeattachments.storage.k8s.io",
                "backuprepositories.velero.io",
            ],
            "hooks": {},
            "includedNamespaces": [SHOP[nth % SHOP.len()]],
            "itemOperationTimeout": "4h0m0s",
        },
        "status": {
            "completionTimestamp": Moment::CREATION.later(100 + context.below(900)).to_string(),
            "hookStatus": {},
            "phase": if context.every(10) { "PartiallyFailed" } else { "Completed" },
            "progress": {"itemsRestored": items, "totalItems": items},
            "startTimestamp": Moment::CREATION.later(1).to_string(),
            "warnings": context.below(30),
        },
    }))
}

pub(super) fn schedule(context: &mut Context<'_>) -> Value {
    let nth = context.nth;
    let name = format!("{}-{}", plan(nth), context.maker.suffix());
    managed(json!({
        "metadata": context.metadata(&name, json!({"generation": 2})),
        "spec": {
            "schedule": (["0 2 * * *", "30 19 * * 6", "@every 1h"][nth % 3]),
            "template": {
                "includedNamespaces": [SHOP[nth % SHOP.len()]],
                "storageLocation": vault(nth).0,
                "ttl": "720h0m0s",
            },
            "useOwnerReferencesInBackup": false,
        },
        "status": {"lastBackup": Moment::before_capture(1_800).to_string(), "phase": "Enabled"},
    }))
}

pub(super) fn backup_storage_location(context: &mut Context<'_>) -> Value {
    let (_, bucket, prefix) = vault(context.nth);
    let name = vault_name(context);
    let mut status = json!({
        "lastSyncedTime": Moment::before_capture(60 + context.below(200)).to_string(),
        "lastValidationTime": Moment::before_capture(60 + context.below(200)).to_string(),
        "phase": "Available",
    });
    if is_denied(context.nth) {
        status["phase"] = json!("Unavailable");
        status["message"] = json!(format!(
            "BackupStorageLocation \"{name}\" is unavailable: rpc error: code = Unknown desc = {}",
            refusal(context)
        ));
    }
    managed(json!({
        "metadata": context.metadata(&name, json!({"generation": 1})),
        "spec": {
            "accessMode": "ReadWrite",
            "backupSyncPeriod": "0s",
            "config": {"network": "internal", "region": "cn-hangzhou"},
            "objectStorage": {"bucket": bucket, "prefix": prefix},
            "provider": "alibabacloud",
        },
        "status": status,
    }))
}

pub(super) fn delete_backup_request(context: &mut Context<'_>) -> Value {
    let backup = backup_name(context);
    let labels =
        json!({"velero.io/backup-name": backup, "velero.io/backup-uid": context.maker.uid()});
    managed(json!({
        "metadata": context.metadata(&backup, json!({
            "generateName": "delete-",
            "generation": 2,
            "labels": labels,
        })),
        "spec": {"backupName": backup},
        "status": {"phase": "Processed"},
    }))
}

/// What a PodVolumeBackup and a PodVolumeRestore share: a pod, its volume, and the outcome.
fn pod_volume(context: &mut Context<'_>, what: &str) -> Value {
    let nth = context.nth;
    let namespace = SHOP[nth % SHOP.len()];
    let pod = format!("{namespace}-ledger-{}", nth % 3);
    let bytes = 1_000_000 + context.below(90_000_000_000);
    let failed = context.every(9);
    let task = format!("{}-20260914{:02}0000", plan(nth), nth % 24);
    let name = format!("{task}-{}", context.maker.suffix());
    let metadata = json!({
        "generateName": format!("{task}-"),
        "generation": 5,
        "labels": {
            format!("velero.io/{what}-name"): task,
            "velero.io/pvc-uid": context.maker.uid(),
        },
        "ownerReferences": [{
            "apiVersion": "velero.io/v1",
            "controller": true,
            "kind": if what == "backup" { "Backup" } else { "Restore" },
            "name": task,
            "uid": context.maker.uid(),
        }],
    });
    let mut object = json!({
        "metadata": context.metadata(&name, metadata),
        "spec": {
            "backupStorageLocation": vault(nth).0,
            "pod": {"kind": "Pod", "name": pod, "namespace": namespace, "uid": context.maker.uid()},
            "repoIdentifier": "",
            "uploaderType": "kopia",
            "volume": "data",
        },
        "status": {
            "completionTimestamp": Moment::CREATION.later(20 + context.below(3_000)).to_string(),
            "phase": if failed { "Failed" } else { "Completed" },
            "progress": {"bytesDone": bytes, "totalBytes": bytes},
            "startTimestamp": Moment::CREATION.later(1).to_string(),
        },
    });
    if failed {
        object["status"]["message"] = json!(
            "data path backup failed: Failed to run kopia backup: unable to open config file: no \
             such file or directory"
        );
    }
    object
}

pub(super) fn pod_volume_backup(context: &mut Context<'_>) -> Value {
    let mut object = pod_volume(context, "backup");
    object["spec"]["node"] = json!(node_name(context.below(120)));
    object["spec"]["tags"] = json!({"backup": plan(context.nth), "volume": "data"});
    object["status"]["path"] = json!("/host_pods/data/volumes/kubernetes.io~csi/mount");
    object["status"]["snapshotID"] = json!(context.maker.hex(32));
    managed(object)
}

pub(super) fn pod_volume_restore(context: &mut Context<'_>) -> Value {
    let mut object = pod_volume(context, "restore");
    object["spec"]["snapshotID"] = json!(context.maker.hex(32));
    object["spec"]["sourceNamespace"] = json!(SHOP[context.nth % SHOP.len()]);
    managed(object)
}
