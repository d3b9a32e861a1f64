//! Takes connections: how many, over TLS or not, and how slow a client may be. What is served over
//! them is not known here.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use rustls::{
    ServerConfig,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// Connections at once; others wait in the system's queue. Two replicas of Prometheus and some
/// people need ten.
const CONNECTIONS: usize = 256;

/// A client has so long to say whom it trusts, and to send its headers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a request's head; a token of a service account takes one to two KiB.
const HEAD_BYTES: usize = 32 << 10;

/// Headers of a request.
const HEADERS: usize = 64;

/// When the process is asked to end, answers that have begun may take so long.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where clients connect.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    tls: Option<Arc<Certificate>>,
}

/// The certificate that clients are shown; it can be exchanged while they connect.
pub struct Certificate(RwLock<Arc<CertifiedKey>>);

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate")
    }
}

impl Certificate {
    /// Reads a chain of certificates and the key of the first, both as PEM. An error in words.
    pub fn read(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, String> {
        use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = chain.map_err(|it| format!("the certificate is no PEM: {it}"))?;
        if chain.is_empty() {
            return Err("there is no certificate in it".to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|it| format!("the key cannot be read: {it}"))?;
        let provider = rustls::crypto::ring::default_provider();
        CertifiedKey::from_der(chain, key, &provider)
            .map_err(|it| format!("certificate and key cannot be used: {it}"))
    }

    /// Shows clients this one.
    pub fn new(key: CertifiedKey) -> Self {
        Self(RwLock::new(Arc::new(key)))
    }

    /// Shows the next clients another one.
    pub fn exchange(&self, key: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Listener {
    /// Listens on an address, over TLS if there is a certificate.
    pub async fn bind(address: SocketAddr, tls: Option<Arc<Certificate>>) -> io::Result<Self> {
        Ok(Self { socket: TcpListener::bind(address).await?, tls })
    }

    /// Where it listens: the port may have been chosen by the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers until `stop` says true, or its sender is gone; then ends what has begun.
    pub async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let tls = self.tls.map(acceptor);
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let graceful = GracefulShutdown::new();
        loop {
            let place = Arc::clone(&places).acquire_owned();
            let accepted = tokio::select! {
                _ = stop.wait_for(|it| *it) => break,
                it = async {
                    let place = place.await;
                    (self.socket.accept().await, place)
                } => it,
            };
            let (stream, place) = match accepted {
                (Ok((stream, _)), Ok(place)) => (stream, place),
                (Err(error), _) => {
                    // Too many open files, or a client that has gone already.
                    tracing::debug!(%error, "cannot take a connection");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
                (_, Err(_)) => break,
            };
            let (router, tls, watcher) = (router.clone(), tls.clone(), graceful.watcher());
            tokio::spawn(async move {
                let _place = place;
                if let Some(tls) = tls {
                    let handshake = timeout(PATIENCE, tls.accept(stream)).await;
                    if let Ok(Ok(stream)) = handshake {
                        answer(stream, router, watcher).await;
                    }
                } else {
                    answer::<TcpStream>(stream, router, watcher).await;
                }
            });
        }
        drop(self.socket);
        let _ = timeout(FAREWELL, graceful.shutdown()).await;
    }
}

fn acceptor(certificate: Arc<Certificate>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows the default versions")
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    TlsAcceptor::from(Arc::new(config))
}

/// Answers the requests of one connection.
async fn answer<S>(stream: S, router: Router, watcher: hyper_util::server::graceful::Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection has ended");
    }
}
