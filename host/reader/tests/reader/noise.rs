//! Objects are found whatever stands around them, and what stands there is told.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rulebox_core::Concerns;

use super::*;

const KLOG: &str = "E1021 06:39:59.123456   12345 memcache.go:265] couldn't get resource list for \
     metrics.k8s.io/v1beta1: the server is currently unable to handle the request";

/// Lines around objects, none of which says that something was not listed.
const AROUND: [&str; 28] = [
    KLOG,
    "kubectl.exe : W1021 06:39:59.123456   12345 gcp.go:119] WARNING: the plugin is deprecated",
    "Error from server (NotFound): backups.velero.io \"daily\" not found",
    "error: the server doesn't have a resource type \"applicationbackups\"",
    "No resources found in csdr namespace.",
    "Warning: v1 ComponentStatus is deprecated in v1.19+",
    "$ kubectl get pods -n csdr -o yaml",
    "[root@master-1 ~]# kubectl get pods -o json",
    "ops@bastion:~$ kubectl get pods",
    "root@bastion:/var/tmp# date",
    "PS C:\\Users\\ops> kubectl get pods -o yaml",
    "C:\\> kubectl get pods",
    "+ kubectl get pods -o yaml",
    "++ date -u",
    "Wed Oct 21 06:40:00 UTC 2026",
    "=== pods ===",
    "----- backups -----",
    "# Pods",
    "```yaml",
    "```",
    "Here is what you asked for:",
    "Best regards, the team",
    "Note: this was taken: today",
    "At line:1 char:1\n+ kubectl get pods *> dump.yaml\n+ ~~~~~~~~~~~~~~~~\n    + CategoryInfo  \
     : NotSpecified: (:) [], RemoteException\n    + FullyQualifiedErrorId : NativeCommandError\n ",
    "Script started on 2026-10-21 06:40:00+00:00 [TERM=\"xterm\" COLUMNS=\"80\"]",
    "[2026-10-21 06:40:00] INFO collecting",
    "NAME   READY   STATUS    RESTARTS   AGE\nx      1/1     Running   0          2d",
    "",
];

/// Messages that say that something was not listed.
const REFUSALS: [&str; 5] = [
    "Error from server (Forbidden): restores.velero.io is forbidden: User \"ops\" cannot list \
     resource \"restores\" in API group \"velero.io\" in the namespace \"csdr\"",
    "Unable to connect to the server: net/http: TLS handshake timeout",
    "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host?",
    "error: You must be logged in to the server (Unauthorized)",
    "Error from server (Timeout): the server was unable to return a response in the time allotted",
];

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

fn block(value: &Value) -> String {
    yaml(value, Style::default())
}

fn lost(reading: &Reading) -> Vec<&Problem> {
    problems(reading).into_iter().filter(|it| it.lost()).collect()
}

/// The selected objects, as they are read from a text without noise.
fn inventory(reading: &Reading) -> Vec<String> {
    let objects = reading.inventory.objects.values().flat_map(|it| &it.objects);
    objects.map(ToString::to_string).collect()
}

fn wanted() -> Vec<String> {
    inventory(&read_bytes(objects().map(|it| it.to_string()).join("\n")))
}

fn objects() -> [Value; 3] {
    [pod("a", "x"), pod("b", "y"), backup("nightly")]
}

/// A text with the same before each line.
fn prefixed(prefix: &str, text: &str) -> String {
    text.lines().map(|it| [prefix, it, "\n"].concat()).collect()
}

/// Reads a text, which holds all three objects and loses nothing.
#[track_caller]
fn check(text: impl AsRef<[u8]>) -> Reading {
    let reading = read_bytes(&text);
    let shown = String::from_utf8_lossy(text.as_ref());
    assert_eq!(inventory(&reading), wanted(), "{:?}\n{shown}", words(&reading));
    assert!(lost(&reading).is_empty(), "{:?}\n{shown}", words(&reading));
    reading
}

