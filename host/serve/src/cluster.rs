//! What is known of one cluster: its objects, and what the packs have said of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rulebox_cluster::{Change, ServerClock};
use rulebox_core::{AsOf, Input, Inventory, NeedSet, SelectorError, Store, scoped};
use rulebox_run::{Evaluated, Known, Memory, Plan};
use tokio::time::Instant;

/// Clocks that differ by no more are taken for the same: rules count in minutes.
const SAME_CLOCK: SignedDuration = SignedDuration::from_secs(60);

/// The moment to which the ages in a cluster are counted, and whether that is another than this
/// machine's. The times in objects are the cluster's: where the clocks differ, or that of this
/// machine jumps, the cluster's counts.
pub(crate) fn moment(here: Timestamp, there: Option<ServerClock>) -> (Timestamp, bool) {
    match there.map(ServerClock::now) {
        Some(there) if there.duration_since(here).abs() > SAME_CLOCK => (there, true),
        _ => (here, false),
    }
}

/// What is known of one cluster.
#[derive(Debug)]
pub(crate) struct ClusterState {
    /// The name in reports; empty where there is only one cluster.
    pub(crate) name: String,
    /// The name of the input: `context kind-prod`.
    described: String,
    store: Store,
    /// The needs whose objects were seen too long ago to count.
    stale: BTreeSet<String>,
    /// The needs that may soon show something else, and what is waited for.
    waits: BTreeMap<String, String>,
    /// Whether others do than when the last snapshot was taken.
    waits_changed: bool,
    /// None while an evaluation has it.
    memory: Option<Memory>,
    /// Whether every list was read, or has failed.
    pub(crate) settled: bool,
    /// Whether a snapshot was taken.
    begun: bool,
    /// What the packs have said last.
    pub(crate) evaluated: Option<Evaluated>,
    /// How long each took, when it was asked last.
    pub(crate) took: BTreeMap<String, Duration>,
}

/// What is needed to evaluate a cluster away from it.
pub(crate) struct Task {
    /// Which cluster.
    pub(crate) nth: usize,
    name: String,
    described: String,
    inventory: Arc<Inventory>,
    memory: Memory,
    stale: BTreeSet<String>,
    waits: BTreeMap<String, String>,
    objects: Vec<(String, String, usize)>,
    needed: usize,
    all: bool,
}

/// What came of it.
pub(crate) struct Done {
    nth: usize,
    memory: Memory,
    evaluated: Option<Evaluated>,
    took: BTreeMap<String, Duration>,
}

impl ClusterState {
    pub(crate) fn new(name: &str, described: &str, needs: NeedSet) -> Result<Self, SelectorError> {
        Ok(Self {
            name: name.to_owned(),
            described: described.to_owned(),
            store: Store::new(needs)?,
            stale: BTreeSet::new(),
            waits: BTreeMap::new(),
            waits_changed: false,
            memory: Some(Memory::default()),
            settled: false,
            begun: false,
            evaluated: None,
            took: BTreeMap::new(),
        })
    }

    /// Takes what became known. Whether a rule may say something else of it.
    pub(crate) fn apply(&mut self, change: Change) -> bool {
        let before = (self.store.changes(), self.waits_changed, self.settled);
        match change {
            Change::Listed { scope, resource_version, copies } => {
                self.store.replace(&scope, resource_version, copies);
            }
            Change::Forgotten { scope } => self.store.forget(&scope),
            Change::Applied { scope, copy } => self.store.apply(&scope, copy),
            Change::Removed { scope, identity, resource_version } => {
                self.store.remove(&scope, &identity, resource_version);
            }
            Change::Covered { need, coverage, reason, stale, waits } => {
                self.store.set_coverage(need, coverage, &reason);
                let id = self.store.needs().objects[need].id.clone();
                self.waits_changed |= waits.is_empty() == self.waits.contains_key(&id);
                if waits.is_empty() {
                    self.waits.remove(&id);
                } else {
                    self.waits.insert(id.clone(), waits);
                }
                if stale {
                    self.stale.insert(id)
                } else {
                    self.stale.remove(&id)
                };
            }
            Change::Settled => self.settled = true,
        }
        before != (self.store.changes(), self.waits_changed, self.settled)
    }

