//! The plan of a run, for a command that runs once and for a process that runs again and again.
//! This crate prints nothing, reads no clock, opens no file and no socket, and knows neither clap
//! nor YAML: it takes values and gives values back, and the same values give the same report.
//!
//! ```text
//! packs, Choice, Config ─> Plan ─> needs ─> NeedSet: what the caller has to read
//! Reading, AsOf ─> Plan::evaluate ─> Evaluated ─┬─> Plan::finish ─> Outcome
//! ...one for each cluster ──────────────────────┘
//! ```
//!
//! A cluster that is watched is evaluated again and again: [`Plan::evaluate_again`] asks only the
//! rules whose objects have changed, and a [`Memory`] holds what the others have said.
//!
//! The caller reads files and clusters, asks for the time, and writes the outputs. A [`Plan`] owns
//! all that it needs and can be shared by threads, so a process that serves can put a new plan in
//! the place of the old one while a run goes on.

mod plan;

mod again;
mod annotations;
mod baseline;
mod by_namespace;
mod by_settings;
mod config;
mod config_schema;
mod fail_on;
mod grant;
mod merge;
mod pack_settings;
mod policy;
mod secrets;
mod sources;
mod words;

mod assemble;
mod causes;
mod effective;
mod error;

pub use again::{Known, Memory};
pub use baseline::compare;
pub use config::{Config, expiry_of};
pub use config_schema::config_schema;
pub use effective::{Effective, Source};
pub use error::RunError;
pub use fail_on::FailOn;
pub use merge::{Layer, Merged, Origin};
pub use plan::{Evaluated, Outcome, Plan};
pub use policy::{Choice, find_rules};
pub use sources::{RegistryOf, SignersOf, is_pem};
