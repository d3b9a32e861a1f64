//! Who of several replicas leads, as a state machine: what is asked of the Lease next, and what
//! follows from the answer. It asks nothing itself, and knows time only as it is told.
//!
//! The rules are those of client-go. A process leads for a while from the moment at which it *sent*
//! the renewal that was accepted; others believe a Lease that they have *seen* change for a longer
//! while. Both count by their own clocks, never by the times that stand in the Lease, so two lead
//! at once only where clocks run at speeds that differ by half. What was sent before leadership was
//! lost may still arrive later.

use std::time::Duration;

/// How long what holds. The numbers of client-go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    /// A Lease that nobody renews is free after this.
    pub(crate) duration: Duration,
    /// Who cannot renew it for so long leads no more.
    pub(crate) deadline: Duration,
    /// Between two attempts.
    pub(crate) retry: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(15),
            deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

/// What a Lease says that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Who holds it; empty where it was released.
    pub(crate) holder: String,
    /// How long it holds unless it is renewed.
    pub(crate) duration: Duration,
    /// Changes with each write.
    pub(crate) version: String,
}

/// What is asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    /// What the Lease says.
    Get,
    /// A Lease of ours, where there is none.
    Create,
    /// That it is ours, if it is still of this version. `taken`: it was not ours before.
    Replace { version: String, taken: bool },
    /// Nothing: another holds it.
    Wait,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is this.
    Found(Record),
    /// There is none.
    Absent,
    /// It was written, and is this now.
    Written(Record),
    /// Somebody else has written it.
    Conflict,
    /// It is not known.
    Failed,
}

/// Where the Lease stands, as far as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Unknown,
    Absent,
    /// And when it was first seen like this.
    There(Record, Duration),
}

/// One of those that want to lead. Times count from a moment that it does not know.
#[derive(Debug)]
pub(crate) struct Elector {
    me: String,
    timing: Timing,
    seen: Seen,
    /// Whether the last thing seen may be old, so that it is asked for first.
    stale: bool,
    leads_until: Option<Duration>,
}

impl Elector {
    pub(crate) fn new(me: &str, timing: Timing) -> Self {
        let (seen, stale, leads_until) = (Seen::Unknown, true, None);
        Self { me: me.to_owned(), timing, seen, stale, leads_until }
    }

    /// Whether it leads.
    pub(crate) fn leads(&self, now: Duration) -> bool {
        self.leads_until.is_some_and(|it| now < it)
    }

    /// When it leads no more, unless it renews the Lease.
    pub(crate) fn leads_until(&self) -> Option<Duration> {
        self.leads_until
    }

    /// What to ask now.
    pub(crate) fn ask(&self, now: Duration) -> Ask {
        if self.stale {
            return Ask::Get;
        }
        match &self.seen {
            Seen::Unknown => Ask::Get,
            Seen::Absent => Ask::Create,
            Seen::There(record, since) => {
                let ours = record.holder == self.me;
                let free = record.holder.is_empty() || now >= *since + record.duration;
                if ours || free {
                    Ask::Replace { version: record.version.clone(), taken: !ours }
                } else {
                    Ask::Wait
                }
            }
        }
    }

    /// Takes an answer to what was sent at a moment.
    pub(crate) fn answered(&mut self, sent: Duration, now: Duration, answer: Answer) {
        match answer {
            Answer::Found(record) => {
                if record.holder != self.me {
                    self.leads_until = None;
                }
                self.stale = false;
                self.see(record, now);
            }
            Answer::Absent => {
                // Somebody has deleted it: others may make one at once.
                (self.seen, self.stale, self.leads_until) = (Seen::Absent, false, None);
            }
            Answer::Written(record) => {
                self.leads_until = Some(sent + self.timing.deadline);
                self.stale = false;
                self.see(record, now);
            }
            // Also what was not answered may have been written.
            Answer::Conflict | Answer::Failed => self.stale = true,
        }
    }

    fn see(&mut self, record: Record, now: Duration) {
        if !matches!(&self.seen, Seen::There(known, _) if *known == record) {
            self.seen = Seen::There(record, now);
        }
    }

    /// When to ask again: at once where an answer shows that something can be done, after a pause
    /// otherwise.
    pub(crate) fn pause(&mut self, last: &Ask, now: Duration) -> Duration {
        let acts = matches!(last, Ask::Get) && !self.stale && self.ask(now) != Ask::Wait;
        if acts {
            return Duration::ZERO;
        }
        // What another holds is looked at again; what is ours is renewed without looking.
        self.stale |= self.ask(now) == Ask::Wait;
        self.timing.retry
    }

    /// It leads no more, by its own will. What to ask, so that another can lead at once.
    pub(crate) fn resign(&mut self) -> Option<String> {
        self.leads_until = None;
        match &self.seen {
            Seen::There(record, _) if record.holder == self.me => Some(record.version.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
