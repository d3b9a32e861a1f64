//! Recognises a container by its first bytes. The name of a file does not matter.

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Magic {
    Plain,
    Gzip,
    Xz,
    Lzma,
    Lzip,
    Zstd,
    Bzip2,
    Tar,
    Zip,
    Foreign(Foreign),
}

/// A format that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// `a 7-Zip archive`
    pub(super) what: &'static str,
    /// The command that makes files out of it that are read.
    pub(super) unpack: &'static str,
}

impl Magic {
    const PGP: Self = Self::foreign("a file that gpg encrypted", "gpg -d FILE");

    const fn foreign(what: &'static str, unpack: &'static str) -> Self {
        Self::Foreign(Foreign { what, unpack })
    }

    /// Whether it is one compressed stream.
    pub(super) fn is_compression(self) -> bool {
        matches!(self, Self::Gzip | Self::Xz | Self::Lzma | Self::Lzip | Self::Zstd | Self::Bzip2)
    }
}

/// This many bytes are enough: the first header of a tar file.
pub(super) const HEAD: usize = 512;

/// First bytes, and what they are of. The first that match count.
const MAGICS: [(&[u8], Magic); 35] = [
    (b"\x1f\x8b", Magic::Gzip),
    (b"\xfd7zXZ\0", Magic::Xz),
    (b"\x28\xb5\x2f\xfd", Magic::Zstd),
    (b"LZIP\x01", Magic::Lzip),
    (b"PK\x03\x04", Magic::Zip),
    (b"PK\x05\x06", Magic::Zip),
    (b"PK\x06\x06", Magic::Zip),
    // Written where an archive might have been split, and was not.
    (b"PK00PK\x03\x04", Magic::Zip),
    (
        b"PK\x07\x08",
        Magic::foreign("a part of a split zip archive", "zip -s 0 FILE.zip --out whole.zip"),
    ),
    (b"7z\xbc\xaf\x27\x1c", Magic::foreign("a 7-Zip archive", "7z x FILE")),
    (b"Rar!\x1a\x07", Magic::foreign("a RAR archive", "unrar x FILE")),
    (b"MSCF\0\0\0\0", Magic::foreign("a cabinet archive", "cabextract FILE")),
    (b"xar!\0", Magic::foreign("a xar archive", "xar -xf FILE")),
    (b"!<arch>\n", Magic::foreign("an ar archive", "ar x FILE")),
    (b"!<thin>\n", Magic::foreign("an ar archive", "ar x FILE")),
    (b"\x04\x22\x4d\x18", Magic::foreign("an LZ4 stream", "lz4 -d FILE")),
    (b"\x02\x21\x4c\x18", Magic::foreign("an LZ4 stream", "lz4 -d FILE")),
    (b"\x03\x21\x4c\x18", Magic::foreign("an LZ4 stream", "lz4 -d FILE")),
    (b"\x1f\x9d", Magic::foreign("a stream of compress (.Z)", "uncompress FILE")),
    (b"\x1f\x9e", Magic::foreign("a stream of freeze", "gzip -d FILE")),
    (b"\x1f\xa0", Magic::foreign("a stream of compress -H", "gzip -d FILE")),
    (b"\x1f\x1e", Magic::foreign("a stream of pack", "gzip -d FILE")),
    (b"\x89LZO\0\r\n\x1a\n", Magic::foreign("an LZO stream", "lzop -d FILE")),
    (b"\xff\x06\0\0sNaPpY", Magic::foreign("a Snappy stream", "snzip -d FILE")),
    (b"\x78\x01", Magic::foreign("a zlib stream", "pigz -d FILE")),
    (b"\x78\x9c", Magic::foreign("a zlib stream", "pigz -d FILE")),
    (b"\x78\xda", Magic::foreign("a zlib stream", "pigz -d FILE")),
    (b"hsqs", Magic::foreign("a squashfs image", "unsquashfs FILE")),
    (b"sqsh", Magic::foreign("a squashfs image", "unsquashfs FILE")),
    (b"LRZI", Magic::foreign("an lrzip stream", "lrzip -d FILE")),
    (b"7kSt\xa0", Magic::foreign("a zpaq archive", "zpaq x FILE")),
    (b"zPQ\x01", Magic::foreign("a zpaq archive", "zpaq x FILE")),
    (b"zPQ\x02", Magic::foreign("a zpaq archive", "zpaq x FILE")),
    (b"Salted__", Magic::foreign("a file that openssl encrypted", "openssl enc -d -in FILE")),
    (b"age-encryption.org/v1\n", Magic::foreign("a file that age encrypted", "age -d FILE")),
];

