//! Objects are found however their keys are written and whatever stands between them, or they are a
//! loss: none is passed over in silence.

use std::io::Write as _;

use rulebox_core::Coverage;
use tempfile::NamedTempFile;

use super::*;

fn document(name: &str) -> String {
    yaml(&pod("csdr", name), Style::default())
}

/// A change to the text of an object.
type Change<'c> = &'c dyn Fn(&str) -> String;

fn item(text: &str) -> String {
    let lines: String = text.lines().flat_map(|it| ["  ", it, "\n"]).collect();
    format!("- {}", lines.trim_start())
}

/// The object `z` changed, before, between and behind others, as a document and as an item; read in
/// pieces and at once. It is found, or something is a loss. `must`: it must be found.
#[track_caller]
fn check(change: Change<'_>, must: bool, windows: &[usize]) {
    let z = change(&document("z"));
    let [x, y] = ["x", "y"].map(document);
    let documents = [
        [&z, &x, &y].map(String::as_str).join("---\n"),
        [&x, &z, &y].map(String::as_str).join("---\n"),
        [&x, &y, &z].map(String::as_str).join("---\n"),
    ];
    let list = |items: [&String; 3]| {
        let items: String = items.into_iter().map(|it| item(it)).collect();
        format!("apiVersion: v1\nitems:\n{items}kind: List\n")
    };
    let lists = [list([&z, &x, &y]), list([&x, &z, &y]), list([&x, &y, &z])];
    for text in documents.iter().chain(&lists) {
        check_text(text, must, windows);
    }
}

#[track_caller]
fn check_text(text: &str, must: bool, windows: &[usize]) {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    for window_bytes in windows {
        for on_disk in [false, true] {
            let limits = Limits { window_bytes: *window_bytes, ..Limits::default() };
            let path = Source::Path(file.path().to_owned());
            let source = if on_disk { path } else { stream("dump", text) };
            let reading = read_within(&limits, vec![source]);
            let mut names = names(&reading);
            names.sort();
            names.dedup();
            let found = names.iter().any(|it| it == "z");
            let partial = reading.inventory.objects["pods"].coverage != Coverage::Complete;
            let how = format!("windows of {window_bytes}, {on_disk}");
            let start: String = text.chars().take(2_000).collect();
            assert!(found || partial, "{how}: {names:?}\n{start}");
            assert!(
                !must || names == ["x", "y", "z"],
                "{how}: {names:?} {:?}\n{start}",
                words(&reading)
            );
        }
    }
}

const WINDOWS: [usize; 4] = [16, 200, 777, 1 << 20];

#[test]
fn keys_with_blanks_before_the_colon() {
    check(&|it| it.replace("apiVersion:", "apiVersion  :"), true, &WINDOWS);
    check(&|it| it.replace("kind:", "kind\t:"), false, &WINDOWS);
    check(&|it| it.replace("metadata:", "metadata :"), true, &WINDOWS);
}

#[test]
fn keys_with_a_question_mark() {
    check(&|it| it.replace("kind: Pod", "? kind\n: Pod"), true, &WINDOWS);
}

#[test]
fn keys_with_escapes_and_quotes() {
    check(&|it| it.replace("kind: Pod", r#""\u006bind": Pod"#), true, &WINDOWS);
    check(&|it| it.replace("apiVersion: v1", "'apiVersion': v1"), true, &WINDOWS);
    check(&|it| it.replace("apiVersion: v1", r#""\x61piVersion" : v1"#), true, &WINDOWS);
    let json = pod("csdr", "z").to_string().replace("\"kind\"", r#""\u006bind""#);
    let [x, y] = ["x", "y"].map(|it| pod("csdr", it).to_string());
    check_text(&format!("{x}\n{json}\n{y}"), true, &WINDOWS);
    let list = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{x},{json},{y}]}}"#);
    check_text(&list, true, &WINDOWS);
}

#[test]
fn documents_without_a_marker_between_them() {
    let [x, y, z] = ["x", "y", "z"].map(document);
    for text in [format!("{x}{y}{z}"), format!("{z}{x}---\n{y}"), format!("{x}---\n{y}{z}")] {
        check_text(&text, false, &WINDOWS);
    }
}

#[test]
fn markers_with_other_line_breaks() {
    let [x, y, z] = ["x", "y", "z"].map(document);
    for end in ["\u{2028}", "\u{2029}", "\u{85}", "\u{a0}\n", "\u{2028}\n", "\u{b}\n", "\u{c}\n"] {
        check_text(&format!("{x}---{end}{z}---\n{y}"), false, &WINDOWS);
        check_text(&format!("---{end}{z}---\n{x}---\n{y}"), false, &WINDOWS);
        check_text(&format!("{x}---\n{y}---{end}{z}"), false, &WINDOWS);
    }
}

#[test]
fn an_end_of_file_of_another_system() {
    check(&|it| format!("\u{1a}{it}"), false, &WINDOWS);
    check(&|it| format!("{it}\u{1a}"), false, &WINDOWS);
    check(&|it| format!("{it}\u{1a}\n"), false, &WINDOWS);
    let [x, y, z] = ["x", "y", "z"].map(|it| pod("csdr", it).to_string());
    check_text(&format!("{x}\u{1a}\n{z}\n{y}"), false, &WINDOWS);
    check_text(&format!("{x}\n{y}\n{z}\u{1a}"), false, &WINDOWS);
}

/// Longer than what is looked at to see what a text is.
#[test]
fn comments_between_the_keys() {
    let comments = format!("# {}\n", "c".repeat(98)).repeat(60_000);
    check(
        &|it| it.replacen("kind: Pod\n", &format!("{comments}kind: Pod\n"), 1),
        false,
        &[1 << 20],
    );
    check(&|it| format!("{comments}{it}"), false, &[1 << 20]);
}
