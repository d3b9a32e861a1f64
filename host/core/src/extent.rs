//! How much of a need is covered, by the objects that were seen and the tools that wrote the
//! inputs.

use std::collections::BTreeSet;

use crate::{
    Coverage, ObjectNeed,
    coverage::{holds_none, holds_unplaced},
    units::KindSeen,
};

/// How much of a need an input holds, as the tool that wrote the input is known to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The index of the object need.
    pub need: usize,
    /// Absent where the tool leaves the kind out, partial where it takes the kind from some
    /// namespaces, complete where it took all that the need selects.
    pub coverage: Coverage,
    /// The namespaces from which the tool took objects.
    pub namespaces: BTreeSet<String>,
    /// Why the coverage is not complete, and what to add; empty where it is complete.
    pub reason: String,
}

/// How much of a need is covered, by the objects that were seen and the tools that wrote the
/// inputs.
pub(crate) fn coverage_of(
    need: &ObjectNeed,
    seen: Option<&(KindSeen, bool)>,
    extents: &[&Extent],
    loss: Option<&str>,
) -> (Coverage, String) {
    let kind = need.kind_name();
    let Some((seen, everywhere)) = seen else {
        let mut reasons: Vec<&str> = extents.iter().map(|it| it.reason.as_str()).collect();
        reasons.retain(|it| !it.is_empty());
        let none = holds_none(&kind);
        let mut reason = if reasons.is_empty() { none } else { reasons.join("; ") };
        if let Some(loss) = loss {
            reason = format!("{reason}; {loss}");
        }
        return (Coverage::Absent, reason);
    };
    if let Some(loss) = loss {
        return (Coverage::Partial, loss.to_owned());
    }
    // A need that names namespaces asks for a kind that has them, whatever tool took it.
    if !need.namespaces.is_empty() && seen.unplaced > 0 {
        return (Coverage::Partial, holds_unplaced(seen.unplaced, &kind, &need.namespaces));
    }
    if extents.iter().any(|it| it.coverage == Coverage::Complete) {
        return (Coverage::Complete, String::new());
    }
    let partial = extents.iter().find(|it| it.coverage == Coverage::Partial);
    if need.namespaces.is_empty() {
        // Objects of further namespaces come from another source than the tool's bundle.
        let within = |it: &Extent| seen.namespaces.iter().all(|one| it.namespaces.contains(&**one));
        let only = partial.filter(|it| within(it));
        return match only {
            Some(extent) => (Coverage::Partial, extent.reason.clone()),
            None => (Coverage::Complete, String::new()),
        };
    }
    if need.namespaces.iter().any(|it| seen.has(it)) {
        return (Coverage::Complete, String::new());
    }
    match &partial {
        Some(extent) => (Coverage::Partial, extent.reason.clone()),
        None if seen.objects > 0 && !everywhere => {
            let wanted = need.namespaces.join(", ");
            let reason =
                format!("the input holds {kind} of other namespaces, and none of {wanted}");
            (Coverage::Partial, reason)
        }
        None => (Coverage::Complete, String::new()),
    }
}
