//! One object as a rule sees it.

use std::{cell::OnceCell, ops::Deref, rc::Rc};

use rulebox_core::ObjectRef;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// An object as a rule sees it: the struct, and which object it is. A clone is the same object.
#[derive(Debug)]
pub struct Seen<T>(Rc<Parsed<T>>);

#[derive(Debug)]
struct Parsed<T> {
    object: T,
    json: String,
    reference: OnceCell<ObjectRef>,
}

/// An object that does not fit the struct.
#[derive(Debug, Clone)]
pub(crate) struct Unreadable {
    /// Which it is, as far as that can be read.
    pub(crate) about: Box<ObjectRef>,
    /// Which object, which field of it, and what is wrong with that.
    pub(crate) reason: String,
}

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: DeserializeOwned> Seen<T> {
    pub(crate) fn read(json: String) -> Result<Self, Unreadable> {
        // The path to a wrong field costs time to keep, so it is only sought for an object that
        // does not fit.
        if let Ok(object) = serde_json::from_str(&json) {
            return Ok(Self(Rc::new(Parsed { object, json, reference: OnceCell::new() })));
        }
        let mut deserializer = serde_json::Deserializer::from_str(&json);
        let error = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err();
        let error = error
            .map(|it| format!("`{}` cannot be read: {}", it.path(), it.inner()))
            .unwrap_or_default();
        let about = reference(&json);
        let reason = format!("{about}: {error}");
        Err(Unreadable { about: Box::new(about), reason })
    }
}

impl<T> Seen<T> {
    /// Which object it is.
    pub fn reference(&self) -> &ObjectRef {
        // Most objects are healthy and are never named, so their names are not parsed.
        self.0.reference.get_or_init(|| reference(&self.0.json))
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        &self.reference().name
    }

    /// `metadata.namespace`; empty for a cluster-scoped object.
    pub fn namespace(&self) -> &str {
        &self.reference().namespace
    }
}

impl<T> AsRef<ObjectRef> for Seen<T> {
    fn as_ref(&self) -> &ObjectRef {
        self.reference()
    }
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.object
    }
}

/// The parts of every object that always come along. One that is no text is empty, and costs none
/// of the others.
fn reference(json: &str) -> ObjectRef {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Head {
        #[serde(deserialize_with = "text")]
        api_version: String,
        #[serde(deserialize_with = "text")]
        kind: String,
        metadata: Metadata,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Metadata {
        #[serde(deserialize_with = "text")]
        namespace: String,
        #[serde(deserialize_with = "text")]
        name: String,
        #[serde(deserialize_with = "text")]
        uid: String,
    }
    let Head { api_version, kind, metadata } = serde_json::from_str(json).unwrap_or_default();
    let Metadata { namespace, name, uid } = metadata;
    ObjectRef { api_version, kind, namespace, name, uid }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(it) => it,
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(metadata: &str, want: &str) {
        let reference = reference(&format!(r#"{{"kind": "Pod", "metadata": {metadata}}}"#));
        assert_eq!(reference.to_string(), want);
    }

    #[test]
    fn a_field_that_is_no_text_costs_no_other_its_value() {
        check(r#"{"namespace": "a", "name": "b", "uid": {"c": 1}}"#, "Pod a/b");
        check(r#"{"namespace": ["a"], "name": "b"}"#, "Pod b");
    }
}
