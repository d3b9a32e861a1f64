//! `/`: the report as a page for people, which keeps itself up to date.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{Html, IntoResponse as _, Response},
};
use http::{HeaderMap, header};
use rulebox_report::{Live, PageOptions, html, page_policy};

use super::{Site, etag, no_result, versioned};

pub(super) async fn page(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let Some(published) = site.published() else {
        // A browser that comes too early asks again by itself.
        return ([(header::REFRESH, "2")], no_result()).into_response();
    };
    let mut answer = versioned(&site, &published, &headers, || {
        let page = published.page(|| {
            let live = Live { result: etag(&site, &published), at: published.at.to_string() };
            html(&published.view(), &PageOptions { collect: None, live: Some(live) })
        });
        Html(page.to_string()).into_response()
    });
    // Only a header can say who may frame the page.
    let policy = format!("{}; frame-ancestors 'none'", page_policy(true));
    let said = [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in said {
        if let Ok(value) = value.parse() {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
