//! Objects of one name and of two uids: either one was deleted and made again, or they are of two
//! clusters.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::{Identity, ObjectCopy, Store, apart::Claim, identity::hash, units::Unit};

/// A capture takes its time, and clocks differ: what was made so shortly before may have taken the
/// place of what the same capture had read already.
const SLACK: SignedDuration = SignedDuration::from_secs(60);

/// What objects of one name and two uids tell of the units that hold them.
#[derive(Debug, Default)]
pub(crate) struct Rivals {
    /// Pairs of units, the first of each pair first, that hold two such objects which have existed
    /// at the same time.
    pub(crate) clashes: BTreeSet<(usize, usize)>,
    /// What units claim of objects that have more copies of different uids than are compared.
    pub(crate) claims: BTreeMap<usize, Vec<Claim>>,
    /// For some such pairs one of the objects.
    examples: BTreeMap<(usize, usize), String>,
    /// Objects that were deleted and made again: what they were before and the unit that holds it,
    /// and the unit that holds what they are now.
    made_again: Vec<(Identity, usize, usize)>,
}

/// One copy of an object whose name another object has too.
struct Copy<'s> {
    identity: &'s Identity,
    created: Option<Timestamp>,
    unit: usize,
}

impl Rivals {
    /// So many pairs of copies are compared: a thousand dumps of a cluster, of which a deletion and
    /// a second creation fall into the midst, are a quarter of it for each object that was. What is
    /// beyond is taken for objects of different clusters.
    const MOST_PAIRS: usize = 1 << 20;

    /// Compares all that was read, of these units. What a log may have made up tells nothing of
    /// the rest.
    pub(crate) fn of(store: &Store, further: &[ObjectCopy], units: &[Unit]) -> Self {
        let taken: Vec<_> = units.iter().map(|it| (it.bundle, it.taken())).collect();
        let mut rivals = Self::default();
        let mut left = Self::MOST_PAIRS;
        for kind in store.kinds() {
            let is_of = |it: &&ObjectCopy| kind.is(it.identity.group(), it.identity.kind());
            let further = || further.iter().filter(is_of);
            let identities = kind.objects.keys().chain(further().map(|it| &it.identity));
            let shared = shared_names(identities);
            if shared.is_empty() {
                continue;
            }
            let held = kind.objects.iter().map(|(identity, it)| Copy {
                identity,
                created: it.created,
                unit: it.position.unit as usize,
            });
            let further = further().map(|it| Copy {
                identity: &it.identity,
                created: it.created,
                unit: it.position.unit as usize,
            });
            let mut by_name: BTreeMap<(&str, &str), Vec<Copy<'_>>> = BTreeMap::new();
            for copy in held.chain(further).filter(|it| it.identity.has_uid()) {
                if shared.contains(&name_hash(copy.identity)) {
                    let name = (copy.identity.namespace(), copy.identity.name());
                    by_name.entry(name).or_default().push(copy);
                }
            }
            for copies in by_name.into_values() {
                let Some(rest) = left.checked_sub(pairs_of(&copies)) else {
                    rivals.claim(&copies, units);
                    continue;
                };
                left = rest;
                for (nth, a) in copies.iter().enumerate() {
                    let others = copies[nth + 1..].iter();
                    let of_a_kind = |b: &&Copy<'_>| {
                        let [a, b] = [a.unit, b.unit].map(|it| units[it].logged);
                        a == b || !a.is_some() && !b.is_some()
                    };
                    others.filter(of_a_kind).for_each(|b| rivals.compare(a, b, &taken));
                }
            }
        }
        rivals
    }

    /// Each unit that holds a copy claims that the object has the uid of that copy.
    fn claim(&mut self, copies: &[Copy<'_>], units: &[Unit]) {
        for Copy { identity, unit, .. } in
            copies.iter().filter(|it| !units[it.unit].logged.is_some())
        {
            let thing = hash((identity.group(), identity.place()));
            let claims = self.claims.entry(*unit).or_default();
            // A unit may hold what the object was before, too.
            if !claims.iter().any(|it| it.thing == thing) {
                claims.push(Claim { thing, uid: hash(identity.uid()) });
            }
        }
    }

    /// `taken`: of each unit the bundle, and its newest timestamp.
    fn compare(
        &mut self,
        a: &Copy<'_>,
        b: &Copy<'_>,
        taken: &[(Option<usize>, Option<Timestamp>)],
    ) {
        let (Some(of_a), Some(of_b)) = (a.created, b.created) else { return };
        // What was collected at once is of one cluster, as what one live run reads.
        let one_bundle = taken[a.unit].0.is_some() && taken[a.unit].0 == taken[b.unit].0;
        if a.identity.uid() == b.identity.uid() || a.unit == b.unit || one_bundle {
            return;
        }
        let outlives = |older: &Copy<'_>, made: Timestamp| {
            taken[older.unit].1.is_some_and(|it| it.duration_since(made) >= SLACK)
        };
        let (older, newer) = if of_a <= of_b { (a, b) } else { (b, a) };
        let made = of_a.max(of_b);
        if outlives(older, made) || (of_a == of_b && outlives(newer, made)) {
            let pair = (a.unit.min(b.unit), a.unit.max(b.unit));
            self.clashes.insert(pair);
            self.examples.entry(pair).or_insert_with(|| a.identity.kind_and_name());
        } else if of_a != of_b {
            self.made_again.push((older.identity.clone(), older.unit, newer.unit));
        }
    }

    /// One of the objects that two units clash in.
    pub(crate) fn example(&self, a: usize, b: usize) -> &str {
        self.examples.get(&(a, b)).map_or("an object", String::as_str)
    }

    /// What was made again of the units of one cluster, and the unit that holds what it was before.
    pub(crate) fn gone(&self, units: &[usize]) -> impl Iterator<Item = (usize, &Identity)> {
        let has = |it: &usize| units.binary_search(it).is_ok();
        let gone = self.made_again.iter().filter(move |it| has(&it.1) && has(&it.2));
        gone.map(|it| (it.1, &it.0))
    }
}

/// How many pairs of copies have different uids.
fn pairs_of(copies: &[Copy<'_>]) -> usize {
    let mut of_uid: HashMap<&str, usize> = HashMap::new();
    for copy in copies {
        *of_uid.entry(copy.identity.uid()).or_default() += 1;
    }
    let same: usize = of_uid.values().map(|it| it.saturating_mul(*it)).sum();
    copies.len().saturating_mul(copies.len()).saturating_sub(same) / 2
}

/// The hashes of the names that several objects have.
fn shared_names<'i>(identities: impl Iterator<Item = &'i Identity>) -> HashSet<u64> {
    let mut first: HashMap<u64, &str> = HashMap::new();
    let mut shared = HashSet::new();
    for identity in identities.filter(|it| it.has_uid()) {
        let name = name_hash(identity);
        if *first.entry(name).or_insert(identity.uid()) != identity.uid() {
            shared.insert(name);
        }
    }
    shared
}

fn name_hash(identity: &Identity) -> u64 {
    hash((identity.namespace(), identity.name()))
}
