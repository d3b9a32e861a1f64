//! What objects there are, and how many of each a cluster has.
//!
//! A new kind is a row of [`KINDS`] and a function that builds its prototypes.

mod apps;
mod backup_center;
mod config_maps;
mod core;
mod events;
mod managed;
mod schemas;
mod velero;

use serde_json::{Value, json};

use super::{
    pods,
    prototype::{Maker, Prototype},
    random::{Random, mix},
};

/// The namespace of the backup center. What is needed lies there.
pub(super) const CSDR: &str = "csdr";

/// The namespaces of the shop.
pub(super) const SHOP: [&str; 8] = [
    "checkout",
    "identity",
    "inventory",
    "payments",
    "recommendations",
    "search",
    "shipping",
    "storefront",
];

/// Where objects of a kind lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Cluster,
    /// Only in [`CSDR`].
    BackupCenter,
    /// In [`CSDR`] and in the namespaces of the shop.
    Everywhere,
}

/// A kind of objects.
#[derive(Debug)]
pub(super) struct Kind {
    /// As `kubectl get` takes it.
    pub(super) plural: &'static str,
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) kind: &'static str,
    pub(super) scope: Scope,
    /// Whether the built-in pack needs those in [`CSDR`].
    pub(super) needed: bool,
    /// Its share of the objects of a cluster with a backup center that has been busy for months.
    pub(super) weight: u64,
    make: Make,
}

#[derive(Debug, Clone, Copy)]
enum Make {
    Pods,
    /// So many prototypes, and how one is built.
    Of(usize, fn(&mut Context<'_>) -> Value),
}

/// What a prototype is built from.
pub(super) struct Context<'m> {
    pub(super) namespace: &'m str,
    /// Which of its kind's prototypes it is. Kinds that belong together have names that depend on it alone.
    pub(super) nth: usize,
    pub(super) maker: &'m mut Maker,
}

impl Context<'_> {
    /// Whether this is one of every `n`.
    pub(super) fn every(&self, n: usize) -> bool {
        self.nth % n == n - 1
    }

    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.maker.random
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.maker.random.below(end)
    }

    /// `metadata` of an object that a client has made, with `more` over it.
    pub(super) fn metadata(&mut self, name: &str, more: Value) -> Value {
        let mut metadata = json!({
            "creationTimestamp": super::moment::Moment::CREATION.to_string(),
            "name": name,
            "resourceVersion": self.maker.number(),
            "uid": self.maker.uid(),
        });
        if !self.namespace.is_empty() {
            metadata["namespace"] = json!(self.namespace);
        }
        if let (Value::Object(metadata), Value::Object(more)) = (&mut metadata, more) {
            metadata.extend(more);
        }
        metadata
    }
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

/// In the order in which a dump of everything lists them. Weights are of 1,000.
pub(super) static KINDS: [Kind; 20] = [
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
    pub(super) fn api_version(&self) -> String {
        let separator = if self.group.is_empty() { "" } else { "/" };
        format!("{}{separator}{}", self.group, self.version)
    }

    /// `backups.velero.io`, `pods`.
    pub(super) fn resource(&self) -> String {
        let separator = if self.group.is_empty() { "" } else { "." };
        format!("{}{separator}{}", self.plural, self.group)
    }

    /// Whether it is no kind of Kubernetes itself.
    pub(super) fn is_custom(&self) -> bool {
        self.scope == Scope::BackupCenter
    }

    pub(super) fn is_pod(&self) -> bool {
        matches!(self.make, Make::Pods)
    }

    /// A number that is no other kind's.
    pub(super) fn number(&self) -> u64 {
        self.resource().bytes().fold(0, |hash, it| mix(hash ^ u64::from(it)))
    }

    /// Outside of what is needed.
    pub(super) fn other_namespaces(&self) -> &'static [&'static str] {
        match self.scope {
            Scope::Cluster => &[""],
            Scope::BackupCenter => &[],
            Scope::Everywhere => &SHOP,
        }
    }

    pub(super) fn lies_in_backup_center(&self) -> bool {
        self.scope != Scope::Cluster
    }

    /// How many prototypes there are.
    pub(super) fn prototypes(&self) -> usize {
        match self.make {
            Make::Pods => pods::count(),
            Make::Of(count, _) => count,
        }
    }

    /// One of the prototypes of the objects in a namespace.
    pub(super) fn prototype(&self, seed: u64, namespace: &str, nth: usize) -> Prototype {
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
