//! See [`backup_warning_event`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{
    Consulted, Coverage, Draft, Object, ObjectRef, Objects, Run, SettingsOf, Severity, rule,
    shell_word,
};

use crate::{
    kubernetes::messages::{Message, Warnings, plural},
    packs::backup_center::{
        catalogue::Subject,
        csdr_config::TaskTimeout,
        culprits,
        diagnosis::{Diagnosis, Names},
        objects::{
            csdr::{
                ApplicationBackup, ApplicationRestore, BackupLocation, ConvertToSnapshot,
                DeleteRequest,
            },
            selections::{CsdrConfigMap, CsdrEvent},
            velero,
        },
        settings::BackupCenterSettings,
        tasks::{Task, TaskKind},
        vaults::Vaults,
    },
};

/// How many different texts a finding quotes: enough to follow what happened, and the command shows
/// all.
const TEXTS_QUOTED: usize = 10;

/// A Warning event is about a backup, restore, conversion or vault that no other rule reports.
///
/// What goes wrong is first seen in a Warning event, while the task still tries. Where a dump holds
/// events and no objects of the backup center, as that of `kubectl cluster-info dump` does, nothing
/// else is seen at all.
///
/// **Fires** on each ApplicationBackup, ApplicationRestore, ConvertToSnapshot and BackupLocation
/// that Warning events in csdr are about and that is neither done nor reported by another rule: it
/// is in progress, in an unknown phase or in none, or not in the dump. All events about it are one
/// finding with a count; events of one text are quoted once.
///
/// It also fires if a message says that a DeleteRequest already exists, whatever the state of the
/// object, as long as that request exists.
///
/// **Quiet** on what is `Failed`, `PartiallyFailed` or `Unavailable`, on a vault that is
/// initialized for too long, and on a task that is in progress for too long: the rule for that case
/// quotes the events. Quiet on events that were left behind: the task is
/// `Completed`, the vault `Available`, or the object is gone, also where another one of that name
/// took its place. An event that came after the end of the task, or after the last check of the
/// vault, is none of these: it is reported with severity low. Quiet on Normal events, on those that
/// `rulebox serve --write-events` has written, and on objects of other API groups, such as the
/// ApplicationBackups of Portworx and the BackupLocations of Kubedr.
///
/// **Why**: the newest event that says a known cause, else the newest, verbatim.
///
/// # Settings
///
/// `vaultInitializingMinutes` and `taskTimeoutMinutes`: after which time `vault-initializing-long`
/// and `backup-stuck` report it. Where a dump does not show whether it has passed, they have no
/// data, and this rule reports it.
///
/// # Metrics
///
/// None.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: v1
/// kind: Event
/// metadata: {name: orders-1.18d55b0af6546287, namespace: csdr}
/// type: Warning
/// reason: Retry
/// message: 'HBR backup request failed: timeout, retry later'
/// involvedObject:
///   apiVersion: csdr.alibabacloud.com/v1beta1
///   kind: ApplicationBackup
///   namespace: csdr
///   name: orders-1
/// ---
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata: {name: orders-1, namespace: csdr}
/// status: {phase: InProgress}
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Event
/// metadata: {name: orders-1.18d55b0af6546287, namespace: csdr}
/// type: Warning
/// reason: Retry
/// message: 'HBR backup request failed: timeout, retry later'
/// involvedObject:
///   apiVersion: csdr.alibabacloud.com/v1beta1
///   kind: ApplicationBackup
///   namespace: csdr
///   name: orders-1
/// ---
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata: {name: orders-1, namespace: csdr}
/// status: {phase: Completed}
/// ```
///
/// # Sources
///
/// - That one should alert on Warning events of the objects: [Monitor the backup
///   center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - The messages, and that a DeleteRequest may be left behind: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - What `kubectl cluster-info dump` holds: kubernetes/kubectl@dee3483
///   `pkg/cmd/clusterinfo/clusterinfo_dump.go`.
/// - Inferred: that what is Completed or Available has overcome what its events warned of before.
#[rule(severity = medium)]
pub fn backup_warning_event(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    events: Objects<'_, CsdrEvent>,
    backups: Consulted<'_, ApplicationBackup>,
    restores: Consulted<'_, ApplicationRestore>,
    conversions: Consulted<'_, ConvertToSnapshot>,
    backup_twins: Consulted<'_, velero::Backup>,
    restore_twins: Consulted<'_, velero::Restore>,
    vaults: Consulted<'_, BackupLocation>,
    requests: Consulted<'_, DeleteRequest>,
    config: Consulted<'_, CsdrConfigMap>,
) {
    let warnings = Warnings::read(&events);
    let mut objects = warnings.objects(ApplicationBackup::GROUP).peekable();
    if objects.peek().is_none() {
        return;
    }
    let mut tasks = Task::backups(&backups, &backup_twins);
    let mut rest = Task::restores(&restores, &restore_twins);
    rest.extend(Task::conversions(&conversions));
    Task::find_vaults(&mut rest, &tasks);
    tasks.extend(rest);
    let timeout = TaskTimeout::read(&config, &settings).minutes;
    let known = Known {
        run,
        warnings: &warnings,
        tasks: tasks.iter().map(|it| ((it.kind, it.name()), it)).collect(),
        all: BTreeMap::from([
            (TaskKind::Backup, backups.coverage() == Coverage::Complete),
            (TaskKind::Restore, restores.coverage() == Coverage::Complete),
            (TaskKind::Conversion, conversions.coverage() == Coverage::Complete),
        ]),
        vaults: Vaults::read(&vaults),
        requests: (requests.coverage() == Coverage::Complete)
            .then(|| requests.iter().map(|it| it.name().to_owned()).collect()),
        timeout: SignedDuration::from_mins(timeout.into()),
        initializing: SignedDuration::from_mins(settings.vault_initializing_minutes.into()),
    };
    for object in objects {
        let messages = warnings.all(object);
        let draft = match task_kind(&object.kind) {
            Some(kind) => known.of_task(kind, object, messages),
            None if object.kind == BackupLocation::KIND => known.of_vault(object, messages),
            None => None,
        };
        if let Some(draft) = draft {
            run.report(draft);
        }
    }
}

