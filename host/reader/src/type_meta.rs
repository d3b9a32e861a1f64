//! `apiVersion` and `kind`, as objects and lists state them.

use rulebox_core::group_of;

/// Type of an object: its own, or that of the list that contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypeMeta {
    pub(crate) api_version: String,
    pub(crate) kind: String,
}

impl TypeMeta {
    /// Type of the items of a typed list: `Pod` for `PodList`. None for `List`, which may contain
    /// anything.
    pub(crate) fn of_items(&self) -> Option<Self> {
        let kind = self.kind.strip_suffix("List").filter(|it| !it.is_empty())?;
        Some(Self { api_version: self.api_version.clone(), kind: kind.to_owned() })
    }

    /// The API group; empty for core.
    pub(crate) fn group(&self) -> &str {
        group_of(&self.api_version)
    }
}
