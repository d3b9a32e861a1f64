//! Reads the files of packs. What is named may be anything: a device that never ends, a pipe that
//! never begins, a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rulebox_core::{PackFailure, closest, text::escaped};
use rulebox_registry::PACK_FILE;

use crate::{
    exit::Failure,
    files::read_at_most,
    pack_args::{Packs, STANDARD},
    pack_parts::{is_rego, is_text, parts},
};

/// Packs of one folder. Each may take memory and time up to the limits of a pack.
const PACKS: usize = 256;

const WHAT: &str = "`standard`, a WebAssembly component, a YAML file, or a folder of them";

const REGO: &str = "write a pack.yaml beside it, with `language: rego`, and name the folder; the \
                    guide, Rules in Rego, has one to begin with";

/// The files that were named as packs, and those of the folders that were.
pub(crate) fn named_files(named: &Packs) -> Vec<PathBuf> {
    let words = named.packs.iter().filter(|it| *it != STANDARD);
    words.flat_map(|it| files(it).unwrap_or_default()).collect()
}

/// All files that those packs are read from.
pub(crate) fn read_files(named: &Packs) -> Vec<PathBuf> {
    let packs = named_files(named).into_iter();
    packs.flat_map(|it| [vec![it.clone()], parts(&it)].concat()).collect()
}

/// Whether a file of a folder is a pack that is written as text. A folder may hold other YAML too,
/// a configuration for example; a file that was named is a pack, whatever it holds.
pub(crate) fn holds_rule_pack(path: &Path) -> bool {
    is_text(path) && looks_like_pack(path)
}

/// Whether a file holds a pack that is written as text, whatever its name is.
fn looks_like_pack(path: &Path) -> bool {
    /// The kind stands at the head; much of a pack may stand before it.
    const HEAD: usize = 4 << 20;
    if !path.is_file() {
        return false;
    }
    let head = read_at_most(path, HEAD).unwrap_or_default();
    let head = String::from_utf8_lossy(&head);
    let has = |key: &str, word: &str| {
        head.lines().any(|it| it.strip_prefix(key).is_some_and(|it| it.contains(word)))
    };
    // Written as JSON it may be one line.
    let json = head.trim_start().starts_with('{')
        && ["\"RulePack\"", "rulebox.dev/v1alpha1"].iter().all(|it| head.contains(it));
    // One whose kind is misspelt is a pack too: it says so when it is loaded.
    json || has("kind:", "RulePack") || has("apiVersion:", "rulebox.dev/v1alpha1")
}

/// What of a folder of packs looks like a pack and is not read, as sentences.
pub(crate) fn skipped(word: &str) -> Vec<String> {
    let path = Path::new(word);
    if path.join(PACK_FILE).exists() {
        return Vec::new();
    }
    let named = |it: &Path| {
        let end = it.extension().map(|it| it.to_string_lossy().to_lowercase());
        end.is_some_and(|it| ["yaml", "yml", "json"].contains(&it.as_str()))
    };
    let mut said = Vec::new();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let file = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') || file.join(PACK_FILE).exists() {
            continue;
        }
        let how = "a pack of this folder is a file *.yaml or *.yml, or a folder with pack.yaml";
        if file.is_dir() {
            let inner = fs::read_dir(&file).into_iter().flatten().flatten().map(|it| it.path());
            let mut packs: Vec<_> =
                inner.filter(|it| named(it) && looks_like_pack(it)).take(PACKS).collect();
            packs.sort();
            let one = packs.first().map(|it| format!("{} is not read: {how}", it.display()));
            said.extend(one);
        } else if named(&file) && !is_text(&file) && looks_like_pack(&file) {
            said.push(format!("{} is not read: {how}", file.display()));
        }
    }
    said.sort();
    said
}

/// The file; of a folder its `pack.yaml`, or all its packs, sorted.
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
        if is_rego(path) {
            let message =
                format!("--pack: {} is a policy, and does not say what it needs", path.display());
            return Err(Failure::usage(message).help(REGO));
        }
        return Ok(vec![path.to_owned()]);
    }
    let pack = path.join(PACK_FILE);
    if pack.exists() {
        return Ok(vec![pack]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|it| cannot_read(&it))? {
        let mut file = entry.map_err(|it| cannot_read(&it))?.path();
        // A project keeps other things in what is hidden, such as .gitlab-ci.yml.
        if file.file_name().is_some_and(|it| it.as_encoded_bytes().starts_with(b".")) {
            continue;
        }
        if file.join(PACK_FILE).exists() {
            file.push(PACK_FILE);
        }
        if file.extension().is_none_or(|it| it != "wasm") && !holds_rule_pack(&file) {
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
        let rego = parts(&pack).iter().any(|it| is_rego(it));
        let packs = "packs are files that end in .wasm, YAML whose `kind` is `RulePack`, and \
                     folders that hold pack.yaml";
        return Err(failure.help(if rego { REGO } else { packs }));
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
        let message = "a pack is a file, and this is a folder, a pipe or a device".to_owned();
        let help = "write it to a file first, and name that".to_owned();
        let pack = escaped(path.display().to_string());
        return Ok(Err(PackFailure::of_pack(pack, "not-a-file", message, help)));
    }
    read_at_most(path, most.saturating_add(1)).map(Ok).map_err(|it| cannot_read(&it))
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read the pack {}: {error}", path.display()))
        .help(format!("name {WHAT}"))
}
