//! JSON out of block YAML.

use std::borrow::Cow;

use super::{
    lines::Line,
    scan::{Entry, Node, Scan, Stop},
};
use crate::{
    projection::Asked,
    value::{Value, write_text},
};

/// Writes what is asked for. Where nothing narrows it (`None`), that is everything.
pub(super) struct Writer<'t, 'o> {
    scan: Scan<'t>,
    out: &'o mut String,
    /// Keys that were asked for, of each mapping that is not yet at its end.
    keys: Vec<Cow<'t, str>>,
}

impl<'t, 'o> Writer<'t, 'o> {
    pub(super) fn new(scan: Scan<'t>, out: &'o mut String) -> Self {
        Self { scan, out, keys: Vec::new() }
    }

    /// Writes an entry of a mapping if it is asked for and not null. Returns the line after it, and whether
    /// anything was written.
    pub(super) fn entry(
        &mut self,
        entry: &Entry<'t>,
        asked: Option<&Asked<'_>>,
        separator: char,
        depth: usize,
    ) -> Result<(Option<Line>, bool), Stop> {
        let below = match asked {
            None => None,
            Some(asked) => match asked.key(&entry.key) {
                None => return Ok((self.scan.after(entry)?, false)),
                below => below,
            },
        };
        self.keys.push(entry.key.clone());
        let before = self.out.len();
        self.out.push(separator);
        write_text(&entry.key, self.out);
        self.out.push(':');
        let (after, null) = self.value(entry, below.as_ref(), depth)?;
        if null {
            self.out.truncate(before);
        }
        Ok((after, !null))
    }

    /// Writes a value. Returns the line after it, and whether it is null.
    fn value(
        &mut self,
        entry: &Entry<'t>,
        asked: Option<&Asked<'_>>,
        depth: usize,
    ) -> Result<(Option<Line>, bool), Stop> {
        let asked = asked.filter(|it| !it.whole());
        let words = match self.scan.node(entry)? {
            Node::Map { at, column } => {
                let asked = asked.filter(|it| it.keyed());
                return Ok((self.map(entry, at, column, asked, depth)?, false));
            }
            Node::List { at, column } => {
                let each = asked.and_then(Asked::each);
                return Ok((self.list(entry, at, column, each.as_ref(), depth)?, false));
            }
            Node::Scalar(_) => return self.scalar(entry),
            Node::Nothing => "null",
            Node::EmptyMap => "{}",
            Node::EmptyList => "[]",
        };
        self.out.push_str(words);
        Ok((self.scan.after(entry)?, words == "null"))
    }

    fn scalar(&mut self, entry: &Entry<'t>) -> Result<(Option<Line>, bool), Stop> {
        let (value, after) = self.scan.scalar_of(entry)?;
        let value = value.unwrap_or(Value::Null);
        value.write_json(self.out);
        Ok((after, value == Value::Null))
    }

    fn map(
        &mut self,
        entry: &Entry<'t>,
        at: usize,
        column: usize,
        asked: Option<&Asked<'_>>,
        depth: usize,
    ) -> Result<Option<Line>, Stop> {
        let depth = depth.checked_sub(1).ok_or(Stop::Odd)?;
        let first_key = self.keys.len();
        let mut separator = '{';
        let after = self.scan.map(at, column, entry.column, |entry| {
            let (after, written) = self.entry(&entry, asked, separator, depth)?;
            if written {
                separator = ',';
            }
            Ok(after)
        })?;
        if twice(&self.keys[first_key..], |it| it) {
            return Err(Stop::Odd);
        }
        self.keys.truncate(first_key);
        self.out.push_str(if separator == '{' { "{}" } else { "}" });
        Ok(after)
    }

    fn list(
        &mut self,
        entry: &Entry<'t>,
        at: usize,
        column: usize,
        each: Option<&Asked<'_>>,
        depth: usize,
    ) -> Result<Option<Line>, Stop> {
        let depth = depth.checked_sub(1).ok_or(Stop::Odd)?;
        let narrow = each.is_some_and(|it| !it.whole());
        let mut separator = '[';
        let after = self.scan.list(at, column, entry.column, |item| {
            self.out.push(separator);
            separator = ',';
            let before = self.out.len();
            let (after, null) = self.value(&item, each, depth)?;
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

/// Whether a key stands twice. Which of its values counts is not for a scan to say.
pub(super) fn twice<'k, T>(all: &'k [T], key: impl Fn(&'k T) -> &'k Cow<'k, str>) -> bool {
    /// Up to here comparing each with each is faster than sorting.
    const FEW: usize = 16;
    if all.len() <= FEW {
        (1..all.len()).any(|i| all[..i].iter().any(|it| key(it) == key(&all[i])))
    } else {
        let mut keys: Vec<&str> = all.iter().map(|it| &**key(it)).collect();
        keys.sort_unstable();
        keys.windows(2).any(|it| it[0] == it[1])
    }
}
