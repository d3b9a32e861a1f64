//! Reads the files of a folder, and of the folders in it.

use std::{os::unix::ffi::OsStrExt, path::Path};

use walkdir::WalkDir;

use super::{
    path::cannot_open,
    pool::{Job, with_pool},
};
use crate::{
    input::{
        name::{FileName, Folder},
        session::Session,
    },
    journal::Skipped,
    layout::collected,
    object::needs::Needs,
};

/// Reads the files of a folder and of the folders in it, sorted by name. Links are not followed:
/// they may lead anywhere. One that leads out, and whose name promises objects, is a loss.
pub(crate) fn read_folder(session: &mut Session<'_>, folder: &Path) {
    let root = folder;
    let folder = Folder::new(root);
    // Paths in one folder differ only in their file names.
    let walk = WalkDir::new(root)
        .sort_by(|a, b| a.path().as_os_str().as_bytes().cmp(b.path().as_os_str().as_bytes()));
    with_pool(session, &folder, |session, pool| {
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let name = folder.file(error.path().unwrap_or(root));
                    let reason = error.io_error().map_or_else(|| error.to_string(), cannot_open);
                    pool.add(session, Job::Lost { name, reason });
                    continue;
                }
            };
            let kind = entry.file_type();
            if kind.is_dir() {
                let name = folder.file(entry.path());
                if collected::part(&name.place).is_some_and(|it| it.1.is_of_list()) {
                    pool.add(session, Job::Skip { name, why: Skipped::Folder });
                }
                continue;
            }
            if !session.has_room() {
                pool.settle(session);
                session.admit(&FileName::default());
                return;
            }
            session.admit(&FileName::default());
            let job = if is_left_out(entry.path(), session.needs()) {
                Job::Skip { name: folder.file(entry.path()), why: Skipped::LeftOut }
            } else if kind.is_file() {
                Job::Read { path: entry.into_path() }
            } else {
                let name = folder.file(entry.path());
                if !kind.is_symlink() {
                    Job::Skip { name, why: Skipped::Device }
                } else if name.is_of_objects() && leads_out(entry.path(), root) {
                    let reason = "a link to what was not read in this folder: name what it leads \
                                  to as an input of its own";
                    Job::Lost { name, reason: reason.to_owned() }
                } else {
                    Job::Skip { name, why: Skipped::Link }
                }
            };
            pool.add(session, job);
        }
    });
}

/// Only a file of the right name is worth a look at its real path.
fn is_left_out(file: &Path, needs: &Needs) -> bool {
    let mut namesakes = needs.left_out.iter().filter(|it| it.file_name() == file.file_name());
    namesakes.any(|it| file.canonicalize().is_ok_and(|file| file == *it))
}

/// Whether a link leads to nothing, or to what is not in this folder.
fn leads_out(link: &Path, root: &Path) -> bool {
    let Ok(root) = root.canonicalize() else { return true };
    link.canonicalize().map_or(true, |it| !it.starts_with(root))
}
