//! Sends one request to a server beside the cluster: Alertmanager, a Pushgateway. Over TLS it must
//! show a certificate that is trusted; redirections are not followed and proxies not asked, since
//! such servers stand in the same network. What is sent is not known here.

use std::{fmt, fs::File, io::Read as _, path::PathBuf, sync::Arc, time::Duration};

use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use rulebox_core::text::escape;
use rulebox_report::redact;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::words::cut;

/// From the first packet to the last byte of the answer, as Prometheus grants an Alertmanager.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is read of an answer: a sentence, or a page of a proxy.
const ANSWER_BYTES: usize = 16 << 10;

/// What is told of it.
const TOLD_BYTES: usize = 300;

/// A token of a service account takes one to two KiB.
const AUTHORIZATION_BYTES: u64 = 16 << 10;

/// Where a server is: `https://alertmanager.monitoring:9093/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    tls: bool,
    host: String,
    port: u16,
    authority: String,
    /// The path, without a slash at its end.
    base: String,
}

impl Address {
    /// What was typed, or what is wrong with it.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let uri: Uri =
            typed.parse().map_err(|_| "not a URL such as http://HOST:9093".to_owned())?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(_) | None => return Err("it must begin with http:// or https://".to_owned()),
        };
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        if authority.contains('@') {
            return Err(
                "a password does not belong into a URL, which logs and lists of processes \
                        show: put it into a file"
                    .to_owned(),
            );
        }
        if uri.query().is_some() || typed.contains('#') {
            return Err("it must end with its path".to_owned());
        }
        let host = uri.host().filter(|it| !it.is_empty()).ok_or("it names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let base = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { tls, host, port, authority, base })
    }

    /// Whether others may read what is sent there.
    pub fn is_plain(&self) -> bool {
        let is_loopback = self.host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback());
        !self.tls && !is_loopback && self.host != "localhost"
    }

    /// Whether it must show a certificate.
    pub fn is_tls(&self) -> bool {
        self.tls
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tls, authority, base, .. } = self;
        write!(f, "http{}://{authority}{base}", if *tls { "s" } else { "" })
    }
}

/// What a request carries.
pub(super) struct Content {
    pub(super) method: Method,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// Sends requests.
#[derive(Clone)]
pub struct Client {
    tls: Option<TlsConnector>,
    authorization: Option<PathBuf>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client that trusts these authorities (PEM), or those of the system, and says who it is by
    /// what a file holds: a bearer token, or all of an `Authorization` header. The file is read
    /// anew for each request, because tokens are exchanged. `tls`: whether a server shows a
    /// certificate at all. An error in words.
    pub fn new(
        tls: bool,
        authorities: Option<&[u8]>,
        authorization: Option<PathBuf>,
    ) -> Result<Self, String> {
        let tls = tls.then(|| connector(authorities)).transpose()?;
        let client = Self { tls, authorization };
        client.authorization()?;
        Ok(client)
    }

