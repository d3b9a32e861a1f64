//! Watches of a cluster, for exactly the needs that are given: what they show comes as changes to a
//! [`rulebox_core::Store`], and how far each need is covered comes beside them.
//!
//! ```text
//! Cluster::watch: discovery ─> scopes ─> one task each: list ─> watch ─┬─> Change ─> Store
//!                    └─ again and again               └─ failures ─────┴─> coverage, Health
//! ```
//!
//! A watch never ends by itself: what a server refuses, breaks or does not serve shows in coverage
//! and health, and is asked for again. What is known stays known when a watch is lost, and is no
//! longer believed after a while. Why not kube's own watcher: it keeps whole objects while it reads
//! them, as trees; here the bytes of each go to the reader, which takes the needed fields.

mod change;
mod health;
mod kinds;
mod pause;
mod request;
mod scope;
mod stream;

#[cfg(test)]
mod scenarios;

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use rulebox_core::{Coverage, NeedSet, Packer, Scope, Selection};
use rulebox_reader::Reader;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};

use crate::{
    Cluster, ClusterError, Options, connect,
    discovery::Resource,
    fetch::{Failure, Fetch},
    listing,
    plan::{self, Ask, List, Outcome},
};

use self::{
    health::{is_silence, word},
    kinds::Kinds,
    pause::Pauses,
    scope::{Common, Pace, ScopeWatch, Told},
};

pub use self::{
    change::Change,
    health::{ERRORS, Health, WatchHealth},
};

/// Changes that wait to be taken. Beyond them the watches wait, and the server keeps what it sends.
const WAITING: usize = 256;

/// A server is asked again which kinds it serves, so that a custom resource that is installed later
/// is found. One small request for each group.
const DISCOVER_EVERY: Duration = Duration::from_mins(1);

/// The same where a kind has vanished and may be back soon: until it is found again, rules say that
/// its objects are not there.
const DISCOVER_AGAIN: Duration = Duration::from_secs(5);

/// A list that fails when it is first asked for, in a way that may pass, is waited for so long
/// before what is known is judged without it.
const SETTLE_WITHIN: Duration = Duration::from_secs(10);

/// After a server has begun to answer again, each kind that does not answer yet is waited for so
/// long before rules that compare kinds go on without it. Longer than the longest pause between two
/// attempts.
const RECOVERS_WITHIN: Duration = Duration::from_mins(1);

/// What a lost watch has shown counts for no less: a server ends a watch after a second at the
/// soonest, and a connection that has died without a word is noticed after that.
pub const LEAST_STALE_AFTER: Duration = Duration::from_secs(2);

/// Credentials are read anew not more often than this, whatever fails.
const CONNECT_EVERY: Duration = Duration::from_secs(10);

/// What a scope's task has told of it.
struct Watched {
    id: u64,
    listed: bool,
    shortfall: String,
    /// Since when it is lost, and why; none while it is not.
    lost: Option<(Instant, Failure)>,
    /// Since when what it shows may be older than what others show; none while it is not.
    behind: Option<Instant>,
    /// Since when it is not settled, or only for moments.
    restless: Option<Instant>,
    /// Since when it is settled.
    settled: Option<Instant>,
    last_contact: Option<Instant>,
    /// When all objects were listed last.
    listed_at: Option<Instant>,
    lists: u64,
    resource: Resource,
    task: tokio::task::AbortHandle,
}

impl Watched {
    /// Whether it was listed, or will not be soon.
    fn has_begun(&self) -> bool {
        let lasts = |(since, failure): &(Instant, Failure)| {
            !failure.is_passing() || since.elapsed() >= SETTLE_WITHIN
        };
        self.listed || self.lost.as_ref().is_some_and(lasts)
    }

    /// Why it shows nothing that can be believed, if so.
    fn failure(&self, stale_after: Duration) -> Option<&Failure> {
        let (since, failure) = self.lost.as_ref()?;
        (!self.listed || since.elapsed() >= stale_after).then_some(failure)
    }

    /// Whether it shows what is.
    fn is_settled(&self) -> bool {
        self.listed && self.lost.is_none() && self.behind.is_none()
    }

    /// Notes whether it is settled now.
    fn note(&mut self) {
        if self.is_settled() {
            self.settled.get_or_insert_with(Instant::now);
            return;
        }
        if self.settled.take().is_some_and(|it| it.elapsed() >= SETTLE_WITHIN) {
            self.restless = None;
        }
        self.restless.get_or_insert_with(Instant::now);
    }

