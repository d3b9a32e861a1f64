//! Watches of a cluster, for exactly the needs that are given: what they show comes as changes to a
//! [`rulebox_core::Store`], and how far each need is covered comes beside them.
//!
//! ```text
//! Cluster::watch: discovery ─> scopes ─> one task each: list ─> watch ─┬─> Change ─> Store
//!                    └─ again and again                 └─ failures ─────┴─> coverage, Health
//! ```
//!
//! A watch never ends by itself: what a server refuses, breaks or does not serve shows in coverage
//! and health, and is asked for again. What is known stays known when a watch is lost, and is no
//! longer believed after a while. Why not kube's own watcher: it keeps whole objects while it reads
//! them, as trees; here the bytes of each go to the reader, which takes the needed fields.

mod health;
mod kinds;
mod pause;
mod scope;
mod stream;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use rulebox_core::{Coverage, Identity, NeedSet, ObjectCopy, Scope, Selection};
use rulebox_reader::Reader;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    Cluster, ClusterError, connect,
    fetch::{Failure, Fetch},
    listing,
    plan::{self, Ask, List, Outcome},
};

use self::{
    health::{is_silence, word},
    kinds::Kinds,
    pause::Pauses,
    scope::{Common, ScopeWatch, Told},
};

pub use self::health::{Health, WatchHealth};

/// Lists that are asked for at once. A server in want of memory answers few large lists better than
/// many; kube-controller-manager itself asks for more.
const LISTS_AT_ONCE: usize = 4;

/// Changes that wait to be taken. Beyond them the watches wait, and the server keeps what it sends.
const WAITING: usize = 256;

/// A server is asked again which kinds it serves, so that a custom resource that is installed later
/// is found. One small request for each group.
const DISCOVER_EVERY: Duration = Duration::from_secs(30);

/// Credentials are read anew not more often than this, whatever fails.
const CONNECT_EVERY: Duration = Duration::from_secs(10);

/// What became known of a cluster.
#[derive(Debug, Clone)]
pub enum Change {
    /// These are all objects of a scope; see [`rulebox_core::Store::replace`].
    Listed {
        /// What was listed.
        scope: Scope,
        /// The version of the list.
        resource_version: Option<u64>,
        /// All objects of the scope that needs select.
        copies: Vec<ObjectCopy>,
    },
    /// Nothing is known of a scope any more; see [`rulebox_core::Store::forget`].
    Forgotten {
        /// What is not known.
        scope: Scope,
    },
    /// An object is new, or has changed.
    Applied {
        /// Where it was seen.
        scope: Scope,
        /// The object.
        copy: ObjectCopy,
    },
    /// An object is gone.
    Removed {
        /// Where it was seen.
        scope: Scope,
        /// Which object.
        identity: Identity,
        /// The version of its removal.
        resource_version: Option<u64>,
    },
    /// How far a need is covered now.
    Covered {
        /// The index of the need.
        need: usize,
        /// How far.
        coverage: Coverage,
        /// Why not completely.
        reason: String,
    },
    /// Every scope has been listed, or has failed to be: what is known can be judged.
    Settled,
}

/// What a scope's task has told of it.
struct Watched {
    id: u64,
    listed: bool,
    shortfall: String,
    /// Since when it is lost, and why; none while it is not.
    lost: Option<(Instant, Failure)>,
    last_contact: Option<Instant>,
    lists: u64,
    task: tokio::task::AbortHandle,
}

impl Watched {
    fn has_begun(&self) -> bool {
        self.listed || self.lost.is_some()
    }
}

