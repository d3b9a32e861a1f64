//! Replaces `archive` in a build without archives: every stream is one plain file.

use std::io::Read;

use crate::{
    input::{name::FileName, session::Session},
    meter::Counted,
};

/// Reads a file on disk.
pub(crate) fn read_file(session: &mut Session<'_>, name: &FileName, file: std::fs::File) {
    read_stream(session, name, file);
}

/// Reads a stream from outside.
pub(crate) fn read_stream(session: &mut Session<'_>, name: &FileName, reader: impl Read + Send) {
    let mut counted = Counted { inner: reader, counters: [session.meter()] };
    session.plain(name, &mut counted);
}
