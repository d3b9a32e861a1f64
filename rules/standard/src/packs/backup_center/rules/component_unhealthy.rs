//! See [`component_unhealthy`].

use std::{cell::LazyCell, collections::BTreeMap, ops::Deref};

use rulebox_sdk::{
    Consulted, Coverage, Draft, Exceeds, ObjectRef, Objects, Run, Seen, SettingsOf, Severity, rule,
};

use crate::{
    kubernetes::{
        ends,
        messages::Warnings,
        objects::{
            apps::Deployment,
            core::{Pod, condition},
        },
        thresholds::Thresholds,
        unready::{Problem, Question, Reason, State},
        workloads::Workload,
    },
    packs::backup_center::{
        component_metrics::{
            self, CPU_LIMIT, CPU_REQUEST, HEALTHY, MEMORY_LIMIT, MEMORY_REQUEST, RESTARTS,
            START_TIME,
        },
        components::{self, CSDR_CONTROLLER, CSDR_VELERO, MIGRATE_CONTROLLER, PLATFORM},
        objects::selections::{
            ComponentLabels, CsdrDeployment, CsdrEvent, CsdrPod, KubeSystemDeployment,
            KubeSystemEvent, MigrateControllerPod,
        },
        settings::BackupCenterSettings,
        spans,
    },
};

