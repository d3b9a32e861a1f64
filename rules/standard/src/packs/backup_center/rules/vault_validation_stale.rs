//! See [`vault_validation_stale`].

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Exceeds, Objects, Run, SettingsOf, rule, shell_word};

use crate::packs::backup_center::{
    components::CSDR_CONTROLLER,
    objects::{
        csdr::{BackupLocation, BackupLocationStatus},
        selections::{CsdrDeployment, CsdrPod},
    },
    outage::Components,
    settings::BackupCenterSettings,
};

/// A backup vault is no longer checked.
///
/// The backup center checks about every 5 minutes that it can reach the bucket of a vault. While it
/// does not, the phase does not change: an `Available` vault may have been unreachable for a long
/// time.
///
/// **Fires** on each BackupLocation that is `Available` or `Unavailable` and whose
/// `status.lastValidationTime` lies more than 15 minutes back.
///
/// **Quiet** on a vault that is newer than that, is being deleted, or is in another phase
/// (`vault-initializing-long`). An older vault without the time of its last check is `no data`, and
/// so is a dump that may have been taken long after the check: the check itself is often the newest
/// timestamp in it. So is a vault whose phase is missing or not known.
///
/// | `reason` | cause | what to do |
/// |---|---|---|
/// | `component-down` | csdr-controller does not run, or does not exist | its pod |
/// | `not-told` | nothing in the input shows it | the log of csdr-controller |
///
/// # Settings
///
/// `vaultValidationMinutes`.
///
/// # Metrics
///
/// None.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault-prod, namespace: csdr, creationTimestamp: "2026-05-11T03:20:05Z"}
/// status: {phase: Available, lastValidationTime: "2026-09-14T21:30:00Z"}
/// ---
/// apiVersion: coordination.k8s.io/v1
/// kind: Lease
/// metadata: {name: node-1, namespace: kube-node-lease}
/// spec: {renewTime: "2026-09-15T02:30:00.000000Z"}
/// ```
///
/// ```yaml quiet
/// # as-of: 2026-09-15T02:30:00Z
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault-prod, namespace: csdr, creationTimestamp: "2026-05-11T03:20:05Z"}
/// status: {phase: Available, lastValidationTime: "2026-09-15T02:26:00Z"}
/// ```
///
/// # Sources
///
/// - That a vault is checked about every 5 minutes, and that `kubectl get` shows when it was (`LAST
///   VALIDATED`): [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - Inferred: that this time is in `status.lastValidationTime`, as in Velero's
///   BackupStorageLocation, and that it is csdr-controller that checks.
#[rule(severity = medium)]
pub fn vault_validation_stale(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    vaults: Objects<'_, BackupLocation>,
    pods: Consulted<'_, CsdrPod>,
    deployments: Consulted<'_, CsdrDeployment>,
) {
    let limit = SignedDuration::from_mins(settings.vault_validation_minutes.into());
    for vault in vaults {
        if let Some(untold) = vault.untold() {
            run.untold(vault.reference(), &untold);
        }
        let BackupLocationStatus { phase, last_validation_time: checked, .. } = &vault.status;
        let is_checked = phase == "Available" || phase == "Unavailable";
        if !is_checked || vault.metadata.deletion_timestamp.is_some() {
            continue;
        }
        let created = vault.metadata.creation_timestamp;
        let Some(since) = checked.or(created) else {
            run.undecided(&format!("{}: the time of its last check is unknown", vault.reference()));
            continue;
        };
        let age = run.age(since);
        match age.exceeds(limit) {
            Exceeds::Yes => {}
            Exceeds::No => continue,
            // Its last check may be the newest timestamp there is, and proves nothing then.
            Exceeds::Undecided => {
                let what = if checked.is_some() { "last checked" } else { "created" };
                run.age_not_known(vault.reference(), &format!("how long ago it was {what}"));
                continue;
            }
        }
        let Some(checked) = **checked else {
            run.undecided(&format!(
                "{}: it has no status.lastValidationTime, so the time of its last check is unknown",
                vault.reference()
            ));
            continue;
        };
        let name = vault.name();
        let draft = vault
            .finding(format!(
                "Backup vault {name} was last checked {age} ago: whether it is still {} is unknown",
                phase.to_lowercase()
            ))
            .label("backup_location", name)
            .evidence("status.lastValidationTime", checked)
            .evidence("status.phase", phase);
        let draft = match Components::read(&pods, &deployments).outage(CSDR_CONTROLLER) {
            Some(outage) => {
                let why = format!("Nothing checks it: {}.", outage.why);
                outage.next_steps(outage.cite(draft.cause(why).label("reason", "component-down")))
            }
            None => draft
                .cause(
                    "A vault is checked about every 5 minutes. The input does not show why this \
                     one was not.",
                )
                .label("reason", "not-told")
                .remedy("See what csdr-controller does:")
                .command("kubectl -n csdr get pod -o wide")
                .command("kubectl -n csdr logs deploy/csdr-controller --since=1h"),
        };
        run.report(
            draft.remedy("The vault is checked again when LAST VALIDATED is recent here:").command(
                format!(
                    "kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{}",
                    shell_word(name)
                ),
            ),
        );
    }
}
