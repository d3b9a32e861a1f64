//! A process that evaluates the same cluster again and again: of each pack only the rules are
//! evaluated whose objects have changed, and what the others said last stays.
//!
//! Two inventories of one store share what has not changed, so a change is seen by comparing
//! addresses. Ages grow by themselves: the caller says when all rules are to be evaluated.
//!
//! A rule that reads what is not up to date waits, and its last result stays: what one kind shows
//! now and another showed a minute ago never was at one time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use rulebox_core::{
    Coverage, Inventory, ObjectSlot, PackInfo, RuleInfo, RuleOutcome, RuleResult, scope_of, scoped,
};
use rulebox_engine::{Ended, Evaluation};
use rulebox_report::SecretValues;

use crate::{
    by_namespace::{ByLabels, NEED},
    secrets,
};

/// How long a rule rests after it has failed; each further time in a row twice as long. Who waits
/// for a rule that takes its pack's whole deadline waits for nothing else.
const FIRST_REST: SignedDuration = SignedDuration::from_secs(30);

/// The longest rest.
const LONGEST_REST: SignedDuration = SignedDuration::from_secs(600);

/// What is known of a cluster that is watched.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// What its watches have shown.
    pub inventory: &'k Arc<Inventory>,
    /// The needs of which it may soon be known that they are otherwise, and what is waited for.
    pub waits: &'k BTreeMap<String, String>,
    /// The needs of which nothing was seen for so long that what is known does not count any more.
    pub stale: &'k BTreeSet<String>,
}

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
    /// When each rule has said what is kept of it.
    said: BTreeMap<String, Timestamp>,
    /// The rules that failed when they were evaluated last, so that what they said before is kept.
    failed: BTreeSet<String>,
    /// When each rule was evaluated last, and how it came out.
    judged: BTreeMap<String, (Timestamp, RuleResult, Vec<String>)>,
    /// The rules that wait, what for, and whether what they require does not count any more.
    waiting: BTreeMap<String, (String, bool)>,
    /// How far what these rules read is covered.
    covered: Vec<Option<Coverage>>,
    /// Which of them are judged by labels of namespaces, too.
    pub(crate) by_labels: ByLabels,
    /// The values of the Secrets that may stand in what is kept.
    pub(crate) secrets: SecretValues,
}