    /// What an evaluation needs, if the cluster can be judged and there is anything to judge.
    /// `all`: every rule, and not only those whose objects have changed. Whether something has
    /// changed is what the store has not shown yet, so that what changes while an evaluation runs
    /// is not forgotten when that ends.
    pub(crate) fn task(&mut self, nth: usize, all: bool) -> Option<Task> {
        let news = all || !self.begun || self.waits_changed || self.store.has_news();
        if !self.settled || !news {
            return None;
        }
        let memory = self.memory.take()?;
        (self.begun, self.waits_changed) = (true, false);
        let objects = self.store.objects();
        let objects = objects.map(|(group, kind, n)| (group.to_owned(), kind.to_owned(), n));
        let (objects, needed) = (objects.collect(), self.store.selected());
        let inventory = Arc::new(self.store.snapshot());
        let (name, described) = (self.name.clone(), self.described.clone());
        let (stale, waits) = (self.stale.clone(), self.waits.clone());
        Some(Task { nth, name, described, inventory, memory, stale, waits, objects, needed, all })
    }

    /// The rules are others now, or are set up in another way: all that was said is asked anew.
    pub(crate) fn forget_answers(&mut self) {
        self.memory = Some(Memory::default());
    }

    /// Takes what came of it.
    fn take(&mut self, memory: Memory, evaluated: Option<Evaluated>) {
        self.memory = Some(memory);
        self.evaluated = evaluated.or(self.evaluated.take());
    }

    /// Puts what came of evaluations to their clusters. Whether anything was evaluated.
    pub(crate) fn take_all(clusters: &mut [Self], done: Vec<Done>) -> bool {
        let mut any = false;
        for Done { nth, memory, evaluated, took } in done {
            any |= evaluated.is_some();
            clusters[nth].took.extend(took);
            clusters[nth].take(memory, evaluated);
        }
        any
    }
}

impl Task {
    /// Asks the rules. Takes as long as they do.
    pub(crate) fn run(self, plan: &Plan, as_of: AsOf) -> Done {
        let Self { nth, name, described, inventory, mut memory, stale, waits, .. } = self;
        let (objects, needed, all) = (self.objects, self.needed, self.all);
        let known = Known { inventory: &inventory, waits: &waits, stale: &stale };
        let mut asked: Vec<(String, Instant)> = Vec::new();
        let step = &mut |pack: &str| asked.push((pack.to_owned(), Instant::now()));
        let mut evaluated = plan.evaluate_again(&mut memory, &name, known, as_of, all, step);
        let ends = asked.iter().skip(1).map(|it| it.1).chain([Instant::now()]);
        let took = asked.iter().zip(ends).map(|((pack, begun), end)| (pack.clone(), end - *begun));
        let took = took.collect();
        if let Some(Evaluated { report, .. }) = &mut evaluated {
            let rules = report.rules.iter().filter(|it| {
                it.rule.requires.iter().any(|need| stale.contains(&scoped(&it.pack, need)))
            });
            let old: BTreeSet<_> = rules.map(|it| (it.pack.clone(), it.rule.id.clone())).collect();
            // A value that nobody has seen for long would pass for one of now.
            report.samples.retain(|it| !old.contains(&(it.pack.clone(), it.metric.rule.clone())));
            let seen = objects.iter().map(|it| it.2).sum();
            let input = Input { name: described, objects: seen, needed, ..Input::default() };
            (report.inputs, report.objects, report.objects_needed) = (vec![input], objects, needed);
        }
        Done { nth, memory, evaluated, took }
    }
}

#[cfg(test)]
mod tests {
    use rulebox_core::{AsOfSource, Coverage, Identity, Moment, ObjectCopy, ObjectNeed, Scope};
    use rulebox_run::{Choice, Config};

    use super::*;

    fn plan() -> Plan {
        let config = Config::from_value(serde_json::Value::Null).expect("a configuration");
        Plan::new([].into(), &Choice::default(), config, &[]).expect("a plan")
    }

