//! What was found in a part of an input.
//!
//! Threads that read write journals; one thread replays them in the order of the input. So the
//! result never depends on which thread was faster.

use std::collections::{BTreeMap, HashMap};

use rulebox_core::{Clocks, Concerns, ListScope, Logged, ObjectCopy, Problem, TextLine};

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// The files and documents before the open one, in order.
    closed: Vec<Section>,
    /// The file or document that is read now.
    pub(crate) open: Section,
    /// The paths of text files, as far as known, and their places inside the input.
    pub(crate) paths: Vec<(String, String)>,
    /// The places of files that may tell of a bundle, and their texts; none if one is too long, or
    /// no text.
    pub(crate) told: Vec<(String, Option<String>)>,
    /// What stands in files that may be lists of a bundle: the place of each document. Of each file
    /// a few: a list of a bundle has one.
    pub(crate) roots: Vec<(String, Root)>,
    /// The namespaces of logs printed by `kubectl cluster-info dump`.
    pub(crate) printed: Vec<String>,
    /// Number of objects seen, selected or not.
    pub(crate) objects: usize,
    /// In order.
    pub(crate) problems: Vec<Problem>,
    /// What was redacted, and where it was first: whose objects may be missing, and why; and the
    /// file, where it may be of a bundle that judges its own files.
    pub(crate) redacted: BTreeMap<(Concerns, String, Option<String>), Redacted>,
    /// Pages of lists, and lists that one page holds.
    pub(crate) pages: Vec<(String, Option<u64>, Page)>,
    /// What was skipped, and where.
    pub(crate) skipped: Vec<(Skipped, String)>,
    /// Number of files read completely.
    pub(crate) files: usize,
    /// Bytes of content, uncompressed.
    pub(crate) bytes: u64,
}

/// What a document is as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Root {
    /// A list, which names its own group and kind.
    List {
        group: String,
        kind: String,
        /// Whether it says that others follow.
        is_page: bool,
    },
    /// An object, or something else.
    Other,
}

/// What was found in a file, in a document of it, or in a part of either.
#[derive(Debug, Default)]
pub(crate) struct Section {
    /// The path of the file that begins here.
    pub(crate) file: Option<String>,
    /// The line of the document that begins here; 0 if it is not known.
    pub(crate) document: Option<u64>,
    /// Whether the document stands behind a log, or in one.
    pub(crate) logged: Logged,
    seen: Vec<Kind>,
    /// Where each kind stands in them, by group and kind, once they are many.
    places: HashMap<(String, String), usize>,
    /// Selected objects, in order.
    pub(crate) copies: Vec<ObjectCopy>,
    /// Group and kind of each list read, even of empty ones.
    pub(crate) listed: Vec<(String, String)>,
    /// The kinds of objects in lists that are whole, and where they were taken from.
    pub(crate) lists: Vec<ListScope>,
    /// The uid of the Namespace kube-system.
    pub(crate) cluster: Option<String>,
    /// What shows when it was captured.
    pub(crate) clocks: Clocks,
    /// Lines found for text needs.
    pub(crate) hits: Vec<Hits>,
}

/// Objects of which the same was redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redacted {
    /// Of the first.
    pub(crate) place: String,
    pub(crate) line: Option<u64>,
    pub(crate) objects: usize,
}

impl Redacted {
    /// As a loss. `concerns`: whose objects may be missing; `reason`: what was redacted.
    pub(crate) fn problem(self, concerns: Concerns, reason: String) -> Problem {
        let Self { place, line, objects } = self;
        let reason = if objects > 1 { format!("{reason} ({objects} times)") } else { reason };
        Problem { place, line, reason, concerns, ..Problem::default() }
    }
}

