//! What counts of objects that stand behind a log, or in one.
//!
//! A log is text that a container writes: it may end the log where none ends, and go on with
//! objects that never were. So such an object never stands in for one that was read elsewhere, and
//! a kind that was read only there is not complete. `kubectl cluster-info dump` prints real objects
//! behind logs, too: they count, since nothing else tells of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    Concerns, Identity, Logged, ObjectCopy, Position, Problem, Store,
    doubles::{objects, told_once},
    identity::hash,
    units::Unit,
};

/// A copy that stands behind a log: the object, where it stands, and what it says.
struct Copy {
    of: (usize, u64),
    identity: Identity,
    position: Position,
    logged: Logged,
    text: u64,
}

/// Leaves out the copies that do not count, and tells what is doubtful. Of copies that stand behind
/// logs, those count of which that is least certain. `group_of`: the cluster of each unit.
pub(crate) fn set_aside(
    store: &mut Store,
    further: &mut Vec<ObjectCopy>,
    units: &[Unit],
    group_of: &[Option<usize>],
) -> Vec<(usize, Problem)> {
    if !units.iter().any(|it| it.logged.is_doubtful()) {
        return Vec::new();
    }
    let of = |identity: &Identity, position: &Position| {
        let group: usize = group_of.get(position.unit as usize).copied().flatten()?;
        Some((group, hash((identity.group(), identity.place()))))
    };
    let logged_of = |it: &Position| units.get(it.unit as usize).map_or(Logged::No, |it| it.logged);
    let mut least: HashMap<(usize, u64), Logged> = HashMap::new();
    let mut copies = Vec::new();
    let mut see = |identity: &Identity, position: &Position, text: u64| {
        let Some(of) = of(identity, position) else { return };
        let logged = logged_of(position);
        let known = least.entry(of).or_insert(logged);
        *known = logged.min(*known);
        if logged.is_doubtful() {
            let (identity, position) = (identity.clone(), *position);
            copies.push(Copy { of, identity, position, logged, text });
        }
    };
    for (identity, held) in store.kinds().iter().flat_map(|it| &it.objects) {
        let texts: Vec<_> = held.texts().map(|(need, json)| (need, json.text())).collect();
        see(identity, &held.position, hash((identity.uid(), texts)));
    }
    for it in &*further {
        let texts: Vec<_> =
            it.projections.iter().map(|(need, json)| (*need, json.text())).collect();
        see(&it.identity, &it.position, hash((it.identity.uid(), texts)));
    }
    let gone = |identity: &Identity, position: &Position| {
        let logged = logged_of(position);
        logged.is_doubtful() && of(identity, position).is_some_and(|it| least[&it] < logged)
    };
    store.leave_out(|identity, held| gone(identity, &held.position));
    further.retain(|it| !gone(&it.identity, &it.position));
    let (mut left_out, kept): (Vec<_>, Vec<_>) =
        copies.into_iter().partition(|it| least[&it.of] < it.logged);
    left_out
        .sort_by(|a, b| a.position.unit.cmp(&b.position.unit).then(a.identity.order(&b.identity)));
    let (behind_logs, behind_text): (Vec<_>, Vec<_>) =
        left_out.into_iter().partition(|it| it.logged.is_some());
    let mut told = told_once(&places(behind_logs), units, |first, more| {
        let which = which(first, more);
        format!(
            "behind a log, which may have made it up, stands {which}: \
             what was read elsewhere counts"
        )
    });
    told.extend(told_once(&places(behind_text), units, |first, more| {
        let which = which(first, more);
        format!(
            "behind text that is of no dump, and may be a log that has made it up, stands {which}: \
             what was read elsewhere counts; where it is newer, check it alone"
        )
    }));
    let (kept, behind_text): (Vec<_>, Vec<_>) =
        kept.into_iter().partition(|it| it.logged.is_some());
    told.extend(contested(kept, units));
    let contested: Vec<_> = differing(behind_text);
    told.extend(told_once(&places(contested), units, |first, more| {
        let (which, stand) = (which(first, more), if more == 0 { "stands" } else { "stand" });
        format!(
            "{which} {stand} more than once behind text that is of no dump, and may be a log that \
             has made it up, and the copies differ: the newest counts"
        )
    }));
    told.extend(only_logged(store, units, group_of));
    told
}

