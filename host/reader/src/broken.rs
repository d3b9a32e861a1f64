//! What could not be read: text that a parser refuses, and text that only the full parser reads.

use rulebox_core::Concerns;

/// Where a parser stopped, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Line in the parsed text, from 1.
    pub(crate) line: u64,
    pub(crate) kind: BrokenKind,
    pub(crate) reason: String,
    /// Whose objects are lost by it. Everything, until more is known.
    pub(crate) concerns: Concerns,
}

/// Which rules the text breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BrokenKind {
    /// The YAML grammar. At the last line, the text was probably cut off.
    YamlGrammar,
    /// None: the text ends too early.
    CutOff,
    Other,
}

impl Broken {
    /// Added to the reason for an item that could not be read.
    pub(crate) const ITEM_LEFT_OUT: &str = "the object that stands there is left out";

    pub(crate) fn new(line: u64, reason: impl Into<String>) -> Self {
        let (kind, concerns) = (BrokenKind::Other, Concerns::Everything);
        Self { line, kind, reason: reason.into(), concerns }
    }

    /// The text ends too early.
    pub(crate) fn cut_off(line: u64, reason: impl Into<String>) -> Self {
        Self { kind: BrokenKind::CutOff, ..Self::new(line, reason) }
    }

    /// An error on the first line.
    pub(crate) fn here(reason: impl Into<String>) -> Self {
        Self::new(1, reason)
    }

    /// An error against the YAML grammar.
    pub(crate) fn yaml(line: u64, reason: &str) -> Self {
        let reason = format!("not readable as YAML: {reason}");
        Self { kind: BrokenKind::YamlGrammar, ..Self::new(line, reason) }
    }

    /// The same, and whose objects are lost by it.
    pub(crate) fn concerning(self, concerns: Concerns) -> Self {
        Self { concerns, ..self }
    }
}

/// An outline cannot read this, only the full parser can: an anchor, a tag, a duplicate key, an
/// error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Odd;
