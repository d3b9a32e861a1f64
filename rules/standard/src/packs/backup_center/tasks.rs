//! Backups, restores and conversions: the object of the backup center and its twin in Velero, which
//! has the same name, taken together.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{Draft, Exceeds, Object, ObjectRef, Run, Seen, shell_word};
use serde_json::json;

use crate::{
    kubernetes::{
        messages::{Message, Warnings, plural},
        untold,
    },
    packs::backup_center::objects::{
        csdr::{
            ApplicationBackup, ApplicationRestore, ConvertToSnapshot, NAMESPACE, TaskMetadata,
            TaskStatus, VaultAnnotation,
        },
        velero,
    },
    velero::{
        names::{label_of, labelled_plan, plan_of},
        shapes,
    },
};

/// The phases of a task that are known: those that are published, and that of one which has not
/// begun.
const PHASES: [&str; 5] = ["New", "InProgress", "Completed", "PartiallyFailed", "Failed"];

/// The phases of Velero's object.
const TWIN_PHASES: [&str; 13] = [
    "New",
    "Queued",
    "ReadyToStart",
    "FailedValidation",
    "InProgress",
    "WaitingForPluginOperations",
    "WaitingForPluginOperationsPartiallyFailed",
    "Finalizing",
    "FinalizingPartiallyFailed",
    "Completed",
    "PartiallyFailed",
    "Failed",
    "Deleting",
];

/// For how long a task may be without a phase: csdr-controller sees it within a minute or two; ten
/// leave room for a restart of it.
const BEGINS: SignedDuration = SignedDuration::from_mins(10);

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskKind {
    /// An ApplicationBackup.
    Backup,
    /// An ApplicationRestore.
    Restore,
    /// A ConvertToSnapshot, by which volumes are restored to another StorageClass.
    Conversion,
}

impl TaskKind {
    /// The word in a sentence: `backup`.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Conversion => "conversion",
        }
    }

    /// The word at the beginning of a sentence: `Backup`.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Backup => "Backup",
            Self::Restore => "Restore",
            Self::Conversion => "Conversion",
        }
    }

    /// What kubectl calls its objects. The plural of ConvertToSnapshot is not published; the
    /// singular is.
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Backup => "applicationbackups.csdr.alibabacloud.com",
            Self::Restore => "applicationrestores.csdr.alibabacloud.com",
            Self::Conversion => "converttosnapshot.csdr.alibabacloud.com",
        }
    }

    /// What kubectl calls the twins in Velero, if there are any.
    pub const fn twin_resource(self) -> Option<&'static str> {
        match self {
            Self::Backup => Some("backups.velero.io"),
            Self::Restore => Some("restores.velero.io"),
            Self::Conversion => None,
        }
    }

    /// `spec.deleteObjectType` of a DeleteRequest.
    const fn delete_type(self) -> &'static str {
        match self {
            Self::Backup => "Backup",
            Self::Restore => "Restore",
            Self::Conversion => "Convert",
        }
    }
}

/// A backup, a restore or a conversion: what was requested, when it ran, and its outcome. What is
/// unknown is empty.
#[derive(Debug)]
pub struct Task {
    /// What it does.
    pub kind: TaskKind,
    /// The object of the backup center.
    pub object: ObjectRef,
    /// The backup that it makes, restores or converts.
    pub backup: String,
    /// The plan that a backup is a run of; empty for one that a person started. Taken from Velero's
    /// label, else from a name that ends in the time of a run, as Velero names them.
    pub plan: String,
    /// Whether a label of Velero's says so.
    pub is_labelled: bool,
    /// What its annotation says about its vault.
    pub vault: VaultAnnotation,
    /// `AppBackup` or `AppAndPvBackup`, of a backup.
    pub backup_type: String,
    /// `snapshot`, `hbr`, `all` or `none`, of a backup.
    pub data_type: String,
    /// `InProgress`, `Failed` and so on.
    pub phase: String,
    /// Whether its phase was likely taken out: it has ended, or no task of its kind has one.
    pub is_phase_lost: bool,
    /// When it was asked for.
    pub created: Option<Timestamp>,
    /// When it ended, if either object has that.
    pub ended: Option<Timestamp>,
    /// What must be removed before it can be deleted.
    pub finalizers: Vec<String>,
    /// What it says itself.
    pub message: Option<Message>,
    /// The object of the same name in Velero.
    pub twin: Option<Twin>,
}

