// Generated from the files of this folder by `cargo xtask codegen`.

//! The rules of the pack `backup-center`.

pub mod backup_failed;
pub mod migrate_controller_crash_loop;
pub mod vault_unavailable;
pub mod velero_oom_restarts;

/// All of them, by name.
#[rustfmt::skip]
pub static RULES: &[&rulebox_sdk::Rule] = &[
    &backup_failed::RULE,
    &migrate_controller_crash_loop::RULE,
    &vault_unavailable::RULE,
    &velero_oom_restarts::RULE,
];
