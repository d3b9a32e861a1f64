//! What has changed from one result to the next: findings that came, changed and went, and since
//! when each is known. Keeps the last events for whoever was away for a moment.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use rulebox_core::{Report, ReportedFinding};
use rulebox_report::view::FindingView;
use serde::Serialize;
use tokio::sync::watch;

/// So many events are kept. A client that was away for longer asks for the findings again.
const KEPT: usize = 1000;

/// What happened to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum FindingEventType {
    /// It was not there before.
    Added,
    /// It was there before, and says something else now.
    Changed,
    /// It is not there any more.
    Gone,
}

impl FindingEventType {
    /// The word in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }
}

/// What happened to a finding, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingEvent {
    /// Counts the events of this process, from 1.
    pub number: u64,
    /// What happened.
    pub event: FindingEventType,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen: now, unless it is gone.
    pub last_seen: Timestamp,
    /// The finding as it is, or as it was last.
    pub finding: Arc<ReportedFinding>,
}

/// An event as clients get it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "FindingEvent"))]
pub(crate) struct EventView {
    /// What happened: the name of the event, too.
    event: FindingEventType,
    /// When the finding was first seen: RFC 3339, UTC.
    first_seen: String,
    /// When it was last seen: RFC 3339, UTC.
    last_seen: String,
    /// The finding as it is, or as it was last.
    finding: FindingView,
}

impl FindingEvent {
    /// As JSON, on one line.
    pub fn json(&self) -> String {
        let view = EventView {
            event: self.event,
            first_seen: self.first_seen.to_string(),
            last_seen: self.last_seen.to_string(),
            finding: FindingView::from(&*self.finding),
        };
        let text = serde_json::to_string(&view).unwrap_or_default();
        rulebox_report::visible_json(&text)
    }
}

/// A finding that is there.
#[derive(Debug)]
struct Present {
    first_seen: Timestamp,
    last_seen: Timestamp,
    finding: Arc<ReportedFinding>,
}

/// Which findings are there, since when, and what happened lately.
#[derive(Debug)]
pub(crate) struct History {
    present: HashMap<(String, String), Present>,
    events: Arc<Events>,
}

impl History {
    pub(crate) fn new(events: Arc<Events>) -> Self {
        Self { present: HashMap::new(), events }
    }

    /// Compares a report with the last one. Gives since when each finding is known.
    pub(crate) fn see(
        &mut self,
        report: &Report,
        now: Timestamp,
    ) -> HashMap<(String, String), Timestamp> {
        let mut new = Vec::new();
        let mut gone = std::mem::take(&mut self.present);
        let mut first = HashMap::with_capacity(report.findings.len());
        for finding in &report.findings {
            let key = (finding.cluster.clone(), finding.fingerprint.clone());
            // A clock that was set back.
            let now = gone.get(&key).map_or(now, |it| now.max(it.first_seen));
            let (first_seen, finding) = match gone.remove(&key) {
                Some(known) if *known.finding == *finding => (known.first_seen, known.finding),
                Some(known) => {
                    let finding = Arc::new(finding.clone());
                    let event = FindingEventType::Changed;
                    new.push((event, known.first_seen, now, Arc::clone(&finding)));
                    (known.first_seen, finding)
                }
                None => {
                    let finding = Arc::new(finding.clone());
                    new.push((FindingEventType::Added, now, now, Arc::clone(&finding)));
                    (now, finding)
                }
            };
            first.insert(key.clone(), first_seen);
            self.present.insert(key, Present { first_seen, last_seen: now, finding });
        }
        let mut gone: Vec<_> = gone.into_iter().collect();
        gone.sort_by(|a, b| a.0.cmp(&b.0));
        let gone = gone
            .into_iter()
            .map(|(_, it)| (FindingEventType::Gone, it.first_seen, it.last_seen, it.finding));
        self.events.add(gone.chain(new));
        first
    }
}

