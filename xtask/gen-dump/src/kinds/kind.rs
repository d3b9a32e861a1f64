//! The table of kinds.

use serde_json::{Value, json};

use super::{apps, backup_center, config_maps, context::Context, core, events, schemas, velero};
use crate::{
    names::SHOP,
    pods,
    prototype::{Maker, Prototype},
    random::{Random, mix},
};

/// Which namespaces hold objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Cluster,
    /// Only the namespace of the backup center.
    BackupCenter,
    /// The namespace of the backup center and those of the shop.
    Everywhere,
}

/// A kind of objects.
#[derive(Debug)]
pub(crate) struct Kind {
    /// As `kubectl get` takes it.
    pub(crate) plural: &'static str,
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) scope: Scope,
    /// Whether the built-in pack needs the objects in the backup center's namespace.
    pub(crate) needed: bool,
    /// The kind's share of the objects of a cluster whose backup center has run for months.
    pub(crate) weight: u64,
    make: Make,
}

#[derive(Debug, Clone, Copy)]
enum Make {
    Pods,
    /// The number of prototypes, and the function that builds one.
    Of(usize, fn(&mut Context<'_>) -> Value),
}

const fn everywhere(
    plural: &'static str,
    (group, version, kind): (&'static str, &'static str, &'static str),
    weight: u64,
    make: Make,
) -> Kind {
    Kind { plural, group, version, kind, scope: Scope::Everywhere, needed: false, weight, make }
}

const fn needed(kind: Kind) -> Kind {
    Kind { needed: true, ..kind }
}

const fn cluster(
    plural: &'static str,
    (group, version, kind): (&'static str, &'static str, &'static str),
    weight: u64,
    make: Make,
) -> Kind {
    Kind { plural, group, version, kind, scope: Scope::Cluster, needed: false, weight, make }
}

const fn csdr(
    plural: &'static str,
    kind: &'static str,
    weight: u64,
    prototypes: usize,
    make: fn(&mut Context<'_>) -> Value,
) -> Kind {
    Kind {
        plural,
        group: "csdr.alibabacloud.com",
        version: "v1beta1",
        kind,
        scope: Scope::BackupCenter,
        needed: true,
        weight,
        make: Make::Of(prototypes, make),
    }
}

const fn velero(
    plural: &'static str,
    kind: &'static str,
    weight: u64,
    prototypes: usize,
    make: fn(&mut Context<'_>) -> Value,
) -> Kind {
    Kind { group: "velero.io", version: "v1", ..csdr(plural, kind, weight, prototypes, make) }
}

/// In the order in which a dump of everything lists them. The weights add up to 1,000.
pub(crate) static KINDS: [Kind; 20] = [
    cluster("nodes", ("", "v1", "Node"), 6, Make::Of(12, core::node)),
    everywhere("configmaps", ("", "v1", "ConfigMap"), 90, Make::Of(16, config_maps::config_map)),
    needed(everywhere("events", ("", "v1", "Event"), 280, Make::Of(24, events::event))),
    needed(everywhere("pods", ("", "v1", "Pod"), 220, Make::Pods)),
    everywhere("secrets", ("", "v1", "Secret"), 90, Make::Of(12, core::secret)),
    cluster(
        "customresourcedefinitions",
        ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
        6,
        Make::Of(8, schemas::custom_resource_definition),
    ),
    needed(everywhere(
        "deployments",
        ("apps", "v1", "Deployment"),
        50,
        Make::Of(12, apps::deployment),
    )),
    everywhere("replicasets", ("apps", "v1", "ReplicaSet"), 154, Make::Of(12, apps::replica_set)),
    csdr("applicationbackups", "ApplicationBackup", 24, 40, backup_center::application_backup),
    csdr("applicationrestores", "ApplicationRestore", 6, 20, backup_center::application_restore),
    csdr("backuplocations", "BackupLocation", 1, 20, backup_center::backup_location),
    csdr("converttosnapshots", "ConvertToSnapshot", 3, 40, backup_center::convert_to_snapshot),
    csdr("deleterequests", "DeleteRequest", 4, 20, backup_center::delete_request),
    velero("backups", "Backup", 24, 40, velero::backup),
    velero(
        "backupstoragelocations",
        "BackupStorageLocation",
        1,
        20,
        velero::backup_storage_location,
    ),
    velero("deletebackuprequests", "DeleteBackupRequest", 4, 20, velero::delete_backup_request),
    velero("podvolumebackups", "PodVolumeBackup", 28, 24, velero::pod_volume_backup),
    velero("podvolumerestores", "PodVolumeRestore", 3, 24, velero::pod_volume_restore),
    velero("restores", "Restore", 5, 20, velero::restore),
    velero("schedules", "Schedule", 1, 12, velero::schedule),
];

impl Kind {
    pub(crate) fn api_version(&self) -> String {
        let separator = if self.group.is_empty() { "" } else { "/" };
        format!("{}{separator}{}", self.group, self.version)
    }

    /// `backups.velero.io`, `pods`.
    pub(crate) fn resource(&self) -> String {
        let separator = if self.group.is_empty() { "" } else { "." };
        format!("{}{separator}{}", self.plural, self.group)
    }

    /// Whether the kind is a custom resource.
    pub(crate) fn is_custom(&self) -> bool {
        self.scope == Scope::BackupCenter
    }

    pub(crate) fn is_pod(&self) -> bool {
        matches!(self.make, Make::Pods)
    }

    /// A number that no other kind has.
    pub(crate) fn number(&self) -> u64 {
        self.resource().bytes().fold(0, |hash, it| mix(hash ^ u64::from(it)))
    }

    /// The namespaces whose objects the built-in pack does not need.
    pub(crate) fn other_namespaces(&self) -> &'static [&'static str] {
        match self.scope {
            Scope::Cluster => &[""],
            Scope::BackupCenter => &[],
            Scope::Everywhere => &SHOP,
        }
    }

    pub(crate) fn lies_in_backup_center(&self) -> bool {
        self.scope != Scope::Cluster
    }

    /// The number of prototypes.
    pub(crate) fn prototypes(&self) -> usize {
        match self.make {
            Make::Pods => pods::count(),
            Make::Of(count, _) => count,
        }
    }

    /// One of the prototypes of the objects in a namespace.
    pub(crate) fn prototype(&self, seed: u64, namespace: &str, nth: usize) -> Prototype {
        let place = namespace.bytes().fold(self.number(), |hash, it| mix(hash ^ u64::from(it)));
        let mut maker = Maker::new(Random::new(seed, mix(place) ^ nth as u64));
        match self.make {
            Make::Pods => pods::prototype(namespace, nth, maker),
            Make::Of(_, make) => {
                let mut value = make(&mut Context { namespace, nth, maker: &mut maker });
                value["apiVersion"] = json!(self.api_version());
                value["kind"] = json!(self.kind);
                maker.done(value)
            }
        }
    }
}
