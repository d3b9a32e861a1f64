//! What rules share: the contract, as `wit-bindgen` reads it from `wit/rulebox.wit`, objects as
//! they come, and words for commands.

use serde::{Deserialize, de::DeserializeOwned};

pub(crate) mod bindings {
    //! Generated: `wit/rulebox.wit` documents every item.

    wit_bindgen::generate!({
        path: "wit",
        world: "pack",
        default_bindings_module: "crate::rulebox::bindings",
    });
}

use bindings::rulebox::rules::{inventory, report};
pub(crate) use bindings::{
    Guest, export,
    rulebox::rules::types::{
        Evidence, Finding, ObjectNeed, ObjectRef, PackInfo, RuleInfo, RunContext, Severity,
    },
};

/// Crossing into the host costs about as much as reading a few objects.
const BATCH: u32 = 256;

/// An object with the fields that a need names; `T` has those beside what names the object.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object<T> {
    api_version: String,
    kind: String,
    pub(crate) metadata: Metadata,
    #[serde(flatten)]
    pub(crate) fields: T,
}

/// What names an object.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
    #[serde(default)]
    uid: String,
}

impl<T> Object<T> {
    /// The object, as a finding names it.
    pub(crate) fn reference(&self) -> ObjectRef {
        ObjectRef {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
            uid: self.metadata.uid.clone(),
        }
    }
}

/// Gives each object of a need to `each`. Of one that cannot be read, the rule has no data.
pub(crate) fn for_each<T: DeserializeOwned>(
    rule: &str,
    need: &str,
    mut each: impl FnMut(&Object<T>),
) {
    let cursor = inventory::open(need);
    loop {
        let batch = cursor.next(BATCH);
        if batch.is_empty() {
            return;
        }
        for text in batch {
            match serde_json::from_str(&text) {
                Ok(object) => each(&object),
                Err(error) => report::undecided(rule, &format!("an object of {need}: {error}")),
            }
        }
    }
}

/// Reports a finding.
pub(crate) fn add(finding: &Finding) {
    report::add_finding(finding);
}

/// One word for a shell. Anybody may have written the names in a dump.
pub(crate) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let visible = text.trim_start_matches('-').replace(char::is_control, "?");
    format!("'{}'", visible.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_name_is_one_word() {
        assert_eq!(word("web-0"), "web-0");
        assert_eq!(word("a; reboot"), "'a; reboot'");
        assert_eq!(word("--all"), "'all'");
        assert_eq!(word("it's"), r"'it'\''s'");
    }
}
