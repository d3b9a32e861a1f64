//! One request to a server, sent once. Unlike a reading that ends, a watch decides itself when it
//! asks again, so it is told how long the server asks to stay away. Knows nothing of what is asked.

use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use kube::{Client, client::Body};
use tokio::time::{Duration, timeout};

use crate::fetch::{Failure, failure, innermost, retry_after};

/// No answer that refuses a request is read further.
const REFUSAL_BYTES: usize = 1 << 20;

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

/// The body of an answer that has begun within this time.
pub(super) async fn begin(client: &Client, path: &str, within: Duration) -> Result<Body, Refused> {
    let request = Request::get(path).header(header::ACCEPT, "application/json");
    let request = request
        .body(Body::empty())
        .map_err(|it| Failure::Broken { reason: format!("cannot ask for {path}: {it}") })?;
    let late = || Failure::Timeout { after: within, attempts: 1 };
    let answer = timeout(within, client.send(request)).await.map_err(|_| late())?;
    let (head, body) = answer.map_err(lost)?.into_parts();
    if head.status == StatusCode::OK {
        return Ok(body);
    }
    let said = timeout(within, beginning(body)).await.unwrap_or_default();
    Err(Refused { failure: failure(head.status, &said), pause: retry_after(&head.headers) })
}

/// The whole body of an answer that has ended within this time.
pub(super) async fn whole(
    client: &Client,
    path: &str,
    within: Duration,
) -> Result<Vec<u8>, Refused> {
    let exchange = async {
        let body = begin(client, path, within).await?;
        Ok(body.collect().await.map_err(lost)?.to_bytes().into())
    };
    let late = |_| Failure::Timeout { after: within, attempts: 1 };
    timeout(within, exchange).await.map_err(late)?
}

/// A connection that failed.
pub(super) fn lost(error: kube::Error) -> Failure {
    Failure::Connection { reason: innermost(&error), attempts: 1 }
}

/// As much of a refusal as is worth reading; what cannot be read of it does not matter.
async fn beginning(mut body: Body) -> Vec<u8> {
    let mut said = Vec::new();
    while said.len() < REFUSAL_BYTES
        && let Some(Ok(frame)) = body.frame().await
    {
        said.extend(frame.data_ref().into_iter().flatten());
    }
    said
}
