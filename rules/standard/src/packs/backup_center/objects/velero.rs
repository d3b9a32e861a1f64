//! `velero.io`: the objects under which the backup center's own Velero does the work. Each has the
//! name of its twin in [`super::csdr`].

use rulebox_sdk::Object;
use serde::Deserialize;

use crate::{
    kubernetes::objects::core::Lifetime,
    packs::backup_center::objects::csdr::BackupLocationSpec,
    velero::shapes::{
        BackupMetadata, BackupStorageLocationStatus, ScheduleSpec, ScheduleStatus, TaskStatus,
    },
};

/// Where backups are kept: the twin of a vault.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "velero.io", namespaces("csdr"))]
#[serde(default)]
pub struct BackupStorageLocation {
    /// When it was made.
    pub metadata: Lifetime,
    /// The bucket: for the plug-in of OSS, what a vault has.
    pub spec: BackupLocationSpec,
    /// What Velero says of it.
    pub status: BackupStorageLocationStatus,
}

/// A backup.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "velero.io", namespaces("csdr"))]
#[serde(default)]
pub struct Backup {
    /// Its labels.
    pub metadata: BackupMetadata,
    /// Its outcome.
    pub status: TaskStatus,
}

/// A restore.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "velero.io", namespaces("csdr"))]
#[serde(default)]
pub struct Restore {
    /// Its outcome.
    pub status: TaskStatus,
}

/// A plan: when Velero makes backups, and which.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "velero.io", namespaces("csdr"))]
#[serde(default)]
pub struct Schedule {
    /// When it was made.
    pub metadata: Lifetime,
    /// When it runs.
    pub spec: ScheduleSpec,
    /// What Velero says of it.
    pub status: ScheduleStatus,
}
