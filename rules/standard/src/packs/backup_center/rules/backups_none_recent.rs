//! See [`backups_none_recent`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{
    Consulted, Coverage, Draft, Exceeds, ObjectRef, Objects, Run, Seen, SettingsOf, duration_words,
    rule, shell_word,
};

use crate::{
    kubernetes::messages::{Warnings, plural},
    packs::backup_center::{
        csdr_config::TaskTimeout,
        diagnosis::Diagnosis,
        objects::{
            csdr::{ApplicationBackup, BackupLocation},
            selections::{CsdrConfigMap, CsdrDeployment, CsdrPod},
            velero,
        },
        outage::{Components, Outage},
        plans::Plans,
        settings::BackupCenterSettings,
        tasks::Task,
        vaults::Vaults,
    },
    velero::{names, schedules::Schedule, shapes::ScheduleStatus},
};

/// How many failed runs a finding names as evidence: those of a week of a daily plan. The summary
/// of `backup-failed` has more.
const RUNS_NAMED: usize = 7;

/// What is said of a schedule whose next run the version of Velero decides.
const DAYS_OF_TWO_VERSIONS: &str = "names days of the month and of the week: Velero before 1.18.3 \
    runs when one of them matches and has missed two runs, from 1.18.3 on it runs when both do and \
    has not; leave one of them `*`";

/// What is said of a schedule that no time fits.
const NEVER_DUE: &str = "names a day that never comes: no backup can be expected by it; name one \
    that does";

/// What is not known where a dump may have been taken before or after the next runs of a plan.
const NEXT_RUNS: &str = "whether two runs were missed since its last completed backup";

/// What is not known where a dump may have been taken within the recovery point or after it.
const LAST_BACKUP: &str = "how long ago its last backup was completed";

