//! Whole readings against a scripted server: which requests are sent, in which order, and what the
//! reading is. The clock stands still, so that no scenario waits.

mod limits;

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{HeaderName, Request, Response, StatusCode, header};
use kube::{Client, client::Body};
use rulebox_core::{Collector, Coverage, NeedSet, ObjectNeed, Reading};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower_test::mock::{self, Handle};

use crate::{Cluster, ClusterError, Options};

const VAULTS: &str = "csdr.alibabacloud.com";

#[derive(Clone)]
enum Answer {
    /// A status, headers, a body.
    Body(StatusCode, Vec<(HeaderName, String)>, String),
    /// The connection breaks, with this message.
    Breaks(&'static str),
    /// No answer comes.
    Silence,
}

use Answer::{Breaks, Silence};

fn ok(body: Value) -> Answer {
    text(&body.to_string())
}

fn text(body: &str) -> Answer {
    let headers = vec![(header::CONTENT_TYPE, "application/json".to_owned())];
    Answer::Body(StatusCode::OK, headers, body.to_owned())
}

fn status(code: u16) -> Answer {
    refused(code, "")
}

fn refused(code: u16, message: &str) -> Answer {
    let body = json!({"kind": "Status", "apiVersion": "v1", "code": code, "message": message});
    Answer::Body(StatusCode::from_u16(code).expect("a status"), Vec::new(), body.to_string())
}

fn come_back(code: u16, retry_after: &str) -> Answer {
    let code = StatusCode::from_u16(code).expect("a status");
    let headers = vec![(header::RETRY_AFTER, retry_after.to_owned())];
    Answer::Body(code, headers, String::new())
}

/// The core group, as far as the scenarios need it.
fn core() -> (&'static str, Answer) {
    let verbs = json!(["get", "list", "watch"]);
    let resources = json!([
        {"name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod", "verbs": verbs},
        {
            "name": "pods/status",
            "singularName": "",
            "namespaced": true,
            "kind": "Pod",
            "verbs": ["get"],
        },
        {
            "name": "events",
            "singularName": "event",
            "namespaced": true,
            "kind": "Event",
            "verbs": verbs,
        },
        {
            "name": "nodes",
            "singularName": "node",
            "namespaced": false,
            "kind": "Node",
            "verbs": verbs,
        },
        {
            "name": "pods/eviction",
            "singularName": "",
            "namespaced": true,
            "kind": "Eviction",
            "verbs": ["create"],
        },
        {
            "name": "bindings",
            "singularName": "binding",
            "namespaced": true,
            "kind": "Binding",
            "verbs": ["create"],
        },
    ]);
    (
        "/api/v1",
        ok(json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": resources})),
    )
}

fn vault_versions() -> (&'static str, Answer) {
    let version = |it| json!({"groupVersion": format!("{VAULTS}/{it}"), "version": it});
    let versions = json!([version("v1"), version("v1beta1")]);
    let group = json!({
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": VAULTS,
        "versions": versions,
        "preferredVersion": version("v1beta1"),
    });
    ("/apis/csdr.alibabacloud.com", ok(group))
}

fn vault_resources(version: &'static str, kind: &str, plural: &str) -> Answer {
    let resource = json!({
        "name": plural,
        "singularName": "",
        "namespaced": true,
        "kind": kind,
        "verbs": ["list"],
    });
    ok(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": format!("{VAULTS}/{version}"),
        "resources": [resource],
    }))
}

/// A typed list as an API server writes it: the items have neither kind nor apiVersion.
fn page(next: &str, names: &[&str]) -> Answer {
    let item = |name: &&str| {
        let (namespace, name) = name.split_once('/').unwrap_or(("", name));
        json!({
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": format!("uid-{namespace}-{name}"),
                "labels": {"app": "velero"},
            },
        })
    };
    let items: Vec<_> = names.iter().map(item).collect();
    ok(json!({
        "kind": "PodList",
        "apiVersion": "v1",
        "metadata": {"continue": next, "resourceVersion": "7"},
        "items": items,
    }))
}

