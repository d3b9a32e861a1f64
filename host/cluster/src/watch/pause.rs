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

/// The longest pause that a server may ask for. Beyond it, its word is no longer believed: one
/// that is ready in a moment must not be waited for as long as a broken answer says.
const LONGEST_ASKED: Duration = Duration::from_secs(30);

/// The longest pause after a failure for which the server says when it wants to be asked.
const LONGEST_BESIDE: Duration = Duration::from_secs(4);

/// Pauses that double, each up to a half longer by chance, so that the watches of all replicas do
/// not come back in one moment.
#[derive(Debug)]
pub(super) struct Pauses {
    longest: Duration,
    failures: u32,
    chance: RandomState,
}

impl Pauses {
    /// Pauses of at most this length, and never longer than [`LONGEST`].
    pub(super) fn new(longest: Duration) -> Self {
        Self { longest: longest.clamp(FIRST, LONGEST), failures: 0, chance: RandomState::new() }
    }

    /// The server did what it was asked.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The pause after one more failure; at least what the server asks for, and then not much more.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let longest = asked.map_or(self.longest, |_| self.longest.min(LONGEST_BESIDE));
        let doubled = backoff(FIRST, longest, self.failures);
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
        let mut pauses = Pauses::new(Duration::MAX);
        for failures in 0..40 {
            let doubled = FIRST.saturating_mul(1 << failures.min(10)).min(LONGEST);
            let pause = pauses.next(None);
            assert!(doubled <= pause && pause <= doubled * 3 / 2, "{failures}: {pause:?}");
        }
        pauses.reset();
        assert!(pauses.next(None) < FIRST * 2);
        assert_eq!(pauses.next(Some(Duration::from_secs(17))), Duration::from_secs(17));
        assert_eq!(pauses.next(Some(Duration::MAX)), LONGEST_ASKED);
        // A server that says when it is ready is asked about then, however often it has failed.
        (0..9).for_each(|_| _ = pauses.next(None));
        assert!(pauses.next(Some(Duration::from_secs(1))) <= LONGEST_BESIDE * 3 / 2);
        let mut short = Pauses::new(Duration::from_secs(2));
        assert!((0..9).all(|_| short.next(None) <= Duration::from_secs(3)));
    }
}
