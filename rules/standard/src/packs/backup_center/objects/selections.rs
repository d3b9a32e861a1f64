//! Which objects of Kubernetes' own kinds the rules of the backup center are given: a kind, a
//! namespace, labels. The shapes are those that all packs share.

use rulebox_sdk::{Fields, Object, ObjectRef};
use serde::Deserialize;

use crate::kubernetes::objects::{
    apps::{DaemonSetSpec, DaemonSetStatus, Deployment},
    core::{Event, Pod, PodMetadata},
};

/// A pod of the backup center.
#[derive(Debug, Default, Deserialize, Object)]
#[object(kind = "Pod", id = "csdr-pod", namespaces("csdr"))]
pub struct CsdrPod(Pod<ComponentLabels>);

/// A pod of migrate-controller, which installs the backup center.
#[derive(Debug, Default, Deserialize, Object)]
#[object(
    kind = "Pod",
    id = "migrate-controller-pod",
    namespaces("kube-system"),
    labels = "app=migrate-controller"
)]
pub struct MigrateControllerPod(Pod<ComponentLabels>);

/// A pod of a storage plug-in of ACK, old or new: only that it is there.
#[derive(Debug, Default, Deserialize, Object)]
#[object(
    kind = "Pod",
    id = "storage-plugin-pod",
    namespaces("kube-system"),
    labels = "app in (flexvolume, csi-plugin)"
)]
#[serde(default)]
pub struct StoragePluginPod {
    /// Which of the two.
    pub metadata: PodMetadata<ComponentLabels>,
}

/// A pod of the plug-in that makes volumes and snapshots.
#[derive(Debug, Default, Deserialize, Object)]
#[object(
    kind = "Pod",
    id = "csi-provisioner-pod",
    namespaces("kube-system"),
    labels = "app=csi-provisioner"
)]
pub struct CsiProvisionerPod(Pod<ComponentLabels>);

/// The labels by which components of ACK are selected.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "kebab-case", default)]
pub struct ComponentLabels {
    /// `app=csdr-controller`.
    pub app: String,
    /// `component=csdr`.
    pub component: String,
    /// `control-plane=csdr-controller`.
    pub control_plane: String,
}

/// An event of the backup center.
#[derive(Debug, Default, Deserialize, Object)]
#[object(kind = "Event", id = "csdr-event", namespaces("csdr"))]
pub struct CsdrEvent(Event);

/// An event of the system's own pods.
#[derive(Debug, Default, Deserialize, Object)]
#[object(kind = "Event", id = "kube-system-event", namespaces("kube-system"))]
pub struct KubeSystemEvent(Event);

/// A ConfigMap of the backup center.
#[derive(Debug, Default, Deserialize, Object)]
#[object(kind = "ConfigMap", id = "csdr-configmap", namespaces("csdr"))]
#[serde(default)]
pub struct CsdrConfigMap {
    /// What it sets.
    pub data: CsdrConfigData,
}

/// `data` of the ConfigMap csdr-config.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct CsdrConfigData {
    /// `key: value` lines.
    pub application_backup: String,
}

/// A Deployment of the backup center.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "apps", kind = "Deployment", id = "csdr-deployment", namespaces("csdr"))]
pub struct CsdrDeployment(Deployment);

/// A Deployment of the system: migrate-controller, csi-provisioner.
#[derive(Debug, Default, Deserialize, Object)]
#[object(
    group = "apps",
    kind = "Deployment",
    id = "kube-system-deployment",
    namespaces("kube-system")
)]
pub struct KubeSystemDeployment(Deployment);

/// A DaemonSet of the backup center.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "apps", kind = "DaemonSet", id = "csdr-daemonset", namespaces("csdr"))]
#[serde(default)]
pub struct CsdrDaemonSet {
    /// What they are made of.
    pub spec: DaemonSetSpec,
    /// How many pods it should have.
    pub status: DaemonSetStatus,
}

impl CsdrDaemonSet {
    /// A DaemonSet that need not have been seen.
    pub fn named(name: &str) -> ObjectRef {
        ObjectRef { kind: "DaemonSet".to_owned(), ..Deployment::named("csdr", name) }
    }
}

/// A DaemonSet of the system: only that it is there.
#[derive(Debug, Default, Deserialize, Object)]
#[object(
    group = "apps",
    kind = "DaemonSet",
    id = "kube-system-daemonset",
    namespaces("kube-system")
)]
pub struct KubeSystemDaemonSet {}
