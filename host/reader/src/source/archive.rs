//! Reads archives and compressed streams, and the files in them.
//!
//! Nothing is unpacked to disk. Nested archives are streamed, too; only a zip file in a stream is
//! held in memory.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek},
    sync::atomic::Ordering::Relaxed,
};

use jiff::Timestamp;

use super::{
    ahead::ahead,
    compressed::decoder,
    guard::{Flow, Guarded, Layers},
    sniff::{Foreign, HEAD, Magic, sniff},
};
use crate::{
    input::{name::FileName, session::Session},
    limits::{MAX_ARCHIVES, MAX_COMPRESSIONS},
    long::disk::Disk,
    meter::Bounded,
    text::buffer::{cause, fill},
};

impl Session<'_> {
    /// Reads a stream: a file, or any container.
    pub(super) fn stream(&mut self, name: &FileName, reader: &mut dyn Read, layers: &Layers) {
        let mut head = [0; HEAD];
        let (read, result) = fill(reader, &mut head);
        let head = &head[..read];
        if let Err(error) = result {
            let cut = format!("{}: what follows is lost", cause(&error));
            return self.file(name, head, Some(&cut));
        }
        let mut whole = head.chain(&mut *reader);
        match sniff(head) {
            Magic::Plain => self.plain(name, &mut whole),
            Magic::Tar => self.archive(name, layers, |session, layers| {
                session.tar(name, &mut whole, layers);
            }),
            Magic::Zip => self.archive(name, layers, |session, layers| {
                session.zip_in_memory(name, &mut whole, layers);
            }),
            Magic::Foreign(Foreign { what, unpack }) => {
                let reason = format!(
                    "{what}, which is not read: unpack it (`{unpack}`) and check what comes out, \
                     or pack it as .tar.gz or .zip"
                );
                self.lost(name, None, reason);
            }
            compression => self.compressed(name, compression, &mut whole, layers),
        }
    }

    /// Enters an archive, unless it is nested too deeply.
    fn archive(&mut self, name: &FileName, layers: &Layers, read: impl FnOnce(&mut Self, &Layers)) {
        if layers.archives == MAX_ARCHIVES {
            let reason = format!("an archive in more than {} archives: not read", MAX_ARCHIVES - 1);
            return self.lost(name, None, reason);
        }
        let deeper =
            Layers { archives: layers.archives + 1, compressions: 0, flow: layers.flow.clone() };
        read(self, &deeper);
    }

    fn compressed(
        &mut self,
        name: &FileName,
        magic: Magic,
        reader: &mut dyn Read,
        layers: &Layers,
    ) {
        if layers.compressions == MAX_COMPRESSIONS {
            return self.lost(
                name,
                None,
                format!("compressed more than {MAX_COMPRESSIONS} times: not read"),
            );
        }
        match decoder(magic, reader, &self.needs().limits) {
            Ok(mut decoded) => self.decompressed(name, &mut *decoded, layers),
            Err(error) => self.lost(name, None, cause(&error)),
        }
    }

    /// Reads decompressed content.
    fn decompressed(&mut self, name: &FileName, inner: &mut dyn Read, layers: &Layers) {
        let mut guarded = self.guarded(inner, layers);
        let deeper = Layers { compressions: layers.compressions + 1, ..layers.clone() };
        self.stream(name, &mut guarded, &deeper);
    }

    pub(super) fn guarded<R>(&self, inner: R, layers: &Layers) -> Guarded<R> {
        let (flow, total) = (layers.flow.clone(), self.unpacked.clone());
        Guarded { inner, flow, total, limits: self.needs().limits.clone() }
    }

    /// Reads an entry that was written so many seconds after 1970, as the archive tells. Otherwise
    /// what is around the archive may tell it.
    pub(super) fn written(&mut self, seconds: Option<u64>, read: impl FnOnce(&mut Self)) {
        /// The year 1990. Who packs the same bytes in the same way each time writes an older one.
        const FIRST: u64 = 631_152_000;
        let own = seconds.filter(|it| *it >= FIRST).and_then(|it| i64::try_from(it).ok());
        let own = own.and_then(|it| Timestamp::from_second(it).ok());
        let around = self.written;
        self.written = own.or(around);
        read(self);
        self.written = around;
    }

    /// The name of the next entry; none if there are too many.
    pub(super) fn entry(&mut self, name: &FileName, path: &str) -> Option<FileName> {
        self.flush_names();
        let printable = path.bytes().all(|it| matches!(it, b' '..=b'~'));
        let path = if printable {
            Cow::Borrowed(path)
        } else {
            path.replace(char::is_control, "\u{fffd}").into()
        };
        let inside =
            name.inside(shortened(path.trim_start_matches("./"), self.needs().limits.path_bytes));
        self.admit(name).then_some(inside)
    }

    /// Whether the path of an entry stays inside its archive. Nothing is written, but such a path
    /// shows bad intent.
    pub(super) fn safe(&mut self, inside: &FileName, path: &str) -> bool {
        let drive =
            path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
        let limit = self.needs().limits.path_bytes;
        let reason = if path.len() > limit {
            format!("a path of more than {limit} bytes: not read")
        } else if path.starts_with('/') || drive || path.split('/').any(|it| it == "..") {
            "its path leads out of the archive: not read".to_owned()
        } else {
            return true;
        };
        self.lost(inside, None, reason);
        false
    }
}

