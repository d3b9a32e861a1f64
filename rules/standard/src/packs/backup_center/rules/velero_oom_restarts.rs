//! See [`velero_oom_restarts`].

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{
    Consulted, Coverage, Draft, Exceeds, Objects, Quantity, Run, Seen, SettingsOf, Severity, rule,
    shell_word,
};
use serde_json::json;

use crate::{
    kubernetes::{
        ends,
        kills::{self, Kill},
        memory,
        messages::Warnings,
        objects::apps::Deployment,
        untold,
        workloads::{Injector, Origin, Workload},
    },
    packs::backup_center::{
        catalogue::Class,
        components::{self, CSDR_CONTROLLER, CSDR_VELERO, MIGRATE_CONTROLLER},
        diagnosis::{Diagnosis, Names},
        objects::{
            csdr::{ApplicationBackup, ApplicationRestore, NAMESPACE},
            selections::{
                CsdrDeployment, CsdrEvent, CsdrPod, KubeSystemDeployment, MigrateControllerPod,
            },
            velero,
        },
        settings::BackupCenterSettings,
        tasks::{Task, TaskKind},
    },
};

/// How long a task can have run that was killed without anybody writing down its end: Velero gives
/// the copy of files 4 hours, its longest limit.
const LONGEST_TASK: SignedDuration = SignedDuration::from_hours(4);

/// How soon after its start Velero has marked the tasks that it finds in progress.
const MARKING: SignedDuration = SignedDuration::from_mins(5);