/// A page of a list, as an API server gives it where it is asked for a limited number of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Group and kind of the items, and `metadata.resourceVersion`, which all pages of a list have
    /// in common; none where one of them is not known.
    pub(crate) list: Option<(String, String, String)>,
    /// Whose objects stand on the other pages.
    pub(crate) concerns: Concerns,
    /// Number of objects on this page.
    pub(crate) items: usize,
    /// Whether other pages follow: `metadata.continue` or `metadata.remainingItemCount` says so.
    pub(crate) follows: bool,
    /// How many objects stand on those, if it says so.
    pub(crate) remaining: Option<u64>,
}

/// The objects of one kind: how many in each namespace.
#[derive(Debug)]
struct Kind {
    group: String,
    kind: String,
    namespaces: HashMap<String, usize>,
}

/// What a text need has found in a file, or in a part of one.
#[derive(Debug)]
pub(crate) struct Hits {
    /// Index of the need.
    pub(crate) need: usize,
    /// The place that problems of the file name.
    pub(crate) place: String,
    /// Whether this is the first part of the file.
    pub(crate) begins: bool,
    pub(crate) lines: Vec<TextLine>,
    /// The first line that was not searched, because the patterns of the pack took too long.
    pub(crate) late: Option<u64>,
    /// Whether a Secret stands in the file.
    pub(crate) secret: bool,
}

impl Journal {
    /// What follows is of this file.
    pub(crate) fn begin_file(&mut self, path: &str) {
        self.close();
        (self.open.file, self.open.document) = (Some(path.to_owned()), None);
    }

    /// What follows is of the document that begins on this line of the file. `logged`: it stands
    /// behind a log, or in one.
    pub(crate) fn begin_document(&mut self, line: u64, logged: Logged) {
        self.close();
        (self.open.document, self.open.logged) = (Some(line), logged);
    }

    fn close(&mut self) {
        // The first document of a file begins with it.
        if !self.open.is_blank() {
            self.closed.push(std::mem::take(&mut self.open));
        }
    }

    /// Counts an object.
    pub(crate) fn see(&mut self, group: &str, kind: &str, namespace: &str) {
        self.objects += 1;
        self.open.count(group, kind, namespace, 1);
    }

    /// The object that was counted last has this address too.
    pub(crate) fn see_again(&mut self, group: &str, kind: &str, namespace: &str) {
        self.open.count(group, kind, namespace, 0);
    }

    /// The files and documents, in order.
    pub(crate) fn sections_mut(&mut self) -> impl Iterator<Item = &mut Section> {
        self.closed.iter_mut().chain([&mut self.open])
    }

    /// The files and documents, in order.
    pub(crate) fn take_sections(&mut self) -> impl Iterator<Item = Section> + use<> {
        std::mem::take(&mut self.closed).into_iter().chain([std::mem::take(&mut self.open)])
    }

    /// Adds the journal of the part that follows.
    pub(crate) fn append(&mut self, mut next: Self) {
        for mut section in next.take_sections() {
            if section.file.is_some() || section.document.is_some() {
                self.close();
                if section.file.is_some() {
                    self.open.file = section.file.take();
                }
                (self.open.document, self.open.logged) = (section.document, section.logged);
            }
            self.open.append(section);
        }
        self.objects += next.objects;
        self.paths.append(&mut next.paths);
        self.told.append(&mut next.told);
        self.roots.append(&mut next.roots);
        self.printed.append(&mut next.printed);
        self.problems.append(&mut next.problems);
        for (what, Redacted { place, line, objects }) in next.redacted {
            let first = || Redacted { place, line, objects: 0 };
            self.redacted.entry(what).or_insert_with(first).objects += objects;
        }
        self.pages.append(&mut next.pages);
        self.skipped.append(&mut next.skipped);
        self.files += next.files;
        self.bytes += next.bytes;
    }
}

impl Section {
    /// Whether nothing has been found in it.
    fn is_blank(&self) -> bool {
        let Self { file: _, document: _, logged: _, seen, copies, .. } = self;
        let Self { listed, lists, cluster, clocks, hits, .. } = self;
        seen.is_empty()
            && copies.is_empty()
            && listed.is_empty()
            && lists.is_empty()
            && cluster.is_none()
            && *clocks == Clocks::default()
            && hits.is_empty()
    }

