//! What was pulled, kept by digest in a folder of the user, so that a second run needs no network.
//!
//! Contents lie in `blobs/sha256`, as in an OCI image layout. There is no `index.json`, which each
//! run would have to write anew: of what was pulled only the digest counts, and `signatures` has a
//! list for each. Nothing of it is believed: contents are compared with their digest, and
//! signatures verified, each time that they are read. Nothing is removed by itself.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    Digest, RegistryError, limits,
    manifest::{Descriptor, Index},
};

/// An open folder.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens a folder, and makes it where there is none. One that others own or may write to is
    /// refused: they could make it fail, or fill it.
    pub fn open(folder: &Path) -> Result<Self, RegistryError> {
        let store = Self { folder: folder.to_owned() };
        let made = make(&store.blobs()).and_then(|()| make(&folder.join("signatures")));
        made.map_err(|it| store.failure(&it))?;
        let meta = fs::metadata(folder).map_err(|it| store.failure(&it))?;
        check(&meta)
            .map_err(|reason| RegistryError::Store { folder: folder.to_owned(), reason })?;
        Ok(store)
    }

    fn blobs(&self) -> PathBuf {
        self.folder.join("blobs/sha256")
    }

    fn failure(&self, error: &io::Error) -> RegistryError {
        RegistryError::Store { folder: self.folder.clone(), reason: error.to_string() }
    }

    /// The content of a digest, if it is kept and is what it should be. `most`: bytes that it may
    /// have.
    pub(crate) fn get(&self, digest: &Digest, most: usize) -> Option<Vec<u8>> {
        let path = self.blobs().join(digest.hex());
        let bytes = read(&path, most)?;
        if Digest::of(&bytes) == *digest {
            return Some(bytes);
        }
        // Whatever it is, it is in the way.
        let _gone = fs::remove_file(path);
        None
    }

    /// What a descriptor names.
    pub(crate) fn part(&self, of: &Descriptor, most: usize) -> Option<Vec<u8>> {
        let bytes = self.get(&of.digest, most)?;
        (bytes.len() as u64 == of.size).then_some(bytes)
    }

    /// Keeps content under its digest.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<Digest, RegistryError> {
        let digest = Digest::of(bytes);
        let path = self.blobs().join(digest.hex());
        if !path.exists() {
            self.write(&path, bytes)?;
        }
        Ok(digest)
    }

    /// The manifests that are known to sign a digest.
    pub(crate) fn signatures(&self, of: &Digest) -> Vec<Descriptor> {
        let bytes = read(&self.listed(of), limits::MANIFEST_BYTES);
        let index = bytes.and_then(|it| Index::read(&it, "signatures").ok());
        index.map(|it| it.manifests).unwrap_or_default()
    }

    /// Keeps which manifests sign a digest, in place of what was known.
    pub(crate) fn put_signatures(
        &self,
        of: &Digest,
        manifests: Vec<Descriptor>,
    ) -> Result<(), RegistryError> {
        if manifests.is_empty() {
            return Ok(());
        }
        self.write(&self.listed(of), &Index::new(manifests).bytes())
    }

    fn listed(&self, of: &Digest) -> PathBuf {
        self.folder.join("signatures").join(format!("{}.json", of.hex()))
    }

    /// A file is written beside its place and takes it when it is whole.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), RegistryError> {
        let folder = path.parent().unwrap_or(&self.folder);
        let written =
            tempfile::Builder::new().prefix(".part-").tempfile_in(folder).and_then(|mut file| {
                file.write_all(bytes)?;
                file.persist(path).map_err(|it| it.error)?;
                Ok(())
            });
        written.map_err(|it| self.failure(&it))
    }
}

/// The bytes of a file, unless it has more than it may, or is none.
fn read(path: &Path, most: usize) -> Option<Vec<u8>> {
    // Asked before it is opened: to open a pipe waits for whoever writes to it.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let limit = (most as u64).saturating_add(1);
    File::open(path).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= most).then_some(bytes)
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn check(meta: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err("it belongs to another user".to_owned());
    }
    let mode = meta.mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(format!("other users may write to it (mode {mode:03o})"));
    }
    Ok(())
}

/// Elsewhere nothing is known of who may write to a folder.
#[cfg(not(unix))]
fn make(_: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "packs are not kept on this system"))
}

#[cfg(not(unix))]
fn check(_: &fs::Metadata) -> Result<(), String> {
    Err("its owner is not known".to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn store() -> (tempfile::TempDir, PathBuf, Store) {
        let outer = tempfile::tempdir().expect("a folder");
        let folder = outer.path().join("a/registry");
        let store = Store::open(&folder).expect("a new folder");
        (outer, folder, store)
    }

    #[test]
    fn what_is_kept_is_found_by_its_digest() {
        let (_outer, folder, store) = store();
        let digest = store.put(b"pack").expect("kept");
        let store = Store::open(&folder).expect("the same folder");
        assert_eq!(store.get(&digest, 4).as_deref(), Some(&b"pack"[..]));
        assert_eq!(store.get(&digest, 3), None, "larger than it may be");
        assert_eq!(store.get(&Digest::of(b"other"), 100), None);
        let mode = fs::metadata(folder).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn kept_content_that_was_changed_is_none() {
        let (_outer, folder, store) = store();
        let digest = store.put(b"pack").expect("kept");
        let path = folder.join("blobs/sha256").join(digest.hex());
        fs::write(&path, b"evil").expect("it is ours");
        assert_eq!(store.get(&digest, 100), None);
        assert!(!path.exists(), "it is out of the way");
        std::os::unix::fs::symlink("/dev/zero", &path).expect("a link");
        assert_eq!(store.get(&digest, 100), None);
    }

    #[test]
    fn a_store_that_others_may_write_to_is_refused() {
        let (_outer, folder, _) = store();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).expect("it is ours");
        let error = Store::open(&folder).expect_err("of others").to_string();
        assert!(error.ends_with("other users may write to it (mode 770)"), "{error}");
    }

    #[test]
    fn a_list_of_signatures_that_is_none_is_empty() {
        let (_outer, _, store) = store();
        let of = Digest::of(b"pack");
        let listed = vec![Descriptor::of("x", b"signature")];
        store.put_signatures(&of, listed.clone()).expect("kept");
        assert_eq!(store.signatures(&of), listed);
        fs::write(store.listed(&of), "{").expect("it is ours");
        assert_eq!(store.signatures(&of), []);
    }
}
