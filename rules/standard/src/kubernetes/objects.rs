//! The shapes of the objects that rules read, by the API they belong to: only the fields that some rule needs, under
//! the names that the API has for them.

pub mod apps;
pub mod core;
pub mod csdr;
pub mod snapshot;
pub mod velero;

use rulebox_sdk::Fields;
use serde::Deserialize;

/// The object that made another.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(default)]
pub struct Owner {
    /// `ReplicaSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
}
