//! Parses JSON in full: one document at a time, and a list one item at a time.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{
    broken::Broken,
    limits::{MAX_DEPTH, MAX_NODES, too_many_nodes},
    object::{
        intake::Intake,
        lines::Begin,
        value::{Value, keep_last, number},
    },
};

/// Parses one document into `intake`. Everything before an error has been passed on.
pub(crate) fn document<'a>(text: &'a str, intake: &mut Intake<'_, '_, 'a>) -> Result<(), Broken> {
    let mut json = serde_json::Deserializer::from_str(text);
    let parsed = Root { text, intake }.deserialize(&mut json).and_then(|()| json.end());
    parsed.map_err(|error| broken(&error))
}

/// Consecutive documents: where each starts, its text, and whether it is valid. An invalid one ends
/// before the next line that starts with a bracket.
pub(crate) fn split(text: &str) -> impl Iterator<Item = (usize, &str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{1e}']);
        if rest.is_empty() {
            return None;
        }
        let start = text.len() - rest.len();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        let (end, whole) = match values.next() {
            // A number may be the start of a line of a log.
            Some(Ok(_)) if start > 0 && !rest.starts_with(['{', '[']) => {
                (next_line(rest, 1), false)
            }
            Some(Ok(_)) => (values.byte_offset(), true),
            Some(Err(error)) => (after_error(rest, &error), false),
            None => (rest.len(), false),
        };
        let (document, after) = rest.split_at(end);
        rest = after;
        Some((start, document, whole))
    })
}

/// The length of the document that a text starts with; or the number of lines up to where it is
/// found to be none.
pub(crate) fn first(text: &str) -> Result<usize, usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Ok(values.byte_offset()),
        Some(Err(error)) => Err(error.line()),
        None => Err(1),
    }
}

/// Skips what may separate documents: whitespace, and the record separator of RFC 7464.
pub(crate) fn skip_separators(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\r' | b'\n' | 0x1e)) {
        at += 1;
    }
    at
}

/// Where the next document may start: at the first line after the error that starts with a bracket.
fn after_error(text: &str, error: &serde_json::Error) -> usize {
    next_line(text, error.line())
}

/// The next line, after this many, that starts with a bracket.
fn next_line(text: &str, lines: usize) -> usize {
    let mut at = 0;
    for (line, content) in (1..).zip(text.split_inclusive('\n')) {
        if line > lines && content.starts_with(['{', '[']) {
            return at;
        }
        at += content.len();
    }
    text.len()
}

fn broken(error: &serde_json::Error) -> Broken {
    let line = error.line() as u64;
    if error.is_eof() {
        Broken::cut_off(line, "the JSON ends inside a value, so it is cut off")
    } else {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let reason = text.strip_suffix(&place).unwrap_or(&text);
        Broken::new(line, format!("not readable as JSON: {reason}"))
    }
}

/// Parses a text that is a single value.
pub(crate) fn whole(text: &str) -> Result<Value<'_>, Broken> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Node::root(&left()).deserialize(&mut json);
    value.and_then(|value| json.end().map(|()| value)).map_err(|error| broken(&error))
}

/// Parses one value.
#[cfg(test)]
pub(crate) fn value(text: &str, depth: usize) -> Result<Value<'_>, serde_json::Error> {
    Node { depth, left: &left() }.deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// Builds one value, nested at most `depth` levels.
#[derive(Clone, Copy)]
struct Node<'n> {
    depth: usize,
    /// How many more values may be held at once.
    left: &'n Cell<usize>,
}

/// For a value, and for each item of a list that is read item by item.
fn left() -> Cell<usize> {
    Cell::new(MAX_NODES)
}

impl<'a> DeserializeSeed<'a> for Node<'_> {
    type Value = Value<'a>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Value<'a>, D::Error> {
        let too_many = || D::Error::custom(too_many_nodes());
        self.left.set(self.left.get().checked_sub(1).ok_or_else(too_many)?);
        json.deserialize_any(self)
    }
}

impl<'n> Node<'n> {
    fn root(left: &'n Cell<usize>) -> Self {
        Self { depth: MAX_DEPTH, left }
    }

    fn below<E: Error>(self) -> Result<Self, E> {
        let too_deep = || E::custom(format!("nested more than {MAX_DEPTH} levels deep"));
        self.depth.checked_sub(1).map(|depth| Self { depth, ..self }).ok_or_else(too_deep)
    }
}

impl<'a> Visitor<'a> for Node<'_> {
    type Value = Value<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'a>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value<'a>, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value<'a>, E> {
        Ok(Value::Number(it.into()))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value<'a>, E> {
        Ok(Value::Number(it.into()))
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Value<'a>, E> {
        number(it).map(Value::Number).ok_or_else(|| E::custom("a number that is none"))
    }

    fn visit_borrowed_str<E>(self, it: &'a str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Borrowed(it)))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Owned(it.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Value<'a>, A::Error> {
        let below = self.below::<A::Error>()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(below)? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Value<'a>, A::Error> {
        let below = self.below::<A::Error>()?;
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            entries.push((key, map.next_value_seed(below)?));
        }
        keep_last(&mut entries);
        Ok(Value::Map(entries))
    }
}

