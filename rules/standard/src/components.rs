//! The components of the backup center, and which pods are theirs.
//!
//! migrate-controller in kube-system checks the cluster and then installs csdr-controller and csdr-velero into csdr.

use rulebox_sdk::Seen;

use crate::objects::core::{CsdrPod, PodMetadata};

/// Carries out backups and restores of objects: a Velero.
pub const CSDR_VELERO: &str = "csdr-velero";
/// Makes backups and restores of csdr into those of Velero and Cloud Backup.
pub const CSDR_CONTROLLER: &str = "csdr-controller";
/// Installs the other two.
pub const MIGRATE_CONTROLLER: &str = "migrate-controller";

/// The component that a pod in csdr belongs to, if to one of these: by the labels that are documented, else by the ReplicaSet
/// that made it. Two labels are documented for csdr-controller.
pub fn of_csdr_pod(pod: &Seen<CsdrPod>) -> Option<&'static str> {
    let PodMetadata { labels, .. } = &pod.metadata;
    if labels.control_plane == CSDR_CONTROLLER || labels.app == CSDR_CONTROLLER {
        Some(CSDR_CONTROLLER)
    } else if labels.component == "csdr" {
        Some(CSDR_VELERO)
    } else {
        let owner = deployment_of(&pod.metadata)?;
        [CSDR_VELERO, CSDR_CONTROLLER].into_iter().find(|it| *it == owner)
    }
}

/// The Deployment behind a pod, by the name of its ReplicaSet, which ends in a hash.
pub fn deployment_of(pod: &PodMetadata) -> Option<&str> {
    let owner = pod.owner_references.iter().find(|it| it.kind == "ReplicaSet")?;
    owner.name.rsplit_once('-').map(|(deployment, _)| deployment)
}
