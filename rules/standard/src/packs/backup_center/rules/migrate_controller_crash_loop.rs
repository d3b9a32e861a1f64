//! See [`migrate_controller_crash_loop`].

use rulebox_sdk::{
    Consulted, Coverage, Draft, ObjectRef, Objects, Quantity, Run, Seen, SettingsOf, rule,
    shell_word,
};

use crate::{
    kubernetes::{
        crashes::{self, Crash},
        ends::{self, Probe, Why},
        kills, memory,
        messages::{Message, Warnings},
        objects::{
            apps::Deployment,
            core::{ContainerStatus, PersistentVolume},
        },
        thresholds::Thresholds,
        untold,
        workloads::Workload,
    },
    packs::backup_center::{
        components::{CSDR_CONTROLLER, CSDR_VELERO, MIGRATE_CONTROLLER},
        objects::selections::{
            CsdrDeployment, KubeSystemDaemonSet, KubeSystemDeployment, KubeSystemEvent,
            MigrateControllerPod, StoragePluginPod,
        },
        settings::BackupCenterSettings,
        spans,
    },
};

/// How many volumes of FlexVolume a finding shows as evidence: enough to find one, and the rest are
/// of the same kind.
const VOLUMES_SHOWN: usize = 3;

/// migrate-controller keeps crashing.
///
/// migrate-controller checks the cluster, then installs csdr-controller and csdr-velero and keeps
/// them up to date. While its check fails it exits and is restarted: a new installation never gets
/// its components, an old one is not updated.
///
/// **Fires** on each pod `app=migrate-controller` in kube-system with a container that waits in
/// `CrashLoopBackOff`, or was restarted at least three times and ended within the last hour.
///
/// **Quiet** on fewer or older restarts, on a pod that has ended (a completed Job, an evicted pod,
/// one that the shutdown of its node has left) or is being deleted, and on pods of the same label
/// in other namespaces. Where the time of the dump or of the last end is not known, many restarts
/// are `no data`. So is a pod whose status does not tell how its containers ended, because it was
/// taken out or redacted, and the Deployment where it asks for pods and none was seen.
///
/// **Why** it exits is in the termination message of the container, else in the newest Warning
/// event about the pod; the evidence shows which. An unknown message is quoted verbatim.
///
/// - `flexvolume`: the cluster mounts volumes through FlexVolume; the backup center needs CSI;
///   shown by: the message; else a DaemonSet or pods of flexvolume, a PersistentVolume with
///   `spec.flexVolume`. Remedy: migrate to CSI.
/// - `permission-missing`: mostly a registered cluster with too few permissions; shown by: the
///   message: forbidden, unauthorized, 403. Remedy: grant what it names.
/// - `oom-killed`: its memory limit; shown by: `OOMKilled`. Remedy: double the limit, where it is
///   set.
/// - `liveness-probe-failed`, `startup-probe-failed`: the kubelet restarts it for that probe; shown
///   by: an event of that time, whatever its exit code is. Remedy: its events, more time to start.
/// - `unknown`, `not-told`: an unknown message; no message. Remedy: the log of the last run.
///
/// If the message is unknown, or CSI is present too, FlexVolume is only reported as a likely cause.
///
/// # Settings
///
/// `crashLoopRestarts` and `crashLoopMinutes`: how many restarts, and how new the last end.
///
/// # Metrics
///
/// None; those of migrate-controller are given by `component-unhealthy` with those of the other
/// components.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: v1
/// kind: Pod
/// metadata:
///   name: migrate-controller-6d5f8-x4ncv
///   namespace: kube-system
///   labels: {app: migrate-controller}
/// status:
///   phase: Running
///   containerStatuses:
///   - name: migrate-controller
///     restartCount: 27
///     state: {waiting: {reason: CrashLoopBackOff}}
///     lastState:
///       terminated:
///         exitCode: 1
///         reason: Error
///         message: "precheck failed: FlexVolume is not supported"
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata:
///   name: migrate-controller-6d5f8-x4ncv
///   namespace: kube-system
///   labels: {app: migrate-controller}
/// status:
///   phase: Running
///   containerStatuses:
///   - name: migrate-controller
///     restartCount: 1
///     state: {running: {startedAt: "2026-09-15T02:00:00Z"}}
/// ```
///
/// # Sources
///
/// - That the check fails on FlexVolume and on a registered cluster without permission, and what
///   then happens to the components: [Monitor the backup
///   center](https://www.alibabacloud.com/help/doc-detail/2833564.html) and [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - That clusters with FlexVolume are not supported, and which permissions are needed: [Install
///   migrate-controller](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/install-migrate-controller-and-grant-permissions).
/// - How long the kubelet waits between restarts: [Pod
///   lifecycle](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
/// - Inferred: the wording of the messages, because none is public; that the labels
///   `app=flexvolume` and `app=csi-plugin` and the DaemonSets of these names are ACK's storage
///   plug-ins.
#[rule(severity = high)]
pub fn migrate_controller_crash_loop(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    pods: Objects<'_, MigrateControllerPod>,
    events: Consulted<'_, KubeSystemEvent>,
    daemon_sets: Consulted<'_, KubeSystemDaemonSet>,
    plugin_pods: Consulted<'_, StoragePluginPod>,
    volumes: Consulted<'_, PersistentVolume>,
    deployments: Consulted<'_, CsdrDeployment>,
    system_deployments: Consulted<'_, KubeSystemDeployment>,
) {
    let thresholds = Thresholds::from(&*settings);
    let mut context = None;
    if pods.coverage() == Coverage::Complete
        && pods.iter().next().is_none()
        && let Some(it) = system_deployments.iter().find(|it| it.name() == MIGRATE_CONTROLLER)
        && it.wants_pods()
    {
        run.untold(it.reference(), &it.without_pods());
    }
    for pod in pods {
        match crashes::of(run, &thresholds, &pod) {
            Crash::None if !pod.lives() => {}
            Crash::None => {
                if let Some(untold) = untold::of_containers(&pod) {
                    run.untold(pod.reference(), &untold);
                }
            }
            Crash::Unknown => run.undecided(&format!(
                "{}: it was restarted many times; how long ago is unknown, because the time of its \
                 last exit is missing",
                pod.reference()
            )),
            Crash::Loop { at, container } => {
                let (warnings, storage, workloads) = context.get_or_insert_with(|| {
                    (
                        Warnings::read(&events),
                        Storage::read(&daemon_sets, &plugin_pods, &volumes),
                        workloads(&deployments),
                    )
                });
                spans::tell_crash_loop(run, MIGRATE_CONTROLLER, &pod, container, warnings);
                let message = crashes::message(&pod, &at, container, warnings);
                let end = container.last_end().map(|(_, it)| it);
                let name = &container.name;
                let probe = ends::probe(pod.reference(), &pod, name, end, warnings);
                let (probe, probe_messages) = probe.unzip();
                let own = message.as_ref().filter(|it| it.events.is_none() || probe.is_none());
                let reason = reason(container, own, probe, storage);
                let is_installer =
                    |it: &Seen<KubeSystemDeployment>| it.name() == MIGRATE_CONTROLLER;
                let deployment = system_deployments.iter().find(is_installer);
                let workload = Workload::deployment(
                    "kube-system",
                    MIGRATE_CONTROLLER,
                    deployment.as_ref().map(|it| -> &Deployment { it }),
                    system_deployments.coverage() == Coverage::Complete,
                );
                let messages = match reason {
                    Reason::ProbeFailed(_) => probe_messages.unwrap_or_default(),
                    _ => message.into_iter().collect(),
                };
                let loops = Loop {
                    pod: &pod,
                    at,
                    container,
                    messages,
                    storage,
                    workloads,
                    workload,
                    reason,
                };
                run.report(loops.finding());
            }
        }
    }
}

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    FlexVolume { certain: bool },
    PermissionMissing,
    OomKilled,
    ProbeFailed(Probe),
    Unknown,
    NotTold,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::FlexVolume { .. } => "flexvolume",
            Self::PermissionMissing => "permission-missing",
            Self::OomKilled => "oom-killed",
            Self::ProbeFailed(probe) => Why::ProbeFailed(probe).as_str(),
            Self::Unknown => "unknown",
            Self::NotTold => "not-told",
        }
    }
}

