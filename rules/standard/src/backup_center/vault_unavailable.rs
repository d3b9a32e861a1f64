//! See [`vault_unavailable`].

use rulebox_sdk::{Objects, Run, rule};

use crate::objects::csdr::BackupLocation;

/// A backup vault cannot be used.
///
/// ```yaml fires
/// apiVersion: csdr.alibabacloud.com/v1beta1
/// kind: BackupLocation
/// metadata: {name: vault, namespace: csdr}
/// status: {phase: Unavailable}
/// ```
#[rule(severity = critical)]
pub fn vault_unavailable(run: &Run<'_>, vaults: Objects<'_, BackupLocation>) {
    for vault in vaults {
        if vault.status.phase == "Unavailable" {
            run.report(vault.finding("the vault is unavailable"));
        }
    }
}
