//! One list and the watch that goes on from it, for as long as anybody asks: what expires is listed
//! anew, what breaks is asked for again. Tells what it sees and how it is; what that means for a
//! need is not known here.

use std::{
    hash::{BuildHasher as _, RandomState},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use indexmap::IndexMap;
use kube::core::Request;
use rulebox_core::{Identity, ObjectCopy, Packer, Scope, Selection};
use rulebox_reader::{ListPage, Reader};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Duration, Instant, sleep, timeout, timeout_at};

use super::{
    change::Change,
    health::is_silence,
    pause::Pauses,
    request::{Refused, whole},
    stream::{Event, Events},
};
use crate::{
    discovery::Resource,
    fetch::{Failure, Fetch},
    listing,
    plan::List,
};

/// A watch that lasted so long had begun, unless it was to be shorter.
const LASTED: Duration = Duration::from_secs(10);

/// How long watches last. What a watch has shown counts for some time after the server has last
/// said something, and a connection that has died without a word must be noticed by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// The server ends a watch after so many seconds, up to a quarter longer by chance, and the
    /// next one goes on where it ended.
    seconds: u64,
    /// How long nothing may come of a watch: longer than it lasts, since its end is some time on
    /// its way.
    patience: Duration,
}

impl Pace {
    /// Where there is no need for more requests.
    const USUAL: Self = Self { seconds: 60, patience: Duration::from_secs(90) };

    /// The pace at which what a watch has shown may count for this time.
    pub(super) fn of(stale_after: Duration) -> Self {
        let Self { seconds, patience } = Self::USUAL;
        if stale_after >= patience {
            return Self::USUAL;
        }
        let seconds = stale_after.as_secs() * seconds / patience.as_secs();
        Self { seconds: seconds.max(1), patience: stale_after }
    }

    /// For how many seconds the server is asked to go on with a watch. `chance`: any number.
    fn asked(self, chance: u64) -> u64 {
        self.seconds + chance % (self.seconds / 4).max(1)
    }

    /// Several attempts fit into the time after which nothing counts any more.
    pub(super) fn longest_pause(self) -> Duration {
        self.patience / 3
    }

    /// A watch that lasted so long had begun: the next failure is the first one.
    fn lasted(self) -> Duration {
        LASTED.min(Duration::from_secs(self.seconds) / 2)
    }
}

/// Over this time the server is asked to send all objects by a stream; what it has not sent by
/// then is asked for by pages.
const STREAM_WITHIN: Duration = Duration::from_mins(1);

/// A server that has sent nothing of all objects for so long does not send them by a stream: one of
/// before 1.27 does as if it had not been asked to, and never says that these were all. A newer one
/// sends the first of them within 3 seconds.
const STREAM_PAUSE: Duration = Duration::from_secs(10);

/// A watch that ended in order is there again within this, or it is told that nothing is seen. Less
/// than the time for which a change elsewhere waits until it is evaluated.
const GAP: Duration = Duration::from_millis(150);

/// When a watch goes on, the server sends what has happened meanwhile at once, and no event says
/// that this was all. A busy server takes some of this time.
const CATCH_UP: Duration = Duration::from_secs(1);

/// What a scope's task tells.
#[derive(Debug)]
pub(super) enum Told {
    /// Something was seen.
    Seen(Change),
    /// All objects are known, and what follows is watched. What of them could not be read.
    Listed {
        /// The objects.
        change: Change,
        /// Why the list is incomplete; empty if it is complete.
        shortfall: String,
    },
    /// The server said something.
    Contact,
    /// Nothing is seen now, and what happens meanwhile is told later.
    Behind,
    /// What happened meanwhile has been told.
    CaughtUp,
    /// What happened since cannot be told any more, so all objects are listed anew.
    Expired(Failure),
    /// A request failed.
    Failed(Failure),
}

