//! Streams: what kind of container they are, by their first bytes, and the files in them.
//!
//! Nothing is unpacked to disk. A container in a container is streamed too; only a zip file that cannot be sought
//! in is held in memory.

use std::{
    borrow::Cow,
    cell::Cell,
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use crate::{
    input::{name::FileName, session::Session},
    journal::PassedOver,
    limits::Limits,
    long::disk::Disk,
    meter::Counted,
    text::buffer::{cause, fill},
};

/// How many archives may lie inside each other: a bundle, and the bundles in it.
const MAX_ARCHIVES: usize = 2;

/// How many times one file may be compressed: `.gz` once, and once more by a web server.
const MAX_COMPRESSIONS: usize = 2;

/// What the first bytes of a stream say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magic {
    Plain,
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Tar,
    Zip,
    /// An archive that is not read, by name.
    Foreign(&'static str),
}

/// As many bytes as decide: the first header of a tar file.
pub(crate) const HEAD: usize = 512;

/// What the first bytes of a stream say that it is. The name of a file says nothing.
pub(crate) fn sniff(head: &[u8]) -> Magic {
    match head {
        [0x1f, 0x8b, ..] => Magic::Gzip,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Magic::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Magic::Zstd,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Magic::Bzip2,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Magic::Zip,
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Magic::Foreign("7-Zip"),
        [b'R', b'a', b'r', b'!', 0x1a, 0x07, ..] => Magic::Foreign("RAR"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Magic::Foreign("LZ4"),
        _ if is_tar(head) => Magic::Tar,
        _ => Magic::Plain,
    }
}

/// Whether a file is no container, by its first bytes.
pub(crate) fn is_plain(head: &[u8]) -> bool {
    sniff(head) == Magic::Plain
}

/// `ustar`, or a header of the time before it whose sum is right.
fn is_tar(head: &[u8]) -> bool {
    if head.get(257..262) == Some(b"ustar") {
        return true;
    }
    let Some(header) = head.first_chunk::<HEAD>().filter(|it| it[0] != 0) else { return false };
    let sum: u32 = header.iter().map(|it| u32::from(*it)).sum();
    let field = &header[148..156];
    let sum = sum - field.iter().map(|it| u32::from(*it)).sum::<u32>() + 8 * u32::from(b' ');
    let octal = std::str::from_utf8(field).unwrap_or_default();
    let octal = octal.trim_matches(['\0', ' ']);
    u32::from_str_radix(octal, 8) == Ok(sum)
}

/// How many containers a stream lies in, and how much has come out of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    archives: usize,
    compressions: usize,
    flow: Flow,
}

/// What went into the outermost container, and what came out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flow {
    read: Arc<AtomicU64>,
    unpacked: Arc<AtomicU64>,
}

impl Flow {
    /// Counts bytes as they are read.
    fn count<R: Read>(&self, inner: R, meter: Arc<AtomicU64>) -> Counted<R, 2> {
        Counted { inner, counters: [self.read.clone(), meter] }
    }

    /// The size of a container that is sought in, and may be read twice.
    fn of_size(size: u64) -> Self {
        Self { read: Arc::new(AtomicU64::new(size)), unpacked: Arc::default() }
    }
}

/// Fails when more comes out of a container than the limits allow.
struct Guarded<R> {
    inner: R,
    flow: Flow,
    /// Of the whole input.
    total: Arc<AtomicU64>,
    limits: Limits,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self { inner, flow, total, limits } = self;
        let n = inner.read(buffer)?;
        let unpacked = flow.unpacked.fetch_add(n as u64, Relaxed) + n as u64;
        if total.fetch_add(n as u64, Relaxed) + n as u64 > limits.total_bytes {
            let reason = format!("the input unpacks to more than {} bytes", limits.total_bytes);
            return Err(io::Error::other(reason));
        }
        let allowed = flow.read.load(Relaxed).saturating_mul(limits.ratio).max(limits.ratio_floor);
        if unpacked > allowed {
            let reason = format!(
                "more than {} times as many bytes come out as went in, as in an archive bomb",
                limits.ratio
            );
            return Err(io::Error::other(reason));
        }
        Ok(n)
    }
}

