//! Reads zip archives by their directory, and tells what the directory does not list.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use zip::{
    SUPPORTED_COMPRESSION_METHODS, ZipReadOptions,
    read::{Config, OwnedZipFileEntry, ZipFile},
    result::{ZipError, ZipResult},
    unstable::read::ZipIterable,
};

use super::{compressed::Steps, guard::Layers, links::Links};
use crate::{
    input::{name::FileName, session::Session},
    text::buffer::{cause, fill},
};

/// Bytes between entries that need not be accounted for: what follows the content of an entry whose
/// size was not known before. Fewer than a header of an entry has.
const SLACK: u64 = 24;

impl Session<'_> {
    /// Reads a zip file of so many bytes, in which it is possible to seek.
    pub(super) fn zip<R: Read + Seek>(
        &mut self,
        name: &FileName,
        mut reader: R,
        size: u64,
        layers: &Layers,
    ) {
        let mut links = Links::default();
        // One more than may be read shows that there are more.
        let most = self.needs().limits.entries.saturating_add(1);
        match listed(&mut reader, most) {
            Ok(entries) => {
                if entries.len() < most {
                    self.unlisted(name, &mut reader, &entries, size);
                }
                self.zip_entries(name, &mut reader, entries, size, layers, &mut links);
            }
            Err(error) => {
                let reason =
                    format!("the archive's directory, which is its end, cannot be read: {error}");
                self.lost(name, None, reason);
                self.zip_without_directory(name, &mut reader, layers, &mut links);
            }
        }
        links.settle(self);
    }

    fn zip_entries<R: Read + Seek>(
        &mut self,
        name: &FileName,
        reader: &mut R,
        entries: Vec<OwnedZipFileEntry>,
        size: u64,
        layers: &Layers,
        links: &mut Links,
    ) {
        let (mut compressed, mut left) = (0_u64, entries.len());
        for entry in entries {
            left -= 1;
            let path = path_of(entry.name_raw());
            // Entries may share bytes; then few make many.
            let most = size.saturating_sub(entry.header_start());
            compressed = compressed.saturating_add(entry.compressed_size().min(most));
            if compressed > size {
                let reason = format!(
                    "the entries share their bytes, as in an archive bomb: {path} and {left} more \
                     are not read"
                );
                return self.lost(name, None, reason);
            }
            let (encrypted, method) = (entry.encrypted(), entry.compression());
            if !encrypted && !SUPPORTED_COMPRESSION_METHODS.contains(&method) {
                let Some(inside) = self.entry(name, &path) else { return };
                let reason = format!(
                    "compressed in a way that is not read ({method}): unpack it (`7z x FILE`) and \
                     check what comes out"
                );
                self.lost_file(&inside, reason);
                continue;
            }
            match entry.as_ref().with_reader(reader, ZipReadOptions::default()) {
                Ok(mut file) => {
                    if !self.zip_entry(name, &mut file, layers, links) {
                        return;
                    }
                }
                Err(error) => {
                    let Some(inside) = self.entry(name, &path) else { return };
                    self.lost_file(&inside, unreadable(&error, encrypted));
                }
            }
            if layers.flow.is_spent() && left > 0 {
                return self.lost(name, None, format!("{left} entries after {path} are not read"));
            }
        }
    }

    /// Reads the entries of a truncated zip file.
    fn zip_without_directory<R: Read + Seek>(
        &mut self,
        name: &FileName,
        reader: &mut R,
        layers: &Layers,
        links: &mut Links,
    ) {
        if reader.rewind().is_err() {
            return;
        }
        while let Ok(Some(mut entry)) = zip::read::read_zipfile_from_stream(reader) {
            if !self.zip_entry(name, &mut entry, layers, links) || layers.flow.is_spent() {
                return;
            }
        }
    }

    pub(super) fn zip_in_memory(
        &mut self,
        name: &FileName,
        reader: &mut dyn Read,
        layers: &Layers,
    ) {
        let limit = self.needs().limits.document_bytes;
        let mut bytes = Vec::new();
        let mut whole = reader.take(limit as u64 + 1);
        if let Err(error) = whole.read_to_end(&mut bytes) {
            self.lost(name, None, cause(&error));
        }
        if bytes.len() > limit {
            let reason = format!(
                "a zip file of more than {limit} bytes in a stream, which must be held as a whole: \
                 not read; check the zip file itself"
            );
            return self.lost(name, None, reason);
        }
        let size = bytes.len() as u64;
        self.zip(name, Cursor::new(bytes), size, layers);
    }

    /// Reads one entry. Returns whether more may be read.
    fn zip_entry<R: Read>(
        &mut self,
        name: &FileName,
        entry: &mut ZipFile<'_, R>,
        layers: &Layers,
        links: &mut Links,
    ) -> bool {
        // Nothing, deflated, has two bytes.
        if entry.is_dir() && entry.size() == 0 && entry.compressed_size() <= 2 {
            return true;
        }
        let path = path_of(entry.name_raw());
        let Some(inside) = self.entry(name, &path) else { return false };
        if entry.is_symlink() {
            self.zip_link(inside, &path, &mut self.guarded(Steps(entry), layers), links);
        } else if self.safe(&inside, &path) {
            links.saw(&path);
            // The other times of a zip file are those of an unknown zone.
            let seconds = entry.extra_data_fields().find_map(|it| match it {
                zip::ExtraField::ExtendedTimestamp(it) => it.mod_time().map(u64::from),
                _ => None,
            });
            let mut guarded = self.guarded(Steps(entry), layers);
            self.written(seconds, |session| session.stream(&inside, &mut guarded, layers));
        }
        true
    }

    /// A link: its content is the path that it leads to.
    fn zip_link(
        &mut self,
        inside: FileName,
        path: &str,
        content: &mut dyn Read,
        links: &mut Links,
    ) {
        let limit = self.needs().limits.path_bytes;
        let mut target = vec![0; limit + 1];
        let (read, result) = fill(content, &mut target);
        match (result, std::str::from_utf8(&target[..read])) {
            (Err(error), _) => self.lost_file(&inside, cause(&error)),
            (Ok(()), Ok(target)) if read <= limit && !target.contains(char::is_control) => {
                links.add(self, inside, path, target.to_owned(), false);
            }
            _ => {
                let reason =
                    "a symbolic link with content that is no path: not read; pack it again";
                self.lost_file(&inside, reason.to_owned());
            }
        }
    }

    /// Tells what no entry of the directory covers. Other programs find entries there.
    fn unlisted<R: Read + Seek>(
        &mut self,
        name: &FileName,
        reader: &mut R,
        entries: &[OwnedZipFileEntry],
        size: u64,
    ) {
        match gap(reader, entries, size) {
            Ok(None) => {}
            Ok(Some((from, to))) => {
                let reason = format!(
                    "the archive's directory does not list what stands in bytes {from} to {to} of \
                     {size}: not read; `zip -FF FILE.zip --out whole.zip` finds entries there"
                );
                self.lost(name, None, reason);
            }
            Err(error) => self.lost(name, None, cause(&error)),
        }
    }
}

