//! From when on what Kubernetes shows of a pod counts as a problem. A pack makes them of its own
//! settings.

use jiff::SignedDuration;

/// How long, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Thresholds {
    /// For how long a pod may be pending, starting or not ready.
    pub starting: SignedDuration,
    /// From how many restarts on a container that is not backing off counts as crashing.
    pub crash_restarts: u32,
    /// How long ago the last of these restarts may lie.
    pub crash_within: SignedDuration,
    /// How long ago an OOM kill may lie.
    pub kill_within: SignedDuration,
}
