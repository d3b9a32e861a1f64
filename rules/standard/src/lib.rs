//! The built-in rules: one rule, one file, in the folder of its pack, with its documentation and nothing but logic.
//!
//! What several rules share stands beside the folders. Facts: [`objects`] the shapes of Kubernetes objects, [`tasks`] backups,
//! restores and conversions with their twins, [`vaults`] where they are kept, [`schedules`] when they run, [`csdr_config`] how
//! long they may take, [`components`] which pods are whose, [`kills`] what ended their containers, [`crashes`] which are
//! restarted again and again, [`memory`] their limits, [`unready`] why a pod does not work, [`outage`] why a component does no
//! work. Words: [`told`] who says why something failed, [`api_error`] and [`catalogue`] what the messages mean, [`diagnosis`]
//! how that gets into a finding, [`failures`] which findings there are, [`durations`] how long something took. Then
//! [`component_metrics`], and [`packs`] with their settings.
//!
//! This crate knows nothing about WebAssembly, dumps or clusters: a rule sees objects.

pub mod api_error;
pub mod backup_center;
pub mod catalogue;
pub mod component_metrics;
pub mod components;
pub mod crashes;
pub mod csdr_config;
pub mod diagnosis;
pub mod durations;
pub mod failures;
pub mod kills;
pub mod memory;
pub mod objects;
pub mod outage;
pub mod packs;
pub mod schedules;
pub mod tasks;
pub mod told;
pub mod unready;
pub mod vaults;
pub mod version;
