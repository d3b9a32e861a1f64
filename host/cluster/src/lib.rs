//! A live cluster as a source: fills a [`rulebox_core::Collector`] for the same needs for which a
//! dump is read.
//!
//! ```text
//! connect ─> Cluster::read: needs ─> discovery ─> lists, page by page ─> Collector
//!    │                                   └──────────┴─ failures ─> coverage of each need
//!    └─ kubeconfig ─> credentials (plugin) ─> fetch: one request, with its limits
//! ```
//!
//! Only kinds that a need names are asked for, with the verb `list` alone, and the failure of one
//! need never affects another. Some kinds are listed at the same time; the result does not depend
//! on which answer comes first. Who collects a bundle also asks for the version of the server and
//! for the Namespace kube-system. Only this crate knows kube. It knows nothing of rules, of
//! WebAssembly, or of how an object is reduced to the fields of a need: pages go as bytes to
//! `rulebox-reader`.

mod cluster;
mod credentials;
mod discovery;
mod error;
mod failure;
mod fetch;
mod kubeconfig;
mod listing;
mod lists;
mod options;
mod plan;
mod plugin;
mod watch;
mod write;

#[cfg(test)]
mod scenarios;

pub use cluster::{Cluster, Progress, ReadCluster, connect};
pub use error::ClusterError;
pub use fetch::ServerClock;
pub use kubeconfig::{contexts, files};
pub use options::Options;
pub use watch::{Change, ERRORS, Health, LEAST_STALE_AFTER, WatchHealth};
pub use write::{Answered, Send};
