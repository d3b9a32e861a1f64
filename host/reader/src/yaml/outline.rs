//! Outlines of objects in block YAML, as kubectl prints it.
//!
//! Indentation alone shows what belongs to a key. So most of an object is skipped as fast as memory
//! can be read, and selected fields are read in place. An outline of invalid YAML may hold
//! anything.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use super::{
    marks::Marks,
    scan::{Entry, Node, Scan, Stop},
    write::Writer,
};
use crate::{
    broken::Odd,
    limits::{MAX_DEPTH, MAX_KEYS},
    object::{
        outline::{Head, Name, Outlined, has_duplicates, may_hold},
        projection::{Projection, write_head},
        timestamps::{Recent, Second},
        value::Value,
    },
    text::{lines::Line, survey::Surveyed},
    type_meta::TypeMeta,
};

/// Maximum depth of an object: two less than that of a document, for an item of a list.
const DEPTH: usize = MAX_DEPTH - 2;

/// Where the keys and values of one object are.
#[derive(Debug, Clone)]
pub(crate) struct Outline<'t> {
    /// The text up to the end of the object.
    scan: Scan<'t>,
    /// Where the object starts.
    at: usize,
    entries: Vec<Entry<'t>>,
    metadata: Metadata<'t>,
    head: Head<'t>,
}

impl<'t> Outline<'t> {
    /// Reads the object whose first key is at `at`, in column `indent`. Returns the outline and the
    /// start of the first line after the object: one that is indented less and neither blank nor a
    /// comment, or a document marker. Without `last`, more text may follow; returns none if that
    /// matters.
    ///
    /// Text before `at` is ignored.
    pub(crate) fn read(
        text: Surveyed<'t>,
        at: usize,
        indent: usize,
        last: bool,
    ) -> Result<Option<(Self, usize)>, Odd> {
        match Self::scan(Scan::new(text, last), at, indent) {
            Ok(it) => Ok(Some(it)),
            Err(Stop::More) => Ok(None),
            Err(Stop::Odd) => Err(Odd),
        }
    }

    /// The keys of the object.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'t str> {
        self.entries.iter().map(|it| it.key)
    }

    fn scan(scan: Scan<'t>, start: usize, indent: usize) -> Result<(Self, usize), Stop> {
        if indent == 0 && is_marker(scan.text(), Line { start, indent }) {
            return Err(Stop::Odd);
        }
        let mut entries = Vec::with_capacity(8);
        let mut metadata = Metadata::default();
        let mut root = Root::default();
        let mut at = start;
        let end = loop {
            let entry = scan.key(at, indent)?;
            let after = match entry.key {
                "metadata" => metadata.scan(scan, entry)?,
                _ => scan.after(entry)?,
            };
            match entry.key {
                "apiVersion" => root.api_version = Some((entry, scan.end(after))),
                "kind" => root.kind = Some((entry, scan.end(after))),
                "items" => root.items = true,
                _ => {}
            }
            if entries.len() == MAX_KEYS {
                return Err(Stop::Odd);
            }
            entries.push(entry);
            match after {
                Some(line) if line.indent == indent && !is_marker(scan.text(), line) => {
                    at = line.content();
                }
                Some(line) => break line.start,
                None => break scan.text().len(),
            }
        };
        let scan = scan.until(end);
        match Marks::of(scan.surveyed(), start..end) {
            Marks::Flow(flows) if flows.is_empty() => {}
            Marks::Flow(flows) => {
                for entry in &entries {
                    scan.blocks_only(*entry, &flows, DEPTH)?;
                }
            }
            Marks::Return | Marks::Unknown => return Err(Stop::Odd),
        }
        if has_duplicates(&entries, |it| it.key) {
            return Err(Stop::Odd);
        }
        let head = metadata.head(scan, &root)?;
        Ok((Self { scan, at: start, entries, metadata, head }, end))
    }
}

