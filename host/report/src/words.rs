//! Texts of others for systems of others: visible, on one line, without secrets, and no longer than
//! those systems take. What a system makes of them is not known here.

use rulebox_core::text::{escape, escape_lines};

use crate::redact;

/// A name, a kind or a version that Kubernetes takes is no longer; a pack may say longer ones.
pub const NAME_BYTES: usize = 253;

/// A sentence: that of `message` in events.k8s.io, the narrowest place that takes one.
pub const SENTENCE_BYTES: usize = 1024;

/// A text of others: without secrets, on one line, at most so many bytes.
pub fn sentence(text: &str, most: usize) -> String {
    cut(escape(&redact(text).0).into_owned(), most)
}

/// A text of others that its author has laid out in lines, as a remedy.
pub fn lines(text: &str, most: usize) -> String {
    cut(escape_lines(&redact(text).0).into_owned(), most)
}

/// A name of others: as it is, but visible and not long.
pub fn name(text: &str) -> String {
    cut(escape(text).into_owned(), NAME_BYTES)
}

/// The text, or its beginning and an ellipsis, in so many bytes.
pub fn cut(mut text: String, most: usize) -> String {
    const ELLIPSIS: char = '…';
    if text.len() > most {
        let mut end = most.saturating_sub(ELLIPSIS.len_utf8());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push(ELLIPSIS);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_falls_between_characters_and_within_the_limit() {
        for most in 3..12 {
            let text = cut("备份失败了".to_owned(), most);
            assert!(text.len() <= most && text.ends_with('…'), "{most}: {text}");
        }
        assert_eq!(cut("abc".to_owned(), 3), "abc");
    }

    #[test]
    fn texts_of_others_are_one_line_without_secrets() {
        let hostile =
            format!("a\nb\u{1b}[2J\u{202e} --password=hunter2hunter2 {}", "x".repeat(10_000));
        let shown = sentence(&hostile, SENTENCE_BYTES);
        assert!(shown.len() <= SENTENCE_BYTES, "{}", shown.len());
        assert!(shown.starts_with(r"a\nb\u{1b}[2J\u{202e}"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(name(&hostile).len() <= NAME_BYTES);
    }
}
