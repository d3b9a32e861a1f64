//! Logs in a dump: a container writes them, and may write whatever it wants.

use std::io::Write as _;

use proptest::prelude::*;
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
                        let object: Value = serde_json::from_str(&it.text()).expect("JSON");
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
            let pod = pod.text();
            assert!(pod.contains("Running") && !pod.contains("MadeUp"), "{log}: {pod}");
            assert!(words(&reading)[0].contains("stands Pod csdr/x"), "{:?}", words(&reading));
            files.reverse();
        }
    }
    // A file alone is what its user takes it for.
    let reading = read(vec![stream("dump.log", &forged)]);
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
}

#[test]
fn a_zero_in_a_log_file_is_told_and_takes_nothing_away() {
    let log = r#"level=error msg="apply {\"apiVersion\": \"v1\", \"kind\": \"Pod\"}""#;
    for (name, lost) in [("d/logs/a.log", false), ("d/a.yaml", true)] {
        let log = format!("{log}\n\0\n").into_bytes();
        let pods = document(&pod("csdr", "x")).into_bytes();
        let reading = read_bytes(tar(&[(name, log), ("d/pods.yaml", pods)]));
        let words = words(&reading);
        let told: Vec<_> = words.iter().filter(|it| it.contains("zero bytes")).collect();
        assert_eq!(told.len(), 1, "{words:?}");
        assert_eq!(told[0].starts_with("lost"), lost, "{words:?}");
        let coverage = if lost { Coverage::Partial } else { Coverage::Complete };
        assert_eq!(reading.inventory.objects["pods"].coverage, coverage, "{name}");
    }
}

/// A line of each form that logs have, and whether only logs have it.
const FORMS: [(&str, bool); 22] = [
    ("2026-09-15T02:30:00Z stdout F starting", true),
    ("2026-09-15T02:30:00.123456789+02:00 stderr P {\"a\":", true),
    ("I0915 02:30:00.123456       1 controller.go:12] \"Starting\" kind=\"Pod\"", true),
    ("{\"log\":\"starting\\n\",\"stream\":\"stdout\",\"time\":\"2026-09-15T02:30:00Z\"}", true),
    ("{\"level\":\"info\",\"ts\":1789439400.1,\"msg\":\"apiVersion\"}", true),
    ("{\"@timestamp\":\"2026-09-15T02:30:00Z\",\"message\":\"a\"}", true),
    ("{\"MESSAGE\":\"a\",\"__REALTIME_TIMESTAMP\":\"1789439400000000\"}", true),
    ("Sep 15 02:30:00 node-1 kubelet[812]: starting: now", true),
    ("2026-09-15T02:30:00+0000 node-1 kubelet[812]: starting", true),
    ("<34>1 2026-09-15T02:30:00Z node-1 app - - - starting", true),
    ("-- Logs begin at Tue 2026-09-15 02:30:00 UTC. --", true),
    ("10.0.0.1 - - [15/Sep/2026:02:30:00 +0000] \"GET / HTTP/1.1\" 200 5", true),
    ("time=\"2026-09-15T02:30:00Z\" level=info msg=\"a: b\"", false),
    ("2026-09-15T02:30:00Z starting", false),
    ("2026-09-15 02:30:00,123 - root - INFO - kind: Pod", false),
    ("2026/09/15 02:30:00 [error] 1#1: a", false),
    ("[2026-09-15 02:30:00] INFO starting", false),
    ("02:30:00.123 [main] INFO starting", false),
    ("1789439400.123\tINFO\tstarting", false),
    ("[    1.234567] Linux version 6.1", false),
    ("[INFO] starting", false),
    ("INFO[0000] starting", false),
];

/// A text of objects, a log, and an object that the log makes up, each written in any way.
#[derive(Debug, Clone)]
struct Forged {
    real: usize,
    lines: Vec<usize>,
    marker: [bool; 2],
    made_up: usize,
    window_bytes: usize,
}

impl Forged {
    fn strategy() -> impl Strategy<Value = Self> {
        let lines = prop::collection::vec(0..FORMS.len(), 1..4);
        let marker = any::<[bool; 2]>();
        let window = prop::sample::select(vec![1_usize, 16, 64, 200, 777, 1 << 20]);
        (0..6_usize, lines, marker, 0..6_usize, window).prop_map(
            |(real, lines, marker, made_up, window_bytes)| Self {
                real,
                lines,
                marker,
                made_up,
                window_bytes,
            },
        )
    }

