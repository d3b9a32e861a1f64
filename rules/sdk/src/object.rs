//! Kubernetes objects as a rule reads them: what it asks for, and a stream of what there is.

use std::{cell::OnceCell, marker::PhantomData, ops::Deref, rc::Rc, vec};

use rulebox_core::{Coverage, ObjectNeed, ObjectRef};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{Argument, Declaration, Draft, Fields, ObjectCursor, Run, kept::Answers};

/// How many objects cross the boundary in one call: enough that the call itself does not count
/// (0.25 µs an object at 1, unmeasurable at 128), few enough that a batch of fat objects stays
/// small.
const BATCH: u32 = 128;

/// A struct that a Kubernetes object is deserialized into: the kind that a rule asks for, and by
/// its [`Fields`] the only parts of it that the rule is given.
///
/// Derive it, with `#[object(group = "…", kind = "…", namespaces("…"), labels = "…", id = "…")]`.
/// The kind defaults to the struct's name; the id defaults to the kind and its group, and must be
/// given if a pack reads one kind in two ways:
///
/// ```
/// # use rulebox_sdk::{Fields, Object};
/// # use serde::Deserialize;
/// #[derive(Default, Deserialize, Fields)]
/// #[serde(default)]
/// struct Pod {
///     // What the rules read of a pod.
/// #   spec: String,
/// }
///
/// // A struct that wraps a shape selects objects of it, and is used like it.
/// #[derive(Deserialize, Object)]
/// #[object(kind = "Pod", id = "velero-pod", namespaces("velero"), labels = "component=velero")]
/// struct VeleroPod(Pod);
/// # assert_eq!(VeleroPod::need().fields, ["spec"]);
/// ```
///
/// Null and absent are the same in Kubernetes, and null never arrives: use `#[serde(default)]`.
pub trait Object: Fields + DeserializeOwned + 'static {
    /// Unique in the pack.
    const ID: &'static str;
    /// API group, empty for core.
    const GROUP: &'static str;
    /// The kind.
    const KIND: &'static str;
    /// Empty: every namespace.
    const NAMESPACES: &'static [&'static str];
    /// Kubernetes label selector syntax; empty: every object.
    const LABEL_SELECTOR: &'static str;

    /// What the pack asks of the host.
    fn need() -> ObjectNeed {
        let mut fields = Vec::new();
        Self::fields("", &mut fields);
        if fields.is_empty() {
            // No field would mean every field.
            fields.push("metadata.name".to_owned());
        }
        fields.sort_unstable();
        fields.dedup();
        ObjectNeed {
            id: Self::ID.to_owned(),
            group: Self::GROUP.to_owned(),
            kind: Self::KIND.to_owned(),
            namespaces: Self::NAMESPACES.iter().map(|&it| it.to_owned()).collect(),
            label_selector: Self::LABEL_SELECTOR.to_owned(),
            fields,
        }
    }
}

/// The objects of a kind that a rule cannot judge without: where the source does not cover them
/// completely and the rule finds nothing, it shows as `no data`.
///
/// They come a batch at a time. A few MiB of them are kept for the next iteration, in this rule or
/// another; more are read again, so that memory stays flat. An object that does not fit the struct
/// is skipped, and the rule is undecided about it, with the field named.
pub struct Objects<'r, T>(Reader<'r, T>);

/// The objects of a kind that only add to what a rule says: a cause, an event, a limit.
pub struct Consulted<'r, T>(Reader<'r, T>);

struct Reader<'r, T> {
    run: &'r Run<'r>,
    object: PhantomData<T>,
}

impl<T> Clone for Reader<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Reader<'_, T> {}

impl<'r, T: Object> Reader<'r, T> {
    fn iter(self) -> Iter<'r, T> {
        let from = match self.run.kept().get() {
            Some(answers) => From::Kept { answers, at: 0 },
            None => From::Host {
                cursor: self.run.host().open(T::ID),
                batch: Vec::new().into_iter(),
                keep: Some((Vec::new(), 0)),
            },
        };
        Iter { run: self.run, from }
    }
}