fn need(group: &str, kind: &str, namespaces: &[&str], selector: &str) -> ObjectNeed {
    ObjectNeed {
        id: String::new(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
        label_selector: selector.to_owned(),
        fields: vec!["metadata.name".to_owned()],
    }
}

fn pods() -> ObjectNeed {
    need("", "Pod", &[], "")
}

fn nodes() -> ObjectNeed {
    need("", "Node", &[], "")
}

struct Seen {
    reading: Reading,
    /// The pauses of which progress was told.
    pauses: Vec<String>,
    elapsed: Duration,
    /// How far the server's clock is ahead, in seconds.
    ahead: i64,
}

impl Seen {
    /// All that a report would be made of.
    fn outcome(&self) -> String {
        let slots = self.reading.inventory.objects.iter();
        let slots = slots.map(|(id, it)| (id, it.coverage, &it.reason, &it.objects));
        format!("{:#?} {:#?}", slots.collect::<Vec<_>>(), self.reading.inputs)
    }

    /// Coverage, reason and number of objects of the need with this index.
    #[track_caller]
    fn need(&self, index: usize, coverage: Coverage, objects: usize, reason: &str) -> &Self {
        let slot = &self.reading.inventory.objects[&index.to_string()];
        assert_eq!(
            (slot.coverage, slot.objects.len(), slot.reason.as_str()),
            (coverage, objects, reason),
            "need {index}"
        );
        self
    }

    #[track_caller]
    fn problems(&self, want: &[(&str, &str)]) -> &Self {
        let problems = self.reading.inputs[0].problems.iter();
        let problems: Vec<_> = problems.map(|it| (it.place.as_str(), it.reason.as_str())).collect();
        assert_eq!(problems, want);
        self
    }
}

/// Reads the needs from a server that answers by the script, and checks that exactly the requests
/// of the script were sent, in its order. Where nothing else is said, reads them once more, some
/// lists at the same time, from a server that takes its time with some answers: nothing may come
/// out otherwise.
#[track_caller]
fn read(
    options: Options,
    needs: Vec<ObjectNeed>,
    script: Vec<(&str, Answer)>,
) -> Result<Seen, ClusterError> {
    let script: Vec<_> = script.into_iter().map(|(path, it)| (path.to_owned(), it)).collect();
    let wanted: Vec<_> = script.iter().map(|it| it.0.clone()).collect();
    if options.at_once != Options::default().at_once {
        let (result, asked) = run(options, needs, script);
        assert_eq!(asked, wanted, "requests");
        return result;
    }
    let one = Options { at_once: 1, ..options.clone() };
    let (result, asked) = run(one, needs.clone(), script.clone());
    assert_eq!(asked, wanted, "requests");
    let (other, mut asked) = run(options, needs, script);
    let mut wanted = wanted;
    asked.sort();
    wanted.sort();
    assert_eq!(asked, wanted, "requests, several at once");
    match (&result, &other) {
        (Ok(one), Ok(other)) => assert_eq!(one.outcome(), other.outcome(), "several at once"),
        (one, other) => assert_eq!(
            one.as_ref().err().map(ToString::to_string),
            other.as_ref().err().map(ToString::to_string)
        ),
    }
    result
}

type Ran = (Result<Seen, ClusterError>, Vec<String>);

fn run(options: Options, needs: Vec<ObjectNeed>, script: Vec<(String, Answer)>) -> Ran {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let (service, handle) = mock::pair();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let server = tokio::spawn(serve(handle, script, options.at_once > 1, asked.clone()));
        let cluster = Cluster::of_client("prod", Client::new(service, "default"), options);
        // `serve` reads on any free thread.
        let result = tokio::spawn(read_all(cluster, needs)).await.expect("no panic");
        server.await.expect("the server ends with its client");
        let asked = asked.lock().expect("the server has ended").clone();
        (result, asked)
    })
}

async fn read_all(cluster: Cluster, needs: Vec<ObjectNeed>) -> Result<Seen, ClusterError> {
    let numbered = needs.into_iter().enumerate();
    let objects = numbered.map(|(i, it)| ObjectNeed { id: i.to_string(), ..it }).collect();
    let needs = NeedSet { objects, texts: Vec::new() };
    let mut collector = Collector::new(needs).expect("selectors");
    let mut pauses = Vec::new();
    let begun = Instant::now();
    let result = cluster
        .read(&mut collector, &mut |it| {
            if !it.waiting.is_empty() {
                pauses.push(format!("{}: {}", it.step, it.waiting));
            }
        })
        .await;
    let elapsed = begun.elapsed();
    let ahead = result.as_ref().map_or(0, |it| it.ahead.as_secs());
    result.map(|_| Seen { reading: collector.finish(), pauses, elapsed, ahead })
}

