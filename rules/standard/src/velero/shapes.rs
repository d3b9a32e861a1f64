//! The shapes of `velero.io`: only the fields that some rule needs, under the names that the API
//! has for them. Which objects a rule is given, and in which namespace, is for its pack to say.

use jiff::Timestamp;
use rulebox_sdk::Fields;
use serde::Deserialize;

/// `status` of a BackupStorageLocation.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct BackupStorageLocationStatus {
    /// `Available` or `Unavailable`.
    pub phase: String,
    /// Why it is unavailable, since Velero 1.9.
    pub message: String,
    /// When it was checked last.
    pub last_validation_time: Option<Timestamp>,
}

/// `metadata` of a Backup.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct BackupMetadata {
    /// Those that Velero gives it.
    pub labels: BackupLabels,
}

/// The labels that Velero gives a backup.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct BackupLabels {
    /// The schedule that it is a run of.
    #[serde(rename = "velero.io/schedule-name")]
    pub schedule_name: String,
}

/// `status` of a backup or a restore.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskStatus {
    /// `InProgress`, `Completed`, `PartiallyFailed`, `Failed`, `FailedValidation` and others.
    pub phase: String,
    /// Why it failed.
    pub failure_reason: String,
    /// Why it was refused.
    pub validation_errors: Vec<String>,
    /// When the work began.
    pub start_timestamp: Option<Timestamp>,
    /// When it ended.
    pub completion_timestamp: Option<Timestamp>,
    /// How many objects it could not handle; absent where none.
    pub errors: u32,
    /// How many it has something to say about; absent where none.
    pub warnings: u32,
}

/// `spec` of a Schedule.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct ScheduleSpec {
    /// `0 2 * * *`; see [`crate::velero::schedules`].
    pub schedule: String,
    /// Whether it is not to run, since Velero 1.10.
    pub paused: bool,
    /// What its backups are made of.
    pub template: ScheduleTemplate,
}

/// What the backups of a Schedule are made of.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct ScheduleTemplate {
    /// The BackupStorageLocation.
    pub storage_location: String,
    /// For how long they are kept: `720h0m0s`.
    pub ttl: String,
}

/// `status` of a Schedule.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct ScheduleStatus {
    /// `New`, `Enabled` or `FailedValidation`.
    pub phase: String,
    /// Why it was refused.
    pub validation_errors: Vec<String>,
    /// When its last backup was requested, whatever its outcome.
    pub last_backup: Option<Timestamp>,
    /// When a run was skipped on purpose, since Velero 1.14.
    pub last_skipped: Option<Timestamp>,
}
