//! What was logged of failures that go on: each once, and again after an hour.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// A failure that goes on is logged again after this: whoever reads the last lines of a log finds
/// it there, and it hides nothing else.
const AGAIN: Duration = Duration::from_hours(1);

/// Beyond so many failures of one kind all are forgotten, and logged anew.
const MOST: usize = 1000;

/// What was logged, by what fails and why.
#[derive(Debug, Default)]
pub struct Told(HashMap<(String, String), Instant>);

impl Told {
    /// Whether to log that this fails for this reason. Reasons that differ in numbers alone, as in
    /// how long ago a certificate has expired, are one.
    pub fn fails(&mut self, what: &str, reason: &str) -> bool {
        let key = (what.to_owned(), without_numbers(reason));
        let known = self.0.get(&key).is_some_and(|it| it.elapsed() < AGAIN);
        if !known {
            if self.0.len() >= MOST {
                self.0.clear();
            }
            self.0.insert(key, Instant::now());
        }
        !known
    }

    /// Notes that this works. Whether it has failed before.
    pub fn works(&mut self, what: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|it, _| it.0 != what);
        self.0.len() < before
    }
}

fn without_numbers(reason: &str) -> String {
    reason.split(|it: char| it.is_ascii_digit()).filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_goes_on_is_told_once_an_hour() {
        let expired = |seconds: u64| format!("certificate expired: {seconds} seconds ago");
        let mut told = Told::default();
        let begun = Instant::now();
        let mut lines = 0;
        for second in 0..7200 {
            lines += usize::from(told.fails("pods", &expired(second)));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!((lines, begun.elapsed()), (2, Duration::from_hours(2)));
    }

    #[test]
    fn another_failure_is_told() {
        let mut told = Told::default();
        assert!(told.fails("pods", "403"));
        assert!(told.fails("nodes", "403"));
        assert!(told.fails("pods", "the connection failed"));
        assert!(!told.fails("pods", "403"), "it was told within the hour");
        assert!(told.works("pods") && !told.works("pods"));
        assert!(told.fails("pods", "403"), "it has worked in between");
        assert!(!told.fails("nodes", "403"));
    }

    #[test]
    fn what_is_forgotten_is_told_anew() {
        let mut told = Told::default();
        for nth in 0..=MOST {
            assert!(told.fails(&"x".repeat(nth), ""));
        }
        assert!(told.fails("", ""));
    }
}
