//! What the place of a file in a support bundle says of the objects in it.
//!
//! Some tools write bare lists whose items name no kind; then the path is all there is. And each tool leaves something out,
//! which is no proof that it does not exist: see [`Bundles`].
//!
//! | written by | path | source |
//! |---|---|---|
//! | `kubectl cluster-info dump` | `nodes.json`, `<namespace>/replication-controllers.json` and six more | [`clusterinfo_dump.go`](https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go) |
//! | must-gather | `cluster-scoped-resources/<group>/<plural>/<name>.yaml`, `namespaces/<namespace>/<group>/<plural>.yaml`, `namespaces/<namespace>/pods/<pod>/<pod>.yaml` | [`oc adm inspect`](https://github.com/openshift/oc/tree/master/pkg/cli/admin/inspect) |
//! | sonobuoy | `resources/{cluster,ns/<namespace>}/<group>_<version>_<plural>.json` | [`pkg/discovery`](https://github.com/vmware-tanzu/sonobuoy/tree/main/pkg/discovery) |
//! | Troubleshoot | `cluster-resources/<plural>/<namespace>.json`, `cluster-resources/<plural>.json`, `cluster-resources/custom-resources/<plural>.<group>/<namespace>.yaml` | [`cluster_resources.go`](https://github.com/replicatedhq/troubleshoot/blob/main/pkg/collect/cluster_resources.go) |
//! | a backup of Velero | `resources/<plural>.<group>/{cluster,namespaces/<namespace>}/<name>.json`, with the version between | [`pkg/archive`](https://github.com/vmware-tanzu/velero/tree/main/pkg/archive) |
//! | `velero debug` | `kubecapture/<group>_<version>/<namespace>/<plural>-<time>.json` | [`velero.cshd`](https://github.com/vmware-tanzu/velero/blob/main/pkg/cmd/cli/debug/cshd-scripts/velero.cshd), [`crash-diagnostics`](https://github.com/vmware-tanzu/crash-diagnostics/tree/main/k8s) |

mod bundle;

use std::sync::OnceLock;

use rulebox_core::ObjectNeed;

use bundle::Bundle;
pub(crate) use bundle::Bundles;

use crate::type_meta::TypeMeta;

/// Kinds of Kubernetes itself: group, version, kind.
const KINDS: [(&str, &str, &str); 39] = [
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

/// Names that tools give to folders and files instead of the plural.
const PLURALS: [(&str, &str); 9] = [
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

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place<'p> {
    bundle: Bundle,
    /// None where the path does not tell it; empty for core.
    group: Option<&'p str>,
    version: Option<&'p str>,
    plural: &'p str,
    /// Empty where the file is of the cluster.
    namespace: &'p str,
    /// Whether the file holds all objects of its kind that lie there, and not a single one.
    lists: bool,
}

/// Where the file stands, if in a bundle.
fn place<'p>(path: &'p str) -> Option<Place<'p>> {
    let parts: Vec<&str> = path.split('/').collect();
    let (stem, ending) = parts.last()?.rsplit_once('.')?;
    if !["json", "yaml", "yml", "txt"].contains(&ending) {
        return None;
    }
    let all = |bundle, group: Option<&'p str>, version, plural, namespace| {
        let plural = PLURALS.iter().find(|it| it.0 == plural).map_or(plural, |it| it.1);
        let group = group.map(|it| if it == "core" { "" } else { it });
        Some(Place { bundle, group, version, plural, namespace, lists: true })
    };
    let one = |bundle, group, plural, namespace| {
        Some(Place { lists: false, ..all(bundle, group, None, plural, namespace)? })
    };
    match parts.as_slice() {
        [.., "resources", folder @ "cluster", _] | [.., "resources", "ns", folder, _] => {
            let (group, rest) = stem.split_once('_')?;
            let (version, plural) = rest.split_once('_')?;
            let namespace = if parts.get(parts.len() - 3) == Some(&"ns") { folder } else { "" };
            all(Bundle::Sonobuoy, Some(group), Some(version), plural, namespace)
        }
        [.., "resources", resource, "namespaces", namespace, _]
        | [.., "resources", resource, _, "namespaces", namespace, _] => {
            let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
            all(Bundle::VeleroBackup, Some(group), None, plural, namespace)
        }
        [.., "resources", resource, "cluster", _]
        | [.., "resources", resource, _, "cluster", _] => {
            let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
            all(Bundle::VeleroBackup, Some(group), None, plural, "")
        }
        [.., "cluster-resources", "custom-resources", resource, _] => {
            let (plural, group) = resource.split_once('.')?;
            all(Bundle::Troubleshoot, Some(group), None, plural, stem)
        }
        [.., "cluster-resources", "custom-resources", _] => {
            let (plural, group) = stem.split_once('.')?;
            all(Bundle::Troubleshoot, Some(group), None, plural, "")
        }
        [.., "cluster-resources", plural, _] => all(Bundle::Troubleshoot, None, None, plural, stem),
        [.., "cluster-resources", _] => all(Bundle::Troubleshoot, None, None, stem, ""),
        [.., "kubecapture", kinds, namespace, _] => {
            let (group, version) = kinds.rsplit_once('_')?;
            let plural = stem.split_once('-')?.0;
            all(Bundle::VeleroDebug, Some(group), Some(version), plural, namespace)
        }
        [.., "kubecapture", kinds, namespace, plural, _] => {
            let (group, version) = kinds.rsplit_once('_')?;
            all(Bundle::VeleroDebug, Some(group), Some(version), plural, namespace)
        }
        [.., "cluster-scoped-resources", group, plural, _] => {
            one(Bundle::MustGather, Some(group), plural, "")
        }
        [.., "cluster-scoped-resources", group, _] => {
            all(Bundle::MustGather, Some(group), None, stem, "")
        }
        [.., "namespaces", namespace, "pods", pod, _] if *pod == stem => {
            one(Bundle::MustGather, Some(""), "pods", namespace)
        }
        [.., "namespaces", namespace, group, plural, _] if is_group(group) => {
            one(Bundle::MustGather, Some(group), plural, namespace)
        }
        [.., "namespaces", namespace, group, _] if is_group(group) => {
            all(Bundle::MustGather, Some(group), None, stem, namespace)
        }
        [.., namespace, _] if bundle::of_cluster_info(stem) => {
            all(Bundle::ClusterInfoDump, None, None, stem, namespace)
        }
        _ => None,
    }
}

