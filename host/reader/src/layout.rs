//! What the place of a file in a support bundle says of the objects in it.
//!
//! Some collectors write bare lists whose items name no kind; then the path is all there is.
//!
//! | collector | path | example |
//! |---|---|---|
//! | sonobuoy | `resources/{cluster,ns/<namespace>}/<group>_<version>_<plural>.json` | `core_v1_pods.json` |
//! | troubleshoot | `cluster-resources/<plural>/<namespace>.json`, `cluster-resources/<plural>.json` | `pvcs.json` |
//! | troubleshoot | `cluster-resources/custom-resources/<plural>.<group>/<namespace>.yaml` | `backups.velero.io/velero.yaml` |

use rulebox_core::ObjectNeed;

use crate::object::TypeMeta;

/// Kinds of Kubernetes itself: group, version, kind.
const KINDS: [(&str, &str, &str); 36] = [
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
    ("networking.k8s.io", "v1", "Ingress"),
    ("networking.k8s.io", "v1", "NetworkPolicy"),
    ("policy", "v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRole"),
    ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "v1", "Role"),
    ("rbac.authorization.k8s.io", "v1", "RoleBinding"),
    ("snapshot.storage.k8s.io", "v1", "VolumeSnapshot"),
    ("storage.k8s.io", "v1", "CSIDriver"),
    ("storage.k8s.io", "v1", "StorageClass"),
    ("storage.k8s.io", "v1", "VolumeAttachment"),
];

/// Names that troubleshoot gives to folders and files instead of the plural.
const TROUBLESHOOT: [(&str, &str); 8] = [
    ("custom-resource-definitions", "customresourcedefinitions"),
    ("ingress", "ingresses"),
    ("network-policy", "networkpolicies"),
    ("pod-disruption-budgets", "poddisruptionbudgets"),
    ("pvcs", "persistentvolumeclaims"),
    ("pvs", "persistentvolumes"),
    ("storage-classes", "storageclasses"),
    ("volumeattachments", "volumeattachments"),
];

/// What the items of a list in this file are, where its path tells it.
pub(crate) fn type_of(path: &str, needs: &[ObjectNeed]) -> Option<TypeMeta> {
    let parts: Vec<&str> = path.split('/').collect();
    let stem = parts.last()?.rsplit_once('.')?.0;
    match parts.as_slice() {
        [.., "resources", "ns", _, _] | [.., "resources", "cluster", _] => {
            let (group, rest) = stem.split_once('_')?;
            let (version, plural) = rest.split_once('_')?;
            let group = if group == "core" { "" } else { group };
            Some(meta(group, version, &kind(plural, Some(group), needs)?.2))
        }
        [.., "cluster-resources", "custom-resources", folder, _] => custom(folder, needs),
        [.., "cluster-resources", "custom-resources", _] => custom(stem, needs),
        [.., "cluster-resources", plural, _] | [.., "cluster-resources", plural] => {
            let plural = plural.rsplit_once('.').map_or(*plural, |(stem, _)| stem);
            let plural = TROUBLESHOOT.iter().find(|it| it.0 == plural).map_or(plural, |it| it.1);
            let (group, version, kind) = kind(plural, None, needs)?;
            Some(meta(&group, &version, &kind))
        }
        _ => None,
    }
}

/// `backups.velero.io`. The version is nowhere told; needs match at any version.
fn custom(name: &str, needs: &[ObjectNeed]) -> Option<TypeMeta> {
    let (plural, group) = name.split_once('.')?;
    let (group, version, kind) = kind(plural, Some(group), needs)?;
    Some(meta(&group, &version, &kind))
}

fn meta(group: &str, version: &str, kind: &str) -> TypeMeta {
    let separator = if group.is_empty() { "" } else { "/" };
    TypeMeta { api_version: format!("{group}{separator}{version}"), kind: kind.to_owned() }
}

/// The group, version and kind behind a plural: of what is needed, else of Kubernetes itself.
fn kind(
    plural: &str,
    group: Option<&str>,
    needs: &[ObjectNeed],
) -> Option<(String, String, String)> {
    let known = KINDS.iter().copied();
    let is_it = |it: &(&str, &str, &str)| {
        group.is_none_or(|group| group == it.0) && plural == plural_of(it.2)
    };
    let needed = needs.iter().filter(|_| group.is_some());
    let needed = needed.map(|it| (it.group.as_str(), "v1", it.kind.as_str()));
    let (group, version, kind) = known.chain(needed).find(is_it).or_else(|| {
        // Old clusters serve kinds in groups that have moved: `extensions_v1beta1_deployments.json`.
        let moved = KINDS.iter().copied().find(|it| plural == plural_of(it.2))?;
        Some((group?, moved.1, moved.2))
    })?;
    Some((group.to_owned(), version.to_owned(), kind.to_owned()))
}

/// As Kubernetes itself guesses it (`meta.UnsafeGuessKindToResource`).
fn plural_of(kind: &str) -> String {
    let singular = kind.to_lowercase();
    match singular.as_bytes() {
        _ if singular == "endpoints" => singular,
        [.., b's'] => format!("{singular}es"),
        [head @ .., b'y'] => format!("{}ies", String::from_utf8_lossy(head)),
        _ => format!("{singular}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, want: Option<(&str, &str)>) {
        let backup = ObjectNeed {
            group: "velero.io".to_owned(),
            kind: "Backup".to_owned(),
            ..ObjectNeed::default()
        };
        let got = type_of(path, &[backup]);
        let got = got.as_ref().map(|it| (it.api_version.as_str(), it.kind.as_str()));
        assert_eq!(got, want, "{path}");
    }

    #[test]
    fn sonobuoy() {
        check("resources/ns/default/core_v1_pods.json", Some(("v1", "Pod")));
        check("x/resources/cluster/core_v1_nodes.json", Some(("v1", "Node")));
        check("resources/ns/a/velero.io_v1_backups.json", Some(("velero.io/v1", "Backup")));
        check(
            "resources/cluster/storage.k8s.io_v1_storageclasses.json",
            Some(("storage.k8s.io/v1", "StorageClass")),
        );
        check(
            "resources/ns/a/extensions_v1beta1_deployments.json",
            Some(("extensions/v1beta1", "Deployment")),
        );
        check("resources/ns/a/example.org_v1_gadgets.json", None);
    }

    #[test]
    fn troubleshoot() {
        check("bundle/cluster-resources/pods/default.json", Some(("v1", "Pod")));
        check("cluster-resources/nodes.json", Some(("v1", "Node")));
        check("cluster-resources/pvcs/default.json", Some(("v1", "PersistentVolumeClaim")));
        check("cluster-resources/ingress/a.json", Some(("networking.k8s.io/v1", "Ingress")));
        check(
            "cluster-resources/custom-resources/backups.velero.io/velero.yaml",
            Some(("velero.io/v1", "Backup")),
        );
        check(
            "cluster-resources/custom-resources/backups.velero.io.yaml",
            Some(("velero.io/v1", "Backup")),
        );
        check("cluster-resources/custom-resources/gadgets.example.org/a.yaml", None);
        check("cluster-resources/pods/logs/a/b/c.log", None);
    }

    #[test]
    fn elsewhere_a_path_says_nothing() {
        check("pods.json", None);
        check("default/pods.json", None);
        check("", None);
    }
}
