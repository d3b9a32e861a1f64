//! What clients do wrong, or out of malice: whoever else asks is answered.

use std::{
    fs,
    io::{Read as _, Write as _},
};

use crate::{
    ONE, VAULTS,
    api::Api,
    client::{Answer, connect, exchange, get, request, request_of, send},
    cluster, found, guests,
    served::{Served, eventually},
    vault,
};

/// The answer to these bytes. Others are answered after them as before.
#[track_caller]
fn check(served: &Served, bytes: &[u8], want: &[u16]) {
    let answer = Answer::of(&exchange(served.address, bytes));
    assert!(want.contains(&answer.status), "{answer:?}");
    assert_eq!(served.get("/livez").status, 200);
}

#[test]
fn what_is_no_request_is_refused() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let get = "GET /livez HTTP/1.1";
    check(&served, request(get, &[]).as_bytes(), &[200]);
    check(&served, request(get, &[("X", &"x".repeat(64 << 10))]).as_bytes(), &[431]);
    let long = format!("GET /{} HTTP/1.1", "x".repeat(64 << 10));
    check(&served, request(&long, &[]).as_bytes(), &[414, 431]);
    let padded = |bytes: usize| {
        let bare = request(get, &[("X", "")]).len();
        request(get, &[("X", &"x".repeat(bytes - bare))])
    };
    check(&served, padded(32 << 10).as_bytes(), &[200]);
    check(&served, padded((32 << 10) + 1).as_bytes(), &[431]);
    check(&served, padded(40_000).as_bytes(), &[431]);
    let many: Vec<_> = (0..100).map(|it| format!("X{it}")).collect();
    let many: Vec<_> = many.iter().map(|it| (it.as_str(), "x")).collect();
    check(&served, request(get, &many).as_bytes(), &[431]);
    check(&served, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 garbage\r\n\r\n", &[400, 0]);
    check(&served, b"\0\0\0\0\r\n\r\n", &[400, 0]);
    check(&served, b"GET /livez HTTP/9.9\r\n\r\n", &[400, 0]);
    check(&served, b"", &[400, 0]);
    let dots = send(served.address, "GET /api/v1/../../etc/passwd HTTP/1.1", &[]);
    assert_eq!(dots.status, 404);
    let query = format!("/api/v1/findings?name={}", "x".repeat(20_000));
    assert_eq!(served.get(&query).status, 200, "nothing has such a name");
    assert_eq!(served.get("/api/v1/findings?name=%ff%fe%00").status, 200);
}

#[test]
fn a_pack_that_does_not_end_does_not_hold_up_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().join("loops.wasm");
    fs::write(&pack, guests::assemble("rule-loops.wat")).expect("written");
    let pack = pack.display().to_string();
    let api = Api::new(cluster().serves("v1", "Secret", Vec::new()));
    let served = Served::start(&api, &["--pack", &pack, "--pack-deadline", "3600"]);
    // Then it begins to evaluate, and there is no result.
    eventually("all is listed", || {
        let metrics = served.get("/metrics").body;
        let mut up = metrics.lines().filter(|it| it.starts_with("rulebox_watch_up{")).peekable();
        up.peek().is_some() && up.all(|it| it.ends_with(" 1"))
    });
    assert_eq!(served.get("/readyz").status, 503);
    assert_eq!(served.end(), 0);
}

