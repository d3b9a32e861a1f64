//! One list and the watch that goes on from it, for as long as anybody asks: what expires is listed
//! anew, what breaks is asked for again. Tells what it sees and how it is; what that means for a
//! need is not known here.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use indexmap::IndexMap;
use kube::core::Request;
use rulebox_core::{Identity, ObjectCopy, Scope, Selection};
use rulebox_reader::{ListPage, Reader};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Duration, Instant, sleep, timeout_at};

use super::{
    Change,
    pause::Pauses,
    stream::{Event, Events},
};
use crate::{
    discovery::Resource,
    fetch::{Failure, Fetch},
    listing,
    plan::List,
};

/// A watch that lasted so long had begun: the next failure is the first one.
const LASTED: Duration = Duration::from_secs(10);

/// The server ends a watch after this time, up to a quarter longer by chance, and the next one goes
/// on where it ended. A connection that has died without a word is noticed then.
const WATCH_SECONDS: u64 = 180;

/// How much longer than that a watch may stay silent.
const GRACE: Duration = Duration::from_secs(15);

/// Over this time the server is asked to send all objects by a stream; what it has not sent by
/// then is asked for by pages.
const STREAM_WITHIN: Duration = Duration::from_secs(60);

/// What a scope's task tells.
#[derive(Debug)]
pub(super) enum Told {
    /// Something was seen.
    Seen(Change),
    /// All objects are known, and what follows is watched. What of them could not be read.
    Listed {
        /// Why the list is incomplete; empty if it is complete.
        shortfall: String,
    },
    /// The server said something.
    Contact,
    /// A request failed.
    Failed(Failure),
}

/// What all scopes of a cluster have in common.
#[derive(Clone)]
pub(super) struct Common {
    /// Sends requests, with the credentials that hold now.
    pub(super) fetch: watch::Receiver<Fetch>,
    pub(super) page_size: u32,
    pub(super) reader: Arc<Reader>,
    pub(super) selection: Arc<Selection>,
    /// Whether the server can send all objects by a stream, as far as is known.
    pub(super) streams: Arc<AtomicBool>,
    /// So many lists at once.
    pub(super) lists: Arc<Semaphore>,
}

/// A list and its watch.
pub(super) struct ScopeWatch {
    pub(super) id: u64,
    pub(super) common: Common,
    pub(super) resource: Resource,
    pub(super) list: List,
    pub(super) out: mpsc::Sender<(u64, Told)>,
}

/// The receiver is gone: nobody asks any more.
struct Unasked;

/// A failure, and the pause that the server asks for.
type Refused = (Failure, Option<Duration>);

/// How a watch ended.
enum End {
    /// In order, or because something failed: the next one goes on from here.
    Paused(Option<Refused>),
    /// The server does not know any more what happened since.
    Expired(Failure),
}

impl ScopeWatch {
    /// Runs until nobody receives what it tells.
    pub(super) async fn run(self) {
        let _: Result<(), Unasked> = self.follow().await;
    }

    async fn follow(&self) -> Result<(), Unasked> {
        let mut pauses = Pauses::new();
        let mut newest: Option<u64> = None;
        loop {
            let (mut version, mut events) = match self.list(&mut newest).await? {
                Ok(it) => it,
                Err((failure, asked)) => {
                    self.tell(Told::Failed(failure)).await?;
                    sleep(pauses.next(asked)).await;
                    continue;
                }
            };
            loop {
                let begun = Instant::now();
                let end = match events.take() {
                    Some(events) => self.watch(events, &mut version).await?,
                    None => match self.open(&self.watch_path(&version)).await {
                        Ok(events) => self.watch(events, &mut version).await?,
                        Err((failure @ Failure::Gone, _)) => End::Expired(failure),
                        Err(refused) => End::Paused(Some(refused)),
                    },
                };
                let lasted = begun.elapsed() > LASTED;
                if lasted {
                    pauses.reset();
                }
                match end {
                    // A server that ends each watch at once is not asked again at once.
                    End::Paused(None) if lasted => {}
                    End::Paused(None) => sleep(pauses.next(None)).await,
                    End::Paused(Some((failure, asked))) => {
                        self.tell(Told::Failed(failure)).await?;
                        sleep(pauses.next(asked)).await;
                    }
                    End::Expired(failure) => {
                        let pause = pauses.next(None);
                        self.tell(Told::Failed(failure)).await?;
                        sleep(pause).await;
                        break;
                    }
                }
            }
        }
    }

