//! `snapshot.storage.k8s.io`: snapshots of volumes.

use jiff::Timestamp;
use rulebox_sdk::{Fields, Object};
use serde::Deserialize;

/// A snapshot of a volume.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "snapshot.storage.k8s.io")]
#[serde(default)]
pub struct VolumeSnapshot {
    /// When it was asked for, and for which backup.
    pub metadata: VolumeSnapshotMetadata,
    /// Its outcome.
    pub status: VolumeSnapshotStatus,
}

/// `metadata` of a [`VolumeSnapshot`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeSnapshotMetadata {
    /// When it was asked for.
    pub creation_timestamp: Option<Timestamp>,
    /// Those that Velero gives it.
    pub labels: VolumeSnapshotLabels,
}

/// The labels that Velero gives a [`VolumeSnapshot`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct VolumeSnapshotLabels {
    /// The backup that it was made for.
    #[serde(rename = "velero.io/backup-name")]
    pub backup_name: String,
}

/// `status` of a [`VolumeSnapshot`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeSnapshotStatus {
    /// Whether a volume can be created from it; absent while that is unknown.
    pub ready_to_use: Option<bool>,
    /// What failed last.
    pub error: VolumeSnapshotError,
}

/// What failed last in the making of a [`VolumeSnapshot`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct VolumeSnapshotError {
    /// In words.
    pub message: String,
}
