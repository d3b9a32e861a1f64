//! How far what was read may be believed.

/// How certain it is that an object stands in a log or behind one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Logged {
    /// It does not.
    #[default]
    No,
    /// It stands behind lines as logs have them. A script that collects objects writes such lines,
    /// too.
    Lines,
    /// It stands in the log of a container or of a daemon, or behind a line that only those have.
    Log,
}

impl Logged {
    /// Whether a log may have made it up.
    pub fn is_some(self) -> bool {
        self != Self::No
    }
}
