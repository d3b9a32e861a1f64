//! What stands where in one object, found by scanning.
//!
//! An outline knows the keys of an object and of its `metadata`, and where each value begins and ends; it has
//! decoded only the few words that say who the object is. Everything else is taken from the bytes when it is asked
//! for, and what nobody asks for is stepped over.
//!
//! Scanners exist for block YAML ([`crate::yaml_scan`]) and for JSON ([`crate::json_scan`]). Each answers exactly
//! what [`crate::value::Value`] would, or says that it cannot ([`Odd`]).

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use rulebox_core::ObjectRef;

use crate::{projection::Projection, timestamps::Second};

/// Something that only the full parser reads right: an anchor, a tag, a key that stands twice, a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Odd;

/// Who an object is, by its own words.
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
    /// `metadata.name`; empty where there is none.
    pub(crate) name: Cow<'t, str>,
    /// `metadata.uid`; empty where there is none.
    pub(crate) uid: Cow<'t, str>,
    /// `metadata.resourceVersion`; empty where there is none.
    pub(crate) resource_version: Cow<'t, str>,
}

/// What an outline answers.
pub(crate) trait Outlined<'t> {
    /// Who the object is.
    fn head(&self) -> &Head<'t>;

    /// `metadata.labels`, as far as they are scalars.
    fn labels(&self) -> Result<BTreeMap<String, String>, Odd>;

    /// Appends what [`Projection::project`] gives. What is odd may leave a part of it behind.
    fn project(
        &self,
        projection: &Projection,
        object: &ObjectRef,
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
