//! Which timestamps of an object the cluster has written by itself, so that they show that a dump
//! is not older than they are.
//!
//! Anybody may write a date of the future into an annotation, a spec, a ConfigMap, or the
//! conditions of a resource of their own. So only these count: the times that the API server writes
//! into `metadata`; the [status](in_status) of kinds whose controllers are known; the times of
//! Events and of Leases, which have no status. Templates inside a spec have `metadata`, too, and
//! never count.

use jiff::Timestamp;

/// A timestamp that was found in a dump, and where: the dump was captured then or later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    /// The moment.
    pub time: Timestamp,
    /// The object that holds it, as users name it: `Pod csdr/csdr-velero-0`.
    pub object: String,
    /// The field, by its key.
    pub field: String,
}

/// Where the objects of one kind hold times that the cluster has written, beside `metadata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Nowhere that is known.
    Nowhere,
    /// In `status`, under [some keys](in_status).
    InStatus,
    /// In `spec`, under [two keys](LEASE_KEYS): a Lease has no status.
    InSpec,
    /// At the top, under [some keys](EVENT_KEYS): an Event has no status.
    AtTop,
}

/// Groups of which a component of the cluster, or of the backup product, writes the status of all
/// kinds. The conditions of any other group are written by whoever has made it.
const KNOWN_GROUPS: [&str; 17] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "csdr.alibabacloud.com",
    "extensions", // Deployments and Ingresses, as old clusters serve them
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "policy",
    "resource.k8s.io",
    "snapshot.storage.k8s.io",
    "storage.k8s.io",
    "velero.io",
];

/// Keys of a status whose times were in the past when they were written.
///
/// Others look similar and hold times in the future: `expiration`, `notAfter`, `nextScheduleTime`.
const STATUS_KEYS: [&str; 15] = [
    "completionTime",
    "completionTimestamp",
    "finishedAt",
    "lastHeartbeatTime",
    "lastMaintenanceTime",
    "lastProbeTime",
    "lastScheduleTime",
    "lastSuccessfulTime",
    "lastSyncedTime",
    "lastTransitionTime",
    "lastUpdateTime",
    "lastValidationTime",
    "startTime",
    "startTimestamp",
    "startedAt",
];

/// Keys of an Event that hold times; `series` holds one more, [`EVENT_SERIES`].
pub const EVENT_KEYS: [&str; 5] = [
    "deprecatedFirstTimestamp",
    "deprecatedLastTimestamp",
    "eventTime",
    "firstTimestamp",
    "lastTimestamp",
];

/// The key of `series` of an Event that holds a time.
pub const EVENT_SERIES: &str = "lastObservedTime";

/// Keys of the spec of a Lease that hold times.
pub const LEASE_KEYS: [&str; 2] = ["acquireTime", "renewTime"];

impl Times {
    /// Where objects of a kind hold them.
    pub fn of(group: &str, kind: &str) -> Self {
        match (group, kind) {
            ("" | "events.k8s.io", "Event") => Self::AtTop,
            ("coordination.k8s.io", "Lease") => Self::InSpec,
            _ if KNOWN_GROUPS.binary_search(&group).is_ok() => Self::InStatus,
            _ => Self::Nowhere,
        }
    }
}

/// Whether a key of a status, at any depth, holds a time that was in the past when it was written.
pub fn in_status(key: &str) -> bool {
    STATUS_KEYS.binary_search(&key).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_for_the_search() {
        assert!(KNOWN_GROUPS.is_sorted() && STATUS_KEYS.is_sorted());
    }

    #[test]
    fn a_future_is_no_witness() {
        assert!(in_status("completionTimestamp") && in_status("startedAt"));
        assert!(!in_status("expiration") && !in_status("creationTimestamp"));
    }

    #[test]
    fn only_known_controllers_are_believed() {
        assert_eq!(Times::of("", "Pod"), Times::InStatus);
        assert_eq!(Times::of("csdr.alibabacloud.com", "BackupLocation"), Times::InStatus);
        assert_eq!(Times::of("stork.libopenstorage.org", "BackupLocation"), Times::Nowhere);
        assert_eq!(Times::of("", "Event"), Times::AtTop);
        assert_eq!(Times::of("events.k8s.io", "Event"), Times::AtTop);
        assert_eq!(Times::of("example.org", "Event"), Times::Nowhere);
        assert_eq!(Times::of("coordination.k8s.io", "Lease"), Times::InSpec);
    }
}
