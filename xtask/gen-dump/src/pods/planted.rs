//! How many faults a dump holds, and which pods have them.

use std::fmt;

use crate::random::mix;

/// How many faults a dump holds. One pod holds at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planted {
    /// Pods.
    pub pods: u64,
    /// Containers in `CrashLoopBackOff`.
    pub crash_loops: u64,
    /// Containers whose state or last state is `OOMKilled`.
    pub out_of_memory_kills: u64,
}

impl Planted {
    /// Of 10,000 pods 92 and 206, because published figures of other tools were measured with these
    /// shares. Other numbers of pods get the same shares, rounded to the nearest.
    pub(crate) fn among(pods: u64) -> Self {
        let share = |of_10_000: u64| (pods * of_10_000 + 5_000) / 10_000;
        Self { pods, crash_loops: share(92), out_of_memory_kills: share(206) }
    }

    /// All faults.
    fn faults(&self) -> u64 {
        self.crash_loops + self.out_of_memory_kills
    }

    /// Which prototype the pod at `index` is a copy of.
    ///
    /// The pods are cut into as many shares as there are faults, and one pod of each share gets the
    /// fault. So exactly the planned number is planted, and a pod's prototype follows from its
    /// index alone.
    pub(crate) fn prototype(&self, seed: u64, index: u64) -> usize {
        let faults = self.faults();
        let wide = |it: u64| u128::from(it);
        let share = |it: u64| narrow(wide(it) * wide(self.pods) / wide(faults.max(1)));
        let nth = narrow((wide(index + 1) * wide(faults)).div_ceil(wide(self.pods))).max(1) - 1;
        let (start, end) = (share(nth), share(nth + 1));
        let planted = start + mix(seed ^ mix(nth)) % (end - start).max(1);
        if nth >= faults || planted != index {
            return usize::try_from(index % HARMLESS).expect("a handful");
        }
        // Crash loops are spread evenly among the faults.
        let crash_loops = |it: u64| narrow(wide(it) * wide(self.crash_loops) / wide(faults));
        let (before, after) = (crash_loops(nth), crash_loops(nth + 1));
        let at = if after > before {
            HARMLESS + before % CRASH_LOOPS
        } else {
            HARMLESS + CRASH_LOOPS + (nth - before) % OUT_OF_MEMORY_KILLS
        };
        usize::try_from(at).expect("a handful")
    }
}

/// Back to `u64`, after a product of two had to be wider.
fn narrow(it: u128) -> u64 {
    u64::try_from(it).expect("a share of a u64")
}

impl fmt::Display for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pods, crash_loops, out_of_memory_kills } = self;
        write!(
            f,
            "{pods} pods, planted: {crash_loops} CrashLoopBackOff + {out_of_memory_kills} \
             OOMKilled = {} faults",
            self.faults()
        )
    }
}

// How many prototypes of each sort a namespace has. There is one for each place, state and exit
/// code of a fault.
pub(super) const HARMLESS: u64 = 80;
pub(super) const CRASH_LOOPS: u64 = 4;
pub(super) const OUT_OF_MEMORY_KILLS: u64 = 7 * 16;
