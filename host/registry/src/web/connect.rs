//! Opens connections: directly, or through the proxy that the environment names, and with TLS where
//! the URL says so. What is sent over them is not known here.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::{
        legacy::{
            Client,
            connect::{HttpConnector, proxy::Tunnel},
        },
        proxy::matcher::Matcher,
    },
    rt::{TokioExecutor, TokioIo},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::settings::is_loopback;

/// Whom the environment sends requests through: `$HTTPS_PROXY`, `$HTTP_PROXY`, `$ALL_PROXY`,
/// `$NO_PROXY`.
#[derive(Debug, Clone)]
pub struct Proxies(Arc<Matcher>);

impl Proxies {
    /// Those of this process's environment.
    pub fn from_env() -> Self {
        Self(Arc::new(Matcher::from_env()))
    }

    /// One proxy for all, but for the hosts that are listed as `$NO_PROXY` lists them.
    pub fn of(proxy: &str, no_proxy: &str) -> Self {
        Self(Arc::new(Matcher::builder().all(proxy).no(no_proxy).build()))
    }

    /// None.
    pub fn none() -> Self {
        Self(Arc::new(Matcher::builder().build()))
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What sends requests and keeps connections for those that follow.
pub(super) type Sender = Client<HttpsConnector<Connector>, Full<Bytes>>;

/// Opens a connection to a host, or to a proxy which opens one to it.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    direct: HttpConnector,
    proxies: Proxies,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        // As in Go, the loopback never uses a proxy.
        let is_here = to.authority().is_some_and(|it| is_loopback(it.as_str()));
        let proxy = if is_here { None } else { self.proxies.0.intercept(&to) };
        let Some(proxy) = proxy else {
            let connecting = self.direct.call(to);
            return Box::pin(async { Ok(connecting.await?) });
        };
        if proxy.uri().scheme_str() != Some("http") {
            let message = "the proxy of the environment does not begin with http://";
            return Box::pin(async { Err(message.into()) });
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.direct.clone());
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        // A tunnel is opened to a port, which a URL may leave out.
        let to = with_port(&to);
        Box::pin(async move {
            let tunnelling = tunnel.call(to?);
            tunnelling.await.map_err(|it| format!("through the proxy: {it}").into())
        })
    }
}

fn with_port(to: &Uri) -> Result<Uri, BoxError> {
    if to.port().is_some() {
        return Ok(to.clone());
    }
    let port = if to.scheme_str() == Some("http") { 80 } else { 443 };
    let scheme = to.scheme_str().unwrap_or("https");
    Ok(format!("{scheme}://{}:{port}/", to.host().unwrap_or_default()).parse::<Uri>()?)
}

/// A sender that trusts the authorities of the system, and these.
pub(super) fn sender(
    ca: Option<&[u8]>,
    proxies: &Proxies,
    connect: Duration,
) -> Result<Sender, String> {
    let mut roots = of_system().clone();
    if let Some(pem) = ca {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|it| format!("it is no PEM: {it}"))?;
            roots.add(certificate).map_err(|it| format!("a certificate cannot be used: {it}"))?;
        }
        if roots.len() == before {
            return Err("there is no certificate in it".to_owned());
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|it| it.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_connect_timeout(Some(connect));
    let connector = Connector { direct, proxies: proxies.clone() };
    let connector = HttpsConnector::from((connector, tls));
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

/// Read once: it takes ten milliseconds.
fn of_system() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    })
}
