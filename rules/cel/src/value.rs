//! The values of expressions while they are evaluated.

use std::{cmp::Ordering, collections::HashSet, fmt, rc::Rc};

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{Age, duration_words};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    quantity::{Quantity, Semver},
    why::Error,
};

/// A value. A clone is cheap.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Rc<str>),
    Bytes(Rc<[u8]>),
    Timestamp(Timestamp),
    Duration(SignedDuration),
    Age(Rc<KnownAge>),
    Quantity(Quantity),
    Semver(Rc<Semver>),
    Type(&'static str),
    List(Rc<List>),
    Map(Rc<Map>),
    Optional(Option<Rc<Value>>),
    /// A text about what is known within bounds only: for sentences, and no more.
    Unsure {
        text: Rc<str>,
        why: Rc<Error>,
    },
    /// How many there are at least, where not all could be seen.
    AtLeast {
        count: i64,
        of: usize,
    },
}

/// An age, and of what.
#[derive(Debug)]
pub(crate) struct KnownAge {
    pub(crate) age: Age,
    /// The expression, for sentences.
    pub(crate) of: Rc<str>,
}

#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) items: Vec<Value>,
    /// The need of which not all objects could be seen, so that more may belong here.
    pub(crate) incomplete: Option<usize>,
}

/// Entries, sorted by key.
#[derive(Debug, Default)]
pub(crate) struct Map(Vec<(Rc<str>, Value)>);

impl Map {
    /// The last of two with one key counts.
    pub(crate) fn new(mut entries: Vec<(Rc<str>, Value)>) -> Self {
        entries.reverse();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|a, b| a.0 == b.0);
        Self(entries)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let at = self.0.binary_search_by(|it| (*it.0).cmp(key)).ok()?;
        // What is null is left out of objects.
        Some(&self.0[at].1).filter(|it| !matches!(it, Value::Null))
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &(Rc<str>, Value)> {
        self.0.iter().filter(|it| !matches!(it.1, Value::Null))
    }
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::String(Rc::from(text))
    }

    pub(crate) fn list(items: Vec<Value>) -> Self {
        Self::List(Rc::new(List { items, incomplete: None }))
    }

    /// Of what type it is, for sentences.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Uint(_) | Self::AtLeast { .. } => "a whole number",
            Self::Double(_) => "a number with a point",
            Self::String(_) | Self::Unsure { .. } => "a text",
            Self::Bytes(_) => "bytes",
            Self::Timestamp(_) => "a time",
            Self::Duration(_) => "a duration",
            Self::Age(_) => "an age",
            Self::Quantity(_) => "a quantity",
            Self::Semver(_) => "a version",
            Self::Type(_) => "a type",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Optional(_) => "an optional value",
        }
    }

    /// The name of its type in CEL.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::AtLeast { .. } => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) | Self::Unsure { .. } => "string",
            Self::Bytes(_) => "bytes",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Age(_) => "age",
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Semver(_) => "kubernetes.Semver",
            Self::Type(_) => "type",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Optional(_) => "optional_type",
        }
    }

    /// Whether both are the same. Lists of which not all could be seen are told before.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Type(a), Self::Type(b)) => a == b,
            (Self::List(a), Self::List(b)) => {
                a.items.len() == b.items.len()
                    && a.items.iter().zip(&b.items).all(|(a, b)| a.same(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                a.entries().count() == b.entries().count()
                    && a.entries().zip(b.entries()).all(|(a, b)| a.0 == b.0 && a.1.same(&b.1))
            }
            (Self::Optional(a), Self::Optional(b)) => match (a, b) {
                (Some(a), Some(b)) => a.same(b),
                (a, b) => a.is_none() == b.is_none(),
            },
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }

    /// Which comes before the other; none where both cannot be compared, or one is no number.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::String(a), Self::String(b)) => Some(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Timestamp(a), Self::Timestamp(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Quantity(a), Self::Quantity(b)) => Some(a.cmp(b)),
            (Self::Semver(a), Self::Semver(b)) => Some(a.order(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Double(a), b) => b.whole().and_then(|it| doubles(*a, it)),
            (a, Self::Double(b)) => a.whole().and_then(|it| doubles(*b, it)).map(Ordering::reverse),
            (a, b) => Some(a.whole()?.cmp(&b.whole()?)),
        }
    }

    fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(it) => Some(i128::from(*it)),
            Self::Uint(it) => Some(i128::from(*it)),
            _ => None,
        }
    }

    /// As JSON writes it, for mappings in texts.
    fn json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Optional(None) => serde_json::Value::Null,
            Self::Bool(it) => (*it).into(),
            Self::Int(it) => (*it).into(),
            Self::Uint(it) => (*it).into(),
            Self::Double(it) => (*it).into(),
            Self::List(list) => list.items.iter().map(Self::json).collect(),
            Self::Map(map) => serde_json::Value::Object(
                map.entries().map(|(key, it)| (key.to_string(), it.json())).collect(),
            ),
            Self::Optional(Some(it)) => it.json(),
            it => it.to_string().into(),
        }
    }
}

