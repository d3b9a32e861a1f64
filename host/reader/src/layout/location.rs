//! Parses the path of a file in a bundle.

use super::{
    kinds::{KINDS, PLURALS},
    tool::{Tool, of_cluster_info},
};

/// What the path of a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Location<'p> {
    pub(super) tool: Tool,
    /// None if the path does not show it; empty for the core group.
    pub(super) group: Option<&'p str>,
    pub(super) version: Option<&'p str>,
    pub(super) plural: &'p str,
    /// Empty for cluster-scoped objects.
    pub(super) namespace: &'p str,
    /// Whether the file lists all objects of its kind there, not a single object.
    pub(super) lists: bool,
}

/// What the path shows, if the file is in a bundle.
pub(super) fn locate<'p>(path: &'p str) -> Option<Location<'p>> {
    let parts: Vec<&str> = path.split('/').collect();
    let (stem, ending) = parts.last()?.rsplit_once('.')?;
    if !["json", "yaml", "yml", "txt"].contains(&ending) {
        return None;
    }
    let all = |tool, group: Option<&'p str>, version, plural, namespace| {
        let plural = PLURALS.iter().find(|it| it.0 == plural).map_or(plural, |it| it.1);
        let group = group.map(|it| if it == "core" { "" } else { it });
        Some(Location { tool, group, version, plural, namespace, lists: true })
    };
    let one = |tool, group, plural, namespace| {
        Some(Location { lists: false, ..all(tool, group, None, plural, namespace)? })
    };
    match parts.as_slice() {
        [.., "resources", folder @ "cluster", _] | [.., "resources", "ns", folder, _] => {
            let (group, rest) = stem.split_once('_')?;
            let (version, plural) = rest.split_once('_')?;
            let namespace = if parts.get(parts.len() - 3) == Some(&"ns") { folder } else { "" };
            all(Tool::Sonobuoy, Some(group), Some(version), plural, namespace)
        }
        [.., "resources", resource, "namespaces", namespace, _]
        | [.., "resources", resource, _, "namespaces", namespace, _] => {
            let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
            all(Tool::VeleroBackup, Some(group), None, plural, namespace)
        }
        [.., "resources", resource, "cluster", _]
        | [.., "resources", resource, _, "cluster", _] => {
            let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
            all(Tool::VeleroBackup, Some(group), None, plural, "")
        }
        [.., "cluster-resources", "custom-resources", resource, _] => {
            let (plural, group) = resource.split_once('.')?;
            all(Tool::Troubleshoot, Some(group), None, plural, stem)
        }
        [.., "cluster-resources", "custom-resources", _] => {
            let (plural, group) = stem.split_once('.')?;
            all(Tool::Troubleshoot, Some(group), None, plural, "")
        }
        [.., "cluster-resources", plural, _] => all(Tool::Troubleshoot, None, None, plural, stem),
        [.., "cluster-resources", _] => all(Tool::Troubleshoot, None, None, stem, ""),
        [.., "kubecapture", kinds, namespace, _] => {
            let (group, version) = kinds.rsplit_once('_')?;
            let plural = stem.split_once('-')?.0;
            all(Tool::VeleroDebug, Some(group), Some(version), plural, namespace)
        }
        [.., "kubecapture", kinds, namespace, plural, _] => {
            let (group, version) = kinds.rsplit_once('_')?;
            all(Tool::VeleroDebug, Some(group), Some(version), plural, namespace)
        }
        [.., "cluster-scoped-resources", group, plural, _] => {
            one(Tool::MustGather, Some(group), plural, "")
        }
        [.., "cluster-scoped-resources", group, _] => {
            all(Tool::MustGather, Some(group), None, stem, "")
        }
        [.., "namespaces", namespace, "pods", pod, _] if *pod == stem => {
            one(Tool::MustGather, Some(""), "pods", namespace)
        }
        [.., "namespaces", namespace, group, plural, _] if is_group(group) => {
            one(Tool::MustGather, Some(group), plural, namespace)
        }
        [.., "namespaces", namespace, group, _] if is_group(group) => {
            all(Tool::MustGather, Some(group), None, stem, namespace)
        }
        [.., namespace, _] if of_cluster_info(stem) => {
            all(Tool::ClusterInfoDump, None, None, stem, namespace)
        }
        _ => None,
    }
}

/// Whether a must-gather gives this name to the folder of an API group: `core`, `apps`,
/// `velero.io`.
fn is_group(folder: &str) -> bool {
    folder == "core" || folder.contains('.') || KINDS.iter().any(|it| it.0 == folder)
}
