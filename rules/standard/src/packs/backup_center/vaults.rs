//! The vaults of the cluster, by the names that tasks use; some no longer exist.

use std::collections::BTreeMap;

use rulebox_sdk::{Consulted, Coverage, ObjectRef, Seen};

use crate::packs::backup_center::{diagnosis::Names, objects::csdr::BackupLocation, tasks::Task};

/// The vaults, by name.
pub struct Vaults {
    seen: BTreeMap<String, Seen<BackupLocation>>,
    /// Whether one that was not seen does not exist.
    pub all: bool,
}

impl Vaults {
    /// Reads them once.
    pub fn read(vaults: &Consulted<'_, BackupLocation>) -> Self {
        Self {
            seen: vaults.iter().map(|it| (it.name().to_owned(), it)).collect(),
            all: vaults.coverage() == Coverage::Complete && vaults.unreadable().is_empty(),
        }
    }

    /// The names for a task: from its vault, or from its annotation if the vault is gone.
    pub fn names<'a>(&'a self, task: &'a Task) -> Names<'a> {
        let vault = &task.vault;
        let names = match self.seen.get(&vault.name) {
            Some(seen) => Names::of_vault(seen),
            None => Names {
                vault: &vault.name,
                bucket: &vault.bucket,
                region: &vault.region,
                ..Names::default()
            },
        };
        Names { backup: &task.backup, task: Some(task), ..names }
    }

    /// A vault that was seen.
    pub fn get(&self, name: &str) -> Option<&Seen<BackupLocation>> {
        self.seen.get(name)
    }

    /// Whether a vault was seen.
    pub fn has(&self, name: &str) -> bool {
        self.seen.contains_key(name)
    }

    /// A vault, which need not exist.
    pub fn reference(&self, name: &str) -> ObjectRef {
        self.seen.get(name).map_or_else(|| BackupLocation::named(name), |it| it.reference().clone())
    }

    /// `Available` and so on; empty where it was not seen.
    pub fn phase(&self, name: &str) -> &str {
        self.seen.get(name).map_or("", |it| &it.status.phase)
    }
}
