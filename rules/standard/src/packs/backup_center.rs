//! The pack `backup-center`: the ACK backup center (csdr), its components and the Velero that works for it.
//!
//! `rules` holds one rule a file, and nothing else; what several of them share stands beside it. Objects and settings first,
//! then facts (tasks and their twins, vaults, limits, components), then words (what messages mean, and how that gets into a
//! finding), and the pack itself last.

pub mod objects;
pub mod settings;

pub mod component_metrics;
pub mod components;
pub mod csdr_config;
pub mod outage;
pub mod tasks;

pub mod api_error;
pub mod catalogue;
pub mod diagnosis;
pub mod failures;
pub mod vaults;

pub mod rules;

mod pack;

pub use pack::{PACK, pack};
