//! Reading in pieces gives the same as reading at once, however small the pieces.

use std::io::Write;

use tempfile::NamedTempFile;

use super::*;

/// Reads a text in windows of every size up to its own, from a stream and from disk.
#[track_caller]
pub(crate) fn check(text: impl AsRef<[u8]>) {
    check_but(text, |_| ());
}

/// Like [`check`], without what `forget` takes out of the readings.
#[track_caller]
fn check_but(text: impl AsRef<[u8]>, forget: fn(&mut Reading)) {
    let text = text.as_ref();
    let read_within = |limits: &Limits, sources| {
        let mut reading = read_within(limits, sources);
        forget(&mut reading);
        reading
    };
    let read_file = |file: &NamedTempFile, window_bytes, threads| {
        let mut reading = read_file(file, window_bytes, threads);
        forget(&mut reading);
        reading
    };
    let whole = read_within(&Limits::default(), vec![stream("dump", text)]);
    let file = file(text);
    let on_disk = read_file(&file, 1 << 20, 3);
    for window_bytes in (1..=24).chain((25..=text.len() + 1).step_by(31)) {
        let limits = Limits { window_bytes, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("dump", text)]);
        assert_eq!(words(&reading), words(&whole), "windows of {window_bytes} bytes");
        assert_eq!(reading, whole, "windows of {window_bytes} bytes");
        for threads in [1, 3] {
            let reading = read_file(&file, window_bytes, threads);
            let how = format!("blocks of {window_bytes} bytes on {threads} threads");
            assert_eq!(words(&reading), words(&on_disk), "{how}");
            assert_eq!(reading, on_disk, "{how}");
        }
    }
    assert_eq!(words(&on_disk), words(&whole));
    assert_eq!(on_disk.objects, whole.objects);
}

fn file(text: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(text).expect("written");
    file
}

fn read_file(file: &NamedTempFile, window_bytes: usize, threads: usize) -> Reading {
    let limits = Limits { window_bytes, ..Limits::default() };
    let reader = Reader::new(&needs()).expect("needs").with_limits(limits).with_threads(threads);
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read(vec![Source::Path(file.path().to_owned())], &mut collector, &mut |_| {});
    collector.finish()
}

fn objects() -> Vec<Value> {
    let mut deployment = pod("b", "d");
    deployment["kind"] = "Deployment".into();
    deployment["apiVersion"] = "apps/v1".into();
    deployment["metadata"]["creationTimestamp"] = "2024-05-01T08:00:09Z".into();
    vec![pod("a", "x"), deployment, backup("nightly"), pod("b", "y")]
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// Like `cat a.yaml b.yaml`: duplicate keys.
#[test]
fn lists_joined_without_a_marker() {
    #[track_caller]
    fn check_joined(text: String, objects: usize) {
        assert_eq!(read_bytes(text.as_bytes()).objects_needed, objects, "{text}");
        // The lines of a second list's items may be unknown in pieces.
        check_but(text, |it| it.places = Places::default());
    }
    let [first, second, third] = [pod("a", "x"), pod("b", "y"), backup("nightly")];
    for style in styles() {
        let lists = [&[first.clone()][..], &[second.clone(), third.clone()], &[]];
        check_joined(lists.iter().map(|it| yaml(&list(it), style)).collect(), 3);
    }
    let block = yaml(&list(std::slice::from_ref(&first)), Style::default());
    check_joined(format!("{block}items: [{second}, {third}]\n"), 3);
    check_joined(format!("{block}items: &here\n- {second}\n"), 2);
    check_joined(format!("{block}items:\n  - {second}\n  - {third}\nkind: PodList\n"), 3);
    check(format!("{block}  odd: x\nitems:\n- {second}\n"));
    let json = list(&[first]).to_string();
    let json = json.strip_suffix('}').expect("an object");
    check_joined(format!("{json}, \"items\": [{second}, {third}]}}"), 3);
}

/// A key in the column of the dashes belongs to nothing.
#[test]
fn what_follows_a_list_in_its_column_is_told() {
    let item = "  - apiVersion: v1\n    kind: Pod\n    metadata:\n      name: x\n";
    let text = format!("apiVersion: v1\nkind: List\nitems:\n{item}  odd: x\n");
    let problems = &read_bytes(text.as_bytes()).inputs[0].problems;
    assert!(problems.iter().any(|it| it.lost() && it.line == Some(8)), "{problems:?}");
    for window_bytes in [16, 64, 100, 333] {
        let limits = Limits { window_bytes, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("dump", text.as_bytes())]);
        assert!(reading.inputs[0].problems.iter().any(Problem::lost), "{window_bytes}");
    }
}

