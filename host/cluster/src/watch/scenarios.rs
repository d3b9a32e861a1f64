//! Whole watches of an API server in memory: what becomes known of the cluster, through whatever
//! happens to the server and to what it sends. The clock stands still, so that no scenario waits.

mod random;
mod server;

use std::{future::Future, time::Duration};

use rulebox_core::{Coverage, Json, NeedSet, ObjectNeed, Store};
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout, timeout_at},
};

use self::server::{Fault, Server, VAULTS, event};
use super::{Change, Health, WAITING, stream::LIMIT};
use crate::{Cluster, Options, fetch::Fetch};

const STALE_AFTER: Duration = Duration::from_mins(5);

/// As often as a server can be asked.
const ALWAYS: usize = usize::MAX;

fn need(group: &str, kind: &str, namespaces: &[&str], selector: &str) -> ObjectNeed {
    ObjectNeed {
        id: String::new(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
        label_selector: selector.to_owned(),
        fields: vec!["metadata.labels".to_owned(), "spec.text".to_owned()],
    }
}

fn pods() -> Vec<ObjectNeed> {
    vec![need("", "Pod", &[], "")]
}

/// Who takes the changes of a watched cluster.
struct Watching {
    server: Server,
    store: Store,
    changes: mpsc::Receiver<(usize, Change)>,
    health: watch::Receiver<Health>,
    /// Coverage of each need, why not completely, and what is waited for.
    covered: Vec<(Coverage, String, String)>,
    settled: usize,
    /// The number of changes of before.
    taken: usize,
    listed: usize,
    forgotten: usize,
}

impl Watching {
    fn begin(server: &Server, needs: Vec<ObjectNeed>) -> Self {
        Self::begin_with(server, needs, Options::default(), WAITING)
    }

    fn begin_with(
        server: &Server,
        needs: Vec<ObjectNeed>,
        options: Options,
        waiting: usize,
    ) -> Self {
        Self::begin_stale(server, needs, options, waiting, STALE_AFTER)
    }

    fn begin_stale(
        server: &Server,
        needs: Vec<ObjectNeed>,
        options: Options,
        waiting: usize,
        stale_after: Duration,
    ) -> Self {
        let numbered = needs.into_iter().enumerate();
        let objects: Vec<_> =
            numbered.map(|(i, it)| ObjectNeed { id: i.to_string(), ..it }).collect();
        let needs = NeedSet { objects, texts: Vec::new() };
        let (out, changes) = mpsc::channel(waiting);
        let (health, healths) = watch::channel(Health::default());
        let cluster = Cluster::of_client("prod", server.client_with("old"), options);
        let nothing = (Coverage::Absent, "nothing was told".to_owned(), String::new());
        let covered = vec![nothing; needs.objects.len()];
        let store = Store::new(needs.clone()).expect("selectors");
        let again = server.clone();
        tokio::spawn(async move {
            let connect = Box::new(move || {
                let client = again.client_with("new");
                let fetch = Fetch::new(client, &Options::default()).without_retries();
                Box::pin(async { Some(fetch) }) as std::pin::Pin<Box<_>>
            });
            let out = (7, out);
            cluster.watch_with(&needs, stale_after, out, health, connect).await.expect("needs");
        });
        Self {
            server: server.clone(),
            store,
            changes,
            health: healths,
            covered,
            settled: 0,
            taken: 0,
            listed: 0,
            forgotten: 0,
        }
    }

    fn apply(&mut self, (cluster, change): (usize, Change)) {
        assert_eq!(cluster, 7, "the number that was given");
        self.taken += 1;
        match change {
            Change::Listed { scope, resource_version, copies } => {
                self.listed += 1;
                self.store.replace(&scope, resource_version, copies);
            }
            Change::Forgotten { scope } => {
                self.forgotten += 1;
                self.store.forget(&scope);
            }
            Change::Applied { scope, copy } => self.store.apply(&scope, copy),
            Change::Removed { scope, identity, resource_version } => {
                self.store.remove(&scope, &identity, resource_version);
            }
            Change::Covered { need, coverage, reason, waits, .. } => {
                let now = (coverage, reason.clone(), waits);
                let before = std::mem::replace(&mut self.covered[need], now);
                assert_ne!(before, self.covered[need], "only changes are told");
                self.store.set_coverage(need, coverage, &reason);
            }
            Change::Settled => self.settled += 1,
        }
    }

    /// Takes what is told within this time.
    async fn rest(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(change) = timeout_at(end, self.changes.recv()).await {
            let change = change.expect("a watch does not end");
            self.apply(change);
        }
    }

    /// Takes what is told within so many seconds.
    async fn seconds(&mut self, seconds: u64) {
        self.rest(Duration::from_secs(seconds)).await;
    }

    /// Takes what is told until this is so. It must be so within an hour.
    async fn until(&mut self, what: &str, is_so: impl Fn(&mut Self) -> bool) {
        let end = Instant::now() + Duration::from_hours(1);
        while !is_so(self) {
            let Ok(change) = timeout_at(end, self.changes.recv()).await else {
                panic!("{what}: never; {:?}", self.covered);
            };
            self.apply(change.expect("a watch does not end"));
        }
    }

    async fn settled(&mut self) {
        self.until("settled", |it| it.settled > 0).await;
    }

    /// `namespace/name` of the objects of a need, in their order.
    fn names(&mut self, need: usize) -> Vec<String> {
        let inventory = self.store.snapshot();
        let name = |it: &Json| {
            let it: Value = serde_json::from_str(&it.text()).expect("JSON");
            let metadata = &it["metadata"];
            let namespace = metadata["namespace"].as_str().map(|it| format!("{it}/"));
            format!("{}{}", namespace.unwrap_or_default(), metadata["name"].as_str().expect("text"))
        };
        inventory.objects[&need.to_string()].objects.iter().map(name).collect()
    }

    /// Coverage, a part of the reason, and the objects of a need.
    #[track_caller]
    fn check(&mut self, need: usize, coverage: Coverage, reason: &str, names: &[&str]) {
        let (covered, why, _) = self.covered[need].clone();
        assert_eq!(covered, coverage, "{why}");
        assert!(why.contains(reason) && why.is_empty() == reason.is_empty(), "{why}");
        assert_eq!(self.names(need), names);
    }

    #[track_caller]
    fn complete(&mut self, names: &[&str]) {
        self.check(0, Coverage::Complete, "", names);
    }

    /// Whether a need is waited for, and for a reason that holds this.
    #[track_caller]
    fn waits(&self, need: usize, reason: &str) {
        let waits = &self.covered[need].2;
        assert!(waits.contains(reason) && waits.is_empty() == reason.is_empty(), "{waits}");
    }

    fn errors(&self, word: &str) -> u64 {
        self.health.borrow().errors.get(word).copied().unwrap_or_default()
    }
}

/// Runs a scenario on a clock that moves when nobody has anything to do.
fn scenario<F: Future<Output = ()>>(run: impl FnOnce(Server) -> F) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(run(Server::new()));
}

