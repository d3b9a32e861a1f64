//! See [`component_missing`].

use jiff::Timestamp;
use rulebox_sdk::{
    Consulted, Coverage, Draft, Exceeds, Objects, Run, Seen, SettingsOf, rule, shell_word,
};

use crate::{
    kubernetes::{
        crashes::{self, Crash},
        objects::{
            apps::Deployment,
            core::{ContainerStatus, Namespace},
        },
        thresholds::Thresholds,
    },
    packs::backup_center::{
        components::{self, CSDR_CONTROLLER, CSDR_VELERO, MIGRATE_CONTROLLER},
        objects::{
            csdr,
            selections::{CsdrDeployment, CsdrPod, KubeSystemDeployment, MigrateControllerPod},
        },
        settings::BackupCenterSettings,
    },
};

/// csdr-controller or csdr-velero is not installed, although migrate-controller is.
///
/// migrate-controller installs both into csdr. Where one is missing no backup and no restore runs,
/// and no object in csdr says so.
///
/// **Fires** on each of the two Deployments that does not exist in csdr while migrate-controller is
/// installed: it has a running pod in kube-system, or its Deployment should have one. The finding
/// names the Deployment although it does not exist.
///
/// **Quiet** where migrate-controller is not installed or scaled to zero, and for 10 minutes after
/// its newest pod was created: it is installing or upgrading. Where a dump may have been taken
/// before or after those, it is `no data`. That time does not count if something
/// in the input shows what prevents the installation. A Deployment only counts as missing if the
/// input holds every Deployment of csdr: a dump that holds none of csdr, or was cut off, is `no
/// data`; so is one that holds running pods of it, because then the Deployment was not dumped.
///
/// - `namespace-terminating`: csdr is being deleted, and finalizers of tasks block that. Remedy:
///   remove the finalizers of tasks that are not needed.
/// - `migrate-controller-crash-loop`: migrate-controller keeps crashing;
///   `migrate-controller-crash-loop` has the cause. Remedy: fix it first.
/// - `migrate-controller-not-ready`: migrate-controller has no pod, or none that is ready. Remedy:
///   see why.
/// - `not-installed`: nothing in the input shows it. Remedy: the log of migrate-controller; restart
///   it.
///
/// # Settings
///
/// `componentGraceMinutes`: for how long migrate-controller may install. `crashLoopRestarts` and
/// `crashLoopMinutes`: when it counts as crashing.
///
/// # Metrics
///
/// None; `component-unhealthy` gives `backup_center_component_healthy` 0 for a component that is
/// missing.
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
///   creationTimestamp: "2026-09-15T01:00:00Z"
/// status:
///   phase: Running
///   conditions: [{type: Ready, status: "True", lastTransitionTime: "2026-09-15T01:30:00Z"}]
/// ---
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata: {name: csdr-controller, namespace: csdr}
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata:
///   name: migrate-controller-6d5f8-x4ncv
///   namespace: kube-system
///   labels: {app: migrate-controller}
/// status: {phase: Running}
/// ---
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata: {name: csdr-controller, namespace: csdr}
/// ---
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata: {name: csdr-velero, namespace: csdr}
/// ```
///
/// # Sources
///
/// - That migrate-controller installs the two, and that they are absent while its check fails:
///   [Monitor the backup center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - That csdr can stay Terminating because of the finalizers of tasks, and that this prevents the
///   installation of the components: [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - What a Terminating namespace refuses:
///   [Namespaces](https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace).
/// - Inferred: how long an installation takes; that a new start of migrate-controller installs what
///   is missing.
#[rule(severity = critical)]
pub fn component_missing(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    deployments: Objects<'_, CsdrDeployment>,
    migrate_pods: Objects<'_, MigrateControllerPod>,
    system_deployments: Consulted<'_, KubeSystemDeployment>,
    csdr_pods: Consulted<'_, CsdrPod>,
    namespaces: Consulted<'_, Namespace>,
) {
    let mut missing = vec![CSDR_CONTROLLER, CSDR_VELERO];
    for it in &deployments {
        missing.retain(|name| *name != it.name());
    }
    if missing.is_empty() || deployments.coverage() != Coverage::Complete {
        // What was not seen may be there: the host says so.
        return;
    }
    let installer = Installer {
        pods: migrate_pods.iter().filter(|it| it.lives()).collect(),
        all_pods: migrate_pods.coverage() == Coverage::Complete,
        deployment: system_deployments.iter().find(|it| it.name() == MIGRATE_CONTROLLER),
    };
    if !installer.is_installed() {
        return;
    }
    let csdr = namespaces.iter().find(|it| it.name() == csdr::NAMESPACE);
    let why = match csdr.filter(|it| it.is_terminating()) {
        Some(csdr) => Why::Terminating(csdr),
        None => match installer.why(run, &settings) {
            Ok(Some(why)) => why,
            Ok(None) => return,
            Err(reason) => {
                run.undecided(&reason);
                return;
            }
        },
    };
    for name in missing {
        let lives = |it: &Seen<CsdrPod>| it.lives() && components::of_csdr_pod(it) == Some(name);
        match csdr_pods.iter().find(lives) {
            Some(pod) => run.undecided(&format!(
                "{} is there, and the Deployment {name} is not in the input: likely it was not \
                 dumped",
                pod.reference()
            )),
            None => run.report(finding(name, &why)),
        }
    }
}

