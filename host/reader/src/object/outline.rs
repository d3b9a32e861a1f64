//! What stands where in one object, found by scanning.
//!
//! An outline knows the keys of an object and of its `metadata`, and where each value begins and ends; it has
//! decoded only the few words that say who the object is. Everything else is taken from the bytes when it is asked
//! for, and what nobody asks for is stepped over.
//!
//! Scanners exist for block YAML ([`crate::yaml::Outline`]) and for JSON ([`crate::json::Outline`]). Each answers exactly
//! what [`super::value::Value`] would, or says that it cannot ([`Odd`]).

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;

#[cfg(test)]
use super::value::Value;
use super::{projection::Projection, timestamps::Second};
use crate::{broken::Odd, type_meta::TypeMeta};

/// What an object is, by its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head<'t> {
    /// `apiVersion`, where it is a text that is not empty.
    pub(crate) api_version: Option<Cow<'t, str>>,
    /// `kind`, where it is a text that is not empty.
    pub(crate) kind: Option<Cow<'t, str>>,
    /// Whether `apiVersion` and `kind` both stand there, whatever they hold.
    pub(crate) typed: bool,
    /// Whether a key `items` stands there.
    pub(crate) items: bool,
    /// Whether `metadata.name` or `metadata.generateName` is a scalar.
    pub(crate) named: bool,
    /// `metadata.namespace`; empty where there is none.
    pub(crate) namespace: Cow<'t, str>,
}

/// What tells an object from the others of its kind and namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name<'t> {
    /// `metadata.name`; empty where there is none.
    pub(crate) name: Cow<'t, str>,
    /// `metadata.uid`; empty where there is none.
    pub(crate) uid: Cow<'t, str>,
    /// `metadata.resourceVersion`; empty where there is none.
    pub(crate) resource_version: Cow<'t, str>,
}

/// What an outline answers.
pub(crate) trait Outlined<'t> {
    /// What the object is.
    fn head(&self) -> &Head<'t>;

    /// Which one it is.
    fn name(&self) -> Result<Name<'t>, Odd>;

    /// `metadata.labels`, as far as they are scalars.
    fn labels(&self) -> Result<BTreeMap<String, String>, Odd>;

    /// Appends what [`Projection::project`] gives. What is odd may leave a part of it behind.
    fn project(
        &self,
        projection: &Projection,
        meta: &TypeMeta,
        out: &mut String,
    ) -> Result<(), Odd>;

    /// The key under which a timestamp stands that proves a time after `newest`, which it becomes; of several the
    /// newest, of equals the first. `than` is `newest`, as bytes are compared with it.
    fn newest(
        &self,
        than: Option<&Second>,
        newest: &mut Option<Timestamp>,
    ) -> Result<Option<Cow<'t, str>>, Odd>;
}

#[cfg(test)]
impl<'v> Head<'v> {
    /// What the full parser says of an object.
    pub(crate) fn of(value: &'v Value<'_>) -> Self {
        let own = |key| value.get(key).and_then(Value::text).map(Cow::Borrowed);
        let scalar = |key| value.get("metadata")?.get(key)?.scalar_text();
        Self {
            api_version: own("apiVersion"),
            kind: own("kind"),
            typed: ["apiVersion", "kind"].iter().all(|it| value.get(it).is_some()),
            items: value.get("items").is_some(),
            named: ["name", "generateName"].into_iter().any(|it| scalar(it).is_some()),
            namespace: scalar("namespace").unwrap_or_default(),
        }
    }
}

#[cfg(test)]
impl<'v> Name<'v> {
    /// What the full parser says of an object.
    pub(crate) fn of(value: &'v Value<'_>) -> Self {
        let scalar = |key| value.get("metadata")?.get(key)?.scalar_text();
        let text = |key| scalar(key).unwrap_or_default();
        Self { name: text("name"), uid: text("uid"), resource_version: text("resourceVersion") }
    }
}

/// Whether a key stands twice. Which of its values counts is not for a scan to say.
pub(crate) fn any_twice<T>(all: &[T], key: impl Fn(&T) -> &str) -> bool {
    /// Up to here comparing each with each is faster than sorting.
    const FEW: usize = 16;
    if all.len() > FEW {
        let mut keys: Vec<&str> = all.iter().map(key).collect();
        keys.sort_unstable();
        return keys.windows(2).any(|it| it[0] == it[1]);
    }
    // Nearly all keys differ in their length, their first byte or their last one.
    let mut marks = [(0, 0, 0); FEW];
    for (i, it) in all.iter().enumerate() {
        let text = key(it);
        let byte = |it: Option<&u8>| it.copied().unwrap_or_default();
        let mark = (text.len(), byte(text.as_bytes().first()), byte(text.as_bytes().last()));
        if marks[..i].contains(&mark) && all[..i].iter().any(|it| key(it) == text) {
            return true;
        }
        marks[i] = mark;
    }
    false
}
