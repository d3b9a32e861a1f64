//! Why a request has no useful answer, in words for a report. When it is sent again is not known
//! here.

use std::{error::Error, fmt, time::Duration};

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

/// The number of characters of a server's message that a reason quotes.
pub(crate) const MESSAGE_LENGTH: usize = 300;

/// Why a request has no useful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// 401.
    Unauthorized,
    /// 403; the user as whom the server knows us and the verb that is refused, if the message
    /// tells.
    Forbidden { user: String, verb: &'static str },
    /// 404.
    NotFound,
    /// 410.
    Gone,
    /// Any other status that is not a success.
    Status { status: StatusCode, message: String, attempts: u32 },
    /// 429 or 503 with a `Retry-After` that is too long to wait for.
    Busy { status: StatusCode, retry_after: Duration, longest: Duration },
    /// No complete answer in time.
    Timeout { after: Duration, attempts: u32 },
    /// No connection, or a connection that broke.
    Connection { reason: String, attempts: u32 },
    /// Several requests before had failed in spite of their retries.
    NotAsked,
    /// The cluster, or the run, has taken as long as it may. `whose`: the argument that says so.
    Deadline { after: Duration, whose: &'static str },
    /// The answer is longer than one may be.
    TooLong { bytes: usize },
    /// What answered is no API server.
    NoApi { reason: String },
    /// There are no credentials to send: a plugin or a file gives none.
    Credentials { reason: String },
    /// A success whose body is not what was asked for.
    Broken { reason: String },
}

impl Failure {
    /// Whether the same request may succeed a moment later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => {
                *status == StatusCode::TOO_MANY_REQUESTS
                    || (status.is_server_error() && *status != StatusCode::NOT_IMPLEMENTED)
            }
            _ => self.is_silence(),
        }
    }

    /// Whether there was no answer at all.
    pub(crate) fn is_silence(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Connection { .. })
    }

    /// Whether the server may well fail the next request in the same way, after as long a time.
    pub(crate) fn is_exhausting(&self) -> bool {
        self.is_passing() || matches!(self, Self::Busy { .. })
    }

    /// Whether an API server has answered and accepted the credentials. Any web server has no page
    /// at some path.
    pub(crate) fn is_contact(&self) -> bool {
        match self {
            Self::Forbidden { .. } | Self::Gone | Self::TooLong { .. } | Self::Broken { .. } => {
                true
            }
            Self::Status { .. } => !self.is_passing(),
            _ => false,
        }
    }

    /// Whether the reason is no list's own, but that of all lists that follow.
    pub(crate) fn is_of_all(&self) -> bool {
        matches!(self, Self::NotAsked | Self::Deadline { .. })
    }

    /// Whether data was lost. If a server forbids something or does not serve it, this is how the
    /// server is set up, and shows in the coverage alone.
    pub(crate) fn is_loss(&self) -> bool {
        !matches!(self, Self::Forbidden { .. } | Self::NotFound)
    }

    pub(crate) fn with_attempts(mut self, count: u32) -> Self {
        if let Self::Status { attempts, .. }
        | Self::Timeout { attempts, .. }
        | Self::Connection { attempts, .. } = &mut self
        {
            *attempts = count;
        }
        self
    }

    /// A connection that could not be made, or broke.
    pub(crate) fn connection(error: &dyn Error) -> Self {
        let reason = innermost(error);
        // What rustls says of an answer that is no TLS, and what hyper says of TLS.
        let hint = if reason.contains("InvalidContentType") {
            "; the server may speak plain http: then `server` in the kubeconfig begins with http://"
        } else if reason.contains("invalid HTTP version") {
            "; the server may speak https: then `server` in the kubeconfig begins with https://"
        } else {
            ""
        };
        Self::Connection { reason: format!("{reason}{hint}"), attempts: 1 }
    }

    /// What an answer means that is no success. `body`: its beginning.
    pub(crate) fn of_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Status {
            message: String,
        }
        if let Some(no_api) = no_api(status, headers, body) {
            return no_api;
        }
        let message = serde_json::from_slice(body).map_or(String::new(), |it: Status| it.message);
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => Self::Forbidden {
                user: excerpt(rulebox_bundle::user_in(&message)),
                verb: rulebox_bundle::verb_in(&message),
            },
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::GONE => Self::Gone,
            _ => Self::Status { status, message: excerpt(&message), attempts: 1 },
        }
    }
}

