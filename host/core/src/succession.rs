//! What of an older dump of a cluster does not count beside a newer one: objects that the newer one
//! lists no more are gone.
//!
//! That a dump is newer is proven by its newest timestamp alone, and by a distance that no tool
//! takes to write one: lists of one capture stand beside each other. Lists of one capture may be as
//! far apart where one is quiet, as those of two label selectors: so beside a list of one namespace
//! both dumps must have an object in common. A list of all namespaces needs none.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    rc::Rc,
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
/// `whole`: whether nothing that a unit holds of a kind was. `objects`: what a unit holds, as
/// hashes.
pub(crate) fn replaced<'o>(
    all: &[Unit],
    units: &[usize],
    lossy: &BTreeSet<usize>,
    whole: impl Fn(usize, &ListScope) -> bool,
    objects: impl Fn(usize) -> Option<&'o HashSet<u64>>,
) -> Replaced {
    let mut replaced = Replaced::default();
    let lists = units.iter().flat_map(|unit| all[*unit].lists.iter().map(|it| (*unit, it)));
    let mut lists: Vec<_> = lists.collect();
    if lists.is_empty() {
        return replaced;
    }
    let captures = Captures::of(all, units);
    let may_be_older: Vec<_> =
        units.iter().copied().filter(|it| captures.may_be_older(*it)).collect();
    if may_be_older.is_empty() {
        return replaced;
    }
    let lossy: Vec<_> = lossy.iter().filter(|it| may_be_older.binary_search(it).is_ok()).collect();
    lists.sort_by_key(|(unit, it)| (&it.group, &it.kind, *unit));
    for lists in lists.chunk_by(|(_, a), (_, b)| a.kind == b.kind && a.group == b.group) {
        let kind = Holding::of(all, &may_be_older, lists[0].1);
        for (newer, list) in lists {
            let lossy = list.namespace.is_none().then_some(&lossy).into_iter().flatten();
            for older in kind.units(list).chain(lossy.map(|it| **it)) {
                let is_known = replaced.lists.get(&older).is_some_and(|it| it.contains(list));
                let counts = || all[older].lists.iter().any(|it| it.is_beyond(list));
                if !is_known
                    && all[*newer].logged <= all[older].logged
                    && captures.is_older(older, *newer)
                    && !counts()
                    && whole(*newer, list)
                    && (list.namespace.is_none() || captures.in_common(older, *newer, &objects))
                {
                    replaced.lists.entry(older).or_default().push((*list).clone());
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
            for namespace in seen.namespaces.iter() {
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
    /// When each was taken, by input and path: as late as the latest of its units.
    taken: HashMap<(usize, &'u str), Timestamp>,
    /// The same for the documents of a file of several, by unit.
    segments: HashMap<usize, Option<Timestamp>>,
    /// When the latest of all was.
    latest: Option<Timestamp>,
    /// The units of each.
    paths: OnceCell<HashMap<Capture<'u>, Vec<usize>>>,
    /// The objects of some.
    objects: RefCell<HashMap<Capture<'u>, Rc<HashSet<u64>>>>,
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
    fn of(all: &'u [Unit], units: &'u [usize]) -> Self {
        let mut taken: HashMap<(usize, &'u str), Timestamp> = HashMap::new();
        let mut files: BTreeMap<(usize, &'u str), Vec<usize>> = BTreeMap::new();
        for (nth, unit) in units.iter().map(|it| (*it, &all[*it])) {
            files.entry((unit.input, &unit.path)).or_default().push(nth);
            let Some(time) = unit.taken() else { continue };
            for path in folders(&unit.path) {
                let known = taken.entry((unit.input, path)).or_insert(time);
                *known = time.max(*known);
            }
        }
        let mut times = HashMap::new();
        for of_file in files.values().filter(|it| it.len() > 1) {
            for segment in segments(all, of_file, None) {
                let taken = segment.iter().filter_map(|it| all[*it].taken()).max();
                times.extend(segment.into_iter().map(|it| (it, taken)));
            }
        }
        let collected = units.iter().filter_map(|it| all[*it].collected);
        let latest = taken.values().copied().chain(collected).max();
        Self {
            all,
            units,
            taken,
            segments: times,
            latest,
            paths: OnceCell::new(),
            objects: RefCell::default(),
            common: RefCell::default(),
        }
    }

    /// Whether a unit may be of an older capture than another: most are not, and need not be
    /// compared with all others.
    fn may_be_older(&self, nth: usize) -> bool {
        let Some(latest) = self.latest else { return false };
        let unit = &self.all[nth];
        let of_folders = folders(&unit.path).filter_map(|it| self.taken(unit.input, it));
        let times = of_folders.chain(unit.collected).chain(self.segment(nth));
        times.into_iter().any(|it| latest.duration_since(it) >= ONE_CAPTURE)
    }

    /// The captures that two units are parts of: what stands side by side in one folder, documents
    /// of one file, or inputs.
    fn parts(&self, a: usize, b: usize) -> [Capture<'u>; 2] {
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
            let [older, newer] = self.parts(a, b).map(|it| match it {
                Capture::Path(input, path) => self.taken(input, path),
                Capture::Document(unit) => self.segment(unit),
            });
            older.zip(newer)
        });
        a != b && apart.is_some_and(|(older, newer)| newer.duration_since(older) >= ONE_CAPTURE)
    }

    fn in_common<'o>(
        &self,
        a: usize,
        b: usize,
        objects: impl Fn(usize) -> Option<&'o HashSet<u64>>,
    ) -> bool {
        let captures = self.parts(a, b);
        let find = || {
            let [a, b] = captures.map(|it| self.objects(it, &objects));
            let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
            few.iter().any(|it| many.contains(it))
        };
        // Of single files and documents there may be millions of pairs, each of which is found at
        // once.
        if captures.iter().any(|it| self.units_of(*it).len() < 2) {
            return find();
        }
        *self.common.borrow_mut().entry(captures).or_insert_with(find)
    }

    /// What the units of a capture hold.
    fn objects<'o>(
        &self,
        capture: Capture<'u>,
        objects: impl Fn(usize) -> Option<&'o HashSet<u64>>,
    ) -> Rc<HashSet<u64>> {
        let find = || {
            let units = self.units_of(capture).iter();
            Rc::new(units.filter_map(|it| objects(*it)).flatten().copied().collect())
        };
        Rc::clone(self.objects.borrow_mut().entry(capture).or_insert_with(find))
    }

    fn units_of(&self, capture: Capture<'u>) -> &[usize] {
        let paths = || {
            let mut paths: HashMap<Capture<'u>, Vec<usize>> = HashMap::new();
            for nth in self.units {
                let unit = &self.all[*nth];
                for path in folders(&unit.path) {
                    paths.entry(Capture::Path(unit.input, path)).or_default().push(*nth);
                }
                paths.entry(Capture::Document(*nth)).or_default().push(*nth);
            }
            paths
        };
        self.paths.get_or_init(paths).get(&capture).map_or(&[], Vec::as_slice)
    }

    fn taken(&self, input: usize, path: &'u str) -> Option<Timestamp> {
        self.taken.get(&(input, path)).copied()
    }

    fn segment(&self, unit: usize) -> Option<Timestamp> {
        match self.segments.get(&unit) {
            Some(taken) => *taken,
            None => self.all[unit].taken(),
        }
    }
}

/// The path of a file, those of the folders that hold it, and that of the input, which is empty.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|it| it.0).chain([path.len()]);
    let input = (!path.is_empty()).then_some("");
    input.into_iter().chain(ends.map(|it| &path[..it]))
}

/// The length of the folder that holds both, with its slash.
fn common_folder(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    a.as_bytes()[..same].iter().rposition(|it| *it == b'/').map_or(0, |it| it + 1)
}