#[test]
fn a_key_may_begin_with_a_dash() {
    let item = "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: x\n";
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{item}");
    check(format!("{list}-x: y\n"));
    check(format!("{list}-x:\n{item}{list}"));
}

/// Text before JSON is not a document of its own, even if the JSON is invalid.
#[test]
fn odd_json_behind_directives() {
    let odd = "%YAML 1.1\n--- # by hand\n{n: x\n    y: 3\n  z: 1\n...\n";
    let text = format!("{odd}{odd}{}", pod("a", "x"));
    let problems = &read_bytes(text.as_bytes()).inputs[0].problems;
    assert!(problems[0].reason.starts_with("2 documents beside objects"), "{problems:?}");
    check(text);
}

/// As `kubectl cluster-info dump -o yaml` prints them: a marker between documents, but none before
/// a log.
#[test]
fn logs_behind_yaml() {
    const LOG: &str = "==== START logs for container a of pod csdr/b ====\n\
        a: 1\n--- {\n{\"apiVersion\"\n==== END logs for container a of pod csdr/b ====\n";
    for style in styles() {
        let lists = [vec![pod("a", "x")], vec![pod("b", "y"), backup("nightly")]];
        let lists = lists.map(|it| yaml(&list(&it), style));
        for text in [
            lists.join(&format!("{LOG}---\n")),
            lists.join(&format!("{LOG}{LOG}")),
            format!("odd: x\n{LOG}{}", lists[1]),
            format!("{}{LOG}odd: [\n{LOG}{}", lists[0], lists[1]),
        ] {
            let reading = read_bytes(text.as_bytes());
            assert!(reading.objects_needed >= 2, "{text}");
            check(text);
        }
    }
    check(format!("{{\"kind\": \"EventList\"}}\n    ]\n}}\n{LOG}}}\n{LOG}"));
    let object = LOG.replace("a: 1\n--- {\n", "");
    check(format!("-\n-Version: v1\nodd\n{object}"));
}

fn styles() -> [Style; 4] {
    [
        Style::default(),
        Style { literal: true, ..Style::default() },
        Style { indented_lists: true, ..Style::default() },
        Style { flow_from: 5, single: true, ..Style::default() },
    ]
}

#[test]
fn yaml_lists() {
    for style in styles() {
        check(yaml(&list(&objects()), style));
        check(yaml(&json!(objects()), style));
    }
}

#[test]
fn yaml_lists_with_comments_and_other_line_ends() {
    let text = yaml(&list(&objects()), Style::default());
    check(text.replace("\n-", "\n# a comment\n\n-"));
    check(text.replace('\n', "\r\n"));
    check(format!("\u{feff}# by hand\n---\n{text}...\n"));
}

#[test]
fn yaml_lists_after_each_other() {
    let one = yaml(&list(&objects()[..2]), Style::default());
    let two = yaml(&json!(&objects()[2..]), Style::default());
    check(format!("{one}---\n{two}"));
    check(format!("---\n{two}--- # next\n{one}---\nhello: world\n"));
}

#[test]
fn yaml_documents() {
    for style in styles() {
        let documents: Vec<_> = objects().iter().map(|it| yaml(it, style)).collect();
        check(documents.join("---\n"));
        check(format!("%YAML 1.1\n---\n{}...\n", documents.join("...\n---\n")));
        check(format!("{}...\n", documents.join("...\n%YAML 1.1\n--- # next\n")));
    }
}

#[test]
fn json_lists() {
    let list = list(&objects());
    check(list.to_string());
    check(format!("{list:#}\n"));
    check(json!(objects()).to_string());
    let kind_first = format!(
        r#"{{"kind":"List","apiVersion":"v1","metadata":{{}},"items":{}}}"#,
        json!(objects())
    );
    check(&kind_first);
    check(format!("{kind_first}\n{list:#}"));
}

#[test]
fn json_documents() {
    let lines: Vec<_> = objects().iter().map(Value::to_string).collect();
    check(lines.join("\n"));
    check(lines.concat());
    check(lines.join("\n---\n"));
    let pretty: Vec<_> = objects().iter().map(|it| format!("{it:#}")).collect();
    check(pretty.join("\n==== START logs for container\nI0501 {\"a\": 1}\n==== END logs\n"));
}