/// Fails when a stream ends before it should.
struct Exact<'c, R> {
    inner: R,
    left: u64,
    /// Set after any failure: what follows in the archive cannot be read either.
    failed: &'c Cell<bool>,
}

impl<R: Read> Read for Exact<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer).inspect_err(|_| self.failed.set(true))?;
        self.left = self.left.saturating_sub(n as u64);
        if n == 0 && !buffer.is_empty() && self.left > 0 {
            self.failed.set(true);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends here"));
        }
        Ok(n)
    }
}

/// A stream that is sought in by passing over what it holds. The tar crate would do so itself, and zero 32 KiB each time.
struct Forward<'r> {
    inner: &'r mut dyn Read,
    at: u64,
}

impl Read for Forward<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Forward<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Current(bytes) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        let bytes = u64::try_from(bytes).map_err(|_| io::ErrorKind::Unsupported)?;
        if io::copy(&mut self.take(bytes), &mut io::sink())? < bytes {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends here"));
        }
        Ok(self.at)
    }
}

impl Session<'_> {
    /// Reads a stream: a file, or whatever container it turns out to be.
    pub(crate) fn stream(&mut self, name: &FileName, reader: &mut dyn Read, layers: &Layers) {
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

    /// Goes one archive deeper, unless that is too deep.
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

    /// Reads what has come out of a decompressor.
    fn decompressed(&mut self, name: &FileName, inner: &mut dyn Read, layers: &Layers) {
        let mut guarded = Guarded {
            inner,
            flow: layers.flow.clone(),
            total: self.unpacked.clone(),
            limits: self.reader().limits.clone(),
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
                self.pass_over(PassedOver::Link, &inside);
            } else if kind.is_gnu_sparse() {
                self.lost(
                    &inside,
                    None,
                    "a sparse file, which is not read: pack it without --sparse",
                );
            } else if !kind.is_file() && !kind.is_contiguous() {
                self.pass_over(PassedOver::Device, &inside);
            } else if self.safe(&inside, &path) {
                let (size, failed) = (entry.size(), Cell::new(false));
                let mut exact = Exact { inner: entry, left: size, failed: &failed };
                self.stream(&inside, &mut exact, layers);
                if failed.get() {
                    return;
                }
            }
        }
    }

    /// A zip file that can be sought in.
    pub(crate) fn zip<R: Read + Seek>(&mut self, name: &FileName, mut reader: R, layers: &Layers) {
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

    /// What a zip file that is cut off still tells, entry by entry.
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
        let limit = self.reader().limits.document_bytes;
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
            self.pass_over(PassedOver::Link, &inside);
        } else if self.safe(&inside, &path) {
            let mut guarded = Guarded {
                inner: entry,
                flow: layers.flow.clone(),
                total: self.unpacked.clone(),
                limits: self.reader().limits.clone(),
            };
            self.stream(&inside, &mut guarded, layers);
        }
        true
    }

    /// The name of the next entry; none where there are too many.
    fn entry(&mut self, name: &FileName, path: &str) -> Option<FileName> {
        let printable = path.bytes().all(|it| matches!(it, b' '..=b'~'));
        let path = if printable {
            Cow::Borrowed(path)
        } else {
            path.replace(char::is_control, "\u{fffd}").into()
        };
        let inside =
            name.inside(shortened(path.trim_start_matches("./"), self.reader().limits.path_bytes));
        self.admit(name).then_some(inside)
    }

    /// Whether an entry stays inside its archive. Nothing is written, but who packs such a path means harm.
    fn safe(&mut self, inside: &FileName, path: &str) -> bool {
        let drive =
            path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
        let limit = self.reader().limits.path_bytes;
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

/// Reads a file on disk: a zip file by seeking in it, a long text on several cores, anything else as a stream.
pub(crate) fn read_file(session: &mut Session<'_>, name: &FileName, mut file: File) {
    let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|it| it.len());
    let Some(size) = size else { return read_stream(session, name, file) };
    let limits = &session.reader().limits;
    let short = usize::try_from(size).ok().filter(|it| *it < limits.window_bytes);
    // One byte more than is expected shows the end.
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

/// Reads a stream from outside. It is decompressed on a thread of its own, where there is a core for it.
pub(crate) fn read_stream(session: &mut Session<'_>, name: &FileName, reader: impl Read + Send) {
    let layers = Layers::default();
    // A tar file is read header by header.
    let mut counted = BufReader::new(layers.flow.count(reader, session.meter()));
    let mut head = vec![0; HEAD];
    let (read, looked) = fill(&mut counted, &mut head);
    head.truncate(read);
    let magic = sniff(&head);
    let packed = matches!(magic, Magic::Gzip | Magic::Xz | Magic::Zstd | Magic::Bzip2);
    let whole = Cursor::new(head).chain(Failed(looked.err())).chain(counted);
    if packed && session.reader().threads > 1 {
        let decode = move || decoder(magic, whole);
        ahead(decode, |decoded| session.decompressed(name, decoded, &layers));
    } else {
        session.stream(name, &mut { whole }, &layers);
    }
}

/// Fails as a reading has failed before.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Reads from a stream that is read ahead on another thread.
fn ahead<'s, R: Read + 's>(
    open: impl FnOnce() -> io::Result<R> + Send + 's,
    read: impl FnOnce(&mut dyn Read),
) {
    /// Large enough that handing it over costs nothing beside decompressing it.
    const BLOCK: usize = 256 << 10;
    /// So many blocks may wait: 16 MiB, so that whoever decompresses need not wait for a list to be read that must be held
    /// whole.
    const BLOCKS: usize = 64;
    let (send, receive) = mpsc::sync_channel::<io::Result<Block>>(BLOCKS);
    let (give_back, emptied) = mpsc::channel::<Vec<u8>>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut stream = match open() {
                Ok(stream) => stream,
                Err(error) => {
                    let _ = send.send(Err(error));
                    return;
                }
            };
            loop {
                let mut bytes = emptied.try_recv().unwrap_or_default();
                bytes.resize(BLOCK, 0);
                let (held, result) = fill(&mut stream, &mut bytes);
                // Nobody listens any more where the reader has seen enough.
                let heard = send.send(Ok(Block { bytes, held, at: 0 })).is_ok();
                if let Err(error) = result {
                    let _ = send.send(Err(error));
                    return;
                }
                if held < BLOCK || !heard {
                    return;
                }
            }
        });
        read(&mut Ahead { receive, give_back, block: Block::default() });
    });
}

/// Bytes that have been read ahead, and how many of them have been taken.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    held: usize,
    at: usize,
}

/// The end of [`ahead`] that is read.
struct Ahead {
    receive: mpsc::Receiver<io::Result<Block>>,
    /// For blocks that have been taken whole: they are filled again.
    give_back: mpsc::Sender<Vec<u8>>,
    block: Block,
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.block.at == self.block.held && !buffer.is_empty() {
            let next = match self.receive.recv() {
                Ok(block) => block?,
                Err(mpsc::RecvError) => return Ok(0),
            };
            let taken = std::mem::replace(&mut self.block, next);
            // After the end nobody fills it.
            let _ = self.give_back.send(taken.bytes);
        }
        let Block { bytes, held, at } = &mut self.block;
        let read = (&bytes[*at..*held]).read(buffer)?;
        *at += read;
        Ok(read)
    }
}

fn shortened(path: &str, bytes: usize) -> &str {
    &path[..path.floor_char_boundary(bytes)]
}