/// csdr-velero or csdr-controller was OOM-killed.
///
/// The pod is restarted and soon looks healthy again; the backup or restore that was running is
/// Failed, or stays `InProgress` and keeps its plan from running.
///
/// **Fires** on each pod of csdr-velero and csdr-controller with a container, init containers
/// included, that shows `OOMKilled` as its current or last state, whatever the exit code. The kill
/// must not be older than the window of 24 hours, or have hit a task that is still `InProgress` or
/// newly `Failed`. Where a dump does not tell whether it is older, it is reported, with how long
/// ago it was at least; where it is older, and not all tasks were seen, there is no data. The label
/// `reason` is `oom-killed`.
///
/// Exit code 137 without `OOMKilled` (`reason` is `killed`, severity medium) means SIGKILL. Where
/// no event and no status says whose, the finding says so, and does not advise more memory. A
/// sidecar that an admission webhook put into the pod is not the component (severity medium while
/// it runs again), and its end does not end a task; neither is a container that was added for
/// debugging (severity low).
///
/// **Quiet** on other ends (a leader that handed over, an error, SIGTERM), on SIGKILL after a
/// liveness or startup probe has failed, with an eviction, a preemption or the shutdown of a node,
/// on a node that lost sight of its containers (`ContainerStatusUnknown`), on a task that says that
/// something else has failed it, on an old kill without effect, and on a pod that has ended or is
/// being deleted and has a newer one in its place. The pods of other Veleros and hbr-client are
/// never looked at. Where the time of the kill is not known and no task shows it, it is `no data`;
/// so is a pod whose status does not tell how its containers ended, because it was taken out or
/// redacted, and a Deployment of the components that asks for pods where none of them was seen.
///
/// Components are recognised by their labels: `component=csdr` for csdr-velero,
/// `control-plane=csdr-controller` or `app=csdr-controller` for csdr-controller, else by the name
/// of their ReplicaSet. A plug-in of Velero that is killed alone leaves no trace in the pod;
/// `backup-failed` knows it by the message.
///
/// - a limit was reached: double it; the command has the number. A command for the Deployment is
///   given only where the Deployment has the container, or with the words that it is not in the
///   input. The limit of an injected sidecar is set where its injector takes it from: an annotation
///   of the pod template for Istio, Linkerd, Vault and Dapr, else the webhook.
/// - a restore was running: turn off Velero's informer cache, which fills the memory when dozens of
///   namespaces are restored.
/// - no limit: the node ran out of memory: ask for what it needs.
/// - a task is stuck: remove it by a DeleteRequest, then start it again.
///
/// # Settings
///
/// `oomWindowHours`: for how long a kill without effect is reported. `failedBackupHours`: for how
/// long a kill that failed a task is reported.
///
/// # Metrics
///
/// None; the restarts and limits of each component are given by `component-unhealthy`.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: csdr-velero-5d8f9c7b6-abcde, namespace: csdr, labels: {component: csdr}}
/// spec:
///   containers:
///   - {name: velero, resources: {limits: {memory: 2Gi}}}
/// status:
///   phase: Running
///   containerStatuses:
///   - name: velero
///     restartCount: 1
///     state: {running: {startedAt: "2026-09-15T01:47:50Z"}}
///     lastState:
///       terminated: {reason: OOMKilled, exitCode: 137, finishedAt: "2026-09-15T01:47:48Z"}
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: csdr-velero-5d8f9c7b6-abcde, namespace: csdr, labels: {component: csdr}}
/// status:
///   phase: Running
///   containerStatuses:
///   - name: velero
///     restartCount: 1
///     state: {running: {startedAt: "2026-09-15T01:47:50Z"}}
///     lastState:
///       terminated: {reason: Completed, exitCode: 0, finishedAt: "2026-09-15T01:47:48Z"}
/// ```
///
/// # Sources
///
/// - That the components run out of memory, what happens to tasks, more memory as the remedy:
///   [Monitor the backup center](https://www.alibabacloud.com/help/doc-detail/2833564.html); the
///   informer cache, the labels, DeleteRequests: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
///   The command for memory there has the wrong path and no namespace; the one given here works.
/// - The annotations of injectors:
///   [Istio](https://istio.io/latest/docs/reference/config/annotations/),
///   [Linkerd](https://linkerd.io/2/reference/proxy-configuration/),
///   [Vault](https://developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations),
///   [Dapr](https://docs.dapr.io/reference/arguments-annotations-overview/). That Istio drops its
///   defaults where one of its four is set: istio/istio `injection-template.yaml`.
/// - How Kubernetes shows it: kubernetes/api@10b39a3 `core/v1/types.go`. The window:
///   flanksource/pkg `health/health_pod.go`.
/// - That Velero marks what was in progress as Failed when it starts, since version 1.9:
///   vmware-tanzu/velero@d30d389 `pkg/cmd/server/server.go`.
/// - Inferred: that a container of the pod which its Deployment does not have was injected; that an
///   event explains a SIGKILL of its time; which task was hit, from its times; that the
///   ApplicationBackup may stay `InProgress` where its Velero Backup is Failed. Whether
///   migrate-controller sets a changed limit back is not documented.
#[rule(severity = high)]
pub fn velero_oom_restarts(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    pods: Objects<'_, CsdrPod>,
    deployments: Consulted<'_, CsdrDeployment>,
    migrate_controllers: Consulted<'_, MigrateControllerPod>,
    system_deployments: Consulted<'_, KubeSystemDeployment>,
    backups: Consulted<'_, ApplicationBackup>,
    restores: Consulted<'_, ApplicationRestore>,
    backup_twins: Consulted<'_, velero::Backup>,
    restore_twins: Consulted<'_, velero::Restore>,
    events: Consulted<'_, CsdrEvent>,
) {
    let components: Vec<_> = pods
        .iter()
        .filter_map(|pod| components::of_csdr_pod(&pod).map(|component| (component, pod)))
        .collect();
    let killed =
        components.iter().filter(|(component, pod)| !is_replaced(component, pod, &components));
    let killed: Vec<_> = killed
        .map(|(component, pod)| (*component, pod, kills::of(pod)))
        .filter(|(.., kills)| !kills.is_empty())
        .collect();
    let all_pods = pods.coverage() == Coverage::Complete;
    for it in deployments.iter().filter(|it| all_pods && it.wants_pods()) {
        let is_component = [CSDR_VELERO, CSDR_CONTROLLER].contains(&it.name());
        if is_component && !components.iter().any(|(component, _)| *component == it.name()) {
            run.untold(it.reference(), &it.without_pods());
        }
    }
    for (component, pod) in &components {
        if kills::of(pod).is_empty()
            && !is_replaced(component, pod, &components)
            && let Some(untold) = untold::of_containers(pod).or_else(|| untold::of_ends(pod))
        {
            run.untold(pod.reference(), &untold);
        }
    }
    if killed.is_empty() {
        return;
    }
    let warnings = Warnings::read(&events);
    let deployments = Deployments {
        all: deployments.coverage() == Coverage::Complete,
        seen: deployments.iter().collect(),
    };
    let killed = killed.into_iter().filter_map(|(component, pod, mut kills)| {
        kills.retain(|it| it.for_memory || !is_explained(pod, it, &warnings));
        let deployment = components::deployment_of(&pod.metadata).unwrap_or(component);
        let workload = deployments.workload(deployment);
        (!kills.is_empty()).then_some(Killed { component, pod, workload, kills, hit: Vec::new() })
    });
    let migrate_controller = MigrateController {
        pods: migrate_controllers.iter().collect(),
        deployment: system_deployments.iter().find(|it| it.name() == MIGRATE_CONTROLLER),
        all_deployments: system_deployments.coverage() == Coverage::Complete,
    };
    let mut tasks = Task::backups(&backups, &backup_twins);
    tasks.extend(Task::restores(&restores, &restore_twins));
    tasks.retain(|it| !has_other_cause(it, &warnings));
    let saw_tasks =
        [backups.coverage(), restores.coverage()].iter().all(|it| *it == Coverage::Complete)
            && tasks.iter().all(|it| it.untold(run).is_none());
    for mut killed in killed {
        killed.hit = tasks.iter().filter(|it| killed.hits(run, &settings, it)).collect();
        match killed.is_reported(run, &settings) {
            Some(true) => {
                let since = killed.since(run, &settings);
                run.report(killed.finding(since, &migrate_controller));
            }
            // An old kill is reported for the task that it hit.
            Some(false) if !saw_tasks && !killed.is_injected() => run.undecided(&format!(
                "{}: its container was OOM-killed before the window; whether that hit a backup or \
                 a restore is unknown, because not all of them were seen, or tell their phase",
                killed.pod.reference()
            )),
            Some(false) => {}
            None => run.undecided(&format!(
                "{}: its container was OOM-killed; how long ago is unknown, because the time of \
                 the kill is missing",
                killed.pod.reference()
            )),
        }
    }
}