impl<'t> Outlined<'t> for Outline<'t> {
    fn head(&self) -> &Head<'t> {
        &self.head
    }

    fn first_key(&self) -> usize {
        self.at
    }

    fn name(&self) -> Result<Name<'t>, Odd> {
        let Metadata { name, uid, resource_version, created, .. } = &self.metadata;
        let text = |slot| -> Result<_, Odd> { Ok(text(self.scan, slot)?.unwrap_or_default()) };
        Ok(Name {
            name: text(name)?,
            uid: text(uid)?,
            resource_version: text(resource_version)?,
            created: text(created)?,
        })
    }

    fn labels(&self) -> Result<BTreeMap<String, String>, Odd> {
        let mut labels = BTreeMap::new();
        let Some((entry, _)) = self.metadata.labels else { return Ok(labels) };
        if let Node::Map { at, column } = self.scan.node(entry)? {
            let mut keys = Vec::new();
            self.scan.map(at, column, entry.column, |label| {
                let after = self.scan.after(label)?;
                let value = self.scan.scalar_of(label, self.scan.end(after))?;
                if let Some(text) = value.and_then(scalar_text) {
                    labels.insert(label.key.to_owned(), text.into_owned());
                }
                keys.push(label.key);
                Ok(after)
            })?;
            if has_duplicates(&keys, |it| it) {
                return Err(Odd);
            }
        }
        Ok(labels)
    }

    fn annotation(&self, key: &str) -> Result<Option<String>, Odd> {
        let Some((entry, end)) = self.metadata.annotations else { return Ok(None) };
        let (at, column) = match self.scan.node(entry)? {
            Node::Map { at, column } => (at, column),
            Node::Nothing | Node::EmptyMap | Node::EmptyList | Node::List { .. } => {
                return Ok(None);
            }
            // Unless it refers to a mapping, which only the full parser knows.
            Node::Scalar(_) => return Ok(self.scan.scalar_of(entry, end).map(|_| None)?),
        };
        if !may_hold(&self.scan.text()[entry.value..end], key) {
            return Ok(None);
        }
        let mut found = None;
        self.scan.map(at, column, entry.column, |entry| {
            let after = self.scan.after(entry)?;
            if entry.key == key {
                let value = self.scan.scalar_of(entry, self.scan.end(after))?;
                let text = value.and_then(scalar_text).map(Cow::into_owned);
                if found.replace(text).is_some() {
                    return Err(Stop::Odd);
                }
            }
            Ok(after)
        })?;
        Ok(found.flatten())
    }

    fn project(
        &self,
        projection: &Projection,
        meta: &TypeMeta,
        out: &mut String,
    ) -> Result<(), Odd> {
        write_head(meta, out);
        let root = projection.root();
        let selected = Some(&root).filter(|it| !it.whole());
        Writer::new(self.scan, out).root(&self.entries, selected, DEPTH)?;
        out.push('}');
        Ok(())
    }

    fn recent(&self, since: Option<&Second>) -> Option<Recent> {
        Recent::since(since, self.scan.surveyed(), self.at..self.scan.text().len())
    }

    fn extent(&self, key: &str) -> Option<Range<usize>> {
        let at = self.entries.iter().position(|it| it.key == key)?;
        // The next key is no timestamp.
        let end = self.entries.get(at + 1).map_or(self.scan.text().len(), |it| it.value);
        Some(self.entries[at].value..end)
    }
}

/// Whether a line is a document marker.
fn is_marker(text: &str, line: Line) -> bool {
    let content = &text.as_bytes()[line.start..];
    let (Some(marker), after) = (content.first_chunk::<3>(), content.get(3)) else { return false };
    (marker == b"---" || marker == b"...")
        && matches!(after, None | Some(b' ' | b'\t' | b'\r' | b'\n'))
}

/// The keys of the object that state its type.
#[derive(Debug, Clone, Default)]
struct Root<'t> {
    api_version: Slot<'t>,
    kind: Slot<'t>,
    items: bool,
}

/// A key, and where the line after its value starts.
type Slot<'t> = Option<(Entry<'t>, usize)>;

/// The keys of `metadata` that identify the object.
#[derive(Debug, Clone, Default)]
struct Metadata<'t> {
    name: Slot<'t>,
    generate_name: Slot<'t>,
    namespace: Slot<'t>,
    uid: Slot<'t>,
    resource_version: Slot<'t>,
    created: Slot<'t>,
    labels: Slot<'t>,
    annotations: Slot<'t>,
}

impl<'t> Metadata<'t> {
    /// Records the keys. Returns the line after `metadata`.
    fn scan(&mut self, scan: Scan<'t>, metadata: Entry<'t>) -> Result<Option<Line>, Stop> {
        let Node::Map { at, column } = scan.node(metadata)? else { return scan.after(metadata) };
        scan.map(at, column, metadata.column, |entry| {
            let after = scan.after(entry)?;
            let slot = match entry.key {
                "name" => &mut self.name,
                "generateName" => &mut self.generate_name,
                "namespace" => &mut self.namespace,
                "uid" => &mut self.uid,
                "resourceVersion" => &mut self.resource_version,
                "creationTimestamp" => &mut self.created,
                "labels" => &mut self.labels,
                "annotations" => &mut self.annotations,
                _ => return Ok(after),
            };
            match slot.replace((entry, scan.end(after))) {
                None => Ok(after),
                Some(_) => Err(Stop::Odd),
            }
        })
    }

    fn head(&self, scan: Scan<'t>, root: &Root<'t>) -> Result<Head<'t>, Stop> {
        let word = |slot| -> Result<_, Stop> {
            match value(scan, slot)? {
                Some(Value::Text(text)) if !text.is_empty() => Ok(Some(text)),
                _ => Ok(None),
            }
        };
        let named = text(scan, &self.name)?.is_some();
        Ok(Head {
            api_version: word(&root.api_version)?,
            kind: word(&root.kind)?,
            typed: root.api_version.is_some() && root.kind.is_some(),
            items: root.items,
            named: named || text(scan, &self.generate_name)?.is_some(),
            namespace: text(scan, &self.namespace)?.unwrap_or_default(),
        })
    }
}

/// The value of a key, if it is a scalar.
fn value<'t>(scan: Scan<'t>, slot: &Slot<'t>) -> Result<Option<Value<'t>>, Stop> {
    match slot {
        Some((entry, end)) => scan.scalar_of(*entry, *end),
        None => Ok(None),
    }
}

/// The text of that value.
fn text<'t>(scan: Scan<'t>, slot: &Slot<'t>) -> Result<Option<Cow<'t, str>>, Stop> {
    Ok(value(scan, slot)?.and_then(scalar_text))
}

/// Like [`Value::scalar_text`].
fn scalar_text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(text),
        other => other.scalar_text().map(|it| Cow::Owned(it.into_owned())),
    }
}
