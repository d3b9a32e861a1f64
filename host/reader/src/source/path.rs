//! Opens a file by its path.

use std::{fs, io, path::Path};

use super::{archive::read_file, origin::Source};
use crate::input::{name::FileName, session::Session};

pub(crate) fn read_path(session: &mut Session<'_>, path: &Path, name: &FileName) {
    match fs::File::open(path) {
        Ok(file) => read_file(session, name, file),
        Err(error) => session.lost_file(name, cannot_open(&error)),
    }
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
