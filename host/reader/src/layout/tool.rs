//! The tools whose bundles are known.

use std::collections::BTreeSet;

/// A tool that writes objects in its own layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tool {
    ClusterInfoDump,
    MustGather,
    Sonobuoy,
    Troubleshoot,
    VeleroBackup,
    VeleroDebug,
}

/// The files that `kubectl cluster-info dump` writes for each namespace, besides `nodes.json`.
pub(super) const CLUSTER_INFO: [&str; 7] = [
    "daemonsets",
    "deployments",
    "events",
    "pods",
    "replicasets",
    "replication-controllers",
    "services",
];

/// Every cluster has these namespaces, and nobody selects them: a bundle that has one of them has
/// all namespaces.
const OF_EVERY_CLUSTER: [&str; 2] = ["kube-node-lease", "kube-public"];

/// Whether `kubectl cluster-info dump` writes a file with this stem.
pub(super) fn of_cluster_info(stem: &str) -> bool {
    CLUSTER_INFO.contains(&stem)
}

impl Tool {
    /// Its name in messages.
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

    /// Whether it has visited all namespaces, judging by those it has visited.
    pub(super) fn visits_all(self, namespaces: &BTreeSet<String>) -> bool {
        match self {
            Self::ClusterInfoDump | Self::Sonobuoy | Self::Troubleshoot => {
                OF_EVERY_CLUSTER.iter().any(|it| namespaces.contains(*it))
            }
            Self::MustGather | Self::VeleroBackup | Self::VeleroDebug => false,
        }
    }
}
