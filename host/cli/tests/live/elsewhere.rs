//! What `check --live` and `serve` write elsewhere: that it is written, what it costs where it
//! cannot be, and what must not be typed.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use serde_json::json;

use super::{cluster, program};

const POLICY: &str = "wgpolicyk8s.io/v1alpha2";

/// The exit code of a run on a cluster, and what it says on standard error.
fn run(file: &std::path::Path, arguments: &[&str]) -> (i32, String) {
    let mut command = program::command(&["check", "--live", "-o", "json", "--kubeconfig"]);
    let ran = program::run(command.arg(file).args(arguments), "");
    let report: Result<serde_json::Value, _> = serde_json::from_str(&ran.out);
    assert!(report.is_ok(), "the report is there all the same: {} {}", ran.out, ran.err);
    (ran.code, ran.err)
}

#[test]
fn reports_are_written_into_the_cluster() {
    let cluster = cluster().serves(POLICY, "ClusterPolicyReport", Vec::new()).serves(
        POLICY,
        "PolicyReport",
        vec![json!({
            "metadata": {"name": "old", "namespace": "gone", "labels": {}},
        })],
    );
    let (_folder, file) = cluster.kubeconfig();
    let (code, err) = run(&file, &["--write-reports", "policyreports"]);
    assert_eq!((code, &*err), (1, ""), "the exit code is that of the findings");
    let changes = cluster.changes();
    let paths: Vec<_> = changes.iter().map(|it| it.0.as_str()).collect();
    let want = [
        "PATCH /apis/wgpolicyk8s.io/v1alpha2/clusterpolicyreports/rulebox",
        "PATCH /apis/wgpolicyk8s.io/v1alpha2/namespaces/csdr/policyreports/rulebox",
        "DELETE /apis/wgpolicyk8s.io/v1alpha2/namespaces/gone/policyreports/old",
    ];
    assert_eq!(paths, want);
    let result = &changes[1].1["results"][0];
    assert_eq!((&result["rule"], &result["result"]), (&json!("vault-unavailable"), &json!("fail")));
}

#[test]
fn where_they_cannot_be_written_the_run_says_so_and_reports_all_the_same() {
    let (_folder, file) = cluster().kubeconfig();
    let (code, err) = run(&file, &["--write-reports", "openreports"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("cannot write a report: context up: the cluster does not serve"), "{err}");
}

/// A server that takes one request, and answers it; gives what it got.
fn gateway(status: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let got = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let (mut got, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let text = String::from_utf8_lossy(&got).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
                if length.is_some_and(|it| it.parse() == Ok(body.len())) {
                    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 3\r\n\r\nwhy")
                        .expect("it listens");
                    return text;
                }
            }
            let read = stream.read(&mut buffer).expect("bytes");
            got.extend(&buffer[..read]);
        }
    });
    (url, got)
}

#[test]
fn metrics_are_pushed_as_those_of_the_cluster() {
    let (_folder, file) = cluster().kubeconfig();
    let (url, got) = gateway("200 OK");
    let (code, err) = run(&file, &["--cluster", "prod", "--pushgateway", &url]);
    assert_eq!((code, &*err), (1, ""));
    let got = got.join().expect("a request");
    assert!(got.starts_with("PUT /metrics/job/rulebox/cluster/prod HTTP/1.1\r\n"), "{got}");
    assert!(got.contains("content-type: text/plain; version=0.0.4"), "{got}");
    assert!(got.contains("\nrulebox_finding{cluster=\"prod\","), "{got}");
}

#[test]
fn what_the_gateway_refuses_is_told() {
    let (_folder, file) = cluster().kubeconfig();
    let (url, got) = gateway("400 Bad Request");
    let (code, err) = run(&file, &["--pushgateway", &url]);
    got.join().expect("a request");
    assert_eq!(code, 2);
    assert!(err.contains(&format!("cannot push to {url}: 400 Bad Request: why")), "{err}");
    let (code, err) = run(&file, &["--pushgateway", "http://127.0.0.1:9"]);
    assert_eq!(code, 2);
    assert!(err.contains("cannot push to http://127.0.0.1:9: cannot connect: "), "{err}");
}

/// What is typed, and a part of what is said of it; nothing is asked of any server.
#[track_caller]
fn check_misuse(arguments: &[&str], said: &str) {
    let ran = program::run(&mut program::command(arguments), "");
    assert_eq!(ran.code, 2, "{}", ran.err);
    let words: Vec<_> = ran.err.split_whitespace().collect();
    assert!(words.join(" ").contains(said), "{}", ran.err);
}

const DUMP: &str = "fixtures/clusters/vault-denied.yaml";

#[test]
fn a_dump_writes_nothing_elsewhere() {
    let typed = ["check", DUMP, "--write-reports", "policyreports"];
    check_misuse(&typed, "--write-reports is for --live");
    let typed = ["check", DUMP, "--pushgateway", "http://127.0.0.1:9"];
    check_misuse(&typed, "--pushgateway is for --live");
}

#[test]
fn what_belongs_together_is_asked_for() {
    let serve = |it: [&'static str; 2]| ["serve", it[0], it[1]];
    check_misuse(&serve(["--alertmanager-auth", "x"]), "--alertmanager <URL>");
    check_misuse(&serve(["--alertmanager-ca", "x"]), "--alertmanager <URL>");
    check_misuse(&serve(["--runbook-url", "https://x"]), "--alertmanager <URL>");
    check_misuse(&["check", "--live", "--pushgateway-auth", "x"], "--pushgateway <URL>");
    check_misuse(&["check", "--live", "--pushgateway-ca", "x"], "--pushgateway <URL>");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let alertmanager = |it: &'static str| ["serve", "--alertmanager", it];
    check_misuse(&alertmanager("am:9093"), "it must begin with http:// or https://");
    check_misuse(&alertmanager("http://u:secret@am"), "a password does not belong into a URL");
    check_misuse(&["serve", "--write-reports", "events"], "[possible values: policyreports");
    check_misuse(&["serve", "--lease", "rulebox"], "write NAMESPACE/NAME");
    check_misuse(&["serve", "--lease", "../x"], "cannot be the name of a namespace");
    let page = ["serve", "--alertmanager", "http://am", "--runbook-url", "am/x"];
    check_misuse(&page, "not a URL such as https://git.example.org");
}

#[test]
fn a_token_is_not_sent_in_plain_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    std::fs::write(&token, "t").expect("written");
    let token = token.to_str().expect("a path");
    let typed = ["serve", "--alertmanager", "http://am.example", "--alertmanager-auth", token];
    check_misuse(&typed, "--alertmanager-auth would be sent to http://am.example in plain text");
    let typed = ["serve", "--alertmanager", "http://am.example", "--alertmanager-ca", token];
    check_misuse(&typed, "is of no use without https");
    let typed = ["serve", "--alertmanager", "https://am.example", "--alertmanager-ca", token];
    check_misuse(&typed, "there is no certificate in it");
    let missing = format!("{token}.missing");
    let typed = ["serve", "--alertmanager", "https://am.example", "--alertmanager-auth", &missing];
    check_misuse(&typed, "cannot read ");
}
