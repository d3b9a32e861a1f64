use std::fmt;

/// How much of a need the source could show. `Absent` is never the same as healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coverage {
    /// Nothing was seen, and nothing says that nothing is there.
    Absent,
    /// Some was seen; the source says that there is, or may be, more.
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

/// What became of one need in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedCoverage {
    /// The cluster, where the run has several; see [`crate::Report`].
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
    /// Why it is not complete; empty where it is.
    pub reason: String,
}
