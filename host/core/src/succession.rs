//! What of an older dump of a cluster does not count beside a newer one: objects that only the
//! older one lists are gone.
//!
//! That a dump is newer is proven by its newest timestamp alone, and by a distance that no tool
//! takes to write one: lists of one capture stand beside each other. Lists of one capture may be as
//! far apart where one is quiet, as those of two label selectors: so two lists of one namespace
//! must also have an object in common. Folders need none: nobody puts one capture into two that
//! list the same; nor do lists of all namespaces.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap, HashSet},
};

use jiff::{SignedDuration, Timestamp};

use crate::{Identity, ListScope, clusters::segments, units::Unit};

/// Dumps whose newest timestamps differ by less may be parts of one.
const ONE_CAPTURE: SignedDuration = SignedDuration::from_mins(15);

/// What does not count of the units of one cluster.
#[derive(Debug, Default)]
pub(crate) struct Replaced {
    /// The lists of a unit that a newer list stands for.
    lists: HashMap<usize, Vec<ListScope>>,
    /// Objects that were deleted and made again, and the units that hold what they were before.
    objects: HashSet<(usize, Identity)>,
}

impl Replaced {
    pub(crate) fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.objects.is_empty()
    }

    /// An object of this unit was deleted and made again.
    pub(crate) fn object(&mut self, unit: usize, identity: Identity) {
        self.objects.insert((unit, identity));
    }

    /// Whether a unit's copy of an object counts.
    pub(crate) fn counts(&self, unit: usize, identity: &Identity) -> bool {
        let of_kind = |it: &&ListScope| it.kind == identity.kind() && it.group == identity.group();
        let lists = self.lists.get(&unit).into_iter().flatten();
        let mut lists = lists.filter(of_kind);
        !lists.any(|it| it.holds(identity.namespace()))
            && (self.objects.is_empty() || !self.objects.contains(&(unit, identity.clone())))
    }

    /// Whether newer lists stand for all that a unit lists of a kind.
    pub(crate) fn kind(&self, unit: usize, group: &str, kind: &str) -> bool {
        let mut lists = self.lists.get(&unit).into_iter().flatten();
        lists.any(|it| it.kind == kind && it.group == group)
    }
}

/// The older of the lists of a cluster's units. `whole`: whether nothing that a unit holds of a
/// kind has been lost. `common`: whether two units hold the same object.
pub(crate) fn replaced(
    all: &[Unit],
    units: &[usize],
    whole: impl Fn(usize, &ListScope) -> bool,
    common: impl Fn(usize, usize) -> bool,
) -> Replaced {
    let mut kinds: BTreeMap<(&str, &str), Vec<(usize, &ListScope)>> = BTreeMap::new();
    for unit in units {
        for list in &all[*unit].lists {
            kinds.entry((&list.group, &list.kind)).or_default().push((*unit, list));
        }
    }
    let captures = Captures { all, units, taken: RefCell::default(), segments: RefCell::default() };
    let mut replaced = Replaced::default();
    for lists in kinds.into_values().filter(|it| it.len() > 1) {
        let mut by_namespace: BTreeMap<&str, Vec<(usize, &ListScope)>> = BTreeMap::new();
        for (unit, list) in &lists {
            if let Some(namespace) = &list.namespace {
                by_namespace.entry(namespace).or_default().push((*unit, list));
            }
        }
        for (newer, list) in &lists {
            let below = match &list.namespace {
                None => &lists,
                Some(namespace) => &by_namespace[namespace.as_str()],
            };
            let is_older = |it: &&(usize, &ListScope)| {
                list.includes(it.1)
                    && captures.is_older(it.0, *newer)
                    && whole(*newer, list)
                    && (list.namespace.is_none()
                        || captures.in_folders(it.0, *newer)
                        || common(it.0, *newer))
            };
            for (older, list) in below.iter().filter(is_older) {
                let of_unit = replaced.lists.entry(*older).or_default();
                if !of_unit.contains(list) {
                    of_unit.push((*list).clone());
                }
            }
        }
    }
    replaced
}

/// When the captures were taken that units are parts of.
struct Captures<'u> {
    all: &'u [Unit],
    units: &'u [usize],
    /// By input and path.
    taken: RefCell<HashMap<(usize, &'u str), Option<Timestamp>>>,
    /// By unit.
    segments: RefCell<HashMap<usize, Option<Timestamp>>>,
}

impl<'u> Captures<'u> {
    /// Whether one unit is of an older capture than another. The captures are what tells the units
    /// apart: the folders in one folder, files, or documents of one file.
    fn is_older(&self, a: usize, b: usize) -> bool {
        let (unit, other) = (&self.all[a], &self.all[b]);
        let (older, newer) = if unit.input != other.input {
            (self.taken(unit.input, ""), self.taken(other.input, ""))
        } else if unit.path != other.path {
            let common = common_folder(&unit.path, &other.path);
            let child = |path: &'u str| {
                let end = path[common..].find('/').map_or(path.len(), |it| common + it);
                self.taken(unit.input, &path[..end])
            };
            (child(&unit.path), child(&other.path))
        } else if a == b {
            return false;
        } else {
            (self.segment(a), self.segment(b))
        };
        older.zip(newer).is_some_and(|(older, newer)| newer.duration_since(older) >= ONE_CAPTURE)
    }

    /// Whether two units are told apart by the folders in which they stand.
    fn in_folders(&self, a: usize, b: usize) -> bool {
        let (unit, other) = (&self.all[a], &self.all[b]);
        let common =
            if unit.input == other.input { common_folder(&unit.path, &other.path) } else { 0 };
        unit.path[common..].contains('/') && other.path[common..].contains('/')
            || (unit.input != other.input && !unit.path.is_empty() && !other.path.is_empty())
    }

    fn taken(&self, input: usize, path: &'u str) -> Option<Timestamp> {
        let find = || {
            let units = self.units.iter().map(|it| &self.all[*it]);
            let units = units.filter(|it| it.input == input && it.is_in(path));
            units.filter_map(Unit::taken).max()
        };
        *self.taken.borrow_mut().entry((input, path)).or_insert_with(find)
    }

    fn segment(&self, unit: usize) -> Option<Timestamp> {
        let mut known = self.segments.borrow_mut();
        if !known.contains_key(&unit) {
            let same = |it: &&usize| {
                let (it, unit) = (&self.all[**it], &self.all[unit]);
                it.input == unit.input && it.path == unit.path
            };
            let of_file: Vec<_> = self.units.iter().filter(same).copied().collect();
            for segment in segments(self.all, &of_file, |_, _| false) {
                let taken = segment.iter().filter_map(|it| self.all[*it].taken()).max();
                known.extend(segment.into_iter().map(|it| (it, taken)));
            }
        }
        known.get(&unit).copied().flatten()
    }
}

/// The length of the folder that holds both, with its slash.
fn common_folder(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    a.as_bytes()[..same].iter().rposition(|it| *it == b'/').map_or(0, |it| it + 1)
}
