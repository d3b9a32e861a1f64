//! Findings about failed tasks: those that failed because of one vault are one finding, and so are
//! the runs of a plan that failed for one reason.

use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{Consulted, Coverage, Draft, Run, Severity};

use crate::{
    kubernetes::{messages::Warnings, objects::snapshot::VolumeSnapshot},
    packs::backup_center::{
        clues::Witnesses,
        culprits,
        diagnosis::{self, Diagnosis, Names},
        objects::{
            csdr::BackupLocation,
            selections::{CsdrEvent, CsdrPod},
            velero::Schedule,
        },
        plans::Plans,
        spans::{self, Ran},
        tasks::{Task, TaskKind},
        vaults::Vaults,
    },
};

/// How many tasks a finding names as evidence: all runs of a day of a plan that runs every quarter
/// of an hour. The summary counts them all, and the remedy says where the others are.
const TASKS_NAMED: usize = 100;

/// How many commands a finding has that remove a task: what a person types in one go.
const TASKS_REMOVED: usize = 20;

/// A task that failed.
pub struct Failure<'a> {
    /// Which.
    pub task: &'a Task,
    /// The names for its texts.
    pub names: Names<'a>,
    /// Why.
    pub diagnosis: Diagnosis,
    /// Whether a later task of the same purpose has completed.
    recovered: bool,
    /// Whether its plan was deleted: nobody waits for it to complete.
    is_obsolete: bool,
}

/// What else is known where tasks have failed.
pub struct Facts {
    /// Their vaults.
    vaults: Vaults,
    /// The Warning events of the namespace.
    warnings: Warnings,
    /// Whether all of them were seen.
    events: Coverage,
    /// What objects show.
    witnesses: Witnesses,
    /// The plans, where the tasks are runs of them.
    plans: Option<Plans>,
}

impl Facts {
    /// Reads them once.
    pub fn read(vaults: &Consulted<'_, BackupLocation>, events: &Consulted<'_, CsdrEvent>) -> Self {
        Self {
            vaults: Vaults::read(vaults),
            warnings: Warnings::read(events),
            events: events.coverage(),
            witnesses: Witnesses::default(),
            plans: None,
        }
    }

    /// With the plans that the tasks are runs of.
    #[must_use]
    pub fn with_plans(self, schedules: &Consulted<'_, Schedule>) -> Self {
        Self { plans: Some(Plans::read(schedules)), ..self }
    }

    /// With the snapshots that have failed.
    #[must_use]
    pub fn with_snapshots(self, snapshots: &Consulted<'_, VolumeSnapshot>) -> Self {
        Self { witnesses: self.witnesses.with_snapshots(snapshots), ..self }
    }

    /// With the pods of the components.
    #[must_use]
    pub fn with_pods(self, pods: &Consulted<'_, CsdrPod>) -> Self {
        Self { witnesses: self.witnesses.with_pods(pods), ..self }
    }
}

/// What has one cause.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Tasks that a vault failed.
    Vault(String),
    /// Runs of a plan that failed for one reason, or one task without a plan.
    Plan { name: String, reason: String },
}

