//! What was read of one cluster: its inventory, how far each need is covered, and when it was
//! captured.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    Bundle, Concerns, Coverage, Extent, ObjectNeed, Places, Reading, Store, TextSlot,
    bundle::best,
    captures::{Older, Part, captured},
    clusters::Group,
    coverage::holds_unplaced,
    extent::coverage_of,
    losses::{Loss, Whose},
    succession::Replaced,
    text::escaped,
    units::{KindSeen, TextSeen, Unit},
};

/// The units of one cluster, and what does not count of them.
pub(crate) struct OfCluster<'u> {
    pub(crate) group: &'u Group,
    pub(crate) units: &'u [Unit],
    pub(crate) losses: &'u [Loss<'u>],
    pub(crate) gone: &'u Replaced,
    /// All that were read, and the input of each.
    pub(crate) bundles: &'u [(usize, Bundle)],
}

impl OfCluster<'_> {
    fn units(&self) -> impl Iterator<Item = &Unit> {
        self.group.units.iter().map(|it| &self.units[*it])
    }

    pub(crate) fn reading(
        &self,
        mut store: Store,
        stated: &BTreeMap<usize, (Coverage, String)>,
        extents: &[&Extent],
        places: Arc<[(Arc<str>, Arc<str>)]>,
    ) -> (Reading, Option<Older>) {
        let mut texts = BTreeMap::new();
        for (i, need) in store.needs().texts.iter().enumerate() {
            let of_need = || self.units().filter_map(|it| it.texts.get(&i));
            if of_need().map(|it| it.files).sum::<usize>() == 0 {
                // As the store has it.
                continue;
            }
            let mut all = TextSeen::default();
            of_need().for_each(|it| all.lines.extend(it.lines.iter().cloned()));
            let (coverage, reason) = match self.first_loss(|it| it.lines_of(i), |_| true, |_| false)
            {
                Some(loss) => (Coverage::Partial, escaped(loss)),
                None => (Coverage::Complete, String::new()),
            };
            let slot = TextSlot { lines: all.lines.into_iter().collect(), coverage, reason };
            texts.insert(need.id.clone(), slot);
        }
        let told: BTreeSet<usize> = self.units().filter_map(|it| it.bundle).collect();
        let kinds = self.kinds();
        let renamed = renamed(&store.needs().objects, &kinds, extents);
        for i in 0..store.needs().objects.len() {
            let need = &store.needs().objects[i];
            let seen = kinds.get(&(need.group.as_str(), need.kind.as_str()));
            let extents: Vec<_> = extents.iter().copied().filter(|it| it.need == i).collect();
            let counts = |it: usize| !self.gone.kind(it, &need.group, &need.kind);
            let is_judged = |it: &Loss<'_>| {
                let mut told = told.iter().map(|it| &self.bundles[*it]);
                told.any(|(input, bundle)| it.is_in(*input, |place| bundle.judges(place)))
            };
            let loss = self.first_loss(|it| it.objects_of(need), counts, is_judged);
            let (coverage, reason) = match stated.get(&i) {
                Some((coverage, reason)) => (*coverage, reason.clone()),
                None if told.is_empty() => {
                    match coverage_of(need, seen, &extents, loss.as_deref()) {
                        (Coverage::Complete, _) if renamed.contains_key(&need.namespaces) => {
                            (Coverage::Partial, renamed[&need.namespaces].clone())
                        }
                        covered => covered,
                    }
                }
                None => {
                    let told = told.iter().filter_map(|it| self.bundles[*it].1.needs.get(i));
                    let unplaced = self.unplaced_in_bundles(need);
                    with_bundles(need, told.cloned(), seen, &extents, loss, unplaced)
                }
            };
            store.set_coverage(i, coverage, &reason);
        }
        let (mut inventory, objects_needed, kinds) = store.finish();
        inventory.texts.append(&mut texts);
        let units: Vec<_> = self.group.units.iter().map(|it| (*it, &self.units[*it])).collect();
        let hold = || {
            let objects = kinds.iter().flat_map(|it| it.objects.values());
            objects.map(|it| it.position.unit as usize).collect()
        };
        let part = |nth: usize| {
            let (input, bundle) = &self.bundles[nth];
            let time = bundle.as_of?;
            Some(Part { nth, input: *input, folder: &bundle.folder, time })
        };
        let (moment, older) =
            captured(&units, hold, &told.iter().copied().filter_map(part).collect::<Vec<_>>());
        let cluster_uid = self.units().find_map(|it| it.cluster.clone());
        let reading = Reading {
            cluster_uid,
            inventory,
            places: Places::new(places, kinds),
            inputs: Vec::new(),
            witness: moment.witness,
            collected: moment.collected,
            latest: moment.latest,
            ahead: moment.ahead,
            objects: counted(self.units()),
            objects_needed,
        };
        (reading, older)
    }

    /// What was seen of each kind, and whether a list of all namespaces was. Bundles judge
    /// themselves.
    fn kinds(&self) -> BTreeMap<(&str, &str), (KindSeen, bool)> {
        let mut kinds: BTreeMap<(&str, &str), (KindSeen, bool)> = BTreeMap::new();
        for unit in self.units().filter(|it| it.bundle.is_none()) {
            for (kind, seen) in &unit.kinds {
                kinds.entry((&kind.0, &kind.1)).or_default().0.add(seen);
            }
            for list in unit.lists.iter().filter(|it| it.namespace.is_none()) {
                kinds.entry((&list.group, &list.kind)).or_default().1 = true;
            }
        }
        kinds
    }

    /// How many objects of a kind in bundles name no namespace: somebody has changed them since.
    fn unplaced_in_bundles(&self, need: &ObjectNeed) -> usize {
        let kinds = self.units().filter(|it| it.bundle.is_some()).flat_map(|it| &it.kinds);
        let of_kind = kinds.filter(|(kind, _)| kind.0 == need.group && kind.1 == need.kind);
        of_kind.map(|it| it.1.unplaced).sum()
    }

    /// The first of the losses that concern a need, of the units that count for it.
    fn first_loss(
        &self,
        concerned: impl Fn(&Concerns) -> bool,
        counts: impl Fn(usize) -> bool,
        is_judged: impl Fn(&Loss<'_>) -> bool,
    ) -> Option<String> {
        let loss = self.losses.iter().find(|it| {
            let of_cluster = |unit: &usize| self.group.units.binary_search(unit).is_ok();
            let is_here = match &it.whose {
                Whose::Any => true,
                Whose::Named(name) => self.group.name.as_deref() == Some(*name),
                Whose::Units(units) => units.iter().any(|unit| of_cluster(unit) && counts(*unit)),
            };
            is_here && concerned(&it.problem.concerns) && !is_judged(it)
        })?;
        Some(loss.problem.described(loss.input))
    }
}

