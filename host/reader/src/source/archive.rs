//! Reads archives and compressed streams, and the files in them.
//!
//! Nothing is unpacked to disk. Nested archives are streamed, too; only a zip file in a stream is
//! held in memory.

use std::{
    borrow::Cow,
    cell::Cell,
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek},
    sync::atomic::Ordering::Relaxed,
};

use jiff::Timestamp;

use super::{
    ahead::ahead,
    guard::{Exact, Flow, Forward, Guarded, Layers},
    sniff::{HEAD, Magic, sniff},
};
use crate::{
    input::{name::FileName, session::Session},
    journal::Skipped,
    long::disk::Disk,
    text::buffer::{cause, fill},
};

/// How deep archives may be nested: a bundle, and bundles in it.
const MAX_ARCHIVES: usize = 2;

/// How many times a file may be compressed: `.gz` once, and once more by a web server.
const MAX_COMPRESSIONS: usize = 2;

impl Session<'_> {
    /// Reads a stream: a file, or any container.
    fn stream(&mut self, name: &FileName, reader: &mut dyn Read, layers: &Layers) {
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
            Magic::Foreign(what) => {
                let reason =
                    format!("a {what} archive, which is not read: pack it as .tar.gz or .zip");
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
        match decoder(magic, reader) {
            Ok(mut decoded) => self.decompressed(name, &mut *decoded, layers),
            Err(error) => self.lost(name, None, cause(&error)),
        }
    }

    /// Reads decompressed content.
    fn decompressed(&mut self, name: &FileName, inner: &mut dyn Read, layers: &Layers) {
        let mut guarded = Guarded {
            inner,
            flow: layers.flow.clone(),
            total: self.unpacked.clone(),
            limits: self.needs().limits.clone(),
        };
        let deeper = Layers { compressions: layers.compressions + 1, ..layers.clone() };
        self.stream(name, &mut guarded, &deeper);
    }

    fn tar(&mut self, name: &FileName, reader: &mut dyn Read, layers: &Layers) {
        let mut archive = tar::Archive::new(Forward { inner: reader, at: 0 });
        let entries = match archive.entries_with_seek() {
            Ok(entries) => entries,
            Err(error) => return self.lost(name, None, cause(&error)),
        };
        let mut last = String::new();
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let after =
                        if last.is_empty() { String::new() } else { format!(" after {last}") };
                    let reason = format!("the archive cannot be read{after}: {}", cause(&error));
                    return self.lost(name, None, reason);
                }
            };
            let kind = entry.header().entry_type();
            if kind.is_dir() || kind.is_pax_global_extensions() {
                continue;
            }
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(inside) = self.entry(name, &path) else { return };
            last.clone_from(&inside.place);
            if kind.is_symlink() || kind.is_hard_link() {
                self.skip_file(Skipped::Link, &inside);
            } else if kind.is_gnu_sparse() {
                self.lost(
                    &inside,
                    None,
                    "a sparse file, which is not read: pack it without --sparse",
                );
            } else if !kind.is_file() && !kind.is_contiguous() {
                self.skip_file(Skipped::Device, &inside);
            } else if self.safe(&inside, &path) {
                let (size, failed) = (entry.size(), Cell::new(false));
                let seconds = entry.header().mtime().ok();
                let mut exact = Exact { inner: entry, left: size, failed: &failed };
                self.written(seconds, |session| session.stream(&inside, &mut exact, layers));
                if failed.get() {
                    return;
                }
            }
        }
    }

    /// Reads a zip file in which it is possible to seek.
    fn zip<R: Read + Seek>(&mut self, name: &FileName, mut reader: R, layers: &Layers) {
        let mut archive = match zip::ZipArchive::new(&mut reader) {
            Ok(archive) => archive,
            Err(error) => {
                let reason =
                    format!("the archive's directory, which is its end, cannot be read: {error}");
                self.lost(name, None, reason);
                return self.zip_without_directory(name, &mut reader, layers);
            }
        };
        for i in 0..archive.len() {
            match archive.by_index(i) {
                Ok(mut entry) => {
                    if !self.zip_entry(name, &mut entry, layers) {
                        return;
                    }
                }
                Err(error) => {
                    let inside = name.inside(&format!("entry {}", i + 1));
                    self.lost(&inside, None, format!("cannot be read: {error}"));
                }
            }
        }
    }

    /// Reads the entries of a truncated zip file.
    fn zip_without_directory<R: Read + Seek>(
        &mut self,
        name: &FileName,
        reader: &mut R,
        layers: &Layers,
    ) {
        if reader.rewind().is_err() {
            return;
        }
        while let Ok(Some(mut entry)) = zip::read::read_zipfile_from_stream(reader) {
            if !self.zip_entry(name, &mut entry, layers) {
                return;
            }
        }
    }

    fn zip_in_memory(&mut self, name: &FileName, reader: &mut dyn Read, layers: &Layers) {
        let limit = self.needs().limits.document_bytes;
        let mut bytes = Vec::new();
        if let Err(error) = reader.take(limit as u64).read_to_end(&mut bytes) {
            self.lost(name, None, cause(&error));
        }
        self.zip(name, Cursor::new(bytes), layers);
    }

    /// Reads one entry. Returns whether more may be read.
    fn zip_entry<R: Read>(
        &mut self,
        name: &FileName,
        entry: &mut zip::read::ZipFile<'_, R>,
        layers: &Layers,
    ) -> bool {
        if entry.is_dir() {
            return true;
        }
        // Windows writes backslashes.
        let path = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
        let Some(inside) = self.entry(name, &path) else { return false };
        if entry.is_symlink() {
            self.skip_file(Skipped::Link, &inside);
        } else if self.safe(&inside, &path) {
            // The other times of a zip file are those of an unknown zone.
            let seconds = entry.extra_data_fields().find_map(|it| match it {
                zip::ExtraField::ExtendedTimestamp(it) => it.mod_time().map(u64::from),
                _ => None,
            });
            let mut guarded = Guarded {
                inner: entry,
                flow: layers.flow.clone(),
                total: self.unpacked.clone(),
                limits: self.needs().limits.clone(),
            };
            self.written(seconds, |session| session.stream(&inside, &mut guarded, layers));
        }
        true
    }

    /// Reads an entry that was written so many seconds after 1970, as the archive tells. Otherwise
    /// what is around the archive may tell it.
    fn written(&mut self, seconds: Option<u64>, read: impl FnOnce(&mut Self)) {
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
    fn entry(&mut self, name: &FileName, path: &str) -> Option<FileName> {
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
    fn safe(&mut self, inside: &FileName, path: &str) -> bool {
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

fn decoder<'r>(magic: Magic, reader: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match magic {
        Magic::Gzip => Box::new(flate2::read::MultiGzDecoder::new(reader)),
        Magic::Xz => Box::new(liblzma::read::XzDecoder::new_multi_decoder(reader)),
        Magic::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(reader)),
        _ => Box::new(zstd::stream::read::Decoder::new(reader)?),
    })
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
            session.zip(name, BufReader::new(file), &layers);
            session.meter().fetch_add(size, Relaxed);
        }
        Ok(()) => read_stream(session, name, file),
        Err(error) => session.lost(name, None, cause(&error)),
    }
}

/// Reads a stream from outside. It is decompressed on its own thread, if there are several.
pub(crate) fn read_stream(session: &mut Session<'_>, name: &FileName, reader: impl Read + Send) {
    let layers = Layers::default();
    // Buffered, because tar headers are read one by one.
    let mut counted = BufReader::new(layers.flow.count(reader, session.meter()));
    let mut head = vec![0; HEAD];
    let (read, looked) = fill(&mut counted, &mut head);
    head.truncate(read);
    let magic = sniff(&head);
    let packed = matches!(magic, Magic::Gzip | Magic::Xz | Magic::Zstd | Magic::Bzip2);
    let whole = Cursor::new(head).chain(Failed(looked.err())).chain(counted);
    if packed && session.needs().threads > 1 {
        let decode = move || decoder(magic, whole);
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