/// A component of the backup center cannot start, or does not become ready.
///
/// Without csdr-controller and csdr-velero no backup and no restore runs: new ones stay
/// `InProgress`, or fail with `addon status is abnormal`. Without migrate-controller they still
/// run, but are no longer updated.
///
/// **Fires** once for each of the three if one of its pods cannot start or is not ready, or if it
/// should have pods and has none. The finding is about the Deployment, even if that is not in the
/// input: pods change their names, and the component stays. While another pod of the component is
/// ready, an upgrade hangs and the severity is medium; so it is for migrate-controller.
///
/// **Quiet** on pods that have ended (of old ReplicaSets, completed, evicted, left by the shutdown
/// of their node, even where their phase is still Running) while another is ready, on pods that are
/// being deleted, on a Deployment that is scaled to zero, and for 10 minutes on what is pending,
/// starting or not ready yet; where a dump may have been taken before or after those, it is `no
/// data`. So is a pod whose status does not tell of its containers, because it was taken out or
/// redacted, and a Deployment that calls itself available where no pod of it was seen. What
/// `velero-oom-restarts`,
/// `migrate-controller-crash-loop` and `component-missing` report is not repeated. Other pods in
/// csdr, and those of a Velero elsewhere, are never looked at.
///
/// - `insufficient-resources`: the scheduler: `Insufficient memory`, cpu or another, given as
///   `resource`. Remedy: a node, or less load.
/// - `untolerated-taint`: the scheduler: a taint, given as `taint`. Remedy: repair the node, or
///   remove the taint.
/// - `nodes-cordoned`, `no-nodes`, `unschedulable`: the scheduler: cordoned; no node at all;
///   something else. Remedy: uncordon; a node pool; investigate.
/// - `image-not-found`, `image-pull-denied`, `registry-unreachable`, `image-pull-failed`: the image
///   cannot be pulled. Remedy: install again; the image pull Secret; the way to the registry.
/// - `config-missing`: a Secret, a ConfigMap or a key is missing, given as `missing`. Remedy:
///   create it again.
/// - `container-not-created`: the container cannot be created. Remedy: investigate.
/// - `volume-not-mounted`: an event: a volume cannot be mounted. Remedy: what is missing for it.
/// - `no-network`, `sandbox-not-created`: an event: the pod gets no network; its node cannot set it
///   up for another reason. Remedy: the network plug-in, IP addresses; the node, the registry.
/// - `liveness-probe-failed`, `startup-probe-failed`: the kubelet restarts a container because that
///   probe fails, whatever the container's exit code is: 0, 137 and others. Shown by an event of
///   that time: `Killing`, else `Unhealthy` with an exit like a stop. Remedy: its log; more time to
///   start.
/// - `crash-loop`: it keeps crashing, not for lack of memory. Remedy: its termination message, else
///   the newest event that may be a reason. `BackOff` and a failed readiness probe are none.
/// - `node-restarted`: nobody saw how its container ended (`Unknown` with exit code 255,
///   `ContainerStatusUnknown`). Remedy: the node.
/// - `probe-failed`, `not-ready`: it runs and is not ready; an event names a failed probe, or none
///   does. A sidecar that is an init container and a readiness gate count too. Remedy: its log.
/// - `node-not-ready`: its containers are ready and the pod is not, so its node is silent. Remedy:
///   the node.
/// - `not-started`: it is pending for an unknown reason. Remedy: its events.
/// - `evicted`, `preempted`, `node-shutdown`, `node-lost`, `node-gone`, `node-tainted`, `drained`,
///   `not-admitted`: what ended its last pod from outside, and no other runs: the kubelet for a
///   resource, a pod with a higher priority, a shutdown of the node, a node that is silent, gone or
///   tainted, `kubectl drain`, a kubelet that refused it. Remedy: the node; the priorities.
/// - `pods-not-created`: the Deployment may not make pods, `ReplicaFailure`: a quota, an admission
///   webhook, Pod Security. Remedy: what the message names.
/// - `no-pods`: the Deployment has no pods, for an unknown reason. Remedy: the Deployment.
///
/// A command names the Deployment only where it is in the input, or says that it could not be
/// checked.
///
/// # Settings
///
/// `componentGraceMinutes`: for how long a component may start. `crashLoopRestarts` and
/// `crashLoopMinutes`: what a crash loop is between two back-offs.
///
/// # Metrics
///
/// `backup_center_component_*`, for csdr-velero, csdr-controller and migrate-controller, each with
/// its namespace: a component is healthy where one pod of it is ready. Those of a pod have its name
/// too.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: csdr-velero-5d8f9c7b6-abcde, namespace: csdr, labels: {component: csdr}}
/// status:
///   phase: Pending
///   conditions:
///   - type: PodScheduled
///     status: "False"
///     reason: Unschedulable
///     message: "0/3 nodes are available: 3 Insufficient memory."
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: csdr-velero-5d8f9c7b6-abcde, namespace: csdr, labels: {component: csdr}}
/// status:
///   phase: Running
///   conditions: [{type: Ready, status: "True"}]
///   containerStatuses: [{name: velero, ready: true, restartCount: 0}]
/// ---
/// apiVersion: v1
/// kind: Pod
/// metadata:
///   name: migrate-controller-6d5f8-x4ncv
///   namespace: kube-system
///   labels: {app: migrate-controller}
/// status:
///   phase: Running
///   conditions: [{type: Ready, status: "True"}]
///   containerStatuses: [{name: migrate-controller, ready: true, restartCount: 0}]
/// ```
///
/// # Sources
///
/// - That a component is abnormal when its pods cannot be scheduled or there are no nodes, that
///   tasks then stay in progress, the labels: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
///   That a component without pods is unhealthy because they cannot start: [Monitor the backup
///   center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - How Kubernetes words it: [Debug
///   pods](https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/), and the sources
///   of kubernetes/kubernetes; the 10 minutes:
///   [`progressDeadlineSeconds`](https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds).
/// - That the kubelet restarts a container for a liveness or startup probe: [Configure
///   probes](https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/).
///   Evictions: [Node-pressure
///   eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/).
///   The reasons of `DisruptionTarget`:
///   [Disruptions](https://kubernetes.io/docs/concepts/workloads/pods/disruptions/).
///   `Terminated` and its message: [Node
///   shutdowns](https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/); that
///   the phase may stay Running: kubernetes/kubernetes#104531. The words of the events:
///   `pkg/kubelet`.
/// - Inferred: that an event explains an exit of its time, up to the grace period and a minute
///   later; that an exit code of 0, 137 or 143 after a failed probe is a stop by the kubelet.
/// - Inferred: that a pod which is not ready while its containers are is on a silent node (the node
///   controller marks it so); what to do about images of the components, which migrate-controller
///   chooses.
#[rule(
    severity = high,
    metrics(HEALTHY, RESTARTS, START_TIME, MEMORY_REQUEST, MEMORY_LIMIT, CPU_REQUEST, CPU_LIMIT)
)]
pub fn component_unhealthy(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    csdr_pods: Objects<'_, CsdrPod>,
    migrate_pods: Objects<'_, MigrateControllerPod>,
    csdr_deployments: Consulted<'_, CsdrDeployment>,
    system_deployments: Consulted<'_, KubeSystemDeployment>,
    csdr_events: Consulted<'_, CsdrEvent>,
    system_events: Consulted<'_, KubeSystemEvent>,
) {
    let mut of_csdr: BTreeMap<&str, Vec<Seen<CsdrPod>>> = BTreeMap::new();
    for pod in &csdr_pods {
        if let Some(component) = components::of_csdr_pod(&pod) {
            of_csdr.entry(component).or_default().push(pod);
        }
    }
    let migrate_pods_seen: Vec<_> = migrate_pods.iter().collect();
    let is_installed = migrate_pods_seen.iter().any(|it| it.lives());
    let is_complete = |coverage| coverage == Coverage::Complete;
    let warnings = LazyCell::new(|| Warnings::read(&csdr_events));
    for name in [CSDR_CONTROLLER, CSDR_VELERO] {
        let component = Component {
            name,
            namespace: "csdr",
            pods: of_csdr.remove(name).unwrap_or_default(),
            all_pods: is_complete(csdr_pods.coverage()),
            deployment: csdr_deployments.iter().find(|it| it.name() == name),
            all_deployments: is_complete(csdr_deployments.coverage()),
        };
        component.sample(run, is_installed);
        component.judge(run, &settings, &warnings);
    }
    let component = Component {
        name: MIGRATE_CONTROLLER,
        namespace: "kube-system",
        pods: migrate_pods_seen,
        all_pods: is_complete(migrate_pods.coverage()),
        deployment: system_deployments.iter().find(|it| it.name() == MIGRATE_CONTROLLER),
        all_deployments: is_complete(system_deployments.coverage()),
    };
    component.sample(run, false);
    component.judge(run, &settings, &LazyCell::new(|| Warnings::read(&system_events)));
}

