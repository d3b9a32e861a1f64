//! Links and devices in archives.

use super::*;

/// A link in an archive that holds the pods `pods/x.yaml` and `pods/y.yaml`.
fn link(path: &str, kind: u8, target: &str) -> Vec<u8> {
    let mut header = header(path, 0, tar::EntryType::new(kind));
    header.set_link_name_literal(target).expect("a short target");
    header.set_cksum();
    block(&header, b"")
}

#[track_caller]
fn check_links(links: &[Vec<u8>], problems: &[&str]) {
    check([links.concat(), tar(&two_pods())].concat(), &["x", "y"], problems);
}

#[track_caller]
fn check_lost(path: &str, kind: u8, target: &str) {
    let problem = format!(
        "lost {path}:: a link to {target}, which was not read in this archive: pack what it leads \
         to (`tar --dereference`)"
    );
    check_links(&[link(path, kind, target)], &[&problem]);
}

#[track_caller]
fn check_passed_over(path: &str, kind: u8, target: &str) {
    let problem = format!("told {path}:: is a link, and links are not followed: skipped");
    check_links(&[link(path, kind, target)], &[&problem]);
}

#[test]
fn links_and_devices_are_passed_over() {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, kind) in [
        ("a/symlink", tar::EntryType::Symlink),
        ("a/hardlink", tar::EntryType::Link),
        ("a/null", tar::EntryType::Char),
        ("a", tar::EntryType::Directory),
    ] {
        builder.append(&header(path, 0, kind), &[][..]).expect("an entry");
    }
    for (path, bytes) in two_pods() {
        let entry =
            builder.append(&header(path, bytes.len(), tar::EntryType::Regular), bytes.as_slice());
        entry.expect("an entry");
    }
    check(
        builder.into_inner().expect("an archive"),
        &["x", "y"],
        &[
            "told :: 2 files are links, which are not followed: skipped: a/symlink, a/hardlink",
            "told a/null:: is a device, a pipe or a socket: skipped",
        ],
    );
}

#[test]
fn a_link_to_a_file_of_the_archive() {
    check_passed_over("a/z.yaml", b'2', "../pods/x.yaml");
    check_passed_over("pods/z.yaml", b'2', "./x.yaml");
    check_passed_over("a/z.yaml", b'1', "pods/x.yaml");
}

#[test]
fn a_link_out_of_the_archive() {
    check_lost("z.yaml", b'2', "/etc/z.yaml");
    check_lost("a/z.yaml", b'2', "../../pods/x.yaml");
    check_lost("z.json", b'1', "/etc/z.json");
}

#[test]
fn a_link_to_nothing() {
    check_lost("pods/z.yaml", b'2', "w.yaml");
    check_lost("pods/z.yaml", b'1', "x.yaml");
    check_lost("z.yaml", b'2', "");
}

#[test]
fn a_link_to_itself() {
    check_lost("z.yaml", b'2', "z.yaml");
}

/// As in a volume of a ConfigMap.
#[test]
fn a_link_through_a_link() {
    let links = [link("a/..data", b'2', "../pods"), link("a/z.yaml", b'2', "..data/x.yaml")];
    let told = "told :: 2 files are links, which are not followed: skipped: a/..data, a/z.yaml";
    check_links(&links, &[told]);
}

/// A link whose name promises no objects: a whole system is full of those.
#[test]
fn a_link_of_another_name() {
    check_passed_over("etc/localtime", b'2', "/usr/share/zoneinfo/UTC");
}

#[test]
fn links_are_limited() {
    let limits = Limits { link_bytes: 100, ..Limits::default() };
    let links = [link("z.yaml", b'2', "pods/x.yaml"), link("w.yaml", b'2', &"w".repeat(99))];
    check_within(
        &limits,
        [links.concat(), tar(&two_pods())].concat(),
        &["x", "y"],
        &[
            "lost w.yaml:: one of many links, which hold more than 100 bytes: not looked at",
            "told z.yaml:: is a link, and links are not followed: skipped",
        ],
    );
}

#[test]
fn lookups_of_links_are_limited() {
    let long = |name: &str| {
        let target = format!("{}pods/x.yaml\0", "./".repeat(300_000));
        [entry("././@LongLink", b'K', target.as_bytes()), link(name, b'2', "cut")].concat()
    };
    let links = ["a.yaml", "b.yaml", "c.yaml", "d.yaml"].map(long).concat();
    let reading = read_bytes([links, tar(&two_pods())].concat());
    let words = words(&reading);
    let lost = "lost d.yaml:: more than 1000000 parts of paths of links, so not looked up: a link \
         to ./././";
    assert!(words[0].starts_with(lost), "{}", &words[0][..99]);
    let told = "told :: 3 files are links, which are not followed: skipped: a.yaml, b.yaml, c.yaml";
    assert_eq!((names(&reading), &words[1..]), (vec!["x".into(), "y".into()], &[told.into()][..]));
}

/// A zip file with a symbolic link.
fn zip_with_link(target: &str) -> Vec<u8> {
    let archive = Cursor::new(zip(&two_pods()));
    let mut writer = zip::ZipWriter::new_append(archive).expect("an archive");
    let options = zip::write::SimpleFileOptions::default();
    writer.add_symlink("z.yaml", target, options).expect("a link");
    writer.finish().expect("an archive").into_inner()
}

#[test]
fn a_link_in_a_zip_file() {
    let told = "told z.yaml:: is a link, and links are not followed: skipped";
    check(zip_with_link("pods/x.yaml"), &["x", "y"], &[told]);
    let lost = "lost z.yaml:: a link to /etc/z.yaml, which was not read in this archive: pack what \
                it leads to (`tar --dereference`)";
    check(zip_with_link("/etc/z.yaml"), &["x", "y"], &[lost]);
}

#[test]
fn a_link_in_a_zip_file_with_the_content_of_a_file() {
    let lost =
        "lost z.yaml:: a symbolic link with content that is no path: not read; pack it again";
    for target in [String::from_utf8(file("z")).expect("text"), "a/".repeat(3_000)] {
        check(zip_with_link(&target), &["x", "y"], &[lost]);
    }
}
