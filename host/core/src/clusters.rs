//! Which units are of one cluster.
//!
//! Objects of two clusters must never be joined, and what is of one cluster should not be torn
//! apart: so a folder or file is cut only where it holds what cannot be of one cluster, and its
//! parts are joined again only where something proves it, such as an object that both hold.
//!
//! Inputs are cut along their paths, as if the folder that holds them had been named: a shell may
//! have put the files in its place.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

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
    /// The name that the user gave.
    pub(crate) name: Option<String>,
    /// Where its units stand; empty where the user named them, or where there is no other cluster.
    pub(crate) places: Vec<String>,
    /// In order.
    pub(crate) units: Vec<usize>,
}

/// One name was given to what cannot be of one cluster.
#[derive(Debug)]
pub(crate) struct Misnamed {
    pub(crate) name: String,
    /// The clusters that it was given to.
    pub(crate) groups: Vec<Group>,
    /// All its units.
    pub(crate) units: Vec<usize>,
}

/// Units that nothing tells apart.
#[derive(Debug)]
struct Part {
    label: String,
    /// Where they stand.
    places: Vec<String>,
    /// The name that the user gave.
    name: Option<String>,
    units: Vec<usize>,
}

impl Part {
    fn at(places: Vec<String>, units: Vec<usize>) -> Self {
        Self { label: label(&places), places, name: None, units }
    }
}

/// Where a unit stands: its input, and below it the path inside.
#[derive(Debug, Default)]
struct Path {
    text: String,
    /// The steps from folder to folder.
    steps: Vec<Range<usize>>,
    /// How many of them are of the input.
    of_input: usize,
}

impl Path {
    fn of(input: &str, inside: &str) -> Self {
        let mut path = Self { text: input.to_owned(), ..Self::default() };
        // It tells an absolute path from a relative one.
        path.steps.extend(input.starts_with('/').then_some(0..1));
        path.add_steps(0);
        path.of_input = path.steps.len();
        if !inside.is_empty() {
            path.text.truncate(path.text.trim_end_matches('/').len());
            path.text.push('/');
            let from = path.text.len();
            path.text.push_str(inside);
            path.add_steps(from);
        }
        path
    }

    fn add_steps(&mut self, from: usize) {
        let mut at = from;
        for step in self.text[from..].split('/') {
            if !matches!(step, "" | ".") {
                self.steps.push(at..at + step.len());
            }
            at += step.len() + 1;
        }
    }

    fn step(&self, nth: usize) -> &str {
        self.steps.get(nth).map_or("", |it| &self.text[it.clone()])
    }

    /// The path down to this depth.
    fn to(&self, depth: usize) -> &str {
        let end = depth.checked_sub(1).and_then(|it| self.steps.get(it)).map_or(0, |it| it.end);
        &self.text[..end]
    }

    /// How many steps of both inputs are the same.
    fn common(&self, other: &Self) -> usize {
        let most = self.of_input.min(other.of_input);
        (0..most).take_while(|it| self.step(*it) == other.step(*it)).count()
    }
}

