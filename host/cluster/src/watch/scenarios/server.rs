//! An API server in memory, at the seam where a client sends requests: lists by page, watches from
//! a version on, its memory of what happened, and the faults that a test asks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
};

use futures_util::stream::{self, Stream};
use http::{Request, Response, StatusCode, header};
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame};
use kube::{Client, client::Body};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tower_test::mock::{self, Handle};

/// The group of the custom resource.
pub(super) const VAULTS: &str = "csdr.alibabacloud.com";

/// What a request is answered with in place of what it asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    Status(u16),
    /// A status, and how many seconds to stay away.
    StayAway(u16, &'static str),
    /// 200, and this body.
    Says(&'static str),
    /// The connection breaks.
    Breaks,
    /// No answer comes.
    Silence,
    /// A stream of all objects that never says that these were all.
    Endless,
}

/// An answer, which may go on.
type Answer = Response<StreamBody<Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>>>;

/// Faults by a part of the request's address, and how often each still happens.
type Faults = Vec<(&'static str, Fault, usize)>;

#[derive(Debug, Clone)]
pub(super) struct Server(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    revision: u64,
    /// Nobody can be told what happened before this.
    oldest: u64,
    /// Whether it sends all objects by a stream.
    streams: bool,
    /// The resources that it serves, and the kind of each.
    served: BTreeMap<&'static str, &'static str>,
    /// By resource and `namespace/name`.
    objects: BTreeMap<(String, String), Value>,
    /// Revision, resource, what was there before, what is there now.
    past: Vec<(u64, String, Option<Value>, Option<Value>)>,
    /// What is left of lists of which a page was given out.
    pages: Vec<(u64, Vec<Value>)>,
    watches: Vec<Watch>,
    faults: Faults,
    asked: Vec<String>,
    /// Of each request.
    tokens: BTreeSet<String>,
    created: u64,
    /// What its answers say of the time.
    date: String,
}

/// A watch that a client has.
#[derive(Debug)]
struct Watch {
    resource: String,
    namespace: Option<String>,
    selector: String,
    lines: UnboundedSender<Result<String, io::Error>>,
}

impl Server {
    pub(super) fn new() -> Self {
        let served = [("nodes", "Node"), ("pods", "Pod")].into();
        Self(Arc::new(Mutex::new(State {
            revision: 100,
            oldest: 0,
            streams: true,
            served,
            objects: BTreeMap::new(),
            past: Vec::new(),
            pages: Vec::new(),
            watches: Vec::new(),
            faults: Vec::new(),
            asked: Vec::new(),
            tokens: BTreeSet::new(),
            created: 0,
            date: String::new(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic")
    }

    /// A client of it that sends this token, until the last clone of that is gone.
    pub(super) fn client_with(&self, token: &'static str) -> Client {
        let (service, handle) = mock::pair();
        tokio::spawn(serve(handle, self.clone(), token));
        Client::new(service, "default")
    }

    /// It does not know how to send all objects by a stream.
    pub(super) fn without_streams(self) -> Self {
        self.state().streams = false;
        self
    }

    /// Serves the custom resource from now on, or does not.
    pub(super) fn serves_vaults(&self, does: bool) {
        let mut state = self.state();
        if does {
            state.served.insert("vaults", "Vault");
        } else {
            state.served.remove("vaults");
            let gone: Vec<_> =
                state.objects.keys().filter(|it| it.0 == "vaults").cloned().collect();
            for (_, name) in gone {
                state.change("vaults", &name, None);
            }
            state.watches.retain(|it| it.resource != "vaults");
        }
    }

    /// Makes `namespace/name`, or changes it.
    pub(super) fn apply(&self, resource: &str, name: &str, app: &str) {
        self.apply_with(resource, name, app, json!({}));
    }

    pub(super) fn apply_with(&self, resource: &str, name: &str, app: &str, spec: Value) {
        let mut state = self.state();
        let known = state.objects.get(&(resource.to_owned(), name.to_owned()));
        let uid = known.map(|it| it["metadata"]["uid"].clone());
        state.created += u64::from(uid.is_none());
        let uid = uid.unwrap_or_else(|| json!(format!("uid-{}", state.created)));
        let (namespace, short) = name.split_once('/').unwrap_or(("", name));
        let (group, kind) = match resource {
            "vaults" => (format!("{VAULTS}/v1"), "Vault"),
            "nodes" => ("v1".to_owned(), "Node"),
            _ => ("v1".to_owned(), "Pod"),
        };
        let mut object = json!({
            "apiVersion": group,
            "kind": kind,
            "metadata": {"name": short, "uid": uid, "labels": {"app": app}},
            "spec": spec,
        });
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = namespace.into();
        }
        state.change(resource, name, Some(object));
    }

    /// Puts another object in the place of one, and tells it as a change.
    pub(super) fn replace(&self, resource: &str, name: &str) {
        let mut state = self.state();
        let key = (resource.to_owned(), name.to_owned());
        let Some(mut object) = state.objects.get(&key).cloned() else { return };
        state.created += 1;
        object["metadata"]["uid"] = format!("uid-{}", state.created).into();
        state.change(resource, name, Some(object));
    }

    pub(super) fn delete(&self, resource: &str, name: &str) {
        self.state().change(resource, name, None);
    }

    /// Nobody can be told any more what happened before now.
    pub(super) fn compact(&self) {
        let mut state = self.state();
        state.oldest = state.revision;
        state.pages.clear();
    }

    /// Counts on from an older version, with the objects that it has now.
    pub(super) fn restore(&self, revision: u64) {
        let mut state = self.state();
        state.revision = revision;
        state.past.clear();
        for object in state.objects.values_mut() {
            object["metadata"]["resourceVersion"] = revision.to_string().into();
        }
    }

    /// Ends all watches in order.
    pub(super) fn end_watches(&self) {
        self.state().watches.clear();
    }

    /// Sends this to all watches.
    pub(super) fn say(&self, text: &str) {
        self.state().watches.iter().for_each(|it| it.say(text.to_owned()));
    }

    /// Breaks the connections of all watches.
    pub(super) fn break_watches(&self) {
        for it in self.state().watches.drain(..) {
            let _ = it.lines.send(Err(io::Error::other("reset by peer")));
        }
    }

    /// Says from now on that it is this time.
    pub(super) fn set_clock(&self, date: &str) {
        date.clone_into(&mut self.state().date);
    }

    /// Says to all watches how far they are.
    pub(super) fn bookmark(&self) {
        let state = self.state();
        for it in &state.watches {
            it.say(bookmark(state.revision, false));
        }
    }

    /// Answers so to requests whose address holds this text, so many times.
    pub(super) fn fail(&self, part: &'static str, fault: Fault, times: usize) {
        self.state().faults.push((part, fault, times));
    }

    /// Answers all requests again.
    pub(super) fn heal(&self) {
        self.state().faults.clear();
    }

    /// The requests of before, which are forgotten then.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }

    pub(super) fn tokens(&self) -> BTreeSet<String> {
        self.state().tokens.clone()
    }

    pub(super) fn watches(&self) -> usize {
        let mut state = self.state();
        state.watches.retain(|it| !it.lines.is_closed());
        state.watches.len()
    }

    /// All objects of a resource, as one list has them.
    pub(super) fn all(&self, resource: &str) -> Value {
        let state = self.state();
        let items = state.items(resource, None, "");
        json!({
            "kind": "List",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": state.revision.to_string()},
            "items": items,
        })
    }
}

impl State {
    fn change(&mut self, resource: &str, name: &str, object: Option<Value>) {
        let key = (resource.to_owned(), name.to_owned());
        let before = self.objects.remove(&key);
        if before.is_none() && object.is_none() {
            return;
        }
        self.revision += 1;
        let version = json!(self.revision.to_string());
        let now = object.map(|mut it| {
            it["metadata"]["resourceVersion"] = version.clone();
            it
        });
        if let Some(now) = &now {
            self.objects.insert(key, now.clone());
        }
        // What is gone is told as it was last, with the version of its removal.
        let told = before.map(|mut it| {
            it["metadata"]["resourceVersion"] = version;
            it
        });
        for watch in &self.watches {
            watch.tell(resource, told.as_ref(), now.as_ref());
        }
        self.past.push((self.revision, resource.to_owned(), told, now));
    }

    fn items(&self, resource: &str, namespace: Option<&str>, selector: &str) -> Vec<Value> {
        let of = self.objects.iter().filter(|it| it.0.0 == resource).map(|it| it.1);
        of.filter(|it| shows(namespace, selector, it)).cloned().collect()
    }

    /// The answer to a request.
    fn answer(&mut self, address: &str) -> Result<Answer, (u16, Option<&'static str>)> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let parameter = |name: &str| query.get(name).map(ToString::to_string).unwrap_or_default();
        match path {
            "/api/v1" => return Ok(self.kinds("v1", &["nodes", "pods"])),
            "/apis/csdr.alibabacloud.com" if self.served.contains_key("vaults") => {
                let version = json!({"groupVersion": format!("{VAULTS}/v1"), "version": "v1"});
                return Ok(whole(&json!({
                    "kind": "APIGroup", "name": VAULTS, "versions": [version],
                })));
            }
            "/apis/csdr.alibabacloud.com/v1" => {
                return Ok(self.kinds(&format!("{VAULTS}/v1"), &["vaults"]));
            }
            _ => {}
        }
        let (place, resource) = path.rsplit_once('/').unwrap_or_default();
        let resource = resource.to_owned();
        let namespace = place.split_once("/namespaces/").map(|it| it.1.to_owned());
        if !self.served.contains_key(resource.as_str()) {
            return Err((404, None));
        }
        let selector = parameter("labelSelector");
        if parameter("watch") == "true" {
            let all = parameter("sendInitialEvents") == "true";
            if all && !self.streams {
                return Err((422, None));
            }
            let from = parameter("resourceVersion").parse().ok();
            return Ok(self.watch(resource, namespace, selector, from, all));
        }
        let token = parameter("continue");
        let (revision, mut items) = if token.is_empty() {
            (self.revision, self.items(&resource, namespace.as_deref(), &selector))
        } else {
            let nth: usize = token.parse().expect("a token of ours");
            self.pages.get(nth).cloned().ok_or((410, None))?
        };
        let rest = items.split_off(items.len().min(parameter("limit").parse().unwrap_or(500)));
        let mut next = String::new();
        if !rest.is_empty() {
            next = self.pages.len().to_string();
            self.pages.push((revision, rest));
        }
        for item in &mut items {
            // Items of typed lists name no type.
            let item = item.as_object_mut().expect("an object");
            item.remove("apiVersion");
            item.remove("kind");
        }
        Ok(whole(&json!({
            "kind": "PodList",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": revision.to_string(), "continue": next},
            "items": items,
        })))
    }

    fn kinds(&self, version: &str, resources: &[&str]) -> Answer {
        let served = self.served.iter().filter(|it| resources.contains(it.0));
        let served = served.map(|(name, kind)| {
            json!({
                "name": name, "singularName": "", "kind": kind, "namespaced": *name != "nodes",
                "verbs": ["get", "list", "watch"],
            })
        });
        let served: Vec<_> = served.collect();
        whole(&json!({
            "kind": "APIResourceList", "groupVersion": version, "resources": served,
        }))
    }

    fn watch(
        &mut self,
        resource: String,
        namespace: Option<String>,
        selector: String,
        from: Option<u64>,
        all: bool,
    ) -> Answer {
        let (lines, mut come) = unbounded_channel();
        let watch = Watch { resource, namespace, selector, lines };
        if from.is_some_and(|it| it < self.oldest) {
            watch.say(event("ERROR", &json!({"kind": "Status", "code": 410})));
            drop(watch);
        } else {
            if from.is_none() {
                for object in
                    self.items(&watch.resource, watch.namespace.as_deref(), &watch.selector)
                {
                    watch.say(event("ADDED", &object));
                }
            }
            if all {
                watch.say(bookmark(self.revision, true));
            }
            let missed = self.past.iter().filter(|it| from.is_some_and(|from| it.0 > from));
            for (_, resource, before, now) in missed {
                watch.tell(resource, before.as_ref(), now.as_ref());
            }
            self.watches.push(watch);
        }
        let lines = stream::poll_fn(move |context| {
            let frame = |it: String| Frame::data(Bytes::from(it));
            come.poll_recv(context).map(|it| it.map(|it| it.map(frame)))
        });
        goes_on(lines)
    }
}

impl Watch {
    fn say(&self, text: String) {
        // The client may have gone.
        let _ = self.lines.send(Ok(text));
    }

    /// Tells of a change, if the watch shows it.
    fn tell(&self, resource: &str, before: Option<&Value>, now: Option<&Value>) {
        if resource != self.resource {
            return;
        }
        let shown = |it: &&Value| shows(self.namespace.as_deref(), &self.selector, it);
        match (before.filter(shown), now.filter(shown)) {
            (None, Some(now)) => self.say(event("ADDED", now)),
            (Some(_), Some(now)) => self.say(event("MODIFIED", now)),
            (Some(before), None) => self.say(event("DELETED", before)),
            (None, None) => {}
        }
    }
}

fn shows(namespace: Option<&str>, selector: &str, object: &Value) -> bool {
    let metadata = &object["metadata"];
    let app = selector.strip_prefix("app=");
    namespace.is_none_or(|it| metadata["namespace"] == it)
        && app.is_none_or(|it| metadata["labels"]["app"] == it)
}

pub(super) fn event(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

fn bookmark(revision: u64, ends_initial: bool) -> String {
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    if ends_initial {
        metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
    }
    event("BOOKMARK", &json!({"kind": "Pod", "apiVersion": "v1", "metadata": metadata}))
}

fn whole(body: &Value) -> Answer {
    says(body.to_string())
}

fn says(text: String) -> Answer {
    goes_on(stream::iter([Ok(Frame::data(Bytes::from(text)))]))
}

fn goes_on(frames: impl Stream<Item = io::Result<Frame<Bytes>>> + Send + 'static) -> Answer {
    Response::new(StreamBody::new(Box::pin(frames)))
}

fn refused(code: u16, stay_away: Option<&str>) -> Answer {
    let body = json!({"kind": "Status", "apiVersion": "v1", "code": code, "message": "no"});
    let mut answer = whole(&body);
    *answer.status_mut() = StatusCode::from_u16(code).expect("a status");
    if let Some(seconds) = stay_away {
        let seconds = seconds.parse().expect("a value");
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}

async fn serve(mut handle: Handle<Request<Body>, Answer>, server: Server, token: &'static str) {
    let mut never_answered = Vec::new();
    let mut endless = Vec::new();
    while let Some((request, reply)) = handle.next_request().await {
        let address = request.uri().to_string().replace("?&", "?");
        let mut state = server.state();
        state.asked.push(address.clone());
        state.tokens.insert(token.to_owned());
        // kube-apiserver compresses a watch in a way that kube's client does not read.
        let encoding = request.headers().get(http::header::ACCEPT_ENCODING);
        let is_watch = address.contains("watch=true");
        let as_it_is = encoding.is_some_and(|it| it == "identity");
        let mut fault = (is_watch && !as_it_is).then_some(Fault::Status(406));
        if let Some((_, it, times)) =
            state.faults.iter_mut().find(|it| it.2 > 0 && address.contains(it.0))
        {
            *times -= 1;
            fault = Some(*it);
        }
        match fault {
            Some(Fault::Status(code)) => reply.send_response(refused(code, None)),
            Some(Fault::StayAway(code, seconds)) => {
                reply.send_response(refused(code, Some(seconds)));
            }
            Some(Fault::Says(text)) => reply.send_response(says(text.to_owned())),
            Some(Fault::Breaks) => reply.send_error(io::Error::other("reset by peer")),
            Some(Fault::Silence) => never_answered.push(reply),
            Some(Fault::Endless) => {
                let (lines, mut come) = unbounded_channel::<io::Result<Frame<Bytes>>>();
                endless.push(lines);
                let lines = stream::poll_fn(move |context| come.poll_recv(context));
                reply.send_response(goes_on(lines));
            }
            None => {
                let mut answer = match state.answer(&address) {
                    Ok(answer) => answer,
                    Err((code, stay_away)) => refused(code, stay_away),
                };
                if !state.date.is_empty() {
                    let date = state.date.parse().expect("a value");
                    answer.headers_mut().insert(header::DATE, date);
                }
                reply.send_response(answer);
            }
        }
    }
}