/// Everything that is known of a cluster while it is watched.
struct Watcher {
    cluster: Cluster,
    needs: NeedSet,
    stale_after: Duration,
    common: Common,
    fetches: watch::Sender<Fetch>,
    connected: Instant,
    kinds: Kinds,
    asks: Vec<Result<Ask, String>>,
    watched: BTreeMap<List, Watched>,
    next: u64,
    told: mpsc::Sender<(u64, Told)>,
    tasks: JoinSet<()>,
    out: (usize, mpsc::Sender<(usize, Change)>),
    health: watch::Sender<Health>,
    covered: Vec<Option<(Coverage, String)>>,
    /// Whether the server has told which kinds it serves.
    discovered: bool,
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
    /// What is known of a scope whose watch is lost counts for `stale_after`, and is then no longer
    /// complete. An error only if a need cannot be read.
    pub async fn watch(
        self,
        needs: &NeedSet,
        stale_after: Duration,
        changes: (usize, mpsc::Sender<(usize, Change)>),
        health: watch::Sender<Health>,
    ) -> Result<(), ClusterError> {
        let reader = Reader::new(needs).map_err(ClusterError::Need)?;
        let reader = reader.with_limits(self.options.limits.clone()).with_threads(1);
        // What the reader takes, the selection takes too.
        let Ok(selection) = Selection::new(needs.clone()) else { return Ok(()) };
        let (fetches, fetch) = watch::channel(self.watching());
        let (told, mut tells) = mpsc::channel(WAITING);
        let common = Common {
            fetch,
            page_size: self.options.page_size,
            reader: Arc::new(reader),
            selection: Arc::new(selection),
            streams: Arc::new(AtomicBool::new(true)),
            lists: Arc::new(Semaphore::new(LISTS_AT_ONCE)),
        };
        let watcher = Watcher {
            needs: needs.clone(),
            stale_after,
            common,
            fetches,
            connected: Instant::now(),
            kinds: Kinds::default(),
            asks: Vec::new(),
            watched: BTreeMap::new(),
            next: 0,
            told,
            tasks: JoinSet::new(),
            out: changes,
            health,
            covered: vec![None; needs.objects.len()],
            discovered: false,
            settled: false,
            unreachable: String::new(),
            cluster: self,
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
        let mut pauses = Pauses::new();
        let mut discover_at = Instant::now();
        loop {
            let stale_at = self.next_stale();
            tokio::select! {
                () = self.out.1.closed() => return Err(Unasked),
                it = tells.recv() => {
                    // A sender is kept here, so there is always another.
                    let Some((id, told)) = it else { continue };
                    if self.hear(id, told).await? {
                        discover_at = discover_at.min(Instant::now() + pauses.next(None));
                    }
                }
                () = sleep_until(stale_at) => self.judge().await?,
                () = sleep_until(discover_at) => {
                    let pause = if self.discover().await? {
                        pauses.reset();
                        DISCOVER_EVERY
                    } else {
                        pauses.next(None)
                    };
                    discover_at = Instant::now() + pause;
                }
            }
            self.show_health();
        }
    }

    /// Finds out what the server serves, and watches that. Whether the server has told.
    async fn discover(&mut self) -> Result<bool, Unasked> {
        let fetch = self.fetches.borrow().clone();
        if let Err(failure) = self.kinds.ask(&fetch, &self.needs.objects).await {
            self.count(&failure);
            self.unreachable = failure.to_string();
            self.reconnect(&failure).await;
            if !self.discovered {
                for need in 0..self.needs.objects.len() {
                    self.cover(need, Coverage::Absent, failure.to_string()).await?;
                }
                self.settle().await?;
            }
            return Ok(false);
        }
        self.unreachable.clear();
        self.discovered = true;
        let needs = self.needs.objects.iter();
        let allowed = &self.cluster.options.namespaces;
        self.asks = needs.map(|it| self.kinds.lists(it, allowed)).collect();
        self.arrange().await?;
        self.judge().await?;
        Ok(true)
    }

    /// Begins the watches that are wanted, and ends the others. A list that another one contains is
    /// watched only while the broader one does not work.
    async fn arrange(&mut self) -> Result<(), Unasked> {
        let all: BTreeSet<_> = self.asks.iter().flatten().flat_map(|it| it.lists.clone()).collect();
        let works =
            |list: &List| self.watched.get(list).is_none_or(|it| it.listed || it.lost.is_none());
        let wanted: BTreeSet<_> = all
            .iter()
            .filter(|it| !all.iter().any(|wide| wide != *it && wide.contains(it) && works(wide)))
            .cloned()
            .collect();
        let unwanted: Vec<_> =
            self.watched.keys().filter(|it| !wanted.contains(it)).cloned().collect();
        for list in unwanted {
            if let Some(watched) = self.watched.remove(&list) {
                watched.task.abort();
            }
            // What another list shows is told by that one again.
            if !all.contains(&list) {
                self.send(Change::Forgotten { scope: scope::of(&list) }).await?;
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
            let common = self.common.clone();
            let task = ScopeWatch { id, common, resource, list: list.clone(), out };
            let task = self.tasks.spawn(task.run());
            let (listed, lists) = (false, 0);
            let (shortfall, lost, last_contact) = (String::new(), None, None);
            let watched = Watched { id, listed, shortfall, lost, last_contact, lists, task };
            self.watched.insert(list, watched);
        }
        Ok(())
    }

    /// Takes what a scope's task tells. Whether the server should be asked again what it serves.
    async fn hear(&mut self, id: u64, told: Told) -> Result<bool, Unasked> {
        // One that was ended may still have told something.
        let Some((list, watched)) = self.watched.iter_mut().find(|it| it.1.id == id) else {
            return Ok(false);
        };
        let was_lost = watched.lost.is_some();
        match told {
            Told::Seen(change) => {
                watched.last_contact = Some(Instant::now());
                self.send(change).await?;
                return Ok(false);
            }
            Told::Contact => {
                watched.last_contact = Some(Instant::now());
                watched.lost = None;
                if !was_lost {
                    return Ok(false);
                }
            }
            Told::Listed { shortfall } => {
                watched.last_contact = Some(Instant::now());
                watched.lost = None;
                (watched.listed, watched.shortfall) = (true, shortfall);
                watched.lists += 1;
            }
            Told::Failed(failure) => {
                let list = list.clone();
                let since = watched.lost.as_ref().map_or_else(Instant::now, |it| it.0);
                // That a list has expired is no failure to see: it is being read again.
                if failure != Failure::Gone {
                    watched.lost = Some((since, failure.clone()));
                }
                self.count(&failure);
                self.reconnect(&failure).await;
                let gone = failure == Failure::NotFound;
                if gone {
                    self.send(Change::Forgotten { scope: scope::of(&list) }).await?;
                    if let Some(watched) = self.watched.get_mut(&list) {
                        watched.listed = false;
                    }
                }
                self.arrange().await?;
                self.judge().await?;
                return Ok(gone);
            }
        }
        self.arrange().await?;
        self.judge().await?;
        Ok(false)
    }

    fn count(&self, failure: &Failure) {
        self.health.send_modify(|it| *it.errors.entry(word(failure)).or_default() += 1);
    }

    /// Reads the kubeconfig anew where the server's certificate is not accepted, or no credentials
    /// are: authorities and users change. Tokens that expire are renewed by whoever sends requests.
    async fn reconnect(&mut self, failure: &Failure) {
        let refused = match failure {
            Failure::Unauthorized | Failure::Credentials { .. } => true,
            Failure::Connection { reason, .. } => reason.contains("certificate"),
            _ => false,
        };
        if !refused || self.connected.elapsed() < CONNECT_EVERY {
            return;
        }
        self.connected = Instant::now();
        // A kubeconfig that cannot be read now may be whole a moment later.
        if let Ok(cluster) = connect(&self.cluster.options).await {
            let _ = self.fetches.send(cluster.watching());
        }
    }

    /// How the list of each scope stands, as a reading that ends would say it.
    fn outcomes(&self) -> BTreeMap<List, Outcome> {
        let outcome = |list: &List, watched: &Watched| {
            let resource = self.kinds.resource(&list.group, &list.kind)?;
            let stale = |since: &Instant| since.elapsed() >= self.stale_after;
            let shortfall = match &watched.lost {
                Some((_, failure)) if !watched.listed => listing::reason(failure, resource, list),
                Some((since, failure)) if stale(since) => format!(
                    "{}; what was seen before is older than {} s",
                    listing::reason(failure, resource, list),
                    self.stale_after.as_secs()
                ),
                None if !watched.listed => {
                    format!("{}: not listed yet", listing::described(resource, list))
                }
                _ => watched.shortfall.clone(),
            };
            Some(Outcome { begun: watched.listed, shortfall, ..Outcome::default() })
        };
        let outcomes = self.watched.iter();
        outcomes.filter_map(|(list, it)| Some((list.clone(), outcome(list, it)?))).collect()
    }

    /// When the next watch that is lost is lost for so long that its objects do not count.
    fn next_stale(&self) -> Instant {
        let stale = |it: &Watched| it.lost.as_ref().map(|it| it.0 + self.stale_after);
        let now = Instant::now();
        let next = self.watched.values().filter_map(stale).filter(|it| *it > now).min();
        next.unwrap_or(now + DISCOVER_EVERY)
    }

    /// Says how far each need is covered, where that has changed.
    async fn judge(&mut self) -> Result<(), Unasked> {
        let outcomes = self.outcomes();
        for need in 0..self.asks.len() {
            let (coverage, reason) = match &self.asks[need] {
                Ok(ask) => plan::judge(ask, &outcomes),
                Err(reason) => (Coverage::Absent, reason.clone()),
            };
            self.cover(need, coverage, reason).await?;
        }
        if self.discovered && self.watched.values().all(Watched::has_begun) {
            self.settle().await?;
        }
        Ok(())
    }

    async fn cover(
        &mut self,
        need: usize,
        coverage: Coverage,
        reason: String,
    ) -> Result<(), Unasked> {
        let now = Some((coverage, reason));
        if self.covered[need] != now {
            self.covered[need].clone_from(&now);
            let Some((coverage, reason)) = now else { return Ok(()) };
            self.send(Change::Covered { need, coverage, reason }).await?;
        }
        Ok(())
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
            reason: watched.lost.as_ref().map(|it| it.1.to_string()).unwrap_or_default(),
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
        self.health.send_if_modified(|it| {
            let changed = (it.up, &it.reason, &it.watches) != (up, &reason, &watches);
            (it.up, it.reason, it.watches) = (up, reason, watches);
            changed
        });
    }
}