    fn count(&mut self, group: &str, kind: &str, namespace: &str, objects: usize) {
        /// So many are compared, from the last: objects of one kind are usually next to each other.
        const NEAR: usize = 32;
        let is = |it: &Kind| it.kind == kind && it.group == group;
        let far = self.seen.len().saturating_sub(NEAR);
        let near = self.seen[far..].iter().rposition(is).map(|it| far + it);
        let at = near.unwrap_or_else(|| {
            let key = (group.to_owned(), kind.to_owned());
            *self.places.entry(key).or_insert_with_key(|(group, kind)| {
                let (group, kind) = (group.clone(), kind.clone());
                self.seen.push(Kind { group, kind, namespaces: HashMap::new() });
                self.seen.len() - 1
            })
        });
        let namespaces = &mut self.seen[at].namespaces;
        match namespaces.get_mut(namespace) {
            Some(number) => *number += objects,
            None => {
                namespaces.insert(namespace.to_owned(), objects);
            }
        }
    }

    /// Group, kind, namespace and number of objects, in no particular order.
    pub(crate) fn seen(&self) -> impl Iterator<Item = (&str, &str, &str, usize)> {
        self.seen.iter().flat_map(|Kind { group, kind, namespaces }| {
            let namespaces = namespaces.iter();
            namespaces
                .map(move |(namespace, n)| (group.as_str(), kind.as_str(), namespace.as_str(), *n))
        })
    }

    fn append(&mut self, mut next: Self) {
        for (group, kind, namespace, objects) in next.seen() {
            self.count(group, kind, namespace, objects);
        }
        self.copies.append(&mut next.copies);
        self.listed.append(&mut next.listed);
        self.lists.append(&mut next.lists);
        self.cluster = self.cluster.take().or(next.cluster);
        self.clocks.merge(&next.clocks);
        self.hits.append(&mut next.hits);
    }
}

/// Why a file was skipped, or a document next to objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Skipped {
    NoObjects,
    Document,
    Table,
    Description,
    VeleroDescription,
    OfMac,
    Binary,
    Empty,
    Link,
    Device,
    /// It has the name of a file of a bundle.
    Folder,
    LeftOut,
}

impl Skipped {
    /// The words for one file, and for several.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoObjects => ("holds no Kubernetes objects", "files hold no Kubernetes objects"),
            Self::Document => (
                "also holds a document that is no Kubernetes object",
                "documents beside objects are no Kubernetes objects",
            ),
            Self::Table => (
                "is a table that kubectl prints for people, and holds no objects \
                 (`kubectl get … -o yaml` writes them)",
                "files are tables that kubectl prints for people, and hold no objects \
                 (`kubectl get … -o yaml` writes them)",
            ),
            Self::Description => (
                "is what `kubectl describe` prints for people, and holds no objects \
                 (`kubectl get … -o yaml` writes them)",
                "files are what `kubectl describe` prints for people, and hold no objects \
                 (`kubectl get … -o yaml` writes them)",
            ),
            Self::VeleroDescription => (
                "is what `velero … describe` prints for people, and holds no objects \
                 (`kubectl get backups.velero.io,restores.velero.io -A -o yaml` writes them)",
                "files are what `velero … describe` prints for people, and hold no objects \
                 (`kubectl get backups.velero.io,restores.velero.io -A -o yaml` writes them)",
            ),
            Self::OfMac => (
                "is what macOS keeps of a file or folder, and holds no objects",
                "files are what macOS keeps of other files, and hold no objects",
            ),
            Self::Binary => ("not text", "files are not text"),
            Self::Empty => ("is empty", "files are empty"),
            Self::Link => {
                ("is a link, and links are not followed", "files are links, which are not followed")
            }
            Self::Device => {
                ("is a device, a pipe or a socket", "files are devices, pipes or sockets")
            }
            Self::Folder => ("is a folder", "are folders"),
            Self::LeftOut => {
                ("is an output of this run, and not read", "files are outputs of this run")
            }
        }
    }
}
