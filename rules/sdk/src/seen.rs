//! One object as a rule sees it.

use std::{cell::OnceCell, ops::Deref, rc::Rc};

use rulebox_core::ObjectRef;
use serde::{Deserialize, de::DeserializeOwned};

/// An object as a rule sees it: the struct, and which object it is. A clone is the same object.
#[derive(Debug)]
pub struct Seen<T>(Rc<Parsed<T>>);

#[derive(Debug)]
struct Parsed<T> {
    object: T,
    json: String,
    reference: OnceCell<ObjectRef>,
}

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: DeserializeOwned> Seen<T> {
    pub(crate) fn read(json: String) -> Result<Self, String> {
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
        Err(format!("{}: {error}", reference(&json)))
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

/// The parts of every object that always come along.
fn reference(json: &str) -> ObjectRef {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Head {
        api_version: String,
        kind: String,
        metadata: Metadata,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Metadata {
        namespace: String,
        name: String,
        uid: String,
    }
    let Head { api_version, kind, metadata } = serde_json::from_str(json).unwrap_or_default();
    let Metadata { namespace, name, uid } = metadata;
    ObjectRef { api_version, kind, namespace, name, uid }
}
