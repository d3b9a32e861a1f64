//! The store beside a model of an API server: lists and watches, however they interleave, give what
//! the server holds in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::Arc,
};

use proptest::prelude::*;
use rulebox_core::{
    Coverage, Few, Identity, Inventory, Json, NeedSet, ObjectCopy, ObjectNeed, Packer, Position,
    Scope, Selection, Store,
};

const NAMESPACES: [&str; 3] = ["a", "b", "c"];

/// Needs that overlap in namespaces and labels. Those at even places ask for the value of objects.
fn needs() -> NeedSet {
    let need = |kind: &str, namespaces: &[&str], label_selector: &str| ObjectNeed {
        id: format!("{kind} {} {label_selector}", namespaces.join(",")),
        kind: kind.to_owned(),
        namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
        label_selector: label_selector.to_owned(),
        ..ObjectNeed::default()
    };
    let objects = vec![
        need("Pod", &["a"], ""),
        need("Pod", &[], "app=web"),
        need("Pod", &[], "app=db"),
        need("Pod", &["b"], "app=web"),
        need("Pod", &[], "tier=front"),
        need("Pod", &["a", "b"], ""),
        need("Secret", &[], ""),
        need("Secret", &["b"], "app!=web"),
    ];
    NeedSet { objects, texts: Vec::new() }
}

/// One list and one watch for each namespace of each need.
fn scopes() -> Vec<Scope> {
    let of_need = |need: ObjectNeed| {
        let namespaces: Vec<_> = match need.namespaces.as_slice() {
            [] => vec![None],
            some => some.iter().cloned().map(Some).collect(),
        };
        namespaces.into_iter().map(move |namespace| Scope {
            group: need.group.clone(),
            kind: need.kind.clone(),
            namespace,
            selector: need.label_selector.clone(),
        })
    };
    needs().objects.into_iter().flat_map(of_need).collect::<BTreeSet<_>>().into_iter().collect()
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: &'static str,
    namespace: &'static str,
    name: String,
}

#[derive(Debug, Clone)]
struct Object {
    uid: u64,
    resource_version: u64,
    labels: BTreeMap<String, String>,
    value: u8,
}

type State = BTreeMap<Key, Object>;

/// One change: `before` is none for a new object, `after` for a deleted one.
#[derive(Debug, Clone)]
struct Change {
    key: Key,
    before: Option<Object>,
    after: Option<Object>,
}

/// What an API server holds, and how it came to that. The revision is the number of changes.
#[derive(Debug, Default)]
struct Server {
    state: State,
    changes: Vec<Change>,
}

impl Server {
    fn put(&mut self, key: Key, labels: BTreeMap<String, String>, value: u8) {
        let resource_version = self.changes.len() as u64 + 1;
        let before = self.state.get(&key).cloned();
        let uid = before.as_ref().map_or(resource_version, |it| it.uid);
        let object = Object { uid, resource_version, labels, value };
        self.state.insert(key.clone(), object.clone());
        self.changes.push(Change { key, before, after: Some(object) });
    }

    fn delete(&mut self, key: Key) {
        if let Some(before) = self.state.remove(&key) {
            self.changes.push(Change { key, before: Some(before), after: None });
        }
    }

    /// What it held after so many changes.
    fn state_at(&self, revision: usize) -> State {
        let mut state = State::new();
        for Change { key, after, .. } in &self.changes[..revision] {
            match after {
                Some(object) => state.insert(key.clone(), object.clone()),
                None => state.remove(key),
            };
        }
        state
    }
}

fn matches(scope: &Scope, key: &Key, object: &Object) -> bool {
    scope.kind == key.kind
        && scope.namespace.as_deref().is_none_or(|it| it == key.namespace)
        && selects(&scope.selector, object)
}

/// The few selectors of these tests.
fn selects(selector: &str, object: &Object) -> bool {
    let label = |key: &str| object.labels.get(key).map_or("", String::as_str);
    match selector {
        "" => true,
        "app=web" => label("app") == "web",
        "app=db" => label("app") == "db",
        "tier=front" => label("tier") == "front",
        "app!=web" => label("app") != "web",
        _ => unreachable!("a new selector"),
    }
}

