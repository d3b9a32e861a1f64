//! Kinds built into Kubernetes, and how plurals are formed.

/// Kinds built into Kubernetes: group, version, kind.
pub(super) const KINDS: [(&str, &str, &str); 39] = [
    ("", "v1", "ConfigMap"),
    ("", "v1", "Endpoints"),
    ("", "v1", "Event"),
    ("", "v1", "LimitRange"),
    ("", "v1", "Namespace"),
    ("", "v1", "Node"),
    ("", "v1", "PersistentVolume"),
    ("", "v1", "PersistentVolumeClaim"),
    ("", "v1", "Pod"),
    ("", "v1", "PodTemplate"),
    ("", "v1", "ReplicationController"),
    ("", "v1", "ResourceQuota"),
    ("", "v1", "Secret"),
    ("", "v1", "Service"),
    ("", "v1", "ServiceAccount"),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
    ("apps", "v1", "ControllerRevision"),
    ("apps", "v1", "DaemonSet"),
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "ReplicaSet"),
    ("apps", "v1", "StatefulSet"),
    ("autoscaling", "v2", "HorizontalPodAutoscaler"),
    ("batch", "v1", "CronJob"),
    ("batch", "v1", "Job"),
    ("coordination.k8s.io", "v1", "Lease"),
    ("discovery.k8s.io", "v1", "EndpointSlice"),
    ("networking.k8s.io", "v1", "Ingress"),
    ("networking.k8s.io", "v1", "NetworkPolicy"),
    ("policy", "v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "v1", "Role"),
    ("rbac.authorization.k8s.io", "v1", "RoleBinding"),
    ("scheduling.k8s.io", "v1", "PriorityClass"),
    ("snapshot.storage.k8s.io", "v1", "VolumeSnapshot"),
    ("storage.k8s.io", "v1", "CSIDriver"),
    ("storage.k8s.io", "v1", "CSINode"),
    ("storage.k8s.io", "v1", "StorageClass"),
    ("storage.k8s.io", "v1", "VolumeAttachment"),
];

/// Names that tools use for folders and files instead of the plural.
pub(super) const PLURALS: [(&str, &str); 9] = [
    ("custom-resource-definitions", "customresourcedefinitions"),
    ("ingress", "ingresses"),
    ("network-policy", "networkpolicies"),
    ("pod-disruption-budgets", "poddisruptionbudgets"),
    ("pvcs", "persistentvolumeclaims"),
    ("pvs", "persistentvolumes"),
    ("replication-controllers", "replicationcontrollers"),
    ("resource-quota", "resourcequotas"),
    ("storage-classes", "storageclasses"),
];

/// The plural as Kubernetes guesses it (`meta.UnsafeGuessKindToResource`).
pub(crate) fn plural_of(kind: &str) -> String {
    let singular = kind.to_lowercase();
    match singular.as_bytes() {
        _ if singular == "endpoints" => singular,
        [.., b's'] => format!("{singular}es"),
        [head @ .., b'y'] => format!("{}ies", String::from_utf8_lossy(head)),
        _ => format!("{singular}s"),
    }
}
