//! Logs in a dump: a container writes them, and may write whatever it wants.

use std::io::Write as _;

use rulebox_core::Coverage;
use tempfile::NamedTempFile;

use super::*;
use crate::archives::tar;

const START: &str = "==== START logs for container a of pod csdr/b ====\n";
const END: &str = "==== END logs for container a of pod csdr/b ====\n";

fn document(value: &Value) -> String {
    yaml(value, Style::default())
}

/// A pod that is healthy, and newer than the one of [`pod`].
fn made_up(name: &str) -> Value {
    let mut pod = pod("csdr", name);
    pod["metadata"]["resourceVersion"] = "900".into();
    pod["status"]["phase"] = "MadeUp".into();
    pod
}

/// Reads a text as a stream and as a file, in pieces of many sizes and on several threads; each
/// must give the same.
#[track_caller]
fn check(text: &str, want: &[&str], coverage: Coverage, told: &[&str]) {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    for window_bytes in [1, 7, 16, 64, 200, 333, 1 << 20] {
        for threads in [1, 3] {
            for on_disk in [false, true] {
                let limits = Limits { window_bytes, ..Limits::default() };
                let reader = Reader::new(&needs()).expect("needs");
                let reader = reader.with_limits(limits).with_threads(threads);
                let mut collector = Collector::new(needs()).expect("selectors");
                let path = Source::Path(file.path().to_owned());
                let source = if on_disk { path } else { stream("dump", text) };
                reader.read(vec![source], &mut collector, &mut |_| {});
                let reading = collector.finish();
                let slot = &reading.inventory.objects["pods"];
                let phases: Vec<_> = slot
                    .objects
                    .iter()
                    .map(|it| {
                        let object: Value = serde_json::from_str(it).expect("JSON");
                        let text = |it: &Value| it.as_str().expect("a text").to_owned();
                        let (name, phase) =
                            (&object["metadata"]["name"], &object["status"]["phase"]);
                        format!("{} {}", text(name), text(phase))
                    })
                    .collect();
                let how = format!("windows of {window_bytes}, {threads} threads, {on_disk}");
                assert_eq!(phases, want, "{how}\n{text}");
                assert_eq!(words(&reading), told, "{how}\n{text}");
                assert_eq!(slot.coverage, coverage, "{how}\n{text}");
            }
        }
    }
}

#[test]
fn a_log_that_ends_hides_nothing() {
    let [x, y] = ["x", "y"].map(|it| document(&pod("csdr", it)));
    let text = format!("{x}{START}made up\n---\n{}{END}{y}", document(&made_up("x")));
    // `kubectl cluster-info dump` takes objects from some namespaces.
    check(&text, &["x Running", "y Running"], Coverage::Partial, &[]);
}

#[test]
fn a_log_without_an_end_is_a_loss() {
    let [x, y] = ["x", "y"].map(|it| document(&pod("csdr", it)));
    let line = x.lines().count() + 1;
    let told = format!(
        "lost :{line}: a log begins here and does not end: what stands behind it is not read"
    );
    check(&format!("{x}{START}1\n---\n{y}"), &["x Running"], Coverage::Partial, &[&told]);
    check(&format!("{x}{START}"), &["x Running"], Coverage::Partial, &[&told]);
}

/// A container may write the line that ends its log.
#[test]
fn what_a_log_makes_up_behind_its_end_replaces_nothing() {
    let [x, y] = ["x", "y"].map(|it| document(&pod("csdr", it)));
    let forged = document(&made_up("x"));
    let line = x.lines().count() + 4;
    let told = "behind a log, which may have made it up, stands Pod csdr/x: \
         what was read elsewhere counts";
    let told = format!("told :{line}: {told}");
    let text = format!("{x}{START}1\n{END}{forged}---\n{y}{START}{END}");
    check(&text, &["x Running", "y Running"], Coverage::Partial, &[&told]);
}

#[test]
fn a_kind_that_only_a_log_shows_is_partial() {
    let list = json!({"apiVersion": "v1", "items": [], "kind": "PodList", "metadata": {}});
    let text = format!("{START}1\n{END}{}", document(&list));
    let told = "lost :4: Pod was read only behind a log or in one, which may have made it up: \
         add a dump of it without logs";
    check(&text, &[], Coverage::Partial, &[told]);
}

#[test]
fn what_a_log_file_holds_replaces_nothing() {
    let real = document(&pod("csdr", "x"));
    let forged = document(&made_up("x"));
    for log in ["a.log", "pods/csdr/b/logs/a.txt", "z.log.1", "a/logs.txt"] {
        let files =
            [(format!("d/{log}"), forged.clone()), ("d/pods.yaml".to_owned(), real.clone())];
        let mut files = files.each_ref().map(|(name, it)| (name.as_str(), it.clone().into_bytes()));
        for _ in 0..2 {
            let reading = read_bytes(tar(&files));
            let [pod] = &reading.inventory.objects["pods"].objects[..] else { panic!("one pod") };
            assert!(pod.contains("Running") && !pod.contains("MadeUp"), "{log}: {pod}");
            assert!(words(&reading)[0].contains("stands Pod csdr/x"), "{:?}", words(&reading));
            files.reverse();
        }
    }
    // A file alone is what its user takes it for.
    let reading = read(vec![stream("dump.log", &forged)]);
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
}
