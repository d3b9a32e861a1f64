//! Files that a command writes, and small files that it reads. Where each output goes is checked
//! before anything is read; all of them are whole before the first takes its place. What they hold
//! is not known here.

use std::{
    fs, io,
    io::{Read as _, Write as _},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use rulebox_core::shell_word;
use tempfile::NamedTempFile;

use crate::exit::Failure;

/// A place that can be written to.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    typed: PathBuf,
    /// Without links.
    real: PathBuf,
    way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A new file is written beside it, and takes its name.
    Replace,
    /// It is written where it stands: its folder takes no new file.
    Overwrite,
    /// A device, a pipe, or a descriptor of this process. Each has a place of its own for what
    /// comes next.
    Append,
}

/// Whether a file may hold Kubernetes objects, as its beginning tells: it is no text, as archives
/// are, or names an `apiVersion`, and is no report.
pub(crate) fn may_be_dump(file: &Path) -> bool {
    /// The head of a report names its schema, that of a dump its first object.
    const HEAD: u64 = 4096;
    let mut head = Vec::new();
    let read = fs::File::open(file).and_then(|it| it.take(HEAD).read_to_end(&mut head));
    let has = |word: &[u8]| head.windows(word.len()).any(|it| it == word);
    let begins = |line: &[u8]| {
        let from = line.iter().position(|it| !b" -{\t".contains(it)).unwrap_or(line.len());
        line[from..].starts_with(b"apiVersion")
    };
    let names_type = has(b"\"apiVersion\"") || head.split(|it| *it == b'\n').any(begins);
    let is_text = !head.contains(&0)
        && std::str::from_utf8(&head).map_or_else(|it| it.error_len().is_none(), |_| true);
    read.is_ok() && (!is_text || (names_type && !has(b"\"schemaVersion\"")))
}

/// What a path leads to, however it is spelt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// By device and inode: links and other spellings have the same.
    Existing(u64, u64),
    /// By folder, without links, and name.
    New(PathBuf),
}

impl Identity {
    /// None where even the folder does not exist: nothing can be read or written there.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        if let Ok(metadata) = fs::metadata(path) {
            return Some(Self::of_metadata(&metadata));
        }
        resolved(path).ok().map(Self::New)
    }

    fn of_metadata(metadata: &fs::Metadata) -> Self {
        Self::Existing(metadata.dev(), metadata.ino())
    }
}