/// The entries that the directory lists, in its order; of one name, all. At most `most` are held.
fn listed<R: Read + Seek>(reader: R, most: usize) -> ZipResult<Vec<OwnedZipFileEntry>> {
    let mut archive = ZipIterable::try_new(reader, Config::default())?;
    archive.files()?.take(most).map(|it| it.map(OwnedZipFileEntry::from)).collect()
}

/// Windows writes backslashes.
fn path_of(name: &[u8]) -> String {
    String::from_utf8_lossy(name).replace('\\', "/")
}

fn unreadable(error: &ZipError, encrypted: bool) -> String {
    if encrypted {
        "encrypted, so not read: unpack it with its password (`7z x FILE`) and check what comes out"
            .to_owned()
    } else {
        format!("cannot be read: {error}; unpack it (`7z x FILE`) and check what comes out")
    }
}

/// The first stretch that belongs to no entry and not to the directory, and that holds more than
/// zeros.
fn gap<R: Read + Seek>(
    reader: &mut R,
    entries: &[OwnedZipFileEntry],
    size: u64,
) -> io::Result<Option<(u64, u64)>> {
    let mut covered = Vec::with_capacity(entries.len() + 1);
    for entry in entries {
        let from = entry.header_start();
        // A header of 30 bytes, which ends in the lengths of what follows before the content.
        let header: [u8; 30] = bytes_at(reader, from)?;
        let lengths = length(&header, 26) + length(&header, 28);
        let content = from.saturating_add(30 + lengths);
        covered.push((from, content.saturating_add(entry.compressed_size())));
    }
    let directory = entries.iter().map(OwnedZipFileEntry::central_header_start).min().unwrap_or(0);
    covered.push((directory, end_of_directory(reader, entries)?.unwrap_or(directory)));
    covered.sort_unstable();
    covered.push((size, size));
    let mut at = 0;
    for (from, to) in covered {
        if from.saturating_sub(at) > SLACK && holds_bytes(reader, at, from)? {
            return Ok(Some((at, from)));
        }
        at = at.max(to);
    }
    Ok(None)
}

/// The end of the directory and of what belongs to it; none if more entries follow, or anything
/// else.
fn end_of_directory<R: Read + Seek>(
    reader: &mut R,
    entries: &[OwnedZipFileEntry],
) -> io::Result<Option<u64>> {
    let mut at = 0;
    if let Some(last) = entries.iter().map(OwnedZipFileEntry::central_header_start).max() {
        let header: [u8; 46] = bytes_at(reader, last)?;
        at = last + 46 + length(&header, 28) + length(&header, 30) + length(&header, 32);
    }
    // A signature, two records of large archives, and the end itself.
    for _ in 0..4 {
        let head: [u8; 22] = bytes_at(reader, at)?;
        let (magic, rest) = head.split_first_chunk().expect("longer than a magic");
        let long = rest.first_chunk().map_or(0, |it| u64::from_le_bytes(*it));
        at = match magic {
            b"PK\x05\x05" => at.saturating_add(6 + length(&head, 4)),
            b"PK\x06\x06" => at.saturating_add(long).saturating_add(12),
            b"PK\x06\x07" => at.saturating_add(20),
            b"PK\x05\x06" => return Ok(Some(at.saturating_add(22 + length(&head, 20)))),
            _ => break,
        };
    }
    Ok(None)
}

/// The bytes at a place; zeros after the end.
fn bytes_at<const LEN: usize>(reader: &mut (impl Read + Seek), at: u64) -> io::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    reader.seek(SeekFrom::Start(at))?;
    fill(reader, &mut bytes).1?;
    Ok(bytes)
}

/// A length in two bytes.
fn length(header: &[u8], at: usize) -> u64 {
    u64::from(u16::from_le_bytes([header[at], header[at + 1]]))
}

fn holds_bytes(reader: &mut (impl Read + Seek), from: u64, to: u64) -> io::Result<bool> {
    reader.seek(SeekFrom::Start(from))?;
    let mut left = reader.take(to - from);
    let mut bytes = [0; 8 << 10];
    loop {
        match fill(&mut left, &mut bytes) {
            (_, Err(error)) => return Err(error),
            (0, _) => return Ok(false),
            (read, _) if bytes[..read].iter().any(|it| *it != 0) => return Ok(true),
            _ => {}
        }
    }
}
