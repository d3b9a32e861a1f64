//! See [`backup_stuck`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{
    Age, Consulted, Coverage, Draft, Exceeds, ObjectRef, Objects, Run, Seen, SettingsOf, rule,
    shell_word,
};

use crate::{
    kubernetes::{
        ends::{self, End, Why},
        kills::{self, Kill},
        memory::{self, Doubling},
        messages::{Warnings, plural},
        objects::{core::Node, snapshot::VolumeSnapshot},
    },
    packs::backup_center::{
        clues::{self, Witnesses},
        components,
        csdr_config::TaskTimeout,
        culprits,
        diagnosis::{self, Diagnosis, Names},
        objects::{
            csdr::{
                ApplicationBackup, ApplicationRestore, BackupLocation, ConvertToSnapshot, NAMESPACE,
            },
            selections::{CsdrConfigMap, CsdrDeployment, CsdrEvent, CsdrPod, CsiProvisionerPod},
            velero,
        },
        outage::{Components, Outage},
        settings::BackupCenterSettings,
        spans::{self, Ran},
        tasks::{Task, TaskKind, Twin},
        vaults::Vaults,
    },
    velero::names,
};

/// How soon after the end of its twin a task has ended too. csdr-controller follows within a minute
/// or two; ten leave room for a restart of it.
const FOLLOWS: SignedDuration = SignedDuration::from_mins(10);

/// How many tasks a finding names as evidence and removes: what a person types in one go. The
/// summary counts them all.
const TASKS_NAMED: usize = 20;

/// How many different warnings about a task a finding quotes: enough to follow what happened, and
/// the description of the task shows all.
const WARNINGS_QUOTED: usize = 10;

/// How many VolumeSnapshots a finding names: enough to find one, and the rest wait for the same.
const SNAPSHOTS_NAMED: usize = 5;

