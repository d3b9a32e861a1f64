//! What is known of the objects that needs select, now: a live cluster's lists and watches keep it
//! up to date, a dump is read into it once.
//!
//! The store decides which of two copies of an object counts, which objects are gone, and in which
//! order rules see the rest. It knows neither servers nor files: whoever reads them says what was
//! shown, and by which list or watch ([`Scope`]).

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use indexmap::{IndexMap, map::MutableKeys};
use jiff::Timestamp;

use crate::{
    Coverage, Few, Identity, Inventory, Json, NeedSet, ObjectCopy, ObjectNeed, ObjectSlot,
    Position, Scope, Selection, SelectorError, TextSlot, order::in_order, text::escape,
};

/// What is known of the objects that needs select.
///
/// # Which lists and watches fill a need
///
/// A need is filled by the scopes that show all objects of a namespace that the need selects: those
/// without a label selector, and those with the need's own. What another scope shows (pods with
/// `tier=db`, for a need of pods with `app=web`) does not count for the need: such a watch is
/// silent when an object stops matching the need, so the copy would stay forever.
///
/// # What the order of events guarantees
///
/// Within a scope, the calls must come in the order of the list's and the watch's events; an API
/// server sends the changes of each object in order. Scopes that overlap may lag behind each other.
/// For each need, of two copies of an object the one with the higher `resourceVersion` counts, and
/// a removal counts unless the need holds a newer copy. So once every scope has said all, the store
/// holds what one list of the final state gives. Until then a scope that lags behind may bring back
/// an object that another scope has removed: the store does not remember removals. The lagging
/// scope then says itself that the object is gone, because its own events are in order.
#[derive(Debug)]
pub struct Store {
    selection: Selection,
    /// The kinds that needs ask for, by group and kind.
    kinds: Vec<Kind>,
    /// The kind that was asked for last: objects of one kind mostly come together.
    last: usize,
    /// What rules see, by the index of the need.
    slots: Vec<Slot>,
    /// Objects of which two copies of this version differed, or two without one.
    unsettled: HashMap<Identity, Version>,
    threads: usize,
}

/// The objects of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) group: String,
    pub(crate) kind: String,
    /// The indices of the needs that ask for this kind.
    needs: Vec<usize>,
    /// Whether an object without a uid is or was among the objects.
    bare: bool,
    pub(crate) objects: IndexMap<Identity, Held>,
}

/// What is known of one object.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// Of the newest copy that counted for all needs: a need without a projection does not select
    /// the object as of this version.
    version: Version,
    /// One for each need that selects the object.
    projections: Few<Projection>,
    /// When the object was created.
    pub(crate) created: Option<Timestamp>,
    /// Where the newest copy was read.
    pub(crate) position: Position,
}

/// When a copy was current: a `resourceVersion`, so that versions can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u64);

/// What a need is given of an object.
#[derive(Debug, Clone)]
struct Projection {
    need: u32,
    /// Of the copy that this was taken from.
    version: Version,
    json: Json,
}

/// What rules see of one need.
#[derive(Debug)]
struct Slot {
    coverage: Coverage,
    reason: String,
    /// Whether the objects are no longer those that were shown last.
    changed: bool,
    /// Counts changes of objects and coverage.
    changes: u64,
    /// In the last snapshot.
    shown: Arc<ObjectSlot>,
}

impl Version {
    /// Before every copy.
    const NEVER: Self = Self(0);

    /// A copy without a version is older than every copy with one.
    fn of(resource_version: Option<u64>) -> Self {
        Self(resource_version.map_or(1, |it| it.saturating_add(2)))
    }

    /// Of a list or of a removal. One without a version is newer than every copy.
    fn until(resource_version: Option<u64>) -> Self {
        resource_version.map_or(Self(u64::MAX), |it| Self::of(Some(it)))
    }
}

