//! Takes connections: how many, over TLS or not, and how slow a client may be. Of what is served
//! over them it knows the probes, which are answered whatever other clients do.
//!
//! Each client is taken at once. Where there are too many, the one is let go that was asked for
//! nothing yet, or is idle, for longest; a client that sends nothing costs its own place and no
//! other's. A request is answered in its turn, and a probe without one: nobody kills a process
//! because its clients are slow.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{Router, body::Body, response::Response};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
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
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use super::{PROBES, refused};

/// What clients may cost.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Connections at once.
    connections: usize,
    /// Requests that are answered at once.
    answers: usize,
    /// A client has so long to say whom it trusts, and to send its headers; a request waits so long
    /// for its turn.
    patience: Duration,
    /// A client that takes nothing of an answer for so long has gone.
    stalls: Duration,
}

/// Two replicas of Prometheus and some people need ten connections; an idle one takes some 10 KiB.
impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            answers: 256,
            patience: Duration::from_secs(10),
            stalls: Duration::from_secs(30),
        }
    }
}

/// Bytes of a request's head; a token of a service account takes one to two KiB. hyper reads up to
/// twice as many before it refuses a head, so what it takes is measured again.
const HEAD_BYTES: usize = 32 << 10;

/// How many bytes the head of a request holds, without spaces around the values of its headers.
fn head_bytes<B>(request: &Request<B>) -> usize {
    let line = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri()).len();
    let headers = request.headers().iter();
    let headers = headers.map(|(name, it)| name.as_str().len() + ": \r\n".len() + it.len());
    line + headers.sum::<usize>() + "\r\n".len()
}

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
    pub async fn serve(self, router: Router, stop: watch::Receiver<bool>) {
        self.serve_within(Limits::default(), router, stop).await;
    }

    async fn serve_within(self, limits: Limits, router: Router, mut stop: watch::Receiver<bool>) {
        let tls = self.tls.map(acceptor);
        let answers = Arc::new(Semaphore::new(limits.answers));
        let (connections, graceful) = (Arc::new(Connections::default()), GracefulShutdown::new());
        loop {
            let accepted = tokio::select! {
                _ = stop.wait_for(|it| *it) => break,
                it = self.socket.accept() => it,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Too many open files, or a client that has gone already.
                    tracing::debug!(%error, "cannot take a connection");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let Some(place) = Connections::take(&connections, limits.connections) else { continue };
            let turns = Turns {
                router: router.clone(),
                answers: Arc::clone(&answers),
                place: Arc::clone(&place.place),
                limits,
            };
            let (tls, watcher) = (tls.clone(), graceful.watcher());
            tokio::spawn(async move {
                let served = async {
                    if let Some(tls) = tls {
                        let handshake = timeout(limits.patience, tls.accept(stream)).await;
                        if let Ok(Ok(stream)) = handshake {
                            answer(stream, turns, watcher).await;
                        }
                    } else {
                        answer::<TcpStream>(stream, turns, watcher).await;
                    }
                };
                tokio::select! {
                    () = served => {}
                    () = place.place.let_go.notified() => {}
                }
            });
        }
        drop(self.socket);
        let _ = timeout(FAREWELL, graceful.shutdown()).await;
    }
}

/// The connections that there are, in the order in which they came.
#[derive(Debug, Default)]
struct Connections(Mutex<(u64, BTreeMap<u64, Arc<Place>>)>);

/// A connection among others.
#[derive(Debug)]
struct Place {
    /// `NEW`, `ANSWERED` or `IDLE`.
    state: AtomicU8,
    let_go: Notify,
}

/// It was asked for nothing yet.
const NEW: u8 = 0;

/// It was answered, and is asked for nothing now.
const IDLE: u8 = 1;

/// It is answered.
const ANSWERED: u8 = 2;

impl Connections {
    /// A place for one more, in that of another if there are too many. None if all are answered.
    fn take(this: &Arc<Self>, most: usize) -> Option<Taken> {
        let mut connections = this.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, places) = &mut *connections;
        if places.len() >= most {
            let state = |it: &Place| it.state.load(Relaxed);
            let idle = places.iter().filter(|it| state(it.1) != ANSWERED);
            let (nth, _) = idle.min_by_key(|it| (state(it.1), *it.0))?;
            let nth = *nth;
            if let Some(place) = places.remove(&nth) {
                place.let_go.notify_one();
            }
        }
        let place = Place { state: AtomicU8::new(NEW), let_go: Notify::new() };
        let (place, nth) = (Arc::new(place), *number);
        places.insert(nth, Arc::clone(&place));
        *number += 1;
        drop(connections);
        Some(Taken { connections: Arc::clone(this), nth, place })
    }
}

/// A place that is given back.
struct Taken {
    connections: Arc<Connections>,
    nth: u64,
    place: Arc<Place>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut connections = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        connections.1.remove(&self.nth);
    }
}

/// Gives the requests of one connection their turn.
struct Turns {
    router: Router,
    answers: Arc<Semaphore>,
    place: Arc<Place>,
    limits: Limits,
}

/// A request that is answered, until its answer has ended.
struct Turn {
    place: Arc<Place>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.place.state.store(IDLE, Relaxed);
    }
}

impl Turns {
    fn answer(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<> {
        let (answers, place) = (Arc::clone(&self.answers), Arc::clone(&self.place));
        let (router, patience) =
            (TowerToHyperService::new(self.router.clone()), self.limits.patience);
        async move {
            if head_bytes(&request) > HEAD_BYTES {
                return Ok(refused(
                    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                    &format!("the head of the request holds more than {} KiB", HEAD_BYTES >> 10),
                    "send fewer or shorter headers, or a shorter query",
                ));
            }
            if PROBES.contains(&request.uri().path()) {
                return router.call(request).await;
            }
            let Ok(Ok(permit)) = timeout(patience, answers.acquire_owned()).await else {
                return Ok(refused(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "too many requests are answered at this moment",
                    "ask again later",
                ));
            };
            place.state.store(ANSWERED, Relaxed);
            let turn = Turn { place, _permit: permit };
            let answer = router.call(request).await?;
            // The body is dropped when all of it was taken.
            Ok(answer.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    let _turn = &turn;
                    frame
                }))
            }))
        }
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
async fn answer<S>(stream: S, turns: Turns, watcher: hyper_util::server::graceful::Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Limits { patience, stalls, .. } = turns.limits;
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stalls));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS);
    let service = service_fn(move |request| turns.answer(request));
    let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection has ended");
    }
}

#[cfg(test)]
mod tests;
