//! Which objects' findings explain a failure: where what it says and what the other object shows
//! agree.

use rulebox_sdk::{Draft, ObjectRef};

use crate::{
    kubernetes::messages::{Message, Warnings},
    packs::backup_center::{
        catalogue::Class,
        components::HBR_CLIENT,
        diagnosis::{Diagnosis, Names},
        objects::selections::CsdrDaemonSet,
        vaults::Vaults,
    },
};

/// What is known of failures when hbr-client does not work on a node.
const BY_HBR_CLIENT: [&str; 3] =
    ["hbr-api-gateway-not-authorized", "hbr-client-missing", "hbr-token-missing"];

/// Names them in a finding about a task: its vault, hbr-client, what ended a component.
pub fn name(
    draft: Draft,
    diagnosis: &Diagnosis,
    names: &Names<'_>,
    vaults: &Vaults,
    warnings: &Warnings,
) -> Draft {
    let hbr_client = BY_HBR_CLIENT.contains(&diagnosis.reason());
    let hbr_client = hbr_client.then(|| CsdrDaemonSet::named(HBR_CLIENT));
    let named = vault(diagnosis, names, vaults, warnings).into_iter().chain(hbr_client);
    let draft = named.fold(draft, Draft::caused_by);
    diagnosis.culprits().fold(draft, Draft::caused_by)
}

/// The vault, if it is unavailable and the failure is one of it; not if each says a cause of its
/// own.
fn vault(
    diagnosis: &Diagnosis,
    names: &Names<'_>,
    vaults: &Vaults,
    warnings: &Warnings,
) -> Option<ObjectRef> {
    let vault = vaults.get(names.vault).filter(|it| it.status.phase == "Unavailable")?;
    let own = vault.status.message.as_deref().unwrap_or_default();
    let own = Message::at(vault, "status.message", own);
    let messages = own.into_iter().chain(warnings.newest(vault.reference())).collect();
    let now = Diagnosis::of_vault(messages, &Names::of_vault(vault));
    let both_say = !now.is_open() && !diagnosis.is_open();
    let is_same = now.reason() == diagnosis.reason();
    let is_of_vault = diagnosis.blames_vault() || diagnosis.class() == Some(Class::Vault);
    let explains = if both_say { is_same } else { is_of_vault };
    explains.then(|| vault.reference().clone())
}
