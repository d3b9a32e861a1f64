//! Kubernetes label selectors: read, and applied to labels.

use std::{collections::BTreeMap, fmt};

/// A Kubernetes label selector: `app=web,tier!=db,env in (a, b),!legacy`.
///
/// The grammar is that of `kubectl -l`; see
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

/// Why a text is not a [`Selector`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectorError {
    /// The text.
    pub selector: String,
    /// The part that could not be read.
    pub part: String,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { selector, part } = self;
        write!(
            f,
            "`{selector}` is no label selector: cannot read `{part}`; write `key=value`, \
             `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key` or `!key`"
        )
    }
}

impl std::error::Error for SelectorError {}

impl Selector {
    /// Reads a selector; the empty text selects everything.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let parts = split_outside_parentheses(text);
        let parsed = parts.into_iter().map(|part| {
            requirement(part)
                .ok_or_else(|| SelectorError { selector: text.to_owned(), part: part.to_owned() })
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object with these labels is selected. As in Kubernetes, `!=` and `notin` match
    /// objects without the key.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|it| match it {
            Requirement::In(key, values) => labels.get(key).is_some_and(|it| values.contains(it)),
            Requirement::NotIn(key, values) => {
                labels.get(key).is_none_or(|it| !values.contains(it))
            }
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::Missing(key) => !labels.contains_key(key),
        })
    }
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut inside = false;
    let parts = text.split(|c| {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        c == ',' && !inside
    });
    let parts: Vec<_> = parts.map(str::trim).collect();
    if parts == [""] { Vec::new() } else { parts }
}

fn requirement(part: &str) -> Option<Requirement> {
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Requirement::NotIn(word(key)?, vec![value_word(value)?]));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Requirement::In(word(key)?, vec![value_word(value)?]));
    }
    if let Some(key) = part.strip_prefix('!') {
        return word(key).map(Requirement::Missing);
    }
    if let Some((head, values)) = part.split_once('(') {
        let values =
            values.strip_suffix(')')?.split(',').map(value_word).collect::<Option<Vec<_>>>()?;
        let (key, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        return match operator {
            "in" => Some(Requirement::In(word(key)?, values)),
            "notin" => Some(Requirement::NotIn(word(key)?, values)),
            _ => None,
        };
    }
    word(part).map(Requirement::Exists)
}

fn word(text: &str) -> Option<String> {
    value_word(text).filter(|it| !it.is_empty())
}

/// A label value may be empty.
fn value_word(text: &str) -> Option<String> {
    let text = text.trim();
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    text.chars().all(legal).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, labels: &str, want: bool) {
        let labels = labels.split(',').filter(|it| !it.is_empty());
        let labels = labels
            .map(|it| it.split_once('=').expect("k=v"))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        assert_eq!(
            Selector::parse(selector).expect("a selector").matches(&labels),
            want,
            "{selector}"
        );
    }

    #[test]
    fn equality() {
        check("", "", true);
        check("app=web", "app=web", true);
        check("app == web , tier=db", "app=web,tier=db", true);
        check("app=web", "app=db", false);
        check("app!=web", "app=db", true);
        check("app!=web", "", true);
    }

    #[test]
    fn sets_and_existence() {
        check("env in (a, b),app", "env=b,app=x", true);
        check("env in (a,b)", "env=c", false);
        check("env notin (a)", "", true);
        check("env notin (a)", "env=a", false);
        check("!legacy", "legacy=1", false);
        check(
            "csdr.alibabacloud.com/agent-enable=false",
            "csdr.alibabacloud.com/agent-enable=false",
            true,
        );
    }

    #[test]
    fn what_is_no_selector_is_named() {
        for (selector, part) in [
            ("a,,b", ""),
            ("a like (b)", "a like (b)"),
            ("a in (b", "a in (b"),
            ("a b", "a b"),
            ("=x", "=x"),
        ] {
            assert_eq!(Selector::parse(selector).expect_err(selector).part, part);
        }
    }
}
