//! The pack `org-workloads`: what this organisation wants to know of its workloads.
//!
//! One rule, one file. [`pod`] says what the rules read of a pod, [`settings`] what a user may set.

use rulebox_sdk::Pack;

pub mod container_oom_killed;
pub mod pod;
pub mod pod_crash_loop;
pub mod settings;

/// The rules with their settings.
pub fn pack() -> Pack {
    Pack::new("org-workloads", env!("CARGO_PKG_VERSION"))
        .rules(&[&container_oom_killed::RULE, &pod_crash_loop::RULE])
        .settings::<settings::Settings>()
}

rulebox_sdk::component!(crate::pack());
