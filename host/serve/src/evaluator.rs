//! The loop that evaluates what has changed: takes changes of all clusters, waits until they have
//! settled, asks the rules away from the threads that serve, and publishes what came of it.
//!
//! One evaluation runs at a time, so that no pack runs twice. While it runs, changes are taken and
//! wait for the next one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use rulebox_cluster::Cluster;
use rulebox_core::{AsOf, AsOfSource, Moment, PackFailure};
use rulebox_run::{Evaluated, Outcome, Plan};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet, spawn_blocking},
    time::{Instant, MissedTickBehavior, interval_at, sleep_until},
};

use crate::{
    Clock, Options, Published,
    cluster::{ClusterState, Done, Task, moment},
    history::{Events, History},
    published::Health,
};

/// Changes that wait while rules are evaluated. Beyond them the watches wait.
const WAITING: usize = 4096;

/// Changes that are taken at once.
const AT_ONCE: usize = 256;

/// What runs: a plan, and the packs that could not be loaded for it.
#[derive(Debug)]
pub struct Loaded {
    /// The plan.
    pub plan: Plan,
    /// Why other packs are not part of it.
    pub failures: Vec<PackFailure>,
}

/// What the loop makes known.
#[derive(Debug, Clone)]
pub struct Results {
    /// The last result; none before every cluster has been listed, or has failed to be.
    pub published: watch::Receiver<Option<Arc<Published>>>,
    /// What has happened to findings lately.
    pub events: Arc<Events>,
    /// How the watches of each cluster are.
    pub clusters: Vec<Health>,
    /// Whether every cluster has been listed, or has failed to be.
    pub settled: watch::Receiver<bool>,
}

/// Watches clusters and evaluates what the plan asks of them, until the plan's sender is gone.
/// Another plan takes the place of the last one when the evaluation that runs has ended. The names
/// of clusters stand in reports if there are several.
pub fn evaluate(
    clusters: Vec<Cluster>,
    plans: watch::Receiver<Arc<Loaded>>,
    options: Options,
    clock: Clock,
) -> (Results, impl Future<Output = ()> + Send) {
    let published = watch::Sender::new(None);
    let events = Arc::new(Events::new());
    let settled = watch::Sender::new(false);
    let healths: Vec<_> = clusters.iter().map(|_| watch::Sender::default()).collect();
    let named = clusters.iter().zip(&healths);
    let results = Results {
        published: published.subscribe(),
        events: Arc::clone(&events),
        clusters: named
            .map(|(it, health)| Health {
                cluster: it.name().to_owned(),
                health: health.subscribe(),
            })
            .collect(),
        settled: settled.subscribe(),
    };
    let evaluator = Evaluator {
        last: clusters.iter().map(|_| None).collect(),
        clusters,
        plans,
        options,
        clock,
        published,
        settled,
        healths,
        history: Some(History::new(events)),
        number: 0,
        notes: BTreeSet::new(),
        differing: BTreeSet::new(),
    };
    (results, evaluator.run())
}

struct Evaluator {
    clusters: Vec<Cluster>,
    plans: watch::Receiver<Arc<Loaded>>,
    options: Options,
    clock: Clock,
    published: watch::Sender<Option<Arc<Published>>>,
    settled: watch::Sender<bool>,
    healths: Vec<watch::Sender<rulebox_cluster::Health>>,
    /// None while a result is being made.
    history: Option<History>,
    /// What was said last of each cluster, by the plan before.
    last: Vec<Option<Evaluated>>,
    /// Of the last result.
    number: u64,
    /// What a person was told of the last result.
    notes: BTreeSet<String>,
    /// The clusters whose clock is not that of this machine.
    differing: BTreeSet<usize>,
}

/// What an evaluation runs as.
enum Job {
    /// The rules are asked.
    Asked(JoinHandle<Vec<Done>>, Instant),
    /// The report is made.
    Finished(JoinHandle<(Outcome, Published, History)>),
}

/// What a job has given.
enum Given {
    Asked(Vec<Done>, Instant),
    Finished(Box<(Outcome, Published, History)>),
    /// It has panicked: a bug of ours, or in the sandbox.
    Nothing,
}

