// Generated from the files of this folder by `cargo xtask codegen`.

//! The rules of the pack `backup-center`.

pub mod backup_failed;
pub mod backup_stuck;
pub mod component_missing;
pub mod component_unhealthy;
pub mod migrate_controller_crash_loop;
pub mod vault_initializing_long;
pub mod vault_twin_drift;
pub mod vault_unavailable;
pub mod vault_validation_stale;
pub mod velero_oom_restarts;

/// All of them, by name.
#[rustfmt::skip]
pub static RULES: &[&rulebox_sdk::Rule] = &[
    &backup_failed::RULE,
    &backup_stuck::RULE,
    &component_missing::RULE,
    &component_unhealthy::RULE,
    &migrate_controller_crash_loop::RULE,
    &vault_initializing_long::RULE,
    &vault_twin_drift::RULE,
    &vault_unavailable::RULE,
    &vault_validation_stale::RULE,
    &velero_oom_restarts::RULE,
];