/// What all scopes of a cluster have in common.
#[derive(Clone)]
pub(super) struct Common {
    /// Sends requests, with the credentials that hold now.
    pub(super) fetch: watch::Receiver<Fetch>,
    pub(super) page_size: u32,
    pub(super) pace: Pace,
    pub(super) reader: Arc<Reader>,
    pub(super) selection: Arc<Selection>,
    /// What is watched stays for long, so it is packed as soon as it was read: no list waits
    /// unpacked for its end.
    pub(super) packer: Arc<Packer>,
    /// Tells of a watch that was answered and was not before: the server is back.
    pub(super) back: watch::Sender<()>,
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

/// How a watch ended.
enum End {
    /// In order: the next one goes on from here.
    InOrder,
    /// Something failed: the next one goes on from here.
    Failed(Refused),
    /// Nobody can tell any more what happened since.
    Expired(Failure),
}

/// All objects were listed.
struct Begun {
    /// From where a watch goes on.
    version: String,
    /// The watch that has begun already, if there is one.
    events: Option<Events>,
    /// Whether something of the list could not be read.
    lossy: bool,
}

/// Why a server has not sent all objects by a stream.
enum Unstreamed {
    /// It does not do such a thing.
    Unable,
    /// This stream cannot be read.
    Broken,
    /// It does not answer, or not this.
    Refused(Refused),
}

impl ScopeWatch {
    /// Runs until nobody receives what it tells.
    pub(super) async fn run(self) {
        let _: Result<(), Unasked> = self.follow().await;
    }

    async fn follow(&self) -> Result<(), Unasked> {
        // What expired while the server was away is listed as soon as it is back.
        let longest = self.common.pace.longest_pause();
        let (mut pauses, mut expiries) = (Pauses::new(longest), Pauses::new(longest));
        let mut newest: Option<u64> = None;
        let mut answers = Answers::of(&self.common);
        loop {
            answers.ask();
            let Begun { mut version, mut events, lossy } = match self.list(&mut newest).await? {
                Ok(it) => it,
                Err(Refused { failure, pause }) => {
                    answers.failed(&failure);
                    self.tell(Told::Failed(failure)).await?;
                    answers.rest(pause, &mut pauses).await;
                    continue;
                }
            };
            answers.answered();
            let (mut was_away, mut behind) = (false, false);
            loop {
                let begun = Instant::now();
                answers.ask();
                let end = match events.take() {
                    Some(events) => self.watch(events, &mut version, &mut behind).await?,
                    None if was_away && self.fell_behind(&version).await => {
                        End::Expired(Failure::Gone)
                    }
                    None => match self.open_again(&version, &mut behind).await? {
                        Ok(events) => {
                            answers.answered();
                            self.watch(events, &mut version, &mut behind).await?
                        }
                        Err(it) if cannot_go_on(&it.failure) => End::Expired(it.failure),
                        Err(it) => End::Failed(it),
                    },
                };
                let lasted = begun.elapsed() > self.common.pace.lasted();
                if lasted {
                    pauses.reset();
                    expiries.reset();
                }
                was_away = matches!(end, End::Failed(_));
                match end {
                    // A server that ends each watch at once is not asked again at once.
                    End::InOrder if lasted => {}
                    End::InOrder => {
                        self.fall_behind(&mut behind).await?;
                        sleep(pauses.next(None)).await;
                    }
                    End::Failed(Refused { failure, pause }) => {
                        behind = true;
                        answers.failed(&failure);
                        self.tell(Told::Failed(failure)).await?;
                        answers.rest(pause, &mut pauses).await;
                    }
                    End::Expired(failure) => {
                        self.tell(Told::Expired(failure)).await?;
                        sleep(expiries.next(None)).await;
                        break;
                    }
                }
                // What could not be read may be whole now; and without a version nobody can say
                // what was missed between two watches.
                if lossy || version.is_empty() {
                    self.fall_behind(&mut behind).await?;
                    break;
                }
            }
        }
    }

