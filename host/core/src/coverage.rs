//! How much of what a rule needs was there to be seen.

use std::fmt;

/// How much of a need the source showed. `Absent` never means healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coverage {
    /// No object was seen, and nothing says that there is none.
    Absent,
    /// Some objects were seen; the source says that there are, or may be, more.
    Partial,
    /// Everything that the need selects was seen.
    Complete,
}

impl Coverage {
    /// The lower-case word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Partial => "partial",
            Self::Complete => "complete",
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How one need was covered in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedCoverage {
    /// The cluster, where the run names it; see [`crate::Report`].
    pub cluster: String,
    /// The pack that has the need.
    pub pack: String,
    /// Its id in that pack.
    pub need: String,
    /// API group of the objects; empty for core and for texts.
    pub group: String,
    /// Kind of the objects; empty for texts.
    pub kind: String,
    /// How much was seen.
    pub coverage: Coverage,
    /// How many objects, or lines, were selected.
    pub selected: usize,
    /// Why the coverage is not complete; empty where it is complete.
    pub reason: String,
}