/// First lines, and what they are of: a text that stands for a file and is none of its content.
const FIRST_LINES: [(&[u8], Magic); 7] = [
    (b"-----BEGIN PGP MESSAGE-----", Magic::PGP),
    (
        b"-----BEGIN AGE ENCRYPTED FILE-----",
        Magic::foreign("a file that age encrypted", "age -d FILE"),
    ),
    (b"-----BEGIN PKCS7-----", Magic::foreign("a PKCS #7 message", CMS_OF_PEM)),
    (b"-----BEGIN CMS-----", Magic::foreign("a CMS message", CMS_OF_PEM)),
    (
        b"$ANSIBLE_VAULT;",
        Magic::foreign("a file that Ansible Vault encrypted", "ansible-vault decrypt FILE"),
    ),
    (
        // `Salted__` in base64.
        b"U2FsdGVkX1",
        Magic::foreign("a file that openssl encrypted", "openssl enc -d -a -in FILE"),
    ),
    (
        b"version https://git-lfs.github.com/spec/v1",
        Magic::foreign("a pointer of Git LFS in place of a file", "git lfs pull"),
    ),
];

const CMS_OF_PEM: &str = "openssl cms -decrypt -inform PEM -in FILE";

/// What a stream is, by its first bytes. A stream that ends within its first bytes is what they
/// begin.
pub(super) fn sniff(head: &[u8]) -> Magic {
    /// Fewer bytes say little.
    const CUT: usize = 3;
    let begins =
        |magic: &[u8]| head.starts_with(magic) || (head.len() >= CUT && magic.starts_with(head));
    if let Some((_, magic)) = MAGICS.iter().find(|it| begins(it.0)) {
        return *magic;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if let Some((_, magic)) = FIRST_LINES.iter().find(|it| text.starts_with(it.0)) {
        return *magic;
    }
    match head {
        // A frame that decoders skip; those of LZ4 are refused with what follows them.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Magic::Zstd,
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if is_bzip2_block(rest) => Magic::Bzip2,
        _ if is_tar(head) => Magic::Tar,
        _ if is_cpio(head) => Magic::foreign("a cpio archive", "cpio -idm < FILE"),
        [_, _, b'-', b'l', b'h' | b'z', _, b'-', ..] => {
            Magic::foreign("an LHA archive", "lha x FILE")
        }
        _ if is_lzma(head) => Magic::Lzma,
        _ if is_pgp(head) => Magic::PGP,
        _ if is_cms(head) => {
            Magic::foreign("a CMS message", "openssl cms -decrypt -inform DER -in FILE")
        }
        _ if is_smime(text) => Magic::foreign("an S/MIME message", "openssl cms -decrypt -in FILE"),
        _ => Magic::Plain,
    }
}

/// Whether a file is not a container, by its first bytes.
pub(super) fn is_plain(head: &[u8]) -> bool {
    sniff(head) == Magic::Plain
}

/// The first block, or the end of a stream without any. `rest`: what follows the size of blocks.
fn is_bzip2_block(rest: &[u8]) -> bool {
    const BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
    const END: &[u8] = b"\x17\x72\x45\x38\x50\x90";
    [BLOCK, END].iter().any(|it| rest.starts_with(it) || it.starts_with(rest))
}

/// The format has no magic. Properties, a dictionary of 2^n or 3 * 2^n bytes, a length that is
/// unknown or below 256 GiB, and the first byte of the coder, which is 0: few other files look so.
fn is_lzma(head: &[u8]) -> bool {
    let Some((&[properties, a, b, c, d], rest)) = head.split_first_chunk() else { return false };
    let Some((length, coded)) = rest.split_first_chunk() else { return false };
    let (dictionary, length) = (u32::from_le_bytes([a, b, c, d]), u64::from_le_bytes(*length));
    let odd = dictionary >> dictionary.trailing_zeros().min(31);
    properties < 225
        && dictionary >= 1 << 12
        && matches!(odd, 1 | 3)
        && (length == u64::MAX || length < 1 << 38)
        && coded.first().is_none_or(|it| *it == 0)
}

/// The first packet of a message: a key that is encrypted for somebody, or by a passphrase, or the
/// start of a signed or of a compressed text; by its tag, its length and its version.
fn is_pgp(head: &[u8]) -> bool {
    matches!(
        head,
        // A key for somebody.
        [0x84, 0x20..=0xff, 3, ..]
            | [0x85, 0..=0x10, _, 3, ..]
            | [0xc1, 0x20..=0xbf, 3, ..]
            | [0xc1, 0xc0..=0xdf, _, 3, ..]
            // A key by a passphrase: its cipher, and how the passphrase makes it.
            | [0x8c | 0xc3, 4..=0x60, 4..=6, 1..=13, ..]
            // A signed text; a compressed one, whose length is not known.
            | [0x90, 0x0d, 3, ..]
            | [0xa3, 1..=3, _, ..]
    )
}

/// The name of the contents, in DER: `envelopedData` and its kin.
fn is_cms(head: &[u8]) -> bool {
    const PKCS7: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";
    const CMS: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01";
    // Behind the tag and the length, which has at most 5 bytes.
    head.first() == Some(&0x30)
        && (2..=6)
            .any(|at| head.get(at..).is_some_and(|it| it.starts_with(PKCS7) || it.starts_with(CMS)))
}

/// A letter whose headers say so.
fn is_smime(text: &[u8]) -> bool {
    const HEADERS: [&[u8]; 6] =
        [b"mime-version:", b"content-", b"from:", b"to:", b"subject:", b"date:"];
    let begins =
        |with: &[u8]| text.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with));
    HEADERS.into_iter().any(begins) && text.windows(10).any(|it| it == b"pkcs7-mime")
}