impl Store {
    /// An empty store for these needs, whose label selectors must be readable. Until
    /// [coverage is set](Self::set_coverage), every need is absent.
    pub fn new(needs: NeedSet) -> Result<Self, SelectorError> {
        let selection = Selection::new(needs)?;
        let needs = &selection.needs().objects;
        let kinds: BTreeSet<_> = needs.iter().map(|it| (&it.group, &it.kind)).collect();
        let kinds = kinds.into_iter().map(|(group, kind)| Kind {
            group: group.clone(),
            kind: kind.clone(),
            needs: selection.of_kind(group, kind),
            bare: false,
            objects: IndexMap::new(),
        });
        Ok(Self {
            kinds: kinds.collect(),
            last: 0,
            slots: needs.iter().map(Slot::new).collect(),
            unsettled: HashMap::new(),
            threads: 1,
            selection,
        })
    }

    /// The same store, which orders the objects of this many needs at the same time; by default of
    /// one. The result does not depend on it.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// What rules ask for. Needs are named by their place in it.
    pub fn needs(&self) -> &NeedSet {
        self.selection.needs()
    }

    /// Which objects the needs select.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// A list of a scope was read to its end: `copies` are all objects that the server shows there.
    /// Objects of the scope that are not among them are gone, unless a need holds a copy that is
    /// newer than the list.
    ///
    /// `resource_version` is the list's own, from `metadata.resourceVersion`. Copies of objects
    /// that the list does not change leave the needs unchanged. Where the version is not known,
    /// nothing counts as newer than the list: the scope is [forgotten](Self::forget) first. A kind
    /// that no need asks for is ignored, here and below.
    pub fn replace(
        &mut self,
        scope: &Scope,
        resource_version: Option<u64>,
        copies: Vec<ObjectCopy>,
    ) {
        let Some(kind) = self.kind(&scope.group, &scope.kind) else { return };
        if resource_version.is_some() {
            let version = Version::until(resource_version);
            let listed: HashSet<_> = copies.iter().map(|it| &it.identity).collect();
            let Self { kinds, slots, selection, .. } = self;
            let shown = shown(&kinds[kind].needs, &selection.needs().objects, scope);
            kinds[kind].objects.retain(|identity, held| {
                let stays = !scope.holds(identity) || listed.contains(identity);
                stays || !held.remove(&shown, version, slots)
            });
        } else {
            self.forget(scope);
        }
        for copy in copies {
            self.put(copy, Some(scope), |_| true);
        }
        // Room for twice as many would stay for as long as the cluster is watched.
        self.kinds[kind].objects.shrink_to_fit();
    }

    /// Nothing is known of a scope any more, whatever the versions were.
    ///
    /// A server whose etcd was restored from a backup counts on from an older version. Whoever
    /// sees a list's version fall forgets the scope before replacing it, or the copies of before
    /// the restore would count as the newer ones.
    pub fn forget(&mut self, scope: &Scope) {
        let Some(kind) = self.kind(&scope.group, &scope.kind) else { return };
        let Self { kinds, slots, selection, .. } = self;
        let shown = shown(&kinds[kind].needs, &selection.needs().objects, scope);
        kinds[kind].objects.retain(|identity, held| {
            if !scope.holds(identity) {
                return true;
            }
            let gone = held.remove(&shown, Version::until(None), slots);
            held.version = Version::NEVER;
            !gone
        });
    }

    /// The list or the watch of a scope shows an object: it is new there, or has changed. A copy
    /// without a version cannot be compared, so the last one that a scope has shown counts.
    pub fn apply(&mut self, scope: &Scope, copy: ObjectCopy) {
        self.put(copy, Some(scope), |_| true);
    }

    /// A dump holds an object. The copy counts for all needs: where it is newer than what is known,
    /// the needs that do not select it any more lose the object.
    ///
    /// Of equal versions that differ, the copy counts that more needs select, then the one with
    /// the longer texts, then the one with the greater texts: whatever the order is in which they
    /// come, the same one counts as a whole. Of copies that do not differ the first counts.
    pub fn take(&mut self, copy: ObjectCopy) {
        self.put(copy, None, |_| true);
    }

    /// Like [`take`](Self::take), unless the object is known already and `may_join` says that its
    /// copies must not be joined: then the copy is given back.
    pub(crate) fn take_unless_known(
        &mut self,
        copy: ObjectCopy,
        may_join: impl FnMut(&Held) -> bool,
    ) -> Option<ObjectCopy> {
        self.put(copy, None, may_join)
    }

