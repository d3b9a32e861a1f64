//! The texts of a pack that an interpreter evaluates.

/// One file of a pack that is written as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackText {
    /// How errors call it.
    pub path: String,
    /// What it holds.
    pub content: String,
}
