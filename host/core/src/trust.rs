//! How far what was read may be believed.

/// How certain it is that an object stands in a log or behind one, from the least on. What stands
/// behind more never replaces what stands behind less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Logged {
    /// It does not.
    #[default]
    No,
    /// It stands behind text at the beginning of its file that nobody understands: a letter, or a
    /// log of a form that nobody knows. Most of it is what people write, so nothing else is said of
    /// it.
    Head,
    /// It stands behind such text that stands behind other objects: all that such a log can make
    /// up. What people write between two dumps looks the same.
    Text,
    /// It stands behind lines as logs have them. A script that collects objects writes such lines,
    /// too.
    Lines,
    /// It stands in the log of a container or of a daemon, or behind a line that only those have.
    Log,
}

impl Logged {
    /// Whether it stands behind what is known for lines of a log, which may have made it up.
    pub fn is_some(self) -> bool {
        self >= Self::Lines
    }

    /// Whether it stands behind anything of which nobody knows that it is no log.
    pub fn is_doubtful(self) -> bool {
        self != Self::No
    }
}
