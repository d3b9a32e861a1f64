//! One request to a server, sent once. Unlike a reading that ends, a watch decides itself when it
//! asks again, so it is told how long the server asks to stay away. Knows nothing of what is asked.

use kube::client::Body;
use tokio::time::Duration;

use crate::fetch::{Failure, Fetch};

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) failure: Failure,
    /// How long the server asks to stay away.
    pub(super) pause: Option<Duration>,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, pause: None }
    }
}

impl From<(Failure, Option<Duration>)> for Refused {
    fn from((failure, pause): (Failure, Option<Duration>)) -> Self {
        Self { failure, pause }
    }
}

/// The body of an answer that has begun.
pub(super) async fn begin(fetch: &Fetch, path: &str) -> Result<Body, Refused> {
    Ok(fetch.stream(path).await?.into_body())
}

/// The whole body of an answer.
pub(super) async fn whole(fetch: &Fetch, path: &str) -> Result<Vec<u8>, Refused> {
    Ok(fetch.once(path).await?)
}
