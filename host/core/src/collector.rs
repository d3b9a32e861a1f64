//! What one reading of dumps or of a cluster gives: a [`Store`] that is filled once, and beside it
//! the inputs, what was lost of them, how far they cover each need, and when they were captured.
//!
//! Which copy of an object counts is for the [`Store`] to decide. Inputs may hold several clusters
//! and several dumps of one: what is read is kept by the file or document that held it
//! ([`Unit`](crate::units::Unit)), and only the end decides what is of which cluster
//! ([`crate::clusters`]) and what of it is superseded ([`crate::succession`]).

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    Bundle, Clocks, Concerns, Coverage, Extent, Identity, Input, Json, Kept, ListScope, Logged,
    NeedSet, ObjectCopy, Problem, ProblemKind, Reading, Readings, Selection, SelectorError,
    SeveralOfOneName, Store, TextLine,
    apart::Apart,
    captures::Older,
    clusters::{CLUSTERS, Group, Misnamed, Table, judged},
    doubles,
    identity::{hash, is_placeholder},
    logged,
    losses::{Loss, losses},
    one_cluster::{OfCluster, counted},
    rivals::Rivals,
    succession::{Replaced, replaced},
    text::escaped,
    units::Unit,
};

/// Takes what a source reads, and keeps what the needs select.
///
/// Dumps and live clusters fill it in the same way. Its [`Store`] decides which of two copies of an
/// object counts and in which order rules see objects; the collector decides how much of each need
/// the source covers.
#[derive(Debug)]
pub struct Collector {
    /// Of each object the first copy, and those that may be joined with it at once.
    store: Store,
    /// Further copies, in order. Whether they may be joined is not known yet.
    further: Vec<ObjectCopy>,
    /// The units that hold a copy which was joined at once, by the object's
    /// [generation](Identity::generation).
    joined: HashMap<u64, Vec<u32>>,
    units: Vec<Unit>,
    /// Whether what follows is of another input than the last unit.
    begins: bool,
    /// Group and kind of all that was seen, by kind.
    kinds: BTreeMap<String, Vec<Arc<(String, String)>>>,
    namespaces: BTreeSet<Arc<str>>,
    stated: BTreeMap<usize, (Coverage, String)>,
    /// With the index of the input that tells it.
    extents: Vec<(usize, Extent)>,
    /// With the index of the input that holds it.
    bundles: Vec<(usize, Bundle)>,
    inputs: Vec<Input>,
    threads: usize,
    /// Whether it is known when all was captured.
    now: bool,
    /// About how much memory what was taken takes.
    kept: Kept,
    /// Files that hold Secrets, by input and path.
    secrets: BTreeSet<(usize, Arc<str>)>,
}

impl Collector {
    /// An empty collector for these needs, whose label selectors must be readable.
    pub fn new(needs: NeedSet) -> Result<Self, SelectorError> {
        Ok(Self {
            kept: Kept::new(&needs),
            store: Store::new(needs)?,
            further: Vec::new(),
            joined: HashMap::new(),
            units: Vec::new(),
            begins: true,
            kinds: BTreeMap::new(),
            namespaces: BTreeSet::new(),
            stated: BTreeMap::new(),
            extents: Vec::new(),
            bundles: Vec::new(),
            inputs: Vec::new(),
            threads: 1,
            now: false,
            secrets: BTreeSet::new(),
        })
    }

    /// The same collector, which orders the objects of this many needs at the same time; by default
    /// of one. The result does not depend on it.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// What rules ask for.
    pub fn needs(&self) -> &NeedSet {
        self.store.needs()
    }

    /// Which objects the needs select.
    pub fn selection(&self) -> &Selection {
        self.store.selection()
    }

    /// Opens the next input: what follows belongs to it.
    pub fn begin_input(&mut self, name: &str) {
        self.inputs.push(Input { name: name.to_owned(), ..Input::default() });
        self.begins = true;
    }

    /// The open input, to count its files and bytes. Opens one without a name where none is open.
    pub fn input(&mut self) -> &mut Input {
        if self.inputs.is_empty() {
            self.begin_input("");
        }
        self.inputs.last_mut().expect("an input was just opened")
    }