    /// Whether it is lost again and again as soon as it was listed. It is not waited for: what the
    /// last list has shown is no older than a moment.
    fn wavers(&self) -> bool {
        let is_fresh = self.listed_at.is_some_and(|it| it.elapsed() < SETTLE_WITHIN);
        is_fresh && self.restless.is_some_and(|it| it.elapsed() >= SETTLE_WITHIN)
    }

    /// Whether what it shows is waited for, where it is not settled. `recovered`: when the server
    /// last began to answer what it had not answered for long.
    fn is_awaited(&self, stale_after: Duration, recovered: Option<Instant>) -> bool {
        if self.wavers() {
            return false;
        }
        let passes = self.lost.as_ref().is_none_or(|it| it.1.is_passing());
        let since = self.lost.as_ref().map(|it| it.0).into_iter().chain(self.behind).min();
        match since {
            Some(since) if self.listed && since.elapsed() < stale_after => true,
            Some(_) => passes && recovered.is_some_and(|it| it.elapsed() < RECOVERS_WITHIN),
            None => !self.listed,
        }
    }
}

/// What is done aside, so that nobody waits for it.
enum Errand {
    /// The server was asked what it serves.
    Discovered(Kinds, Result<(), Failure>),
    /// The credentials were read anew.
    Connected(Option<Fetch>),
}

/// Reads the credentials anew and connects with them; none where that is not possible now.
type Connect = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Option<Fetch>> + Send>> + Send + Sync>;

/// Everything that is known of a cluster while it is watched.
struct Watcher {
    options: Options,
    needs: NeedSet,
    stale_after: Duration,
    common: Common,
    fetches: watch::Sender<Fetch>,
    connect: Connect,
    connected: Instant,
    kinds: Kinds,
    asks: Vec<Result<Ask, String>>,
    /// Whether the server has told which kinds it serves.
    discovered: bool,
    discover_at: Instant,
    /// Between attempts to find that out.
    pauses: Pauses,
    watched: BTreeMap<List, Watched>,
    next: u64,
    told: mpsc::Sender<(u64, Told)>,
    tasks: JoinSet<()>,
    errands: JoinSet<Errand>,
    discovering: bool,
    connecting: bool,
    out: (usize, mpsc::Sender<(usize, Change)>),
    health: watch::Sender<Health>,
    /// When the server last began to answer what it had not answered for long.
    recovered: Option<Instant>,
    /// Coverage, why not completely, and what is waited for.
    covered: Vec<Option<(Coverage, String, String)>>,
    settled: bool,
    unreachable: String,
}

/// Nobody takes the changes any more.
struct Unasked;

impl Cluster {
    /// Watches what the needs select, until nobody takes the changes any more; each change comes
    /// with the number that stands beside the sender. Needs for text stay
    /// as they are: a cluster has no files.
    ///
    /// What is known of a scope whose watch is lost counts for `stale_after`, no less than
    /// [`LEAST_STALE_AFTER`], and is then no longer complete. An error only if a need cannot be
    /// read.
    pub async fn watch(
        self,
        needs: &NeedSet,
        stale_after: Duration,
        changes: (usize, mpsc::Sender<(usize, Change)>),
        health: watch::Sender<Health>,
    ) -> Result<(), ClusterError> {
        let options = self.options.clone();
        let connect: Connect = Box::new(move || {
            let options = options.clone();
            // A kubeconfig that cannot be read now may be whole a moment later.
            Box::pin(async move { connect(&options).await.ok().map(|it| it.watching()) })
        });
        self.watch_with(needs, stale_after, changes, health, connect).await
    }