    /// All that is known, by kind and object.
    pub(crate) fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Leaves out the objects for which `gone` says so.
    pub(crate) fn leave_out(&mut self, mut gone: impl FnMut(&Identity, &Held) -> bool) {
        let Self { kinds, slots, .. } = self;
        for Kind { objects, .. } in kinds {
            objects.retain(|identity, held| {
                let gone = gone(identity, held);
                for it in held.projections.iter().filter(|_| gone) {
                    slots[it.need as usize].change();
                }
                !gone
            });
        }
    }

    /// Takes from another store for the same needs the objects for which a function names one of
    /// these stores.
    pub(crate) fn share(
        mut self,
        stores: &mut [Self],
        mut of: impl FnMut(&Identity, &Held) -> Option<usize>,
    ) {
        for (nth, kind) in self.kinds.iter_mut().enumerate() {
            for (identity, held) in std::mem::take(&mut kind.objects) {
                let Some(store) = of(&identity, &held) else { continue };
                let store = &mut stores[store];
                if let Some(version) = self.unsettled.get(&identity) {
                    store.unsettled.insert(identity.clone(), *version);
                }
                store.kinds[nth].bare |= !identity.has_uid();
                held.projections.iter().for_each(|it| store.slots[it.need as usize].change());
                store.kinds[nth].objects.insert(identity, held);
            }
        }
    }

    /// Leaves out objects without a uid that have namesakes with one, which are the same objects:
    /// tools that tidy manifests drop the uid. Gives back what does not count, and where it was
    /// read, by kind, namespace and name.
    ///
    /// Where the copy without a uid is newer than the only namesake, it counts as the newest copy
    /// of that object. Asked once, when a dump has been read to its end, the result does not
    /// depend on the order in which copies came. Costs nothing where every object has a uid.
    pub fn leave_out_namesakes(&mut self) -> Vec<(Identity, Position)> {
        let mut left_out = Vec::new();
        let Self { kinds, slots, .. } = self;
        for Kind { objects, bare, .. } in kinds.iter_mut().filter(|it| it.bare) {
            let found = namesakes(objects);
            let first = left_out.len();
            for (at, of_name) in &found {
                let (identity, copy) = objects.get_index(*at).expect("it was just found");
                copy.projections.iter().for_each(|it| slots[it.need as usize].change());
                match of_name.as_slice() {
                    [only] if objects[*only].version < copy.version => {
                        let Held { version, projections, created: _, position } = copy.clone();
                        let held = &mut objects[*only];
                        for it in held.projections.iter() {
                            slots[it.need as usize].change();
                        }
                        (held.version, held.projections, held.position) =
                            (version, projections, position);
                    }
                    _ => left_out.push((identity.clone(), copy.position)),
                }
            }
            left_out[first..].sort_by(|a, b| a.0.order(&b.0));
            let gone: HashSet<_> = found.into_iter().map(|it| it.0).collect();
            let mut at = 0..;
            objects.retain(|_, _| at.next().is_none_or(|it| !gone.contains(&it)));
            *bare = objects.keys().any(|it| !it.has_uid());
        }
        left_out
    }

    /// The objects of which two copies differ and none is newer than both, and where the one that
    /// counts was read; by kind, namespace and name.
    pub(crate) fn unsettled(&self) -> Vec<(Identity, Position)> {
        let mut all = Vec::new();
        for Kind { group, kind, objects, .. } in &self.kinds {
            let of_kind = self.unsettled.iter().filter(|it| it.0.kind() == kind);
            let of_kind = of_kind.filter(|it| it.0.group() == group);
            let known =
                of_kind.filter_map(|(it, version)| Some((objects.get_key_value(it)?, version)));
            let known = known.filter(|((_, held), version)| held.version == **version);
            let known = known.map(|it| it.0);
            let first = all.len();
            all.extend(known.map(|(identity, held)| (identity.clone(), held.position)));
            all[first..].sort_by(|a, b| a.0.order(&b.0));
        }
        all
    }

    /// The watch of a scope does not show an object any more: it was deleted, or its labels do not
    /// match the scope's selector.
    ///
    /// `resource_version` is that of the event's object, which is the version of the deletion or of
    /// the change; needs that hold a newer copy keep it.
    pub fn remove(&mut self, scope: &Scope, identity: &Identity, resource_version: Option<u64>) {
        let Some(kind) = self.kind(&scope.group, &scope.kind) else { return };
        let version = Version::until(resource_version);
        let Self { kinds, slots, selection, .. } = self;
        let Kind { needs, objects, .. } = &mut kinds[kind];
        let shown = shown(needs, &selection.needs().objects, scope);
        if let Some((at, _, held)) = objects.get_full_mut(identity)
            && held.remove(&shown, version, slots)
        {
            objects.swap_remove_index(at);
        }
    }

