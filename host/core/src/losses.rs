//! Whose objects a loss may have taken: which of the units that were read it may have been of.

use std::collections::BTreeSet;

use crate::{Input, Problem, clusters::Group, units::Unit};

/// Something that was lost, and whose it may have been.
pub(crate) struct Loss<'i> {
    pub(crate) input: &'i str,
    /// The index of the input.
    nth: usize,
    pub(crate) problem: &'i Problem,
    pub(crate) whose: Whose<'i>,
}

/// Of what something was a part that is lost.
pub(crate) enum Whose<'i> {
    Any,
    /// Of a cluster that the user has named.
    Named(&'i str),
    Units(BTreeSet<usize>),
}

impl Whose<'_> {
    pub(crate) fn units(&self) -> Option<&BTreeSet<usize>> {
        if let Self::Units(units) = self { Some(units) } else { None }
    }
}

impl Loss<'_> {
    /// Whether it was in this input, and there at such a place.
    pub(crate) fn is_in(&self, input: usize, place: impl Fn(&str) -> bool) -> bool {
        self.nth == input && place(&self.problem.place)
    }

    /// Whether it may be of this unit of a cluster.
    pub(crate) fn is_of(&self, unit: usize, group: &Group) -> bool {
        match &self.whose {
            Whose::Any => true,
            Whose::Named(name) => group.name.as_deref() == Some(*name),
            Whose::Units(units) => units.contains(&unit),
        }
    }
}

/// What was lost, in order. A loss in a file is of that file; one of a file of which nothing is
/// known may be of any beside it, and one of no file of any in its input. Where nothing was read of
/// the input, it is of the cluster that the user names for it, or may be of any.
pub(crate) fn losses<'i>(
    inputs: &'i [Input],
    units: &[Unit],
    names: &'i [Option<String>],
) -> Vec<Loss<'i>> {
    let mut losses = Vec::new();
    for (nth, Input { name: input, problems, .. }) in inputs.iter().enumerate() {
        for problem in problems.iter().filter(|it| it.lost()) {
            let whose = match (units_of(units, nth, problem), names.get(nth)) {
                (Some(units), _) => Whose::Units(units),
                (None, Some(Some(name))) => Whose::Named(name),
                (None, _) => Whose::Any,
            };
            losses.push(Loss { input, nth, problem, whose });
        }
    }
    losses
}

fn units_of(units: &[Unit], input: usize, problem: &Problem) -> Option<BTreeSet<usize>> {
    let mut place = problem.place.as_str();
    loop {
        let is_in = |it: &usize| units[*it].input == input && units[*it].is_in(place);
        let mut found: BTreeSet<_> = (0..units.len()).filter(is_in).collect();
        if !found.is_empty() {
            // Of several documents of a file, the last that begins before it.
            let one_file = found.iter().all(|it| *units[*it].path == *place);
            let begins = |it: &&usize| problem.line.is_some_and(|line| units[**it].line <= line);
            if let (true, Some(last)) = (one_file, found.iter().rev().find(begins).copied()) {
                found = BTreeSet::from([last]);
            }
            return Some(found);
        }
        if place.is_empty() {
            return None;
        }
        place = place.rsplit_once('/').map_or("", |it| it.0);
    }
}
