//! The plans of the cluster, by the names that labels of their runs have.

use rulebox_sdk::{Consulted, Coverage, Seen};

use crate::{
    packs::backup_center::{objects::velero, tasks::Task},
    velero::names,
};

/// The plans: Velero's Schedules.
pub struct Plans {
    names: Vec<String>,
    /// Whether one that was not seen does not exist.
    all: bool,
}

impl Plans {
    /// Reads them once.
    pub fn read(schedules: &Consulted<'_, velero::Schedule>) -> Self {
        Self::new(schedules, schedules.coverage())
    }

    /// Those of a rule that is about them.
    pub fn new(
        schedules: impl IntoIterator<Item = Seen<velero::Schedule>>,
        coverage: Coverage,
    ) -> Self {
        Self {
            names: schedules.into_iter().map(|it| it.name().to_owned()).collect(),
            all: coverage == Coverage::Complete,
        }
    }

    /// Whether the plan of a run was deleted. Where no Schedule exists, a name that only ends as
    /// that of a run does not prove that there was a plan.
    pub fn lost(&self, task: &Task) -> bool {
        let is_run = task.is_labelled || !self.names.is_empty();
        self.all
            && is_run
            && !task.plan.is_empty()
            && !self.names.iter().any(|it| names::means(&task.plan, it))
    }
}