/// There is no recent backup.
///
/// Whatever the reason, this is what counts when something has to be restored.
///
/// **Fires** on each plan (a Schedule of Velero in the namespace csdr) whose last completed backup
/// is older than its schedule allows: the second run after it was due longer ago than a backup may
/// take. So one run may fail or be missed, and the next still has time. A plan that never completed
/// a backup counts from its creation. A plan that Velero refuses (`FailedValidation`) is reported
/// immediately.
///
/// Where a recovery point is set, a plan fires too when its last completed backup is older than
/// that, and so does each vault to which backups are made. A vault whose backups have never
/// completed always fires. What is reported for a plan is not repeated for its vault.
///
/// **Quiet** on a plan that is paused or being deleted, that is not due for the second time yet,
/// and on a vault without any backup, whose backups are of plans that were deleted or have another
/// vault now, or that no longer exists. Backups that are `PartiallyFailed` have not completed. A
/// schedule that cannot be read, or is never due, and a plan without a completed backup and
/// without a creation time, are `no data`; so are inputs without any ApplicationBackup or Schedule,
/// and a plan of a dump that may have been taken after its next runs. So is what would be reported
/// where a later backup is in a phase that is not known, or does not say when it was made: it may
/// have completed.
///
/// A schedule is read as Velero reads it: five fields of cron, `@daily` and its like, or `@every
/// 6h30m` (the backup center also writes `6h30m`), in UTC or in the time zone that `TZ=` or
/// `CRON_TZ=` before it names.
///
/// **Why**; the first that applies counts:
///
/// - `schedule-refused`: Velero refuses the schedule; before version 1.15 also one with `CRON_TZ=`.
///   Remedy: what Velero says, word for word.
/// - `schedule-name-too-long`: likely; no run has ever started, and the name has more characters
///   than a label holds. Remedy: another name.
/// - `blocked`: a backup of the plan is stuck: until it is removed, later runs are skipped
///   (`backup-stuck`). Remedy: remove it.
/// - `vault-unavailable`: its vault is unavailable (`vault-unavailable`). Remedy: the vault.
/// - `runs-failed`, `runs-partially-failed`: the last run failed, fully or in parts
///   (`backup-failed`). Remedy: why it did.
/// - `in-progress`: the last run is in progress. Remedy: wait.
/// - `component-down`: no run has started, and csdr-controller or csdr-velero does not run. Remedy:
///   its pod.
/// - `none-left`: the last run started in time, and its backup does not exist: deleted, or expired.
///   Remedy: a longer `ttl`.
/// - `not-run`: no run has started, and the input does not show why. Remedy: the log of
///   csdr-velero.
/// - `never-completed`, `recovery-point`: of a vault. Remedy: its backups.
///
/// # Settings
///
/// `recoveryPointHours`: how old the last completed backup may be; by default only the schedules
/// count. `taskTimeoutMinutes`: how long a backup may take, if csdr-config does not set it.
///
/// # Metrics
///
/// None; `backup-failed` gives `backup_center_last_successful_backup_timestamp_seconds`.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: velero.io/v1
/// kind: Schedule
/// metadata: {name: orders-daily, namespace: csdr, creationTimestamp: "2026-06-01T08:00:00Z"}
/// spec: {schedule: 0 2 * * *, template: {storageLocation: vault-prod}}
/// status: {phase: Enabled, lastBackup: "2026-09-12T02:00:00Z"}
/// ---
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata:
///   name: orders-daily-20260912020000
///   namespace: csdr
///   creationTimestamp: "2026-09-12T02:00:00Z"
/// spec: {storageLocation: vault-prod}
/// status: {phase: Completed}
/// ---
/// apiVersion: coordination.k8s.io/v1
/// kind: Lease
/// metadata: {name: node-1, namespace: kube-node-lease}
/// spec: {renewTime: "2026-09-15T02:30:00.000000Z"}
/// ```
///
/// ```yaml quiet
/// # as-of: 2026-09-15T02:30:00Z
/// apiVersion: velero.io/v1
/// kind: Schedule
/// metadata: {name: orders-daily, namespace: csdr, creationTimestamp: "2026-06-01T08:00:00Z"}
/// spec: {schedule: 0 2 * * *, template: {storageLocation: vault-prod}}
/// status: {phase: Enabled, lastBackup: "2026-09-15T02:00:00Z"}
/// ---
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata:
///   name: orders-daily-20260915020000
///   namespace: csdr
///   creationTimestamp: "2026-09-15T02:00:00Z"
/// spec: {storageLocation: vault-prod}
/// status: {phase: Completed}
/// ```
///
/// # Sources
///
/// - When a Schedule runs, what it skips, and that it does not catch up:
///   vmware-tanzu/velero@d30d389 `pkg/controller/schedule_controller.go`; how it reads a time:
///   robfig/cron v3.0.1 `parser.go`, and from v1.18.3 on netresearch/go-cron v0.15.0 `spec.go`.
/// - That Velero before 1.15 refuses `CRON_TZ`: velero-io/velero issue 8224. That a schedule whose
///   name no label holds makes no backups: velero-io/velero issue 9531.
/// - The phases of backups, and intervals: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - Inferred: that the plans of the backup center are Schedules of Velero, because no other kind
///   is published; that their backups are known by the label or the name that Velero gives them;
///   that Velero's own time zone is UTC, as in any container that has no other time zone set.
#[rule(severity = high)]
pub fn backups_none_recent(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    schedules: Objects<'_, velero::Schedule>,
    backups: Objects<'_, ApplicationBackup>,
    twins: Consulted<'_, velero::Backup>,
    vaults: Consulted<'_, BackupLocation>,
    config: Consulted<'_, CsdrConfigMap>,
    pods: Consulted<'_, CsdrPod>,
    deployments: Consulted<'_, CsdrDeployment>,
) {
    let timeout = TaskTimeout::read(&config, &settings);
    // A backup that was not seen may have completed. The host says that not all were.
    let all = backups.coverage() == Coverage::Complete;
    let recovery_point =
        settings.recovery_point_hours.map(|it| SignedDuration::from_hours(it.into()));
    let context = Context {
        tasks: Task::backups(&backups, &twins),
        only_velero: only_velero(&backups, &twins),
        vaults: Vaults::read(&vaults),
        outage: Components::read(&pods, &deployments).first_outage(),
        longest: SignedDuration::from_mins(timeout.minutes.into()),
        recovery_point,
    };
    let unread = backups.unreadable();
    let mut reported = BTreeSet::new();
    for schedule in &schedules {
        if schedule.spec.paused || schedule.metadata.deletion_timestamp.is_some() {
            continue;
        }
        let plan = Plan::of(&schedule, &context);
        // What cannot be read is told already, and may have completed.
        if (!all || plan.may_have_run_in(&unread)) && !plan.is_refused() {
            continue;
        }
        match plan.lateness(run, &context) {
            Ok(None) => {}
            Ok(Some(_)) if plan.tells_untold(run) => reported.extend(plan.vaults()),
            Ok(Some(late)) => {
                reported.extend(plan.vaults());
                run.report(timeout.cite(plan.finding(run, &late, &context)));
            }
            Err(why) => run.undecided(&format!("{}: {why}", schedule.reference())),
        }
    }
    if !all || !unread.is_empty() {
        return;
    }
    let plans = Plans::new(&schedules, schedules.coverage());
    for (vault, tasks) in by_vault(&context.tasks, &plans) {
        let is_gone = context.vaults.all && !context.vaults.has(vault);
        if !reported.contains(vault)
            && !is_gone
            && let Some(draft) = of_vault(run, vault, &tasks, &context)
        {
            run.report(draft);
        }
    }
}

