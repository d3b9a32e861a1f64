//! What one list or watch of an API server shows.

use crate::{Identity, ObjectNeed};

/// The objects that one list or watch shows: those of a kind, in one namespace or in all, and
/// perhaps only those with certain labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// API group, empty for core.
    pub group: String,
    /// `Pod`.
    pub kind: String,
    /// None: all namespaces, or a cluster-scoped kind.
    pub namespace: Option<String>,
    /// The label selector that was sent to the server; empty: every object.
    pub selector: String,
}

impl Scope {
    /// Whether an object of the scope's kind stands in its namespace. Its labels are not looked at.
    pub(crate) fn holds(&self, identity: &Identity) -> bool {
        self.namespace.as_deref().is_none_or(|it| it == identity.namespace())
    }

    /// Whether the scope shows every object of its namespace that the need selects.
    pub(crate) fn shows(&self, need: &ObjectNeed) -> bool {
        let selector = self.selector.trim();
        selector.is_empty() || selector == need.label_selector.trim()
    }
}
