//! Where the keys and values of one object are, found by scanning.
//!
//! An outline knows the keys of an object and of its `metadata`, and where each value starts and
//! ends. It has decoded only what identifies the object. Other values are read when they are
//! needed, or skipped.
//!
//! There are outlines for block YAML and for JSON. Each gives exactly the answers that
//! [`super::value::Value`] would give, or none ([`Odd`]).

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use memchr::{memchr, memmem};

#[cfg(test)]
use super::value::Value;
use super::{
    projection::Projection,
    timestamps::{Recent, Second},
};
use crate::{broken::Odd, type_meta::TypeMeta};

/// What an object states about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head<'t> {
    /// `apiVersion`, if it is a non-empty text.
    pub(crate) api_version: Option<Cow<'t, str>>,
    /// `kind`, if it is a non-empty text.
    pub(crate) kind: Option<Cow<'t, str>>,
    /// Whether the keys `apiVersion` and `kind` both exist, whatever their values.
    pub(crate) typed: bool,
    /// Whether the key `items` exists.
    pub(crate) items: bool,
    /// Whether `metadata.name` or `metadata.generateName` is a scalar.
    pub(crate) named: bool,
    /// `metadata.namespace`; empty if there is none.
    pub(crate) namespace: Cow<'t, str>,
}

/// What distinguishes an object from others of its kind and namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name<'t> {
    /// `metadata.name`; empty if there is none.
    pub(crate) name: Cow<'t, str>,
    /// `metadata.uid`; empty if there is none.
    pub(crate) uid: Cow<'t, str>,
    /// `metadata.resourceVersion`; empty if there is none.
    pub(crate) resource_version: Cow<'t, str>,
    /// `metadata.creationTimestamp`; empty if there is none.
    pub(crate) created: Cow<'t, str>,
}

/// What an outline can answer.
pub(crate) trait Outlined<'t> {
    /// Type and namespace of the object.
    fn head(&self) -> &Head<'t>;

    /// Where the first key is, in the surveyed text.
    fn first_key(&self) -> usize;

    /// Name, uid and version of the object.
    fn name(&self) -> Result<Name<'t>, Odd>;

    /// `metadata.labels` that are scalars.
    fn labels(&self) -> Result<BTreeMap<String, String>, Odd>;

    /// The text of `metadata.annotations` under a key, if it is a scalar. The key is a word of
    /// letters, dots and slashes.
    fn annotation(&self, key: &str) -> Result<Option<String>, Odd>;

    /// Appends the result of [`Projection::project`], or a part of it on failure.
    fn project(
        &self,
        projection: &Projection,
        meta: &TypeMeta,
        out: &mut String,
    ) -> Result<(), Odd>;

    /// Where the object may have timestamps that are not older; none if there are none.
    fn recent(&self, since: Option<&Second>) -> Option<Recent>;

    /// Where the value of a key of the object is, and perhaps a little more; none without the key.
    fn extent(&self, key: &str) -> Option<Range<usize>>;
}

#[cfg(test)]
impl<'v> Head<'v> {
    /// The answer of the full parser.
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
    /// The answer of the full parser.
    pub(crate) fn of(value: &'v Value<'_>) -> Self {
        let scalar = |key| value.get("metadata")?.get(key)?.scalar_text();
        let text = |key| scalar(key).unwrap_or_default();
        Self {
            name: text("name"),
            uid: text("uid"),
            resource_version: text("resourceVersion"),
            created: text("creationTimestamp"),
        }
    }
}

/// Whether a text may hold this key, which has no character that must be escaped: most texts are
/// seen not to, at the speed of memory. An encoder may escape it all the same, and a merge key may
/// bring it.
pub(crate) fn may_hold(text: &str, key: &str) -> bool {
    let has = |it: &str| memmem::find(text.as_bytes(), it.as_bytes()).is_some();
    has(key)
        || has("<<")
        || memchr(b'\\', text.as_bytes()).is_some() && {
            ["\\u", "\\U", "\\x", "\\/", "\\\n", "\\\r"].into_iter().any(has)
        }
}

/// Whether there are duplicate keys. Only the full parser decides which of their values counts.
pub(crate) fn has_duplicates<T>(all: &[T], key: impl Fn(&T) -> &str) -> bool {
    /// Up to this number, comparing all pairs is faster than sorting.
    const FEW: usize = 16;
    if all.len() > FEW {
        let mut keys: Vec<&str> = all.iter().map(key).collect();
        keys.sort_unstable();
        return keys.windows(2).any(|it| it[0] == it[1]);
    }
    // Nearly all keys differ in length, first byte or last byte.
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