/// A backup is stuck in progress.
///
/// It will not end by itself, and until it is removed the later runs of its plan are silently
/// skipped. The same applies to restores and conversions.
///
/// **Fires** on ApplicationBackups, ApplicationRestores and ConvertToSnapshots that have been
/// `InProgress` (or, but for a ConvertToSnapshot, `New` or without a phase: not started) for longer
/// than a task may take: `velero_timeout_minutes` in the ConfigMap csdr-config, else 60 minutes.
/// Where Velero's object of the same name is `Failed` or `FailedValidation` for more than 10
/// minutes already, before that.
///
/// Each stuck task is one finding. Tasks that are stuck because one component was killed, is down
/// or was restarted are one finding, about the task that has waited longest; the evidence names the
/// others. Backups that are not begun and that were made after one that does not end wait for it:
/// they are counted in its finding. If none is in progress, those that are not begun are one
/// finding. The Warning events about a task are in the evidence.
///
/// **Quiet** on a task within its time limit, and on every other phase. A task without a start time
/// is `no data`; so is one in a phase that is not known, and a conversion without one; so is a
/// backup or restore without a phase that has ended, or where none of its kind has one; so is one
/// that may have been in progress for longer, because a dump does not tell when it was taken; and
/// so are inputs without any ApplicationBackup or ApplicationRestore. Conversions are judged if the
/// input holds them.
///
/// **Why**, as far as the input shows it; the first that applies counts. If the ConfigMap cannot be
/// read, the evidence says so and the default applies.
///
/// - `oom-killed`, `killed`: csdr-velero or csdr-controller was OOM-killed, or ended by SIGKILL,
///   after the task began. Remedy: more memory.
/// - `component-down`: csdr-controller or csdr-velero does not run or does not exist. Remedy: its
///   pod.
/// - as of `backup-failed`: the task itself, a Warning event about it or Velero's object of its
///   name says a known cause. Remedy: as there.
/// - `evicted`, `preempted`, `node-shutdown`, `node-lost`, `node-restarted`, `node-gone`,
///   `node-tainted`, `drained`, `liveness-probe-failed`, `startup-probe-failed`: a component was
///   ended so after the task began. Remedy: its node.
/// - `csi-provisioner-down`: VolumeSnapshots of the backup are not ready, and no csi-provisioner
///   is. Remedy: its pod.
/// - `snapshot-not-ready`: VolumeSnapshots of the backup are not ready. Remedy: what they say;
///   where they say nothing, the snapshot service and its permissions.
/// - `velero-waiting-for-plugins`, `velero-finalizing`: Velero is past its copying. Remedy: its
///   description and its log.
/// - `component-restarted`: one of them was restarted, or put on another node, after the task
///   began. Remedy: the log of its last run.
/// - `velero-ended`: Velero has finished its part, and csdr-controller has not reacted. Remedy:
///   what Velero says.
/// - `cross-region-volume`: likely: a restore from another region, and not only of disks. Remedy:
///   static volumes.
/// - `velero-not-begun`, `velero-in-progress`: Velero's object is in another phase, or counts
///   errors or warnings. Remedy: its description and its log.
/// - `unknown`, `not-told`: an unknown message; nothing in the input shows it. Remedy: investigate
///   by hand.
///
/// # Settings
///
/// `taskTimeoutMinutes`: how long a task may take if csdr-config does not set it.
///
/// # Metrics
///
/// None; `backup-failed` counts backups by phase.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata:
///   name: orders-daily-20260915010000
///   namespace: csdr
///   creationTimestamp: "2026-09-14T23:00:00Z"
/// spec: {storageLocation: vault-prod}
/// status: {phase: InProgress}
/// ---
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationRestore
/// metadata: {name: orders-back, namespace: csdr, creationTimestamp: "2026-09-15T01:00:00Z"}
/// status: {phase: Completed}
/// ```
///
/// ```yaml quiet
/// # as-of: 2026-09-15T01:00:00Z
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationBackup
/// metadata:
///   name: orders-daily-20260915010000
///   namespace: csdr
///   creationTimestamp: "2026-09-15T00:30:00Z"
/// spec: {storageLocation: vault-prod}
/// status: {phase: InProgress}
/// ---
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: ApplicationRestore
/// metadata: {name: orders-back, namespace: csdr, creationTimestamp: "2026-09-15T01:00:00Z"}
/// status: {phase: Completed}
/// ```
///
/// # Sources
///
/// - The timeout, csdr-config, why a task stays in progress, DeleteRequests, that only disks are
///   restored across regions: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
///   That a component that dies leaves tasks in progress: [Monitor the backup
///   center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - That a schedule is skipped while a backup of it is in progress, since Velero 1.10, and that
///   Velero marks what was in progress as Failed when it starts, since 1.9:
///   vmware-tanzu/velero@d30d389 `pkg/controller/schedule_controller.go` and
///   `pkg/cmd/server/server.go`. That later backups queue up behind one: velero-io/velero issues
///   4904 and 2738. The phases: `pkg/apis/velero/v1/backup_types.go` there. The label of
///   VolumeSnapshots: `pkg/apis/velero/v1/labels_annotations.go` there.
/// - Inferred: that the timeout, documented for each part of a task, is as much as a whole one
///   takes; that an ApplicationBackup may stay `InProgress` where its Velero Backup has ended; that
///   a VolumeSnapshot without Velero's label that was made after the task began is the task's; the
///   region of the cluster, from the label `topology.kubernetes.io/region` of its nodes.
#[rule(severity = high)]
pub fn backup_stuck(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    backups: Objects<'_, ApplicationBackup>,
    restores: Objects<'_, ApplicationRestore>,
    conversions: Consulted<'_, ConvertToSnapshot>,
    backup_twins: Consulted<'_, velero::Backup>,
    restore_twins: Consulted<'_, velero::Restore>,
    config: Consulted<'_, CsdrConfigMap>,
    pods: Consulted<'_, CsdrPod>,
    deployments: Consulted<'_, CsdrDeployment>,
    events: Consulted<'_, CsdrEvent>,
    vaults: Consulted<'_, BackupLocation>,
    snapshots: Consulted<'_, VolumeSnapshot>,
    provisioners: Consulted<'_, CsiProvisionerPod>,
    nodes: Consulted<'_, Node>,
) {
    let timeout = TaskTimeout::read(&config, &settings);
    let backups = Task::backups(&backups, &backup_twins);
    let others = Task::restores(&restores, &restore_twins).into_iter();
    let others: Vec<_> = others.chain(Task::conversions(&conversions)).collect();
    let tasks = backups.iter().chain(&others);
    // Those that wait are judged by their age.
    for task in tasks.clone().filter(|it| !it.is_waiting()) {
        if let Some(untold) = task.untold(run) {
            run.untold(&task.object, &untold);
        }
    }
    let stuck: Vec<_> = tasks.clone().filter_map(|it| Stuck::find(run, it, &timeout)).collect();
    let all_stuck: BTreeSet<_> = stuck.iter().map(|it| &it.task.object).collect();
    let going = tasks.filter(|it| it.is_waiting() && !all_stuck.contains(&it.object));
    spans::tell_tasks(run, going.map(Ran::of));
    if stuck.is_empty() {
        return;
    }
    let context = Context {
        components: Components::read(&pods, &deployments),
        witnesses: Witnesses::default().with_pods(&pods),
        events: events.coverage(),
        warnings: Warnings::read(&events),
        vaults: Vaults::read(&vaults),
        snapshots: snapshots.iter().filter(|it| it.status.ready_to_use != Some(true)).collect(),
        provisioners: provisioners.iter().filter(|it| !it.status.is_over()).collect(),
        region: nodes.iter().map(|it| it.metadata.labels.region.clone()).find(|it| !it.is_empty()),
        backups: &backups,
    };
    let judged: Vec<_> = stuck.into_iter().map(|it| (context.cause(&it), it)).collect();
    spans::tell_tasks(run, judged.iter().map(|(cause, it)| cause.ran(it)));
    let mut queues = Queues::behind(&judged, &backups);
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (cause, it) in judged {
        if !queues.holds(it.task) {
            groups.entry(cause.group(it.task)).or_default().push((it, cause));
        }
    }
    for (_, mut group) in groups {
        group.sort_by_key(|(it, _)| (it.began, it.task.object.name.clone()));
        let waiting = queues.take(&group);
        run.report(finding(&group, &waiting, &timeout, &context));
    }
}

