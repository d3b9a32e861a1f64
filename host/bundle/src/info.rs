//! Who collected a bundle, and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The number of this layout. A reader refuses a higher one: what it does not know of could make an
/// incomplete list look whole.
pub const FORMAT: u32 = 1;

/// `rulebox-bundle.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// See [`FORMAT`].
    pub format: u32,
    /// The version of Rulebox that collected it, or that wrote the script.
    pub rulebox: String,
    /// The moment before the first list was asked for.
    pub as_of: Timestamp,
    /// The uid of the Namespace kube-system, which no other cluster has; empty where it could not
    /// be read.
    #[serde(default)]
    pub cluster: String,
}