/// A component, as far as it was seen.
struct Component<P, D> {
    name: &'static str,
    namespace: &'static str,
    pods: Vec<Seen<P>>,
    /// Whether there are no others.
    all_pods: bool,
    deployment: Option<Seen<D>>,
    /// Whether it is not there where it was not seen.
    all_deployments: bool,
}

impl<P: Deref<Target = Pod<ComponentLabels>>, D: Deref<Target = Deployment>> Component<P, D> {
    /// The metrics of the component. A component that should exist, or should have pods, and has
    /// none is unhealthy.
    fn sample(&self, run: &Run<'_>, should_exist: bool) {
        let should_have_pods = match &self.deployment {
            Some(it) => it.wants_pods() && !it.has_pods(),
            None => should_exist && self.all_deployments,
        };
        let pods: Vec<_> = self.pods.iter().filter(|it| !it.status.is_over()).collect();
        if pods.is_empty() && !(should_have_pods && self.all_pods) {
            return;
        }
        let is_healthy = pods.iter().any(|it| it.status.is_ready());
        let (name, namespace) = (self.name, self.namespace);
        run.sample(&HEALTHY, [name, namespace], f64::from(u8::from(is_healthy)));
        for pod in pods {
            component_metrics::sample(run, [name, namespace, pod.name()], pod);
        }
    }

    fn judge<F: FnOnce() -> Warnings>(
        &self,
        run: &Run<'_>,
        settings: &BackupCenterSettings,
        warnings: &LazyCell<Warnings, F>,
    ) {
        let question = Question {
            run,
            thresholds: Thresholds::from(settings),
            platform: &PLATFORM,
            warnings,
            workload: self.workload(),
        };
        let mut problems = Vec::new();
        for pod in &self.pods {
            spans::tell_pod(run, self.name, pod, warnings);
            match question.ask(pod) {
                State::Fine | State::Starting => {}
                _ if self.is_left_over(pod) => {}
                State::Unknown(why) => run.undecided(&format!("{}: {why}", pod.reference())),
                State::Undecided(what) => run.age_not_known(pod.reference(), what),
                State::Unready(it) if self.is_reported_elsewhere(&it) => {}
                State::Unready(it) => problems.push(*it),
            }
        }
        problems.sort_by_key(|it| it.reason);
        if let Some((first, others)) = problems.split_first() {
            run.report(self.unready(first, others));
        } else if let Some(draft) = self.without_pods(run, settings) {
            run.report(draft);
        }
    }

