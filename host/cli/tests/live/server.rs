//! An API server over loopback, which serves the objects of a dump: discovery, lists by page, and
//! what a test forbids.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Barrier, Mutex},
    thread,
};

use rulebox_bundle::plural_of;
use rulebox_core::{Collector, NeedSet, ObjectNeed};
use rulebox_reader::{Reader, Source};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Objects on a page, whatever a client asks for: so that each larger list has several.
const PAGE: usize = 7;

/// What the server serves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cluster {
    /// By `apiVersion` and plural: the kind, and the objects, whole.
    pub(crate) kinds: BTreeMap<(String, String), (String, Vec<Value>)>,
    /// Paths of lists that are answered by 403.
    forbidden: BTreeSet<String>,
    /// Paths of lists behind whose first page the connection breaks.
    broken: BTreeSet<String>,
    /// Method, path and document of each request that changes something: all are accepted.
    changes: Arc<Mutex<Vec<(String, Value)>>>,
    /// The only token that is accepted; none: all are.
    token: Option<String>,
    /// Answers the first request of each only when all have been asked.
    meeting: Option<Arc<Barrier>>,
}

impl Cluster {
    /// The cluster of which a dump was taken. It serves the kinds that stand in the dump.
    pub(crate) fn of_dump(file: &Path) -> Self {
        let read = |needs: NeedSet| {
            let mut collector = Collector::new(needs.clone()).expect("no selectors");
            let reader = Reader::new(&needs).expect("no fields");
            reader.read(vec![Source::Path(file.to_owned())], &mut collector, &mut |_| {});
            collector.finish()
        };
        let seen = read(NeedSet::default()).objects;
        let needs = seen.iter().map(|(group, kind, _)| ObjectNeed {
            id: format!("{kind}.{group}"),
            group: group.clone(),
            kind: kind.clone(),
            ..ObjectNeed::default()
        });
        let read = read(NeedSet { objects: needs.collect(), texts: Vec::new() });
        let mut cluster = Self::default();
        for slot in read.inventory.objects.values() {
            for json in &slot.objects {
                let object: Value =
                    serde_json::from_str(&json.text()).expect("projections are JSON");
                let text = |key: &str| object[key].as_str().expect("a text").to_owned();
                let (version, kind) = (text("apiVersion"), text("kind"));
                cluster = cluster.serves(&version, &kind, vec![object]);
            }
        }
        cluster
    }

    /// The same, which also serves these objects, or a kind of which it has none.
    pub(crate) fn serves(mut self, version: &str, kind: &str, objects: Vec<Value>) -> Self {
        let key = (version.to_owned(), plural_of(kind));
        self.kinds.entry(key).or_insert((kind.to_owned(), Vec::new())).1.extend(objects);
        self
    }

    /// A cluster that serves the kinds of another, and has none of them.
    pub(crate) fn emptied(mut self) -> Self {
        self.kinds.values_mut().for_each(|it| it.1.clear());
        self
    }

    /// The same, which answers 403 to these paths.
    pub(crate) fn forbids(mut self, paths: &[&str]) -> Self {
        self.forbidden.extend(paths.iter().map(|&it| it.to_owned()));
        self
    }

    /// The same, which breaks off behind the first page of these paths.
    pub(crate) fn breaks_off(mut self, paths: &[&str]) -> Self {
        self.broken.extend(paths.iter().map(|&it| it.to_owned()));
        self
    }

