//! Who asks is told to whom it concerns: to the registry when it wants to know it, to the server
//! that gives its tokens, and to nobody else.

use axum::{
    body::Body,
    http::{header, request::Parts},
    response::Response,
};
use rulebox_registry::{Credentials, Network, push};

use crate::{
    PACK, anybody, artifact,
    fake::{Fake, network, puller, text},
};

/// `user:secret`.
const BASIC: &str = "Basic dXNlcjpzZWNyZXQ=";

fn login(registry: &Fake, entry: &str) -> Network {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let text = format!(r#"{{"auths": {{"{}": {entry}}}}}"#, registry.address);
    std::fs::write(file.path(), text).expect("written");
    let credentials = Credentials::read(file.path()).expect("logins");
    Network { credentials, ..network() }
}

fn challenge(challenge: &str) -> Response {
    let answer = Response::builder().status(401).header(header::WWW_AUTHENTICATE, challenge);
    answer.body(Body::empty()).expect("a response")
}

fn says(head: &Parts, who: &str) -> bool {
    head.headers.get(header::AUTHORIZATION).is_some_and(|it| it == who)
}

#[tokio::test]
async fn a_password_is_told_when_it_is_asked_for() {
    let fake = Fake::start().await;
    fake.instead(|it| (!says(it, BASIC)).then(|| challenge("Basic realm=\"x\"")));
    let network = login(&fake, r#"{"auth": "dXNlcjpzZWNyZXQ="}"#);
    let reference = fake.reference("a/b:1");
    push(&network, &reference, &artifact(PACK)).await.expect("pushed");
    fake.asked();
    puller(network).pull(&reference, &anybody()).await.expect("pulled");
    let asked = fake.asked();
    assert_eq!(asked[0], "GET /v2/a/b/manifests/1", "first without");
    assert_eq!(asked[1], format!("GET /v2/a/b/manifests/1 {BASIC}"));
    let nobody = puller(crate::fake::network()).pull(&reference, &anybody()).await;
    let nobody = nobody.expect_err("refused");
    assert_eq!(nobody.code(), "registry-refused");
    assert!(nobody.help().contains("no credentials were found"), "{}", nobody.help());
    let wrong = login(&fake, r#"{"username": "user", "password": "hunter2"}"#);
    let error = puller(wrong).pull(&reference, &anybody()).await.expect_err("refused");
    assert!(error.help().contains("these credentials do not allow it"), "{}", error.help());
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

/// A registry whose tokens another server gives, and that server.
async fn with_tokens() -> (Fake, Fake) {
    let (fake, tokens) = (Fake::start().await, Fake::start().await);
    tokens.instead(|_| Some(text(200, r#"{"token": "abc"}"#)));
    let bearer = format!("Bearer realm=\"http://{}/token\",service=\"s\"", tokens.address);
    fake.instead(move |it| (!says(it, "Bearer abc")).then(|| challenge(&bearer)));
    (fake, tokens)
}

#[tokio::test]
async fn a_token_is_asked_for_this_repository_and_no_more() {
    let (fake, tokens) = with_tokens().await;
    let network = login(&fake, r#"{"auth": "dXNlcjpzZWNyZXQ="}"#);
    let reference = fake.reference("a/b:1");
    push(&network, &reference, &artifact(PACK)).await.expect("pushed");
    let scope = "/token?service=s&scope=repository%3Aa%2Fb%3Apull";
    assert_eq!(tokens.asked(), [format!("GET {scope}%2Cpush {BASIC}")]);
    puller(network).pull(&reference, &anybody()).await.expect("pulled");
    assert_eq!(tokens.asked(), [format!("GET {scope} {BASIC}")]);
    assert!(!fake.asked().iter().any(|it| it.contains("Basic")), "the registry is told the token");
    // Registries give tokens to everybody for what everybody may read.
    puller(crate::fake::network()).pull(&reference, &anybody()).await.expect("pulled");
    assert_eq!(tokens.asked(), [format!("GET {scope}")]);
    let identity = login(&fake, r#"{"identitytoken": "t"}"#);
    puller(identity).pull(&reference, &anybody()).await.expect("pulled");
    assert_eq!(tokens.asked(), ["POST /token"]);
}

#[tokio::test]
async fn a_server_of_tokens_that_gives_none_is_named() {
    let (fake, tokens) = with_tokens().await;
    for (answer, want) in [
        (text(200, "secret"), "it is not the JSON of a token"),
        (text(200, "{}"), "there is no token in it"),
        (text(200, r#"{"token": "a\nb"}"#), "its token is none"),
        (text(401, "secret"), "401 Unauthorized"),
    ] {
        let answer = std::sync::Mutex::new(Some(answer));
        tokens.instead(move |_| answer.lock().expect("no panic").take());
        let pulled = puller(network()).pull(&fake.reference("a/b:1"), &anybody()).await;
        let error = pulled.expect_err(want).to_string();
        assert!(error.contains(want) && !error.contains("secret"), "{error}");
    }
    fake.instead(|_| Some(challenge("Bearer realm=\"nonsense\"")));
    let error = puller(network()).pull(&fake.reference("a/b:1"), &anybody()).await;
    assert!(error.expect_err("no server").to_string().contains("names no server"));
}

#[tokio::test]
async fn where_a_registry_sends_to_is_not_told_who_asks() {
    let (fake, storage) = (Fake::start().await, Fake::start().await);
    let network = login(&fake, r#"{"auth": "dXNlcjpzZWNyZXQ="}"#);
    let reference = fake.reference("a/b:1");
    push(&network, &reference, &artifact(PACK)).await.expect("pushed");
    push(&crate::fake::network(), &storage.reference("a/b:1"), &artifact(PACK)).await.expect("too");
    storage.asked();
    let there = storage.address;
    fake.instead(move |it| {
        if !says(it, BASIC) {
            return Some(challenge("Basic"));
        }
        let to = format!("http://{there}{}", it.uri.path());
        let answer = Response::builder().status(307).header(header::LOCATION, to);
        it.uri.path().contains("/blobs/").then(|| answer.body(Body::empty()).expect("one"))
    });
    puller(network).pull(&reference, &anybody()).await.expect("pulled");
    let asked = storage.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(!asked.iter().any(|it| it.contains("Basic")), "{asked:?}");
}
