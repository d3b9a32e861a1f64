// Generated from the files of this folder by `cargo xtask codegen`.

//! The rules of the pack `backup-center`.

pub mod vault_unavailable;

/// All of them, by name.
#[rustfmt::skip]
pub static RULES: &[&rulebox_sdk::Rule] = &[
    &vault_unavailable::RULE,
];
