//! Carries packs to where there is no network: an OCI image layout in a tar, with their signatures.
//! What is read back is compared with its digests, and verified as if it had been pulled. Which
//! file it is, is not known here.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use tar::{Archive, Builder, EntryType, Header};

use crate::{
    Digest, Puller, Reference, RegistryError, Store, Trust, artifact,
    attached::{self, Attached},
    limits,
    manifest::{Descriptor, Index, MANIFEST, Manifest},
};

/// The file that says that it is a layout, and what it says.
const LAYOUT: &str = "oci-layout";
const LAYOUT_TEXT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
const INDEX_FILE: &str = "index.json";
const BLOBS: &str = "blobs/sha256/";

/// The name of a manifest in the index, and what it is, by which cosign knows signatures.
const NAME: &str = "org.opencontainers.image.ref.name";
const KIND: &str = "kind";
const SIGNATURES: &str = "dev.cosignproject.cosign/sigs";

/// Files of an archive. A pack has three, and two for each signature.
const FILES: usize = 10_000;

/// All files of an archive together: sixteen packs of the largest size.
const BYTES: u64 = 1 << 30;

/// A pack that was written or read.
#[derive(Debug, PartialEq, Eq)]
pub struct Carried {
    /// Its name.
    pub reference: Reference,
    /// What it is.
    pub digest: Digest,
    /// The key by which it is signed; none where unsigned packs are allowed.
    pub signed_by: Option<String>,
    /// How many manifests of signatures travel with it.
    pub signatures: usize,
}

/// Writes packs with all their signatures, each verified before. The same packs give the same
/// bytes.
pub async fn save(
    puller: &Puller,
    references: &[Reference],
    trust: &Trust,
    to: impl Write,
) -> Result<Vec<Carried>, RegistryError> {
    let mut blobs: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut index = Vec::new();
    let mut carried = Vec::new();
    for reference in references {
        let found = puller.find(reference).await?;
        let signed_by = puller.verify(reference, &found, trust).await?;
        let parts = puller.parts(reference, &found).await?;
        let signatures = puller.signatures(&found).await?;
        let name = reference.without_digest();
        let named = |mut it: Descriptor, name: String, kind: Option<&str>| {
            it.annotations.insert(NAME.to_owned(), name);
            it.annotations.extend(kind.map(|kind| (KIND.to_owned(), kind.to_owned())));
            it
        };
        let pack = Descriptor::of(MANIFEST, &found.bytes);
        index.push(named(pack, plain(&name), None));
        for it in &signatures {
            let name = format!("{}:{}", reference.name(), attached::tag(&found.digest));
            index.push(named(it.descriptor(), name, Some(SIGNATURES)));
        }
        carried.push(Carried {
            reference: name,
            digest: found.digest.clone(),
            signed_by,
            signatures: signatures.len(),
        });
        let attached = signatures.into_iter().flat_map(|it| it.parts.into_iter().chain([it.bytes]));
        for bytes in parts.into_iter().chain([found.bytes]).chain(attached) {
            blobs.insert(Digest::of(&bytes).hex().to_owned(), bytes);
        }
    }
    write(to, &Index::new(index), &blobs)
        .map_err(|it| RegistryError::Archive { reason: format!("it cannot be written: {it}") })?;
    Ok(carried)
}

/// As an index names it: without the scheme.
fn plain(reference: &Reference) -> String {
    reference.to_string().split_off(crate::SCHEME.len())
}

fn write(to: impl Write, index: &Index, blobs: &BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    let mut tar = Builder::new(to);
    let mut add = |path: &str, bytes: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        tar.append_data(&mut header, path, bytes)
    };
    add(LAYOUT, LAYOUT_TEXT)?;
    add(INDEX_FILE, &index.bytes())?;
    blobs.iter().try_for_each(|(hex, bytes)| add(&format!("{BLOBS}{hex}"), bytes))?;
    tar.into_inner()?.flush()
}

/// Reads packs into the store of a puller, which asks no network. Each is verified as one that is
/// pulled; the first that may not be used ends it, and nothing of what was read is used by itself.
pub fn load(
    store: &Store,
    pack_bytes: usize,
    trust: &Trust,
    from: impl Read,
) -> Result<Vec<Carried>, RegistryError> {
    let index = read(store, pack_bytes, from)?;
    let mut signatures: BTreeMap<Digest, Vec<Descriptor>> = BTreeMap::new();
    let mut packs = Vec::new();
    for it in index.manifests {
        let name = it.annotations.get(NAME).cloned().unwrap_or_default();
        match subject(store, &it, &name)? {
            Some(of) => signatures.entry(of).or_default().push(bare(it)),
            None => packs.push((name, it)),
        }
    }
    if packs.is_empty() {
        return Err(archive("its index names no pack"));
    }
    packs.iter().map(|(name, it)| pack(store, pack_bytes, trust, name, it, &signatures)).collect()
}