impl Job {
    async fn wait(job: &mut Option<Self>) -> Given {
        let given = match job {
            None => std::future::pending().await,
            Some(Self::Asked(handle, begun)) => {
                handle.await.map_or(Given::Nothing, |it| Given::Asked(it, *begun))
            }
            Some(Self::Finished(handle)) => {
                handle.await.map_or(Given::Nothing, |it| Given::Finished(Box::new(it)))
            }
        };
        *job = None;
        given
    }
}

impl Evaluator {
    async fn run(mut self) {
        while let Some(loaded) = self.plan() {
            if self.serve(loaded).await.is_none() {
                return;
            }
        }
    }

    fn plan(&mut self) -> Option<Arc<Loaded>> {
        self.plans.has_changed().ok()?;
        Some(Arc::clone(&self.plans.borrow_and_update()))
    }

    /// Watches what a plan needs until another one needs something else. None if there will be no
    /// other plan.
    async fn serve(&mut self, mut loaded: Arc<Loaded>) -> Option<()> {
        let needs = loaded.plan.needs();
        let (changes, mut changed) = mpsc::channel(WAITING);
        // Dropped with this function, and all watches with it.
        let mut watches = JoinSet::new();
        let mut states = Vec::new();
        for (nth, cluster) in self.clusters.iter().enumerate() {
            let name = if self.clusters.len() > 1 { cluster.name() } else { "" };
            let mut state = match ClusterState::new(name, cluster.described(), needs.clone()) {
                Ok(it) => it,
                // Needs that cannot be used have failed their pack when it was loaded.
                Err(error) => {
                    tracing::error!(%error, "a need cannot be used");
                    continue;
                }
            };
            state.evaluated = self.last.get_mut(nth).and_then(Option::take);
            states.push(state);
            let (cluster, needs, changes) = (cluster.clone(), needs.clone(), changes.clone());
            let (stale_after, health) = (self.options.stale_after, self.healths[nth].clone());
            watches.spawn(async move {
                if let Err(error) = cluster.watch(&needs, stale_after, (nth, changes), health).await
                {
                    tracing::error!(%error, "a cluster cannot be watched");
                }
            });
        }
        let mut ticks = interval_at(Instant::now() + self.options.interval, self.options.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut batch, mut job) = (Vec::with_capacity(AT_ONCE), None);
        let (mut all, mut first, mut newest) = (true, None, Instant::now());
        loop {
            let due = due(first, newest, &self.options).filter(|_| job.is_none());
            tokio::select! {
                number = changed.recv_many(&mut batch, AT_ONCE) => {
                    // A sender is kept here, so there is always another.
                    if number == 0 { continue }
                    let mut any = false;
                    for (nth, change) in batch.drain(..) {
                        any |= states.get_mut(nth).is_some_and(|it| it.apply(change));
                    }
                    if any {
                        newest = Instant::now();
                        first.get_or_insert(newest);
                    }
                    // Once is enough: what other rules need is listed while the last result stays.
                    let settled = states.iter().all(|it| it.settled);
                    self.settled.send_if_modified(|it| settled && !std::mem::replace(it, true));
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let tasks = states.iter_mut().enumerate();
                    let tasks = tasks.filter_map(|(nth, it)| it.task(nth, all));
                    let tasks: Vec<_> = tasks.collect();
                    first = None;
                    if !tasks.is_empty() {
                        all = false;
                        job = Some(self.ask(&loaded, tasks));
                    }
                }
                given = Job::wait(&mut job) => match given {
                    Given::Asked(done, begun) => {
                        if ClusterState::take_all(&mut states, done) {
                            job = self.finish(&loaded, &states, begun);
                        }
                    }
                    Given::Finished(it) => {
                        let (outcome, published, history) = *it;
                        self.history = Some(history);
                        self.publish(&outcome, published);
                    }
                    Given::Nothing => {
                        tracing::error!("an evaluation has ended in a panic: this is a bug");
                        return None;
                    }
                },
                _ = ticks.tick() => {
                    all = true;
                    first.get_or_insert_with(Instant::now);
                }
                ended = self.plans.changed(), if job.is_none() => {
                    ended.ok()?;
                    loaded = Arc::clone(&self.plans.borrow_and_update());
                    if loaded.plan.needs() != needs {
                        self.last = states.into_iter().map(|it| it.evaluated).collect();
                        return Some(());
                    }
                    states.iter_mut().for_each(ClusterState::forget_answers);
                    all = true;
                    first.get_or_insert_with(Instant::now);
                }
            }
        }
    }

