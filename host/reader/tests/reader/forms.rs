//! The same three objects in many forms give the same inventory.

use std::io::Write;

use rulebox_core::Inventory;
use serde_json::json;

use super::*;
use crate::archives::{bz2, gz, tar, xz, zip, zst};

fn objects() -> [Value; 3] {
    [pod("a", "x"), pod("b", "y"), backup("nightly")]
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// What the first form gives.
fn wanted() -> Inventory {
    let mut reading = read_bytes(list(&objects()).to_string());
    assert_eq!(names(&reading), ["nightly", "x", "y"]);
    reading.inventory.texts.clear();
    reading.inventory
}

#[track_caller]
fn check_source(source: Source) {
    let mut reading = read(vec![source]);
    assert_eq!(words(&reading), [""; 0]);
    reading.inventory.texts.clear();
    assert_eq!(reading.inventory, wanted());
    assert_eq!((reading.inputs[0].objects, reading.inputs[0].needed), (3, 3));
}

#[track_caller]
fn check(bytes: impl AsRef<[u8]>) {
    check_source(stream("dump", bytes));
}

fn documents(style: Style) -> String {
    objects().map(|it| yaml(&it, style)).join("---\n")
}

#[test]
fn kubectl_json() {
    check(list(&objects()).to_string());
    check(format!("{:#}", list(&objects())));
}

#[test]
fn kubectl_yaml() {
    let list = list(&objects());
    for style in [
        Style::default(),
        Style { single: true, ..Style::default() },
        Style { indented_lists: true, ..Style::default() },
        Style { literal: true, ..Style::default() },
        Style { flow_from: 1, ..Style::default() },
        Style { flow_from: 3, single: true, ..Style::default() },
    ] {
        check(yaml(&list, style));
    }
}

#[test]
fn documents_in_one_text() {
    check(documents(Style::default()));
    check(format!("---\n# by hand\n{}...\n", documents(Style::default())));
    check(format!("%YAML 1.1\n---\n{}", documents(Style::default())));
    check(objects().map(|it| it.to_string()).join("\n---\n"));
}

#[test]
fn json_after_json() {
    check(objects().map(|it| it.to_string()).join("\n"));
    check(objects().map(|it| format!("{it:#}")).join("\n"));
    check(objects().map(|it| it.to_string()).concat());
}

#[test]
fn bare_lists() {
    check(json!(objects()).to_string());
    check(yaml(&json!(objects()), Style::default()));
}

#[test]
fn typed_lists_whose_items_name_no_kind() {
    let pods = [untyped(pod("a", "x")), untyped(pod("b", "y"))];
    let pods = json!({"kind": "PodList", "apiVersion": "v1", "items": pods});
    let backups = [untyped(backup("nightly"))];
    let backups = json!({"kind": "BackupList", "apiVersion": "velero.io/v1", "items": backups});
    // Sorted keys, so that the kind comes after the items.
    check(format!("{pods}\n{backups}"));
    check(format!("{}---\n{}", yaml(&pods, Style::default()), yaml(&backups, Style::default())));
    let kind_first = |list: &Value, kind: &str| {
        let items = yaml(&json!({"items": list["items"]}), Style::default());
        format!("kind: {kind}\napiVersion: {}\n{items}", list["apiVersion"])
    };
    check(format!("{}---\n{}", kind_first(&pods, "PodList"), kind_first(&backups, "BackupList")));
}

#[test]
fn lists_in_a_list() {
    let pods = [untyped(pod("a", "x")), untyped(pod("b", "y"))];
    let pods = json!({"kind": "PodList", "apiVersion": "v1", "items": pods});
    check(list(&[pods, backup("nightly")]).to_string());
}

#[test]
fn encodings() {
    let text = documents(Style::default());
    check(text.replace('\n', "\r\n"));
    check(format!("\u{feff}{text}"));
    let utf16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect()
    };
    check(utf16(u16::to_le_bytes));
    check(utf16(u16::to_be_bytes));
}

/// The three objects in three files, JSON and YAML, in a folder.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let [x, y, nightly] = objects();
    vec![
        ("bundle/pods/x.json", x.to_string().into()),
        ("bundle/pods/y.txt", yaml(&y, Style::default()).into()),
        ("bundle/backups", yaml(&json!([nightly]), Style::default()).into()),
    ]
}

#[test]
fn folders() {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, bytes) in files() {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    check_source(Source::Path(folder.path().to_owned()));
}

#[test]
fn archives_by_content_and_never_by_name() {
    let tar = tar(&files());
    for packed in [tar.clone(), gz(&tar), xz(&tar), zst(&tar), bz2(&tar), zip(&files())] {
        check_source(stream("dump.yaml", &packed));
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(&packed).expect("written");
        check_source(Source::Path(file.path().to_owned()));
    }
}

#[test]
fn compressed_files() {
    let text = documents(Style::default());
    for packed in
        [gz(text.as_bytes()), xz(text.as_bytes()), zst(text.as_bytes()), bz2(text.as_bytes())]
    {
        check(packed);
    }
    check(gz(&gz(text.as_bytes())));
    let (one, two) = text.split_at(100);
    check([gz(one.as_bytes()), gz(two.as_bytes())].concat());
}

#[test]
fn a_zip_file_from_windows() {
    let files: Vec<_> =
        files().into_iter().map(|(path, bytes)| (path.replace('/', "\\"), bytes)).collect();
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
    check(zip(&files));
}

#[test]
fn an_archive_in_an_archive() {
    let inner = tar(&files());
    check(gz(&tar(&[("a/inner.tar.gz", gz(&inner))])));
    check(tar(&[("inner.zip", zip(&files()))]));
    check(zip(&[("inner.tar", inner)]));
}

#[test]
fn an_archive_in_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("dump"), zip(&files())).expect("a file");
    check_source(Source::Path(folder.path().to_owned()));
}

#[test]
fn a_plain_text_without_archives() {
    let reader = Reader::new(&needs()).expect("needs");
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read_text("a.yaml", documents(Style::default()).as_bytes(), &mut collector);
    let mut reading = collector.finish();
    reading.inventory.texts.clear();
    assert_eq!(reading.inventory, wanted());
    assert_eq!(reading.inputs[0].name, "a.yaml");
}

#[test]
fn several_inputs_at_once() {
    let sources = objects().map(|it| stream("one", it.to_string()));
    let mut reading = read(sources.into());
    reading.inventory.texts.clear();
    assert_eq!(reading.inventory, wanted());
    assert_eq!(reading.inputs.iter().map(|it| it.objects).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn starred_out_values() {
    let text = documents(Style::default()).replace("phase: Running", "phase: ***HIDDEN***:80");
    let reading = read_bytes(text);
    assert_eq!(words(&reading), [""; 0]);
    let pod = reading.inventory.objects["pods"].objects[0].text();
    assert!(pod.contains(r#""phase":"***HIDDEN***:80""#), "{pod}");
}