/// The backups that are not begun because another does not end: Velero makes one after the other,
/// and a plan has one run at a time.
struct Queues<'a>(BTreeMap<&'a str, Vec<&'a Task>>);

impl<'a> Queues<'a> {
    /// Finds the backup that each of them waits for: the oldest of its plan, else the oldest of
    /// all.
    fn behind(judged: &[(Cause<'a>, Stuck<'a>)], backups: &'a [Task]) -> Self {
        let heads: Vec<_> =
            judged.iter().map(|(_, it)| it).filter(|it| it.holds_others()).collect();
        let mut queues = BTreeMap::<_, Vec<_>>::new();
        for task in backups.iter().filter(|it| it.is_waiting() && it.phase != "InProgress") {
            let judgement = judged.iter().find(|(_, it)| it.task.object == task.object);
            if judgement.is_some_and(|(cause, _)| cause.is_of_the_task()) {
                continue;
            }
            let of_plan = |it: &&&Stuck<'_>| {
                !task.plan.is_empty() && it.task.plan_label() == task.plan_label()
            };
            let before = || heads.iter().filter(|it| task.created.is_some_and(|at| it.began <= at));
            let oldest = before().filter(of_plan).min_by_key(|it| it.began);
            // What has not waited for long may just be about to begin.
            let any = || before().min_by_key(|it| it.began).filter(|_| judgement.is_some());
            if let Some(head) = oldest.or_else(any) {
                queues.entry(head.task.name()).or_default().push(task);
            }
        }
        Self(queues)
    }

    /// Whether a task waits in one of them.
    fn holds(&self, task: &Task) -> bool {
        self.0.values().flatten().any(|it| it.object == task.object)
    }

    /// What waits for these, the oldest first.
    fn take(&mut self, group: &[(Stuck<'a>, Cause<'a>)]) -> Vec<&'a Task> {
        let of = |(it, _): &(Stuck<'a>, Cause<'a>)| self.0.remove(it.task.name());
        let mut waiting: Vec<_> = group.iter().filter_map(of).flatten().collect();
        waiting.sort_by_key(|it| (it.created, it.name()));
        waiting
    }
}

/// A task that is in progress for too long.
struct Stuck<'a> {
    task: &'a Task,
    began: Timestamp,
    age: Age,
}

impl<'a> Stuck<'a> {
    fn find(run: &Run<'_>, task: &'a Task, timeout: &TaskTimeout) -> Option<Self> {
        if !task.is_waiting() {
            return None;
        }
        let Some(began) = task.created.or_else(|| task.twin.as_ref()?.started) else {
            run.undecided(&format!(
                "{}: it is in progress; since when is unknown, because it has no \
                 metadata.creationTimestamp",
                task.object
            ));
            return None;
        };
        let given_up = task.twin.as_ref().filter(|it| has_failed(it)).and_then(|it| it.ended);
        let is_left = given_up.map_or(Exceeds::No, |it| run.age(it).exceeds(FOLLOWS));
        let age = run.age(began);
        let is_late = age.exceeds(SignedDuration::from_mins(timeout.minutes.into()));
        if is_late.certainly() || is_left.certainly() {
            return Some(Self { task, began, age });
        }
        let what = match task.phase.as_str() {
            _ if is_left.possibly() => "how long ago Velero gave it up",
            "InProgress" => "how long it has been in progress",
            _ => "how long it has been waiting",
        };
        if is_late.possibly() || is_left.possibly() {
            run.age_not_known(&task.object, what);
        }
        None
    }
}

impl Stuck<'_> {
    /// Whether others wait for it to end.
    fn holds_others(&self) -> bool {
        self.task.kind == TaskKind::Backup && self.task.phase == "InProgress"
    }
}

fn has_failed(twin: &Twin) -> bool {
    twin.phase == "Failed" || twin.phase == "FailedValidation"
}

/// Whether Velero's object says more than that of the task.
fn says_more(task: &Task, twin: &Twin) -> bool {
    let differs = !twin.phase.is_empty() && twin.phase != task.phase;
    differs || twin.errors > 0 || twin.warnings > 0
}

/// How far Velero is with a task that it has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    NotBegun,
    /// Also in a phase that is not known.
    Copying,
    WaitingForPlugins,
    Finalizing,
}

impl Stage {
    fn of(twin: &Twin) -> Self {
        match twin.phase.as_str() {
            "" | "New" | "Queued" | "ReadyToStart" => Self::NotBegun,
            it if it.starts_with("WaitingForPluginOperations") => Self::WaitingForPlugins,
            it if it.starts_with("Finalizing") => Self::Finalizing,
            _ => Self::Copying,
        }
    }

    /// In a sentence.
    fn as_str(self) -> &'static str {
        match self {
            Self::NotBegun => "Velero has not begun",
            Self::Copying => "Velero does not end its part",
            Self::WaitingForPlugins => {
                "Velero has copied the objects, and waits for its plug-ins to copy the volumes"
            }
            Self::Finalizing => "Velero has copied everything, and does not come to the end of it",
        }
    }
}

