//! The packs: which rules each holds, and its settings.

use rulebox_sdk::Pack;

use crate::backup_center;

/// The ACK backup center (csdr).
pub fn backup_center() -> Pack {
    Pack::new("backup-center", env!("CARGO_PKG_VERSION")).rules(backup_center::RULES)
}
