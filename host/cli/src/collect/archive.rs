//! The archive of a bundle. The same files give the same bytes: they are sorted, and have one
//! owner, one mode and one time.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use rulebox_bundle::{FIELDS, INFO, LISTS};

/// The files of a bundle, until they are packed.
pub(super) struct Archive {
    folder: String,
    time: Timestamp,
    files: BTreeMap<String, Vec<u8>>,
}

impl Archive {
    /// An archive that holds one folder.
    pub(super) fn new(folder: &str, time: Timestamp) -> Self {
        Self { folder: folder.to_owned(), time, files: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.insert(path.to_owned(), bytes);
    }

    /// The bytes of the `tar.gz`. What tells of the bundle comes first, so that an archive which is
    /// cut off says what it has lost.
    pub(super) fn finish(&self) -> io::Result<Vec<u8>> {
        let is_told = |it: &str| [INFO, LISTS, FIELDS].contains(&it);
        let (told, rest): (Vec<_>, Vec<_>) = self.files.iter().partition(|it| is_told(it.0));
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (path, bytes) in told.into_iter().chain(rest) {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o600);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(u64::try_from(self.time.as_second()).unwrap_or(0));
            tar.append_data(&mut header, format!("{}/{path}", self.folder), bytes.as_slice())?;
        }
        let mut packed = tar.into_inner()?.finish()?;
        packed.flush()?;
        Ok(packed)
    }
}
