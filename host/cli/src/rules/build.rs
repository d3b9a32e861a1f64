//! `rulebox rules build`: finds out what a project is written in, has it compiled, and puts the
//! component where it is wanted once it can be loaded. How each language is compiled stands in a
//! file of its own.

mod javascript;
mod python;
mod rust;
mod tools;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use rulebox_core::shell_word;

use crate::{
    exit::{Exit, Failure},
    files::{self, Target},
    output,
    pack_args::{LoadLimits, Packs},
    packs::{self, Loaded},
    registries::Configured,
    rules::Language,
};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox rules build
  rulebox rules build my-rules/ -o packs/my-rules.wasm

It runs the compiler of the project's language, and through it code of the \
project, on this machine and outside of any sandbox: build what you trust. Each \
program is told before it runs. The first build of a project in JavaScript or \
Python fetches its compiler from npm or PyPI, cargo what Cargo.toml names; \
nothing else touches the network.";

/// What `rulebox rules build` takes.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The project's folder: with Cargo.toml, package.json, app.py or pack.yaml in it.
    #[arg(value_name = "FOLDER", default_value = ".", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    /// The component to write [default: PACK.wasm in the folder, after the pack's own name].
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// What the project is written in, where more than one of these files is there.
    #[arg(long, value_name = "LANGUAGE", ignore_case = true)]
    language: Option<Language>,
    #[command(flatten)]
    limits: LoadLimits,
}

/// The files by which a language is known; `pack.yaml` says itself whether it is CEL or Rego.
const MARKS: [(&str, Language); 4] = [
    ("pack.yaml", Language::Cel),
    ("Cargo.toml", Language::Rust),
    ("package.json", Language::Javascript),
    ("app.py", Language::Python),
];

/// What a folder holds a project in; empty where it holds none.
pub(crate) fn languages(folder: &Path) -> Vec<(&'static str, Language)> {
    MARKS.into_iter().filter(|it| folder.join(it.0).is_file()).collect()
}

/// Whether there is nothing to compile.
fn is_text(language: Language) -> bool {
    rulebox_author::Language::from(language).is_text()
}

/// Refuses a folder of a project that was not built yet.
pub(crate) fn built(folder: &Path) -> Result<(), Failure> {
    let is_project = folder.is_dir() && languages(folder).iter().any(|it| !is_text(it.1));
    if !is_project || components(folder).next().is_some() {
        return Ok(());
    }
    let word = folder.to_string_lossy();
    Err(Failure::usage(format!("the project in {word} is not built: it holds no component"))
        .help(format!("build it first: rulebox rules build {}", shell_word(&word))))
}

/// The components in a folder.
fn components(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path());
    entries.filter(|it| it.extension().is_some_and(|it| it == "wasm"))
}

/// What is wrong with a component that is older than what it was built from, and what to type:
/// tests of it show what the rules said before. `pack`: the component, or the folder of its
/// project.
pub(crate) fn stale(pack: &Path) -> Option<(String, String)> {
    let folder = if pack.is_dir() { pack } else { parent(pack) };
    // `standard`, and a pack of a registry, are no file.
    if !pack.exists() || languages(folder).is_empty() {
        return None;
    }
    let built = if pack.is_dir() { components(folder).next()? } else { pack.to_owned() };
    let source = newer(folder, &built)?;
    let (built, source) = (built.display(), source.display());
    let word = folder.to_string_lossy();
    let command = format!("rulebox rules build {}", shell_word(&word));
    Some((format!("{built} is older than {source}: it says what was built before"), command))
}

/// The same as one sentence.
pub(crate) fn stale_words(pack: &Path) -> Option<String> {
    stale(pack).map(|(what, command)| format!("{what}; type {command}"))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A source below a folder that was written later; what compilers and tests keep there is none.
fn newer(folder: &Path, than: &Path) -> Option<PathBuf> {
    const KEPT: [&str; 6] = ["target", "node_modules", "fixtures", "cases", "test", "tests"];
    const SOURCES: [&str; 5] = ["rs", "js", "mjs", "ts", "py"];
    let mut paths: Vec<_> = fs::read_dir(folder).ok()?.flatten().map(|it| it.path()).collect();
    paths.sort();
    paths.into_iter().find_map(|path| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        if name.starts_with('.') || KEPT.contains(&&*name) {
            return None;
        }
        if path.is_dir() && !path.is_symlink() {
            return newer(&path, than);
        }
        let is_source = path.extension().is_some_and(|it| SOURCES.iter().any(|one| it == *one));
        (is_source && tools::is_older(than, &path)).then_some(path)
    })
}