fn reason(
    container: &ContainerStatus,
    message: Option<&Message>,
    probe: Option<Probe>,
    storage: &Storage,
) -> Reason {
    const PERMISSION: [&str; 5] =
        ["forbidden", "unauthorized", "not authorized", "nopermission", "statuscode: 403"];
    let text = message.map(|it| it.text.to_lowercase()).unwrap_or_default();
    let is_oom = container.last_end().is_some_and(|(_, it)| it.reason == "OOMKilled");
    if text.contains("flexvolume") {
        Reason::FlexVolume { certain: true }
    } else if is_oom {
        Reason::OomKilled
    } else if PERMISSION.iter().any(|it| text.contains(it)) {
        Reason::PermissionMissing
    } else if let Some(probe) = probe {
        Reason::ProbeFailed(probe)
    } else if storage.has_flexvolume() {
        Reason::FlexVolume { certain: message.is_none() && !storage.has_csi }
    } else if message.is_some() {
        Reason::Unknown
    } else {
        Reason::NotTold
    }
}

/// How the cluster mounts volumes.
struct Storage {
    /// DaemonSets and pods of FlexVolume, with what shows it.
    plugins: Vec<(ObjectRef, &'static str, &'static str)>,
    /// Volumes of FlexVolume, with their driver.
    volumes: Vec<(ObjectRef, String)>,
    has_csi: bool,
}