    /// The next file of the open input, by its path; empty where the input is one file.
    pub fn begin_file(&mut self, path: &str) {
        self.begin_unit(path.into());
    }

    /// The next document of the open file, which begins on this line; 0 where it is not known.
    /// What follows may be of another cluster than what went before, and of another moment.
    pub fn begin_document(&mut self, line: u64) {
        let open = self.unit();
        let (path, bundle, collected) = (Arc::clone(&open.path), open.bundle, open.collected);
        self.begin_unit(path);
        let open = self.unit();
        (open.line, open.bundle, open.collected) = (line, bundle, collected);
    }

    /// Whether the open file is a log, or the open document stands behind one: what wrote the log
    /// may have made it up. It never counts beside what was read elsewhere, and proves nothing.
    pub fn behind_log(&mut self, logged: Logged) {
        self.unit().logged = logged;
    }

    fn begin_unit(&mut self, path: Arc<str>) {
        self.input();
        let input = self.inputs.len() - 1;
        let unit = Unit { input, path, ..Unit::default() };
        match self.units.last_mut() {
            // Nothing was found in it.
            Some(last) if last.is_blank() => *last = unit,
            _ => {
                self.kept.add(Kept::UNIT);
                self.units.push(unit);
            }
        }
        self.begins = false;
    }

    /// The open file or document.
    fn unit(&mut self) -> &mut Unit {
        if self.begins {
            self.begin_unit(Arc::default());
        }
        self.units.last_mut().expect("a unit was just opened")
    }

    /// Group and kind, once for all units.
    fn kind(&mut self, group: &str, kind: &str) -> Arc<(String, String)> {
        let of = |known: &[Arc<(String, String)>]| known.iter().find(|it| it.0 == group).cloned();
        if let Some(known) = self.kinds.get(kind).and_then(|it| of(it)) {
            return known;
        }
        /// Clusters have some hundred kinds. A text may name millions, of which nobody asks for
        /// any: those are counted together.
        const KINDS: usize = 10_000;
        /// What reports call them.
        const FURTHER: &str = "further kinds";
        /// Few groups have a kind of the same name.
        const GROUPS: usize = 100;
        let many = self.kinds.len() >= KINDS
            || self.kinds.get(kind).is_some_and(|groups| groups.len() >= GROUPS);
        let is_asked = || self.store.kinds().iter().any(|it| it.is(group, kind));
        if many && kind != FURTHER && !is_asked() {
            return self.kind("", FURTHER);
        }
        let new = Arc::new((group.to_owned(), kind.to_owned()));
        self.kinds.entry(kind.to_owned()).or_default().push(Arc::clone(&new));
        new
    }

    /// Objects of one kind in one namespace were seen, selected or not.
    pub fn seen(&mut self, group: &str, kind: &str, namespace: &str, objects: usize) {
        self.input().objects += objects;
        if (group, kind) == ("", "Secret") {
            self.holds_secrets();
        }
        let kind = self.kind(group, kind);
        let known = self.namespaces.get(namespace).cloned();
        let namespace = known.unwrap_or_else(|| {
            self.kept.add(namespace.len() as u64);
            let new: Arc<str> = namespace.into();
            self.namespaces.insert(Arc::clone(&new));
            new
        });
        let seen = self.unit().kind(kind);
        seen.objects += objects;
        seen.unplaced += if namespace.is_empty() { objects } else { 0 };
        if seen.add_namespace(&namespace) {
            self.kept.add(Kept::NAMESPACE);
        }
    }