/// Builds, and gives what a person is told.
pub(crate) fn run(typed: &Build) -> Result<String, Failure> {
    let folder = &typed.folder;
    let language = language(typed)?;
    let named = typed.output.as_deref().map(Target::of).transpose()?;
    if is_text(language) {
        return checked(typed);
    }
    // Compilers are started in the project's folder, where a relative path would lead elsewhere.
    let cannot = |what: &str, it: &std::io::Error| Failure::usage(format!("cannot {what}: {it}"));
    let folder = folder.canonicalize().map_err(|it| cannot("find the folder", &it))?;
    let made = tempfile::Builder::new().prefix("rulebox-build-").tempdir();
    let made = made.map_err(|it| cannot("make a folder for the component", &it))?;
    let component = made.path().join("pack.wasm");
    match language {
        Language::Rust => rust::build(&folder, &component)?,
        Language::Javascript => javascript::build(&folder, &component)?,
        Language::Python => python::build(&folder, &component, made.path())?,
        Language::Cel | Language::Rego => {}
    }
    let bytes = fs::read(&component).map_err(|it| {
        cannot("read the component", &it)
            .help("the build has ended, and left none where it was told to")
    })?;
    let (name, said) = described(&component, &typed.limits)?;
    let target = match named {
        Some(target) => target,
        None => Target::of(&typed.folder.join(format!("{name}.wasm")))?,
    };
    if let Some(failure) = files::write(&[(&target, &bytes[..])]).into_iter().next() {
        return Err(failure);
    }
    let file = target.typed().to_string_lossy();
    let folder = typed.folder.to_string_lossy();
    let test = match (typed.output.is_some(), &*folder) {
        (false, ".") => "rulebox rules test".to_owned(),
        (false, folder) => format!("rulebox rules test {}", shell_word(folder)),
        (true, folder) => {
            format!("rulebox rules test {} --cases {}", shell_word(&file), shell_word(folder))
        }
    };
    let length = bytes.len();
    Ok(format!("built {}: {said}, {length} bytes\ntest it: {test}\n", shell_word(&file)))
}

fn language(typed: &Build) -> Result<Language, Failure> {
    let folder = &typed.folder;
    if !folder.is_dir() {
        return Err(Failure::usage(format!("{} is no folder", folder.display()))
            .help("name the folder of a project: rulebox rules build my-rules/"));
    }
    match (typed.language, &languages(folder)[..]) {
        (Some(language), _) => Ok(language),
        (None, [(_, language)]) => Ok(*language),
        (None, []) => {
            let marks = MARKS.map(|it| it.0).join(", ");
            Err(Failure::usage(format!("{} holds no project of rules", folder.display())).help(
                format!(
                    "one of these files tells its language: {marks}; begin one by `rulebox rules \
                     new`"
                ),
            ))
        }
        (None, several) => {
            let files: Vec<_> = several.iter().map(|it| it.0).collect();
            let message = format!("{} holds {}", folder.display(), files.join(" and "));
            Err(Failure::usage(message).help("say which of them is built: --language rust"))
        }
    }
}

/// A pack that is text is not compiled: that it can be loaded is all.
fn checked(typed: &Build) -> Result<String, Failure> {
    if typed.output.is_some() {
        return Err(Failure::usage("a pack of YAML is not compiled, so that nothing is written")
            .help("leave -o out: the pack is pack.yaml, or its folder"));
    }
    let (_, said) = described(&typed.folder.join("pack.yaml"), &typed.limits)?;
    Ok(format!("there is nothing to compile: {said}\n"))
}

/// The name of the pack, and what a person is told of it.
fn described(pack: &Path, limits: &LoadLimits) -> Result<(String, String), Failure> {
    let named = Packs { packs: vec![pack.to_string_lossy().into_owned()], ..Packs::default() };
    let Loaded { packs, failures, notes, .. } =
        packs::load(&named, &Configured::default(), limits.into())?;
    output::note(notes);
    match (failures.into_iter().next(), &packs[..]) {
        (None, [pack]) => {
            let info = pack.info();
            let rules = match info.rules.len() {
                1 => "1 rule".to_owned(),
                many => format!("{many} rules"),
            };
            let said = format!("the pack {} {} with {rules}", info.name, info.version);
            Ok((info.name.clone(), said))
        }
        (Some(it), _) => Err(Failure {
            exit: Exit::Pack,
            message: format!("what was built cannot be used: {}", it.message),
            help: it.help,
        }),
        (None, _) => Err(Failure::usage("what was built is not one pack")),
    }
}
