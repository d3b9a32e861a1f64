//! What a user may set under `settings.org-workloads`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the pack `org-workloads`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Namespaces whose pods may crash: sandboxes, load tests.
    pub ignored_namespaces: Vec<String>,
}

impl Settings {
    /// Whether pods of this namespace are nobody's concern.
    pub fn ignores(&self, namespace: &str) -> bool {
        self.ignored_namespaces.iter().any(|it| it == namespace)
    }
}
