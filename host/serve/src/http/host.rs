//! As whom a request addresses this server. A page that a browser shows may give its own name the
//! address of this machine (DNS rebinding), and then read answers as its own. Where nothing else
//! says who may read, a name that is not this server's is refused.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{StatusCode, header, uri::Authority};
use rulebox_core::text::escape;

use super::refused;

/// Lets a request pass that addresses this server.
pub(super) async fn check(
    State(listen): State<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    // Of an absolute address the header does not count; browsers send none of them.
    let named = request.uri().authority().map(Authority::as_str);
    let headers = request.headers().get_all(header::HOST).iter();
    let headers = headers.map(|it| it.to_str().unwrap_or("?"));
    // Who names no server at all is no browser.
    let foreign = headers.chain(named).find(|it| !is_ours(it, listen.ip()));
    let Some(foreign) = foreign else { return next.run(request).await };
    let error = format!("this server is not `{}`", escape(foreign));
    refused(
        StatusCode::MISDIRECTED_REQUEST,
        &error,
        &format!(
            "ask for http://{listen} or http://localhost:{}; where a proxy on this machine decides \
             who may ask, start rulebox serve with --insecure",
            listen.port()
        ),
    )
}

/// Whether a host, with or without a port, is this machine or the address listened on.
fn is_ours(host: &str, listen: IpAddr) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = name.parse::<IpAddr>() {
        let address = address.to_canonical();
        return address.is_loopback() || address == listen.to_canonical();
    }
    // No resolver asks anybody else for it: RFC 6761.
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(listen: &str, ours: &[&str], foreign: &[&str]) {
        let listen = listen.parse().expect("an address");
        let of = |hosts: &[&str]| hosts.iter().map(|it| is_ours(it, listen)).collect::<Vec<_>>();
        assert_eq!(of(ours), vec![true; ours.len()], "{ours:?}");
        assert_eq!(of(foreign), vec![false; foreign.len()], "{foreign:?}");
    }

    #[test]
    fn a_host_is_this_machine_or_another_name() {
        let ours = [
            "localhost",
            "LocalHost:9464",
            "localhost.",
            "rulebox.localhost:80",
            "127.0.0.1:9464",
            "127.8.9.1",
            "[::1]:9464",
            "[::ffff:127.0.0.1]",
        ];
        let foreign = [
            "",
            "evil.example",
            "evil.example:9464",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "notlocalhost",
            "10.0.0.1",
            "[fd00::1]:9464",
            "?",
            "local host",
            "2130706433",
        ];
        check("127.0.0.1", &ours, &foreign);
        check("::1", &ours, &foreign);
        check("10.0.0.1", &["10.0.0.1:9464", "127.0.0.1"], &["10.0.0.2"]);
    }
}
