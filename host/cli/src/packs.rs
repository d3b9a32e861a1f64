//! Loads the packs of a run: the built-in ones, and those that were named. What a pack may do, and
//! which of its rules run, is not known here.

use std::{env, path::PathBuf};

use rulebox_core::{NeedSet, PackFailure, text::escaped};
use rulebox_engine::{Cache, Engine, EngineError, Limits, Pack, PackSource};
use rulebox_reader::Reader;

use crate::{
    compiler,
    exit::{Exit, Failure},
    files::Identity,
    output,
    pack_args::{Packs, STANDARD, ShownPacks},
    pack_files,
};

/// The built-in packs by name, compiled for the processors that this binary is for.
static BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The packs that could be loaded, and why others could not.
pub(crate) struct Loaded {
    pub(crate) packs: Vec<Pack>,
    pub(crate) failures: Vec<PackFailure>,
    /// Why compiled packs are not kept, where they should be.
    pub(crate) note: Option<String>,
}

/// Loads the packs that were named. A pack that cannot be used is reported as a failure of that
/// pack; a file that does not exist is wrong usage and ends the run.
pub(crate) fn load(named: &Packs, limits: Limits) -> Result<Loaded, Failure> {
    let (engine, note) = engine(named, limits)?;
    let mut loaded = Loaded { packs: Vec::new(), failures: Vec::new(), note };
    // What was named twice, perhaps by another path, is loaded once.
    let mut seen = Vec::new();
    for (nth, word) in named.packs.iter().enumerate() {
        if word == STANDARD {
            for (name, bytes) in BUILT_IN.iter().filter(|_| !named.packs[..nth].contains(word)) {
                loaded.add(&engine, PackSource::Precompiled { name, bytes });
            }
            continue;
        }
        for file in pack_files::files(word)? {
            let identity = Identity::of(&file);
            if identity.is_some() && seen.contains(&identity) {
                continue;
            }
            seen.push(identity);
            let name = file.display().to_string();
            match pack_files::read(&file, engine.limits().pack_bytes)? {
                Ok(bytes) => loaded.add(&engine, PackSource::Bytes { name: &name, bytes: &bytes }),
                Err(failure) => loaded.failures.push(failure),
            }
        }
    }
    Ok(loaded)
}

/// The names of the built-in packs.
pub(crate) fn built_in() -> Vec<&'static str> {
    BUILT_IN.iter().map(|it| it.0).collect()
}

/// Loads the packs that were named, to show what they say of themselves. A pack that cannot be used
/// ends the run: there is nothing to show.
pub(crate) fn load_all(typed: &ShownPacks) -> Result<Vec<Pack>, Failure> {
    let Loaded { packs, failures, note } = load(&typed.named, (&typed.limits).into())?;
    output::note(note);
    match failures.into_iter().next() {
        None => Ok(packs),
        Some(PackFailure { pack, message, help, .. }) => {
            Err(Failure { exit: Exit::Pack, message: format!("pack {pack}: {message}"), help })
        }
    }
}

impl Loaded {
    fn add(&mut self, engine: &Engine, source: PackSource<'_>) {
        let foreign = matches!(source, PackSource::Bytes { .. });
        match engine.load(source) {
            Err(error) => self.failures.push(error.failure()),
            Ok(pack) if foreign && is_built_in(&pack.info().name) => {
                let name = &pack.info().name;
                let failed = failure(source, "reserved-name", format!("it calls itself `{name}`"));
                let help =
                    "that is a name of a built-in pack, `--pack standard`; give this one another";
                self.failures.push(PackFailure { help: help.to_owned(), ..failed });
            }
            Ok(pack) if foreign && unreadable(&pack).is_some() => {
                let why = unreadable(&pack).unwrap_or_default();
                let failed = failure(source, "invalid-need", why);
                let help = "correct the need in what the pack's `describe` returns";
                self.failures.push(PackFailure { help: help.to_owned(), ..failed });
            }
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

/// A failure of the pack of this file.
fn failure(source: PackSource<'_>, code: &str, message: String) -> PackFailure {
    let (PackSource::Precompiled { name, .. } | PackSource::Bytes { name, .. }) = source;
    PackFailure {
        cluster: String::new(),
        pack: escaped(name.to_owned()),
        rule: None,
        code: code.to_owned(),
        message: escaped(message),
        help: String::new(),
    }
}

/// Whoever reads `backup-center` in a report takes it for ours; so are our own names.
fn is_built_in(name: &str) -> bool {
    name == STANDARD || name == env!("CARGO_PKG_NAME") || BUILT_IN.iter().any(|it| it.0 == name)
}

/// Why nothing can be read for the pack's needs: a glob or a pattern that is none. Found here, it
/// is a failure of this pack; found where the needs of all packs are read, no pack would report.
fn unreadable(pack: &Pack) -> Option<String> {
    let mut needs = NeedSet::default();
    pack.add_needs(&mut needs);
    Reader::new(&needs).err().map(|it| it.to_string())
}

/// The engine, and why it does not keep compiled packs where it should.
fn engine(named: &Packs, limits: Limits) -> Result<(Engine, Option<String>), Failure> {
    // Built-in packs are compiled already: a cache would only make each start slower.
    let only_built_in = named.packs.iter().all(|it| it == STANDARD);
    let folder = cache_folder().filter(|_| !only_built_in);
    let engine = |cache| Engine::with_compiler(limits, cache, Box::new(compiler::compile));
    let made = engine(folder.map_or(Cache::Off, Cache::Directory));
    let (made, note) = match made {
        Err(error @ EngineError::Cache { .. }) => {
            let note = format!("packs are compiled at each start: {error}; {}", error.help());
            (engine(Cache::Off), Some(escaped(note)))
        }
        made => (made, None),
    };
    let made =
        made.map_err(|it| Failure { exit: Exit::Pack, help: it.help(), message: it.to_string() })?;
    Ok((made, note))
}

/// Where compiled packs are kept: in the user's cache folder. A user without one has none.
fn cache_folder() -> Option<PathBuf> {
    let folder = |variable| env::var_os(variable).map(PathBuf::from).filter(|it| it.is_absolute());
    let in_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    let home = || folder("HOME").map(|it| it.join(in_home));
    Some(folder("XDG_CACHE_HOME").or_else(home)?.join("rulebox/packs"))
}
