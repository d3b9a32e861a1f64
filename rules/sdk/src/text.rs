//! Lines of logs and other text files as a rule reads them.

use std::{marker::PhantomData, vec};

use rulebox_core::{TextLine, TextNeed};

use crate::{Argument, Declaration, Run, TextCursor};

/// Lines for which the boundary is crossed once.
const BATCH: u32 = 128;

/// Lines of logs and other text files that a rule asks for.
///
/// ```
/// struct HbrClientLog;
///
/// impl rulebox_sdk::Text for HbrClientLog {
///     const ID: &'static str = "hbr-client-log";
///     const PATHS: &'static [&'static str] = &["**/hbr-client-*.log"];
///     const PATTERN: &'static str = "MagpieBridgeSlrNotExist";
/// }
/// ```
pub trait Text {
    /// Unique in the pack.
    const ID: &'static str;
    /// Globs on the path inside the input.
    const PATHS: &'static [&'static str];
    /// A regular expression; the host searches, the rule sees only the lines that match.
    const PATTERN: &'static str;
}

/// The lines that match a [`Text`] need. They only add to what a rule says, for a source may well
/// hold no logs.
pub struct Lines<'r, T> {
    run: &'r Run<'r>,
    text: PhantomData<T>,
}

impl<'r, T: Text> Lines<'r, T> {
    /// The lines, in the order of path and line.
    pub fn iter(&self) -> impl Iterator<Item = TextLine> + use<'r, T> {
        LineIter { cursor: self.run.host().open_text(T::ID), batch: Vec::new().into_iter() }
    }
}

impl<'r, T: Text> Argument<'r> for Lines<'r, T> {
    fn declare(declaration: &mut Declaration) {
        declaration.consults_text(TextNeed {
            id: T::ID.to_owned(),
            paths: T::PATHS.iter().map(|&it| it.to_owned()).collect(),
            pattern: T::PATTERN.to_owned(),
        });
    }

    fn take(run: &'r Run<'r>) -> Self {
        Self { run, text: PhantomData }
    }
}

struct LineIter<'r> {
    cursor: Box<dyn TextCursor + 'r>,
    batch: vec::IntoIter<TextLine>,
}

impl Iterator for LineIter<'_> {
    type Item = TextLine;

    fn next(&mut self) -> Option<TextLine> {
        if self.batch.as_slice().is_empty() {
            self.batch = self.cursor.next(BATCH).into_iter();
        }
        self.batch.next()
    }
}
