//! What one file gave, or one document of it: the smallest part of what was read that is of one
//! cluster and of one moment.
//!
//! Copies of objects name their unit by its index; the rest of what a unit tells stands here.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{Clocks, Logged, TextLine};

/// A list that was read to its end, and the kind of some of its items.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListScope {
    /// API group, empty for core.
    pub group: String,
    /// `Pod`.
    pub kind: String,
    /// None: from all namespaces. Else the one in which all items stand that have any; empty where
    /// none has.
    pub namespace: Option<String>,
}

impl ListScope {
    /// Whether the list holds objects of the same kind that the other would not.
    pub(crate) fn is_beyond(&self, other: &Self) -> bool {
        let same = (&self.group, &self.kind) == (&other.group, &other.kind);
        same && other.namespace.is_some() && self.namespace != other.namespace
    }

    /// Whether an object of the kind belongs into the list.
    pub(crate) fn holds(&self, namespace: &str) -> bool {
        self.namespace.as_deref().is_none_or(|it| it == namespace || namespace.is_empty())
    }
}

/// One file, or one document of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unit {
    /// The index of the input.
    pub(crate) input: usize,
    /// The file inside the input; empty where the input is one file or a cluster.
    pub(crate) path: Arc<str>,
    /// The line on which the document begins; 0 where that is not known.
    pub(crate) line: u64,
    /// Group and kind, and what was seen of it: mostly one.
    pub(crate) kinds: Vec<(Arc<(String, String)>, KindSeen)>,
    pub(crate) lists: Vec<ListScope>,
    /// By the index of the text need.
    pub(crate) texts: BTreeMap<usize, TextSeen>,
    /// What shows when it was written.
    pub(crate) clocks: Clocks,
    /// Whether it stands behind a log, or in one: whatever wrote the log may have made it up.
    pub(crate) logged: Logged,
    /// The uid of the Namespace kube-system.
    pub(crate) cluster: Option<String>,
    /// Whether a copy of an object was read in it.
    pub(crate) copies: bool,
    /// The index of the bundle that says of itself when it was taken and what it holds, where this
    /// is a part of one.
    pub(crate) bundle: Option<usize>,
    /// When the bundle says that it was taken.
    pub(crate) collected: Option<Timestamp>,
}

/// What was seen of a kind. Small, because there is one for each of many files.
#[derive(Debug, Clone, Default)]
pub(crate) struct KindSeen {
    pub(crate) objects: usize,
    /// How many of them name no namespace.
    pub(crate) unplaced: usize,
    pub(crate) namespaces: Namespaces,
}

/// Names, in order. Mostly one, without an allocation for it.
#[derive(Debug, Clone, Default)]
pub(crate) enum Namespaces {
    #[default]
    None,
    One(Arc<str>),
    Several(BTreeSet<Arc<str>>),
}

/// What was found for a text need.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextSeen {
    pub(crate) files: usize,
    pub(crate) lines: BTreeSet<TextLine>,
}

impl KindSeen {
    pub(crate) fn has(&self, namespace: &str) -> bool {
        self.namespaces.contains(namespace)
    }

    /// Returns whether it is new.
    pub(crate) fn add_namespace(&mut self, namespace: &Arc<str>) -> bool {
        let new = !self.namespaces.contains(namespace);
        if new {
            self.namespaces.insert(Arc::clone(namespace));
        }
        new
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.objects += other.objects;
        self.unplaced += other.unplaced;
        other.namespaces.iter().for_each(|it| _ = self.add_namespace(it));
    }
}

impl Namespaces {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::One(only) => &**only == name,
            Self::Several(all) => all.contains(name),
        }
    }

    fn insert(&mut self, name: Arc<str>) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(name),
            Self::One(only) => Self::Several([only, name].into()),
            Self::Several(mut all) => {
                all.insert(name);
                Self::Several(all)
            }
        };
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        let (one, several) = match self {
            Self::None => (None, None),
            Self::One(only) => (Some(only), None),
            Self::Several(all) => (None, Some(all)),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }
}

impl Unit {
    /// Whether nothing was found in it.
    pub(crate) fn is_blank(&self) -> bool {
        let Self {
            input: _,
            path: _,
            line: _,
            logged: _,
            kinds,
            lists,
            texts,
            clocks,
            cluster,
            copies,
            bundle,
            collected: _,
        } = self;
        kinds.is_empty()
            && !copies
            && lists.is_empty()
            && texts.is_empty()
            && *clocks == Clocks::default()
            && cluster.is_none()
            && bundle.is_none()
    }

    /// Whether rules may see something of it, or it tells whose it is.
    pub(crate) fn is_filled(&self) -> bool {
        let lines = self.texts.values().any(|it| !it.lines.is_empty());
        let tells = self.cluster.is_some() || self.bundle.is_some();
        self.copies || lines || !self.lists.is_empty() || tells
    }

    /// What was seen of a kind, which is new or known; the pointer names it.
    pub(crate) fn kind(&mut self, kind: Arc<(String, String)>) -> &mut KindSeen {
        // Objects of one kind are usually next to each other.
        let at = self.kinds.iter().rposition(|it| Arc::ptr_eq(&it.0, &kind)).unwrap_or_else(|| {
            // Of many thousands of documents, each has one.
            self.kinds.reserve_exact(usize::from(self.kinds.is_empty()));
            self.kinds.push((kind, KindSeen::default()));
            self.kinds.len() - 1
        });
        &mut self.kinds[at].1
    }

    /// The moment at which it was written, or after which, by the clocks of its cluster.
    pub(crate) fn taken(&self) -> Option<Timestamp> {
        self.clocks.captured().witness.map(|it| it.time)
    }

    /// Whether the unit is this file or folder of its input, or in it.
    pub(crate) fn is_in(&self, path: &str) -> bool {
        path.is_empty()
            || self.path.strip_prefix(path).is_some_and(|it| it.is_empty() || it.starts_with('/'))
    }
}
