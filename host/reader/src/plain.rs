//! Streams in a build without archives: each is one plain file.

use std::{
    io::{self, Read},
    sync::atomic::Ordering::Relaxed,
};

use crate::session::{FileName, Session};

/// Reads a file on disk.
pub(crate) fn read_file(session: &mut Session<'_>, name: &FileName, file: std::fs::File) {
    read_stream(session, name, file, None);
}

/// Reads a stream from outside.
pub(crate) fn read_stream(
    session: &mut Session<'_>,
    name: &FileName,
    mut reader: impl Read + Send,
    _size: Option<u64>,
) {
    let window = session.reader().limits.window_bytes;
    let mut bytes = Vec::new();
    let read = reader.by_ref().take(window as u64).read_to_end(&mut bytes);
    session.meter().fetch_add(bytes.len() as u64, Relaxed);
    match read {
        Err(error) => {
            let cut = format!("{}: what follows is lost", cause(&error));
            session.file(name, &bytes, Some(&cut));
        }
        Ok(read) if read < window => session.file(name, &bytes, None),
        Ok(_) => session.long(name, &bytes, &mut reader, None),
    }
}

/// Whether a file is no container, by its first bytes: here every file is taken for plain.
pub(crate) fn is_plain(_head: &[u8]) -> bool {
    true
}

/// The reason of an error.
pub(crate) fn cause(error: &io::Error) -> String {
    error.to_string()
}
