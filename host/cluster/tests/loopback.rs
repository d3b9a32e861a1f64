//! From a kubeconfig file to an inventory, over TCP to a server on the loopback.

use std::{fmt::Write as _, io, path::Path};

use rulebox_cluster::{Cluster, ClusterError, Options, connect, contexts};
use rulebox_core::{Collector, Coverage, NeedSet, ObjectNeed, Reading};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

const RESOURCES: &str = r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[
    {"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["list"]}]}"#;
const PODS: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[
    {"metadata":{"name":"csdr-velero-0","namespace":"csdr","uid":"u"}}]}"#;

/// A server on a free port, and the request lines that it sees with their `Authorization`.
struct Server {
    address: String,
    task: JoinHandle<Vec<String>>,
}

/// Answers each connection once, with these bodies in order, and ends. In place of an empty body
/// the answer is a 503.
async fn serve(bodies: Vec<&'static str>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let task = tokio::spawn(async move {
        let mut seen = Vec::new();
        for body in bodies {
            let (stream, _) = listener.accept().await.expect("a connection");
            seen.push(answer(stream, body).await.expect("a request"));
        }
        seen
    });
    Server { address, task }
}

async fn answer(mut stream: TcpStream, body: &str) -> io::Result<String> {
    let request = request(&mut stream).await?;
    let status = if body.is_empty() { "503 Service Unavailable" } else { "200 OK" };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await?;
    let line = request.lines().next().unwrap_or_default().replace("?&", "?");
    let token = request.lines().find_map(|it| it.strip_prefix("authorization: "));
    Ok(format!("{line} {}", token.unwrap_or("anonymous")))
}

async fn request(stream: &mut TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    while !request.windows(4).any(|it| it == b"\r\n\r\n") {
        let mut part = [0; 1024];
        let length = stream.read(&mut part).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&part[..length]);
    }
    Ok(String::from_utf8_lossy(&request).into_owned())
}

/// A kubeconfig with these contexts and servers; the token of each is its name.
fn kubeconfig(current: &str, clusters: &[(&str, &str)]) -> NamedTempFile {
    let mut text = format!("apiVersion: v1\nkind: Config\ncurrent-context: {current}\n");
    let mut section = |title: &str, entry: &dyn Fn(&str, &str) -> String| {
        writeln!(text, "{title}:").expect("memory");
        for (name, server) in clusters {
            writeln!(text, "- name: {name}\n  {}", entry(name, server)).expect("memory");
        }
    };
    section("clusters", &|_, server| {
        format!("cluster: {{server: '{server}', insecure-skip-tls-verify: true}}")
    });
    section("contexts", &|name, _| format!("context: {{cluster: {name}, user: {name}}}"));
    section("users", &|name, _| format!("user: {{token: token-of-{name}}}"));
    file(&text)
}

fn file(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    file
}

fn options(kubeconfig: &Path, context: Option<&str>) -> Options {
    Options {
        kubeconfig: Some(kubeconfig.to_owned()),
        context: context.map(str::to_owned),
        ..Options::default()
    }
}

async fn read(cluster: &Cluster) -> Result<Reading, ClusterError> {
    let need =
        ObjectNeed { id: "pods".to_owned(), kind: "Pod".to_owned(), ..ObjectNeed::default() };
    let needs = NeedSet { objects: vec![need], texts: Vec::new() };
    let mut collector = Collector::new(needs).expect("selectors");
    cluster.read(&mut collector, &mut |_| {}).await?;
    Ok(collector.finish())
}

/// The error of a kubeconfig and a context, before any request is sent.
#[track_caller]
fn check_error(kubeconfig: &Path, context: Option<&str>, want: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    match runtime.block_on(connect(&options(kubeconfig, context))) {
        Ok(_) => panic!("expected: {want}"),
        Err(error) => {
            assert_eq!(error.to_string(), want);
            assert!(!error.is_unreachable());
        }
    }
}

#[tokio::test]
async fn each_context_is_read_with_its_own_token() {
    let (blue, green) = (serve(vec![RESOURCES, PODS]).await, serve(vec![RESOURCES, PODS]).await);
    let clusters = [
        ("green", format!("http://{}", green.address)),
        ("blue", format!("http://{}", blue.address)),
    ];
    let file = kubeconfig("blue", &clusters.each_ref().map(|(name, it)| (*name, it.as_str())));
    let known = contexts(Some(file.path())).expect("contexts");
    assert_eq!(known, ["blue", "green"]);
    for (context, server) in known.iter().zip([blue, green]) {
        let cluster = connect(&options(file.path(), Some(context))).await.expect("configured");
        assert_eq!(cluster.name(), context);
        let reading = read(&cluster).await.expect("reachable");
        let slot = &reading.inventory.objects["pods"];
        assert_eq!((slot.coverage, slot.objects.len()), (Coverage::Complete, 1));
        assert_eq!(reading.inputs[0].name, format!("context {context}"));
        let token = format!("Bearer token-of-{context}");
        let wanted = ["GET /api/v1 HTTP/1.1", "GET /api/v1/pods?limit=500 HTTP/1.1"];
        assert_eq!(server.task.await.expect("served"), wanted.map(|it| format!("{it} {token}")));
    }
}

#[tokio::test]
async fn without_a_context_the_current_one_is_read() {
    let server = serve(vec![RESOURCES, PODS]).await;
    let url = format!("http://{}", server.address);
    let file = kubeconfig("blue", &[("blue", &url), ("green", "http://127.0.0.1:1")]);
    let cluster = connect(&options(file.path(), None)).await.expect("configured");
    assert_eq!(cluster.name(), "blue");
    read(&cluster).await.expect("reachable");
}