    /// The same, which answers 401 to any other token.
    pub(crate) fn accepts(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The same, which answers no first request before all of a meeting have been asked.
    pub(crate) fn meets(mut self, meeting: &Arc<Barrier>) -> Self {
        self.meeting = Some(Arc::clone(meeting));
        self
    }

    /// The whole list at a path, as kubectl gets it; or the status and message of a failure.
    pub(crate) fn list(&self, path: &str) -> Result<Value, (u16, String)> {
        let not_found = || (404, "the server could not find the requested resource".to_owned());
        let rest = path.strip_prefix("/api/").or(path.strip_prefix("/apis/")).unwrap_or_default();
        let (place, plural) = rest.rsplit_once('/').ok_or_else(not_found)?;
        let (version, namespace) = match place.split_once("/namespaces/") {
            Some((version, namespace)) => (version, Some(namespace)),
            None => (place, None),
        };
        let key = (version.to_owned(), plural.to_owned());
        let (kind, objects) = self.kinds.get(&key).ok_or_else(not_found)?;
        if self.forbidden.contains(path) {
            let group = version.split_once('/').map_or("", |it| it.0);
            let place = namespace.map_or("at the cluster scope".to_owned(), |it| {
                format!("in the namespace \"{it}\"")
            });
            let dotted =
                if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
            return Err((
                403,
                format!(
                    "{dotted} is forbidden: User \"reader\" cannot list resource \"{plural}\" in \
                     API group \"{group}\" {place}"
                ),
            ));
        }
        let is_there = |it: &&Value| {
            namespace.is_none_or(|namespace| it["metadata"]["namespace"] == namespace)
        };
        let items = objects.iter().filter(is_there).cloned().map(|mut it| {
            let entries = it.as_object_mut().expect("an object");
            // Items of typed lists name no type.
            entries.remove("apiVersion");
            entries.remove("kind");
            it
        });
        let items: Vec<_> = items.collect();
        Ok(json!({
            "kind": format!("{kind}List"), "apiVersion": version,
            "metadata": {"resourceVersion": "900"}, "items": items,
        }))
    }

    /// Whether objects of a kind have namespaces.
    fn is_namespaced(kind: &str, objects: &[Value]) -> bool {
        let known = ["Namespace", "Node", "PersistentVolume", "StorageClass"].contains(&kind);
        let has_none = |it: &Value| it["metadata"]["namespace"].is_null();
        !known && (objects.is_empty() || !objects.iter().all(has_none))
    }

    /// The kinds of one version of a group.
    fn resources(&self, version: &str) -> Option<Value> {
        let of_version = self.kinds.iter().filter(|it| it.0.0 == version);
        let resources = of_version.map(|((_, plural), (kind, objects))| {
            json!({
                "name": plural, "kind": kind, "singularName": "", "verbs": ["list"],
                "namespaced": Self::is_namespaced(kind, objects),
            })
        });
        let resources: Vec<_> = resources.collect();
        let list =
            json!({"kind": "APIResourceList", "groupVersion": version, "resources": resources});
        (!resources.is_empty()).then_some(list)
    }

    /// The answer to a GET.
    pub(crate) fn answer(&self, target: &str) -> Result<Value, (u16, String)> {
        let not_found = || (404, String::new());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path == "/version" {
            return Ok(json!({"gitVersion": "v1.30.0"}));
        }
        if let Some(name) = path.strip_prefix("/api/v1/namespaces/")
            && !name.contains('/')
        {
            let list = self.list("/api/v1/namespaces")?;
            let mut items = list["items"].as_array().expect("a list").iter();
            let found = items.find(|it| it["metadata"]["name"] == name);
            return found.cloned().ok_or_else(not_found);
        }
        if path == "/api/v1" {
            let none = json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": []});
            return Ok(self.resources("v1").unwrap_or(none));
        }
        if let Some(group) = path.strip_prefix("/apis/") {
            if let Some(resources) = self.resources(group) {
                return Ok(resources);
            }
            let versions: BTreeSet<_> =
                self.kinds.keys().filter(|it| it.0.split('/').next() == Some(group)).collect();
            let versions: BTreeSet<_> = versions.iter().map(|it| it.0.as_str()).collect();
            if !versions.is_empty() {
                let of = |it: &&str| json!({"groupVersion": it, "version": it.rsplit('/').next()});
                let versions: Vec<_> = versions.iter().map(of).collect();
                return Ok(json!({
                    "kind": "APIGroup", "apiVersion": "v1", "name": group,
                    "preferredVersion": versions[0], "versions": versions,
                }));
            }
        }
        let mut list = self.list(path)?;
        let at = query.split('&').find_map(|it| it.strip_prefix("continue="));
        let at = at.filter(|it| !it.is_empty());
        let at: usize = at.map_or(0, |it| it.parse().expect("a token of ours"));
        if at > 0 && self.broken.contains(path) {
            return Err((0, String::new()));
        }
        let items = list["items"].as_array().expect("a list");
        let page: Vec<_> = items.iter().skip(at).take(PAGE).cloned().collect();
        if at + page.len() < items.len() {
            list["metadata"]["continue"] = (at + page.len()).to_string().into();
        }
        list["items"] = page.into();
        Ok(list)
    }

    /// What was changed, in order: `PATCH /path`, and the document.
    pub(crate) fn changes(&self) -> Vec<(String, Value)> {
        self.changes.lock().expect("no panic").clone()
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut lines = reader.by_ref().lines().map_while(Result::ok);
        let request = lines.next().unwrap_or_default();
        let headers: Vec<_> = lines.take_while(|it| !it.is_empty()).collect();
        let mut words = request.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let length = headers.iter().find_map(|it| {
            let (name, value) = it.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let mut document = Vec::new();
        reader.take(length.unwrap_or(0)).read_to_end(&mut document).expect("a body");
        let sent = headers.iter().find_map(|it| it.strip_prefix("authorization: Bearer "));
        let is_known = self.token.is_none() || sent == self.token.as_deref();
        let answer = if !is_known {
            Err((401, String::new()))
        } else if method == "GET" {
            self.answer(target)
        } else {
            let path = target.split('?').next().unwrap_or_default();
            let document: Value = serde_json::from_slice(&document).unwrap_or_default();
            self.changes.lock().expect("no panic").push((format!("{method} {path}"), document));
            Ok(json!({}))
        };
        let (status, body) = match answer {
            Ok(body) => ("200 OK", body),
            // No answer: the connection closes.
            Err((0, _)) => return,
            Err((code, message)) => {
                let (status, reason) = match code {
                    401 => ("401 Unauthorized", "Unauthorized"),
                    403 => ("403 Forbidden", "Forbidden"),
                    _ => ("404 Not Found", "NotFound"),
                };
                let body = json!({
                    "kind": "Status", "apiVersion": "v1", "status": "Failure",
                    "reason": reason, "message": message, "code": code,
                });
                (status, body)
            }
        };
        let body = body.to_string();
        // The client may have gone.
        let _ = write!(
            { stream },
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
    }

    /// Serves it while the process lives.
    pub(crate) fn address(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let cluster = Arc::new(self.clone());
        thread::spawn(move || {
            let mut meeting = cluster.meeting.clone();
            for stream in listener.incoming().map_while(Result::ok) {
                if let Some(meeting) = meeting.take() {
                    meeting.wait();
                }
                cluster.serve(&stream);
            }
        });
        address
    }

    /// Serves it while the process lives. Gives a kubeconfig with the contexts `up`, which is
    /// current, and `down`.
    pub(crate) fn kubeconfig(&self) -> (TempDir, PathBuf) {
        let up = self.address();
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kubeconfig");
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "up",
            "contexts": [
                {"name": "down", "context": {"cluster": "down", "user": "u"}},
                {"name": "up", "context": {"cluster": "up", "user": "u"}},
            ],
            // The discard port: nothing listens there.
            "clusters": [
                {"name": "down", "cluster": {"server": "http://127.0.0.1:9"}},
                {"name": "up", "cluster": {"server": format!("http://{up}")}},
            ],
            "users": [{"name": "u", "user": {}}],
        });
        fs::write(&file, text.to_string()).expect("written");
        (folder, file)
    }

    /// The path of a list, by the version under which the kind is served; none if it is not.
    pub(crate) fn path(&self, group: &str, kind: &str, namespace: Option<&str>) -> Option<String> {
        let is = |it: &&(String, String)| {
            it.0.split_once('/').map_or("", |it| it.0) == group && it.1 == plural_of(kind)
        };
        let (version, plural) = self.kinds.keys().find(is)?;
        let root = if group.is_empty() { "api" } else { "apis" };
        let place = namespace.map(|it| format!("namespaces/{it}/")).unwrap_or_default();
        Some(format!("/{root}/{version}/{place}{plural}"))
    }
}