    /// The same, where credentials are read anew in this way.
    async fn watch_with(
        self,
        needs: &NeedSet,
        stale_after: Duration,
        out: (usize, mpsc::Sender<(usize, Change)>),
        health: watch::Sender<Health>,
        connect: Connect,
    ) -> Result<(), ClusterError> {
        let reader = Reader::new(needs).map_err(ClusterError::Need)?;
        let reader = reader.with_limits(self.options.limits.clone()).with_threads(1);
        // What the reader takes, the selection takes too.
        let Ok(selection) = Selection::new(needs.clone()) else { return Ok(()) };
        let (fetches, fetch) = watch::channel(self.watching().within(stale_after));
        let (told, mut tells) = mpsc::channel(WAITING);
        let common = Common {
            fetch,
            page_size: self.options.page_size,
            pace: Pace::of(stale_after),
            reader: Arc::new(reader),
            selection: Arc::new(selection),
            packer: Arc::new(Packer::new(needs.objects.len())),
            back: watch::Sender::new(()),
            streams: Arc::new(AtomicBool::new(true)),
            lists: Arc::new(Semaphore::new(self.options.at_once.max(1))),
        };
        let watcher = Watcher {
            options: self.options,
            needs: needs.clone(),
            stale_after,
            common,
            fetches,
            connect,
            connected: Instant::now(),
            kinds: Kinds::default(),
            asks: Vec::new(),
            discovered: false,
            discover_at: Instant::now(),
            pauses: Pauses::new(Pace::of(stale_after).longest_pause()),
            watched: BTreeMap::new(),
            next: 0,
            told,
            tasks: JoinSet::new(),
            errands: JoinSet::new(),
            discovering: false,
            connecting: false,
            out,
            health,
            recovered: None,
            covered: vec![None; needs.objects.len()],
            settled: false,
            unreachable: String::new(),
        };
        let Err(Unasked) = watcher.run(&mut tells).await;
        Ok(())
    }
}

impl Cluster {
    /// Sends the requests of watches: each once, since a watch knows by itself when to ask again.
    fn watching(&self) -> Fetch {
        self.fetch().until(None).without_retries()
    }
}

impl Watcher {
    async fn run(
        mut self,
        tells: &mut mpsc::Receiver<(u64, Told)>,
    ) -> Result<std::convert::Infallible, Unasked> {
        loop {
            let stale_at = self.next_stale();
            tokio::select! {
                // What is told comes last: a cluster where much changes must not stop the clocks.
                biased;
                () = self.out.1.closed() => return Err(Unasked),
                () = sleep_until(stale_at) => self.rearrange().await?,
                () = sleep_until(self.discover_at), if !self.discovering => self.discover(),
                Some(done) = self.errands.join_next() => match done {
                    Ok(Errand::Discovered(kinds, result)) => self.take(kinds, result).await?,
                    Ok(Errand::Connected(fetch)) => {
                        self.connecting = false;
                        if let Some(fetch) = fetch {
                            let _ = self.fetches.send(fetch.within(self.stale_after));
                        }
                    }
                    // It has panicked, which is a bug: it is tried again.
                    Err(_) => (self.discovering, self.connecting) = (false, false),
                },
                Some(Err(ended)) = self.tasks.join_next() => self.bury(&ended).await?,
                it = tells.recv() => {
                    // A sender is kept here, so there is always another.
                    if let Some((id, told)) = it {
                        self.hear(id, told).await?;
                    }
                }
            }
            self.show_health();
        }
    }

    /// Asks the server what it serves, aside: a group whose server is down takes its time.
    fn discover(&mut self) {
        self.discovering = true;
        self.discover_at = Instant::now() + DISCOVER_EVERY;
        let (mut kinds, fetch) = (self.kinds.clone(), self.fetches.borrow().clone());
        let needs = self.needs.objects.clone();
        self.errands.spawn(async move {
            let result = kinds.ask(&fetch, &needs).await;
            Errand::Discovered(kinds, result)
        });
    }

    /// Takes what the server has told of its kinds, and watches that.
    async fn take(&mut self, kinds: Kinds, result: Result<(), Failure>) -> Result<(), Unasked> {
        self.discovering = false;
        if let Err(failure) = result {
            self.count(&failure);
            self.unreachable = failure.to_string();
            self.reconnect(&failure);
            self.discover_at = Instant::now() + self.pauses.next(None);
            if !self.discovered {
                for need in 0..self.needs.objects.len() {
                    let reason = failure.to_string();
                    self.cover(need, (Coverage::Absent, reason, String::new()), false).await?;
                }
                self.settle().await?;
            }
            return Ok(());
        }
        self.pauses.reset();
        self.unreachable.clear();
        self.discovered = true;
        self.kinds = kinds;
        if self.kinds.may_return() {
            self.discover_at = self.discover_at.min(Instant::now() + DISCOVER_AGAIN);
        }
        let needs = self.needs.objects.iter();
        let allowed = &self.options.namespaces;
        self.asks = needs.map(|it| self.kinds.lists(it, allowed)).collect();
        self.rearrange().await
    }

    /// Begins and ends watches, says how far each need is covered then, and forgets what is not
    /// served any more. In this order: what is gone because nobody can see it must not pass for
    /// healthy in between.
    async fn rearrange(&mut self) -> Result<(), Unasked> {
        let unserved = self.arrange();
        self.judge().await?;
        for scope in unserved {
            self.send(Change::Forgotten { scope }).await?;
        }
        Ok(())
    }

