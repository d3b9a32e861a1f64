//! Asks a pack for its description, and an interpreter whether the texts of a pack can be used.

use std::sync::Arc;

use rulebox_core::PackInfo;

use crate::{
    PackErrorKind, PackText, TextProblem,
    bindings::{Interpreter, Problem, WorldPre},
    description,
    engine::Shared,
    guest::Guest,
};

/// Calls `check` of an interpreter: all that is wrong with the texts is one error.
pub(crate) fn check(
    shared: &Shared,
    world: &WorldPre<Guest>,
    texts: &Arc<[PackText]>,
) -> Result<(), PackErrorKind> {
    let guest = Guest::describing(shared.limits, Arc::clone(texts));
    let time = shared.limits.deadline / 2;
    let (checked, _, _) = shared.with_store(guest, time, |store| {
        let instance = world.instance_pre().instantiate(&mut *store)?;
        let interpreter = Interpreter::new(&mut *store, &instance)?;
        interpreter.call_check(store)
    });
    let problems = checked.map_err(PackErrorKind::Check)?;
    if problems.is_empty() {
        return Ok(());
    }
    let problems = problems.into_iter().map(|it| {
        let Problem { path, line, column, message, help } = it;
        TextProblem { path, line, column, message, help }
    });
    Err(PackErrorKind::InvalidTexts { problems: problems.collect() })
}

/// Calls `describe` and checks the answer.
pub(crate) fn describe(
    shared: &Shared,
    world: &WorldPre<Guest>,
    texts: &Arc<[PackText]>,
) -> Result<PackInfo, PackErrorKind> {
    let guest = Guest::describing(shared.limits, Arc::clone(texts));
    let time = shared.limits.deadline / 2;
    let (described, _, _) = shared.with_store(guest, time, |store| {
        let instance = world.instantiate(&mut *store)?;
        instance.call_describe(store)
    });
    description::check(PackInfo::from(described.map_err(PackErrorKind::Describe)?))
}
