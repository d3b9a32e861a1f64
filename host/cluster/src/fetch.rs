//! Sends one request until it is answered: time-out, deadline, retries, pauses, and the most bytes
//! of an answer. What the answer holds is not known here.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{self, ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
    response::Parts,
};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use kube::client::Body;
use rulebox_core::backoff;
use tokio::time::Instant;

use crate::{Options, credentials::Access};

pub(crate) use crate::failure::{Failure, excerpt};

/// The first pause. Each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause. After this long a person would rather be told than wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The longest `Retry-After` that is respected. An API server asks for 1 second, a throttling
/// gateway for up to a minute or an hour. Asking again sooner would make matters worse, so the
/// request fails.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

/// After this many requests in a row that failed in spite of their retries, no more are sent. A
/// server that is dead, or fails each request, would otherwise cost the time-out or the pauses of
/// every list.
const EXHAUSTED_REQUESTS: u32 = 3;

/// The most bytes that are read of an answer that is no success: its message is short.
const FAILURE_BYTES: usize = 64 << 10;

/// As whom requests say that they come, for audit logs.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("rulebox/", env!("CARGO_PKG_VERSION")));

/// Sends requests, one at a time; clones send others at the same time.
#[derive(Clone)]
pub(crate) struct Fetch {
    access: Access,
    timeout: Duration,
    retries: u32,
    answer_bytes: usize,
    deadline: Option<Deadline>,
    shared: Arc<Shared>,
    /// Requests in a row that failed in spite of their retries.
    exhausted: u32,
}

/// When all requests have to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    /// How long that is after the beginning.
    pub(crate) after: Duration,
    /// The argument that says so.
    pub(crate) whose: &'static str,
}

impl Deadline {
    /// What cuts a reading off that begins now, if anything does.
    pub(crate) fn of(options: &Options) -> Option<Self> {
        let of_cluster = options.deadline.map(|after| {
            let whose = "--cluster-deadline";
            Self { at: Instant::now() + after, after, whose }
        });
        let of_run =
            options.run_ends.map(|(at, after)| Self { at, after, whose: "--run-deadline" });
        [of_cluster, of_run].into_iter().flatten().min_by_key(|it| it.at)
    }

    pub(crate) fn failure(self) -> Failure {
        Failure::Deadline { after: self.after, whose: self.whose }
    }
}

/// What all clones know of the server.
#[derive(Debug, Default)]
struct Shared {
    contact: AtomicBool,
    /// How far the server's clock is ahead of that of this machine.
    ahead: Mutex<Option<SignedDuration>>,
    clock: Mutex<Option<ServerClock>>,
}

/// What a server's clock showed last, and when by a clock of this machine that nobody sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerClock {
    /// What it showed, to the second.
    pub at: Timestamp,
    /// When that was heard.
    pub heard: Instant,
}

impl ServerClock {
    /// What it shows now.
    pub fn now(self) -> Timestamp {
        let since = SignedDuration::try_from(self.heard.elapsed()).unwrap_or_default();
        self.at.saturating_add(since).unwrap_or(self.at)
    }
}

impl Fetch {
    pub(crate) fn new(access: impl Into<Access>, options: &Options) -> Self {
        Self {
            access: access.into(),
            timeout: options.request_timeout,
            retries: options.retries,
            answer_bytes: options.answer_bytes,
            deadline: None,
            shared: Arc::default(),
            exhausted: 0,
        }
    }

    /// The same, for requests that end by then.
    #[must_use]
    pub(crate) fn until(self, deadline: Option<Deadline>) -> Self {
        Self { deadline, ..self }
    }

    /// The same, for requests that are answered within this, if not sooner.
    #[must_use]
    pub(crate) fn within(self, timeout: Duration) -> Self {
        Self { timeout: self.timeout.min(timeout), ..self }
    }

    /// The same, which sends no request again.
    #[must_use]
    pub(crate) fn without_retries(self) -> Self {
        Self { retries: 0, exhausted: 0, ..self }
    }

    /// Whether an API server has already answered and accepted the credentials.
    pub(crate) fn contact(&self) -> bool {
        self.shared.contact.load(Relaxed)
    }

    /// How far the server's clock is ahead of that of this machine, as its answers tell.
    pub(crate) fn ahead(&self) -> Option<SignedDuration> {
        *self.shared.ahead.lock().expect("nobody panics while holding it")
    }

    /// The server's clock, as its last answer tells.
    pub(crate) fn clock(&self) -> Option<ServerClock> {
        *self.shared.clock.lock().expect("nobody panics while holding it")
    }

    /// How many requests in a row have failed in spite of their retries.
    pub(crate) fn exhausted(&self) -> u32 {
        self.exhausted
    }