#[track_caller]
fn check_unreachable(error: &ClusterError, url: &str, file: &Path, wanted: &str) {
    assert!(error.is_unreachable());
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("cannot reach context blue at {url}/: the connection failed: ")),
        "{text}"
    );
    assert!(text.contains(wanted), "{text}");
    let file = file.display();
    let typed = format!("try `kubectl --kubeconfig {file} --context blue get --raw /version`");
    assert!(text.ends_with(&typed), "{text}");
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let file = kubeconfig("blue", &[("blue", &url)]);
    let cluster = connect(&options(file.path(), None)).await.expect("configured");
    let error = read(&cluster).await.expect_err("closed");
    check_unreachable(&error, &url, file.path(), "Connection refused");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_unreachable() {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", server.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = server.accept().await?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await
    });
    let file = kubeconfig("blue", &[("blue", &url)]);
    let cluster = connect(&options(file.path(), None)).await.expect("configured");
    let error = read(&cluster).await.expect_err("no TLS");
    check_unreachable(&error, &url, file.path(), "corrupt message");
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_no_list() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        answer(stream, RESOURCES).await?;
        let (mut stream, _) = listener.accept().await?;
        request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"kind\":").await
    });
    let file = kubeconfig("blue", &[("blue", &url)]);
    // A second attempt would really wait for its pause.
    let options = Options { retries: 0, ..options(file.path(), None) };
    let cluster = connect(&options).await.expect("configured");
    let reading = read(&cluster).await.expect("reachable");
    server.await.expect("no panic").expect("both requests");
    let slot = &reading.inventory.objects["pods"];
    assert_eq!(slot.coverage, Coverage::Absent);
    assert!(slot.reason.starts_with("pods: the connection failed: "), "{}", slot.reason);
}

#[tokio::test]
async fn retries_are_those_of_the_options_alone() {
    let server = serve(vec!["", RESOURCES, PODS]).await;
    let file = kubeconfig("blue", &[("blue", &format!("http://{}", server.address))]);
    let options = Options { retries: 0, ..options(file.path(), None) };
    let cluster = connect(&options).await.expect("configured");
    let error = read(&cluster).await.expect_err("kube alone retries").to_string();
    assert!(error.contains("the server answered 503 Service Unavailable; "), "{error}");
}

#[test]
fn a_credential_plugin_that_is_missing_is_named() {
    let file = file(
        "clusters: [{name: a, cluster: {server: 'http://a'}}]\n\
         contexts: [{name: blue, context: {cluster: a, user: u}}]\n\
         users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, \
         command: /nowhere/login}}}]\n",
    );
    let want = "cannot use context blue: credential plugin `/nowhere/login`: cannot be started: No \
        such file or directory (os error 2); see `kubectl config view --minify`";
    check_error(file.path(), Some("blue"), want);
}

#[test]
fn an_unknown_context_is_named_with_those_that_exist() {
    let file = kubeconfig("blue", &[("green", "http://a"), ("blue", "http://b")]);
    let want = "the kubeconfig has no context `red`; it has blue, green";
    check_error(file.path(), Some("red"), want);
}

#[test]
fn without_a_current_context_one_must_be_named() {
    let file = kubeconfig("''", &[("green", "http://a"), ("blue", "http://b")]);
    let want = "the kubeconfig has no current context; name one by --context: blue, green";
    check_error(file.path(), None, want);
}

#[test]
fn a_kubeconfig_that_is_missing_or_none_is_named() {
    let path = Path::new("/nowhere/kubeconfig");
    let want =
        "cannot read the kubeconfig /nowhere/kubeconfig: No such file or directory (os error 2)";
    check_error(path, None, want);
    assert_eq!(contexts(Some(path)).expect_err("missing").to_string(), want);
    let file = file("clusters: 3\n");
    let error = contexts(Some(file.path())).expect_err("no kubeconfig").to_string();
    let want = format!("cannot read the kubeconfig {}: ", file.path().display());
    assert!(error.starts_with(&want), "{error}");
}

#[test]
fn a_kubeconfig_without_contexts_outside_a_pod_configures_nothing() {
    let file = file("apiVersion: v1\nkind: Config\n");
    let path = file.path().display();
    let want = format!(
        "no cluster is configured: no context in {path}; name a kubeconfig by $KUBECONFIG or \
         --kubeconfig"
    );
    assert_eq!(contexts(Some(file.path())).expect_err("none").to_string(), want);
    let want = format!(
        "no cluster is configured: no context in {path}, and this is no pod; name a kubeconfig by \
         $KUBECONFIG or --kubeconfig"
    );
    check_error(file.path(), None, &want);
    check_error(file.path(), Some("x"), "the kubeconfig has no context `x`; it has none");
}

#[test]
fn a_context_of_a_missing_cluster_cannot_be_used() {
    let file = file(
        "contexts: [{name: blue, context: {cluster: gone, user: x}}]\ncurrent-context: blue\n",
    );
    let want = "cannot use context blue: failed to load the cluster of context: gone; see `kubectl \
        config view --minify`";
    check_error(file.path(), None, want);
}

#[test]
fn a_namespace_that_can_be_none_is_refused() {
    let file = kubeconfig("blue", &[("blue", "http://b")]);
    let namespaces = vec!["csdr".to_owned(), "a/secrets".to_owned()];
    let options = Options { namespaces, ..options(file.path(), None) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let error = runtime.block_on(connect(&options)).err().expect("no namespace").to_string();
    assert!(error.starts_with("`a/secrets` cannot be a namespace: "), "{error}");
}
