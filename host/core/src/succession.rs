//! What of an older dump of a cluster does not count beside a newer one: objects that the newer one
//! lists no more are gone.
//!
//! That a dump is newer is proven by its newest timestamp alone, and by a distance that no tool
//! takes to write one: lists of one capture stand beside each other. Lists of one capture may be as
//! far apart where one is quiet, as those of two label selectors: so beside a list of one namespace
//! both dumps must have an object in common. A list of all namespaces needs none.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    Identity, ListScope,
    clusters::segments,
    units::{KindSeen, Unit},
};

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
        !lists.any(|it| it.holds(identity.namespace())) && !self.was_made_again(unit, identity)
    }

    /// Whether a unit holds what an object was before it was deleted and made again.
    pub(crate) fn was_made_again(&self, unit: usize, identity: &Identity) -> bool {
        !self.objects.is_empty() && self.objects.contains(&(unit, identity.clone()))
    }

    /// Whether newer lists stand for all that a unit lists of a kind.
    pub(crate) fn kind(&self, unit: usize, group: &str, kind: &str) -> bool {
        let mut lists = self.lists.get(&unit).into_iter().flatten();
        lists.any(|it| it.kind == kind && it.group == group)
    }
}

/// What newer lists of a cluster's units stand for. `lossy`: units of which something was lost.
/// `whole`: whether nothing that a unit holds of a kind was. `common`: whether some of these units
/// hold an object that some of those hold.
pub(crate) fn replaced(
    all: &[Unit],
    units: &[usize],
    lossy: &BTreeSet<usize>,
    whole: impl Fn(usize, &ListScope) -> bool,
    common: impl Fn(&[usize], &[usize]) -> bool,
) -> Replaced {
    let captures = Captures {
        all,
        units,
        taken: RefCell::default(),
        segments: RefCell::default(),
        common: RefCell::default(),
    };
    let mut replaced = Replaced::default();
    let lists = units.iter().flat_map(|unit| all[*unit].lists.iter().map(|it| (*unit, it)));
    let mut lists: Vec<_> = lists.collect();
    lists.sort_by_key(|(unit, it)| (&it.group, &it.kind, *unit));
    for lists in lists.chunk_by(|(_, a), (_, b)| a.kind == b.kind && a.group == b.group) {
        let kind = Holding::of(all, units, lists[0].1);
        for (newer, list) in lists {
            let lossy = list.namespace.is_none().then_some(lossy).into_iter().flatten();
            for older in kind.units(list).chain(lossy.copied()) {
                let counts = || all[older].lists.iter().any(|it| it.is_beyond(list));
                if captures.is_older(older, *newer)
                    && !counts()
                    && whole(*newer, list)
                    && (list.namespace.is_none() || captures.in_common(older, *newer, &common))
                {
                    let of_unit = replaced.lists.entry(older).or_default();
                    if !of_unit.contains(list) {
                        of_unit.push((*list).clone());
                    }
                }
            }
        }
    }
    replaced
}

/// Which units hold objects of one kind.
struct Holding<'u> {
    all: Vec<usize>,
    by_namespace: BTreeMap<&'u str, Vec<usize>>,
}

impl<'u> Holding<'u> {
    /// The kind of a list.
    fn of(all: &'u [Unit], units: &[usize], list: &ListScope) -> Self {
        let mut holding = Self { all: Vec::new(), by_namespace: BTreeMap::new() };
        for unit in units {
            let is_of = |it: &&(Arc<(String, String)>, KindSeen)| {
                it.0.1 == list.kind && it.0.0 == list.group
            };
            let Some((_, seen)) = all[*unit].kinds.iter().find(is_of) else { continue };
            holding.all.push(*unit);
            for namespace in &seen.namespaces {
                holding.by_namespace.entry(namespace).or_default().push(*unit);
            }
        }
        holding
    }

    /// Those that hold some where the list was taken from.
    fn units(&self, list: &ListScope) -> impl Iterator<Item = usize> {
        let units = match &list.namespace {
            None => Some(&self.all),
            Some(namespace) => self.by_namespace.get(namespace.as_str()),
        };
        units.into_iter().flatten().copied()
    }
}

/// The captures that units are parts of.
struct Captures<'u> {
    all: &'u [Unit],
    units: &'u [usize],
    /// When each was taken, by input and path.
    taken: RefCell<HashMap<(usize, &'u str), Option<Timestamp>>>,
    /// The same for the documents of a file, by unit.
    segments: RefCell<HashMap<usize, Option<Timestamp>>>,
    /// Which have an object in common.
    common: RefCell<HashMap<[Capture<'u>; 2], bool>>,
}

/// What tells a unit apart from another: an input, a folder or a file, or in one file the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Capture<'u> {
    Path(usize, &'u str),
    Document(usize),
}

impl<'u> Captures<'u> {
    /// The captures that two units are parts of: what stands side by side in one folder, documents
    /// of one file, or inputs.
    fn of(&self, a: usize, b: usize) -> [Capture<'u>; 2] {
        let (unit, other) = (&self.all[a], &self.all[b]);
        if unit.input != other.input {
            return [unit, other].map(|it| Capture::Path(it.input, ""));
        }
        if unit.path == other.path {
            return [a, b].map(Capture::Document);
        }
        let common = common_folder(&unit.path, &other.path);
        [unit, other].map(|it| {
            let end = it.path[common..].find('/').map_or(it.path.len(), |at| common + at);
            Capture::Path(it.input, &it.path[..end])
        })
    }

    /// Whether one unit is of an older capture than another.
    fn is_older(&self, a: usize, b: usize) -> bool {
        let [of_a, of_b] = [a, b].map(|it| &self.all[it]);
        if of_a.bundle.is_some() && of_a.bundle == of_b.bundle {
            return false;
        }
        // Two bundles say it; beside another dump the clocks of the cluster can be compared.
        let apart = of_a.collected.zip(of_b.collected).or_else(|| {
            let [older, newer] = self.of(a, b).map(|it| match it {
                Capture::Path(input, path) => self.taken(input, path),
                Capture::Document(unit) => self.segment(unit),
            });
            older.zip(newer)
        });
        a != b && apart.is_some_and(|(older, newer)| newer.duration_since(older) >= ONE_CAPTURE)
    }

    fn in_common(&self, a: usize, b: usize, common: impl Fn(&[usize], &[usize]) -> bool) -> bool {
        let captures = self.of(a, b);
        let find = || {
            let [a, b] = captures.map(|capture| -> Vec<usize> {
                let is_in = |it: &&usize| match capture {
                    Capture::Path(input, path) => {
                        self.all[**it].input == input && self.all[**it].is_in(path)
                    }
                    Capture::Document(unit) => **it == unit,
                };
                self.units.iter().filter(is_in).copied().collect()
            });
            common(&a, &b)
        };
        *self.common.borrow_mut().entry(captures).or_insert_with(find)
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
