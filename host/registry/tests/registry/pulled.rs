//! What was pushed is pulled, from the store where it is kept, from mirrors where they are named,
//! and as the lock says.

use rulebox_registry::{Content, Digest, Lock, Proxies, Puller, Registry, Store, push};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::{
    PACK, anybody, artifact,
    fake::{Fake, network, puller, status},
};

fn text(content: &Content) -> &str {
    let Content::Text(text) = content else { panic!("{content:?}") };
    std::str::from_utf8(text).expect("text")
}

#[tokio::test]
async fn a_pack_that_was_pushed_is_pulled_and_has_the_same_digest_each_time() {
    let fake = Fake::start().await;
    let reference = fake.reference("acme/rules:1.0");
    let digest = push(&network(), &reference, &artifact(PACK)).await.expect("pushed");
    let again = push(&network(), &fake.reference("acme/rules:2.0"), &artifact(PACK)).await;
    assert_eq!(again.expect("pushed"), digest);
    let pulled = puller(network()).pull(&reference, &anybody()).await.expect("pulled");
    assert_eq!((text(&pulled.content), &pulled.digest), (PACK, &digest));
    let pinned = fake.reference(&format!("acme/rules@{digest}"));
    let pulled = puller(network()).pull(&pinned, &anybody()).await.expect("pulled");
    assert_eq!(pulled.digest, digest);
    let error = puller(network()).pull(&fake.reference("acme/rules:3"), &anybody()).await;
    assert_eq!(error.expect_err("no such tag").code(), "registry-missing");
}

#[tokio::test]
async fn what_is_pushed_is_there_only_once() {
    let fake = Fake::start().await;
    push(&network(), &fake.reference("a/b:1"), &artifact(PACK)).await.expect("pushed");
    fake.asked();
    push(&network(), &fake.reference("a/b:2"), &artifact(PACK)).await.expect("pushed");
    let asked = fake.asked();
    assert!(!asked.iter().any(|it| it.contains("uploads")), "{asked:?}");
}

#[tokio::test]
async fn a_second_run_asks_for_the_tag_alone_and_for_a_digest_nobody() {
    let fake = Fake::start().await;
    let reference = fake.reference("acme/rules:1.0");
    let digest = push(&network(), &reference, &artifact(PACK)).await.expect("pushed");
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("store")).expect("a store");
    let kept = Puller { store: Some(store), ..puller(network()) };
    kept.pull(&reference, &anybody()).await.expect("pulled");
    fake.asked();
    kept.pull(&reference, &anybody()).await.expect("pulled");
    assert_eq!(fake.asked(), ["GET /v2/acme/rules/manifests/1.0"]);
    kept.pull(&reference.at(digest.clone()), &anybody()).await.expect("pulled");
    assert_eq!(fake.asked(), [""; 0]);
    let offline = Puller { network: None, ..kept };
    offline.pull(&reference.at(digest), &anybody()).await.expect("it is in the store");
    let error = offline.pull(&reference, &anybody()).await.expect_err("nobody knows the tag");
    assert_eq!(error.code(), "offline-unresolved");
    assert!(error.help().contains("rulebox rules lock oci://127.0.0.1"), "{}", error.help());
    let other = reference.at(Digest::of(b"other"));
    let error = offline.pull(&other, &anybody()).await.expect_err("it is not there");
    assert!(error.to_string().contains("its manifest is missing"), "{error}");
}

#[tokio::test]
async fn the_lock_says_what_a_tag_stands_for() {
    let fake = Fake::start().await;
    let reference = fake.reference("acme/rules:1.0");
    let digest = push(&network(), &reference, &artifact(PACK)).await.expect("pushed");
    let mut lock = Lock::default();
    lock.set(&reference, digest.clone());
    let newer = push(&network(), &reference, &artifact("kind: Newer")).await.expect("pushed");
    let locked = Puller { lock, locked: true, ..puller(network()) };
    let pulled = locked.pull(&reference, &anybody()).await.expect("pulled");
    assert_eq!(pulled.digest, digest, "not what the tag stands for now");
    let error = locked.pull(&fake.reference("acme/rules:2.0"), &anybody()).await;
    assert_eq!(error.expect_err("not locked").code(), "not-locked");
    let error = locked.pull(&reference.at(newer), &anybody()).await.expect_err("another");
    assert!(error.to_string().contains(&format!("the lock says that {reference}@")), "{error}");
    assert!(error.to_string().ends_with(&digest.to_string()), "{error}");
}

#[tokio::test]
async fn mirrors_are_asked_first_and_may_be_down_behind_or_wrong() {
    let (origin, mirror) = (Fake::start().await, Fake::start().await);
    let reference = origin.reference("acme/rules:1.0");
    let digest = push(&network(), &reference, &artifact(PACK)).await.expect("pushed");
    let there = mirror.reference("copies/acme/rules:1.0");
    push(&network(), &there, &artifact(PACK)).await.expect("pushed");
    let mut network = network();
    network.registries = vec![Registry {
        prefix: origin.address.to_string(),
        mirrors: vec!["127.0.0.1:1".to_owned(), format!("{}/copies", mirror.address)],
        ..Registry::default()
    }];
    let puller = puller(network);
    origin.asked();
    let pulled = puller.pull(&reference, &anybody()).await.expect("pulled from the mirror");
    assert_eq!(pulled.digest, digest);
    assert_eq!(origin.asked(), [""; 0]);
    mirror.instead(|_| Some(status(503)));
    puller.pull(&reference, &anybody()).await.expect("pulled from the registry");
    mirror.instead(|head| head.uri.path().contains("blobs").then(|| crate::fake::text(200, "x")));
    let pulled = puller.pull(&reference.at(digest), &anybody()).await.expect("from the registry");
    assert_eq!(text(&pulled.content), PACK);
}

#[tokio::test]
async fn a_proxy_is_used_unless_it_is_spared() {
    let fake = Fake::start().await;
    push(&network(), &fake.reference("a/b:1"), &artifact(PACK)).await.expect("pushed");
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://user:pass@{}", proxy.local_addr().expect("an address"));
    let to = fake.address;
    let asked = tokio::spawn(async move {
        let (stream, _) = proxy.accept().await.expect("a connection");
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            stream.read_line(&mut head).await.expect("a line");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("written");
        let mut there = TcpStream::connect(to).await.expect("the registry");
        let _closed = copy_bidirectional(&mut stream, &mut there).await;
        head
    });
    let mut through = network();
    through.proxies = Proxies::of(&url, "spared.example");
    through.registries = ["registry.example", "spared.example"]
        .map(|it| Registry { prefix: it.to_owned(), plain_http: Some(true), ..Registry::default() })
        .into();
    let reference = "oci://registry.example/a/b:1".parse().expect("a reference");
    let puller = puller(through);
    puller.pull(&reference, &anybody()).await.expect("pulled through the proxy");
    let spared = "oci://spared.example/a/b:1".parse().expect("a reference");
    let error = puller.pull(&spared, &anybody()).await.expect_err("no such host");
    assert_eq!(error.code(), "registry-unreachable");
    drop(puller);
    let head = asked.await.expect("it ends with its client");
    assert!(head.starts_with("CONNECT registry.example:80 HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnz"), "{head}");
}
