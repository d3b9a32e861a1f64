//! Broken and hostile archives: what holds for all of them, and how tests make them.

mod compressions;
mod links;
mod tars;
mod zips;

use std::io::{Cursor, Read, Write};

use super::*;

pub(crate) fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        builder
            .append(&header(path, bytes.len(), tar::EntryType::Regular), bytes.as_slice())
            .expect("an entry");
    }
    builder.into_inner().expect("an archive")
}

/// A header with any path, even an invalid one.
fn header(path: &str, size: usize, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_size(size as u64);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let read =
        flate2::read::GzEncoder::new(bytes, flate2::Compression::default()).read_to_end(&mut out);
    read.expect("packed");
    out
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    liblzma::read::XzEncoder::new(bytes, 1).read_to_end(&mut out).expect("packed");
    out
}

pub(crate) fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).expect("packed")
}

pub(crate) fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let read = bzip2::read::BzEncoder::new(bytes, bzip2::Compression::fast()).read_to_end(&mut out);
    read.expect("packed");
    out
}

pub(crate) fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*path, options).expect("an entry");
        writer.write_all(bytes).expect("its bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

/// A header and a content, in blocks of 512 bytes.
fn block(header: &tar::Header, content: &[u8]) -> Vec<u8> {
    let mut blocks = header.as_bytes().to_vec();
    blocks.extend(content);
    blocks.resize(blocks.len().next_multiple_of(512), 0);
    blocks
}

/// An entry of any type, with any content.
fn entry(path: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    block(&header(path, content.len(), tar::EntryType::new(kind)), content)
}

/// A pod as YAML.
fn file(name: &str) -> Vec<u8> {
    yaml(&pod("a", name), Style::default()).into_bytes()
}

/// The pod `x` of an archive, before what a test adds.
fn good() -> Vec<u8> {
    entry("x.yaml", b'0', &file("x"))
}

fn two_pods() -> Vec<(&'static str, Vec<u8>)> {
    let pod = |name| yaml(&pod("a", name), Style::default()).into_bytes();
    vec![("pods/x.yaml", pod("x")), ("pods/y.yaml", pod("y"))]
}

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, want: &[&str], problems: &[&str]) {
    check_within(&Limits::default(), bytes, want, problems);
}

#[track_caller]
fn check_within(limits: &Limits, bytes: impl AsRef<[u8]>, want: &[&str], problems: &[&str]) {
    let reading = read_within(limits, vec![stream("dump", bytes)]);
    assert_eq!(names(&reading), want);
    assert_eq!(words(&reading), problems);
}

#[test]
fn a_path_that_leads_out_is_refused() {
    let good = two_pods();
    for path in ["../x.yaml", "a/../../x.yaml", "/etc/x.yaml", "C:/x.yaml"] {
        let files = [(path, good[0].1.clone()), good[1].clone()];
        let problem = format!("lost {path}:: its path leads out of the archive: not read");
        check(tar(&files), &["y"], &[&problem]);
    }
    let files = [("..\\x.yaml", good[0].1.clone()), good[1].clone()];
    check(zip(&files), &["y"], &["lost ../x.yaml:: its path leads out of the archive: not read"]);
}

#[test]
fn an_archive_bomb() {
    let limits = Limits { ratio: 100, ratio_floor: 1 << 20, ..Limits::default() };
    let reason = "more than 100 times as many bytes come out as went in, as in an archive bomb: \
        what follows is lost";
    let mut files = two_pods();
    files.insert(1, ("zeros", vec![b'0'; 8 << 20]));
    let in_tar = [&*format!("lost zeros:: {reason}")];
    for packed in [gz(&tar(&files)), zst(&tar(&files)), bz2(&tar(&files)), xz(&tar(&files))] {
        check_within(&limits, packed, &["x"], &in_tar);
    }
    // Entries after a bomb can be read, but the zip file counts as a whole.
    let reading = read_within(&limits, vec![stream("dump", zip(&files)), stream("two", "{}")]);
    assert!(
        words(&reading)[0].starts_with("lost zeros:: more than 100 times"),
        "{:?}",
        words(&reading)
    );
    assert_eq!(reading.inputs[1].files, 1, "the next input is read");
}

#[test]
fn a_bomb_in_an_archive_in_an_archive() {
    let limits = Limits { ratio: 100, ratio_floor: 1 << 20, ..Limits::default() };
    let inner = gz(&gz(&vec![b'0'; 16 << 20]));
    let reading = read_within(&limits, vec![stream("dump", tar(&[("x/bomb", inner)]))]);
    assert!(
        words(&reading)[0].starts_with("lost x/bomb:: more than 100 times"),
        "{:?}",
        words(&reading)
    );
}

