//! Replaces `archive` in a build without archives: every stream is one plain file.

use std::io::Read;

use crate::{
    input::{name::FileName, session::Session},
    meter::{Bounded, Counted},
};

/// Reads a file on disk.
pub(crate) fn read_file(session: &mut Session<'_>, name: &FileName, file: std::fs::File) {
    if file.metadata().is_ok_and(|it| it.is_file()) {
        read_whole(session, name, file);
    } else {
        read_stream(session, name, file);
    }
}

/// Reads a stream from outside, which may never end.
pub(crate) fn read_stream(session: &mut Session<'_>, name: &FileName, reader: impl Read + Send) {
    let limit = session.needs().limits.stream_bytes;
    read_whole(session, name, Bounded { inner: reader, limit, read: 0 });
}

fn read_whole(session: &mut Session<'_>, name: &FileName, reader: impl Read + Send) {
    let mut counted = Counted { inner: reader, counters: [session.meter()] };
    session.plain(name, &mut counted);
}