/// A pack of an index, with its signatures.
fn pack(
    store: &Store,
    pack_bytes: usize,
    trust: &Trust,
    name: &str,
    of: &Descriptor,
    signatures: &BTreeMap<Digest, Vec<Descriptor>>,
) -> Result<Carried, RegistryError> {
    let reference: Result<Reference, _> = format!("{}{name}", crate::SCHEME).parse();
    let reference = reference.map_err(|it| archive(&format!("`{name}` is no reference: {it}")))?;
    let bytes = store.part(of, limits::MANIFEST_BYTES);
    let bytes = bytes.ok_or_else(|| archive(&format!("the manifest of {name} is missing")))?;
    let manifest = Manifest::read(&bytes, name)?;
    let layer = artifact::layer(&manifest, name)?;
    let content = store.part(layer, pack_bytes);
    let content = content.ok_or_else(|| archive(&format!("the content of {name} is missing")))?;
    artifact::content(layer, content, name)?;
    let listed = signatures.get(&of.digest).cloned().unwrap_or_default();
    let attached: Vec<_> = listed.iter().filter_map(|it| Attached::of_store(store, it)).collect();
    let signed_by = trust.judge(&reference, &of.digest, &attached)?;
    store.put_signatures(&of.digest, attached.iter().map(Attached::descriptor).collect())?;
    Ok(Carried { reference, digest: of.digest.clone(), signed_by, signatures: attached.len() })
}

/// What a manifest signs; none where it is no signature. A bundle says it itself; payloads stand
/// under a name, as in a registry.
fn subject(store: &Store, it: &Descriptor, name: &str) -> Result<Option<Digest>, RegistryError> {
    if it.annotations.get(KIND).is_none_or(|it| it != SIGNATURES) {
        return Ok(None);
    }
    let bytes = store.part(it, limits::MANIFEST_BYTES);
    let bytes = bytes.ok_or_else(|| archive(&format!("the signature {} is missing", it.digest)))?;
    if let Some(subject) = Manifest::read(&bytes, name)?.subject {
        return Ok(Some(subject.digest));
    }
    let tag = name.rsplit_once(":sha256-").and_then(|it| it.1.strip_suffix(".sig"));
    let digest = tag.and_then(|it| format!("sha256:{it}").parse().ok());
    let digest = digest.ok_or_else(|| archive(&format!("`{name}` names no pack that it signs")))?;
    Ok(Some(digest))
}

/// Without what an index of a layout adds.
fn bare(it: Descriptor) -> Descriptor {
    Descriptor { annotations: BTreeMap::new(), ..it }
}

/// The index of an archive, whose blobs are put into the store: each is what its name says, or ends
/// it.
fn read(store: &Store, pack_bytes: usize, from: impl Read) -> Result<Index, RegistryError> {
    let broken = |it: std::io::Error| archive(&format!("it cannot be read: {it}"));
    let mut archived = Archive::new(from.take(BYTES));
    let (mut index, mut is_layout) = (None, false);
    for (nth, entry) in archived.entries().map_err(broken)?.enumerate() {
        let entry = entry.map_err(broken)?;
        if nth >= FILES {
            return Err(archive(&format!("it has more than {FILES} files")));
        }
        if entry.header().entry_type() == EntryType::Directory {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = path.trim_start_matches("./").to_owned();
        if entry.header().entry_type() != EntryType::Regular {
            return Err(archive(&format!("`{path}` is no file")));
        }
        let most = pack_bytes.max(limits::MANIFEST_BYTES) as u64;
        let mut bytes = Vec::new();
        entry.take(most + 1).read_to_end(&mut bytes).map_err(broken)?;
        if bytes.len() as u64 > most {
            return Err(archive(&format!("`{path}` is larger than {most} bytes")));
        }
        match path.as_str() {
            LAYOUT => is_layout = true,
            INDEX_FILE => index = Some(Index::read(&bytes, INDEX_FILE)?),
            path => {
                let named = path.strip_prefix(BLOBS).unwrap_or_default();
                if named != Digest::of(&bytes).hex() {
                    return Err(archive(&format!("`{path}` is not what its name says")));
                }
                store.put(&bytes)?;
            }
        }
    }
    match index.filter(|_| is_layout) {
        Some(index) => Ok(index),
        None => Err(archive(&format!("it has no {LAYOUT} or no {INDEX_FILE}"))),
    }
}

fn archive(reason: &str) -> RegistryError {
    RegistryError::Archive { reason: reason.to_owned() }
}
