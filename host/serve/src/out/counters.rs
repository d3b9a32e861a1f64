//! How often something was written elsewhere, and what came of it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// What is written elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Output {
    /// Alerts, to Alertmanager.
    Alertmanager,
    /// Events, to the cluster.
    Events,
    /// Reports, to the cluster.
    Reports,
}

impl Output {
    /// The word in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alertmanager => "alertmanager",
            Self::Events => "events",
            Self::Reports => "reports",
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Became {
    /// It was accepted.
    Ok,
    /// It was refused, or there was no answer. It is tried again.
    Failed,
    /// It was one too many.
    LeftOut,
}

impl Became {
    const ALL: [Self; 3] = [Self::Ok, Self::Failed, Self::LeftOut];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::LeftOut => "left_out",
        }
    }
}

/// Counts alerts, events and reports that were written. They begin at 0 for each output that there
/// is, so that the first failure is a rise.
#[derive(Debug, Default)]
pub struct Counters(Mutex<BTreeMap<(Output, Became), u64>>);

impl Counters {
    /// All at 0.
    pub fn new(outputs: impl IntoIterator<Item = Output>) -> Self {
        let all = outputs.into_iter().flat_map(|it| Became::ALL.map(|became| ((it, became), 0)));
        Self(Mutex::new(all.collect()))
    }

    pub(crate) fn add(&self, output: Output, became: Became, number: usize) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *all.entry((output, became)).or_default() += number as u64;
    }

    /// Output, what became of it, and how often.
    pub(crate) fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(it, number)| (it.0.as_str(), it.1.as_str(), *number)).collect()
    }
}
