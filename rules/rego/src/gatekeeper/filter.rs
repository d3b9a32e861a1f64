//! Which of the objects that a need selects a constraint matches.

use regorus::Value;
use rulebox_core::ObjectRef;

use crate::input::reference;

/// What a constraint says beside kinds and labels. The default takes all objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// With `*` at an end for any beginning or end; empty: all.
    pub(super) namespaces: Vec<String>,
    pub(super) excluded: Vec<String>,
    /// Whether only objects in namespaces are meant, or only those outside; none: both.
    pub(super) namespaced: Option<bool>,
    /// With `*` as above; empty: all.
    pub(super) name: String,
}

impl Filter {
    /// Whether the constraint is about this object.
    pub(crate) fn takes(&self, object: &Value) -> bool {
        let ObjectRef { api_version, kind, namespace, name, .. } = reference(object);
        if self.namespaced.is_some_and(|it| it == namespace.is_empty()) {
            return false;
        }
        if !self.name.is_empty() && !matches(&self.name, &name) {
            return false;
        }
        // A Namespace is matched by its own name; no namespace excludes what is in none.
        let of = if kind == "Namespace" && api_version == "v1" { name } else { namespace };
        let among = |patterns: &[String]| patterns.iter().any(|it| matches(it, &of));
        of.is_empty()
            || (self.namespaces.is_empty() || among(&self.namespaces)) && !among(&self.excluded)
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => name.contains(pattern.trim_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(begin)) => name.starts_with(begin),
        (None, None) => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filter: &Filter, namespace: &str, want: bool) {
        let metadata = match namespace {
            "" => r#"{"name":"a"}"#.to_owned(),
            _ => format!(r#"{{"name":"a","namespace":"{namespace}"}}"#),
        };
        let json = format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{metadata}}}"#);
        let object = Value::from_json_str(&json).expect("it is JSON");
        assert_eq!(filter.takes(&object), want, "{filter:?} {namespace}");
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn namespaces_may_be_patterns() {
        let filter = Filter { namespaces: words(&["shop", "team-*"]), ..Filter::default() };
        check(&filter, "shop", true);
        check(&filter, "team-a", true);
        check(&filter, "kube-system", false);
        check(&filter, "", true);
        let filter = Filter { excluded: words(&["kube-*", "*-test"]), ..Filter::default() };
        check(&filter, "kube-system", false);
        check(&filter, "a-test", false);
        check(&filter, "shop", true);
    }

    #[test]
    fn a_scope_and_a_name_are_asked_for() {
        check(&Filter { namespaced: Some(true), ..Filter::default() }, "", false);
        check(&Filter { namespaced: Some(false), ..Filter::default() }, "", true);
        check(&Filter { name: "a*".to_owned(), ..Filter::default() }, "shop", true);
        check(&Filter { name: "b".to_owned(), ..Filter::default() }, "shop", false);
    }
}
