//! See [`backup_failed`].

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Coverage, Metric, Objects, Run, SettingsOf, rule};

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

const BACKUPS: Metric<2> = Metric::gauge(
    "backup_center_backups",
    "How many backups a vault has in each phase; 0 where it has none.",
    ["backup_location", "phase"],
);
const FAILED_BACKUP: Metric<6> = Metric::info(
    "backup_center_failed_backup",
    "A backup that failed, and why.",
    ["backup", "backup_location", "backup_type", "data_type", "schedule", "reason"],
);
const LAST_SUCCESSFUL: Metric<2> = Metric::gauge(
    "backup_center_last_successful_backup_timestamp_seconds",
    "When the last completed backup of a plan ended, in seconds since 1970.",
    ["backup_location", "schedule"],
);

/// A backup failed.
///
/// **Fires** on ApplicationBackups whose `status.phase` is `Failed`. Failures with one cause are
/// one finding:
///
/// - Backups that failed because their vault could not be used (`VaultError`, or Velero refused
///   them because of it) are one finding about the BackupLocation, even if it no longer exists.
///   `vault-unavailable` may report the same vault; this rule says which backups are missing
///   because of it, and stands below it if both say one cause.
/// - Runs of one plan that failed for the same reason are one finding about the newest.
///
/// The failure of a plan that has not completed since is always reported. If a later run has
/// completed, also to another vault, it is reported only while it is new, with severity low. The
/// failure of a backup without a plan is reported only while it is new. That of a plan which was
/// deleted (all Schedules of Velero were seen, and it is none of them) has severity low, and the
/// remedy says how to be rid of it.
///
/// **Quiet** on every other phase: `InProgress` however long, `PartiallyFailed`, and `Completed`
/// whatever an earlier state of it left behind. A phase that is not known (of a newer version, or
/// redacted), or that is missing although the backup was not asked for just now, is `no data`. The
/// ApplicationBackups of Portworx are of another group and never looked at.
///
/// **Why** it failed may be stated in several places, and the first that states a cause counts: its
/// own `status.message`; the newest Warning event about it (and not about an earlier object of the
/// same name); `failureReason` or `validationErrors` of the Velero Backup of the same name. The
/// evidence shows which. An unknown message is quoted verbatim, and so is what is unknown behind a
/// known beginning. What objects show adds to that: the errors of VolumeSnapshots of the backup;
/// what ended a pod of csdr-velero or csdr-controller while it ran; in which phase the Velero
/// Backup is, and how many errors and warnings it counts.
///
/// - as of `vault-unavailable`: the vault. Remedy: as there.
/// - `bucket-files-failed`: the bucket refuses files: KMS, permission, AccessKey. Remedy: the RAM
///   policy, the AccessKey.
/// - `velero-timeout`, `pod-volume-timeout`: too much to copy in the time, or an archive bucket.
///   Remedy: more minutes, a bucket of class Standard.
/// - `velero-restarted`, `velero-plugin-killed`: Velero or one of its plug-ins died, mostly out of
///   memory. Remedy: more memory.
/// - `hbr-client-missing`, `hbr-source-missing`, `hbr-token-missing`, `hbr-request-failed`,
///   `hbr-internal-error`: Cloud Backup could not copy a volume. Remedy: the job `<backup>-hbr`,
///   the hbr-client.
/// - `hbr-not-authorized`, `hbr-check-failed`, `hbr-api-gateway-not-authorized`,
///   `hbr-repository-deleted`: Cloud Backup cannot be checked, is not activated, not allowed, or
///   has lost its repository. Remedy: activate it, authorize it, create the repository again.
/// - `csi-driver-unsupported`, `flexvolume-driver-unsupported`: a volume that no snapshot can be
///   taken of. Remedy: leave it out, or have its files copied.
/// - `backup-name-taken`, `delete-request-left-over`, `no-target-namespace`, `invalid-request`:
///   what the backup was asked to do. Remedy: another name; the DeleteRequest; the namespaces of
///   the plan.
/// - `vault-read-only`, `vault-unknown`: Velero does not know the vault, or may not write to it.
///   Remedy: the vault's twin.
/// - `component-abnormal`, `working-component-abnormal`: a component did not work, or is not
///   installed. Remedy: its pods; migrate-controller.
/// - `console-not-allowed`: the user has no permission in the cluster. Remedy: a ClusterRole.
/// - `snapshot-failed`: no message, but a VolumeSnapshot of it has an error. Remedy: the snapshots.
/// - `oom-killed`, `evicted`, `preempted`, `node-shutdown`, `node-lost`, `node-restarted`,
///   `node-gone`, `node-tainted`, `drained`, `liveness-probe-failed`, `startup-probe-failed`,
///   `killed`: no message, but a component was ended so meanwhile. Remedy: memory only for
///   `oom-killed`; else its node.
/// - `unknown`, `not-told`: an unknown message; no message. Remedy: investigate by hand.
///
/// # Settings
///
/// `failedBackupHours`: for how long a failure is reported after a later run has completed, or if
/// the backup has no plan.
///
/// # Metrics
///
/// `backup_center_backups` counts backups by vault and phase: 0 too, for each vault and each of the
/// phases `Completed`, `Failed`, `InProgress` and `PartiallyFailed`, where all backups were seen.
/// `backup_center_failed_backup_info` has one series for each that is `Failed`, reported or not.
/// `backup_center_last_successful_backup_timestamp_seconds` has one for each vault and plan (empty:
/// none); it is the end of the backup, or its creation if no object has the end.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata: {name: orders-daily-20260915020000, namespace: csdr}
/// spec: {storageLocation: vault-prod}
/// status: {phase: Failed, message: velero backup process timeout}
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
/// - The phases, the messages, their causes and remedies: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - That a failure is a Warning event on the ApplicationBackup, and the columns of its dashboard:
///   [Monitor the backup center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - What Velero writes into its Backup: vmware-tanzu/velero@d30d389 `pkg/cmd/server/server.go` and
///   `pkg/controller/backup_controller.go`. That dying plug-ins are mostly OOM-killed is inferred
///   from issues 1856, 3234 and 6780 there.
/// - How Velero shortens names into labels: `pkg/label/label.go` there. What ends a pod:
///   kubernetes/kubernetes, as the words of its status show it.
/// - Inferred: that a message, if there is one, is in `status.message`, and the type of backup and
///   data in `spec.backupType` and `spec.dataType`, because no schema is public; that the Velero
///   Backup has the name of the ApplicationBackup, because the FAQ asks Velero about it by that
///   name; the plan, where Velero's label `velero.io/schedule-name` does not show it, from the time
///   at the end of the name, as Velero names the runs of a schedule.
#[rule(severity = high, metrics(BACKUPS, FAILED_BACKUP, LAST_SUCCESSFUL))]
pub fn backup_failed(
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
    let all = backups.coverage() == Coverage::Complete;
    let backups = Task::backups(&backups, &twins);
    let names: Vec<_> = vaults.iter().map(|it| it.name().to_owned()).collect();
    count(run, &backups, &names, all);
    let facts = Facts::read(&vaults, &events)
        .with_plans(&schedules)
        .with_snapshots(&snapshots)
        .with_pods(&pods);
    let failures = Failure::all(&backups, |it| it.phase == "Failed", &facts);
    for Failure { task, diagnosis, .. } in &failures {
        sample(run, task, diagnosis.reason());
    }
    let new_for = SignedDuration::from_hours(settings.failed_backup_hours.into());
    failures::tell_ended(run, &backups, &failures, &facts);
    failures::report(run, &facts, failures, new_for);
    failures::tell_untold(run, &backups, new_for);
}

