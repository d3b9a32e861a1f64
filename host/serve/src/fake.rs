//! An API server for tests, over loopback: keeps objects by their path, numbers each write, and
//! refuses what a test wants to be refused.

use std::{
    collections::BTreeMap,
    io::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, body::Bytes, extract::State, response::IntoResponse as _, response::Response};
use http::{Method, StatusCode, Uri};
use rulebox_cluster::{Cluster, Options};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::{sync::watch, task::AbortHandle};

use crate::Listener;

/// What the server keeps, and what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) objects: BTreeMap<String, Value>,
    /// Method and path of each request that changes something.
    pub(crate) changes: Vec<String>,
    /// Method, a part of the path, and how such a request is answered.
    pub(crate) refusals: Vec<(Method, String, u16, String)>,
    /// Counts writes.
    version: u64,
}

impl Kept {
    fn answer(&mut self, method: &Method, uri: &Uri, body: &[u8]) -> (u16, Value) {
        let path = uri.path();
        if *method != Method::GET {
            self.changes.push(format!("{method} {path}"));
        }
        let refusal = self.refusals.iter().find(|it| it.0 == *method && path.contains(&it.1));
        if let Some((_, _, status, message)) = refusal {
            return (*status, json!({"kind": "Status", "message": message}));
        }
        let mut object: Value = serde_json::from_slice(body).unwrap_or_default();
        let held = self.objects.get(path).cloned();
        let version = |it: &Value| it.pointer("/metadata/resourceVersion").cloned();
        match (method.as_str(), held) {
            ("GET", Some(held)) => (200, held),
            ("GET", None) if uri.query().is_some() => {
                let within = |it: &str| {
                    let (folder, _) = it.rsplit_once('/').unwrap_or_default();
                    let plural = path.rsplit_once('/').unwrap_or_default();
                    folder == path || folder.starts_with(plural.0) && folder.ends_with(plural.1)
                };
                let items = self.objects.iter().filter(|it| within(it.0)).map(|it| it.1.clone());
                (200, json!({"items": items.collect::<Vec<_>>()}))
            }
            ("GET" | "DELETE" | "PUT", None) => (404, json!({"message": "not found"})),
            ("DELETE", Some(_)) => {
                self.objects.remove(path);
                (200, Value::Null)
            }
            ("PUT", Some(held)) if version(&held) != version(&object) => {
                (409, json!({"message": "the object has been modified"}))
            }
            (method, held) => {
                let name = object.pointer("/metadata/name").and_then(Value::as_str);
                let path = match (method, name) {
                    ("POST", Some(name)) => format!("{path}/{name}"),
                    _ => path.to_owned(),
                };
                if method == "POST" && self.objects.contains_key(&path) {
                    return (409, json!({"message": "already exists"}));
                }
                if let ("PATCH", Some(Value::Object(held)), Value::Object(new)) =
                    (method, held, &mut object)
                {
                    // What is not said stays.
                    for (field, value) in held {
                        new.entry(field).or_insert(value);
                    }
                }
                self.version += 1;
                object["metadata"]["resourceVersion"] = self.version.to_string().into();
                self.objects.insert(path, object.clone());
                (201, object)
            }
        }
    }
}

/// A server that runs until this is dropped.
pub(crate) struct Server {
    kept: Arc<Mutex<Kept>>,
    kubeconfig: NamedTempFile,
    task: AbortHandle,
    _running: watch::Sender<bool>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(anywhere, None).await.expect("a port");
        let address = listener.address().expect("an address");
        let (running, stop) = watch::channel(false);
        let task = tokio::spawn(listener.serve(router, stop));
        let mut kubeconfig = NamedTempFile::new().expect("a file");
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": format!("http://{address}")}}],
            "users": [{"name": "fake", "user": {}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
        });
        write!(kubeconfig, "{config}").expect("written");
        Self { kept, kubeconfig, task: task.abort_handle(), _running: running }
    }

    pub(crate) async fn cluster(&self) -> Cluster {
        let kubeconfig = Some(self.kubeconfig.path().to_owned());
        let options = Options { kubeconfig, ..Options::default() };
        rulebox_cluster::connect(&options).await.expect("a cluster")
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was changed since the last time, and nothing else.
    pub(crate) fn changes(&self) -> Vec<String> {
        std::mem::take(&mut self.kept().changes)
    }

    pub(crate) fn refuse(&self, method: Method, path: &str, status: u16, message: &str) {
        self.kept().refusals.push((method, path.to_owned(), status, message.to_owned()));
    }
}

async fn answer(
    State(kept): State<Arc<Mutex<Kept>>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let (status, body) =
        kept.lock().unwrap_or_else(PoisonError::into_inner).answer(&method, &uri, &body);
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(http::header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
