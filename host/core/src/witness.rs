//! Which timestamps in a dump show that it is not older than they are.

use jiff::Timestamp;

/// A timestamp that was found in a dump, and where: the dump was captured then or later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The moment.
    pub time: Timestamp,
    /// The field, by its key.
    pub field: String,
    /// The object that holds it, as users name it: `Pod csdr/csdr-velero-0`.
    pub object: String,
}

/// Keys whose timestamps were in the past when they were written.
///
/// Other keys look similar and hold times in the future, so only these count: `expiration`,
/// `notAfter`, `nextScheduleTime`, and `deletionTimestamp`, which includes the grace period.
const WITNESS_KEYS: [&str; 22] = [
    "acquireTime",
    "completionTime",
    "completionTimestamp",
    "creationTimestamp",
    "eventTime",
    "finishedAt",
    "firstTimestamp",
    "lastHeartbeatTime",
    "lastMaintenanceTime",
    "lastObservedTime",
    "lastProbeTime",
    "lastScheduleTime",
    "lastSyncedTime",
    "lastTimestamp",
    "lastTransitionTime",
    "lastUpdateTime",
    "lastValidationTime",
    "renewTime",
    "startTime",
    "startTimestamp",
    "startedAt",
    "time", // of managedFields
];

/// Whether a dump that holds a timestamp under this key was captured then or later.
pub fn is_witness_key(key: &str) -> bool {
    WITNESS_KEYS.binary_search(&key).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_sorted_for_the_search() {
        assert!(WITNESS_KEYS.is_sorted());
    }

    #[test]
    fn a_future_is_no_witness() {
        assert!(
            is_witness_key("lastTimestamp")
                && is_witness_key("acquireTime")
                && is_witness_key("time")
        );
        assert!(!is_witness_key("expiration") && !is_witness_key("deletionTimestamp"));
    }
}