    /// A cluster of which the pods with `app=web` are needed, and what they say in `spec`.
    fn cluster() -> ClusterState {
        let need = ObjectNeed {
            id: "p/pods".to_owned(),
            kind: "Pod".to_owned(),
            label_selector: "app=web".to_owned(),
            ..ObjectNeed::default()
        };
        let needs = NeedSet { objects: vec![need], texts: Vec::new() };
        let mut state = ClusterState::new("", "context up", needs).expect("a selector");
        state.apply(covered(Coverage::Complete, ""));
        state.apply(Change::Settled);
        state
    }

    fn covered(coverage: Coverage, waits: &str) -> Change {
        let (reason, waits) = (String::new(), waits.to_owned());
        Change::Covered { need: 0, coverage, reason, stale: false, waits }
    }

    /// A pod in this version; `said`: what the need is given of it, if it selects it.
    fn pod(version: u64, said: Option<&str>) -> Change {
        let copy = ObjectCopy {
            identity: Identity::new("v1", "Pod", "a", "x", ""),
            resource_version: Some(version),
            projections: said.map(|it| (0, it.into())).into_iter().collect(),
            created: None,
            position: rulebox_core::Position::default(),
        };
        let scope = Scope { kind: "Pod".to_owned(), ..Scope::default() };
        Change::Applied { scope, copy }
    }

    #[tokio::test(start_paused = true)]
    async fn ages_are_counted_to_the_clock_of_the_cluster_where_clocks_differ() {
        let second = |it| Timestamp::from_second(it).expect("a time");
        let there = ServerClock { at: second(10_000), heard: Instant::now() };
        tokio::time::advance(Duration::from_secs(30)).await;
        let check = |here: i64, want| {
            assert_eq!(moment(second(here), Some(there)), want, "{here}");
        };
        check(10_031, (second(10_031), false));
        check(9_971, (second(9_971), false));
        // It jumps on by an hour, and back.
        check(13_630, (second(10_030), true));
        check(6_430, (second(10_030), true));
        assert_eq!(moment(second(7), None), (second(7), false));
    }

    fn run(task: Task) -> Vec<Done> {
        let as_of =
            AsOf { moment: Moment::at(jiff::Timestamp::UNIX_EPOCH), source: AsOfSource::Now };
        vec![task.run(&plan(), as_of)]
    }

    /// Evaluates what there is to evaluate. Whether there was anything.
    fn evaluate(state: &mut ClusterState) -> bool {
        let Some(task) = state.task(0, false) else { return false };
        ClusterState::take_all(std::slice::from_mut(state), run(task));
        true
    }

    #[test]
    fn what_no_need_sees_evaluates_nothing() {
        let mut state = cluster();
        assert!(evaluate(&mut state), "the first time");
        assert!(!evaluate(&mut state));
        assert!(!state.apply(pod(1, None)), "not selected");
        assert!(!evaluate(&mut state));
        assert!(state.apply(pod(2, Some("{}"))));
        assert!(evaluate(&mut state));
        assert!(!state.apply(pod(3, Some("{}"))), "a field that is not asked for");
        assert!(!evaluate(&mut state));
        assert!(state.apply(pod(4, None)));
        assert!(evaluate(&mut state));
        assert!(state.task(0, true).is_some(), "ages grow");
    }

    #[test]
    fn what_changes_during_an_evaluation_is_evaluated_after_it() {
        let mut state = cluster();
        let task = state.task(0, false).expect("the first time");
        assert!(state.apply(pod(2, Some("{}"))));
        assert!(state.task(0, false).is_none(), "one evaluation at a time");
        ClusterState::take_all(std::slice::from_mut(&mut state), run(task));
        assert!(evaluate(&mut state), "what has changed meanwhile");
        let task = state.task(0, true).expect("all");
        assert!(state.apply(covered(Coverage::Complete, "pods: away")));
        assert!(state.task(0, true).is_none());
        ClusterState::take_all(std::slice::from_mut(&mut state), run(task));
        assert!(evaluate(&mut state), "what is waited for");
        assert!(!state.apply(covered(Coverage::Complete, "pods: far away")));
        assert!(!evaluate(&mut state));
        assert!(state.apply(covered(Coverage::Complete, "")));
        assert!(evaluate(&mut state));
    }
}