/// A cluster with the pods `a/x` and `b/y`, and what becomes of a watch of all pods.
fn two_pods<F: Future<Output = ()>>(run: impl FnOnce(Server, Watching) -> F) {
    scenario(async |server| {
        server.apply("pods", "a/x", "web");
        server.apply("pods", "b/y", "db");
        let mut watching = Watching::begin(&server, pods());
        watching.settled().await;
        watching.complete(&["a/x", "b/y"]);
        server.asked();
        run(server, watching).await;
    });
}

/// How many of the requests began to list all objects. One object alone is asked for to see how far
/// the server has counted.
fn lists(asked: &[String]) -> usize {
    let is_list = |it: &&String| {
        it.contains("sendInitialEvents") || (it.contains("limit=") && !it.ends_with("limit=1"))
    };
    asked.iter().filter(is_list).count()
}

#[test]
fn all_objects_come_by_a_stream_and_then_changes() {
    scenario(async |server| {
        server.apply("pods", "a/x", "web");
        let mut watching = Watching::begin(&server, pods());
        watching.settled().await;
        watching.complete(&["a/x"]);
        let asked = server.asked();
        assert_eq!(asked.len(), 2, "{asked:?}");
        let watch = "/api/v1/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=";
        assert!(asked[1].starts_with(watch), "{asked:?}");
        let all = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
        assert!(asked[1].ends_with(all), "{asked:?}");
        server.apply("pods", "a/y", "web");
        watching.rest(Duration::ZERO).await;
        watching.seconds(1).await;
        watching.complete(&["a/x", "a/y"]);
        server.delete("pods", "a/x");
        watching.seconds(1).await;
        watching.complete(&["a/y"]);
        assert_eq!(lists(&server.asked()), 0);
    });
}

/// A server that sends no streams: lists come by page, and then changes.
#[track_caller]
fn check_pages(server: impl FnOnce(Server) -> Server) {
    scenario(async |it| {
        let server = server(it);
        for name in ["a/u", "a/v", "a/w", "a/x", "a/y"] {
            server.apply("pods", name, "web");
        }
        let options = Options { page_size: 2, ..Options::default() };
        let mut watching = Watching::begin_with(&server, pods(), options, WAITING);
        watching.settled().await;
        watching.complete(&["a/u", "a/v", "a/w", "a/x", "a/y"]);
        let asked = server.asked();
        assert_eq!(asked.iter().filter(|it| it.contains("limit=2")).count(), 3, "{asked:?}");
        server.delete("pods", "a/v");
        watching.seconds(1).await;
        watching.complete(&["a/u", "a/w", "a/x", "a/y"]);
        // Who cannot send a stream once is not asked for one again.
        server.compact();
        server.say(&event("ERROR", &json!({"kind": "Status", "code": 410})));
        watching.seconds(5).await;
        let asked = server.asked();
        assert!(!asked.iter().any(|it| it.contains("sendInitialEvents")), "{asked:?}");
        assert_eq!(lists(&asked), 2, "{asked:?}");
        watching.complete(&["a/u", "a/w", "a/x", "a/y"]);
        assert_eq!(watching.settled, 1);
    });
}

#[test]
fn a_server_that_refuses_to_stream_is_asked_for_pages() {
    check_pages(Server::without_streams);
    check_pages(|it| {
        it.fail("sendInitialEvents", Fault::Status(400), ALWAYS);
        it
    });
}