impl Storage {
    fn read(
        daemon_sets: &Consulted<'_, KubeSystemDaemonSet>,
        pods: &Consulted<'_, StoragePluginPod>,
        volumes: &Consulted<'_, PersistentVolume>,
    ) -> Self {
        let mut storage = Self { plugins: Vec::new(), volumes: Vec::new(), has_csi: false };
        for it in daemon_sets {
            match it.name() {
                "flexvolume" => {
                    storage.plugins.push((it.reference().clone(), "metadata.name", "flexvolume"));
                }
                "csi-plugin" => storage.has_csi = true,
                _ => {}
            }
        }
        for it in pods {
            if it.metadata.labels.app == "csi-plugin" {
                storage.has_csi = true;
            } else if storage.plugins.is_empty() {
                // One pod shows as much as one on every node.
                let path = "metadata.labels.app";
                storage.plugins.push((it.reference().clone(), path, "flexvolume"));
            }
        }
        let flex = volumes.iter().filter_map(|it| {
            let driver = it.spec.flex_volume.as_ref()?.driver.clone();
            Some((it.reference().clone(), driver))
        });
        storage.volumes = flex.collect();
        storage
    }

    fn has_flexvolume(&self) -> bool {
        !self.plugins.is_empty() || !self.volumes.is_empty()
    }

    fn cite(&self, mut draft: Draft) -> Draft {
        for (object, path, value) in &self.plugins {
            draft = draft.related_to(object, path, value);
        }
        for (object, driver) in self.volumes.iter().take(VOLUMES_SHOWN) {
            draft = draft.related_to(object, "spec.flexVolume.driver", driver);
        }
        draft
    }
}

/// What is known of the workloads that migrate-controller installs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Workloads {
    Installed,
    Missing,
    /// None was seen, and not everything was.
    NotSeen,
    /// The input holds no Deployment at all.
    NobodyKnows,
}

fn workloads(deployments: &Consulted<'_, CsdrDeployment>) -> Workloads {
    let is_installed = |name: &str| name == CSDR_CONTROLLER || name == CSDR_VELERO;
    if deployments.iter().any(|it| is_installed(it.name())) {
        return Workloads::Installed;
    }
    match deployments.coverage() {
        Coverage::Complete => Workloads::Missing,
        Coverage::Partial => Workloads::NotSeen,
        Coverage::Absent => Workloads::NobodyKnows,
    }
}

/// A pod that is restarted again and again, and why.
struct Loop<'a> {
    pod: &'a Seen<MigrateControllerPod>,
    at: String,
    container: &'a ContainerStatus,
    messages: Vec<Message>,
    storage: &'a Storage,
    /// Those that it installs.
    workloads: &'a Workloads,
    /// Its own.
    workload: Workload<'a>,
    reason: Reason,
}

