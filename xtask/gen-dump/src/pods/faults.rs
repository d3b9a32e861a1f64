//! The states of pods, healthy and faulty.

/// The state of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Healthy,
    /// A container waits in `CrashLoopBackOff`.
    CrashLoop(Place),
    /// A container was killed because of its memory, and ended with this code.
    OutOfMemory {
        place: Place,
        state: State,
        exit_code: u8,
    },
    /// Looks like a fault of memory and is none: SIGKILL after a failed probe.
    KilledByProbe,
    /// A container was restarted once, long ago, and is healthy.
    RestartedOnce,
    /// A container waits for its image, not because of a crash.
    ImagePull,
    /// An annotation mentions faults; the pod has none.
    Runbook,
}

/// Which container of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    First,
    Second,
    /// An init container. If it was killed, it is a sidecar (`restartPolicy: Always`).
    Init,
    /// Added by `kubectl debug`.
    Ephemeral,
}

/// Which field of the status shows the kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// `state`: the container is down.
    Now,
    /// `lastState`: the container was started again.
    Last,
}

impl Condition {
    /// The places take turns.
    pub(super) fn crash_loop(nth: u64) -> Self {
        let places = [Place::First, Place::First, Place::Second, Place::Init];
        Self::CrashLoop(places[(nth % 4) as usize])
    }

    /// The places take turns. One in eight ends with another code than 137, because the kernel
    /// killed a child process.
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

    /// One healthy pod in twenty looks faulty to a careless rule.
    pub(super) fn harmless(nth: u64) -> Self {
        let ill = [Self::KilledByProbe, Self::RestartedOnce, Self::ImagePull, Self::Runbook];
        if nth % 20 == 7 { ill[(nth / 20 % 4) as usize] } else { Self::Healthy }
    }

    /// Whether the pod has an init container of its own.
    pub(super) fn has_init(self) -> bool {
        matches!(self, Self::CrashLoop(Place::Init) | Self::OutOfMemory { place: Place::Init, .. })
    }

    /// Whether the pod has an ephemeral container for debugging.
    pub(super) fn has_ephemeral(self) -> bool {
        matches!(self, Self::OutOfMemory { place: Place::Ephemeral, .. })
    }
}