#[test]
fn a_server_that_never_says_that_these_were_all_is_asked_for_pages() {
    check_pages(|it| {
        it.fail("sendInitialEvents", Fault::Endless, ALWAYS);
        it
    });
}

#[test]
fn a_stream_that_cannot_be_read_is_asked_for_by_pages_this_once() {
    two_pods(async |server, mut watching| {
        server.fail("sendInitialEvents", Fault::Says("{\"type\":\n"), 1);
        server.say("garbage\n");
        watching.seconds(5).await;
        watching.complete(&["a/x", "b/y"]);
        let asked = server.asked();
        assert_eq!(lists(&asked), 2, "{asked:?}");
        server.say("garbage\n");
        watching.seconds(5).await;
        assert_eq!(lists(&server.asked()), 1);
    });
}

#[test]
fn what_was_deleted_while_a_watch_had_expired_is_gone() {
    two_pods(async |server, mut watching| {
        server.end_watches();
        server.delete("pods", "a/x");
        server.apply("pods", "b/z", "db");
        server.compact();
        watching.seconds(10).await;
        watching.complete(&["b/y", "b/z"]);
        assert_eq!(watching.errors("gone"), 1);
        let watch = watching.health.borrow().watches[0].clone();
        assert_eq!((watch.up, watch.lists), (true, 2), "{watch:?}");
    });
}

/// What breaks a watch costs one reconnection or one list, and loses nothing.
#[track_caller]
fn check_broken(harm: impl FnOnce(&Server), relists: usize) {
    two_pods(async |server, mut watching| {
        server.apply("pods", "a/x", "other");
        watching.seconds(1).await;
        harm(&server);
        server.end_watches();
        server.delete("pods", "a/x");
        server.apply("pods", "b/z", "db");
        watching.seconds(10).await;
        watching.complete(&["b/y", "b/z"]);
        let asked = server.asked();
        assert_eq!(lists(&asked), relists, "{asked:?}");
        assert!(relists > 0 || asked.last().expect("one").contains("resourceVersion=103"));
        assert_eq!(watching.server.watches(), 1);
    });
}

#[test]
fn a_watch_that_ends_or_breaks_goes_on_where_it_was() {
    check_broken(|_| {}, 0);
    check_broken(|it| it.say("{\"type\":\"MODIFIED\",\"obj"), 0);
    check_broken(Server::break_watches, 0);
    check_broken(|it| it.say(&event("ERROR", &json!({"kind": "Status", "code": 500}))), 0);
    // A token that has expired meanwhile.
    check_broken(|it| it.say(&event("ERROR", &json!({"kind": "Status", "code": 401}))), 0);
    check_broken(|it| it.say("\n\n"), 0);
}

#[test]
fn what_cannot_be_read_of_a_watch_is_listed_anew() {
    check_broken(|it| it.say("garbage\n"), 1);
    check_broken(|it| it.say(&event("RENAMED", &json!({}))), 1);
    check_broken(|it| it.say("{\"type\":\"ADDED\"}\n"), 1);
    check_broken(|it| it.say(&event("ERROR", &json!({"kind": "Status", "code": 410}))), 1);
    check_broken(|it| it.say(&"x".repeat(LIMIT + 1)), 1);
}

#[test]
fn a_version_that_the_server_cannot_know_is_listed_anew() {
    two_pods(async |server, mut watching| {
        server.fail("resourceVersion=", Fault::Status(400), 1);
        server.end_watches();
        server.delete("pods", "a/x");
        watching.seconds(10).await;
        watching.complete(&["b/y"]);
    });
}

#[test]
fn a_watch_that_is_not_found_for_a_moment_loses_nothing() {
    two_pods(async |server, mut watching| {
        server.fail("resourceVersion=", Fault::Status(404), 1);
        server.end_watches();
        watching.seconds(10).await;
        watching.complete(&["a/x", "b/y"]);
        assert_eq!((lists(&server.asked()), watching.forgotten), (1, 0));
    });
}

#[test]
fn bookmarks_are_contact_and_where_the_next_watch_goes_on() {
    two_pods(async |server, mut watching| {
        let contact = |it: &Watching| it.health.borrow().watches[0].last_contact.expect("one");
        let before = contact(&watching);
        server.apply("nodes", "n", "");
        server.apply("nodes", "n", "");
        watching.seconds(20).await;
        assert_eq!(contact(&watching), before);
        server.bookmark();
        watching.seconds(20).await;
        assert!(contact(&watching) > before);
        // Nobody knows any more what was before the bookmark.
        server.compact();
        server.end_watches();
        watching.seconds(5).await;
        assert_eq!(lists(&server.asked()), 0);
        watching.complete(&["a/x", "b/y"]);
    });
}

/// A cluster with the pods `a/v`, `a/w` and `a/x`, and what becomes of a watch of all pods.
fn three_pods<F: Future<Output = ()>>(run: impl FnOnce(Server, Watching) -> F) {
    scenario(async |server| {
        for name in ["a/v", "a/w", "a/x"] {
            server.apply("pods", name, "web");
        }
        let mut watching = Watching::begin(&server, pods());
        watching.settled().await;
        run(server, watching).await;
    });
}