/// The three objects, in texts of one or two objects.
fn texts() -> Vec<[String; 2]> {
    let [x, y, nightly] = objects();
    let lists = [list(&[x.clone(), y.clone()]), list(std::slice::from_ref(&nightly))];
    let pods = [untyped(x.clone()), untyped(y.clone())];
    let typed = json!({"apiVersion": "v1", "items": pods, "kind": "PodList"});
    let single = [list(&[x.clone(), nightly]), y.clone()];
    vec![
        lists.clone().map(|it| block(&it)),
        lists.clone().map(|it| format!("{it}\n")),
        lists.clone().map(|it| format!("{it:#}\n")),
        [block(&typed), format!("{:#}\n", lists[1])],
        [format!("{typed:#}\n"), block(&lists[1])],
        single.map(|it| block(&it)),
        lists
            .map(|it| yaml(&it, Style { indented_lists: true, literal: true, ..Style::default() })),
    ]
}

#[test]
fn each_kind_of_lines_before_between_and_behind() {
    for noise in AROUND {
        for [first, second] in texts() {
            check(format!("{noise}\n{first}{noise}\n{second}{noise}\n"));
            check(format!("{noise}\n\n{first}---\n{noise}\n{second}---\n{noise}\n"));
            check(format!("{first}{second}{noise}"));
            check(format!("{noise}\n{first}{second}"));
        }
    }
}

#[test]
fn each_refusal_is_a_loss_with_its_line() {
    for refusal in REFUSALS {
        for [first, second] in texts() {
            let lines = first.lines().count() as u64;
            for (text, line) in [
                (format!("{refusal}\n{first}{second}"), 1),
                (format!("{first}{refusal}\n{second}"), lines + 1),
                (
                    format!("{first}---\n{second}{refusal}\n"),
                    lines + 2 + second.lines().count() as u64,
                ),
            ] {
                let reading = read_bytes(&text);
                assert_eq!(inventory(&reading), wanted(), "{:?}\n{text}", words(&reading));
                let lost = lost(&reading);
                assert_eq!(lost.len(), 1, "{:?}\n{text}", words(&reading));
                assert_eq!(lost[0].line, Some(line), "{}\n{text}", lost[0].reason);
            }
        }
        let reading = read(vec![stream("pods.yaml", format!("{refusal}\n"))]);
        assert_eq!(lost(&reading).len(), 1, "{refusal}: {:?}", words(&reading));
    }
    let reading = read_bytes(format!("{}\n{}", REFUSALS[0], block(&pod("a", "x"))));
    assert!(lost(&reading)[0].reason.contains("here, not objects: Error from server (Forb"));
}

#[test]
fn what_stands_around_is_told_once() {
    let [first, second] = &texts()[0];
    let reading = check(format!("{KLOG}\n{KLOG}\n\n{first}{second}"));
    assert_eq!(
        words(&reading),
        [format!(
            "told :1: 2 lines that are no YAML or JSON stand around the objects: skipped; \
             first: `{KLOG}`"
        )]
    );
    let reading = check(format!("{first}bye \u{1} now\n{second}$ date\n"));
    let line = first.lines().count() + 1;
    assert_eq!(
        words(&reading),
        [format!(
            "told :{line}: 2 lines that are no YAML or JSON stand around the objects, in 2 places: \
             skipped; first: `bye \\u{{1}} now`"
        )]
    );
}

#[test]
fn known_lines_inside_an_object() {
    for [first, second] in texts() {
        // A line inside a text of several lines leaves a blank line there.
        if first.lines().count() < 3 || first.contains("- |") {
            continue;
        }
        for (at, _) in first.match_indices('\n') {
            let (head, rest) = first.split_at(at + 1);
            check(format!("{head}{KLOG}\n{rest}---\n{second}"));
        }
    }
}

#[test]
fn unknown_lines_inside_an_object_are_a_loss() {
    let [first, second] = &texts()[0];
    let breaks: Vec<_> = first.match_indices('\n').map(|it| it.0 + 1).collect();
    for at in &breaks[..breaks.len() - 1] {
        let (head, rest) = first.split_at(*at);
        let reading = read_bytes(format!("{head}oh: no: no\n{rest}---\n{second}"));
        assert!(!lost(&reading).is_empty(), "{head}\n{:?}", words(&reading));
    }
}

/// YAML knows no tabs before a key, and an editor may have put one there.
#[test]
fn a_line_that_a_tab_indents_is_a_loss() {
    let [text, second] = &texts()[0];
    for (at, _) in text.match_indices("\n ") {
        let (head, rest) = text.split_at(at + 1);
        let rest = rest.trim_start();
        for after in ["", "---\n", "\n# more\n"] {
            let reading = read_bytes(format!("{head}\t{rest}{after}"));
            assert!(!lost(&reading).is_empty(), "{head}\t{rest}\n{:?}", words(&reading));
        }
        let reading = read_bytes(format!("{head}\t{rest}---\n{second}"));
        assert!(!lost(&reading).is_empty(), "{head}\t{rest}\n{:?}", words(&reading));
    }
}

