//! Writes tar archives as tar, its relatives and liars do.

use super::{Around, Made, Member, content, member};
use crate::draw::Draw;

const BLOCK: usize = 512;

/// Types with a content that is that of a file.
const FILES: [u8; 3] = [b'0', 0, b'7'];

/// Types that have no content, or none that is read.
const OTHERS: [u8; 10] = *b"123456VZMD";

pub(super) fn write(draw: &mut Draw<'_>, made: &mut Made, around: Around) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..draw.below(5) {
        match draw.below(16) {
            // Between entries: archives that were put one behind the other. What begins with zeros
            // is no archive to anybody.
            0 if !out.is_empty() => out.resize(out.len() + BLOCK * (1 + draw.below(3)), 0),
            1 => entry(&mut out, b"folder/", b'5', b""),
            2 => {
                // A link to a file that is there or not; what is not there was not packed.
                made.is_spoiled = true;
                let mut header = header(b"link.yaml", draw.of(b"12"), 0);
                header[157..163].copy_from_slice(b"a.yaml");
                sum(&mut header);
                out.extend(header);
            }
            3 => {
                let is_spoiled = true;
                made.is_spoiled = true;
                let content = content(draw, made, Around { is_spoiled, ..around });
                entry(&mut out, b"odd.yaml", draw.of(&OTHERS), &content);
            }
            4 => {
                made.lies = true;
                liar(draw, &mut out, made, around);
            }
            _ => file(draw, &mut out, made, around),
        }
    }
    out.resize(out.len() + BLOCK * draw.below(4), 0);
    if draw.rarely(16) {
        made.lies = true;
        out.extend(draw.bytes());
    }
    if out.is_empty() {
        out.resize(2 * BLOCK, 0);
    }
    out
}

/// A file as some program would write it.
fn file(draw: &mut Draw<'_>, out: &mut Vec<u8>, made: &mut Made, around: Around) {
    let (Member { mut path, content }, leads_out) = member(draw, made, around);
    let kind = draw.of(&FILES);
    match draw.below(6) {
        0 if !leads_out => {
            // A name that has no place in a header.
            path.splice(0..0, b"long/".repeat(30));
            let mut name = path;
            name.push(0);
            entry(out, b"././@LongLink", b'L', &name);
            entry(out, b"cut", kind, &content);
        }
        1 => {
            let path = String::from_utf8_lossy(&path).into_owned();
            entry(out, b"pax", b'x', record("path", &path).as_bytes());
            entry(out, b"other", kind, &content);
        }
        2 => {
            entry(out, b"pax", b'g', record("comment", "all of it").as_bytes());
            entry(out, &path, kind, &content);
        }
        3 => {
            // A size in base 256, as for large files.
            let mut header = header(&path, kind, content.len());
            header[124..136].fill(0);
            header[124] = 0x80;
            header[128..136].copy_from_slice(&(content.len() as u64).to_be_bytes());
            sum(&mut header);
            out.extend(header);
            padded(out, &content);
        }
        _ => entry(out, &path, kind, &content),
    }
}

/// An entry of which something is wrong.
fn liar(draw: &mut Draw<'_>, out: &mut Vec<u8>, made: &mut Made, around: Around) {
    let around = Around { is_spoiled: true, ..around };
    let (Member { path, content }, _) = member(draw, made, around);
    let mut header = header(&path, b'0', content.len());
    match draw.below(6) {
        // What is left out of a file is not in the archive; so no size is less than what is there.
        0 | 1 => {
            let more = usize::try_from(draw.number()).unwrap_or(usize::MAX);
            size(&mut header, content.len().saturating_add(more));
        }
        2 => size(&mut header, content.len() + BLOCK),
        3 => header[124..136].copy_from_slice(b"not a number"),
        // Not a long name (`L`, `K`): any bytes are one.
        4 => header[156] = draw.of(b"xgSNX"),
        _ => {
            // Any byte of the header, and a sum that no longer fits.
            header[draw.below(256) + draw.below(256)] = draw.byte();
            out.extend(header);
            return padded(out, &content);
        }
    }
    sum(&mut header);
    out.extend(header);
    padded(out, &content);
}

fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    // Its length counts its own digits, of which there are few.
    let len = (rest..rest + 9).find(|it| rest + it.to_string().len() == *it).unwrap_or(rest);
    format!("{len} {key}={value}\n")
}

fn entry(out: &mut Vec<u8>, path: &[u8], kind: u8, content: &[u8]) {
    out.extend(header(path, kind, content.len()));
    padded(out, content);
}

fn padded(out: &mut Vec<u8>, content: &[u8]) {
    out.extend(content);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

fn header(path: &[u8], kind: u8, length: usize) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    header[..path.len()].copy_from_slice(path);
    header[100..107].copy_from_slice(b"0000644");
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar  \0");
    size(&mut header, length);
    sum(&mut header);
    header
}

fn size(header: &mut [u8; BLOCK], size: usize) {
    let digits = format!("{:011o}\0", size & 0o777_7777_7777);
    header[124..136].copy_from_slice(digits.as_bytes());
}

fn sum(header: &mut [u8; BLOCK]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|it| u32::from(*it)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}
