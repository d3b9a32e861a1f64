//! Reads tar archives, entry by entry.
//!
//! Only files are read. Whatever else holds bytes is a loss: another program might read them.

use std::{
    borrow::Cow,
    cell::Cell,
    io::{self, ErrorKind, Read},
};

use tar::Header;

use super::{
    guard::{Exact, Layers},
    links::Links,
    sniff::{HEAD, is_header},
};
use crate::{
    input::{name::FileName, session::Session},
    journal::Skipped,
    text::buffer::{cause, fill},
};

/// Headers and contents fill blocks of this many bytes.
const BLOCK: usize = HEAD;

/// The largest number that fits into the size of a header: 8 GiB less one. Some programs write it
/// where the size stands in a pax record.
const MOST_IN_HEADER: u64 = 0o77_777_777_777;

/// The blocks of an archive.
struct Blocks<'r> {
    inner: &'r mut dyn Read,
    /// Whether the last block was zero, as at the end of an archive.
    ended: bool,
}

/// What the headers before that of an entry tell about it.
#[derive(Default)]
struct Extended {
    path: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
    /// The types of these headers.
    kinds: Vec<u8>,
}

/// Where in an archive reading is.
struct Place<'n> {
    archive: &'n FileName,
    /// The place of the entry before; empty if there is none.
    last: String,
}

