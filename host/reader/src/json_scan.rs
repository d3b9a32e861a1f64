//! Outlines of objects in JSON.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::Timestamp;
use rulebox_core::ObjectRef;

use crate::{
    outline::{Head, Odd},
    projection::Projection,
};

/// What stands where in one object.
#[derive(Debug, Clone)]
pub(crate) struct Outline<'t> {
    head: Head<'t>,
}

impl<'t> Outline<'t> {
    /// The outline of the object that begins at `at`, and where it ends, just after its `}`. None where the text
    /// ends before: more of it must be read.
    pub(crate) fn read(_text: &'t str, _at: usize) -> Result<Option<(Self, usize)>, Odd> {
        Err(Odd)
    }

    /// Who the object is.
    pub(crate) fn head(&self) -> &Head<'t> {
        &self.head
    }

    /// `metadata.labels`.
    pub(crate) fn labels(&self) -> Result<BTreeMap<String, String>, Odd> {
        Err(Odd)
    }

    /// Appends what [`Projection::project`] gives.
    pub(crate) fn project(
        &self,
        _projection: &Projection,
        _object: &ObjectRef,
        _out: &mut String,
    ) -> Result<(), Odd> {
        Err(Odd)
    }

    /// The key under which a timestamp stands that proves a time newer than `newest`, which becomes it.
    pub(crate) fn newest(
        &self,
        _newest: &mut Option<Timestamp>,
    ) -> Result<Option<Cow<'t, str>>, Odd> {
        Err(Odd)
    }
}

/// Where the value ends that begins at `at`, just after it. None where the text ends before.
pub(crate) fn end_of_value(_text: &[u8], _at: usize) -> Result<Option<usize>, Odd> {
    Err(Odd)
}

/// Where the whitespace ends that begins at `at`.
pub(crate) fn skip_space(_text: &[u8], at: usize) -> usize {
    at
}