/// Namespaces that needs ask for, and that somebody seems to have renamed: a custom resource that
/// is asked for there stands elsewhere alone, and nothing at all was read of them, nor does a tool
/// say that it took anything there. And why that is not complete.
fn renamed(
    needs: &[ObjectNeed],
    kinds: &BTreeMap<(&str, &str), (KindSeen, bool)>,
    extents: &[&Extent],
) -> BTreeMap<Vec<String>, String> {
    let is_custom = |group: &str| group.contains('.') && !group.ends_with(".k8s.io");
    let mut renamed = BTreeMap::new();
    for need in needs.iter().filter(|it| !it.namespaces.is_empty() && is_custom(&it.group)) {
        let Some((seen, _)) = kinds.get(&(need.group.as_str(), need.kind.as_str())) else {
            continue;
        };
        let other = seen.namespaces.iter().find(|it| !it.is_empty());
        let is_read = |namespace: &String| {
            kinds.values().any(|(seen, _)| seen.has(namespace))
                || extents.iter().any(|it| it.namespaces.contains(namespace))
        };
        if let (Some(other), false) = (other, need.namespaces.iter().any(is_read)) {
            let wanted = need.namespaces.join(", ");
            let reason = format!(
                "the input holds nothing of {wanted}, and {} of {other}: if somebody has changed \
                 the names of namespaces, dump them as they are",
                need.kind_name()
            );
            renamed.entry(need.namespaces.clone()).or_insert(reason);
        }
    }
    renamed
}

/// How much of a need bundles and what was read beside them cover. `loss`: of what no bundle
/// judges. `unplaced`: how many objects of bundles name no namespace.
fn with_bundles(
    need: &ObjectNeed,
    told: impl Iterator<Item = (Coverage, String)>,
    seen: Option<&(KindSeen, bool)>,
    extents: &[&Extent],
    loss: Option<String>,
    unplaced: usize,
) -> (Coverage, String) {
    let beside = seen.map(|_| coverage_of(need, seen, extents, None));
    match (best(told.chain(beside)), loss) {
        ((Coverage::Complete, _), None) if unplaced > 0 && !need.namespaces.is_empty() => {
            (Coverage::Partial, holds_unplaced(unplaced, &need.kind_name(), &need.namespaces))
        }
        ((Coverage::Complete, _), Some(loss)) => (Coverage::Partial, loss),
        ((Coverage::Absent, reason), Some(loss)) => (Coverage::Absent, format!("{reason}; {loss}")),
        (best, _) => best,
    }
}

/// How many objects were seen, by group and kind.
pub(crate) fn counted<'u>(units: impl Iterator<Item = &'u Unit>) -> Vec<(String, String, usize)> {
    let mut objects: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for (kind, seen) in units.flat_map(|it| &it.kinds) {
        *objects.entry(kind).or_default() += seen.objects;
    }
    let objects = objects.into_iter();
    objects.map(|((group, kind), count)| (group.clone(), kind.clone(), count)).collect()
}