impl Session<'_> {
    pub(super) fn tar(&mut self, name: &FileName, reader: &mut dyn Read, layers: &Layers) {
        let mut blocks = Blocks { inner: reader, ended: false };
        let mut links = Links::default();
        let mut place = Place { archive: name, last: String::new() };
        if let Err(error) = self.tar_entries(&mut blocks, &mut place, &mut links, layers) {
            let (after, cause) = (place.after(), cause(&error));
            self.lost(name, None, format!("the archive cannot be read{after}: {cause}"));
        }
        links.settle(self);
    }

    /// Reads until the end of the archive, or until the rest of it cannot be read. Zero blocks end
    /// an archive, but another may follow: `cat` and `tar --concatenate` write them.
    fn tar_entries(
        &mut self,
        blocks: &mut Blocks<'_>,
        place: &mut Place<'_>,
        links: &mut Links,
        layers: &Layers,
    ) -> io::Result<()> {
        let mut extended = Extended::default();
        while let Some(header) = blocks.header()? {
            let kind = header.entry_type().as_byte();
            if matches!(kind, b'L' | b'K' | b'x' | b'X' | b'g') {
                self.extension(&header, blocks, place, &mut extended)?;
                continue;
            }
            let told = std::mem::take(&mut extended);
            let own = header.entry_size()?;
            let size = told.size.unwrap_or(own);
            if ![0, size, MOST_IN_HEADER].contains(&own) {
                let after = place.after();
                let reason = format!(
                    "the entry{after} has two sizes, {own} and {size} bytes: programs disagree \
                     about what follows"
                );
                self.lost(place.archive, None, reason);
            }
            if kind == b'S' {
                blocks.skip_sparse_map(&header)?;
            }
            let path = told.path.map_or_else(|| header.path_bytes(), Cow::Owned);
            let path = String::from_utf8_lossy(&path).into_owned();
            // Before there was a type for them, folders were files with such names.
            let folder = kind == b'5' || (matches!(kind, 0 | b'0') && path.ends_with('/'));
            if size == 0 && (folder || kind == b'V') {
                continue;
            }
            let Some(inside) = self.entry(place.archive, &path) else { return Ok(()) };
            place.last.clone_from(&inside.place);
            let mut left = size;
            if let Some(reason) = passed_over(kind, size, told.sparse) {
                self.lost_file(&inside, reason);
            } else if matches!(kind, b'1' | b'2') {
                let target = told.target.or_else(|| header.link_name_bytes().map(Cow::into_owned));
                let target = String::from_utf8_lossy(&target.unwrap_or_default()).into_owned();
                links.add(self, inside, &path, target, kind == b'1');
            } else if matches!(kind, b'3' | b'4' | b'6') {
                self.skip_file(Skipped::Device, &inside);
            } else if self.safe(&inside, &path) {
                links.saw(&path);
                let failed = Cell::new(false);
                let seconds = header.mtime().ok();
                let content = (&mut *blocks.inner).take(size);
                let mut exact = Exact { inner: content, left, failed: &failed };
                self.written(seconds, |session| session.stream(&inside, &mut exact, layers));
                if failed.get() {
                    return Ok(());
                }
                left = exact.left;
            }
            blocks.skip(left)?;
            blocks.skip(padding(size))?;
        }
        if !extended.kinds.is_empty() {
            let reason = "headers announce an entry that is missing";
            return Err(io::Error::new(ErrorKind::UnexpectedEof, reason));
        }
        // Programs that do not close their archives write it like this, too: this is no loss.
        if !blocks.ended {
            let reason = format!(
                "the archive has no end{}: if it was cut off there, entries are missing; pack it \
                 again, or copy it once more",
                place.after()
            );
            self.note(place.archive, None, reason);
        }
        Ok(())
    }

    /// Reads a header that tells about the next entry, or about all that follow.
    fn extension(
        &mut self,
        header: &Header,
        blocks: &mut Blocks<'_>,
        place: &Place<'_>,
        extended: &mut Extended,
    ) -> io::Result<()> {
        let kind = header.entry_type().as_byte();
        let what = match kind {
            b'L' => "a long name",
            b'K' => "a long name of a link's target",
            b'g' => "a global pax header",
            _ => "a pax header",
        };
        let (after, limit) = (place.after(), self.needs().limits.header_bytes);
        let size = header.entry_size()?;
        if kind != b'g' {
            if extended.kinds.contains(&kind) {
                let reason = format!("{what} stands twice before the entry{after}");
                self.lost(place.archive, None, reason);
            }
            extended.kinds.push(kind);
        }
        if size > limit as u64 {
            let reason = format!(
                "{what} of more than {limit} bytes{after}: not read, so the next entry may have \
                 another name"
            );
            self.lost(place.archive, None, reason);
            blocks.skip(size)?;
            return blocks.skip(padding(size));
        }
        let bytes = blocks.bytes(usize::try_from(size).unwrap_or(limit))?;
        blocks.skip(padding(size))?;
        let text = || bytes.split(|it| *it == 0).next().unwrap_or_default().to_vec();
        match kind {
            b'L' => extended.path = Some(text()),
            b'K' => extended.target = Some(text()),
            _ => {
                let trouble = if kind == b'g' { global(&bytes) } else { extended.pax(&bytes) };
                if let Some(trouble) = trouble {
                    self.lost(place.archive, None, format!("{what}{after} {trouble}"));
                }
            }
        }
        Ok(())
    }
}

impl Place<'_> {
    fn after(&self) -> String {
        if self.last.is_empty() { String::new() } else { format!(" after {}", self.last) }
    }
}

impl Blocks<'_> {
    /// The next header; none at the end.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        loop {
            let (read, result) = fill(self.inner, block);
            result?;
            let zero = block[..read].iter().all(|it| *it == 0);
            if read < BLOCK {
                return if zero { Ok(None) } else { Err(ended()) };
            }
            self.ended = zero;
            if !zero {
                break;
            }
        }
        if !is_header(block) {
            let reason = "what stands there is no header of an entry (its checksum is wrong)";
            return Err(io::Error::new(ErrorKind::InvalidData, reason));
        }
        Ok(Some(header))
    }

    fn bytes(&mut self, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut *self.inner).take(len as u64).read_to_end(&mut bytes)?;
        if bytes.len() < len { Err(ended()) } else { Ok(bytes) }
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        let skipped = io::copy(&mut (&mut *self.inner).take(bytes), &mut io::sink())?;
        if skipped < bytes { Err(ended()) } else { Ok(()) }
    }

    /// Skips the blocks that continue the map of a sparse file.
    fn skip_sparse_map(&mut self, header: &Header) -> io::Result<()> {
        let mut more = header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
        while more {
            let mut map = tar::GnuExtSparseHeader::new();
            let (read, result) = fill(self.inner, map.as_mut_bytes());
            result?;
            if read < BLOCK {
                return Err(ended());
            }
            more = map.is_extended();
        }
        Ok(())
    }
}

