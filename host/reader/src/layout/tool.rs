//! The tools whose bundles are known.

use std::collections::BTreeSet;

/// A tool that writes objects in a layout of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tool {
    ClusterInfoDump,
    MustGather,
    Sonobuoy,
    Troubleshoot,
    VeleroBackup,
    VeleroDebug,
}

/// The files of a namespace that `kubectl cluster-info dump` writes, after `nodes.json`.
pub(super) const CLUSTER_INFO: [&str; 7] = [
    "daemonsets",
    "deployments",
    "events",
    "pods",
    "replicasets",
    "replication-controllers",
    "services",
];

/// Namespaces that each cluster has and that nobody names: who holds one of them holds all.
const OF_EVERY_CLUSTER: [&str; 2] = ["kube-node-lease", "kube-public"];

/// Whether a file of this stem may be one of `kubectl cluster-info dump`.
pub(super) fn of_cluster_info(stem: &str) -> bool {
    CLUSTER_INFO.contains(&stem)
}

impl Tool {
    /// As a person would call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ClusterInfoDump => "a `kubectl cluster-info dump`",
            Self::MustGather => "a must-gather",
            Self::Sonobuoy => "a snapshot of Sonobuoy",
            Self::Troubleshoot => "a support bundle of Troubleshoot",
            Self::VeleroBackup => "a backup of Velero",
            Self::VeleroDebug => "a bundle of `velero debug`",
        }
    }

    /// Whether it visits each namespace, as far as those show that it has.
    pub(super) fn visits_all(self, namespaces: &BTreeSet<String>) -> bool {
        match self {
            Self::ClusterInfoDump | Self::Sonobuoy | Self::Troubleshoot => {
                OF_EVERY_CLUSTER.iter().any(|it| namespaces.contains(*it))
            }
            Self::MustGather | Self::VeleroBackup | Self::VeleroDebug => false,
        }
    }
}
