//! Where an object was read is where a search of the text finds it.

use proptest::prelude::*;
use rulebox_core::{ObjectRef, Place};

use super::{
    archives::{gz, tar, zip},
    *,
};

/// Pods and backups with names of their own, and between them objects that no need selects.
fn objects(number: usize) -> Vec<Value> {
    let object = |i: usize| match i % 3 {
        0 => pod("a", &named(i)),
        1 => backup(&named(i)),
        _ => json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": named(i)}}),
    };
    (0..number).map(object).collect()
}

fn named(i: usize) -> String {
    format!("object-{i:03}-")
}

fn reference(object: &Value) -> ObjectRef {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    ObjectRef {
        api_version: text(&object["apiVersion"]),
        kind: text(&object["kind"]),
        namespace: text(&metadata["namespace"]),
        name: text(&metadata["name"]),
        uid: text(&metadata["uid"]),
    }
}

/// The line of the object's first key: the last that is called so before the object's name.
fn searched(text: &str, object: &Value, first_key: &str) -> u64 {
    let name = object["metadata"]["name"].as_str().expect("a name");
    let at = text.find(name).expect("the name is in the text");
    let at = text[..at].rfind(first_key).expect("the key is before the name");
    text[..at].matches('\n').count() as u64 + 1
}

fn read_in(limits: &Limits, thorough: bool, text: &[u8]) -> Reading {
    let reader = Reader::new(&needs()).expect("needs").with_limits(limits.clone());
    let reader = if thorough { reader.thorough() } else { reader };
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read(vec![stream("dump", text)], &mut collector, &mut |_| {});
    collector.finish()
}

#[track_caller]
fn check_lines(reading: &Reading, text: &str, objects: &[Value], first_key: &str, how: &str) {
    let needed: Vec<_> = objects.iter().filter(|it| it["kind"] != "Secret").collect();
    assert_eq!(reading.objects_needed, needed.len(), "{how}: {text}");
    let places = reading.places.of(&needed.iter().map(|it| reference(it)).collect::<Vec<_>>());
    for (object, place) in needed.into_iter().zip(places) {
        let line = Some(searched(text, object, first_key));
        let want = Place { input: "dump".to_owned(), path: String::new(), line, logged: false };
        assert_eq!(place, Some(want), "{how}: {object} in\n{text}");
    }
}

/// Reads a text in one piece and in small ones, by outlines and by the full parsers.
#[track_caller]
fn check_by(text: &str, objects: &[Value], first_key: &str) {
    for window_bytes in [1 << 20, 700, 97] {
        for thorough in [false, true] {
            let limits = Limits { window_bytes, ..Limits::default() };
            let reading = read_in(&limits, thorough, text.as_bytes());
            let how = format!("windows of {window_bytes} bytes, thorough: {thorough}");
            check_lines(&reading, text, objects, first_key, &how);
        }
    }
}

