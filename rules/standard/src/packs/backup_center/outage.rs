//! Why a component of the backup center does not work: none of its pods is ready, or it has none.

use rulebox_sdk::{Consulted, Coverage, Draft, ObjectRef, Seen, shell_word};

use crate::{
    kubernetes::objects::core::ContainerStatus,
    packs::backup_center::{
        components::{self, CSDR_CONTROLLER, CSDR_VELERO},
        objects::selections::{CsdrDeployment, CsdrPod},
    },
};

/// A component that does not work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outage {
    /// `csdr-controller` or `csdr-velero`.
    pub component: &'static str,
    /// The pod, or the Deployment that has none.
    pub object: ObjectRef,
    /// A sentence without its full stop: what is wrong with it.
    pub why: String,
    /// The path that shows it.
    path: String,
    value: String,
}

impl Outage {
    /// Adds it to a finding as evidence, and as its cause: rules report the pod or the Deployment.
    pub fn cite(&self, draft: Draft) -> Draft {
        draft
            .related_to(&self.object, &self.path, &self.value)
            .caused_by(&self.object)
            .caused_by(components::deployment(self.component))
    }

    /// What to type to see more of it.
    pub fn next_steps(&self, draft: Draft) -> Draft {
        let name = shell_word(&self.object.name);
        let draft = draft.remedy(format!(
            "See why {} is not running; the rules component-unhealthy and component-missing have \
             details:",
            self.component
        ));
        if self.object.kind == "Pod" {
            draft.command(format!("kubectl -n csdr describe pod {name}"))
        } else {
            draft
                .command("kubectl -n csdr get deploy,pod -o wide")
                .command("kubectl -n kube-system get pod -l app=migrate-controller")
        }
    }
}

/// What is known of the components in csdr.
pub struct Components {
    pods: Vec<(&'static str, Seen<CsdrPod>)>,
    /// Whether a pod that was not seen does not exist.
    all_pods: bool,
    deployments: Vec<Seen<CsdrDeployment>>,
    /// The same of Deployments.
    all_deployments: bool,
}

impl Components {
    /// Reads them once.
    pub fn read(
        pods: &Consulted<'_, CsdrPod>,
        deployments: &Consulted<'_, CsdrDeployment>,
    ) -> Self {
        let component = |it: Seen<CsdrPod>| Some((components::of_csdr_pod(&it)?, it));
        Self {
            pods: pods.iter().filter_map(component).collect(),
            all_pods: pods.coverage() == Coverage::Complete,
            deployments: deployments.iter().collect(),
            all_deployments: deployments.coverage() == Coverage::Complete,
        }
    }

    /// The pods of the components.
    pub fn pods(&self) -> &[(&'static str, Seen<CsdrPod>)] {
        &self.pods
    }

    /// Why a component does not work. None if it works, or if that is unknown.
    pub fn outage(&self, component: &'static str) -> Option<Outage> {
        let alive =
            |it: &&Seen<CsdrPod>| !it.status.is_over() && it.metadata.deletion_timestamp.is_none();
        let pods = self.pods.iter().filter(|(of, _)| *of == component).map(|(_, it)| it);
        let mut pods = pods.filter(alive).peekable();
        if pods.peek().is_none() {
            return self.without_pods(component);
        }
        let mut newest = None::<&Seen<CsdrPod>>;
        for pod in pods {
            if pod.status.is_ready() {
                return None;
            }
            let created = |it: &Seen<CsdrPod>| it.metadata.creation_timestamp;
            newest = newest.filter(|it| created(it) >= created(pod)).or(Some(pod));
        }
        newest.map(|it| of_pod(component, it))
    }

    /// The first component that does not work: csdr-controller, which asks csdr-velero, then
    /// csdr-velero.
    pub fn first_outage(&self) -> Option<Outage> {
        [CSDR_CONTROLLER, CSDR_VELERO].into_iter().find_map(|it| self.outage(it))
    }

    fn without_pods(&self, component: &'static str) -> Option<Outage> {
        let deployment = self.deployments.iter().find(|it| it.name() == component);
        let (why, path, value) = match deployment {
            Some(it) if it.spec.replicas == Some(0) => {
                (format!("{component} is scaled to 0"), "spec.replicas", "0")
            }
            Some(it) if self.all_pods && !it.has_pods() => {
                (format!("{component} has no pod"), "metadata.name", component)
            }
            None if self.all_pods && self.all_deployments => {
                (format!("{component} does not exist"), "metadata.name", "not in the input")
            }
            _ => return None,
        };
        let named = || components::deployment(component);
        Some(Outage {
            component,
            object: deployment.map_or_else(named, |it| it.reference().clone()),
            why,
            path: path.to_owned(),
            value: value.to_owned(),
        })
    }
}

fn of_pod(component: &'static str, pod: &Seen<CsdrPod>) -> Outage {
    let name = pod.name();
    let outage = |why: String, path: String, value: String| Outage {
        component,
        object: pod.reference().clone(),
        why,
        path,
        value,
    };
    for (at, container) in pod.status.containers() {
        if let Some((path, reason)) = trouble(container) {
            let why =
                format!("pod {name} is not running: container {} is in {reason}", container.name);
            return outage(why, format!("{at}.{path}"), reason.to_owned());
        }
    }
    let refused = pod.status.conditions.iter().enumerate();
    let mut refused = refused.filter(|(_, it)| it.kind == "PodScheduled" && it.status == "False");
    if let Some((i, condition)) = refused.next() {
        let why =
            format!("pod {name} is not scheduled ({}): {}", condition.reason, condition.message);
        let why = why.trim_end_matches(['.', ':', ' ']).to_owned();
        return outage(why, format!("status.conditions[{i}].reason"), condition.reason.clone());
    }
    let phase = if pod.status.phase.is_empty() { "in no phase" } else { &pod.status.phase };
    let why = format!("pod {name} is {phase} and not ready");
    outage(why, "status.phase".to_owned(), pod.status.phase.clone())
}

/// Why a container does not run, and the path that shows it. A container that is just starting is
/// fine.
fn trouble(container: &ContainerStatus) -> Option<(&'static str, &str)> {
    let state = &container.state;
    let waiting = state.waiting.as_ref().map(|it| ("state.waiting.reason", it.reason.as_str()));
    let ended = state.terminated.as_ref().filter(|it| it.exit_code != Some(0));
    let ended = ended.map(|it| ("state.terminated.reason", it.reason.as_str()));
    let is_trouble = |it: &&str| !["", "ContainerCreating", "PodInitializing"].contains(it);
    waiting.or(ended).filter(|(_, reason)| is_trouble(reason))
}
