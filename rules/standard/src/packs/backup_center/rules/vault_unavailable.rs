//! See [`vault_unavailable`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use rulebox_sdk::{Consulted, Draft, Metric, Objects, Run, Seen, SpanDraft, rule, shell_word};

use crate::{
    kubernetes::messages::{Happening, Message, Warnings},
    packs::backup_center::{
        diagnosis::{Diagnosis, Names},
        objects::{
            csdr::{ApplicationBackup, BackupLocation},
            selections::CsdrEvent,
            velero::BackupStorageLocation,
        },
        spans,
    },
};

const BACKUP_LOCATION: Metric<5> = Metric::info(
    "backup_center_backup_location",
    "A backup vault and its state.",
    ["backup_location", "bucket", "region", "network", "phase"],
);

/// A backup vault cannot be used.
///
/// Backups to an unavailable vault fail, and its contents cannot be restored, until it is available
/// again.
///
/// **Fires** on each BackupLocation whose `status.phase` is `Unavailable`. **Quiet** on
/// `Available`, and on `InProgress`: a new vault is being initialized. An unknown phase, or none,
/// is `no data`. The BackupLocations of Portworx and Kubedr are of other groups and never looked
/// at.
///
/// **Why** it is unavailable may be stated in several places, and the first that states a cause
/// counts: its own `status.message`; the newest Warning event about it; the message of the
/// BackupStorageLocation of the same name, its twin in Velero; the newest Warning event about a
/// backup to it that begins with `VaultError`. The evidence shows which. An unknown message is
/// quoted verbatim. The `RequestId` of OSS, for a ticket, is in the evidence and not in a label,
/// because every request has another.
///
/// - `bucket-not-owned`, `bucket-acl`, `authorizer-policy`, `bucket-policy`, `access-denied`: OSS
///   refuses the cluster. Remedy: the role or policy for the bucket; on a managed cluster a bucket
///   named `cnfs-oss-…`.
/// - `account-disabled`: a payment is overdue, or the account is suspended. Remedy: the console.
/// - `no-such-bucket`: the bucket does not exist. Remedy: another bucket, another vault.
/// - `wrong-endpoint`, `region-missing`, `endpoint-not-resolved`: the region is not the bucket's.
///   Remedy: a vault with the right one.
/// - `kms-denied`: the key of the bucket may not be used. Remedy: permissions of KMS.
/// - `invalid-access-key`, `signature-mismatch`, `access-key-not-set`, `credentials-unreadable`:
///   the AccessKey. Remedy: the Secret `alibaba-addon-secret`.
/// - `bucket-not-listed`, `bucket-not-written`: the plug-in could not read or write for an unknown
///   reason; the key in KMS. Remedy: the role or policy.
/// - `managed-role-missing`, `ram-role-unavailable`, `token-expired`, `time-skewed`: the RAM role,
///   its token, the clock. Remedy: authorize the role; set the clock.
/// - `internal-network-unreachable`: another region, an Edge cluster, or a registered cluster
///   without a route. Remedy: `network: public`, on the vault and on its twin.
/// - `public-network-unreachable`, `network-unreachable`: no Internet access. Remedy: a NAT gateway
///   or an EIP.
/// - `archive-class`: the bucket is not of class Standard. Remedy: another bucket.
/// - `plugin-missing`: Velero runs without the plug-in for OSS. Remedy: reinstall.
/// - `hbr-not-authorized`, `hbr-check-failed`, `hbr-repository-deleted`: Cloud Backup. Remedy:
///   activate it; create its repository again.
/// - `unknown`, `not-told`: an unknown message; no message. Remedy: investigate by hand.
///
/// # Settings
///
/// None.
///
/// # Metrics
///
/// `backup_center_backup_location_info`, one for each vault whatever its phase; `backup_location`
/// is its name, as in the metrics of backups.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault-prod, namespace: csdr}
/// spec:
///   config: {network: internal, region: cn-hangzhou}
///   objectStorage: {bucket: cnfs-oss-prod}
/// status:
///   phase: Unavailable
///   message: >-
///     oss: service returned error: StatusCode=403, ErrorCode=AccessDenied,
///     ErrorMessage="The bucket you access does not belong to you."
/// ```
///
/// ```yaml quiet
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault-prod, namespace: csdr}
/// status: {phase: Available}
/// ```
///
/// # Sources
///
/// - The phases, the causes and their remedies: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center)
///   and [Monitor the backup center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - What OSS answers: [HTTP
///   403](https://github.com/AlibabaCloudDocs/oss/blob/f684091/intl.en-US/Developer%20Guide/Troubleshooting/HTTP%20403%20status%20code.md),
///   and in which formats: aliyun/aliyun-oss-go-sdk@b6e0a2a `oss/error.go`,
///   aliyun/alibabacloud-oss-go-sdk-v2@b3226d1 `oss/errors.go`.
/// - What the OSS plug-in of Velero says: AliyunContainerService/velero-plugin@1b0cc14.
/// - Inferred: that a message, if there is one, is in `status.message`, for no schema of the
///   BackupLocation is public; `no-such-bucket`, `token-expired`, `time-skewed` and
///   `archive-class`, from the codes of the OSS API; that the merge patches do what the JSON
///   patches of the FAQ do (they keep the rest of `spec.config`, and work where it is absent).
#[rule(severity = critical, metrics(BACKUP_LOCATION))]
pub fn vault_unavailable(
    run: &Run<'_>,
    vaults: Objects<'_, BackupLocation>,
    twins: Consulted<'_, BackupStorageLocation>,
    backups: Consulted<'_, ApplicationBackup>,
    events: Consulted<'_, CsdrEvent>,
) {
    let mut witnesses = None;
    for vault in vaults {
        let names = Names::of_vault(&vault);
        run.sample(
            &BACKUP_LOCATION,
            [
                names.vault,
                names.bucket,
                names.region,
                &names.network.to_lowercase(),
                &vault.status.phase,
            ],
            1.0,
        );
        if let Some(untold) = vault.untold() {
            run.untold(vault.reference(), &untold);
        } else if vault.status.phase == "Unavailable" {
            let witnesses =
                witnesses.get_or_insert_with(|| Witnesses::read(&twins, &backups, &events));
            let diagnosis = Diagnosis::of_vault(witnesses.on(&vault), &names)
                .with_twin(twins.iter().any(|it| it.name() == vault.name()))
                .with_events(events.coverage());
            if let Some(since) = witnesses.since(&vault) {
                let name = names.vault;
                let summary = format!("Vault {name} is unavailable; this is the first sign of it");
                let lane = spans::vault_lane(name);
                let object = vault.reference().clone();
                run.tell(SpanDraft::new("outage", &lane, object, since, summary));
            }
            run.report(finding(&vault, &names, &diagnosis));
        }
    }
}

