//! How long a watch waits before it asks again.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use rulebox_core::backoff;

/// The first pause after a failure.
const FIRST: Duration = Duration::from_millis(500);

/// The longest pause. A cluster that comes back is seen within it; hundreds of clients that ask
/// every half minute are no load for a server that starts.
const LONGEST: Duration = Duration::from_secs(30);

/// The longest pause that a server may ask for. Beyond it, its word is no longer believed.
const LONGEST_ASKED: Duration = Duration::from_mins(10);

/// Pauses that double, each up to a half longer by chance, so that the watches of all replicas do
/// not come back in one moment.
#[derive(Debug)]
pub(super) struct Pauses {
    failures: u32,
    chance: RandomState,
}

impl Pauses {
    pub(super) fn new() -> Self {
        Self { failures: 0, chance: RandomState::new() }
    }

    /// The server did what it was asked.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The pause after one more failure; at least what the server asks for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let doubled = backoff(FIRST, LONGEST, self.failures);
        self.failures = self.failures.saturating_add(1);
        let pause = doubled + doubled * self.chance() / 512;
        pause.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }

    /// A moment within [`FIRST`], for what is known to be answered again.
    pub(super) fn soon(&self) -> Duration {
        FIRST * self.chance() / 256
    }

    /// 0 to 255.
    fn chance(&self) -> u32 {
        u32::try_from(self.chance.hash_one(self.failures) % 256).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_their_bound_and_begin_anew() {
        let mut pauses = Pauses::new();
        for failures in 0..40 {
            let doubled = FIRST.saturating_mul(1 << failures.min(10)).min(LONGEST);
            let pause = pauses.next(None);
            assert!(doubled <= pause && pause <= doubled * 3 / 2, "{failures}: {pause:?}");
        }
        pauses.reset();
        assert!(pauses.next(None) < FIRST * 2);
        assert_eq!(pauses.next(Some(Duration::from_secs(77))), Duration::from_secs(77));
        assert_eq!(pauses.next(Some(Duration::MAX)), LONGEST_ASKED);
    }
}