    /// Begins the watches that are wanted, and ends the others. A list that another one contains is
    /// watched only while the broader one does not work. Gives the scopes that nobody watches.
    fn arrange(&mut self) -> Vec<Scope> {
        let all: BTreeSet<_> = self.asks.iter().flatten().flat_map(|it| it.lists.clone()).collect();
        let works = |list: &List| {
            self.watched.get(list).is_none_or(|it| it.failure(self.stale_after).is_none())
        };
        let wanted: BTreeSet<_> = all
            .iter()
            .filter(|it| !all.iter().any(|wide| wide != *it && wide.contains(it) && works(wide)))
            .cloned()
            .collect();
        // One that the server serves by another version or name than before begins anew.
        let is_same = |list: &List, watched: &Watched| {
            self.kinds.resource(&list.group, &list.kind) == Some(&watched.resource)
        };
        let unwanted: Vec<_> = self
            .watched
            .iter()
            .filter(|(list, watched)| !wanted.contains(list) || !is_same(list, watched))
            .map(|it| it.0.clone())
            .collect();
        let (mut unserved, mut before) = (Vec::new(), BTreeMap::new());
        for list in unwanted {
            // What another list shows is told by that one again.
            if !all.contains(&list) {
                unserved.push(scope::of(&list));
            }
            if let Some(watched) = self.watched.remove(&list) {
                watched.task.abort();
                before.insert(list, watched);
            }
        }
        for list in wanted {
            if self.watched.contains_key(&list) {
                continue;
            }
            let Some(resource) = self.kinds.resource(&list.group, &list.kind) else { continue };
            let resource = resource.clone();
            let (id, out) = (self.next, self.told.clone());
            self.next += 1;
            let (common, of_task) = (self.common.clone(), resource.clone());
            let task = ScopeWatch { id, common, resource: of_task, list: list.clone(), out };
            let task = self.tasks.spawn(task.run());
            let watched = match before.remove(&list) {
                // What it has shown by another version stays known.
                Some(before) => {
                    let behind = before.listed.then(Instant::now);
                    Watched { id, behind, resource, task, ..before }
                }
                None => Watched {
                    id,
                    listed: false,
                    shortfall: String::new(),
                    lost: None,
                    behind: None,
                    restless: None,
                    settled: None,
                    last_contact: None,
                    listed_at: None,
                    lists: 0,
                    resource,
                    task,
                },
            };
            self.watched.insert(list, watched);
        }
        unserved
    }

    /// A task that has panicked, which is a bug, shows nothing any more.
    async fn bury(&mut self, ended: &JoinError) -> Result<(), Unasked> {
        let watched = self.watched.values_mut().find(|it| it.task.id() == ended.id());
        let Some(watched) = watched else { return Ok(()) };
        let reason = "the watch has ended in a panic, which is a bug of Rulebox".to_owned();
        watched.lost = Some((Instant::now(), Failure::Broken { reason }));
        self.rearrange().await
    }

    /// Takes what a scope's task tells.
    async fn hear(&mut self, id: u64, told: Told) -> Result<(), Unasked> {
        // One that was ended may still have told something.
        let Some(watched) = self.watched.values_mut().find(|it| it.id == id) else {
            return Ok(());
        };
        match told {
            Told::Seen(change) => {
                watched.last_contact = Some(Instant::now());
                self.send(change).await
            }
            Told::Contact => {
                watched.last_contact = Some(Instant::now());
                if watched.failure(self.stale_after).is_some() {
                    self.recovered = watched.last_contact;
                }
                if watched.lost.take().is_some() { self.rearrange().await } else { Ok(()) }
            }
            Told::Behind => {
                watched.behind.get_or_insert_with(Instant::now);
                self.judge().await
            }
            Told::CaughtUp => {
                watched.behind = None;
                self.judge().await
            }
            Told::Listed { change, shortfall } => {
                watched.last_contact = Some(Instant::now());
                watched.listed_at = watched.last_contact;
                if !watched.listed || watched.failure(self.stale_after).is_some() {
                    self.recovered = watched.last_contact;
                }
                (watched.lost, watched.behind) = (None, None);
                watched.lists += 1;
                let lossy = !shortfall.is_empty();
                (watched.listed, watched.shortfall) = (true, shortfall);
                // What is not seen any more must not pass for gone in between, nor what was seen
                // before for what is.
                if lossy {
                    watched.behind = watched.last_contact;
                    self.rearrange().await?;
                }
                self.send(change).await?;
                if let Some(watched) = self.watched.values_mut().find(|it| it.id == id) {
                    watched.behind = None;
                }
                self.rearrange().await
            }
            Told::Expired(failure) => {
                watched.behind.get_or_insert_with(Instant::now);
                self.count(&failure);
                self.judge().await
            }
            Told::Failed(failure) => {
                // From when the server last said something: a connection may have been dead since.
                let last = watched.last_contact.filter(|_| watched.listed);
                let since = watched.lost.as_ref().map(|it| it.0).or(last);
                let since = since.unwrap_or_else(Instant::now);
                watched.lost = Some((since, failure.clone()));
                if watched.listed {
                    watched.behind.get_or_insert(since);
                }
                self.count(&failure);
                self.reconnect(&failure);
                // A server that has just begun may not know its custom resources yet: whether the
                // kind is served is what it says of its kinds.
                if failure == Failure::NotFound {
                    let soon = Instant::now() + self.pauses.next(None);
                    self.discover_at = self.discover_at.min(soon);
                }
                self.rearrange().await
            }
        }
    }

