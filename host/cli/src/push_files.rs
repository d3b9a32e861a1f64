//! Reads the pack that is pushed: a component, which is loaded first so that nobody is given one
//! that does not load; or a pack as text, whose head is read. What a registry makes of it is not
//! known here.

use std::{collections::BTreeMap, fs, path::Path};

use rulebox_core::PackFailure;
use rulebox_engine::{Limits, PackText};
use rulebox_reader::yaml;
use rulebox_registry::{Content, PACK_FILE};

use crate::{
    exit::{Exit, Failure},
    pack_files, pack_texts, packs,
};

/// A pack that was read.
pub(crate) struct Pushed {
    pub(crate) content: Content,
    /// What it says of itself.
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Pushed {
    /// Reads the file or folder that was named.
    pub(crate) fn read(path: &Path, limits: Limits) -> Result<Self, Failure> {
        let is_folder = fs::metadata(path).is_ok_and(|it| it.is_dir());
        let content = if is_folder { folder(path, limits)? } else { file(path, limits)? };
        let (name, version) = match &content {
            Content::Component(bytes) => {
                let info = packs::look(&path.display().to_string(), bytes, limits)?;
                (info.name, info.version)
            }
            Content::Text(_) | Content::Folder(_) => head(path, content.text())?,
        };
        let key = |word: &str| format!("org.opencontainers.image.{word}");
        Ok(Self { content, annotations: [(key("title"), name), (key("version"), version)].into() })
    }
}

fn file(path: &Path, limits: Limits) -> Result<Content, Failure> {
    let bytes = match pack_files::read(path, limits.pack_bytes)? {
        Ok(bytes) => bytes,
        Err(failed) => return Err(refused(failed)),
    };
    too_large(path, bytes.len(), limits)?;
    // A component begins with a zero, which no text does.
    let is_text = !bytes.starts_with(b"\0");
    Ok(if is_text { Content::Text(bytes) } else { Content::Component(bytes) })
}

fn refused(PackFailure { pack, message, help, .. }: PackFailure) -> Failure {
    Failure { exit: Exit::Pack, message: format!("{pack}: {message}"), help }
}

fn too_large(path: &Path, bytes: usize, limits: Limits) -> Result<(), Failure> {
    if bytes <= limits.pack_bytes {
        return Ok(());
    }
    let message = format!("{} is larger than {} bytes", path.display(), limits.pack_bytes);
    Err(Failure::usage(message).help("allow it by --pack-size, here and where it is pulled"))
}

/// `pack.yaml`, and what belongs to it.
fn folder(path: &Path, limits: Limits) -> Result<Content, Failure> {
    let pack = path.join(PACK_FILE);
    if !pack.is_file() {
        let message = format!("the folder {} has no {PACK_FILE}", path.display());
        return Err(Failure::usage(message).help("name the file of the pack: rules.wasm"));
    }
    let texts = pack_texts::read(&pack, limits.pack_bytes)?.map_err(refused)?;
    let name = |it: &PackText| {
        let within = Path::new(&it.path).strip_prefix(path).unwrap_or(Path::new(&it.path));
        within.to_string_lossy().into_owned()
    };
    let mut files: BTreeMap<_, _> =
        texts.into_iter().map(|it| (name(&it), it.content.into_bytes())).collect();
    if files.len() > 1 {
        return Ok(Content::Folder(files));
    }
    Ok(Content::Text(files.remove(PACK_FILE).unwrap_or_default()))
}

/// Name and version of a pack as text.
fn head(path: &Path, text: &[u8]) -> Result<(String, String), Failure> {
    let wrong = |reason: &str| Failure {
        exit: Exit::Pack,
        message: format!("{} is no pack: {reason}", path.display()),
        help: "name a component, a pack as YAML, or a folder with pack.yaml".to_owned(),
    };
    let text = std::str::from_utf8(text).map_err(|it| wrong(&it.to_string()))?;
    let value = yaml::to_json_value(text).map_err(|it| wrong(&it.to_string()))?;
    if value["kind"] != "RulePack" {
        return Err(wrong("it is no WebAssembly component, and its kind is not RulePack"));
    }
    let word = |key: &str| {
        let word = value["metadata"][key].as_str().filter(|it| !it.trim().is_empty());
        word.map(str::to_owned).ok_or_else(|| wrong(&format!("it has no metadata.{key}")))
    };
    Ok((word("name")?, word("version")?))
}