    /// How much of a need the source shows now, and why not all of it: up as well as down.
    pub fn set_coverage(&mut self, need: usize, coverage: Coverage, reason: &str) {
        let slot = &mut self.slots[need];
        let reason = escape(reason);
        if slot.coverage != coverage || slot.reason != reason {
            slot.coverage = coverage;
            slot.reason = reason.into_owned();
            slot.changes += 1;
        }
    }

    /// Whether a [snapshot](Self::snapshot) would show anything that the last one did not.
    pub fn has_news(&self) -> bool {
        self.slots.iter().any(Slot::is_news)
    }

    /// Counts the changes that a need sees. What no need selects, and what changes no field that
    /// is asked for, does not count.
    pub fn changes(&self) -> u64 {
        self.slots.iter().map(|it| it.changes).sum()
    }

    /// How many objects are known of each kind that a need asks for: group, kind and number, in the
    /// order of group and kind. Includes objects that a scope has shown and that no need selects.
    pub fn objects(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.kinds.iter().map(|it| (it.group.as_str(), it.kind.as_str(), it.objects.len()))
    }

    /// How many different objects at least one need selects.
    pub fn selected(&self) -> usize {
        let held = self.kinds.iter().flat_map(|it| it.objects.values());
        held.filter(|it| !it.projections.is_empty()).count()
    }

    /// What rules see now. Later changes to the store do not change it.
    ///
    /// Shares with the last snapshot the slots of all needs whose objects and coverage have not
    /// changed since. A need whose objects have changed costs a walk over all objects of its kind,
    /// and the sorting of its own. Texts are absent: the store holds objects only.
    pub fn snapshot(&mut self) -> Inventory {
        let Self { kinds, slots, .. } = self;
        let mut objects: Vec<_> = slots.iter().map(|_| Vec::new()).collect();
        for Kind { needs, objects: held, .. } in kinds {
            if !needs.iter().any(|it| slots[*it].changed) {
                continue;
            }
            for (identity, held) in &*held {
                for Projection { need, json, .. } in held.projections.iter() {
                    if slots[*need as usize].changed {
                        objects[*need as usize].push((identity, json.clone()));
                    }
                }
            }
        }
        let objects = in_order(objects, self.threads);
        for (slot, objects) in self.slots.iter_mut().zip(objects) {
            slot.show(objects);
        }
        self.inventory()
    }

    /// The last [snapshot](Self::snapshot), how many different objects are selected, and where each
    /// was read.
    pub(crate) fn finish(mut self) -> (Inventory, usize, Vec<Kind>) {
        let Self { kinds, slots, threads, .. } = &mut self;
        let mut objects: Vec<_> = slots.iter().map(|_| Vec::new()).collect();
        let mut selected = 0;
        for (identity, held) in kinds.iter_mut().flat_map(|it| &mut it.objects) {
            let projections = std::mem::take(&mut held.projections);
            selected += usize::from(!projections.is_empty());
            for Projection { need, json, .. } in projections {
                objects[need as usize].push((identity, json));
            }
        }
        let objects = in_order(objects, *threads);
        for (slot, objects) in slots.iter_mut().zip(objects) {
            slot.changed = true;
            slot.show(objects);
        }
        (self.inventory(), selected, self.kinds)
    }

    /// What is shown of each need.
    fn inventory(&self) -> Inventory {
        let NeedSet { objects, texts } = self.needs();
        let objects = objects.iter().zip(&self.slots);
        let texts = texts.iter().map(|need| {
            let reason = format!("no file matches {}", need.paths.join(", "));
            let slot = TextSlot { lines: Vec::new(), coverage: Coverage::Absent, reason };
            (need.id.clone(), slot)
        });
        Inventory {
            objects: objects.map(|(it, slot)| (it.id.clone(), Arc::clone(&slot.shown))).collect(),
            texts: texts.collect(),
        }
    }

