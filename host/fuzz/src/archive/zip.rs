//! Writes zip files as zip, its relatives and liars do.

use std::io::Read;

use flate2::{Compression, Crc, read::DeflateEncoder};

use super::{Around, Made, Member, member};
use crate::draw::Draw;

/// The flags of an entry: its sizes stand behind its content; its name is UTF-8; it is encrypted.
const SIZES_FOLLOW: u16 = 1 << 3;
const UTF_8: u16 = 1 << 11;
const ENCRYPTED: u16 = 1;

/// What is the same in the header of an entry and in the directory.
struct Common {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
}

impl Common {
    fn write(&self, out: &mut Vec<u8>, has_sizes: bool) {
        let Self { flags, method, crc, packed, size } = self;
        out.extend([20, 0]);
        out.extend(flags.to_le_bytes());
        out.extend(method.to_le_bytes());
        out.extend([0; 4]);
        for it in [crc, packed, size] {
            out.extend(if has_sizes { *it } else { 0 }.to_le_bytes());
        }
    }
}

pub(super) fn write(draw: &mut Draw<'_>, made: &mut Made, around: Around) -> Vec<u8> {
    let (mut out, mut directory, mut listed) = (Vec::new(), Vec::new(), 0_u16);
    for _ in 0..draw.below(5) {
        let at = u32::try_from(out.len()).expect("a small file");
        let lie = if draw.rarely(6) { 1 + draw.below(6) } else { 0 };
        made.is_spoiled |= lie > 0;
        let spoiled = Around { is_spoiled: around.is_spoiled || lie > 0, ..around };
        let (Member { path, content }, _) = member(draw, made, spoiled);
        let is_stored = draw.flag();
        let packed = if is_stored { content.clone() } else { deflated(&content) };
        let mut crc = Crc::new();
        crc.update(&content);
        let mut common = Common {
            flags: if draw.flag() { UTF_8 } else { 0 },
            method: if is_stored { 0 } else { 8 },
            crc: crc.sum(),
            packed: length(&packed),
            size: length(&content),
        };
        match lie {
            1 => common.crc ^= 1,
            2 => common.flags |= ENCRYPTED,
            3 => common.method = u16::from(draw.byte()),
            4 => common.size = length(&content).wrapping_add(u32::from(draw.byte())),
            // What overlaps the next entry may cost all.
            5 => {
                made.lies = true;
                common.packed = common.packed.wrapping_add(u32::from(draw.byte()));
            }
            _ => {}
        }
        // Of a stored entry nothing but the directory tells where it ends.
        let sizes_follow = !is_stored && draw.flag();
        if sizes_follow {
            common.flags |= SIZES_FOLLOW;
        }
        out.extend(b"PK\x03\x04");
        common.write(&mut out, !sizes_follow);
        out.extend(u16::try_from(path.len()).expect("a short path").to_le_bytes());
        out.extend([0; 2]);
        out.extend(&path);
        out.extend(packed);
        if sizes_follow {
            out.extend(b"PK\x07\x08");
            for it in [common.crc, common.packed, common.size] {
                out.extend(it.to_le_bytes());
            }
        }
        if lie == 6 {
            // The directory does not list it.
            continue;
        }
        listed += 1;
        directory.extend(b"PK\x01\x02\x14\x03");
        common.write(&mut directory, true);
        directory.extend(u16::try_from(path.len()).expect("a short path").to_le_bytes());
        directory.extend([0; 8]);
        // A file of Unix that anybody may read.
        directory.extend((0o100_644_u32 << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(&path);
    }
    let at = length(&out);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        out.extend(listed.to_le_bytes());
    }
    out.extend(length(&directory).to_le_bytes());
    out.extend(at.to_le_bytes());
    let comment = if draw.rarely(8) { draw.bytes() } else { b"" };
    out.extend(u16::try_from(comment.len()).expect("a short comment").to_le_bytes());
    out.extend(comment);
    out
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a small file")
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    DeflateEncoder::new(bytes, Compression::fast()).read_to_end(&mut out).expect("memory");
    out
}
