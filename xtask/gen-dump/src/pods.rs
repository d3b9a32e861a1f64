//! Pods of a shop, as the API server shows them, and the faults among them.

mod faults;
mod planted;

mod manifest;
mod pod;
mod status;

mod prototypes;

pub use planted::Planted;
pub(crate) use prototypes::{count, prototype};