#[test]
fn appended_without_a_marker() {
    let [x, y, nightly] = objects().map(|it| block(&it));
    check(format!("{x}{y}{nightly}"));
    check(format!("{x}{}{nightly}", block(&list(&[pod("b", "y")]))));
    check(format!("{}{x}{nightly}", block(&list(&[pod("b", "y")]))));
    let typed = |kind: &str, version: &str, items: &[Value]| {
        let items: Vec<_> = items.iter().cloned().map(untyped).collect();
        block(&json!({"apiVersion": version, "items": items, "kind": kind}))
    };
    let pods = typed("PodList", "v1", &objects()[..2]);
    let backups = typed("BackupList", "velero.io/v1", &objects()[2..]);
    let empty = typed("PodList", "v1", &[]);
    let reading = check(format!("{pods}{backups}{empty}"));
    assert_eq!(words(&reading), [""; 0]);
    check(format!("{empty}{backups}{pods}").replace('\n', "\r\n"));
    // The first is cut off.
    let reading = read_bytes(format!("{}{backups}", &pods[..pods.len() - 14]));
    assert!(!lost(&reading).is_empty(), "{:?}", words(&reading));
    assert!(names(&reading).contains(&"nightly".to_owned()));
}

#[test]
fn byte_order_marks_in_the_middle() {
    for [first, second] in texts() {
        check(format!("\u{feff}{first}---\n\u{feff}{second}"));
        check(format!("{first}\u{feff}---\n{second}"));
        check(
            format!("---\r\n\u{feff}{first}---\r\n\u{feff}{second}\u{1a}").replace("}\n", "}\r\n"),
        );
        check(format!("{first}\u{feff}{second}\u{1a}"));
        check(format!("{first}\u{1a}\n{second}"));
    }
}

#[test]
fn no_break_spaces() {
    for [first, second] in texts() {
        let spaces = |text: &str| text.replace(' ', "\u{a0}");
        check(format!("{}---\n{}", spaces(&first), spaces(&second)));
        let indents = |text: &str| text.replace("  ", "\u{a0} ");
        check(format!("{}---\n{}", indents(&first), indents(&second)));
        check(format!("Look here\n{}{}", spaces(&first), indents(&second)));
    }
}

#[test]
fn colours() {
    for [first, second] in texts() {
        let coloured = |text: &str| {
            let keys = text.replace(": ", "\u{1b}[0m: \u{1b}[93m");
            keys.replace('\n', "\u{1b}[0m\r\n\u{1b}[96m")
        };
        check(format!("{}\u{1b}[0m---\n{}", coloured(&first), coloured(&second)));
        check(format!(
            "\u{1b}[?2004h\u{1b}]0;a@b: ~\u{7}\u{1b}[01;32ma@b\u{1b}[00m:~$ kubectl\r\n{}\
             \u{1b}[31mE1021 06:39:59.1  1 memcache.go:1] b\u{1b}[0m\n{}",
            coloured(&first),
            coloured(&second)
        ));
    }
}

#[test]
fn quoted_mails() {
    for [first, second] in texts() {
        let text = format!("Hi all,\n\n$ kubectl\n{first}---\n{second}\nBye: now: then\n");
        let quoted = prefixed("> ", &text);
        check(format!("On Wed, 21 Oct 2026, A B wrote:\n{quoted}\nThanks a lot\n"));
        check(prefixed(">", &quoted));
    }
}

#[test]
fn something_before_each_line() {
    for [first, second] in texts() {
        // JSON has no line of its own for its type.
        if first.starts_with('{') || second.starts_with('{') {
            continue;
        }
        let text = format!("{first}---\n{second}");
        for prefix in ["csdr-1 ", "a/dump.yaml:", "+", "[pod/a] "] {
            let lines = prefixed(prefix, &text);
            check(format!("$ tool\n{lines}"));
        }
        let numbered = text.lines().zip(1..).map(|(it, i)| format!("{i:6}\t{it}\n"));
        check(numbered.collect::<String>());
    }
}

