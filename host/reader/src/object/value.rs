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
    /// What stood under a key of a mapping before another value under the same key, which counts in
    /// its place. Such entries stand behind that of the value that counts, and are not written.
    Replaced(Box<Value<'a>>),
}

impl<'a> Value<'a> {
    /// The value of a key of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Value<'a>> {
        match self {
            Self::Map(entries) => entries.iter().find(|(it, _)| it == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// All values of a key of a mapping: the one that counts, and those that it has replaced.
    pub(crate) fn all<'v>(&'v self, key: &'v str) -> impl Iterator<Item = &'v Value<'a>> {
        let entries = match self {
            Self::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().filter(move |it| it.0 == key).map(|(_, value)| match value {
            Self::Replaced(value) => &**value,
            value => value,
        })
    }

    /// The first key of a mapping that has several values.
    pub(crate) fn key_of_several(&self) -> Option<&str> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|it| it.1.is_replaced()).map(|it| it.0.as_ref())
    }

    /// Whether it counts for nothing.
    pub(crate) fn is_replaced(&self) -> bool {
        matches!(self, Self::Replaced(_))
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
            Self::Replaced(it) => Value::Replaced(Box::new(it.into_owned())),
        }
    }

    /// The text of a scalar. Unquoted labels and names may look like numbers or booleans.
    pub(crate) fn scalar_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Bool(it) => Some(Cow::Borrowed(if *it { "true" } else { "false" })),
            Self::Number(it) => Some(Cow::Owned(it.to_string())),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Replaced(_) => None,
        }
    }

    /// Whether an entry with this value is written.
    pub(crate) fn is_written(&self) -> bool {
        !matches!(self, Self::Null | Self::Replaced(_))
    }

    /// Appends the value as compact JSON. Entries that are null are omitted; null elements are
    /// kept.
    pub(crate) fn write_json(&self, out: &mut String) {
        match self {
            Self::Null | Self::Replaced(_) => out.push_str("null"),
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
                    if value.is_written() {
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
            Value::Null | Value::Replaced(_) => Self::Null,
            Value::Bool(it) => Self::Bool(it),
            Value::Number(it) => Self::Number(it),
            Value::Text(it) => Self::String(it.into_owned()),
            Value::List(items) => items.into_iter().map(Self::from).collect(),
            Value::Map(entries) => entries
                .into_iter()
                .filter(|it| !it.1.is_replaced())
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
/// `encoding/json`, and like `sigs.k8s.io/yaml` when it is not strict. Other values of the key are
/// kept behind the entries, as [`Value::Replaced`].
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
    let mut replaced = Vec::new();
    for (key, value) in entries.drain(..) {
        if value.is_replaced() {
            replaced.push((key, value));
        } else if let Some(&at) = first.get(&key) {
            let before = std::mem::replace(&mut kept[at].1, value);
            if before != kept[at].1 {
                replaced.push((key, Value::Replaced(Box::new(before))));
            }
        } else {
            first.insert(key.clone(), kept.len());
            kept.push((key, value));
        }
    }
    kept.append(&mut replaced);
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
        assert_eq!(entries[..want.len()], want);
        let value = Value::Map(entries);
        let mut json = String::new();
        value.write_json(&mut json);
        let want: Vec<_> = want.iter().map(|(k, v)| (&**k, v.scalar_text())).collect();
        let want: Vec<_> =
            want.iter().map(|(k, v)| format!("\"{k}\":{}", v.as_deref().unwrap_or(""))).collect();
        assert_eq!(json, format!("{{{}}}", want.join(",")), "what is replaced is not written");
        // Once more, it is the same.
        let Value::Map(mut entries) = value else { unreachable!("a mapping") };
        let before = entries.clone();
        keep_last(&mut entries);
        assert_eq!(entries, before);
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
