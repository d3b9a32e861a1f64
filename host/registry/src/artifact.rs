//! A pack as an artifact of a registry. A component goes as the CNCF's guidance for Wasm artifacts
//! says: a config that tells its imports and exports, and one layer, `application/wasm`. A pack as
//! text goes as an artifact of our own: one layer, the text or a tar of the folder. The same pack
//! gives the same bytes, so the same digest.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use serde_json::json;
use tar::{Archive, Builder, EntryType, Header};

use crate::{
    Digest, RegistryError, component, limits,
    manifest::{Descriptor, Manifest},
};

/// The config and the layer of a component: <https://tag-runtime.cncf.io/wgs/wasm>.
pub(crate) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
const WASM_LAYER: &str = "application/wasm";

/// The config and the layers of a pack as text, and its type.
const PACK: &str = "application/vnd.rulebox.pack.v1";
const PACK_CONFIG: &str = "application/vnd.rulebox.pack.config.v1+json";
const YAML_LAYER: &str = "application/vnd.rulebox.pack.v1.yaml";
const TAR_LAYER: &str = "application/vnd.rulebox.pack.v1.tar";

/// The file of a folder that says that it is a pack.
pub const PACK_FILE: &str = "pack.yaml";

/// When a config was made must stand in it for some of its readers. It is no fact of a pack, so it
/// is the beginning of time unless the caller knows better.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// A pack, as it travels.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// A WebAssembly component.
    Component(Vec<u8>),
    /// The YAML of a pack.
    Text(Vec<u8>),
    /// The files of a folder by their paths, one of which is [`PACK_FILE`].
    Folder(BTreeMap<String, Vec<u8>>),
}

impl Content {
    /// The component, or the text that says that it is a pack.
    pub fn text(&self) -> &[u8] {
        match self {
            Self::Component(bytes) | Self::Text(bytes) => bytes,
            Self::Folder(files) => files.get(PACK_FILE).map_or(&[], Vec::as_slice),
        }
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        match self {
            Self::Component(bytes) | Self::Text(bytes) => bytes.len(),
            Self::Folder(files) => files.values().map(Vec::len).sum(),
        }
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Component(_) => "Component",
            Self::Text(_) => "Text",
            Self::Folder(_) => "Folder",
        })
    }
}

/// A pack with what stands beside it.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The pack.
    pub content: Content,
    /// What the manifest says of it: `org.opencontainers.image.title` and its kin.
    pub annotations: BTreeMap<String, String>,
    /// When it was made, RFC 3339; left out, nothing depends on the time of the push.
    pub created: Option<String>,
}

/// The bytes of an artifact.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) manifest: Vec<u8>,
    pub(crate) config: Vec<u8>,
    pub(crate) layer: Vec<u8>,
}

impl Artifact {
    /// As what a registry is given.
    pub(crate) fn parts(&self) -> Result<Parts, RegistryError> {
        let no_pack = |reason| RegistryError::NoPack { of: "what is pushed".to_owned(), reason };
        let (config, config_type, layer, layer_type) = match &self.content {
            Content::Component(bytes) => {
                let config = self.wasm_config(bytes).map_err(no_pack)?;
                (config, WASM_CONFIG, bytes.clone(), WASM_LAYER)
            }
            Content::Text(bytes) => (b"{}".to_vec(), PACK_CONFIG, bytes.clone(), YAML_LAYER),
            Content::Folder(files) => {
                let layer = packed(files).map_err(no_pack)?;
                (b"{}".to_vec(), PACK_CONFIG, layer, TAR_LAYER)
            }
        };
        let layers = vec![Descriptor::of(layer_type, &layer)];
        let mut manifest = Manifest::new(Descriptor::of(config_type, &config), layers);
        // A registry tells Wasm artifacts by their config; ours by their type as well.
        let ours = config_type == PACK_CONFIG;
        manifest.artifact_type = ours.then(|| PACK.to_owned());
        manifest.annotations.clone_from(&self.annotations);
        if let Some(created) = &self.created {
            let key = "org.opencontainers.image.created".to_owned();
            manifest.annotations.insert(key, created.clone());
        }
        Ok(Parts { manifest: manifest.bytes(), config, layer })
    }