/// Everything beside the plans that the rule reads, once.
struct Context {
    tasks: Vec<Task>,
    /// Completed backups that Velero alone knows: the plan, the backup, and when it started.
    only_velero: Vec<(String, ObjectRef, Timestamp)>,
    vaults: Vaults,
    outage: Option<Outage>,
    /// How long a backup may take.
    longest: SignedDuration,
    recovery_point: Option<SignedDuration>,
}

fn only_velero(
    backups: &Objects<'_, ApplicationBackup>,
    twins: &Consulted<'_, velero::Backup>,
) -> Vec<(String, ObjectRef, Timestamp)> {
    let known: BTreeSet<_> = backups.iter().map(|it| it.name().to_owned()).collect();
    let completed = twins.iter().filter(|it| it.status.phase == "Completed");
    let completed = completed.filter_map(|it| {
        let plan = names::labelled_plan(&it.metadata.labels.schedule_name, it.name());
        Some((plan.to_owned(), it.reference().clone(), it.status.start_timestamp?))
    });
    completed.filter(|(_, it, _)| !known.contains(&it.name)).collect()
}

/// A plan and its runs.
struct Plan<'a> {
    schedule: &'a Seen<velero::Schedule>,
    /// The newest first.
    runs: Vec<&'a Task>,
    /// The last that has completed, and when it started.
    completed: Option<(&'a ObjectRef, Timestamp)>,
}

/// Why a plan is reported.
enum Late {
    /// Velero refuses it.
    Refused,
    /// The second run that was due.
    Missed(Timestamp),
    /// The last completed backup is older than it may be.
    Old(SignedDuration),
}

impl<'a> Plan<'a> {
    fn of(schedule: &'a Seen<velero::Schedule>, context: &'a Context) -> Self {
        let mut runs: Vec<_> =
            context.tasks.iter().filter(|it| names::means(&it.plan, schedule.name())).collect();
        runs.sort_by_key(|it| std::cmp::Reverse(it.began()));
        let completed = runs.iter().filter(|it| it.phase == "Completed");
        let completed = completed.filter_map(|it| Some((&it.object, it.began()?)));
        let only_velero = context.only_velero.iter();
        let only_velero = only_velero.filter(|(plan, ..)| names::means(plan, schedule.name()));
        let only_velero = only_velero.map(|(_, object, began)| (object, *began));
        let completed = completed.chain(only_velero).max_by_key(|(_, it)| *it);
        Self { schedule, runs, completed }
    }