fn task_kind(kind: &str) -> Option<TaskKind> {
    match kind {
        ApplicationBackup::KIND => Some(TaskKind::Backup),
        ApplicationRestore::KIND => Some(TaskKind::Restore),
        ConvertToSnapshot::KIND => Some(TaskKind::Conversion),
        _ => None,
    }
}

/// What the source shows of the objects that events are about.
struct Known<'a> {
    run: &'a Run<'a>,
    warnings: &'a Warnings,
    tasks: BTreeMap<(TaskKind, &'a str), &'a Task>,
    /// Of which kinds one that was not seen does not exist.
    all: BTreeMap<TaskKind, bool>,
    vaults: Vaults,
    /// The names of all DeleteRequests, where all were seen.
    requests: Option<BTreeSet<String>>,
    /// How long a task may be in progress.
    timeout: SignedDuration,
    /// How long a vault may be initialized.
    initializing: SignedDuration,
}

impl Known<'_> {
    fn of_task(&self, kind: TaskKind, about: &ObjectRef, messages: Vec<Message>) -> Option<Draft> {
        let seen = self.tasks.get(&(kind, about.name.as_str())).copied();
        let seen = seen.filter(|it| is_same(&it.object, about));
        let named;
        let task = if let Some(task) = seen {
            task
        } else {
            named = Task::named(kind, about);
            &named
        };
        let names = self.vaults.names(task);
        let late = seen.filter(|it| it.phase == "Completed").and_then(|it| it.ended);
        let late = late.map(|end| since(&messages, end)).filter(|it| !it.is_empty());
        let is_late = late.is_some();
        let messages = late.unwrap_or(messages);
        let diagnosis = Diagnosis::of_task(messages.clone(), &names);
        let is_reported = match seen.map(|it| it.phase.as_str()) {
            Some("Completed") => !is_late,
            Some("Failed" | "PartiallyFailed") => true,
            Some(_) => self.is_stuck(task),
            None => self.all[&kind],
        };
        let is_blocked = self.is_blocked(&diagnosis);
        if is_reported && !is_blocked {
            return None;
        }
        let warned = Warned {
            object: &task.object,
            what: format!("{} {}", kind.noun(), task.name()),
            phase: seen.map(|it| it.phase.as_str()),
            names,
            diagnosis,
            messages,
        };
        let draft = warned.finding(&task.describe_command()).label("schedule", &task.plan);
        if is_late && !is_blocked {
            return Some(draft.severity(Severity::Low));
        }
        let Self { vaults, warnings, .. } = self;
        let draft = draft.caused_by(&task.object);
        Some(culprits::name(draft, &warned.diagnosis, &warned.names, vaults, warnings))
    }

    fn of_vault(&self, about: &ObjectRef, messages: Vec<Message>) -> Option<Draft> {
        let seen = self.vaults.get(&about.name).filter(|it| is_same(it.reference(), about));
        let names = match seen {
            Some(vault) => Names::of_vault(vault),
            None => Names { vault: &about.name, ..Names::default() },
        };
        let phase = seen.map(|it| it.status.phase.as_str());
        let checked = seen.filter(|it| it.status.phase == "Available");
        let checked = checked.and_then(|it| *it.status.last_validation_time);
        let late = checked.map(|it| since(&messages, it)).filter(|it| !it.is_empty());
        let is_late = late.is_some();
        let messages = late.unwrap_or(messages);
        let diagnosis = Diagnosis::of(Subject::Vault, messages.clone(), &names);
        let is_reported = match phase {
            Some("Available") => !is_late,
            Some("Unavailable") => true,
            Some("InProgress") => {
                let since = seen.and_then(|it| it.unchecked_since());
                since.is_some_and(|(_, it)| self.run.age(it).exceeds(self.initializing).certainly())
            }
            Some(_) => false,
            None => self.vaults.all,
        };
        let is_blocked = self.is_blocked(&diagnosis);
        if is_reported && !is_blocked {
            return None;
        }
        let object = seen.map_or(about, |it| it.reference());
        let what = format!("backup vault {}", about.name);
        let name = shell_word(&about.name);
        let warned = Warned { object, what, phase, names, diagnosis, messages };
        let draft = warned.finding(&format!(
            "kubectl -n csdr describe backuplocations.csdr.alibabacloud.com/{name} \
             backupstoragelocations.velero.io/{name}"
        ));
        if is_late && !is_blocked {
            return Some(draft.severity(Severity::Low));
        }
        Some(draft.caused_by(object))
    }

    /// Whether `backup-stuck` speaks of a task.
    fn is_stuck(&self, task: &Task) -> bool {
        let exceeds = |it| self.run.age(it).exceeds(self.timeout).certainly();
        task.is_waiting() && task.created.is_some_and(exceeds)
    }

    /// Whether a DeleteRequest blocks it, as a message says.
    fn is_blocked(&self, diagnosis: &Diagnosis) -> bool {
        let name = diagnosis.name("delete_request");
        let is_there = |name| self.requests.as_ref().is_none_or(|it| it.contains(name));
        diagnosis.reason() == "delete-request-left-over" && name.is_none_or(is_there)
    }
}

