//! From which namespaces the objects of one list were taken.
//!
//! A list whose items stand in two namespaces or more was taken from all (`kubectl get -A`): there
//! is no way to ask for some. So it tells of each kind that it holds that there are no others. One
//! whose items stand in one namespace may have been taken from that one only.

use rulebox_core::{Concerns, ListScope};

use crate::type_meta::TypeMeta;

/// The items of one list, as far as they have been read.
#[derive(Debug, Default)]
pub(crate) struct Span {
    /// Of the first item that has one.
    namespace: Option<String>,
    /// Whether another item has another namespace.
    several: bool,
    /// Group and kind of the items of which the kind is needed.
    kinds: Vec<(String, String)>,
}

impl Span {
    /// Takes note of an item.
    pub(crate) fn see(&mut self, meta: &TypeMeta, namespace: &str, needed: bool) {
        if !self.several && !namespace.is_empty() {
            match &self.namespace {
                None => self.namespace = Some(namespace.to_owned()),
                Some(first) => self.several = first != namespace,
            }
        }
        let is = |it: &(String, String)| it.1 == meta.kind && it.0 == meta.group();
        // Objects of one kind are usually next to each other.
        if needed && !self.kinds.iter().rev().any(is) {
            self.kinds.push((meta.group().to_owned(), meta.kind.clone()));
        }
    }

    /// Whose objects the list holds, as far as needs ask for them.
    pub(crate) fn kinds(&self) -> Concerns {
        Concerns::Kinds(self.kinds.iter().cloned().collect())
    }

    /// Adds the items of another part of the same list.
    pub(crate) fn add(&mut self, other: Self) {
        self.several |= other.several;
        match (&self.namespace, other.namespace) {
            (Some(first), Some(namespace)) => self.several |= *first != namespace,
            (None, namespace) => self.namespace = namespace,
            (Some(_), None) => {}
        }
        for kind in other.kinds {
            if !self.kinds.contains(&kind) {
                self.kinds.push(kind);
            }
        }
    }

    /// The kinds, and where they were taken from. A list without namespaces holds objects that have
    /// none.
    pub(crate) fn lists(self) -> impl Iterator<Item = ListScope> {
        let Self { namespace, several, kinds } = self;
        let namespace = if several { None } else { Some(namespace.unwrap_or_default()) };
        kinds.into_iter().map(move |(group, kind)| ListScope {
            group,
            kind,
            namespace: namespace.clone(),
        })
    }
}