/// Why a task is stuck.
enum Cause<'a> {
    Killed {
        component: &'static str,
        pod: &'a Seen<CsdrPod>,
        kill: Kill<'a>,
    },
    Down(Outage),
    /// A pod of a component was ended from outside, or a container for a probe.
    Gone {
        component: &'static str,
        pod: &'a Seen<CsdrPod>,
        end: Box<End>,
    },
    Restarted {
        component: &'static str,
        pod: &'a Seen<CsdrPod>,
        path: String,
        when: Timestamp,
    },
    Diagnosed(Diagnosis),
    Ended(&'a Twin),
    /// The snapshots, and csi-provisioner if none of its pods is ready.
    NotReady(Vec<&'a Seen<VolumeSnapshot>>, Option<&'a Seen<CsiProvisionerPod>>),
    OtherRegion {
        from: String,
        here: &'a str,
    },
    /// Velero is not at its end.
    InVelero(&'a Twin),
    /// Nothing but messages, if any, that are not known.
    NotTold(Diagnosis),
}

/// What one finding is about: a cause that several tasks share, else the task.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    By(&'static str, ObjectRef),
    /// Tasks that are not begun, for no known reason.
    NotBegun(TaskKind),
    Alone(ObjectRef),
}

impl Cause<'_> {
    fn group(&self, task: &Task) -> Group {
        match self {
            Self::Killed { pod, .. } => Group::By("killed", pod.reference().clone()),
            Self::Down(outage) => Group::By("down", outage.object.clone()),
            Self::Gone { pod, .. } => Group::By("gone", pod.reference().clone()),
            Self::Restarted { pod, .. } => Group::By("restarted", pod.reference().clone()),
            Self::NotReady(_, Some(pod)) => Group::By("snapshots", pod.reference().clone()),
            Self::NotTold(diagnosis) if task.phase != "InProgress" && diagnosis.is_silent() => {
                Group::NotBegun(task.kind)
            }
            _ => Group::Alone(task.object.clone()),
        }
    }

    /// The task for the timeline, with what ended it.
    fn ran<'t>(&self, stuck: &Stuck<'t>) -> Ran<'t> {
        let task = stuck.task;
        let ended_by = match self {
            Self::Killed { pod, .. } | Self::Gone { pod, .. } | Self::Restarted { pod, .. } => {
                vec![pod.reference().clone()]
            }
            Self::Down(outage) => vec![outage.object.clone()],
            Self::Diagnosed(it) if it.blames_vault() && !task.vault.name.is_empty() => {
                vec![BackupLocation::named(&task.vault.name)]
            }
            _ => Vec::new(),
        };
        Ran { task, is_stuck: true, ended_by }
    }

    /// Whether it explains this task and no other.
    fn is_of_the_task(&self) -> bool {
        match self {
            Self::Diagnosed(_) | Self::Ended(_) => true,
            Self::NotTold(diagnosis) => !diagnosis.is_silent(),
            _ => false,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Killed { kill, .. } if kill.for_memory => "oom-killed",
            Self::Killed { .. } => "killed",
            Self::Down(_) => "component-down",
            Self::Gone { end, .. } => end.why.as_str(),
            Self::Restarted { .. } => "component-restarted",
            Self::Diagnosed(diagnosis) | Self::NotTold(diagnosis) => diagnosis.reason(),
            Self::Ended(_) => "velero-ended",
            Self::NotReady(_, Some(_)) => "csi-provisioner-down",
            Self::NotReady(..) => "snapshot-not-ready",
            Self::OtherRegion { .. } => "cross-region-volume",
            Self::InVelero(twin) => match Stage::of(twin) {
                Stage::NotBegun => "velero-not-begun",
                Stage::Copying => "velero-in-progress",
                Stage::WaitingForPlugins => "velero-waiting-for-plugins",
                Stage::Finalizing => "velero-finalizing",
            },
        }
    }

    fn component(&self) -> &'static str {
        match self {
            Self::Killed { component, .. }
            | Self::Gone { component, .. }
            | Self::Restarted { component, .. } => component,
            Self::Down(outage) => outage.component,
            _ => "",
        }
    }
}

/// Everything beside the tasks that the rule reads, once.
struct Context<'a> {
    components: Components,
    witnesses: Witnesses,
    warnings: Warnings,
    /// Whether all events were seen.
    events: Coverage,
    vaults: Vaults,
    /// Those that are not ready.
    snapshots: Vec<Seen<VolumeSnapshot>>,
    provisioners: Vec<Seen<CsiProvisionerPod>>,
    /// Of the cluster.
    region: Option<String>,
    backups: &'a [Task],
}