#[track_caller]
fn check(text: impl AsRef<str>, objects: &[Value]) {
    check_by(text.as_ref(), objects, "apiVersion");
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

fn styles() -> [Style; 5] {
    [
        Style::default(),
        Style { literal: true, ..Style::default() },
        Style { indented_lists: true, ..Style::default() },
        Style { flow_from: 5, single: true, ..Style::default() },
        Style { flow_from: 3, ..Style::default() },
    ]
}

/// The forms in which kubectl and others write objects.
fn forms(objects: &[Value], style: Style) -> Vec<String> {
    let list = list(objects);
    let yamls: Vec<_> = objects.iter().map(|it| yaml(it, style)).collect();
    let pretty: Vec<_> = objects.iter().map(|it| format!("{it:#}")).collect();
    let compact: Vec<_> = objects.iter().map(Value::to_string).collect();
    vec![
        yaml(&list, style),
        yaml(&json!(objects), style),
        yamls.join("---\n"),
        format!("# by hand\n\n---\n{}", yamls.join("...\n# next\n--- # here\n\n")),
        format!("{}---\n{}", yaml(&list, style), yaml(&pod("b", "last"), style)),
        format!("{list:#}\n"),
        list.to_string(),
        format!("{:#}", json!(objects)),
        pretty.join("\n"),
        compact.join("\n"),
        compact.join("\n\n---\n"),
        compact.concat(),
        format!("{}\n---\n{}", yaml(&list, style), pretty.join("\n---\n")),
    ]
}

#[test]
fn every_form() {
    let objects = objects(7);
    for style in styles() {
        let mut forms = forms(&objects, style);
        // Holds every object twice; of equal copies the first counts.
        forms.pop();
        let with_last = forms.remove(4);
        let all = [&objects[..], &[pod("b", "last")]].concat();
        check(with_last, &all);
        for form in forms {
            check(&form, &objects);
        }
    }
}

#[test]
fn every_form_on_several_threads() {
    for style in styles() {
        for form in forms(&objects(5), style) {
            windows::check(form);
        }
    }
}

#[test]
fn other_line_ends_and_comments() {
    let objects = objects(5);
    for form in forms(&objects, Style::default()).into_iter().take(4) {
        check(form.replace('\n', "\r\n"), &objects);
        check(format!("\u{feff}{form}"), &objects);
        check(format!("\u{feff}\n\n# by hand\n{form}"), &objects);
        check(form.replace("\n-", "\n# a comment\n\n-"), &objects);
        check(form.replace("\n-\n", "\n-\n\n  # a comment\n"), &objects);
    }
    for form in [format!("{:#}", list(&objects)), list(&objects).to_string()] {
        check(form.replace('\n', "\r\n"), &objects);
        check(format!("\u{feff}\n \n{form}"), &objects);
    }
}

#[test]
fn odd_items_among_others() {
    let objects = objects(7);
    for form in [yaml(&list(&objects), Style::default()), yaml(&json!(objects), Style::default())] {
        check(form.replace("phase: Running", "phase: !!str Running"), &objects);
        check(form.replace("phase: Running", "phase: ***HIDDEN***"), &objects);
        check(form.replace("phase: Failed", "phase: &a Failed\n    again: *a"), &objects);
    }
    let odd = r#""phase": 1, "phase""#;
    for form in [list(&objects).to_string(), format!("{:#}", list(&objects))] {
        check(form.replace("\"phase\"", odd), &objects);
    }
}

#[test]
fn items_whose_kind_their_list_states() {
    let pods: Vec<_> = (0..5).map(|i| pod("a", &named(i))).collect();
    let items: Vec<_> = pods.iter().cloned().map(untyped).collect();
    let sorted = json!({"apiVersion": "v1", "items": items, "kind": "PodList"});
    for text in [
        sorted.to_string(),
        format!("{sorted:#}"),
        yaml(&sorted, Style::default()),
        format!("kind: PodList\napiVersion: v1\n{}", yaml(&json!({"items": items}), styles()[2])),
    ] {
        check_by(&text, &pods, "metadata");
    }
}

#[test]
fn utf_16() {
    let objects = objects(4);
    let text = yaml(&list(&objects), Style::default());
    let bytes: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for thorough in [false, true] {
        let reading = read_in(&Limits::default(), thorough, &bytes);
        check_lines(&reading, &text, &objects, "apiVersion", "UTF-16");
    }
}

/// Where carriage returns break lines, nobody agrees which lines a file has.
#[test]
fn a_rewritten_document_has_no_lines() {
    let text = yaml(&pod("a", "first"), Style::default()).replace('\n', "\r");
    let text = format!("{text}\n---\n{}", yaml(&pod("a", "second"), Style::default()));
    for thorough in [false, true] {
        let reading = read_in(&Limits::default(), thorough, text.as_bytes());
        let places = reading.places.of(&["first", "second"].map(|it| reference(&pod("a", it))));
        let lines: Vec<_> = places.into_iter().map(|it| it.expect("a place").line).collect();
        assert_eq!(lines, [None, Some(searched(&text, &pod("a", "second"), "apiVersion"))]);
    }
}

/// An item that stands in a list inside a list, or that an alias repeats.
#[test]
fn lines_of_odd_places_are_not_known() {
    let inner = list(&[pod("a", "first")]);
    let outer = list(&[inner, pod("a", "second")]);
    for text in [outer.to_string(), yaml(&outer, Style::default())] {
        for thorough in [false, true] {
            let reading = read_in(&Limits::default(), thorough, text.as_bytes());
            let places = reading.places.of(&["first", "second"].map(|it| reference(&pod("a", it))));
            let lines: Vec<_> = places.into_iter().map(|it| it.expect("a place").line).collect();
            assert_eq!(lines, [None, Some(searched(&text, &pod("a", "second"), "apiVersion"))]);
        }
    }
}

/// Input, path and line of each of these pods.
#[track_caller]
fn check_places(reading: &Reading, want: &[(&str, (&str, &str, u64))]) {
    for (name, (input, path, line)) in want {
        let place = reading.places.of([&reference(&pod("a", name))]).remove(0);
        let (input, path) = ((*input).to_owned(), (*path).to_owned());
        assert_eq!(place, Some(Place { input, path, line: Some(*line), logged: false }), "{name}");
    }
}

#[test]
fn archives_and_folders_give_the_path() {
    let text = |names: &[&str]| {
        let pods: Vec<_> = names.iter().map(|it| yaml(&pod("a", it), Style::default())).collect();
        pods.join("---\n").into_bytes()
    };
    let one = text(&["x"]);
    let lines = String::from_utf8_lossy(&one).lines().count() as u64;
    let files = [("a/b.yaml", text(&["x", "y"])), ("c.yaml", text(&["z"]))];
    let want = |input, outer: &str, inside: [&'static str; 3]| {
        let path = |it: &str| format!("{outer}{it}");
        let [x, y, z] = inside;
        [(x, path("a/b.yaml"), 1), (y, path("a/b.yaml"), lines + 2), (z, path("c.yaml"), 1)]
            .map(|(name, path, line)| (name, input, path, line))
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("a")).expect("a folder");
    for (path, bytes) in &files {
        std::fs::write(folder.path().join(path), bytes).expect("a file");
    }
    let name = folder.path().display().to_string();
    let sources = || {
        [
            ("tar", stream("tar", tar(&files)), ""),
            ("tar.gz", stream("tar.gz", gz(&tar(&files))), ""),
            ("zip", stream("zip", zip(&files)), ""),
            ("outer", stream("outer", zip(&[("in.tar", tar(&files))])), "in.tar/"),
            (name.as_str(), Source::Path(folder.path().to_owned()), ""),
        ]
    };
    for window_bytes in [1 << 20, 100] {
        for (input, source, outer) in sources() {
            let limits = Limits { window_bytes, ..Limits::default() };
            let reading = read_within(&limits, vec![source]);
            for (name, input, path, line) in want(input, outer, ["x", "y", "z"]) {
                check_places(&reading, &[(name, (input, &path, line))]);
            }
        }
    }
}

#[test]
fn the_copy_that_counts_gives_the_place() {
    let mut newer = pod("a", "x");
    newer["metadata"]["resourceVersion"] = "10".into();
    let (old, new) = (pod("a", "x").to_string(), format!("\n\n{newer}"));
    let sources = || [stream("old", &old), stream("new", &new)];
    check_places(&read(sources().into()), &[("x", ("new", "", 3))]);
    let turned: Vec<_> = sources().into_iter().rev().collect();
    check_places(&read(turned), &[("x", ("new", "", 3))]);
    check_places(&read_bytes(format!("{old}\n{new}\n{old}")), &[("x", ("dump", "", 4))]);
    check_places(&read_bytes(format!("\n{old}\n{old}")), &[("x", ("dump", "", 2))]);
}

#[test]
fn an_answer_of_an_api_server_has_no_lines() {
    let reader = Reader::new(&needs()).expect("needs");
    let mut collector = Collector::new(needs()).expect("selectors");
    collector.begin_input("context test");
    let page = format!("{:#}", list(&[pod("a", "x")]));
    reader.read_list(page.as_bytes(), ("", "v1", "Pod"), "pods", &mut collector);
    let place = collector.finish().places.of([&reference(&pod("a", "x"))]).remove(0);
    let input = "context test".to_owned();
    assert_eq!(place, Some(Place { input, ..Place::default() }));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_form_in_any_pieces(
        number in 1..12_usize,
        style in 0..5_usize,
        form in 0..12_usize,
        window_bytes in 1..2_000_usize,
        thorough: bool,
        crlf: bool,
        gap in "\n{0,3}",
    ) {
        prop_assume!(form != 4);
        let objects = objects(number);
        let mut text = format!("{gap}{}", forms(&objects, styles()[style])[form]);
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let limits = Limits { window_bytes, ..Limits::default() };
        let reading = read_in(&limits, thorough, text.as_bytes());
        let how = format!("windows of {window_bytes} bytes, thorough: {thorough}");
        check_lines(&reading, &text, &objects, "apiVersion", &how);
    }
}