#[test]
fn indented_in_markdown() {
    for [first, second] in texts() {
        let indented = |it: &str| prefixed("    ", it);
        check(format!("First:\n\n{}\nThen:\n\n{}\n", indented(&first), indented(&second)));
    }
}

#[test]
fn kyaml() {
    fn kyaml(value: &Value, indent: usize, out: &mut String) {
        let space = " ".repeat(indent + 2);
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                out.push_str("{\n");
                for (key, value) in entries {
                    out.extend([&space, key.as_str(), ": "]);
                    kyaml(value, indent + 2, out);
                    out.push_str(",\n");
                }
                out.extend([&" ".repeat(indent), "}"]);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    kyaml(item, indent, out);
                }
                out.push(']');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let document = |items: &[Value]| {
        let mut out = "---\n".to_owned();
        kyaml(&list(items), 0, &mut out);
        out + "\n"
    };
    let [x, y, nightly] = objects();
    let (first, second) = (document(&[x, y]), document(&[nightly]));
    assert_eq!(words(&check(format!("{first}{second}"))), [""; 0]);
    check(format!("{KLOG}\n{first}{KLOG}\n{second}$ date\n"));
}

#[test]
fn watch_events() {
    let event = |kind: &str, object: Value| json!({"object": object, "type": kind});
    let newer = |mut object: Value, version: &str| {
        object["metadata"]["resourceVersion"] = version.into();
        object
    };
    let [x, y, nightly] = objects();
    let events = [
        event("ADDED", newer(x.clone(), "3")),
        event("ADDED", y),
        event("ADDED", newer(pod("a", "gone"), "8")),
        event("MODIFIED", x),
        event("DELETED", newer(pod("a", "gone"), "9")),
        event("ADDED", nightly),
        event("BOOKMARK", json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}})),
    ];
    let lines = events.clone().map(|it| format!("{it}\n")).concat();
    assert_eq!(words(&check(&lines)), [""; 0]);
    assert_eq!(words(&check(events.clone().map(|it| format!("{it:#}\n")).concat())), [""; 0]);
    assert_eq!(words(&check(events.clone().map(|it| block(&it)).join("---\n"))), [""; 0]);
    check(format!("{KLOG}\n{lines}"));
    let status =
        json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "message": "too old"});
    assert_eq!(lost(&read_bytes(format!("{lines}{}", event("ERROR", status)))).len(), 1);
}

#[test]
fn results_of_ansible() {
    let result =
        |resources: &[Value]| json!({"api_found": true, "changed": false, "resources": resources});
    let [x, y, nightly] = objects();
    let both =
        json!({"changed": false, "results": [result(&[x, y]), result(&[nightly]), result(&[])]});
    for value in [both.clone(), json!({"facts": both.clone()}), result(&objects())] {
        assert_eq!(words(&check(value.to_string())), [""; 0]);
        assert_eq!(words(&check(block(&value))), [""; 0]);
        check(format!("localhost | SUCCESS => {value:#}\n"));
    }
    let named = json!({"a": list(&objects()[..1]), "b": list(&objects()[1..])});
    assert_eq!(words(&check(named.to_string())), [""; 0]);
    let [x, y, nightly] = objects();
    let named = json!({"a": list(&[x, y]), "b": nightly});
    assert_eq!(words(&check(block(&named))), [""; 0]);
}

#[test]
fn templates_and_texts_inside_are_no_objects() {
    let list = block(&list(&objects()));
    let config = json!({
        "apiVersion": "v1", "data": {"dump": list}, "kind": "ConfigMap", "metadata": {"name": "c"},
    });
    for style in [Style::default(), Style { literal: true, ..Style::default() }] {
        let reading = read_bytes(yaml(&config, style));
        assert_eq!((names(&reading), words(&reading)), (vec![], vec![]));
        let reading = read_bytes(format!("{KLOG}\n{}{KLOG}\n", yaml(&config, style)));
        assert_eq!((names(&reading).len(), lost(&reading).len()), (0, 0));
    }
    let mut templates = objects();
    for metadata in templates.iter_mut().filter_map(|it| it["metadata"].as_object_mut()) {
        // A server writes them.
        metadata
            .retain(|key, _| !["uid", "resourceVersion", "creationTimestamp"].contains(&&**key));
    }
    let values = json!({"extraObjects": templates, "replicas": 1});
    let reading = read_bytes(block(&values));
    assert_eq!((names(&reading).len(), lost(&reading).len()), (0, 0));
}