    fn authorization(&self) -> Result<Option<HeaderValue>, String> {
        let Some(path) = &self.authorization else { return Ok(None) };
        let shown = path.display();
        let mut text = String::new();
        File::open(path)
            .and_then(|it| it.take(AUTHORIZATION_BYTES).read_to_string(&mut text))
            .map_err(|it| format!("cannot read {shown}: {it}"))?;
        let text = text.trim();
        let whole = ["bearer ", "basic "].iter().any(|scheme| {
            text.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme))
        });
        let value = if whole { text.to_owned() } else { format!("Bearer {text}") };
        let mut value = HeaderValue::from_str(&value)
            .ok()
            .filter(|_| !text.is_empty())
            .ok_or_else(|| format!("{shown} holds no token: one line was expected"))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// Sends it once. What the server says, where it does not accept it; or why it says nothing.
    pub(super) async fn send(
        &self,
        to: &Address,
        path: &str,
        content: Content,
    ) -> Result<(), String> {
        let answer = timeout(PATIENCE, self.exchange(to, path, content)).await;
        let (status, said) =
            answer.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))??;
        if status.is_success() {
            return Ok(());
        }
        let said = cut(redact(&escape(said.trim())).0.into_owned(), TOLD_BYTES);
        Err(if said.is_empty() { status.to_string() } else { format!("{status}: {said}") })
    }

    async fn exchange(
        &self,
        to: &Address,
        path: &str,
        content: Content,
    ) -> Result<(http::StatusCode, String), String> {
        let Content { method, content_type, body } = content;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", to.base))
            .header(header::HOST, &to.authority)
            .header(header::USER_AGENT, concat!("rulebox/", env!("CARGO_PKG_VERSION")))
            .header(header::CONTENT_TYPE, content_type)
            .header(header::ACCEPT, "application/json");
        if let Some(value) = self.authorization()? {
            request = request.header(header::AUTHORIZATION, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|it| it.to_string())?;
        let stream = TcpStream::connect((to.host.as_str(), to.port))
            .await
            .map_err(|it| format!("cannot connect: {it}"))?;
        match self.tls.as_ref().filter(|_| to.tls) {
            None if to.tls => Err("no certificate can be trusted".to_owned()),
            None => exchange_over(stream, request).await,
            Some(tls) => {
                let name = ServerName::try_from(to.host.clone());
                let name = name.map_err(|_| format!("{} is no name of a server", to.host))?;
                let stream = tls.connect(name, stream).await;
                exchange_over(stream.map_err(|it| format!("no TLS: {it}"))?, request).await
            }
        }
    }
}

/// One request and its answer over one connection: a minute later another process may stand behind
/// the name.
async fn exchange_over<S>(
    stream: S,
    request: Request<Full<Bytes>>,
) -> Result<(http::StatusCode, String), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let broken = |it: hyper::Error| format!("the connection failed: {it}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let answer = async {
        let (head, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
        // What is longer than a sentence is none of ours to read.
        let body = Limited::new(body, ANSWER_BYTES).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Ok((head.status, String::from_utf8_lossy(&body).into_owned()))
    };
    tokio::pin!(answer, connection);
    tokio::select! {
        it = &mut answer => it,
        ended = &mut connection => {
            ended.map_err(broken)?;
            answer.await
        }
    }
}