/// Answers each path by what the script says of it next. `late`: by a path's hash some time passes
/// before its answer comes.
async fn serve(
    mut handle: Handle<Request<Body>, Response<Body>>,
    script: Vec<(String, Answer)>,
    late: bool,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let mut answers: BTreeMap<String, VecDeque<Answer>> = BTreeMap::new();
    for (path, answer) in script {
        answers.entry(path).or_default().push_back(answer);
    }
    let mut never_answered = Vec::new();
    while let Some((request, reply)) = handle.next_request().await {
        assert_eq!(request.headers()[header::ACCEPT], "application/json");
        let agent = concat!("rulebox/", env!("CARGO_PKG_VERSION"));
        assert_eq!(request.headers()[header::USER_AGENT], agent);
        let path = request.uri().to_string().replace("?&", "?");
        let next = answers.get_mut(&path).and_then(VecDeque::pop_front);
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        let time = Duration::from_millis(if late { hasher.finish() % 400 } else { 0 });
        asked.lock().expect("no panic").push(path);
        match next.unwrap_or_else(|| status(418)) {
            Answer::Body(code, headers, body) => {
                let mut answer = Response::builder().status(code);
                for (name, value) in headers {
                    answer = answer.header(name, value);
                }
                let body = Body::from(body.into_bytes());
                let answer = answer.body(body).expect("an answer");
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    reply.send_response(answer);
                });
            }
            Breaks(message) => reply.send_error(io::Error::other(message)),
            Silence => never_answered.push(reply),
        }
    }
}

const PODS: &str = "/api/v1/pods?limit=500";
const NODES: &str = "/api/v1/nodes?limit=500";

#[track_caller]
fn reads(needs: Vec<ObjectNeed>, script: Vec<(&str, Answer)>) -> Seen {
    read(Options::default(), needs, script).expect("the cluster is reachable")
}

#[track_caller]
fn reads_within(namespaces: &[&str], needs: Vec<ObjectNeed>, script: Vec<(&str, Answer)>) -> Seen {
    let namespaces = namespaces.iter().map(|&it| it.to_owned()).collect();
    let options = Options { namespaces, ..Options::default() };
    read(options, needs, script).expect("the cluster is reachable")
}

#[test]
fn a_list_is_read_page_by_page() {
    let script = vec![
        core(),
        ("/api/v1/pods?limit=2", page("t/1", &["a/x", "a/y"])),
        ("/api/v1/pods?limit=2&continue=t%2F1", page("", &["b/z"])),
    ];
    let options = Options { page_size: 2, ..Options::default() };
    let seen = read(options, vec![pods()], script).expect("reachable");
    seen.need(0, Coverage::Complete, 3, "").problems(&[]);
    let input = &seen.reading.inputs[0];
    assert_eq!((input.name.as_str(), input.objects, input.needed), ("context prod", 3, 3));
    assert!(input.bytes > 300, "{}", input.bytes);
}

#[test]
fn typed_items_take_their_kind_from_the_list_and_go_through_the_projection() {
    let seen = reads(vec![pods()], vec![core(), (PODS, page("", &["a/x"]))]);
    let object: Value =
        serde_json::from_str(&seen.reading.inventory.objects["0"].objects[0].text()).expect("JSON");
    assert_eq!(
        object,
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "x", "namespace": "a", "uid": "uid-a-x"},
        })
    );
}