#[test]
fn what_names_a_type_and_gives_no_object_is_a_loss() {
    for text in [
        "1 apiVersion: v1\napiVersion: \"v1\nkind: Pod\n",
        "* apiVersion: v1\n** kind: Pod\nmetadata:\n",
        "Name:  x\nNamespace:  a\nData\n====\napiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n",
        "hello\nkind: Pod\nmetadata:\n  name: x\n* apiVersion: v1\n",
        "bye\napiVersion: v1\nkind: Pod\nmetadata: [\n",
    ] {
        let reading = read_bytes(text);
        assert_eq!(names(&reading), [""; 0]);
        assert!(lost(&reading).iter().any(|it| it.line.is_some()), "{text}{:?}", words(&reading));
    }
}

#[test]
fn what_is_printed_for_people_is_named() {
    #[track_caller]
    fn check(text: &str, what: &str) {
        let words = words(&read_bytes(text));
        assert!(
            words.len() == 1 && words[0].starts_with("told ") && words[0].contains(what),
            "{words:?}"
        );
    }
    check("NAME   READY\nx      1/1\n", "a table that kubectl prints for people");
    check("Name:  x\nNamespace:  a\nAnnotations:  b\n", "what `kubectl describe` prints");
    check(
        "Name:  x\nNamespace:  a\nAnnotations:  a: {\"apiVersion\":\"v1\",\n  \"kind\": \"P\"}\n",
        "what `kubectl describe` prints",
    );
    check(
        "Name:  x\nNamespace:  a\nAnnotations:  a:\n    {\"apiVersion\":\"v1\",\"kind\":\"P\"}\n",
        "what `kubectl describe` prints",
    );
    check("Name:  x\nNamespace:  a\n\nPhase:  Completed\nTTL:  1h\n", "velero.io");
}

/// What is cut off where the next object begins has nothing but a key.
#[test]
fn an_appended_object_that_is_cut_off_hides_none() {
    let whole = block(&pod("a", "x"));
    for cut in ["apiVersion:", "apiVersion: ", "apiVersion:\n", "apiVersion: v1"] {
        for end in ["\n", "\r\n"] {
            let reading = read_bytes(format!("{whole}{cut}").replace('\n', end));
            assert_eq!(names(&reading), ["x"], "{cut:?}: {:?}", words(&reading));
            assert!(!lost(&reading).is_empty(), "{cut:?}: {:?}", words(&reading));
        }
    }
}

#[test]
fn a_saved_refusal_concerns_its_kind() {
    let status = json!({
        "apiVersion": "v1", "code": 504, "details": {"group": "velero.io", "kind": "restores"},
        "kind": "Status", "message": "the request did not complete in time", "status": "Failure",
    });
    for text in [status.to_string(), block(&status), format!("{KLOG}\n{}", block(&status))] {
        let reading = read_bytes(&text);
        let [lost] = lost(&reading)[..] else { panic!("{:?}", words(&reading)) };
        assert!(lost.reason.ends_with("did not complete in time"), "{}", lost.reason);
        // No need is for restores.
        assert_eq!(lost.concerns, Concerns::Kinds(BTreeSet::new()));
    }
}

#[test]
fn files_of_macs_are_told() {
    use crate::archives::tar;
    let mac = b"\0\x05\x16\x07\0\x02\0\0Mac OS X        \0\x02".to_vec();
    let text = block(&pod("a", "x")).into_bytes();
    let files = [("a/._pods.yaml", mac.clone()), ("a/.DS_Store", mac), ("a/pods.yaml", text)];
    let reading = read_bytes(tar(&files));
    assert_eq!(names(&reading), ["x"]);
    assert_eq!(
        words(&reading),
        ["told :: 2 files are what macOS keeps of other files, and hold no objects: skipped: \
          a/._pods.yaml, a/.DS_Store"]
    );
}

/// A document of the given shape, and noise around it: what all of it must give.
fn noise() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(AROUND.to_vec()), 0..4)
        .prop_map(|it| it.iter().map(|it| [it, "\n"].concat()).collect())
}

fn how() -> impl Strategy<Value = usize> {
    0_usize..6
}

