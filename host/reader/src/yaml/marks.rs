//! Bytes that decide whether indentation tells the structure of an object.

use std::ops::Range;

use memchr::{memchr, memchr2_iter, memchr3, memrchr};

use crate::text::survey::Surveyed;

/// What in an object's bytes indentation may not tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// Flow collections that go on in the next line, or what looks like one inside of a text: where they begin, in
    /// order. A plain or quoted text in one may go on in any column.
    Flow(Vec<usize>),
    /// A carriage return that ends a line by itself.
    Return,
    /// There are too many to tell.
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
            // An anchor ends at a bracket by itself, and then no blank need stand before that.
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

/// As many bytes of the bracket that stands here and what follows it need not be looked at; none where a flow collection
/// may begin that does not close in its line.
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
        // JSON in a text, such as the configuration that `kubectl apply` saves.
        Place::Line => json_length(&bytes[at..]),
        Place::Value => None,
    }
}

/// Whether what stands behind these bytes is the first line of a literal scalar, such as the configuration that `kubectl
/// apply` saves, or goes on with another text: the line before ends in a bar, outside of a comment. Where it is neither,
/// the parser refuses it, for a collection is no key.
fn follows_bar(before: &[u8]) -> bool {
    let Some(end) = memrchr(b'\n', before) else { return false };
    let start = memrchr(b'\n', &before[..end]).map_or(0, |it| it + 1);
    let line = &before[start..end];
    line.ends_with(b" |") && memchr(b'#', line).is_none()
}

/// Where a bracket stands.
enum Place {
    /// First in its line.
    Line,
    /// Where a value may begin otherwise: behind a colon, a dash, an anchor, a tag.
    Value,
    /// Where none can begin.
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
        // An anchor ends at a bracket by itself.
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

/// Bytes of a list or mapping that is JSON and ends in its line. Where it is a flow collection, it ends here for YAML as
/// well.
fn json_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    // What a string may stand behind: a bracket, a comma, or a colon that follows a string or that a space follows.
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

/// Bytes of what follows the quote that opens a string, with the one that closes it in the same line.
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
