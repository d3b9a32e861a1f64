//! Sends one request until it is answered: time-out, retries, pauses.

use std::{
    error::Error,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use http::{HeaderMap, Request, StatusCode, header};
use kube::{Client, client::Body};
use serde::Deserialize;

use crate::Options;

/// The first pause. Each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause. After this long a person would rather be told than wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The longest `Retry-After` that is respected. An API server asks for 1 second, a throttling
/// gateway for up to a minute or an hour. Asking again sooner would make matters worse, so the
/// request fails.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

/// After this many requests in a row without any answer, in spite of their retries, no more are
/// sent. A dead server would otherwise cost the time-out of every list.
const SILENT_REQUESTS: u32 = 3;

/// The number of characters of a server's message that a reason quotes.
const MESSAGE_LENGTH: usize = 300;

/// Why a request has no useful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// 401.
    Unauthorized,
    /// 403, and the user as whom the server knows us, if the message tells.
    Forbidden { user: String },
    /// 404.
    NotFound,
    /// 410.
    Gone,
    /// Any other status that is not a success.
    Status { status: StatusCode, message: String, attempts: u32 },
    /// 429 or 503 with a `Retry-After` that is too long to wait for.
    Busy { status: StatusCode, retry_after: Duration },
    /// No complete answer in time.
    Timeout { after: Duration, attempts: u32 },
    /// No connection, or a connection that broke.
    Connection { reason: String, attempts: u32 },
    /// The server had stopped answering before.
    NotAsked,
    /// A success whose body is not what was asked for.
    Broken { reason: String },
}

impl Failure {
    /// Whether the same request may succeed a moment later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => {
                *status == StatusCode::TOO_MANY_REQUESTS
                    || (status.is_server_error() && *status != StatusCode::NOT_IMPLEMENTED)
            }
            _ => self.is_silence(),
        }
    }

    /// Whether there was no answer at all.
    fn is_silence(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Connection { .. })
    }

    /// Whether an API server has answered and accepted the credentials.
    fn is_contact(&self) -> bool {
        !self.is_passing() && !matches!(self, Self::Unauthorized | Self::Busy { .. })
    }

    /// Whether data was lost. If a server forbids something or does not serve it, this is how the
    /// server is set up, and shows in the coverage alone.
    pub(crate) fn is_loss(&self) -> bool {
        !matches!(self, Self::Forbidden { .. } | Self::NotFound)
    }

    fn with_attempts(mut self, count: u32) -> Self {
        if let Self::Status { attempts, .. }
        | Self::Timeout { attempts, .. }
        | Self::Connection { attempts, .. } = &mut self
        {
            *attempts = count;
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => {
                f.write_str("401 Unauthorized: the server does not accept the credentials")
            }
            Self::Forbidden { .. } => f.write_str("403 Forbidden"),
            Self::NotFound => f.write_str("404 Not Found"),
            Self::Gone => f.write_str("410 Gone: the list expired while it was read"),
            Self::Status { status, message, attempts } => {
                write!(f, "the server answered {status}{}", Times(*attempts))?;
                if message.is_empty() { Ok(()) } else { write!(f, ": {message}") }
            }
            Self::Busy { status, retry_after } => write!(
                f,
                "the server answered {status} and asks to come back in {} s, longer than the {} s \
                 that are waited for",
                retry_after.as_secs(),
                LONGEST_RETRY_AFTER.as_secs()
            ),
            Self::Timeout { after, attempts } => {
                write!(f, "no complete answer within {} s{}", after.as_secs_f64(), Times(*attempts))
            }
            Self::Connection { reason, attempts } => {
                write!(f, "the connection failed{}: {reason}", Times(*attempts))
            }
            Self::NotAsked => f.write_str("not asked, for the cluster had stopped answering"),
            Self::Broken { reason } => f.write_str(reason),
        }
    }
}

/// ` (5 attempts)`; nothing for one attempt.
struct Times(u32);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " ({} attempts)", self.0) } else { Ok(()) }
    }
}

/// Sends requests, one at a time.
pub(crate) struct Fetch {
    client: Client,
    timeout: Duration,
    retries: u32,
    contact: bool,
    silent: u32,
}

impl Fetch {
    pub(crate) fn new(client: Client, options: &Options) -> Self {
        Self {
            client,
            timeout: options.request_timeout,
            retries: options.retries,
            contact: false,
            silent: 0,
        }
    }

    /// Whether an API server has already answered and accepted the credentials.
    pub(crate) fn contact(&self) -> bool {
        self.contact
    }

