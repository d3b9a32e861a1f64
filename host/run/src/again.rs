//! A process that evaluates the same cluster again and again: of each pack only the rules are
//! evaluated whose objects have changed, and what the others said last stays.
//!
//! Two inventories of one store share what has not changed, so a change is seen by comparing
//! addresses. Ages grow by themselves: the caller says when all rules are to be evaluated.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use rulebox_core::{Inventory, ObjectSlot, PackInfo, RuleInfo, scoped};
use rulebox_engine::Evaluation;

/// How long a pack rests after it has failed; each further time in a row twice as long. Who waits
/// for a pack that takes its whole deadline waits for nothing else.
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
    /// What each rule has seen, in the order of its needs.
    seen: BTreeMap<String, Vec<Option<Arc<ObjectSlot>>>>,
    failures: u32,
    rests_until: Option<Timestamp>,
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
        now: Timestamp,
        all: bool,
    ) -> Vec<&'r str> {
        if self.rests_until.is_some_and(|it| now < it) {
            return Vec::new();
        }
        let rule = |id: &str| pack.rules.iter().find(|it| it.id == id);
        let is_due = |id: &&&str| {
            let Some(rule) = rule(id) else { return false };
            let seen = self.seen.get(**id);
            all || seen.is_none_or(|it| !same(it, &slots(pack, rule, inventory)))
        };
        chosen.iter().filter(is_due).copied().collect()
    }

    /// Takes what the rules have said that were evaluated, in the place of what they said before.
    pub(crate) fn take(
        &mut self,
        pack: &PackInfo,
        rules: &[&str],
        inventory: &Inventory,
        now: Timestamp,
        new: Evaluation,
    ) {
        for rule in pack.rules.iter().filter(|it| rules.contains(&it.id.as_str())) {
            self.seen.insert(rule.id.clone(), slots(pack, rule, inventory));
        }
        let failed = !new.failures.is_empty();
        self.failures = if failed { self.failures + 1 } else { 0 };
        self.rests_until = failed.then(|| {
            let rest = FIRST_REST.saturating_mul(1 << (self.failures - 1).min(8)).min(LONGEST_REST);
            now.saturating_add(rest).unwrap_or(Timestamp::MAX)
        });
        // Of a rule that failed and said nothing, what it said before is still the best that is
        // known; that it failed shows beside it.
        let spoke = |rule: &String| {
            new.findings.iter().any(|it| it.rule == *rule)
                || !new.failures.iter().any(|it| it.rule.as_ref().is_none_or(|it| it == rule))
        };
        let spoken: Vec<_> = rules.iter().filter(|it| spoke(&(**it).to_owned())).collect();
        let again = |rule: &String| spoken.iter().any(|it| **it == rule);
        let Evaluation { findings, samples, undecided, failures, log } = &mut self.evaluation;
        findings.retain(|it| !again(&it.rule));
        undecided.retain(|it| !again(&it.rule));
        // What concerns the whole pack is said again where it still holds.
        failures.retain(|it| it.rule.as_ref().is_some_and(|it| !rules.contains(&it.as_str())));
        let rule_of = |metric: &str| pack.metrics.iter().find(|it| it.name == metric);
        samples.retain(|it| rule_of(&it.metric).is_some_and(|it| !again(&it.rule)));
        findings.extend(new.findings);
        samples.extend(new.samples);
        undecided.extend(new.undecided);
        failures.extend(new.failures);
        *log = new.log;
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
