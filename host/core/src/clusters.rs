//! Which units are of one cluster.
//!
//! Objects of two clusters must never be joined, and what is of one cluster should not be torn
//! apart: so a folder or file is cut only where it holds what cannot be of one cluster, and its
//! parts are joined again only where something proves it, such as an object that both hold.

use std::collections::{BTreeMap, BTreeSet};

use crate::{ListScope, units::Unit};

/// What was read, and what cannot be of one cluster.
#[derive(Debug)]
pub(crate) struct Table<'t> {
    /// The inputs, as they were named.
    pub(crate) inputs: &'t [&'t str],
    /// The cluster that the user names for each input. May be shorter than the inputs.
    pub(crate) names: &'t [Option<String>],
    /// In the order in which they were read.
    pub(crate) units: &'t [Unit],
    /// Pairs of units with objects that must have existed at once, and cannot have in one cluster.
    pub(crate) clashes: &'t BTreeSet<(usize, usize)>,
}

/// The units of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The name that the user gave, or else the place that tells the cluster apart; empty where all
    /// that was read is of one cluster.
    pub(crate) label: String,
    /// In order.
    pub(crate) units: Vec<usize>,
}

/// Units that nothing tells apart.
#[derive(Debug)]
struct Part {
    /// Where they stand.
    label: String,
    /// The name that the user gave.
    name: Option<String>,
    units: Vec<usize>,
}

