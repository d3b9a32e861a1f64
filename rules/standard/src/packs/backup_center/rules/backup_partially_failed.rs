//! See [`backup_partially_failed`].

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Objects, Run, SettingsOf, rule};

use crate::{
    kubernetes::objects::snapshot::VolumeSnapshot,
    packs::backup_center::{
        failures::{self, Facts, Failure},
        objects::{
            csdr::{ApplicationBackup, BackupLocation},
            selections::{CsdrEvent, CsdrPod},
            velero,
        },
        settings::BackupCenterSettings,
        tasks::Task,
    },
};

/// A backup is incomplete.
///
/// A partial backup can be restored, but what it lacks is noticed only then.
///
/// **Fires** on ApplicationBackups whose `status.phase` is `PartiallyFailed`, and on those that are
/// `Completed` while the Velero Backup of the same name counts errors or its own phase contains
/// `Failed`: the backup center copies the objects by it. Related failures are one finding, as in
/// `backup-failed`: runs of one plan that are incomplete for the same reason,
/// and backups that are incomplete because of their vault. A plan that has not completed since is
/// always reported; if a later run has completed, then with severity low and only while it is new;
/// if the plan was deleted, with severity low.
///
/// **Quiet** on every other phase; `backup-failed` reports `Failed`. A phase that is not known, of
/// a backup or, where that is `Completed`, of the Velero Backup, is `no data`; so is a phase that
/// is missing although the backup was not asked for just now.
///
/// **Why** is stated in the same places as for `backup-failed`. How many errors and warnings Velero
/// counts, where it has a Backup of the same name, is in the evidence. An unknown message is quoted
/// verbatim, with how to investigate further.
///
/// - `hbr-partially-completed`: volumes that Cloud Backup cannot copy, or files that were deleted
///   meanwhile. Remedy: the job `<backup>-hbr`.
/// - `velero-partially-completed`: objects that Velero could not copy. Remedy: its description and
///   its log of the backup.
/// - others: as in `backup-failed`. Remedy: as there.
/// - `unknown`, `not-told`: an unknown message; no message. Remedy: both of the above.
///
/// # Settings
///
/// `failedBackupHours`: for how long a partial backup is reported after a later run has completed,
/// or if it has no plan.
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
/// - The phase, the two messages, their causes and how to investigate: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - `status.errors` and `status.warnings` of the Velero Backup: vmware-tanzu/velero@d30d389
///   `pkg/apis/velero/v1/backup_types.go`.
/// - Inferred: as in `backup-failed`.
#[rule(severity = medium)]
pub fn backup_partially_failed(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    backups: Objects<'_, ApplicationBackup>,
    twins: Consulted<'_, velero::Backup>,
    vaults: Consulted<'_, BackupLocation>,
    events: Consulted<'_, CsdrEvent>,
    schedules: Consulted<'_, velero::Schedule>,
    snapshots: Consulted<'_, VolumeSnapshot>,
    pods: Consulted<'_, CsdrPod>,
) {
    let backups = Task::backups(&backups, &twins);
    let facts = Facts::read(&vaults, &events)
        .with_plans(&schedules)
        .with_snapshots(&snapshots)
        .with_pods(&pods);
    let failures =
        Failure::all(&backups, |it| it.phase == "PartiallyFailed" || it.lacks_something(), &facts);
    let new_for = SignedDuration::from_hours(settings.failed_backup_hours.into());
    failures::report(run, &facts, failures, new_for);
    failures::tell_untold(run, &backups, new_for);
    for twin in
        backups.iter().filter(|it| it.phase == "Completed").filter_map(|it| it.twin.as_ref())
    {
        if let Some(untold) = twin.untold() {
            run.untold(&twin.object, &untold);
        }
    }
}