/// migrate-controller, as far as it was seen.
struct Installer {
    /// Those that run.
    pods: Vec<Seen<MigrateControllerPod>>,
    /// Whether there are no others.
    all_pods: bool,
    deployment: Option<Seen<KubeSystemDeployment>>,
}

/// Why a component is not there.
enum Why<'a> {
    Terminating(Seen<Namespace>),
    /// The pod, its container, and the path of that.
    CrashLoop(&'a Seen<MigrateControllerPod>, &'a ContainerStatus, String),
    /// A pod of it, or else its Deployment.
    NotReady(Option<&'a Seen<MigrateControllerPod>>, Option<&'a Seen<KubeSystemDeployment>>),
    NotInstalled(&'a Seen<MigrateControllerPod>),
}

impl Installer {
    fn is_installed(&self) -> bool {
        let is_to_run = self.deployment.as_ref().is_some_and(|it| it.wants_pods());
        // Without pods the Deployment decides; the host reports incomplete coverage.
        !self.pods.is_empty() || is_to_run && self.all_pods
    }

    /// None while it is still installing, or may be; an error if it does not tell its age.
    fn why(
        &self,
        run: &Run<'_>,
        settings: &BackupCenterSettings,
    ) -> Result<Option<Why<'_>>, String> {
        let thresholds = Thresholds::from(settings);
        for pod in &self.pods {
            if let Crash::Loop { at, container } = crashes::of(run, &thresholds, pod) {
                return Ok(Some(Why::CrashLoop(pod, container, at)));
            }
        }
        let created = |it: &Seen<MigrateControllerPod>| -> Option<Timestamp> {
            it.metadata.creation_timestamp
        };
        let Some(newest) = self.pods.iter().max_by_key(|it| created(it)) else {
            return Ok(Some(Why::NotReady(None, self.deployment.as_ref())));
        };
        let Some(since) = created(newest) else {
            return Err(format!(
                "{}: a component that it installs is missing; for how long is unknown, because the \
                 pod has no metadata.creationTimestamp",
                newest.reference()
            ));
        };
        match run.age(since).exceeds(thresholds.starting) {
            Exceeds::Yes => {}
            Exceeds::No => return Ok(None),
            Exceeds::Undecided => {
                let what = "a component that it installs is missing; how long it has been there";
                run.age_not_known(newest.reference(), what);
                return Ok(None);
            }
        }
        let ready = self.pods.iter().find(|it| it.status.is_ready());
        Ok(Some(ready.map_or(Why::NotReady(Some(newest), None), Why::NotInstalled)))
    }
}

impl Why<'_> {
    const fn reason(&self) -> &'static str {
        match self {
            Self::Terminating(_) => "namespace-terminating",
            Self::CrashLoop(..) => "migrate-controller-crash-loop",
            Self::NotReady(..) => "migrate-controller-not-ready",
            Self::NotInstalled(_) => "not-installed",
        }
    }
}

