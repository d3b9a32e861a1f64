//! Which events are written, and what stands in them.

use http::Method;
use rulebox_core::Severity;

use super::*;
use crate::{
    fake::Server,
    sample::{self, at, published},
};

fn finding(namespace: &str, nth: usize) -> ReportedFinding {
    let fingerprint = format!("{nth:016x}");
    ReportedFinding { fingerprint, ..sample::finding(namespace, "vault") }
}

#[test]
fn a_finding_is_an_event_of_its_object() {
    let want = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": "rulebox-00000000000000ff",
            "namespace": "csdr",
            "labels": {"app.kubernetes.io/managed-by": "rulebox"},
        },
        "involvedObject": {
            "apiVersion": "csdr.alibabacloud.com/v1beta1",
            "kind": "BackupLocation",
            "namespace": "csdr",
            "name": "vault",
            "uid": "u-1",
        },
        "type": "Warning",
        "reason": "VaultUnavailable",
        "message": "vault is Unavailable: the bucket does not exist",
        "count": 1,
        "firstTimestamp": "1970-01-01T00:00:07Z",
        "lastTimestamp": "1970-01-01T00:00:07Z",
        "source": {"component": "rulebox"},
        "reportingComponent": "rulebox.dev/rulebox",
        "reportingInstance": "pod-1",
    });
    assert_eq!(event(&finding("csdr", 255), "pod-1", at(7)), want);
    for namespace in ["", "../../x"] {
        let event = event(&finding(namespace, 1), "pod-1", at(7));
        assert_eq!(event["metadata"]["namespace"], "default", "{namespace}");
    }
}