/// What a must-gather names a folder of a namespace after: `core`, `apps`, `velero.io`.
fn is_group(folder: &str) -> bool {
    folder == "core" || folder.contains('.') || KINDS.iter().any(|it| it.0 == folder)
}

/// What the path of a file says of lists in it; looked up when somebody asks, which few files need.
#[derive(Debug, Default)]
pub(crate) struct Layout<'p> {
    path: &'p str,
    needs: &'p [ObjectNeed],
    items: OnceLock<Option<TypeMeta>>,
}

impl<'p> Layout<'p> {
    pub(crate) fn new(path: &'p str, needs: &'p [ObjectNeed]) -> Self {
        Self { path, needs, items: OnceLock::new() }
    }

    /// What the items of a list are, where the path tells it.
    pub(crate) fn items(&self) -> Option<&TypeMeta> {
        self.items.get_or_init(|| type_of(self.path, self.needs)).as_ref()
    }
}

/// What the items of a list in this file are, where its path tells it.
fn type_of(path: &str, needs: &[ObjectNeed]) -> Option<TypeMeta> {
    let Place { bundle, group, version, plural, .. } = place(path)?;
    if bundle == Bundle::ClusterInfoDump {
        // Many a folder is laid out like that, and its lists name their kind.
        return None;
    }
    let (group, known, kind) = kind(plural, group, needs)?;
    Some(meta(&group, version.unwrap_or(&known), &kind))
}

fn meta(group: &str, version: &str, kind: &str) -> TypeMeta {
    let separator = if group.is_empty() { "" } else { "/" };
    TypeMeta { api_version: format!("{group}{separator}{version}"), kind: kind.to_owned() }
}

/// The group, version and kind behind a plural: of what is needed, else of Kubernetes itself. Of what is only needed the
/// version is nowhere told; needs match at any version.
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
        let needs = [backup];
        let layout = Layout::new(path, &needs);
        let got = layout.items().map(|it| (it.api_version.as_str(), it.kind.as_str()));
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
        check("cluster-resources/resource-quota/a.json", Some(("v1", "ResourceQuota")));
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
    fn must_gather() {
        check("m/image/namespaces/csdr/core/pods.yaml", Some(("v1", "Pod")));
        check("m/namespaces/csdr/pods/web-1/web-1.yaml", Some(("v1", "Pod")));
        check("m/namespaces/a/velero.io/backups/nightly.yaml", Some(("velero.io/v1", "Backup")));
        check("m/cluster-scoped-resources/core/nodes/n.yaml", Some(("v1", "Node")));
        check(
            "m/cluster-scoped-resources/storage.k8s.io/storageclasses.yaml",
            Some(("storage.k8s.io/v1", "StorageClass")),
        );
        check("m/namespaces/csdr/csdr.yaml", None);
        check("m/namespaces/csdr/pods/web-1/web/web/logs/current.log", None);
    }

    #[test]
    fn velero() {
        let debug = "velero-bundle/kubecapture";
        check(&format!("{debug}/core_v1/csdr/pods-202609150230.0001.json"), Some(("v1", "Pod")));
        check(
            &format!("{debug}/velero.io_v1/csdr/backups-2026-09-15T02-30-00Z.0001.yaml"),
            Some(("velero.io/v1", "Backup")),
        );
        check(
            &format!("{debug}/velero.io_v1/csdr/backups/nightly-202609150230.0001.json"),
            Some(("velero.io/v1", "Backup")),
        );
        check(&format!("{debug}/core_v1/csdr/web-1/web/web.log"), None);
        check(
            "resources/backups.velero.io/namespaces/csdr/nightly.json",
            Some(("velero.io/v1", "Backup")),
        );
        check("resources/pods/v1-preferredversion/namespaces/csdr/web.json", Some(("v1", "Pod")));
        check("resources/persistentvolumes/cluster/pv-1.json", Some(("v1", "PersistentVolume")));
    }

    #[test]
    fn elsewhere_a_path_says_nothing() {
        check("pods.json", None);
        check("default/replication-controllers.json", None);
        check("default/pods.json", None);
        check("", None);
    }
}
