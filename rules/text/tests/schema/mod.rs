//! Holds the JSON Schema of packs as text, which editors read, to the keys that a parser knows and
//! to those that it requires.

use std::{collections::BTreeSet, fmt::Write as _};

use rulebox_text::Problem;
use serde_json::Value;

/// The schema of both languages.
pub(crate) const SCHEMA: &str = include_str!("../../rule-pack.schema.json");

/// What is told of a pack whose mappings are empty but for a key that nobody knows. It is asked
/// about in parts: there are more problems than are told at once.
///
/// `head` begins each part.
pub(crate) fn problems(
    head: &str,
    odd: &str,
    mut told: impl FnMut(&str) -> Vec<Problem>,
) -> Vec<Problem> {
    let mut all = Vec::new();
    for part in ["metadata", "needs", "- oddoddodd", "- {", "metrics", "constraints", "kind"] {
        let mut content = head.to_owned();
        for line in odd.lines() {
            let list = part.starts_with('-') && line.starts_with("rules");
            let own = line.starts_with(part) && part != "kind";
            if list || own || (part == "kind" && line.starts_with("odd")) {
                let _ = writeln!(content, "{line}");
            }
        }
        if content != head {
            all.extend(told(&content));
        }
    }
    all
}

/// Compares what is known of a kind of mapping, such as `a rule`, with a part of the schema.
#[track_caller]
pub(crate) fn check(problems: &[Problem], what: &str, part: &str) {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let schema = &schema["$defs"][part];
    let keys = problems.iter().find_map(|it| {
        let known = it.message.strip_prefix(what)?.starts_with(" has no key");
        it.help.strip_prefix("its keys are ").filter(|_| known)
    });
    let keys: BTreeSet<_> = keys.unwrap_or_else(|| panic!("{what}")).split(", ").collect();
    let properties = schema["properties"].as_object().expect("it has properties");
    assert_eq!(properties.keys().map(String::as_str).collect::<BTreeSet<_>>(), keys, "{what}");
    let missing =
        |key: &&str| problems.iter().any(|it| it.message == format!("{what} has no `{key}`"));
    let required: BTreeSet<_> =
        schema["required"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    // A text without `kind` is no pack, which is told before its keys are.
    let told: BTreeSet<_> = keys
        .iter()
        .copied()
        .filter(missing)
        .chain(required.contains("kind").then_some("kind").filter(|_| what == "a pack"))
        .collect();
    assert_eq!(required, told, "{what}");
}
