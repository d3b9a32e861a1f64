//! Writes selected fields, as
//! [`Projection::project`](crate::object::projection::Projection::project) does.

use super::{
    step::{Stop, after_value, after_word},
    walk::{Text, Walk, number},
};
use crate::{limits::MAX_DEPTH, object::projection::Selected};

/// What is selected of a value.
#[derive(Debug)]
pub(super) enum Below<'p> {
    Nothing,
    Everything,
    Part(Selected<'p>),
}

impl<'p> Below<'p> {
    /// What is selected of the value of a key.
    pub(super) fn key(selected: &Selected<'p>, key: &str) -> Self {
        match selected.key(key) {
            None => Self::Nothing,
            Some(below) if below.whole() => Self::Everything,
            Some(below) => Self::Part(below),
        }
    }

    /// What is selected of the elements of a list.
    fn each(&self) -> Self {
        let Self::Part(selected) = self else { return Self::Everything };
        match selected.each() {
            Some(each) if !each.whole() => Self::Part(each),
            _ => Self::Everything,
        }
    }
}

/// Writes values of one text.
#[derive(Debug)]
pub(super) struct Writer<'t, 'o> {
    text: &'t str,
    out: &'o mut String,
    /// Keys of the mappings being written, those of inner ones last.
    keys: Vec<Text<'t>>,
    depth: usize,
}

impl<'t, 'o> Writer<'t, 'o> {
    /// A writer for the values of an object.
    pub(super) fn new(text: &'t str, out: &'o mut String) -> Self {
        Self { text, out, keys: Vec::new(), depth: 1 }
    }

    /// Writes the value at `at`. Returns where the value ends.
    pub(super) fn value(&mut self, below: &Below<'_>, at: usize) -> Result<usize, Stop> {
        match self.text.as_bytes()[at] {
            b'{' => match below {
                Below::Part(selected) if selected.keyed() => self.map(Some(selected), at),
                _ => self.map(None, at),
            },
            b'[' => self.list(&below.each(), at),
            b'"' => {
                let (text, end) = Text::read(self.text, at)?;
                text.write(self.out)?;
                Ok(end)
            }
            b't' => self.word(at, "true"),
            b'f' => self.word(at, "false"),
            b'n' => self.word(at, "null"),
            b'-' | b'0'..=b'9' => {
                let (number, end) = number(self.text, at)?;
                self.out.push_str(&number);
                Ok(end)
            }
            _ => Err(Stop::Odd),
        }
    }

    /// Writes the key of an entry.
    pub(super) fn key(&mut self, separator: char, key: Text<'_>) -> Result<(), Stop> {
        self.out.push(separator);
        key.write(self.out)?;
        self.out.push(':');
        Ok(())
    }

    /// Ends a mapping. `separator` is what the next entry would start with.
    pub(super) fn end_map(&mut self, separator: char) {
        self.out.push_str(if separator == '{' { "{}" } else { "}" });
    }

    /// Writes a mapping: the selected entries, or all.
    fn map(&mut self, selected: Option<&Selected<'_>>, at: usize) -> Result<usize, Stop> {
        self.enter()?;
        let outer = self.keys.len();
        let mut walk = Walk::into(self.text, at);
        let mut separator = '{';
        while let Some((key, at)) = walk.entry()? {
            let below = match selected {
                Some(selected) => Below::key(selected, &key.decoded()?),
                None => Below::Everything,
            };
            if let Below::Nothing = below {
                walk.at = after_value(self.text.as_bytes(), at)?;
                continue;
            }
            if self.text.as_bytes()[at] == b'n' {
                walk.at = after_word(self.text.as_bytes(), at, "null")?;
            } else {
                self.key(separator, key)?;
                separator = ',';
                walk.at = self.value(&below, at)?;
            }
            self.keys.push(key);
        }
        self.end_map(separator);
        if Text::has_duplicates(&self.keys[outer..])? {
            return Err(Stop::Odd);
        }
        self.keys.truncate(outer);
        self.depth -= 1;
        Ok(walk.at)
    }

    /// Writes a list; `each` is what is selected of its elements.
    fn list(&mut self, each: &Below<'_>, at: usize) -> Result<usize, Stop> {
        self.enter()?;
        let mut walk = Walk::into(self.text, at);
        let mut separator = "[";
        while let Some(at) = walk.element()? {
            self.out.push_str(separator);
            separator = ",";
            let null = self.text.as_bytes()[at] == b'n';
            walk.at = if null && matches!(each, Below::Part(_)) {
                self.out.push_str("{}");
                after_word(self.text.as_bytes(), at, "null")?
            } else {
                self.value(each, at)?
            };
        }
        self.out.push_str(if separator == "[" { "[]" } else { "]" });
        self.depth -= 1;
        Ok(walk.at)
    }

    fn word(&mut self, at: usize, word: &str) -> Result<usize, Stop> {
        self.out.push_str(word);
        after_word(self.text.as_bytes(), at, word)
    }

    fn enter(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Stop::Odd) } else { Ok(()) }
    }
}
