//! The built-in rules: one rule, one file, in the folder of its pack, with its documentation and nothing but logic.
//!
//! What several rules share stands beside the folders, from facts to words: [`objects`] the shapes of Kubernetes objects,
//! [`tasks`] backups and restores with their twins, [`told`] who says why something failed, [`oss`] and [`catalogue`] what
//! the messages mean, [`diagnosis`] how that gets into a finding, [`packs`] the packs and their settings. This crate knows nothing about WebAssembly, dumps or clusters: a
//! rule sees objects.

pub mod backup_center;
pub mod catalogue;
pub mod component_metrics;
pub mod components;
pub mod diagnosis;
pub mod kills;
pub mod objects;
pub mod oss;
pub mod packs;
pub mod tasks;
pub mod told;
