//! How large the flow collections of a text are, `[…]` and `{…}`, before they are parsed: the
//! parser holds all tokens of one at once, since it may turn out to be a key.

use memchr::memchr2;

use crate::limits::MAX_FLOW;

/// The line on which a flow collection begins that holds more values than are allowed; none where
/// there is none. What looks like a collection in a block of text counts too.
pub(super) fn too_large(text: &str) -> Option<u64> {
    // Each value has a byte, and one that parts it from the next.
    if text.len() / 2 < MAX_FLOW {
        return None;
    }
    let bytes = text.as_bytes();
    let (mut at, mut before, mut looked_at) = (0, Before::default(), 0);
    while let Some(found) = memchr2(b'[', b'{', &bytes[at..]) {
        let start = at + found;
        at = start + 1;
        bytes[looked_at..start].iter().for_each(|it| before.byte(*it));
        looked_at = start;
        if before.starts_node() {
            match end(bytes, start) {
                Some(end) => at = end,
                None => {
                    return Some(1 + memchr::memchr_iter(b'\n', &bytes[..start]).count() as u64);
                }
            }
        }
    }
    None
}

/// What stands in a line before a bracket. A line may hold many, and is looked through once.
#[derive(Default)]
struct Before {
    /// The last byte that is not blank, and the first of its word.
    last: Option<u8>,
    word: Option<u8>,
    in_word: bool,
}

impl Before {
    fn byte(&mut self, byte: u8) {
        if byte == b'\n' {
            *self = Self::default();
        } else if byte.is_ascii_whitespace() {
            self.in_word = false;
        } else {
            self.last = Some(byte);
            if !std::mem::replace(&mut self.in_word, true) {
                self.word = Some(byte);
            }
        }
    }

    /// Whether a node may start behind this.
    fn starts_node(&self) -> bool {
        matches!(self.last, None | Some(b'-' | b':' | b'?'))
            || matches!(self.word, Some(b'&' | b'!'))
    }
}

/// Where the collection ends that starts here, or the text; none where it holds too many values.
fn end(bytes: &[u8], start: usize) -> Option<usize> {
    let is_blank = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
    let is_flow = |at: usize| bytes.get(at).is_some_and(|it| b",[]{}".contains(it));
    let (mut at, mut values, mut depth) = (start, 0, 0_usize);
    // Whether a value may begin here, and whether a colon ends a key though no blank follows.
    let (mut fresh, mut adjacent) = (true, false);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let was_adjacent = std::mem::take(&mut adjacent);
        match byte {
            b'[' | b'{' => (depth, values, fresh) = (depth + 1, values + 1, true),
            b',' => (values, fresh) = (values + 1, true),
            b':' if was_adjacent || is_blank(at) || is_flow(at) => {
                (values, fresh) = (values + 1, true);
            }
            b']' | b'}' => {
                (depth, fresh, adjacent) = (depth - 1, false, true);
                if depth == 0 {
                    return Some(at);
                }
            }
            b'#' if is_blank(at - 2) => {
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |it| at + it);
            }
            b'"' | b'\'' if fresh => {
                at = quoted(bytes, at, byte);
                (fresh, adjacent) = (false, true);
            }
            b'&' | b'!' | b'*' if fresh => {
                while !is_blank(at) && !is_flow(at) {
                    at += 1;
                }
            }
            b'?' if fresh && is_blank(at) => {}
            _ => fresh &= byte.is_ascii_whitespace(),
        }
        if values > MAX_FLOW {
            return None;
        }
    }
    Some(at)
}

/// Where a quoted scalar ends, behind its first quote.
fn quoted(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while let Some(found) = memchr2(quote, b'\\', &bytes[at..]) {
        at += found + 1;
        match (bytes[at - 1], bytes.get(at)) {
            (b'\\', _) if quote == b'"' => at += 1,
            (b'\\', _) => {}
            (_, Some(b'\'')) if quote == b'\'' => at += 1,
            _ => return at,
        }
        at = at.min(bytes.len());
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `N`: as many values as are allowed.
    #[track_caller]
    fn check(text: &str, want: Option<u64>) {
        let many = "1,".repeat(MAX_FLOW);
        let text = text.replace('N', many.trim_end_matches(','));
        let found = too_large(&text);
        assert_eq!(found, want, "{}", text.replace(&many, "N"));
    }

    #[test]
    fn values_of_a_collection_are_counted() {
        check("a:\n- [N]", None);
        check("a:\n- [N, 1]", Some(2));
        check("{a: 1, b: [N]}", Some(1));
        check("[[N], 1]", Some(1));
        check("a: &x !!seq [\n  N,\n  1]", Some(1));
        check("a: [N]\nb: [N]", None);
    }

    #[test]
    fn quoted_scalars_and_comments_are_none() {
        check("a: ['N, N']", None);
        check("a: [\"N, \\\" N\"]", None);
        check("a: ['x'', ', N, 1]", Some(1));
        check("a: [\"\\\\\", N, 1]", Some(1));
        check("a: [ # , \"\n N, 1]", Some(1));
        check("a: [x \", N, 1]", Some(1));
        check("a: [x:\"y, N, 1]", Some(1));
        check("a: [&x \", N\", 1]", None);
        check("a: {\"x\":\"N, N\"}", None);
        check("a: it's\nb: [N, 1]", Some(2));
    }

    #[test]
    fn what_stands_in_words_is_no_collection() {
        check("a: about [N, N]\n", None);
        check("a: x{N, N}\n", None);
    }
}