    /// Lists all objects, by a stream or by pages. Gives the version from which a watch goes on,
    /// and the watch that has begun already, if there is one.
    async fn list(
        &self,
        newest: &mut Option<u64>,
    ) -> Result<Result<(String, Option<Events>), Refused>, Unasked> {
        let Ok(_turn) = self.common.lists.acquire().await else { return Err(Unasked) };
        if self.common.streams.load(Ordering::Relaxed) {
            match self.stream().await {
                Ok((listed, events)) => {
                    let version = listed.version.clone();
                    self.listed(listed, newest).await?;
                    return Ok(Ok((version, Some(events))));
                }
                Err((failure, _)) if cannot_stream(&failure) => {
                    self.common.streams.store(false, Ordering::Relaxed);
                }
                Err(failure) => return Ok(Err(failure)),
            }
        }
        match self.pages().await {
            Ok(listed) => {
                let version = listed.version.clone();
                self.listed(listed, newest).await?;
                Ok(Ok((version, None)))
            }
            Err(failure) => Ok(Err((failure, None))),
        }
    }

    async fn listed(&self, listed: Listed, newest: &mut Option<u64>) -> Result<(), Unasked> {
        let Listed { copies, version, losses } = listed;
        let version = version.parse().ok();
        // A server that was restored counts on from an older version.
        if version.is_none() || *newest > version {
            self.tell(Told::Seen(Change::Forgotten { scope: self.scope() })).await?;
        }
        *newest = version;
        let copies = copies.into_values().collect();
        let change = Change::Listed { scope: self.scope(), resource_version: version, copies };
        self.tell(Told::Seen(change)).await?;
        self.tell(Told::Listed { shortfall: losses.join("; ") }).await
    }

    /// All objects as the beginning of a watch.
    async fn stream(&self) -> Result<(Listed, Events), Refused> {
        let path = format!(
            "{}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            self.watch_path("")
        );
        let mut events = self.open(&path).await?;
        let mut listed = Listed::default();
        let deadline = Instant::now() + STREAM_WITHIN;
        loop {
            let Ok(next) = timeout_at(deadline, events.next()).await else {
                self.common.streams.store(false, Ordering::Relaxed);
                return Err((Failure::Timeout { after: STREAM_WITHIN, attempts: 1 }, None));
            };
            match next.map_err(|it| (it, None))? {
                Some(Event::Applied(shown)) => listed.add(self.answer(shown.json.as_bytes())),
                Some(Event::Deleted(shown)) => {
                    for copy in self.answer(shown.json.as_bytes()).copies {
                        listed.copies.shift_remove(&copy.identity);
                    }
                }
                Some(Event::Bookmark { version, ends_initial }) if ends_initial => {
                    listed.version = version;
                    return Ok((listed, events));
                }
                Some(Event::Bookmark { .. }) => {}
                Some(Event::Failed(failure)) => return Err((failure, None)),
                None => {
                    let reason = "the server ended a watch before it had sent all objects";
                    let reason = reason.to_owned();
                    return Err((Failure::Connection { reason, attempts: 1 }, None));
                }
            }
        }
    }

    /// All objects, page by page, as of one moment.
    async fn pages(&self) -> Result<Listed, Failure> {
        let request = Request::new(self.resource.path(self.list.namespace.as_deref()));
        let mut fetch = self.fetch();
        let mut listed = Listed::default();
        let (mut token, mut page_size) = (String::new(), self.common.page_size.max(1));
        loop {
            let params = listing::params(&self.list, page_size, &token);
            let path = request.list(&params).map_err(|it| cannot_ask(&it))?.uri().to_string();
            let page = match fetch.get(&path, &mut |_| {}).await {
                Err(Failure::TooLong { .. }) if page_size > 1 => {
                    page_size /= 2;
                    continue;
                }
                page => page?,
            };
            let answer = self.answer(&page);
            if !answer.page.listed {
                let reason = "the server's answer is no list".to_owned();
                return Err(Failure::Broken { reason });
            }
            let next = answer.page.continue_token.clone();
            listed.version.clone_from(&answer.page.resource_version);
            listed.add(answer);
            if next.is_empty() {
                return Ok(listed);
            }
            if next == token {
                let reason = "the server repeats the same page".to_owned();
                return Err(Failure::Broken { reason });
            }
            token = next;
        }
    }

