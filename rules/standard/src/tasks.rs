//! Backups and restores as people speak of them: the object of the backup center and its twin in Velero, which has the same
//! name, taken together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rulebox_sdk::{Object, ObjectRef, Seen};

use crate::{
    objects::{
        csdr::{ApplicationBackup, ApplicationRestore, VaultAnnotation},
        velero,
    },
    told::{Told, Warnings},
};

/// A backup.
pub struct Backup {
    /// The object of the backup center.
    pub seen: Seen<ApplicationBackup>,
    twin: Option<Seen<velero::Backup>>,
    /// What the backup itself remembers of its vault.
    pub vault: VaultAnnotation,
}

impl Backup {
    /// Joins backups with their twins, in the order of names.
    pub fn join(
        backups: impl IntoIterator<Item = Seen<ApplicationBackup>>,
        twins: impl IntoIterator<Item = Seen<velero::Backup>>,
    ) -> Vec<Self> {
        let mut twins = by_name(twins);
        let join = |seen: Seen<ApplicationBackup>| {
            let annotation = &seen.metadata.annotations.backup_locations;
            let mut vault: VaultAnnotation = serde_json::from_str(annotation).unwrap_or_default();
            if !seen.spec.storage_location.is_empty() {
                vault.name.clone_from(&seen.spec.storage_location);
            }
            Self { twin: twins.remove(seen.name()), vault, seen }
        };
        backups.into_iter().map(join).collect()
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.seen.name()
    }

    /// `Failed`, `Completed` and so on.
    pub fn phase(&self) -> &str {
        &self.seen.status.phase
    }

    /// The plan that it is a run of; empty for one that a person started. Velero says it in a label; else a name that ends
    /// in the time of a run, as Velero names them, tells it.
    pub fn plan(&self) -> &str {
        match &self.twin {
            Some(twin) if !twin.metadata.labels.schedule_name.is_empty() => {
                &twin.metadata.labels.schedule_name
            }
            _ => plan_of(self.name()),
        }
    }

    /// When it was asked for.
    pub fn created(&self) -> Option<Timestamp> {
        self.seen.metadata.creation_timestamp
    }

    /// When it ended, as far as either object tells.
    pub fn ended(&self) -> Option<Timestamp> {
        let own = *self.seen.status.completion_timestamp;
        own.or_else(|| self.twin.as_ref()?.status.completion_timestamp)
    }

    /// What is said of it, the best witness first.
    pub fn told(&self, warnings: &Warnings) -> Vec<Told> {
        let message = self.seen.status.message.as_deref().unwrap_or_default();
        let own = Told::by(&self.seen, "status.message", message);
        let warning = warnings.newest(self.seen.reference());
        own.into_iter().chain(warning).chain(self.twin.iter().flat_map(told_by_twin)).collect()
    }
}

fn told_by_twin(twin: &Seen<velero::Backup>) -> impl Iterator<Item = Told> + use<> {
    let reason = Told::by(twin, "status.failureReason", &twin.status.failure_reason);
    let refusal = twin.status.validation_errors.join("; ");
    reason.into_iter().chain(Told::by(twin, "status.validationErrors", &refusal))
}

/// The name of a run without the time at its end: `orders-daily` of `orders-daily-20260915020000`.
fn plan_of(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((plan, time)) if time.len() == 14 && time.bytes().all(|it| it.is_ascii_digit()) => {
            plan
        }
        _ => "",
    }
}

fn by_name<T: Object>(objects: impl IntoIterator<Item = Seen<T>>) -> BTreeMap<String, Seen<T>> {
    objects.into_iter().map(|it| (it.name().to_owned(), it)).collect()
}

/// A backup or a restore: when it ran, and what became of it.
pub struct Task {
    /// The object of the backup center.
    pub object: ObjectRef,
    /// `InProgress`, `Failed` and so on.
    pub phase: String,
    /// When it was asked for.
    pub began: Option<Timestamp>,
    /// When it ended, as far as either object tells.
    pub ended: Option<Timestamp>,
    /// What Velero says of its end.
    pub told: Vec<Told>,
}

impl Task {
    /// Whether it is a restore.
    pub fn is_restore(&self) -> bool {
        self.object.kind == ApplicationRestore::KIND
    }
}

impl From<&Backup> for Task {
    fn from(backup: &Backup) -> Self {
        Self {
            object: backup.seen.reference().clone(),
            phase: backup.phase().to_owned(),
            began: backup.created(),
            ended: backup.ended(),
            told: backup.twin.iter().flat_map(told_by_twin).collect(),
        }
    }
}

/// Joins restores with their twins.
pub fn restores(
    restores: impl IntoIterator<Item = Seen<ApplicationRestore>>,
    twins: impl IntoIterator<Item = Seen<velero::Restore>>,
) -> Vec<Task> {
    let twins = by_name(twins);
    let join = |seen: Seen<ApplicationRestore>| {
        let twin = twins.get(seen.name());
        let told =
            twin.and_then(|it| Told::by(it, "status.failureReason", &it.status.failure_reason));
        Task {
            object: seen.reference().clone(),
            phase: seen.status.phase.clone(),
            began: seen.metadata.creation_timestamp,
            ended: (*seen.status.completion_timestamp)
                .or_else(|| twin?.status.completion_timestamp),
            told: told.into_iter().collect(),
        }
    };
    restores.into_iter().map(join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_known_by_the_time_in_its_name() {
        assert_eq!(plan_of("orders-daily-20260915020000"), "orders-daily");
        assert_eq!(plan_of("orders-2026"), "");
        assert_eq!(plan_of("orders-2026091502000x"), "");
        assert_eq!(plan_of("orders"), "");
    }
}
