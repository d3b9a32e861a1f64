//! One request and its answer, within limits: redirections are followed where that is safe, bodies
//! are read to their limit, and nobody is waited for without end. Whose words are repeated is cut.

use std::{future::Future, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use tokio::time::{sleep, timeout};

use super::connect::{Proxies, Sender, sender};
use crate::{Limits, RegistryError, error::cut, limits};

/// Sends requests to one registry.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    sender: Sender,
    limits: Limits,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) url: Uri,
    /// What it asks for, in an error: `manifest 1.0`.
    pub(crate) what: String,
    pub(crate) accept: &'static str,
    pub(crate) content: Option<(String, Bytes)>,
    pub(crate) authorization: Option<HeaderValue>,
    /// Bytes that a good answer may have.
    pub(crate) limit: usize,
}

/// What came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn get(url: Uri, what: impl Into<String>, limit: usize) -> Self {
        Self {
            method: Method::GET,
            url,
            what: what.into(),
            accept: "*/*",
            content: None,
            authorization: None,
            limit,
        }
    }

    pub(crate) fn host(&self) -> String {
        self.url.authority().map(ToString::to_string).unwrap_or_default()
    }
}

impl Exchange {
    pub(crate) fn new(
        ca: Option<&[u8]>,
        proxies: &Proxies,
        limits: Limits,
    ) -> Result<Self, String> {
        Ok(Self { sender: sender(ca, proxies, limits.connect)?, limits })
    }

    /// What the server answers, or the server that it sends to. Who is busy is asked again.
    pub(crate) async fn send(&self, asked: &Asked) -> Result<Answer, RegistryError> {
        within(self.limits.request, asked, self.ask(asked)).await?
    }

    async fn ask(&self, asked: &Asked) -> Result<Answer, RegistryError> {
        let mut own = self.limits.wait;
        for _ in 1..limits::ATTEMPTS {
            let answer = self.follow(asked).await?;
            let Some(wait) = busy(&answer, own) else { return Ok(answer) };
            sleep(wait).await;
            own *= 2;
        }
        self.follow(asked).await
    }

    async fn follow(&self, asked: &Asked) -> Result<Answer, RegistryError> {
        let mut url = asked.url.clone();
        for _ in 0..=limits::REDIRECTS {
            let (status, headers, body) = self.once(asked, &url).await?;
            let reads = matches!(asked.method, Method::GET | Method::HEAD);
            if !status.is_redirection() || !reads || status == StatusCode::NOT_MODIFIED {
                let body = self.read(asked, status, body).await?;
                return Ok(Answer { status, headers, body });
            }
            url = next(asked, &url, &headers)?;
        }
        Err(redirected(asked, format!("and that more than {} times", limits::REDIRECTS)))
    }

