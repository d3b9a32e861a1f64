//! What a rule asks for of a Kubernetes object.

use rulebox_core::ObjectNeed;
use serde::de::DeserializeOwned;

use crate::Fields;

/// A struct that a Kubernetes object is deserialized into: the kind that a rule asks for, and by
/// its [`Fields`] the only parts of it that the rule is given.
///
/// Derive it, with `#[object(group = "…", kind = "…", namespaces("…"), labels = "…", id = "…")]`.
/// The kind defaults to the struct's name; the id defaults to the kind and its group, and must be
/// given if a pack reads one kind in two ways:
///
/// ```
/// # use rulebox_sdk::{Fields, Object};
/// # use serde::Deserialize;
/// #[derive(Default, Deserialize, Fields)]
/// #[serde(default)]
/// struct Pod {
///     // What the rules read of a pod.
/// #   spec: String,
/// }
///
/// // A struct that wraps a shape selects objects of it, and is used like it.
/// #[derive(Deserialize, Object)]
/// #[object(kind = "Pod", id = "velero-pod", namespaces("velero"), labels = "component=velero")]
/// struct VeleroPod(Pod);
/// # assert_eq!(VeleroPod::need().fields, ["spec"]);
/// ```
///
/// Null and absent are the same in Kubernetes, and null never arrives: use `#[serde(default)]`.
pub trait Object: Fields + DeserializeOwned + 'static {
    /// Unique in the pack.
    const ID: &'static str;
    /// API group, empty for core.
    const GROUP: &'static str;
    /// The kind.
    const KIND: &'static str;
    /// Empty: every namespace.
    const NAMESPACES: &'static [&'static str];
    /// Kubernetes label selector syntax; empty: every object.
    const LABEL_SELECTOR: &'static str;

    /// What the pack asks of the host.
    fn need() -> ObjectNeed {
        let mut fields = Vec::new();
        Self::fields("", &mut fields);
        if fields.is_empty() {
            // No field would mean every field.
            fields.push("metadata.name".to_owned());
        }
        fields.sort_unstable();
        fields.dedup();
        ObjectNeed {
            id: Self::ID.to_owned(),
            group: Self::GROUP.to_owned(),
            kind: Self::KIND.to_owned(),
            namespaces: Self::NAMESPACES.iter().map(|&it| it.to_owned()).collect(),
            label_selector: Self::LABEL_SELECTOR.to_owned(),
            fields,
        }
    }
}
