//! See [`backup_partially_failed`].

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Objects, Run, SettingsOf, rule};

use crate::{
    kubernetes::messages::Warnings,
    packs::backup_center::{
        failures::{self, Failure},
        objects::{
            csdr::{ApplicationBackup, BackupLocation},
            selections::CsdrEvent,
            velero,
        },
        settings::BackupCenterSettings,
        tasks::Task,
        vaults::Vaults,
    },
};

/// A backup is incomplete.
///
/// A partial backup can be restored, and what is not in it is missed only then.
///
/// **Fires** on ApplicationBackups whose `status.phase` is `PartiallyFailed`. What belongs together is one finding, as in
/// `backup-failed`: runs of one plan that lack something for the same reason, and backups that their vault cut short. A plan
/// that has not completed since is always told; what a later run has made good, with severity low and only while it is new.
///
/// **Quiet** on every other phase; `backup-failed` speaks of `Failed`.
///
/// **Why** stands where it does in `backup-failed`. How many errors and warnings Velero counts, where it has a Backup of the
/// same name, stands in the evidence. A message that is not known is repeated word for word, with how to read on.
///
/// | `reason` | cause | what to do |
/// |---|---|---|
/// | `hbr-partially-completed` | volumes that Cloud Backup cannot copy, or files that were deleted meanwhile | the job `<backup>-hbr` |
/// | `velero-partially-completed` | objects that Velero could not copy | its description and its log of the backup |
/// | others | as in `backup-failed` | as there |
/// | `unknown`, `not-told` | a message that is not known; no message | both of the above |
///
/// # Settings
///
/// `failedBackupHours`: for how long a partial backup is told that is made good, or that belongs to no plan.
///
/// # Metrics
///
/// None; `backup-failed` counts backups in every phase.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata: {name: orders-daily-20260915020000, namespace: csdr}
/// spec: {storageLocation: vault-prod}
/// status: {phase: PartiallyFailed, message: PROCESS velero partially completed}
/// ```
///
/// ```yaml quiet
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata: {name: orders-daily-20260915020000, namespace: csdr}
/// spec: {storageLocation: vault-prod}
/// status: {phase: Completed}
/// ```
///
/// # Sources
///
/// - The phase, the two messages, their causes and how to read on: [Backup center FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - `status.errors` and `status.warnings` of the Velero Backup: vmware-tanzu/velero@d30d389 `pkg/apis/velero/v1/backup_types.go`.
/// - Inferred: as in `backup-failed`.
#[rule(severity = medium)]
pub fn backup_partially_failed(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    backups: Objects<'_, ApplicationBackup>,
    twins: Consulted<'_, velero::Backup>,
    vaults: Consulted<'_, BackupLocation>,
    events: Consulted<'_, CsdrEvent>,
) {
    let backups = Task::backups(&backups, &twins);
    let vaults = Vaults::read(&vaults);
    let warnings = Warnings::read(&events);
    let failures = Failure::all(&backups, &["PartiallyFailed"], &vaults, &warnings);
    let new_for = SignedDuration::from_hours(settings.failed_backup_hours.into());
    failures::report(run, &vaults, failures, new_for);
}
