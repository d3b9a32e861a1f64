//! Loads the packs of a run: the built-in ones, and those that were named. What a pack may do, and
//! which of its rules run, is not known here.

use std::{env, io::Read as _, path::PathBuf, sync::LazyLock};

use flate2::read::GzDecoder;

use rulebox_core::{NeedSet, PackFailure, PackInfo, text::escaped};
use rulebox_engine::{
    Cache, Code, Engine, EngineError, Interpreter, Limits, Pack, PackSource, PackText,
};
use rulebox_reader::Reader;
use rulebox_registry::{Content, PACK_FILE, Pulled, Reference};
use rulebox_run::Config;

use crate::{
    compiler,
    config::{self, ConfigFiles},
    exit::{Exit, Failure},
    files::Identity,
    output,
    pack_args::{Packs, STANDARD, ShownPacks},
    pack_files, pack_parts, pack_texts,
    registries::{self, Configured, Registries},
};

/// A name, what a component was compiled to for the processors that this binary is for, and the
/// component as gzip, to compile it to other code.
type Carried = (&'static str, &'static [u8], &'static [u8]);

/// The built-in packs by name.
static BUILT_IN: &[Carried] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// What evaluates packs that are written as text, by the language of their expressions.
static INTERPRETERS: &[Carried] = include!(concat!(env!("OUT_DIR"), "/interpreters.rs"));

/// The components of the interpreters, in their order.
static COMPONENTS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| INTERPRETERS.iter().map(|it| unpacked(it.2)).collect());

/// The packs that could be loaded, and why others could not.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(crate) packs: Vec<Pack>,
    pub(crate) failures: Vec<PackFailure>,
    /// Why packs are not kept, compiled or as they were pulled, where they should be.
    pub(crate) notes: Vec<String>,
    /// What was pulled of registries, each pack once.
    pub(crate) pulled: Vec<(Reference, Pulled)>,
    /// Those of the failures that another try may not have: what no registry has given.
    pub(crate) not_pulled: Vec<PackFailure>,
}

/// Loads the packs that were named. A pack that cannot be used is reported as a failure of that
/// pack; a file that does not exist is wrong usage and ends the run.
pub(crate) fn load(
    named: &Packs,
    configured: &Configured,
    limits: Limits,
) -> Result<Loaded, Failure> {
    load_as(Code::Plain, named, configured, limits)
}

