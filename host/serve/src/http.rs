//! What is served over HTTP: which path gives what. Each file below is one of them.
//!
//! | path | what |
//! |---|---|
//! | `/` | the report as a page that keeps itself up to date |
//! | `/metrics` | metrics, as Prometheus text or OpenMetrics |
//! | `/api/v1/findings` | findings, filtered, with the time since when each is known |
//! | `/api/v1/report` | the report's JSON |
//! | `/api/v1/events` | findings that come, change and go, as server-sent events |
//! | `/livez`, `/readyz` | whether the process lives, and whether it has seen everything once |

mod access;
mod events;
mod findings;
mod host;
mod listener;
#[cfg(test)]
mod openapi;
mod page;
mod query;
mod scrape;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::State,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use rulebox_report::redact;
use serde::Serialize;
use tokio::sync::{Semaphore, watch};

use crate::{Clock, Counters, Options, Published, Reloads, Results};

pub use self::{
    access::Guard,
    listener::{Certificate, Listener},
};

/// Clients that follow the events at once. They stay, so they must leave room for those that ask
/// and go, within the connections that there may be.
pub const FOLLOWERS: usize = 64;

/// What those ask for who would end a process that does not answer.
const PROBES: [&str; 2] = ["/livez", "/readyz"];

/// Who may ask.
#[derive(Debug)]
pub enum Admission {
    /// Whoever can connect.
    All,
    /// Whoever can connect, and addresses the server that listens here, on this machine alone.
    Local(SocketAddr),
    /// Whom the API server lets read. Probes are open to all.
    Guarded(Arc<Guard>),
}

/// What is served.
#[derive(Debug, Clone)]
pub struct Site {
    /// The results.
    pub results: Results,
    /// The version of the program.
    pub version: &'static str,
    /// Tells this process from others, so that a client notices that another one answers.
    pub boot: String,
    /// Whether this process is the one that serves findings.
    pub leader: watch::Receiver<bool>,
    /// Whether the files that changed last could be used.
    pub reloads: watch::Receiver<Reloads>,
    /// What was written elsewhere.
    pub outputs: Arc<Counters>,
    /// How it evaluates, and how much it serves.
    pub options: Options,
    /// The time.
    pub clock: Clock,
    /// Says true when the process is to end: answers that would go on end then.
    pub stop: watch::Receiver<bool>,
    /// How many clients may still follow the events.
    pub followers: Arc<Semaphore>,
}

impl Site {
    fn published(&self) -> Option<Arc<Published>> {
        self.results.published.borrow().clone()
    }
}

/// The answer of a process that has no result.
fn no_result() -> Response {
    refused(
        StatusCode::SERVICE_UNAVAILABLE,
        "no result yet: the cluster has not been listed",
        "ask again when /readyz answers 200",
    )
}

/// All paths, for those who may ask.
pub fn router(site: Site, admission: Admission) -> Router {
    let mut shown = Router::new()
        .route("/", get(page::page))
        .route("/metrics", get(scrape::metrics))
        .route("/api/v1/report", get(findings::report))
        .route("/api/v1/events", get(events::events))
        .route_layer(from_fn(query::none))
        .route("/api/v1/findings", get(findings::findings));
    if let Admission::Guarded(guard) = &admission {
        let guard = Arc::clone(guard);
        shown = shown.layer(from_fn_with_state(guard, access::check));
    }
    let [livez, readyz] = PROBES;
    let open = Router::new().route(livez, get(async || "ok\n")).route(readyz, get(ready));
    let all = shown.merge(open).fallback(unknown);
    let all = match admission {
        Admission::Local(listen) => all.layer(from_fn_with_state(listen, host::check)),
        Admission::All | Admission::Guarded(_) => all,
    };
    all.with_state(Arc::new(site))
}

/// Ready when every list was read, or has failed for longer than a moment, and a result was made of
/// them. Where nothing at all could be read, a role, an address or a policy of the network is
/// wrong: that is not ready.
async fn ready(State(site): State<Arc<Site>>) -> Response {
    let waiting = site.results.clusters.iter().filter_map(|it| {
        let health = it.health.borrow();
        let watches = health.watches.iter().filter(|it| !it.up && it.reason.is_empty());
        let kinds: Vec<_> = watches.map(|it| it.kind.clone()).collect();
        (!kinds.is_empty()).then(|| format!("{}: {}\n", it.cluster, kinds.join(", ")))
    });
    let not_ready = |text: String| (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    if !*site.results.settled.borrow() || site.published().is_none() {
        let waiting: String = waiting.collect();
        return not_ready(format!("not every list was read yet\n{waiting}"));
    }
    let blind = site.results.clusters.iter().map(|it| {
        let health = it.health.borrow();
        let first = health.watches.iter().map(|it| it.reason.as_str()).find(|it| !it.is_empty());
        let reason = if health.reason.is_empty() { first } else { Some(health.reason.as_str()) };
        let sees = health.watches.iter().any(|it| it.lists > 0);
        reason.filter(|_| !sees).map(|reason| format!("{}: {}\n", it.cluster, redact(reason).0))
    });
    let blind: Option<String> = blind.collect();
    match blind.filter(|it| !it.is_empty()) {
        Some(blind) => not_ready(format!("nothing could be read\n{blind}")),
        None => "ok\n".into_response(),
    }
}

async fn unknown() -> Response {
    let paths = "/, /metrics, /api/v1/findings, /api/v1/report, /api/v1/events, /livez and /readyz";
    refused(StatusCode::NOT_FOUND, "no such path", &format!("there are {paths}"))
}

/// Why a request was not answered, and what to do.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Refusal<'r> {
    /// What is wrong.
    error: &'r str,
    /// What to do.
    help: &'r str,
}

fn refused(status: StatusCode, error: &str, help: &str) -> Response {
    (status, json(&Refusal { error, help })).into_response()
}

/// A value as an answer.
fn json(value: &impl Serialize) -> Response {
    let text = serde_json::to_string(value).unwrap_or_default();
    json_text(rulebox_report::visible_json(&text))
}

fn json_text(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Whether the client has this version already.
fn has(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    let mut known = known.flat_map(|it| it.split(',')).map(str::trim);
    known.any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == etag)
}

/// The entity tag of a result: of this process, and of no other.
fn etag(site: &Site, published: &Published) -> String {
    format!("\"{}-{}\"", site.boot, published.number)
}

/// An answer that a client may keep until the next result, or the word that it has it already.
fn versioned(
    site: &Site,
    published: &Published,
    headers: &HeaderMap,
    answer: impl FnOnce() -> Response,
) -> Response {
    let etag = etag(site, published);
    let mut answer =
        if has(headers, &etag) { StatusCode::NOT_MODIFIED.into_response() } else { answer() };
    let headers = answer.headers_mut();
    if let Ok(etag) = etag.parse() {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
    answer
}
