//! Anything but objects is skipped, with a short note.

use super::*;
use crate::archives::tar;

#[track_caller]
fn check(text: impl AsRef<[u8]>, problems: &[&str]) {
    let reading = read_bytes(text);
    assert_eq!(
        (names(&reading), words(&reading)),
        (vec![], problems.iter().map(|&it| it.to_owned()).collect())
    );
}

const NOTHING: &str = "told :: holds no Kubernetes objects: skipped";

#[test]
fn texts() {
    check("hello\n", &[NOTHING]);
    check("replicas: 3\nimage: x\n", &[NOTHING]);
    check("<html><body>apiVersion: v1</body></html>", &[NOTHING]);
    check("{\"major\": \"1\"}", &[NOTHING]);
    check("{\"level\":\"info\"}\n{\"level\":\"warn\"}\nbye\n", &[NOTHING]);
    check("# only a comment\n---\n", &[NOTHING]);
    check("apiVersion: v2\nname: chart\nversion: 1.0.0\n", &[NOTHING]);
    check(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
        &[NOTHING],
    );
}

#[test]
fn logs_that_speak_of_objects() {
    check("I0913 14:52:01.1 apply.go:12] {\"apiVersion\":\"v1\",\"kind\":\"Pod\"\n", &[NOTHING]);
    check("time=\"2021-09-13\" msg=\"unknown field metadata: {\"\n- apiVersion: [\n", &[NOTHING]);
    check("error: unable to decode: apiVersion: [\n", &[NOTHING]);
}

#[test]
fn other_files() {
    check("", &["told :: is empty: skipped"]);
    check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &["told :: not text: skipped"]);
}

#[test]
fn many_are_told_together() {
    let names: Vec<String> = (0..500).map(|i| format!("logs/{i}.txt")).collect();
    let mut files: Vec<_> = names.iter().map(|it| (it.as_str(), b"hello".to_vec())).collect();
    files.push(("a.png", b"\x89PNG\0".to_vec()));
    let reading = read_bytes(tar(&files));
    assert_eq!(
        words(&reading),
        [
            "told :: 500 files hold no Kubernetes objects: skipped: logs/0.txt, logs/1.txt, \
             logs/2.txt and 497 more",
            "told a.png:: not text: skipped",
        ]
    );
}

#[test]
fn documents_beside_objects() {
    let pod = yaml(&pod("a", "x"), Style::default());
    let reading = read_bytes(format!("{pod}---\nreplicas: 3\n---\n# nothing\n---\nhello: world\n"));
    assert_eq!(names(&reading), ["x"]);
    assert_eq!(
        words(&reading),
        ["told :: 2 documents beside objects are no Kubernetes objects: skipped: "]
    );
}