impl Context<'_> {
    fn cause<'a>(&'a self, stuck: &Stuck<'a>) -> Cause<'a> {
        let task = stuck.task;
        let diagnosis = || {
            let messages = task.messages(&self.warnings);
            let diagnosis = Diagnosis::of_task(messages, &self.vaults.names(task));
            let ended = Some(&diagnosis).filter(|it| !it.is_open());
            let ended = ended.and_then(|it| self.witnesses.end(task, it, &self.warnings));
            let clues = ended.filter(|it| it.is_end).into_iter().collect();
            diagnosis.with_clues(clues)
        };
        let twin = task.twin.as_ref();
        self.killed(stuck)
            .or_else(|| self.components.first_outage().map(Cause::Down))
            .or_else(|| Some(diagnosis()).filter(Diagnosis::has_remedy).map(Cause::Diagnosed))
            .or_else(|| self.gone(stuck))
            .or_else(|| self.not_ready(stuck))
            // After a restart Velero goes on with what is past its copying.
            .or_else(|| twin.filter(|it| Stage::of(it) > Stage::Copying).map(Cause::InVelero))
            .or_else(|| self.restarted(stuck))
            .or_else(|| {
                let over = ["Completed", "PartiallyFailed"];
                let is_over = |it: &&Twin| has_failed(it) || over.contains(&it.phase.as_str());
                twin.filter(is_over).map(Cause::Ended)
            })
            .or_else(|| self.other_region(task))
            .or_else(|| twin.filter(|it| says_more(task, it)).map(Cause::InVelero))
            .unwrap_or_else(|| Cause::NotTold(diagnosis().with_events(self.events)))
    }

    /// The newest kill of a component since the task began.
    fn killed<'a>(&'a self, stuck: &Stuck<'a>) -> Option<Cause<'a>> {
        let kills = self.components.pods().iter().flat_map(|(component, pod)| {
            kills::of(pod).into_iter().map(move |kill| (*component, pod, kill))
        });
        let kills = kills.filter(|(.., it)| !it.is_ephemeral);
        // What is known to have ended it otherwise was not killed for memory.
        let kills = kills.filter(|(_, pod, kill)| {
            kill.for_memory || self.end(pod, stuck).is_none_or(|it| it.why == Why::Killed)
        });
        kills
            .filter(|(.., it)| it.time().is_some_and(|it| it >= stuck.began))
            .max_by_key(|(.., it)| (it.for_memory, it.time()))
            .map(|(component, pod, kill)| Cause::Killed { component, pod, kill })
    }

    /// What ended a pod of a component since the task began.
    fn end(&self, pod: &Seen<CsdrPod>, stuck: &Stuck<'_>) -> Option<End> {
        ends::during(pod, &self.warnings, stuck.began, Timestamp::MAX)
    }

    /// The newest end of a component since the task began that no kill is.
    fn gone<'a>(&'a self, stuck: &Stuck<'a>) -> Option<Cause<'a>> {
        let pods = self.components.pods().iter();
        let ends =
            pods.filter_map(|(component, pod)| Some((*component, pod, self.end(pod, stuck)?)));
        ends.filter(|(.., it)| !matches!(it.why, Why::OomKilled | Why::Killed | Why::NotAdmitted))
            .max_by_key(|(.., it)| it.time)
            .map(|(component, pod, end)| Cause::Gone { component, pod, end: Box::new(end) })
    }

    /// The newest start of a component since the task began.
    fn restarted<'a>(&'a self, stuck: &Stuck<'a>) -> Option<Cause<'a>> {
        let pods = self.components.pods().iter().filter(|(_, it)| !it.status.is_over());
        let starts = pods.flat_map(|(component, pod)| {
            let made = pod.metadata.creation_timestamp;
            let made = made.map(|it| ("metadata.creationTimestamp".to_owned(), it));
            let ends = pod.status.container_statuses.iter().enumerate();
            let ends = ends.filter_map(|(i, container)| {
                let end = container.last_state.terminated.as_ref()?.finished_at?;
                let at = format!("status.containerStatuses[{i}].lastState.terminated");
                Some((format!("{at}.finishedAt"), end))
            });
            let starts: Vec<_> = made.into_iter().chain(ends).collect();
            starts.into_iter().map(move |(path, when)| (*component, pod, path, when))
        });
        starts
            .filter(|(.., when)| *when > stuck.began)
            .max_by_key(|(.., when)| *when)
            .map(|(component, pod, path, when)| Cause::Restarted { component, pod, path, when })
    }

    fn not_ready<'a>(&'a self, stuck: &Stuck<'a>) -> Option<Cause<'a>> {
        let task = stuck.task;
        if task.kind == TaskKind::Restore || task.backup_type == "AppBackup" {
            return None;
        }
        let is_of_task = |it: &&Seen<VolumeSnapshot>| match it.metadata.labels.backup_name.as_str()
        {
            "" => it.metadata.creation_timestamp.is_some_and(|it| it >= stuck.began),
            label => names::means(label, &task.backup),
        };
        let snapshots: Vec<_> = self.snapshots.iter().filter(is_of_task).collect();
        if snapshots.is_empty() {
            return None;
        }
        let any_ready = self.provisioners.iter().any(|it| it.status.is_ready());
        let down = self.provisioners.first().filter(|_| !any_ready);
        Some(Cause::NotReady(snapshots, down))
    }

    /// A restore from a vault in another region, of a backup that may hold volumes other than
    /// disks.
    fn other_region<'a>(&'a self, task: &'a Task) -> Option<Cause<'a>> {
        let here = self.region.as_deref()?;
        let from = self.vaults.names(task).region;
        let is_restore = task.kind != TaskKind::Backup;
        if !is_restore || from.is_empty() || from == here {
            return None;
        }
        let backup = self.backups.iter().find(|it| it.name() == task.backup);
        let without_files = backup.is_some_and(|it| {
            it.backup_type == "AppBackup" || ["snapshot", "none"].contains(&it.data_type.as_str())
        });
        (!without_files).then(|| Cause::OtherRegion { from: from.to_owned(), here })
    }
}

