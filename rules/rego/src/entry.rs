//! Which rules of a package say that something is wrong: conftest's `deny`, `violation` and `warn`,
//! each also with a name behind it, and Gatekeeper's `violation`.

use std::collections::BTreeSet;

use crate::policy::Policy;

/// A rule of a policy that is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// `data.main.deny`.
    pub(crate) path: String,
    /// Whether it only warns.
    pub(crate) warns: bool,
}

/// The words that conftest knows.
pub(crate) const WORDS: [&str; 3] = ["deny", "violation", "warn"];

/// The entries of a package: those that are named, or all that conftest would ask.
pub(crate) fn find(policy: &Policy, package: &str, named: &[String]) -> BTreeSet<Entry> {
    let is_asked = |name: &str| match named {
        [] => WORDS.iter().any(|it| is_of(name, it)),
        _ => named.iter().any(|it| it == name),
    };
    let rules = policy.rules(package, is_asked).into_iter();
    rules
        .map(|name| {
            // One that was chosen by name is what the rule is about, whatever its name is.
            let warns = named.is_empty() && is_of(&name, "warn");
            Entry { path: format!("{package}.{name}"), warns }
        })
        .collect()
}

/// `deny`, and `deny_privileged`.
fn is_of(name: &str, word: &str) -> bool {
    let rest = name.strip_prefix(word);
    rest.is_some_and(|it| it.is_empty() || it.len() > 1 && it.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, word: &str, want: bool) {
        assert_eq!(is_of(name, word), want);
    }

    #[test]
    fn a_word_may_have_a_name_behind_it() {
        check("deny", "deny", true);
        check("deny_privileged", "deny", true);
        check("deny_", "deny", false);
        check("denying", "deny", false);
        check("warn", "deny", false);
    }
}
