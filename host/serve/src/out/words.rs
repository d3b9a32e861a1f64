//! The words of a finding for other systems: short, on one line, without secrets. What a system
//! makes of them is not known here.

use std::borrow::Cow;

use rulebox_core::Finding;
use rulebox_report::{Step, steps};

pub(super) use rulebox_report::words::{SENTENCE_BYTES, cut, name, sentence};

/// `vault-unavailable` as `VaultUnavailable`: letters and digits of ASCII alone.
pub(super) fn camel_case(rule: &str) -> String {
    let words = rule.split(|it: char| !it.is_ascii_alphanumeric());
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    cut(words.map(capital).collect(), 128)
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
}
