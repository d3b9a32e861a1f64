// Generated from the files of this folder by `cargo xtask codegen`.

//! The rules of the pack `backup-center`.

pub mod backup_failed;
pub mod backup_partially_failed;
pub mod backup_stuck;
pub mod backup_warning_event;
pub mod backups_none_recent;
pub mod component_missing;
pub mod component_unhealthy;
pub mod component_version;
pub mod conversion_failed;
pub mod hbr_client_unhealthy;
pub mod migrate_controller_crash_loop;
pub mod namespace_terminating;
pub mod restore_failed;
pub mod restore_incomplete;
pub mod vault_initializing_long;
pub mod vault_twin_drift;
pub mod vault_unavailable;
pub mod vault_validation_stale;
pub mod velero_oom_restarts;

/// All of them, by name.
#[rustfmt::skip]
pub static RULES: &[&rulebox_sdk::Rule] = &[
    &backup_failed::RULE,
    &backup_partially_failed::RULE,
    &backup_stuck::RULE,
    &backup_warning_event::RULE,
    &backups_none_recent::RULE,
    &component_missing::RULE,
    &component_unhealthy::RULE,
    &component_version::RULE,
    &conversion_failed::RULE,
    &hbr_client_unhealthy::RULE,
    &migrate_controller_crash_loop::RULE,
    &namespace_terminating::RULE,
    &restore_failed::RULE,
    &restore_incomplete::RULE,
    &vault_initializing_long::RULE,
    &vault_twin_drift::RULE,
    &vault_unavailable::RULE,
    &vault_validation_stale::RULE,
    &velero_oom_restarts::RULE,
];