#[test]
fn hostile_text_is_visible_short_and_without_secrets() {
    let hostile = format!("a\nb\u{1b}[2J\u{202e}password=hunter2hunter2 {}", "x".repeat(10_000));
    let mut it = finding("csdr", 1);
    it.finding.summary.clone_from(&hostile);
    it.finding.cause.clone_from(&hostile);
    it.finding.rule.clone_from(&hostile);
    it.finding.subject.name.clone_from(&hostile);
    it.fingerprint.clone_from(&hostile);
    let event = event(&it, &hostile, at(7));
    let text = event.to_string();
    assert!(!text.contains(['\n', '\u{1b}', '\u{202e}']), "{text}");
    let message = event["message"].as_str().expect("a text");
    assert!(message.len() <= 1024 && !message.contains("hunter2"), "{message}");
    assert!(event["reason"].as_str().is_some_and(|it| it.len() <= 128), "{text}");
    assert!(event["reportingInstance"].as_str().is_some_and(|it| it.len() <= 128), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_lets_some_pass_at_once_and_then_one_in_a_while() {
    let begun = Instant::now();
    let mut bucket = Bucket::new(begun);
    let at = |seconds| begun + Duration::from_secs(seconds);
    let mut pass = |seconds| (0..100).take_while(|_| bucket.take(at(seconds)).is_ok()).count();
    assert_eq!([pass(100), pass(105), pass(110), pass(135), pass(1000)], [25, 0, 1, 2, 25]);
    let mut bucket = Bucket::new(begun);
    while bucket.take(at(0)).is_ok() {}
    assert_eq!(bucket.take(at(4)), Err(Duration::from_secs(6)));
}

async fn teller(server: &Server, second: i64) -> Teller {
    Teller {
        cluster: server.cluster().await,
        name: String::new(),
        instance: "pod-1".to_owned(),
        clock: Clock::new(move || at(second)),
        counters: Arc::default(),
    }
}

const EVENT: &str = "/api/v1/namespaces/csdr/events/rulebox-0000000000000001";

#[tokio::test]
async fn an_event_is_written_once_and_counted_where_a_finding_comes_again() {
    let server = Server::start().await;
    let before = teller(&server, 7).await;
    assert_eq!(before.tell(&finding("csdr", 1), Some(2)).await, Told::Yes);
    assert_eq!(server.changes(), ["POST /api/v1/namespaces/csdr/events"]);
    let after_a_restart = teller(&server, 30).await;
    assert_eq!(after_a_restart.tell(&finding("csdr", 1), None).await, Told::Yes);
    assert_eq!(server.kept().objects[EVENT]["count"], 1);
    assert_eq!(after_a_restart.tell(&finding("csdr", 1), Some(2)).await, Told::Yes);
    let event = &server.kept().objects[EVENT];
    assert_eq!(event["count"], 2);
    assert_eq!(event["lastTimestamp"], "1970-01-01T00:00:30Z");
    assert_eq!(event["firstTimestamp"], "1970-01-01T00:00:07Z");
}

#[tokio::test]
async fn an_event_says_the_words_of_now() {
    let server = Server::start().await;
    let teller = teller(&server, 7).await;
    teller.tell(&finding("csdr", 1), Some(2)).await;
    teller.tell(&finding("csdr", 1), Some(3)).await;
    let mut other = finding("csdr", 1);
    other.finding.cause = "the token has expired".to_owned();
    let later = self::teller(&server, 30).await;
    assert_eq!(later.tell(&other, None).await, Told::Yes);
    let event = server.kept().objects[EVENT].clone();
    assert_eq!(event["message"], "vault is Unavailable: the token has expired");
    assert_eq!(
        (&event["count"], &event["lastTimestamp"]),
        (&json!(3), &json!("1970-01-01T00:00:30Z"))
    );
    assert_eq!(event["firstTimestamp"], "1970-01-01T00:00:07Z");
    server.changes();
    assert_eq!(later.tell(&other, None).await, Told::Yes);
    assert_eq!(server.changes(), ["POST /api/v1/namespaces/csdr/events"], "nothing has changed");
}

#[tokio::test(start_paused = true)]
async fn words_that_change_are_told_after_a_while_and_behind_what_is_new() {
    let (begun, later) = (Instant::now(), Instant::now() + WORDS_STAY);
    let old = [finding("csdr", 1), finding("csdr", 2)];
    let told = old.iter().map(|it| (it.fingerprint.clone(), Words::of(it, begun)));
    let told: HashMap<_, _> = told.collect();
    let mut other = finding("csdr", 1);
    other.finding.summary = "vault is Unavailable for 7 minutes".to_owned();
    let new = finding("csdr", 3);
    let of = |findings: &[&ReportedFinding], now| {
        let due = due(findings, &told, now);
        due.iter().map(|it| (it.0.fingerprint.ends_with('1'), it.1)).collect::<Vec<_>>()
    };
    assert_eq!(of(&[&old[0], &old[1]], later), []);
    assert_eq!(of(&[&other, &old[1]], begun), []);
    assert_eq!(of(&[&other, &old[1], &new], later), [(false, false), (true, true)]);
    let mut bucket = Bucket::new(begun);
    let spare = (0..100).take_while(|_| bucket.take_spare(begun)).count();
    let left = (0..100).take_while(|_| bucket.take(begun).is_ok()).count();
    assert_eq!((spare, left), (13, 12));
}

#[tokio::test]
async fn what_the_server_never_takes_is_not_tried_again() {
    let server = Server::start().await;
    let teller = teller(&server, 7).await;
    for (status, never, later) in
        [(404, true, false), (422, true, false), (403, false, true), (429, false, false)]
    {
        server.kept().refusals.clear();
        server.refuse(Method::POST, "", status, "no");
        let became = teller.tell(&finding("csdr", 1), None).await;
        let got = (matches!(became, Told::Never(_)), matches!(became, Told::Later(_)));
        assert_eq!(got, (never, later), "{status}: {became:?}");
    }
}

#[tokio::test]
async fn findings_are_told_the_worst_first_and_no_more_than_the_bucket_lets_pass() {
    let server = Server::start().await;
    let teller = teller(&server, 7).await;
    let mut findings: Vec<_> = (0..40).map(|it| finding("csdr", it)).collect();
    findings[39].finding.severity = Severity::Critical;
    let suppressed = rulebox_core::Suppression::default();
    findings[0].suppressed = Some(suppressed);
    findings[1].cluster = "other".to_owned();
    let published = published(7, findings, Vec::new());
    let (results, receiver) = watch::channel(Some(Arc::new(published)));
    let told = async {
        while teller.counters.all().iter().all(|it| it.2 < 25) {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = teller.run(receiver) => {}
        () = told => {}
    }
    drop(results);
    let kept = server.kept();
    assert_eq!(kept.objects.len(), 25);
    let has = |nth: usize| kept.objects.keys().any(|it| it.ends_with(&format!("{nth:016x}")));
    assert_eq!(
        [has(39), has(0), has(1), has(2), has(25), has(26)],
        [true, false, false, true, true, false]
    );
}
