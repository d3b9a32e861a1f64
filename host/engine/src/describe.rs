//! Asks a pack for its description.

use rulebox_core::PackInfo;

use crate::{PackErrorKind, bindings::WorldPre, description, engine::Shared, guest::Guest};

/// Calls `describe` and checks the answer.
pub(crate) fn describe(
    shared: &Shared,
    world: &WorldPre<Guest>,
) -> Result<PackInfo, PackErrorKind> {
    let guest = Guest::describing(shared.limits);
    let time = shared.limits.deadline / 2;
    let (described, _, _) = shared.with_store(guest, time, |store| {
        let instance = world.instantiate(&mut *store)?;
        instance.call_describe(store)
    });
    description::check(PackInfo::from(described.map_err(PackErrorKind::Describe)?))
}
