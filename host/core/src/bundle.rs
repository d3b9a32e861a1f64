//! A bundle that Rulebox has collected: when, and how much of each need its lists hold.

use jiff::Timestamp;

use crate::Coverage;

/// What a bundle says of itself. A source that knows this much outweighs what its objects show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Its folder inside the open input; empty where the input is the bundle.
    pub folder: String,
    /// Exactly when it was taken. None: it does not tell, or in words that are not known.
    pub as_of: Option<Timestamp>,
    /// For each object need how much of it the lists hold, and why not all; the reason is empty
    /// where the coverage is complete.
    pub needs: Vec<(Coverage, String)>,
}

impl Bundle {
    /// Whether the bundle says itself what is lost here: it judges its own lists.
    pub(crate) fn judges(&self, place: &str) -> bool {
        let inside = match self.folder.as_str() {
            "" => Some(place),
            folder => place.strip_prefix(folder).and_then(|it| it.strip_prefix('/')),
        };
        inside
            .is_some_and(|it| it.starts_with("lists/") || ["lists.txt", "fields.txt"].contains(&it))
    }
}

/// How much of a need several sources hold of one cluster: the best of what they say, and never
/// more than one of them does. Where none holds all, each says why.
pub(crate) fn best(all: impl IntoIterator<Item = (Coverage, String)>) -> (Coverage, String) {
    let all: Vec<_> = all.into_iter().collect();
    let most = all.iter().map(|it| it.0).max().unwrap_or(Coverage::Absent);
    let mut reasons: Vec<String> = Vec::new();
    for (_, reason) in all.into_iter().filter(|it| it.0 == most && !it.1.is_empty()) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let reason = if most == Coverage::Complete { String::new() } else { reasons.join("; ") };
    (most, reason)
}
