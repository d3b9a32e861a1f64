/// How a pod is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Healthy,
    /// A container waits in `CrashLoopBackOff`.
    CrashLoop(Place),
    /// A container was killed for its memory, and ended with this code.
    OutOfMemory {
        place: Place,
        state: State,
        exit_code: u8,
    },
    /// What looks like a fault of memory and is none: SIGKILL after a failed probe.
    KilledByProbe,
    /// It was restarted once, long ago, and is well.
    RestartedOnce,
    /// It waits, and not for a crash.
    ImagePull,
    /// It only speaks of faults.
    Runbook,
}

/// Which container of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    First,
    Second,
    /// An init container; where it was killed, one that goes on beside the others (`restartPolicy: Always`).
    Init,
    /// Added by `kubectl debug`.
    Ephemeral,
}

/// Where the kill shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The container is down.
    Now,
    /// It has been started again.
    Last,
}

impl Condition {
    /// The places take turns.
    pub(super) fn crash_loop(nth: u64) -> Self {
        let places = [Place::First, Place::First, Place::Second, Place::Init];
        Self::CrashLoop(places[(nth % 4) as usize])
    }

    /// The places take turns. One in eight ends with another code than 137: the kernel killed a child process.
    pub(super) fn out_of_memory(nth: u64) -> Self {
        let (place, state) = [
            (Place::First, State::Last),
            (Place::First, State::Last),
            (Place::First, State::Now),
            (Place::Second, State::Last),
            (Place::Second, State::Now),
            (Place::Init, State::Last),
            (Place::Ephemeral, State::Now),
        ][(nth % 7) as usize];
        let exit_code = match nth % 16 {
            0 => 0,
            8 => 1,
            _ => 137,
        };
        Self::OutOfMemory { place, state, exit_code }
    }

    /// Of healthy pods one in twenty looks ill to a rule that looks badly.
    pub(super) fn harmless(nth: u64) -> Self {
        let ill = [Self::KilledByProbe, Self::RestartedOnce, Self::ImagePull, Self::Runbook];
        if nth % 20 == 7 { ill[(nth / 20 % 4) as usize] } else { Self::Healthy }
    }

    /// Whether the pod has an init container of its own.
    pub(super) fn has_init(self) -> bool {
        matches!(self, Self::CrashLoop(Place::Init) | Self::OutOfMemory { place: Place::Init, .. })
    }

    /// Whether somebody debugs the pod.
    pub(super) fn has_ephemeral(self) -> bool {
        matches!(self, Self::OutOfMemory { place: Place::Ephemeral, .. })
    }
}
