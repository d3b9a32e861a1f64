//! How the watches of a cluster are: what metrics and pages say of them. Knows no requests.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tokio::time::Instant;

use crate::fetch::{Failure, ServerClock};

/// How the watches of a cluster are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether the server answers, and accepts the credentials.
    pub up: bool,
    /// Why it does not; empty while it does.
    pub reason: String,
    /// The clock of the server; none where it tells none.
    pub clock: Option<ServerClock>,
    /// Each watch, in the order of group, kind, namespace and selector.
    pub watches: Vec<WatchHealth>,
    /// How often requests failed, by the word for the kind of failure.
    pub errors: BTreeMap<&'static str, u64>,
}

impl Health {
    /// Takes what a server's clock showed, where that is not what it should show by now. Answers
    /// tell seconds, and are some time on their way.
    pub(super) fn hear(&mut self, clock: Option<ServerClock>) -> bool {
        /// Who evaluates counts in minutes.
        const SAME: SignedDuration = SignedDuration::from_secs(3);
        let Some(new) = clock else { return false };
        let is_same = |it: ServerClock| new.now().duration_since(it.now()).abs() <= SAME;
        if self.clock.is_some_and(is_same) {
            return false;
        }
        self.clock = Some(new);
        true
    }
}

/// How one watch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchHealth {
    /// API group; empty for core.
    pub group: String,
    /// `Pod`.
    pub kind: String,
    /// None: all namespaces, or a cluster-scoped kind.
    pub namespace: Option<String>,
    /// The label selector; empty: every object.
    pub selector: String,
    /// Whether it shows changes now.
    pub up: bool,
    /// Why it does not; empty while it does.
    pub reason: String,
    /// When the server last said something there; none if it never did.
    pub last_contact: Option<Instant>,
    /// How often all objects were listed.
    pub lists: u64,
}

/// The words for the failures of watches in metrics.
pub const ERRORS: [&str; 11] = [
    "unauthorized",
    "forbidden",
    "not_found",
    "gone",
    "throttled",
    "status",
    "timeout",
    "connection",
    "credentials",
    "no_api",
    "broken",
];

/// The word for a failure in metrics: one of [`ERRORS`], but for what hardly ever happens.
pub(super) fn word(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unauthorized => "unauthorized",
        Failure::Forbidden { .. } => "forbidden",
        Failure::NotFound => "not_found",
        Failure::Gone => "gone",
        Failure::Busy { .. } => "throttled",
        Failure::Status { status, .. } if status.as_u16() == 429 => "throttled",
        Failure::Status { .. } => "status",
        Failure::Timeout { .. } => "timeout",
        Failure::Connection { .. } => "connection",
        Failure::Credentials { .. } => "credentials",
        Failure::NoApi { .. } => "no_api",
        Failure::TooLong { .. } => "too_long",
        Failure::Broken { .. } => "broken",
        // Of readings that end; watches send each request by itself.
        Failure::NotAsked | Failure::Deadline { .. } => "not_asked",
    }
}

/// Whether the server gave no answer, or accepts nothing that is asked.
pub(super) fn is_silence(failure: &Failure) -> bool {
    match failure {
        Failure::Status { status, .. } => status.is_server_error(),
        Failure::Unauthorized
        | Failure::Timeout { .. }
        | Failure::Connection { .. }
        | Failure::NoApi { .. }
        | Failure::Credentials { .. } => true,
        _ => false,
    }
}
