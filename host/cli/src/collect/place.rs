//! Where a bundle goes, decided before a cluster is asked. How a file is written is not known here.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    args::Collect,
    exit::Failure,
    files::{self, Identity, Target},
    pack_files,
};

/// Standard output, or a place in the file system.
pub(super) enum Place {
    Stdout,
    Target(Target),
}

impl Place {
    /// The place that was typed, where it can be written to now. Refuses a file that exists,
    /// without `--force`, and one that the run reads.
    pub(super) fn of(typed: &Collect, file: &Path) -> Result<Self, Failure> {
        if file == Path::new("-") {
            return if is_stdout_closed() {
                Err(cannot_print("it is closed"))
            } else {
                Ok(Self::Stdout)
            };
        }
        let target = Target::of(file)?;
        target.apart_from(&read_by(typed), "the output")?;
        if !typed.force && target.file().is_some_and(Path::exists) {
            return Err(Failure::usage(format!("{} exists already", file.display()))
                .help("name another file by -o, or write over it by --force"));
        }
        Ok(Self::Target(target))
    }

    /// Writes the bytes. Returns what could not be written.
    pub(super) fn write(&self, bytes: &[u8]) -> Vec<Failure> {
        match self {
            Self::Target(target) => files::write(&[(target, bytes)]),
            Self::Stdout => {
                let mut out = io::stdout();
                // A reader that has gone has not got the whole archive.
                let written = out.write_all(bytes).and_then(|()| out.flush());
                written.err().map(|it| cannot_print(&files::words(&it))).into_iter().collect()
            }
        }
    }

    /// The file that was typed; none where what was written cannot be read again.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Target(target) => target.file().map(|_| target.typed()),
            Self::Stdout => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(target) => target.typed().display().fmt(f),
            Self::Stdout => f.write_str("standard output"),
        }
    }
}

fn cannot_print(why: &str) -> Failure {
    Failure::usage(format!("cannot write to standard output: {why}")).help("name a file by -o")
}

/// The files that a run reads, and what each is to it.
fn read_by(typed: &Collect) -> Vec<(&'static str, PathBuf)> {
    let kubeconfigs = rulebox_cluster::files(typed.target.kubeconfig.as_deref());
    let packs = pack_files::read_files(&typed.packs.named).into_iter().map(|it| ("a pack", it));
    kubeconfigs.into_iter().chain(packs).collect()
}

/// Whether this process was started without a standard output. Rust's runtime then opens
/// `/dev/null` in its place, to read and to write, which takes everything.
fn is_stdout_closed() -> bool {
    let null = Identity::of(Path::new("/dev/null"));
    let is_null = null.is_some() && Identity::of(Path::new("/dev/stdout")) == null;
    let opened = fs::read_to_string("/proc/self/fdinfo/1").unwrap_or_default();
    let flags = opened.lines().find_map(|it| it.strip_prefix("flags:"));
    let flags = flags.and_then(|it| u32::from_str_radix(it.trim(), 8).ok());
    // O_RDWR; a shell opens `>/dev/null` to write alone.
    is_null && flags.is_some_and(|it| it & 0o3 == 0o2)
}
