//! What keeps units apart: objects that cannot be of one cluster.
//!
//! Two units clash where both hold an object that had two uids at once, and where they claim
//! different uids of a thing of which a cluster has one, such as its Namespace kube-system. Claims
//! cost what the units are many; pairs cost what they are many times themselves, so [`Rivals`] make
//! a limited number of them.
//!
//! [`Rivals`]: crate::rivals::Rivals

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::{identity::hash, units::Unit};

/// Something of which a cluster has one, and which of them a unit says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    /// The hash of its name.
    pub(crate) thing: u64,
    /// The hash of its uid.
    pub(crate) uid: u64,
}

/// What keeps the units of a reading apart.
#[derive(Debug)]
pub(crate) struct Apart<'t> {
    units: &'t [Unit],
    /// Pairs of units, the first of each pair first.
    pairs: &'t BTreeSet<(usize, usize)>,
    /// Of each unit those that it clashes with.
    with: HashMap<usize, Vec<usize>>,
    claims: &'t BTreeMap<usize, Vec<Claim>>,
}

impl<'t> Apart<'t> {
    /// `pairs` that clash, the first of each pair first, and `claims` beside those of kube-system.
    pub(crate) fn of(
        units: &'t [Unit],
        pairs: &'t BTreeSet<(usize, usize)>,
        claims: &'t BTreeMap<usize, Vec<Claim>>,
    ) -> Self {
        let mut with: HashMap<usize, Vec<usize>> = HashMap::new();
        for (a, b) in pairs {
            with.entry(*a).or_default().push(*b);
            with.entry(*b).or_default().push(*a);
        }
        Self { units, pairs, with, claims }
    }

    /// The pairs of units that clash in an object.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.pairs.iter().copied()
    }

    /// What a unit claims, beside its kube-system.
    pub(crate) fn claims(&self, unit: usize) -> impl Iterator<Item = Claim> {
        self.claims.get(&unit).into_iter().flatten().copied()
    }

    /// Whether any two of these units clash.
    pub(crate) fn clash(&self, units: &[usize]) -> bool {
        let mut together = Together::default();
        units.iter().any(|it| !together.add(*it, self))
    }
}

/// Units of which no two clash.
#[derive(Debug, Default)]
pub(crate) struct Together {
    units: HashSet<usize>,
    /// Which uid they claim of each thing.
    claims: HashMap<u64, u64>,
    /// The hash of the uid of their kube-system.
    cluster: Option<u64>,
}

impl Together {
    /// Adds a unit. Returns whether it clashes with none of the others.
    pub(crate) fn add(&mut self, unit: usize, apart: &Apart<'_>) -> bool {
        let Self { units, claims, cluster } = self;
        let own = apart.units[unit].cluster.as_deref().map(hash);
        let with = apart.with.get(&unit).into_iter().flatten();
        let mut fits = !with.clone().any(|it| units.contains(it));
        fits &= own.is_none_or(|own| *cluster.get_or_insert(own) == own);
        for Claim { thing, uid } in apart.claims(unit) {
            fits &= *claims.entry(thing).or_insert(uid) == uid;
        }
        if !apart.with.is_empty() {
            units.insert(unit);
        }
        fits
    }
}

/// Which parts are joined, and which must not be.
#[derive(Debug)]
pub(crate) struct Joined {
    /// Of each part a part that it is joined with, and that comes before it; of the first itself.
    before: Vec<usize>,
    /// By the first of the parts that are joined, what keeps them from others.
    tags: Vec<Tags>,
}

/// What keeps joined parts from others.
#[derive(Debug, Default, Clone)]
struct Tags {
    /// The first of those that must not be joined with them.
    apart: BTreeSet<usize>,
    /// Whether the user has named their cluster. Each name is of one part.
    named: bool,
    /// The hash of the uid of their kube-system.
    cluster: Option<u64>,
    /// Which uid they claim of each thing; none where they differ, which their kube-system allows.
    claims: BTreeMap<u64, Option<u64>>,
}