    /// The same after so many requests in a row that failed in spite of their retries.
    #[must_use]
    pub(crate) fn after_exhausted(self, exhausted: u32) -> Self {
        Self { exhausted, ..self }
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
        if self.exhausted >= EXHAUSTED_REQUESTS {
            return Err(Failure::NotAsked);
        }
        let mut attempt = 1;
        loop {
            let (failure, retry_after) = match self.once(path).await {
                Ok(body) => {
                    self.shared.contact.store(true, Relaxed);
                    self.exhausted = 0;
                    return Ok(body);
                }
                Err(it) => it,
            };
            self.shared.contact.fetch_or(failure.is_contact(), Relaxed);
            let again = failure.is_passing()
                && attempt <= self.retries
                && (self.contact() || !failure.is_silence());
            // A server that asks to come back at once is asked no sooner than any other.
            let pause = pause(path, attempt).max(retry_after.unwrap_or_default());
            let in_time = self.deadline.is_none_or(|it| Instant::now() + pause < it.at);
            if let (true, Failure::Status { status, .. }) = (again, &failure)
                && pause > LONGEST_RETRY_AFTER
            {
                self.exhausted += 1;
                let (status, longest) = (*status, LONGEST_RETRY_AFTER);
                return Err(Failure::Busy { status, retry_after: pause, longest });
            }
            if !again || !in_time {
                self.exhausted = if failure.is_exhausting() { self.exhausted + 1 } else { 0 };
                return Err(failure.with_attempts(attempt));
            }
            waiting(&format!("{failure}; again in {:.1} s", pause.as_secs_f64()));
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// Sends a request once, and reads its answer to the end.
    pub(crate) async fn once(&self, path: &str) -> Result<Vec<u8>, (Failure, Option<Duration>)> {
        let begun = Instant::now();
        let (head, body) = self.open(&Ask::get(path)).await?.into_parts();
        let (body, is_whole) = self.rest(begun, body).await.map_err(|it| (it, None))?;
        if !is_whole {
            return Err((Failure::TooLong { bytes: self.answer_bytes }, None));
        }
        match crate::failure::no_api(head.status, &head.headers, &body) {
            Some(no_api) => Err((no_api, None)),
            None => Ok(body),
        }
    }

    /// Sends a request once. Gives the answer as soon as it begins, if it is a success. What is no
    /// success comes with its `Retry-After`.
    async fn open(&self, ask: &Ask<'_>) -> Result<Response<Body>, (Failure, Option<Duration>)> {
        match self.exchange(ask).await.map_err(|it| (it, None))? {
            Answer::Begun(answer) => Ok(answer),
            Answer::Refused { failure, head, .. } => Err((failure, retry_after(&head.headers))),
        }
    }

    /// The same for an answer without an end.
    ///
    /// It is asked for as it is. kube-apiserver 1.37 compresses a watch that begins with all
    /// objects as several gzip streams, one behind the other, and kube's client reads the first of
    /// them.
    pub(crate) async fn stream(
        &self,
        path: &str,
    ) -> Result<Response<Body>, (Failure, Option<Duration>)> {
        let identity = HeaderValue::from_static("identity");
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, identity)]);
        self.open(&Ask { headers, ..Ask::get(path) }).await
    }

    /// Sends a document once. Gives the status and the body of the answer, whatever they are. An
    /// error, in words, where there is none.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&'static str>,
        document: &[u8],
    ) -> Result<(StatusCode, Vec<u8>), Failure> {
        let begun = Instant::now();
        let content_type = content_type.map(|it| (CONTENT_TYPE, HeaderValue::from_static(it)));
        let headers = content_type.into_iter().collect();
        match self.exchange(&Ask { method, path, headers, document }).await? {
            Answer::Begun(answer) => {
                let (head, body) = answer.into_parts();
                Ok((head.status, self.rest(begun, body).await?.0))
            }
            Answer::Refused { head, body, .. } => Ok((head.status, body)),
        }
    }

    /// Sends a request once, and once more with new credentials where the server refuses those that
    /// we have.
    async fn exchange(&self, ask: &Ask<'_>) -> Result<Answer, Failure> {
        let begun = Instant::now();
        let until = self.deadline.map(|it| it.at);
        loop {
            if until.is_some_and(|it| it <= Instant::now()) {
                return Err(self.too_late());
            }
            let ticket = self.access.ticket(until).await?;
            let request = ask.request(ticket.authorization.clone());
            let request = request.map_err(|reason| Failure::Broken { reason })?;
            let exchange = async {
                let answer = ticket.client.send(request).await;
                let answer = answer.map_err(|it| Failure::connection(&it))?;
                self.set_clock(answer.headers());
                if answer.status().is_success() {
                    return Ok(Answer::Begun(answer));
                }
                let (head, body) = answer.into_parts();
                let (body, _) = read_body(body, FAILURE_BYTES).await?;
                let failure = Failure::of_answer(head.status, &head.headers, &body);
                Ok(Answer::Refused { failure, head, body })
            };
            let answer = tokio::time::timeout_at(self.limit(begun), exchange).await;
            let answer = answer.unwrap_or_else(|_| Err(self.too_late()))?;
            match &answer {
                Answer::Refused { failure: Failure::Unauthorized, .. } => {
                    if self.access.refused(&ticket, until).await? {
                        continue;
                    }
                }
                Answer::Refused { failure, .. } if !failure.is_contact() => {}
                _ => self.access.accepted(&ticket),
            }
            return Ok(answer);
        }
    }

    /// The rest of an answer to what was sent at this moment, and whether it is all.
    async fn rest(&self, begun: Instant, body: Body) -> Result<(Vec<u8>, bool), Failure> {
        let rest = read_body(body, self.answer_bytes);
        let rest = tokio::time::timeout_at(self.limit(begun), rest).await;
        rest.unwrap_or_else(|_| Err(self.too_late()))
    }

    /// Until when a request has to be answered that was sent at this moment.
    fn limit(&self, begun: Instant) -> Instant {
        let own = begun + self.timeout;
        self.deadline.map_or(own, |it| it.at.min(own))
    }

    /// Why there is no answer yet.
    fn too_late(&self) -> Failure {
        match self.deadline {
            Some(it) if it.at <= Instant::now() => it.failure(),
            _ => Failure::Timeout { after: self.timeout, attempts: 1 },
        }
    }

    /// Compares the server's clock with that of this machine. An answer that was long on its way
    /// tells less: the smallest difference counts.
    fn set_clock(&self, headers: &HeaderMap) {
        let date = headers.get(header::DATE).and_then(|it| it.to_str().ok());
        let date = date.and_then(|it| jiff::fmt::rfc2822::parse(it).ok());
        let Some(date) = date else { return };
        let clock = ServerClock { at: date.timestamp(), heard: Instant::now() };
        *self.shared.clock.lock().expect("nobody panics while holding it") = Some(clock);
        let ahead = date.timestamp().duration_since(Timestamp::now());
        let mut known = self.shared.ahead.lock().expect("nobody panics while holding it");
        if known.is_none_or(|it| ahead.unsigned_abs() < it.unsigned_abs()) {
            *known = Some(ahead);
        }
    }
}

