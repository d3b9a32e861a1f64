//! Compressed streams: what is read, and what is named because it is not.

use liblzma::stream::{Check, Filters, LzmaOptions, Stream};

use super::*;

/// The pod `x`, compressed by this encoder.
fn packed_by(encoder: Stream) -> Vec<u8> {
    let (pod, mut out) = (file("x"), Vec::new());
    liblzma::read::XzEncoder::new_stream(&pod[..], encoder).read_to_end(&mut out).expect("packed");
    out
}

fn lzma() -> Vec<u8> {
    let options = LzmaOptions::new_preset(6).expect("a preset");
    packed_by(Stream::new_lzma_encoder(&options).expect("an encoder"))
}

/// The pod `x` as a member of lzip: LZMA without its header, and lengths behind it.
fn lzip() -> Vec<u8> {
    let (alone, pod) = (lzma(), file("x"));
    let mut crc = flate2::Crc::new();
    crc.update(&pod);
    // A dictionary of 2^23 bytes, as in the header of LZMA that is left out.
    let mut out = [b"LZIP\x01\x17", &alone[13..]].concat();
    out.extend(crc.sum().to_le_bytes());
    out.extend((pod.len() as u64).to_le_bytes());
    out.extend((out.len() as u64 + 8).to_le_bytes());
    out
}

/// A frame of zstd that decoders skip.
const SKIPPED: &[u8] = b"\x50\x2a\x4d\x18\x04\0\0\0skip";

/// A file that is not read stands beside one that is: it is a loss, with what to type.
#[track_caller]
fn check_foreign(bytes: &[u8], what: &str, unpack: &str) {
    let mut long = bytes.to_vec();
    long.extend(file("y"));
    let problem = format!(
        "lost pods.bin:: {what}, which is not read: unpack it (`{unpack}`) and check what comes \
         out, or pack it as .tar.gz or .zip"
    );
    for bytes in [bytes.to_vec(), long] {
        let files = [("x.yaml", file("x")), ("pods.bin", bytes)];
        check(tar(&files), &["x"], &[&problem]);
    }
}

/// A file with the first bytes of a compressed one, and no more, is cut off.
#[track_caller]
fn check_cut_in_head(bytes: &[u8]) {
    let reading = read_bytes(tar(&[("x.yaml", file("x")), ("pods.bin", bytes.to_vec())]));
    let words = words(&reading);
    assert_eq!(names(&reading), ["x"]);
    assert!(words[0].starts_with("lost pods.bin:: "), "{bytes:?}: {words:?}");
}

#[test]
fn lzma_alone() {
    check(lzma(), &["x"], &[]);
    check(tar(&[("pods.yaml.lzma", lzma())]), &["x"], &[]);
}

#[test]
fn lzip_is_read() {
    check(lzip(), &["x"], &[]);
    check([lzip(), lzip()].concat(), &["x"], &[]);
}

#[test]
fn what_follows_lzma_is_lost() {
    for packed in [lzma(), lzip()] {
        let words = words(&read_bytes([packed, b"garbage garbage".to_vec()].concat()));
        let want = "lost :: what follows the compressed stream is not compressed like it: what \
                    follows is lost";
        assert!(words.iter().any(|it| it == want), "{words:?}");
    }
}

#[test]
fn zstd_that_begins_with_a_skipped_frame() {
    check([SKIPPED, &zst(&file("x"))].concat(), &["x"], &[]);
    check(tar(&[("x", [SKIPPED, &zst(&file("x"))].concat())]), &["x"], &[]);
}

#[test]
fn lz4() {
    for magic in [b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18", b"\x03\x21\x4c\x18"] {
        check_foreign(magic, "an LZ4 stream", "lz4 -d FILE");
    }
}

#[test]
fn compress() {
    check_foreign(b"\x1f\x9d\x90", "a stream of compress (.Z)", "uncompress FILE");
}

#[test]
fn old_compressions() {
    check_foreign(b"\x1f\x1e\0", "a stream of pack", "gzip -d FILE");
    check_foreign(b"\x1f\x9e\0", "a stream of freeze", "gzip -d FILE");
    check_foreign(b"\x1f\xa0\0", "a stream of compress -H", "gzip -d FILE");
}

#[test]
fn lzo_and_snappy() {
    check_foreign(b"\x89LZO\0\r\n\x1a\n", "an LZO stream", "lzop -d FILE");
    check_foreign(b"\xff\x06\0\0sNaPpY", "a Snappy stream", "snzip -d FILE");
}

#[test]
fn zlib() {
    for magic in [b"\x78\x01\0", b"\x78\x9c\0", b"\x78\xda\0"] {
        check_foreign(magic, "a zlib stream", "pigz -d FILE");
    }
}

#[test]
fn seven_zip_and_rar() {
    check_foreign(b"7z\xbc\xaf\x27\x1c\0\x04", "a 7-Zip archive", "7z x FILE");
    check_foreign(b"Rar!\x1a\x07\x01\0", "a RAR archive", "unrar x FILE");
}

