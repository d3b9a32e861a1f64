//! `csdr.alibabacloud.com`, the ACK backup center. No schema of it is public: what published
//! manifests and scripts show is typed, what is only likely is a [`Guess`].

use jiff::Timestamp;
use rulebox_sdk::{Fields, Guess, Object, ObjectRef};
use serde::Deserialize;

use crate::{
    kubernetes::{objects::core::Lifetime, untold},
    velero::shapes::BackupLabels,
};

/// The namespace of all its objects.
pub const NAMESPACE: &str = "csdr";

/// A backup vault.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "csdr.alibabacloud.com", namespaces("csdr"))]
#[serde(default)]
pub struct BackupLocation {
    /// When it was asked for.
    pub metadata: Lifetime,
    /// The bucket.
    pub spec: BackupLocationSpec,
    /// Whether it can be used.
    pub status: BackupLocationStatus,
}

impl BackupLocation {
    /// A vault that need not exist.
    pub fn named(name: &str) -> ObjectRef {
        ObjectRef {
            api_version: "csdr.alibabacloud.com/v1beta1".to_owned(),
            kind: "BackupLocation".to_owned(),
            namespace: NAMESPACE.to_owned(),
            name: name.to_owned(),
            uid: String::new(),
        }
    }

    /// Why its phase tells nothing; none where it does.
    pub fn untold(&self) -> Option<String> {
        untold::phase(&self.status.phase, &["InProgress", "Available", "Unavailable"])
    }

    /// Since when it waits for its next check, and the path that shows it: its creation, or its
    /// last check.
    pub fn unchecked_since(&self) -> Option<(&'static str, Timestamp)> {
        let created = self.metadata.creation_timestamp.map(|it| ("metadata.creationTimestamp", it));
        let checked =
            (*self.status.last_validation_time).map(|it| ("status.lastValidationTime", it));
        created.into_iter().chain(checked).max_by_key(|(_, it)| *it)
    }
}

/// `spec` of a [`BackupLocation`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct BackupLocationSpec {
    /// The OSS bucket.
    pub object_storage: ObjectStorage,
    /// How it is reached; may be absent.
    pub config: BackupLocationConfig,
}

/// A bucket.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct ObjectStorage {
    /// Its name.
    pub bucket: String,
    /// The folder in it.
    pub prefix: String,
}

/// How a bucket is reached.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct BackupLocationConfig {
    /// `internal` or `public`; dashboards write `Public`.
    pub network: String,
    /// `cn-hangzhou`.
    pub region: String,
}

/// `status` of a [`BackupLocation`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct BackupLocationStatus {
    /// `InProgress`, `Available` or `Unavailable`.
    pub phase: String,
    /// Why; guessed after Velero's BackupStorageLocation.
    pub message: Guess<String>,
    /// When it was checked last; guessed after Velero's BackupStorageLocation.
    pub last_validation_time: Guess<Timestamp>,
}

/// A backup.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "csdr.alibabacloud.com", namespaces("csdr"))]
#[serde(default)]
pub struct ApplicationBackup {
    /// When it was asked for, and by which plan.
    pub metadata: TaskMetadata,
    /// What it holds, and where.
    pub spec: ApplicationBackupSpec,
    /// Its outcome.
    pub status: TaskStatus,
}

/// `metadata` of a backup, a restore or a conversion.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskMetadata {
    /// When it was asked for.
    pub creation_timestamp: Option<Timestamp>,
    /// What must be removed before it can be deleted.
    pub finalizers: Vec<String>,
    /// Its vault, once more.
    pub annotations: TaskAnnotations,
    /// Those of Velero, which a run of a plan may have as its twin has them.
    pub labels: BackupLabels,
}

/// The annotations of a backup, a restore or a conversion.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct TaskAnnotations {
    /// The vault as JSON: see [`VaultAnnotation`].
    #[serde(rename = "csdr.alibabacloud.com/backuplocations")]
    pub backup_locations: String,
}

/// What the annotation `csdr.alibabacloud.com/backuplocations` says about a vault.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct VaultAnnotation {
    /// The BackupLocation.
    pub name: String,
    /// The region of the bucket.
    pub region: String,
    /// The bucket.
    pub bucket: String,
}

/// `spec` of an [`ApplicationBackup`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationBackupSpec {
    /// The BackupLocation.
    pub storage_location: String,
    /// Whether volumes are in it.
    pub pv_backup: PvBackup,
    /// `AppBackup` or `AppAndPvBackup`; guessed after a column of the dashboard.
    pub backup_type: Guess<String>,
    /// `snapshot`, `hbr`, `all` or `none`; guessed after a column of the dashboard.
    pub data_type: Guess<String>,
}

/// Whether volumes are in a backup.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct PvBackup {
    /// All that are not excluded.
    pub default_pv_backup: Option<bool>,
}

/// `status` of a backup, a restore or a conversion.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskStatus {
    /// `InProgress`, `Completed`, `PartiallyFailed` or `Failed`; there may be others.
    pub phase: String,
    /// Why; guessed, for the console shows one.
    pub message: Guess<String>,
    /// When it ended; guessed after Velero's Backup.
    pub completion_timestamp: Guess<Timestamp>,
}

/// A restore.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "csdr.alibabacloud.com", namespaces("csdr"))]
#[serde(default)]
pub struct ApplicationRestore {
    /// When it was asked for.
    pub metadata: TaskMetadata,
    /// What it restores.
    pub spec: ApplicationRestoreSpec,
    /// Its outcome.
    pub status: TaskStatus,
}

/// `spec` of an [`ApplicationRestore`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationRestoreSpec {
    /// The ApplicationBackup.
    pub backup_name: String,
}

/// A conversion of backed up volumes to another StorageClass. It has the name of its backup.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "csdr.alibabacloud.com", namespaces("csdr"))]
#[serde(default)]
pub struct ConvertToSnapshot {
    /// When it was asked for.
    pub metadata: TaskMetadata,
    /// Its outcome; guessed to be like that of a backup, because only the name of the kind is
    /// published.
    pub status: TaskStatus,
}

/// What asks for a task to be deleted, with all that belongs to it: only that it is there.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "csdr.alibabacloud.com", namespaces("csdr"))]
pub struct DeleteRequest {}
