//! What a registry, or somebody between, may send: each is an error that names it, and costs what
//! the limits say.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use axum::{
    body::Body,
    http::{header, request::Parts},
    response::Response,
};
use rulebox_registry::{Digest, RegistryError, push};

use crate::{
    PACK, anybody, artifact,
    fake::{Fake, network, puller, status, text},
};

/// What pulling comes to from a registry that answers this instead.
async fn pulled(
    instead: impl Fn(&Parts) -> Option<Response> + Send + Sync + 'static,
) -> RegistryError {
    let fake = Fake::start().await;
    let reference = fake.reference("acme/rules:1.0");
    push(&network(), &reference, &artifact(PACK)).await.expect("pushed");
    fake.instead(instead);
    let mut network = network();
    network.limits.silence = Duration::from_millis(300);
    network.limits.request = Duration::from_millis(900);
    puller(network).pull(&reference, &anybody()).await.expect_err("it is refused")
}

#[track_caller]
fn told(error: &RegistryError, code: &str, want: &str) {
    assert!(error.code() == code && error.to_string().contains(want), "{}: {error}", error.code());
    assert!(!error.help().is_empty() && error.to_string().len() < 600, "{error}");
}

/// What is answered for blobs but the config, which is `{}`.
fn layer(head: &Parts, answer: impl Fn() -> Response) -> Option<Response> {
    let config = Digest::of(b"{}").to_string();
    let path = head.uri.path();
    (path.contains("/blobs/") && !path.ends_with(&config)).then(answer)
}

fn manifest(head: &Parts, answer: impl Fn() -> Response) -> Option<Response> {
    head.uri.path().contains("/manifests/").then(answer)
}

/// A body without an end.
fn endless(piece: Vec<u8>, every: Duration) -> Response {
    let pieces = futures_util::stream::unfold((), move |()| {
        let piece = piece.clone();
        async move {
            tokio::time::sleep(every).await;
            Some((Ok::<_, std::io::Error>(piece), ()))
        }
    });
    Response::new(Body::from_stream(pieces))
}

#[tokio::test]
async fn a_manifest_has_a_limit() {
    let error = pulled(|it| manifest(it, || text(200, &"x".repeat(2 << 20)))).await;
    told(&error, "registry-too-large", "manifest 1.0 of acme/rules");
    let error = pulled(|it| manifest(it, || endless(vec![b' '; 1 << 16], Duration::ZERO))).await;
    told(&error, "registry-too-large", "larger than 1048576 bytes");
}

#[tokio::test]
async fn content_is_what_its_manifest_says() {
    let longer = format!("{PACK}and more");
    let error = pulled(move |it| layer(it, || text(200, &longer))).await;
    told(&error, "registry-wrong-size", &format!("has not the {} bytes", PACK.len()));
    let error = pulled(|it| layer(it, || endless(vec![b'x'; 1 << 16], Duration::ZERO))).await;
    told(&error, "registry-wrong-size", "layer sha256:");
    let error = pulled(|it| layer(it, || text(200, &PACK[1..]))).await;
    told(&error, "registry-wrong-size", "layer sha256:");
    let error = pulled(|it| layer(it, || text(200, &PACK.replace('a', "b")))).await;
    told(&error, "registry-wrong-digest", "is not what its digest says");
    let error = pulled(|it| layer(it, || status(404))).await;
    told(&error, "registry-missing", "has no layer sha256:");
}

#[tokio::test]
async fn a_pack_that_is_larger_than_it_may_be_is_not_fetched() {
    let fake = Fake::start().await;
    let reference = fake.reference("a/b:1");
    push(&network(), &reference, &artifact(&"x".repeat(2 << 20))).await.expect("pushed");
    let error = puller(network()).pull(&reference, &anybody()).await.expect_err("too large");
    told(&error, "registry-too-large", "larger than 1048576 bytes");
    assert!(error.help().contains("--pack-size"));
    let layer = Digest::of("x".repeat(2 << 20).as_bytes()).to_string();
    assert!(!fake.asked().iter().any(|it| it.starts_with("GET") && it.contains(&layer)));
}

#[tokio::test]
async fn a_manifest_is_what_its_digest_says() {
    let other =
        r#"{"schemaVersion":2,"config":{"mediaType":"x","digest":"D","size":2},"layers":[]}"#;
    let other = other.replace('D', &Digest::of(b"{}").to_string());
    let error = pulled(move |it| {
        manifest(it, || {
            let body = Body::from(other.clone());
            let of = Digest::of(b"another").to_string();
            Response::builder().header("docker-content-digest", of).body(body).expect("one")
        })
    });
    told(&error.await, "registry-wrong-digest", "manifest 1.0");
    let fake = Fake::start().await;
    let pinned = fake.reference(&format!("a/b@{}", Digest::of(b"pack")));
    fake.instead(|it| manifest(it, || text(200, "{}")));
    let error = puller(network()).pull(&pinned, &anybody()).await.expect_err("something else");
    told(&error, "registry-wrong-digest", "is not what its digest says");
}