    /// Tells what a watch shows until it ends. `version`: where the next one goes on.
    async fn watch(&self, mut events: Events, version: &mut String) -> Result<End, Unasked> {
        self.tell(Told::Contact).await?;
        loop {
            let event = match events.next().await {
                Ok(Some(it)) => it,
                Ok(None) => return Ok(End::Paused(None)),
                // What cannot be read may have been any change.
                Err(failure @ Failure::Broken { .. }) => return Ok(End::Expired(failure)),
                Err(failure) => return Ok(End::Paused(Some((failure, None)))),
            };
            match event {
                Event::Applied(shown) => {
                    let answer = self.answer(shown.json.as_bytes());
                    if let Some(reason) = answer.losses.into_iter().next() {
                        return Ok(End::Expired(Failure::Broken { reason }));
                    }
                    let scope = || self.scope();
                    let change = |copy| Change::Applied { scope: scope(), copy };
                    self.saw(shown.version, version, answer.copies.into_iter().map(change)).await?;
                }
                Event::Deleted(shown) => {
                    let change = |ObjectCopy { identity, resource_version, .. }| {
                        let scope = self.scope();
                        Change::Removed { scope, identity, resource_version }
                    };
                    let copies = self.answer(shown.json.as_bytes()).copies.into_iter();
                    self.saw(shown.version, version, copies.map(change)).await?;
                }
                Event::Bookmark { version: at, .. } => {
                    *version = at;
                    self.tell(Told::Contact).await?;
                }
                Event::Failed(failure @ Failure::Gone) => return Ok(End::Expired(failure)),
                Event::Failed(failure) => return Ok(End::Paused(Some((failure, None)))),
            }
        }
    }

    /// Tells what an event has changed, if anything.
    async fn saw(
        &self,
        shown: String,
        version: &mut String,
        changes: impl Iterator<Item = Change>,
    ) -> Result<(), Unasked> {
        if !shown.is_empty() {
            *version = shown;
        }
        let mut told = false;
        for change in changes {
            self.tell(Told::Seen(change)).await?;
            told = true;
        }
        if told { Ok(()) } else { self.tell(Told::Contact).await }
    }

    async fn open(&self, path: &str) -> Result<Events, Refused> {
        let patience = Duration::from_secs(WATCH_SECONDS * 5 / 4) + GRACE;
        Events::open(&self.fetch(), path, patience).await
    }

    fn fetch(&self) -> Fetch {
        self.common.fetch.borrow().clone()
    }

    /// The path of a watch from a version on; from now on where it is empty.
    fn watch_path(&self, version: &str) -> String {
        let chance = RandomState::new().hash_one(version);
        let seconds = WATCH_SECONDS + chance % (WATCH_SECONDS / 4);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("watch", "true").append_pair("allowWatchBookmarks", "true");
        query.append_pair("timeoutSeconds", &seconds.to_string());
        if !self.list.selector.is_empty() {
            query.append_pair("labelSelector", &self.list.selector);
        }
        if !version.is_empty() {
            query.append_pair("resourceVersion", version);
        }
        let path = self.resource.path(self.list.namespace.as_deref());
        format!("{path}?{}", query.finish())
    }

    fn answer(&self, bytes: &[u8]) -> Answer {
        let (group, version) = self.resource.group_version();
        let given = (group, version, self.resource.kind.as_str());
        let place = listing::described(&self.resource, &self.list);
        let selection = &self.common.selection;
        let (page, answers) = self.common.reader.read_page(bytes, given, &place, selection);
        let (copies, losses) = answers.into_copies();
        Answer { page, copies, losses }
    }

    fn scope(&self) -> Scope {
        of(&self.list)
    }

    async fn tell(&self, told: Told) -> Result<(), Unasked> {
        self.out.send((self.id, told)).await.map_err(|_| Unasked)
    }
}

/// What a list shows.
pub(super) fn of(list: &List) -> Scope {
    let List { group, kind, namespace, selector, .. } = list.clone();
    Scope { group, kind, namespace, selector }
}

/// What an answer holds.
struct Answer {
    page: ListPage,
    copies: Vec<ObjectCopy>,
    losses: Vec<String>,
}

/// All objects of a scope, and what could not be read of them.
#[derive(Default)]
struct Listed {
    copies: IndexMap<Identity, ObjectCopy>,
    version: String,
    losses: Vec<String>,
}

impl Listed {
    fn add(&mut self, answer: Answer) {
        /// Beyond these, reasons say nothing new.
        const LOSSES: usize = 3;
        self.copies.extend(answer.copies.into_iter().map(|it| (it.identity.clone(), it)));
        let more = LOSSES.saturating_sub(self.losses.len());
        self.losses.extend(answer.losses.into_iter().take(more));
    }
}

fn cannot_ask(error: &dyn std::fmt::Display) -> Failure {
    Failure::Broken { reason: format!("cannot be asked for: {error}") }
}

/// Whether a server has refused to send all objects by a stream: it does not know how, or was not
/// set up to.
fn cannot_stream(failure: &Failure) -> bool {
    match failure {
        Failure::Status { status, .. } => matches!(status.as_u16(), 400 | 422 | 501),
        _ => false,
    }
}
