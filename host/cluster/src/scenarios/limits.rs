//! What a cluster may cost: time, requests, bytes; and what is told of how it was asked. Scenarios
//! against a scripted server.

use jiff::{SignedDuration, Timestamp};

use super::*;

const NEXT: &str = "/api/v1/pods?limit=500&continue=t";

/// A server of many kinds in the core group, `K0`, `K1`, …, and needs for them.
fn many_kinds(count: usize) -> ((&'static str, Answer), Vec<ObjectNeed>) {
    let resource = |nth: usize| {
        json!({
            "name": format!("k{nth}s"), "singularName": "", "namespaced": true,
            "kind": format!("K{nth}"), "verbs": ["list"],
        })
    };
    let resources: Vec<_> = (0..count).map(resource).collect();
    let list = json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": resources});
    let needs = (0..count).map(|nth| need("", &format!("K{nth}"), &[], ""));
    (("/api/v1", ok(list)), needs.collect())
}

#[test]
fn what_was_read_within_the_deadline_counts() {
    let deadline = Some(Duration::from_secs(10));
    let options = Options { deadline, at_once: 1, ..Options::default() };
    let next = "/api/v1/nodes?limit=500&continue=t";
    let script = vec![core(), (NODES, page("t", &["n"])), (next, Silence)];
    let seen = read(options, vec![nodes(), pods()], script).expect("reachable");
    let late = "not read to the end within 10 s (--cluster-deadline)";
    seen.need(0, Coverage::Partial, 1, &format!("nodes: {late}"))
        .need(1, Coverage::Absent, 0, &format!("pods: {late}"))
        .problems(&[("2 lists", late)]);
    assert_eq!(seen.elapsed.as_secs(), 10);
}

#[test]
fn the_deadline_of_the_run_counts_where_it_comes_first() {
    let after = Duration::from_secs(4);
    let options = Options { run_ends: Some((Instant::now() + after, after)), ..Options::default() };
    let needs = vec![pods()];
    let result = read(options, needs, vec![("/api/v1", Silence)]);
    let error = result.err().expect("no contact").to_string();
    assert!(error.contains("not read to the end within 4 s (--run-deadline)"), "{error}");
}

#[test]
fn a_retry_that_the_deadline_leaves_no_time_for_is_not_waited_for() {
    let options = Options { deadline: Some(Duration::from_secs(5)), ..Options::default() };
    let script = vec![core(), (PODS, come_back(503, "7"))];
    let seen = read(options, vec![pods()], script).expect("reachable");
    let reason = "pods: the server answered 503 Service Unavailable";
    seen.need(0, Coverage::Absent, 0, reason);
    assert!(seen.elapsed < Duration::from_secs(1), "{:?}", seen.elapsed);
}

/// Options for answers of a few bytes, and a page that is longer.
fn short_answers() -> (Options, Answer) {
    let options = Options { page_size: 8, answer_bytes: 2000, ..Options::default() };
    let names: Vec<_> = (0..100).map(|nth| format!("a/x{nth}")).collect();
    (options, page("", &names.iter().map(String::as_str).collect::<Vec<_>>()))
}

#[test]
fn a_page_that_is_too_long_is_asked_for_with_fewer_objects() {
    let (options, long) = short_answers();
    let script = vec![
        core(),
        ("/api/v1/pods?limit=8", page("t", &["a/x"])),
        ("/api/v1/pods?limit=8&continue=t", long.clone()),
        ("/api/v1/pods?limit=4&continue=t", long),
        ("/api/v1/pods?limit=2&continue=t", page("u", &["a/y"])),
        ("/api/v1/pods?limit=2&continue=u", page("", &["a/z"])),
    ];
    let seen = read(options, vec![pods()], script).expect("reachable");
    seen.need(0, Coverage::Complete, 3, "").problems(&[]);
}

#[test]
fn an_object_that_is_too_long_is_a_loss() {
    let (options, long) = short_answers();
    let paths = [8, 4, 2, 1].map(|it| format!("/api/v1/pods?limit={it}"));
    let mut script = vec![core()];
    script.extend(paths.iter().map(|it| (it.as_str(), long.clone())));
    let seen = read(options, vec![pods()], script).expect("reachable");
    let reason = "the answer is longer than 2000 bytes (--answer-size), with one object on a page";
    seen.need(0, Coverage::Absent, 0, &format!("pods: {reason}")).problems(&[("pods", reason)]);
}

#[test]
fn tokens_that_never_end_are_left() {
    let paths: Vec<_> =
        (0..101).map(|nth| format!("/api/v1/pods?limit=500&continue=t{nth}")).collect();
    let mut script = vec![core(), (PODS, page("t0", &["a/x"]))];
    let empty = |nth: usize| page(&format!("t{}", nth + 1), &[]);
    script.extend(paths.iter().enumerate().map(|(nth, it)| (it.as_str(), empty(nth))));
    let seen = reads(vec![pods()], script);
    let reason = "pods: the server goes on without end";
    seen.need(0, Coverage::Partial, 1, reason);
}

#[test]
fn tokens_that_come_again_are_left() {
    let script = vec![
        core(),
        (PODS, page("t", &["a/x"])),
        (NEXT, page("u", &["a/y"])),
        ("/api/v1/pods?limit=500&continue=u", page("t", &["a/z"])),
    ];
    let reason = "pods: the server repeats the same page";
    reads(vec![pods()], script).need(0, Coverage::Partial, 3, reason);
}

#[test]
fn a_server_that_fails_every_list_is_not_asked_for_the_rest() {
    let (discovery, needs) = many_kinds(30);
    let script = |asked: usize| {
        let mut names: Vec<_> = (0..30).map(|nth| format!("k{nth}")).collect();
        names.sort();
        let mut script = vec![("/api/v1".to_owned(), discovery.1.clone())];
        for path in names.iter().take(asked).map(|it| format!("/api/v1/{it}s?limit=500")) {
            script.extend((0..5).map(|_| (path.clone(), refused(500, "no storage"))));
        }
        script
    };
    for (at_once, asked_lists, longest) in [(1, 3, 29), (4, 6, 20)] {
        let options = Options { at_once, ..Options::default() };
        let (result, mut asked) = run(options, needs.clone(), script(asked_lists));
        let seen = result.expect("reachable");
        let mut wanted: Vec<_> = script(asked_lists).into_iter().map(|it| it.0).collect();
        asked.sort();
        wanted.sort();
        assert_eq!(asked, wanted);
        assert!(seen.elapsed < Duration::from_secs(longest), "{:?}", seen.elapsed);
        let not_asked = seen.reading.inventory.objects.values();
        let not_asked = not_asked.filter(|it| it.reason.contains(": not asked, for")).count();
        assert_eq!(not_asked, 30 - asked_lists);
    }
}

#[test]
fn an_answer_closes_the_breaker_across_kinds() {
    let options = Options { retries: 0, ..Options::default() };
    let (discovery, needs) = many_kinds(6);
    let paths: Vec<_> = (0..6).map(|nth| format!("/api/v1/k{nth}s?limit=500")).collect();
    let mut script = vec![discovery];
    for (nth, path) in paths.iter().enumerate() {
        script.push((path, if nth == 2 { page("", &[]) } else { status(500) }));
    }
    let seen = read(options, needs, script).expect("reachable");
    seen.need(5, Coverage::Absent, 0, "k5s: the server answered 500 Internal Server Error");
}

#[test]
fn a_retry_after_of_nothing_waits_as_long_as_any() {
    let script = vec![core(), (PODS, come_back(503, "0")), (PODS, page("", &["a/x"]))];
    let seen = reads(vec![pods()], script);
    seen.need(0, Coverage::Complete, 1, "");
    assert!(seen.elapsed >= Duration::from_millis(500), "{:?}", seen.elapsed);
}

#[test]
fn a_list_that_is_begun_again_replaces_what_it_gave() {
    let script = vec![
        core(),
        (PODS, page("t", &["a/gone", "a/x"])),
        (NEXT, status(410)),
        (PODS, page("t", &["a/x"])),
        (NEXT, page("", &["a/y"])),
    ];
    let seen = reads(vec![pods()], script);
    seen.need(0, Coverage::Complete, 2, "").problems(&[]);
    let objects = format!("{:?}", seen.reading.inventory.objects["0"].objects);
    assert!(!objects.contains("gone"), "{objects}");
    let input = &seen.reading.inputs[0];
    assert_eq!((input.objects, input.needed), (2, 2));
}

#[test]
fn one_name_is_one_object() {
    let pod = |uid: &str, version: &str| {
        let metadata = json!({
            "name": "x", "namespace": "a", "uid": uid, "resourceVersion": version,
            "labels": {"app": "velero"},
        });
        ok(json!({
            "kind": "PodList", "apiVersion": "v1", "metadata": {},
            "items": [{"metadata": metadata}],
        }))
    };
    let needs = vec![need("", "Pod", &[], "app=velero"), need("", "Pod", &["a"], "")];
    for (first, second) in [("5", "9"), ("9", "5")] {
        let script = vec![
            core(),
            ("/api/v1/pods?labelSelector=app%3Dvelero&limit=500", pod("u-first", first)),
            ("/api/v1/namespaces/a/pods?limit=500", pod("u-second", second)),
        ];
        let seen = reads(needs.clone(), script);
        let newest = if first > second { "u-first" } else { "u-second" };
        for nth in ["0", "1"] {
            let objects = &seen.reading.inventory.objects[nth].objects;
            assert!(objects.len() == 1 && objects[0].text().contains(newest), "{nth}: {objects:?}");
        }
    }
}

#[test]
fn what_is_no_api_server_is_unreachable() {
    let page = Answer::Body(
        StatusCode::OK,
        vec![(header::CONTENT_TYPE, "text/html".to_owned())],
        "<html>log in</html>".to_owned(),
    );
    unreachable(
        Options::default(),
        vec![("/api/v1", page)],
        "this is no API server: it answered 200 OK, text/html: <html>log in</html>; check \
         `server` of the cluster in the kubeconfig, and proxies",
    );
    let to = vec![(header::LOCATION, "https://sso.example/".to_owned())];
    unreachable(
        Options::default(),
        vec![("/api/v1", Answer::Body(StatusCode::FOUND, to, String::new()))],
        "this is no API server: it answered 302 Found to https://sso.example/; check `server` of \
         the cluster in the kubeconfig, and proxies",
    );
    let none = || Answer::Body(StatusCode::NOT_FOUND, Vec::new(), "404 page not found".to_owned());
    unreachable(
        Options::default(),
        vec![("/api/v1", none()), ("/version", none())],
        "404 Not Found; check the address and the network, and try `kubectl --context prod get \
         --raw /version`",
    );
}

#[test]
fn a_server_that_serves_no_needed_group_is_one_all_the_same() {
    let version = ("/version", ok(json!({"gitVersion": "v1.30.0"})));
    let script = vec![("/apis/csdr.alibabacloud.com", status(404)), version];
    let reason = "the cluster serves no BackupLocation.csdr.alibabacloud.com";
    reads(vec![need(VAULTS, "BackupLocation", &[], "")], script)
        .need(0, Coverage::Absent, 0, reason)
        .problems(&[]);
}

#[test]
fn a_kind_that_is_served_no_more_is_told_like_one_that_never_was() {
    let script = vec![core(), (PODS, status(404))];
    reads(vec![pods()], script)
        .need(0, Coverage::Absent, 0, "the cluster serves no Pod")
        .problems(&[]);
}

#[track_caller]
fn check_namespace(answer: Answer, want: &[(&str, &str)]) {
    let script = vec![
        core(),
        // In order of their names.
        ("/api/v1/namespaces/cdsr/pods?limit=500", page("", &[])),
        ("/api/v1/namespaces/csdr/pods?limit=500", page("", &["csdr/x"])),
        ("/api/v1/namespaces/cdsr", answer),
    ];
    let seen = reads_within(&["csdr", "cdsr"], vec![pods()], script);
    seen.problems(want);
}

#[test]
fn a_namespace_that_the_cluster_does_not_have_is_told() {
    check_namespace(status(404), &[("", "the cluster has no namespace cdsr")]);
    check_namespace(ok(json!({"kind": "Namespace"})), &[]);
    check_namespace(status(403), &[]);
    check_namespace(status(503), &[]);
}

/// A page, of a server whose clock is so many seconds ahead.
fn dated(ahead: i64) -> Answer {
    let now = Timestamp::now() + SignedDuration::from_secs(ahead);
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let Answer::Body(code, mut headers, body) = page("", &["a/x"]) else {
        panic!("a page has a body")
    };
    headers.push((header::DATE, date));
    Answer::Body(code, headers, body)
}

#[track_caller]
fn check_clock(ahead: i64, want: Option<&str>) {
    let seen = reads(vec![pods()], vec![core(), (PODS, dated(ahead))]);
    let want = want.map(|it| {
        format!(
            "the clock of the cluster is {it} that of this machine: ages are counted to the \
             cluster's"
        )
    });
    let want: Vec<_> = want.iter().map(|it| ("", it.as_str())).collect();
    seen.problems(&want);
    let told = if want.is_empty() { 0 } else { ahead };
    assert!((told - seen.ahead).abs() <= 2, "{ahead}: {}", seen.ahead);
}

#[test]
fn a_clock_that_differs_is_told() {
    check_clock(0, None);
    check_clock(-30, None);
    check_clock(600, Some("10 min ahead of"));
    check_clock(-7200, Some("120 min behind"));
}