impl Table<'_> {
    /// The clusters, by their labels. `proofs`: uids, as hashes, of which units hold the object or
    /// refer to it; asked for only where it matters.
    ///
    /// Fails where a name that the user gave is of several.
    pub(crate) fn groups(
        &self,
        proofs: impl Fn() -> Vec<(u64, usize)>,
    ) -> Result<Vec<Group>, Misnamed> {
        let names: BTreeSet<&str> = self.names.iter().flatten().map(String::as_str).collect();
        let clashes = self.all_clashes();
        let is_named = |nth: usize| self.name(nth).is_some();
        let one = names.is_empty() || (names.len() == 1 && (0..self.inputs.len()).all(is_named));
        if one && clashes.is_empty() {
            let name = names.first().map(|it| (*it).to_owned());
            let (label, units) =
                (name.clone().unwrap_or_default(), (0..self.units.len()).collect());
            return Ok(vec![Group { label, name, places: Vec::new(), units }]);
        }
        let paths: Vec<_> = self.units.iter().map(|it| self.path(it)).collect();
        for name in &names {
            let units = self.named(name);
            let parts = self.cut(&paths, units.clone(), &clashes);
            let joined = self.joined(&parts, &clashes, &proofs);
            let groups = groups(&parts, &joined);
            if groups.len() > 1 {
                return Err(Misnamed { name: (*name).to_owned(), groups, units });
            }
        }
        let parts = self.parts(&paths, &names, &clashes);
        let joined = self.joined(&parts, &clashes, proofs);
        Ok(groups(&parts, &joined))
    }

    fn name(&self, input: usize) -> Option<&str> {
        self.names.get(input)?.as_deref()
    }

    /// The units of the inputs that have this name.
    fn named(&self, name: &str) -> Vec<usize> {
        let all = 0..self.units.len();
        all.filter(|it| self.name(self.units[*it].input) == Some(name)).collect()
    }

    fn path(&self, unit: &Unit) -> Path {
        Path::of(self.inputs.get(unit.input).copied().unwrap_or_default(), &unit.path)
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
    fn parts(
        &self,
        paths: &[Path],
        names: &BTreeSet<&str>,
        clashes: &BTreeSet<(usize, usize)>,
    ) -> Vec<Part> {
        let of_name = |name: &&str| Part {
            label: (*name).to_owned(),
            places: Vec::new(),
            name: Some((*name).to_owned()),
            units: self.named(name),
        };
        let mut parts: Vec<_> = names.iter().map(of_name).collect();
        let is_left = |it: &usize| self.name(self.units[*it].input).is_none();
        let left: Vec<_> = (0..self.units.len()).filter(is_left).collect();
        let is_filled = |it: &Part| it.units.iter().any(|it| self.units[*it].is_filled());
        parts.extend(self.cut(paths, left, clashes).into_iter().filter(is_filled));
        parts
    }

    /// Cuts what holds a clash, from the folder down that holds all its inputs.
    fn cut(
        &self,
        paths: &[Path],
        units: Vec<usize>,
        clashes: &BTreeSet<(usize, usize)>,
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        let Some(first) = units.first().map(|it| &paths[*it]) else { return parts };
        let depths = units.iter().map(|it| first.common(&paths[*it]));
        let depth = depths.min().unwrap_or_default();
        let clashes: Vec<_> = clashes.iter().copied().collect();
        self.cut_below(paths, units, &clashes, depth, &mut parts);
        parts
    }

    /// Cuts a folder of this depth into folders and files, and files into documents.
    fn cut_below(
        &self,
        paths: &[Path],
        units: Vec<usize>,
        clashes: &[(usize, usize)],
        depth: usize,
        parts: &mut Vec<Part>,
    ) {
        let has = |it: usize| units.binary_search(&it).is_ok();
        let inside: Vec<_> = clashes.iter().copied().filter(|it| has(it.0) && has(it.1)).collect();
        if inside.is_empty() {
            parts.push(Part::at(self.places(paths, &units, depth), units));
            return;
        }
        if units.iter().all(|it| paths[*it].steps.len() <= depth) {
            let file = label(&self.places(paths, &units, depth));
            let clash = |a: usize, b: usize| inside.contains(&(a.min(b), a.max(b)));
            for (nth, units) in segments(self.units, &units, clash).into_iter().enumerate() {
                let line = units.iter().map(|it| self.units[*it].line).find(|it| *it > 0);
                let place = match line {
                    _ if nth == 0 => format!("{file}:1"),
                    Some(line) => format!("{file}:{line}"),
                    None => format!("{file} (part {})", nth + 1),
                };
                parts.push(Part::at(vec![place], units));
            }
            return;
        }
        let mut split: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for unit in units {
            split.entry(paths[unit].step(depth)).or_default().push(unit);
        }
        for units in split.into_values() {
            self.cut_below(paths, units, &inside, depth + 1, parts);
        }
    }

    /// The input, or the folder of this depth; or the inputs where no folder holds them alone.
    fn places(&self, paths: &[Path], units: &[usize], depth: usize) -> Vec<String> {
        let of = |unit: &usize| &paths[*unit];
        let Some(first) = units.iter().map(of).min_by_key(|it| &it.text) else { return Vec::new() };
        let inputs: BTreeSet<_> = units.iter().map(|it| self.units[*it].input).collect();
        let whole = |it: &Path| match it.to(it.of_input) {
            "" => it.text.clone(),
            input => input.to_owned(),
        };
        if inputs.len() == 1 {
            return vec![if depth > first.of_input {
                first.to(depth).into()
            } else {
                whole(first)
            }];
        }
        let holds = |input: usize| first.common(&Path::of(self.inputs[input], "")) >= depth;
        let holds_named = (0..self.inputs.len())
            .any(|it| self.name(it).is_some() && !inputs.contains(&it) && holds(it));
        let folder = first.to(depth);
        if !matches!(folder, "" | "/") && !holds_named {
            return vec![folder.to_owned()];
        }
        let inputs: BTreeSet<_> = units.iter().map(|it| whole(&paths[*it])).collect();
        inputs.into_iter().collect()
    }

    /// For each part the first of those that it is joined with.
    fn joined(
        &self,
        parts: &[Part],
        clashes: &BTreeSet<(usize, usize)>,
        proofs: impl Fn() -> Vec<(u64, usize)>,
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
        let mut bundles: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (unit, part) in self.units.iter().zip(&of_unit) {
            if let (Some(bundle), Some(part)) = (unit.bundle, part) {
                bundles.entry(bundle).or_default().insert(*part);
            }
        }
        // In an order that the inputs' does not change.
        let by_label = |parts_of: &mut Vec<usize>| {
            parts_of.sort_by_key(|it| (&parts[*it].label, *it));
        };
        for parts in told.values().chain(bundles.values()) {
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
        let places: BTreeSet<_> = members.iter().flat_map(|it| &it.places).cloned().collect();
        let known = alone || name.is_some();
        let places = if known { Vec::new() } else { places.into_iter().collect() };
        Group { label: name.clone().unwrap_or_else(|| label(&places)), name, places, units }
    });
    let mut groups: Vec<_> = groups.collect();
    let key = |it: &Group| (it.label.clone(), it.name.is_none(), it.units.clone());
    groups.sort_by_cached_key(key);
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

/// The first place, and how many other files or folders there are.
fn label(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => one.clone(),
        [first, _] => format!("{first} and 1 other path"),
        [first, others @ ..] => format!("{first} and {} other paths", others.len()),
    }
}
