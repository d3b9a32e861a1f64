//! See [`conversion_failed`].

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Objects, Run, SettingsOf, rule};

use crate::packs::backup_center::{
    failures::{self, Facts, Failure},
    objects::{
        csdr::{ApplicationBackup, BackupLocation, ConvertToSnapshot},
        selections::CsdrEvent,
    },
    settings::BackupCenterSettings,
    tasks::Task,
};

/// Volumes of a backup could not be converted to another StorageClass.
///
/// A conversion is an optional step before a restore. It has the name of its backup, so there is
/// one for each, and a failed one blocks the next until it is removed.
///
/// **Fires** on each ConvertToSnapshot whose `status.phase` is `Failed`, and with severity medium
/// on one that is `PartiallyFailed`, while it is new. Conversions that failed because their vault
/// could not be used are one finding about the BackupLocation.
///
/// **Quiet** on every other phase, and where there are none. A phase that is not known, or that is
/// missing although the conversion was not asked for just now, is `no data`.
///
/// **Why** it failed is in its own `status.message`, else in the newest Warning event about it; the
/// evidence shows which. An unknown message is quoted verbatim.
///
/// - `storage-class-missing`: no such StorageClass. Remedy: create it, or choose another.
/// - `storage-class-unsupported`: neither disk nor NAS nor OSS of CSI. Remedy: choose another.
/// - `storage-class-binds-immediately`: several zones, and a volume that is bound before its pod is
///   placed. Remedy: `WaitForFirstConsumer`.
/// - `cluster-resources-timeout`: a temporary pod or volume that did not get ready. Remedy: the PVC
///   that it names.
/// - as of `vault-unavailable`, `hbr-…`: the vault; Cloud Backup. Remedy: as in `backup-failed`.
/// - `unknown`, `not-told`: an unknown message; no message. Remedy: investigate by hand.
///
/// The last step removes the conversion by a DeleteRequest of the type `Convert`, and starts it
/// again.
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
/// kind: ConvertToSnapshot
/// metadata: {name: orders-daily-20260915020000, namespace: csdr}
/// status: {phase: Failed, message: storageclass fast-disk not exists}
/// ```
///
/// ```yaml quiet
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ConvertToSnapshot
/// metadata: {name: orders-daily-20260915020000, namespace: csdr}
/// status: {phase: Completed}
/// ```
///
/// # Sources
///
/// - The kind, its name, the messages, their causes and remedies: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - Inferred: `status.phase` and `status.message`, after the other tasks, because no
///   ConvertToSnapshot is public; the vault, where no annotation names it, from the backup.
#[rule(severity = high)]
pub fn conversion_failed(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    conversions: Objects<'_, ConvertToSnapshot>,
    backups: Consulted<'_, ApplicationBackup>,
    vaults: Consulted<'_, BackupLocation>,
    events: Consulted<'_, CsdrEvent>,
) {
    let mut conversions = Task::conversions(&conversions);
    Task::find_vaults(&mut conversions, &Task::backups(&backups, []));
    let facts = Facts::read(&vaults, &events);
    let has_failed = |it: &Task| it.phase == "Failed" || it.phase == "PartiallyFailed";
    let failures = Failure::all(&conversions, has_failed, &facts);
    let new_for = SignedDuration::from_hours(settings.failed_restore_hours.into());
    failures::tell_ended(run, &conversions, &failures, &facts);
    failures::report(run, &facts, failures, new_for);
    failures::tell_untold(run, &conversions, new_for);
}