/// The object in Velero that does the work of a task.
#[derive(Debug)]
pub struct Twin {
    /// Which it is.
    pub object: ObjectRef,
    /// `Completed`, `PartiallyFailed`, `FailedValidation` and so on.
    pub phase: String,
    /// How many objects it could not handle.
    pub errors: u32,
    /// How many it has something to say about.
    pub warnings: u32,
    /// Why it failed, or was refused; none where it did not, whatever an earlier state left behind.
    pub messages: Vec<Message>,
    /// When the work began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Task {
    /// Backups with their twins, in the order of names.
    pub fn backups(
        backups: impl IntoIterator<Item = Seen<ApplicationBackup>>,
        twins: impl IntoIterator<Item = Seen<velero::Backup>>,
    ) -> Vec<Self> {
        let mut twins = by_name(twins);
        let join = |seen: Seen<ApplicationBackup>| {
            let twin = twins.remove(seen.name());
            let own = &seen.metadata.labels.schedule_name;
            let label = twin.as_ref().map_or("", |it| &it.metadata.labels.schedule_name);
            let label = if label.is_empty() { own } else { label };
            let plan = if label.is_empty() {
                plan_of(seen.name())
            } else {
                labelled_plan(label, seen.name())
            };
            let task = Self::new(TaskKind::Backup, &seen, &seen.metadata, &seen.status);
            let mut vault = task.vault.clone();
            if !seen.spec.storage_location.is_empty() {
                vault.name.clone_from(&seen.spec.storage_location);
            }
            Self {
                plan: plan.to_owned(),
                is_labelled: !label.is_empty(),
                vault,
                backup_type: backup_type(&seen).to_owned(),
                data_type: seen.spec.data_type.as_deref().unwrap_or_default().to_owned(),
                ..task.with(twin.map(|it| Twin::new(&it, &it.status)))
            }
        };
        find_lost_phases(backups.into_iter().map(join).collect())
    }

    /// Restores with their twins, in the order of names.
    pub fn restores(
        restores: impl IntoIterator<Item = Seen<ApplicationRestore>>,
        twins: impl IntoIterator<Item = Seen<velero::Restore>>,
    ) -> Vec<Self> {
        let mut twins = by_name(twins);
        let join = |seen: Seen<ApplicationRestore>| {
            let twin = twins.remove(seen.name()).map(|it| Twin::new(&it, &it.status));
            let task = Self::new(TaskKind::Restore, &seen, &seen.metadata, &seen.status);
            Self { backup: seen.spec.backup_name.clone(), ..task.with(twin) }
        };
        find_lost_phases(restores.into_iter().map(join).collect())
    }

    /// Conversions, in the order of names.
    pub fn conversions(
        conversions: impl IntoIterator<Item = Seen<ConvertToSnapshot>>,
    ) -> Vec<Self> {
        let join = |seen: Seen<ConvertToSnapshot>| {
            Self::new(TaskKind::Conversion, &seen, &seen.metadata, &seen.status)
        };
        conversions.into_iter().map(join).collect()
    }

    /// Gives tasks without a vault that of the backup which they restore.
    pub fn find_vaults(tasks: &mut [Self], backups: &[Self]) {
        let vaults: BTreeMap<_, _> = backups.iter().map(|it| (it.name(), &it.vault)).collect();
        for task in tasks.iter_mut().filter(|it| it.vault.name.is_empty()) {
            if let Some(&vault) = vaults.get(task.backup.as_str()) {
                task.vault.clone_from(vault);
            }
        }
    }

    /// A task of which only the name is known.
    pub fn named(kind: TaskKind, object: &ObjectRef) -> Self {
        let is_restore = kind == TaskKind::Restore;
        Self {
            kind,
            object: object.clone(),
            backup: if is_restore { String::new() } else { object.name.clone() },
            plan: String::new(),
            is_labelled: false,
            vault: VaultAnnotation::default(),
            backup_type: String::new(),
            data_type: String::new(),
            phase: String::new(),
            is_phase_lost: false,
            created: None,
            ended: None,
            finalizers: Vec::new(),
            message: None,
            twin: None,
        }
    }

