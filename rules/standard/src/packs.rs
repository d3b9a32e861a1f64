// Generated from the folders of `rules-wasm/packs` by `cargo xtask codegen`.

//! The built-in packs: a folder each, and none knows another.

pub mod backup_center;

/// All of them, by name.
#[rustfmt::skip]
pub static PACKS: &[&crate::built_in::BuiltIn] = &[
    &backup_center::PACK,
];