    fn workload(&self) -> Workload<'_> {
        let deployment = self.deployment.as_ref().map(|it| -> &Deployment { it });
        Workload::deployment(self.namespace, self.name, deployment, self.all_deployments)
    }

    /// Whether a pod was ended from outside and is only left over: another is ready in its place.
    fn is_left_over(&self, pod: &Seen<P>) -> bool {
        let is_other = |it: &&Seen<P>| it.name() != pod.name();
        ends::of_pod(pod.reference(), pod).is_some()
            && self.pods.iter().filter(is_other).any(|it| it.lives() && it.status.is_ready())
    }

    /// Whether another rule reports it: `velero-oom-restarts`, or `migrate-controller-crash-loop`.
    fn is_reported_elsewhere(&self, problem: &Problem) -> bool {
        if self.name == MIGRATE_CONTROLLER {
            return problem.is_loop;
        }
        matches!(problem.reason, Reason::OomKilled | Reason::Killed)
    }

    /// The Deployment, which need not be in the input.
    fn subject(&self) -> ObjectRef {
        match &self.deployment {
            Some(it) => it.reference().clone(),
            None => Deployment::named(self.namespace, self.name),
        }
    }

    /// A finding about the component, and whether it works meanwhile: another of its pods is ready,
    /// or the pod itself is ready again.
    fn finding(&self, what: &str, is_other_ready: bool, is_ready: bool) -> Draft {
        let (name, is_migrate) = (self.name, self.name == MIGRATE_CONTROLLER);
        let is_served = is_other_ready || is_ready;
        let summary = if is_other_ready {
            format!("A pod of {name} {what}; another one is ready")
        } else if is_ready {
            format!("{name} {what}; it is ready again")
        } else if is_migrate {
            format!("{name} {what}: the backup center is not kept up to date")
        } else {
            format!("{name} {what}: no backup and no restore can run")
        };
        let draft = Draft::new(self.subject(), summary).label("component", name);
        if is_served || is_migrate { draft.severity(Severity::Medium) } else { draft }
    }

    fn unready(&self, first: &Problem, others: &[Problem]) -> Draft {
        let is_among = |it: &Seen<P>| {
            it.name() == first.pod.name || others.iter().any(|other| other.pod.name == it.name())
        };
        let ready = self.pods.iter().filter(|it| it.lives() && it.status.is_ready());
        let (ready, others_ready): (Vec<_>, Vec<_>) = ready.partition(|it| is_among(it));
        let others_too = others.iter().map(|it| format!(" Pod {} {} too.", it.pod.name, it.what));
        let cause = format!("{}{}", first.cause, others_too.collect::<String>());
        let draft = first
            .write_labels(self.finding(&first.what, !others_ready.is_empty(), !ready.is_empty()))
            .cause(cause);
        let draft = self.recovered(first.write_remedy(draft));
        others.iter().fold(first.cite(draft), |draft, it| it.cite(draft))
    }

    /// How to see that it works again.
    fn recovered(&self, draft: Draft) -> Draft {
        let (namespace, name) = (self.namespace, self.name);
        let status = format!("kubectl -n {namespace} rollout status deploy/{name}");
        match (&self.deployment, self.all_deployments) {
            (Some(_), _) => {
                draft.remedy("It has recovered when this command succeeds:").command(status)
            }
            (None, false) => draft
                .remedy(format!(
                    "Deployment {name} is not in the input, so that it could not be checked; it \
                     has recovered when this command succeeds:"
                ))
                .command(status),
            (None, true) => draft
                .remedy("It has recovered when a pod of it is ready:")
                .command(format!("kubectl -n {namespace} get pod -o wide")),
        }
    }

    /// A component that should have pods, and has none that runs.
    fn without_pods(&self, run: &Run<'_>, settings: &BackupCenterSettings) -> Option<Draft> {
        // A pod that is being deleted still exists, and usually another replaces it.
        if !self.all_pods || self.pods.iter().any(|it| !it.status.is_over()) {
            return None;
        }
        if let Some(it) =
            self.deployment.as_ref().filter(|it| self.pods.is_empty() && it.has_pods())
        {
            run.untold(it.reference(), &it.without_pods());
            return None;
        }
        let last = self.pods.iter().max_by_key(|it| it.metadata.creation_timestamp);
        let last = last.filter(|it| it.status.phase != "Succeeded");
        let conditions = match &self.deployment {
            Some(it) if it.wants_pods() => it.status.conditions.as_slice(),
            // `component-missing` says that there is none.
            None if !self.all_deployments && last.is_some() => &[],
            _ => return None,
        };
        let refused = condition(conditions, "ReplicaFailure").filter(|(_, it)| it.status == "True");
        let unavailable = condition(conditions, "Available").filter(|(_, it)| it.status == "False");
        let unmet = refused.as_ref().or(unavailable.as_ref());
        let (namespace, name) = (self.namespace, self.name);
        if let Some(since) = unmet.and_then(|(_, it)| it.last_transition_time) {
            match run.age(since).exceeds(Thresholds::from(settings).starting) {
                Exceeds::Yes => {}
                Exceeds::No => return None,
                Exceeds::Undecided => {
                    run.age_not_known(&self.subject(), "how long it has had no pods");
                    return None;
                }
            }
        }
        let describe = format!("kubectl -n {namespace} describe deploy/{name}");
        let mut draft = self.finding("has no pods", false, false);
        draft = match (&refused, last) {
            (Some((path, it)), _) => refused_for(draft, &it.message, namespace)
                .label("reason", "pods-not-created")
                .cause(format!("Its pods are refused: {}", it.message))
                .command(describe)
                .evidence(&format!("{path}.message"), &it.message),
            (None, Some(pod)) if let Some(end) = ends::of_pod(pod.reference(), pod) => {
                let said = end.said().map(|it| format!(": {it}")).unwrap_or_default();
                draft
                    .label("reason", end.why.as_str())
                    .cause(format!("Its last pod {}, and no other runs{said}", end.what()))
                    .steps(&end.remedy())
                    .remedy("See why no new pod is created:")
                    .command(describe)
            }
            (None, _) => draft
                .label("reason", "no-pods")
                .cause(
                    "It has no pod, and no reason is given: the Deployment requests some, and does \
                     not say that they are refused.",
                )
                .remedy("See what the Deployment and its ReplicaSets say:")
                .command(describe)
                .command(format!(
                    "kubectl -n {namespace} get events --field-selector \
                     involvedObject.kind=ReplicaSet"
                )),
        };
        if let Some(pod) = last {
            draft = draft.related(pod, "status.phase", &pod.status.phase).related(
                pod,
                "status.reason",
                format!("{} {}", pod.status.reason, pod.status.message),
            );
        }
        if let Some((path, it)) = &unavailable {
            draft = draft.evidence(&format!("{path}.message"), &it.message);
        }
        Some(self.recovered(draft))
    }
}

/// What to do where the pods of a component are refused: what refuses them, as far as the message
/// tells.
fn refused_for(draft: Draft, message: &str, namespace: &str) -> Draft {
    if message.contains("exceeded quota") || message.contains("failed quota") {
        draft
            .remedy("A quota of the namespace refuses them: raise it, or free what it counts:")
            .command(format!("kubectl -n {namespace} describe resourcequota"))
    } else if message.contains("admission webhook") {
        draft
            .remedy("An admission webhook refuses them: change what it asks for. The webhooks:")
            .command("kubectl get validatingwebhookconfiguration,mutatingwebhookconfiguration")
    } else if message.contains("violates PodSecurity") {
        draft
            .remedy(
                "The Pod Security level of the namespace refuses them: change its label \
                 pod-security.kubernetes.io/enforce:",
            )
            .command(format!("kubectl get namespace {namespace} --show-labels"))
    } else {
        draft.remedy("Change what the message names. See the Deployment:")
    }
}