/// An object, and how many more.
fn which(first: &str, more: usize) -> String {
    match more {
        0 => first.to_owned(),
        _ => format!("{first} and {}", objects(more)),
    }
}

fn places(copies: Vec<Copy>) -> Vec<(Identity, Position)> {
    copies.into_iter().map(|it| (it.identity, it.position)).collect()
}

/// The last copy of each object that stands more than once among these, and differs.
fn differing(kept: Vec<Copy>) -> Vec<Copy> {
    let mut copies: HashMap<(usize, u64), Vec<Copy>> = HashMap::new();
    for copy in kept {
        copies.entry(copy.of).or_default().push(copy);
    }
    let differ = copies.into_values().filter(|it| it.iter().any(|copy| copy.text != it[0].text));
    let last = differ.filter_map(|it| it.into_iter().max_by_key(|it| it.position.unit));
    let mut last: Vec<_> = last.collect();
    last.sort_by(|a, b| a.position.unit.cmp(&b.position.unit).then(a.identity.order(&b.identity)));
    last
}

/// Objects that stand behind logs more than once, and differ: nothing tells which was made up.
fn contested(kept: Vec<Copy>, units: &[Unit]) -> Vec<(usize, Problem)> {
    let told =
        differing(kept).into_iter().filter_map(|Copy { identity, position, logged, .. }| {
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
                concerns: match logged {
                    Logged::Log => Concerns::kind(identity.group(), identity.kind()),
                    _ => Concerns::Nothing,
                },
                ..Problem::default()
            };
            Some((unit.input, problem))
        });
    told.collect()
}

/// Kinds that needs ask for, and of which a cluster shows nothing but behind logs.
fn only_logged(store: &Store, units: &[Unit], group_of: &[Option<usize>]) -> Vec<(usize, Problem)> {
    /// Of a kind of a cluster: how certain it is that all of it stands behind a log, and the first
    /// unit of which that is least certain.
    type Seen = (Logged, usize);
    let mut kinds: BTreeMap<(usize, &(String, String)), Seen> = BTreeMap::new();
    for (nth, unit) in units.iter().enumerate() {
        let Some(group) = group_of[nth] else { continue };
        for (kind, _) in &unit.kinds {
            let known = kinds.entry((group, kind)).or_insert((unit.logged, nth));
            *known = (unit.logged, nth).min(*known);
        }
    }
    let asked = |it: &(String, String)| store.kinds().iter().any(|kind| kind.is(&it.0, &it.1));
    let mut by_unit: BTreeMap<Seen, BTreeSet<(String, String)>> = BTreeMap::new();
    for ((_, kind), seen) in kinds.into_iter().filter(|it| asked(it.0.1)) {
        if seen.0.is_some() {
            by_unit.entry(seen).or_default().insert(kind.clone());
        }
    }
    let told = by_unit.into_iter().map(|((logged, unit), kinds)| {
        let Unit { input, path, line, .. } = &units[unit];
        let names: Vec<_> = kinds.iter().map(|it| it.1.as_str()).collect();
        let names = names.join(", ");
        let (reason, concerns) = match logged {
            Logged::Log => (
                format!(
                    "{names} was read only behind a log or in one, which may have made it up: add \
                     a dump of it without logs"
                ),
                Concerns::Kinds(kinds),
            ),
            _ => (
                format!(
                    "{names} was read only behind lines that look like those of a log, which may \
                     have made it up: it counts, since nothing else tells of it"
                ),
                Concerns::Nothing,
            ),
        };
        let problem = Problem {
            place: String::from(&**path),
            line: (*line > 0).then_some(*line),
            reason: crate::text::escaped(reason),
            concerns,
            ..Problem::default()
        };
        (*input, problem)
    });
    told.collect()
}