/// Whether an event or the pod says what sent a SIGKILL: a probe that failed, or something that
/// ended the whole pod.
fn is_explained(pod: &Seen<CsdrPod>, kill: &Kill<'_>, warnings: &Warnings) -> bool {
    let reference = pod.reference();
    let name = &kill.container.name;
    // What comes for the pod later does not explain it.
    let comes_before = |it: ends::End| it.time.is_none_or(|it| Some(it) <= kill.time());
    ends::of_pod(reference, pod).is_some_and(comes_before)
        || ends::probe(reference, pod, name, Some(kill.end), warnings).is_some()
}

/// The Deployments of csdr.
struct Deployments {
    seen: Vec<Seen<CsdrDeployment>>,
    /// Whether there are no others.
    all: bool,
}

impl Deployments {
    fn workload<'a>(&'a self, name: &'a str) -> Workload<'a> {
        let seen = self.seen.iter().find(|it| it.name() == name);
        Workload::deployment(NAMESPACE, name, seen.map(|it| -> &Deployment { it }), self.all)
    }
}

/// Whether a task has failed, and says that it was for something that no kill of a component does:
/// its vault, Cloud Backup, a volume, what was asked for. What Velero itself has marked for its own
/// restart is never that.
fn has_other_cause(task: &Task, warnings: &Warnings) -> bool {
    let names = Names { task: Some(task), ..Names::default() };
    let class = Diagnosis::of_task(task.messages(warnings), &names).class();
    let is_of_component = class.is_none_or(|it| matches!(it, Class::Velero | Class::Component));
    task.phase == "Failed" && !is_of_component && !is_marked(task)
}

/// Whether Velero found it in progress when it started.
fn is_marked(task: &Task) -> bool {
    task.twin_messages().iter().any(|it| it.text.contains("during the server starting"))
}

