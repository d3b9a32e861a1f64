//! How a serving process evaluates, and by which clock.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;

/// How a serving process evaluates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// All rules are evaluated at least so often, because ages grow by themselves.
    pub interval: Duration,
    /// After a change nothing else must change for so long, so that what belongs together (an
    /// object and the event of it) is seen together.
    pub settle: Duration,
    /// A change waits no longer than this, whatever else changes.
    pub settle_at_most: Duration,
    /// What a lost watch has shown counts for so long.
    pub stale_after: Duration,
    /// The most series of one scrape.
    pub max_series: usize,
}

/// A minute is the resolution of ages in messages. The events of one change reach all watches
/// within a few milliseconds; 200 ms leave room for a busy server, and a second in all is as long
/// as a person takes to look.
impl Default for Options {
    fn default() -> Self {
        Self {
            interval: Duration::from_mins(1),
            settle: Duration::from_millis(200),
            settle_at_most: Duration::from_millis(700),
            stale_after: Duration::from_mins(5),
            max_series: rulebox_report::DEFAULT_MAX_SERIES,
        }
    }
}

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that says what the function says.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
