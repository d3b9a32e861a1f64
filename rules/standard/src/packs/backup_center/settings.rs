//! The settings of the pack `backup-center`: how long, how often and how many.
//!
//! Where a dump was taken at or after its newest timestamp, what may be recent counts as recent and
//! is told with its time; what may be too old yet is `no data`.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kubernetes::thresholds::Thresholds;

/// Ten years: no object in a cluster is older, and no sum with it leaves the range of dates.
const MOST_HOURS: u32 = 10 * 366 * 24;
/// A year: whoever waits longer does not wait.
const MOST_MINUTES: u32 = 366 * 24 * 60;
/// Kubernetes counts no further.
const MOST_RESTARTS: u32 = i32::MAX.unsigned_abs();

/// Settings of the pack `backup-center`. Hours are at most ten years, minutes a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct BackupCenterSettings {
    /// For how many hours a failed backup is reported although its plan has completed since, or
    /// although it belongs to no plan; so is one that a dump does not prove to be older. A week by
    /// default: then a weekly plan has run once more. A plan that has not completed since is always
    /// reported.
    #[schemars(range(min = 1, max = MOST_HOURS))]
    pub failed_backup_hours: u32,
    /// For how many hours a failed or incomplete restore and a failed conversion are reported; so
    /// is one that a dump does not prove to be older. A week by default, as for backups.
    #[schemars(range(min = 1, max = MOST_HOURS))]
    pub failed_restore_hours: u32,
    /// For how many hours a pod that was OOM-killed is reported although no task was affected; so
    /// is one where a dump does not prove it to be longer ago. A day by default, as in
    /// flanksource/pkg: then every daily plan has run once more.
    #[schemars(range(min = 1, max = MOST_HOURS))]
    pub oom_window_hours: u32,
    /// From how many restarts on a component counts as restarting again and again although it is
    /// not backing off. By default 3: a node drain or a lost lease makes one or two.
    #[schemars(range(min = 1, max = MOST_RESTARTS))]
    pub crash_loop_restarts: u32,
    /// Within how many minutes the last of these restarts must lie, or, in a dump, may lie. By
    /// default 60: the kubelet
    /// waits at most 5 minutes before it tries again, so what has not crashed for an hour runs.
    #[schemars(range(min = 1, max = MOST_MINUTES))]
    pub crash_loop_minutes: u32,
    /// For how many minutes a component may be missing, pending or not ready: it is being
    /// installed, upgraded or started. By default 10, after which Kubernetes itself says of a
    /// Deployment that it does not progress.
    #[schemars(range(min = 1, max = MOST_MINUTES))]
    pub component_grace_minutes: u32,
    /// For how many minutes a backup, restore or conversion may be in progress, where
    /// `velero_timeout_minutes` in the ConfigMap csdr-config does not say it. By default 60, as the
    /// backup center has it since version 1.7.7.
    #[schemars(range(min = 1, max = MOST_MINUTES))]
    pub task_timeout_minutes: u32,
    /// For how many hours, at most, a plan or a vault that has backups may be without a completed
    /// one. By default there is no such limit, and only the schedules of the plans count.
    #[schemars(range(min = 1, max = MOST_HOURS))]
    pub recovery_point_hours: Option<u32>,
    /// For how many minutes the namespace csdr may be Terminating. By default 10: what has no
    /// finalizers is gone in seconds, and a task that removes its finalizer does so in minutes.
    #[schemars(range(min = 1, max = MOST_MINUTES))]
    pub namespace_terminating_minutes: u32,
    /// For how many minutes a vault may be initialized. By default 15: it is checked about every 5,
    /// so that two checks may fail.
    #[schemars(range(min = 1, max = MOST_MINUTES))]
    pub vault_initializing_minutes: u32,
    /// For how many minutes a vault may go unchecked. By default 15: it is checked about every 5,
    /// so that two checks may fail.
    #[schemars(range(min = 1, max = MOST_MINUTES))]
    pub vault_validation_minutes: u32,
}

impl Default for BackupCenterSettings {
    fn default() -> Self {
        Self {
            failed_backup_hours: 7 * 24,
            failed_restore_hours: 7 * 24,
            oom_window_hours: 24,
            crash_loop_restarts: 3,
            crash_loop_minutes: 60,
            component_grace_minutes: 10,
            task_timeout_minutes: 60,
            recovery_point_hours: None,
            namespace_terminating_minutes: 10,
            vault_initializing_minutes: 15,
            vault_validation_minutes: 15,
        }
    }
}

impl From<&BackupCenterSettings> for Thresholds {
    fn from(settings: &BackupCenterSettings) -> Self {
        Self {
            starting: SignedDuration::from_mins(settings.component_grace_minutes.into()),
            crash_restarts: settings.crash_loop_restarts,
            crash_within: SignedDuration::from_mins(settings.crash_loop_minutes.into()),
            kill_within: SignedDuration::from_hours(settings.oom_window_hours.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_refused() {
        let error = serde_json::from_str::<BackupCenterSettings>(r#"{"oomWindow": 1}"#);
        assert!(error.is_err_and(|it| it.to_string().contains("unknown field `oomWindow`")));
    }
}
