//! `/metrics`: text for Prometheus, or OpenMetrics where the client asks for it.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, header};
use rulebox_report::{
    OPENMETRICS_CONTENT_TYPE, PROMETHEUS_CONTENT_TYPE, openmetrics_text, prometheus_text,
};

use super::Site;
use crate::metrics::{Process, families};

pub(super) async fn metrics(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let published = site.published();
    let process = Process {
        version: site.version,
        now: site.clock.now(),
        leader: *site.leader.borrow(),
        reloads: &site.reloads.borrow().clone(),
        clusters: &site.results.clusters,
        outputs: &site.outputs,
    };
    let families = families(published.as_deref(), &process, site.options.max_series);
    let (content_type, text) = if wants_openmetrics(&headers) {
        (OPENMETRICS_CONTENT_TYPE, openmetrics_text(&families))
    } else {
        (PROMETHEUS_CONTENT_TYPE, prometheus_text(&families))
    };
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}

/// Whether the client likes OpenMetrics at least as much as the older text. Prometheus names both,
/// each with a weight.
fn wants_openmetrics(headers: &HeaderMap) -> bool {
    let (mut open, mut text) = (0.0, 0.0);
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let weight =
                parts.filter_map(|it| it.strip_prefix("q=")).find_map(|it| it.parse().ok());
            let weight: f64 = weight.unwrap_or(1.0);
            match name {
                "application/openmetrics-text" => open = weight.max(open),
                "text/plain" | "text/*" | "*/*" => text = weight.max(text),
                _ => {}
            }
        }
    }
    open > 0.0 && open >= text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, want: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().expect("a value"));
        assert_eq!(wants_openmetrics(&headers), want, "{accept}");
    }

    #[test]
    fn the_client_chooses_the_format() {
        check("*/*", false);
        check("text/plain", false);
        check("application/openmetrics-text", true);
        check("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2,*/*;q=0.1", true);
        check("text/plain;q=0.7, application/openmetrics-text;q=0.3", false);
        check("application/openmetrics-text;q=0", false);
    }
}
