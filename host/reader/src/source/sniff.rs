//! Recognises a container by its first bytes. The name of a file does not matter.

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Magic {
    Plain,
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Tar,
    Zip,
    /// A format that cannot be read, by name.
    Foreign(&'static str),
}

/// This many bytes are enough: the first header of a tar file.
pub(super) const HEAD: usize = 512;

/// What a stream is, by its first bytes.
pub(super) fn sniff(head: &[u8]) -> Magic {
    match head {
        [0x1f, 0x8b, ..] => Magic::Gzip,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Magic::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Magic::Zstd,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Magic::Bzip2,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Magic::Zip,
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Magic::Foreign("7-Zip"),
        [b'R', b'a', b'r', b'!', 0x1a, 0x07, ..] => Magic::Foreign("RAR"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Magic::Foreign("LZ4"),
        _ if is_tar(head) => Magic::Tar,
        _ => Magic::Plain,
    }
}

/// Whether a file is not a container, by its first bytes.
pub(super) fn is_plain(head: &[u8]) -> bool {
    sniff(head) == Magic::Plain
}

/// `ustar`, or an older header with a valid checksum.
fn is_tar(head: &[u8]) -> bool {
    if head.get(257..262) == Some(b"ustar") {
        return true;
    }
    let Some(header) = head.first_chunk::<HEAD>().filter(|it| it[0] != 0) else { return false };
    let sum: u32 = header.iter().map(|it| u32::from(*it)).sum();
    let field = &header[148..156];
    let sum = sum - field.iter().map(|it| u32::from(*it)).sum::<u32>() + 8 * u32::from(b' ');
    let octal = std::str::from_utf8(field).unwrap_or_default();
    let octal = octal.trim_matches(['\0', ' ']);
    u32::from_str_radix(octal, 8) == Ok(sum)
}