    /// Takes a copy of an object that was [seen](Self::seen): of each object of a cluster the copy
    /// with the highest `resourceVersion` counts. A copy that no need selects must be taken where
    /// the needs' label selectors may select another copy of the object
    /// ([`Selection::may_select`]).
    pub fn take(&mut self, mut copy: ObjectCopy) {
        self.input().needed += usize::from(!copy.projections.is_empty());
        self.kept.add_copy(&copy);
        self.unit().copies = true;
        let at = self.units.len() - 1;
        copy.position.unit = u32::try_from(at).unwrap_or(u32::MAX);
        let Self { store, units, joined, .. } = self;
        let unit = copy.position.unit;
        let object = copy.identity.has_uid().then(|| copy.identity.generation());
        let back = store.take_unless_known(copy, |held| {
            let other = held.position.unit;
            // One file may hold many copies of an object, as a watch prints them.
            let file = |it: usize| units.get(it).map(|it| (it.input, &it.path));
            let logged = |it: usize| units.get(it).is_some_and(|it| it.logged.is_doubtful());
            if let Some(object) = object
                && other != unit
                && !logged(at)
                && !logged(other as usize)
                && file(other as usize) == file(at)
            {
                let known = joined.entry(object).or_insert_with(|| vec![other]);
                if known.last() != Some(&unit) {
                    known.push(unit);
                }
                return true;
            }
            other == unit
        });
        self.further.extend(back);
    }

    /// About how much memory it takes to keep what was taken, and where it stood. What a newer copy
    /// has replaced is counted, too.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// A kind was listed, whether or not the list held objects: an empty list of vaults says that
    /// there are none.
    pub fn listed(&mut self, group: &str, kind: &str) {
        let kind = self.kind(group, kind);
        self.unit().kind(kind);
    }

    /// A list was read to its end. One that was taken from all namespaces tells that there are no
    /// other objects of its kind, in whichever namespace; what a bundle's [extent](Self::reaches)
    /// says counts more. Of two dumps of a cluster, what the newer one lists stands for what the
    /// older one lists.
    pub fn listed_whole(&mut self, list: ListScope) {
        self.listed(&list.group, &list.kind);
        let Unit { lists, logged, .. } = self.unit();
        if !logged.is_some() && !lists.contains(&list) {
            lists.push(list);
        }
    }

    /// The uid of the Namespace kube-system: no other cluster has it. A placeholder tells nothing.
    pub fn cluster(&mut self, uid: &str) {
        if !is_placeholder(uid) && !self.unit().logged.is_some() {
            self.unit().cluster.get_or_insert_with(|| uid.to_owned());
        }
    }

    /// The path of a file matches a text need, whether or not a line of the file does.
    pub fn text_file(&mut self, need: usize) {
        self.unit().texts.entry(need).or_default().files += 1;
    }

    /// A line that a text need selects.
    pub fn text_line(&mut self, need: usize, line: TextLine) {
        self.kept.add_line(need, &line);
        self.unit().texts.entry(need).or_default().lines.insert(line);
    }

    /// The open file holds Secrets: none of its lines is given to a text need.
    pub fn holds_secrets(&mut self) {
        let Unit { input, path, .. } = self.unit();
        let file = (*input, Arc::clone(path));
        self.secrets.insert(file);
    }

    /// Takes the lines out that stand in files that hold Secrets, and tells of which needs.
    fn withhold_lines(&mut self) {
        if self.secrets.is_empty() {
            return;
        }
        let mut told: BTreeMap<(usize, Arc<str>, usize), usize> = BTreeMap::new();
        for unit in &mut self.units {
            let file = (unit.input, Arc::clone(&unit.path));
            if !self.secrets.contains(&file) {
                continue;
            }
            for (need, seen) in unit.texts.iter_mut().filter(|it| !it.1.lines.is_empty()) {
                *told.entry((file.0, Arc::clone(&file.1), *need)).or_default() += seen.lines.len();
                seen.lines.clear();
            }
        }
        for ((input, path, need), lines) in told {
            let id = escaped(self.store.needs().texts[need].id.clone());
            let lines = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
            let reason = format!(
                "{lines} for need `{id}` are withheld: the file holds Secrets, and no pack is \
                 given their values as text; put what is to be searched into another file"
            );
            let (place, concerns) = (String::from(&*path), Concerns::Text(need));
            let problem = Problem { place, reason, concerns, ..Problem::default() };
            self.inputs[input].problems.push(problem);
        }
    }

    /// When all was captured is known: what clocks say of it is not told.
    pub fn is_now(&mut self) {
        self.now = true;
    }

    /// What a part of the open input tells of when it was captured.
    pub fn clocks(&mut self, clocks: Clocks) {
        let clocks = clocks.of_input(&self.input().name);
        self.unit().clocks.merge(&clocks);
    }