#[test]
fn cabinets_xar_and_lha() {
    check_foreign(b"MSCF\0\0\0\0", "a cabinet archive", "cabextract FILE");
    check_foreign(b"xar!\0\x1c", "a xar archive", "xar -xf FILE");
    check_foreign(b"\x20\x40-lh5-", "an LHA archive", "lha x FILE");
}

#[test]
fn ar() {
    check_foreign(b"!<arch>\n", "an ar archive", "ar x FILE");
    check_foreign(b"!<thin>\n", "an ar archive", "ar x FILE");
}

#[test]
fn cpio() {
    let new = [b"070701".as_slice(), &[b'0'; 104]].concat();
    let old = [b"070707".as_slice(), &[b'0'; 70]].concat();
    let binary = [b"\xc7\x71".as_slice(), &[0; 18], b"\x06\0", &[0; 10]].concat();
    for header in [new, old, binary] {
        check_foreign(&header, "a cpio archive", "cpio -idm < FILE");
    }
}

#[test]
fn encrypted_files() {
    check_foreign(b"Salted__", "a file that openssl encrypted", "openssl enc -d -in FILE");
    check_foreign(b"age-encryption.org/v1\n", "a file that age encrypted", "age -d FILE");
    let armored = b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n";
    check_foreign(armored, "a file that age encrypted", "age -d FILE");
    let vault = b"$ANSIBLE_VAULT;1.1;AES256\n6638\n";
    let what = "a file that Ansible Vault encrypted";
    check_foreign(vault, what, "ansible-vault decrypt FILE");
    let base64 = b"U2FsdGVkX19hYmNk\n";
    check_foreign(base64, "a file that openssl encrypted", "openssl enc -d -a -in FILE");
}

#[test]
fn messages_of_gpg() {
    let armored = b"-----BEGIN PGP MESSAGE-----\n\nhQEM\n".as_slice();
    let marked = [b"\xef\xbb\xbf\n", armored].concat();
    let packets: [&[u8]; 9] = [
        armored,
        &marked,
        b"\x84\x5e\x03abcdefgh\x12",
        b"\x85\x01\x0c\x03abcdefgh\x01",
        b"\xc1\x5e\x03abcdefgh\x12",
        b"\xc1\xc0\x4c\x03abcdefgh\x01",
        b"\x8c\x0d\x04\x09\x03\x02salt",
        b"\x90\x0d\x03\0\x08\x01",
        b"\xa3\x02\x78\x9c",
    ];
    for packet in packets {
        check_foreign(packet, "a file that gpg encrypted", "gpg -d FILE");
    }
}

#[test]
fn messages_of_cms() {
    let pem = "openssl cms -decrypt -inform PEM -in FILE";
    check_foreign(b"-----BEGIN PKCS7-----\nMIIB\n", "a PKCS #7 message", pem);
    check_foreign(b"-----BEGIN CMS-----\nMIIB\n", "a CMS message", pem);
    let der = b"\x30\x82\x01\x02\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
    check_foreign(der, "a CMS message", "openssl cms -decrypt -inform DER -in FILE");
    let letter = b"MIME-Version: 1.0\nContent-Type: application/x-pkcs7-mime; a=b\n\nMIIB\n";
    check_foreign(letter, "an S/MIME message", "openssl cms -decrypt -in FILE");
}

#[test]
fn a_pointer_to_a_file_is_not_the_file() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    check_foreign(pointer, "a pointer of Git LFS in place of a file", "git lfs pull");
}

#[test]
fn images_and_rare_archives() {
    check_foreign(b"hsqs\x01\0", "a squashfs image", "unsquashfs FILE");
    check_foreign(b"LRZI\0\x06", "an lrzip stream", "lrzip -d FILE");
    check_foreign(b"zPQ\x02\x01", "a zpaq archive", "zpaq x FILE");
    check_foreign(b"7kSt\xa0\x31", "a zpaq archive", "zpaq x FILE");
    let disc = [&vec![0; 0x8001][..], b"CD001\x01\0"].concat();
    check_foreign(&disc, "an image of a disc", "7z x FILE");
    // On disk and as a stream, however long.
    let long = [&disc[..], &vec![b' '; 2 << 20]].concat();
    check_foreign(&long, "an image of a disc", "7z x FILE");
    let mut on_disk = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut on_disk, &long).expect("written");
    let words = words(&read(vec![Source::Path(on_disk.path().to_owned())]));
    assert!(words[0].contains("an image of a disc, which is not read"), "{words:?}");
}

#[test]
fn texts_that_begin_like_archives_are_texts() {
    for text in [
        "070701 pods\n",
        "BZhave: 1\n",
        "x: 1\n",
        "7z: 1\n",
        "LZIP: 1\n",
        "PK: 1\n",
        "---",
        "-----BEGIN",
    ] {
        check(text, &[], &["told :: holds no Kubernetes objects: skipped"]);
    }
}

