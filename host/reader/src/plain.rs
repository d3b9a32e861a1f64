//! Streams in a build without archives: each is one plain file.

use std::io::Read;

use crate::session::{FileName, Session};

/// Reads a file on disk.
pub(crate) fn read_file(session: &mut Session<'_>, name: &FileName, mut file: std::fs::File) {
    read_stream(session, name, &mut file, None);
}

/// Reads a stream from outside.
pub(crate) fn read_stream(
    session: &mut Session<'_>,
    name: &FileName,
    reader: &mut dyn Read,
    _size: Option<u64>,
) {
    let limit = session.reader().limits.file_bytes;
    let mut bytes = Vec::new();
    let cut = match reader.take(limit).read_to_end(&mut bytes) {
        Err(error) => Some(format!("cannot be read: {error}")),
        Ok(_) if bytes.len() as u64 == limit => {
            Some(format!("longer than {limit} bytes: what follows is not read"))
        }
        Ok(_) => None,
    };
    session
        .objects
        .meter
        .counts
        .bytes
        .set(session.objects.meter.counts.bytes.get() + bytes.len() as u64);
    session.file(name, &bytes, cut.as_deref());
}
