//! `/api/v1/events`: findings that come, change and go, as server-sent events. A client that was
//! away for a moment says which event it saw last, and is sent what it missed; one that was away
//! for longer, or that comes for the first time, is sent `reset`, and asks for all findings.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::State,
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use http::{HeaderMap, StatusCode, header};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::Instant,
};

use super::{Site, access::Reviewed, refused};
use crate::history::FindingEvent;

/// So often something is sent, so that proxies and clients see that the connection lives. Proxies
/// commonly end what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A client that follows the events: what it gets next.
struct Follower {
    site: Arc<Site>,
    last: watch::Receiver<u64>,
    /// The number of the last event that the client has.
    seen: u64,
    waiting: VecDeque<Arc<FindingEvent>>,
    reset: bool,
    /// When it is let go.
    until: Option<Instant>,
    stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

/// A client whose right to read was asked about is let go after this, so that it is asked about
/// anew: clients come back at once, and are sent what they missed.
const REVIEWED_FOR: Duration = Duration::from_mins(5);

pub(super) async fn events(
    State(site): State<Arc<Site>>,
    reviewed: Option<Extension<Reviewed>>,
    headers: HeaderMap,
) -> Response {
    let Ok(place) = Arc::clone(&site.followers).try_acquire_owned() else {
        return refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many clients follow the events",
            "ask again later, or ask for /api/v1/findings from time to time",
        );
    };
    let last = site.results.events.last();
    let newest = *last.borrow();
    let known = headers.get("last-event-id").and_then(|it| it.to_str().ok());
    let known = known.and_then(|it| it.strip_prefix(&*site.boot)?.strip_prefix('-')?.parse().ok());
    let known: Option<u64> = known.filter(|it| site.results.events.since(*it).is_some());
    let (seen, reset) = known.map_or((newest, true), |it| (it, false));
    let (waiting, stop) = (VecDeque::new(), site.stop.clone());
    let until = reviewed.map(|_| Instant::now() + REVIEWED_FOR);
    let follower = Follower { site, last, seen, waiting, reset, until, stop, _place: place };
    let events = stream::unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let sse = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    ([(header::CACHE_CONTROL, "no-cache")], sse).into_response()
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl Follower {
    /// The next event; none if there will be none.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if std::mem::take(&mut self.reset) {
                return Some(Event::default().event("reset").id(self.id(self.seen)).data("{}"));
            }
            if self.until.is_some_and(|it| it <= Instant::now()) {
                return None;
            }
            if let Some(event) = self.waiting.pop_front() {
                self.seen = event.number;
                let text = Event::default().event(event.event.as_str()).id(self.id(event.number));
                return Some(text.data(event.json()));
            }
            match self.site.results.events.since(self.seen) {
                Some(new) if new.is_empty() => tokio::select! {
                    it = self.last.changed() => it.ok()?,
                    _ = self.stop.wait_for(|it| *it) => return None,
                    () = until(self.until) => return None,
                },
                Some(new) => self.waiting = new.into(),
                // A slow client: what it has missed is no longer kept.
                None => (self.seen, self.reset) = (*self.last.borrow_and_update(), true),
            }
        }
    }

    fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.site.boot)
    }
}
