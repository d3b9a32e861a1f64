//! Broken and hostile zip archives.

use super::*;

/// An entry of a zip file, written by hand: what stands before its content, and in the directory.
#[derive(Clone)]
struct Stored {
    path: &'static str,
    content: Vec<u8>,
    /// Bit 0: encrypted.
    flags: u16,
    /// 0: as it is. 14: LZMA.
    method: u16,
    /// Where the directory says that its header stands; none: where it stands.
    at: Option<usize>,
}

fn stored(path: &'static str, name: &str) -> Stored {
    Stored { path, content: file(name), flags: 0, method: 0, at: None }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

impl Stored {
    /// What both headers hold, up to the length of the path.
    fn common(&self) -> Vec<u8> {
        let size = u32::try_from(self.content.len()).expect("short");
        let mut bytes = Vec::new();
        for it in [20, self.flags, self.method, 0, 0x21] {
            bytes.extend(it.to_le_bytes());
        }
        for it in [crc(&self.content), size, size] {
            bytes.extend(it.to_le_bytes());
        }
        bytes.extend(u16::try_from(self.path.len()).expect("short").to_le_bytes());
        bytes
    }

    /// Its header and its content.
    fn local(&self) -> Vec<u8> {
        let parts: [&[u8]; 5] =
            [b"PK\x03\x04", &self.common(), &[0; 2], self.path.as_bytes(), &self.content];
        parts.concat()
    }

    /// Its header in the directory.
    fn listed(&self, at: usize) -> Vec<u8> {
        let at = u32::try_from(self.at.unwrap_or(at)).expect("short").to_le_bytes();
        let parts: [&[u8]; 6] =
            [b"PK\x01\x02\x14\0", &self.common(), &[0; 12], &at, self.path.as_bytes(), &[]];
        parts.concat()
    }
}

/// A zip file that begins with `before`, and whose directory says that it has `count` entries.
fn written(before: &[u8], entries: &[Stored], count: usize, comment: &[u8]) -> Vec<u8> {
    let (mut bytes, mut directory) = (before.to_vec(), Vec::new());
    for entry in entries {
        directory.extend(entry.listed(bytes.len()));
        bytes.extend(entry.local());
    }
    let (at, len) = (bytes.len(), directory.len());
    bytes.extend(directory);
    bytes.extend(end(count, len, at, comment));
    bytes
}

/// The end of a directory.
fn end(count: usize, len: usize, at: usize, comment: &[u8]) -> Vec<u8> {
    let short = |it: usize| u16::try_from(it).expect("short").to_le_bytes();
    let long = |it: usize| u32::try_from(it).expect("short").to_le_bytes();
    let parts: [&[u8]; 8] = [
        b"PK\x05\x06",
        &[0; 4],
        &short(count),
        &short(count),
        &long(len),
        &long(at),
        &short(comment.len()),
        comment,
    ];
    parts.concat()
}

/// The directory does not list these bytes, from the first to before the last.
fn unlisted(from: usize, to: usize, size: usize) -> String {
    format!(
        "lost :: the archive's directory does not list what stands in bytes {from} to {to} of \
         {size}: not read; `zip -FF FILE.zip --out whole.zip` finds entries there"
    )
}

#[test]
fn a_zip_file_without_its_end_is_read_from_its_beginning() {
    let packed = zip(&two_pods());
    let directory = packed.windows(4).position(|it| it == b"PK\x01\x02").expect("a directory");
    let reading = read_bytes(&packed[..directory]);
    assert_eq!(names(&reading), ["x", "y"]);
    assert!(
        words(&reading)[0]
            .starts_with("lost :: the archive's directory, which is its end, cannot be read")
    );
}

#[test]
fn a_zip_file_written_by_hand_is_whole() {
    let entries = [stored("x.yaml", "x"), stored("y.yaml", "y")];
    check(written(b"", &entries, 2, b"a comment"), &["x", "y"], &[]);
    check(written(b"", &[], 0, b""), &[], &[]);
    check(written(b"", &[], 0, &[b'c'; 100]), &[], &[]);
}

#[test]
fn two_entries_of_one_name_are_read() {
    for names in [["x", "y"], ["y", "x"]] {
        let entries = names.map(|it| stored("a.yaml", it));
        check(written(b"", &entries, 2, b""), &["x", "y"], &[]);
    }
}

#[test]
fn a_directory_that_counts_too_few_entries() {
    let entries = [stored("x.yaml", "x"), stored("y.yaml", "y")];
    let bytes = written(b"", &entries, 1, b"");
    let from = entries[0].local().len();
    let to = from + entries[1].local().len();
    check(&bytes, &["x"], &[&unlisted(from, to, bytes.len())]);
}

/// The entry stands in the content of another, which is read; so only the directory shows it.
#[test]
fn a_directory_that_goes_on_after_its_count() {
    let inner = stored("y.yaml", "y");
    let mut outer = stored("x.yaml", "x");
    outer.content.extend(b"# ");
    outer.content.extend(inner.local());
    let at = outer.local().len() - inner.local().len();
    let (local, listed) = (outer.local(), outer.listed(0));
    let directory = [listed.clone(), inner.listed(at)].concat();
    let end = end(1, directory.len(), local.len(), b"");
    let bytes = [local.clone(), directory, end].concat();
    let words = words(&read_bytes(&bytes));
    let want = unlisted(local.len(), bytes.len(), bytes.len());
    assert!(words.contains(&want), "{words:?}");
}

#[test]
fn a_directory_that_counts_too_many_entries() {
    let entries = [stored("x.yaml", "x"), stored("y.yaml", "y")];
    let reading = read_bytes(written(b"", &entries, 9, b""));
    assert_eq!(names(&reading), ["x", "y"]);
    let words = words(&reading);
    assert!(words[0].starts_with("lost :: the archive's directory"), "{words:?}");
}

#[test]
fn an_entry_that_the_directory_does_not_list() {
    let hidden = stored("y.yaml", "y").local();
    let bytes = written(&hidden, &[stored("x.yaml", "x")], 1, b"");
    check(&bytes, &["x"], &[&unlisted(0, hidden.len(), bytes.len())]);
}

#[test]
fn two_zip_files_in_one() {
    let first = written(b"", &[stored("y.yaml", "y")], 1, b"");
    let bytes = [first.clone(), written(b"", &[stored("x.yaml", "x")], 1, b"")].concat();
    check(&bytes, &["x"], &[&unlisted(0, first.len(), bytes.len())]);
}

#[test]
fn an_end_in_the_comment() {
    let bytes = written(b"", &[stored("x.yaml", "x")], 1, &end(0, 0, 0, b""));
    check(&bytes, &[], &[&unlisted(0, bytes.len(), bytes.len())]);
}

#[test]
fn what_follows_the_end() {
    let mut bytes = written(b"", &[stored("x.yaml", "x")], 1, b"");
    let end = bytes.len();
    bytes.extend([0; 100]);
    check(&bytes, &["x"], &[]);
    bytes.extend(b"y");
    check(&bytes, &["x"], &[&unlisted(end, bytes.len(), bytes.len())]);
}

#[test]
fn an_encrypted_entry() {
    let y = Stored { flags: 1, ..stored("y.yaml", "y") };
    check(
        written(b"", &[stored("x.yaml", "x"), y], 2, b""),
        &["x"],
        &["lost y.yaml:: encrypted, so not read: unpack it with its password (`7z x FILE`) and \
           check what comes out"],
    );
}

#[test]
fn an_entry_that_is_compressed_in_another_way() {
    let y = Stored { method: 14, ..stored("y.yaml", "y") };
    check(
        written(b"", &[stored("x.yaml", "x"), y], 2, b""),
        &["x"],
        &["lost y.yaml:: compressed in a way that is not read (Lzma): unpack it (`7z x FILE`) \
             and check what comes out"],
    );
}

#[test]
fn a_folder_with_content_is_read() {
    let entries = [stored("x.yaml", "x"), stored("y/", "y")];
    check(written(b"", &entries, 2, b""), &["x", "y"], &[]);
}

#[test]
fn entries_that_share_their_bytes() {
    let one = stored("x.yaml", "x");
    let entries: Vec<_> = (0..100).map(|_| one.clone()).collect();
    let (mut bytes, at) = (one.local(), one.local().len());
    let directory: Vec<u8> = entries.iter().flat_map(|it| it.listed(0)).collect();
    let len = directory.len();
    bytes.extend(directory);
    bytes.extend(end(100, len, at, b""));
    let reading = read_bytes(&bytes);
    let words = words(&reading);
    let read = bytes.len() / one.content.len();
    let left = 100 - read - 1;
    let want = format!(
        "lost :: the entries share their bytes, as in an archive bomb: x.yaml and {left} more are \
         not read"
    );
    assert_eq!((reading.inputs[0].files, words), (read, vec![want]));
}

#[test]
fn a_bomb_among_entries_is_told_once() {
    let limits = Limits { ratio: 100, ratio_floor: 1 << 20, ..Limits::default() };
    let mut files = two_pods();
    files.insert(1, ("zeros", vec![b'0'; 8 << 20]));
    files.extend([("z0", b"{}".to_vec()), ("z1", b"{}".to_vec())]);
    let reading = read_within(&limits, vec![stream("dump", zip(&files))]);
    let words: Vec<_> = words(&reading).into_iter().filter(|it| it.starts_with("lost")).collect();
    assert!(words[0].starts_with("lost zeros:: more than 100 times"), "{words:?}");
    assert_eq!(words[1..], ["lost :: 3 entries after zeros are not read"]);
}

#[test]
fn a_zip_file_in_a_stream_is_held_as_a_whole() {
    let packed = zip(&two_pods());
    let limits = |bytes| Limits { document_bytes: bytes, ..Limits::default() };
    check_within(&limits(packed.len()), &packed, &["x", "y"], &[]);
    let less = packed.len() - 1;
    let problem = format!(
        "lost :: a zip file of more than {less} bytes in a stream, which must be held as a whole: \
         not read; check the zip file itself"
    );
    check_within(&limits(less), &packed, &[], &[&problem]);
}

#[test]
fn a_part_of_a_split_archive() {
    check(
        b"PK\x07\x08PK\x03\x04",
        &[],
        &["lost :: a part of a split zip archive, which is not read: unpack it (`zip -s 0 \
             FILE.zip --out whole.zip`) and check what comes out, or pack it as .tar.gz or .zip"],
    );
}
