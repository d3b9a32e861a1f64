//! See [`restore_failed`].

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Objects, Run, SettingsOf, rule};

use crate::packs::backup_center::{
    failures::{self, Facts, Failure},
    objects::{
        csdr::{ApplicationBackup, ApplicationRestore, BackupLocation},
        selections::{CsdrEvent, CsdrPod},
        velero,
    },
    settings::BackupCenterSettings,
    tasks::Task,
};

/// A restore failed.
///
/// **Fires** on ApplicationRestores whose `status.phase` is `Failed`, and with severity medium on
/// those that are `PartiallyFailed`. Restores that failed because their vault could not be used are
/// one finding about the BackupLocation, even if it no longer exists.
///
/// A restore is reported only while it is new, because failed restores are never cleaned up; with
/// severity low if a later restore of the same backup has completed.
///
/// **Quiet** on every other phase. A phase that is not known, or that is missing although the
/// restore was not asked for just now, is `no data`. The ApplicationRestores of Portworx are of
/// another group and never looked at.
///
/// **Why** it failed may be stated in several places, and the first that states a cause counts: its
/// own `status.message`; the newest Warning event about it; `failureReason` or `validationErrors`
/// of the Velero Restore of the same name. The evidence shows which. An unknown message is quoted
/// verbatim, and so is what is unknown behind a known beginning. What ended a pod of csdr-velero or
/// csdr-controller while it ran is told, and how many errors and warnings Velero counts.
///
/// - as of `vault-unavailable`: the vault. Remedy: as there.
/// - `snapshot-policy-missing`, `snapshot-cross-region-failed`: no permission on ECS snapshots.
///   Remedy: the RAM policy.
/// - `cross-region-not-a-disk`: volumes of another region that are not disks. Remedy: volumes
///   created by hand.
/// - `disk-for-several-nodes`, `disk-access-mode`: a volume that several nodes mount, on a disk.
///   Remedy: a newer migrate-controller, or CNFS on NAS.
/// - `storage-class-missing`, `storage-class-unsupported`, `storage-class-binds-immediately`: the
///   StorageClass. Remedy: another one.
/// - `cluster-resources-timeout`: a temporary pod or volume that did not get ready. Remedy: the PVC
///   that it names.
/// - `backup-unknown`: the backup does not exist. Remedy: another backup; the vault.
/// - `hbr-…`: Cloud Backup. Remedy: as in `backup-failed`.
/// - `evicted`, `node-shutdown` and others: no message, but a component was ended so meanwhile.
///   Remedy: as in `backup-failed`.
/// - `velero-…`, `component-abnormal`: Velero or another component. Remedy: as in `backup-failed`.
/// - `unknown`, `not-told`: an unknown message; no message. Remedy: investigate by hand.
///
/// # Settings
///
/// `failedRestoreHours`: for how long it is reported.
///
/// # Metrics
///
/// None.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationRestore
/// metadata: {name: orders-restore, namespace: csdr}
/// spec: {backupName: orders-daily-20260915020000}
/// status: {phase: Failed, message: 'RestoreError: snapshot cross region request failed'}
/// ```
///
/// ```yaml quiet
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationRestore
/// metadata: {name: orders-restore, namespace: csdr}
/// spec: {backupName: orders-daily-20260915020000}
/// status: {phase: Completed}
/// ```
///
/// # Sources
///
/// - The phases, the messages, their causes and remedies: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - What Velero writes into its Restore: vmware-tanzu/velero@d30d389
///   `pkg/controller/restore_controller.go` and `pkg/cmd/server/server.go`.
/// - Inferred: that a message, if there is one, is in `status.message`; that the Velero Restore has
///   the name of the ApplicationRestore; the vault, where the restore's annotation does not show
///   it, from the backup.
#[rule(severity = high)]
pub fn restore_failed(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    restores: Objects<'_, ApplicationRestore>,
    twins: Consulted<'_, velero::Restore>,
    backups: Consulted<'_, ApplicationBackup>,
    vaults: Consulted<'_, BackupLocation>,
    events: Consulted<'_, CsdrEvent>,
    pods: Consulted<'_, CsdrPod>,
) {
    let mut restores = Task::restores(&restores, &twins);
    Task::find_vaults(&mut restores, &Task::backups(&backups, []));
    let facts = Facts::read(&vaults, &events).with_pods(&pods);
    let has_failed = |it: &Task| it.phase == "Failed" || it.phase == "PartiallyFailed";
    let failures = Failure::all(&restores, has_failed, &facts);
    let new_for = SignedDuration::from_hours(settings.failed_restore_hours.into());
    failures::tell_ended(run, &restores, &failures, &facts);
    failures::report(run, &facts, failures, new_for);
    failures::tell_untold(run, &restores, new_for);
}
