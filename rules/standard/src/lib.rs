//! The built-in rules: one rule, one file, in the folder of its pack, with its documentation and nothing but logic.
//!
//! What several rules share stands beside the folders: [`objects`] the shapes of Kubernetes objects, [`packs`] the packs
//! and their settings. This crate knows nothing about WebAssembly, dumps or clusters: a rule sees objects.

pub mod backup_center;
pub mod objects;
pub mod packs;
