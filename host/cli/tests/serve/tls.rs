//! Over TLS: who may read is what the API server says, and the certificate is exchanged while the
//! process serves.

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tempfile::TempDir;

use crate::{
    ONE,
    api::Api,
    client::{Answer, connect, exchange, request},
    cluster,
    program::{command, run},
    served::{Served, eventually},
};

/// Trusts whoever answers: which certificate is shown is looked at afterwards.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The answer over TLS, and the certificate that was shown.
fn get(address: SocketAddr, path: &str, token: &str) -> (Answer, Vec<u8>) {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_no_client_auth();
    let name = ServerName::try_from("rulebox").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    let address = SocketAddr::from(([127, 0, 0, 1], address.port()));
    let mut stream = StreamOwned::new(connection, connect(address));
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str())];
    let headers = if token.is_empty() { &[][..] } else { &headers[..] };
    let text = request(&format!("GET {path} HTTP/1.1"), headers);
    stream.write_all(text.as_bytes()).expect("it listens");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let shown = stream.conn.peer_certificates().expect("a certificate")[0].to_vec();
    (Answer::of(&answer), shown)
}

/// A certificate that signs itself, and its key.
fn certificate(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let (chain, key) = (folder.join(format!("{name}.crt")), folder.join(format!("{name}.key")));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    openssl.args(["-nodes", "-days", "2", "-subj", "/CN=rulebox", "-keyout"]).arg(&key);
    let made = openssl.arg("-out").arg(&chain).output().expect("openssl makes certificates");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (chain, key)
}

struct Over {
    served: Served,
    folder: TempDir,
    chain: PathBuf,
    key: PathBuf,
}

/// Serves on all addresses.
fn over_tls(more: &[&str]) -> Over {
    let folder = tempfile::tempdir().expect("a folder");
    let (chain, key) = certificate(folder.path(), "tls");
    let text = |it: &Path| it.to_str().expect("UTF-8").to_owned();
    let (crt, pem) = (text(&chain), text(&key));
    let tls = ["--listen", "0.0.0.0:0", "--tls-cert", &crt, "--tls-key", &pem];
    let served = Served::start(&Api::new(cluster()), &[&ONE[..], &tls, more].concat());
    let over = Over { served, folder, chain, key };
    eventually("it is ready", || get(over.served.address, "/readyz", "").0.status == 200);
    over
}

#[test]
fn whom_the_api_server_lets_read_may_read() {
    let over = over_tls(&[]);
    let address = over.served.address;
    for path in ["/", "/metrics", "/api/v1/findings", "/api/v1/report"] {
        let status = |token: &str| get(address, path, token).0.status;
        assert_eq!(status(""), 401, "{path}: no token");
        assert_eq!(status("unknown"), 401, "{path}: nobody's token");
        assert_eq!(status("poor"), 403, "{path}: somebody who may not");
        assert_eq!(status("good"), 200, "{path}");
    }
    let (answer, _) = get(address, "/metrics", "");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let (answer, _) = get(address, "/api/v1/events", "poor");
    assert_eq!(answer.status, 403);
    let (answer, _) = get(address, "/", "poor");
    assert!(answer.body.contains("nonResourceURL /rulebox/\""), "{}", answer.body);
    for path in ["/livez", "/readyz"] {
        assert_eq!(get(address, path, "").0.status, 200, "{path} is open");
    }
}

#[test]
fn whoever_connects_may_read_where_that_was_said() {
    let over = over_tls(&["--insecure"]);
    assert_eq!(get(over.served.address, "/metrics", "").0.status, 200);
}

#[test]
fn who_speaks_no_tls_gets_no_answer_and_harms_nobody() {
    let over = over_tls(&[]);
    let address = SocketAddr::from(([127, 0, 0, 1], over.served.address.port()));
    let plain = exchange(address, request("GET /metrics HTTP/1.1", &[]).as_bytes());
    assert_eq!(Answer::of(&plain).status, 0, "{plain:?}");
    exchange(address, b"\x16\x03\x01\xff\xff garbage");
    assert_eq!(get(address, "/livez", "").0.status, 200);
}

#[test]
fn a_certificate_is_exchanged_while_it_serves() {
    let over = over_tls(&[]);
    let address = over.served.address;
    let (_, first) = get(address, "/livez", "");
    let (chain, key) = certificate(over.folder.path(), "next");
    // A key that does not fit is refused, and the old certificate stays.
    std::fs::rename(&key, &over.key).expect("renamed");
    let ok = "rulebox_config_last_reload_successful 0";
    let metrics = || get(address, "/metrics", "good").0.body;
    eventually("it is refused", || metrics().contains(ok));
    assert_eq!(get(address, "/livez", "").1, first);
    std::fs::rename(&chain, &over.chain).expect("renamed");
    eventually("it is shown", || get(address, "/livez", "").1 != first);
    assert!(!metrics().contains(ok));
}

#[test]
fn files_that_are_no_certificate_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (chain, key) = certificate(folder.path(), "tls");
    let (_, other) = certificate(folder.path(), "other");
    let (_config, file) = Api::new(cluster()).kubeconfig("");
    let refused = |chain: &Path, key: &Path| {
        let text = |it: &Path| it.to_str().expect("UTF-8").to_owned();
        let (chain, key, file) = (text(chain), text(key), text(&file));
        let tls = ["serve", "--tls-cert", &chain, "--tls-key", &key, "--kubeconfig", &file];
        let ran = run(&mut command(&tls), "");
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(&chain) || ran.err.contains("cannot read"), "{}", ran.err);
    };
    refused(&key, &key);
    refused(&chain, &chain);
    refused(&chain, &other);
    refused(&folder.path().join("none"), &key);
    let alone = ["serve", "--tls-cert", "x.crt"];
    assert_eq!(run(&mut command(&alone), "").code, 2, "a certificate without its key");
}
