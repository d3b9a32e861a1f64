//! What counts of objects that stand behind a log, or in one.
//!
//! A log is text that a container writes: it may end the log where none ends, and go on with
//! objects that never were. So such an object never stands in for one that was read elsewhere, and
//! a kind that was read only there is not complete. `kubectl cluster-info dump` prints real objects
//! behind logs, too: they count, since nothing else tells of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::{
    Concerns, Identity, ObjectCopy, Position, Problem, Store,
    doubles::{objects, told_once},
    identity::hash,
    units::Unit,
};

/// A copy that stands behind a log: the object, where it stands, and what it says.
struct Copy {
    of: (usize, u64),
    identity: Identity,
    position: Position,
    text: u64,
}

/// Leaves out the copies that do not count, and tells what is doubtful. `group_of`: the cluster of
/// each unit.
pub(crate) fn set_aside(
    store: &mut Store,
    further: &mut Vec<ObjectCopy>,
    units: &[Unit],
    group_of: &[Option<usize>],
) -> Vec<(usize, Problem)> {
    if !units.iter().any(|it| it.logged) {
        return Vec::new();
    }
    let of = |identity: &Identity, position: &Position| {
        let group: usize = group_of.get(position.unit as usize).copied().flatten()?;
        Some((group, hash((identity.group(), identity.place()))))
    };
    let is_logged = |it: &Position| units.get(it.unit as usize).is_some_and(|it| it.logged);
    let mut elsewhere = HashSet::new();
    let mut logged = Vec::new();
    let mut see = |identity: &Identity, position: &Position, text: u64| {
        let Some(of) = of(identity, position) else { return };
        if is_logged(position) {
            logged.push(Copy { of, identity: identity.clone(), position: *position, text });
        } else {
            elsewhere.insert(of);
        }
    };
    for (identity, held) in store.kinds().iter().flat_map(|it| &it.objects) {
        let texts: Vec<_> = held.texts().map(|(need, json)| (need, &**json)).collect();
        see(identity, &held.position, hash((identity.uid(), texts)));
    }
    for it in &*further {
        let texts: Vec<_> = it.projections.iter().map(|(need, json)| (*need, &**json)).collect();
        see(&it.identity, &it.position, hash((it.identity.uid(), texts)));
    }
    let gone = |identity: &Identity, position: &Position| {
        is_logged(position) && of(identity, position).is_some_and(|it| elsewhere.contains(&it))
    };
    store.leave_out(|identity, held| gone(identity, &held.position));
    further.retain(|it| !gone(&it.identity, &it.position));
    let (mut left_out, kept): (Vec<_>, Vec<_>) =
        logged.into_iter().partition(|it| elsewhere.contains(&it.of));
    left_out
        .sort_by(|a, b| a.position.unit.cmp(&b.position.unit).then(a.identity.order(&b.identity)));
    let left_out: Vec<_> = left_out.into_iter().map(|it| (it.identity, it.position)).collect();
    let mut told = told_once(&left_out, units, |first, more| {
        let which = match more {
            0 => first.to_owned(),
            _ => format!("{first} and {}", objects(more)),
        };
        format!(
            "behind a log, which may have made it up, stands {which}: \
             what was read elsewhere counts"
        )
    });
    told.extend(contested(kept, units));
    told.extend(only_logged(store, units, group_of));
    told
}

/// Objects that stand behind logs more than once, and differ: nothing tells which was made up.
fn contested(kept: Vec<Copy>, units: &[Unit]) -> Vec<(usize, Problem)> {
    let mut copies: HashMap<(usize, u64), Vec<Copy>> = HashMap::new();
    for copy in kept {
        copies.entry(copy.of).or_default().push(copy);
    }
    let differ = copies.into_values().filter(|it| it.iter().any(|copy| copy.text != it[0].text));
    let last = differ.filter_map(|it| it.into_iter().max_by_key(|it| it.position.unit));
    let mut last: Vec<_> = last.collect();
    last.sort_by(|a, b| a.position.unit.cmp(&b.position.unit).then(a.identity.order(&b.identity)));
    let told = last.into_iter().filter_map(|Copy { identity, position, .. }| {
        let unit = units.get(position.unit as usize)?;
        let reason = format!(
            "{} stands more than once behind logs, which may have made it up, \
             and the copies differ",
            identity.kind_and_name()
        );
        let problem = Problem {
            place: String::from(&*unit.path),
            line: position.line.map(|it| it.get().into()),
            reason: crate::text::escaped(reason),
            concerns: Concerns::kind(identity.group(), identity.kind()),
        };
        Some((unit.input, problem))
    });
    told.collect()
}

/// Kinds that needs ask for, and of which a cluster shows nothing but behind logs.
fn only_logged(store: &Store, units: &[Unit], group_of: &[Option<usize>]) -> Vec<(usize, Problem)> {
    let mut kinds: BTreeMap<(usize, &(String, String)), Option<usize>> = BTreeMap::new();
    for (nth, unit) in units.iter().enumerate() {
        let Some(group) = group_of[nth] else { continue };
        for (kind, _) in &unit.kinds {
            let first = unit.logged.then_some(nth);
            let known = kinds.entry((group, kind)).or_insert(first);
            *known = known.filter(|_| unit.logged);
        }
    }
    let asked = |it: &(String, String)| store.kinds().iter().any(|kind| kind.is(&it.0, &it.1));
    let mut by_unit: BTreeMap<usize, BTreeSet<(String, String)>> = BTreeMap::new();
    for ((_, kind), unit) in kinds.into_iter().filter(|it| asked(it.0.1)) {
        if let Some(unit) = unit {
            by_unit.entry(unit).or_default().insert(kind.clone());
        }
    }
    let told = by_unit.into_iter().map(|(unit, kinds)| {
        let Unit { input, path, line, .. } = &units[unit];
        let names: Vec<_> = kinds.iter().map(|it| it.1.as_str()).collect();
        let reason = format!(
            "{} was read only behind a log or in one, which may have made it up: add a dump of it \
             without logs",
            names.join(", ")
        );
        let problem = Problem {
            place: String::from(&**path),
            line: (*line > 0).then_some(*line),
            reason: crate::text::escaped(reason),
            concerns: Concerns::Kinds(kinds),
        };
        (*input, problem)
    });
    told.collect()
}
