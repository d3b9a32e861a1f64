//! The result that is served: one report, and what follows from it. Exchanged as a whole, so that
//! whoever reads it sees one moment.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
    time::Duration,
};

use jiff::Timestamp;
use rulebox_core::{Report, ReportedFinding};
use rulebox_report::view::ReportView;
use tokio::{sync::watch, time::Instant};

/// A result, and what is known beside the report.
#[derive(Debug)]
pub struct Published {
    /// Counts the results of this process, from 1.
    pub number: u64,
    /// In its canonical order.
    pub report: Report,
    /// When each finding was first seen by this process, by cluster and fingerprint.
    pub first_seen: HashMap<(String, String), Timestamp>,
    /// When the evaluation ended.
    pub at: Timestamp,
    /// The same by a clock that nobody sets: how long ago something was is counted by it.
    pub(crate) made: Instant,
    /// How long it took.
    pub took: Duration,
    /// How long each pack took when it was asked last; of several clusters the longest.
    pub packs_took: BTreeMap<String, Duration>,
    view: OnceLock<Arc<ReportView>>,
    page: OnceLock<Arc<str>>,
}

impl Published {
    /// A result.
    pub(crate) fn new(
        number: u64,
        report: Report,
        first_seen: HashMap<(String, String), Timestamp>,
        at: Timestamp,
        took: Duration,
        packs_took: BTreeMap<String, Duration>,
    ) -> Self {
        let made = Instant::now();
        let (view, page) = (OnceLock::new(), OnceLock::new());
        Self { number, report, first_seen, at, made, took, packs_took, view, page }
    }

    /// When this process first saw a finding of the report.
    pub(crate) fn first_seen_of(&self, finding: &ReportedFinding) -> Timestamp {
        let key = (finding.cluster.clone(), finding.fingerprint.clone());
        self.first_seen.get(&key).copied().unwrap_or(self.at)
    }

    /// The report as its JSON has it; made once, for whoever asks first.
    pub fn view(&self) -> Arc<ReportView> {
        Arc::clone(self.view.get_or_init(|| Arc::new(ReportView::from(&self.report))))
    }

    /// The report as a page; made once, for whoever asks first.
    pub(crate) fn page(&self, make: impl FnOnce() -> String) -> Arc<str> {
        Arc::clone(self.page.get_or_init(|| make().into()))
    }
}

/// A cluster that is served, and how its watches are.
#[derive(Debug, Clone)]
pub struct Health {
    /// The name of the context, or `in-cluster`.
    pub cluster: String,
    /// How its watches are now.
    pub health: watch::Receiver<rulebox_cluster::Health>,
}

/// Whether the files that changed last could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reloads {
    /// Whether they could.
    pub ok: bool,
    /// When they were read.
    pub at: Timestamp,
}
