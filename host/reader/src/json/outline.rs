//! Outlines of JSON objects: compact, as API servers write them, or indented, as kubectl does.
//!
//! Only the keys of the object and of its `metadata` are read, and selected fields. Everything else
//! is skipped ([`super::step`]) nearly as fast as memory can be read, and checked only for where
//! strings and brackets end. So an outline of invalid JSON may hold anything.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use super::{
    step::{Stop, after_value, skip_space},
    walk::{Text, Walk, scalar_text},
    write::{Below, Writer},
};
use crate::{
    broken::Odd,
    limits::MAX_KEYS,
    object::{
        outline::{Head, Name, Outlined, has_duplicates, may_hold},
        projection::{Projection, write_head},
        timestamps::{Recent, Second},
    },
    text::survey::Surveyed,
    type_meta::TypeMeta,
};

/// Where the keys and values of one object are.
#[derive(Debug, Clone)]
pub(crate) struct Outline<'t> {
    /// The text up to the end of the object.
    text: &'t str,
    surveyed: Surveyed<'t>,
    /// Where the object starts.
    at: usize,
    entries: Vec<Entry<'t>>,
    /// Entries of the mapping `metadata`; none if `metadata` is not a mapping.
    metadata: Option<Vec<Entry<'t>>>,
    head: Head<'t>,
}

/// A key without escapes, and where its value starts and ends.
#[derive(Debug, Clone, Copy)]
struct Entry<'t> {
    key: &'t str,
    at: usize,
    end: usize,
}

impl<'t> Outline<'t> {
    /// Reads the object whose `{` is at `at`. Returns the outline and where the object ends, after
    /// its `}`; none if the text ends before, and more of it must be read.
    pub(crate) fn read(text: Surveyed<'t>, at: usize) -> Result<Option<(Self, usize)>, Odd> {
        match Self::scan(text, at) {
            Ok(it) => Ok(Some(it)),
            Err(Stop::Short) => Ok(None),
            Err(Stop::Odd) => Err(Odd),
        }
    }

    fn scan(surveyed: Surveyed<'t>, at: usize) -> Result<(Self, usize), Stop> {
        let text = surveyed.text();
        let bytes = text.as_bytes();
        if bytes.get(at) != Some(&b'{') {
            return Err(Stop::Odd);
        }
        let mut metadata = None;
        let (entries, end) = entries(text, at, |key, at| {
            if key != "metadata" || bytes[at] != b'{' {
                return after_value(bytes, at);
            }
            let (entries, end) = self::entries(text, at, |_, at| after_value(bytes, at))?;
            metadata = Some(entries);
            Ok(end)
        })?;
        let head = head(text, &entries, metadata.as_deref().unwrap_or_default())?;
        Ok((Self { text: &text[..end], surveyed, at, entries, metadata, head }, end))
    }

    fn write(
        &self,
        projection: &Projection,
        meta: &TypeMeta,
        out: &mut String,
    ) -> Result<(), Stop> {
        write_head(meta, out);
        let root = projection.root();
        let mut writer = Writer::new(self.text, out);
        for entry in &self.entries {
            if entry.key == "apiVersion" || entry.key == "kind" || self.is_null(entry) {
                continue;
            }
            let below = if root.whole() { Below::Everything } else { Below::key(&root, entry.key) };
            match (&below, &self.metadata) {
                (Below::Nothing, _) => {}
                (Below::Part(selected), Some(metadata)) if entry.key == "metadata" => {
                    writer.key(',', Text::plain(entry.key))?;
                    let mut separator = '{';
                    for entry in metadata {
                        let below = Below::key(selected, entry.key);
                        if !matches!(below, Below::Nothing) && !self.is_null(entry) {
                            writer.key(separator, Text::plain(entry.key))?;
                            separator = ',';
                            writer.value(&below, entry.at)?;
                        }
                    }
                    writer.end_map(separator);
                }
                _ => {
                    writer.key(',', Text::plain(entry.key))?;
                    writer.value(&below, entry.at)?;
                }
            }
        }
        out.push('}');
        Ok(())
    }

    fn is_null(&self, entry: &Entry<'_>) -> bool {
        self.text.as_bytes()[entry.at] == b'n'
    }
}