/// Those that came after a moment.
fn since(messages: &[Message], moment: Timestamp) -> Vec<Message> {
    let came_later =
        |it: &&Message| it.events.and_then(|(_, last)| last).is_some_and(|last| last > moment);
    messages.iter().filter(came_later).cloned().collect()
}

/// Whether an event is about this object, and not about an earlier one of its name.
fn is_same(object: &ObjectRef, about: &ObjectRef) -> bool {
    object.uid.is_empty() || about.uid.is_empty() || object.uid == about.uid
}

/// An object that there are warnings about.
struct Warned<'a> {
    object: &'a ObjectRef,
    /// `backup orders-1`.
    what: String,
    /// None: it was not seen.
    phase: Option<&'a str>,
    names: Names<'a>,
    diagnosis: Diagnosis,
    /// The newest first.
    messages: Vec<Message>,
}

impl Warned<'_> {
    fn finding(&self, describe: &str) -> Draft {
        let Self { object, names, diagnosis, .. } = self;
        let draft = Draft::new((*object).clone(), self.summary());
        let draft = draft.label("backup_location", names.vault);
        let draft = draft.remedy("See all warnings about it:").command(format!(
            "kubectl -n csdr get events --field-selector type=Warning,involvedObject.name={}",
            shell_word(&object.name)
        ));
        let mut draft = diagnosis.write(draft, names);
        if !diagnosis.has_remedy() {
            draft = draft.remedy("See its description:").command(describe);
        }
        if let Some(phase) = self.phase {
            draft = draft.evidence("status.phase", phase);
        }
        let quoted = diagnosis.quoted();
        let others = self.messages.iter().enumerate().filter(|(i, _)| !quoted.contains(i));
        others.take(TEXTS_QUOTED).fold(draft, |draft, (_, it)| it.cite(draft))
    }

    fn summary(&self) -> String {
        let times = self.messages.iter().filter_map(|it| it.events).map(|(times, _)| times);
        let times = times.fold(0, u32::saturating_add);
        let state = match self.phase {
            None => "which is not in the input".to_owned(),
            Some("") => "which has no phase".to_owned(),
            Some(phase) => format!("which is {phase}"),
        };
        format!("{times} {} about {}, {state}", plural(times, "warning"), self.what)
    }
}