    /// Lists all objects, by a stream or by pages.
    async fn list(&self, newest: &mut Option<u64>) -> Result<Result<Begun, Refused>, Unasked> {
        let Ok(_turn) = self.common.lists.acquire().await else { return Err(Unasked) };
        let mut streamed = None;
        if self.common.streams.load(Ordering::Relaxed) {
            match self.stream().await {
                Ok(it) => streamed = Some(it),
                Err(Unstreamed::Unable) => self.common.streams.store(false, Ordering::Relaxed),
                Err(Unstreamed::Broken) => {}
                Err(Unstreamed::Refused(it)) => return Ok(Err(it)),
            }
        }
        let (listed, events) = match streamed {
            // A stream of all objects has its time, and lasts as long as watches usually do.
            Some((listed, events)) => {
                (listed, Some(events).filter(|_| self.common.pace == Pace::USUAL))
            }
            None => match self.pages().await {
                Ok(listed) => (listed, None),
                Err(it) => return Ok(Err(it)),
            },
        };
        let (version, lossy) = (listed.version.clone(), !listed.losses.is_empty());
        self.listed(listed, newest).await?;
        Ok(Ok(Begun { version, events, lossy }))
    }

    async fn listed(&self, listed: Listed, newest: &mut Option<u64>) -> Result<(), Unasked> {
        let Listed { copies, version, losses } = listed;
        let version = version.parse().ok();
        // A server that was restored counts on from an older version.
        let restored = *newest > version;
        *newest = version;
        let change = Change::Listed {
            scope: self.scope(),
            resource_version: version.filter(|_| !restored),
            copies: copies.into_values().collect(),
        };
        self.tell(Told::Listed { change, shortfall: losses.join("; ") }).await
    }

    /// All objects as the beginning of a watch.
    async fn stream(&self) -> Result<(Listed, Events), Unstreamed> {
        let path = format!(
            "{}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            self.watch_path("", Pace::USUAL)
        );
        let mut events = match self.open(&path, Pace::USUAL).await {
            Ok(it) => it,
            Err(it) if cannot_stream(&it.failure) => return Err(Unstreamed::Unable),
            Err(it) => return Err(Unstreamed::Refused(it)),
        };
        let mut listed = Listed::default();
        let deadline = Instant::now() + STREAM_WITHIN;
        loop {
            let until = deadline.min(Instant::now() + STREAM_PAUSE);
            let next = timeout_at(until, events.next()).await.map_err(|_| Unstreamed::Unable)?;
            match next {
                Ok(Some(Event::Applied(shown))) => listed.add(self.answer(shown.json.as_bytes())),
                Ok(Some(Event::Deleted(shown))) => {
                    let answer = self.answer(shown.json.as_bytes());
                    // Which object it was is not known.
                    if !answer.losses.is_empty() {
                        return Err(Unstreamed::Broken);
                    }
                    for copy in answer.copies {
                        listed.copies.shift_remove(&copy.identity);
                    }
                }
                Ok(Some(Event::Bookmark { version, ends_initial })) if ends_initial => {
                    listed.version = version;
                    return Ok((listed, events));
                }
                Ok(Some(Event::Bookmark { .. })) => {}
                Ok(Some(Event::Failed(it))) if cannot_stream(&it) => {
                    return Err(Unstreamed::Unable);
                }
                Ok(Some(Event::Failed(failure))) => {
                    return Err(Unstreamed::Refused(failure.into()));
                }
                Ok(None) => {
                    let reason = "the server ended a watch before it had sent all objects";
                    let failure = Failure::Connection { reason: reason.to_owned(), attempts: 1 };
                    return Err(Unstreamed::Refused(failure.into()));
                }
                Err(Failure::Broken { .. }) => return Err(Unstreamed::Broken),
                Err(failure) => return Err(Unstreamed::Refused(failure.into())),
            }
        }
    }

