//! The built-in rules: one rule, one file, in `packs/<pack>/rules`, with its documentation and
//! nothing but logic.
//!
//! Arrows go one way: a pack knows [`velero`], [`kubernetes`] and the SDK; [`velero`] knows
//! [`kubernetes`]; neither knows a pack, and no pack knows another. [`version`] knows nothing but
//! text.
//!
//! This crate knows nothing about WebAssembly, dumps or clusters: a rule sees objects.

pub mod built_in;
pub mod version;

pub mod kubernetes;
pub mod velero;

pub mod packs;

pub use packs::PACKS;
