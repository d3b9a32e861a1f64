//! The documents of the OCI image specification, as far as packs and their signatures use them:
//! descriptors, manifests, indexes. What their content means is not known here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Digest, RegistryError};

/// The media type of a [`Manifest`].
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The media type of an [`Index`].
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The media type of what says nothing, `{}`.
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// What it says.
pub(crate) const EMPTY_BYTES: &[u8] = b"{}";

/// Names content, by what it is and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
    /// Of a manifest, in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
}

impl Descriptor {
    /// That of these bytes.
    pub(crate) fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            annotations: BTreeMap::new(),
            artifact_type: None,
        }
    }
}

/// What an artifact is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    pub(crate) schema_version: u32,
    #[serde(default = "manifest")]
    pub(crate) media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    /// What it says something of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

fn manifest() -> String {
    MANIFEST.to_owned()
}

fn index() -> String {
    INDEX.to_owned()
}

impl Manifest {
    pub(crate) fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: manifest(),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Reads one; `of`: whose it is, in an error.
    pub(crate) fn read(bytes: &[u8], of: &str) -> Result<Self, RegistryError> {
        let wrong = |reason: String| RegistryError::NoManifest { of: of.to_owned(), reason };
        let manifest: Self = serde_json::from_slice(bytes).map_err(|it| {
            // An index has no layers, and its user has to choose.
            match serde_json::from_slice::<Index>(bytes) {
                Ok(_) => wrong("it is an index of several; name one by its digest".to_owned()),
                Err(_) => wrong(it.to_string()),
            }
        })?;
        if manifest.schema_version != 2 || manifest.media_type != MANIFEST {
            return Err(wrong(format!("its media type is `{}`", manifest.media_type)));
        }
        Ok(manifest)
    }

    /// Its bytes, always the same of the same manifest.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers")
    }

    /// All that it is made of.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Descriptor> {
        [&self.config].into_iter().chain(&self.layers)
    }
}

/// A list of manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    pub(crate) schema_version: u32,
    #[serde(default = "index")]
    pub(crate) media_type: String,
    pub(crate) manifests: Vec<Descriptor>,
}

impl Index {
    pub(crate) fn new(manifests: Vec<Descriptor>) -> Self {
        Self { schema_version: 2, media_type: index(), manifests }
    }

    pub(crate) fn read(bytes: &[u8], of: &str) -> Result<Self, RegistryError> {
        serde_json::from_slice(bytes).map_err(|it| RegistryError::NoManifest {
            of: of.to_owned(),
            reason: format!("it is no index: {it}"),
        })
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers")
    }
}
