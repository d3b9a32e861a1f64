//! Reads the files of packs. What is named may be anything: a device that never ends, a pipe that
//! never begins, a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rulebox_core::{PackFailure, closest, text::escaped};

use crate::{
    exit::Failure,
    files::read_at_most,
    pack_args::{Packs, STANDARD},
};

/// Packs of one folder. Each may take memory and time up to the limits of a pack.
const PACKS: usize = 256;

const WHAT: &str = "`standard`, a WebAssembly component, or a folder of them";

/// The files that were named as packs, and those of the folders that were.
pub(crate) fn named_files(named: &Packs) -> Vec<PathBuf> {
    let words = named.packs.iter().filter(|it| *it != STANDARD);
    words.flat_map(|it| files(it).unwrap_or_default()).collect()
}

/// The file, or the `.wasm` files of a folder, sorted.
pub(crate) fn files(word: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = Path::new(word);
    if word.trim().is_empty() {
        return Err(Failure::usage("--pack: a pack has a name, and none was typed")
            .help(format!("name {WHAT}")));
    }
    if let (Some(meant), false) = (closest(word, [STANDARD]), path.exists()) {
        return Err(Failure::usage(format!("--pack: there is no pack `{word}`, and no such file"))
            .help(format!("did you mean `{meant}`?")));
    }
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
    read_at_most(path, most.saturating_add(1)).map(Ok).map_err(|it| cannot_read(&it))
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read the pack {}: {error}", path.display()))
        .help(format!("name {WHAT}"))
}
