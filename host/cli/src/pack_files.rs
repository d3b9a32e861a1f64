//! Reads the files of packs. What is named may be anything: a device that never ends, a pipe that
//! never begins, a folder.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use rulebox_core::{PackFailure, text::escaped};

use crate::exit::Failure;

/// Packs of one folder. Each may take memory and time up to the limits of a pack.
const PACKS: usize = 256;

/// The file, or the `.wasm` files of a folder, sorted.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot_read = |it: &io::Error| cannot_read(path, it);
    if !fs::metadata(path).map_err(|it| cannot_read(&it))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|it| cannot_read(&it))? {
        let file = entry.map_err(|it| cannot_read(&it))?.path();
        if file.extension().is_none_or(|it| it != "wasm") {
            continue;
        }
        if files.len() == PACKS {
            let message = format!("the folder {} holds more than {PACKS} packs", path.display());
            return Err(Failure::usage(message).help("name the packs, or part the folder"));
        }
        files.push(file);
    }
    files.sort();
    if files.is_empty() {
        let failure = Failure::usage(format!("the folder {} holds no pack", path.display()));
        return Err(failure.help("packs are files that end in .wasm"));
    }
    Ok(files)
}

/// The bytes of a file: one more than `most` where it has more, so that the engine refuses it. What
/// is no file is a failure of the pack; what cannot be read ends the run.
pub(crate) fn read(path: &Path, most: usize) -> Result<Result<Vec<u8>, PackFailure>, Failure> {
    let cannot_read = |it: &io::Error| cannot_read(path, it);
    // Asked before it is opened: to open a pipe waits for whoever writes to it.
    let kind = fs::metadata(path).map_err(|it| cannot_read(&it))?.file_type();
    if !kind.is_file() {
        return Ok(Err(PackFailure {
            cluster: String::new(),
            pack: escaped(path.display().to_string()),
            rule: None,
            code: "not-a-file".to_owned(),
            message: "a pack is a file, and this is a folder, a pipe or a device".to_owned(),
            help: "write it to a file first, and name that".to_owned(),
        }));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|it| cannot_read(&it))?;
    let most = most.saturating_add(1) as u64;
    file.take(most).read_to_end(&mut bytes).map_err(|it| cannot_read(&it))?;
    Ok(Ok(bytes))
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read the pack {}: {error}", path.display()))
        .help("name `standard`, a WebAssembly component, or a folder of them")
}
