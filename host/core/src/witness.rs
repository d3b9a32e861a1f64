use jiff::Timestamp;

/// A timestamp that a dump proves, and where it stands: the dump was captured then or later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The moment.
    pub time: Timestamp,
    /// The field, by its key.
    pub field: String,
    /// The object that holds it, as a person would name it.
    pub object: String,
}

/// Keys whose timestamps lie in the past of whoever wrote them.
///
/// Others look alike and speak of the future (`expiration`, `notAfter`, `deletionTimestamp`, which adds the grace
/// period, `nextScheduleTime`), so only these count.
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

/// Whether a timestamp under this key proves that the dump is not older than it.
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
