//! `apps`: what makes pods.

use rulebox_sdk::{Fields, ObjectRef};
use serde::Deserialize;

use crate::kubernetes::{
    messages::plural,
    objects::core::{Condition, Resources},
};

/// A Deployment.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct Deployment {
    /// The desired state.
    pub spec: DeploymentSpec,
    /// The observed state.
    pub status: DeploymentStatus,
}

impl Deployment {
    /// A Deployment that need not exist.
    pub fn named(namespace: &str, name: &str) -> ObjectRef {
        ObjectRef {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: String::new(),
        }
    }

    /// Whether it should have pods. Zero replicas are intentional.
    pub fn wants_pods(&self) -> bool {
        self.spec.replicas != Some(0)
    }

    /// Whether it says that some of its pods work: where none was seen, they were left out.
    pub fn has_pods(&self) -> bool {
        let is_available = |it: &Condition| it.kind == "Available" && it.status == "True";
        self.wants_pods()
            && (self.status.available_replicas > 0
                || self.status.conditions.iter().any(is_available))
    }

    /// That it asks for pods, and none was seen.
    pub fn without_pods(&self) -> String {
        let wanted = self.spec.replicas.unwrap_or(1);
        format!("it asks for {wanted} {}, and none was seen", plural(wanted, "pod"))
    }
}

/// `spec` of a [`Deployment`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct DeploymentSpec {
    /// 1 where it is not set.
    pub replicas: Option<u32>,
    /// Its pods.
    pub template: PodTemplate,
}

/// The pods of a [`Deployment`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct PodTemplate {
    /// What they are made of.
    pub spec: PodTemplateSpec,
}

/// `spec` of a [`PodTemplate`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct PodTemplateSpec {
    /// Those that stay.
    pub containers: Vec<TemplateContainer>,
    /// Those that run before.
    pub init_containers: Vec<TemplateContainer>,
}

/// A container of a [`PodTemplate`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct TemplateContainer {
    /// Unique in the pod.
    pub name: String,
    /// `registry/repository:tag@digest`.
    pub image: String,
    /// What it may use.
    pub resources: Resources,
}

/// `status` of a [`Deployment`].
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// How many of its pods work; absent where none.
    pub available_replicas: u32,
    /// `Available`, `Progressing`, `ReplicaFailure`.
    pub conditions: Vec<Condition>,
}

/// `spec` of a DaemonSet.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct DaemonSetSpec {
    /// Its pods.
    pub template: PodTemplate,
}

/// `status` of a DaemonSet.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct DaemonSetStatus {
    /// On how many nodes its pod should run.
    pub desired_number_scheduled: u32,
    /// How many of them are ready.
    pub number_ready: u32,
}