impl Table<'_> {
    /// The clusters, by their labels. `proofs`: uids, as hashes, of which units hold the object or
    /// refer to it; asked for only where it matters.
    pub(crate) fn groups(&self, proofs: impl FnOnce() -> Vec<(u64, usize)>) -> Vec<Group> {
        let names: BTreeSet<&str> = self.names.iter().flatten().map(String::as_str).collect();
        let clashes = self.all_clashes();
        if names.len() <= 1 && clashes.is_empty() {
            let label = names.first().copied().unwrap_or_default().to_owned();
            return vec![Group { label, units: (0..self.units.len()).collect() }];
        }
        let parts = self.parts(&names, &clashes);
        let joined = self.joined(&parts, &clashes, proofs);
        groups(&parts, &joined)
    }

    fn name(&self, input: usize) -> Option<&str> {
        self.names.get(input)?.as_deref()
    }

    /// Also those of units that name their cluster.
    fn all_clashes(&self) -> BTreeSet<(usize, usize)> {
        let mut clashes = self.clashes.clone();
        let told = |at: &usize| self.units[*at].cluster.is_some();
        let told: Vec<_> = (0..self.units.len()).filter(told).collect();
        for (nth, a) in told.iter().enumerate() {
            let other = |it: &&usize| self.units[**it].cluster != self.units[*a].cluster;
            clashes.extend(told[nth + 1..].iter().filter(other).map(|b| (*a, *b)));
        }
        clashes
    }

    /// Each named cluster, and the largest parts of the rest in which nothing clashes.
    fn parts(&self, names: &BTreeSet<&str>, clashes: &BTreeSet<(usize, usize)>) -> Vec<Part> {
        let all = 0..self.units.len();
        let of_name = |name: &&str| Part {
            label: (*name).to_owned(),
            name: Some((*name).to_owned()),
            units: all
                .clone()
                .filter(|it| self.name(self.units[*it].input) == Some(*name))
                .collect(),
        };
        let mut parts: Vec<_> = names.iter().map(of_name).collect();
        let named = parts.len();
        let is_left = |it: &usize| self.name(self.units[*it].input).is_none();
        let left: Vec<_> = all.clone().filter(is_left).collect();
        let clashes: Vec<_> = clashes.iter().copied().collect();
        if names.is_empty() {
            self.cut(left, &clashes, 0, String::new(), &mut parts);
        } else {
            for (input, units) in self.split(&left, 0) {
                self.cut(units, &clashes, 1, input, &mut parts);
            }
        }
        let mut nth = 0;
        parts.retain(|it| {
            nth += 1;
            nth <= named || it.units.iter().any(|it| self.units[*it].is_filled())
        });
        parts
    }

    /// Cuts what holds a clash: into inputs, these into folders and files, files into documents.
    fn cut(
        &self,
        units: Vec<usize>,
        clashes: &[(usize, usize)],
        depth: usize,
        label: String,
        parts: &mut Vec<Part>,
    ) {
        let has = |it: usize| units.binary_search(&it).is_ok();
        let inside: Vec<_> = clashes.iter().copied().filter(|it| has(it.0) && has(it.1)).collect();
        if inside.is_empty() {
            parts.push(Part { label, name: None, units });
            return;
        }
        let is_file = |it: &usize| depth > 0 && self.below(*it, depth).is_none();
        if units.iter().all(is_file) {
            let clash = |a: usize, b: usize| inside.contains(&(a.min(b), a.max(b)));
            for (nth, units) in segments(self.units, &units, clash).into_iter().enumerate() {
                let line = units.iter().map(|it| self.units[*it].line).find(|it| *it > 0);
                let label = match line {
                    _ if nth == 0 => format!("{label}:1"),
                    Some(line) => format!("{label}:{line}"),
                    None => format!("{label} (part {})", nth + 1),
                };
                parts.push(Part { label, name: None, units });
            }
            return;
        }
        for (below, units) in self.split(&units, depth) {
            let label = match (label.as_str(), below.as_str()) {
                (_, "") => label.clone(),
                ("", _) => below,
                _ => format!("{label}/{below}"),
            };
            self.cut(units, &inside, depth + 1, label, parts);
        }
    }

    /// The part of a unit's path below a folder of this depth.
    fn below(&self, unit: usize, depth: usize) -> Option<&str> {
        let path = &self.units[unit].path;
        path.split('/').nth(depth - 1).filter(|it| !it.is_empty() || depth > 1)
    }

    /// The units by what tells them apart at this depth, and its name.
    fn split(&self, units: &[usize], depth: usize) -> Vec<(String, Vec<usize>)> {
        let mut split: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for unit in units {
            let input = self.units[*unit].input;
            let name = match depth {
                0 => self.inputs.get(input).copied(),
                _ => self.below(*unit, depth),
            };
            split.entry((input, name.unwrap_or_default())).or_default().push(*unit);
        }
        let named = split.into_iter().map(|((_, name), units)| {
            (if depth == 0 { name.trim_end_matches('/') } else { name }.to_owned(), units)
        });
        named.collect()
    }

    /// For each part the first of those that it is joined with.
    fn joined(
        &self,
        parts: &[Part],
        clashes: &BTreeSet<(usize, usize)>,
        proofs: impl FnOnce() -> Vec<(u64, usize)>,
    ) -> Vec<usize> {
        let mut joined = Joined::new(parts.len());
        if parts.len() < 2 {
            return joined.first;
        }
        let mut of_unit = vec![None; self.units.len()];
        for (nth, part) in parts.iter().enumerate() {
            part.units.iter().for_each(|it| of_unit[*it] = Some(nth));
        }
        let mut told: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (unit, part) in self.units.iter().zip(&of_unit) {
            if let (Some(uid), Some(part)) = (&unit.cluster, part) {
                told.entry(uid).or_default().insert(*part);
            }
        }
        let is_told =
            |a: usize, b: usize| told.values().any(|it| it.contains(&a) && it.contains(&b));
        let named: Vec<_> = (0..parts.len()).filter(|it| parts[*it].name.is_some()).collect();
        for (a, b) in pairs(&named) {
            joined.part(a, b);
        }
        for (a, b) in clashes {
            if let (Some(a), Some(b)) = (of_unit[*a], of_unit[*b])
                && a != b
                && !is_told(a, b)
            {
                joined.part(a, b);
            }
        }
        // In an order that the inputs' does not change.
        let by_label = |parts_of: &mut Vec<usize>| {
            parts_of.sort_by_key(|it| (&parts[*it].label, *it));
        };
        for parts in told.values() {
            let mut parts: Vec<_> = parts.iter().copied().collect();
            by_label(&mut parts);
            parts.windows(2).for_each(|it| joined.join(it[0], it[1]));
        }
        let mut holding: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
        for (uid, unit) in proofs() {
            if let Some(part) = of_unit[unit] {
                holding.entry(uid).or_default().insert(part);
            }
        }
        let mut proven: BTreeSet<(usize, usize)> = BTreeSet::new();
        for parts in holding.into_values().filter(|it| it.len() > 1) {
            let mut parts: Vec<_> = parts.into_iter().collect();
            by_label(&mut parts);
            if parts.len() <= Self::EACH_PAIR {
                proven.extend(pairs(&parts).flat_map(|(a, b)| [(a, b), (b, a)]));
            } else {
                proven.extend(parts.windows(2).flat_map(|it| [(it[0], it[1]), (it[1], it[0])]));
            }
        }
        proven.retain(|(a, b)| !joined.clash(*a, *b));
        // What belongs to two that clash belongs to neither.
        let doubtful = |part: usize| {
            let with = || proven.range((part, 0)..(part + 1, 0)).map(|it| it.1);
            let is_with = |it: usize| proven.contains(&(part, it));
            with().any(|it| joined.apart[it].iter().any(|other| is_with(*other)))
        };
        let doubtful: Vec<bool> = (0..parts.len()).map(doubtful).collect();
        let mut proven: Vec<_> = proven.into_iter().filter(|it| it.0 < it.1).collect();
        proven.sort_by_key(|(a, b)| {
            let (a, b) = (&parts[*a].label, &parts[*b].label);
            (a.min(b), a.max(b))
        });
        for (a, b) in proven {
            if !doubtful[a] && !doubtful[b] {
                joined.join(a, b);
            }
        }
        joined.first
    }

    /// Of more parts that hold one object, each is joined with the next alone.
    const EACH_PAIR: usize = 32;
}