struct Key;

impl<'a> DeserializeSeed<'a> for Key {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Cow<'a, str>, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, it: &'a str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(it))
    }

    fn visit_str<E>(self, it: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(it.to_owned()))
    }
}

/// Where the first key of a mapping is in the text from which the mapping was parsed: at the first
/// byte after its quote. Not known for a key with escapes.
pub(crate) fn first_key(value: &Value<'_>, text: &str) -> Option<usize> {
    match value {
        Value::Map(entries) => entries.first().and_then(|(key, _)| offset(key, text)),
        _ => None,
    }
}

/// Where a borrowed text is in the text from which it is borrowed.
#[expect(clippy::ptr_arg, reason = "only what is borrowed is a part of the text")]
fn offset(part: &Cow<'_, str>, text: &str) -> Option<usize> {
    let Cow::Borrowed(part) = part else { return None };
    let at = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    (at <= text.len()).then_some(at)
}

fn begin<'a>(value: &Value<'a>, text: &'a str) -> Begin<'a> {
    first_key(value, text).map_or(Begin::Unknown, |at| Begin::At(text, at))
}

fn begin_at<'a>(key: &Cow<'a, str>, text: &'a str) -> Begin<'a> {
    offset(key, text).map_or(Begin::Unknown, |at| Begin::At(text, at))
}

/// Reads the root of a document, and the list under `items` item by item.
struct Root<'i, 's, 'r, 'a> {
    text: &'a str,
    intake: &'i mut Intake<'s, 'r, 'a>,
}

impl<'a> DeserializeSeed<'a> for Root<'_, '_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Root<'_, '_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.intake.scalar(&Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, it: bool) -> Result<(), E> {
        self.intake.scalar(&Value::Bool(it));
        Ok(())
    }

    fn visit_i64<E>(self, it: i64) -> Result<(), E> {
        self.intake.scalar(&Value::Number(it.into()));
        Ok(())
    }

    fn visit_u64<E>(self, it: u64) -> Result<(), E> {
        self.intake.scalar(&Value::Number(it.into()));
        Ok(())
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<(), E> {
        self.intake.scalar(&Node::root(&left()).visit_f64(it)?);
        Ok(())
    }

    fn visit_str<E>(self, it: &str) -> Result<(), E> {
        self.intake.scalar(&Value::Text(Cow::Owned(it.to_owned())));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        self.intake.bare();
        while let Some(item) = list.next_element_seed(Node::root(&left()).below()?)? {
            let begin = begin(&item, self.text);
            self.intake.item(item, begin);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { text, intake } = self;
        let left = left();
        let root = Node::root(&left);
        let mut first = true;
        while let Some(key) = map.next_key_seed(Key)? {
            if std::mem::take(&mut first) {
                intake.root_begins(begin_at(&key, text));
            }
            if intake.streams(&key) {
                let items = Items { text, intake: &mut *intake };
                if let Some(other) = map.next_value_seed(items)? {
                    intake.entry(key, other);
                }
            } else {
                let value = map.next_value_seed(root.below()?)?;
                intake.entry(key, value);
            }
        }
        Ok(())
    }
}

/// Reads the value of `items`: passes a list on item by item, and returns any other value.
struct Items<'i, 's, 'r, 'a> {
    text: &'a str,
    intake: &'i mut Intake<'s, 'r, 'a>,
}

impl<'a> DeserializeSeed<'a> for Items<'_, '_, '_, 'a> {
    type Value = Option<Value<'a>>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Items<'_, '_, '_, 'a> {
    type Value = Option<Value<'a>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Some(Value::Null))
    }

    fn visit_bool<E: Error>(self, it: bool) -> Result<Self::Value, E> {
        Ok(Some(Value::Bool(it)))
    }

    fn visit_i64<E: Error>(self, it: i64) -> Result<Self::Value, E> {
        Ok(Some(Value::Number(it.into())))
    }

    fn visit_u64<E: Error>(self, it: u64) -> Result<Self::Value, E> {
        Ok(Some(Value::Number(it.into())))
    }

    fn visit_f64<E: Error>(self, it: f64) -> Result<Self::Value, E> {
        Node::root(&left()).visit_f64(it).map(Some)
    }

    fn visit_str<E: Error>(self, it: &str) -> Result<Self::Value, E> {
        Node::root(&left()).visit_str(it).map(Some)
    }

    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<Self::Value, A::Error> {
        Node::root(&left()).below()?.visit_map(map).map(Some)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        self.intake.items();
        loop {
            let left = left();
            let node = Node::root(&left).below::<A::Error>()?.below::<A::Error>()?;
            let Some(item) = list.next_element_seed(node)? else { break };
            let begin = begin(&item, self.text);
            self.intake.item(item, begin);
        }
        Ok(None)
    }
}