#[test]
fn a_server_that_was_away_is_asked_how_far_it_has_counted() {
    three_pods(async |server, mut watching| {
        server.delete("pods", "a/v");
        watching.seconds(1).await;
        watching.complete(&["a/w", "a/x"]);
        // Its etcd is that of before, and it says nothing of what it shows now.
        server.restore(2);
        server.apply("pods", "a/v", "web");
        server.restore(2);
        server.break_watches();
        watching.seconds(10).await;
        watching.complete(&["a/v", "a/w", "a/x"]);
    });
}

#[test]
fn a_server_that_was_restored_is_believed_though_its_versions_fall() {
    three_pods(async |server, mut watching| {
        server.delete("pods", "a/v");
        server.apply("pods", "a/y", "db");
        server.restore(50);
        server.end_watches();
        watching.seconds(2).await;
        // Its watch shows nothing before it has counted up; a bookmark tells.
        server.apply("pods", "a/w", "other");
        server.bookmark();
        watching.seconds(5).await;
        watching.complete(&["a/w", "a/x", "a/y"]);
        server.delete("pods", "a/x");
        server.apply("pods", "a/z", "web");
        watching.seconds(1).await;
        watching.complete(&["a/w", "a/y", "a/z"]);
        let text = watching.store.snapshot().objects["0"].objects[0].to_string();
        assert!(text.contains("other"), "{text}");
    });
}

#[test]
fn a_server_that_asks_to_stay_away_is_left_alone_so_long() {
    let check = |part: &'static str, streams: bool| {
        scenario(async |server| {
            let server = if streams { server } else { server.without_streams() };
            server.fail(part, Fault::StayAway(429, "20"), 1);
            let begun = Instant::now();
            let mut watching = Watching::begin(&server, pods());
            watching.settled().await;
            let reason = "pods: the server answered 429 Too Many Requests: no";
            watching.check(0, Coverage::Absent, reason, &[]);
            watching.until("listed", |it| it.covered[0].0 == Coverage::Complete).await;
            let took = begun.elapsed().as_secs();
            assert!((20..22).contains(&took), "{took} s");
            assert_eq!(watching.errors("throttled"), 1);
            assert_eq!(watching.settled, 1);
        });
    };
    check("sendInitialEvents", true);
    check("limit=", false);
}

#[test]
fn what_is_forbidden_is_seen_when_it_is_granted() {
    scenario(async |server| {
        server.apply("pods", "a/x", "web");
        server.apply("nodes", "n", "");
        server.fail("/api/v1/nodes", Fault::Status(403), ALWAYS);
        let needs = vec![need("", "Pod", &[], ""), need("", "Node", &[], "")];
        let mut watching = Watching::begin(&server, needs);
        watching.settled().await;
        watching.complete(&["a/x"]);
        watching.check(1, Coverage::Absent, "forbidden: cannot list nodes", &[]);
        assert!(watching.health.borrow().up, "what is forbidden is no failure of the server");
        let told: String = watching.health.borrow().watches.iter().map(|it| &*it.reason).collect();
        for part in ["`list` and `watch` on `nodes`", "manifests --role-only --form deployment"] {
            assert!(told.contains(part), "{told}");
        }
        watching.seconds(300).await;
        server.heal();
        watching.seconds(60).await;
        watching.check(1, Coverage::Complete, "", &["n"]);
        assert_eq!(watching.settled, 1);
    });
}

/// A server says nothing any more, and ends no connection either: what it has shown counts for this
/// time, and no longer.
#[track_caller]
fn check_stale_after(seconds: u64) {
    scenario(async |server| {
        server.apply("pods", "a/x", "web");
        let stale_after = Duration::from_secs(seconds);
        let options = Options::default();
        let mut watching = Watching::begin_stale(&server, pods(), options, WAITING, stale_after);
        watching.settled().await;
        // It ends watches as it was asked to: nothing is lost.
        let asked = server.asked();
        for _ in 0..200 {
            watching.rest((stale_after / 2).min(Duration::from_mins(1))).await;
            server.end_watches();
        }
        // The last watch begins.
        watching.rest(Duration::from_millis(100)).await;
        watching.complete(&["a/x"]);
        watching.waits(0, "");
        let asked = server.asked().into_iter().chain(asked);
        assert_eq!(lists(&asked.collect::<Vec<_>>()), 1, "none is listed anew");
        server.fail("/api/v1/pods", Fault::Silence, ALWAYS);
        watching.rest(stale_after.saturating_sub(Duration::from_secs(1))).await;
        watching.complete(&["a/x"]);
        watching.seconds(2).await;
        let reason = format!("what was seen before is older than {seconds} s");
        watching.check(0, Coverage::Partial, &reason, &["a/x"]);
        server.heal();
        watching.until("it answers again", |it| it.covered[0].0 == Coverage::Complete).await;
    });
}

#[test]
fn a_server_that_falls_silent_is_noticed_in_time() {
    for seconds in [2, 10, 30, 60, 89, 90, 300] {
        check_stale_after(seconds);
    }
}

