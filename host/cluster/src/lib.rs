//! A live cluster as a source: it fills a [`rulebox_core::Collector`] with the needs that a dump is read for.
//!
//! ```text
//! connect ─> Cluster::read: needs ─> discovery ─> lists, page by page ─> Collector
//!                                        └──────────┴─ failures ─> coverage of each need
//! ```
//!
//! Only kinds that a need names are asked for, with the verb `list` alone, and one need that fails never takes
//! another with it. This crate alone knows kube. It knows nothing of rules, of WebAssembly, or of how an
//! object is cut down to the fields of a need: pages go as bytes to `rulebox-reader`.

mod cluster;
mod discovery;
mod error;
mod fetch;
mod kubeconfig;
mod listing;
mod options;
mod plan;

#[cfg(test)]
mod scenarios;

pub use cluster::{Cluster, Progress, connect};
pub use error::ClusterError;
pub use kubeconfig::contexts;
pub use options::Options;
