//! Parsed values, whichever language they come from.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use serde_json::Number;

use crate::text::json_string::is_plain;

/// The entries of a mapping.
pub(crate) type Entries<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// One node of a document, in document order. Text is borrowed from the document if it needs no
/// decoding.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Map(Entries<'a>),
}

impl<'a> Value<'a> {
    /// The value of a key of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Value<'a>> {
        match self {
            Self::Map(entries) => entries.iter().find(|(it, _)| it == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if it is one and not empty.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The same value, without borrowed text.
    pub(crate) fn into_owned(self) -> Value<'static> {
        let owned = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Null => Value::Null,
            Self::Bool(it) => Value::Bool(it),
            Self::Number(it) => Value::Number(it),
            Self::Text(it) => Value::Text(owned(it)),
            Self::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
            Self::Map(entries) => Value::Map(
                entries.into_iter().map(|(key, value)| (owned(key), value.into_owned())).collect(),
            ),
        }
    }

    /// The text of a scalar. Unquoted labels and names may look like numbers or booleans.
    pub(crate) fn scalar_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Bool(it) => Some(Cow::Borrowed(if *it { "true" } else { "false" })),
            Self::Number(it) => Some(Cow::Owned(it.to_string())),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Appends the value as compact JSON. Entries that are null are omitted; null elements are
    /// kept.
    pub(crate) fn write_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
            Self::Number(it) => out.push_str(&it.to_string()),
            Self::Text(it) => write_text(it, out),
            Self::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Map(entries) => {
                let mut separator = '{';
                for (key, value) in entries {
                    if *value != Self::Null {
                        out.push(separator);
                        write_text(key, out);
                        out.push(':');
                        value.write_json(out);
                        separator = ',';
                    }
                }
                out.push_str(if separator == '{' { "{}" } else { "}" });
            }
        }
    }
}

impl From<Value<'_>> for serde_json::Value {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(it) => Self::Bool(it),
            Value::Number(it) => Self::Number(it),
            Value::Text(it) => Self::String(it.into_owned()),
            Value::List(items) => items.into_iter().map(Self::from).collect(),
            Value::Map(entries) => entries
                .into_iter()
                .map(|(key, value)| (key.into_owned(), Self::from(value)))
                .collect(),
        }
    }
}

/// Appends a JSON string.
pub(crate) fn write_text(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// The JSON number for a float, if there is one. Integers are written as such, like Kubernetes
/// does: `1.0` and `1e3` are 1 and 1000 in YAML and in JSON.
pub(crate) fn number(value: f64) -> Option<Number> {
    /// Up to this value, floats represent all integers exactly.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= WHOLE {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most 53 bits")]
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

/// Of entries with equal keys, keeps the last value at the position of the first: like
/// `encoding/json`, and like `sigs.k8s.io/yaml` when it is not strict.
pub(crate) fn keep_last<'a>(entries: &mut Entries<'a>) {
    /// Up to this number, comparing all pairs is faster than sorting.
    const FEW: usize = 16;
    let twice = if entries.len() <= FEW {
        (1..entries.len()).any(|i| entries[..i].iter().any(|(key, _)| *key == entries[i].0))
    } else {
        let mut keys: Vec<&str> = entries.iter().map(|it| it.0.as_ref()).collect();
        keys.sort_unstable();
        keys.windows(2).any(|it| it[0] == it[1])
    };
    if !twice {
        return;
    }
    let mut first = HashMap::<Cow<'a, str>, usize>::new();
    let mut kept: Entries<'a> = Vec::with_capacity(entries.len());
    for (key, value) in entries.drain(..) {
        if let Some(&at) = first.get(&key) {
            kept[at].1 = value;
        } else {
            first.insert(key.clone(), kept.len());
            kept.push((key, value));
        }
    }
    *entries = kept;
}

/// Adds entries with new keys; of equal keys, the first.
pub(crate) fn add_missing<'a>(entries: &mut Entries<'a>, more: Entries<'a>) {
    if more.is_empty() {
        return;
    }
    let mut keys: HashSet<_> = entries.iter().map(|it| it.0.clone()).collect();
    entries.extend(more.into_iter().filter(|it| keys.insert(it.0.clone())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_entries_are_left_out_and_null_items_stay() {
        let value = Value::Map(vec![
            ("a".into(), Value::Null),
            (
                "b".into(),
                Value::List(vec![Value::Null, Value::Map(vec![("c".into(), Value::Null)])]),
            ),
            ("d\n".into(), Value::Text("\"\u{1}é".into())),
        ]);
        let mut json = String::new();
        value.write_json(&mut json);
        assert_eq!(json, r#"{"b":[null,{}],"d\n":"\"\u0001é"}"#);
    }

    #[test]
    fn whole_floats_are_whole_numbers() {
        for (value, want) in [(1.0, "1"), (-0.0, "0"), (1e3, "1000"), (0.5, "0.5"), (1e20, "1e+20")]
        {
            assert_eq!(number(value).expect("finite").to_string(), want);
        }
        assert_eq!(number(f64::INFINITY), None);
    }

    #[track_caller]
    fn check_last(keys: &[&'static str], want: &[(&str, u64)]) {
        let numbered = keys.iter().zip(0_u64..);
        let mut entries =
            numbered.map(|(key, i)| (Cow::from(*key), Value::Number(i.into()))).collect();
        keep_last(&mut entries);
        let want: Vec<_> =
            want.iter().map(|(k, i)| (Cow::from(*k), Value::Number((*i).into()))).collect();
        assert_eq!(entries, want);
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        check_last(&["a", "b"], &[("a", 0), ("b", 1)]);
        check_last(&["a", "b", "a"], &[("a", 2), ("b", 1)]);
        let many = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];
        let mut keys = many.to_vec();
        keys.push("c");
        let mut want: Vec<_> = many.iter().copied().zip(0..).collect();
        want[2].1 = 16;
        check_last(&keys, &want);
    }
}
