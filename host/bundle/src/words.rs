//! How a list is called, and why it is missing: the same words for a live cluster and for a bundle.

use rulebox_core::coverage::REFUSED;

use crate::{List, resource_of};

impl List {
    /// `pods in namespace csdr`, `backups.velero.io`.
    pub fn described(&self) -> String {
        described(&resource_of(&self.group, &self.kind), self.namespace.as_deref())
    }
}

/// `pods in namespace csdr`, `backups.velero.io`. `resource`: as a role names it.
pub fn described(resource: &str, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("{resource} in namespace {namespace}"),
        None => resource.to_owned(),
    }
}

/// Why a list is forbidden, and what grants it. `user`: as the server knows us, or empty.
pub fn forbidden(resource: &str, namespace: Option<&str>, namespaced: bool, user: &str) -> String {
    let what = described(resource, namespace);
    let to = if user.is_empty() { String::new() } else { format!(" to `{user}`") };
    match (namespace, namespaced) {
        (Some(namespace), _) => format!(
            "{REFUSED}cannot list {what}; grant `list` on `{resource}` in {namespace}{to} by a \
             Role"
        ),
        (None, true) => format!(
            "{REFUSED}cannot list {what} in all namespaces; grant `list` on `{resource}`{to} by \
             a ClusterRole, or stay within namespaces by --namespace"
        ),
        (None, false) => format!(
            "{REFUSED}cannot list {what}; grant `list` on `{resource}`{to} by a ClusterRole"
        ),
    }
}

/// The verb that a server's message says is not allowed, where it is `list` or `watch`: `… cannot
/// watch resource …`.
pub fn verb_in(message: &str) -> &'static str {
    let (_, rest) = message.split_once(" cannot ").unwrap_or_default();
    let verb = rest.split(' ').next().unwrap_or_default();
    ["list", "watch"].into_iter().find(|it| *it == verb).unwrap_or_default()
}

/// The user whom a server's message names: `… User "u" cannot list resource …`.
pub fn user_in(message: &str) -> &str {
    let user = message.split_once("User \"").and_then(|(_, it)| it.split_once('"'));
    user.map_or("", |it| it.0)
}