/// Other objects that may have the reason why a vault is unavailable.
struct Witnesses {
    twins: BTreeMap<String, Message>,
    backups: Vec<Seen<ApplicationBackup>>,
    warnings: Warnings,
}

impl Witnesses {
    fn read(
        twins: &Consulted<'_, BackupStorageLocation>,
        backups: &Consulted<'_, ApplicationBackup>,
        events: &Consulted<'_, CsdrEvent>,
    ) -> Self {
        let twins = twins.iter().filter_map(|it| {
            let message = Message::at(&it, "status.message", &it.status.message)?;
            (it.status.phase == "Unavailable").then(|| (it.name().to_owned(), message))
        });
        Self {
            twins: twins.collect(),
            backups: backups.iter().collect(),
            warnings: Warnings::read(events),
        }
    }

    /// The best source first.
    fn on(&self, vault: &Seen<BackupLocation>) -> Vec<Message> {
        let message = vault.status.message.as_deref().unwrap_or_default();
        let own = Message::at(vault, "status.message", message);
        let warning = self.warnings.newest(vault.reference());
        let twin = self.twins.get(vault.name()).cloned();
        own.into_iter().chain(warning).chain(twin).chain(self.backup_to(vault.name())).collect()
    }

    /// The first moment at which something shows that it is unavailable: warnings about it, backups
    /// to it that failed and say so, and warnings about these, behind the last backup that
    /// completed; else its last check.
    fn since(&self, vault: &Seen<BackupLocation>) -> Option<Timestamp> {
        let backups = || self.backups.iter().filter(|it| it.spec.storage_location == vault.name());
        let completed = backups().filter(|it| it.status.phase == "Completed");
        let worked = completed.filter_map(|it| {
            let ended = *it.status.completion_timestamp;
            ended.or(it.metadata.creation_timestamp)
        });
        let worked = worked.max();
        let own = self.warnings.happenings(vault.reference());
        let of_backups = backups().flat_map(|it| self.warnings.happenings(it.reference()));
        let of_backups = of_backups.filter(|it| it.message().text.contains("VaultError"));
        let told = own.chain(of_backups).filter_map(Happening::first);
        let says = |it: &&Seen<ApplicationBackup>| {
            it.status.message.as_deref().unwrap_or_default().contains("VaultError")
        };
        let failed = backups().filter(|it| it.status.phase == "Failed").filter(says);
        let failed = failed.filter_map(|it| {
            let ended = *it.status.completion_timestamp;
            ended.or(it.metadata.creation_timestamp)
        });
        let told = told.chain(failed);
        let told = told.filter(|it| worked.is_none_or(|worked| *it > worked)).min();
        told.or(*vault.status.last_validation_time)
    }

    /// What the newest failure of a backup says of the vault.
    fn backup_to(&self, vault: &str) -> Option<Message> {
        let backups = self.backups.iter().filter(|it| it.spec.storage_location == vault);
        let messages = backups.filter_map(|it| self.warnings.newest(it.reference()));
        messages
            .filter(|it| it.text.contains("VaultError"))
            .max_by_key(|it| it.events.and_then(|(_, last)| last))
    }
}

fn finding(vault: &Seen<BackupLocation>, names: &Names<'_>, diagnosis: &Diagnosis) -> Draft {
    let Names { vault: name, bucket, region, network, .. } = *names;
    let draft = vault
        .finding(format!(
            "Backup vault {name} is unavailable: backups to it fail, and its backups cannot be \
             restored"
        ))
        .label("backup_location", name)
        .label("bucket", bucket)
        .label("region", region)
        .label("network", network.to_lowercase())
        .evidence("status.phase", &vault.status.phase);
    let draft = diagnosis.write(checked_last(vault, draft), names);
    let name = shell_word(name);
    let draft = if diagnosis.has_remedy() {
        draft
    } else {
        draft
            .remedy("See what the vault and its twin say, and the log of the controller:")
            .command(format!(
                "kubectl -n csdr describe backuplocations.csdr.alibabacloud.com/{name} \
                 backupstoragelocations.velero.io/{name}"
            ))
            .command("kubectl -n csdr logs deploy/csdr-controller --since=1h")
    };
    draft
        .remedy(
            "The vault is checked about every 5 minutes; it has recovered when this shows \
             Available:",
        )
        .command(format!("kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{name}"))
}

fn checked_last(vault: &Seen<BackupLocation>, draft: Draft) -> Draft {
    match *vault.status.last_validation_time {
        Some(time) => draft.evidence("status.lastValidationTime", time),
        None => draft,
    }
}