/// Reads a file on disk: a zip file by seeking, a long text on several threads, anything else as a
/// stream.
pub(crate) fn read_file(session: &mut Session<'_>, name: &FileName, mut file: File) {
    let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|it| it.len());
    let Some(size) = size else { return read_stream(session, name, file) };
    let limits = &session.needs().limits;
    let short = usize::try_from(size).ok().filter(|it| *it < limits.window_bytes);
    // One more byte than expected shows the end.
    let want = short.map_or(limits.head_bytes().max(HEAD), |it| it + 1);
    let mut buffer = std::mem::take(&mut session.buffer);
    let (read, result) = buffer.read(&mut file, want, 0);
    let head = &buffer.bytes()[..read];
    let magic = sniff(head);
    let plain = result.is_ok() && magic == Magic::Plain;
    if plain && read < want {
        session.meter().fetch_add(read as u64, Relaxed);
        session.file(name, head, None);
    } else if plain {
        let mut input = &file;
        session.long(name, head, &mut input, Some(Disk { file: &file, size }));
    }
    session.buffer = buffer;
    if plain {
        return;
    }
    match file.rewind() {
        Ok(()) if magic == Magic::Zip => {
            let layers = Layers { archives: 1, compressions: 0, flow: Flow::of_size(size) };
            session.zip(name, BufReader::new(file), size, &layers);
            session.meter().fetch_add(size, Relaxed);
        }
        Ok(()) => read_whole(session, name, file),
        Err(error) => session.lost(name, None, cause(&error)),
    }
}

/// Reads a stream from outside, which may never end.
pub(crate) fn read_stream(session: &mut Session<'_>, name: &FileName, reader: impl Read + Send) {
    let limit = session.needs().limits.stream_bytes;
    read_whole(session, name, Bounded { inner: reader, limit, read: 0 });
}

/// Reads a stream to its end. It is decompressed on its own thread, if there are several.
fn read_whole(session: &mut Session<'_>, name: &FileName, reader: impl Read + Send) {
    let layers = Layers::default();
    // Buffered, because tar headers are read one by one.
    let mut counted = BufReader::new(layers.flow.count(reader, session.meter()));
    let mut head = vec![0; HEAD];
    let (read, looked) = fill(&mut counted, &mut head);
    head.truncate(read);
    let magic = sniff(&head);
    let packed = magic.is_compression();
    let whole = Cursor::new(head).chain(Failed(looked.err())).chain(counted);
    if packed && session.needs().threads > 1 {
        let limits = session.needs().limits.clone();
        let decode = move || decoder(magic, whole, &limits);
        ahead(decode, |decoded| session.decompressed(name, decoded, &layers));
    } else {
        session.stream(name, &mut { whole }, &layers);
    }
}

/// Fails with the error of an earlier read.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn shortened(path: &str, bytes: usize) -> &str {
    &path[..path.floor_char_boundary(bytes)]
}