impl<'t> Outlined<'t> for Outline<'t> {
    fn head(&self) -> &Head<'t> {
        &self.head
    }

    fn first_key(&self) -> usize {
        skip_space(self.text.as_bytes(), self.at + 1)
    }

    fn name(&self) -> Result<Name<'t>, Odd> {
        let mut names = Name::default();
        for entry in self.metadata.iter().flatten() {
            let place = match entry.key {
                "name" => &mut names.name,
                "uid" => &mut names.uid,
                "resourceVersion" => &mut names.resource_version,
                "creationTimestamp" => &mut names.created,
                _ => continue,
            };
            *place = scalar_text(self.text, entry.at)?.unwrap_or_default();
        }
        Ok(names)
    }

    fn labels(&self) -> Result<BTreeMap<String, String>, Odd> {
        let mut labels = BTreeMap::new();
        let bytes = self.text.as_bytes();
        let metadata = self.metadata.iter().flatten();
        let entry = metadata.into_iter().find(|it| it.key == "labels");
        let Some(entry) = entry.filter(|it| bytes[it.at] == b'{') else { return Ok(labels) };
        let mut walk = Walk::into(self.text, entry.at);
        let mut keys = Vec::new();
        while let Some((key, at)) = walk.entry()? {
            let key = key.decoded()?;
            if let Some(text) = scalar_text(self.text, at)? {
                labels.insert(key.clone().into_owned(), text.into_owned());
            }
            keys.push(key);
            walk.at = after_value(bytes, at)?;
        }
        if has_duplicates(&keys, |it| it) { Err(Odd) } else { Ok(labels) }
    }

    fn annotation(&self, key: &str) -> Result<Option<String>, Odd> {
        let bytes = self.text.as_bytes();
        let mut metadata = self.metadata.iter().flatten();
        let Some(entry) = metadata.find(|it| it.key == "annotations") else { return Ok(None) };
        if bytes[entry.at] != b'{' || !may_hold(&self.text[entry.at..entry.end], key) {
            return Ok(None);
        }
        let mut walk = Walk::into(self.text, entry.at);
        let mut found = None;
        while let Some((name, at)) = walk.entry()? {
            if name.decoded()? == key {
                let text = scalar_text(self.text, at)?.map(Cow::into_owned);
                if found.replace(text).is_some() {
                    return Err(Odd);
                }
            }
            walk.at = after_value(bytes, at)?;
        }
        Ok(found.flatten())
    }

    fn project(
        &self,
        projection: &Projection,
        meta: &TypeMeta,
        out: &mut String,
    ) -> Result<(), Odd> {
        let before = out.len();
        let written = self.write(projection, meta, out);
        if written.is_err() {
            out.truncate(before);
        }
        Ok(written?)
    }

    fn recent(&self, since: Option<&Second>) -> Option<Recent> {
        Recent::since(since, self.surveyed, self.at..self.text.len())
    }

    fn extent(&self, key: &str) -> Option<Range<usize>> {
        self.entries.iter().find(|it| it.key == key).map(|it| it.at..it.end)
    }
}

/// The entries of the mapping at `at`, and where the mapping ends. `after` returns where a value
/// ends.
fn entries(
    text: &str,
    at: usize,
    mut after: impl FnMut(&str, usize) -> Result<usize, Stop>,
) -> Result<(Vec<Entry<'_>>, usize), Stop> {
    /// The `metadata` of a pod usually has as many keys; the root of an object has fewer.
    const KEYS: usize = 10;
    let mut entries = Vec::with_capacity(KEYS);
    let mut walk = Walk::into(text, at);
    while let Some((key, at)) = walk.entry()? {
        let key = key.as_plain()?;
        let end = after(key, at)?;
        if entries.len() == MAX_KEYS {
            return Err(Stop::Odd);
        }
        entries.push(Entry { key, at, end });
        walk.at = end;
    }
    if has_duplicates(&entries, |it| it.key) { Err(Stop::Odd) } else { Ok((entries, walk.at)) }
}

fn head<'t>(text: &'t str, root: &[Entry<'t>], metadata: &[Entry<'t>]) -> Result<Head<'t>, Stop> {
    let mut head = Head::default();
    let word = |at| -> Result<_, Stop> {
        let text = match text.as_bytes()[at] {
            b'"' => scalar_text(text, at)?,
            _ => None,
        };
        Ok(text.filter(|it| !it.is_empty()))
    };
    let (mut api_version, mut kind) = (false, false);
    for entry in root {
        match entry.key {
            "apiVersion" => {
                api_version = true;
                head.api_version = word(entry.at)?;
            }
            "kind" => {
                kind = true;
                head.kind = word(entry.at)?;
            }
            "items" => head.items = true,
            _ => {}
        }
    }
    head.typed = api_version && kind;
    for entry in metadata {
        match entry.key {
            "name" | "generateName" => head.named |= scalar_text(text, entry.at)?.is_some(),
            "namespace" => head.namespace = scalar_text(text, entry.at)?.unwrap_or_default(),
            _ => {}
        }
    }
    Ok(head)
}