    /// Something of the open input could not be read, or was passed over.
    pub fn problem(&mut self, problem: Problem) {
        let problem = Problem { reason: escaped(problem.reason), ..problem };
        self.input().problems.push(problem);
    }

    /// The source knows how much of an object need it covers, and why not all of it. This outweighs
    /// what the objects show; of several statements the lowest coverage counts.
    pub fn cover(&mut self, need: usize, coverage: Coverage, reason: &str) {
        let stated = self.stated.entry(need).or_insert((coverage, reason.to_owned()));
        if coverage < stated.0 {
            *stated = (coverage, reason.to_owned());
        }
    }

    /// The tool that wrote the open input is known to include this much.
    ///
    /// This makes nothing absent that was seen: a user may add to a bundle what its tool leaves
    /// out.
    pub fn reaches(&mut self, extent: Extent) {
        self.input();
        let input = self.inputs.len() - 1;
        if !self.extents.iter().any(|it| *it == (input, extent.clone())) {
            self.extents.push((input, extent));
        }
    }

    /// A bundle in the open input. Returns the number by which its files
    /// [name it](Self::of_bundle).
    ///
    /// What it says of when it was taken and how much of each need it holds outweighs what its
    /// objects show. It says nothing of another cluster, nor of what was read beside it.
    pub fn bundle(&mut self, bundle: Bundle) -> usize {
        self.input();
        self.bundles.push((self.inputs.len() - 1, bundle));
        self.bundles.len() - 1
    }

    /// The open file is a part of this [bundle](Self::bundle).
    ///
    /// # Panics
    ///
    /// If there is no such bundle.
    pub fn of_bundle(&mut self, bundle: usize) {
        let collected = self.bundles[bundle].1.as_of;
        let open = self.unit();
        (open.bundle, open.collected) = (Some(bundle), collected);
    }

    /// Everything that was read, of one cluster.
    pub fn finish(self) -> Reading {
        let units = (0..self.units.len()).collect();
        let (label, places) = (String::new(), Vec::new());
        let group = Group { label, name: None, places, units };
        let Readings { clusters, inputs, .. } = self.readings(vec![group], &Rivals::default(), &[]);
        let reading = clusters.into_iter().next().map(|it| it.1).unwrap_or_default();
        Reading { inputs, ..reading }
    }

    /// Everything that was read, one cluster at a time. `names`: the cluster of each input, as far
    /// as the user names it.
    ///
    /// All is of one cluster unless something cannot be: the Namespace kube-system with two uids,
    /// one name with two uids at the same time, or two names. Then each input, folder, file or
    /// document in which nothing clashes is judged by itself, and with those that hold or name one
    /// of its objects. Fails where the inputs of one name hold several clusters.
    pub fn clusters(mut self, names: &[Option<String>]) -> Result<Readings, SeveralOfOneName> {
        self.forget_shared_homes();
        let rivals = if self.units.len() > 1 {
            Rivals::of(&self.store, &self.further, &self.units)
        } else {
            Rivals::default()
        };
        let inputs: Vec<_> = self.inputs.iter().map(|it| it.name.as_str()).collect();
        let units = &self.units;
        let apart = Apart::of(units, &rivals.clashes, &rivals.claims);
        let table = Table { inputs: &inputs, names, units, apart: &apart };
        let groups = match table.groups(|| self.proofs()) {
            Ok(groups) => groups,
            Err(misnamed) => return Err(self.several(misnamed, &rivals)),
        };
        self.note_empty(names);
        let copies = || {
            let mut copies = vec![0; self.units.len()];
            self.held().for_each(|it| copies[it.1 as usize] += 1);
            copies
        };
        let (groups, left_out) = judged(groups, copies);
        let told = self.not_judged(&left_out);
        let mut readings = self.readings(groups, &rivals, names);
        readings.left_out = left_out.len();
        for (input, told) in told {
            readings.inputs[input].problems.push(told);
        }
        Ok(readings)
    }