    fn count(&self, failure: &Failure) {
        self.health.send_modify(|it| *it.errors.entry(word(failure)).or_default() += 1);
    }

    /// Reads the kubeconfig anew where the server's certificate is not accepted, or no credentials
    /// are: authorities and users change. Tokens that expire are renewed by whoever sends requests.
    /// Aside: a plugin that asks a cloud takes its time.
    fn reconnect(&mut self, failure: &Failure) {
        let refused = match failure {
            Failure::Unauthorized | Failure::Credentials { .. } => true,
            Failure::Connection { reason, .. } => reason.contains("certificate"),
            _ => false,
        };
        if !refused || self.connecting || self.connected.elapsed() < CONNECT_EVERY {
            return;
        }
        (self.connecting, self.connected) = (true, Instant::now());
        let connected = (self.connect)();
        self.errands.spawn(async move { Errand::Connected(connected.await) });
    }

    /// How the list of each scope stands, as a reading that ends would say it.
    fn outcomes(&self) -> BTreeMap<List, Outcome> {
        let outcome = |list: &List, watched: &Watched| {
            let resource = self.kinds.resource(&list.group, &list.kind)?;
            let shortfall = match watched.failure(self.stale_after) {
                Some(failure) if watched.listed => format!(
                    "{}; what was seen before is older than {} s",
                    reason(failure, resource, list),
                    self.stale_after.as_secs()
                ),
                Some(failure) => reason(failure, resource, list),
                None if !watched.listed => not_listed_yet(resource, list),
                None => watched.shortfall.clone(),
            };
            Some(Outcome { begun: watched.listed, shortfall, ..Outcome::default() })
        };
        let outcomes = self.watched.iter();
        outcomes.filter_map(|(list, it)| Some((list.clone(), outcome(list, it)?))).collect()
    }

    /// When the next watch that is lost is lost for so long that its objects do not count, or that
    /// it is not waited for.
    fn next_stale(&self) -> Instant {
        let after = |it: &Watched| {
            if it.listed { self.stale_after } else { SETTLE_WITHIN.min(self.stale_after) }
        };
        let lost = |it: &Watched| Some(it.lost.as_ref()?.0 + after(it));
        let behind = |it: &Watched| Some(it.behind? + self.stale_after);
        let times = self.watched.values().flat_map(|it| [lost(it), behind(it)]);
        let times = times.chain([self.recovered.map(|it| it + RECOVERS_WITHIN)]).flatten();
        let now = Instant::now();
        times.filter(|it| *it > now).min().unwrap_or(now + DISCOVER_EVERY)
    }

    /// What is waited for of what a need asks for; empty if nothing is. What one list shows of it
    /// that is settled is enough.
    fn waits(&self, ask: &Ask) -> String {
        let mut waits = BTreeSet::new();
        for list in &ask.lists {
            let shows = |it: &&(&List, &Watched)| it.0 == list || it.0.contains(list);
            let watched: Vec<_> = self.watched.iter().collect();
            let watched: Vec<_> = watched.iter().filter(shows).collect();
            if watched.iter().any(|it| it.1.is_settled()) {
                continue;
            }
            let awaited =
                watched.iter().filter(|it| it.1.is_awaited(self.stale_after, self.recovered));
            waits.extend(awaited.map(|(list, it)| match &it.lost {
                Some((_, failure)) => reason(failure, &it.resource, list),
                None if it.listed => {
                    format!("{}: may have changed", listing::described(&it.resource, list))
                }
                None => not_listed_yet(&it.resource, list),
            }));
        }
        waits.into_iter().collect::<Vec<_>>().join("; ")
    }

