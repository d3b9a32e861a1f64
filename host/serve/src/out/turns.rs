//! When an output writes next: when there is another result, at least so often, and after a failure
//! not before a pause. What is written is not known here.

use std::{sync::Arc, time::Duration};

use rulebox_core::backoff;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};

use crate::Published;

/// Between two turns. While a cluster is in turmoil, results follow each other five times a second;
/// nobody who is alerted is that quick.
const SHORTEST: Duration = Duration::from_secs(1);

/// After the first failure; each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause: whoever has mended what was broken waits no longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// Says when it is an output's turn.
pub(super) struct Turns {
    published: watch::Receiver<Option<Arc<Published>>>,
    /// At least so often, whether the result has changed or not.
    every: Duration,
    last: Option<Instant>,
    failures: u32,
    /// What is left to do is tried again after this, whether the result has changed or not.
    again: Option<Duration>,
}

impl Turns {
    pub(super) fn new(
        mut published: watch::Receiver<Option<Arc<Published>>>,
        every: Duration,
    ) -> Self {
        published.mark_changed();
        Self { published, every, last: None, failures: 0, again: None }
    }

    /// Waits for the next turn, and gives the result that is written then; none if there will be no
    /// other.
    pub(super) async fn next(&mut self) -> Option<Arc<Published>> {
        if let Some(last) = self.last {
            let pause = self.pause();
            sleep_until(last + pause).await;
            if self.failures == 0 && self.again.is_none() {
                let until = (last + self.every).max(Instant::now());
                if let Ok(ended) = timeout_at(until, self.published.changed()).await {
                    ended.ok()?;
                }
            }
        }
        let published = self.published.wait_for(Option::is_some).await.ok()?.clone()?;
        (self.last, self.again) = (Some(Instant::now()), None);
        Some(published)
    }

    /// All was written.
    pub(super) fn worked(&mut self) {
        self.failures = 0;
    }

    /// Something was not. Says after how long it is tried again.
    pub(super) fn failed(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.pause()
    }

    /// Something is left to do.
    pub(super) fn again_after(&mut self, pause: Duration) {
        self.again = Some(pause);
    }

    fn pause(&self) -> Duration {
        match self.failures {
            0 => self.again.unwrap_or_default().max(SHORTEST),
            it => backoff(FIRST_PAUSE, LONGEST_PAUSE, it - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(number: u64) -> Arc<Published> {
        let mut published = crate::sample::published(0, Vec::new(), Vec::new());
        published.number = number;
        Arc::new(published)
    }

    /// The second at which the next turn is, and the number of its result.
    async fn next(turns: &mut Turns, begun: Instant) -> (u64, u64) {
        let published = turns.next().await.expect("a result");
        (begun.elapsed().as_secs(), published.number)
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_comes_with_each_result_and_at_least_so_often() {
        let (results, receiver) = watch::channel(None);
        let (begun, mut turns) = (Instant::now(), Turns::new(receiver, Duration::from_mins(1)));
        assert!(tokio::time::timeout(Duration::from_secs(90), turns.next()).await.is_err());
        results.send_replace(Some(published(1)));
        assert_eq!(next(&mut turns, begun).await, (90, 1));
        assert_eq!(next(&mut turns, begun).await, (150, 1), "a minute later, though unchanged");
        results.send_replace(Some(published(2)));
        results.send_replace(Some(published(3)));
        assert_eq!(next(&mut turns, begun).await, (151, 3), "the last of several, a second later");
        drop(results);
        assert!(turns.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_tried_again_after_pauses_that_grow() {
        let (results, receiver) = watch::channel(Some(published(1)));
        let (begun, mut turns) = (Instant::now(), Turns::new(receiver, Duration::from_mins(1)));
        let mut seen = Vec::new();
        for number in 2..10 {
            seen.push(next(&mut turns, begun).await.0);
            turns.failed();
            results.send_replace(Some(published(number)));
        }
        assert_eq!(seen, [0, 5, 15, 35, 75, 155, 275, 395], "another result shortens no pause");
        assert_eq!(next(&mut turns, begun).await, (515, 9));
        turns.worked();
        assert_eq!(next(&mut turns, begun).await.0, 575);
        turns.again_after(Duration::from_secs(3));
        assert_eq!(next(&mut turns, begun).await.0, 578);
        drop(results);
    }
}