    /// Whether Velero refuses it. It leaves the errors behind where they are mended.
    fn is_refused(&self) -> bool {
        let ScheduleStatus { phase, validation_errors, .. } = &self.schedule.status;
        phase == "FailedValidation" || phase != "Enabled" && !validation_errors.is_empty()
    }

    /// Whether one of these backups may be a run of it, as their names say.
    fn may_have_run_in(&self, backups: &[ObjectRef]) -> bool {
        let is_run = |name: &str| names::means(names::plan_of(name), self.schedule.name());
        backups.iter().any(|it| it.name.is_empty() || is_run(&it.name))
    }

    /// None where it is not late.
    fn lateness(&self, run: &Run<'_>, context: &Context) -> Result<Option<Late>, String> {
        if self.is_refused() {
            return Ok(Some(Late::Refused));
        }
        let since =
            self.since().ok_or("it has no completed backup and no metadata.creationTimestamp")?;
        let exceeds = |point| run.age(since).exceeds(point);
        let is_old = context.recovery_point.map_or(Exceeds::No, exceeds);
        if let Some(point) = context.recovery_point.filter(|_| is_old.certainly()) {
            return Ok(Some(Late::Old(point)));
        }
        let schedule = Schedule::parse(&self.schedule.spec.schedule)
            .map_err(|it| format!("its spec.schedule {it}"))?;
        let since = self.schedule.status.last_skipped.map_or(since, |it| it.max(since));
        let spec = &self.schedule.spec.schedule;
        if schedule.next(since).is_none() {
            return Err(format!("its spec.schedule `{spec}` {NEVER_DUE}"));
        }
        // A time that never comes is never missed.
        let missed = |second: Option<Timestamp>| {
            second.map_or(Exceeds::No, |it| run.age(it).exceeds(context.longest))
        };
        let soonest = schedule.next(since).and_then(|it| schedule.next(it));
        let next = |it| schedule.next_since_1_18_3(it);
        let latest = next(since).and_then(next);
        match (missed(soonest), missed(latest), latest) {
            (_, Exceeds::Yes, Some(second)) => return Ok(Some(Late::Missed(second))),
            (Exceeds::No, ..) => {}
            (Exceeds::Yes, Exceeds::No, _) => {
                return Err(format!("its spec.schedule `{spec}` {DAYS_OF_TWO_VERSIONS}"));
            }
            _ => {
                run.age_not_known(self.schedule.reference(), NEXT_RUNS);
                return Ok(None);
            }
        }
        if is_old.possibly() {
            run.age_not_known(self.schedule.reference(), LAST_BACKUP);
        }
        Ok(None)
    }

    /// Tells the runs that may have completed since, as far as their phases and times say.
    fn tells_untold(&self, run: &Run<'_>) -> bool {
        let since = self.completed.map(|(_, it)| it);
        !self.is_refused() && tells_untold(run, &self.runs, since)
    }

    /// When its last completed backup started, else when the plan was created.
    fn since(&self) -> Option<Timestamp> {
        self.completed.map(|(_, it)| it).or_else(|| self.created())
    }

    /// When it was made. A zero time is none.
    fn created(&self) -> Option<Timestamp> {
        self.schedule.metadata.creation_timestamp.filter(|it| *it > Timestamp::UNIX_EPOCH)
    }

    /// Those that its backups are, or were to be, in.
    fn vaults(&self) -> impl Iterator<Item = String> {
        let template = self.schedule.spec.template.storage_location.clone();
        self.runs
            .iter()
            .map(|it| it.vault.name.clone())
            .chain([template])
            .filter(|it| !it.is_empty())
    }