fn finding(
    group: &[(Stuck<'_>, Cause<'_>)],
    waiting: &[&Task],
    timeout: &TaskTimeout,
    context: &Context<'_>,
) -> Draft {
    let (longest, cause) = &group[0];
    let task = longest.task;
    let names = context.vaults.names(task);
    let mut draft = Draft::new(task.object.clone(), summary(group, waiting))
        .label("backup_location", names.vault)
        .label("schedule", &task.plan)
        .label("component", cause.component());
    draft = match cause {
        // It writes the label itself.
        Cause::Diagnosed(_) | Cause::NotTold(_) => draft,
        _ => draft.label("reason", cause.reason()),
    };
    draft = explain(draft, cause, &names, task, context);
    if let Some(twin) = &task.twin
        && !matches!(cause, Cause::Ended(_))
    {
        draft = twin.cite(draft, &task.phase);
        if !matches!(cause, Cause::Diagnosed(_) | Cause::NotTold(_)) {
            draft = twin.messages.iter().fold(draft, |draft, it| it.cite(draft));
        }
    }
    for (nth, (it, cause)) in group.iter().take(TASKS_NAMED).enumerate() {
        let shown = if nth == 0 { WARNINGS_QUOTED } else { 1 };
        draft = warned(draft, it.task, Some(cause).filter(|_| nth == 0), shown, context);
    }
    for task in waiting.iter().take(TASKS_NAMED) {
        draft = warned(draft, task, None, 1, context);
    }
    draft = remove(draft, group, waiting);
    for (Stuck { task, began, .. }, _) in group.iter().take(TASKS_NAMED) {
        let phase = if task.phase.is_empty() { "none" } else { &task.phase };
        draft = draft.related_to(&task.object, "status.phase", format!("{phase}, created {began}"));
    }
    for task in waiting.iter().take(TASKS_NAMED) {
        let created = task.created.map(|it| format!(", created {it}")).unwrap_or_default();
        let phase = if task.phase.is_empty() { "none" } else { &task.phase };
        draft = draft.related_to(&task.object, "status.phase", format!("{phase}{created}"));
    }
    timeout.cite(draft)
}

/// The newest warnings about a task: `backup-warning-event` leaves them to this rule.
fn warned(
    draft: Draft,
    task: &Task,
    cause: Option<&Cause<'_>>,
    shown: usize,
    context: &Context<'_>,
) -> Draft {
    let is_quoted = |text: &str| match cause {
        Some(Cause::Diagnosed(it) | Cause::NotTold(it)) => it.has_quoted(text),
        _ => false,
    };
    let messages = context.warnings.all(&task.object);
    let new = messages.iter().filter(|it| !is_quoted(&it.text)).take(shown);
    new.fold(draft, |draft, it| it.cite(draft))
}

/// The plans that do not run because of it.
fn plans<'a>(group: &[(Stuck<'a>, Cause<'_>)], waiting: &[&'a Task]) -> Vec<&'a str> {
    let tasks = group.iter().map(|(it, _)| it.task).chain(waiting.iter().copied());
    let mut plans: Vec<_> = tasks.map(|it| it.plan.as_str()).collect();
    plans.sort_unstable();
    plans.dedup();
    plans.retain(|it| !it.is_empty());
    plans
}

fn summary(group: &[(Stuck<'_>, Cause<'_>)], waiting: &[&Task]) -> String {
    let (Stuck { task, age, .. }, _) = &group[0];
    let name = task.name();
    let what = match group.len() {
        1 if task.phase == "InProgress" => {
            format!("{} {name} has been in progress for {age}", task.kind.title())
        }
        1 => format!("{} {name} has been waiting for {age} to be started", task.kind.title()),
        many => {
            let noun = task.kind.noun();
            let same = group.iter().all(|(it, _)| it.task.kind == task.kind);
            let nouns = plural(2, if same { noun } else { "task" });
            format!("{many} {nouns} are stuck, {noun} {name} for {age}")
        }
    };
    let what = match waiting.len() {
        0 => what,
        1 => format!("{what}; 1 later backup waits for it"),
        many => format!("{what}; {many} later backups wait for it"),
    };
    match plans(group, waiting).as_slice() {
        [] => what,
        [plan] => format!("{what}, and plan {plan} does not run meanwhile"),
        [plan, rest @ ..] => format!(
            "{what}, and plan {plan} and {} {} do not run meanwhile",
            rest.len(),
            plural(u32::try_from(rest.len()).unwrap_or(u32::MAX), "other")
        ),
    }
}

