//! What could not be read: text that a parser refuses, and text that only the full parser reads.

use std::fmt;

/// Where a parser stopped, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Line in the parsed text, from 1.
    pub(crate) line: u64,
    pub(crate) kind: BrokenKind,
    pub(crate) reason: String,
    /// What an API server did not show, if that is what is missing.
    pub(crate) refused: Option<Refused>,
}

/// A resource that an API server did not show: `restores` of the group `velero.io`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The plural.
    pub(crate) resource: String,
    /// Empty for core.
    pub(crate) group: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource, group } = self;
        let dot = if group.is_empty() { "" } else { "." };
        write!(f, "{resource}{dot}{group}")
    }
}

/// Which rules the text breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BrokenKind {
    /// The YAML grammar. At the last line, the text was probably cut off.
    YamlGrammar,
    Other,
}

impl Broken {
    /// Added to the reason for an item that could not be read.
    pub(crate) const ITEM_LEFT_OUT: &str = "the object that stands there is left out";

    pub(crate) fn new(line: u64, reason: impl Into<String>) -> Self {
        Self { line, kind: BrokenKind::Other, reason: reason.into(), refused: None }
    }

    /// An error on the first line.
    pub(crate) fn here(reason: impl Into<String>) -> Self {
        Self::new(1, reason)
    }

    /// An error against the YAML grammar.
    pub(crate) fn yaml(line: u64, reason: &str) -> Self {
        let reason = format!("not readable as YAML: {reason}");
        Self { line, kind: BrokenKind::YamlGrammar, reason, refused: None }
    }
}

/// An outline cannot read this, only the full parser can: an anchor, a tag, a duplicate key, an
/// error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Odd;