type Components = [(&'static str, Seen<CsdrPod>)];

/// Whether a pod has ended or is being deleted, and a newer one of the component runs.
fn is_replaced(component: &str, pod: &Seen<CsdrPod>, components: &Components) -> bool {
    let is_newer = |it: &Seen<CsdrPod>| {
        it.lives() && it.metadata.creation_timestamp > pod.metadata.creation_timestamp
    };
    !pod.lives() && components.iter().any(|(other, it)| *other == component && is_newer(it))
}

/// A pod with killed containers.
struct Killed<'a> {
    component: &'static str,
    pod: &'a Seen<CsdrPod>,
    workload: Workload<'a>,
    /// The most telling first.
    kills: Vec<Kill<'a>>,
    /// The tasks that were running.
    hit: Vec<&'a Task>,
}

impl Killed<'_> {
    fn kill(&self) -> &Kill<'_> {
        &self.kills[0]
    }

    /// Whether the container was put into the pod by somebody else than its Deployment: a sidecar.
    fn is_injected(&self) -> bool {
        let kill = self.kill();
        let name = &kill.container.name;
        let is_main = name == "velero" || name == self.component;
        !is_main && !kill.is_ephemeral && self.workload.origin(name) == Origin::Injected
    }

    /// Whether a task was running at the kill, and was affected: it is still in progress, or has
    /// failed recently. The end of a sidecar does not end what the component does.
    fn hits(&self, run: &Run<'_>, settings: &BackupCenterSettings, task: &Task) -> bool {
        if self.is_injected() {
            return false;
        }
        let (Some(began), Some(killed)) = (task.created, self.kill().time()) else { return false };
        let new_for = SignedDuration::from_hours(settings.failed_backup_hours.into());
        let may_be_new = !run.age(began).exceeds(new_for).certainly();
        match task.phase.as_str() {
            _ if began > killed => false,
            "InProgress" => true,
            "Failed" => may_be_new && self.has_failed(task, began, killed),
            _ => false,
        }
    }

    /// Whether the end of a failed task matches the kill.
    fn has_failed(&self, task: &Task, began: Timestamp, killed: Timestamp) -> bool {
        let Some(ended) = task.ended else { return killed.duration_since(began) <= LONGEST_TASK };
        // A pod shows its last kill only. The kill that hit the task may be the one before, which
        // the last start shows.
        let at_last_start = self.kill().end.started_at.is_some_and(|started| {
            let after = ended.duration_since(started);
            is_marked(task) && !after.is_negative() && after <= MARKING
        });
        at_last_start || ended >= killed && killed.duration_since(began) <= LONGEST_TASK
    }

    /// Whether the kill counts whenever it was: it has an effect.
    fn has_effect(&self) -> bool {
        !self.hit.is_empty() || self.kill().is_down
    }

    /// None: that depends on the time of the kill, which the pod does not tell.
    fn is_reported(&self, run: &Run<'_>, settings: &BackupCenterSettings) -> Option<bool> {
        if self.has_effect() {
            return Some(true);
        }
        let window = SignedDuration::from_hours(settings.oom_window_hours.into());
        // The kill is seen: where it may be recent, it is told.
        self.kill().time().map(|it| !run.age(it).exceeds(window).certainly())
    }

    /// How long ago it was, where the window does not decide.
    fn since(&self, run: &Run<'_>, settings: &BackupCenterSettings) -> Option<String> {
        let window = SignedDuration::from_hours(settings.oom_window_hours.into());
        let age = run.age(self.kill().time()?);
        let counts_for_it = !self.has_effect() && age.exceeds(window) == Exceeds::Undecided;
        counts_for_it.then(|| format!(" The kill was {age} before the input was taken."))
    }

    fn finding(&self, since: Option<String>, migrate_controller: &MigrateController) -> Draft {
        let kill = self.kill();
        let mut draft = self
            .pod
            .finding(self.summary())
            .cause(self.cause() + &since.unwrap_or_default())
            .label("component", self.component)
            .label("container", &kill.container.name)
            .label("reason", if kill.for_memory { "oom-killed" } else { "killed" });
        if kill.is_ephemeral {
            draft = draft.severity(Severity::Low);
        } else if !kill.for_memory || self.is_injected() && !kill.is_down {
            draft = draft.severity(Severity::Medium);
        }
        if self.hit.iter().any(|it| it.kind == TaskKind::Restore) {
            draft = without_informer_cache(draft, migrate_controller);
        }
        draft = if kill.is_ephemeral {
            draft
                .remedy(format!("Check that {} itself was not affected:", self.component))
                .command(format!("kubectl -n csdr describe pod {}", shell_word(self.pod.name())))
        } else if kill.for_memory {
            self.more_memory(draft)
        } else {
            self.find_killer(draft)
        };
        for task in &self.hit {
            draft = restart(draft, task);
        }
        self.evidence(draft)
    }

    /// The container, unless it is the main one of the component.
    fn who(&self) -> String {
        let container = &self.kill().container.name;
        if container == "velero" || container == self.component {
            self.component.to_owned()
        } else {
            format!("container {container} of {}", self.component)
        }
    }

    fn summary(&self) -> String {
        let kill = self.kill();
        let who = self.who();
        let when = kill.time().map(|it| format!(" at {it}")).unwrap_or_default();
        let how = if kill.for_memory { "OOM-killed" } else { "killed (exit code 137)" };
        let effect = match self.hit.as_slice() {
            [] => String::new(),
            [task] => format!(
                " while {} {} ran, which {}",
                task.kind.noun(),
                task.object.name,
                if task.phase == "Failed" { "failed" } else { "still shows InProgress" },
            ),
            tasks => {
                format!(" while {} tasks ran, which failed or still show InProgress", tasks.len())
            }
        };
        format!("{who} was {how}{when}{effect}")
    }

    fn cause(&self) -> String {
        let kill = self.kill();
        let container = &kill.container.name;
        let mut sentences = vec![match (kill.for_memory, self.limit()) {
            (true, Some(limit)) => {
                format!("Container {container} reached its memory limit of {}.", limit.as_str())
            }
            (true, None) if kill.is_ephemeral => format!(
                "Container {container} was added for debugging; it has no memory limit of its own, \
                 and used up what there was."
            ),
            (true, None) => {
                format!("Container {container} has no memory limit: its node ran out of memory.")
            }
            (false, _) => format!("Container {container} {}", memory::WHY_SIGKILL),
        }];
        if self.is_injected() {
            let who = match Injector::of(container) {
                Some(it) => format!("{} put it into the pod", it.name),
                None => "an admission webhook put it into the pod, or the Deployment was changed \
                         since"
                    .to_owned(),
            };
            sentences.push(format!(
                "It is no container of {}: {who}. What was killed is not {} itself.",
                self.workload, self.component
            ));
        }
        if self.hit.iter().any(|it| it.kind == TaskKind::Restore) {
            sentences.push(
                "A restore was running: with dozens of namespaces, Velero's informer cache fills \
                 the memory."
                    .to_owned(),
            );
        }
        if kill.container.restarts() > 1 {
            sentences.push(format!(
                "It has been restarted {} times; only the last exit is known.",
                kill.container.restarts()
            ));
        }
        if kill.is_down {
            sentences.push("It is not running.".to_owned());
        }
        sentences.join(" ")
    }

    fn limit(&self) -> Option<&Quantity> {
        let (_, container) = self.pod.spec.container(&self.kill().container.name)?;
        memory::limit(container)
    }

    fn find_killer(&self, draft: Draft) -> Draft {
        let draft = draft
            .remedy(memory::FIND_KILLER)
            .command(format!("kubectl -n csdr describe pod {}", shell_word(self.pod.name())));
        match self.pod.spec.node_name.as_str() {
            "" => draft,
            node => draft.command(format!("kubectl describe node {}", shell_word(node))),
        }
    }

    fn more_memory(&self, draft: Draft) -> Draft {
        let container = &self.kill().container.name;
        let note = "This restarts it: wait until no other task runs, and check afterwards that \
                    the limit stays.";
        let raised = memory::raise(&self.workload, &self.pod.spec, container, &self.who(), note);
        if let Some(remedy) = raised {
            return draft.steps(&remedy);
        }
        let origin = self.workload.origin(container);
        if !matches!(origin, Origin::Container | Origin::NotChecked) {
            return draft.remedy(memory::FIND_NODE).command(memory::FIND_NODE_COMMAND);
        }
        let not_checked = match origin {
            Origin::NotChecked => format!(" {}", self.workload.not_checked(container)),
            _ => String::new(),
        };
        draft
            .remedy(format!(
                "See which node has memory left, and request what the component needs, so that it \
                 is scheduled there. This restarts it: wait until no task runs.{not_checked}"
            ))
            .command(memory::FIND_NODE_COMMAND)
            .command(format!(
                "kubectl -n csdr set resources {} -c {} --requests=memory=2Gi",
                self.workload.word(),
                shell_word(container)
            ))
    }

    fn evidence(&self, mut draft: Draft) -> Draft {
        for Kill { container, end, at, path, .. } in &self.kills {
            draft = draft
                .evidence(&format!("{at}.{path}"), kills::words(end))
                .evidence(&format!("{at}.restartCount"), container.restarts());
        }
        if let Some((at, _)) = self.pod.spec.container(&self.kill().container.name) {
            let limit = self.limit().map_or("none", Quantity::as_str);
            draft = draft.evidence(&format!("{at}.resources.limits.memory"), limit);
        }
        for task in &self.hit {
            let began = task.created.map(|it| format!(", created {it}")).unwrap_or_default();
            draft =
                draft.related_to(&task.object, "status.phase", format!("{}{began}", task.phase));
            draft = task.twin_messages().iter().fold(draft, |draft, it| it.cite(draft));
        }
        draft
    }
}