/// The cause, the remedy and the evidence.
fn explain(
    draft: Draft,
    cause: &Cause<'_>,
    names: &Names<'_>,
    task: &Task,
    context: &Context<'_>,
) -> Draft {
    match cause {
        Cause::Killed { component, pod, kill } => killed(draft, component, pod, kill, task),
        Cause::Down(outage) => {
            let why = format!("Nothing processes it: {}.", outage.why);
            outage.next_steps(outage.cite(draft.cause(why)))
        }
        Cause::Gone { component, pod, end } => {
            let draft =
                draft.cause(format!("{component} ended while it worked on it. {}", end.sentence()));
            let draft = draft.caused_by(pod).caused_by(components::deployment(component));
            end.cite(draft).steps(&clues::against(component, pod, end))
        }
        Cause::Restarted { component, pod, path, when } => {
            let (name, word) = (pod.name(), shell_word(pod.name()));
            let draft = draft.related(pod, path, when);
            let draft = draft.caused_by(pod).caused_by(components::deployment(component));
            if path.starts_with("metadata") {
                draft
                    .cause(format!(
                        "Likely {component} lost it: its pod {name} was created after the task \
                         began, in place of another."
                    ))
                    .remedy(format!(
                        "See what happened to the other pod of {component}; events are kept for \
                         about an hour:"
                    ))
                    .command("kubectl -n csdr get events --sort-by=.lastTimestamp")
            } else {
                draft
                    .cause(format!(
                        "Likely {component} lost it: pod {name} was restarted after the task began."
                    ))
                    .remedy(format!("See why {component} was restarted:"))
                    .command(format!("kubectl -n csdr logs {word} --all-containers --previous"))
            }
        }
        Cause::Diagnosed(diagnosis) => {
            let Context { vaults, warnings, .. } = context;
            culprits::name(diagnosis.write(draft, names), diagnosis, names, vaults, warnings)
        }
        Cause::Ended(twin) => ended(draft, twin, task),
        Cause::NotReady(snapshots, down) => not_ready(draft, snapshots, *down),
        Cause::OtherRegion { from, here } => draft
            .cause(format!(
                "Likely it waits for volumes: the backup is from {from}, this cluster is in \
                 {here}, and only disks can be restored in another region."
            ))
            .remedy(
                "Create the volumes that are not disks by hand (a static PersistentVolume and its \
                 claim), then restore without them. This shows the volumes:",
            )
            .command(format!(
                "kubectl -n csdr describe applicationbackups.csdr.alibabacloud.com/{}",
                if names.backup.is_empty() { "BACKUP".into() } else { shell_word(names.backup) }
            )),
        Cause::InVelero(twin) => {
            let draft = draft.cause(format!(
                "{}: in Velero it is {}.",
                Stage::of(twin).as_str(),
                twin.state()
            ));
            diagnosis::read_on_in_velero(draft, names)
        }
        Cause::NotTold(diagnosis) => not_told(draft, diagnosis, names, task, context),
    }
}

fn not_told(
    draft: Draft,
    diagnosis: &Diagnosis,
    names: &Names<'_>,
    task: &Task,
    context: &Context<'_>,
) -> Draft {
    let draft = if diagnosis.is_silent() {
        let events = match context.events {
            Coverage::Complete => "no event or object gives one",
            Coverage::Partial => "no object gives one; the input does not show all events",
            Coverage::Absent => "no object gives one; the input does not show events",
        };
        let components = if context.components.pods().is_empty() {
            "the pods of the components are not in the input"
        } else {
            "the components in the input run and were not restarted since"
        };
        draft
            .cause(format!("No reason was found: {components}, and {events}."))
            .label("reason", diagnosis.reason())
    } else {
        let Context { vaults, warnings, .. } = context;
        culprits::name(diagnosis.write(draft, names), diagnosis, names, vaults, warnings)
    };
    draft
        .remedy("See what the task and its twin say, and the log of the controller:")
        .command(task.describe_command())
        .command("kubectl -n csdr logs deploy/csdr-controller --since=1h")
}

fn killed(
    draft: Draft,
    component: &str,
    pod: &Seen<CsdrPod>,
    kill: &Kill<'_>,
    task: &Task,
) -> Draft {
    let name = &kill.container.name;
    let how =
        if kill.for_memory { "OOM-killed" } else { "ended by SIGKILL, likely for lack of memory" };
    let when = kill.time().map(|it| format!(" at {it}")).unwrap_or_default();
    let twin = task.twin.as_ref().filter(|it| has_failed(it));
    let marked = twin.map(|it| format!("; Velero marked it {}", it.phase)).unwrap_or_default();
    let draft = draft
        .cause(format!(
            "{component} was {how}{when}, after the task began; nothing processes it{marked}."
        ))
        .related(pod, &format!("{}.{}", kill.at, kill.path), kills::words(kill.end))
        .caused_by(pod);
    let limit = pod.spec.container(name).and_then(|(_, it)| memory::limit(it));
    match limit {
        Some(limit) if kill.at.starts_with("status.containerStatuses") => {
            let double = Doubling {
                namespace: NAMESPACE,
                workload: &format!("deploy {component}"),
                container: name,
                limit,
            };
            draft
                .remedy(format!(
                    "{}, or the next task fails too. This restarts it: wait until no other task \
                     runs.",
                    double.sentence(component)
                ))
                .command(double.command())
        }
        _ => draft
            .remedy(format!(
                "First make sure that {component} has enough memory, or the next task fails too:"
            ))
            .command(format!("kubectl -n csdr describe pod {}", shell_word(pod.name()))),
    }
}