fn ended() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the archive ends here")
}

/// Zeros behind so many bytes of content.
fn padding(size: u64) -> u64 {
    let block = BLOCK as u64;
    (block - size % block) % block
}

/// Why the content of an entry is not read; none if it has none, or if it is read.
fn passed_over(kind: u8, size: u64, sparse: bool) -> Option<String> {
    if sparse || kind == b'S' {
        return Some("a sparse file, which is not read: pack it without --sparse".to_owned());
    }
    let unknown = format!("an entry of the unknown type `{}`", kind.escape_ascii());
    let mut remedy = "pack it again";
    let what = match kind {
        0 | b'0' | b'7' => return None,
        b'1'..=b'6' | b'V' if size == 0 => return None,
        b'1' => "a hard link",
        b'2' => "a symbolic link",
        b'3' | b'4' => "a device",
        b'5' => "a folder",
        b'6' => "a pipe",
        b'V' => "the label of a volume",
        b'D' => {
            remedy = "pack it without `--listed-incremental`";
            "a folder of an incremental archive"
        }
        b'M' => {
            remedy = "unpack all volumes (`tar -xMf FIRST -f SECOND`) and check what comes out";
            "the rest of a file that begins in another volume"
        }
        _ => &unknown,
    };
    Some(format!("{what} with {size} bytes of content, which are not read: {remedy}"))
}

impl Extended {
    /// Takes what pax records tell. Returns what is wrong with them.
    fn pax(&mut self, bytes: &[u8]) -> Option<String> {
        for record in (Records { bytes }) {
            let Some((key, value)) = record else { return Some(UNREADABLE.to_owned()) };
            match key {
                b"path" if !self.sparse => self.path = Some(value.to_vec()),
                b"linkpath" => self.target = Some(value.to_vec()),
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|it| it.parse().ok());
                    let Some(size) = size else { return Some(UNREADABLE.to_owned()) };
                    self.size = Some(size);
                }
                _ if key.starts_with(SPARSE) => {
                    self.sparse = true;
                    if key == b"GNU.sparse.name" {
                        self.path = Some(value.to_vec());
                    }
                }
                _ => {}
            }
        }
        None
    }
}

const SPARSE: &[u8] = b"GNU.sparse.";
const UNREADABLE: &str = "cannot be read: what it tells about the next entry is not known";

/// What is wrong with records that apply to all entries that follow: one that only makes sense for
/// a single entry.
fn global(bytes: &[u8]) -> Option<String> {
    for record in (Records { bytes }) {
        let Some((key, _)) = record else { return Some(UNREADABLE.to_owned()) };
        if matches!(key, b"path" | b"linkpath" | b"size") || key.starts_with(SPARSE) {
            let key = String::from_utf8_lossy(key).replace(char::is_control, "\u{fffd}");
            return Some(format!("sets `{key}` for all entries, which is not applied"));
        }
    }
    None
}

/// The keys and values of pax records; none for one that cannot be read, which is the last. Values
/// may hold any bytes, even line feeds.
struct Records<'b> {
    bytes: &'b [u8],
}

impl<'b> Iterator for Records<'b> {
    type Item = Option<(&'b [u8], &'b [u8])>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let read = || {
            let space = bytes.iter().position(|it| *it == b' ')?;
            let len: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
            let record = bytes.get(space + 1..len)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|it| *it == b'=')?;
            Some((&record[..equals], &record[equals + 1..], &bytes[len..]))
        };
        let read = read();
        self.bytes = read.map_or(&[], |it| it.2);
        Some(read.map(|(key, value, _)| (key, value)))
    }
}
