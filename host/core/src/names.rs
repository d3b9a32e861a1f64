//! What may be the name of a namespace, a group or a kind, and the name of Rulebox itself. Packs
//! name them, and whoever asks a cluster makes paths of the names: nothing else may get into a
//! path, where it could name another resource.

/// Who tells the events that Rulebox writes: their `reportingComponent`. A rule must not take them
/// for evidence, or a finding would prove itself.
pub const REPORTER: &str = "rulebox.dev/rulebox";

/// Whether this can be the name of a namespace: a DNS label of RFC 1123.
pub fn is_namespace(text: &str) -> bool {
    let legal = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(legal)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether this can be the name of an API group: DNS labels joined by dots; empty for core.
pub fn is_group(text: &str) -> bool {
    text.is_empty() || (text.len() <= 253 && text.split('.').all(is_namespace))
}

/// Whether this can be the name of a kind: letters and digits, as the API server demands of the
/// kind that a CustomResourceDefinition names.
pub fn is_kind(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric())
        && text.starts_with(|it: char| it.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_name_another_resource() {
        let long = "a".repeat(64);
        for it in ["", "-a", "a-", "a/b", "..", "a b", "A", "a%2f", "a;b", "a\nb", &long] {
            assert!(!is_namespace(it), "{it}");
            assert!(!is_group(it) || it.is_empty(), "{it}");
        }
        assert!(is_namespace("kube-system") && is_group("csdr.alibabacloud.com") && is_group(""));
        assert!(!is_group("../api/v1") && !is_group("a..b"));
    }

    #[test]
    fn a_kind_is_a_word() {
        let long = "A".repeat(64);
        for it in ["", "1Pod", "Pod/log", "Pod Pod", "Pöd", "Pod;id", "$(id)", "Pod\n", &long] {
            assert!(!is_kind(it), "{it}");
        }
        assert!(is_kind("Pod") && is_kind("V1Beta1Thing"));
    }
}
