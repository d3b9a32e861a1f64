//! What is asked of a cluster beside lists and watches, as a path and a JSON document: reviews of
//! tokens, a Lease, and what findings are written to. What the documents mean is not known here.

use http::Method;
use serde_json::Value;

use crate::{Cluster, fetch::excerpt};

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
        excerpt(&format!("{} {message}", self.status))
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
            Send::Apply => {
                let before = if path.contains('?') { '&' } else { '?' };
                format!("{path}{before}fieldManager=rulebox&force=true")
            }
            _ => path.to_owned(),
        };
        let document = serde_json::to_vec(body).unwrap_or_default();
        let document = if content_type.is_some() { &*document } else { &[] };
        let sent = self.fetch().until(None).send(method, &path, content_type, document).await;
        let (status, body) = sent.map_err(|it| it.to_string())?;
        let status = status.as_u16();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Answered { status, body })
    }
}
