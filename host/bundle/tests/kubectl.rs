//! The script with a real kubectl, where there is one, and an API server over loopback: what of
//! Secrets comes through its template.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
};

use rulebox_bundle::script;
use rulebox_core::{NeedSet, ObjectNeed};
use serde_json::{Value, json};

const VALUE: &str = "VmFsdWU=";

/// What the API server says at a path; none is 404.
fn answer(path: &str) -> Option<Value> {
    let list = |items: Value| {
        json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {"resourceVersion": "9"},
               "items": items})
    };
    let resource = |name: &str, kind: &str, namespaced: bool| {
        json!({"name": name, "kind": kind, "namespaced": namespaced, "singularName": "",
               "verbs": ["get", "list"]})
    };
    match path {
        "/version" => Some(json!({"gitVersion": "v1.30.1"})),
        "/api" => Some(json!({"kind": "APIVersions", "versions": ["v1"]})),
        "/apis" => Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []})),
        "/api/v1" => Some(json!({
            "kind": "APIResourceList", "groupVersion": "v1",
            "resources": [
                resource("secrets", "Secret", true), resource("namespaces", "Namespace", false),
            ],
        })),
        "/api/v1/namespaces/kube-system" => Some(json!({
            "kind": "Namespace", "apiVersion": "v1",
            "metadata": {"name": "kube-system", "uid": "0f9b7c1e-2d55"},
        })),
        "/api/v1/namespaces/empty/secrets" => Some(list(json!([]))),
        "/api/v1/namespaces/csdr/secrets" => Some(list(json!([
            {
                "metadata": {
                    "name": "hbr", "namespace": "csdr", "uid": "u1", "resourceVersion": "1",
                    "creationTimestamp": "2026-09-15T02:00:00Z",
                    "labels": {"app": "hbr", "a.b/c": "d"},
                    "annotations": {"last-applied": VALUE},
                },
                "type": "od\"d\\", "data": {"HBR_TOKEN": VALUE, "a.b": VALUE},
            },
            {
                "metadata": {
                    "name": "none", "namespace": "csdr", "uid": "u2", "resourceVersion": "2",
                    "creationTimestamp": "2026-09-15T02:00:00Z",
                },
                "type": "Opaque",
            },
        ]))),
        _ => None,
    }
}

fn serve(stream: TcpStream) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    lines.take_while(|it| !it.is_empty()).for_each(drop);
    let target = request.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let refusal = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                         "reason": "NotFound", "code": 404});
    let (status, body) = match answer(path) {
        Some(body) => ("200 OK", body.to_string()),
        None => ("404 Not Found", refusal.to_string()),
    };
    // The client may have gone.
    let _ = write!(
        &stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
}

#[test]
fn of_secrets_no_value_comes_through() {
    let kubectl = Command::new("kubectl").args(["version", "--client"]).output();
    if !kubectl.is_ok_and(|it| it.status.success()) {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));

    let namespaces = ["csdr", "empty"].map(str::to_owned).to_vec();
    let need = ObjectNeed { kind: "Secret".to_owned(), namespaces, ..ObjectNeed::default() };
    let script = script(&NeedSet { objects: vec![need], texts: Vec::new() }, "0.1.0");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("collect.sh"), script.expect("a script")).expect("written");
    let mut sh = Command::new("sh");
    sh.args(["collect.sh", "--server", &format!("http://{address}")]).current_dir(&folder);
    // No kubeconfig of the user's, and no cache.
    sh.env("HOME", folder.path()).env_remove("KUBECONFIG").stdin(Stdio::null());
    let output = sh.output().expect("the shell runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");

    let archive = String::from_utf8(output.stdout).expect("UTF-8");
    let tar = Command::new("tar").args(["-xzf", archive.trim()]).current_dir(&folder).status();
    assert!(tar.expect("tar runs").success(), "{archive}");
    let bundle = folder.path().join(archive.trim().strip_suffix(".tar.gz").expect("an archive"));
    let read = |name: &str| {
        let text = fs::read_to_string(bundle.join(name)).unwrap_or_else(|it| panic!("{it}: {err}"));
        serde_json::from_str::<Value>(&text).unwrap_or_else(|it| panic!("{it}: {text}"))
    };
    let metadata = |name: &str, uid: &str, version: &str, labels: Value| {
        json!({"name": name, "namespace": "csdr", "uid": uid, "resourceVersion": version,
               "creationTimestamp": "2026-09-15T02:00:00Z", "labels": labels})
    };
    let list = |items: Value| {
        let kind = "SecretList";
        json!({"kind": kind, "apiVersion": "v1", "metadata": {}, "items": items})
    };
    assert_eq!(
        read("lists/secrets@csdr.json"),
        list(json!([
            {
                "metadata": metadata("hbr", "u1", "1", json!({"app": "hbr", "a.b/c": "d"})),
                "type": "od\"d\\", "data": {"HBR_TOKEN": "", "a.b": ""},
            },
            {"metadata": metadata("none", "u2", "2", json!({})), "type": "Opaque", "data": {}},
        ]))
    );
    assert_eq!(read("lists/secrets@empty.json"), list(json!([])));
    assert_eq!(read("rulebox-bundle.json")["cluster"], "0f9b7c1e-2d55");
}