#[test]
fn a_kind_may_be_installed_later_and_vanish_again() {
    scenario(async |server| {
        let needs = vec![need(VAULTS, "Vault", &[], ""), need("", "Pod", &[], "")];
        let mut watching = Watching::begin(&server, needs);
        watching.settled().await;
        watching.check(0, Coverage::Absent, "serves no Vault", &[]);
        watching.check(1, Coverage::Complete, "", &[]);
        server.serves_vaults(true);
        server.apply("vaults", "a/v", "");
        watching.seconds(70).await;
        watching.complete(&["a/v"]);
        server.serves_vaults(false);
        watching.seconds(10).await;
        watching.check(0, Coverage::Absent, "serves no Vault", &[]);
        assert_eq!(watching.settled, 1);
        server.serves_vaults(true);
        server.apply("vaults", "a/w", "");
        // What was there before is looked for more often than what never was.
        watching.seconds(6).await;
        watching.complete(&["a/w"]);
    });
}

#[test]
fn a_kind_that_vanishes_is_never_shown_as_empty() {
    scenario(async |server| {
        server.serves_vaults(true);
        server.apply("vaults", "a/v", "");
        let mut watching = Watching::begin(&server, vec![need(VAULTS, "Vault", &[], "")]);
        watching.settled().await;
        // The objects stay known to the server's cache; the watch breaks, and its path is no more.
        server.break_watches();
        server.fail("/vaults", Fault::Status(404), ALWAYS);
        server.fail("/apis/", Fault::Status(404), ALWAYS);
        watching.until("absent", |it| it.covered[0].0 == Coverage::Absent).await;
        assert_eq!(watching.names(0), ["a/v"], "it is forgotten behind that");
        watching.seconds(5).await;
        assert_eq!(watching.names(0), [] as [&str; 0]);
    });
}

#[test]
fn a_server_that_answers_no_list_is_down_and_settles_with_the_reason() {
    scenario(async |server| {
        server.fail("/api/v1/", Fault::Status(500), ALWAYS);
        let mut watching = Watching::begin(&server, pods());
        watching.settled().await;
        watching.check(0, Coverage::Absent, "pods: the server answered 500", &[]);
        watching.seconds(1).await;
        assert!(!watching.health.borrow().up);
        assert!(watching.health.borrow().reason.contains("500"));
        server.apply("pods", "a/x", "web");
        server.heal();
        watching.seconds(60).await;
        watching.complete(&["a/x"]);
        assert!(watching.health.borrow().up);
        assert_eq!(watching.settled, 1);
    });
}

#[test]
fn a_server_that_does_not_answer_settles_and_is_found_when_it_does() {
    for fault in [Fault::Breaks, Fault::Silence, Fault::Status(401), Fault::Status(503)] {
        scenario(async |server| {
            server.fail("", fault, ALWAYS);
            let mut watching = Watching::begin(&server, pods());
            watching.settled().await;
            assert_eq!(watching.covered[0].0, Coverage::Absent);
            watching.seconds(1).await;
            assert!(!watching.health.borrow().up, "{fault:?}");
            server.apply("pods", "a/x", "web");
            server.heal();
            watching.seconds(120).await;
            watching.complete(&["a/x"]);
            assert!(watching.health.borrow().up, "{fault:?}");
            assert_eq!(watching.settled, 1);
        });
    }
}

#[test]
fn lists_that_expire_for_ever_are_failures_and_settle() {
    scenario(async |server| {
        let server = server.without_streams();
        server.fail("limit=", Fault::Status(410), ALWAYS);
        let mut watching = Watching::begin(&server, pods());
        watching.settled().await;
        watching.check(0, Coverage::Absent, "410 Gone", &[]);
    });
}

#[test]
fn a_watch_that_is_silent_is_asked_for_again() {
    two_pods(async |server, mut watching| {
        // A connection that died without a word: nothing of this is heard.
        server.end_watches();
        server.fail("watch=true", Fault::Endless, 1);
        watching.seconds(5).await;
        server.delete("pods", "a/x");
        watching.seconds(70).await;
        watching.complete(&["a/x", "b/y"]);
        watching.seconds(30).await;
        watching.complete(&["b/y"]);
        assert_eq!((watching.errors("timeout"), lists(&server.asked())), (1, 0));
    });
}

#[test]
fn what_a_lost_watch_has_shown_counts_for_a_while() {
    two_pods(async |server, mut watching| {
        server.fail("/api/v1/pods", Fault::Breaks, ALWAYS);
        server.break_watches();
        watching.seconds(STALE_AFTER.as_secs() - 5).await;
        watching.complete(&["a/x", "b/y"]);
        assert!(!watching.health.borrow().watches[0].up);
        watching.seconds(10).await;
        let reason = "the connection failed: reset by peer; what was seen before is older than 300";
        watching.check(0, Coverage::Partial, reason, &["a/x", "b/y"]);
        server.heal();
        watching.seconds(60).await;
        watching.complete(&["a/x", "b/y"]);
        assert_eq!(lists(&server.asked()), 0, "nothing was missed");
    });
}

#[test]
fn credentials_that_are_no_longer_accepted_are_read_anew() {
    two_pods(async |server, mut watching| {
        watching.seconds(60).await;
        assert_eq!(server.tokens(), ["old".to_owned()].into());
        server.fail("", Fault::Status(401), 2);
        server.end_watches();
        server.delete("pods", "a/x");
        watching.seconds(10).await;
        watching.complete(&["b/y"]);
        assert_eq!(server.tokens(), ["new".to_owned(), "old".to_owned()].into());
        assert!(watching.errors("unauthorized") > 0);
    });
}