/// The phases of backups that each vault has a number of.
const PHASES: [&str; 4] = ["Completed", "Failed", "InProgress", "PartiallyFailed"];

/// The metrics of all backups. `vaults`: those that were seen; others have backups only.
fn count(run: &Run<'_>, backups: &[Task], vaults: &[String], all: bool) {
    let mut phases: BTreeMap<_, u32> = BTreeMap::new();
    let mut ends = BTreeMap::new();
    let named = backups.iter().map(|it| &it.vault.name).filter(|it| !it.is_empty());
    // Where not all backups were seen, none is no number.
    for vault in named.chain(vaults).filter(|_| all) {
        phases.extend(PHASES.map(|phase| ((vault.as_str(), phase), 0)));
    }
    for backup in backups {
        let vault = backup.vault.name.as_str();
        *phases.entry((vault, backup.phase.as_str())).or_default() += 1;
        if backup.phase == "Completed"
            && let Some(end) = backup.ended.or(backup.created)
        {
            let newest = ends.entry((vault, backup.plan.as_str())).or_insert(end);
            *newest = end.max(*newest);
        }
    }
    for ((vault, phase), number) in phases {
        run.sample(&BACKUPS, [vault, phase], number.into());
    }
    for ((vault, plan), end) in ends {
        run.sample(&LAST_SUCCESSFUL, [vault, plan], end.as_second() as f64);
    }
}

/// The metric of one that failed.
fn sample(run: &Run<'_>, backup: &Task, reason: &str) {
    let labels = [
        backup.name(),
        &backup.vault.name,
        &backup.backup_type,
        &backup.data_type,
        &backup.plan,
        reason,
    ];
    run.sample(&FAILED_BACKUP, labels, 1.0);
}
