//! Files and folders on disk.

use std::{fs, path::Path};

use super::*;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("b")).expect("a folder");
    let pod = |name| yaml(&pod("a", name), Style::default());
    fs::write(folder.path().join("b/y.yaml"), pod("y")).expect("a file");
    fs::write(folder.path().join("a.yaml"), "apiVersion: v1\nkind: Pod\nmetadata: {\n")
        .expect("a file");
    folder
}

fn read_path(path: &Path) -> Reading {
    read(vec![Source::Path(path.to_owned())])
}

#[test]
fn a_missing_file_says_what_to_do() {
    let reading = read_path(Path::new("/no/such/dump.yaml"));
    assert_eq!(words(&reading), ["lost :: no such file or folder: check the path"]);
    assert_eq!(reading.inputs[0].name, "/no/such/dump.yaml");
}

#[test]
fn places_are_paths_inside_the_folder() {
    let folder = folder();
    let reading = read_path(folder.path());
    assert_eq!(names(&reading), ["y"]);
    assert!(words(&reading)[0].starts_with("lost a.yaml:"), "{:?}", words(&reading));
    assert_eq!((reading.inputs[0].files, reading.inputs[0].objects), (2, 1));
}

#[cfg(unix)]
#[test]
fn links_inside_a_folder_are_not_followed() {
    let (folder, outside) = (folder(), folder());
    std::os::unix::fs::symlink(outside.path().join("b/y.yaml"), folder.path().join("b/z"))
        .expect("a link");
    std::os::unix::fs::symlink(folder.path(), folder.path().join("c")).expect("a link");
    let reading = read_path(folder.path());
    assert_eq!(reading.inputs[0].files, 2);
    assert_eq!(
        words(&reading)[1],
        "told :: 2 files are links, which are not followed: skipped: b/z, c"
    );
}

#[test]
fn a_file_that_is_left_out_is_told() {
    let folder = folder();
    let left_out = folder.path().join("b/y.yaml").canonicalize().expect("a file");
    let needs = needs();
    let mut collector = Collector::new(needs.clone()).expect("needs");
    let reader = Reader::new(&needs).expect("needs").without(vec![left_out]);
    let sources = vec![Source::Path(folder.path().to_owned())];
    reader.read(sources, &mut collector, &mut |_| {});
    let reading = collector.finish();
    assert!(names(&reading).is_empty());
    let told = "told b/y.yaml:: is an output of this run, and not read: skipped";
    assert!(words(&reading).contains(&told.to_owned()), "{:?}", words(&reading));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_a_folder_is_lost_where_its_name_promises_objects() {
    use std::os::unix::fs::symlink;

    let (folder, outside) = (folder(), folder());
    fs::remove_file(folder.path().join("a.yaml")).expect("a file");
    symlink(outside.path().join("b/y.yaml"), folder.path().join("out.yaml")).expect("a link");
    symlink("nothing.yaml", folder.path().join("dead.yaml")).expect("a link");
    symlink("b/y.yaml", folder.path().join("in.yaml")).expect("a link");
    let reason = "a link to what was not read in this folder: name what it leads to as an input of \
                  its own";
    assert_eq!(
        words(&read_path(folder.path())),
        [
            format!("lost dead.yaml:: {reason}"),
            format!("lost out.yaml:: {reason}"),
            "told in.yaml:: is a link, and links are not followed: skipped".to_owned(),
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_was_named_is_followed() {
    let (folder, links) = (folder(), tempfile::tempdir().expect("a folder"));
    let link = links.path().join("dump");
    std::os::unix::fs::symlink(folder.path(), &link).expect("a link");
    assert_eq!(names(&read_path(&link)), ["y"]);
}

#[test]
fn files_are_limited() {
    let limits = Limits { entries: 1, ..Limits::default() };
    let folder = folder();
    let reading = read_within(&limits, vec![Source::Path(folder.path().to_owned())]);
    assert_eq!(names(&reading), [""; 0]);
    assert_eq!(words(&reading)[0], "lost :: more than 1 files in one input: the rest is not read");
}

#[test]
fn progress_goes_to_the_end() {
    let folder = folder();
    let reader = Reader::new(&needs()).expect("needs");
    let mut collector = Collector::new(needs()).expect("selectors");
    let mut last = (0, 0, 0, None);
    let source = Source::Path(folder.path().to_owned());
    reader.read(vec![source], &mut collector, &mut |it| {
        last = (it.files, it.objects, it.bytes, it.total);
    });
    let bytes = collector.finish().inputs[0].bytes;
    assert_eq!(last, (2, 1, bytes, None));
    let file = Source::Path(folder.path().join("b/y.yaml"));
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read(vec![file], &mut collector, &mut |it| last.3 = it.total);
    let bytes = collector.finish().inputs[0].bytes;
    assert_eq!(last.3, Some(bytes));
}

#[test]
fn a_dash_is_standard_input() {
    assert_eq!(Source::from("-").name(), "-");
    assert!(matches!(Source::from("-"), Source::Stdin));
    assert_eq!(Source::from("a/b.yaml").name(), "a/b.yaml");
}

#[test]
#[should_panic(expected = "a collector for the reader's needs")]
fn a_collector_for_other_needs_is_a_mistake_in_the_program() {
    let mut collector = Collector::new(NeedSet::default()).expect("selectors");
    Reader::new(&needs()).expect("needs").read_text("x", b"", &mut collector);
}