/// Needs of which one contains the other.
fn broad_and_narrow() -> Vec<ObjectNeed> {
    vec![need("", "Pod", &[], ""), need("", "Pod", &["a"], "app=web")]
}

#[test]
fn where_a_broad_list_is_forbidden_narrow_ones_are_watched() {
    scenario(async |server| {
        server.apply("pods", "a/x", "web");
        server.apply("pods", "b/y", "web");
        server.fail("/api/v1/pods", Fault::Status(403), ALWAYS);
        let mut watching = Watching::begin(&server, broad_and_narrow());
        watching.settled().await;
        watching.check(0, Coverage::Partial, "forbidden: cannot list pods", &[]);
        watching.check(1, Coverage::Complete, "", &["a/x"]);
        server.apply("pods", "a/x", "db");
        server.apply("pods", "a/z", "web");
        watching.seconds(1).await;
        assert_eq!(watching.names(1), ["a/z"]);
        server.heal();
        watching.seconds(60).await;
        watching.complete(&["a/x", "a/z", "b/y"]);
        watching.check(1, Coverage::Complete, "", &["a/z"]);
        assert_eq!((server.watches(), watching.settled), (1, 1));
        server.delete("pods", "a/z");
        watching.seconds(1).await;
        watching.check(1, Coverage::Complete, "", &[]);
    });
}

#[test]
fn where_a_broad_right_is_taken_away_narrow_ones_take_over() {
    scenario(async |server| {
        server.apply("pods", "a/x", "web");
        let mut watching = Watching::begin(&server, broad_and_narrow());
        watching.settled().await;
        server.fail("/api/v1/pods", Fault::Status(403), ALWAYS);
        server.end_watches();
        watching.seconds(STALE_AFTER.as_secs() + 60).await;
        server.delete("pods", "a/x");
        watching.seconds(1).await;
        watching.check(1, Coverage::Complete, "", &[]);
        assert_eq!(watching.covered[0].0, Coverage::Partial);
        server.heal();
        watching.seconds(60).await;
        watching.complete(&[]);
        assert_eq!(server.watches(), 1);
    });
}

#[test]
fn an_object_that_cannot_be_read_makes_the_need_partial_until_it_is_whole() {
    two_pods(async |server, mut watching| {
        server.apply_with("pods", "a/x", "web", json!({"text": "whole"}));
        watching.seconds(1).await;
        watching.complete(&["a/x", "b/y"]);
        let deep = (0..200).fold(json!(1), |it, _| json!([it]));
        server.apply_with("pods", "a/x", "web", json!({"text": deep}));
        watching.seconds(5).await;
        watching.check(0, Coverage::Partial, "levels deep", &["b/y"]);
        server.apply_with("pods", "a/x", "web", json!({"text": "whole"}));
        // The server ends each watch after some minutes.
        watching.seconds(1).await;
        server.end_watches();
        watching.seconds(20).await;
        watching.complete(&["a/x", "b/y"]);
    });
}

#[test]
fn an_object_that_cannot_be_read_may_be_deleted() {
    two_pods(async |server, mut watching| {
        let deep = (0..200).fold(json!(1), |it, _| json!([it]));
        server.apply_with("pods", "a/x", "web", json!({"text": deep}));
        server.delete("pods", "a/x");
        watching.seconds(20).await;
        watching.complete(&["b/y"]);
    });
}

#[test]
fn who_takes_changes_late_loses_none() {
    scenario(async |server| {
        let mut watching = Watching::begin_with(&server, pods(), Options::default(), 1);
        watching.settled().await;
        for nth in 0..3 * WAITING {
            server.apply("pods", &format!("a/p{nth:04}"), "web");
        }
        server.delete("pods", "a/p0000");
        // Longer than a watch may be silent: nobody listens to it meanwhile.
        tokio::time::sleep(Duration::from_secs(100)).await;
        watching.seconds(60).await;
        let names = watching.names(0);
        assert_eq!((names.len(), names[0].as_str()), (3 * WAITING - 1, "a/p0001"));
    });
}

#[test]
fn a_group_that_does_not_answer_holds_up_no_other() {
    scenario(async |server| {
        server.serves_vaults(true);
        let needs = vec![need(VAULTS, "Vault", &[], ""), need("", "Pod", &[], "")];
        let mut watching = Watching::begin(&server, needs);
        watching.settled().await;
        server.fail("/apis/", Fault::Silence, ALWAYS);
        watching.seconds(65).await;
        // The server is being asked now which kinds it serves, and does not answer.
        server.apply("pods", "a/x", "web");
        watching.rest(Duration::from_millis(100)).await;
        watching.check(1, Coverage::Complete, "", &["a/x"]);
        watching.check(0, Coverage::Complete, "", &[]);
    });
}

#[test]
fn without_needs_it_settles() {
    scenario(async |server| {
        let mut watching = Watching::begin(&server, Vec::new());
        watching.settled().await;
        assert_eq!(server.asked(), [] as [&str; 0]);
    });
}