impl<'a> Failure<'a> {
    /// Those of the tasks that failed, as this tells, each with its diagnosis.
    pub fn all(
        tasks: &'a [Task],
        has_failed: impl Fn(&Task) -> bool,
        facts: &'a Facts,
    ) -> Vec<Self> {
        let completed = last_completed(tasks);
        let failed = tasks.iter().filter(|it| has_failed(it));
        let failure = |task: &'a Task| {
            let names = facts.vaults.names(task);
            let diagnosis = Diagnosis::of_task(task.messages(&facts.warnings), &names);
            let diagnosis = diagnosis.with_events(facts.events);
            let clues = facts.witnesses.of(task, &diagnosis, &facts.warnings);
            let recovered = has_recovered(task, &completed);
            let is_obsolete = facts.plans.as_ref().is_some_and(|it| it.lost(task));
            let diagnosis = diagnosis.with_clues(clues);
            let diagnosis = if is_obsolete { diagnosis.without_remedy() } else { diagnosis };
            Self { task, names, diagnosis, recovered, is_obsolete }
        };
        failed.map(failure).collect()
    }

    fn group(&self) -> Group {
        let vault = &self.task.vault.name;
        if self.diagnosis.blames_vault() && !vault.is_empty() {
            return Group::Vault(vault.clone());
        }
        let name = match self.task.plan.as_str() {
            "" => Cow::Borrowed(self.task.name()),
            _ => self.task.plan_label(),
        };
        Group::Plan { name: name.into_owned(), reason: self.diagnosis.reason_or_text() }
    }

    /// Whether some of its work is done.
    fn is_partial(&self) -> bool {
        self.task.phase == "PartiallyFailed" || self.task.lacks_something()
    }

    /// The same for the timeline, with what ended it: its vault, and what ended a component.
    fn ran(&self, facts: &Facts) -> Ran<'a> {
        let vault = &self.task.vault.name;
        let is_of_vault = self.diagnosis.blames_vault() && !vault.is_empty();
        let vault = is_of_vault.then(|| facts.vaults.reference(vault));
        let ended_by = vault.into_iter().chain(self.diagnosis.culprits().cloned()).collect();
        Ran { task: self.task, is_stuck: false, ended_by }
    }

    /// Its outcome as a verb.
    fn verb(&self) -> &'static str {
        if self.is_partial() { "partially failed" } else { "failed" }
    }
}

/// What a task is for, so that another can make it good: its plan, whichever vault that has now, or
/// the backup that is restored. A backup that belongs to no plan is for itself.
fn purpose(task: &Task) -> Option<Cow<'_, str>> {
    match task.kind {
        TaskKind::Backup if !task.plan.is_empty() => Some(task.plan_label()),
        TaskKind::Restore if !task.backup.is_empty() => Some(Cow::Borrowed(&task.backup)),
        _ => None,
    }
}

/// When each purpose was completed last: by creation, which every task has, so that tasks can be
/// compared.
fn last_completed(tasks: &[Task]) -> BTreeMap<Cow<'_, str>, Timestamp> {
    let mut last = BTreeMap::new();
    for task in tasks.iter().filter(|it| it.phase == "Completed" && !it.lacks_something()) {
        let (Some(purpose), Some(created)) = (purpose(task), task.created) else { continue };
        let newest = last.entry(purpose).or_insert(created);
        *newest = created.max(*newest);
    }
    last
}

/// Whether a later task of the same purpose has completed.
fn has_recovered(task: &Task, completed: &BTreeMap<Cow<'_, str>, Timestamp>) -> bool {
    let completed = purpose(task).and_then(|it| completed.get(&it).copied());
    task.created.zip(completed).is_some_and(|(failed, it)| failed < it)
}

/// A failure is reported while it is, or may be, new, and as long as its plan has not completed
/// since.
fn is_reported(run: &Run<'_>, task: &Task, recovered: bool, new_for: SignedDuration) -> bool {
    if !task.plan.is_empty() && !recovered {
        return true;
    }
    task.created.is_none_or(|it| !run.age(it).exceeds(new_for).certainly())
}

/// Tells what has ended, for the timeline; `backup-stuck` tells what goes on.
pub fn tell_ended(run: &Run<'_>, tasks: &[Task], failures: &[Failure<'_>], facts: &Facts) {
    let failures: BTreeMap<_, _> = failures.iter().map(|it| (it.task.name(), it)).collect();
    let ended = tasks
        .iter()
        .filter(|it| !it.is_waiting())
        .map(|task| failures.get(task.name()).map_or_else(|| Ran::of(task), |it| it.ran(facts)));
    spans::tell_tasks(run, ended);
}

/// Tells the tasks that may have failed, as far as their phases say: they would be reported if they
/// had.
pub fn tell_untold(run: &Run<'_>, tasks: &[Task], new_for: SignedDuration) {
    let completed = last_completed(tasks);
    for task in tasks {
        if let Some(untold) = task.untold(run)
            && is_reported(run, task, has_recovered(task, &completed), new_for)
        {
            run.untold(&task.object, &untold);
        }
    }
}

