//! See [`vault_twin_drift`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{
    Coverage, Draft, Exceeds, ObjectRef, Objects, Run, Seen, Severity, rule, shell_word,
};
use serde_json::json;

use crate::{
    kubernetes::{messages::Message, objects::core::Lifetime, untold},
    packs::backup_center::objects::{
        csdr::{BackupLocation, BackupLocationSpec},
        velero::BackupStorageLocation,
    },
    velero::names,
};

/// How often a vault is checked. Within that time after a change the two may differ, and one may
/// not be there yet.
const CHECK_INTERVAL: SignedDuration = SignedDuration::from_mins(5);

/// A backup vault and its twin in Velero disagree.
///
/// Each BackupLocation has a BackupStorageLocation of the same name, under which Velero does the
/// work. They are two objects, and a change of one (another network, say) has to be made to the
/// other too.
///
/// **Fires** where of the two
///
/// - `twin-missing`: a vault has no BackupStorageLocation. Remedy: the log of csdr-controller.
/// - `vault-missing`: a BackupStorageLocation has no vault (severity low). Remedy: remove what is
///   left over.
/// - `config`: bucket, prefix, region or network is set on both, and differs. Remedy: the patch
///   that changes the twin to match the vault; the other way round if only the twin is `Available`.
/// - `phase`: one is `Available`, the other `Unavailable`. Remedy: what the one says that is
///   unavailable.
///
/// What differs in several ways is one finding, under the first reason of these. A phase that was,
/// or may have been, checked less than 5 minutes ago may be about to follow the other: then the
/// severity is low, and the finding says so.
///
/// **Quiet** while either is newer than 5 minutes or is being deleted, on a vault that is being
/// initialized, on letters of the network in another case, and on what only one of them sets. A
/// missing object is only reported if the input holds all objects of its kind. Where either may be
/// newer than 5 minutes, because a dump does not tell when it was taken, it is `no data`; so is a
/// phase that is missing or not known, and a missing bucket.
///
/// # Settings
///
/// None.
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
/// spec: {config: {network: public, region: cn-hangzhou}}
/// status: {phase: Available}
/// ---
/// apiVersion: velero.io/v1
/// kind: BackupStorageLocation
/// metadata: {name: vault-prod, namespace: csdr, creationTimestamp: "2026-05-11T03:20:06Z"}
/// spec: {config: {network: internal, region: cn-hangzhou}}
/// status: {phase: Available, lastValidationTime: "2026-09-15T02:29:00Z"}
/// ```
///
/// ```yaml quiet
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault-prod, namespace: csdr, creationTimestamp: "2026-05-11T03:20:05Z"}
/// spec: {config: {network: Public}, objectStorage: {bucket: cnfs-oss-prod}}
/// status: {phase: Available}
/// ---
/// apiVersion: velero.io/v1
/// kind: BackupStorageLocation
/// metadata: {name: vault-prod, namespace: csdr, creationTimestamp: "2026-05-11T03:20:06Z"}
/// spec: {config: {network: public}, objectStorage: {bucket: cnfs-oss-prod}}
/// status: {phase: Available, lastValidationTime: "2026-09-15T02:29:00Z"}
/// ```
///
/// # Sources
///
/// - That each vault has a BackupStorageLocation of its name, that a change of the network has to
///   be made to both, and how often a vault is checked: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - Inferred: that what both set has to be the same; that a BackupStorageLocation without a vault
///   in csdr is left over.
#[rule(severity = medium)]
pub fn vault_twin_drift(
    run: &Run<'_>,
    vaults: Objects<'_, BackupLocation>,
    twins: Objects<'_, BackupStorageLocation>,
) {
    let mut twin_of: BTreeMap<_, _> = twins.iter().map(|it| (it.name().to_owned(), it)).collect();
    let (unread_vaults, unread_twins) = (vaults.unreadable(), twins.unreadable());
    for vault in &vaults {
        let twin = twin_of.remove(vault.name());
        // What cannot be read is told already, and is not absent.
        if twin.is_none() && may_be(&unread_twins, vault.name()) {
            continue;
        }
        if vault.status.phase == "InProgress" {
            continue;
        }
        match twin {
            Some(twin) => match compare(run, &vault, &twin) {
                Some(draft) => {
                    report_settled(run, &vault, draft, &[&vault.metadata, &twin.metadata]);
                }
                None => tell_untold(run, &vault, &twin),
            },
            None if twins.coverage() == Coverage::Complete => {
                report_settled(run, &vault, without_twin(&vault), &[&vault.metadata]);
            }
            // The host says that not all were seen.
            None => {}
        }
    }
    if vaults.coverage() == Coverage::Complete {
        for it in twin_of.values().filter(|it| !may_be(&unread_vaults, it.name())) {
            report_settled(run, it, without_vault(it), &[&it.metadata]);
        }
    }
}

/// Whether one of these objects may have this name.
fn may_be(objects: &[ObjectRef], name: &str) -> bool {
    objects.iter().any(|it| it.name.is_empty() || it.name == name)
}

