//! What is told of copies of one object of which nothing says which is newer.
//!
//! Nothing is lost of them: a fixed rule says which one counts ([`Store`](crate::Store)). But the
//! user may know better, and should know that there was a choice.

use std::collections::BTreeMap;

use crate::{Identity, Position, Problem, text::escaped, units::Unit};

/// One problem of each input and of each kind of choice. `left_out`: the objects without a uid that
/// have copies with one. `unsettled`: the copies that count of those that differ.
pub(crate) fn told(
    left_out: &[(Identity, Position)],
    unsettled: &[(Identity, Position)],
    units: &[Unit],
) -> Vec<(usize, Problem)> {
    let without_uid = told_once(left_out, units, |first, more| match more {
        0 => format!("{first} has no uid; its copy with a uid counts instead"),
        _ => format!(
            "{first} and {} have no uid; their copies with a uid count instead",
            objects(more)
        ),
    });
    let differ = told_once(unsettled, units, |first, more| match more {
        0 => format!("another copy of {first} than this: the two differ, and neither is newer"),
        _ => format!(
            "other copies of {first} and {} than those here: they differ, and none is newer",
            objects(more)
        ),
    });
    without_uid.into_iter().chain(differ).collect()
}

pub(crate) fn objects(more: usize) -> String {
    if more == 1 { "1 more object".to_owned() } else { format!("{more} more objects") }
}

/// Names the first copy of each input, and how many follow.
pub(crate) fn told_once(
    copies: &[(Identity, Position)],
    units: &[Unit],
    reason: impl Fn(&str, usize) -> String,
) -> Vec<(usize, Problem)> {
    let mut by_input: BTreeMap<usize, (&Identity, &Position, usize)> = BTreeMap::new();
    for (identity, position) in copies {
        let Some(unit) = units.get(position.unit as usize) else { continue };
        let first = by_input.entry(unit.input);
        first.and_modify(|it| it.2 += 1).or_insert((identity, position, 0));
    }
    let told = by_input.into_iter().map(|(input, (identity, position, more))| {
        let first = identity.kind_and_name();
        let problem = Problem {
            place: String::from(&*units[position.unit as usize].path),
            line: position.line.map(|it| it.get().into()),
            reason: escaped(reason(&first, more)),
            ..Problem::default()
        };
        (input, problem)
    });
    told.collect()
}
