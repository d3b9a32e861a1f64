//! Derives the kind of a list's items from the path of its file.

use std::sync::OnceLock;

use rulebox_bundle::plural_of;
use rulebox_core::ObjectNeed;

use super::{
    kinds::KINDS,
    location::{Location, locate},
    tool::Tool,
};
use crate::type_meta::TypeMeta;

/// What the path of a file implies about the lists in it. Evaluated on demand, for few files.
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

    /// The type of the items of a list, if the path shows it.
    pub(crate) fn items(&self) -> Option<&TypeMeta> {
        self.items.get_or_init(|| type_of(self.path, self.needs)).as_ref()
    }
}

/// The type of the items of a list in this file, if the path shows it.
fn type_of(path: &str, needs: &[ObjectNeed]) -> Option<TypeMeta> {
    let Location { tool, group, version, plural, .. } = locate(path)?;
    if tool == Tool::ClusterInfoDump {
        // Many folders have this layout, and this tool writes the kind into its lists.
        return None;
    }
    let (group, known, kind) = kind(plural, group, needs)?;
    Some(meta(&group, version.unwrap_or(&known), &kind))
}

fn meta(group: &str, version: &str, kind: &str) -> TypeMeta {
    let separator = if group.is_empty() { "" } else { "/" };
    TypeMeta { api_version: format!("{group}{separator}{version}"), kind: kind.to_owned() }
}

/// Group, version and kind for a plural: a kind of Kubernetes, or one that is needed. The version
/// of the latter is unknown and does not matter: needs match any version.
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
        // Old clusters serve some kinds in other groups: `extensions_v1beta1_deployments.json`.
        let moved = KINDS.iter().copied().find(|it| plural == plural_of(it.2))?;
        Some((group?, moved.1, moved.2))
    })?;
    Some((group.to_owned(), version.to_owned(), kind.to_owned()))
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