#[test]
fn a_client_that_says_nothing_is_let_go() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let mut slow = connect(served.address);
    slow.write_all(b"GET /livez HTTP/1.1\r\nX: ").expect("it listens");
    let mut silent = connect(served.address);
    assert_eq!(served.get("/livez").status, 200);
    let mut said = Vec::new();
    // Each read ends when the server ends the connection.
    let _ = slow.read_to_end(&mut said);
    let _ = silent.read_to_end(&mut said);
    let status = Answer::of(&said).status;
    assert!([0, 408].contains(&status), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn clients_that_say_nothing_or_half_of_it_hold_up_no_probe() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let slow: Vec<_> = (0..700)
        .map(|nth| {
            let mut stream = connect(served.address);
            // It may be let go already.
            let _ = stream.write_all(["", "GET /livez HTTP/1.1\r\nX: "][nth % 2].as_bytes());
            stream
        })
        .collect();
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(get(served.address, path, &[]).status, 200, "{path}");
    }
    drop(slow);
    let all: Vec<_> = (0..300).map(|_| connect(served.address)).collect();
    for mut stream in all {
        stream.write_all(request("GET /livez HTTP/1.1", &[]).as_bytes()).expect("it listens");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(Answer::of(&answer).status, 200);
    }
}

/// What a request is answered that names this host.
#[track_caller]
fn check_host(served: &Served, host: &str, want: u16) {
    for path in ["/metrics", "/api/v1/report", "/livez"] {
        let answer = Answer::of(&exchange(served.address, request_of(host, path).as_bytes()));
        assert_eq!(answer.status, want, "{host} {path}: {answer:?}");
        if want == 421 {
            let said = answer.json();
            let error = said["error"].as_str().expect("words");
            assert!(error.contains(host), "{said}");
            assert!(said["help"].as_str().expect("words").contains("--insecure"), "{said}");
        }
    }
}

#[test]
fn on_a_loopback_a_name_of_another_server_is_refused() {
    let api = Api::new(cluster());
    let served = Served::start(&api, &ONE);
    served.ready();
    let here = served.address.to_string();
    for host in ["localhost", "localhost:9464", &here, "[::1]:80", "a.localhost", ""] {
        check_host(&served, host, 200);
    }
    for host in ["evil.example", "evil.example:9464", "localhost.evil.example", "10.0.0.1"] {
        check_host(&served, host, 421);
    }
    // Of an absolute address too, and of a second name.
    let absolute = "GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let two = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n";
    for request in [absolute, two] {
        let request = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let answer = Answer::of(&exchange(served.address, request.as_bytes()));
        assert_eq!(answer.status, 421, "{request}: {answer:?}");
    }
    drop(served);
    let served = Served::start(&api, &[&ONE[..], &["--insecure"]].concat());
    served.ready();
    check_host(&served, "rulebox.example", 200);
}

#[test]
fn logs_that_nobody_takes_hold_up_nothing() {
    let api = Api::new(cluster());
    let served = Served::start_without_logs(&api, &[&ONE[..], &["--verbose"]].concat());
    served.ready();
    api.refuse(VAULTS, Some(503));
    api.end_watches();
    eventually("it is told in vain", || {
        served.metric("rulebox_source_errors_total{cluster=\"up\",reason=\"status\"}") > Some(0.0)
    });
    api.apply(vault("vault-test", "Unavailable"));
    api.refuse(VAULTS, None);
    eventually("two findings", || found(&served, "").len() == 2);
    assert_eq!(served.end(), 0);
}

#[test]
fn clients_that_follow_events_leave_room_for_others() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let follow = request("GET /api/v1/events HTTP/1.1", &[]);
    let mut followers: Vec<_> = (0..200).map(|_| connect(served.address)).collect();
    for stream in &mut followers {
        stream.write_all(follow.as_bytes()).expect("it listens");
    }
    let mut refused = 0;
    for stream in &mut followers {
        let mut head = [0; 12];
        stream.read_exact(&mut head).expect("an answer");
        refused += usize::from(head == *b"HTTP/1.1 503");
    }
    assert_eq!(refused, 200 - 64);
    assert_eq!(served.get("/metrics").status, 200);
    drop(followers);
    eventually("there is room again", || {
        let mut stream = connect(served.address);
        stream.write_all(follow.as_bytes()).expect("it listens");
        let mut head = [0; 12];
        stream.read_exact(&mut head).expect("an answer");
        head == *b"HTTP/1.1 200"
    });
}