    /// All objects, page by page, as of one moment.
    async fn pages(&self) -> Result<Listed, Refused> {
        let fetch = self.fetch();
        let request = Request::new(self.resource.path(self.list.namespace.as_deref()));
        let broken = |reason: &str| Refused::from(Failure::Broken { reason: reason.to_owned() });
        let mut listed = Listed::default();
        let (mut token, mut page_size) = (String::new(), self.common.page_size.max(1));
        loop {
            let params = listing::params(&self.list, page_size, &token);
            let path = request.list(&params);
            let path = path.map_err(|it| broken(&format!("cannot be asked for: {it}")))?;
            let page = match whole(&fetch, &path.uri().to_string()).await {
                Err(Refused { failure: Failure::TooLong { .. }, .. }) if page_size > 1 => {
                    page_size /= 2;
                    continue;
                }
                page => page?,
            };
            let answer = self.answer(&page);
            if !answer.page.listed {
                return Err(broken("the server's answer is no list"));
            }
            let next = answer.page.continue_token.clone();
            listed.version.clone_from(&answer.page.resource_version);
            listed.add(answer);
            if next.is_empty() {
                return Ok(listed);
            }
            if next == token {
                return Err(broken("the server repeats the same page"));
            }
            token = next;
        }
    }

    /// Tells what a watch shows until it ends. `version`: where the next one goes on; `behind`:
    /// whether it was told that nothing is seen.
    async fn watch(
        &self,
        mut events: Events,
        version: &mut String,
        behind: &mut bool,
    ) -> Result<End, Unasked> {
        self.tell(Told::Contact).await?;
        let caught_up_at = Instant::now() + CATCH_UP;
        loop {
            let next = if *behind {
                timeout_at(caught_up_at, events.next()).await
            } else {
                Ok(events.next().await)
            };
            let Ok(next) = next else {
                *behind = false;
                self.tell(Told::CaughtUp).await?;
                continue;
            };
            let event = match next {
                Ok(Some(it)) => it,
                Ok(None) => return Ok(End::InOrder),
                // What cannot be read may have been any change.
                Err(failure @ Failure::Broken { .. }) => return Ok(End::Expired(failure)),
                Err(failure) => return Ok(End::Failed(failure.into())),
            };
            let (shown, applied) = match event {
                Event::Applied(shown) => (shown, true),
                Event::Deleted(shown) => (shown, false),
                Event::Bookmark { version: at, .. } => {
                    // A server that was restored, and that sends nothing until it has counted up
                    // to where it was before.
                    if is_before(&at, version) {
                        return Ok(End::Expired(Failure::Gone));
                    }
                    go_on(version, at);
                    self.tell(Told::Contact).await?;
                    continue;
                }
                Event::Failed(it) if cannot_go_on(&it) => return Ok(End::Expired(it)),
                Event::Failed(it) => return Ok(End::Failed(it.into())),
            };
            let answer = self.answer(shown.json.as_bytes());
            // Of which object it is, and what of it is still true, is not known.
            if let Some(reason) = answer.losses.into_iter().next() {
                return Ok(End::Expired(Failure::Broken { reason }));
            }
            let mut seen = false;
            for copy in answer.copies {
                let scope = self.scope();
                let change = if applied {
                    Change::Applied { scope, copy }
                } else {
                    let ObjectCopy { identity, resource_version, .. } = copy;
                    Change::Removed { scope, identity, resource_version }
                };
                self.tell(Told::Seen(change)).await?;
                seen = true;
            }
            if !seen {
                self.tell(Told::Contact).await?;
            }
            go_on(version, shown.version);
        }
    }

    /// Whether the server counts from an older version than the one that was seen: its etcd was
    /// restored. It would take a watch from that version on, and say nothing until it has counted
    /// up to there. What cannot be found out is not so.
    async fn fell_behind(&self, version: &str) -> bool {
        let request = Request::new(self.resource.path(self.list.namespace.as_deref()));
        let Ok(path) = request.list(&listing::params(&self.list, 1, "")) else { return false };
        let Ok(page) = whole(&self.fetch(), &path.uri().to_string()).await else { return false };
        is_before(&self.answer(&page).page.resource_version, version)
    }

    /// Asks for the watch that goes on from a version, and tells if that takes its time.
    async fn open_again(
        &self,
        version: &str,
        behind: &mut bool,
    ) -> Result<Result<Events, Refused>, Unasked> {
        let pace = self.common.pace;
        let path = self.watch_path(version, pace);
        let mut opened = pin!(self.open(&path, pace));
        if let Ok(opened) = timeout(GAP, &mut opened).await {
            return Ok(opened);
        }
        self.fall_behind(behind).await?;
        Ok(opened.await)
    }

