//! The pack `backup-center`: the ACK backup center (csdr), its components and the Velero that works
//! for it.
//!
//! `rules` holds one rule per file, and nothing else; what rules share is beside it: objects and
//! settings; facts (tasks with their twins, components, outages); texts (what messages mean, and
//! how that becomes a finding); and the pack itself.

pub mod objects;
pub mod settings;

pub mod component_metrics;
pub mod components;
pub mod csdr_config;
pub mod outage;
pub mod plans;
pub mod spans;
pub mod tasks;

pub mod api_error;
pub mod catalogue;
pub mod clues;
pub mod culprits;
pub mod diagnosis;
pub mod failures;
pub mod vaults;

pub mod rules;

mod pack;

pub use pack::{PACK, pack};