#[test]
fn an_empty_list_says_that_there_are_none() {
    let seen = reads(vec![pods()], vec![core(), (PODS, page("", &[]))]);
    seen.need(0, Coverage::Complete, 0, "");
    assert_eq!(seen.reading.objects, [(String::new(), "Pod".to_owned(), 0)]);
    let null = ok(json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": null}));
    reads(vec![pods()], vec![core(), (PODS, null)]).need(0, Coverage::Complete, 0, "");
}

#[test]
fn without_needs_nothing_is_asked() {
    reads(Vec::new(), Vec::new());
}

#[test]
fn one_list_serves_all_needs_that_it_contains() {
    let needs = vec![
        need("", "Pod", &["csdr"], "app=velero"),
        pods(),
        pods(),
        need("", "Pod", &["csdr"], ""),
    ];
    let seen = reads(needs, vec![core(), (PODS, page("", &["csdr/x", "b/y"]))]);
    seen.need(0, Coverage::Complete, 1, "")
        .need(1, Coverage::Complete, 2, "")
        .need(2, Coverage::Complete, 2, "")
        .need(3, Coverage::Complete, 1, "");
}

#[test]
fn where_the_broad_list_is_forbidden_the_narrow_is_still_read() {
    let script = vec![
        core(),
        (PODS, refused(403, "pods is forbidden: User \"jane\" cannot list resource \"pods\"")),
        ("/api/v1/namespaces/csdr/pods?limit=500", page("", &["csdr/x"])),
    ];
    let seen = reads(vec![pods(), need("", "Pod", &["csdr"], "")], script);
    let reason = "forbidden: cannot list pods in all namespaces; grant `list` on `pods` to `jane` \
        by a ClusterRole, or stay within namespaces by --namespace";
    seen.need(0, Coverage::Partial, 1, reason).need(1, Coverage::Complete, 1, "").problems(&[]);
}

#[test]
fn a_forbidden_kind_leaves_the_others() {
    let script = vec![core(), (NODES, status(403)), (PODS, page("", &["a/x"]))];
    let seen = reads(vec![pods(), nodes()], script);
    let reason = "forbidden: cannot list nodes; grant `list` on `nodes` by a ClusterRole";
    seen.need(0, Coverage::Complete, 1, "").need(1, Coverage::Absent, 0, reason);
}

#[test]
fn a_forbidden_namespace_makes_the_need_partial() {
    let script = vec![
        core(),
        ("/api/v1/namespaces/a/pods?limit=500", page("", &["a/x"])),
        ("/api/v1/namespaces/b/pods?limit=500", status(403)),
    ];
    let reason =
        "forbidden: cannot list pods in namespace b; grant `list` on `pods` in b by a Role";
    reads(vec![need("", "Pod", &["a", "b"], "")], script).need(0, Coverage::Partial, 1, reason);
}

#[test]
fn namespaces_of_the_user_narrow_the_lists() {
    let script = vec![
        core(),
        (NODES, page("", &["n"])),
        ("/api/v1/namespaces/a/pods?limit=500", page("", &["a/x"])),
    ];
    let needs = vec![
        pods(),
        need("", "Pod", &["a"], ""),
        need("", "Pod", &["a", "b"], ""),
        need("", "Pod", &["b"], ""),
        nodes(),
    ];
    reads_within(&["a"], needs, script)
        .need(0, Coverage::Partial, 1, "--namespace a leaves out Pod of other namespaces")
        .need(1, Coverage::Complete, 1, "")
        .need(2, Coverage::Partial, 1, "--namespace a leaves out Pod of b")
        .need(3, Coverage::Absent, 0, "--namespace a leaves out Pod of b")
        .need(4, Coverage::Complete, 1, "");
}

#[test]
fn a_selector_is_passed_on() {
    let path = "/api/v1/namespaces/csdr/pods?labelSelector=app+in+%28velero%2Cx%29&limit=500";
    let needs = vec![need("", "Pod", &["csdr"], "app in (velero,x)")];
    reads(needs, vec![core(), (path, page("", &["csdr/x"]))]).need(0, Coverage::Complete, 1, "");
}

#[test]
fn a_missing_group_and_a_missing_kind_are_absent() {
    let script = vec![
        core(),
        ("/apis/csdr.alibabacloud.com", status(404)),
        ("/api/v1/pods?limit=500", page("", &[])),
    ];
    let needs = vec![
        need(VAULTS, "BackupLocation", &["csdr"], ""),
        need("", "Eviction", &[], ""), // a subresource
        need("", "Binding", &[], ""),
        pods(),
    ];
    reads(needs, script)
        .need(0, Coverage::Absent, 0, "the cluster serves no BackupLocation.csdr.alibabacloud.com")
        .need(1, Coverage::Absent, 0, "the cluster serves no Eviction")
        .need(2, Coverage::Absent, 0, "the cluster serves Binding, but no list of it")
        .need(3, Coverage::Complete, 0, "")
        .problems(&[]);
}

#[test]
fn a_kind_is_looked_for_in_the_preferred_version_first() {
    let script = vec![
        vault_versions(),
        (
            "/apis/csdr.alibabacloud.com/v1beta1",
            vault_resources("v1beta1", "BackupLocation", "backuplocations"),
        ),
        (
            "/apis/csdr.alibabacloud.com/v1beta1/namespaces/csdr/backuplocations?limit=500",
            page("", &["csdr/x"]),
        ),
    ];
    let seen = reads(vec![need(VAULTS, "BackupLocation", &["csdr"], "")], script);
    seen.need(0, Coverage::Complete, 1, "");
}

#[test]
fn a_kind_that_the_preferred_version_lacks_is_looked_for_in_the_others() {
    let script = vec![
        vault_versions(),
        ("/apis/csdr.alibabacloud.com/v1beta1", status(404)),
        ("/apis/csdr.alibabacloud.com/v1", vault_resources("v1", "Vault", "vaults")),
        ("/apis/csdr.alibabacloud.com/v1/vaults?limit=500", page("", &[])),
    ];
    reads(vec![need(VAULTS, "Vault", &[], "")], script).need(0, Coverage::Complete, 0, "");
}

#[test]
fn a_group_that_fails_leaves_the_others_and_is_a_loss() {
    let mut script = vec![core(), vault_versions()];
    let down = || refused(503, "no endpoints available");
    for _ in 0..5 {
        script.push(("/apis/csdr.alibabacloud.com/v1beta1", down()));
    }
    script.push(("/apis/csdr.alibabacloud.com/v1", status(404)));
    script.push((PODS, page("", &[])));
    let seen = reads(vec![need(VAULTS, "BackupLocation", &[], ""), pods()], script);
    let failure =
        "the server answered 503 Service Unavailable (5 attempts): no endpoints available";
    let reason = format!(
        "cannot find out whether the cluster serves BackupLocation.csdr.alibabacloud.com: {failure}"
    );
    seen.need(0, Coverage::Absent, 0, &reason)
        .need(1, Coverage::Complete, 0, "")
        .problems(&[(VAULTS, failure)]);
}

#[test]
fn a_version_that_fails_is_no_loss_where_another_serves_the_kind() {
    let script = vec![
        vault_versions(),
        ("/apis/csdr.alibabacloud.com/v1beta1", refused(400, "")),
        ("/apis/csdr.alibabacloud.com/v1", vault_resources("v1", "Vault", "vaults")),
        ("/apis/csdr.alibabacloud.com/v1/vaults?limit=500", page("", &[])),
    ];
    let seen = reads(vec![need(VAULTS, "Vault", &[], "")], script);
    seen.need(0, Coverage::Complete, 0, "").problems(&[]);
}

#[test]
fn broken_discovery_is_named() {
    let seen = reads(vec![pods()], vec![("/api/v1", text("{]"))]);
    let broken =
        "the server's answer to /api/v1 is broken: key must be a string at line 1 column 2";
    let reason = format!("cannot find out whether the cluster serves Pod: {broken}");
    seen.need(0, Coverage::Absent, 0, &reason).problems(&[("the core group", broken)]);
}

#[test]
fn forbidden_discovery_says_what_to_grant() {
    let script = vec![core(), ("/apis/csdr.alibabacloud.com", status(403)), (PODS, page("", &[]))];
    let reason = "forbidden: cannot find out whether the cluster serves \
        BackupLocation.csdr.alibabacloud.com; grant the ClusterRole `system:discovery`";
    reads(vec![need(VAULTS, "BackupLocation", &[], ""), pods()], script)
        .need(0, Coverage::Absent, 0, reason)
        .need(1, Coverage::Complete, 0, "")
        .problems(&[]);
}

#[test]
fn what_cannot_be_a_group_is_never_asked_for() {
    let needs = vec![need("apps/v1/namespaces/x/secrets?", "Pod", &[], "")];
    let reason = "`apps/v1/namespaces/x/secrets?` cannot be an API group";
    reads(needs, Vec::new()).need(0, Coverage::Absent, 0, reason);
}

#[test]
fn retry_after_is_honoured() {
    let script = vec![core(), (PODS, come_back(429, "7")), (PODS, page("", &["a/x"]))];
    let seen = reads(vec![pods()], script);
    seen.need(0, Coverage::Complete, 1, "").problems(&[]);
    assert_eq!(seen.elapsed.as_secs(), 7);
    assert_eq!(seen.pauses, ["pods: the server answered 429 Too Many Requests; again in 7.0 s"]);
}

#[test]
fn a_retry_after_of_an_hour_is_not_waited_for() {
    let script = vec![core(), (NODES, come_back(429, "3600")), (PODS, page("", &[]))];
    let seen = reads(vec![nodes(), pods()], script);
    let busy = "the server answered 429 Too Many Requests and asks to come back in 3600 s, longer \
        than the 30 s that are waited for";
    seen.need(0, Coverage::Absent, 0, &format!("nodes: {busy}"))
        .need(1, Coverage::Complete, 0, "")
        .problems(&[("nodes", busy)]);
    assert_eq!(seen.elapsed, Duration::ZERO);
}

#[test]
fn a_server_error_is_retried_with_growing_pauses_until_it_is_named() {
    let mut script = vec![core()];
    let webhook = || refused(500, "conversion webhook failed");
    script.extend((0..5).map(|_| (NODES, webhook())));
    script.push((PODS, page("", &[])));
    let seen = reads(vec![nodes(), pods()], script);
    let failure =
        "the server answered 500 Internal Server Error (5 attempts): conversion webhook failed";
    seen.need(0, Coverage::Absent, 0, &format!("nodes: {failure}"))
        .need(1, Coverage::Complete, 0, "")
        .problems(&[("nodes", failure)]);
    let (least, most) = (Duration::from_millis(7500), Duration::from_millis(9375));
    assert!(least <= seen.elapsed && seen.elapsed <= most, "{:?}", seen.elapsed);
    assert_eq!(seen.pauses.len(), 4);
}

#[test]
fn a_page_that_fails_makes_the_need_partial() {
    let script = vec![
        core(),
        (PODS, page("t", &["a/x"])),
        ("/api/v1/pods?limit=500&continue=t", refused(400, "no\nsense")),
    ];
    let reason = "pods: the server answered 400 Bad Request: no sense";
    reads(vec![pods()], script).need(0, Coverage::Partial, 1, reason);
}

#[test]
fn an_expired_list_is_begun_again() {
    let next = "/api/v1/pods?limit=500&continue=t";
    let script = vec![
        core(),
        (PODS, page("t", &["a/x"])),
        (next, status(410)),
        (PODS, page("t", &["a/x"])),
        (next, page("", &["a/y"])),
    ];
    reads(vec![pods()], script).need(0, Coverage::Complete, 2, "").problems(&[]);
}

#[test]
fn a_list_that_keeps_expiring_is_given_up() {
    let mut script = vec![core()];
    for _ in 0..4 {
        script.push((PODS, page("t", &["a/x"])));
        script.push(("/api/v1/pods?limit=500&continue=t", status(410)));
    }
    let reason = "pods: 410 Gone: the list expired while it was read";
    reads(vec![pods()], script).need(0, Coverage::Partial, 1, reason);
}

#[test]
fn a_server_that_repeats_a_page_is_left() {
    let next = "/api/v1/pods?limit=500&continue=t";
    let script = vec![core(), (PODS, page("t", &["a/x"])), (next, page("t", &["a/x"]))];
    let reason = "pods: the server repeats the same page";
    reads(vec![pods()], script).need(0, Coverage::Partial, 1, reason);
}

#[test]
fn a_request_that_is_not_answered_in_time_is_retried() {
    let script = vec![core(), (PODS, Silence), (PODS, page("", &["a/x"]))];
    let seen = reads(vec![pods()], script);
    seen.need(0, Coverage::Complete, 1, "");
    assert_eq!(seen.elapsed.as_secs(), 30);
    assert!(seen.pauses[0].starts_with("pods: no complete answer within 30 s; again in 0."));
}

#[test]
fn a_broken_connection_is_retried() {
    let reset = Breaks("connection reset by peer");
    let script = vec![core(), (PODS, reset), (PODS, page("", &["a/x"]))];
    reads(vec![pods()], script).need(0, Coverage::Complete, 1, "").problems(&[]);
}

#[test]
fn a_server_that_fell_silent_is_not_asked_for_the_rest() {
    let options = Options { retries: 0, ..Options::default() };
    let kinds = ["a", "b", "c", "d"].map(|it| need("", "Pod", &[it], ""));
    let script = vec![
        core(),
        ("/api/v1/namespaces/a/pods?limit=500", Silence),
        ("/api/v1/namespaces/b/pods?limit=500", Breaks("broken pipe")),
        ("/api/v1/namespaces/c/pods?limit=500", Silence),
    ];
    let seen = read(options, kinds.to_vec(), script).expect("reachable");
    let timeout = "no complete answer within 30 s";
    seen.need(0, Coverage::Absent, 0, &format!("pods in namespace a: {timeout}"))
        .need(1, Coverage::Absent, 0, "pods in namespace b: the connection failed: broken pipe")
        .need(2, Coverage::Absent, 0, &format!("pods in namespace c: {timeout}"));
    let reason = "pods in namespace d: not asked, for the cluster had failed several requests in a \
        row, in spite of retries";
    seen.need(3, Coverage::Absent, 0, reason);
}

#[test]
fn an_answer_between_silences_keeps_the_server_asked() {
    let options = Options { retries: 0, ..Options::default() };
    let kinds = ["a", "b", "c", "d", "e"].map(|it| need("", "Pod", &[it], ""));
    let script = vec![
        core(),
        ("/api/v1/namespaces/a/pods?limit=500", Silence),
        ("/api/v1/namespaces/b/pods?limit=500", Silence),
        ("/api/v1/namespaces/c/pods?limit=500", page("", &[])),
        ("/api/v1/namespaces/d/pods?limit=500", Silence),
        ("/api/v1/namespaces/e/pods?limit=500", page("", &[])),
    ];
    let seen = read(options, kinds.to_vec(), script).expect("reachable");
    seen.need(2, Coverage::Complete, 0, "").need(4, Coverage::Complete, 0, "");
}

/// What a server answers of a group with one version and one kind.
fn group_of(version: &str, kind: &str, plural: &str) -> [Answer; 2] {
    let (name, _) = version.split_once('/').expect("a group and a version");
    let version = json!({"groupVersion": version, "version": "v1"});
    let resource = json!({
        "name": plural, "singularName": "", "namespaced": true, "kind": kind, "verbs": ["list"],
    });
    [
        json!({"kind": "APIGroup", "name": name, "versions": [version]}),
        json!({"kind": "APIResourceList", "groupVersion": "", "resources": [resource]}),
    ]
    .map(ok)
}

#[test]
fn a_kind_that_is_served_under_an_older_group_alone_is_listed_there() {
    let [group, resources] = group_of("extensions/v1beta1", "Deployment", "deployments");
    let script = vec![
        ("/apis/apps", status(404)),
        ("/apis/extensions", group),
        ("/apis/extensions/v1beta1", resources),
        ("/apis/extensions/v1beta1/deployments?limit=500", page("", &["csdr/csdr-velero"])),
    ];
    let seen = reads(vec![need("apps", "Deployment", &[], "")], script);
    seen.need(0, Coverage::Complete, 1, "").problems(&[]);
    let object = &seen.reading.inventory.objects["0"].objects[0];
    assert!(
        object.text().starts_with(r#"{"apiVersion":"apps/v1","kind":"Deployment""#),
        "{object}"
    );
}

#[test]
fn a_kind_that_is_served_under_its_group_is_not_looked_for_elsewhere() {
    let events = "/api/v1/events?limit=500";
    let seen =
        reads(vec![need("", "Event", &[], "")], vec![core(), (events, page("", &["csdr/e"]))]);
    seen.need(0, Coverage::Complete, 1, "");
}

#[test]
fn a_body_that_is_no_list_is_a_loss_of_its_need_alone() {
    for body in ["<html>", "", "{}", "null", "[]", r#"{"kind":"Status","apiVersion":"v1"}"#] {
        let script = vec![core(), (NODES, text(body)), (PODS, page("", &[]))];
        let seen = reads(vec![nodes(), pods()], script);
        let slot = &seen.reading.inventory.objects["0"];
        assert_eq!((slot.coverage, slot.objects.len()), (Coverage::Absent, 0), "{body}");
        let want = if body == "<html>" { "no API server" } else { "no list" };
        assert!(slot.reason.contains(want), "{body}: {}", slot.reason);
        seen.need(1, Coverage::Complete, 0, "");
        assert_eq!(seen.reading.inputs[0].problems.len(), 1, "{body}");
    }
}

#[test]
fn of_a_broken_body_the_whole_objects_are_kept() {
    let body = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"t"},
        "items":[{"metadata":{"name":"x","namespace":"a"}},{"metadata":{"na"#;
    let seen =
        reads(vec![nodes(), pods()], vec![core(), (NODES, page("", &["n"])), (PODS, text(body))]);
    let slot = &seen.reading.inventory.objects["1"];
    assert_eq!((slot.coverage, slot.objects.len()), (Coverage::Partial, 1));
    assert!(slot.reason.starts_with("pods: the JSON ends inside a value"), "{}", slot.reason);
    seen.need(0, Coverage::Complete, 1, "");
    let problem = &seen.reading.inputs[0].problems[0];
    assert!(problem.lost() && problem.place == "pods", "{problem:?}");
}

#[test]
fn a_broken_object_leaves_the_rest_of_its_list() {
    let items = json!([{"metadata": {}}, {"metadata": {"name": "x", "namespace": "a"}}, 3]);
    let list = json!({
        "kind": "PodList",
        "apiVersion": "v1",
        "metadata": {"continue": "t"},
        "items": items,
    });
    let script =
        vec![core(), (PODS, ok(list)), ("/api/v1/pods?limit=500&continue=t", page("", &["a/y"]))];
    let seen = reads(vec![pods()], script);
    let slot = &seen.reading.inventory.objects["0"];
    assert_eq!((slot.coverage, slot.objects.len()), (Coverage::Partial, 2), "{}", slot.reason);
    assert!(slot.reason.starts_with("pods: "), "{}", slot.reason);
}

#[track_caller]
fn unreachable(options: Options, script: Vec<(&str, Answer)>, want: &str) {
    let error = read(options, vec![pods()], script).err().expect("the cluster is unreachable");
    assert!(error.is_unreachable());
    assert_eq!(
        error.to_string(),
        format!("cannot reach context prod at https://prod.example:6443/: {want}")
    );
}

#[test]
fn refused_credentials_are_unreachable() {
    unreachable(
        Options::default(),
        vec![("/api/v1", status(401))],
        "401 Unauthorized: the server does not accept the credentials; log in again, and see \
         `kubectl --context prod auth whoami`",
    );
}

#[test]
fn a_refused_connection_is_unreachable_at_once() {
    unreachable(
        Options::default(),
        vec![("/api/v1", Breaks("Connection refused (os error 111)"))],
        "the connection failed: Connection refused (os error 111); check the address and the \
         network, and try `kubectl --context prod get --raw /version`",
    );
}

#[test]
fn an_untrusted_certificate_is_unreachable() {
    unreachable(
        Options::default(),
        vec![("/api/v1", Breaks("invalid peer certificate: UnknownIssuer"))],
        "the connection failed: invalid peer certificate: UnknownIssuer; check \
         `certificate-authority-data` of the cluster in the kubeconfig",
    );
}

#[test]
fn a_server_that_never_gets_well_is_unreachable() {
    let options = Options { retries: 1, ..Options::default() };
    unreachable(
        options,
        vec![("/api/v1", status(503)), ("/api/v1", status(503))],
        "the server answered 503 Service Unavailable (2 attempts); check the address and the \
         network, and try `kubectl --context prod get --raw /version`",
    );
}

#[test]
fn credentials_that_expire_on_the_way_cost_only_the_rest() {
    let script = vec![core(), (NODES, page("", &["n"])), (PODS, status(401))];
    let reason = "pods: 401 Unauthorized: the server does not accept the credentials";
    reads(vec![nodes(), pods()], script).need(0, Coverage::Complete, 1, "").need(
        1,
        Coverage::Absent,
        0,
        reason,
    );
}