/// What is asked of a server.
struct Ask<'a> {
    method: Method,
    path: &'a str,
    /// Beside those that every request has.
    headers: HeaderMap,
    document: &'a [u8],
}

/// What a server says to it.
enum Answer {
    /// It does it, and its answer begins.
    Begun(Response<Body>),
    /// It does not.
    Refused { failure: Failure, head: Parts, body: Vec<u8> },
}

impl<'a> Ask<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, headers: HeaderMap::new(), document: &[] }
    }

    fn request(&self, authorization: Option<HeaderValue>) -> Result<Request<Body>, String> {
        let Self { method, path, headers, document } = self;
        let mut request = Request::get(*path)
            .method(method)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, AGENT)
            .body(Body::from(document.to_vec()))
            .map_err(|it| format!("cannot ask for {path}: {it}"))?;
        request.headers_mut().extend(authorization.map(|it| (AUTHORIZATION, it)));
        request.headers_mut().extend(headers.clone());
        Ok(request)
    }
}

/// The first bytes of a body, and whether they are all.
async fn read_body(mut body: Body, most: usize) -> Result<(Vec<u8>, bool), Failure> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|it| Failure::connection(&it))?;
        let Ok(data) = frame.into_data() else { continue };
        let room = most - bytes.len();
        if data.len() > room {
            bytes.extend_from_slice(&data[..room]);
            return Ok((bytes, false));
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes, true))
}

/// `Retry-After` in seconds. Kubernetes does not use the other form, a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The pause before the next attempt. Pauses double, and are up to a quarter longer by a hash of
/// the path. So the requests of one run do not all come back at the same time, and the same run
/// always pauses equally long.
fn pause(path: &str, attempt: u32) -> Duration {
    let doubled = backoff(FIRST_PAUSE, LONGEST_PAUSE, attempt - 1);
    let mut hasher = DefaultHasher::new();
    (path, attempt).hash(&mut hasher);
    let quarters = u32::try_from(hasher.finish() % 256).expect("less than 256");
    doubled + doubled * quarters / 1024
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
}