fn ended(draft: Draft, twin: &Twin, task: &Task) -> Draft {
    let when = twin.ended.map(|it| format!(" at {it}")).unwrap_or_default();
    let says =
        twin.messages.first().map(|it| format!(" and says: {}", it.text)).unwrap_or_default();
    let draft = draft
        .cause(format!(
            "Velero has finished its part{when} ({}){says}. csdr-controller has not reacted.",
            twin.phase
        ))
        .related_to(&twin.object, "status.phase", &twin.phase);
    let draft = twin.messages.iter().fold(draft, |draft, it| it.cite(draft));
    draft
        .remedy("See what both of them say, and the log of the controller:")
        .command(task.describe_command())
        .command("kubectl -n csdr logs deploy/csdr-controller --since=1h")
}

fn not_ready(
    draft: Draft,
    snapshots: &[&Seen<VolumeSnapshot>],
    down: Option<&Seen<CsiProvisionerPod>>,
) -> Draft {
    let many = snapshots.len();
    let is = if many == 1 { "is" } else { "are" };
    let what = format!("{many} of its VolumeSnapshots {is} not ready");
    let said = snapshots.iter().find(|it| !it.status.error.message.trim().is_empty());
    let says = said.map(|it| {
        let (namespace, name, error) = (it.namespace(), it.name(), &it.status.error.message);
        format!("VolumeSnapshot {namespace}/{name} says: {}", error.trim())
    });
    let mut draft = match (down, says) {
        (Some(pod), says) => draft
            .cause(format!(
                "{what}, because csi-provisioner, which creates them, is not running.{}",
                says.map(|it| format!(" {it}")).unwrap_or_default()
            ))
            .related(pod, "status.phase", &pod.status.phase)
            .remedy("See why csi-provisioner is not running:")
            .command("kubectl -n kube-system get pod -l app=csi-provisioner -o wide")
            .command(format!("kubectl -n kube-system describe pod {}", shell_word(pod.name()))),
        (None, Some(says)) => draft
            .cause(format!("{what}. {says}"))
            .remedy("See what all snapshots say, and the log of csi-provisioner, which takes them:")
            .command("kubectl get volumesnapshots.snapshot.storage.k8s.io -A")
            .command(
                "kubectl -n kube-system logs -l app=csi-provisioner --all-containers --since=1h",
            ),
        (None, None) => draft
            .cause(format!(
                "{what}: likely the snapshot service is not activated, the cluster may not use it, \
                 or it is slow."
            ))
            .remedy(
                "See what the snapshots say. Activate the ECS snapshot service, and grant its RAM \
                 policy to a dedicated or registered cluster:",
            )
            .command("kubectl get volumesnapshots.snapshot.storage.k8s.io -A")
            .command("kubectl -n kube-system get pod -l app=csi-provisioner -o wide"),
    };
    // Those that say something first.
    let (said, silent): (Vec<&Seen<VolumeSnapshot>>, Vec<_>) =
        snapshots.iter().partition(|it| !it.status.error.message.trim().is_empty());
    let snapshots = [said, silent].concat();
    for it in snapshots.iter().take(SNAPSHOTS_NAMED) {
        draft = draft.related(it, "status.readyToUse", it.status.ready_to_use.unwrap_or_default());
        if !it.status.error.message.is_empty() {
            draft = draft.related(it, "status.error.message", &it.status.error.message);
        }
    }
    draft
}

/// How to remove the tasks.
fn remove(draft: Draft, group: &[(Stuck<'_>, Cause<'_>)], waiting: &[&Task]) -> Draft {
    let noun = group[0].0.task.kind.noun();
    let draft = draft.remedy(match group.len() {
        1 => format!(
            "If the {noun} still does not end, remove it by a DeleteRequest, not by kubectl \
             delete; then start it again under a new name:"
        ),
        many if many <= TASKS_NAMED => "Remove tasks that still do not end by DeleteRequests, not \
                                        by kubectl delete; then start them again under new names:"
            .to_owned(),
        _ => format!(
            "Remove tasks that still do not end by DeleteRequests, not by kubectl delete; then \
             start them again under new names. These are the {TASKS_NAMED} that have waited \
             longest:"
        ),
    });
    let draft = group
        .iter()
        .take(TASKS_NAMED)
        .fold(draft, |draft, (it, _)| draft.command(it.task.delete_command()));
    if waiting.is_empty() {
        return draft;
    }
    draft
        .remedy(
            "Those that wait then begin one after the other. Remove in the same way what nobody \
             needs any more; this shows all backups:",
        )
        .command(format!("kubectl -n {NAMESPACE} get {}", TaskKind::Backup.resource()))
}
