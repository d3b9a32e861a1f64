//! Opens a file by its path.

use std::{fs, io, os::unix::fs::FileTypeExt, path::Path};

use super::{archive::read_file, origin::Source};
use crate::input::{name::FileName, session::Session};

pub(crate) fn read_path(session: &mut Session<'_>, path: &Path, name: &FileName) {
    if path.metadata().is_ok_and(|it| is_device(it.file_type())) {
        return session.lost_file(name, DEVICE.to_owned());
    }
    match fs::File::open(path) {
        Ok(file) => read_file(session, name, file),
        Err(error) => session.lost_file(name, cannot_open(&error)),
    }
}

/// The reason for what may never end, and holds no dump.
const DEVICE: &str = "is a device, not a file, a folder or a pipe: it is not read";

/// Pipes are no devices: a shell gives the output of a command as one.
fn is_device(of: fs::FileType) -> bool {
    of.is_char_device() || of.is_block_device()
}

pub(super) fn cannot_open(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder: check the path".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "permission denied: run as a user who may read it, or change its mode".to_owned()
        }
        _ => format!("cannot be opened: {error}"),
    }
}

/// Bytes on disk, if known at once. The size of a folder shows only while its files are read.
pub(crate) fn size_of_source(source: &Source) -> Option<u64> {
    match source {
        Source::Path(path) => path.metadata().ok().filter(fs::Metadata::is_file).map(|it| it.len()),
        Source::Stdin | Source::Stream(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_refused() {
        let of = |path: &str| Path::new(path).metadata().expect("it is there").file_type();
        assert!(is_device(of("/dev/zero")) && is_device(of("/dev/urandom")));
        assert!(!is_device(of("/")) && !is_device(of("/proc/self/exe")));
    }

    #[test]
    fn what_cannot_be_opened_says_what_to_do() {
        for (kind, want) in [
            (io::ErrorKind::NotFound, "check the path"),
            (io::ErrorKind::PermissionDenied, "run as a user who may read it"),
            (io::ErrorKind::Interrupted, "cannot be opened: "),
        ] {
            let words = cannot_open(&kind.into());
            assert!(words.contains(want), "{words}");
        }
    }
}