    fn vault(&self) -> &str {
        &self.schedule.spec.template.storage_location
    }

    fn finding(&self, run: &Run<'_>, late: &Late, context: &Context) -> Draft {
        let (name, spec) = (self.schedule.name(), &self.schedule.spec);
        let age = self.since().map(|it| run.age(it));
        let summary = match (late, self.completed, age) {
            (Late::Refused, ..) => {
                format!("Plan {name} makes no backups: Velero refuses its schedule")
            }
            (_, Some(_), Some(age)) => format!("Plan {name} has not completed a backup for {age}"),
            (_, None, Some(age)) => {
                format!("Plan {name} has no completed backup, {age} after its creation")
            }
            (_, _, None) => format!("Plan {name} has no recent backup"),
        };
        let expected = match late {
            Late::Refused => String::new(),
            Late::Missed(second) => format!(
                "By its schedule {} a backup should have begun by {second} and completed. ",
                spec.schedule
            ),
            Late::Old(point) => format!("The recovery point is {}. ", duration_words(*point)),
        };
        let mut draft = self
            .schedule
            .finding(summary)
            .label("schedule", name)
            .label("backup_location", self.vault())
            .evidence("spec.schedule", &spec.schedule);
        if let Some(last) = self.schedule.status.last_backup {
            draft = draft.evidence("status.lastBackup", last);
        }
        if let Some((object, began)) = self.completed {
            draft = draft.related_to(object, "status.phase", format!("Completed, created {began}"));
        }
        let reason = self.reason(run, late, context);
        let draft = draft.label("reason", reason.as_str());
        self.explain(draft, &expected, &reason, &context.vaults)
    }

