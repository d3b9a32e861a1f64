//! Two clusters in one file are told apart at the documents, however the file is read.

use std::io::Write as _;

use tempfile::NamedTempFile;

use super::*;

/// A list of a cluster: the Namespace kube-system, which no need asks for, and pods, of which
/// those of two clusters differ in their uids.
fn list(cluster: &str) -> Value {
    let object = |kind: &str, namespace: &str, name: &str| {
        let mut it = pod(namespace, name);
        it["kind"] = kind.into();
        it["metadata"]["uid"] = format!("{cluster}-{kind}-{namespace}-{name}").into();
        it
    };
    let items = [
        object("Namespace", "", "default"),
        object("Namespace", "", "kube-system"),
        object("Pod", "a", "x"),
        object("Pod", "b", &format!("only-{cluster}")),
        object("ConfigMap", "b", "c"),
    ];
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// The clusters by their labels, and the uids of their pods.
fn clusters(text: &str, limits: Limits, threads: usize, on_disk: bool) -> Vec<(String, String)> {
    let reader = Reader::new(&needs()).expect("needs").with_limits(limits).with_threads(threads);
    let mut collector = Collector::new(needs()).expect("selectors");
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    let source = if on_disk { Source::Path(file.path().to_owned()) } else { stream("dump", text) };
    let name = source.name();
    reader.read(vec![source], &mut collector, &mut |_| {});
    let uid = |json: &str| {
        let object: Value = serde_json::from_str(json).expect("JSON");
        object["metadata"]["uid"].as_str().expect("a uid").to_owned()
    };
    let read = collector.clusters(&[]).expect("no names");
    let clusters = read.clusters.into_iter().map(|(label, reading)| {
        let pods = &reading.inventory.objects["pods"].objects;
        let uids: Vec<_> = pods.iter().map(|it| uid(&it.text())).collect();
        (label.replace(&name, "dump"), uids.join(" "))
    });
    clusters.collect()
}

/// Reads a text in windows of many sizes, on one thread and on several.
#[track_caller]
fn check(text: &str, second: &str) {
    let want = [
        ("dump:1".to_owned(), "east-Pod-a-x east-Pod-b-only-east".to_owned()),
        (second.to_owned(), "west-Pod-a-x west-Pod-b-only-west".to_owned()),
    ];
    for window_bytes in (1..=24).chain((25..=text.len() + 1).step_by(97)).chain([1 << 20]) {
        let limits = || Limits { window_bytes, ..Limits::default() };
        for (threads, on_disk) in [(1, false), (1, true), (3, true)] {
            let got = clusters(text, limits(), threads, on_disk);
            assert_eq!(got, want, "windows of {window_bytes} bytes, {threads} threads\n{text}");
        }
    }
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

#[test]
fn lists_that_follow_one_another() {
    let [east, west] = ["east", "west"].map(|it| yaml(&list(it), Style::default()));
    let line = lines(&east) + 1;
    check(&format!("{east}{west}"), &format!("dump:{line}"));
    check(&format!("{east}---\n{west}"), &format!("dump:{}", line + 1));
    let [east, west] = ["east", "west"].map(|it| list(it).to_string());
    check(&format!("{east}\n{west}\n"), "dump:2");
    let [east, west] =
        ["east", "west"].map(|it| serde_json::to_string_pretty(&list(it)).expect("JSON"));
    check(&format!("{east}\n{west}\n"), &format!("dump:{}", lines(&east) + 2));
}

#[test]
fn objects_that_follow_one_another() {
    let documents = |it: &str| -> Vec<String> {
        list(it)["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|it| yaml(it, Style::default()))
            .collect()
    };
    let [east, west] = ["east", "west"].map(|it| documents(it).join("---\n"));
    // The first object that only one of the clusters can have.
    let first = lines(&documents("west")[0]) + 1;
    let line = lines(&east) + 1 + first + 1;
    check(&format!("{east}---\n{west}"), &format!("dump:{line}"));
}
