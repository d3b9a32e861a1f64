//! Decodes scalars of block YAML.

use std::borrow::Cow;

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x16};
use memchr::{memchr, memchr2, memchr3};

use super::{
    resolve::{Style, resolve},
    scan::{Scan, Stop},
};
use crate::{broken::Odd, object::value::Value};

/// Whether a plain text is certainly text, not a boolean, null or number: nearly all are.
pub(super) fn is_word(text: &[u8]) -> bool {
    match text {
        [first, second, ..] if first.is_ascii_alphabetic() => {
            // The first letters of `yes`, `no`, `null`, `true`, `false`, `on`, `off`, in any case.
            let words = [b"ye", b"no", b"nu", b"tr", b"fa", b"on", b"of"];
            !words.contains(&&[first | 0x20, second | 0x20])
        }
        _ => false,
    }
}

/// Where the word at `at` ends: letters, digits and a few signs that have no other meaning in plain
/// text.
#[inline]
pub(super) fn word_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(part) = bytes.get(at..).and_then(|it| it.first_chunk()) {
        let other = !dispatch!(Level::baseline(), simd => word_bytes(simd, part)) & 0xffff;
        if other != 0 {
            return at + other.trailing_zeros() as usize;
        }
        at += 16;
    }
    let is_word = |it: &&u8| it.is_ascii_alphanumeric() || b"-./_".contains(it);
    at + bytes[at..].iter().take_while(is_word).count()
}

#[inline(always)]
fn word_bytes<S: Simd>(simd: S, part: &[u8; 16]) -> u64 {
    let part = u8x16::load_array_ref(simd, part);
    let splat = |byte| u8x16::splat(simd, byte);
    let letters = ((part | splat(0x20)) - splat(b'a')).simd_lt(splat(26));
    // In ASCII, `-`, `.` and `/` come just before the digits.
    let digits = (part - splat(b'-')).simd_lt(splat(13));
    (letters | digits | part.simd_eq(splat(b'_'))).to_bitmask()
}

/// False if there is a byte order mark: it ends or breaks a scalar, depending on its position.
pub(super) fn is_sure(text: &str) -> bool {
    text.is_ascii() || !text.contains('\u{feff}')
}

/// A line without its line end and trailing spaces.
fn trim_end(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line).trim_end_matches(' ')
}

/// A plain scalar, up to `end`, the start of a line.
pub(super) fn plain(scan: Scan<'_>, at: usize, end: usize) -> Result<Value<'_>, Stop> {
    let text = scan.text();
    let word_end = word_end(text.as_bytes(), at);
    if word_end + 1 == end && scan.byte(word_end) == Some(b'\n') {
        return Ok(resolved(Cow::Borrowed(&text[at..word_end])));
    }
    let line_end = scan.line_end(at)?.min(end);
    let (first, comment) = plain_line(&scan.text()[at..line_end])?;
    let rest = &scan.text()[(line_end + 1).min(end)..end];
    let text = if rest.is_empty() { Cow::Borrowed(first) } else { fold(first, comment, rest)? };
    if !is_sure(&text) {
        return Err(Stop::Odd);
    }
    Ok(resolved(text))
}

fn resolved(text: Cow<'_, str>) -> Value<'_> {
    if is_word(text.as_bytes()) { Value::Text(text) } else { resolve(text, Style::Plain) }
}

/// The text of one line of a plain scalar, and whether a comment follows.
fn plain_line(line: &str) -> Result<(&str, bool), Odd> {
    let line = trim_end(line);
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr3(b':', b'#', b'\t', &bytes[at..]) {
        at += found;
        match bytes[at] {
            b':' if matches!(bytes.get(at + 1), None | Some(b' ')) => return Err(Odd),
            b'#' if at == 0 || bytes[at - 1] == b' ' => {
                return Ok((line[..at].trim_end_matches(' '), true));
            }
            b'\t' => return Err(Odd),
            _ => at += 1,
        }
    }
    Ok((line, false))
}

/// Joins the lines of a plain scalar: a single line feed becomes a space; of several, the first is
/// dropped.
fn fold<'t>(first: &'t str, comment: bool, rest: &'t str) -> Result<Cow<'t, str>, Odd> {
    let mut text = Cow::Borrowed(first);
    let (mut feeds, mut ended) = (1, comment);
    for line in rest.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = trim_end(line).trim_start_matches(' ');
        if line.is_empty() {
            feeds += 1;
        } else if line.starts_with('#') {
            ended = true;
        } else if ended {
            return Err(Odd);
        } else {
            let (more, comment) = plain_line(line)?;
            let text = text.to_mut();
            push_feeds(feeds, text);
            text.push_str(more);
            (feeds, ended) = (1, comment);
        }
    }
    Ok(text)
}

fn push_feeds(feeds: usize, text: &mut String) {
    match feeds {
        1 => text.push(' '),
        _ => text.extend(std::iter::repeat_n('\n', feeds - 1)),
    }
}

/// The text between two quotes.
pub(super) fn quoted(text: &str, open: usize, close: usize) -> Result<Cow<'_, str>, Odd> {
    let inside = &text[open + 1..close];
    if !is_sure(inside) {
        return Err(Odd);
    }
    let double = text.as_bytes()[open] == b'"';
    let special = if double { b'\\' } else { b'\'' };
    if memchr2(special, b'\n', inside.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(inside));
    }
    let mut out = String::with_capacity(inside.len());
    // Up to this length, trailing blanks are kept at a line end.
    let mut solid = 0;
    let mut rest = inside;
    while let Some(found) = memchr2(special, b'\n', rest.as_bytes()) {
        out.push_str(&rest[..found]);
        let before = rest.as_bytes()[found];
        rest = &rest[found + 1..];
        if before == b'\n' {
            let blank = out[solid..].trim_end_matches([' ', '\t', '\r']).len();
            out.truncate(solid + blank);
            let feeds;
            (feeds, rest) = blank_lines(rest);
            push_feeds(feeds + 1, &mut out);
        } else if !double {
            out.push('\'');
            rest = &rest[1..];
        } else if let Some(after) = rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n")) {
            let feeds;
            (feeds, rest) = blank_lines(after);
            out.extend(std::iter::repeat_n('\n', feeds));
        } else {
            let (escaped, after) = escape(rest).ok_or(Odd)?;
            out.push(escaped);
            rest = after;
        }
        solid = out.len();
    }
    out.push_str(rest);
    Ok(out.into())
}

