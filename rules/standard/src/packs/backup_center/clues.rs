//! What objects show of why a task failed, beside the messages about it: the errors of its
//! snapshots, how far Velero came with it, what ended a component meanwhile.

use jiff::SignedDuration;
use rulebox_sdk::{Consulted, Remedy, Seen, shell_word};

use crate::{
    kubernetes::{
        ends::{self, End, Why},
        memory::{self, Doubling},
        messages::Warnings,
        objects::snapshot::VolumeSnapshot,
    },
    packs::backup_center::{
        catalogue::Class,
        components::{self, CSDR_VELERO, HBR_CLIENT},
        diagnosis::{Clue, Diagnosis},
        objects::{
            csdr::NAMESPACE,
            selections::{CsdrDaemonSet, CsdrPod},
        },
        tasks::{Task, TaskKind},
    },
    velero::names,
};

/// How many snapshots a finding quotes: the others mostly say the same.
const SNAPSHOTS_QUOTED: usize = 3;

/// How long after its begin the end of a component may have ended a task whose end is not known.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is known of failures that the end of csdr-velero explains.
const BY_AN_END: [&str; 2] = ["velero-restarted", "velero-plugin-killed"];

/// Objects that may show it, read once.
#[derive(Default)]
pub struct Witnesses {
    /// Those that are not ready, with an error.
    snapshots: Vec<Seen<VolumeSnapshot>>,
    /// The pods of the components.
    pods: Vec<(&'static str, Seen<CsdrPod>)>,
}

impl Witnesses {
    /// With the snapshots that have failed.
    #[must_use]
    pub fn with_snapshots(self, snapshots: &Consulted<'_, VolumeSnapshot>) -> Self {
        let has_failed = |it: &Seen<VolumeSnapshot>| {
            it.status.ready_to_use != Some(true) && !it.status.error.message.trim().is_empty()
        };
        Self { snapshots: snapshots.iter().filter(has_failed).collect(), ..self }
    }

    /// With the pods of the components.
    #[must_use]
    pub fn with_pods(self, pods: &Consulted<'_, CsdrPod>) -> Self {
        let component = |it: Seen<CsdrPod>| {
            let hbr_client = || components::is_hbr_client(&it).then_some(HBR_CLIENT);
            Some((components::of_csdr_pod(&it).or_else(hbr_client)?, it))
        };
        Self { pods: pods.iter().filter_map(component).collect(), ..self }
    }

    /// What they show of a task, as far as its messages leave that open.
    pub fn of(&self, task: &Task, diagnosis: &Diagnosis, warnings: &Warnings) -> Vec<Clue> {
        let reason = diagnosis.reason();
        let may_explain = BY_AN_END.contains(&reason) || reason == "hbr-client-missing";
        let end = (may_explain || diagnosis.is_open())
            .then(|| self.end(task, diagnosis, warnings))
            .flatten();
        let snapshots = self.snapshot(task).filter(|_| diagnosis.is_open());
        let is_told = end.is_some() || snapshots.is_some();
        let state = state(task).filter(|_| diagnosis.is_unknown() && !is_told);
        end.into_iter().chain(snapshots).chain(state).collect()
    }

