//! A watch's answer, event by event. Knows the frames of the API's watch, and nothing of what the
//! objects in them are.

use std::{collections::BTreeMap, fmt::Display};

use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Duration, timeout};

use super::request::{Refused, begin};
use crate::fetch::{Failure, Fetch, excerpt};

/// The annotation by which a server says that all objects of before have been sent.
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// One event of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// An object is new or has changed, or the watch began with it.
    Applied(Shown),
    /// An object is gone, or does not match the selector any more: as it was last.
    Deleted(Shown),
    /// Everything up to this `resourceVersion` has been sent.
    Bookmark {
        /// Where a later watch continues.
        version: String,
        /// Whether it ends the objects with which the watch began.
        ends_initial: bool,
    },
    /// The server ends the watch, and why.
    Failed(Failure),
}

/// An object as a watch shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) json: String,
    /// Its `resourceVersion`, where a later watch continues; empty if it has none.
    pub(super) version: String,
}

/// The events of one watch, as they come.
pub(super) struct Events {
    body: Body,
    /// Bytes that came and were not yet given out, from `begin` on.
    held: Vec<u8>,
    begin: usize,
    /// Up to here no line ends.
    searched: usize,
    /// How long nothing may come.
    patience: Duration,
}

/// No event may be longer. etcd takes no object above 1.5 MiB unless it is told to.
pub(super) const LIMIT: usize = 16 << 20;

impl Events {
    /// Asks for a watch. An error if the server does not begin one. `patience`: how long nothing
    /// may come of it.
    pub(super) async fn open(
        fetch: &Fetch,
        path: &str,
        patience: Duration,
    ) -> Result<Self, Refused> {
        let body = begin(fetch, path).await?;
        Ok(Self { body, held: Vec::new(), begin: 0, searched: 0, patience })
    }

    /// The next event; none where the server ended the watch in order.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Failure> {
        loop {
            if let Some(line) = self.line() {
                if !line.trim_ascii().is_empty() {
                    return event(line).map(Some);
                }
            } else if self.held.len() - self.begin > LIMIT {
                let reason = format!("an event of a watch is longer than {LIMIT} bytes");
                return Err(Failure::Broken { reason });
            } else if !self.more().await? {
                let rest = self.held[self.begin..].trim_ascii();
                // What was cut within a line was not sent in order.
                return if rest.is_empty() {
                    Ok(None)
                } else {
                    let reason = "the watch broke off within an event".to_owned();
                    Err(Failure::Connection { reason, attempts: 1 })
                };
            }
        }
    }

    /// The next whole line.
    fn line(&mut self) -> Option<&[u8]> {
        let from = self.searched.max(self.begin);
        let Some(length) = memchr::memchr(b'\n', &self.held[from..]) else {
            self.searched = self.held.len();
            return None;
        };
        let line = self.begin..from + length;
        self.begin = line.end + 1;
        self.searched = self.begin;
        Some(&self.held[line])
    }

    /// Waits for more bytes. False where none will come.
    async fn more(&mut self) -> Result<bool, Failure> {
        self.held.drain(..self.begin);
        self.searched -= self.begin.min(self.searched);
        self.begin = 0;
        let late = || Failure::Timeout { after: self.patience, attempts: 1 };
        let frame = timeout(self.patience, self.body.frame()).await.map_err(|_| late())?;
        let Some(frame) = frame else { return Ok(false) };
        if let Some(data) = frame.map_err(|it| Failure::connection(&it))?.data_ref() {
            self.held.extend_from_slice(data);
        }
        Ok(true)
    }
}

/// What a line of a watch says.
fn event(line: &[u8]) -> Result<Event, Failure> {
    #[derive(Deserialize)]
    struct Frame<'l> {
        r#type: &'l str,
        #[serde(borrow)]
        object: &'l RawValue,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Marked {
        metadata: Metadata,
    }
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Metadata {
        resource_version: String,
        annotations: BTreeMap<String, String>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Versioned {
        metadata: Version,
    }
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Version {
        resource_version: String,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Status {
        code: u16,
    }
    let broken = |it: &dyn Display| Failure::Broken {
        reason: excerpt(&format!("an event of a watch is broken: {it}")),
    };
    let frame: Frame<'_> = serde_json::from_slice(line).map_err(|it| broken(&it))?;
    let object = frame.object.get();
    let marked = || serde_json::from_str::<Marked>(object).map_err(|it| broken(&it));
    let shown = || {
        // What is broken in an object is told by whoever reads it.
        let version = serde_json::from_str::<Versioned>(object).unwrap_or_default();
        Shown { json: object.to_owned(), version: version.metadata.resource_version }
    };
    match frame.r#type {
        "ADDED" | "MODIFIED" => Ok(Event::Applied(shown())),
        "DELETED" => Ok(Event::Deleted(shown())),
        "BOOKMARK" => {
            let Metadata { resource_version, annotations } = marked()?.metadata;
            let ends_initial = annotations.get(INITIAL_EVENTS_END).is_some_and(|it| it == "true");
            Ok(Event::Bookmark { version: resource_version, ends_initial })
        }
        "ERROR" => {
            let it: Status = serde_json::from_str(object).unwrap_or_default();
            let status = StatusCode::from_u16(it.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Ok(Event::Failed(Failure::of_answer(status, &HeaderMap::new(), object.as_bytes())))
        }
        other => Err(broken(&format!("its type is `{other}`"))),
    }
}
