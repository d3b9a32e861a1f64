//! An HTTP client of few words, which sends what it is told to, right or wrong.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use serde_json::Value;

use crate::served::AT_MOST;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// What came over a connection until it ended; status 0 if that was no answer.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let status =
            lines.next().and_then(|it| it.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
        let headers = lines.filter_map(|it| it.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Self { status: status.unwrap_or(0), headers: headers.collect(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|it| panic!("{it}: {self:?}"))
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(AT_MOST)).expect("a time");
    stream
}

/// A request as text.
pub(crate) fn request(line: &str, headers: &[(&str, &str)]) -> String {
    let headers = headers.iter().map(|(name, it)| format!("{name}: {it}\r\n"));
    let headers = headers.collect::<Vec<_>>().concat();
    format!("{line}\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n")
}

/// A request that names this server, or none.
pub(crate) fn request_of(host: &str, path: &str) -> String {
    let host = if host.is_empty() { String::new() } else { format!("Host: {host}\r\n") };
    format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n")
}

/// Sends bytes and reads until the server ends the connection.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    // The server may refuse it before it has all.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

pub(crate) fn send(address: SocketAddr, line: &str, headers: &[(&str, &str)]) -> Answer {
    Answer::of(&exchange(address, request(line, headers).as_bytes()))
}

pub(crate) fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(address, &format!("GET {path} HTTP/1.1"), headers)
}

/// A client that follows the events.
pub(crate) struct Sse {
    lines: std::io::Lines<BufReader<TcpStream>>,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event<D = String> {
    pub(crate) event: String,
    pub(crate) id: String,
    pub(crate) data: D,
}

impl Sse {
    pub(crate) fn follow(address: SocketAddr, last: Option<&str>) -> Self {
        let mut stream = connect(address);
        let last: Vec<_> = last.iter().map(|it| ("Last-Event-ID", *it)).collect();
        let text = request("GET /api/v1/events HTTP/1.1", &last);
        stream.write_all(text.as_bytes()).expect("it listens");
        let mut lines = BufReader::new(stream).lines();
        let status = lines.next().expect("an answer").expect("an answer");
        assert_eq!(status, "HTTP/1.1 200 OK");
        let head = lines.by_ref().map_while(Result::ok).take_while(|it| !it.is_empty());
        let head: Vec<_> = head.collect();
        assert!(head.iter().any(|it| it == "content-type: text/event-stream"), "{head:?}");
        Self { lines }
    }

    /// The next event. Lengths of chunks and heartbeats stand between them.
    pub(crate) fn next(&mut self) -> Event {
        let mut next = Event { event: String::new(), id: String::new(), data: String::new() };
        for line in self.lines.by_ref() {
            let line = line.expect("an event in time");
            match line.split_once(": ") {
                Some(("event", it)) => it.clone_into(&mut next.event),
                Some(("id", it)) => it.clone_into(&mut next.id),
                Some(("data", it)) => it.clone_into(&mut next.data),
                _ if line.is_empty() && !next.event.is_empty() => return next,
                _ => {}
            }
        }
        panic!("the stream has ended")
    }

    /// The next event, which must be this, of this object. Findings of others pass.
    pub(crate) fn named(&mut self, event: &str, name: &str) -> Event<Value> {
        loop {
            let next = self.next();
            let data: Value = serde_json::from_str(&next.data).expect("JSON");
            if data["finding"]["subject"]["name"] == name {
                assert_eq!(next.event, event, "{data:#}");
                assert_eq!(data["event"], event);
                return Event { event: next.event, id: next.id, data };
            }
        }
    }

    /// Whether no more comes.
    pub(crate) fn ended(&mut self) -> bool {
        self.lines.by_ref().map_while(Result::ok).all(|it| !it.starts_with("event"))
    }
}