/// A number with a point beside a whole one, exactly.
#[expect(clippy::cast_possible_truncation, reason = "what is beyond was decided before")]
fn doubles(double: f64, whole: i128) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    let beyond = 1e20;
    if double.abs() >= beyond {
        return Some(if double > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let truncated = double.trunc();
    let fraction = || double.partial_cmp(&truncated).unwrap_or(Ordering::Equal);
    Some((truncated as i128).cmp(&whole).then_with(fraction))
}

/// In a sentence: the elements of a list are parted by commas.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(it) => write!(f, "{it}"),
            Self::Int(it) => write!(f, "{it}"),
            Self::Uint(it) => write!(f, "{it}"),
            Self::Double(it) => write!(f, "{it}"),
            Self::String(it) | Self::Unsure { text: it, .. } => f.write_str(it),
            Self::Bytes(it) => f.write_str(&String::from_utf8_lossy(it)),
            Self::Timestamp(it) => write!(f, "{it}"),
            Self::Duration(it) if it.abs() >= SignedDuration::from_mins(1) => {
                let sign = if it.is_negative() { "-" } else { "" };
                write!(f, "{sign}{}", duration_words(it.abs()))
            }
            Self::Duration(it) => write!(f, "{} s", it.as_secs_f64()),
            Self::Age(it) => write!(f, "{}", it.age),
            Self::Quantity(it) => write!(f, "{it}"),
            Self::Semver(it) => write!(f, "{it}"),
            Self::Type(it) => f.write_str(it),
            Self::List(list) => {
                for (nth, item) in list.items.iter().enumerate() {
                    write!(f, "{}{item}", if nth > 0 { ", " } else { "" })?;
                }
                match (list.incomplete, list.items.is_empty()) {
                    (None, _) => Ok(()),
                    (Some(_), true) => f.write_str("none that could be seen"),
                    (Some(_), false) => f.write_str(", and perhaps more"),
                }
            }
            Self::Map(_) => write!(f, "{}", self.json()),
            Self::Optional(Some(it)) => write!(f, "{it}"),
            Self::Optional(None) => Ok(()),
            Self::AtLeast { count, .. } => write!(f, "at least {count}"),
        }
    }
}

/// Keys of objects, each kept once.
#[derive(Debug, Default)]
pub(crate) struct Keys(HashSet<Rc<str>>);

impl Keys {
    fn get(&mut self, key: &str) -> Rc<str> {
        if let Some(known) = self.0.get(key) {
            return Rc::clone(known);
        }
        let new: Rc<str> = Rc::from(key);
        // Keys of labels and data may be many; those of fields came first.
        const MOST: usize = 10_000;
        if self.0.len() < MOST {
            self.0.insert(Rc::clone(&new));
        }
        new
    }

    /// Reads JSON.
    pub(crate) fn read(&mut self, json: &str) -> Result<Value, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        Json(self).deserialize(&mut deserializer)
    }
}

struct Json<'k>(&'k mut Keys);

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E: serde::de::Error>(self, it: i64) -> Result<Value, E> {
        Ok(Value::Int(it))
    }

    fn visit_u64<E: serde::de::Error>(self, it: u64) -> Result<Value, E> {
        Ok(i64::try_from(it).map_or(Value::Uint(it), Value::Int))
    }

    fn visit_f64<E: serde::de::Error>(self, it: f64) -> Result<Value, E> {
        Ok(Value::Double(it))
    }

    fn visit_str<E: serde::de::Error>(self, it: &str) -> Result<Value, E> {
        Ok(Value::text(it))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Json(self.0))? {
            list.push(item);
        }
        Ok(Value::list(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key_seed(Key(self.0))? {
            map.push((key, entries.next_value_seed(Json(self.0))?));
        }
        Ok(Value::Map(Rc::new(Map::new(map))))
    }
}

struct Key<'k>(&'k mut Keys);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Rc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Rc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Rc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, it: &str) -> Result<Rc<str>, E> {
        Ok(self.0.get(it))
    }
}