    /// Says how far each need is covered, where that has changed.
    async fn judge(&mut self) -> Result<(), Unasked> {
        self.watched.values_mut().for_each(Watched::note);
        let outcomes = self.outcomes();
        for need in 0..self.asks.len() {
            let (coverage, reason) = match &self.asks[need] {
                Ok(ask) => plan::judge(ask, &outcomes),
                Err(reason) => (Coverage::Absent, reason.clone()),
            };
            let is_stale = |list: &List| {
                let watched = self.watched.get(list);
                watched.is_some_and(|it| it.listed && it.failure(self.stale_after).is_some())
            };
            let ask = self.asks[need].as_ref();
            let stale = ask.is_ok_and(|it| it.lists.iter().any(is_stale));
            let waits = ask.map(|it| self.waits(it)).unwrap_or_default();
            self.cover(need, (coverage, reason, waits), stale).await?;
        }
        if self.discovered && self.watched.values().all(Watched::has_begun) {
            self.settle().await?;
        }
        Ok(())
    }

    async fn cover(
        &mut self,
        need: usize,
        now: (Coverage, String, String),
        stale: bool,
    ) -> Result<(), Unasked> {
        if self.covered[need].as_ref() == Some(&now) {
            return Ok(());
        }
        self.covered[need] = Some(now.clone());
        let (coverage, reason, waits) = now;
        self.send(Change::Covered { need, coverage, reason, stale, waits }).await
    }

    async fn settle(&mut self) -> Result<(), Unasked> {
        if !self.settled {
            self.settled = true;
            self.send(Change::Settled).await?;
        }
        Ok(())
    }

    async fn send(&self, change: Change) -> Result<(), Unasked> {
        self.out.1.send((self.out.0, change)).await.map_err(|_| Unasked)
    }

    fn show_health(&self) {
        let watches = self.watched.iter().map(|(list, watched)| WatchHealth {
            group: list.group.clone(),
            kind: list.kind.clone(),
            namespace: list.namespace.clone(),
            selector: list.selector.clone(),
            up: watched.listed && watched.lost.is_none(),
            reason: match &watched.lost {
                Some((_, failure)) => told(failure, &watched.resource, list),
                None => String::new(),
            },
            last_contact: watched.last_contact,
            lists: watched.lists,
        });
        let watches: Vec<_> = watches.collect();
        let silent = |it: &Watched| it.lost.as_ref().is_some_and(|it| is_silence(&it.1));
        let lost = self.watched.values().find(|it| silent(it)).and_then(|it| it.lost.as_ref());
        let all_silent = !self.watched.is_empty() && self.watched.values().all(silent);
        let reason = match lost {
            Some((_, failure)) if all_silent => failure.to_string(),
            _ => self.unreachable.clone(),
        };
        let up = reason.is_empty() && self.discovered;
        let clock = self.fetches.borrow().clock();
        self.health.send_if_modified(|it| {
            let changed =
                it.hear(clock) || (it.up, &it.reason, &it.watches) != (up, &reason, &watches);
            (it.up, it.reason, it.watches) = (up, reason, watches);
            changed
        });
    }
}

/// Why a list shows nothing. Who lists and does not watch is not served by the words for a list
/// alone.
fn reason(failure: &Failure, resource: &Resource, list: &List) -> String {
    let words = listing::reason(failure, resource, list).replace("`list`", "`list` and `watch`");
    match failure {
        Failure::Forbidden { verb: "watch", .. } => {
            words.replacen("cannot list", "cannot watch", 1)
        }
        _ => words,
    }
}

/// The same for whoever looks after this process, and knows already which list it is.
fn told(failure: &Failure, resource: &Resource, list: &List) -> String {
    match failure {
        Failure::Forbidden { .. } => format!(
            "{}; `rulebox manifests --role-only --form deployment` prints the role",
            reason(failure, resource, list)
        ),
        _ => failure.to_string(),
    }
}

fn not_listed_yet(resource: &Resource, list: &List) -> String {
    format!("{}: not listed yet", listing::described(resource, list))
}