impl Tags {
    /// Whether what both say keeps them apart.
    fn differ(&self, other: &Self) -> bool {
        if self.named && other.named {
            return true;
        }
        if let (Some(a), Some(b)) = (self.cluster, other.cluster) {
            return a != b;
        }
        let (few, many) = if self.claims.len() <= other.claims.len() {
            (&self.claims, &other.claims)
        } else {
            (&other.claims, &self.claims)
        };
        few.iter().any(|(thing, a)| many.get(thing).is_some_and(|b| a.is_none() || a != b))
    }

    /// Adds what others say that are joined with them; which others must not be is not theirs.
    fn add(&mut self, other: &Self) {
        self.named |= other.named;
        self.cluster = self.cluster.or(other.cluster);
        other.claims.iter().for_each(|(thing, uid)| self.claim(*thing, *uid));
    }

    fn claim(&mut self, thing: u64, uid: Option<u64>) {
        let known = self.claims.entry(thing).or_insert(uid);
        *known = known.filter(|it| uid == Some(*it));
    }
}

impl Joined {
    pub(crate) fn new(parts: usize) -> Self {
        Self { before: (0..parts).collect(), tags: vec![Tags::default(); parts] }
    }

    /// The user has named the cluster of a part.
    pub(crate) fn named(&mut self, part: usize) {
        self.tags[part].named = true;
    }

    /// A part holds a unit: what that claims, the part does.
    pub(crate) fn holds(&mut self, part: usize, unit: usize, apart: &Apart<'_>) {
        let tags = &mut self.tags[part];
        tags.cluster = tags.cluster.or(apart.units[unit].cluster.as_deref().map(hash));
        apart.claims(unit).for_each(|it| tags.claim(it.thing, Some(it.uid)));
    }

    /// Two parts must not be joined, unless their kube-systems say that they are one cluster's.
    pub(crate) fn part(&mut self, a: usize, b: usize) {
        let cluster = self.tags[a].cluster;
        if a != b && (cluster.is_none() || cluster != self.tags[b].cluster) {
            self.tags[a].apart.insert(b);
            self.tags[b].apart.insert(a);
        }
    }

    /// The first of the parts that this one is joined with.
    pub(crate) fn first(&mut self, part: usize) -> usize {
        let mut first = part;
        while self.before[first] != first {
            first = self.before[first];
        }
        let mut at = part;
        while self.before[at] != first {
            at = std::mem::replace(&mut self.before[at], first);
        }
        first
    }

    /// Whether something of what either is joined with must not be joined.
    pub(crate) fn clash(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.first(a), self.first(b));
        let (of_a, of_b) = (&self.tags[a], &self.tags[b]);
        a != b && (of_a.apart.contains(&b) || of_a.differ(of_b))
    }

    /// Whether any two of these parts, or something of what they are joined with, must not be
    /// joined.
    pub(crate) fn any_clash(&mut self, parts: &[usize]) -> bool {
        let firsts: BTreeSet<_> = parts.iter().map(|it| self.first(*it)).collect();
        let mut all = Tags::default();
        firsts.iter().any(|it| {
            let tags = &self.tags[*it];
            let clash = all.differ(tags) || tags.apart.iter().any(|it| firsts.contains(it));
            all.add(tags);
            clash
        })
    }

    pub(crate) fn join(&mut self, a: usize, b: usize) {
        if self.clash(a, b) {
            return;
        }
        let (a, b) = (self.first(a), self.first(b));
        let (to, from) = (a.min(b), a.max(b));
        if to == from {
            return;
        }
        self.before[from] = to;
        let tags = std::mem::take(&mut self.tags[from]);
        for other in &tags.apart {
            self.tags[*other].apart.remove(&from);
            self.tags[*other].apart.insert(to);
        }
        self.tags[to].apart.extend(&tags.apart);
        self.tags[to].add(&tags);
    }
}