    /// Sends it to a URL: with what says who we are only where that is whom we were asked to tell.
    async fn once(
        &self,
        asked: &Asked,
        url: &Uri,
    ) -> Result<(StatusCode, HeaderMap, Incoming), RegistryError> {
        let mut request = Request::builder()
            .method(asked.method.clone())
            .uri(url)
            .header(header::ACCEPT, asked.accept)
            .header(header::USER_AGENT, concat!("rulebox/", env!("CARGO_PKG_VERSION")));
        let own = origin(url) == origin(&asked.url);
        if let Some(value) = asked.authorization.as_ref().filter(|_| own) {
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Some((content_type, _)) = &asked.content {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let body = asked.content.as_ref().map(|it| it.1.clone()).unwrap_or_default();
        // What is sent takes its time, which only the limit of the whole request ends.
        let limit = if body.is_empty() { self.limits.silence } else { self.limits.request };
        let request = request.body(Full::new(body)).map_err(|it| odd(asked, it.to_string()))?;
        let answer = within(limit, asked, self.sender.request(request)).await?;
        let answer = answer.map_err(|it| RegistryError::Unreachable {
            host: url.authority().map(ToString::to_string).unwrap_or_default(),
            reason: reason(&it),
        })?;
        let (head, body) = answer.into_parts();
        Ok((head.status, head.headers, body))
    }

    /// The body, to its limit; of an answer that says what went wrong, its beginning.
    async fn read(
        &self,
        asked: &Asked,
        status: StatusCode,
        mut body: Incoming,
    ) -> Result<Vec<u8>, RegistryError> {
        let good = status.is_success();
        let limit = if good { asked.limit } else { limits::PROBLEM_BYTES };
        let too_large = || RegistryError::TooLarge {
            host: asked.host(),
            what: asked.what.clone(),
            limit: asked.limit,
        };
        if asked.method == Method::HEAD {
            return Ok(Vec::new());
        }
        if good && body.size_hint().lower() > limit as u64 {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(frame) = within(self.limits.silence, asked, body.frame()).await? {
            let frame = frame.map_err(|it| RegistryError::Unreachable {
                host: asked.host(),
                reason: format!("{} broke off: {}", asked.what, reason(&it)),
            })?;
            let data = frame.into_data().unwrap_or_default();
            let room = limit - bytes.len();
            if data.len() > room {
                if good {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&data[..room]);
                break;
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    }
}

/// How long to wait for a server that is busy: as long as it says, or as we would. None where it is
/// not busy, or for longer than anybody would wait.
fn busy(answer: &Answer, own: Duration) -> Option<Duration> {
    if !matches!(answer.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let said = header_of(&answer.headers, header::RETRY_AFTER).and_then(|it| it.parse().ok());
    let wait = said.map_or(own, Duration::from_secs);
    (wait <= limits::LONGEST_WAIT).then_some(wait)
}

async fn within<T>(
    limit: Duration,
    asked: &Asked,
    what: impl Future<Output = T>,
) -> Result<T, RegistryError> {
    timeout(limit, what).await.map_err(|_| RegistryError::Silent {
        host: asked.host(),
        what: asked.what.clone(),
        limit,
    })
}

/// Where a redirection leads: never from TLS to plain text, and never to what is no web.
fn next(asked: &Asked, from: &Uri, headers: &HeaderMap) -> Result<Uri, RegistryError> {
    let location = headers.get(header::LOCATION).and_then(|it| it.to_str().ok());
    let to = location.and_then(|it| resolve(from, it));
    let to = to.ok_or_else(|| redirected(asked, "and does not say where".to_owned()))?;
    match (from.scheme_str(), to.scheme_str()) {
        (Some("http"), Some("http")) | (_, Some("https")) => Ok(to),
        (_, Some("http")) => {
            Err(redirected(asked, format!("to {} without TLS, which is not followed", host(&to))))
        }
        _ => Err(redirected(asked, "to what is no URL of the web".to_owned())),
    }
}

fn host(url: &Uri) -> String {
    cut(url.host().unwrap_or_default())
}

/// A URL of a `Location`, which may be a path.
pub(crate) fn resolve(from: &Uri, location: &str) -> Option<Uri> {
    let to: Uri = location.parse().ok()?;
    if to.scheme().is_some() {
        return to.authority().is_some().then_some(to);
    }
    if !location.starts_with('/') || location.starts_with("//") {
        return None;
    }
    format!("{}://{}{location}", from.scheme_str()?, from.authority()?).parse().ok()
}

/// Whom a URL speaks to: what says who we are is for one of these alone.
pub(crate) fn origin(url: &Uri) -> (Option<&str>, Option<String>, u16) {
    let scheme = url.scheme_str();
    let port = url.port_u16().unwrap_or(if scheme == Some("http") { 80 } else { 443 });
    (scheme, url.host().map(str::to_ascii_lowercase), port)
}

fn redirected(asked: &Asked, reason: String) -> RegistryError {
    RegistryError::Redirected { host: asked.host(), what: asked.what.clone(), reason }
}

pub(crate) fn odd(asked: &Asked, reason: impl Into<String>) -> RegistryError {
    RegistryError::Odd { host: asked.host(), what: asked.what.clone(), reason: reason.into() }
}

/// The words of an error and of what stands behind it: hyper's own say only that something failed.
fn reason(error: &dyn std::error::Error) -> String {
    let mut last = error.to_string();
    let mut source = error.source();
    while let Some(it) = source {
        last = it.to_string();
        source = it.source();
    }
    cut(&last)
}

/// One header of an answer, as text.
pub(crate) fn header_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|it| it.to_str().ok())
}