/// Reports what is wrong with a vault and its twin, unless one of them is being created or deleted.
/// An object that does not tell its age counts as old.
fn report_settled<T>(run: &Run<'_>, about: &Seen<T>, draft: Draft, pair: &[&Lifetime]) {
    let mut may_settle = false;
    for it in pair {
        match it.creation_timestamp.map(|it| run.age(it).exceeds(CHECK_INTERVAL)) {
            _ if it.deletion_timestamp.is_some() => return,
            Some(Exceeds::No) => return,
            Some(Exceeds::Undecided) => may_settle = true,
            Some(Exceeds::Yes) | None => {}
        }
    }
    if may_settle {
        let what = "it does not match its twin; whether both are older than 5 minutes";
        run.age_not_known(about.reference(), what);
    } else {
        run.report(draft);
    }
}

/// Tells what of a vault and its twin could not be compared.
fn tell_untold(run: &Run<'_>, vault: &Seen<BackupLocation>, twin: &Seen<BackupStorageLocation>) {
    let of_twin = untold::phase(&twin.status.phase, &["Available", "Unavailable"]);
    for (object, untold) in [(vault.reference(), vault.untold()), (twin.reference(), of_twin)] {
        if let Some(untold) = untold {
            run.untold(object, &untold);
        }
    }
    for (object, spec) in [(vault.reference(), &vault.spec), (twin.reference(), &twin.spec)] {
        if spec.object_storage.bucket.is_empty() {
            run.untold(object, "spec.objectStorage.bucket is missing");
        }
    }
}

fn without_twin(vault: &Seen<BackupLocation>) -> Draft {
    let name = vault.name();
    vault
        .finding(format!(
            "Backup vault {name} has no BackupStorageLocation: Velero does not know it, and \
             backups to it fail"
        ))
        .cause(
            "Each vault has a BackupStorageLocation of its name, which is created with it. It was \
             deleted, or never created.",
        )
        .label("reason", "twin-missing")
        .label("backup_location", name)
        .evidence("status.phase", &vault.status.phase)
        .remedy("Confirm that it is missing, and see the log of csdr-controller:")
        .command(format!(
            "kubectl -n csdr get backupstoragelocations.velero.io/{}",
            shell_word(name)
        ))
        .command("kubectl -n csdr logs deploy/csdr-controller --since=1h")
}

fn without_vault(twin: &Seen<BackupStorageLocation>) -> Draft {
    let name = twin.name();
    let word = shell_word(name);
    twin.finding(format!("BackupStorageLocation {name} belongs to no backup vault"))
        .severity(Severity::Low)
        .cause(
            "Likely its vault was deleted, and it was left behind. Velero keeps checking its \
             bucket.",
        )
        .label("reason", "vault-missing")
        .label("backup_location", name)
        .evidence("status.phase", &twin.status.phase)
        .evidence("spec.objectStorage.bucket", &twin.spec.object_storage.bucket)
        .remedy(
            "Confirm that the vault is gone and that no backup in it is left, then delete it; the \
             data in the bucket stays:",
        )
        .command(format!("kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{word}"))
        .command(format!(
            "kubectl -n csdr get backups.velero.io{}",
            names::select("velero.io/storage-location", name)
        ))
        .command(format!("kubectl -n csdr delete backupstoragelocations.velero.io/{word}"))
}

/// Written in either case of letters.
const NETWORK: &str = "spec.config.network";

/// A field that both set, and that differs.
struct Difference<'a> {
    path: &'static str,
    vault: &'a str,
    twin: &'a str,
}

impl Difference<'_> {
    /// Whether the two name different places in a storage.
    fn is_of_bucket(&self) -> bool {
        self.path.starts_with("spec.objectStorage")
    }
}

fn differences<'a>(
    vault: &'a BackupLocationSpec,
    twin: &'a BackupLocationSpec,
) -> Vec<Difference<'a>> {
    let of = |it: &'a BackupLocationSpec| {
        [
            ("spec.objectStorage.bucket", it.object_storage.bucket.as_str()),
            ("spec.objectStorage.prefix", it.object_storage.prefix.trim_matches('/')),
            ("spec.config.region", it.config.region.as_str()),
            (NETWORK, it.config.network.as_str()),
        ]
    };
    let pairs = of(vault).into_iter().zip(of(twin));
    let differences = pairs.map(|((path, vault), (_, twin))| Difference { path, vault, twin });
    differences
        .filter(|it| !it.vault.is_empty() && !it.twin.is_empty())
        .filter(|it| match it.path {
            NETWORK => !it.vault.eq_ignore_ascii_case(it.twin),
            _ => it.vault != it.twin,
        })
        .collect()
}

