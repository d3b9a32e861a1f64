//! Of what was read of one cluster, what was captured before the rest, and still counts: its
//! objects may have changed since, so no age of them is known up to the newest moment.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{Ahead, Bound, BoundBy, Captured, Clocks, Witness, units::Unit};

/// A file, an input or a bundle that was captured before the rest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Older {
    /// The index of the input.
    pub(crate) input: usize,
    /// The file or bundle inside the input; empty where the input is one, or all of it is meant.
    pub(crate) path: String,
    /// It was captured then or later.
    pub(crate) time: Timestamp,
    /// What shows it; none of a bundle, which says so itself.
    witness: Option<Witness>,
}

/// A bundle that says when it was taken.
pub(crate) struct Part<'b> {
    /// By which its units name it.
    pub(crate) nth: usize,
    /// The index of the input.
    pub(crate) input: usize,
    pub(crate) folder: &'b str,
    pub(crate) time: Timestamp,
}

/// When a cluster was captured.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct When {
    /// It was captured then or later.
    pub(crate) witness: Option<Witness>,
    /// The same, as a bundle says, where that decides.
    pub(crate) collected: Option<Timestamp>,
    /// It was captured then or earlier.
    pub(crate) latest: Option<Bound>,
    pub(crate) ahead: Vec<Ahead>,
}

