//! The components of the backup center, and which pods are theirs.
//!
//! migrate-controller in kube-system checks the cluster and then installs csdr-controller and
//! csdr-velero into csdr.

use rulebox_sdk::{ObjectRef, Seen};

use crate::{
    kubernetes::{
        objects::{apps::Deployment, core::PodMetadata},
        unready::Platform,
    },
    packs::backup_center::objects::{csdr::NAMESPACE, selections::CsdrPod},
};

/// Carries out backups and restores of objects: a Velero.
pub const CSDR_VELERO: &str = "csdr-velero";
/// Makes backups and restores of csdr into those of Velero and Cloud Backup.
pub const CSDR_CONTROLLER: &str = "csdr-controller";
/// Installs the other two.
pub const MIGRATE_CONTROLLER: &str = "migrate-controller";
/// Copies files of volumes to Cloud Backup, one pod a node. Made by the others when it is needed.
pub const HBR_CLIENT: &str = "hbr-client";

/// The parts of the remedies for pods that are specific to ACK and the components.
pub static PLATFORM: Platform = Platform {
    installer: "the Add-ons page of the console",
    registry: "a registry of the VPC needs a route and DNS, a public one needs Internet access (a \
               NAT gateway or an EIP)",
    addresses: "the vSwitch",
    secrets: &[(
        "alibaba-addon-secret",
        "On an ACK dedicated or registered cluster this Secret holds the AccessKey of the \
         components: create it again with a valid one.",
    )],
};

/// The component that a pod in csdr belongs to, if to csdr-controller or csdr-velero: by the labels
/// that are documented, else by the ReplicaSet that made it. Two labels are documented for
/// csdr-controller. A pod of a Job or a DaemonSet is none of them, whatever its labels.
pub fn of_csdr_pod(pod: &Seen<CsdrPod>) -> Option<&'static str> {
    let PodMetadata { labels, owner_references, .. } = &pod.metadata;
    if owner_references.iter().any(|it| it.kind != "ReplicaSet") {
        None
    } else if labels.control_plane == CSDR_CONTROLLER || labels.app == CSDR_CONTROLLER {
        Some(CSDR_CONTROLLER)
    } else if labels.component == "csdr" {
        Some(CSDR_VELERO)
    } else {
        let owner = deployment_of(&pod.metadata)?;
        [CSDR_VELERO, CSDR_CONTROLLER].into_iter().find(|it| *it == owner)
    }
}

/// The Deployment of csdr-controller or csdr-velero, which need not exist.
pub fn deployment(component: &str) -> ObjectRef {
    Deployment::named(NAMESPACE, component)
}

/// Whether a pod in csdr is one of hbr-client: by the label that is documented, else by the
/// DaemonSet that made it.
pub fn is_hbr_client(pod: &Seen<CsdrPod>) -> bool {
    let PodMetadata { labels, owner_references: owners, .. } = &pod.metadata;
    let is_named = labels.app == HBR_CLIENT || owners.iter().any(|it| it.name == HBR_CLIENT);
    is_named && owners.iter().all(|it| it.kind == "DaemonSet")
}

/// The Deployment behind a pod, by the name of its ReplicaSet, which ends in a hash.
pub fn deployment_of<L>(pod: &PodMetadata<L>) -> Option<&str> {
    let owner = pod.owner_references.iter().find(|it| it.kind == "ReplicaSet")?;
    owner.name.rsplit_once('-').map(|(deployment, _)| deployment)
}