    /// Asks the rules, on a thread that may take its time.
    fn ask(&mut self, loaded: &Arc<Loaded>, tasks: Vec<Task>) -> Job {
        let loaded = Arc::clone(loaded);
        let tasks: Vec<_> = tasks.into_iter().map(|it| (self.as_of(it.nth), it)).collect();
        let run = move || {
            let run = |(as_of, it): (AsOf, Task)| it.run(&loaded.plan, as_of);
            tasks.into_iter().map(run).collect()
        };
        Job::Asked(spawn_blocking(run), Instant::now())
    }

    /// The moment to which the ages in a cluster are counted.
    fn as_of(&mut self, nth: usize) -> AsOf {
        let (here, there) = (self.clock.now(), self.healths[nth].borrow().clock);
        let (moment, differs) = moment(here, there);
        let cluster = self.clusters[nth].name();
        if differs && self.differing.insert(nth) {
            let there = moment;
            tracing::warn!(cluster, %here, %there, "clocks differ: that of the cluster counts");
        } else if !differs && self.differing.remove(&nth) {
            tracing::info!(cluster, "clocks agree again");
        }
        AsOf { moment: Moment::at(moment), source: AsOfSource::Now }
    }

    /// Makes the report of all clusters, on such a thread too.
    fn finish(
        &mut self,
        loaded: &Arc<Loaded>,
        states: &[ClusterState],
        begun: Instant,
    ) -> Option<Job> {
        let mut history = self.history.take()?;
        let mut merged = Evaluated::default();
        for evaluated in states.iter().filter_map(|it| it.evaluated.clone()) {
            let as_of = &evaluated.report.as_of;
            if merged.report.as_of.moment.earliest() < as_of.moment.earliest() {
                merged.report.as_of = as_of.clone();
            }
            merged.merge(evaluated);
        }
        let mut packs_took: BTreeMap<String, Duration> = BTreeMap::new();
        for (pack, took) in states.iter().flat_map(|it| &it.took) {
            let longest = packs_took.entry(pack.clone()).or_default();
            *longest = (*longest).max(*took);
        }
        merged.report.failures.extend(loaded.failures.iter().cloned());
        self.number += 1;
        let (number, loaded, now) = (self.number, Arc::clone(loaded), self.clock.now());
        Some(Job::Finished(spawn_blocking(move || {
            let mut outcome = loaded.plan.finish(merged);
            let report = std::mem::take(&mut outcome.report);
            let first_seen: HashMap<_, _> = history.see(&report, now);
            let published =
                Published::new(number, report, first_seen, now, begun.elapsed(), packs_took);
            (outcome, published, history)
        })))
    }

    fn publish(&mut self, outcome: &Outcome, published: Published) {
        // Each is told once, and again when it has held in between.
        let notes: BTreeSet<_> = outcome.notes.iter().cloned().collect();
        for note in notes.difference(&self.notes) {
            tracing::warn!("{note}");
        }
        self.notes = notes;
        for line in &outcome.log {
            tracing::debug!(target: "pack", "{line}");
        }
        for failure in &published.report.failures {
            let PackFailure { cluster, pack, rule, code, message, help } = failure;
            let rule = rule.as_deref().unwrap_or_default();
            tracing::warn!(cluster, pack, rule, code, help, "{message}");
        }
        let took = published.took.as_secs_f64();
        let findings = published.report.findings.len();
        tracing::debug!(number = published.number, findings, took, "evaluated");
        self.published.send_replace(Some(Arc::new(published)));
    }
}

/// When changes are evaluated: when nothing else has changed for a while, or after some time.
fn due(first: Option<Instant>, newest: Instant, options: &Options) -> Option<Instant> {
    let at = |it: Instant, after: Duration| it + after;
    first.map(|it| at(newest, options.settle).min(at(it, options.settle_at_most)))
}