/// When the units of a cluster were captured, and what of them before the rest.
///
/// A bundle was taken exactly when it says, whatever its objects say. Beside it the clocks of what
/// else was read count: the newest of all moments decides, and what was captured before it makes it
/// an interval, if it holds an object that counts (`hold`: the indices of such units). Where
/// nothing bounds how late the rest was captured, nothing bounds the cluster's moment.
pub(crate) fn captured(
    units: &[(usize, &Unit)],
    hold: impl FnOnce() -> BTreeSet<usize>,
    bundles: &[Part<'_>],
) -> (When, Option<Older>) {
    let is_rest = |it: &&(usize, &Unit)| it.1.collected.is_none() && !it.1.kinds.is_empty();
    let rest: Vec<_> = units.iter().copied().filter(|it| is_rest(&it)).collect();
    let mut clocks = Clocks::default();
    let clocked = if bundles.is_empty() || rest.is_empty() { units } else { &rest };
    for (_, unit) in clocked {
        clocks.merge(&unit.clocks);
    }
    let Captured { witness, latest, ahead } = clocks.captured();
    let Some(last) = bundles.iter().max_by_key(|it| it.time) else {
        let newest = witness.as_ref().filter(|_| units.len() > 1).map(|it| it.time);
        let older = newest.and_then(|newest| oldest(units, &hold(), newest));
        let witness = older.as_ref().and_then(|it| it.witness.clone()).or(witness);
        return (When { witness, collected: None, latest, ahead }, older);
    };
    let at_last = || Bound { time: last.time, by: BoundBy::Bundle };
    let latest = if rest.is_empty() {
        Some(at_last())
    } else {
        latest.map(|it| if it.time < last.time { at_last() } else { it })
    };
    let witness = witness.filter(|it| !rest.is_empty() && it.time > last.time);
    let newest = witness.as_ref().map_or(last.time, |it| it.time);
    let collected = witness.is_none().then_some(last.time);
    // Of a bundle alone the moment is known, whatever its clocks say.
    let ahead = if rest.is_empty() { Vec::new() } else { ahead };
    let mut when = When { witness, collected, latest, ahead };
    if bundles.len() == 1 && rest.is_empty() {
        return (when, None);
    }
    let hold = hold();
    let holding = units.iter().filter(|it| hold.contains(&it.0)).filter_map(|it| it.1.bundle);
    let holding: BTreeSet<_> = holding.collect();
    let before = bundles.iter().filter(|it| it.time < newest && holding.contains(&it.nth));
    let before = before.map(|it| {
        let (input, path) = (it.input, it.folder.to_owned());
        Older { input, path, time: it.time, witness: None }
    });
    let older = before.chain(oldest(&rest, &hold, newest)).min_by_key(|it| it.time);
    if let Some(older) = &older {
        when.witness.clone_from(&older.witness);
        when.collected = older.witness.is_none().then_some(older.time);
    }
    (when, older)
}

/// What was captured first of all files and inputs that were captured before the newest moment, by
/// what beats in them. `units`: those of the cluster; `hold`: the indices of those that hold an
/// object which counts.
fn oldest(units: &[(usize, &Unit)], hold: &BTreeSet<usize>, newest: Timestamp) -> Option<Older> {
    let mut parts: BTreeMap<(usize, &str), (Clocks, bool)> = BTreeMap::new();
    for (at, unit) in units {
        // A file may be one dump, and so may all files of an input.
        for path in BTreeSet::from(["", &*unit.path]) {
            let (clocks, counts) = parts.entry((unit.input, path)).or_default();
            clocks.merge(&unit.clocks);
            *counts |= hold.contains(at);
        }
    }
    let older = parts.into_iter().filter(|it| it.1.1).filter_map(|((input, path), (clocks, _))| {
        let Captured { witness, latest, .. } = clocks.captured();
        latest.filter(|it| it.time < newest)?;
        Some(Older { input, path: path.to_owned(), time: witness.as_ref()?.time, witness })
    });
    older.min_by_key(|it| it.time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Beat, Clock, Sighting};

    /// Units, each `input/file`, when a node beat last in it (`-`: never), and the newest time that
    /// the API server wrote.
    fn units(of: &[(&str, &str, &str)]) -> Vec<Unit> {
        let time = |it: &str| format!("2026-09-{it}:00Z").parse().expect("a time");
        let unit = |&(place, beat, newest): &(&str, &str, &str)| {
            let (input, path) = place.split_once('/').unwrap_or((place, ""));
            let mut clocks = Clocks::default();
            let mut see = |clock, at, beat| {
                let (field, object) = (String::new(), String::new());
                let witness = Witness { time: time(at), field, object };
                clocks.see(Sighting { clock, witness, beat });
            };
            if beat != "-" {
                see(Clock::Node("n".to_owned()), beat, Some(Beat::Lease));
            }
            see(Clock::Server, newest, None);
            Unit {
                input: input.parse().expect("an index"),
                path: path.into(),
                clocks,
                ..Unit::default()
            }
        };
        of.iter().map(unit).collect()
    }

    /// The part that was captured first, of units of which these hold objects that count.
    #[track_caller]
    fn check(of: &[(&str, &str, &str)], hold: &[usize], want: Option<(usize, &str)>) {
        let units = units(of);
        let mut all = Clocks::default();
        for unit in &units {
            all.merge(&unit.clocks);
        }
        let newest = all.captured().witness.expect("a time").time;
        let units: Vec<_> = units.iter().enumerate().collect();
        let hold = hold.iter().copied().collect();
        let older = oldest(&units, &hold, newest);
        assert_eq!(older.as_ref().map(|it| (it.input, it.path.as_str())), want);
        let turned: Vec<_> = units.into_iter().rev().collect();
        assert_eq!(oldest(&turned, &hold, newest), older);
    }

    const YESTERDAY: (&str, &str, &str) = ("0", "14T02:30", "14T02:00");
    const EVENTS: (&str, &str, &str) = ("1", "-", "15T02:30");

    #[test]
    fn what_an_older_dump_holds_alone_is_as_old_as_it() {
        check(&[YESTERDAY, EVENTS], &[0, 1], Some((0, "")));
        check(&[YESTERDAY, ("1", "15T02:30", "15T02:00")], &[0, 1], Some((0, "")));
        let first = ("2", "13T02:30", "13T02:00");
        check(&[YESTERDAY, EVENTS, first], &[0, 1, 2], Some((2, "")));
    }

    #[test]
    fn what_a_newer_dump_replaces_is_of_no_age() {
        check(&[YESTERDAY, EVENTS], &[1], None);
    }

    #[test]
    fn files_without_a_beat_are_of_the_same_dump() {
        check(&[("0", "-", "14T02:30"), EVENTS], &[0, 1], None);
        check(&[("0/nodes", "15T02:30", "15T02:00"), ("0/pods", "-", "13T02:30")], &[0, 1], None);
        check(&[("0/nodes", "15T02:30", "15T02:00"), ("0/events", "-", "15T02:39")], &[0, 1], None);
    }

    #[test]
    fn all_files_of_an_older_input_are_older() {
        let bundle = [("0/nodes", "14T02:30", "14T02:00"), ("0/backups", "-", "14T01:00"), EVENTS];
        check(&bundle, &[1, 2], Some((0, "")));
    }
}