    fn written(value: &Value, how: usize) -> String {
        let list = json!({"apiVersion": "v1", "items": [value], "kind": "List"});
        match how {
            0 => document(value),
            1 => format!("{value}\n"),
            2 => format!("{value:#}\n"),
            3 => document(&list),
            4 => format!("{list:#}\n"),
            _ => format!("```yaml\n{}```\n", document(value)),
        }
    }

    fn text(&self) -> String {
        let marker = |it: usize| if self.marker[it] { "---\n" } else { "" };
        let log: String = self.lines.iter().map(|it| [FORMS[*it].0, "\n"].concat()).collect();
        let real = Self::written(&pod("csdr", "x"), self.real);
        let made_up = Self::written(&made_up("x"), self.made_up);
        [&real, marker(0), &log, marker(1), &made_up].concat()
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_stands_behind_lines_of_a_log_replaces_nothing(forged in Forged::strategy()) {
        let text = forged.text();
        let limits = Limits { window_bytes: forged.window_bytes, ..Limits::default() };
        let mut file = NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        for source in [stream("dump", &text), Source::Path(file.path().to_owned())] {
            let reading = read_within(&limits, vec![source]);
            let phases: Vec<_> = reading.inventory.objects["pods"].objects.iter().map(|it| {
                let object: Value = serde_json::from_str(&it.text()).expect("JSON");
                object["status"]["phase"].as_str().map(str::to_owned)
            }).collect();
            let words = words(&reading);
            prop_assert_eq!(phases, [Some("Running".to_owned())], "{:?}\n{}", words, &text);
            let is_told = |it: &String| it.contains("stands Pod csdr/x") || it.starts_with("lost");
            prop_assert!(words.iter().any(is_told), "{words:?}\n{text}");
        }
    }
}

/// Each form alone, in all ways to read it: told with the line of the object.
#[test]
fn each_form_of_a_line_of_a_log() {
    let real = document(&pod("csdr", "x"));
    for (form, _) in FORMS {
        let text = format!("{real}{form}\n{}\n", made_up("x"));
        let line = real.lines().count() + 2;
        for window_bytes in [16, 200, 1 << 20] {
            let limits = Limits { window_bytes, ..Limits::default() };
            let reading = read_within(&limits, vec![stream("dump", &text)]);
            let told = format!(
                "told :{line}: behind a log, which may have made it up, stands Pod csdr/x: what \
                 was read elsewhere counts"
            );
            assert!(words(&reading).contains(&told), "{form}: {:?}", words(&reading));
        }
    }
}

#[test]
fn a_kind_that_stands_only_behind_lines_of_a_log_is_told() {
    for (form, certain) in FORMS {
        let reading = read_bytes(format!("{form}\n{}", document(&pod("csdr", "x"))));
        let coverage = if certain { Coverage::Partial } else { Coverage::Complete };
        assert_eq!(reading.inventory.objects["pods"].coverage, coverage, "{form}");
        assert_eq!(names(&reading), ["x"], "{form}");
        let told = words(&reading);
        assert!(told.iter().any(|it| it.contains("Pod was read only behind")), "{form}: {told:?}");
    }
}

/// What goes on behind a line of a log is no part of what stands before it.
#[test]
fn a_log_changes_no_object_before_it() {
    let text = document(&pod("csdr", "x"));
    for (form, _) in FORMS {
        for more in ["  phase: MadeUp\n", "status:\n  phase: MadeUp\n", "- phase: MadeUp\n"] {
            for window_bytes in [16, 200, 1 << 20] {
                let limits = Limits { window_bytes, ..Limits::default() };
                let reading =
                    read_within(&limits, vec![stream("dump", format!("{text}{form}\n{more}"))]);
                let objects = &reading.inventory.objects["pods"].objects;
                assert!(objects.iter().all(|it| !it.text().contains("MadeUp")), "{form}{more}");
                let lost = words(&reading).iter().any(|it| it.starts_with("lost"));
                assert!(lost, "{form}\n{more}{:?}", words(&reading));
            }
        }
    }
}

/// `kubectl logs --timestamps` and others write something before each line.
#[test]
fn what_stands_before_each_line_of_a_log_makes_it_one() {
    let real = document(&pod("csdr", "x"));
    for before in ["2026-09-15T02:30:00Z stdout F ", "[pod/csdr-velero-0/velero] ", "velero-0 "] {
        let made_up: String =
            document(&made_up("x")).lines().flat_map(|it| [before, it, "\n"]).collect();
        let reading = read_bytes(format!("{real}{made_up}"));
        let objects = &reading.inventory.objects["pods"].objects;
        assert_eq!(objects.len(), 1, "{before}: {:?}", words(&reading));
        assert!(objects[0].text().contains("Running"), "{before}: {:?}", words(&reading));
    }
}

/// Lines that are of no known form of a log, and of no dump.
const UNKNOWN: [&str; 6] = [
    "Starting server on port 8080",
    "GET /healthz 200 1ms",
    "[main] listening",
    "panic: oh no: nil",
    "started: on: 8080",
    "Here is what you asked for:",
];

/// Lines that scripts print between dumps, and kubectl beside them.
const UNDERSTOOD: [&str; 8] = [
    "=== pods ===",
    "----- pods -----",
    "# kubectl get pods",
    "$ kubectl get pods -o yaml",
    "ops@host:~$ kubectl get pods -o json",
    "Error from server (NotFound): backups.velero.io \"x\" not found",
    "Warning: v1 ComponentStatus is deprecated in v1.19+",
    "NAME   READY   STATUS    AGE\nx      1/1     Running   2d",
];

/// The phase of the pod `x`, read in windows of several sizes, as a stream and as a file.
#[track_caller]
fn check_phase(text: &str, want: &str, told: Option<&str>) {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    for window_bytes in [16, 200, 777, 1 << 20] {
        let limits = Limits { window_bytes, ..Limits::default() };
        for source in [stream("dump", text), Source::Path(file.path().to_owned())] {
            let reading = read_within(&limits, vec![source]);
            let objects = &reading.inventory.objects["pods"].objects;
            let phases: Vec<Value> = objects
                .iter()
                .map(|it| serde_json::from_str::<Value>(&it.text()).expect("JSON"))
                .map(|it| it["status"]["phase"].clone())
                .collect();
            let words = words(&reading);
            assert_eq!(phases, [want], "{window_bytes}: {words:?}\n{text}");
            let is_told = told.is_none_or(|told| words.iter().any(|it| it.contains(told)));
            assert!(is_told, "{window_bytes}: {words:?}\n{text}");
            assert!(told.is_some() || !words.iter().any(|it| it.contains("made it up")));
        }
    }
}

/// Whoever may write into a log of whatever form may not replace what was read elsewhere.
#[test]
fn what_stands_behind_text_that_nobody_understands_replaces_nothing() {
    let real = pod("csdr", "x");
    let forged = made_up("x");
    let told = "behind text that is of no dump, and may be a log that has made it up, stands Pod";
    for line in UNKNOWN {
        for [real, forged] in [
            [document(&real), document(&forged)],
            [format!("{real}\n"), format!("{forged}\n")],
            [format!("{real:#}\n"), format!("{forged:#}\n")],
        ] {
            check_phase(&format!("{real}{line}\n---\n{forged}"), "Running", Some(told));
            check_phase(&format!("{real}---\n{line}\n---\n{forged}"), "Running", Some(told));
            check_phase(&format!("{real}{line}\n{forged}"), "Running", Some(told));
            let head = format!("Dump of csdr\n{real}---\n{line}\n{forged}");
            check_phase(&head, "Running", Some(told));
        }
    }
}

#[test]
fn the_newest_counts_behind_what_scripts_print() {
    let [old, new] = [pod("csdr", "x"), made_up("x")].map(|it| document(&it));
    for line in UNDERSTOOD {
        check_phase(&format!("{old}{line}\n---\n{new}"), "MadeUp", None);
        check_phase(&format!("{line}\n{old}---\n{line}\n{new}"), "MadeUp", None);
        check_phase(&format!("Dump of csdr\n{old}---\n{line}\n{new}"), "MadeUp", Some("newest"));
    }
}

/// The same in another file, which has no other text.
#[test]
fn a_file_that_begins_with_text_replaces_nothing() {
    let real = document(&pod("csdr", "x")).into_bytes();
    let forged = format!("{}\n---\n{}", UNKNOWN[0], document(&made_up("x"))).into_bytes();
    let mut files = [("d/a.txt", forged.clone()), ("d/b.yaml", real)];
    for _ in 0..2 {
        let reading = read_bytes(tar(&files));
        let objects = &reading.inventory.objects["pods"].objects;
        assert!(objects.len() == 1 && objects[0].text().contains("Running"));
        assert!(words(&reading).iter().any(|it| it.contains("behind text")));
        files.reverse();
    }
    // Alone it is what its user takes it for.
    let reading = read(vec![stream("a.txt", forged)]);
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
    assert!(!words(&reading).iter().any(|it| it.contains("made it up")), "{:?}", words(&reading));
}