#[test]
fn a_watch_ends_when_nobody_takes_its_changes() {
    two_pods(async |server, watching| {
        drop(watching.changes);
        let ended = async {
            while server.watches() > 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        timeout(Duration::from_mins(1), ended).await.expect("all watches end");
    });
}

/// Needs of two kinds that a rule may compare.
fn pods_and_nodes() -> Vec<ObjectNeed> {
    vec![need("", "Pod", &[], ""), need("", "Node", &[], "")]
}

/// Two kinds are lost at one moment, and one of them comes back later: it is waited for until it
/// shows what is, and what it has shown before stays known.
#[track_caller]
fn check_recovery(harm: impl Fn(&Server), late: usize, fault: Fault) {
    scenario(async |server| {
        server.apply("pods", "x", "");
        server.apply("nodes", "n", "");
        let mut watching = Watching::begin(&server, pods_and_nodes());
        watching.settled().await;
        let soon = 1 - late;
        server.fail(["/pods", "/nodes"][late], fault, ALWAYS);
        harm(&server);
        server.apply("pods", "y", "");
        server.apply("nodes", "m", "");
        watching.until("it is told that it is behind", |it| !it.covered[late].2.is_empty()).await;
        watching.seconds(100).await;
        let (old, new) = ([["x"], ["n"]], [["x", "y"], ["m", "n"]]);
        watching.check(soon, Coverage::Complete, "", &new[soon]);
        watching.waits(soon, "");
        watching.check(late, Coverage::Complete, "", &old[late]);
        assert!(!watching.covered[late].2.is_empty());
        server.heal();
        watching
            .until("it is settled", |it| {
                let settled = it.covered[late].2.is_empty();
                assert!(!settled || it.names(late) == new[late], "before it is whole");
                settled
            })
            .await;
        watching.check(late, Coverage::Complete, "", &new[late]);
        assert_eq!(watching.forgotten, 0);
    });
}

#[test]
fn whichever_kind_comes_back_later_is_waited_for_until_it_is_whole() {
    for late in [0, 1] {
        for fault in [
            Fault::Status(429),
            Fault::Status(410),
            Fault::Status(404),
            Fault::Breaks,
            Fault::Silence,
        ] {
            check_recovery(Server::break_watches, late, fault);
        }
        let fault = Fault::Status(503);
        check_recovery(Server::end_watches, late, fault);
        check_recovery(|it| it.say("{\"type\":\"MODIFIED\",\"obj"), late, fault);
        let gone = event("ERROR", &json!({"kind": "Status", "code": 410}));
        check_recovery(|it| it.say(&gone), late, fault);
        let compact = |it: &Server| {
            it.compact();
            it.end_watches();
        };
        check_recovery(compact, late, fault);
    }
}

/// Watches of three kinds, all of which were listed.
async fn three_kinds(server: &Server) -> Watching {
    server.serves_vaults(true);
    let mut needs = pods_and_nodes();
    needs.push(need(VAULTS, "Vault", &[], ""));
    let mut watching = Watching::begin(server, needs);
    watching.settled().await;
    watching
}

#[test]
fn when_the_server_is_back_all_watches_ask_soon() {
    scenario(async |server| {
        let mut watching = three_kinds(&server).await;
        server.fail("/api", Fault::Breaks, ALWAYS);
        server.break_watches();
        // By now each waits for half a minute or more.
        watching.seconds(240).await;
        server.heal();
        server.apply("pods", "x", "");
        let back = |it: &mut Watching| it.covered.iter().any(|it| it.2.is_empty());
        watching.until("one is back", back).await;
        watching.seconds(1).await;
        (0..3).for_each(|it| watching.waits(it, ""));
    });
}

#[test]
fn what_is_lost_as_soon_as_it_was_listed_is_judged_by_its_lists() {
    const GONE: &str = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}\n";
    scenario(async |server| {
        let server = server.without_streams();
        server.apply("pods", "a/x", "web");
        let mut watching = Watching::begin(&server, pods());
        watching.settled().await;
        server.fail("watch=true", Fault::Says(GONE), ALWAYS);
        server.break_watches();
        watching.seconds(60).await;
        server.apply("pods", "a/z", "web");
        let is_judged = |it: &mut Watching| it.names(0).len() == 2 && it.covered[0].2.is_empty();
        watching.until("it is judged", is_judged).await;
        // Long enough for who evaluates.
        watching.seconds(3).await;
        assert!(is_judged(&mut watching), "{:?}", watching.covered);
    });
}

#[test]
fn a_server_that_wants_to_be_left_for_an_hour_is_asked_within_a_minute() {
    two_pods(async |server, mut watching| {
        server.fail("/api/v1/", Fault::StayAway(429, "3600"), ALWAYS);
        server.break_watches();
        watching.seconds(3).await;
        server.heal();
        server.apply("pods", "a/z", "web");
        watching.seconds(60).await;
        watching.check(0, Coverage::Complete, "", &["a/x", "a/z", "b/y"]);
        watching.waits(0, "");
    });
}

#[test]
fn a_server_that_ends_each_watch_without_a_word_is_asked_less_and_less() {
    scenario(async |server| {
        let mut watching = three_kinds(&server).await;
        server.fail("watch=true", Fault::Breaks, ALWAYS);
        server.break_watches();
        server.asked();
        watching.seconds(120).await;
        let asked = server.asked().len();
        assert!(asked < 150, "{asked}");
    });
}

