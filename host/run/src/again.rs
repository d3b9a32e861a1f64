//! A process that evaluates the same cluster again and again: of each pack only the rules are
//! evaluated whose objects have changed, and what the others said last stays.
//!
//! Two inventories of one store share what has not changed, so a change is seen by comparing
//! addresses. Ages grow by themselves: the caller says when all rules are to be evaluated.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use rulebox_core::{Inventory, ObjectSlot, PackInfo, RuleInfo, scoped};
use rulebox_engine::{Ended, Evaluation};

/// How long a rule rests after it has failed; each further time in a row twice as long. Who waits
/// for a rule that takes its pack's whole deadline waits for nothing else.
const FIRST_REST: SignedDuration = SignedDuration::from_secs(30);

/// The longest rest.
const LONGEST_REST: SignedDuration = SignedDuration::from_secs(600);

/// What the packs have said of a cluster, and of which objects.
#[derive(Debug, Default)]
pub struct Memory {
    packs: BTreeMap<String, Said>,
}

/// What a pack has said last.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) evaluation: Evaluation,
    /// What each rule has seen that was evaluated to its end, in the order of its needs.
    seen: BTreeMap<String, Vec<Option<Arc<ObjectSlot>>>>,
    /// The rules that have failed.
    rests: BTreeMap<String, Rest>,
    /// The rules that were evaluated when the pack as a whole failed, and not since.
    concerned: BTreeSet<String>,
}

#[derive(Debug)]
struct Rest {
    /// How often in a row.
    failures: u32,
    until: Timestamp,
}

impl Memory {
    /// What a pack has said last; nothing if it was never asked.
    pub(crate) fn of(&mut self, pack: &str) -> &mut Said {
        self.packs.entry(pack.to_owned()).or_default()
    }
}

impl Said {
    /// Which of the chosen rules are to be evaluated, now that the objects are these.
    pub(crate) fn due<'r>(
        &self,
        pack: &PackInfo,
        chosen: &[&'r str],
        inventory: &Inventory,
        at: Timestamp,
        all: bool,
    ) -> Vec<&'r str> {
        let rests = |id: &str| self.rests.get(id).is_some_and(|it| at < it.until);
        let rule = |id: &str| pack.rules.iter().find(|it| it.id == id);
        let is_due = |id: &&&str| {
            let Some(rule) = rule(id).filter(|it| !rests(&it.id)) else { return false };
            let seen = self.seen.get(**id);
            all || seen.is_none_or(|it| !same(it, &slots(pack, rule, inventory)))
        };
        chosen.iter().filter(is_due).copied().collect()
    }

    /// Takes what the rules have said that were evaluated, in the place of what they said before.
    /// Of a rule that failed, what it said before is still the best that is known; that it failed
    /// shows beside it.
    pub(crate) fn take(
        &mut self,
        pack: &PackInfo,
        rules: &[&str],
        inventory: &Inventory,
        at: Timestamp,
        new: Evaluation,
    ) {
        for rule in pack.rules.iter().filter(|it| rules.contains(&it.id.as_str())) {
            match new.ended(&rule.id) {
                Ended::ToItsEnd => {
                    self.seen.insert(rule.id.clone(), slots(pack, rule, inventory));
                    self.rests.remove(&rule.id);
                }
                // It is evaluated next time, without those that took its time.
                Ended::NotRun => drop(self.seen.remove(&rule.id)),
                Ended::BrokenOff => {
                    self.seen.remove(&rule.id);
                    self.rest(&rule.id, at);
                }
            }
        }
        let of_pack = new.failures.iter().any(|it| it.rule.is_none());
        if of_pack {
            self.concerned = rules.iter().map(|&it| it.to_owned()).collect();
        } else {
            self.concerned.retain(|it| !rules.contains(&it.as_str()));
        }
        let is_known = !of_pack && !self.concerned.is_empty();
        let failed = |rule: &str| new.failures.iter().any(|it| it.rule.as_deref() == Some(rule));
        let spoke = |rule: &str| {
            rules.contains(&rule) && (new.ended(rule) == Ended::ToItsEnd || !failed(rule))
        };
        let Evaluation { findings, samples, undecided, failures, log } = &mut self.evaluation;
        findings.retain(|it| !spoke(&it.rule));
        undecided.retain(|it| !spoke(&it.rule));
        failures.retain(|it| match &it.rule {
            Some(rule) => !rules.contains(&rule.as_str()),
            None => is_known,
        });
        let rule_of = |metric: &str| pack.metrics.iter().find(|it| it.name == metric);
        samples.retain(|it| rule_of(&it.metric).is_some_and(|it| !spoke(&it.rule)));
        findings.extend(new.findings);
        samples.extend(new.samples);
        undecided.extend(new.undecided);
        failures.extend(new.failures);
        *log = new.log;
    }

    fn rest(&mut self, rule: &str, at: Timestamp) {
        let failures = self.rests.get(rule).map_or(0, |it| it.failures);
        let rest = FIRST_REST.saturating_mul(1 << failures.min(8)).min(LONGEST_REST);
        let until = at.saturating_add(rest).unwrap_or(Timestamp::MAX);
        let failures = failures + 1;
        self.rests.insert(rule.to_owned(), Rest { failures, until });
    }
}

/// What a rule sees: the slot of each need that it requires or consults.
fn slots(pack: &PackInfo, rule: &RuleInfo, inventory: &Inventory) -> Vec<Option<Arc<ObjectSlot>>> {
    let needs = rule.requires.iter().chain(&rule.consults);
    needs.map(|it| inventory.objects.get(&scoped(&pack.name, it)).cloned()).collect()
}

fn same(a: &[Option<Arc<ObjectSlot>>], b: &[Option<Arc<ObjectSlot>>]) -> bool {
    let same = |(a, b): (&Option<Arc<_>>, &Option<Arc<_>>)| match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}
