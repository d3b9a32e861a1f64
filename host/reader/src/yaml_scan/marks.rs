//! Bytes that decide whether indentation tells the structure of an object.

use memchr::{memchr, memchr2};

/// What in an object's bytes indentation may not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// Nothing.
    None,
    /// Where a flow collection begins, or what looks like it inside a text. A plain or quoted text inside of one
    /// may go on in any column.
    Flow,
    /// A carriage return that ends a line by itself.
    Return,
}

impl Marks {
    pub(super) fn of(bytes: &[u8]) -> Self {
        // Both are rare, so one look nearly always tells that there is neither.
        let anchors = match memchr2(b'\r', b'&', bytes) {
            None => false,
            Some(first) => {
                if has_lone_return(&bytes[first..]) {
                    return Self::Return;
                }
                memchr(b'&', &bytes[first..]).is_some()
            }
        };
        if may_hold_flow(bytes, anchors) { Self::Flow } else { Self::None }
    }
}

fn has_lone_return(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', bytes).any(|it| bytes.get(it + 1) != Some(&b'\n'))
}

/// Whether a bracket stands where a flow collection may begin: behind a blank, or, where there are `anchors`, behind
/// one. `{}` and `[]` are none.
fn may_hold_flow(bytes: &[u8], anchors: bool) -> bool {
    let mut at = 0;
    while let Some(found) = memchr2(b'{', b'[', &bytes[at..]) {
        at += found;
        let empty = matches!(bytes[at..], [b'{', b'}', ..] | [b'[', b']', ..]);
        let before = &bytes[..at];
        if !empty && (before.last().is_none_or(|it| *it <= b' ') || anchors && is_anchored(before))
        {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether the word that ends here is an anchor, which ends at a bracket by itself.
fn is_anchored(before: &[u8]) -> bool {
    let word = before.rsplit(|it| *it <= b' ' || b",[]{}".contains(it)).next();
    word.is_some_and(|it| it.starts_with(b"&"))
}