    /// What ended a component while the task ran: hbr-client where Cloud Backup has failed, else
    /// csdr-velero rather than csdr-controller.
    pub fn end(&self, task: &Task, diagnosis: &Diagnosis, warnings: &Warnings) -> Option<Clue> {
        let explains = BY_AN_END.contains(&diagnosis.reason());
        let began = task.created.or_else(|| task.twin.as_ref()?.started)?;
        let ended = task.ended.or_else(|| began.checked_add(A_DAY).ok())?;
        let of_cloud_backup = diagnosis.class() == Some(Class::CloudBackup);
        let pods = self.pods.iter().filter(|(of, _)| {
            let worked = (*of == HBR_CLIENT) == of_cloud_backup;
            worked && (!explains || *of == CSDR_VELERO)
        });
        let ends = pods.filter_map(|(component, pod)| {
            let end = ends::during(pod, warnings, began, ended)?;
            // What was never let in did not work on it.
            (end.why != Why::NotAdmitted).then_some((*component, pod, end))
        });
        let (component, pod, end) =
            ends.max_by_key(|(component, _, end)| (*component == CSDR_VELERO, end.time))?;
        Some(Clue {
            reason: end.why.as_str(),
            sentence: end.sentence(),
            evidence: end
                .shown
                .iter()
                .map(|it| (it.object.clone(), it.path.clone(), it.text.clone()))
                .collect(),
            remedy: against(component, pod, &end),
            // SIGKILL alone says little: what is likely of a kill stays so.
            is_end: explains && end.why != Why::Killed,
            culprits: vec![if component == HBR_CLIENT {
                CsdrDaemonSet::named(HBR_CLIENT)
            } else {
                pod.reference().clone()
            }],
        })
    }

    fn snapshot(&self, task: &Task) -> Option<Clue> {
        let is_of_task = |it: &&Seen<VolumeSnapshot>| {
            task.kind == TaskKind::Backup
                && names::means(&it.metadata.labels.backup_name, task.name())
        };
        let failed: Vec<_> = self.snapshots.iter().filter(is_of_task).collect();
        let first = failed.first()?;
        let others = match failed.len() - 1 {
            0 => String::new(),
            1 => ", and 1 other has failed".to_owned(),
            more => format!(", and {more} others have failed"),
        };
        let evidence = failed.iter().take(SNAPSHOTS_QUOTED).map(|it| {
            let path = "status.error.message".to_owned();
            (it.reference().clone(), path, it.status.error.message.clone())
        });
        Some(Clue {
            reason: "snapshot-failed",
            sentence: format!(
                "Its VolumeSnapshot {}/{} has failed{others}: {}",
                first.namespace(),
                first.name(),
                first.status.error.message.trim()
            ),
            evidence: evidence.collect(),
            remedy: Remedy::default()
                .say(
                    "See what its snapshots say, and the log of csi-provisioner, which takes them:",
                )
                .command("kubectl get volumesnapshots.snapshot.storage.k8s.io -A")
                .command(
                    "kubectl -n kube-system logs -l app=csi-provisioner --all-containers \
                     --since=1h",
                ),
            is_end: false,
            culprits: Vec::new(),
        })
    }
}

/// What to do so that a component does not end so again.
pub fn against(component: &str, pod: &Seen<CsdrPod>, end: &End) -> Remedy {
    let name = end.container.as_deref().unwrap_or_default();
    let kind = if component == HBR_CLIENT { "daemonset" } else { "deploy" };
    let limit = pod.spec.container(name).and_then(|(_, it)| memory::limit(it));
    match limit {
        Some(limit) if end.why == Why::OomKilled => {
            let double = Doubling {
                namespace: NAMESPACE,
                workload: &format!("{kind} {component}"),
                container: name,
                limit,
            };
            Remedy::default()
                .say(format!(
                    "{}, or the next task fails too. This restarts it: wait until no other task \
                     runs.",
                    double.sentence(component)
                ))
                .command(double.command())
        }
        None if end.why == Why::OomKilled => Remedy::default()
            .say(format!(
                "First make sure that {component} has enough memory, or the next task fails too:"
            ))
            .command(format!("kubectl -n {NAMESPACE} describe pod {}", shell_word(pod.name()))),
        _ => end.remedy(),
    }
}

/// How far Velero came, where its object says more than that it failed. The finding cites it.
fn state(task: &Task) -> Option<Clue> {
    let twin = task.twin.as_ref()?;
    let has_counts = twin.errors > 0 || twin.warnings > 0;
    let says_more = has_counts || (!twin.phase.is_empty() && twin.phase != task.phase);
    says_more.then(|| Clue {
        reason: "not-told",
        sentence: format!("In Velero it is {}.", twin.state()),
        evidence: Vec::new(),
        remedy: Remedy::default(),
        is_end: false,
        culprits: Vec::new(),
    })
}