#[test]
fn what_stays_away_is_not_waited_for_without_end() {
    scenario(async |server| {
        let mut watching = Watching::begin(&server, pods_and_nodes());
        watching.settled().await;
        server.fail("/api/v1/", Fault::Status(503), ALWAYS);
        server.break_watches();
        watching.seconds(STALE_AFTER.as_secs() - 5).await;
        watching.waits(0, "pods: the server answered 503");
        watching.waits(1, "nodes: the server answered 503");
        watching.seconds(10).await;
        watching.waits(0, "");
        watching.waits(1, "");
        assert_eq!(watching.covered[1].0, Coverage::Partial);
        // The server begins again, one kind after the other.
        server.heal();
        server.fail("/nodes", Fault::Status(503), ALWAYS);
        watching.until("pods are back", |it| it.covered[0].0 == Coverage::Complete).await;
        watching.until("nodes are waited for", |it| !it.covered[1].2.is_empty()).await;
        assert_eq!(watching.covered[1].0, Coverage::Partial);
        watching.seconds(70).await;
        watching.waits(1, "");
        server.heal();
        watching.seconds(60).await;
        watching.check(1, Coverage::Complete, "", &[]);
    });
}

#[test]
fn what_a_server_that_begins_does_not_list_yet_is_waited_for() {
    scenario(async |server| {
        server.fail("/nodes", Fault::Status(503), ALWAYS);
        let mut watching = Watching::begin(&server, pods_and_nodes());
        watching.settled().await;
        watching.waits(0, "");
        watching.waits(1, "nodes: the server answered 503");
        watching.seconds(70).await;
        watching.waits(1, "");
        watching.check(1, Coverage::Absent, "nodes: the server answered 503", &[]);
    });
}

#[test]
fn what_is_forbidden_is_not_waited_for() {
    scenario(async |server| {
        server.fail("/nodes", Fault::Status(403), ALWAYS);
        let mut watching = Watching::begin(&server, pods_and_nodes());
        watching.settled().await;
        watching.waits(0, "");
        watching.waits(1, "");
    });
}

#[test]
fn a_server_that_ends_each_watch_at_once_is_not_waited_for_without_end() {
    two_pods(async |server, mut watching| {
        let end = async || loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            server.end_watches();
        };
        tokio::select! {
            () = end() => {}
            () = watching.seconds(60) => {}
        }
        watching.waits(0, "pods: may have changed");
        tokio::select! {
            () = end() => {}
            () = watching.seconds(STALE_AFTER.as_secs()) => {}
        }
        watching.waits(0, "");
        watching.seconds(60).await;
        watching.complete(&["a/x", "b/y"]);
    });
}

#[test]
fn a_name_that_stands_for_another_object_takes_the_place_of_the_last_one() {
    two_pods(async |server, mut watching| {
        // Nobody tells that the last one is gone.
        server.replace("pods", "a/x");
        watching.seconds(1).await;
        watching.complete(&["a/x", "b/y"]);
        server.delete("pods", "a/x");
        watching.seconds(1).await;
        watching.complete(&["b/y"]);
    });
}

#[test]
fn a_kind_that_is_not_found_for_a_moment_is_not_forgotten() {
    scenario(async |server| {
        server.serves_vaults(true);
        server.apply("vaults", "a/v", "");
        let mut watching = Watching::begin(&server, vec![need(VAULTS, "Vault", &[], "")]);
        watching.settled().await;
        // The server says that it serves the kind, and does not yet.
        server.fail("/vaults", Fault::Status(404), ALWAYS);
        server.break_watches();
        watching.seconds(60).await;
        watching.complete(&["a/v"]);
        server.heal();
        watching.seconds(60).await;
        watching.complete(&["a/v"]);
        assert_eq!(watching.forgotten, 0);
        watching.waits(0, "");
    });
}

#[test]
fn the_clock_of_the_server_is_known_and_goes_on_by_itself() {
    scenario(async |server| {
        server.set_clock("Tue, 01 Sep 2026 08:00:00 GMT");
        let mut watching = Watching::begin(&server, pods());
        watching.settled().await;
        let now = |it: &Watching| it.health.borrow().clock.expect("told").now().to_string();
        watching.seconds(50).await;
        assert_eq!(now(&watching), "2026-09-01T08:00:50Z");
        // What an answer says that was late on its way changes nothing; another clock does.
        server.set_clock("Tue, 01 Sep 2026 08:00:48 GMT");
        server.end_watches();
        watching.seconds(1).await;
        assert_eq!(now(&watching), "2026-09-01T08:00:51Z");
        server.set_clock("Tue, 01 Sep 2026 09:00:00 GMT");
        server.end_watches();
        watching.seconds(1).await;
        assert!(now(&watching).starts_with("2026-09-01T09:00:0"), "{}", now(&watching));
    });
}

#[test]
fn what_expired_while_the_server_was_away_is_listed_as_soon_as_it_is_back() {
    two_pods(async |server, mut watching| {
        server.fail("/api/v1/pods", Fault::Status(503), ALWAYS);
        server.break_watches();
        watching.seconds(100).await;
        server.delete("pods", "a/x");
        server.compact();
        server.heal();
        watching.until("it is back", |it| it.covered[0].2.contains("may have changed")).await;
        watching.seconds(2).await;
        watching.waits(0, "");
        watching.complete(&["b/y"]);
    });
}