fn finding(name: &str, why: &Why<'_>) -> Draft {
    let subject = Deployment::named(csdr::NAMESPACE, name);
    let draft =
        Draft::new(subject, format!("{name} is not installed: no backup and no restore can run"))
            .label("component", name)
            .label("reason", why.reason())
            .evidence("metadata.name", "no Deployment of csdr has this name");
    let draft = match why {
        Why::Terminating(csdr) => terminating(draft, csdr),
        Why::CrashLoop(pod, container, at) => draft
            .cause(format!(
                "{MIGRATE_CONTROLLER}, which installs it, keeps crashing: it was restarted {} \
                 times.",
                container.restarts()
            ))
            .remedy(format!(
                "Fix {MIGRATE_CONTROLLER} first; the log of its last run shows why it crashes:"
            ))
            .command(format!(
                "kubectl -n kube-system logs {} -c {} --previous",
                shell_word(pod.name()),
                shell_word(&container.name)
            ))
            .related(pod, &format!("{at}.restartCount"), container.restarts())
            .caused_by(pod),
        Why::NotReady(pod, deployment) => {
            let draft = draft
                .cause(match pod {
                    Some(pod) => format!(
                        "{MIGRATE_CONTROLLER}, which installs it, does not run: its pod {} is {} \
                         and not ready.",
                        pod.name(),
                        pod.status.phase
                    ),
                    None => format!(
                        "{MIGRATE_CONTROLLER}, which installs it, does not run: it has no pod."
                    ),
                })
                .remedy(format!(
                    "Fix {MIGRATE_CONTROLLER} first; see what its Deployment and its pods say:"
                ))
                .command(format!("kubectl -n kube-system describe deploy/{MIGRATE_CONTROLLER}"))
                .command(format!(
                    "kubectl -n kube-system describe pod -l app={MIGRATE_CONTROLLER}"
                ));
            let draft = draft.caused_by(Deployment::named("kube-system", MIGRATE_CONTROLLER));
            let draft = pod.iter().fold(draft, |draft, it| {
                draft.related(it, "status.phase", &it.status.phase).caused_by(*it)
            });
            deployment
                .iter()
                .fold(draft, |draft, it| draft.related(it, "metadata.name", "has no pods"))
        }
        Why::NotInstalled(pod) => draft
            .cause(format!(
                "{MIGRATE_CONTROLLER}, which installs it, runs and has not done so; it may have \
                 been deleted by hand."
            ))
            .remedy(format!(
                "See the log of {MIGRATE_CONTROLLER}, then restart it so that it installs what is \
                 missing:"
            ))
            .command(format!("kubectl -n kube-system logs deploy/{MIGRATE_CONTROLLER} --since=1h"))
            .command(format!("kubectl -n kube-system delete pod -l app={MIGRATE_CONTROLLER}"))
            .related(pod, "status.phase", &pod.status.phase),
    };
    draft
        .remedy("It has recovered when both exist and are available:")
        .command("kubectl -n csdr get deploy csdr-controller csdr-velero")
}

fn terminating(draft: Draft, csdr: &Seen<Namespace>) -> Draft {
    let left = csdr.status.conditions.iter().enumerate();
    let left = left.filter(|(_, it)| it.status == "True" && it.kind.ends_with("Remaining"));
    let left: Vec<_> = left
        .map(|(i, it)| (format!("status.conditions[{i}].message"), it.message.as_str()))
        .collect();
    let said: Vec<_> = left.iter().map(|(_, message)| *message).collect();
    let said = if said.is_empty() { String::new() } else { format!(" {}", said.join("; ")) };
    let draft = draft
        .cause(format!(
            "The namespace csdr is being deleted, so nothing can be installed into it; \
                        usually the finalizers of tasks block the deletion.{said}"
        ))
        .remedy("See which tasks still have finalizers:")
        .command(
            "kubectl -n csdr get \
                  applicationbackups.csdr.alibabacloud.com,\
                  applicationrestores.csdr.alibabacloud.com \
                  -o \
                  custom-columns=KIND:.kind,NAME:.metadata.name,PHASE:.status.phase,\
                  FINALIZERS:.metadata.finalizers",
        )
        .remedy(
            "Remove the finalizers of those that you do not need; then the namespace is \
                 deleted, and migrate-controller installs again:",
        )
        .command(
            "kubectl -n csdr patch applicationbackups.csdr.alibabacloud.com/NAME --type=merge \
                  -p '{\"metadata\":{\"finalizers\":null}}'",
        );
    let draft = match csdr.metadata.deletion_timestamp {
        Some(time) => draft.related(csdr, "metadata.deletionTimestamp", time),
        None => draft.related(csdr, "status.phase", &csdr.status.phase),
    };
    let draft = draft.caused_by(csdr);
    left.iter().fold(draft, |draft, (path, message)| draft.related(csdr, path, message))
}