    fn reason<'b>(&'b self, run: &Run<'_>, late: &Late, context: &'b Context) -> Reason<'b> {
        if matches!(late, Late::Refused) {
            return Reason::Refused;
        }
        let overtime = |it: &Task| match it.created {
            Some(created) => run.age(created).exceeds(context.longest),
            None => Exceeds::No,
        };
        let is_old = |it: &&&Task| overtime(it).certainly();
        let stuck = self.runs.iter().filter(|it| it.is_waiting()).filter(is_old);
        // Of several the first has the others wait.
        let first = stuck.min_by_key(|it| (it.phase != "InProgress", it.created));
        if let Some(first) = first {
            return Reason::Blocked(first);
        }
        let has_run = !self.runs.is_empty() || self.completed.is_some();
        let has_begun = has_run || self.schedule.status.last_backup.is_some();
        if self.schedule.name().len() > names::LABEL && !has_begun {
            return Reason::NameTooLong;
        }
        if context.vaults.phase(self.vault()) == "Unavailable" {
            return Reason::VaultUnavailable(context.vaults.reference(self.vault()));
        }
        let since = self.since();
        let runs: Vec<_> = self.runs.iter().copied().filter(|it| it.began() > since).collect();
        let last_backup = self.schedule.status.last_backup;
        match runs.first() {
            Some(newest) if newest.is_waiting() => Reason::InProgress(newest, overtime(newest)),
            Some(_) => Reason::Failed(runs),
            None => match &context.outage {
                Some(outage) => Reason::Down(outage),
                None if last_backup > since => Reason::NoneLeft,
                None => Reason::NotRun,
            },
        }
    }

    fn explain(&self, draft: Draft, expected: &str, reason: &Reason<'_>, vaults: &Vaults) -> Draft {
        let word = shell_word(self.schedule.name());
        let cause = |why: &str| format!("{expected}{why}");
        match reason {
            Reason::Refused => {
                let errors = self.schedule.status.validation_errors.join("; ");
                let says = if errors.is_empty() {
                    String::new()
                } else {
                    format!(" Velero says: {errors}")
                };
                let mut draft = draft
                    .cause(format!("The schedule is {}.{says}", self.schedule.spec.schedule))
                    .evidence("status.phase", &self.schedule.status.phase);
                for (i, error) in self.schedule.status.validation_errors.iter().enumerate() {
                    draft = draft.evidence(&format!("status.validationErrors[{i}]"), error);
                }
                if is_zone_refused(&self.schedule.spec.schedule, &errors) {
                    draft = draft.remedy(
                        "Velero knows CRON_TZ since version 1.15: give the times in UTC, without a \
                         time zone.",
                    );
                }
                draft
                    .remedy("Correct the plan in the console; this shows what is wrong with it:")
                    .command(format!("kubectl -n csdr describe schedules.velero.io/{word}"))
            }
            Reason::NameTooLong => draft
                .cause(cause(&format!(
                    "No run has ever started. Likely its name is too long: it has {} characters, \
                     Velero labels each run with it, and a label holds {}.",
                    self.schedule.name().len(),
                    names::LABEL
                )))
                .evidence("metadata.name", self.schedule.name())
                .remedy("The log of csdr-velero says whether it is so:")
                .command("kubectl -n csdr logs deploy/csdr-velero -c velero --since=24h")
                .remedy(format!(
                    "Then create the plan again under a name of at most {} characters, and delete \
                     this one.",
                    names::LABEL
                )),
            Reason::Blocked(stuck) => draft
                .cause(cause(&format!(
                    "Its backup {} is stuck, and until that is removed the later runs are \
                     skipped or wait.",
                    stuck.name()
                )))
                .related_to(&stuck.object, "status.phase", &stuck.phase)
                .caused_by(&stuck.object)
                .remedy(
                    "See backup-stuck for the reason. Remove it by a DeleteRequest, not by kubectl \
                     delete; then the plan runs again:",
                )
                .command(stuck.delete_command()),
            Reason::VaultUnavailable(vault) => draft
                .cause(cause(&format!("Its vault {} is unavailable.", vault.name)))
                .related_to(vault, "status.phase", "Unavailable")
                .caused_by(vault)
                .remedy("See vault-unavailable for the reason, and what the vault says:")
                .command(format!(
                    "kubectl -n csdr describe backuplocations.csdr.alibabacloud.com/{}",
                    shell_word(&vault.name)
                )),
            Reason::Failed(runs) => {
                let many = u32::try_from(runs.len()).unwrap_or(u32::MAX);
                let draft = draft
                    .cause(cause(&format!(
                        "{many} {} since, and the last is {}.",
                        if many == 1 { "run has started" } else { "runs have started" },
                        runs[0].phase
                    )))
                    .remedy("See backup-failed for the reason, and what the last run says:")
                    .command(runs[0].describe_command());
                let draft = failures(draft, runs, vaults);
                runs.iter().take(RUNS_NAMED).fold(draft, |draft, it| {
                    let created =
                        it.created.map(|it| format!(", created {it}")).unwrap_or_default();
                    draft.related_to(&it.object, "status.phase", format!("{}{created}", it.phase))
                })
            }
            Reason::InProgress(task, overtime) => draft
                .cause(cause(&match overtime {
                    Exceeds::Undecided => format!(
                        "Backup {} is in progress; whether it is still within its time limit is \
                         not known.",
                        task.name()
                    ),
                    Exceeds::Yes | Exceeds::No => format!(
                        "Backup {} is in progress, and still within its time limit.",
                        task.name()
                    ),
                }))
                .related_to(&task.object, "status.phase", &task.phase)
                .remedy("See whether it completes:")
                .command(format!(
                    "kubectl -n csdr get {}/{}",
                    task.kind.resource(),
                    shell_word(task.name())
                )),
            Reason::Down(outage) => {
                let draft =
                    draft.cause(cause(&format!("No run has started since: {}.", outage.why)));
                outage.next_steps(outage.cite(draft))
            }
            Reason::NoneLeft => {
                let ttl = &self.schedule.spec.template.ttl;
                let kept = if ttl.is_empty() { String::new() } else { format!(" of {ttl}") };
                draft
                    .cause(cause(&format!(
                        "Velero has started a run since, but its backup does not exist: it was \
                         deleted, or has expired after its ttl{kept}."
                    )))
                    .remedy(
                        "If the ttl is shorter than the time between two runs, make it longer. See \
                         what is left of the plan:",
                    )
                    .command(format!("kubectl -n csdr get schedules.velero.io/{word} -o yaml"))
                    .command(format!(
                        "kubectl -n csdr get backups.velero.io{}",
                        names::select("velero.io/schedule-name", self.schedule.name())
                    ))
            }
            Reason::NotRun => draft
                .cause(cause("No run has started since, and the input does not show why."))
                .remedy("See what Velero says of the plan:")
                .command(format!("kubectl -n csdr describe schedules.velero.io/{word}"))
                .command("kubectl -n csdr logs deploy/csdr-velero -c velero --since=1h"),
        }
    }
}

