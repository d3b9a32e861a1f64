//! See [`backup_failed`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{
    Consulted, Coverage, Draft, Metric, ObjectRef, Objects, Run, Seen, SettingsOf, Severity, rule,
    shell_word,
};

use crate::{
    diagnosis::{Diagnosis, Names},
    objects::{
        core::CsdrEvent,
        csdr::{ApplicationBackup, BackupLocation},
        velero,
    },
    packs::BackupCenterSettings,
    tasks::Backup,
    told::Warnings,
};

const BACKUPS: Metric<2> = Metric::gauge(
    "backup_center_backups",
    "How many backups a vault has in each phase.",
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

/// How many backups a finding shows as evidence: what fits a screen. The summary counts them all.
const BACKUPS_SHOWN: usize = 20;

/// A backup failed.
///
/// **Fires** on ApplicationBackups whose `status.phase` is `Failed`. What has one cause is one finding:
///
/// - Backups that failed because their vault could not be used (`VaultError`, or Velero refused them for it) are one finding
///   about the BackupLocation, named even where it does not exist any more. `vault-unavailable` may say the same of the
///   vault at the same time; this rule says which backups are missing for it.
/// - Runs of one plan that failed for the same reason are one finding about the newest.
///
/// A plan that has not completed since is always told. A failure that a later run of the plan has made good is told with
/// severity low, and like that of a backup that belongs to no plan only while it is new.
///
/// **Quiet** on every other phase: `InProgress` however long, `PartiallyFailed`, and phases that nobody knows. The
/// ApplicationBackups of Portworx are of another group and never looked at.
///
/// **Why** it failed stands in one of several places, and the first that says a cause counts: its own `status.message`; the
/// newest Warning event about it (and not about an earlier object of the same name); `failureReason` or `validationErrors` of
/// the Velero Backup of the same name. The evidence tells which. A message that is not known is repeated word for word.
///
/// | `reason` | cause | what to do |
/// |---|---|---|
/// | as of `vault-unavailable` | the vault | as there |
/// | `bucket-files-failed` | the bucket refuses files: KMS, permission, AccessKey | the RAM policy, the AccessKey |
/// | `velero-timeout`, `pod-volume-timeout` | too much to copy in the time, or an archive bucket | more minutes, a bucket of class Standard |
/// | `velero-restarted`, `velero-plugin-killed` | Velero or a plug-in of it died, mostly for want of memory | more memory |
/// | `hbr-client-missing`, `hbr-source-missing`, `hbr-token-missing`, `hbr-request-failed`, `hbr-internal-error` | Cloud Backup could not copy a volume | the job `<backup>-hbr`, the hbr-client |
/// | `hbr-not-authorized`, `hbr-api-gateway-not-authorized`, `hbr-repository-deleted` | Cloud Backup is not activated, not allowed, or has lost its repository | activate, authorize, make it anew |
/// | `backup-name-taken`, `no-target-namespace`, `invalid-request` | what the backup was asked to do | another name; the namespaces of the plan |
/// | `vault-read-only`, `vault-unknown` | Velero does not know the vault, or may not write to it | the vault's twin |
/// | `component-abnormal` | a component in csdr did not work | its pods |
/// | `unknown`, `not-told` | a message that is not known; no message | read on by hand |
///
/// # Settings
///
/// `failedBackupHours`: for how long a failure is told that is made good, or of a backup without a plan.
///
/// # Metrics
///
/// `backup_center_backups` counts backups by vault and phase. `backup_center_failed_backup_info` has one series for each that is
/// `Failed`, told or not. `backup_center_last_successful_backup_timestamp_seconds` has one for each vault and plan (empty:
/// none); it is the end of the backup, or its creation where no object tells the end.
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
/// - The phases, the messages, their causes and remedies: [Backup center FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - That a failure is a Warning event on the ApplicationBackup, and the columns of its dashboard:
///   [Monitor the backup center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - What Velero writes into its Backup: vmware-tanzu/velero@d30d389 `pkg/cmd/server/server.go` and
///   `pkg/controller/backup_controller.go`. That dying plug-ins are mostly killed for want of memory is inferred from
///   issues 1856, 3234 and 6780 there.
/// - Inferred: that a message, where there is one, stands in `status.message`, and the type of backup and data in
///   `spec.backupType` and `spec.dataType`, for no schema is public; that the Velero Backup has the name of the
///   ApplicationBackup, because the FAQ asks Velero about it by that name; the plan, where Velero's label
///   `velero.io/schedule-name` does not tell it, from the time at the end of the name, as Velero names the runs of a schedule.
#[rule(severity = high, metrics(BACKUPS, FAILED_BACKUP, LAST_SUCCESSFUL))]
pub fn backup_failed(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    backups: Objects<'_, ApplicationBackup>,
    twins: Consulted<'_, velero::Backup>,
    vaults: Consulted<'_, BackupLocation>,
    events: Consulted<'_, CsdrEvent>,
) {
    let backups = Backup::join(&backups, &twins);
    let vaults = Vaults::read(&vaults);
    let warnings = Warnings::read(&events);
    let completed = last_completed(&backups);
    count(run, &backups);

    let new_for = SignedDuration::from_hours(settings.failed_backup_hours.into());
    let mut groups: BTreeMap<Group, Vec<Failure<'_>>> = BTreeMap::new();
    for backup in backups.iter().filter(|it| it.phase() == "Failed") {
        let names = vaults.names(backup);
        let diagnosis = Diagnosis::of_backup(backup.told(&warnings), &names);
        sample(run, backup, diagnosis.reason());
        let made_good = is_made_good(backup, &completed);
        let failure = Failure { backup, names, diagnosis, made_good };
        if failure.is_to_tell(run, new_for) {
            groups.entry(failure.group()).or_default().push(failure);
        }
    }
    for (group, mut failures) in groups {
        failures.sort_by_key(|it| std::cmp::Reverse(it.backup.created()));
        run.report(match group {
            Group::Vault(name) => of_vault(&vaults, &name, &failures),
            Group::Plan { .. } => of_plan(&vaults, &failures),
        });
    }
}

/// A backup that failed.
struct Failure<'a> {
    backup: &'a Backup,
    names: Names<'a>,
    diagnosis: Diagnosis,
    /// A later run of its plan has completed.
    made_good: bool,
}

