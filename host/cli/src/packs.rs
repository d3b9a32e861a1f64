//! Loads the packs of a run: the built-in ones, and those that were named. What a pack may do, and
//! which of its rules run, is not known here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rulebox_core::PackFailure;
use rulebox_engine::{Cache, Engine, Limits, Pack, PackSource};

use crate::{
    args::{PackLimits, Packs},
    exit::{Exit, Failure},
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
    for word in &named.packs {
        if word == "standard" {
            for (name, bytes) in BUILT_IN {
                loaded.add(&engine, PackSource::Precompiled { name, bytes });
            }
        } else {
            for file in files(Path::new(word))? {
                let bytes = fs::read(&file).map_err(|it| cannot_read(&file, &it))?;
                loaded.add(
                    &engine,
                    PackSource::Bytes { name: &file.display().to_string(), bytes: &bytes },
                );
            }
        }
    }
    Ok(loaded)
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
    let mut values = Limits::default();
    if let Some(typed) = limits {
        const MIB: usize = 1 << 20;
        let PackLimits { pack_deadline, pack_memory, pack_findings, pack_samples, pack_output } =
            typed;
        values.deadline = pack_deadline.unwrap_or(values.deadline);
        values.memory_bytes = pack_memory.map_or(values.memory_bytes, |it| it as usize * MIB);
        values.findings = pack_findings.unwrap_or(values.findings);
        values.samples = pack_samples.unwrap_or(values.samples);
        values.output_bytes = pack_output.map_or(values.output_bytes, |it| it as usize * MIB);
    }
    // Built-in packs are compiled already: a cache would only make each start slower.
    let only_built_in = named.packs.iter().all(|it| it == "standard");
    let cache = if only_built_in { Cache::Off } else { Cache::Default };
    Engine::new(values, cache).map_err(|it| Failure {
        exit: Exit::Pack,
        help: it.help(),
        message: it.to_string(),
    })
}

/// The file, or the `.wasm` files of a folder, sorted.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
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

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read the pack {}: {error}", path.display()))
        .help("name `standard`, a WebAssembly component, or a folder of them")
}
