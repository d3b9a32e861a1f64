//! What is asked of a cluster beside lists and watches, as a path and a JSON document: reviews of
//! tokens, a Lease, and what findings are written to. What the documents mean is not known here.

use http::{Method, Request, header};
use kube::client::Body;
use serde_json::Value;

use crate::{Cluster, fetch::innermost};

/// A cluster's answer to one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The status code.
    pub status: u16,
    /// The document; null where the answer is no JSON.
    pub body: Value,
}

impl Answered {
    /// Whether what was asked was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Why it was not done, in the server's words.
    pub fn message(&self) -> String {
        let message = self.body.get("message").and_then(Value::as_str).unwrap_or_default();
        crate::fetch::excerpt(&format!("{} {message}", self.status))
    }
}

/// How a document changes what a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Send {
    /// GET.
    Get,
    /// POST: makes one.
    Create,
    /// PUT: replaces it, if its `resourceVersion` is still that of the document.
    Replace,
    /// PATCH: server-side apply, as the field manager `rulebox`; what others have set gives way.
    Apply,
    /// DELETE.
    Delete,
}

impl Cluster {
    /// Sends one request, once. An error, in words, where there is no answer.
    pub async fn send(&self, how: Send, path: &str, body: &Value) -> Result<Answered, String> {
        let (method, content_type) = match how {
            Send::Get => (Method::GET, None),
            Send::Create => (Method::POST, Some("application/json")),
            Send::Replace => (Method::PUT, Some("application/json")),
            // YAML by name; JSON is YAML, and older servers know no other name.
            Send::Apply => (Method::PATCH, Some("application/apply-patch+yaml")),
            Send::Delete => (Method::DELETE, None),
        };
        let path = match how {
            Send::Apply => format!("{path}?fieldManager=rulebox&force=true"),
            _ => path.to_owned(),
        };
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::ACCEPT, "application/json");
        let request = match content_type {
            Some(it) => request
                .header(header::CONTENT_TYPE, it)
                .body(Body::from(serde_json::to_vec(body).unwrap_or_default())),
            None => request.body(Body::empty()),
        };
        let request = request.map_err(|it| it.to_string())?;
        let exchange = async {
            let (head, body) = self.client.send(request).await?.into_parts();
            Ok::<_, kube::Error>((head.status.as_u16(), body.collect_bytes().await?))
        };
        let timeout = self.options.request_timeout;
        let answer = tokio::time::timeout(timeout, exchange).await;
        let answer = answer.map_err(|_| format!("no answer within {} s", timeout.as_secs()))?;
        let (status, body) = answer.map_err(|it| innermost(&it))?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Answered { status, body })
    }
}