impl Loop<'_> {
    fn finding(&self) -> Draft {
        let draft = self
            .pod
            .finding(self.summary())
            .cause(self.cause())
            .label("reason", self.reason.as_str())
            .label("container", &self.container.name);
        self.evidence(self.remedy(draft))
    }

    fn summary(&self) -> String {
        let restarts = self.container.restarts();
        let effect = match self.workloads {
            Workloads::Missing => ": the backup center is not installed",
            Workloads::Installed => ": the backup center is not kept up to date",
            Workloads::NotSeen | Workloads::NobodyKnows => "",
        };
        if self.container.is_backing_off() {
            format!("{MIGRATE_CONTROLLER} is in CrashLoopBackOff after {restarts} restarts{effect}")
        } else {
            format!("{MIGRATE_CONTROLLER} was restarted {restarts} times{effect}")
        }
    }

    fn cause(&self) -> String {
        let text = self.messages.first().map_or("", |it| &it.text);
        let why = match self.reason {
            Reason::FlexVolume { certain: true } => "Its check of the cluster failed: volumes are \
                mounted through FlexVolume here, and the backup center only works with CSI."
                .to_owned(),
            Reason::FlexVolume { certain: false } => {
                let said =
                    if text.is_empty() { String::new() } else { format!(" It says: {text}") };
                format!(
                    "Likely its check of the cluster failed because FlexVolume is still in use \
                     here, and the backup center only works with CSI.{said}"
                )
            }
            Reason::PermissionMissing => {
                format!("It lacks a permission, as registered clusters often do: {text}")
            }
            Reason::OomKilled => memory::why_killed(self.limit().map(|(_, it)| it)),
            Reason::ProbeFailed(probe) => format!(
                "The kubelet restarts it because its {} probe fails: {text}",
                probe.as_str()
            ),
            Reason::Unknown => format!("Unrecognised message: {text}"),
            Reason::NotTold => {
                let end = self.container.last_end().map(|(_, it)| it);
                format!("It {}", crashes::silent(end, &self.pod.spec.node_name))
            }
        };
        // A quoted message may end without a full stop.
        let stop = if why.ends_with('.') { "" } else { "." };
        let which = format!("{CSDR_CONTROLLER} and {CSDR_VELERO}, which it installs,");
        match self.workloads {
            Workloads::Missing => {
                format!("{why}{stop} {which} do not exist: no backup and no restore can run.")
            }
            Workloads::NotSeen => format!("{why}{stop} {which} are not in the input."),
            Workloads::Installed | Workloads::NobodyKnows => why,
        }
    }

    /// The path of the container in the pod, and its memory limit.
    fn limit(&self) -> Option<(String, &Quantity)> {
        let (at, container) = self.pod.spec.container(&self.container.name)?;
        memory::limit(container).map(|it| (at, it))
    }

    fn remedy(&self, draft: Draft) -> Draft {
        let pod = shell_word(self.pod.name());
        let container = shell_word(&self.container.name);
        let draft = draft
            .remedy("See the log of its last run:")
            .command(format!("kubectl -n kube-system logs {pod} -c {container} --previous"));
        match self.reason {
            Reason::FlexVolume { .. } => draft
                .remedy(
                    "Migrate the volumes of the cluster from FlexVolume to CSI; then the check \
                         passes by itself. These show what still uses FlexVolume:",
                )
                .command(
                    "kubectl get pv -o \
                          custom-columns=NAME:.metadata.name,CLAIM:.spec.claimRef.name,\
                          FLEXVOLUME:.spec.flexVolume.driver",
                )
                .command("kubectl -n kube-system get daemonset"),
            Reason::PermissionMissing => draft
                .remedy(
                    "Grant what the message names. In a registered cluster check the RAM \
                         policy and the AccessKey in the Secret alibaba-addon-secret; where the \
                         API server refuses, this shows what migrate-controller may do. Then \
                         restart it:",
                )
                .command(
                    "kubectl auth can-i --list \
                          --as=system:serviceaccount:kube-system:migrate-controller",
                )
                .command("kubectl -n kube-system delete pod -l app=migrate-controller"),
            Reason::OomKilled => self.more_memory(draft),
            Reason::ProbeFailed(_) => draft
                .remedy(
                    "See in its events how the probe fails; if it was only still starting, it \
                     needs a startupProbe or a higher failureThreshold:",
                )
                .command(format!("kubectl -n kube-system describe pod {pod}")),
            Reason::Unknown | Reason::NotTold => draft,
        }
    }

    fn more_memory(&self, draft: Draft) -> Draft {
        let name = &self.container.name;
        match memory::raise(&self.workload, &self.pod.spec, name, MIGRATE_CONTROLLER, "") {
            Some(remedy) => draft.steps(&remedy),
            None => draft.remedy(memory::FIND_NODE).command(memory::FIND_NODE_COMMAND),
        }
    }

    fn evidence(&self, mut draft: Draft) -> Draft {
        let Self { at, container, .. } = self;
        draft = draft.evidence(&format!("{at}.restartCount"), container.restarts());
        if let Some(waiting) = &container.state.waiting {
            draft = draft.evidence(&format!("{at}.state.waiting.reason"), &waiting.reason);
        }
        if let Some((path, end)) = container.last_end() {
            draft = draft.evidence(&format!("{at}.{path}"), kills::words(end));
        }
        if let (Reason::OomKilled, Some((path, limit))) = (self.reason, self.limit()) {
            draft = draft.evidence(&format!("{path}.resources.limits.memory"), limit.as_str());
        }
        draft = self.messages.iter().fold(draft, |draft, it| it.cite(draft));
        if let Reason::FlexVolume { .. } = self.reason {
            draft = self.storage.cite(draft);
        }
        draft
    }
}