/// Reports the failures of one kind of task that are new or not made good, those of one cause in
/// one finding.
pub fn report(run: &Run<'_>, facts: &Facts, failures: Vec<Failure<'_>>, new_for: SignedDuration) {
    let mut groups: BTreeMap<Group, Vec<Failure<'_>>> = BTreeMap::new();
    for failure in
        failures.into_iter().filter(|it| is_reported(run, it.task, it.recovered, new_for))
    {
        groups.entry(failure.group()).or_default().push(failure);
    }
    for (group, mut failures) in groups {
        failures.sort_by_key(|it| Reverse(it.task.created));
        run.report(match group {
            Group::Vault(name) => of_vault(facts, &name, &failures),
            Group::Plan { .. } => of_plan(facts, &failures),
        });
    }
}

fn of_vault(facts: &Facts, vault: &str, failures: &[Failure<'_>]) -> Draft {
    let vaults = &facts.vaults;
    let newest = &failures[0];
    let (kind, verb) = (newest.task.kind, newest.verb());
    let summary = match failures {
        [one] => format!(
            "{} {} {verb} because its vault {vault} could not be used",
            kind.title(),
            one.task.name()
        ),
        all => format!(
            "{} {}s {verb} because their vault {vault} could not be used",
            all.len(),
            kind.noun()
        ),
    };
    let draft = Draft::new(vaults.reference(vault), with_recovery(summary, failures));
    let draft = match vaults.phase(vault) {
        "Available" => {
            let again = match kind {
                TaskKind::Backup => {
                    "backups again under new names, or wait for the next runs of their plans"
                }
                TaskKind::Restore => "restores again under new names",
                TaskKind::Conversion => "conversions again",
            };
            draft.evidence("status.phase", "Available").remedy(format!(
                "The vault is available again. Start the {again}. If they fail again:"
            ))
        }
        "" if vaults.all => draft.remedy(format!(
            "The BackupLocation {vault} no longer exists in this cluster. {}",
            match kind {
                TaskKind::Backup =>
                    "Unless it was deleted by mistake, give the plans another vault.",
                TaskKind::Restore | TaskKind::Conversion =>
                    "To restore from its bucket, create a vault on that under a new name.",
            }
        )),
        "" => draft,
        phase => draft.evidence("status.phase", phase),
    };
    let draft = draft.label("backup_location", vault);
    finish(newest.diagnosis.write(draft, &newest.names), facts, failures)
}

fn of_plan(facts: &Facts, failures: &[Failure<'_>]) -> Draft {
    let vaults = &facts.vaults;
    let newest = &failures[0];
    let Failure { task, names, diagnosis, .. } = newest;
    let (title, name, verb) = (task.kind.title(), task.name(), newest.verb());
    let contradiction = task.twin.as_ref().filter(|_| task.lacks_something());
    let contradiction = contradiction.map(|it| format!("is Completed, {}", it.contradiction()));
    let verb = contradiction.as_deref().unwrap_or(verb);
    let runs = |more: usize| if more == 1 { "earlier run" } else { "earlier runs" };
    let too = |more: usize| match (&contradiction, more) {
        (None, _) => format!("so did {more} {}", runs(more)),
        (Some(_), 1) => "1 earlier run is incomplete, too".to_owned(),
        (Some(_), _) => format!("{more} earlier runs are incomplete, too"),
    };
    let summary = match (task.plan.as_str(), failures.len() - 1) {
        ("", _) if task.kind == TaskKind::Restore && !task.backup.is_empty() => {
            format!("{title} {name} of backup {} {verb}", task.backup)
        }
        ("", _) if task.kind == TaskKind::Conversion => format!("{title} of backup {name} {verb}"),
        ("", _) => format!("{title} {name} {verb}"),
        (plan, 0) => format!("{title} {name} of plan {plan} {verb}"),
        (plan, more) => format!("{title} {name} of plan {plan} {verb}, and {}", too(more)),
    };
    let draft = Draft::new(task.object.clone(), with_recovery(summary, failures))
        .label("backup_location", names.vault)
        .label("backup", if task.kind == TaskKind::Backup { "" } else { &task.backup })
        .label("schedule", &task.plan)
        .label("backup_type", &task.backup_type);
    let mut draft = diagnosis.write(draft, names);
    if !diagnosis.has_remedy() && !newest.is_obsolete {
        draft = draft
            .remedy("See its description, and the log of the controller:")
            .command(task.describe_command())
            .command("kubectl -n csdr logs deploy/csdr-controller --since=1h");
        let counts_errors = task.twin.as_ref().is_some_and(|it| it.errors > 0);
        if (newest.is_partial() || counts_errors) && task.kind != TaskKind::Conversion {
            draft = diagnosis::read_on_in_velero(draft, names);
        }
    }
    if let Some(twin) = &task.twin {
        draft = twin.cite(draft, &task.phase);
    }
    if vaults.phase(names.vault) == "Unavailable" && !newest.is_obsolete {
        let path = "status.phase";
        draft = draft
            .remedy(format!("Its vault {} is unavailable now; fix that first.", names.vault))
            .related_to(&vaults.reference(names.vault), path, "Unavailable");
    }
    finish(draft, facts, failures)
}

fn with_recovery(summary: String, failures: &[Failure<'_>]) -> String {
    let what = match failures[0].task.kind {
        TaskKind::Backup => "its plan",
        TaskKind::Restore | TaskKind::Conversion => "a later one of the same backup",
    };
    if failures.iter().all(|it| it.is_obsolete && !it.recovered) {
        let was = if failures.iter().all(|it| it.task.plan == failures[0].task.plan) {
            "the plan was"
        } else {
            "the plans were"
        };
        return format!("{summary}; {was} deleted since");
    }
    match failures {
        [one] if one.recovered => format!("{summary}; {what} has completed since"),
        all if all.iter().all(|it| it.recovered) => format!("{summary}; all have completed since"),
        _ => summary,
    }
}

/// What all findings end with.
fn finish(draft: Draft, facts: &Facts, failures: &[Failure<'_>]) -> Draft {
    let Failure { names, diagnosis, .. } = &failures[0];
    let draft = culprits::name(draft, diagnosis, names, &facts.vaults, &facts.warnings);
    let Names { bucket, region, network, .. } = *names;
    let mut draft = draft
        .label("bucket", bucket)
        .label("region", region)
        .label("network", network.to_lowercase());
    for Failure { task, .. } in failures.iter().take(TASKS_NAMED) {
        let created = task.created.map(|it| format!(", created {it}")).unwrap_or_default();
        let phase = format!("{}{created}", task.phase);
        draft = draft.related_to(&task.object, "status.phase", phase);
    }
    if failures.len() > TASKS_NAMED {
        draft = draft
            .remedy(format!("The newest {TASKS_NAMED} are listed here; this lists all:"))
            .command(format!("kubectl -n csdr get {}", failures[0].task.kind.resource()));
    }
    if failures.iter().all(Failure::is_partial) {
        draft = draft.severity(Severity::Medium);
    }
    if failures.iter().all(|it| it.recovered || it.is_obsolete) {
        draft = draft.severity(Severity::Low);
    }
    if failures.iter().all(|it| it.is_obsolete) { remove(draft, failures) } else { draft }
}

/// How to be rid of the failed runs of a plan that was deleted.
fn remove(draft: Draft, failures: &[Failure<'_>]) -> Draft {
    let draft = draft.remedy(
        "No Schedule of that name exists, so nothing will make them good. They go when their ttl \
         is over; to be rid of them before, remove them by DeleteRequests, not by kubectl delete:",
    );
    let named = failures.iter().take(TASKS_REMOVED);
    named.fold(draft, |draft, it| draft.command(it.task.delete_command()))
}