/// Names in a finding what explains it where runs have failed: `backup-failed` reports the newest
/// of a plan, or the vault that they say has failed them.
fn failures(draft: Draft, runs: &[&Task], vaults: &Vaults) -> Draft {
    let draft = runs.iter().fold(draft, |draft, it| draft.caused_by(&it.object));
    let blame = |it: &&&Task| {
        let own = it.messages(&Warnings::default());
        Diagnosis::of_task(own, &vaults.names(it)).blames_vault()
    };
    let blamed = runs.iter().filter(blame).map(|it| vaults.reference(&it.vault.name));
    blamed.fold(draft, Draft::caused_by)
}

/// Whether a Velero that does not know time zones has taken one for a field of cron.
fn is_zone_refused(schedule: &str, errors: &str) -> bool {
    schedule.contains("CRON_TZ=") && errors.contains("Expected exactly 5 fields")
}

/// Why a plan has no recent backup.
enum Reason<'a> {
    Refused,
    NameTooLong,
    Blocked(&'a Task),
    VaultUnavailable(ObjectRef),
    /// The runs since, the newest first.
    Failed(Vec<&'a Task>),
    /// And whether it has taken too long.
    InProgress(&'a Task, Exceeds),
    Down(&'a Outage),
    NoneLeft,
    NotRun,
}

impl Reason<'_> {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Refused => "schedule-refused",
            Self::NameTooLong => "schedule-name-too-long",
            Self::Blocked(_) => "blocked",
            Self::VaultUnavailable(_) => "vault-unavailable",
            Self::Failed(runs) if runs[0].phase == "PartiallyFailed" => "runs-partially-failed",
            Self::Failed(_) => "runs-failed",
            Self::InProgress(..) => "in-progress",
            Self::Down(_) => "component-down",
            Self::NoneLeft => "none-left",
            Self::NotRun => "not-run",
        }
    }
}

/// The backups by their vaults, without those that nobody waits for there: of a plan that was
/// deleted, or that has been given another vault.
fn by_vault<'a>(tasks: &'a [Task], plans: &Plans) -> BTreeMap<&'a str, Vec<&'a Task>> {
    let mut newest = BTreeMap::<_, &Task>::new();
    for task in tasks.iter().filter(|it| !it.plan.is_empty()) {
        let last = newest.entry(task.plan_label()).or_insert(task);
        if task.began() > last.began() {
            *last = task;
        }
    }
    let is_left = |it: &&Task| {
        let last = newest.get(&it.plan_label());
        plans.lost(it) || last.is_some_and(|last| last.vault.name != it.vault.name)
    };
    let mut vaults: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for task in tasks.iter().filter(|it| !it.vault.name.is_empty() && !is_left(it)) {
        vaults.entry(task.vault.name.as_str()).or_default().push(task);
    }
    vaults
}