    /// The place of a kind, where a need asks for it.
    fn kind(&mut self, group: &str, kind: &str) -> Option<usize> {
        if !self.kinds.get(self.last).is_some_and(|it| it.is(group, kind)) {
            self.last = self.kinds.iter().position(|it| it.is(group, kind))?;
        }
        Some(self.last)
    }

    /// Takes a copy for the needs that its scope shows; without a scope for all. Gives it back
    /// where the object is known and the copies must not be joined.
    fn put(
        &mut self,
        copy: ObjectCopy,
        scope: Option<&Scope>,
        mut may_join: impl FnMut(&Held) -> bool,
    ) -> Option<ObjectCopy> {
        let kind = self.kind(copy.identity.group(), copy.identity.kind())?;
        let Self { kinds, slots, selection, unsettled, .. } = self;
        let Kind { needs, objects, bare, .. } = &mut kinds[kind];
        let version = Version::of(copy.resource_version);
        // A scope without a selector shows all needs all of the object's changes, as a dump does.
        let selector = scope.filter(|it| !it.selector.trim().is_empty());
        let counts =
            |need: usize| selector.is_none_or(|it| it.shows(&selection.needs().objects[need]));
        let Some((_, known, held)) = objects.get_full_mut2(&copy.identity) else {
            let ObjectCopy { identity, resource_version, projections, created, position } = copy;
            let projections: Few<_> = projections
                .into_iter()
                .filter(|(need, _)| counts(*need))
                .map(|(need, json)| Projection::new(need, version, json))
                .collect();
            // Without a version it cannot be newer than a copy that comes later.
            if projections.is_empty() && resource_version.is_none() {
                return None;
            }
            for it in projections.iter() {
                slots[it.need as usize].change();
            }
            let version = if selector.is_none() { version } else { Version::NEVER };
            *bare |= !identity.has_uid();
            objects.insert(identity, Held { version, projections, created, position });
            return None;
        };
        if !may_join(held) {
            return Some(copy);
        }
        let ObjectCopy { identity, resource_version, projections, created, position } = copy;
        if scope.is_some() && resource_version.is_none() {
            held.outdate(|it| counts(it as usize));
        }
        // Lists and watches show the same of equal versions; dumps that were edited may not.
        if scope.is_none() && held.version == version && held.differs(&projections) {
            if !projections.is_empty() {
                unsettled.insert(identity.clone(), version);
            }
            if rank(held.texts()) < rank(projections.iter().map(|(need, json)| (*need, json))) {
                held.outdate(|_| true);
            }
        }
        // The newest copy also says where the object stands.
        if held.newest() < version {
            held.position = position;
            held.created = created.or(held.created);
            if known.order(&identity).is_ne() {
                *known = identity;
                for it in held.projections.iter() {
                    slots[it.need as usize].change();
                }
            }
        }
        for need in needs.iter().copied().filter(|it| counts(*it)) {
            let json = projections.iter().find(|it| it.0 == need).map(|it| &it.1);
            if held.update(need, version, json) {
                slots[need].change();
            }
        }
        if selector.is_none() {
            held.version = held.version.max(version);
        }
        None
    }
}

impl Kind {
    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }
}

/// The places of the objects without a uid that have namesakes with one, and of those.
fn namesakes(objects: &IndexMap<Identity, Held>) -> Vec<(usize, Vec<usize>)> {
    let bare = objects.keys().enumerate().filter(|(_, it)| !it.has_uid());
    let mut found: HashMap<_, _> =
        bare.map(|(at, it)| ((it.namespace(), it.name()), (at, Vec::new()))).collect();
    for (at, identity) in objects.keys().enumerate().filter(|(_, it)| it.has_uid()) {
        if let Some((_, of_name)) = found.get_mut(&(identity.namespace(), identity.name())) {
            of_name.push(at);
        }
    }
    found.into_values().filter(|(_, of_name)| !of_name.is_empty()).collect()
}

/// How many needs select a copy, how long its texts are, and for each need the text and what the
/// object's annotation says.
type Rank<'t> = (usize, usize, Vec<(usize, Cow<'t, str>, Option<&'t str>)>);

