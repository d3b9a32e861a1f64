//! A registry in memory, on a loopback: it does what it should, but where a test says otherwise,
//! and remembers what it was asked.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header, request::Parts},
    response::Response,
};
use rulebox_registry::{Credentials, Digest, Limits, Lock, Network, Proxies, Puller, Reference};

/// What a test says that is answered instead.
type Instead = Box<dyn Fn(&Parts) -> Option<Response> + Send + Sync>;

#[derive(Default)]
struct Kept {
    blobs: HashMap<String, Vec<u8>>,
    manifests: HashMap<String, (String, Vec<u8>)>,
    asked: Vec<String>,
    instead: Option<Instead>,
}

/// A registry that answers.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let fake = Self { address, kept: Arc::default() };
        let router = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    /// A reference to a pack in it.
    pub(crate) fn reference(&self, rest: &str) -> Reference {
        format!("oci://{}/{rest}", self.address).parse().expect("a reference")
    }

    /// From now on this counts where it answers something.
    pub(crate) fn instead(
        &self,
        answer: impl Fn(&Parts) -> Option<Response> + Send + Sync + 'static,
    ) {
        self.kept.lock().expect("no panic").instead = Some(Box::new(answer));
    }

    /// What it was asked since the last time: method, path, and who asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.kept.lock().expect("no panic").asked)
    }

    /// The manifest under a tag or digest.
    pub(crate) fn manifest(&self, path: &str) -> Option<Vec<u8>> {
        let kept = self.kept.lock().expect("no panic");
        kept.manifests.get(path).map(|it| it.1.clone())
    }

    /// Puts a manifest under a name.
    pub(crate) fn plant_manifest(&self, path: &str, bytes: &[u8]) {
        let kind = "application/vnd.oci.image.manifest.v1+json".to_owned();
        let mut kept = self.kept.lock().expect("no panic");
        kept.manifests.insert(path.to_owned(), (kind, bytes.to_vec()));
    }

    /// Removes what stands under a tag.
    pub(crate) fn remove(&self, path: &str) {
        self.kept.lock().expect("no panic").manifests.remove(path);
    }
}

/// Asks without credentials, and not for long.
pub(crate) fn network() -> Network {
    let limits = Limits {
        request: std::time::Duration::from_secs(20),
        silence: std::time::Duration::from_secs(10),
        wait: std::time::Duration::ZERO,
        ..Limits::default()
    };
    Network {
        registries: Vec::new(),
        credentials: Credentials::default(),
        proxies: Proxies::none(),
        limits,
    }
}

/// Pulls without a store.
pub(crate) fn puller(network: Network) -> Puller {
    Puller {
        store: None,
        network: Some(network),
        lock: Lock::default(),
        locked: false,
        pack_bytes: 1 << 20,
    }
}

pub(crate) fn status(status: u16) -> Response {
    text(status, "")
}

pub(crate) fn text(status: u16, text: &str) -> Response {
    let body = Body::from(text.to_owned());
    Response::builder().status(status).body(body).expect("a response")
}

async fn answer(State(fake): State<Fake>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 24).await.unwrap_or_default();
    let mut kept = fake.kept.lock().expect("no panic");
    let who = head.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let who = who.map(|it| format!(" {it}")).unwrap_or_default();
    kept.asked.push(format!("{} {}{who}", head.method, head.uri));
    if let Some(answer) = kept.instead.as_ref().and_then(|it| it(&head)) {
        return answer;
    }
    kept.answer(&head, &body)
}

impl Kept {
    fn answer(&mut self, head: &Parts, body: &[u8]) -> Response {
        let path = head.uri.path().trim_start_matches("/v2/").to_owned();
        if let Some((name, rest)) = path.split_once("/manifests/") {
            return self.manifests(head, &format!("{name}:{rest}"), body);
        }
        let Some((_, rest)) = path.split_once("/blobs/") else { return status(404) };
        match (&head.method, rest) {
            (&Method::POST, _) => Response::builder()
                .status(StatusCode::ACCEPTED)
                .header(
                    header::LOCATION,
                    format!("{}/1?state=x", head.uri.path().trim_end_matches('/')),
                )
                .body(Body::empty())
                .expect("a response"),
            (&Method::PUT, _) => {
                let digest = Digest::of(body).to_string();
                if !head.uri.query().unwrap_or_default().ends_with(&format!("digest={digest}")) {
                    return status(400);
                }
                self.blobs.insert(digest, body.to_vec());
                status(201)
            }
            (_, digest) => match self.blobs.get(digest) {
                Some(bytes) => Response::new(Body::from(bytes.clone())),
                None => status(404),
            },
        }
    }

    fn manifests(&mut self, head: &Parts, name: &str, body: &[u8]) -> Response {
        if head.method == Method::PUT {
            let kind = head.headers[header::CONTENT_TYPE].to_str().expect("text").to_owned();
            let (repository, _) = name.rsplit_once(':').expect("a tag");
            let repository = repository.trim_end_matches(":sha256");
            let by_digest = format!("{repository}:{}", Digest::of(body));
            self.manifests.insert(by_digest, (kind.clone(), body.to_vec()));
            self.manifests.insert(name.to_owned(), (kind, body.to_vec()));
            return status(201);
        }
        match self.manifests.get(name) {
            Some((kind, bytes)) => Response::builder()
                .header(header::CONTENT_TYPE, kind)
                .header("docker-content-digest", Digest::of(bytes).to_string())
                .body(Body::from(bytes.clone()))
                .expect("a response"),
            None => status(404),
        }
    }
}