#[test]
fn heads_that_are_cut_off() {
    for (packed, least) in [
        (gz(&file("y")), 2),
        (xz(&file("y")), 3),
        (zst(&file("y")), 3),
        (bz2(&file("y")), 4),
        (lzip(), 3),
        (zip(&two_pods()), 3),
    ] {
        for keep in least..12 {
            check_cut_in_head(&packed[..keep]);
        }
    }
    check_cut_in_head(&lzma()[..20]);
}

/// The pod `x` as xz with a dictionary of so many bytes.
fn xz_with(dictionary: u32) -> Vec<u8> {
    let mut options = LzmaOptions::new_preset(0).expect("a preset");
    options.dict_size(dictionary);
    let mut filters = Filters::new();
    filters.lzma2(&options);
    packed_by(Stream::new_stream_encoder(&filters, Check::Crc32).expect("an encoder"))
}

/// The pod `x` as zstd with a window of 2^`log` bytes.
fn zstd_with(log: u32) -> Vec<u8> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.window_log(log).expect("a window");
    encoder.write_all(&file("x")).expect("packed");
    encoder.finish().expect("packed")
}

#[test]
fn dictionaries_are_limited() {
    let limits = Limits { dictionary_bytes: 1 << 20, ..Limits::default() };
    let problem = "lost :: it needs a dictionary of more than 1048576 bytes to be decompressed: \
                   decompress it (`xz -d FILE`, `zstd -d --long=31 FILE`) and check what comes \
                   out: what follows is lost";
    for (most, more) in [(xz_with(1 << 20), xz_with(4 << 20)), (zstd_with(20), zstd_with(21))] {
        check_within(&limits, most, &["x"], &[]);
        check_within(&limits, more, &[], &[problem]);
    }
    // `lzma` uses 8 MiB.
    check_within(&limits, lzma(), &[], &[problem]);
    check_within(&limits, lzip(), &[], &[problem]);
}

/// Pods whose texts do not compress well.
fn pods(number: usize) -> Vec<(String, Vec<u8>)> {
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:08x}", state >> 32)
    };
    let pod = |nth: usize| {
        let mut pod = pod("a", &format!("p{nth:04}"));
        pod["spec"]["args"] = (0..40).map(|_| noise()).collect();
        (format!("p{nth:04}.yaml"), yaml(&pod, Style::default()).into_bytes())
    };
    (0..number).map(pod).collect()
}

/// How many of the pods are read if some bytes behind so much of the stream are others.
#[track_caller]
fn read_before(packed: &[u8], percent: usize) -> usize {
    let mut packed = packed.to_vec();
    let at = packed.len() * percent / 100;
    packed[at..at + 8].copy_from_slice(b"\xff\xff\xff\xff\xff\xff\xff\xff");
    let reading = read_bytes(packed);
    let words = words(&reading);
    assert!(words.iter().any(|it| it.starts_with("lost ")), "{words:?}");
    let skipped = words.iter().any(|it| it.contains("holds no Kubernetes objects"));
    assert!(!skipped, "{words:?}");
    names(&reading).len()
}

fn zst_with_checksum(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.include_checksum(true).expect("a checksum");
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

/// All but a block of the compression, and what a decoder has not handed over.
#[test]
fn what_stands_before_damage_is_read() {
    const PODS: usize = 1_000;
    let pods = pods(PODS);
    let files: Vec<_> = pods.iter().map(|it| (it.0.as_str(), it.1.clone())).collect();
    let documents: Vec<_> = pods.iter().map(|it| [b"---\n", &it.1[..]].concat()).collect();
    let length = pods[0].1.len();
    type Pack = fn(&[u8]) -> Vec<u8>;
    for (what, pack, block) in [
        ("gzip", gz as Pack, 0),
        ("xz", xz, 0),
        ("zstd", zst_with_checksum, 128 << 10),
        ("bzip2", bz2, 100_000),
    ] {
        for (packed, of) in [(pack(&tar(&files)), "tar"), (pack(&documents.concat()), "text")] {
            for percent in [5, 30, 60, 90] {
                // What a document that is cut loses, a step, and the buffers of both.
                let missing = (block + (16 << 10)) / length + 2;
                let least = (PODS * percent / 100).saturating_sub(missing);
                let read = read_before(&packed, percent);
                assert!(read >= least, "{what} {of} {percent}: {read} of {least}");
            }
        }
    }
}

#[test]
fn streams_that_hold_nothing_are_limited() {
    let problem = "lost :: more than 1000 compressed streams behind each other that hold little: \
                   decompress it (`bzip2 -d FILE`) and check what comes out: what follows is lost";
    let x = [file("x"), b"---\n".to_vec()].concat();
    let many = |number: usize| [bz2(&x), bz2(b"").repeat(number)].concat();
    check(many(900), &["x"], &[]);
    // Without a limit, this takes a minute.
    check(many(600_000), &["x"], &[problem]);
    check(gz(&many(600_000)), &["x"], &[problem]);
    // As pbzip2 writes them, and smaller.
    let pieces: Vec<_> = (0..4_000).map(|_| bz2(&b"# a\n".repeat(256))).collect();
    check([pieces.concat(), bz2(&file("x"))].concat(), &["x"], &[]);
}