/// What has one cause.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Backups that a vault failed.
    Vault(String),
    /// Runs of a plan that failed for one reason; a backup without a plan stands alone.
    Plan { name: String, reason: String },
}

impl Failure<'_> {
    /// What is neither made good nor new is over. Where nobody knows how old it is, it may be new.
    fn is_to_tell(&self, run: &Run<'_>, new_for: SignedDuration) -> bool {
        let has_plan = !self.backup.plan().is_empty();
        if has_plan && !self.made_good {
            return true;
        }
        let age = self.backup.created().and_then(|it| run.age(it));
        age.is_none_or(|it| it <= new_for)
    }

    fn group(&self) -> Group {
        let vault = &self.backup.vault.name;
        if self.diagnosis.blames_vault() && !vault.is_empty() {
            return Group::Vault(vault.clone());
        }
        let plan = self.backup.plan();
        let name = if plan.is_empty() { self.backup.name() } else { plan };
        Group::Plan { name: name.to_owned(), reason: self.diagnosis.reason_word_for_word() }
    }
}

/// When each plan completed last, by its vault: by creation, which every backup has, so that runs can be compared.
fn last_completed(backups: &[Backup]) -> BTreeMap<(&str, &str), Timestamp> {
    let mut last = BTreeMap::new();
    for backup in backups.iter().filter(|it| it.phase() == "Completed") {
        let Some(created) = backup.created() else { continue };
        let newest = last.entry((backup.vault.name.as_str(), backup.plan())).or_insert(created);
        *newest = created.max(*newest);
    }
    last
}

/// Whether a later run of its plan has completed.
fn is_made_good(backup: &Backup, completed: &BTreeMap<(&str, &str), Timestamp>) -> bool {
    let completed = completed.get(&(backup.vault.name.as_str(), backup.plan())).copied();
    let later = backup.created().zip(completed).is_some_and(|(failed, it)| failed < it);
    later && !backup.plan().is_empty()
}

