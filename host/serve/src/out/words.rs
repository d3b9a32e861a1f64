//! The words of a finding for other systems: short, on one line, without secrets. What a system
//! makes of them is not known here.

use std::borrow::Cow;

use rulebox_core::{
    Finding,
    text::{escape, escape_lines},
};
use rulebox_report::{Step, redact, steps};

/// A name, a kind or a version that Kubernetes takes is no longer; a pack may say longer ones.
pub(super) const NAME_BYTES: usize = 253;

/// A sentence: that of `message` in events.k8s.io, the narrowest place that takes one.
pub(super) const SENTENCE_BYTES: usize = 1024;

/// `vault-unavailable` as `VaultUnavailable`: letters and digits of ASCII alone.
pub(super) fn camel_case(rule: &str) -> String {
    let words = rule.split(|it: char| !it.is_ascii_alphanumeric());
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    cut(words.map(capital).collect(), 128)
}

/// A text of others: without secrets, on one line, at most so many bytes.
pub(super) fn sentence(text: &str, most: usize) -> String {
    cut(escape(&redact(text).0).into_owned(), most)
}

/// A text of others that its author has laid out in lines, as a remedy.
pub(super) fn lines(text: &str, most: usize) -> String {
    cut(escape_lines(&redact(text).0).into_owned(), most)
}

/// A name of others: as it is, but visible and not long.
pub(super) fn name(text: &str) -> String {
    cut(escape(text).into_owned(), NAME_BYTES)
}

/// The text, or its beginning and an ellipsis, in so many bytes.
pub(super) fn cut(mut text: String, most: usize) -> String {
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

/// What to do first: the first sentence of the remedy, and the command that it announces.
pub(super) fn first_step(remedy: &str) -> String {
    let word = |it: &Step<'_>| match it {
        Step::Say(text) | Step::Look(text) | Step::Change(text) => (*text).to_owned(),
    };
    let steps = steps(remedy);
    let Some(first) = steps.first().map(word) else { return String::new() };
    match steps.get(1).map(word).filter(|_| first.ends_with(':')) {
        Some(second) => format!("{first} {second}"),
        None => first,
    }
}

/// Why, and what to do first, as one paragraph.
pub(super) fn description(finding: &Finding, most: usize) -> String {
    let Finding { cause, remedy, .. } = finding;
    let parts = [Cow::Borrowed(cause.trim()), Cow::Owned(first_step(remedy))];
    let parts: Vec<_> = parts.iter().filter(|it| !it.is_empty()).map(AsRef::as_ref).collect();
    sentence(&parts.join(" "), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_camel(rule: &str, want: &str) {
        assert_eq!(camel_case(rule), want);
    }

    #[test]
    fn rules_are_written_as_one_word() {
        check_camel("vault-unavailable", "VaultUnavailable");
        check_camel("hbr-client-unhealthy", "HbrClientUnhealthy");
        check_camel("a--b_c.9d", "ABC9d");
        check_camel("é\u{1b}[2J\n-ok", "2JOk");
        check_camel(&"x".repeat(200), &format!("X{}…", "x".repeat(124)));
        check_camel("", "");
    }

    #[track_caller]
    fn check_step(remedy: &str, want: &str) {
        assert_eq!(first_step(remedy), want);
    }

    #[test]
    fn the_first_step_is_a_sentence_and_the_command_that_it_announces() {
        check_step("", "");
        check_step("Wait.\nkubectl get pods", "Wait.");
        check_step("Look:\nkubectl get pods\nThen wait.", "Look: kubectl get pods");
        check_step("kubectl get pods\nkubectl get nodes", "kubectl get pods");
        check_step("Look:", "Look:");
    }

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