fn written(value: &Value, how: usize) -> String {
    match how {
        0 => block(value),
        1 => format!("{value}\n"),
        2 => format!("{value:#}\n"),
        3 => yaml(value, Style { indented_lists: true, ..Style::default() }),
        4 => format!("---\n{}", yaml(value, Style { literal: true, ..Style::default() })),
        _ => block(value).replace('\n', "\r\n"),
    }
}

/// Texts with noise between objects that are written in any way.
fn noisy() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec((noise(), how(), any::<bool>()), 3);
    (pieces, noise()).prop_map(|(pieces, end)| {
        let parts = objects().into_iter().zip(pieces).map(|(object, (noise, how, alone))| {
            let value = if alone { object } else { list(&[object]) };
            format!("{noise}{}", written(&value, how))
        });
        parts.collect::<String>() + &end
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn objects_between_lines_are_found(text in noisy()) {
        check(text);
    }

    #[test]
    fn outlines_and_full_parsers_find_the_same(text in noisy()) {
        let read = |reader: &Reader| {
            let mut collector = Collector::new(needs()).expect("selectors");
            reader.read_text("dump", text.as_bytes(), &mut collector);
            collector.finish()
        };
        let reader = Reader::new(&needs()).expect("needs");
        prop_assert_eq!(read(&reader), read(&reader.thorough()));
    }

    #[test]
    fn windows_find_the_same_or_tell_a_loss(text in noisy(), window_bytes in 1_usize..2_000) {
        let limits = Limits { window_bytes, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("dump", &text)]);
        let found = inventory(&reading);
        let told = !lost(&reading).is_empty();
        prop_assert!(found == wanted() || told, "{:?}\n{text}", words(&reading));
        prop_assert!(found.iter().all(|it| wanted().contains(it)) || !lost(&reading).is_empty());
    }

    #[test]
    fn a_cut_is_a_loss(text in noisy(), at in any::<prop::sample::Index>()) {
        let at = text.floor_char_boundary(at.index(text.len()));
        let part = &text[..at];
        let reading = read_bytes(part);
        // What stands in the text as a whole cannot be told from a text that is not cut.
        let all: usize = objects().iter().filter(|it| {
            let name = it["metadata"]["name"].as_str().expect("a name");
            part.contains(&format!("name: {name}\n")) || part.contains(&format!("name: {name}\r\n"))
                || part.contains(&format!("\"name\":\"{name}\""))
                || part.contains(&format!("\"name\": \"{name}\""))
        }).count();
        prop_assert!(
            names(&reading).len() >= all || !lost(&reading).is_empty(),
            "{:?}\n{part}", words(&reading)
        );
    }
}

#[test]
fn an_object_in_braces_behind_something_broken_is_told() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {namespace: csdr,\n  name: y}}\n";
    let good = yaml(&super::pod("csdr", "x"), Style::default());
    let late = "{apiVersion: v1, metadata: {namespace: csdr,\n  name: y}, kind: Pod}\n";
    for text in [pod.to_owned(), format!("--- {pod}"), late.to_owned()] {
        let text = format!("{text}{good}");
        let reading = read_bytes(&text);
        assert!(words(&reading).iter().any(|it| it.starts_with("lost ")), "{:?}", words(&reading));
        assert_eq!(names(&reading), ["x"]);
    }
}

#[test]
fn signs_that_end_a_line_for_some_hide_no_kind() {
    let backup = yaml(&backup("y"), Style::default());
    let text = format!("{}---\n{backup}", yaml(&pod("csdr", "x"), Style::default()));
    let reading = read_bytes(text.replace('\n', "\u{2028}"));
    let told = problems(&reading).into_iter().any(|it| it.concerns == Concerns::Everything);
    assert!(told, "{:?}", words(&reading));
}

/// What stands behind an object costs the same for each byte: else this takes minutes. `least`: how
/// many objects are read.
#[track_caller]
fn check_cost(what: &str, behind: &str, least: usize) -> Vec<String> {
    let text = format!("{}---\n{behind}\n", block(&pod("csdr", "first")));
    let reading = read_bytes(text);
    let names = names(&reading);
    assert!(names.first().is_some_and(|it| it == "first"), "{what}: {names:?}");
    assert!(names.len() > least, "{what}: {}", names.len());
    words(&reading)
}