    /// Tells that nothing is seen now, unless it was told already.
    async fn fall_behind(&self, behind: &mut bool) -> Result<(), Unasked> {
        if std::mem::replace(behind, true) { Ok(()) } else { self.tell(Told::Behind).await }
    }

    async fn open(&self, path: &str, pace: Pace) -> Result<Events, Refused> {
        Events::open(&self.fetch(), path, pace.patience).await
    }

    fn fetch(&self) -> Fetch {
        self.common.fetch.borrow().clone()
    }

    /// The path of a watch from a version on; from now on where it is empty.
    fn watch_path(&self, version: &str, pace: Pace) -> String {
        let seconds = pace.asked(RandomState::new().hash_one(version));
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
        let (mut copies, losses) = answers.into_copies();
        // A name stands for one object at a time: the next one takes its place, though nobody has
        // told that the last one is gone.
        for copy in &mut copies {
            copy.identity = copy.identity.without_uid();
            self.common.packer.pack(copy);
        }
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

/// Whether the server answers this watch, and whether it has begun to answer another.
struct Answers<'w> {
    back: &'w watch::Sender<()>,
    others: watch::Receiver<()>,
    /// Since when nothing that was asked had an answer.
    silent: Option<Instant>,
}

impl<'w> Answers<'w> {
    fn of(Common { back, .. }: &'w Common) -> Self {
        Self { back, others: back.subscribe(), silent: None }
    }

    /// Something is asked: only those that are answered from now on say that the server is back.
    fn ask(&mut self) {
        self.others.mark_unchanged();
    }

    /// The server has answered.
    fn answered(&mut self) {
        /// A server that was away for less has made nobody wait for long; and one that ends each
        /// watch at once must not wake all others each time.
        const AWAY: Duration = Duration::from_secs(5);
        if self.silent.take().is_some_and(|it| it.elapsed() >= AWAY) {
            self.back.send_replace(());
        }
    }

    fn failed(&mut self, failure: &Failure) {
        if is_silence(failure) {
            self.silent.get_or_insert_with(Instant::now);
        } else {
            self.silent = None;
        }
    }

    /// The pause after a failure. Where there was no answer, it ends soon after another watch has
    /// one; a server that says when it wants to be asked is obeyed.
    async fn rest(&mut self, asked: Option<Duration>, pauses: &mut Pauses) {
        let pause = sleep(pauses.next(asked));
        if self.silent.is_none() || asked.is_some() {
            return pause.await;
        }
        let soon = pauses.soon();
        let back = async {
            self.others.changed().await.expect("the sender is kept beside it");
            sleep(soon).await;
        };
        tokio::select! {
            () = pause => {}
            () = back => {}
        }
    }
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

/// Whether a server has refused to send all objects by a stream: it does not know how, or was not
/// set up to.
fn cannot_stream(failure: &Failure) -> bool {
    match failure {
        Failure::Status { status, .. } => matches!(status.as_u16(), 400 | 422 | 501),
        _ => false,
    }
}

/// Whether a watch can never go on from where the last one ended.
fn cannot_go_on(failure: &Failure) -> bool {
    match failure {
        // What is not served has no objects; only a list tells whether it is served.
        Failure::Gone | Failure::NotFound => true,
        // `Too large resource version`, and versions that the server cannot read.
        Failure::Status { status, message, .. } => {
            matches!(status.as_u16(), 400 | 422) || message.contains("resource version")
        }
        _ => false,
    }
}

/// Whether a version was given out before another.
fn is_before(version: &str, other: &str) -> bool {
    let number = |it: &str| it.parse::<u64>().ok();
    number(version).zip(number(other)).is_some_and(|(version, other)| version < other)
}

/// A watch goes on from the newest version that it has seen.
fn go_on(version: &mut String, at: String) {
    if !at.is_empty() && !is_before(&at, version) {
        *version = at;
    }
}
