//! Of what was read of one cluster, what was captured before the rest, and still counts: its
//! objects may have changed since, so no age of them is known up to the newest moment.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Captured, Clocks, Witness, units::Unit};

/// A file, or an input, that was captured before the rest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Older {
    /// The index of the input.
    pub(crate) input: usize,
    /// The file inside the input; empty where the input is one file, or all of it is meant.
    pub(crate) path: String,
    /// It was captured then or later.
    pub(crate) witness: Witness,
}

/// What was captured first of all files and inputs that were captured before the newest moment, by
/// what beats in them. `units`: those of the cluster; `hold`: the indices of those that hold an
/// object which counts.
pub(crate) fn oldest(
    units: &[(usize, &Unit)],
    hold: &BTreeSet<usize>,
    newest: &Witness,
) -> Option<Older> {
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
        latest.filter(|it| it.time < newest.time)?;
        Some(Older { input, path: path.to_owned(), witness: witness? })
    });
    older.min_by(|a, b| a.witness.time.cmp(&b.witness.time))
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
        let newest = all.captured().witness.expect("a time");
        let units: Vec<_> = units.iter().enumerate().collect();
        let hold = hold.iter().copied().collect();
        let older = oldest(&units, &hold, &newest);
        assert_eq!(older.as_ref().map(|it| (it.input, it.path.as_str())), want);
        let turned: Vec<_> = units.into_iter().rev().collect();
        assert_eq!(oldest(&turned, &hold, &newest), older);
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
