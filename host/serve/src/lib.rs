//! A process that stays: watches clusters for what the packs need, evaluates what has changed, and
//! serves the result.
//!
//! ```text
//! rulebox_cluster::Change ─> cluster ─> evaluator ─> published ─┬─> http: metrics, API, events
//!                            (Store)    (Plan)       (swapped   └─> out: what is written elsewhere
//!                                                     whole)
//! ```
//!
//! Everything that is served is a projection of one [`Published`] result, which is exchanged as a
//! whole. This crate must not know WebAssembly, kube, files of packs or the command line: the
//! caller makes the plan, connects the clusters, and gives the clock.

mod cluster;
mod evaluator;
mod history;
mod options;
mod published;
mod told;

mod leader;
mod lease;
mod out;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod sample;

mod metrics;

mod http;

pub use evaluator::{Loaded, Results, evaluate};
pub use history::{Events, FindingEvent, FindingEventType};
pub use http::{Admission, Certificate, FOLLOWERS, Guard, Listener, Site, router};
pub use lease::{LeaseName, identity, lead};
pub use options::{Clock, Options};
pub use out::{
    Address, Client, Counters, Output, Outputs, ReportKind, Reports, Written, push, write,
};
pub use published::{Health, Published, Reloads};
pub use rustls::sign::CertifiedKey;
pub use told::Told;