fn connector(authorities: Option<&[u8]>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = authorities {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|it| format!("it is no PEM: {it}"))?;
            roots.add(certificate).map_err(|it| format!("a certificate cannot be used: {it}"))?;
        }
        if roots.is_empty() {
            return Err("there is no certificate in it".to_owned());
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err("this system trusts no certificates".to_owned());
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|it| it.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    #[track_caller]
    fn check(typed: &str, want: Result<&str, &str>) {
        let got = Address::parse(typed).map(|it| it.to_string());
        assert_eq!(got.as_deref().map_err(String::as_str), want, "{typed}");
    }

    #[test]
    fn an_address_is_a_url_without_secrets() {
        check("http://am:9093", Ok("http://am:9093"));
        check("https://am.example/prefix/", Ok("https://am.example/prefix"));
        check("http://[::1]:9093/", Ok("http://[::1]:9093"));
        check("am:9093", Err("it must begin with http:// or https://"));
        check("ftp://am", Err("it must begin with http:// or https://"));
        check("", Err("not a URL such as http://HOST:9093"));
        check("http://a b", Err("not a URL such as http://HOST:9093"));
        check("http://am/?x=1", Err("it must end with its path"));
        check("http://am/#x", Err("it must end with its path"));
        let typed = Address::parse("http://user:secret@am:9093").expect_err("a password");
        assert!(typed.contains("put it into a file"), "{typed}");
    }

    #[test]
    fn plain_text_stays_on_this_machine() {
        let is_plain = |typed: &str| Address::parse(typed).expect("an address").is_plain();
        assert!(is_plain("http://am:9093") && is_plain("http://10.0.0.1"));
        assert!(!is_plain("https://am") && !is_plain("http://127.0.0.1:9093"));
        assert!(!is_plain("http://[::1]:9093") && !is_plain("http://localhost"));
    }

    fn content() -> Content {
        Content { method: Method::POST, content_type: "application/json", body: b"[]".to_vec() }
    }

    /// What a server gets that answers this, and what comes of it.
    async fn exchange(client: &Client, answer: String) -> (String, Result<(), String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let to = format!("http://{}/base", listener.local_addr().expect("an address"));
        let to = Address::parse(&to).expect("an address");
        let server = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut got = Vec::new();
            while !got.ends_with(b"[]") {
                let mut buffer = [0; 1024];
                let read = stream.read(&mut buffer).await.expect("bytes");
                got.extend(&buffer[..read]);
            }
            // A client that has heard enough may be gone.
            let _ = stream.write_all(answer.as_bytes()).await;
            String::from_utf8(got).expect("text")
        };
        let (got, became) = tokio::join!(server, client.send(&to, "/api", content()));
        (got, became)
    }

    fn answer(status: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }

    #[tokio::test]
    async fn a_success_is_a_success_and_all_else_is_told() {
        let client = Client::new(false, None, None).expect("a client");
        let (got, became) = exchange(&client, answer("200 OK", "{}")).await;
        assert!(got.starts_with("POST /base/api HTTP/1.1\r\n"), "{got}");
        assert!(!got.to_lowercase().contains("authorization"), "{got}");
        assert_eq!(became, Ok(()));
        let hostile = format!("bad\u{1b}[2J\nthing password=hunter2hunter2 {}", "x".repeat(10_000));
        let (_, became) = exchange(&client, answer("400 Bad Request", &hostile)).await;
        let told = became.expect_err("a refusal");
        assert!(told.starts_with(r"400 Bad Request: bad\u{1b}[2J\nthing password="), "{told}");
        assert!(told.len() < 400 && !told.contains("hunter2"), "{told}");
        let (_, became) = exchange(&client, answer("302 Found", "")).await;
        assert_eq!(became, Err("302 Found".to_owned()), "not followed");
        let (_, became) = exchange(&client, answer("503 No", &"x".repeat(1 << 20))).await;
        assert_eq!(became, Err("503 Service Unavailable".to_owned()), "not read to its end");
        let (_, became) = exchange(&client, "nonsense\r\n\r\n".to_owned()).await;
        assert!(became.expect_err("broken").starts_with("the connection failed: "));
    }

    #[tokio::test]
    async fn who_it_is_stands_in_a_file_that_is_read_each_time() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_owned();
        let refused = Client::new(false, None, Some(path.clone())).expect_err("an empty file");
        assert!(refused.contains("holds no token"), "{refused}");
        writeln!(file, "first").expect("written");
        let client = Client::new(false, None, Some(path.clone())).expect("a client");
        let (got, _) = exchange(&client, answer("200 OK", "")).await;
        assert!(got.contains("authorization: Bearer first\r\n"), "{got}");
        std::fs::write(&path, "Basic dTpw").expect("written");
        let (got, _) = exchange(&client, answer("200 OK", "")).await;
        assert!(got.contains("authorization: Basic dTpw\r\n"), "{got}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let to = format!("http://{}", listener.local_addr().expect("an address"));
        let to = Address::parse(&to).expect("an address");
        let client = Client::new(false, None, None).expect("a client");
        let became = client.send(&to, "/api", content()).await;
        assert_eq!(became, Err("no answer within 10 s".to_owned()));
    }

    #[test]
    fn only_certificates_are_trusted() {
        let refused = |pem: &str| Client::new(true, Some(pem.as_bytes()), None).expect_err("none");
        assert_eq!(refused("x"), "there is no certificate in it");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(refused(broken).starts_with("a certificate cannot be used: "));
    }
}