    /// Tells of each input which clusters are left out.
    fn not_judged(&self, left_out: &[Group]) -> Vec<(usize, Problem)> {
        let mut by_input: BTreeMap<usize, (&str, usize)> = BTreeMap::new();
        for group in left_out {
            let inputs: BTreeSet<_> = group.units.iter().map(|it| self.units[*it].input).collect();
            for input in inputs {
                by_input.entry(input).or_insert((&group.label, 0)).1 += 1;
            }
        }
        let told = by_input.into_iter().map(|(input, (first, all))| {
            let which = match all - 1 {
                0 => format!("the cluster of {first} is"),
                1 => format!("the cluster of {first} and 1 more are"),
                more => format!("the cluster of {first} and {more} more are"),
            };
            let reason = format!(
                "{which} not judged: one run judges {CLUSTERS} clusters at most, and this seems to \
                 hold more; put the files of each into a folder, and name it: --cluster NAME=FOLDER"
            );
            let (concerns, kind) = (Concerns::Everything, ProblemKind::Limit);
            (input, Problem { reason: escaped(reason), concerns, kind, ..Problem::default() })
        });
        told.collect()
    }

    /// All copies that are held: what they are of, the unit that holds them, and their texts.
    fn held(&self) -> impl Iterator<Item = (&Identity, u32, impl Iterator<Item = &Json>)> {
        let objects = self.store.kinds().iter().flat_map(|it| &it.objects);
        let held = objects.map(|(identity, it)| {
            let texts: Vec<_> = it.texts().map(|it| it.1).collect();
            (identity, it.position.unit, texts.into_iter())
        });
        let further = self.further.iter().map(|it| {
            let texts: Vec<_> = it.projections.iter().map(|it| &it.1).collect();
            (&it.identity, it.position.unit, texts.into_iter())
        });
        held.chain(further)
    }

    /// The uids that objects of different names have, as hashes: they prove nothing.
    fn shared_uids(&self) -> HashSet<u64> {
        let mut first: HashMap<u64, u64> = HashMap::new();
        let mut shared = HashSet::new();
        for (identity, ..) in self.held().filter(|it| it.0.has_uid()) {
            let (uid, place) = (hash(identity.uid()), identity.place());
            if *first.entry(uid).or_insert(place) != place {
                shared.insert(uid);
            }
        }
        shared
    }

    /// A uid of the Namespace kube-system that other objects have too tells no cluster.
    fn forget_shared_homes(&mut self) {
        if self.units.iter().filter(|it| it.cluster.is_some()).count() < 2 {
            return;
        }
        let mut shared = self.shared_uids();
        let home = Identity::new("v1", "Namespace", "", "kube-system", "").place();
        let others = self.held().filter(|it| it.0.has_uid() && it.0.place() != home);
        shared.extend(others.map(|it| hash(it.0.uid())));
        for unit in &mut self.units {
            unit.cluster.take_if(|it| shared.contains(&hash(it.as_str())));
        }
    }

    /// The uids of objects and those that objects refer to, as hashes, and the units that hold
    /// them.
    fn proofs(&self) -> Vec<(u64, usize)> {
        let mut proofs = Vec::new();
        for (identity, unit, texts) in self.held() {
            proven(&mut proofs, identity.uid(), unit, texts);
            if let Some(units) =
                self.joined.get(&identity.generation()).filter(|_| identity.has_uid())
            {
                proofs.extend(units.iter().map(|it| (hash(identity.uid()), *it as usize)));
            }
        }
        let shared = self.shared_uids();
        proofs.retain(|it| !shared.contains(&it.0));
        proofs.sort_unstable();
        proofs.dedup();
        proofs
    }

    /// What one name was given to.
    fn several(
        &self,
        Misnamed { name, groups, units }: Misnamed,
        rivals: &Rivals,
    ) -> SeveralOfOneName {
        let told: BTreeSet<_> =
            units.iter().filter_map(|it| self.units[*it].cluster.as_deref()).collect();
        let has = |it: usize| units.binary_search(&it).is_ok();
        let clash = if told.len() > 1 {
            let uids = told.into_iter().collect::<Vec<_>>().join(" and ");
            format!("the Namespace kube-system has the uids {uids}")
        } else {
            let pair = rivals.clashes.iter().find(|(a, b)| has(*a) && has(*b));
            let what = pair.map_or("an object", |(a, b)| rivals.example(*a, *b));
            format!("{what} has two uids at the same time")
        };
        let clusters = groups.into_iter().map(|it| (it.label, it.places)).collect();
        SeveralOfOneName { name, clash: escaped(clash), clusters }
    }

