//! Where the parts of a pack lie, below the root of the repository.
//!
//! The generator and the tests over the repository's files both read this file, so that they cannot
//! disagree.

/// The Rust name of a pack: `backup_center` of `backup-center`.
pub(crate) fn module(pack: &str) -> String {
    pack.replace('-', "_")
}

/// The folder of a pack's rules: one file each, and the generated `mod.rs`. A helper lies beside
/// this folder, so that nobody takes it for a rule.
pub(crate) fn rules_folder(pack: &str) -> String {
    format!("rules/standard/src/packs/{}/rules", module(pack))
}