/// The metrics of all backups.
fn count(run: &Run<'_>, backups: &[Backup]) {
    let mut phases: BTreeMap<_, u32> = BTreeMap::new();
    let mut ends = BTreeMap::new();
    for backup in backups {
        let vault = backup.vault.name.as_str();
        *phases.entry((vault, backup.phase())).or_default() += 1;
        if backup.phase() == "Completed"
            && let Some(end) = backup.ended().or(backup.created())
        {
            let newest = ends.entry((vault, backup.plan())).or_insert(end);
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
fn sample(run: &Run<'_>, backup: &Backup, reason: &str) {
    let labels = [
        backup.name(),
        &backup.vault.name,
        backup_type(&backup.seen),
        backup.seen.spec.data_type.as_deref().unwrap_or_default(),
        backup.plan(),
        reason,
    ];
    run.sample(&FAILED_BACKUP, labels, 1.0);
}

/// As the backup says, else by whether it holds volumes.
fn backup_type(backup: &ApplicationBackup) -> &str {
    match (backup.spec.backup_type.as_deref(), backup.spec.pv_backup.default_pv_backup) {
        (Some(told), _) => told,
        (None, Some(true)) => "AppAndPvBackup",
        (None, Some(false)) => "AppBackup",
        (None, None) => "",
    }
}

/// The vaults, by name.
struct Vaults {
    seen: BTreeMap<String, Seen<BackupLocation>>,
    /// Whether one that was not seen does not exist.
    all: bool,
}

impl Vaults {
    fn read(vaults: &Consulted<'_, BackupLocation>) -> Self {
        Self {
            seen: vaults.iter().map(|it| (it.name().to_owned(), it)).collect(),
            all: vaults.coverage() == Coverage::Complete,
        }
    }

    /// From the vault; from what the backup remembers of it where it is gone.
    fn names<'a>(&'a self, backup: &'a Backup) -> Names<'a> {
        let vault = &backup.vault;
        let names = Names { vault: &vault.name, backup: backup.name(), ..Names::default() };
        match self.seen.get(&vault.name) {
            Some(seen) => Names {
                bucket: &seen.spec.object_storage.bucket,
                region: &seen.spec.config.region,
                network: &seen.spec.config.network,
                ..names
            },
            None => Names { bucket: &vault.bucket, region: &vault.region, ..names },
        }
    }

    fn reference(&self, name: &str) -> ObjectRef {
        self.seen.get(name).map_or_else(|| BackupLocation::named(name), |it| it.reference().clone())
    }

    fn phase(&self, name: &str) -> &str {
        self.seen.get(name).map_or("", |it| &it.status.phase)
    }
}

fn of_vault(vaults: &Vaults, vault: &str, failures: &[Failure<'_>]) -> Draft {
    let newest = &failures[0];
    let summary = match failures {
        [one] => {
            format!(
                "Backup {} failed because its vault {vault} could not be used",
                one.backup.name()
            )
        }
        all => {
            format!("{} backups failed because their vault {vault} could not be used", all.len())
        }
    };
    let draft = Draft::new(vaults.reference(vault), with_recovery(summary, failures));
    let draft = match vaults.phase(vault) {
        "Available" => draft
            .evidence("status.phase", "Available")
            .remedy("The vault is available again. Start the backups again under new names, or wait for the next runs of their plans. If they fail again:"),
        "" if vaults.all => draft.remedy(format!(
            "No BackupLocation {vault} exists in this cluster any more. Unless it was deleted by mistake, give the plans another vault."
        )),
        "" => draft,
        phase => draft.evidence("status.phase", phase),
    };
    let draft = draft.label("backup_location", vault);
    finish(newest.diagnosis.write(draft, &newest.names), failures)
}

fn of_plan(vaults: &Vaults, failures: &[Failure<'_>]) -> Draft {
    let Failure { backup, names, diagnosis, .. } = &failures[0];
    let (name, plan) = (backup.name(), backup.plan());
    let summary = match (plan, failures.len() - 1) {
        ("", _) => format!("Backup {name} failed"),
        (_, 0) => format!("Backup {name} of plan {plan} failed"),
        (_, 1) => format!("Backup {name} of plan {plan} failed, and so did 1 earlier run"),
        (_, more) => format!("Backup {name} of plan {plan} failed, and so did {more} earlier runs"),
    };
    let draft = backup
        .seen
        .finding(with_recovery(summary, failures))
        .label("backup_location", names.vault)
        .label("schedule", plan)
        .label("backup_type", backup_type(&backup.seen));
    let mut draft = diagnosis.write(draft, names);
    if !diagnosis.has_remedy() {
        let name = shell_word(name);
        draft = draft
            .remedy("See what the backup and its twin say, and the log of the controller:")
            .command(format!(
                "kubectl -n csdr describe applicationbackups.csdr.alibabacloud.com/{name} backups.velero.io/{name}"
            ))
            .command("kubectl -n csdr logs deploy/csdr-controller --since=1h");
    }
    if vaults.phase(names.vault) == "Unavailable" {
        let path = "status.phase";
        draft = draft
            .remedy(format!("Its vault {} is unavailable now; that comes first.", names.vault))
            .related_to(&vaults.reference(names.vault), path, "Unavailable");
    }
    finish(draft, failures)
}

fn with_recovery(summary: String, failures: &[Failure<'_>]) -> String {
    match failures {
        [one] if one.made_good => format!("{summary}; its plan has completed since"),
        all if all.iter().all(|it| it.made_good) => format!("{summary}; all have completed since"),
        _ => summary,
    }
}

/// What all findings end with.
fn finish(draft: Draft, failures: &[Failure<'_>]) -> Draft {
    let Names { bucket, region, network, .. } = failures[0].names;
    let mut draft = draft
        .label("bucket", bucket)
        .label("region", region)
        .label("network", network.to_lowercase());
    for Failure { backup, .. } in failures.iter().take(BACKUPS_SHOWN) {
        let created = backup.created().map(|it| format!(", created {it}")).unwrap_or_default();
        draft = draft.related(&backup.seen, "status.phase", format!("Failed{created}"));
    }
    if failures.iter().all(|it| it.made_good) {
        draft = draft.severity(Severity::Low);
    }
    draft
}
