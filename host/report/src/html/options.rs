//! What the caller decides about a page.

use crate::text::Collect;

/// What a page shows beside the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// What to type to be given what the input did not show; none where nothing would help.
    pub collect: Option<Collect>,
    /// For a page that a server keeps up to date; none for a file.
    pub live: Option<Live>,
}

/// Which result of a server a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The entity tag of the result, as the server sends it.
    pub result: String,
    /// When it was made: RFC 3339.
    pub at: String,
}
