//! Lines that separate documents, and lines around printed logs.

use fearless_simd::{Level, Simd, dispatch, prelude::*};

use crate::text::block::{self, is, load_at, padded};

/// Next line, after `from`, that starts with `--`, `..` or `==`.
pub(crate) fn next_separator_line(text: &str, from: usize) -> Option<usize> {
    dispatch!(Level::new(), simd => find_separator_line(simd, text.as_bytes(), from))
}

#[inline(always)]
fn find_separator_line<S: Simd>(simd: S, text: &[u8], from: usize) -> Option<usize> {
    const CHUNK: usize = block::LEN + 2;
    for at in (from..text.len()).step_by(block::LEN) {
        let rest = &text[at..];
        let chunk: &[u8; CHUNK] = match rest.first_chunk() {
            Some(chunk) => chunk,
            None => &padded(rest),
        };
        let next = load_at(simd, chunk, 1);
        let twice = next.simd_eq(load_at(simd, chunk, 2));
        let signs = is(next, b'-') | is(next, b'.') | is(next, b'=');
        let found = (is(load_at(simd, chunk, 0), b'\n') & twice & signs).to_bitmask();
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize + 1);
        }
    }
    None
}

/// Whether a line starts like a separator.
pub(crate) fn begins_separator_line(line: &str) -> bool {
    ["--", "..", "=="].iter().any(|it| line.starts_with(it))
}

/// The length of `---` and of `...`.
pub(crate) const MARKER: usize = 3;

pub(super) fn line_length(text: &str) -> usize {
    memchr::memchr(b'\n', text.as_bytes()).map_or(text.len(), |it| it + 1)
}

/// The first document marker, at `from` or later. `ended`: nothing follows the text, so its last
/// line is complete.
pub(crate) fn first_marker(text: &str, from: usize, ended: bool) -> Option<usize> {
    let is_whole = |at: usize| ended || at + MARKER < text.len();
    if from == 0 && is_marker(text) && is_whole(0) {
        return Some(0);
    }
    let mut at = from.saturating_sub(1);
    loop {
        at = next_separator_line(text, at)?;
        if is_marker(&text[at..]) && is_whole(at) {
            return Some(at);
        }
    }
}

/// The last complete document marker that is not on the first line, and not before `from`.
pub(crate) fn last_marker(text: &str, from: usize) -> Option<usize> {
    let from = from.saturating_sub(1);
    let mut end = text.len();
    loop {
        let at = from + memchr::memrchr(b'\n', &text.as_bytes()[from..end])? + 1;
        if is_marker(&text[at..]) && at + MARKER < text.len() {
            return Some(at);
        }
        end = at - 1;
    }
}

/// The length of the first line, if it is complete and holds a document marker and no content.
pub(crate) fn marker_alone(text: &str) -> Option<usize> {
    let line = &text[..=memchr::memchr(b'\n', text.as_bytes())?];
    match marker(line)? {
        Marker::Start { alone } => alone.then_some(line.len()),
        Marker::End => Some(line.len()),
    }
}

/// The length of the complete lines at the start that hold a document marker and no content. A text
/// may have millions of them.
pub(crate) fn markers_alone(text: &str) -> usize {
    const PLAIN: &[u8; 4] = b"---\n";
    let mut at = 0;
    loop {
        let (lines, _) = text.as_bytes()[at..].as_chunks::<{ PLAIN.len() }>();
        at += PLAIN.len() * lines.iter().take_while(|it| *it == PLAIN).count();
        match marker_alone(&text[at..]) {
            Some(length) => at += length,
            None => return at,
        }
    }
}

/// Whether a text starts with a document marker.
pub(crate) fn is_marker(text: &str) -> bool {
    (text.starts_with("---") || text.starts_with("..."))
        && matches!(text.as_bytes().get(MARKER), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
}

pub(super) enum Marker {
    /// `---`, alone on its line or followed by content.
    Start { alone: bool },
    /// `...`
    End,
}

pub(super) fn marker(line: &str) -> Option<Marker> {
    if !is_marker(line) {
        return None;
    }
    let rest = line[MARKER..].trim();
    Some(if line.starts_with('.') {
        Marker::End
    } else {
        Marker::Start { alone: rest.is_empty() || rest.starts_with('#') }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markers_that_stand_one_behind_the_other() {
        for (text, want) in [
            ("---\n---\n--- # x\n...\r\n---\na: 1\n", 25),
            ("---\n---", 4),
            ("--- {a: 1}\n", 0),
            ("", 0),
        ] {
            assert_eq!(markers_alone(text), want, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_sets_apart_is_found_wherever_it_stands(
            text in "([a\u{e9}]{0,70}[\n.=-]{0,4}){0,6}",
            from in 0_usize..200,
        ) {
            let bytes = text.as_bytes();
            let from = from.min(text.len());
            let marks = [b"--", b"..", b"=="];
            let begins = |at: &usize| {
                let is_begun = |mark: &&[u8; 2]| bytes[at + 1..].starts_with(*mark);
                bytes[*at] == b'\n' && marks.iter().any(is_begun)
            };
            let want = (from..text.len()).find(begins).map(|it| it + 1);
            prop_assert_eq!(next_separator_line(&text, from), want);
        }
    }
}
