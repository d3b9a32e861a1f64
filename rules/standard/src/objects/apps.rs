//! `apps`: what makes pods.

use rulebox_sdk::{Fields, Object};
use serde::Deserialize;

/// A Deployment of the backup center.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "apps", kind = "Deployment", id = "csdr-deployment", namespaces("csdr"))]
#[serde(default)]
pub struct CsdrDeployment {
    /// How many pods it is to have.
    pub spec: DeploymentSpec,
}

/// `spec` of a Deployment.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct DeploymentSpec {
    /// 1 where it is not set.
    pub replicas: Option<u32>,
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
