//! See [`vault_initializing_long`].

use jiff::SignedDuration;
use rulebox_sdk::{
    Consulted, Coverage, Draft, Exceeds, Objects, Run, Seen, SettingsOf, rule, shell_word,
};

use crate::{
    kubernetes::messages::{Message, Warnings},
    packs::backup_center::{
        components::CSDR_CONTROLLER,
        diagnosis::{Diagnosis, Names},
        objects::{
            csdr::BackupLocation,
            selections::{CsdrDeployment, CsdrEvent, CsdrPod},
            velero::BackupStorageLocation,
        },
        outage::{Components, Outage},
        settings::BackupCenterSettings,
    },
};

/// A backup vault is still being initialized.
///
/// A vault is `InProgress` from its creation to its first check, a few minutes. Until it is
/// `Available` nothing can be backed up to it or restored from it.
///
/// **Fires** on each BackupLocation whose `status.phase` has been `InProgress` for more than 15
/// minutes: since its creation, or since its last check, because a vault that has been checked once
/// was initialized then.
///
/// **Quiet** on a newer one, on one that is being deleted, and on every other phase
/// (`vault-unavailable`). A vault without a creation time is `no data`, and so is one that may have
/// been initialized since the newest timestamp of a dump, and one whose phase is missing or not
/// known.
///
/// **Why**, as far as the input shows it; the first that applies counts:
///
/// - `component-down`: csdr-controller, which initializes vaults, does not run, or does not exist.
///   Remedy: its pod.
/// - as of `vault-unavailable`: what the vault says, a Warning event about it, or its twin in
///   Velero. Remedy: as there.
/// - `unknown`, `not-told`: an unknown message; no message. Remedy: investigate by hand.
///
/// # Settings
///
/// `vaultInitializingMinutes`.
///
/// # Metrics
///
/// None; `vault-unavailable` gives the phase of every vault.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault-prod, namespace: csdr, creationTimestamp: "2026-09-15T01:30:00Z"}
/// status: {phase: InProgress}
/// ---
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault-old, namespace: csdr}
/// status: {phase: Available, lastValidationTime: "2026-09-15T02:30:00Z"}
/// ```
///
/// ```yaml quiet
/// # as-of: 2026-09-15T02:30:00Z
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault-prod, namespace: csdr, creationTimestamp: "2026-09-15T02:25:00Z"}
/// status: {phase: InProgress}
/// ```
///
/// # Sources
///
/// - The phases, and that a vault is checked about every 5 minutes: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center)
///   and [Monitor the backup center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - Inferred: that a check ends `InProgress`, that its time is in `status.lastValidationTime` as
///   in Velero, and that it is csdr-controller that checks.
#[rule(severity = high)]
pub fn vault_initializing_long(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    vaults: Objects<'_, BackupLocation>,
    twins: Consulted<'_, BackupStorageLocation>,
    pods: Consulted<'_, CsdrPod>,
    deployments: Consulted<'_, CsdrDeployment>,
    events: Consulted<'_, CsdrEvent>,
) {
    let limit = SignedDuration::from_mins(settings.vault_initializing_minutes.into());
    for vault in vaults {
        if let Some(untold) = vault.untold() {
            run.untold(vault.reference(), &untold);
        }
        let is_leaving = vault.metadata.deletion_timestamp.is_some();
        if vault.status.phase != "InProgress" || is_leaving {
            continue;
        }
        let Some((path, since)) = vault.unchecked_since() else {
            run.undecided(&format!(
                "{}: it is being initialized; since when is unknown, because it has no \
                 metadata.creationTimestamp",
                vault.reference()
            ));
            continue;
        };
        let age = run.age(since);
        match age.exceeds(limit) {
            Exceeds::Yes => {}
            Exceeds::No => continue,
            Exceeds::Undecided => {
                run.age_not_known(vault.reference(), "how long it has been initializing");
                continue;
            }
        }
        let outage = Components::read(&pods, &deployments).outage(CSDR_CONTROLLER);
        let asked = Asked {
            events: events.coverage(),
            has_twin: twins.iter().any(|it| it.name() == vault.name()),
        };
        let messages = messages(&vault, &twins, &Warnings::read(&events));
        let draft = vault
            .finding(format!(
                "Backup vault {} has been initializing for {age}: it cannot be used yet",
                vault.name()
            ))
            .label("backup_location", vault.name())
            .evidence("status.phase", &vault.status.phase)
            .evidence(path, since);
        run.report(explain(draft, &vault, outage, messages, &asked));
    }
}

/// Where messages were looked for.
struct Asked {
    events: Coverage,
    has_twin: bool,
}

/// The messages about it, the best source first.
fn messages(
    vault: &Seen<BackupLocation>,
    twins: &Consulted<'_, BackupStorageLocation>,
    warnings: &Warnings,
) -> Vec<Message> {
    let message = vault.status.message.as_deref().unwrap_or_default();
    let own = Message::at(vault, "status.message", message);
    let is_twin = |it: &Seen<BackupStorageLocation>| {
        it.name() == vault.name() && it.status.phase == "Unavailable"
    };
    let twin = twins.iter().find(is_twin);
    let twin = twin.and_then(|it| Message::at(&it, "status.message", &it.status.message));
    own.into_iter().chain(warnings.newest(vault.reference())).chain(twin).collect()
}

fn explain(
    draft: Draft,
    vault: &Seen<BackupLocation>,
    outage: Option<Outage>,
    messages: Vec<Message>,
    asked: &Asked,
) -> Draft {
    let word = shell_word(vault.name());
    let draft = if let Some(outage) = outage {
        let why = format!("Nothing initializes it: {}.", outage.why);
        outage.next_steps(outage.cite(draft.cause(why).label("reason", "component-down")))
    } else {
        let names = Names::of_vault(vault);
        let diagnosis = Diagnosis::of_vault(messages, &names)
            .with_twin(asked.has_twin)
            .with_events(asked.events);
        let draft = diagnosis.write(draft, &names);
        if diagnosis.has_remedy() {
            draft
        } else {
            draft
                .remedy("See what the vault and its twin say, and the log of the controller:")
                .command(format!(
                    "kubectl -n csdr describe backuplocations.csdr.alibabacloud.com/{word} \
                     backupstoragelocations.velero.io/{word}"
                ))
                .command("kubectl -n csdr logs deploy/csdr-controller --since=1h")
        }
    };
    draft
        .remedy(
            "The vault is checked about every 5 minutes; it is ready when this shows Available:",
        )
        .command(format!("kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{word}"))
}
