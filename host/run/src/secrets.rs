//! The values of the Secrets that packs are given: what packs say must not repeat them.

use std::sync::Arc;

use rulebox_core::ObjectSlot;
use rulebox_report::SecretValues;

/// The values of the Secrets in these slots.
pub(crate) fn of<'s>(slots: impl Iterator<Item = &'s Arc<ObjectSlot>>) -> SecretValues {
    let mut values = SecretValues::default();
    // All objects of a slot are of one kind, and most are no Secrets.
    let are_secrets = |it: &&Arc<ObjectSlot>| {
        it.objects.first().is_some_and(|it| it.text().contains(r#""Secret""#))
    };
    for json in slots.filter(are_secrets).flat_map(|it| &it.objects) {
        if let Ok(object) = serde_json::from_str(&json.text()) {
            values.learn(&object);
        }
    }
    values
}
