//! What is known of one cluster: its objects, and what the packs have said of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use rulebox_cluster::Change;
use rulebox_core::{AsOf, Input, Inventory, NeedSet, SelectorError, Store, scoped};
use rulebox_run::{Evaluated, Memory, Plan};
use tokio::time::Instant;

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
    /// None while an evaluation has it.
    memory: Option<Memory>,
    /// Whether every list was read, or has failed.
    pub(crate) settled: bool,
    /// Whether something was told since the last snapshot.
    pub(crate) changed: bool,
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
            memory: Some(Memory::default()),
            settled: false,
            changed: false,
            evaluated: None,
            took: BTreeMap::new(),
        })
    }

    /// Takes what became known.
    pub(crate) fn apply(&mut self, change: Change) {
        self.changed = true;
        match change {
            Change::Listed { scope, resource_version, copies } => {
                self.store.replace(&scope, resource_version, copies);
            }
            Change::Forgotten { scope } => self.store.forget(&scope),
            Change::Applied { scope, copy } => self.store.apply(&scope, copy),
            Change::Removed { scope, identity, resource_version } => {
                self.store.remove(&scope, &identity, resource_version);
            }
            Change::Covered { need, coverage, reason, stale } => {
                self.store.set_coverage(need, coverage, &reason);
                let id = self.store.needs().objects[need].id.clone();
                if stale {
                    self.stale.insert(id)
                } else {
                    self.stale.remove(&id)
                };
            }
            Change::Settled => self.settled = true,
        }
    }

    /// What an evaluation needs, if the cluster can be judged. `all`: every rule, and not only
    /// those whose objects have changed.
    pub(crate) fn task(&mut self, nth: usize, all: bool) -> Option<Task> {
        if !self.settled || !(self.changed || all) {
            return None;
        }
        let memory = self.memory.take()?;
        self.changed = false;
        let objects = self.store.objects();
        let objects = objects.map(|(group, kind, n)| (group.to_owned(), kind.to_owned(), n));
        let (objects, needed) = (objects.collect(), self.store.selected());
        let inventory = Arc::new(self.store.snapshot());
        let (name, described) = (self.name.clone(), self.described.clone());
        let stale = self.stale.clone();
        Some(Task { nth, name, described, inventory, memory, stale, objects, needed, all })
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
        let Self { nth, name, described, inventory, mut memory, stale, objects, needed, all } =
            self;
        let mut asked: Vec<(String, Instant)> = Vec::new();
        let step = &mut |pack: &str| asked.push((pack.to_owned(), Instant::now()));
        let mut evaluated = plan.evaluate_again(&mut memory, &name, &inventory, as_of, all, step);
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