#[derive(Debug)]
struct Rest {
    /// How often in a row.
    failures: u32,
    since: Timestamp,
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
        // A clock that was set back begins the rest of nothing anew.
        let rests = |id: &str| self.rests.get(id).is_some_and(|it| it.since <= at && at < it.until);
        let rule = |id: &str| pack.rules.iter().find(|it| it.id == id);
        let is_due = |id: &&&str| {
            let waits = self.waiting.contains_key(**id);
            let Some(rule) = rule(id).filter(|it| !waits && !rests(&it.id)) else { return false };
            let seen = self.seen.get(**id);
            all || seen.is_none_or(|it| !same(it, &self.slots(pack, rule, inventory)))
        };
        chosen.iter().filter(is_due).copied().collect()
    }

    /// Finds out which rules wait. Whether that is news: others wait than before, or what they read
    /// is covered in another way.
    pub(crate) fn wait(&mut self, pack: &PackInfo, chosen: &[&str], known: Known<'_>) -> bool {
        let Known { inventory, waits, stale } = known;
        let rules = pack.rules.iter().filter(|it| chosen.contains(&it.id.as_str()));
        let waiting = rules.filter_map(|rule| {
            // Of what a rule has never said anything of, all that was seen is better than nothing.
            let is_new = !self.judged.contains_key(&rule.id);
            let needs = self.read(pack, rule);
            let needs = needs
                .into_iter()
                .filter(|it| !is_new || inventory.coverage(it) != Some(Coverage::Complete));
            let mut reasons: BTreeSet<_> = needs.filter_map(|it| waits.get(&it).cloned()).collect();
            // Ages of what nobody sees must not grow into findings.
            let old = self.required(pack, rule).into_iter().filter(|it| {
                let is_known = !is_new || inventory.coverage(it) == Some(Coverage::Partial);
                stale.contains(it) && is_known
            });
            let old: Vec<_> = old.filter_map(|it| inventory.objects.get(&it)).collect();
            reasons.extend(old.iter().map(|it| it.reason.clone()));
            let reasons: Vec<_> = reasons.into_iter().collect();
            let is_old = !old.is_empty();
            (!reasons.is_empty()).then(|| (rule.id.clone(), (reasons.join("; "), is_old)))
        });
        let waiting: BTreeMap<_, _> = waiting.collect();
        let rules = pack.rules.iter().filter(|it| waiting.contains_key(&it.id));
        let read = rules.flat_map(|it| self.read(pack, it));
        let covered = read.map(|it| inventory.coverage(&it)).collect();
        let which = |(rule, (_, is_old)): (&String, &(String, bool))| (rule.clone(), *is_old);
        let is_same = waiting.iter().map(which).eq(self.waiting.iter().map(which));
        let is_news = !is_same || self.covered != covered;
        (self.waiting, self.covered) = (waiting, covered);
        is_news
    }

    /// How a rule came out that waits, and why it does.
    pub(crate) fn held(&self, rule: &str) -> Option<(RuleResult, Vec<String>)> {
        let (waits, is_old) = self.waiting.get(rule)?;
        let waits = format!("waits for what is out of sight: {waits}");
        Some(match self.judged.get(rule) {
            Some((at, result, reasons)) => {
                let held = format!("judged at {at:.0}; {waits}");
                // What nobody has seen for long does not pass. Its findings stay, as old ones.
                let passes = [RuleResult::Pass, RuleResult::Fail].contains(result);
                let result = if *is_old && passes { RuleResult::NoData } else { *result };
                (result, reasons.iter().cloned().chain([held]).collect())
            }
            None => (RuleResult::NoData, vec![waits]),
        })
    }

    /// The moment that a rule's findings speak of, if the rule waits since, or has failed.
    pub(crate) fn stale_since(&self, rule: &str) -> Option<Timestamp> {
        let keeps = self.waiting.contains_key(rule) || self.failed.contains(rule);
        self.said.get(rule).copied().filter(|_| keeps)
    }

    /// Notes how rules came out that do not wait.
    pub(crate) fn judged(&mut self, rules: &[RuleOutcome]) {
        for RuleOutcome { rule, result, reasons, .. } in rules {
            if !self.waiting.contains_key(&rule.id)
                && let Some(judged) = self.judged.get_mut(&rule.id)
            {
                (judged.1, judged.2) = (*result, reasons.clone());
            }
        }
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
            // How it came out follows from what is said here.
            self.judged.insert(rule.id.clone(), (at, RuleResult::NoData, Vec::new()));
            match new.ended(&rule.id) {
                Ended::ToItsEnd => {
                    let slots = self.slots(pack, rule, inventory);
                    self.seen.insert(rule.id.clone(), slots);
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
        for &rule in rules {
            if spoke(rule) {
                self.said.insert(rule.to_owned(), at);
                self.failed.remove(rule);
            } else {
                self.failed.insert(rule.to_owned());
            }
        }
        let Evaluation { findings, samples, spans, undecided, failures, log } =
            &mut self.evaluation;
        findings.retain(|it| !spoke(&it.rule));
        spans.retain(|it| !spoke(&it.rule));
        undecided.retain(|it| !spoke(&it.rule));
        failures.retain(|it| match &it.rule {
            Some(rule) => !rules.contains(&rule.as_str()),
            None => is_known,
        });
        let rule_of = |metric: &str| pack.metrics.iter().find(|it| it.name == metric);
        samples.retain(|it| rule_of(&it.metric).is_some_and(|it| !spoke(&it.rule)));
        findings.extend(new.findings);
        samples.extend(new.samples);
        spans.extend(new.spans);
        undecided.extend(new.undecided);
        failures.extend(new.failures);
        *log = new.log;
        // A rule that was not evaluated to its end may still say a value that is no more.
        let keeps_old = !self.failed.is_empty() || !self.waiting.is_empty();
        let known = std::mem::take(&mut self.secrets);
        let of_pack = inventory.objects.iter().filter(|it| scope_of(it.0) == pack.name);
        self.secrets = secrets::of(of_pack.map(|it| it.1));
        if keeps_old {
            self.secrets.merge(&known);
        }
    }

    /// The needs without which a rule cannot be judged, by their ids in the inventory.
    fn required(&self, pack: &PackInfo, rule: &RuleInfo) -> Vec<String> {
        let labels = self.by_labels.settings.then(|| NEED.to_owned());
        rule.requires.iter().map(|it| scoped(&pack.name, it)).chain(labels).collect()
    }

    /// All needs that what is said of a rule comes from.
    fn read(&self, pack: &PackInfo, rule: &RuleInfo) -> Vec<String> {
        let needs = rule.requires.iter().chain(&rule.consults);
        let labels = self.by_labels.concerns(&rule.id).then(|| NEED.to_owned());
        needs.map(|it| scoped(&pack.name, it)).chain(labels).collect()
    }

    /// What a rule sees: the slot of each need that it requires or consults.
    fn slots(
        &self,
        pack: &PackInfo,
        rule: &RuleInfo,
        inventory: &Inventory,
    ) -> Vec<Option<Arc<ObjectSlot>>> {
        let needs = self.read(pack, rule);
        needs.iter().map(|it| inventory.objects.get(it).cloned()).collect()
    }

    fn rest(&mut self, rule: &str, at: Timestamp) {
        let failures = self.rests.get(rule).map_or(0, |it| it.failures);
        let rest = FIRST_REST.saturating_mul(1 << failures.min(8)).min(LONGEST_REST);
        let until = at.saturating_add(rest).unwrap_or(Timestamp::MAX);
        let failures = failures + 1;
        self.rests.insert(rule.to_owned(), Rest { failures, since: at, until });
    }
}

fn same(a: &[Option<Arc<ObjectSlot>>], b: &[Option<Arc<ObjectSlot>>]) -> bool {
    let same = |(a, b): (&Option<Arc<_>>, &Option<Arc<_>>)| match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

#[cfg(test)]
mod tests {
    use rulebox_core::{Json, PackFailure, Severity};

    use super::*;

    /// What is known of a Secret whose value is this.
    fn inventory(value: &str) -> Inventory {
        let json = format!(r#"{{"kind":"Secret","stringData":{{"a":"{value}"}}}}"#);
        let (objects, coverage) = (vec![Json::from(json)], Coverage::Complete);
        let slot = Arc::new(ObjectSlot { objects, coverage, reason: String::new() });
        Inventory { objects: [("acme/s".to_owned(), slot)].into(), ..Inventory::default() }
    }

    fn values(all: &[&str]) -> SecretValues {
        let of = |it: &&str| secrets::of(inventory(it).objects.values());
        let mut values = SecretValues::default();
        for it in all {
            values.merge(&of(it));
        }
        values
    }

    #[test]
    fn values_of_secrets_are_known_while_something_may_say_them() {
        let rule = RuleInfo {
            id: "r".to_owned(),
            severity: Severity::High,
            summary: String::new(),
            documentation: String::new(),
            requires: vec!["s".to_owned()],
            consults: Vec::new(),
        };
        let pack = PackInfo { name: "acme".to_owned(), rules: vec![rule], ..PackInfo::default() };
        let mut said = Said::default();
        let mut take = |value: &str, new: Evaluation| {
            said.take(&pack, &["r"], &inventory(value), Timestamp::UNIX_EPOCH, new);
            said.secrets.clone()
        };
        let failed = || {
            let failure = PackFailure {
                cluster: String::new(),
                pack: "acme".to_owned(),
                rule: Some("r".to_owned()),
                code: "trapped".to_owned(),
                message: String::new(),
                help: String::new(),
            };
            Evaluation { failures: vec![failure], ..Evaluation::default() }
        };
        assert_eq!(take("first value", Evaluation::default()), values(&["first value"]));
        assert_eq!(take("second value", failed()), values(&["first value", "second value"]));
        assert_eq!(take("third value", Evaluation::default()), values(&["third value"]));
    }
}