/// A header in ASCII, or an old one with a name of sensible length.
fn is_cpio(head: &[u8]) -> bool {
    let digits = |from: usize, to: usize| {
        head.get(from..to).is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit))
    };
    let sensible = |length: u16| (1..=4_096).contains(&length);
    match head {
        [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => digits(6, 110),
        [b'0', b'7', b'0', b'7', b'0', b'7', ..] => digits(6, 76),
        [0xc7, 0x71, ..] => head.len() > 26 && sensible(u16::from_le_bytes([head[20], head[21]])),
        [0x71, 0xc7, ..] => head.len() > 26 && sensible(u16::from_be_bytes([head[20], head[21]])),
        _ => false,
    }
}

/// `ustar`, or an older header with a valid checksum.
fn is_tar(head: &[u8]) -> bool {
    if head.get(257..262) == Some(b"ustar") {
        return true;
    }
    head.first_chunk::<HEAD>().is_some_and(|it| it[0] != 0 && is_header(it))
}

/// Whether this is a header of a tar archive: its sum is right.
pub(super) fn is_header(header: &[u8; HEAD]) -> bool {
    let sum: u32 = header.iter().map(|it| u32::from(*it)).sum();
    let field = &header[148..156];
    let sum = sum - field.iter().map(|it| u32::from(*it)).sum::<u32>() + 8 * u32::from(b' ');
    let octal = field.split(|it| *it == 0).next().unwrap_or_default();
    let octal = std::str::from_utf8(octal).unwrap_or_default();
    u32::from_str_radix(octal.trim_matches(' '), 8) == Ok(sum)
}
