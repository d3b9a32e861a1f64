//! What slow clients cost, and whom.

use std::net::SocketAddr;

use axum::routing::get;
use futures_util::stream;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
};

use super::*;

/// Who waits so long for a client waits without end.
const FOREVER: Duration = Duration::from_hours(1);

const LIMITS: Limits = Limits { connections: 8, answers: 4, patience: FOREVER, stalls: FOREVER };

/// A server, until the sender is gone. `/held` is answered by nothing, and `/endless` without end;
/// of each that has begun and of each that has ended a word comes.
async fn start(limits: Limits) -> (SocketAddr, mpsc::UnboundedReceiver<bool>, watch::Sender<bool>) {
    /// Tells of its beginning and its end.
    struct Alive(mpsc::UnboundedSender<bool>);
    impl Alive {
        fn new(told: &mpsc::UnboundedSender<bool>) -> Self {
            let _ = told.send(true);
            Self(told.clone())
        }
    }
    impl Drop for Alive {
        fn drop(&mut self) {
            let _ = self.0.send(false);
        }
    }
    let (told, tells) = mpsc::unbounded_channel();
    let (held, endless) = (told.clone(), told);
    let router = Router::new()
        .route("/livez", get(async || "ok"))
        .route("/metrics", get(async || "some"))
        .route(
            "/held",
            get(move || {
                let alive = Alive::new(&held);
                async move {
                    let _alive = alive;
                    std::future::pending::<()>().await;
                }
            }),
        )
        .route(
            "/endless",
            get(move || {
                let alive = Alive::new(&endless);
                async move {
                    let parts = stream::repeat_with(move || {
                        let _alive = &alive;
                        Ok::<_, Infallible>(vec![b'x'; 1 << 16])
                    });
                    Body::from_stream(parts)
                }
            }),
        );
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(anywhere, None).await.expect("a port");
    let address = listener.address().expect("an address");
    let (running, stop) = watch::channel(false);
    tokio::spawn(listener.serve_within(limits, router, stop));
    (address, tells, running)
}

async fn say(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(text.as_bytes()).await.expect("it listens");
    stream
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// The status of the answer.
async fn ask(address: SocketAddr, path: &str) -> String {
    let mut answer = String::new();
    let mut stream = say(address, &request(path)).await;
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer.get(9..12).unwrap_or_default().to_owned()
}

/// Whether the server has ended a connection; waits until it has.
async fn ended(mut stream: TcpStream) {
    let mut rest = Vec::new();
    // It may be reset.
    let _ = stream.read_to_end(&mut rest).await;
}

#[tokio::test]
async fn clients_that_send_nothing_or_half_a_head_hold_up_nobody() {
    let (address, _, _running) = start(LIMITS).await;
    let mut slow = Vec::new();
    for nth in 0..50 {
        let half = ["", "GET /livez HTTP/1.1\r\nX: "][nth % 2];
        slow.push(say(address, half).await);
        assert_eq!(ask(address, "/livez").await, "200");
        assert_eq!(ask(address, "/metrics").await, "200");
    }
    // Those that came first were let go.
    for stream in slow.drain(..40) {
        ended(stream).await;
    }
}

#[tokio::test]
async fn a_probe_is_answered_while_all_turns_are_taken() {
    let patience = Duration::from_millis(50);
    let (address, mut tells, _running) = start(Limits { patience, ..LIMITS }).await;
    let mut held = Vec::new();
    for path in ["/held", "/held", "/endless", "/endless"] {
        held.push(say(address, &request(path)).await);
        assert_eq!(tells.recv().await, Some(true));
    }
    assert_eq!(ask(address, "/metrics").await, "503");
    assert_eq!(ask(address, "/livez").await, "200");
    // Who is answered is not let go for those that come.
    for _ in 0..20 {
        held.push(say(address, "").await);
        assert_eq!(ask(address, "/livez").await, "200");
    }
    assert!(tells.is_empty(), "none has ended");
    held.truncate(3);
    drop(held.remove(0));
    assert_eq!(tells.recv().await, Some(false));
    assert_eq!(ask(address, "/metrics").await, "200");
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_let_go() {
    let stalls = Duration::from_millis(50);
    let (address, mut tells, _running) = start(Limits { stalls, ..LIMITS }).await;
    let _client = say(address, &request("/endless")).await;
    assert_eq!(tells.recv().await, Some(true));
    assert_eq!(tells.recv().await, Some(false));
}
