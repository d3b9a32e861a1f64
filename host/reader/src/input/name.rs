//! What a file is called in problems, in matching lines, and in the layout of a bundle.

use std::{os::unix::ffi::OsStrExt, path::Path};

/// The names of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileName {
    /// For problems: the path inside the input; empty if the input is one file.
    pub(crate) place: String,
    /// For globs and matching lines: the path inside the input, or else the name of the file.
    pub(crate) path: String,
    /// For the layout of bundles: all of the path that is known.
    pub(crate) layout: String,
}

impl FileName {
    /// The name of a file inside this folder or archive.
    pub(crate) fn inside(&self, path: &str) -> Self {
        let join = |outer: &str| {
            if outer.is_empty() { path.to_owned() } else { [outer, "/", path].concat() }
        };
        let place = join(&self.place);
        Self { path: place.clone(), layout: join(&self.layout), place }
    }

    /// Whether macOS gives this name to what it keeps of another file or of a folder.
    pub(crate) fn is_of_mac(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.starts_with("._") || name == ".DS_Store"
    }

    /// Whether a file beside others is the log of a container, by its name or its folder's. A file
    /// alone is what its user takes it for.
    pub(crate) fn is_log(&self) -> bool {
        let (folders, name) = self.place.rsplit_once('/').unwrap_or(("", &self.place));
        let in_logs = folders.split('/').any(|it| matches!(it, "logs" | "podlogs"));
        let rotated = || name.to_ascii_lowercase().contains(".log.");
        Path::new(name).extension().is_some_and(|it| it.eq_ignore_ascii_case("log"))
            || rotated()
            || name == "logs.txt"
            || in_logs && !self.is_of_objects()
    }

    /// Whether the name promises objects.
    pub(crate) fn is_of_objects(&self) -> bool {
        [".yaml", ".yml", ".json"].iter().any(|it| self.path.ends_with(it))
    }
}

/// For an input that is one file: problems need no place, and globs match the file name.
pub(crate) fn name_of(path: &Path) -> FileName {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    FileName { place: String::new(), path: file, layout: slashed(path) }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
    parts.join("/")
}

/// A folder, and the names of its files.
pub(crate) struct Folder<'f> {
    path: &'f Path,
    name: FileName,
}

impl<'f> Folder<'f> {
    pub(crate) fn new(path: &'f Path) -> Self {
        Self { path, name: FileName { layout: slashed(path), ..FileName::default() } }
    }

    /// The name of a file whose path starts with the path of the folder.
    pub(crate) fn file(&self, path: &Path) -> FileName {
        let bytes = path.as_os_str().as_bytes();
        let inside = bytes.get(self.path.as_os_str().len()..).unwrap_or_default();
        let inside = inside.strip_prefix(b"/").unwrap_or(inside);
        self.name.inside(&String::from_utf8_lossy(inside))
    }
}
