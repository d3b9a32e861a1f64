//! What is collected of Secrets: never their values.

/// The fields of a Secret that may be collected. The keys of `data` may stand beside them, with
/// empty values: so a rule that reads `data` sees which there are, and that it was not given all.
pub const SECRET_FIELDS: [&str; 7] = [
    "metadata.creationTimestamp",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.resourceVersion",
    "metadata.uid",
    "type",
];

/// Whether these are the Secrets of Kubernetes.
pub fn is_secret(group: &str, kind: &str) -> bool {
    group.is_empty() && kind == "Secret"
}
