//! The name of an object, for people and for reports.

use std::fmt;

/// Names one Kubernetes object.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// `v1`, `csdr.alibabacloud.com/v1beta1`.
    pub api_version: String,
    /// `Pod`.
    pub kind: String,
    /// Empty for a cluster-scoped object.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`; empty where the source does not say it.
    pub uid: String,
}

impl ObjectRef {
    /// The API group: empty for core.
    pub fn group(&self) -> &str {
        group_of(&self.api_version)
    }
}

impl AsRef<Self> for ObjectRef {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// The API group of an API version: empty for core.
pub fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// `Pod csdr/csdr-velero-0`: what a user would search for.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name, .. } = self;
        if namespace.is_empty() {
            write!(f, "{kind} {name}")
        } else {
            write!(f, "{kind} {namespace}/{name}")
        }
    }
}
