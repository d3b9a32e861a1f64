//! Finds bytes that may make indentation misleading.

use std::ops::Range;

use memchr::{memchr, memchr2_iter, memchr3, memrchr};

use crate::text::survey::Surveyed;

/// What indentation may not show.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// Start of flow collections that continue on the next line, or of text that looks like one.
    /// Text in a flow collection may be in any column.
    Flow(Vec<usize>),
    /// A carriage return that is a line break of its own.
    Return,
    /// Too many marks.
    Unknown,
}

impl Marks {
    pub(super) fn of(text: Surveyed<'_>, object: Range<usize>) -> Self {
        let bytes = &text.text().as_bytes()[object.clone()];
        let Some(marks) = text.marks(object.clone()) else { return Self::Unknown };
        let stands = |byte| marks.iter().any(|it| bytes[it - object.start] == byte);
        if stands(b'\r') {
            return Self::Return;
        }
        let anchors = stands(b'&');
        let (mut flows, mut at) = (Vec::new(), 0);
        let mut look = |bracket: usize| {
            if bracket >= at {
                match length(bytes, bracket, anchors) {
                    Some(length) => at = bracket + length,
                    None => flows.push(object.start + bracket),
                }
            }
        };
        if anchors {
            // A bracket ends an anchor, without a blank before the bracket.
            memchr2_iter(b'{', b'[', bytes).for_each(look);
        } else {
            for mark in marks.iter().map(|it| it - object.start) {
                if b" \t\n".contains(&bytes[mark]) && mark + 1 < bytes.len() {
                    look(mark + 1);
                }
            }
        }
        Self::Flow(flows)
    }
}

/// Number of bytes, from this bracket on, that need not be examined; none if a flow collection that
/// is not closed on its line may start here.
fn length(bytes: &[u8], at: usize, anchors: bool) -> Option<usize> {
    if let [b'{', b'}', ..] | [b'[', b']', ..] = bytes[at..] {
        return Some(2);
    }
    match place(&bytes[..at], anchors) {
        Place::Nowhere => Some(1),
        Place::Line if follows_bar(&bytes[..at]) => {
            let rest = &bytes[at..];
            Some(memchr(b'\n', rest).unwrap_or(rest.len()))
        }
        // JSON in a text, such as the configuration saved by `kubectl apply`.
        Place::Line => json_length(&bytes[at..]),
        Place::Value => None,
    }
}

/// Whether the next line is the first of a literal scalar, such as the configuration saved by
/// `kubectl apply`, or continues other text: the line before ends in a bar, outside a comment. If
/// it is neither, the parser refuses it, because a collection cannot be a key.
fn follows_bar(before: &[u8]) -> bool {
    let Some(end) = memrchr(b'\n', before) else { return false };
    let start = memrchr(b'\n', &before[..end]).map_or(0, |it| it + 1);
    let line = &before[start..end];
    line.ends_with(b" |") && memchr(b'#', line).is_none()
}

/// Where a bracket is.
enum Place {
    /// First on its line.
    Line,
    /// After a colon, a dash, an anchor or a tag, where a value may start.
    Value,
    /// Where no value can start.
    Nowhere,
}

fn place(before: &[u8], anchors: bool) -> Place {
    let blank = |it: &u8| matches!(it, b' ' | b'\t');
    let Some(last) = before.iter().rposition(|it| !blank(it)) else { return Place::Line };
    let word = || {
        let word = before[..=last].rsplit(|it| blank(it) || b"\r\n,[]{}".contains(it)).next();
        word.and_then(|it| it.first()).copied()
    };
    match before[last] {
        b'\n' => Place::Line,
        // A bracket ends an anchor.
        _ if last + 1 == before.len() => match anchors.then(word).flatten() {
            Some(b'&') => Place::Value,
            _ => Place::Nowhere,
        },
        b':' | b'-' | b'?' => Place::Value,
        _ => match word() {
            Some(b'&' | b'!') => Place::Value,
            _ => Place::Nowhere,
        },
    }
}

/// Length of a list or mapping that is JSON and ends on its line. As a flow collection, it ends
/// there in YAML, too.
fn json_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    // A string may follow a bracket, a comma, or a colon that follows a string or precedes a space.
    let (mut before, mut colon_of_string) = (b',', false);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b' ' => colon_of_string |= before == b':',
            b'{' | b'[' if before != b'"' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            b',' => {}
            b':' => colon_of_string = before == b'"',
            b'"' if matches!(before, b'{' | b'[' | b',') || before == b':' && colon_of_string => {
                at += string_length(&bytes[at..])?;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'+' | b'-' if before != b'"' => {}
            _ => return None,
        }
        if byte != b' ' {
            before = byte;
        }
    }
}

/// Length of a string after its opening quote, with the closing quote on the same line.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr3(b'"', b'\n', b'\\', bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => return None,
        }
    }
}
