//! `csdr.alibabacloud.com`, the ACK backup center. No schema of its status is public, so all of it is optional.

use rulebox_sdk::{Fields, Object};
use serde::Deserialize;

/// A backup vault.
#[derive(Debug, Default, Deserialize, Object)]
#[object(group = "csdr.alibabacloud.com")]
#[serde(rename_all = "camelCase", default)]
pub struct BackupLocation {
    /// What it was asked to be.
    pub status: BackupLocationStatus,
}

/// What the controller says of a vault.
#[derive(Debug, Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
pub struct BackupLocationStatus {
    /// `InProgress`, `Available` or `Unavailable`.
    pub phase: String,
}