/// The last events, for clients that follow them.
#[derive(Debug)]
pub struct Events {
    kept: Mutex<VecDeque<Arc<FindingEvent>>>,
    /// The number of the last event.
    last: watch::Sender<u64>,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::default(), last: watch::Sender::new(0) }
    }

    fn add(
        &self,
        new: impl Iterator<Item = (FindingEventType, Timestamp, Timestamp, Arc<ReportedFinding>)>,
    ) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut number = *self.last.borrow();
        for (event, first_seen, last_seen, finding) in new {
            number += 1;
            kept.push_back(Arc::new(FindingEvent {
                number,
                event,
                first_seen,
                last_seen,
                finding,
            }));
            if kept.len() > KEPT {
                kept.pop_front();
            }
        }
        drop(kept);
        self.last.send_if_modified(|it| std::mem::replace(it, number) != number);
    }

    /// The number of the last event, now and whenever it grows.
    pub fn last(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// The events behind this number; none if some of them are no longer kept.
    pub fn since(&self, number: u64) -> Option<Vec<Arc<FindingEvent>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let last = *self.last.borrow();
        let first = kept.front().map_or(last + 1, |it| it.number);
        if number > last || number + 1 < first {
            return None;
        }
        Some(kept.iter().filter(|it| it.number > number).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, at};

    fn report(findings: &[(&str, &str)]) -> Report {
        let finding = |(name, cause): &(&str, &str)| {
            let mut it = sample::finding("csdr", name);
            (*cause).clone_into(&mut it.finding.cause);
            it
        };
        Report { findings: findings.iter().map(finding).collect(), ..Report::default() }
    }

    /// Each report, and what happens when it is seen: event, finding, first and last time.
    #[track_caller]
    fn check(reports: &[&[(&str, &str)]], want: &[&[(&str, &str, i64, i64)]]) {
        let events = Arc::new(Events::new());
        let mut history = History::new(Arc::clone(&events));
        let mut last = 0;
        for ((nth, findings), want) in (0..).zip(reports).zip(want) {
            history.see(&report(findings), at(nth * 10));
            let new = events.since(last).expect("kept");
            last += new.len() as u64;
            let got: Vec<_> = new
                .iter()
                .map(|it| {
                    let name = it.finding.finding.subject.name.as_str();
                    let (first, last) = (it.first_seen.as_second(), it.last_seen.as_second());
                    (it.event.as_str(), name, first, last)
                })
                .collect();
            assert_eq!(got, *want, "report {nth}");
        }
    }

    #[test]
    fn findings_come_change_and_go() {
        check(
            &[&[("a", "x"), ("b", "x")], &[("a", "x"), ("b", "y")], &[("b", "y"), ("c", "x")], &[]],
            &[
                &[("added", "a", 0, 0), ("added", "b", 0, 0)],
                &[("changed", "b", 0, 10)],
                &[("gone", "a", 0, 10), ("added", "c", 20, 20)],
                &[("gone", "b", 0, 20), ("gone", "c", 20, 20)],
            ],
        );
    }

    #[test]
    fn nothing_was_last_seen_before_it_was_first_seen() {
        let events = Arc::new(Events::new());
        let mut history = History::new(Arc::clone(&events));
        history.see(&report(&[("a", "x")]), at(7200));
        history.see(&report(&[("a", "x")]), at(3600));
        history.see(&report(&[]), at(3610));
        let gone = events.since(1).expect("kept");
        assert_eq!((gone[0].first_seen, gone[0].last_seen), (at(7200), at(7200)));
    }

    #[test]
    fn who_was_away_for_too_long_is_told_so() {
        let events = Arc::new(Events::new());
        let mut history = History::new(Arc::clone(&events));
        assert_eq!(events.since(0), Some(Vec::new()));
        assert_eq!(events.since(7), None, "a number of another process");
        for nth in 0..i64::try_from(KEPT).expect("few") {
            let name = nth.to_string();
            history.see(&report(&[(&name, "")]), at(nth));
        }
        assert_eq!(events.since(0), None);
        let last = *events.last().borrow();
        assert_eq!(events.since(last - 3).expect("kept").len(), 3);
    }
}
