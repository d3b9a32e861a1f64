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
    /// What it is called, and where it stands: "`deny` (policy.rego:3:1)".
    pub(crate) shown: String,
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
            let path = format!("{package}.{name}");
            let shown = match policy.place_of_rule(package, &path) {
                Some(place) => format!("`{name}` ({place})"),
                None => format!("`{name}`"),
            };
            Entry { path, warns, shown }
        })
        .collect()
}

/// `deny`, and `deny_privileged`: as conftest has it, `^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`.
fn is_of(name: &str, word: &str) -> bool {
    let rest = name.strip_prefix(word);
    rest.is_some_and(|it| it.is_empty() || it.starts_with('_') && it[1..].split('_').all(is_word))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric())
}

/// Whether a rule is called nearly as an entry is, so that nobody would ask it: `deny__x`.
pub(crate) fn is_nearly(name: &str) -> bool {
    let begins = |word: &&str| name.starts_with(&format!("{word}_"));
    WORDS.iter().any(begins) && !WORDS.iter().any(|it| is_of(name, it))
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
        check("deny__x", "deny", false);
        check("deny_x_y1", "deny", true);
        check("denying", "deny", false);
        check("warn", "deny", false);
    }
}
