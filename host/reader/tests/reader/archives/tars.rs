//! Broken and hostile tar archives.

use super::*;

/// Two zero blocks end an archive.
const END: [u8; 1024] = [0; 1024];

/// An archive in which the pod `x` stands before an entry with the pod `y`.
#[track_caller]
fn check_y(parts: &[Vec<u8>], want: &[&str], problems: &[&str]) {
    check([good(), parts.concat(), END.to_vec()].concat(), want, problems);
}

/// The content of an entry of this type is named, not passed over.
#[track_caller]
fn check_lost(kind: u8, what: &str) {
    let y = file("y");
    let what = what.replace("SIZE", &y.len().to_string());
    let tail = entry("z.yaml", b'0', &file("z"));
    check_y(&[entry("y.yaml", kind, &y), tail], &["x", "z"], &[&format!("lost y.yaml:: {what}")]);
}

/// Headers in the form of pax.
fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let rest = key.len() + value.len() + 3;
        let len = (1..1_000).find(|it| rest + it.to_string().len() == *it);
        // Its length counts its own digits.
        format!("{} {key}={value}\n", len.unwrap_or_default())
    };
    entry("pax", kind, records.iter().map(record).collect::<String>().as_bytes())
}

/// What pax records before the pod `y` lead to.
#[track_caller]
fn check_pax(kind: u8, records: &[(&str, &str)], want: &[&str], problems: &[&str]) {
    check_y(&[pax(kind, records), entry("y.yaml", b'0', &file("y"))], want, problems);
}

#[test]
fn a_hard_link_with_content() {
    check_lost(b'1', "a hard link with SIZE bytes of content, which are not read: pack it again");
}

#[test]
fn a_symbolic_link_with_content() {
    check_lost(
        b'2',
        "a symbolic link with SIZE bytes of content, which are not read: pack it again",
    );
}

#[test]
fn a_device_with_content() {
    for kind in [b'3', b'4'] {
        check_lost(kind, "a device with SIZE bytes of content, which are not read: pack it again");
    }
}

#[test]
fn a_pipe_with_content() {
    check_lost(b'6', "a pipe with SIZE bytes of content, which are not read: pack it again");
}

#[test]
fn a_folder_with_content() {
    check_lost(b'5', "a folder with SIZE bytes of content, which are not read: pack it again");
}

#[test]
fn a_label_with_content() {
    check_lost(
        b'V',
        "the label of a volume with SIZE bytes of content, which are not read: pack it again",
    );
}

#[test]
fn an_entry_of_an_unknown_type() {
    check_lost(
        b'Z',
        "an entry of the unknown type `Z` with SIZE bytes of content, which are not read: pack it \
         again",
    );
}

#[test]
fn an_entry_of_another_volume() {
    check_lost(
        b'M',
        "the rest of a file that begins in another volume with SIZE bytes of content, which are \
         not read: unpack all volumes (`tar -xMf FIRST -f SECOND`) and check what comes out",
    );
}

#[test]
fn a_folder_of_an_incremental_archive() {
    check_lost(
        b'D',
        "a folder of an incremental archive with SIZE bytes of content, which are not read: pack \
         it without `--listed-incremental`",
    );
}

#[test]
fn a_sparse_file() {
    check_lost(b'S', "a sparse file, which is not read: pack it without --sparse");
}

#[test]
fn a_sparse_file_with_a_long_map() {
    let mut header = header("y.yaml", 512, tar::EntryType::GNUSparse);
    header.as_gnu_mut().expect("of GNU").set_is_extended(true);
    header.set_cksum();
    let tail = entry("z.yaml", b'0', &file("z"));
    check_y(
        &[block(&header, &[0; 512]), vec![0; 512], tail],
        &["x", "z"],
        &["lost y.yaml:: a sparse file, which is not read: pack it without --sparse"],
    );
}

#[test]
fn a_sparse_file_of_pax() {
    let records = [("GNU.sparse.major", "1"), ("GNU.sparse.name", "y.yaml"), ("path", "other")];
    let problem = "lost y.yaml:: a sparse file, which is not read: pack it without --sparse";
    check_pax(b'x', &records, &["x"], &[problem]);
}

#[test]
fn a_file_whose_name_ends_like_that_of_a_folder() {
    check_y(&[entry("y.yaml/", b'0', &file("y"))], &["x", "y"], &[]);
}

#[test]
fn folders_and_labels_without_content_are_no_losses() {
    let parts = [entry("a", b'5', b""), entry("b/", b'0', b""), entry("backup", b'V', b"")];
    check_y(&parts, &["x"], &[]);
}

#[test]
fn what_follows_zero_blocks_is_read() {
    let y = entry("y.yaml", b'0', &file("y"));
    for blocks in [1, 2, 20] {
        check_y(&[vec![0; 512 * blocks], y.clone()], &["x", "y"], &[]);
    }
}

#[test]
fn what_follows_zero_blocks_and_is_no_entry_is_lost() {
    let problem = "lost :: the archive cannot be read after x.yaml: what stands there is no header \
                   of an entry (its checksum is wrong)";
    check_y(&[END.to_vec(), vec![b'x'; 2_000]], &["x"], &[problem]);
    check_y(&[END.to_vec(), vec![b'#'; 100]], &["x"], &[problem]);
}

#[test]
fn an_archive_without_an_end_is_told() {
    let told = "told :: the archive has no end after x.yaml: if it was cut off there, entries are \
                missing; pack it again, or copy it once more";
    check(good(), &["x"], &[told]);
    check([good(), vec![0; 500]].concat(), &["x"], &[told]);
    check([good(), vec![0; 700]].concat(), &["x"], &[]);
}

