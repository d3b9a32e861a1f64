//! Why a table, or another file that tells of a bundle, cannot be read.

/// A line of a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// From 1.
    pub line: usize,
    /// What is wrong: a lower-case fragment.
    pub reason: String,
}