/// Tells the backups that may have completed later than this: those that do not say when they were
/// made, and those whose phases do not say it. Whether there are such.
fn tells_untold(run: &Run<'_>, tasks: &[&Task], since: Option<Timestamp>) -> bool {
    let untold = tasks.iter().filter_map(|it| {
        let untold = match it.began() {
            None => Some("metadata.creationTimestamp is missing".to_owned()),
            began if began > since && it.is_untold(run) => it.untold(run),
            Some(_) => None,
        };
        Some((&it.object, untold?))
    });
    untold.map(|(object, it)| run.untold(object, &it)).count() > 0
}

/// None where the vault has a recent backup.
fn of_vault(run: &Run<'_>, vault: &str, tasks: &[&Task], context: &Context) -> Option<Draft> {
    let completed = tasks.iter().filter(|it| it.phase == "Completed").max_by_key(|it| it.began());
    let (reason, summary, cause) = match completed {
        None => {
            // Nothing tells whether one in a phase that is not known has completed.
            let has_ended = |it: &&Task| {
                it.phase == "Failed" || it.phase == "PartiallyFailed" || it.is_untold(run)
            };
            let Some(first) = tasks.iter().filter_map(|it| it.began()).min() else {
                run.undecided(&format!(
                    "{}: its backups have no creation time",
                    context.vaults.reference(vault)
                ));
                return None;
            };
            // The first may have its time yet.
            match run.age(first).exceeds(context.longest) {
                Exceeds::Yes => {}
                _ if tasks.iter().any(has_ended) => {}
                Exceeds::No => return None,
                Exceeds::Undecided => {
                    let what = "how long its first backup has been in progress";
                    run.age_not_known(&context.vaults.reference(vault), what);
                    return None;
                }
            }
            let many = plural(u32::try_from(tasks.len()).unwrap_or(u32::MAX), "backup");
            (
                "never-completed",
                format!("Backup vault {vault} has {} {many}, and none has completed", tasks.len()),
                "It holds no backup that can be relied on.".to_owned(),
            )
        }
        Some(last) => {
            let point = context.recovery_point?;
            let Some(created) = last.began() else {
                run.undecided(&format!("{}: its creation time is unknown", last.object));
                return None;
            };
            let age = run.age(created);
            match age.exceeds(point) {
                Exceeds::Yes => {}
                Exceeds::No => return None,
                Exceeds::Undecided => {
                    run.age_not_known(&context.vaults.reference(vault), LAST_BACKUP);
                    return None;
                }
            }
            (
                "recovery-point",
                format!("Backup vault {vault} has not completed a backup for {age}"),
                format!("The recovery point is {}.", duration_words(point)),
            )
        }
    };
    let since = completed.and_then(|it| it.began());
    if tells_untold(run, tasks, since) {
        return None;
    }
    let mut draft = Draft::new(context.vaults.reference(vault), summary)
        .cause(cause)
        .label("reason", reason)
        .label("backup_location", vault);
    if let Some(last) = completed {
        let created = last.created.map(|it| format!(", created {it}")).unwrap_or_default();
        draft = draft.related_to(&last.object, "status.phase", format!("Completed{created}"));
    }
    let mut newest: Vec<_> = tasks.iter().filter(|it| it.phase != "Completed").collect();
    newest.sort_by_key(|it| std::cmp::Reverse(it.created));
    if context.vaults.phase(vault) == "Unavailable" {
        draft = draft.caused_by(context.vaults.reference(vault));
    }
    for task in newest.into_iter().take(RUNS_NAMED) {
        draft = draft.related_to(&task.object, "status.phase", &task.phase);
        draft = draft.caused_by(&task.object);
    }
    Some(
        draft
            .remedy(
                "See the state of its backups, and backup-failed and backup-stuck for the \
                     reasons; then start one:",
            )
            .command(
                "kubectl -n csdr get applicationbackups.csdr.alibabacloud.com -o \
                      custom-columns=NAME:.metadata.name,VAULT:.spec.storageLocation,\
                      PHASE:.status.phase,CREATED:.metadata.creationTimestamp",
            ),
    )
}