    /// Notes inputs that have a name and of which nothing was read.
    fn note_empty(&mut self, names: &[Option<String>]) {
        for (input, name) in self.inputs.iter_mut().zip(names) {
            // One that could not be read says why.
            let is_told = |it: &Problem| it.place.is_empty() && it.concerns == Concerns::Everything;
            if let (Some(name), 0, false) =
                (name, input.objects, input.problems.iter().any(is_told))
            {
                let reason = format!("holds no Kubernetes objects of the cluster {name}");
                let concerns = Concerns::Everything;
                let problem = Problem { reason: escaped(reason), concerns, ..Problem::default() };
                input.problems.push(problem);
            }
        }
    }

    fn readings(
        mut self,
        groups: Vec<Group>,
        rivals: &Rivals,
        names: &[Option<String>],
    ) -> Readings {
        self.withhold_lines();
        let Self { mut store, mut further, joined, units, .. } = self;
        let Self { stated, extents, bundles, mut inputs, threads, now, .. } = self;
        let mut group_of = vec![None; units.len()];
        for (nth, group) in groups.iter().enumerate() {
            group.units.iter().for_each(|it| group_of[*it] = Some(nth));
        }
        for (input, told) in logged::set_aside(&mut store, &mut further, &units, &group_of) {
            inputs[input].problems.push(told);
        }
        let common = OnceCell::new();
        let places: Arc<[_]> = {
            let names: Vec<Arc<str>> = inputs.iter().map(|it| it.name.as_str().into()).collect();
            units.iter().map(|it| (Arc::clone(&names[it.input]), Arc::clone(&it.path))).collect()
        };
        let in_logs: Arc<[bool]> = units.iter().map(|it| it.logged.is_some()).collect();
        let losses = losses(&inputs, &units, names);
        let lossy: BTreeSet<usize> =
            losses.iter().filter_map(|it| it.whose.units()).flatten().copied().collect();
        let of_group: Vec<_> = groups
            .iter()
            .map(|group| {
                let whole = |unit: usize, list: &ListScope| {
                    let concerns = |it: &&Loss<'_>| {
                        it.is_of(unit, group)
                            && it.problem.concerns.kind_of(&list.group, &list.kind)
                    };
                    !losses.iter().any(|it| concerns(&it))
                };
                let objects = |unit: usize| {
                    common.get_or_init(|| objects_of(&store, &further, &joined)).get(&unit)
                };
                let mut gone = replaced(&units, &group.units, &lossy, whole, objects);
                rivals.gone(&group.units).for_each(|(unit, it)| gone.object(unit, it.clone()));
                gone
            })
            .collect();
        let counts = |unit: u32, identity: &_| {
            let unit = unit as usize;
            let group: usize = group_of[unit]?;
            let gone: &Replaced = &of_group[group];
            (gone.is_empty() || gone.counts(unit, identity)).then_some(group)
        };
        let mut stores = if groups.len() == 1 && of_group[0].is_empty() {
            vec![store]
        } else {
            let needs = store.needs().clone();
            let empty = |_: &Group| {
                Store::new(needs.clone()).expect("the selectors of these needs have been read")
            };
            let mut stores: Vec<_> = groups.iter().map(empty).collect();
            store.share(&mut stores, |identity, held| {
                let unit = held.position.unit as usize;
                let group: Option<usize> = group_of[unit];
                if group.is_some_and(|it| of_group[it].was_made_again(unit, identity)) {
                    return None;
                }
                // Of copies that were joined one may count where another does not.
                let more = identity.has_uid().then(|| joined.get(&identity.generation())).flatten();
                let units = std::iter::once(&held.position.unit).chain(more.into_iter().flatten());
                units.copied().find_map(|it| counts(it, identity))
            });
            stores
        };
        for copy in further {
            if let Some(group) = counts(copy.position.unit, &copy.identity) {
                stores[group].take(copy);
            }
        }
        let mut doubles = Vec::new();
        let read = groups.into_iter().zip(stores).zip(&of_group).map(|((group, store), gone)| {
            let input_is_whole = |input: usize| {
                let mut of_input = (0..units.len()).filter(|it| units[*it].input == input);
                of_input.all(|it| group.units.binary_search(&it).is_ok())
            };
            let in_group: BTreeSet<_> = group.units.iter().map(|it| units[*it].input).collect();
            let extents: Vec<_> = extents
                .iter()
                .filter(|(input, extent)| {
                    // Of two bundles in one folder, either may hold what the other lacks.
                    let told = extent.coverage != Coverage::Complete || input_is_whole(*input);
                    (in_group.contains(input) || !units.iter().any(|it| it.input == *input)) && told
                })
                .map(|it| &it.1)
                .collect();
            let of_cluster = OfCluster {
                group: &group,
                units: &units,
                losses: &losses,
                gone,
                bundles: &bundles,
            };
            let mut store = store.with_threads(threads);
            let left_out = store.leave_out_namesakes();
            doubles.extend(doubles::told(&left_out, &store.unsettled(), &units));
            let mut read = of_cluster.reading(store, &stated, &extents, Arc::clone(&places));
            read.0.places.tell_logs(Arc::clone(&in_logs));
            ((group.label, read), group.places)
        });
        let (read, places): (Vec<_>, _) = read.unzip();
        let objects = counted(units.iter());
        drop(losses);
        for (input, told) in doubles {
            inputs[input].problems.push(told);
        }
        let mut clusters = Vec::new();
        for (label, (reading, older)) in read {
            for told in reading.ahead.iter().filter(|_| !now) {
                let reason = escaped(told.to_string());
                if let Some(input) = inputs.iter_mut().find(|it| it.name == told.input) {
                    input.problems.push(Problem { reason, ..Problem::default() });
                }
            }
            if let Some(Older { input, path, time, .. }) = older {
                let reason = format!(
                    "was taken about {time}, before the rest of its cluster: what only it holds \
                     may have changed since, and ages count from then on"
                );
                inputs[input].problems.push(Problem { place: path, reason, ..Problem::default() });
            }
            clusters.push((label, reading));
        }
        for input in &mut inputs {
            input.problems.sort_by_key(|it| it.kind != ProblemKind::Limit);
        }
        Readings { clusters, places, left_out: 0, inputs, objects }
    }
}