/// Which parts are joined, and which must not be.
struct Joined {
    /// Of each part, the first that it is joined with.
    first: Vec<usize>,
    /// What must not be joined with it.
    apart: Vec<BTreeSet<usize>>,
}

impl Joined {
    fn new(parts: usize) -> Self {
        Self { first: (0..parts).collect(), apart: vec![BTreeSet::new(); parts] }
    }

    fn part(&mut self, a: usize, b: usize) {
        self.apart[a].insert(b);
        self.apart[b].insert(a);
    }

    /// Whether something of what either is joined with must not be joined.
    fn clash(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.first[a], self.first[b]);
        let of = |first: usize| (0..self.first.len()).filter(move |it| self.first[*it] == first);
        a != b && of(a).any(|it| self.apart[it].iter().any(|it| self.first[*it] == b))
    }

    fn join(&mut self, a: usize, b: usize) {
        if !self.clash(a, b) {
            let (from, to) = (self.first[a].max(self.first[b]), self.first[a].min(self.first[b]));
            self.first.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
        }
    }
}

/// Every two of them, in their order.
fn pairs(all: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    all.iter().enumerate().flat_map(|(nth, a)| all[nth + 1..].iter().map(|b| (*a, *b)))
}

/// Cuts the documents of one file: a segment begins with the document that clashes with the segment
/// before, or that repeats a list of it.
pub(crate) fn segments(
    all: &[Unit],
    units: &[usize],
    clash: impl Fn(usize, usize) -> bool,
) -> Vec<Vec<usize>> {
    let mut segments: Vec<Vec<usize>> = Vec::new();
    let mut lists: BTreeSet<&ListScope> = BTreeSet::new();
    for unit in units {
        let own = &all[*unit].lists;
        let goes_on = segments.last().is_some_and(|segment| {
            !own.iter().any(|it| lists.contains(it)) && !segment.iter().any(|it| clash(*it, *unit))
        });
        if !goes_on {
            segments.push(Vec::new());
            lists.clear();
        }
        lists.extend(own);
        segments.last_mut().expect("one was begun").push(*unit);
    }
    segments
}

/// The parts that are joined, by their labels.
fn groups(parts: &[Part], joined: &[usize]) -> Vec<Group> {
    let mut members: BTreeMap<usize, Vec<&Part>> = BTreeMap::new();
    for (part, first) in parts.iter().zip(joined) {
        members.entry(*first).or_default().push(part);
    }
    let alone = members.len() == 1;
    let groups = members.into_values().map(|members| {
        let mut units: Vec<_> = members.iter().flat_map(|it| it.units.iter().copied()).collect();
        units.sort_unstable();
        let name = members.iter().find_map(|it| it.name.clone());
        let label = name.unwrap_or_else(|| if alone { String::new() } else { label(&members) });
        Group { label, units }
    });
    let mut groups: Vec<_> = groups.collect();
    groups.sort_by(|a, b| (&a.label, &a.units).cmp(&(&b.label, &b.units)));
    // One input may have been named twice.
    for nth in 1..groups.len() {
        let (before, rest) = groups.split_at_mut(nth);
        let label = rest[0].label.clone();
        let mut number = 1;
        while before.iter().any(|it| it.label == rest[0].label) {
            number += 1;
            rest[0].label = format!("{label} ({number})");
        }
    }
    groups
}

/// The first place, and how many more there are.
fn label(members: &[&Part]) -> String {
    let first = members.iter().map(|it| it.label.as_str()).min().unwrap_or_default();
    match members.len() {
        1 => first.to_owned(),
        more => format!("{first} and {} more", more - 1),
    }
}
