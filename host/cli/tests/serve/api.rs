//! An API server over loopback that can be watched, and whose objects, kinds and rights change
//! while it is: the server of the live tests, with events, reviews and faults.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use rulebox_bundle::plural_of;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::Cluster;

/// An API server that changes.
#[derive(Clone)]
pub(crate) struct Api {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
}

struct State {
    cluster: Cluster,
    /// Above those of all dumps.
    version: u64,
    /// Who watches which path.
    watches: Vec<(String, Sender<String>)>,
    /// Statuses by path of list and watch, in place of what is there.
    refused: BTreeMap<String, u16>,
    /// The only token that it accepts; any where there is none.
    token: Option<String>,
}

impl Api {
    /// Serves this cluster while the process lives.
    pub(crate) fn new(cluster: Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (watches, refused) = (Vec::new(), BTreeMap::new());
        let state = State { cluster, version: 1 << 40, watches, refused, token: None };
        let api = Self { state: Arc::new(Mutex::new(state)), address };
        let server = api.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                // Who has gone needs no answer.
                thread::spawn(move || server.serve(&stream));
            }
        });
        api
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    /// Makes an object, or changes it.
    pub(crate) fn apply(&self, mut object: Value) {
        let mut state = self.state();
        state.version += 1;
        object["metadata"]["resourceVersion"] = state.version.to_string().into();
        let known = replace(&mut state.cluster, &object);
        state.tell(if known { "MODIFIED" } else { "ADDED" }, &object);
    }

    /// Deletes an object, as it was applied.
    pub(crate) fn delete(&self, mut object: Value) {
        let mut state = self.state();
        state.version += 1;
        object["metadata"]["resourceVersion"] = state.version.to_string().into();
        remove(&mut state.cluster, &object);
        state.tell("DELETED", &object);
    }

    /// Answers lists and watches of a path by this status; none: as it should.
    pub(crate) fn refuse(&self, path: &str, status: Option<u16>) {
        let mut state = self.state();
        state.refused.remove(path);
        state.refused.extend(status.map(|it| (path.to_owned(), it)));
    }

    /// Accepts only this token.
    pub(crate) fn accept(&self, token: &str) {
        self.state().token = Some(token.to_owned());
    }

    /// Ends all watches.
    pub(crate) fn end_watches(&self) {
        self.state().watches.clear();
    }

    /// A kubeconfig with the contexts `up`, which is current, and `down`; with this token.
    pub(crate) fn kubeconfig(&self, token: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kubeconfig");
        self.write_kubeconfig(&file, token);
        (folder, file)
    }

    pub(crate) fn write_kubeconfig(&self, file: &std::path::Path, token: &str) {
        let user = if token.is_empty() { json!({}) } else { json!({"token": token}) };
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "up",
            "contexts": [
                {"name": "down", "context": {"cluster": "down", "user": "u"}},
                {"name": "up", "context": {"cluster": "up", "user": "u"}},
            ],
            // The discard port: nothing listens there.
            "clusters": [
                {"name": "down", "cluster": {"server": "http://127.0.0.1:9"}},
                {"name": "up", "cluster": {"server": format!("http://{}", self.address)}},
            ],
            "users": [{"name": "u", "user": user}],
        });
        std::fs::write(file, text.to_string()).expect("written");
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).is_err() || line.trim_end().is_empty() {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let header = |name: &str| {
            head.iter().find_map(|it| {
                let (known, value) = it.split_once(": ")?;
                known.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        let request = head.first().cloned().unwrap_or_default();
        let target = request.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut body = vec![0; header("content-length").map_or(0, |it| it.parse().unwrap_or(0))];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let token = header("authorization");
        let token = token.as_deref().and_then(|it| it.strip_prefix("Bearer "));
        let mut state = self.state();
        let refused = state.refused.get(path).copied();
        let answer = if state.token.as_deref().is_some_and(|it| token != Some(it)) {
            Err((401, String::new()))
        } else if let Some(code) = refused {
            Err((code, String::new()))
        } else if request.starts_with("POST ") {
            let review = serde_json::from_slice(&body).unwrap_or_default();
            Ok(review_of(&review))
        } else if query.contains("watch=true") {
            match state.watch(path, query) {
                Ok((first, more)) => {
                    drop(state);
                    return follow(stream, &first, &more, lasts(query));
                }
                Err(it) => Err(it),
            }
        } else {
            state.cluster.answer(target)
        };
        drop(state);
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err((0, _)) => return,
            Err((code, message)) => {
                let body = json!({
                    "kind": "Status", "apiVersion": "v1", "status": "Failure",
                    "message": message, "code": code,
                });
                (code, body)
            }
        };
        let body = body.to_string();
        // The client may have gone.
        let _ = write!(
            { stream },
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
    }
}

impl State {
    /// What a watch begins with, and what follows.
    fn watch(
        &mut self,
        path: &str,
        query: &str,
    ) -> Result<(String, Receiver<String>), (u16, String)> {
        let list = self.cluster.list(path)?;
        let (sender, receiver) = channel();
        if !query.contains("sendInitialEvents=true") {
            if query.ends_with(&format!("resourceVersion={}", self.version)) {
                self.watches.push((path.to_owned(), sender));
                return Ok((String::new(), receiver));
            }
            // What happened in between is not kept: who has missed something lists again.
            let gone = json!({"kind": "Status", "code": 410});
            return Ok((event("ERROR", &gone), receiver));
        }
        let kind = list["kind"].as_str().expect("a kind").trim_end_matches("List");
        let mut first = String::new();
        for item in list["items"].as_array().expect("a list") {
            let mut item = item.clone();
            item["kind"] = kind.into();
            item["apiVersion"] = list["apiVersion"].clone();
            first += &event("ADDED", &item);
        }
        let annotations = json!({"k8s.io/initial-events-end": "true"});
        let version = self.version.to_string();
        let metadata = json!({"resourceVersion": version, "annotations": annotations});
        first += &event("BOOKMARK", &json!({"kind": kind, "metadata": metadata}));
        self.watches.push((path.to_owned(), sender));
        Ok((first, receiver))
    }

    fn tell(&mut self, kind: &str, object: &Value) {
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let version = text(&object["apiVersion"]);
        let (group, _) = version.split_once('/').unwrap_or(("", &version));
        let namespace = text(&object["metadata"]["namespace"]);
        let of_kind = text(&object["kind"]);
        let paths = [None, Some(namespace.as_str())]
            .map(|it| self.cluster.path(group, &of_kind, it).unwrap_or_default());
        self.watches.retain(|(path, sender)| {
            !paths.contains(path) || sender.send(event(kind, object)).is_ok()
        });
    }
}

/// Takes an object in the place of the one of its kind, namespace and name. Whether there was one.
fn replace(cluster: &mut Cluster, object: &Value) -> bool {
    let known = remove(cluster, object);
    let text = |key: &str| object[key].as_str().expect("a text");
    let rest = std::mem::take(cluster);
    *cluster = rest.serves(text("apiVersion"), text("kind"), vec![object.clone()]);
    known
}

/// Leaves out the object of this kind, namespace and name. Whether there was one.
fn remove(cluster: &mut Cluster, object: &Value) -> bool {
    let text = |key: &str| object[key].as_str().expect("a text").to_owned();
    let key = (text("apiVersion"), plural_of(&text("kind")));
    let Some((_, objects)) = cluster.kinds.get_mut(&key) else { return false };
    let known = objects.len();
    let of = |it: &Value| (it["metadata"]["namespace"].clone(), it["metadata"]["name"].clone());
    objects.retain(|it| of(it) != of(object));
    objects.len() < known
}

fn event(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

/// How long a watch was asked to last.
fn lasts(query: &str) -> Duration {
    let seconds = query.split('&').find_map(|it| it.strip_prefix("timeoutSeconds=")?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}

fn follow(mut stream: &TcpStream, first: &str, more: &Receiver<String>, lasts: Duration) {
    let end = Instant::now() + lasts;
    let left = || end.saturating_duration_since(Instant::now());
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
    let mut went = write!(stream, "{head}{first}");
    while went.is_ok()
        && let Ok(event) = more.recv_timeout(left())
    {
        went = stream.write_all(event.as_bytes());
    }
}

/// `good` is a token of somebody who may read all, `poor` of somebody who may read nothing.
fn review_of(review: &Value) -> Value {
    let spec = &review["spec"];
    let status = if review["kind"] == "TokenReview" {
        let known = spec["token"] == "good" || spec["token"] == "poor";
        json!({"authenticated": known, "user": {"username": spec["token"], "groups": ["g"]}})
    } else {
        let asked = &spec["nonResourceAttributes"];
        json!({"allowed": spec["user"] == "good" && asked["verb"] == "get"})
    };
    json!({"kind": review["kind"], "status": status})
}
