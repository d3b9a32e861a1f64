//! Loads the packs of a run: the built-in ones, and those that were named. What a pack may do, and
//! which of its rules run, is not known here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rulebox_core::{PackFailure, closest};
use rulebox_engine::{Cache, Engine, Limits, Pack, PackSource};

use crate::{
    args::{MIB, PackLimits, Packs},
    exit::{Exit, Failure},
    files::{self, Identity},
};

/// The built-in packs by name, compiled for the processors that this binary is for.
static BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The packs that could be loaded, and why others could not.
pub(crate) struct Loaded {
    pub(crate) packs: Vec<Pack>,
    pub(crate) failures: Vec<PackFailure>,
}

/// Loads the packs that were named. A pack that cannot be used is reported as a failure of that
/// pack; a file that does not exist is wrong usage and ends the run.
pub(crate) fn load(named: &Packs, limits: Option<&PackLimits>) -> Result<Loaded, Failure> {
    let engine = engine(named, limits)?;
    let mut loaded = Loaded { packs: Vec::new(), failures: Vec::new() };
    // What was named twice, perhaps by another path, is loaded once.
    let mut seen = Vec::new();
    for (nth, word) in named.packs.iter().enumerate() {
        if word == STANDARD {
            for (name, bytes) in BUILT_IN.iter().filter(|_| !named.packs[..nth].contains(word)) {
                loaded.add(&engine, PackSource::Precompiled { name, bytes });
            }
            continue;
        }
        for file in files(word)? {
            let identity = Identity::of(&file);
            if identity.is_some() && seen.contains(&identity) {
                continue;
            }
            seen.push(identity);
            let bytes = files::read_small(&file, Limits::PACK_BYTES)
                .map_err(|it| cannot_read(&file, &it))?;
            let name = file.display().to_string();
            loaded.add(&engine, PackSource::Bytes { name: &name, bytes: &bytes });
        }
    }
    Ok(loaded)
}

/// The word for the built-in packs.
pub(crate) const STANDARD: &str = "standard";

/// The names of the built-in packs.
pub(crate) fn built_in() -> Vec<&'static str> {
    BUILT_IN.iter().map(|it| it.0).collect()
}

/// The files that were named as packs, and those of the folders that were.
pub(crate) fn named_files(named: &Packs) -> Vec<PathBuf> {
    let words = named.packs.iter().filter(|it| *it != STANDARD);
    words.flat_map(|it| files(it).unwrap_or_default()).collect()
}

/// Loads the packs that were named, to show what they say of themselves. A pack that cannot be used
/// ends the run: there is nothing to show.
pub(crate) fn load_all(named: &Packs) -> Result<Vec<Pack>, Failure> {
    let Loaded { packs, failures } = load(named, None)?;
    match failures.into_iter().next() {
        None => Ok(packs),
        Some(PackFailure { pack, message, help, .. }) => {
            Err(Failure { exit: Exit::Pack, message: format!("pack {pack}: {message}"), help })
        }
    }
}

impl Loaded {
    fn add(&mut self, engine: &Engine, source: PackSource<'_>) {
        match engine.load(source) {
            Err(error) => self.failures.push(error.failure()),
            Ok(pack) if self.packs.iter().any(|it| it.info().name == pack.info().name) => {
                self.failures.push(PackFailure {
                    cluster: String::new(),
                    pack: pack.info().name.clone(),
                    rule: None,
                    code: "duplicate-pack".to_owned(),
                    message: "a pack of this name is loaded already".to_owned(),
                    help: "name it once, or give one of the two another name".to_owned(),
                });
            }
            Ok(pack) => self.packs.push(pack),
        }
    }
}

fn engine(named: &Packs, limits: Option<&PackLimits>) -> Result<Engine, Failure> {
    let values = limits.map_or_else(Limits::default, typed_limits);
    // Built-in packs are compiled already: a cache would only make each start slower.
    let only_built_in = named.packs.iter().all(|it| it == STANDARD);
    let cache = if only_built_in { Cache::Off } else { Cache::Default };
    Engine::new(values, cache).map_err(|it| Failure {
        exit: Exit::Pack,
        help: it.help(),
        message: it.to_string(),
    })
}

fn typed_limits(typed: &PackLimits) -> Limits {
    let PackLimits { pack_deadline, pack_memory, pack_findings, pack_samples, pack_output } = typed;
    Limits {
        deadline: pack_deadline.0,
        memory_bytes: *pack_memory as usize * MIB,
        findings: *pack_findings,
        samples: *pack_samples,
        output_bytes: *pack_output as usize * MIB,
        ..Limits::default()
    }
}

/// The file, or the `.wasm` files of a folder, sorted.
fn files(word: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = Path::new(word);
    if word.trim().is_empty() {
        return Err(Failure::usage("--pack: a pack has a name, and none was typed")
            .help(format!("name {WHAT}")));
    }
    if let (Some(meant), false) = (closest(word, [STANDARD]), path.exists()) {
        return Err(Failure::usage(format!("--pack: there is no pack `{word}`, and no such file"))
            .help(format!("did you mean `{meant}`?")));
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|it| cannot_read(path, &it))?;
    let entries = entries
        .map(|it| it.map(|it| it.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|it| cannot_read(path, &it))?;
    let mut files: Vec<_> =
        entries.into_iter().filter(|it| it.extension().is_some_and(|it| it == "wasm")).collect();
    files.sort();
    if files.is_empty() {
        let failure = Failure::usage(format!("the folder {} holds no pack", path.display()));
        return Err(failure.help("packs are files that end in .wasm"));
    }
    Ok(files)
}

const WHAT: &str = "`standard`, a WebAssembly component, or a folder of them";

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read the pack {}: {error}", path.display()))
        .help(format!("name {WHAT}"))
}