fn compare(
    run: &Run<'_>,
    vault: &Seen<BackupLocation>,
    twin: &Seen<BackupStorageLocation>,
) -> Option<Draft> {
    let differences = differences(&vault.spec, &twin.spec);
    let phases = match (vault.status.phase.as_str(), twin.status.phase.as_str()) {
        pair @ (("Available", "Unavailable") | ("Unavailable", "Available")) => Some(pair),
        _ => None,
    };
    let draft = if differences.is_empty() {
        of_phase(run, vault, twin, phases?)
    } else {
        of_config(vault, twin, &differences)
    };
    // A bucket that differs may itself be why.
    let has_moved = differences.iter().any(Difference::is_of_bucket);
    let draft = if vault.status.phase == "Unavailable" && phases.is_some() && !has_moved {
        draft.caused_by(vault)
    } else {
        draft
    };
    Some(match phases {
        None => draft,
        Some((of_vault, of_twin)) => {
            let draft =
                draft.evidence("status.phase", of_vault).related(twin, "status.phase", of_twin);
            said(vault, twin).into_iter().fold(draft, |draft, it| it.cite(draft))
        }
    })
}

fn of_config(
    vault: &Seen<BackupLocation>,
    twin: &Seen<BackupStorageLocation>,
    differences: &[Difference<'_>],
) -> Draft {
    let (name, word) = (vault.name(), shell_word(vault.name()));
    let words: Vec<_> = differences
        .iter()
        .map(|Difference { path, vault, twin }| {
            let field = path.rsplit('.').next().unwrap_or_default();
            format!("{field} {vault} and {twin}")
        })
        .collect();
    let mut draft = vault
        .finding(format!(
            "Backup vault {name} and its BackupStorageLocation differ: {}",
            words.join(", ")
        ))
        .cause(
            "A change was made to one of them only. The backup center follows the first, Velero \
             the second.",
        )
        .label("reason", "config")
        .label("backup_location", name);
    for Difference { path, vault, twin: other } in differences {
        draft = draft.evidence(path, vault).related(twin, path, other);
    }
    let moved = differences.iter().any(Difference::is_of_bucket);
    // Then it is the vault that the change is missing on.
    let only_twin_works =
        vault.status.phase == "Unavailable" && twin.status.phase == "Available" && !moved;
    let draft = if only_twin_works {
        draft.remedy(
            "Velero reaches the bucket, and csdr-controller does not: likely the change is right, \
             and is missing on the vault. This changes the vault to match its twin:",
        )
    } else if moved {
        draft.remedy(
            "A vault cannot be moved: find out which of the two buckets holds the backups. If it \
             is that of the vault, this changes the twin to match:",
        )
    } else {
        draft.remedy("If the vault is right, this changes the twin to match:")
    };
    let to_patch = if only_twin_works {
        "backuplocations.csdr.alibabacloud.com"
    } else {
        "backupstoragelocations.velero.io"
    };
    let mut patch = json!({});
    for Difference { path, vault, twin } in differences {
        let mut parts = path.split('.');
        let (Some(spec), Some(of), Some(field)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        patch[spec][of][field] = if only_twin_works { *twin } else { *vault }.into();
    }
    draft
        .command(format!(
            "kubectl -n csdr patch {to_patch}/{word} --type=merge -p {}",
            shell_word(&patch.to_string())
        ))
        .remedy("Within 5 minutes both are checked again:")
        .command(format!(
            "kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{word} \
             backupstoragelocations.velero.io/{word}"
        ))
}

fn of_phase(
    run: &Run<'_>,
    vault: &Seen<BackupLocation>,
    twin: &Seen<BackupStorageLocation>,
    (of_vault, of_twin): (&str, &str),
) -> Draft {
    let (name, word) = (vault.name(), shell_word(vault.name()));
    let (of_vault, of_twin) = (of_vault.to_lowercase(), of_twin.to_lowercase());
    let checks = [*vault.status.last_validation_time, twin.status.last_validation_time];
    // The one that was checked first may not have seen yet what the other has.
    let behind: Option<Timestamp> = checks.into_iter().flatten().min();
    let may_follow = behind.is_some_and(|it| !run.age(it).exceeds(CHECK_INTERVAL).certainly());
    let draft = vault
        .finding(format!(
            "Backup vault {name} is {of_vault}, but its BackupStorageLocation is {of_twin}"
        ))
        .label("reason", "phase")
        .label("backup_location", name);
    let why = said(vault, twin).map_or_else(String::new, |it| format!(" It says: {}", it.text));
    let draft = if of_twin == "unavailable" {
        draft.cause(format!("Velero cannot reach the bucket, though csdr-controller can.{why}"))
    } else {
        draft.cause(format!("csdr-controller cannot reach the bucket, though Velero can.{why}"))
    };
    let draft = if may_follow {
        draft.severity(Severity::Low).remedy(
            "Each is checked on its own, so this may resolve by itself. Check again in 5 minutes:",
        )
    } else {
        draft.remedy("See what both of them say:")
    };
    draft
        .command(format!(
            "kubectl -n csdr describe backuplocations.csdr.alibabacloud.com/{word} \
             backupstoragelocations.velero.io/{word}"
        ))
        .command("kubectl -n csdr logs deploy/csdr-velero -c velero --since=1h")
}

/// The message of the one that is unavailable.
fn said(vault: &Seen<BackupLocation>, twin: &Seen<BackupStorageLocation>) -> Option<Message> {
    if twin.status.phase == "Unavailable" {
        Message::at(twin, "status.message", &twin.status.message)
    } else {
        let message = vault.status.message.as_deref().unwrap_or_default();
        Message::at(vault, "status.message", message)
    }
}