#[test]
fn lists_whose_items_name_no_kind() {
    let pods = [untyped(pod("a", "x")), untyped(pod("b", "y"))];
    let sorted = json!({"apiVersion": "v1", "items": pods, "kind": "PodList"});
    check(sorted.to_string());
    check(yaml(&sorted, Style::default()));
    check(format!(r#"{{"kind":"PodList","apiVersion":"v1","items":{}}}"#, json!(pods)));
    let items = yaml(&json!({"items": pods}), Style::default());
    check(format!("kind: PodList\napiVersion: v1\n{items}"));
}

#[test]
fn items_that_only_the_full_parser_reads() {
    let text = yaml(&list(&objects()), Style::default());
    check(text.replace("phase: Running", "phase: !!str Running"));
    check(text.replace("phase: Running", "phase: ***HIDDEN***"));
    check(text.replace("phase: Running", "phase: &a Running\n    again: *a"));
}

#[test]
fn texts_that_hold_no_objects() {
    check("I0501 start\nE0501 out of memory\n\nbye");
    check("replicas: 3\nimage: x\n".repeat(9));
    check("# nothing\n".repeat(9));
}

#[test]
fn lines_of_logs() {
    for text in ["a out of memory\nout of memory b\r\n\nout of memory", "out of memory\n"] {
        let whole = read(vec![stream("x.log", text)]);
        for window_bytes in 1..=text.len() + 1 {
            let limits = Limits { window_bytes, ..Limits::default() };
            assert_eq!(read_within(&limits, vec![stream("x.log", text)]), whole);
        }
    }
}

#[test]
fn bytes_that_are_no_text() {
    let text = yaml(&list(&objects()), Style::default());
    let mut bytes = text.into_bytes();
    let at = bytes.iter().rposition(|it| *it == b'R').expect("Running");
    bytes[at] = 0xff;
    check(bytes);
}

#[test]
fn a_list_that_is_cut_off_keeps_what_stands_before() {
    let text = yaml(&list(&objects()), Style::default());
    let compact = list(&objects()).to_string();
    for text in [text, compact] {
        for end in (0..text.len()).step_by(11) {
            let whole = read_bytes(&text[..end]);
            let limits = Limits { window_bytes: 40, ..Limits::default() };
            let reading = read_within(&limits, vec![stream("dump", &text[..end])]);
            let lost = |it: &Reading| problems(it).iter().any(|it| it.lost());
            assert_eq!(names(&reading), names(&whole), "{}", &text[..end]);
            assert_eq!(lost(&reading), lost(&whole), "{}", &text[..end]);
        }
    }
}

/// Only the end of the text shows that this is YAML, not JSON. A text that is held is read as YAML;
/// a longer one is reported.
#[test]
fn what_only_begins_like_json_is_told_where_it_is_not_held_whole() {
    let text = "[{\"kind\": \"Pod\"}, \"a\": {\"b\": 1}]\n";
    assert!(read_bytes(text).inputs[0].problems.iter().all(|it| !it.lost()));
    let limits = Limits { window_bytes: 8, ..Limits::default() };
    let reading = read_within(&limits, vec![stream("dump", text)]);
    let problems = &reading.inputs[0].problems;
    assert!(problems.iter().any(|it| it.lost() && it.reason.starts_with("not readable as JSON")));
}

#[test]
fn only_at_the_beginning_of_a_line_a_log_begins() {
    check("\n{]2==== START logs for container a of pod csdr/b ====\n2\n");
    check("{}==== START logs for container a of pod csdr/b ====\n2\n{}\n");
    let [start, end] = ["START", "END"].map(|it| format!("==== {it} logs for container a"));
    let object = pod("a", "x");
    check(format!("{start}\n{{}}{end}\n{start} of pod csdr/b ====\n{object}\n{end}\n{object}\n"));
}

/// Skips the rest of an invalid JSON document, and text after a log, up to the next document.
#[test]
fn what_follows_odd_json_is_counted_once() {
    const LOG: &str =
        "==== START logs for container a of pod csdr/b ====\n==== END logs for container a ====\n";
    let object = pod("a", "x");
    for text in [
        format!("{{\n\"kind\"    }}\n  ]\n}}\n{object}\n"),
        format!("{object}\n  ]\n}}\n{object}\n"),
        format!("{object}\n{LOG}  ]\n}}\n{object}\n"),
        format!("{LOG}{{\n\"kind\"    }}\n  ]\n}}\n{LOG}{object}\n"),
    ] {
        check(text);
    }
}

#[test]
fn json_text_sequences() {
    let text = [pod("a", "x"), pod("b", "y")].map(|it| format!("\u{1e}{it}\n")).concat();
    assert_eq!(names(&read_bytes(&text)), ["x", "y"]);
    check(text);
}

/// Of consecutive JSON documents, an invalid one is reported, and the text after it is read.
#[test]
fn odd_json_between_documents_is_told() {
    let [first, last] = [pod("a", "x"), pod("b", "y")];
    let odd = [
        "{\"apiVersion\": [}\n",
        "{odd: x, metadata: 1}\n",
        "apiVersion: v1\nkind: Pod\n",
        "{\"metadata\"}\n",
    ];
    for odd in odd {
        let text = format!("{first}\n{odd}{last}\n");
        for window_bytes in [16, 64, 100, 333, 1 << 20] {
            let limits = Limits { window_bytes, ..Limits::default() };
            let reading = read_within(&limits, vec![stream("dump", &text[..])]);
            let lost = problems(&reading).iter().filter(|it| it.lost()).count();
            assert_eq!(
                (names(&reading), lost),
                (vec!["x".to_owned(), "y".to_owned()], 1),
                "{text} {window_bytes}"
            );
        }
    }
    for odd in
        ["{odd: x}\n", "[\"a\": 1}\n", "odd\n", "  \n# odd\n", "  ", "\u{1e}", "\n \u{1e} \n"]
    {
        check(format!("{first}\n{odd}{last}\n{odd}"));
    }
}

/// Line ends of old Macs.
#[test]
fn a_carriage_return_breaks_a_line() {
    #[track_caller]
    fn check_returns(text: &str, names_read: &[&str]) {
        let text = text.replace('\n', "\r");
        assert_eq!(names(&read_bytes(&text)), names_read, "{text:?}");
        check(text);
    }
    for style in styles() {
        let pods = [pod("a", "x"), pod("b", "y")];
        let documents = pods.clone().map(|it| yaml(&it, style));
        for marker in ["---\n", "--- # b\n", "...\n"] {
            check_returns(&documents.join(marker), &["x", "y"]);
        }
        let list = yaml(&list(&pods), style);
        check_returns(&list, &["x", "y"]);
        check_returns(&format!("{list}---\n{}", yaml(&pod("c", "z"), style)), &["x", "y", "z"]);
        check(format!("{}---\n- [\n", documents.join("---\r")));
    }
}

/// A lone carriage return may come only after reading item by item has started.
#[test]
fn a_carriage_return_in_a_long_list_is_told_where_it_costs_an_object() {
    let texts = [
        ("  status:\r    phase: Running\n", false),
        ("  status: # odd\r    phase: Running\n", false),
        ("  status:\rphase: Running\n", true),
        ("  status: {}\r---\rkind: Pod\n", true),
    ];
    let item = |name| format!("- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: {name}\n");
    for (odd, lost) in texts {
        let items = ["t", "u", "v", "w"].map(item);
        let text =
            format!("apiVersion: v1\nitems:\n{}{odd}{}kind: List\n", items[..3].concat(), items[3]);
        let limits = Limits { window_bytes: 64, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("dump", &text[..])]);
        assert_eq!(problems(&reading).iter().any(|it| it.lost()), lost, "{text:?}");
        let want: &[_] = if lost { &["t", "u", "w"] } else { &["t", "u", "v", "w"] };
        assert_eq!(names(&reading), want, "{text:?}");
    }
}

/// Only the end of a document may show that it is one object with `items`.
#[test]
fn an_object_with_items_that_is_not_held_is_told() {
    let items = ["t", "u", "v"].map(|name| pod("a", name));
    let shelf = json!({
        "apiVersion": "example.com/v1", "items": items, "kind": "Shelf", "metadata": {"name": "s"},
    });
    for text in [&shelf.to_string(), &yaml(&shelf, Style::default())] {
        let lost = |window_bytes| {
            let limits = Limits { window_bytes, ..Limits::default() };
            let reading = read_within(&limits, vec![stream("dump", text)]);
            problems(&reading).iter().filter(|it| it.lost()).count()
        };
        assert_eq!((lost(1 << 20), lost(64)), (0, 1), "{text}");
    }
}