#[test]
fn a_header_that_was_cut_off() {
    let problem = "lost :: the archive cannot be read after x.yaml: cut off: the archive ends here";
    check([good(), entry("y.yaml", b'0', b"")[..200].to_vec()].concat(), &["x"], &[problem]);
}

#[test]
fn a_broken_header_is_named_with_what_stands_before_it() {
    let mut packed = tar(&two_pods());
    packed[1024 + 150] ^= 0xff;
    check(
        packed,
        &["x"],
        &["lost :: the archive cannot be read after pods/x.yaml: what stands there is no header \
           of an entry (its checksum is wrong)"],
    );
}

#[test]
fn a_long_name() {
    let name = format!("{}/y.yaml", "a".repeat(200));
    let parts =
        [entry("././@LongLink", b'L', format!("{name}\0").as_bytes()), entry("cut", b'0', b"\0")];
    check_y(&parts, &["x"], &[&format!("told {name}:: not text: skipped")]);
}

#[test]
fn a_name_that_is_too_long_to_hold() {
    let limits = Limits { header_bytes: 1_000, ..Limits::default() };
    for (kind, what) in [
        (b'L', "a long name"),
        (b'K', "a long name of a link's target"),
        (b'x', "a pax header"),
        (b'g', "a global pax header"),
    ] {
        let y = entry("y.yaml", b'0', &file("y"));
        let packed = |size: usize| {
            let z = entry("z", kind, &vec![b'a'; size]);
            [good(), z, y.clone(), END.to_vec()].concat()
        };
        let problem = format!(
            "lost :: {what} of more than 1000 bytes after x.yaml: not read, so the next entry may \
             have another name"
        );
        check_within(&limits, packed(1_001), &["x", "y"], &[&problem]);
        let reading = read_within(&limits, vec![stream("dump", packed(1_000))]);
        assert!(!words(&reading).contains(&problem), "{:?}", words(&reading));
    }
}

#[test]
fn headers_that_announce_nothing() {
    check_y(
        &[pax(b'x', &[("comment", "a")])],
        &["x"],
        &["lost :: the archive cannot be read after x.yaml: cut off: headers announce an entry \
           that is missing"],
    );
}

#[test]
fn two_headers_that_announce_one_entry() {
    let parts = [
        entry("././@LongLink", b'L', b"a.yaml\0"),
        entry("././@LongLink", b'L', b"b.yaml\0"),
        entry("y.yaml", b'0', &file("y")),
    ];
    let problem = "lost :: a long name stands twice before the entry after x.yaml";
    check_y(&parts, &["x", "y"], &[problem]);
}

#[test]
fn a_path_of_pax_may_hold_line_feeds() {
    let records = [("comment", "a\n\nb"), ("path", "b\n\n/y.bin")];
    let parts = [pax(b'x', &records), entry("y", b'0', b"\0\0")];
    check_y(&parts, &["x"], &["told b\u{fffd}\u{fffd}/y.bin:: not text: skipped"]);
}

#[test]
fn a_size_of_pax_counts() {
    let y = file("y");
    let size = y.len().to_string();
    // As programs write entries of more than 8 GiB: the header has no size.
    let header = header("y.yaml", 0, tar::EntryType::Regular);
    let tail = entry("z.yaml", b'0', &file("z"));
    let parts = [pax(b'x', &[("size", &size)]), block(&header, &y), tail];
    check_y(&parts, &["x", "y", "z"], &[]);
}

#[test]
fn two_sizes_of_one_entry() {
    let y = file("y");
    let reason = format!("the entry after x.yaml has two sizes, {} and 0 bytes", y.len());
    check_pax(
        b'x',
        &[("size", "0")],
        &["x"],
        &[
            &format!("lost :: {reason}: programs disagree about what follows"),
            "lost :: the archive cannot be read after y.yaml: what stands there is no header of an \
             entry (its checksum is wrong)",
            "told y.yaml:: is empty: skipped",
        ],
    );
}

#[test]
fn a_size_that_is_no_number() {
    for size in ["-1", "99999999999999999999999999", "x", ""] {
        check_pax(
            b'x',
            &[("size", size)],
            &["x", "y"],
            &["lost :: a pax header after x.yaml cannot be read: what it tells about the next \
               entry is not known"],
        );
    }
}

#[test]
fn records_that_are_cut_off() {
    let parts = [entry("pax", b'x', b"99 path=a\n"), entry("y.yaml", b'0', &file("y"))];
    let problem = "lost :: a pax header after x.yaml cannot be read: what it tells about the next \
                   entry is not known";
    check_y(&parts, &["x", "y"], &[problem]);
}

#[test]
fn records_for_all_entries() {
    check_pax(b'g', &[("comment", "of git archive")], &["x", "y"], &[]);
    check_pax(
        b'g',
        &[("size", "4")],
        &["x", "y"],
        &["lost :: a global pax header after x.yaml sets `size` for all entries, which is not \
           applied"],
    );
}

#[test]
fn a_tar_file_of_before_ustar() {
    let mut builder = tar::Builder::new(Vec::new());
    let (path, bytes) = two_pods().remove(0);
    let mut header = tar::Header::new_old();
    header.set_path(path).expect("a path");
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    builder.append(&header, bytes.as_slice()).expect("an entry");
    check(builder.into_inner().expect("an archive"), &["x"], &[]);
}