    fn wasm_config(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let component::Outside { imports, exports } = component::outside(bytes)?;
        let config = json!({
            "created": self.created.as_deref().unwrap_or(EPOCH),
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [Digest::of(bytes)],
            "component": {"exports": exports, "imports": imports, "target": null},
        });
        Ok(serde_json::to_vec(&config).expect("texts"))
    }
}

/// The one layer of a pack. `of`: what the manifest is of, in an error.
pub(crate) fn layer<'a>(manifest: &'a Manifest, of: &str) -> Result<&'a Descriptor, RegistryError> {
    let no_pack = |reason| RegistryError::NoPack { of: of.to_owned(), reason };
    let known = [WASM_LAYER, YAML_LAYER, TAR_LAYER];
    match &manifest.layers[..] {
        [layer] if known.contains(&&*layer.media_type) => Ok(layer),
        [layer] => Err(no_pack(format!(
            "its layer has the media type `{}`, and a pack has one of {}",
            layer.media_type,
            known.join(", ")
        ))),
        layers => Err(no_pack(format!("it has {} layers, and a pack has one", layers.len()))),
    }
}

/// The pack of a layer, whose bytes are what its digest says.
pub(crate) fn content(
    layer: &Descriptor,
    bytes: Vec<u8>,
    of: &str,
) -> Result<Content, RegistryError> {
    let no_pack = |reason| RegistryError::NoPack { of: of.to_owned(), reason };
    match &*layer.media_type {
        WASM_LAYER if !component::is_component(&bytes) => {
            Err(no_pack("its layer holds no WebAssembly component".to_owned()))
        }
        WASM_LAYER => Ok(Content::Component(bytes)),
        YAML_LAYER => Ok(Content::Text(bytes)),
        _ => unpacked(&bytes).map(Content::Folder).map_err(no_pack),
    }
}

/// A tar of files, sorted, of nobody and of no time.
fn packed(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, String> {
    let mut tar = Builder::new(Vec::new());
    for (path, bytes) in files {
        check(path)?;
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        let appended = tar.append_data(&mut header, path, &bytes[..]);
        appended.map_err(|it| format!("{path}: {it}"))?;
    }
    if !files.contains_key(PACK_FILE) {
        return Err(format!("the folder has no {PACK_FILE}"));
    }
    tar.into_inner().map_err(|it| it.to_string())
}

/// The files of a tar: nothing but files, each once, at paths that stay inside. They are nowhere
/// written.
fn unpacked(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let broken = |it: std::io::Error| format!("its tar is broken: {it}");
    for entry in Archive::new(Cursor::new(bytes)).entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let path = String::from_utf8(entry.path_bytes().into_owned());
        let path = path.map_err(|_| "a path is no text".to_owned())?;
        check(&path)?;
        if entry.header().entry_type() != EntryType::Regular {
            return Err(format!("`{path}` is no file"));
        }
        let mut content = Vec::new();
        // Not more than the tar has, which was limited.
        entry.read_to_end(&mut content).map_err(broken)?;
        if files.insert(path.clone(), content).is_some() {
            return Err(format!("`{path}` is there twice"));
        }
        if files.len() > limits::FOLDER_FILES {
            return Err(format!("it has more than {} files", limits::FOLDER_FILES));
        }
    }
    if !files.contains_key(PACK_FILE) {
        return Err(format!("it has no {PACK_FILE}"));
    }
    Ok(files)
}

/// A path that stays inside and means the same everywhere.
fn check(path: &str) -> Result<(), String> {
    let is_word = |it: &str| {
        !matches!(it, "" | "." | "..")
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_. +".contains(&it))
    };
    if path.len() > limits::PATH_BYTES || !path.split('/').all(is_word) {
        return Err(format!(
            "`{path}` is no path of a pack: words of letters, digits, `-`, `_`, `.`, with `/` \
             between them"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