/// The same as other code. What is metered is compiled anew where it is not kept, what this program
/// carries too.
pub(crate) fn load_as(
    code: Code,
    named: &Packs,
    configured: &Configured,
    limits: Limits,
) -> Result<Loaded, Failure> {
    // What is compiled already needs no cache: to look into it would only make each start slower.
    let is_carried = code == Code::Plain && named.packs.iter().all(|it| it == STANDARD);
    let (engine, note) = engine(code, !is_carried, limits)?;
    let notes = note.into_iter().collect();
    let mut loaded = Loaded { notes, ..Loaded::default() };
    let mut registries = None;
    // What was named twice, perhaps by another path, is loaded once.
    let mut seen = Vec::new();
    for (nth, word) in named.packs.iter().enumerate() {
        if word == STANDARD {
            for it in BUILT_IN.iter().filter(|_| !named.packs[..nth].contains(word)) {
                loaded.add_built_in(&engine, code, it);
            }
            continue;
        }
        if Reference::is_one(word) {
            let reference = registries::reference(word)?;
            // Read for the first that needs it: others have no use for keys and logins.
            if registries.is_none() {
                let most = engine.limits().pack_bytes;
                let made = Registries::new(&named.registries, configured, most)?;
                loaded.notes.extend(made.note.clone());
                registries = Some(made);
            }
            let from = registries.as_ref().expect("it was just made");
            match from.pull(&reference)? {
                Ok(it) if loaded.pulled.iter().any(|known| known.1.digest == it.digest) => {}
                Ok(it) => {
                    let name = reference.to_string();
                    loaded.add_pulled(&engine, code, &name, &it.content);
                    loaded.pulled.push((reference, it));
                }
                Err(failure) => {
                    loaded.not_pulled.push(failure.clone());
                    loaded.failures.push(failure);
                }
            }
            continue;
        }
        loaded.notes.extend(pack_files::skipped(word));
        for file in pack_files::files(word)? {
            let identity = Identity::of(&file);
            if identity.is_some() && seen.contains(&identity) {
                continue;
            }
            seen.push(identity);
            let name = file.display().to_string();
            let most = engine.limits().pack_bytes;
            if pack_parts::is_text(&file) {
                match pack_texts::read(&file, most)? {
                    Ok(texts) => loaded.add(&engine, interpreted(code, &name, &texts)),
                    Err(failure) => loaded.failures.push(failure),
                }
                continue;
            }
            match pack_files::read(&file, most)? {
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

/// How long the components of the built-in packs are together.
pub(crate) fn built_in_bytes() -> u64 {
    BUILT_IN.iter().map(|it| unpacked(it.2).len() as u64).sum()
}

/// Loads the packs that were named, to show what they say of themselves. A pack that cannot be used
/// ends the run: there is nothing to show.
pub(crate) fn load_all(typed: &ShownPacks) -> Result<Vec<Pack>, Failure> {
    let (config, files) = config::read(&typed.config)?;
    load_configured(typed, &config, &files)
}

/// The same, with a configuration that was read.
pub(crate) fn load_configured(
    typed: &ShownPacks,
    config: &Config,
    files: &ConfigFiles,
) -> Result<Vec<Pack>, Failure> {
    Ok(load_whole(typed, &Configured::of(config, files)?)?.packs)
}

/// The same, with what was pulled of registries.
pub(crate) fn load_whole(typed: &ShownPacks, configured: &Configured) -> Result<Loaded, Failure> {
    let mut loaded = load(&typed.named, configured, (&typed.limits).into())?;
    output::note(std::mem::take(&mut loaded.notes));
    match loaded.failures.pop() {
        None => Ok(loaded),
        Some(last) => {
            for PackFailure { pack, message, help, .. } in loaded.failures {
                output::note(Some(format!("pack {pack}: {message}; {help}")));
            }
            Err(refusal(last))
        }
    }
}

/// What a component says of itself; an error where it cannot be used.
pub(crate) fn look(name: &str, bytes: &[u8], limits: Limits) -> Result<PackInfo, Failure> {
    let (engine, _) = engine(Code::Plain, true, limits)?;
    Ok(of_engine(&engine, name, bytes)?.info().clone())
}

/// The pack of a component that no file holds, as such code, which is kept.
pub(crate) fn of_component(
    code: Code,
    name: &str,
    bytes: &[u8],
    limits: Limits,
) -> Result<Pack, Failure> {
    let (engine, _) = engine(code, true, limits)?;
    of_engine(&engine, name, bytes)
}

fn of_engine(engine: &Engine, name: &str, bytes: &[u8]) -> Result<Pack, Failure> {
    let mut loaded = Loaded::default();
    loaded.add(engine, PackSource::Bytes { name, bytes });
    match (loaded.packs.pop(), loaded.failures.pop()) {
        (Some(pack), _) => Ok(pack),
        (None, failed) => Err(refusal(failed.expect("it was loaded, or it failed"))),
    }
}

/// What ends a run of which one pack is all.
pub(crate) fn refusal(PackFailure { pack, message, help, .. }: PackFailure) -> Failure {
    Failure { exit: Exit::Pack, message: format!("pack {pack}: {message}"), help }
}

impl Loaded {
    /// Adds what a registry holds: a component, or the texts of a pack.
    fn add_pulled(&mut self, engine: &Engine, code: Code, name: &str, content: &Content) {
        let files: Vec<_> = match content {
            Content::Component(bytes) => {
                return self.add(engine, PackSource::Bytes { name, bytes });
            }
            Content::Text(bytes) => vec![(name.to_owned(), bytes)],
            // The file that says what the others are comes first.
            Content::Folder(files) => {
                let mut files: Vec<_> = files.iter().collect();
                files.sort_by_key(|it| it.0 != PACK_FILE);
                files.into_iter().map(|(path, it)| (format!("{name}/{path}"), it)).collect()
            }
        };
        let texts = files.into_iter().map(|(path, bytes)| pack_texts::text(path, bytes.clone()));
        match texts.collect::<Result<Vec<_>, _>>() {
            Ok(texts) => self.add(engine, interpreted(code, name, &texts)),
            Err(failure) => self.failures.push(*failure),
        }
    }

    fn add_built_in(&mut self, engine: &Engine, code: Code, (name, compiled, component): &Carried) {
        let component = (code == Code::Metered).then(|| unpacked(component));
        let source = match &component {
            None => PackSource::Precompiled { name, bytes: compiled },
            Some(bytes) => PackSource::Bytes { name, bytes },
        };
        match engine.load(source) {
            Err(error) => self.failures.extend(error.failures()),
            Ok(pack) => self.packs.push(pack),
        }
    }

    fn add(&mut self, engine: &Engine, source: PackSource<'_>) {
        match engine.load(source) {
            Err(error) => self.failures.extend(error.failures()),
            Ok(pack) if is_built_in(&pack.info().name) => {
                let name = &pack.info().name;
                let failed = failure(source, "reserved-name", format!("it calls itself `{name}`"));
                let help =
                    "that is a name of a built-in pack, `--pack standard`; give this one another";
                self.failures.push(PackFailure { help: help.to_owned(), ..failed });
            }
            Ok(pack) if unreadable(&pack).is_some() => {
                let why = unreadable(&pack).unwrap_or_default();
                let failed = failure(source, "invalid-need", why);
                let help = "correct the need in what the pack's `describe` returns";
                self.failures.push(PackFailure { help: help.to_owned(), ..failed });
            }
            Ok(pack) if self.packs.iter().any(|it| it.info().name == pack.info().name) => {
                let name = &pack.info().name;
                let message = format!("another pack that was named before calls itself `{name}`");
                let failed = failure(source, "duplicate-pack", message);
                let help = "name it once, or give one of the two another name";
                self.failures.push(PackFailure { help: help.to_owned(), ..failed });
            }
            Ok(pack) => self.packs.push(pack),
        }
    }
}

/// A failure of the pack of this file.
fn failure(source: PackSource<'_>, code: &str, message: String) -> PackFailure {
    let pack = escaped(source.name().to_owned());
    PackFailure::of_pack(pack, code, escaped(message), String::new())
}

/// A pack that is written as text, with what evaluates it.
fn interpreted<'a>(code: Code, name: &'a str, texts: &'a [PackText]) -> PackSource<'a> {
    let language = pack_texts::language(texts);
    let nth = INTERPRETERS.iter().position(|it| it.0 == language).expect("it is built in");
    let interpreter = match code {
        Code::Plain => Interpreter::Precompiled(INTERPRETERS[nth].1),
        Code::Metered => Interpreter::Component(&COMPONENTS[nth]),
    };
    PackSource::Interpreted { name, interpreter, texts }
}

/// A component that this program carries.
fn unpacked(gzip: &[u8]) -> Vec<u8> {
    let mut component = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut component).expect("the build has packed it");
    component
}

/// Whoever reads `backup-center` in a report takes it for ours; so are our own names.
pub(crate) fn is_built_in(name: &str) -> bool {
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
fn engine(code: Code, keeps: bool, limits: Limits) -> Result<(Engine, Option<String>), Failure> {
    let folder = cache_folder().filter(|_| keeps);
    let engine = |cache| Engine::with_compiler(limits, code, cache, Box::new(compiler::compile));
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
