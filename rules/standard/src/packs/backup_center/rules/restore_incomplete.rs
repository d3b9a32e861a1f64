//! See [`restore_incomplete`].

use std::cell::LazyCell;

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Draft, Objects, Run, SettingsOf, rule};

use crate::{
    kubernetes::messages::Warnings,
    packs::backup_center::{
        clues::Witnesses,
        diagnosis::{Diagnosis, Names},
        objects::{
            csdr::ApplicationRestore,
            selections::{CsdrEvent, CsdrPod},
            velero,
        },
        settings::BackupCenterSettings,
        tasks::{Task, Twin},
    },
};

/// A restore is Completed, although Velero reports errors.
///
/// A restore that is `Completed` may have skipped objects; unless the errors are read, this shows
/// only when an object is missed.
///
/// **Fires** on each ApplicationRestore whose `status.phase` is `Completed`, while it is or may be
/// new, if the Velero Restore of the same name counts errors or its own phase contains `Failed`.
///
/// **Quiet** on warnings alone, because Velero has one for each object that already existed; on a
/// restore without errors; on an old one; and on every other phase (`restore-failed`). Without a
/// Velero Restore of its name the errors are not known, which is `no data`; so is a phase, of
/// either, that is missing or not known.
///
/// What ended a pod of csdr-velero or csdr-controller while it ran is told.
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
/// spec: {backupName: orders-1}
/// status: {phase: Completed}
/// ---
/// apiVersion: velero.io/v1
/// kind: Restore
/// metadata: {name: orders-restore, namespace: csdr}
/// status: {phase: PartiallyFailed, errors: 3, warnings: 7}
/// ```
///
/// ```yaml quiet
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationRestore
/// metadata: {name: orders-restore, namespace: csdr}
/// spec: {backupName: orders-1}
/// status: {phase: Completed}
/// ---
/// apiVersion: velero.io/v1
/// kind: Restore
/// metadata: {name: orders-restore, namespace: csdr}
/// status: {phase: Completed, warnings: 7}
/// ```
///
/// # Sources
///
/// - That `Completed` does not guarantee that everything was processed, that the errors must be
///   looked at, and why objects may be missing: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - `status.errors` and the phases of the Velero Restore: vmware-tanzu/velero@d30d389
///   `pkg/apis/velero/v1/restore_types.go`.
/// - Inferred: that the errors are those which the Velero Restore of the same name counts.
#[rule(severity = medium)]
pub fn restore_incomplete(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    restores: Objects<'_, ApplicationRestore>,
    twins: Consulted<'_, velero::Restore>,
    pods: Consulted<'_, CsdrPod>,
    events: Consulted<'_, CsdrEvent>,
) {
    let new_for = SignedDuration::from_hours(settings.failed_restore_hours.into());
    let witnesses = Witnesses::default().with_pods(&pods);
    let warnings = LazyCell::new(|| Warnings::read(&events));
    for restore in Task::restores(&restores, &twins) {
        // What may be new is told: it lacks something, however old it is.
        let is_old = restore.created.is_some_and(|it| run.age(it).exceeds(new_for).certainly());
        if is_old {
            continue;
        }
        if let Some(untold) = restore.untold(run) {
            run.untold(&restore.object, &untold);
        }
        match &restore.twin {
            _ if restore.phase != "Completed" => {}
            None => run.untold(
                &restore.object,
                "it is Completed, and the errors are not known: no Velero Restore of its name was \
                 seen",
            ),
            Some(twin) if twin.lacks_something() => {
                let seen = Diagnosis::seen("restore-incomplete", twin.messages.clone());
                let end = witnesses.end(&restore, &seen, &warnings);
                let diagnosis = seen.with_clues(end.into_iter().collect());
                run.report(finding(&restore, twin, &diagnosis));
            }
            Some(twin) => {
                if let Some(untold) = twin.untold() {
                    run.untold(&twin.object, &untold);
                }
            }
        }
    }
}

fn finding(restore: &Task, twin: &Twin, diagnosis: &Diagnosis) -> Draft {
    let summary = format!("Restore {} is Completed, {}", restore.name(), twin.contradiction());
    let names = Names { backup: &restore.backup, task: Some(restore), ..Names::default() };
    let draft = Draft::new(restore.object.clone(), summary)
        .label("backup", &restore.backup)
        .evidence("status.phase", &restore.phase)
        .related_to(&twin.object, "status.phase", &twin.phase)
        .related_to(&twin.object, "status.errors", twin.errors)
        .related_to(&twin.object, "status.warnings", twin.warnings);
    let draft = diagnosis.culprits().fold(draft, Draft::caused_by);
    diagnosis.write(draft, &names)
}