/// migrate-controller, as far as it was seen.
struct MigrateController {
    pods: Vec<Seen<MigrateControllerPod>>,
    deployment: Option<Seen<KubeSystemDeployment>>,
    /// Whether it has none where none was seen.
    all_deployments: bool,
}

/// Turns off the cache that fills the memory in a restore. The switch belongs to
/// migrate-controller.
fn without_informer_cache(draft: Draft, migrate_controller: &MigrateController) -> Draft {
    const SWITCH: &str = "--disable-informer-cache=true";
    let MigrateController { pods, deployment, all_deployments } = migrate_controller;
    let deployment = deployment.as_ref().map(|it| -> &Deployment { it });
    let workload =
        Workload::deployment("kube-system", MIGRATE_CONTROLLER, deployment, *all_deployments);
    let mut containers = pods.iter().flat_map(|it| &it.spec.containers);
    let container = containers.find(|it| it.name == MIGRATE_CONTROLLER);
    let say = "While you restore many namespaces, turn off Velero's informer cache; the switch is \
               an argument of migrate-controller:";
    let edit = format!("kubectl -n kube-system edit deploy {MIGRATE_CONTROLLER}");
    match (container, workload.origin(MIGRATE_CONTROLLER)) {
        (Some(it), _) if it.args.iter().any(|it| it == SWITCH) => draft.remedy(format!(
            "Velero's informer cache is turned off already: migrate-controller has {SWITCH}."
        )),
        (Some(it), origin @ (Origin::Container | Origin::NotChecked)) => {
            // By its name, because a sidecar shifts the places of the containers in the pod; with
            // all arguments, because the list is replaced.
            let args: Vec<_> = it.args.iter().map(String::as_str).chain([SWITCH]).collect();
            let containers = json!([{"name": MIGRATE_CONTROLLER, "args": args}]);
            let patch = json!({"spec": {"template": {"spec": {"containers": containers}}}});
            let not_checked = match origin {
                Origin::NotChecked => format!(" {}", workload.not_checked(MIGRATE_CONTROLLER)),
                _ => String::new(),
            };
            draft.remedy(format!("{say}{not_checked}")).command(format!(
                "kubectl -n kube-system patch deploy {MIGRATE_CONTROLLER} -p {}",
                shell_word(&patch.to_string())
            ))
        }
        (_, Origin::NoWorkload) => draft.remedy(format!(
            "{say} add {SWITCH} to its args in whatever runs it; {workload} does not exist."
        )),
        (_, Origin::NotChecked) => draft
            .remedy(format!(
                "{say} add {SWITCH} to its args. {}",
                workload.not_checked(MIGRATE_CONTROLLER)
            ))
            .command(edit),
        _ => draft.remedy(format!("{say} add {SWITCH} to its args.")).command(edit),
    }
}

/// The phase of its object in Velero.
fn twin_phase(task: &Task) -> &str {
    task.twin.as_ref().map_or("Failed", |it| &it.phase)
}

/// What to do about an affected task.
fn restart(draft: Draft, task: &Task) -> Draft {
    let name = &task.object.name;
    let (title, noun) = (task.kind.title(), task.kind.noun());
    if task.phase == "Failed" {
        return draft.remedy(format!("Then start {noun} {name} again, under a new name."));
    }
    let stuck = if task.twin_messages().is_empty() {
        format!("If {noun} {name} is still InProgress an hour after it began, it is stuck.")
    } else {
        format!("{title} {name} is stuck: Velero has marked its own {title} {}.", twin_phase(task))
    };
    draft
        .remedy(format!(
            "{stuck} Remove it by a DeleteRequest, not by kubectl delete, then start it again \
             under a new name:"
        ))
        .command(task.delete_command())
}
