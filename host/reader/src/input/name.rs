//! What a file is called: in problems, in lines that needs ask for, and in the layout of a bundle.

use std::{os::unix::ffi::OsStrExt, path::Path};

/// The names of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileName {
    /// In problems: the path inside the input, empty where the input is one file.
    pub(crate) place: String,
    /// For globs, and for lines that they find: the path inside the input, else the name of the file.
    pub(crate) path: String,
    /// For the layout of bundles: as much of the path as is known.
    pub(crate) layout: String,
}

impl FileName {
    /// A file inside a folder or an archive.
    pub(crate) fn inside(&self, path: &str) -> Self {
        let join = |outer: &str| {
            if outer.is_empty() { path.to_owned() } else { [outer, "/", path].concat() }
        };
        let place = join(&self.place);
        Self { path: place.clone(), layout: join(&self.layout), place }
    }
}

/// A file is the whole input: problems need no place, globs match its name.
pub(crate) fn name_of(path: &Path) -> FileName {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    FileName { place: String::new(), path: file, layout: slashed(path) }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
    parts.join("/")
}

/// A folder, and what its files are called.
pub(crate) struct Folder<'f> {
    path: &'f Path,
    name: FileName,
}

impl<'f> Folder<'f> {
    pub(crate) fn new(path: &'f Path) -> Self {
        Self { path, name: FileName { layout: slashed(path), ..FileName::default() } }
    }

    /// The name of a file in it, of which the path begins with the folder's.
    pub(crate) fn file(&self, path: &Path) -> FileName {
        let bytes = path.as_os_str().as_bytes();
        let inside = bytes.get(self.path.as_os_str().len()..).unwrap_or_default();
        let inside = inside.strip_prefix(b"/").unwrap_or(inside);
        self.name.inside(&String::from_utf8_lossy(inside))
    }
}