/// The objects of each unit, as hashes.
fn objects_of(
    store: &Store,
    further: &[ObjectCopy],
    joined: &HashMap<u64, Vec<u32>>,
) -> HashMap<usize, HashSet<u64>> {
    let mut objects: HashMap<usize, HashSet<u64>> = HashMap::new();
    let held = store.kinds().iter().flat_map(|it| &it.objects);
    let held = held.map(|(identity, it)| (identity.generation(), it.position.unit));
    let further = further.iter().map(|it| (it.identity.generation(), it.position.unit));
    let joined = joined.iter().flat_map(|(object, units)| units.iter().map(|it| (*object, *it)));
    for (object, unit) in held.chain(further).chain(joined) {
        objects.entry(unit as usize).or_default().insert(object);
    }
    objects
}

/// Adds an object's uid, and those in what needs are given of it.
fn proven<'t>(
    proofs: &mut Vec<(u64, usize)>,
    uid: &str,
    unit: u32,
    texts: impl Iterator<Item = &'t Json>,
) {
    const KEY: &str = r#""uid":""#;
    let mut see = |uid: &str| {
        if !uid.is_empty() && !is_placeholder(uid) {
            proofs.push((hash(uid), unit as usize));
        }
    };
    see(uid);
    for text in texts.map(Json::text) {
        let after = text.match_indices(KEY).map(|(at, _)| &text[at + KEY.len()..]);
        after.filter_map(|it| it.split('"').next()).for_each(&mut see);
    }
}

#[cfg(test)]
mod tests;
