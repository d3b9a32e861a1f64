//! What could not be read: by a parser at all, or by an outline without one.

/// Where a parser could not go on, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// In the text that was parsed, from 1.
    pub(crate) line: u64,
    pub(crate) kind: BrokenKind,
    pub(crate) reason: String,
}

/// Which rules the text breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BrokenKind {
    /// Those of the YAML grammar. At the end of a text, the text may have been cut off there.
    YamlGrammar,
    Other,
}

impl Broken {
    /// Appended to the reason of an item that could not be read.
    pub(crate) const ITEM_LEFT_OUT: &str = "the object that stands there is left out";

    pub(crate) fn new(line: u64, reason: impl Into<String>) -> Self {
        Self { line, kind: BrokenKind::Other, reason: reason.into() }
    }

    /// On the first line.
    pub(crate) fn here(reason: impl Into<String>) -> Self {
        Self::new(1, reason)
    }

    /// Breaks the YAML grammar.
    pub(crate) fn yaml(line: u64, reason: &str) -> Self {
        let reason = format!("not readable as YAML: {reason}");
        Self { line, kind: BrokenKind::YamlGrammar, reason }
    }
}

/// Something that only the full parser reads right: an anchor, a tag, a key that stands twice, a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Odd;