    fn new<T>(
        kind: TaskKind,
        seen: &Seen<T>,
        metadata: &TaskMetadata,
        status: &TaskStatus,
    ) -> Self {
        let annotation = &metadata.annotations.backup_locations;
        Self {
            vault: serde_json::from_str(annotation).unwrap_or_default(),
            phase: status.phase.clone(),
            created: metadata.creation_timestamp.filter(|it| *it > Timestamp::UNIX_EPOCH),
            ended: *status.completion_timestamp,
            finalizers: metadata.finalizers.clone(),
            message: Message::at(
                seen,
                "status.message",
                status.message.as_deref().unwrap_or_default(),
            ),
            ..Self::named(kind, seen.reference())
        }
    }

    fn with(self, twin: Option<Twin>) -> Self {
        let ended = self.ended.or_else(|| twin.as_ref()?.ended);
        Self { ended, twin, ..self }
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        &self.object.name
    }

    /// Its plan as a label has it: of some runs only that is known.
    pub fn plan_label(&self) -> Cow<'_, str> {
        label_of(&self.plan)
    }

    /// When it was asked for, else when Velero began it.
    pub fn began(&self) -> Option<Timestamp> {
        self.created.or_else(|| self.twin.as_ref()?.started)
    }

    /// Whether it has neither ended nor been refused. Only of backups and restores it is known how
    /// they begin.
    pub fn is_waiting(&self) -> bool {
        match self.phase.as_str() {
            "InProgress" => true,
            "" if self.is_phase_lost => false,
            "" | "New" => self.kind != TaskKind::Conversion,
            _ => false,
        }
    }

    /// Why its phase tells nothing of its outcome; none where it does, or where it was asked for
    /// just now.
    pub fn untold(&self, run: &Run<'_>) -> Option<String> {
        let is_new = self.created.is_some_and(|it| run.age(it).exceeds(BEGINS) == Exceeds::No);
        untold::phase(&self.phase, &PHASES).filter(|_| !(self.phase.is_empty() && is_new))
    }

    /// Whether it does not tell its outcome, and is not one that waits for it.
    pub fn is_untold(&self, run: &Run<'_>) -> bool {
        !self.is_waiting() && self.untold(run).is_some()
    }

    /// Whether it is `Completed`, and Velero says otherwise of its part.
    pub fn lacks_something(&self) -> bool {
        self.phase == "Completed" && self.twin.as_ref().is_some_and(Twin::lacks_something)
    }

    /// The messages about it, the best source first: the object itself, the newest Warning event
    /// about it, its twin.
    pub fn messages(&self, warnings: &Warnings) -> Vec<Message> {
        let own = self.message.clone();
        let warning = warnings.newest(&self.object);
        own.into_iter().chain(warning).chain(self.twin_messages().iter().cloned()).collect()
    }

    /// Velero's messages about its end.
    pub fn twin_messages(&self) -> &[Message] {
        self.twin.as_ref().map_or(&[], |it| &it.messages)
    }

    /// The command that shows all that the cluster says of it: the object, its events and its twin.
    pub fn describe_command(&self) -> String {
        let name = shell_word(self.name());
        let twin = self.kind.twin_resource().map(|it| format!(" {it}/{name}"));
        format!(
            "kubectl -n {NAMESPACE} describe {}/{name}{}",
            self.kind.resource(),
            twin.unwrap_or_default()
        )
    }

    /// The command that removes it: `kubectl delete` would leave behind what it made in the bucket
    /// and in Cloud Backup.
    pub fn delete_command(&self) -> String {
        let request = json!({
            "apiVersion": "csdr.alibabacloud.com/v1beta1",
            "kind": "DeleteRequest",
            "metadata": {"name": format!("{}-dbr", self.name()), "namespace": NAMESPACE},
            "spec": {"deleteObjectName": self.name(), "deleteObjectType": self.kind.delete_type()},
        });
        format!("echo {} | kubectl create -f -", shell_word(&request.to_string()))
    }
}

