//! Which files of a folder belong to a pack that is written as text, by their names. What they hold
//! is not looked at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rulebox_registry::PACK_FILE;

/// Folders of a pack that hold what it is tested on.
const TESTS: [&str; 2] = ["fixtures", "cases"];
/// Files of one pack.
pub(crate) const FILES: usize = 1000;
/// Folders in each other.
const DEPTH: usize = 8;

/// The language whose rules stand in files beside `pack.yaml`, and the end of their names.
pub(crate) const REGO: &str = "rego";

/// Whether a file is a pack that is written as text, or a part of one.
pub(crate) fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml")
}

/// Whether a file may be a part of a pack, by the end of its name in any letters: policies, and
/// objects as YAML or JSON.
fn is_part(path: &Path) -> bool {
    let end = path.extension().map(|it| it.to_string_lossy().to_lowercase());
    end.is_some_and(|it| [REGO, "yaml", "yml", "json"].contains(&it.as_str()))
}

/// The files that may belong to a pack beside its `pack.yaml`, sorted; none of any other file.
/// Links to folders are not followed: they may lead back.
pub(crate) fn parts(pack: &Path) -> Vec<PathBuf> {
    let mut parts = Vec::new();
    if let (true, Some(folder)) = (pack.ends_with(PACK_FILE), pack.parent()) {
        gather(folder, DEPTH, &mut parts);
    }
    parts.sort();
    parts
}

/// Whether a file holds a policy, by its name.
pub(crate) fn is_rego(path: &Path) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case(REGO))
}

fn gather(folder: &Path, depth: usize, parts: &mut Vec<PathBuf>) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let hidden = name.to_string_lossy().starts_with('.') || name == PACK_FILE;
        if hidden || parts.len() > FILES {
            continue;
        }
        let is_test = TESTS.iter().any(|it| name == *it);
        if entry.file_type().is_ok_and(|it| it.is_dir()) {
            if depth > 0 && !is_test {
                gather(&path, depth - 1, parts);
            }
        } else if is_part(&path) && path.is_file() {
            parts.push(path);
        }
    }
}
