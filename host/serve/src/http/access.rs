//! Who may read: as other controllers decide it, by asking the API server who the bearer of a token
//! is (TokenReview), and whether they may `get` this path (SubjectAccessReview).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use rulebox_cluster::{Cluster, Send};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::refused;
use crate::Told;

/// That somebody may read holds for so long. A scrape comes every 15 to 60 seconds, and who loses a
/// right loses it within a minute.
const ALLOWED_KEPT: Duration = Duration::from_mins(1);

/// The same while the API server cannot be asked: what is served matters most then.
const AWAY_KEPT: Duration = Duration::from_mins(10);

/// That somebody may not holds for so long: who was just given the right does not wait, and who
/// tries again and again costs the API server little.
const REFUSED_KEPT: Duration = Duration::from_secs(5);

/// So many answers are kept; beyond them all are forgotten.
const MOST: usize = 1024;

/// Asks the API server who may read, and remembers what it said.
pub struct Guard {
    cluster: Cluster,
    known: Mutex<HashMap<[u8; 32], (Instant, Verdict)>>,
    told: Mutex<Told>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

/// What a request carries whose bearer was asked about: an answer that goes on must end, so that it
/// is asked about again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reviewed;

/// What the API server says of a bearer and a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Allowed,
    /// Nobody is known by this token.
    Unknown,
    /// Somebody, who may not.
    Forbidden,
}

impl Guard {
    /// A guard that asks this cluster.
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster, known: Mutex::default(), told: Mutex::default() }
    }

    /// What was logged of its failures.
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn judge(&self, token: &str, path: &str) -> Result<Verdict, String> {
        let key = Sha256::new().chain_update(token).chain_update([0]).chain_update(path).finalize();
        let key: [u8; 32] = key.into();
        let known = |it: &HashMap<[u8; 32], (Instant, Verdict)>| it.get(&key).copied();
        let known = known(&self.known.lock().unwrap_or_else(PoisonError::into_inner));
        let kept = |it: Verdict| {
            if it == Verdict::Allowed { ALLOWED_KEPT } else { REFUSED_KEPT }
        };
        if let Some((_, verdict)) = known.filter(|it| it.0.elapsed() < kept(it.1)) {
            return Ok(verdict);
        }
        let verdict = match self.ask(token, path).await {
            Ok(verdict) => verdict,
            // What is served matters most while the API server is away.
            Err(error) => {
                let kept =
                    known.filter(|it| it.0.elapsed() < AWAY_KEPT && it.1 == Verdict::Allowed);
                self.tell(&error);
                return kept.map(|it| it.1).ok_or(error);
            }
        };
        self.told().works("");
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, (Instant::now(), verdict));
        Ok(verdict)
    }

    fn tell(&self, error: &str) {
        if self.told().fails("", error) {
            tracing::warn!(error, "cannot ask the API server who may read");
        }
    }

    async fn ask(&self, token: &str, path: &str) -> Result<Verdict, String> {
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token},
        });
        let status = self.review("authentication.k8s.io/v1/tokenreviews", &review).await?;
        if status.get("authenticated") != Some(&Value::Bool(true)) {
            return Ok(Verdict::Unknown);
        }
        let user = status.get("user").cloned().unwrap_or_default();
        let part = |name: &str| user.get(name).cloned().unwrap_or_default();
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": part("username"),
                "uid": part("uid"),
                "groups": part("groups"),
                "extra": part("extra"),
                "nonResourceAttributes": {"path": path, "verb": "get"},
            },
        });
        let status = self.review("authorization.k8s.io/v1/subjectaccessreviews", &review).await?;
        let allowed = status.get("allowed") == Some(&Value::Bool(true));
        Ok(if allowed { Verdict::Allowed } else { Verdict::Forbidden })
    }

    /// The status of a review.
    async fn review(&self, path: &str, review: &Value) -> Result<Value, String> {
        let answered = self.cluster.send(Send::Create, &format!("/apis/{path}"), review).await?;
        if answered.is_success() {
            Ok(answered.body.get("status").cloned().unwrap_or_default())
        } else {
            Err(answered.message())
        }
    }
}

/// Lets a request pass if its bearer may read.
pub(super) async fn check(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(token) = bearer(request.headers()) else {
        let mut answer = refused(
            StatusCode::UNAUTHORIZED,
            "no bearer token",
            "send `Authorization: Bearer TOKEN` with the token of a service account",
        );
        let challenge = header::HeaderValue::from_static("Bearer");
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        return answer;
    };
    let path = reviewed(request.uri().path());
    match guard.judge(token, &path).await {
        Ok(Verdict::Allowed) => {
            request.extensions_mut().insert(Reviewed);
            next.run(request).await
        }
        Ok(Verdict::Unknown) => refused(
            StatusCode::UNAUTHORIZED,
            "the API server knows nobody by this token",
            "send the token of a service account that has not expired",
        ),
        Ok(Verdict::Forbidden) => refused(
            StatusCode::FORBIDDEN,
            "the bearer of this token may not read this",
            &format!("bind a ClusterRole that allows `get` on the nonResourceURL {path}"),
        ),
        // Its words are for the log: whoever asks is not known.
        Err(_) => refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "cannot ask the API server who may read",
            "the log of Rulebox says why: the API server does not answer, or the service account \
             of Rulebox may not `create` tokenreviews and subjectaccessreviews",
        ),
    }
}

/// The path whose right is asked for. Kubernetes lets everybody whom it knows `get` all paths below
/// `/api` of its own server (ClusterRole `system:discovery`): those of this server have a prefix.
/// So has the page, since `/` there is the list of that server's paths. `/metrics` is what roles of
/// Prometheus name.
fn reviewed(path: &str) -> String {
    let is_ours = path == "/" || path.starts_with("/api/");
    if is_ours { format!("/rulebox{path}") } else { path.to_owned() }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
