//! How packs come from registries, as clap parses it: for each command that takes `--pack`. What it
//! means is decided elsewhere.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use rulebox_core::shell_word;

/// The file of the lock, where none was typed.
pub(crate) const LOCK: &str = "rulebox.lock";

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Packs of registries")]
pub(crate) struct FromRegistries {
    /// A public key, PEM, by one of which each pack of a registry must be signed; repeatable. Else
    /// `signatures` of the configuration says it; without either such packs are refused.
    #[arg(long = "require-signature", value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) keys: Vec<PathBuf>,
    /// Use packs of registries that nobody known has signed.
    #[arg(long, conflicts_with = "keys")]
    pub(crate) allow_unsigned: bool,
    /// The file that says which pack a tag stands for; by default rulebox.lock in this folder,
    /// where there is one. `rulebox rules lock` writes it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) lock: Option<PathBuf>,
    /// Refuse a tag that the lock does not have.
    #[arg(long)]
    pub(crate) locked: bool,
    /// Ask no registry: only packs that were pulled or loaded before are used.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Whether the command writes the lock, which need not be there yet.
    #[arg(skip)]
    pub(crate) begins_lock: bool,
}

impl FromRegistries {
    /// The file of the lock, whether or not it is there.
    pub(crate) fn lock(&self) -> PathBuf {
        self.lock.clone().unwrap_or_else(|| LOCK.into())
    }

    /// Files that are read.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.keys.iter().cloned().chain([self.lock()]).collect()
    }

    /// The same arguments for another command, each behind a blank.
    pub(crate) fn again(&self) -> String {
        let Self { keys, allow_unsigned, lock, locked, offline, begins_lock: _ } = self;
        let word = |option: &str, path: &PathBuf| {
            format!(" {option} {}", shell_word(&path.to_string_lossy()))
        };
        let keys = keys.iter().map(|it| word("--require-signature", it));
        let lock = lock.iter().map(|it| word("--lock", it));
        let flags =
            [(allow_unsigned, " --allow-unsigned"), (locked, " --locked"), (offline, " --offline")];
        let flags = flags.into_iter().filter(|it| *it.0).map(|it| it.1.to_owned());
        keys.chain(lock).chain(flags).collect()
    }
}