#[tokio::test]
async fn what_is_no_manifest_of_a_pack_says_why() {
    let digest = Digest::of(b"{}").to_string();
    let with = move |layers: &str, size: &str| {
        let config = format!(r#"{{"mediaType":"x","digest":"{digest}","size":{size}}}"#);
        format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{layers}]}}"#)
    };
    let layer = r#"{"mediaType":"application/wasm","digest":"sha512:00","size":1}"#;
    for (answer, code, want) in [
        ("<html>log in</html>".to_owned(), "manifest-invalid", "expected value"),
        (r#"{"schemaVersion":2,"manifests":[]}"#.to_owned(), "manifest-invalid", "an index"),
        (with("", "2"), "not-a-pack", "it has 0 layers"),
        (with("", "-2"), "manifest-invalid", "invalid value"),
        (with(layer, "2"), "manifest-invalid", "a digest is `sha256:`"),
        (format!(r#"{{"x":{}"#, "[".repeat(100_000)), "manifest-invalid", "EOF while parsing"),
    ] {
        let error = pulled(move |it| manifest(it, || text(200, &answer))).await;
        told(&error, code, want);
    }
}

#[tokio::test]
async fn nobody_is_waited_for_without_end() {
    let error = pulled(|it| layer(it, || endless(Vec::new(), Duration::from_mins(1)))).await;
    told(&error, "registry-silent", "did not answer layer sha256:");
    // One byte now and then is no silence, and takes too long.
    let error = pulled(|it| layer(it, || endless(vec![b'x'], Duration::from_millis(100)))).await;
    told(&error, "registry-silent", "within 0.9 s");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let reference = format!("oci://{address}/a/b:1").parse().expect("a reference");
    let mut network = network();
    network.limits.silence = Duration::from_millis(100);
    let error = puller(network).pull(&reference, &anybody()).await.expect_err("it is silent");
    told(&error, "registry-silent", "manifest 1");
}

#[tokio::test]
async fn a_failure_is_told_in_its_words_which_are_cut() {
    let error = pulled(|it| manifest(it, || text(503, "<html>down</html>"))).await;
    told(&error, "registry-failed", "503 Service Unavailable");
    let said = format!(r#"{{"errors":[{{"code":"X","message":"{}"}}]}}"#, "y".repeat(10_000));
    let error = pulled(move |it| manifest(it, || text(429, &said))).await;
    told(&error, "registry-failed", "429 Too Many Requests: yyy");
    let error = pulled(|it| manifest(it, || text(403, r#"{"errors":[{"code":"DENIED"}]}"#))).await;
    told(&error, "registry-refused", "403 Forbidden: DENIED");
    assert!(error.help().contains("docker login"));
}

/// A registry that is busy for the first requests of a manifest.
async fn busy(status: u16, times: usize, wait: &'static str) -> (Fake, Result<(), RegistryError>) {
    let fake = Fake::start().await;
    let reference = fake.reference("a/b:1");
    push(&network(), &reference, &artifact(PACK)).await.expect("pushed");
    let left = AtomicUsize::new(times);
    fake.asked();
    fake.instead(move |it| {
        manifest(it, || {
            Response::builder()
                .status(status)
                .header(header::RETRY_AFTER, wait)
                .body(Body::empty())
                .expect("a response")
        })
        .filter(|_| left.fetch_update(Relaxed, Relaxed, |it| it.checked_sub(1)).is_ok())
    });
    let pulled = puller(network()).pull(&reference, &anybody()).await;
    (fake, pulled.map(|_| ()))
}

#[tokio::test]
async fn who_is_busy_is_asked_again_and_not_for_ever() {
    for (status, wait) in [(429, "0"), (503, "Wed, 21 Oct 2026 07:28:00 GMT")] {
        let (_, pulled) = busy(status, 3, wait).await;
        pulled.expect("it is pulled");
    }
    let (fake, pulled) = busy(429, 100, "0").await;
    told(&pulled.expect_err("it is busy"), "registry-failed", "429 Too Many Requests");
    assert_eq!(fake.asked().len(), 4);
    // Nobody waits for an hour.
    let (fake, pulled) = busy(429, 1, "3600").await;
    told(&pulled.expect_err("it is busy"), "registry-failed", "it asks to wait: 3600");
    assert_eq!(fake.asked().len(), 1);
}

fn to(location: &str) -> Response {
    let answer = Response::builder().status(307).header(header::LOCATION, location);
    answer.body(Body::empty()).expect("a response")
}

#[tokio::test]
async fn redirections_end_and_lead_to_the_web_alone() {
    for (location, want) in [
        ("/v2/a/b/blobs/again", "more than 5 times"),
        ("ftp://evil.example/x", "to what is no URL of the web"),
        ("file:///etc/passwd", "does not say where"),
        ("//evil.example/x", "does not say where"),
        ("", "does not say where"),
    ] {
        let error = pulled(move |it| layer(it, || to(location))).await;
        told(&error, "registry-redirected", want);
    }
}

#[tokio::test]
async fn an_upload_stays_with_its_registry() {
    let fake = Fake::start().await;
    let other = Fake::start().await;
    let elsewhere = format!("http://{}/steal", other.address);
    fake.instead(move |it| {
        let answer = || {
            let answer = Response::builder().status(202).header(header::LOCATION, &elsewhere);
            answer.body(Body::empty()).expect("a response")
        };
        it.uri.path().ends_with("/uploads/").then(answer)
    });
    let error = push(&network(), &fake.reference("a/b:1"), &artifact(PACK)).await;
    told(&error.expect_err("elsewhere"), "registry-odd", "does not say where to upload");
    assert_eq!(other.asked(), [""; 0]);
}