/// Number of blank lines at the start of a text, and the text after them and after leading spaces.
fn blank_lines(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches([' ', '\t', '\r', '\n']);
    (text[..text.len() - rest.len()].matches('\n').count(), rest)
}

/// The character for an escape, and the text after the escape.
fn escape(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let digits = match chars.next()? {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        it => {
            let it = match it {
                '0' => '\0',
                'a' => '\x07',
                'b' => '\x08',
                't' | '\t' => '\t',
                'n' => '\n',
                'v' => '\x0b',
                'f' => '\x0c',
                'r' => '\r',
                'e' => '\x1b',
                ' ' | '"' | '/' | '\\' => it,
                'N' => '\u{85}',
                '_' => '\u{a0}',
                'L' => '\u{2028}',
                'P' => '\u{2029}',
                _ => return None,
            };
            return Some((it, chars.as_str()));
        }
    };
    let (number, rest) = chars.as_str().split_at_checked(digits)?;
    if !number.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    Some((char::from_u32(u32::from_str_radix(number, 16).ok()?)?, rest))
}

/// What happens to line feeds at the end of a block scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Clip,
    Strip,
    Keep,
}

/// The literal block scalar whose `|` is at `at`, of a key or dash in column `column`.
pub(super) fn literal(
    scan: Scan<'_>,
    at: usize,
    column: usize,
    end: usize,
) -> Result<Cow<'_, str>, Stop> {
    let (chomp, indicated, header_end) = header(scan.text().as_bytes(), at + 1);
    scan.line_ends(header_end)?;
    let from = scan.line_after(at)?.min(end);
    let lines = &scan.text()[from..end];
    if !is_sure(lines) {
        return Err(Stop::Odd);
    }
    let last = lines.as_bytes().rsplit(|it| *it == b'\n').next().unwrap_or_default();
    if !last.is_empty() && last.iter().all(|it| *it == b' ') {
        // Trailing spaces at the end of the text: their meaning depends on their number.
        return Err(Stop::Odd);
    }
    let indent = match indicated {
        Some(more) => column + more,
        None => found_indent(lines, column)?,
    };
    let mut out = String::with_capacity(lines.len());
    let mut feeds = 0;
    let mut rest = lines;
    while !rest.is_empty() {
        let line_end = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = &rest[..line_end];
        let line = line.strip_suffix('\r').unwrap_or(line);
        rest = rest.get(line_end + 1..).unwrap_or_default();
        let spaces = line.bytes().take_while(|it| *it == b' ').count();
        if spaces == line.len() && spaces <= indent {
            feeds += 1;
        } else if spaces >= indent {
            out.extend(std::iter::repeat_n('\n', feeds));
            out.push_str(&line[indent..]);
            feeds = 1;
        } else if line.as_bytes()[spaces] == b'#' {
            break;
        } else {
            return Err(Stop::Odd);
        }
    }
    match chomp {
        Chomp::Strip => {}
        Chomp::Clip if out.is_empty() => {}
        Chomp::Clip => out.push('\n'),
        Chomp::Keep => out.extend(std::iter::repeat_n('\n', feeds)),
    }
    Ok(out.into())
}

/// The header after a `|`: chomping, indentation, and where it ends.
fn header(bytes: &[u8], at: usize) -> (Chomp, Option<usize>, usize) {
    let (mut chomp, mut indent, mut at) = (Chomp::Clip, None, at);
    for _ in 0..2 {
        match bytes.get(at) {
            Some(b'-') if chomp == Chomp::Clip => chomp = Chomp::Strip,
            Some(b'+') if chomp == Chomp::Clip => chomp = Chomp::Keep,
            Some(it @ b'1'..=b'9') if indent.is_none() => indent = Some(usize::from(it - b'0')),
            _ => break,
        }
        at += 1;
    }
    (chomp, indent, at)
}

/// The indentation of a block scalar without an indicator: that of its first line that is not
/// blank.
fn found_indent(lines: &str, column: usize) -> Result<usize, Odd> {
    let mut blank = 0;
    for line in lines.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let spaces = line.bytes().take_while(|it| *it == b' ').count();
        if spaces == line.len() {
            blank = spaces.max(blank);
        } else if line.as_bytes()[spaces] == b'\t' || blank > spaces {
            return Err(Odd);
        } else {
            return Ok(spaces.max(column + 1));
        }
    }
    Ok(blank.max(column + 1))
}
