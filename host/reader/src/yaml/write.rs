//! Writes selected fields of block YAML as JSON.

use super::scan::{Entry, Node, Scan, Stop};
use crate::{
    object::{
        outline::has_duplicates,
        projection::Selected,
        value::{Value, write_text},
    },
    text::lines::Line,
};

/// Writes selected fields; everything, without a selection.
pub(super) struct Writer<'t, 'o> {
    scan: Scan<'t>,
    out: &'o mut String,
    /// Selected keys of the mappings being written, those of inner ones last.
    keys: Vec<&'t str>,
}

impl<'t, 'o> Writer<'t, 'o> {
    pub(super) fn new(scan: Scan<'t>, out: &'o mut String) -> Self {
        Self { scan, out, keys: Vec::new() }
    }

    /// Writes the selected entries of an object.
    pub(super) fn root(
        &mut self,
        entries: &[Entry<'t>],
        selected: Option<&Selected<'_>>,
        depth: usize,
    ) -> Result<(), Stop> {
        for &entry in entries {
            if entry.key != "apiVersion" && entry.key != "kind" {
                self.entry(entry, selected, ',', depth)?;
            }
        }
        Ok(())
    }

    /// Writes an entry of a mapping, unless it is null. Returns the line after it, and whether
    /// anything was written; none if it is not selected.
    fn entry(
        &mut self,
        entry: Entry<'t>,
        selected: Option<&Selected<'_>>,
        separator: char,
        depth: usize,
    ) -> Result<Option<(Option<Line>, bool)>, Stop> {
        let below = match selected {
            None => None,
            Some(selected) => match selected.key(entry.key) {
                None => return Ok(None),
                below => below,
            },
        };
        let before = self.out.len();
        self.out.push(separator);
        write_text(entry.key, self.out);
        self.out.push(':');
        let (after, null) = self.value(entry, below.as_ref(), depth)?;
        if null {
            self.out.truncate(before);
        }
        Ok(Some((after, !null)))
    }

    /// Writes a value. Returns the line after it, and whether it is null.
    fn value(
        &mut self,
        entry: Entry<'t>,
        selected: Option<&Selected<'_>>,
        depth: usize,
    ) -> Result<(Option<Line>, bool), Stop> {
        let selected = selected.filter(|it| !it.whole());
        let words = match self.scan.node(entry)? {
            Node::Map { at, column } => {
                let selected = selected.filter(|it| it.keyed());
                return Ok((self.map(entry, at, column, selected, depth)?, false));
            }
            Node::List { at, column } => {
                let each = selected.and_then(Selected::each);
                return Ok((self.list(entry, at, column, each.as_ref(), depth)?, false));
            }
            Node::Scalar(at) => {
                let after = self.scan.after(entry)?;
                let value = self.scan.scalar(at, entry.column, self.scan.end(after))?;
                value.write_json(self.out);
                return Ok((after, value == Value::Null));
            }
            Node::Nothing => "null",
            Node::EmptyMap => "{}",
            Node::EmptyList => "[]",
        };
        self.out.push_str(words);
        Ok((self.scan.after(entry)?, words == "null"))
    }

    fn map(
        &mut self,
        entry: Entry<'t>,
        at: usize,
        column: usize,
        selected: Option<&Selected<'_>>,
        depth: usize,
    ) -> Result<Option<Line>, Stop> {
        let depth = depth.checked_sub(1).ok_or(Stop::Odd)?;
        let first_key = self.keys.len();
        let mut separator = '{';
        let after = self.scan.map(at, column, entry.column, |entry| {
            let written = self.entry(entry, selected, separator, depth)?;
            let Some((after, written)) = written else { return self.scan.after(entry) };
            if written {
                separator = ',';
            }
            self.keys.push(entry.key);
            Ok(after)
        })?;
        if has_duplicates(&self.keys[first_key..], |it| it) {
            return Err(Stop::Odd);
        }
        self.keys.truncate(first_key);
        self.out.push_str(if separator == '{' { "{}" } else { "}" });
        Ok(after)
    }

    fn list(
        &mut self,
        entry: Entry<'t>,
        at: usize,
        column: usize,
        each: Option<&Selected<'_>>,
        depth: usize,
    ) -> Result<Option<Line>, Stop> {
        let depth = depth.checked_sub(1).ok_or(Stop::Odd)?;
        let narrow = each.is_some_and(|it| !it.whole());
        let mut separator = '[';
        let after = self.scan.list(at, column, entry.column, |item| {
            self.out.push(separator);
            separator = ',';
            let before = self.out.len();
            let (after, null) = self.value(item, each, depth)?;
            if null && narrow {
                self.out.truncate(before);
                self.out.push_str("{}");
            }
            Ok(after)
        })?;
        self.out.push(']');
        Ok(after)
    }
}