/// What says that an answer is of no API server, but of a proxy, a login page, or another port. An
/// API server answers in JSON, and some of its failures are a line of plain text.
pub(crate) fn no_api(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Failure> {
    /// The number of characters that are shown of a page.
    const SHOWN: usize = 120;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * SHOWN)]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let is_page = kind.eq_ignore_ascii_case("text/html") || text.starts_with('<');
    let is_other = status.is_success() && !text.starts_with('{') && !kind.ends_with("json");
    let is_plain = status == StatusCode::BAD_REQUEST && text.contains("HTTPS server");
    if !(is_page || is_other || is_plain || status.is_redirection()) {
        return None;
    }
    let to = headers.get(header::LOCATION).and_then(|it| it.to_str().ok());
    let to = to.map(|it| format!(" to {it}")).unwrap_or_default();
    let kind = if kind.is_empty() { String::new() } else { format!(", {kind}") };
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = excerpt(&words.chars().take(SHOWN).collect::<String>());
    let shown = if shown.is_empty() { String::new() } else { format!(": {shown}") };
    let hint =
        if is_plain { "; `server` in the kubeconfig has to begin with https://" } else { "" };
    let to = excerpt(&to);
    let reason = format!("this is no API server: it answered {status}{to}{kind}{shown}{hint}");
    Some(Failure::NoApi { reason })
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
            Self::Busy { status, retry_after, longest } => write!(
                f,
                "the server answered {status} and asks to come back in {} s, longer than the {} s \
                 that are waited for",
                retry_after.as_secs(),
                longest.as_secs()
            ),
            Self::Timeout { after, attempts } => {
                write!(f, "no complete answer within {} s{}", after.as_secs_f64(), Times(*attempts))
            }
            Self::Connection { reason, attempts } => {
                write!(f, "the connection failed{}: {reason}", Times(*attempts))
            }
            Self::NotAsked => f.write_str(
                "not asked, for the cluster had failed several requests in a row, in spite of \
                 retries",
            ),
            Self::Deadline { after, whose } => {
                write!(f, "not read to the end within {} s ({whose})", after.as_secs_f64())
            }
            Self::TooLong { bytes } => {
                f.write_str("the answer is longer than ")?;
                match bytes >> 20 {
                    0 => write!(f, "{bytes} bytes")?,
                    mib => write!(f, "{mib} MiB")?,
                }
                f.write_str(" (--answer-size)")
            }
            Self::NoApi { reason } | Self::Credentials { reason } | Self::Broken { reason } => {
                f.write_str(reason)
            }
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

/// The start of a server's message on one line, so that a message can neither flood a report nor
/// move a cursor.
pub(crate) fn excerpt(message: &str) -> String {
    let short = message.chars().take(MESSAGE_LENGTH);
    short.map(|it| if it.is_control() { ' ' } else { it }).collect()
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
    fn a_message_is_cut_and_kept_on_one_line() {
        assert_eq!(excerpt("a\nb\u{1b}[2Jc"), "a b [2Jc");
        assert_eq!(excerpt(&"x".repeat(1000)).len(), MESSAGE_LENGTH);
    }

    #[test]
    fn what_is_refused_names_user_and_verb() {
        let of = |message: &str| {
            let body = serde_json::json!({"kind": "Status", "message": message}).to_string();
            Failure::of_answer(StatusCode::FORBIDDEN, &HeaderMap::new(), body.as_bytes())
        };
        let forbidden = |user: &str, verb| Failure::Forbidden { user: user.to_owned(), verb };
        let said = |verb: &str| {
            format!(
                "pods is forbidden: User \"u\" cannot {verb} resource \"pods\" in API group \"\""
            )
        };
        assert_eq!(of(&said("watch")), forbidden("u", "watch"));
        assert_eq!(of(&said("list")), forbidden("u", "list"));
        assert_eq!(of(&said("escalate")), forbidden("u", ""));
        assert_eq!(of("no"), forbidden("", ""));
    }

    #[track_caller]
    fn check(status: u16, kind: &str, body: &str, want: Option<&str>) {
        let mut headers = HeaderMap::new();
        if !kind.is_empty() {
            headers.insert(header::CONTENT_TYPE, kind.parse().expect("a header"));
        }
        if (300..400).contains(&status) {
            headers.insert(header::LOCATION, "https://sso.example/".parse().expect("a header"));
        }
        let status = StatusCode::from_u16(status).expect("a status");
        let got = no_api(status, &headers, body.as_bytes()).map(|it| it.to_string());
        let want = want.map(|it| format!("this is no API server: it answered {it}"));
        assert_eq!(got, want);
    }

    #[test]
    fn what_is_no_api_server_is_told_by_its_answer() {
        let page = "<!doctype html>\n<title>Sign in</title>";
        let shown = "<!doctype html> <title>Sign in</title>";
        let html = "text/html; charset=utf-8";
        check(200, html, page, Some(&format!("200 OK, text/html: {shown}")));
        check(200, "", page, Some(&format!("200 OK: {shown}")));
        check(404, html, page, Some(&format!("404 Not Found, text/html: {shown}")));
        check(502, html, page, Some(&format!("502 Bad Gateway, text/html: {shown}")));
        check(302, "", "", Some("302 Found to https://sso.example/"));
        check(200, "text/plain", "ok", Some("200 OK, text/plain: ok"));
        check(
            400,
            "",
            "Client sent an HTTP request to an HTTPS server.\n",
            Some(
                "400 Bad Request: Client sent an HTTP request to an HTTPS server.; `server` in the \
                 kubeconfig has to begin with https://",
            ),
        );
        check(200, "application/json", r#"{"kind":"PodList"}"#, None);
        check(200, "", r#"{"kind":"PodList"}"#, None);
        check(404, "text/plain; charset=utf-8", "404 page not found\n", None);
        check(503, "", "service unavailable", None);
        check(403, "application/json", r#"{"kind":"Status"}"#, None);
    }
}
