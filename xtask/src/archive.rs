//! Archives whose bytes depend on nothing but their entries: no time, no owner, no name of a
//! machine. What is put in is not known here.

use std::{fmt::Write as _, io::Write as _};

use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

use crate::process::Result;

/// What stands in an archive under a path.
pub(crate) struct Entry<'a> {
    pub(crate) path: &'a str,
    pub(crate) mode: u32,
    pub(crate) content: Content<'a>,
}

/// What an entry is.
#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    Folder,
    File(&'a [u8]),
    /// A symbolic link to another entry of the same folder.
    Link(&'a str),
}

/// The archive of these entries, in their order.
pub(crate) fn archive(entries: &[Entry<'_>]) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for Entry { path, mode, content } in entries {
        let mut header = Header::new_ustar();
        header.set_mode(*mode);
        header.set_size(0);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        let appended = match content {
            Content::Folder => {
                header.set_entry_type(EntryType::Directory);
                archive.append_data(&mut header, path, &[][..])
            }
            Content::File(bytes) => {
                header.set_entry_type(EntryType::Regular);
                header.set_size(bytes.len() as u64);
                archive.append_data(&mut header, path, *bytes)
            }
            Content::Link(to) => {
                header.set_entry_type(EntryType::Symlink);
                archive.append_link(&mut header, path, to)
            }
        };
        appended.map_err(|it| format!("cannot archive {path}: {it}"))?;
    }
    archive.into_inner().map_err(|it| format!("cannot end an archive: {it}"))
}

/// The same bytes give the same bytes: without time and name.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let written = gzip.write_all(bytes).and_then(|()| gzip.finish());
    written.map_err(|it| format!("cannot compress an archive: {it}"))
}

/// `sha256:` and 64 digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