/// Orders copies of equal version: the greatest counts.
fn rank<'t>(texts: impl Iterator<Item = (usize, &'t Json)>) -> Rank<'t> {
    let mut texts: Vec<_> =
        texts.map(|(need, json)| (need, json.text(), json.annotation())).collect();
    texts.sort_unstable();
    (texts.len(), texts.iter().map(|it| it.1.len()).sum(), texts)
}

/// The needs of a kind that a scope shows.
fn shown(of_kind: &[usize], needs: &[ObjectNeed], scope: &Scope) -> Vec<usize> {
    of_kind.iter().copied().filter(|it| scope.shows(&needs[*it])).collect()
}

impl Slot {
    fn new(need: &ObjectNeed) -> Self {
        let coverage = Coverage::Absent;
        let reason = format!("{} has not been read yet", need.kind_name());
        let shown = Arc::new(ObjectSlot { objects: Vec::new(), coverage, reason: reason.clone() });
        Self { coverage, reason, changed: false, changes: 0, shown }
    }

    /// The objects are others now.
    fn change(&mut self) {
        self.changed = true;
        self.changes += 1;
    }

    /// Whether anything is no longer as it was shown last.
    fn is_news(&self) -> bool {
        let Self { coverage, reason, changed, changes: _, shown } = self;
        *changed || shown.coverage != *coverage || shown.reason != *reason
    }

    /// Shows these objects, where they have changed, and the coverage of now.
    fn show(&mut self, objects: Vec<Json>) {
        if !self.is_news() {
            return;
        }
        let Self { coverage, reason, changed, changes: _, shown } = self;
        let objects = if *changed { objects } else { shown.objects.clone() };
        *shown = Arc::new(ObjectSlot { objects, coverage: *coverage, reason: reason.clone() });
        *changed = false;
    }
}

impl Held {
    /// What a need is given.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (usize, &Json)> {
        self.projections.iter().map(|it| (it.need as usize, &it.json))
    }

    /// Of the newest copy that something is known by.
    fn newest(&self) -> Version {
        let versions = self.projections.iter().map(|it| it.version);
        versions.max().map_or(self.version, |it| it.max(self.version))
    }

    fn place(&self, need: usize) -> Option<usize> {
        self.projections.iter().position(|it| it.need as usize == need)
    }

    /// Whether needs are given other texts of a copy than of this.
    fn differs(&self, projections: &[(usize, Json)]) -> bool {
        let is_same = |(need, json): &(usize, Json)| {
            self.place(*need).is_some_and(|at| self.projections[at].json == *json)
        };
        self.projections.len() != projections.len() || !projections.iter().all(is_same)
    }

    /// Takes what a copy holds for a need; none where the need does not select the copy. Says
    /// whether this changes what the need is given.
    fn update(&mut self, need: usize, version: Version, json: Option<&Json>) -> bool {
        let place = self.place(need);
        match (place, json) {
            (Some(at), json) => {
                let held = &mut self.projections[at];
                if held.version >= version {
                    return false;
                }
                held.version = version;
                match json {
                    // A change of fields that the need does not ask for.
                    Some(json) if *json == held.json => return false,
                    Some(json) => held.json = json.clone(),
                    None => self.projections.swap_remove(at),
                }
                true
            }
            (None, Some(json)) if self.version < version => {
                self.projections.push(Projection::new(need, version, json.clone()));
                true
            }
            (None, _) => false,
        }
    }

    /// The next copy counts for these needs, whatever its version is.
    fn outdate(&mut self, needs: impl Fn(u32) -> bool) {
        self.version = Version::NEVER;
        for it in self.projections.iter_mut().filter(|it| needs(it.need)) {
            it.version = Version::NEVER;
        }
    }

    /// Takes an object away from these needs, except from those that hold a newer copy. Says
    /// whether nothing more is known of the object.
    fn remove(&mut self, needs: &[usize], version: Version, slots: &mut [Slot]) -> bool {
        for need in needs {
            if let Some(at) = self.place(*need)
                && self.projections[at].version <= version
            {
                self.projections.swap_remove(at);
                slots[*need].change();
            }
        }
        self.projections.is_empty() && self.version <= version
    }
}

impl Projection {
    fn new(need: usize, version: Version, json: Json) -> Self {
        let need = u32::try_from(need).expect("there are fewer needs than 2^32");
        Self { need, version, json }
    }
}