    /// The body of the answer for a path. `waiting` is told of each pause before the pause begins.
    ///
    /// Before the first contact a failed connection is not retried: the address is wrong or the
    /// server is down, and neither passes in seconds.
    pub(crate) async fn get(
        &mut self,
        path: &str,
        waiting: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Vec<u8>, Failure> {
        if self.silent >= SILENT_REQUESTS {
            return Err(Failure::NotAsked);
        }
        let mut attempt = 1;
        loop {
            let (failure, retry_after) = match self.once(path).await {
                Ok(body) => {
                    (self.contact, self.silent) = (true, 0);
                    return Ok(body);
                }
                Err(it) => it,
            };
            self.contact |= failure.is_contact();
            let again = failure.is_passing()
                && attempt <= self.retries
                && (self.contact || !failure.is_silence());
            if !again {
                self.silent = if failure.is_silence() { self.silent + 1 } else { 0 };
                return Err(failure.with_attempts(attempt));
            }
            let pause = retry_after.unwrap_or_else(|| pause(path, attempt));
            if let Failure::Status { status, .. } = failure
                && pause > LONGEST_RETRY_AFTER
            {
                return Err(Failure::Busy { status, retry_after: pause });
            }
            waiting(&format!("{failure}; again in {:.1} s", pause.as_secs_f64()));
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn once(&self, path: &str) -> Result<Vec<u8>, (Failure, Option<Duration>)> {
        let broken = |reason: String| (Failure::Broken { reason }, None);
        let request = Request::get(path)
            .header(header::ACCEPT, "application/json")
            .body(Body::empty())
            .map_err(|it| broken(format!("cannot ask for {path}: {it}")))?;
        let exchange = async {
            let answer = self.client.send(request).await?;
            let (head, body) = answer.into_parts();
            Ok::<_, kube::Error>((head, body.collect_bytes().await?))
        };
        let (head, body) = tokio::time::timeout(self.timeout, exchange)
            .await
            .map_err(|_| (Failure::Timeout { after: self.timeout, attempts: 1 }, None))?
            .map_err(|it| (Failure::Connection { reason: innermost(&it), attempts: 1 }, None))?;
        if head.status.is_success() {
            return Ok(body.into());
        }
        Err((failure(head.status, &body), retry_after(&head.headers)))
    }
}

pub(crate) fn failure(status: StatusCode, body: &[u8]) -> Failure {
    #[derive(Deserialize)]
    struct Status {
        message: String,
    }
    let message = serde_json::from_slice(body).map_or(String::new(), |it: Status| it.message);
    match status {
        StatusCode::UNAUTHORIZED => Failure::Unauthorized,
        StatusCode::FORBIDDEN => {
            Failure::Forbidden { user: excerpt(rulebox_bundle::user_in(&message)) }
        }
        StatusCode::NOT_FOUND => Failure::NotFound,
        StatusCode::GONE => Failure::Gone,
        _ => Failure::Status { status, message: excerpt(&message), attempts: 1 },
    }
}

/// The start of a server's message on one line, so that a message can neither flood a report nor
/// move a cursor.
pub(crate) fn excerpt(message: &str) -> String {
    let short = message.chars().take(MESSAGE_LENGTH);
    short.map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// `Retry-After` in seconds. Kubernetes does not use the other form, a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The pause before the next attempt. Pauses double, and are up to a quarter longer by a hash of
/// the path. So the requests of one run do not all come back at the same time, and the same run
/// always pauses equally long.
fn pause(path: &str, attempt: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(8)).min(LONGEST_PAUSE);
    let mut hasher = DefaultHasher::new();
    (path, attempt).hash(&mut hasher);
    let quarters = u32::try_from(hasher.finish() % 256).expect("less than 256");
    doubled + doubled * quarters / 1024
}

/// The first cause in a chain of errors: `Connection refused`, `invalid peer certificate`.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    excerpt(&innermost.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_stay_below_their_bound_and_repeat() {
        for attempt in 1..40 {
            let doubled = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(8)).min(LONGEST_PAUSE);
            let pause_now = pause("/api/v1/pods", attempt);
            assert!(doubled <= pause_now && pause_now <= doubled * 5 / 4, "{attempt}");
            assert_eq!(pause_now, pause("/api/v1/pods", attempt));
        }
    }

    #[test]
    fn the_pauses_of_two_paths_differ() {
        assert_ne!(pause("/api/v1/pods", 1), pause("/api/v1/events", 1));
    }

    #[test]
    fn a_message_is_cut_and_kept_on_one_line() {
        assert_eq!(excerpt("a\nb\u{1b}[2Jc"), "a b [2Jc");
        assert_eq!(excerpt(&"x".repeat(1000)).len(), MESSAGE_LENGTH);
    }
}