#[test]
fn many_escape_sequences_on_one_line() {
    for escape in ["\u{1b}[0m", "\u{1b}]", "\u{1b}M", "\u{1b}]0;x\u{7}", "\u{1b}(B", "\u{1b}#"] {
        let line = escape.repeat(500_000);
        let pod = block(&pod("csdr", "x"));
        check_cost(escape, &format!("{line}\n{pod}"), 1);
        check_cost(escape, &format!("{pod}{line}"), 1);
    }
}

#[test]
fn many_levels_of_quotes() {
    let pod = block(&pod("csdr", "x"));
    for sign in [">", "> "] {
        let quoted = |it: &str| format!("{}{it}\n", sign.repeat(20));
        let lines: String = pod.lines().map(quoted).collect();
        check_cost(sign, &lines, 1);
        let quotes = sign.repeat(240_000);
        check_cost(sign, &format!("{quotes}apiVersion: v1\nkind: Pod\n"), 0);
        check_cost(sign, &format!("{}apiVersion: v1\nkind: Pod\n", "> >".repeat(100_000)), 0);
    }
}

#[test]
fn many_keys_on_one_line() {
    for between in [" ", "\u{85}", "\u{2028}", "\u{b}", "\t"] {
        let line = format!("apiVersion: v1{between}kind: Pod{between}").repeat(100_000);
        check_cost(between, &line, 0);
        let line = format!("kind apiVersion{between}").repeat(300_000);
        check_cost(between, &line, 0);
        check_cost(between, &format!("{}kind", "kind apiVersion\"".repeat(300_000)), 0);
    }
}

/// As grep writes them: each file has its own name.
#[test]
fn many_names_of_files_before_lines() {
    let pods = |number: usize| {
        let pod = |nth: usize| {
            let pod = block(&pod("csdr", &format!("x{nth}")));
            let lines = pod.lines().map(|it| format!("dump/{nth:05}.yaml:{it}\n"));
            lines.collect::<String>()
        };
        (0..number).map(pod).collect::<String>()
    };
    check_cost("names", &pods(1_000), 1_000);
    let names = |nth: usize| format!("p{nth:06}:apiVersion: v1\np{nth:06}:kind: Pod\n");
    check_cost("names", &(0..60_000).map(names).collect::<String>(), 0);
}

/// In each layer, the prefix is found once that of the layer around it is gone.
#[test]
fn what_tools_write_in_many_layers_is_a_loss() {
    let layers = |number: usize| {
        let mut text = block(&pod("csdr", "x"));
        for nth in 0..number {
            let before = if nth % 2 == 0 { "> ".to_owned() } else { format!("f{nth}:") };
            let lines: Vec<_> = text.lines().map(|it| before.clone() + it).collect();
            text = lines.join("\n") + "\n";
        }
        text
    };
    check_cost("honest layers", &layers(12), 1);
    // Each name of a file is found once those before it are gone: they differ until then.
    let layer = |nth: usize| {
        let (same, other) = ("p:".repeat(nth), "p:".repeat(nth.saturating_sub(1)) + "q:");
        let other = if nth == 0 { "" } else { &other };
        let of = |last: &str| format!("{same}{last}apiVersion: v1\n{other}{last}kind: Pod\n");
        of("p:") + &of("q:")
    };
    let deep = |number: usize| (0..number).map(layer).collect::<String>();
    let want = "what tools write around lines stands around them in more than 4 layers: what is \
                in the innermost is not read";
    let is_told =
        |number: usize| check_cost("deep", &deep(number), 0).iter().any(|it| it.ends_with(want));
    assert!(is_told(5) && is_told(60) && !is_told(4));
}

#[test]
fn many_objects_and_brackets_on_one_line() {
    let typed = r#"{"apiVersion":"v1","kind":"X","metadata":{"name":"a"}}"#;
    let pod = block(&pod("csdr", "x"));
    for (object, number) in [("{}", 300_000), ("[]", 300_000), (typed, 20_000), ("x: {", 500_000)] {
        let line = object.repeat(number);
        check_cost(object, &line, 0);
        check_cost(object, &format!("hello there\n{line}\n{pod}"), 0);
        check_cost(object, &format!("{pod}{line}"), 0);
    }
    for bracket in ["  {\napiVersion: v1\n", "  {apiVersion: v1\nkind: X\n"] {
        check_cost(bracket, &format!("hello there\n{}", bracket.repeat(60_000)), 0);
    }
}
