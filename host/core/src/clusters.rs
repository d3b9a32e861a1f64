//! Which units are of one cluster.
//!
//! Objects of two clusters must never be joined, and what is of one cluster should not be torn
//! apart: so a folder or file is cut only where it holds what cannot be of one cluster, and its
//! parts are joined again only where something proves it, such as an object that both hold.
//!
//! Inputs are cut along their paths, as if the folder that holds them had been named: a shell may
//! have put the files in its place.

use std::{
    cell::LazyCell,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::Range,
};

use crate::{
    ListScope,
    apart::{Apart, Joined, Together},
    units::Unit,
};

/// What was read, and what cannot be of one cluster.
#[derive(Debug)]
pub(crate) struct Table<'t> {
    /// The inputs, as they were named.
    pub(crate) inputs: &'t [&'t str],
    /// The cluster that the user names for each input. May be shorter than the inputs.
    pub(crate) names: &'t [Option<String>],
    /// In the order in which they were read.
    pub(crate) units: &'t [Unit],
    /// What keeps them from being of one cluster.
    pub(crate) apart: &'t Apart<'t>,
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
        let all: Vec<_> = (0..self.units.len()).collect();
        let is_named = |nth: usize| self.name(nth).is_some();
        let one = names.is_empty() || (names.len() == 1 && (0..self.inputs.len()).all(is_named));
        if one && !self.apart.clash(&all) {
            let name = names.first().map(|it| (*it).to_owned());
            let label = name.clone().unwrap_or_default();
            return Ok(vec![Group { label, name, places: Vec::new(), units: all }]);
        }
        let proofs = LazyCell::new(proofs);
        let paths: Vec<_> = self.units.iter().map(|it| self.path(it)).collect();
        for name in &names {
            let units = self.named(name);
            let parts = self.cut(&paths, units.clone());
            let joined = self.joined(&parts, &proofs);
            let groups = groups(&parts, &joined);
            if groups.len() > 1 {
                return Err(Misnamed { name: (*name).to_owned(), groups, units });
            }
        }
        let parts = self.parts(&paths, &names);
        let joined = self.joined(&parts, &proofs);
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

    /// Each named cluster, and the largest parts of the rest in which nothing clashes.
    fn parts(&self, paths: &[Path], names: &BTreeSet<&str>) -> Vec<Part> {
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
        parts.extend(self.cut(paths, left).into_iter().filter(is_filled));
        parts
    }

    /// Cuts what holds a clash, from the folder down that holds all its inputs.
    fn cut(&self, paths: &[Path], units: Vec<usize>) -> Vec<Part> {
        let mut parts = Vec::new();
        let Some(first) = units.first().map(|it| &paths[*it]) else { return parts };
        let depths = units.iter().map(|it| first.common(&paths[*it]));
        let depth = depths.min().unwrap_or_default();
        self.cut_below(paths, units, depth, &mut parts);
        parts
    }

    /// Cuts a folder of this depth into folders and files, and files into documents.
    fn cut_below(&self, paths: &[Path], units: Vec<usize>, depth: usize, parts: &mut Vec<Part>) {
        if !self.apart.clash(&units) {
            parts.push(Part::at(self.places(paths, &units, depth), units));
            return;
        }
        if units.iter().all(|it| paths[*it].steps.len() <= depth) {
            let file = label(&self.places(paths, &units, depth));
            let segments = segments(self.units, &units, Some(self.apart));
            for (nth, units) in segments.into_iter().enumerate() {
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
            self.cut_below(paths, units, depth + 1, parts);
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
    fn joined(&self, parts: &[Part], proofs: &[(u64, usize)]) -> Vec<usize> {
        let mut joined = Joined::new(parts.len());
        if parts.len() < 2 {
            return (0..parts.len()).collect();
        }
        let mut of_unit = vec![None; self.units.len()];
        for (nth, part) in parts.iter().enumerate() {
            if part.name.is_some() {
                joined.named(nth);
            }
            for unit in &part.units {
                of_unit[*unit] = Some(nth);
                joined.holds(nth, *unit, self.apart);
            }
        }
        for (a, b) in self.apart.pairs() {
            if let (Some(a), Some(b)) = (of_unit[a], of_unit[b]) {
                joined.part(a, b);
            }
        }
        let mut told: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let mut bundles: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (unit, part) in self.units.iter().zip(&of_unit) {
            let Some(part) = *part else { continue };
            if let Some(uid) = &unit.cluster {
                told.entry(uid).or_default().insert(part);
            }
            if let Some(bundle) = unit.bundle {
                bundles.entry(bundle).or_default().insert(part);
            }
        }
        // In an order that the inputs' does not change.
        let by_label = |parts_of: BTreeSet<usize>| -> Vec<usize> {
            let mut parts_of: Vec<_> = parts_of.into_iter().collect();
            parts_of.sort_by_key(|it| (&parts[*it].label, *it));
            parts_of
        };
        for parts in told.into_values().chain(bundles.into_values()) {
            by_label(parts).windows(2).for_each(|it| joined.join(it[0], it[1]));
        }
        let mut holding: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
        for (uid, unit) in proofs {
            if let Some(part) = of_unit[*unit] {
                holding.entry(*uid).or_default().insert(part);
            }
        }
        let mut proven: BTreeSet<(usize, usize)> = BTreeSet::new();
        for parts in holding.into_values().filter(|it| it.len() > 1) {
            let parts = by_label(parts);
            if parts.len() <= Self::EACH_PAIR {
                proven.extend(pairs(&parts).flat_map(|(a, b)| [(a, b), (b, a)]));
            } else {
                proven.extend(parts.windows(2).flat_map(|it| [(it[0], it[1]), (it[1], it[0])]));
            }
        }
        proven.retain(|(a, b)| !joined.clash(*a, *b));
        // What belongs to two that clash belongs to neither.
        let doubtful: Vec<bool> = (0..parts.len())
            .map(|part| {
                let with = proven.range((part, 0)..(part + 1, 0)).map(|it| it.1);
                joined.any_clash(&with.collect::<Vec<_>>())
            })
            .collect();
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
        (0..parts.len()).map(|it| joined.first(it)).collect()
    }

    /// Of more parts that hold one object, each is joined with the next alone.
    const EACH_PAIR: usize = 32;
}

/// Every two of them, in their order.
fn pairs(all: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    all.iter().enumerate().flat_map(|(nth, a)| all[nth + 1..].iter().map(|b| (*a, *b)))
}

/// Cuts the documents of one file: a segment begins with the document that clashes with the segment
/// before, or that repeats a list of it. Without `apart` nothing clashes.
pub(crate) fn segments(
    all: &[Unit],
    units: &[usize],
    apart: Option<&Apart<'_>>,
) -> Vec<Vec<usize>> {
    let mut segments: Vec<Vec<usize>> = Vec::new();
    let mut lists: BTreeSet<&ListScope> = BTreeSet::new();
    let mut together = Together::default();
    for unit in units {
        let own = &all[*unit].lists;
        let repeats = own.iter().any(|it| lists.contains(it));
        let clashes = apart.is_some_and(|it| !together.add(*unit, it));
        if repeats || clashes || segments.is_empty() {
            segments.push(Vec::new());
            lists.clear();
            together = Together::default();
            _ = apart.is_some_and(|it| together.add(*unit, it));
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
    let mut taken: HashSet<String> = HashSet::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for group in &mut groups {
        let label = group.label.clone();
        while !taken.insert(group.label.clone()) {
            let number = numbers.entry(label.clone()).or_insert(1);
            *number += 1;
            group.label = format!("{label} ({number})");
        }
    }
    groups
}

/// One run judges so many: more are no clusters, but files of which each seems to be one, and
/// nobody could read the report.
pub(crate) const CLUSTERS: usize = 100;

/// Parts the clusters that are judged from those that are left out: those that nobody has named and
/// that hold the fewest objects. `copies`: how many each unit holds; asked for only where it
/// matters.
pub(crate) fn judged(
    groups: Vec<Group>,
    copies: impl FnOnce() -> Vec<usize>,
) -> (Vec<Group>, Vec<Group>) {
    let Some(most) = groups.len().checked_sub(CLUSTERS).filter(|it| *it > 0) else {
        return (groups, Vec::new());
    };
    let copies = copies();
    let held = |it: &Group| it.units.iter().map(|it| copies[*it]).sum::<usize>();
    let mut order: Vec<_> = (0..groups.len()).collect();
    order.sort_by_cached_key(|it| (groups[*it].name.is_some(), held(&groups[*it]), Reverse(*it)));
    let left_out: HashSet<usize> = order.into_iter().take(most).collect();
    let (left_out, judged): (Vec<_>, Vec<_>) =
        groups.into_iter().enumerate().partition(|it| left_out.contains(&it.0));
    let groups = |it: Vec<(usize, Group)>| it.into_iter().map(|it| it.1).collect();
    (groups(judged), groups(left_out))
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
