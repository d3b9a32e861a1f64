//! Finds the newest timestamp of an object.

use std::borrow::Cow;

use jiff::Timestamp;
use rulebox_core::is_witness_key;

use super::{
    step::{Stop, after_value},
    walk::{Text, Walk},
};
use crate::{
    limits::MAX_DEPTH,
    object::{
        outline::has_duplicates,
        timestamps::{Newer, timestamp},
    },
};

/// Finds the newest timestamp. Visits only values that may contain a newer one.
#[derive(Debug)]
pub(super) struct Newest<'t> {
    pub(super) text: &'t str,
    pub(super) newer: Newer,
    pub(super) time: Option<Timestamp>,
    pub(super) key: Option<Cow<'t, str>>,
}

impl<'t> Newest<'t> {
    /// Visits the value of a key of the object.
    pub(super) fn entry(&mut self, key: &'t str, at: usize, end: usize) -> Result<(), Stop> {
        if self.newer.may_be_in(at..end) {
            self.look(Some(&Cow::Borrowed(key)), at, 1)?;
        }
        Ok(())
    }

    /// Visits the value at `at`. Returns where the value ends. An element of a list has no key.
    fn value(
        &mut self,
        key: Option<&Cow<'t, str>>,
        at: usize,
        depth: usize,
    ) -> Result<usize, Stop> {
        if let Newer::At(_) = self.newer {
            let end = after_value(self.text.as_bytes(), at)?;
            if !self.newer.may_be_in(at..end) {
                return Ok(end);
            }
        }
        self.look(key, at, depth)
    }

    fn look(&mut self, key: Option<&Cow<'t, str>>, at: usize, depth: usize) -> Result<usize, Stop> {
        let bytes = self.text.as_bytes();
        if matches!(bytes[at], b'{' | b'[') && depth == MAX_DEPTH {
            return Err(Stop::Odd);
        }
        match bytes[at] {
            b'{' => {
                let mut walk = Walk::into(self.text, at);
                let mut keys = Vec::new();
                while let Some((key, at)) = walk.entry()? {
                    let key = key.decoded()?;
                    walk.at = self.value(Some(&key), at, depth + 1)?;
                    keys.push(key);
                }
                if has_duplicates(&keys, |it| it) {
                    return Err(Stop::Odd);
                }
                Ok(walk.at)
            }
            b'[' => {
                let mut walk = Walk::into(self.text, at);
                while let Some(at) = walk.element()? {
                    walk.at = self.value(None, at, depth + 1)?;
                }
                Ok(walk.at)
            }
            b'"' => {
                let (text, end) = Text::read(self.text, at)?;
                if let Some(key) = key.filter(|it| is_witness_key(it)) {
                    let time = timestamp(&text.decoded()?);
                    if time > self.time {
                        self.time = time;
                        self.key = Some(key.clone());
                    }
                }
                Ok(end)
            }
            _ => after_value(bytes, at),
        }
    }
}