fn projected(need: usize, key: &Key, value: u8) -> String {
    let value = if need.is_multiple_of(2) { value.to_string() } else { "null".to_owned() };
    format!(r#"{{"need":{need},"name":"{}/{}","value":{value}}}"#, key.namespace, key.name)
}

fn identity(key: &Key, object: &Object) -> Identity {
    Identity::new("v1", key.kind, key.namespace, &key.name, &format!("uid-{}", object.uid))
}

/// As the reader gives it.
fn copy(selection: &Selection, packer: Option<&Packer>, key: &Key, object: &Object) -> ObjectCopy {
    let labels = || Ok::<_, Infallible>(object.labels.clone());
    let Ok(needs) = selection.of(&selection.of_kind("", key.kind), key.namespace, labels);
    let projections = needs.into_iter().map(|it| (it, projected(it, key, object.value).into()));
    let mut copy = ObjectCopy {
        identity: identity(key, object),
        resource_version: Some(object.resource_version),
        projections: projections.collect(),
        created: None,
        position: Position::default(),
    };
    if let Some(packer) = packer {
        packer.pack(&mut copy);
    }
    copy
}

type Slots = BTreeMap<String, (Vec<String>, Coverage, String)>;

/// What rules must see.
fn wanted(state: &State, coverage: &BTreeMap<usize, (Coverage, String)>) -> Slots {
    let slot = |(i, need): (usize, &ObjectNeed)| {
        let selected = state.iter().filter(|(key, object)| {
            key.kind == need.kind
                && (need.namespaces.is_empty()
                    || need.namespaces.iter().any(|it| it == key.namespace))
                && selects(&need.label_selector, object)
        });
        let objects = selected.map(|(key, object)| projected(i, key, object.value)).collect();
        let unread = || (Coverage::Absent, format!("{} has not been read yet", need.kind));
        let (coverage, reason) = coverage.get(&i).cloned().unwrap_or_else(unread);
        (need.id.clone(), (objects, coverage, reason))
    };
    needs().objects.iter().enumerate().map(slot).collect()
}

fn slots(inventory: &Inventory) -> Slots {
    let slots = inventory.objects.iter().map(|(id, it)| {
        let objects = it.objects.iter().map(ToString::to_string).collect();
        (id.clone(), (objects, it.coverage, it.reason.clone()))
    });
    slots.collect()
}

/// A store, and how much of the server's changes each scope's watch has shown it.
struct Client {
    store: Store,
    packer: Option<Packer>,
    scopes: Vec<Scope>,
    positions: Vec<usize>,
    coverage: BTreeMap<usize, (Coverage, String)>,
}

impl Client {
    fn new() -> Self {
        let scopes = scopes();
        let positions = vec![0; scopes.len()];
        let store = Store::new(needs()).expect("selectors").with_threads(2);
        Self { store, packer: None, scopes, positions, coverage: BTreeMap::new() }
    }

    /// The same, which packs what it is given with dictionaries of this size, if there is one.
    fn packing(self, dictionaries: Option<usize>) -> Self {
        let packer = |it| Packer::new(needs().objects.len()).with_dictionaries(it);
        Self { packer: dictionaries.map(packer), ..self }
    }

    /// The watch of a scope goes on by so many changes, as far as there are some.
    fn watch(&mut self, server: &Server, scope: usize, changes: usize) {
        let from = self.positions[scope];
        let to = (from + changes).min(server.changes.len());
        let Self { store, packer, scopes, .. } = self;
        let scope_ref = &scopes[scope];
        for (Change { key, before, after }, revision) in
            server.changes[from..to].iter().zip(from as u64 + 1..)
        {
            let shown = |it: &&Object| matches(scope_ref, key, it);
            match (before.as_ref().filter(shown), after.as_ref().filter(shown)) {
                (_, Some(object)) => {
                    let copy = copy(store.selection(), packer.as_ref(), key, object);
                    store.apply(scope_ref, copy);
                }
                (Some(object), None) => {
                    store.remove(scope_ref, &identity(key, object), Some(revision));
                }
                (None, None) => {}
            }
        }
        self.positions[scope] = to;
    }

    /// A scope is listed, as the server was at a revision; the watch goes on from there.
    fn list(&mut self, server: &Server, scope: usize, revision: usize) {
        let Self { store, packer, scopes, .. } = self;
        let state = server.state_at(revision);
        let listed = state.iter().filter(|(key, object)| matches(&scopes[scope], key, object));
        let copy = |(key, object)| copy(store.selection(), packer.as_ref(), key, object);
        let copies = listed.map(copy).collect();
        store.replace(&scopes[scope], Some(revision as u64), copies);
        self.positions[scope] = revision;
    }

    fn catch_up(&mut self, server: &Server, first: usize) {
        for i in 0..self.scopes.len() {
            self.watch(server, (first + i) % self.scopes.len(), usize::MAX - server.changes.len());
        }
    }

    fn run(&mut self, server: &mut Server, step: &Step) {
        match step.clone() {
            Step::Put { key, labels, value } => server.put(key, labels, value),
            Step::Delete { key } => server.delete(key),
            Step::Watch { scope, changes } => {
                self.watch(server, scope % self.scopes.len(), changes);
            }
            Step::List { scope, back } => {
                let scope = scope % self.scopes.len();
                let revision = server.changes.len().saturating_sub(back);
                self.list(server, scope, revision.max(self.positions[scope]));
            }
            Step::Again { scope, back } => {
                let position = &mut self.positions[scope % self.scopes.len()];
                *position = position.saturating_sub(back);
            }
            Step::Cover { need, coverage } => {
                let need = need % needs().objects.len();
                self.store.set_coverage(need, coverage, "a reason");
                self.coverage.insert(need, (coverage, "a reason".to_owned()));
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put {
        key: Key,
        labels: BTreeMap<String, String>,
        value: u8,
    },
    Delete {
        key: Key,
    },
    /// The watch of a scope shows the next changes.
    Watch {
        scope: usize,
        changes: usize,
    },
    /// A scope is listed by a server that is so many changes behind.
    List {
        scope: usize,
        back: usize,
    },
    /// The watch of a scope begins again so many changes before where it was.
    Again {
        scope: usize,
        back: usize,
    },
    Cover {
        need: usize,
        coverage: Coverage,
    },
}

fn key() -> impl Strategy<Value = Key> {
    let kind = prop_oneof![3 => Just("Pod"), 1 => Just("Secret"), 1 => Just("Node")];
    let name = prop::sample::select(vec!["x", "y", "z"]);
    (kind, prop::sample::select(NAMESPACES.to_vec()), name)
        .prop_map(|(kind, namespace, name)| Key { kind, namespace, name: name.to_owned() })
}

fn step() -> impl Strategy<Value = Step> {
    let coverage =
        prop::sample::select(vec![Coverage::Absent, Coverage::Partial, Coverage::Complete]);
    let app = prop::sample::select(vec!["", "web", "db"]);
    let put = (key(), app, any::<bool>(), 0..2_u8).prop_map(|(key, app, front, value)| {
        let labels = [("app", app), ("tier", if front { "front" } else { "" })];
        let labels = labels.into_iter().filter(|it| !it.1.is_empty());
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Step::Put { key, labels, value }
    });
    prop_oneof![
        6 => put,
        2 => key().prop_map(|key| Step::Delete { key }),
        6 => (0..99_usize, 1..4_usize).prop_map(|(scope, changes)| Step::Watch { scope, changes }),
        2 => (0..99_usize, 0..6_usize).prop_map(|(scope, back)| Step::List { scope, back }),
        1 => (0..99_usize, 0..6_usize).prop_map(|(scope, back)| Step::Again { scope, back }),
        1 => (0..99_usize, coverage).prop_map(|(need, coverage)| Step::Cover { need, coverage }),
    ]
}

/// The size of dictionaries: none, where nothing is packed. Some are full after one text, and some
/// never, so that a text that is packed meets the same one that is not.
fn dictionaries() -> impl Strategy<Value = Option<usize>> {
    prop::option::of(0..120_usize)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 1_000,
        ..ProptestConfig::default()
    })]

    /// Watches lag behind each other, are listed anew by servers that lag, and begin again.
    #[test]
    fn when_every_watch_has_caught_up_rules_see_what_the_server_holds(
        steps in prop::collection::vec(step(), 0..60),
        first in 0..99_usize,
        dictionaries in dictionaries(),
    ) {
        let (mut server, mut client) =
            (Server::default(), Client::new().packing(dictionaries));
        for step in &steps {
            client.run(&mut server, step);
            if matches!(step, Step::Cover { .. }) {
                client.store.snapshot();
            }
        }
        client.catch_up(&server, first);
        let want = wanted(&server.state, &client.coverage);
        prop_assert_eq!(slots(&client.store.snapshot()), want.clone());
        let count = |kind| {
            let of_kind = server.state.iter().filter(|(key, _)| key.kind == kind);
            let scopes = &client.scopes;
            let shown = of_kind.filter(|it| scopes.iter().any(|scope| matches(scope, it.0, it.1)));
            (kind, shown.count())
        };
        let counts = ["Pod", "Secret"].map(count);
        let got: Vec<_> = client.store.objects().map(|(_, kind, n)| (kind, n)).collect();
        prop_assert_eq!(got, counts);

        let mut listed = Client::new();
        for scope in 0..listed.scopes.len() {
            listed.list(&server, scope, server.changes.len());
        }
        for (need, (coverage, reason)) in &client.coverage {
            listed.store.set_coverage(*need, *coverage, reason);
        }
        prop_assert_eq!(slots(&listed.store.snapshot()), want.clone());
        prop_assert_eq!(listed.store.selected(), client.store.selected());
    }

    /// All watches show each change before the next one is made.
    #[test]
    fn a_snapshot_never_changes_and_shares_what_has_not_changed(
        steps in prop::collection::vec((step(), 0..99_usize), 0..30),
        dictionaries in dictionaries(),
    ) {
        let (mut server, mut client) =
            (Server::default(), Client::new().packing(dictionaries));
        let mut taken: Vec<(Inventory, Slots)> = Vec::new();
        for (step, first) in steps {
            if matches!(step, Step::Again { .. }) {
                continue;
            }
            client.run(&mut server, &step);
            client.catch_up(&server, first);
            let (snapshot, want) =
                (client.store.snapshot(), wanted(&server.state, &client.coverage));
            prop_assert_eq!(slots(&snapshot), want.clone());
            if let Some((last, before)) = taken.last() {
                for (need, slot) in &snapshot.objects {
                    let same = before[need] == want[need];
                    prop_assert_eq!(Arc::ptr_eq(slot, &last.objects[need]), same, "{}", need);
                }
            }
            taken.push((snapshot, want));
        }
        for (snapshot, want) in taken {
            prop_assert_eq!(slots(&snapshot), want);
        }
    }

    /// A dump may hold several copies of each object, in any order.
    #[test]
    fn a_dump_gives_the_newest_copy_of_each_object(
        steps in prop::collection::vec(step(), 0..40),
        seed in any::<u64>(),
        dictionaries in dictionaries(),
    ) {
        let (mut server, mut client) =
            (Server::default(), Client::new().packing(dictionaries));
        for step in &steps {
            if matches!(step, Step::Put { .. }) {
                client.run(&mut server, step);
            }
        }
        let mut changes: Vec<_> = server.changes.iter().enumerate().collect();
        changes.sort_by_key(|(i, _)| (*i as u64 + 1).wrapping_mul(seed | 1));
        for (_, Change { key, after, .. }) in changes {
            let object = after.as_ref().expect("nothing is deleted");
            let copy = copy(client.store.selection(), client.packer.as_ref(), key, object);
            client.store.take(copy);
        }
        prop_assert_eq!(slots(&client.store.snapshot()), wanted(&server.state, &client.coverage));
    }
}

const FIRST: usize = 0;
const WEB: usize = 1;

/// A pod of namespace `a` that the need of that namespace selects, and as `web` the one by label.
fn pod(name: &str, resource_version: u64, web: bool) -> ObjectCopy {
    let json = |it: usize| (it, format!("{it} {name} {resource_version}").into());
    let needs = if web { vec![FIRST, WEB] } else { vec![FIRST] };
    ObjectCopy {
        identity: Identity::new("v1", "Pod", "a", name, &format!("uid-{name}")),
        resource_version: Some(resource_version),
        projections: needs.into_iter().map(json).collect(),
        created: None,
        position: Position::default(),
    }
}

fn all_pods(selector: &str) -> Scope {
    Scope { kind: "Pod".to_owned(), selector: selector.to_owned(), ..Scope::default() }
}

/// The objects of the two needs after some calls.
#[track_caller]
fn check(calls: impl FnOnce(&mut Store), first: &[&str], web: &[&str]) {
    let mut store = Store::new(needs()).expect("selectors");
    calls(&mut store);
    let (snapshot, needs) = (store.snapshot(), needs());
    for (need, want) in [(FIRST, first), (WEB, web)] {
        let slot = &snapshot.objects[&needs.objects[need].id];
        let objects: Vec<_> = slot.objects.iter().map(Json::text).collect();
        assert_eq!(objects, want, "need {need}");
    }
}

#[test]
fn an_object_that_stops_matching_leaves_the_needs_of_its_labels() {
    let changed = |store: &mut Store| {
        store.take(pod("x", 1, true));
        store.take(pod("x", 2, false));
    };
    check(changed, &["0 x 2"], &[]);
    let unselected = |store: &mut Store| {
        store.take(ObjectCopy { projections: Few::default(), ..pod("x", 2, true) });
        store.take(pod("x", 1, true));
        assert_eq!((store.objects().next(), store.selected()), (Some(("", "Pod", 1)), 0));
    };
    check(unselected, &[], &[]);
}

#[test]
fn a_copy_without_version_that_no_need_selects_says_nothing() {
    let taken = |store: &mut Store| {
        let unversioned = |it: ObjectCopy| ObjectCopy { resource_version: None, ..it };
        let pod = || unversioned(pod("x", 1, true));
        store.take(ObjectCopy { projections: Few::default(), ..pod() });
        store.take(pod());
        store.take(ObjectCopy { projections: Few::default(), ..pod() });
    };
    check(taken, &["0 x 1"], &["1 x 1"]);
}

#[test]
fn what_another_selector_shows_does_not_count() {
    let shown = |store: &mut Store| store.apply(&all_pods("tier=front"), pod("x", 1, true));
    check(shown, &[], &[]);
    let shown = |store: &mut Store| store.apply(&all_pods("app=web"), pod("x", 1, true));
    check(shown, &[], &["1 x 1"]);
    let shown = |store: &mut Store| store.apply(&all_pods(" "), pod("x", 1, true));
    check(shown, &["0 x 1"], &["1 x 1"]);
}

#[test]
fn an_object_that_leaves_a_selector_stays_for_other_needs() {
    let left = |store: &mut Store| {
        store.apply(&all_pods(""), pod("x", 1, true));
        store.remove(&all_pods("app=web"), &pod("x", 1, true).identity, Some(2));
    };
    check(left, &["0 x 1"], &[]);
}

#[test]
fn a_removal_that_is_older_than_the_copy_is_late() {
    let late = |store: &mut Store| {
        store.apply(&all_pods(""), pod("x", 3, true));
        store.remove(&all_pods("app=web"), &pod("x", 1, true).identity, Some(2));
    };
    check(late, &["0 x 3"], &["1 x 3"]);
    let gone = |store: &mut Store| {
        store.apply(&all_pods(""), pod("x", 3, true));
        store.remove(&all_pods(""), &pod("x", 1, true).identity, None);
        assert_eq!(store.objects().next(), Some(("", "Pod", 0)));
    };
    check(gone, &[], &[]);
}

#[test]
fn what_a_list_does_not_hold_is_gone_unless_it_is_newer() {
    let listed = |store: &mut Store| {
        for (name, version) in [("old", 1), ("kept", 2), ("new", 9)] {
            store.apply(&all_pods(""), pod(name, version, true));
        }
        store.replace(&all_pods(""), Some(5), vec![pod("kept", 2, true), pod("also", 4, false)]);
    };
    check(listed, &["0 also 4", "0 kept 2", "0 new 9"], &["1 kept 2", "1 new 9"]);
}

/// What a server that tells no versions shows of a pod.
fn unversioned(name: &str, web: bool, value: u64) -> ObjectCopy {
    ObjectCopy { resource_version: None, ..pod(name, value, web) }
}

#[test]
fn of_copies_without_version_the_last_that_a_scope_shows_counts() {
    let applied = |store: &mut Store| {
        store.apply(&all_pods(""), unversioned("x", true, 1));
        store.apply(&all_pods(""), unversioned("x", true, 2));
    };
    check(applied, &["0 x 2"], &["1 x 2"]);
    let unlabelled = |store: &mut Store| {
        store.replace(&all_pods(""), None, vec![unversioned("x", true, 1)]);
        store.replace(&all_pods(""), Some(9), vec![unversioned("x", false, 2)]);
    };
    check(unlabelled, &["0 x 2"], &[]);
}

#[test]
fn of_copies_of_equal_version_in_a_dump_a_fixed_one_counts_as_a_whole() {
    let check = |copies: [ObjectCopy; 2], first: &[&str], web: &[&str]| {
        let [a, b] = copies;
        for [one, other] in [[&a, &b], [&b, &a]] {
            let taken = |store: &mut Store| {
                store.take(one.clone());
                store.take(other.clone());
            };
            check(taken, first, web);
        }
    };
    // More needs select one, or its text is longer, or greater.
    let more = [unversioned("x", true, 1), unversioned("x", false, 222)];
    check(more, &["0 x 1"], &["1 x 1"]);
    check([unversioned("x", false, 9), unversioned("x", false, 10)], &["0 x 10"], &[]);
    check([unversioned("x", true, 1), unversioned("x", true, 2)], &["0 x 2"], &["1 x 2"]);
    let versioned = |value| ObjectCopy { resource_version: Some(7), ..pod("x", value, true) };
    check([versioned(1), versioned(2)], &["0 x 2"], &["1 x 2"]);
}

/// The same pod, of which the source does not say the uid.
fn bare(it: ObjectCopy) -> ObjectCopy {
    ObjectCopy { identity: Identity::new("v1", "Pod", "a", &name_of(&it), ""), ..it }
}

fn name_of(it: &ObjectCopy) -> String {
    it.projections[0].1.text().split(' ').nth(1).expect("a name").to_owned()
}

/// As the end of a dump has it.
#[track_caller]
fn check_bare(copies: &[ObjectCopy], first: &[&str], left_out: usize) {
    let taken = |store: &mut Store| {
        for it in copies {
            store.take(it.clone());
        }
        // What was shown before counts no more.
        store.snapshot();
        assert_eq!(store.leave_out_namesakes().len(), left_out);
        assert_eq!(store.leave_out_namesakes().len(), 0);
    };
    check(taken, first, &[]);
}

#[test]
fn a_copy_without_uid_is_of_the_namesake_with_one() {
    let told = pod("x", 5, false);
    check_bare(&[told.clone(), bare(unversioned("x", false, 9))], &["0 x 5"], 1);
    check_bare(&[bare(unversioned("x", false, 9)), told.clone()], &["0 x 5"], 1);
    check_bare(&[bare(pod("x", 5, false)), told.clone()], &["0 x 5"], 1);
    // A newer copy counts.
    check_bare(&[bare(pod("x", 6, false)), told.clone()], &["0 x 6"], 0);
    // Which of two objects it is a copy of is not known.
    let again =
        ObjectCopy { identity: Identity::new("v1", "Pod", "a", "x", "new"), ..told.clone() };
    check_bare(&[bare(pod("x", 6, false)), told.clone(), again], &["0 x 5", "0 x 5"], 1);
    // Without a namesake all stays.
    let alone = [bare(pod("y", 1, false)), told, bare(pod("z", 1, false))];
    check_bare(&alone, &["0 x 5", "0 y 1", "0 z 1"], 0);
}

/// Copies of two pods, some without a version or a uid, and some of equal version that differ.
fn doubles() -> impl Strategy<Value = Vec<ObjectCopy>> {
    let copy = ("[xy]", 0..3_u64, 0..12_u64, 0..3_u8, 0..3_u8);
    let copy = copy.prop_map(|(name, version, value, selected, uid)| {
        let resource_version = (version > 0).then_some(version);
        let copy = ObjectCopy { resource_version, ..pod(&name, value, selected > 1) };
        let other = Identity::new("v1", "Pod", "a", &name, "other-1");
        let mut copy = match uid {
            0 => bare(copy),
            1 if name == "y" => ObjectCopy { identity: other, ..copy },
            _ => copy,
        };
        if selected == 0 {
            copy.projections = Few::default();
        }
        copy
    });
    prop::collection::vec(copy, 0..7)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_copies_in_a_dump_does_not_matter(
        (copies, shuffled) in
            doubles().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
    ) {
        let end = |copies: &[ObjectCopy]| {
            let mut store = Store::new(needs()).expect("selectors");
            for it in copies {
                store.take(it.clone());
            }
            let left_out = store.leave_out_namesakes().into_iter().map(|it| format!("{:?}", it.0));
            (left_out.collect::<Vec<_>>(), slots(&store.snapshot()))
        };
        prop_assert_eq!(end(&copies), end(&shuffled));
    }
}

#[test]
fn a_server_that_was_restored_from_a_backup_is_believed() {
    let forgotten = |store: &mut Store| {
        store.replace(&all_pods(""), Some(101), vec![pod("x", 100, true), pod("gone", 101, true)]);
        store.forget(&all_pods(""));
        store.replace(&all_pods(""), Some(50), vec![pod("x", 40, true)]);
        store.apply(&all_pods(""), pod("x", 51, true));
    };
    check(forgotten, &["0 x 51"], &["1 x 51"]);
    let unknown = |store: &mut Store| {
        store.apply(&all_pods(""), pod("x", 100, true));
        store.replace(&all_pods(""), None, vec![pod("x", 40, false)]);
    };
    check(unknown, &["0 x 40"], &[]);
}

#[test]
fn a_list_of_one_namespace_says_nothing_of_others() {
    let listed = |store: &mut Store| {
        store.apply(&all_pods(""), pod("x", 1, true));
        let of_b = Scope { namespace: Some("b".to_owned()), ..all_pods("") };
        store.replace(&of_b, None, Vec::new());
    };
    check(listed, &["0 x 1"], &["1 x 1"]);
}

#[test]
fn a_new_snapshot_shares_the_slots_that_have_not_changed() {
    let mut store = Store::new(needs()).expect("selectors");
    store.set_coverage(WEB, Coverage::Partial, "forbidden in b");
    store.take(pod("x", 1, true));
    let [first, web] = [FIRST, WEB].map(|it| needs().objects[it].id.clone());
    let before = store.snapshot();
    let mut changed = pod("x", 2, true);
    // Of the fields that the need by label asks for, none has changed.
    changed.projections[1].1 = "1 x 1".into();
    store.take(changed);
    let after = store.snapshot();
    assert!(!Arc::ptr_eq(&before.objects[&first], &after.objects[&first]));
    assert!(Arc::ptr_eq(&before.objects[&web], &after.objects[&web]));
    store.set_coverage(WEB, Coverage::Complete, "");
    let covered = store.snapshot();
    assert!(Arc::ptr_eq(&after.objects[&first], &covered.objects[&first]));
    let slots = [&before, &covered].map(|it| it.objects[&web].coverage);
    assert_eq!(slots, [Coverage::Partial, Coverage::Complete]);
    assert_eq!(*before.objects[&first].objects, ["0 x 1".into()]);
}

/// A pod without a version, with this annotation for the host; none for one without.
fn annotated(annotation: Option<&str>) -> ObjectCopy {
    let json = Json::from(r#"{"metadata":{"name":"x"}}"#);
    let json = annotation.map_or(json.clone(), |it| json.annotated(it.into()));
    ObjectCopy {
        identity: Identity::new("v1", "Pod", "a", "x", "u"),
        resource_version: None,
        projections: [(0, json)].into_iter().collect(),
        created: None,
        position: Position::default(),
    }
}

#[test]
fn an_annotation_that_has_changed_is_news() {
    let mut store = Store::new(needs()).expect("selectors");
    let scope = Scope { kind: "Pod".to_owned(), ..Scope::default() };
    let mut is_news = |annotation| {
        store.apply(&scope, annotated(annotation));
        let is_news = store.has_news();
        store.snapshot();
        is_news
    };
    assert!(is_news(None));
    assert!(is_news(Some("r=known")));
    assert!(!is_news(Some("r=known")));
    assert!(is_news(Some("r=known (until 2026-12-31)")));
    assert!(is_news(None));
}

#[test]
fn of_copies_that_differ_in_their_annotation_the_same_one_counts_in_any_order() {
    let of = |annotations: [Option<&str>; 2]| {
        let mut store = Store::new(needs()).expect("selectors");
        for it in annotations {
            store.take(annotated(it));
        }
        let objects = &store.snapshot().objects["Pod a "].objects;
        objects[0].annotation().map(str::to_owned)
    };
    let (one, other) = (Some("r=one"), Some("r=other"));
    assert_eq!(of([one, other]), of([other, one]));
    assert_eq!(of([one, None]), of([None, one]));
}
