//! The custom resources of the ACK backup center, group `csdr.alibabacloud.com`, as its published
//! manifests show them (the FAQ about the backup center in the user guide of ACK, on
//! alibabacloud.com). No schema is public: the fields of `status` other than `phase`, and all of
//! ConvertToSnapshot except its name, are inferred.

use serde_json::{Value, json};

use super::{context::Context, managed};
use crate::{
    moment::Moment,
    names::{CSDR, SHOP},
};

/// How many vaults a cluster has. The tasks use them in turn.
const VAULTS: usize = 20;

/// The vault of the `nth` prototype: its name, bucket and prefix.
pub(super) fn vault(nth: usize) -> (String, String, String) {
    let team = SHOP[nth % SHOP.len()];
    let name = format!("vault-{team}-{:02}", nth % VAULTS);
    (name, format!("cnfs-oss-{team}-backup"), format!("ack/{team}"))
}

/// The name of the vault's own object. There may be more of these objects than tasks refer to.
pub(super) fn vault_name(context: &mut Context<'_>) -> String {
    format!("{}-{}", vault(context.nth).0, context.maker.suffix())
}

pub(super) fn plan(nth: usize) -> String {
    format!("{}-{}", SHOP[nth % SHOP.len()], ["daily", "weekly", "hourly"][nth % 3])
}

/// The name of a backup, which its twin of Velero has too.
pub(super) fn backup_name(context: &mut Context<'_>) -> String {
    format!("{}-20260914{:02}0000-{}", plan(context.nth), context.nth % 24, context.maker.suffix())
}

pub(super) fn restore_name(context: &mut Context<'_>) -> String {
    format!("{}-drill-{}", SHOP[context.nth % SHOP.len()], context.maker.suffix())
}

/// Whether the bucket of the vault denies access.
pub(super) fn is_denied(nth: usize) -> bool {
    nth % VAULTS == 17
}

pub(super) fn refusal(context: &mut Context<'_>) -> String {
    format!(
        "oss: service returned error: StatusCode=403, ErrorCode=AccessDenied, ErrorMessage=\"The \
         bucket you access does not belong to you.\", RequestId={}, \
         Endpoint=oss-cn-hangzhou-internal.aliyuncs.com",
        context.maker.hex(24)
    )
}

fn vault_annotation(nth: usize) -> Value {
    let (name, bucket, prefix) = vault(nth);
    let vault = format!(
        "{{\"name\":\"{name}\",\"region\":\"cn-hangzhou\",\"bucket\":\"{bucket}\",\
         \"prefix\":\"{prefix}\",\"provider\":\"alibabacloud\"}}"
    );
    json!({"annotations": {"csdr.alibabacloud.com/backuplocations": vault}, "generation": 1})
}

fn managed(mut object: Value) -> Value {
    object["apiVersion"] = json!("csdr.alibabacloud.com/v1beta1");
    managed::add(
        &mut object,
        &[("csdr-console", &["metadata", "spec"], ""), ("csdr-controller", &["status"], "")],
    );
    object
}

pub(super) fn backup_location(context: &mut Context<'_>) -> Value {
    let (_, bucket, prefix) = vault(context.nth);
    let name = vault_name(context);
    let denied = is_denied(context.nth);
    managed(json!({
        "metadata": context.metadata(&name, json!({"generation": 1})),
        "spec": {
            "backupSyncPeriod": "0s",
            "config": {"network": "internal", "region": "cn-hangzhou"},
            "objectStorage": {"bucket": bucket, "prefix": prefix},
            "provider": "alibabacloud",
        },
        "status": {
            "lastValidationTime": Moment::before_capture(60 + context.below(200)).to_string(),
            "phase": if denied { "Unavailable" } else { "Available" },
        },
    }))
}

pub(super) fn application_backup(context: &mut Context<'_>) -> Value {
    let name = backup_name(context);
    let nth = context.nth;
    let status = if is_denied(nth) {
        let message = format!("VaultError: backup vault is unavailable: {}", refusal(context));
        json!({"message": message, "phase": "Failed"})
    } else if context.every(13) {
        json!({"phase": "PartiallyFailed"})
    } else {
        json!({"phase": "Completed"})
    };
    managed(json!({
        "metadata": context.metadata(&name, vault_annotation(nth)),
        "spec": {
            "excludedResources": [
                "pods",
                "replicasets.apps",
                "endpoints",
                "events",
                "endpointslices.discovery.k8s.io",
            ],
            "includeClusterResources": false,
            "includedNamespaces": [SHOP[nth % SHOP.len()]],
            "pvBackup": {"defaultPvBackup": nth.is_multiple_of(2)},
            "storageLocation": vault(nth).0,
            "ttl": "720h0m0s",
        },
        "status": status,
    }))
}

pub(super) fn application_restore(context: &mut Context<'_>) -> Value {
    let name = restore_name(context);
    let nth = context.nth;
    let status = if context.every(10) {
        json!({"message": "RestoreError: snapshot cross region request failed", "phase": "Failed"})
    } else {
        json!({"phase": "Completed"})
    };
    let namespace = SHOP[nth % SHOP.len()];
    managed(json!({
        "metadata": context.metadata(&name, vault_annotation(nth)),
        "spec": {
            "appRestoreOnly": false,
            "backupName": format!("{}-20260914{:02}0000", plan(nth), nth % 24),
            "imageRegistryMapping": {
                "docker.io/library/": "registry.cn-beijing.aliyuncs.com/my-registry/",
            },
            "includedNamespaces": [namespace],
            "namespaceMapping": {namespace: format!("{namespace}-drill")},
            "preserveNodePorts": false,
        },
        "status": status,
    }))
}

pub(super) fn convert_to_snapshot(context: &mut Context<'_>) -> Value {
    let name = backup_name(context);
    let status = if context.every(8) {
        json!({"message": "storageclass alicloud-disk-topology not exists", "phase": "Failed"})
    } else {
        json!({"phase": "Completed"})
    };
    managed(json!({
        "metadata": context.metadata(&name, vault_annotation(context.nth)),
        "spec": {"backupName": name},
        "status": status,
    }))
}

pub(super) fn delete_request(context: &mut Context<'_>) -> Value {
    let object = backup_name(context);
    let kind = ["Backup", "Restore", "Convert"][context.nth % 3];
    managed(json!({
        "metadata": context.metadata(&format!("{object}-dbr"), json!({
            "generation": 1,
            "namespace": CSDR,
        })),
        "spec": {"deleteObjectName": object, "deleteObjectType": kind},
        "status": {"phase": "Processed"},
    }))
}