macro_rules! reader {
    ($name:ident, $declare:ident) => {
        impl<'r, T: Object> $name<'r, T> {
            /// The objects, in the order of namespace and name.
            pub fn iter(&self) -> Iter<'r, T> {
                self.0.iter()
            }

            /// Whether the source could show them.
            pub fn coverage(&self) -> Coverage {
                self.0.run.host().covers(T::ID)
            }
        }

        impl<'r, T: Object> IntoIterator for $name<'r, T> {
            type Item = Seen<T>;
            type IntoIter = Iter<'r, T>;

            fn into_iter(self) -> Iter<'r, T> {
                self.iter()
            }
        }

        impl<'r, T: Object> IntoIterator for &$name<'r, T> {
            type Item = Seen<T>;
            type IntoIter = Iter<'r, T>;

            fn into_iter(self) -> Iter<'r, T> {
                self.iter()
            }
        }

        impl<'r, T: Object> Argument<'r> for $name<'r, T> {
            fn declare(declaration: &mut Declaration) {
                declaration.$declare(T::need());
            }

            fn take(run: &'r Run<'r>) -> Self {
                Self(Reader { run, object: PhantomData })
            }
        }
    };
}

reader!(Objects, requires);
reader!(Consulted, consults);

/// Reads objects a batch at a time.
pub struct Iter<'r, T> {
    run: &'r Run<'r>,
    from: From<'r, T>,
}

/// Where objects come from.
enum From<'r, T> {
    /// Who has iterated to their end before.
    Kept { answers: Rc<Answers<T>>, at: usize },
    Host {
        cursor: Box<dyn ObjectCursor + 'r>,
        batch: vec::IntoIter<String>,
        /// What has come so far, and its size in bytes of JSON; none if that is too much to keep.
        keep: Option<(Answers<T>, usize)>,
    },
}

impl<T: Object> Iter<'_, T> {
    /// The next object, or what is wrong with it.
    fn answer(&mut self) -> Option<Result<Seen<T>, String>> {
        match &mut self.from {
            From::Kept { answers, at } => {
                *at += 1;
                answers.get(*at - 1).cloned()
            }
            From::Host { cursor, batch, keep } => {
                if batch.as_slice().is_empty() {
                    *batch = cursor.next(BATCH).into_iter();
                }
                let kept = self.run.kept();
                let Some(json) = batch.next() else {
                    if let Some((answers, bytes)) = keep.take() {
                        kept.put(answers, bytes);
                    }
                    return None;
                };
                let length = json.len();
                let answer = Seen::read(json);
                *keep = keep.take().filter(|(_, bytes)| kept.has_room(bytes + length));
                if let Some((answers, bytes)) = keep {
                    answers.push(answer.clone());
                    *bytes += length;
                }
                Some(answer)
            }
        }
    }
}

impl<T: Object> Iterator for Iter<'_, T> {
    type Item = Seen<T>;

    fn next(&mut self) -> Option<Seen<T>> {
        loop {
            match self.answer()? {
                Ok(seen) => return Some(seen),
                Err(reason) => self.run.undecided(&reason),
            }
        }
    }
}

/// An object as a rule sees it: the struct, and which object it is. A clone is the same object.
#[derive(Debug)]
pub struct Seen<T>(Rc<Parsed<T>>);

#[derive(Debug)]
struct Parsed<T> {
    object: T,
    json: String,
    reference: OnceCell<ObjectRef>,
}

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: DeserializeOwned> Seen<T> {
    fn read(json: String) -> Result<Self, String> {
        // The path to a wrong field costs time to keep, so it is only sought for an object that
        // does not fit.
        if let Ok(object) = serde_json::from_str(&json) {
            return Ok(Self(Rc::new(Parsed { object, json, reference: OnceCell::new() })));
        }
        let mut deserializer = serde_json::Deserializer::from_str(&json);
        let error = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err();
        let error = error
            .map(|it| format!("`{}` cannot be read: {}", it.path(), it.inner()))
            .unwrap_or_default();
        Err(format!("{}: {error}", reference(&json)))
    }
}

impl<T> Seen<T> {
    /// Which object it is.
    pub fn reference(&self) -> &ObjectRef {
        // Most objects are healthy and are never named, so their names are not parsed.
        self.0.reference.get_or_init(|| reference(&self.0.json))
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        &self.reference().name
    }

    /// `metadata.namespace`; empty for a cluster-scoped object.
    pub fn namespace(&self) -> &str {
        &self.reference().namespace
    }

    /// The beginning of a finding about this object: one sentence that says what is wrong.
    pub fn finding(&self, summary: impl Into<String>) -> Draft {
        Draft::new(self.reference().clone(), summary)
    }
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.object
    }
}

/// The parts of every object that always come along.
fn reference(json: &str) -> ObjectRef {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Head {
        api_version: String,
        kind: String,
        metadata: Metadata,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Metadata {
        namespace: String,
        name: String,
        uid: String,
    }
    let Head { api_version, kind, metadata } = serde_json::from_str(json).unwrap_or_default();
    let Metadata { namespace, name, uid } = metadata;
    ObjectRef { api_version, kind, namespace, name, uid }
}
