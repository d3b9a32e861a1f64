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
    all(pack).files
}

/// What looks like a part of a pack and is not read, sorted, each with the reason.
pub(crate) fn left_out(pack: &Path) -> Vec<(PathBuf, &'static str)> {
    all(pack).left_out
}

/// What stands in the folder of a pack.
#[derive(Default)]
struct All {
    files: Vec<PathBuf>,
    left_out: Vec<(PathBuf, &'static str)>,
}

fn all(pack: &Path) -> All {
    let mut all = All::default();
    if let (true, Some(folder)) = (pack.ends_with(PACK_FILE), pack.parent()) {
        gather(folder, DEPTH, &mut all);
    }
    all.files.sort();
    all.left_out.sort();
    all
}

/// Whether a file holds a policy, by its name.
pub(crate) fn is_rego(path: &Path) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case(REGO))
}

fn gather(folder: &Path, depth: usize, all: &mut All) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else {
        all.left_out.push((folder.to_owned(), "the folder cannot be read"));
        return;
    };
    for entry in entries.flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let hidden = name.to_string_lossy().starts_with('.') || name == PACK_FILE;
        // What a pack is tested on stands beside its `pack.yaml`.
        let is_test = depth == DEPTH && TESTS.iter().any(|it| name == *it);
        if hidden || is_test || all.files.len() > FILES {
            continue;
        }
        if entry.file_type().is_ok_and(|it| it.is_dir()) {
            if depth > 0 {
                gather(&path, depth - 1, all);
            } else if holds_parts(&path, DEPTH) {
                all.left_out.push((path, "it stands more than 8 folders down"));
            }
        } else if path.is_dir() {
            if holds_parts(&path, DEPTH) {
                all.left_out.push((path, "it is a link to a folder, which is not followed"));
            }
        } else if is_part(&path) {
            if path.is_file() {
                all.files.push(path);
            } else {
                let why = "it is no file: a link that leads nowhere, a pipe or a device";
                all.left_out.push((path, why));
            }
        }
    }
}

/// Whether a folder that is not read holds what would be a part of a pack. Of a folder that is too
/// deep it is taken for granted.
fn holds_parts(folder: &Path, depth: usize) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().take(FILES).any(|entry| {
        let is_dir = entry.file_type().is_ok_and(|it| it.is_dir());
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        !hidden
            && if is_dir {
                depth == 0 || holds_parts(&entry.path(), depth - 1)
            } else {
                is_part(&entry.path())
            }
    })
}
