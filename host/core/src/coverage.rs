//! How much of what a rule needs was there to be seen, and the words by which reasons are known.

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
    /// The namespaces that it asks for; empty for all, and for texts.
    pub namespaces: Vec<String>,
    /// The labels that it asks for, as Kubernetes selects by them; empty for all, and for texts.
    pub label_selector: String,
    /// How much was seen.
    pub coverage: Coverage,
    /// How many objects, or lines, were selected.
    pub selected: usize,
    /// Why the coverage is not complete; empty where it is complete.
    pub reason: String,
}

/// The reason where a dump shows nothing of a kind, and nothing tells why.
pub fn holds_none(kind: &str) -> String {
    format!("the input holds no {kind}")
}

/// The reason where objects of a kind name no namespace, and those of some namespaces are asked
/// for. They are of none of them: nobody said so.
pub(crate) fn holds_unplaced(objects: usize, kind: &str, wanted: &[String]) -> String {
    let wanted = wanted.join(", ");
    format!(
        "the input holds {objects} {kind}{UNPLACED}{wanted}: dump them with their \
         `metadata.namespace`, as kubectl prints it"
    )
}

/// What stands in a reason where objects name no namespace.
pub const UNPLACED: &str = " without a namespace, which may be of ";

/// The reason where a cluster does not serve a kind.
pub fn serves_none(kind: &str) -> String {
    format!("the cluster serves no {kind}")
}

/// How a reason begins where a cluster refuses to list a kind.
pub const REFUSED: &str = "forbidden: ";

/// How a reason begins where the user has left out other namespaces.
pub const LEFT_OUT: &str = "--namespace ";