#[test]
fn sizes_are_limited() {
    let total = Limits { total_bytes: 1_200, ..Limits::default() };
    let reading = read_within(&total, vec![stream("dump", gz(&tar(&two_pods())))]);
    assert_eq!(
        words(&reading)[0],
        "lost :: the archive cannot be read after pods/x.yaml: the input unpacks to more than 1200 \
         bytes",
        "{:?}",
        words(&reading)
    );
    let one = Limits { window_bytes: 64, document_bytes: 100, ..Limits::default() };
    let file = yaml(&pod("a", "x"), Style::default());
    check_within(
        &one,
        &file,
        &[],
        &[
            "lost :: a document of more than 100 bytes that cannot be read piece by piece: what \
             follows of it is not read",
            "lost :6: the text ends early; the object that stands there is left out",
        ],
    );
    let exact = Limits { window_bytes: 64, document_bytes: file.len(), ..Limits::default() };
    check_within(&exact, &file, &["x"], &[]);
}

#[test]
fn entries_are_limited() {
    let limits = Limits { entries: 1, ..Limits::default() };
    let problem = ["lost :: more than 1 files in one input: the rest is not read"];
    check_within(&limits, tar(&two_pods()), &["x"], &problem);
    check_within(&limits, zip(&two_pods()), &["x"], &problem);
}

#[test]
fn paths_are_limited() {
    let limits = Limits { path_bytes: 6, ..Limits::default() };
    let mut files = two_pods();
    files[1].0 = "y.yaml";
    let problem = ["lost pods/x:: a path of more than 6 bytes: not read"];
    check_within(&limits, tar(&files), &["y"], &problem);
}

#[test]
fn archives_nest_once() {
    let once = tar(&two_pods());
    let twice = tar(&[("once.tar", once)]);
    let thrice = tar(&[("twice.tar", twice)]);
    check(thrice, &[], &["lost twice.tar/once.tar:: an archive in more than 1 archives: not read"]);
    check(gz(&gz(&gz(b"{}"))), &[], &["lost :: compressed more than 2 times: not read"]);
}

/// Truncates a compressed archive somewhere after its first entry.
#[track_caller]
fn check_cut(packed: &[u8], keep: usize) {
    let reading = read_bytes(&packed[..keep]);
    let words = words(&reading);
    assert!(names(&reading).is_empty() || names(&reading) == ["x"], "{:?}", names(&reading));
    assert!(words.iter().any(|it| it.starts_with("lost ")), "{words:?}");
}

#[test]
fn what_was_cut_off_is_lost_and_the_rest_is_read() {
    let tar = tar(&two_pods());
    check(
        &tar[..1024 + 512 + 100],
        &["x"],
        &[
            "lost pods/y.yaml:6: the text ends in the middle of an object: not readable as YAML: \
             while scanning a quoted scalar, found unexpected end of stream; the object that \
             stands there is left out",
            "lost pods/y.yaml:: cut off: the archive ends here: what follows is lost",
        ],
    );
    for packed in [gz(&tar), xz(&tar), zst(&tar), bz2(&tar), zip(&two_pods())] {
        for keep in [packed.len() / 4, packed.len() / 2, packed.len() * 3 / 4] {
            check_cut(&packed, keep);
        }
    }
}

#[test]
fn a_flipped_bit_is_noticed() {
    for (mut packed, at) in [(gz(&tar(&two_pods())), 60), (zip(&two_pods()), 80)] {
        packed[at] ^= 0x10;
        let reading = read_bytes(&packed);
        assert!(words(&reading).iter().any(|it| it.starts_with("lost ")), "{:?}", words(&reading));
    }
}

#[test]
fn control_characters_in_names_do_not_reach_a_terminal() {
    let files = [("a\x1b[31m.bin", b"\0\0".to_vec())];
    check(tar(&files), &[], &["told a\u{fffd}[31m.bin:: not text: skipped"]);
}

#[test]
fn files_and_unpacked_bytes_are_counted() {
    let files = two_pods();
    let reading = read_bytes(gz(&tar(&files)));
    let input = &reading.inputs[0];
    let bytes: usize = files.iter().map(|it| it.1.len()).sum();
    assert_eq!((input.files, input.bytes), (2, bytes as u64));
}