impl Target {
    /// The place that was typed, where it can be written to now.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        let refused = |why: &str, help: &str| {
            Failure::usage(format!("cannot write {}: {why}", path.display())).help(help)
        };
        let in_folder = || {
            let file = path.join("report");
            format!("name a file in it: {}", shell_word(&file.to_string_lossy()))
        };
        let typed = path.as_os_str().as_encoded_bytes();
        if path.is_dir() || typed.is_empty() || typed.ends_with(b"/") {
            return Err(refused("it is a folder", &in_folder()));
        }
        let real = resolved(path).map_err(|it| {
            let parent = parent(path);
            let folder = parent.display();
            match it.kind() {
                io::ErrorKind::NotFound => {
                    let word = shell_word(&parent.to_string_lossy()).into_owned();
                    let help = format!("make it first: mkdir -p {word}");
                    refused(&format!("there is no folder {folder}"), &help)
                }
                io::ErrorKind::NotADirectory => {
                    refused(&format!("{folder} is no folder"), "choose another folder")
                }
                _ => refused(&it.to_string(), OTHER_PLACE),
            }
        })?;
        let (typed, append) = (path.to_owned(), is_descriptor(&real));
        let existing = match fs::metadata(&real) {
            Ok(metadata) => Some(metadata),
            Err(_) if append => return Err(refused("no such descriptor is open", OTHER_PLACE)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(refused(&error.to_string(), OTHER_PLACE)),
        };
        if append || existing.as_ref().is_some_and(|it| !it.is_file()) {
            return Ok(Self { typed, real, way: Way::Append });
        }
        let way = match (temporary(parent(&real), None), &existing) {
            (Ok(_), _) => Way::Replace,
            (Err(_), Some(_)) => Way::Overwrite,
            (Err(error), None) => return Err(refused(&error.to_string(), OTHER_PLACE)),
        };
        if existing.is_some() {
            let opened = fs::OpenOptions::new().write(true).open(&real);
            opened.map_err(|it| refused(&it.to_string(), OTHER_PLACE))?;
        }
        Ok(Self { typed, real, way })
    }

    /// As it was typed.
    pub(crate) fn typed(&self) -> &Path {
        &self.typed
    }

    /// The path without links, of a file that is written as a whole.
    pub(crate) fn file(&self) -> Option<&Path> {
        (self.way != Way::Append).then_some(&*self.real)
    }

    /// Whether what is written here stays: two outputs may both go to `/dev/null`.
    pub(crate) fn keeps(&self) -> bool {
        self.real != Path::new("/dev/null")
    }

    /// Refuses a file that the run reads. `read`: such files, and what each is to the run.
    pub(crate) fn apart_from(
        &self,
        read: &[(&'static str, PathBuf)],
        role: &str,
    ) -> Result<(), Failure> {
        let Some(identity) = self.identity().filter(|_| self.file().is_some()) else {
            return Ok(());
        };
        let is_this = |path: &Path| {
            let path = if path == Path::new("-") { Path::new("/dev/stdin") } else { path };
            Identity::of(path).is_some_and(|it| it == identity)
        };
        let Some((what, _)) = read.iter().find(|it| is_this(&it.1)) else { return Ok(()) };
        let file = self.typed.display();
        Err(Failure::usage(format!("{file} is {role} and also {what}"))
            .help("write it to another file: what is read is not overwritten"))
    }

    /// What it is, to be compared with what is read and written elsewhere.
    pub(crate) fn identity(&self) -> Option<Identity> {
        Identity::of(&self.real)
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let help = match self.way {
            Way::Replace => "what stood there before is unchanged",
            Way::Overwrite | Way::Append => "",
        };
        let (file, error) = (self.typed.display(), words(error));
        Failure::usage(format!("cannot write {file}: {error}")).help(help)
    }

    /// Writes where it stands. That a reader has seen enough (`>(head)`) is no failure.
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        match self.way {
            Way::Append => options.append(true),
            Way::Replace | Way::Overwrite => options.write(true).truncate(true),
        };
        match options.open(&self.real).and_then(|mut it| it.write_all(bytes)) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

const OTHER_PLACE: &str = "choose a place that you may write to";

/// Writes each text to its place. All files are written beside their places first, and then take
/// them: a full disk costs nobody what stood there before. What cannot be written is named, and
/// keeps none of the others.
pub(crate) fn write(outputs: &[(&Target, &[u8])]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut whole = Vec::new();
    for (target, bytes) in outputs.iter().filter(|it| it.0.way == Way::Replace) {
        match beside(&target.real, bytes) {
            Ok(file) => whole.push((target, bytes, file)),
            Err(error) => failures.push(target.failure(&error)),
        }
    }
    for (target, bytes, file) in whole {
        let written = match file.persist(&target.real) {
            // A file that a container has mounted can be written, and not replaced.
            Err(it) if it.error.kind() == io::ErrorKind::ResourceBusy => target.write(bytes),
            Err(it) => Err(it.error),
            Ok(_) => Ok(()),
        };
        failures.extend(written.err().map(|it| target.failure(&it)));
    }
    for (target, bytes) in outputs.iter().filter(|it| it.0.way != Way::Replace) {
        failures.extend(target.write(bytes).err().map(|it| target.failure(&it)));
    }
    failures
}

/// A new file in the folder of `place`, with these bytes and the mode and owner of what stands
/// there.
fn beside(place: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let existing = fs::metadata(place).ok();
    let mut file = temporary(parent(place), existing.as_ref())?;
    file.write_all(bytes)?;
    if let Some(existing) = existing {
        // Only root may give files away; another user's file becomes the writer's own.
        let owner = (Some(existing.uid()), Some(existing.gid()));
        let _ = std::os::unix::fs::fchown(file.as_file(), owner.0, owner.1);
        file.as_file().set_permissions(existing.permissions())?;
    }
    // Some file systems say only now that they are full, and some cannot say it.
    match file.as_file().sync_all() {
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Err(error),
        Err(error) if error.kind() == io::ErrorKind::QuotaExceeded => Err(error),
        _ => Ok(file),
    }
}

/// An empty file that is gone when it is dropped. Its mode is that of new files, or until it is
/// given that of an existing one, the owner's alone.
fn temporary(folder: &Path, existing: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    let mode = if existing.is_some() { 0o600 } else { 0o666 };
    let mut named = tempfile::Builder::new();
    named.prefix(".rulebox-").permissions(fs::Permissions::from_mode(mode));
    named.tempfile_in(folder).map_err(|it| {
        // The crate names the temporary file, which nobody has typed.
        it.raw_os_error().map_or(it, io::Error::from_raw_os_error)
    })
}

/// All of a small file; an error where it is longer than `limit` bytes, which some devices are
/// without end, or where reading might wait for ever.
pub(crate) fn read_small(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    // The shell's `<(…)` is a pipe too, and somebody writes to it.
    if kind.is_fifo() && !resolved(path).is_ok_and(|it| is_descriptor(&it)) {
        return Err(io::Error::other("it is a named pipe, and perhaps nobody writes to it"));
    }
    let bytes = read_at_most(path, limit.saturating_add(1))?;
    if bytes.len() > limit {
        let most = match limit >> 20 {
            0 => format!("{limit} bytes"),
            mib => format!("{mib} MiB"),
        };
        return Err(io::Error::other(format!("it is longer than {most}")));
    }
    Ok(bytes)
}

/// The first bytes of a file, `most` of them or fewer.
pub(crate) fn read_at_most(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The path without links, also where the last of them leads to no file yet.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Some(name) = path.file_name() else { return path.canonicalize() };
        let folder = parent(&path).canonicalize()?;
        let real = folder.join(name);
        if !folder.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if is_descriptor(&real) {
            return Ok(real);
        }
        match fs::read_link(&real) {
            Ok(link) => path = folder.join(link),
            Err(_) => return Ok(real),
        }
    }
    Err(io::Error::other("too many links lead from one to the next"))
}

/// Whether it is the name of an open file of a process: `/dev/stdout` and `/dev/fd/3` lead there.
fn is_descriptor(real: &Path) -> bool {
    let folder = parent(real);
    folder == Path::new("/dev/fd") || (folder.starts_with("/proc") && folder.ends_with("fd"))
}

/// The folder of a path; that of `a.json` is `.`.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What the system says, without its number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