impl Twin {
    fn new<T>(seen: &Seen<T>, status: &shapes::TaskStatus) -> Self {
        let reason = Message::at(seen, "status.failureReason", &status.failure_reason);
        let refusal = status.validation_errors.join("; ");
        let refusal = Message::at(seen, "status.validationErrors", &refusal);
        Self {
            object: seen.reference().clone(),
            phase: status.phase.clone(),
            errors: status.errors,
            warnings: status.warnings,
            messages: if goes_well(&status.phase) {
                Vec::new()
            } else {
                reason.into_iter().chain(refusal).collect()
            },
            started: status.start_timestamp,
            ended: status.completion_timestamp,
        }
    }

    /// Its phase, and what it counts, in words: `FinalizingPartiallyFailed, with 1 error`.
    pub fn state(&self) -> String {
        let count =
            |number: u32, noun| (number > 0).then(|| format!("{number} {}", plural(number, noun)));
        let counts = [count(self.errors, "error"), count(self.warnings, "warning")];
        let counts: Vec<_> = counts.into_iter().flatten().collect();
        let phase = if self.phase.is_empty() { "in no phase" } else { &self.phase };
        match counts.as_slice() {
            [] => phase.to_owned(),
            counts => format!("{phase}, with {}", counts.join(" and ")),
        }
    }

    /// Whether it failed at some of its work.
    pub fn lacks_something(&self) -> bool {
        self.errors > 0 || self.phase.contains("Failed")
    }

    /// How it contradicts a task that is `Completed`, after that word.
    pub fn contradiction(&self) -> String {
        match self.errors {
            0 => format!("but {} in Velero", self.phase),
            errors => format!("but Velero reports {errors} {}", plural(errors, "error")),
        }
    }

    /// Why nothing tells whether it lacks something.
    pub fn untold(&self) -> Option<String> {
        let untold = untold::phase(&self.phase, &TWIN_PHASES);
        untold.filter(|_| !self.lacks_something())
    }

    /// Its phase and counts as evidence: the phase where it is another than this.
    pub fn cite(&self, draft: Draft, other_than: &str) -> Draft {
        let has_phase = !self.phase.is_empty() && self.phase != other_than;
        let phase = has_phase.then(|| ("status.phase", self.phase.clone()));
        let counts = [("status.errors", self.errors), ("status.warnings", self.warnings)];
        let counts = counts.into_iter().filter(|(_, number)| *number > 0);
        let counts = counts.map(|(path, number)| (path, number.to_string()));
        let shown = phase.into_iter().chain(counts);
        shown.fold(draft, |draft, (path, it)| draft.related_to(&self.object, path, it))
    }
}

/// Whether an object of Velero in this phase has not failed. Where it was marked `Failed` and went
/// on all the same, it keeps the reason.
fn goes_well(phase: &str) -> bool {
    let phases = [
        "New",
        "Queued",
        "ReadyToStart",
        "InProgress",
        "WaitingForPluginOperations",
        "Finalizing",
        "Completed",
    ];
    phases.contains(&phase)
}

/// As the backup says, else by whether it holds volumes.
fn backup_type(backup: &ApplicationBackup) -> &str {
    match (backup.spec.backup_type.as_deref(), backup.spec.pv_backup.default_pv_backup) {
        (Some(given), _) => given,
        (None, Some(true)) => "AppAndPvBackup",
        (None, Some(false)) => "AppBackup",
        (None, None) => "",
    }
}

/// Marks what has no phase though it must have had one.
fn find_lost_phases(mut tasks: Vec<Task>) -> Vec<Task> {
    let has_none = tasks.iter().all(|it| it.phase.is_empty());
    for task in &mut tasks {
        task.is_phase_lost = task.phase.is_empty() && (has_none || task.ended.is_some());
    }
    tasks
}

fn by_name<T: Object>(objects: impl IntoIterator<Item = Seen<T>>) -> BTreeMap<String, Seen<T>> {
    objects.into_iter().map(|it| (it.name().to_owned(), it)).collect()
}
