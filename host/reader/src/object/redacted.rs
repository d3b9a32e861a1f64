//! Kinds, namespaces and names that a tool has replaced before it gave a dump away.
//!
//! Nothing tells what stood there, so an object may be missing that looks like one that nobody asks
//! for, or like another.

/// Words that stand in place of what was redacted.
const WORDS: [&str; 8] =
    ["redacted", "hidden", "masked", "removed", "omitted", "sanitized", "obfuscated", "anonymized"];

fn is_word(text: &str) -> bool {
    WORDS.iter().any(|it| text.eq_ignore_ascii_case(it))
}

/// Whether a text can be a kind: letters and digits, a letter first.
pub(super) fn is_kind(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.bytes().all(|it| it.is_ascii_alphanumeric())
        && !is_word(text)
}

/// Whether a text can be an `apiVersion`: `v1`, `velero.io/v1`.
pub(super) fn is_version(text: &str) -> bool {
    let legal = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b".-/".contains(&it);
    text.bytes().all(legal) && !is_word(text)
}

/// Whether a text can be a namespace; empty for an object that is in none.
pub(super) fn is_namespace(text: &str) -> bool {
    let legal = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    text.bytes().all(legal) && !is_word(text)
}

/// Whether a text can be a name. Roles have names with other signs than most.
pub(super) fn is_name(text: &str) -> bool {
    let odd = |it: char| it.is_whitespace() || it.is_control() || "*<>[]{}$%/".contains(it);
    !text.is_empty() && !text.contains(odd) && !is_word(text)
}

/// How problems show such a text.
pub(super) fn shown(text: &str) -> &str {
    const BYTES: usize = 64;
    &text[..text.floor_char_boundary(BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_one() {
        assert!(["Pod", "APIService", "DNS", "V1Thing2"].into_iter().all(is_kind));
        assert!(
            !["***HIDDEN***", "REDACTED", "", "2Pods", "my-kind", "Po d"].into_iter().any(is_kind)
        );
        assert!(
            ["v1", "velero.io/v1", "csdr.alibabacloud.com/v1beta1"].into_iter().all(is_version)
        );
        assert!(!["redacted", "***", "V1", "${VERSION}"].into_iter().any(is_version));
        assert!(["", "csdr", "kube-system"].into_iter().all(is_namespace));
        assert!(!["REDACTED", "hidden", "<ns>", "xxx yyy"].into_iter().any(is_namespace));
        assert!(["x", "system:node", "a.b-c", "Admin"].into_iter().all(is_name));
        assert!(!["", "***HIDDEN***", "redacted", "<name>"].into_iter().any(is_name));
    }
}
