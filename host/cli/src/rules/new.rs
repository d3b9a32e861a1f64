//! `rulebox rules new`: writes a project to begin with into a folder that holds nothing.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum, ValueHint};
use rulebox_core::shell_word;

use crate::{exit::Failure, files::words, packs};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox rules new --language cel acme-rules
  rulebox rules new --language rust acme-rules --to packs/acme

The project has one rule with its documentation, fixtures and a test, a README, \
and what builds and tests it in GitHub's and GitLab's pipelines. It needs nothing \
of Rulebox but this program, to build and to test:
  rulebox rules build acme-rules
  rulebox rules test acme-rules";

/// What `rulebox rules new` takes.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// What to write rules in: expressions in YAML (cel) or policies (rego), which need no
    /// compiler, or a language that makes a component.
    #[arg(long, value_name = "LANGUAGE", ignore_case = true)]
    language: Language,
    /// The name of the pack and of the project: small letters, digits, and dashes between them.
    name: String,
    /// The folder to write to, which is made; it may exist if it is empty [default: NAME].
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    to: Option<PathBuf>,
}

/// What rules are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Cel,
    Rust,
    Javascript,
    Python,
    Rego,
}

impl From<Language> for rulebox_author::Language {
    fn from(typed: Language) -> Self {
        match typed {
            Language::Cel => Self::Cel,
            Language::Rust => Self::Rust,
            Language::Javascript => Self::JavaScript,
            Language::Python => Self::Python,
            Language::Rego => Self::Rego,
        }
    }
}

/// Writes the project, and gives what a person is told.
pub(crate) fn run(typed: &New) -> Result<String, Failure> {
    let New { language, name, to } = typed;
    if packs::is_built_in(name) {
        return Err(Failure::usage(format!("`{name}` is a name of Rulebox's own packs"))
            .help("name yours after your organisation: acme-rules"));
    }
    let files = rulebox_author::project((*language).into(), name).map_err(|it| {
        Failure::usage(format!("`{name}` cannot be the name of a pack: {it}"))
            .help("name it like this: acme-rules")
    })?;
    let folder = to.clone().unwrap_or_else(|| PathBuf::from(name));
    empty(&folder)?;
    for (path, text) in &files {
        let path = folder.join(path);
        write(&path, text).map_err(|it| {
            Failure::usage(format!("cannot write {}: {}", path.display(), words(&it)))
        })?;
    }
    let shown = folder.to_string_lossy();
    let word = shell_word(&shown);
    let list = files.iter().map(|(path, _)| format!("  {path}\n"));
    let list = list.collect::<String>();
    Ok(format!(
        "wrote {word}:\n{list}next:\n  cd {word}\n  rulebox rules build\n  rulebox rules test\n"
    ))
}

/// Makes the folder; refuses one that holds something.
fn empty(folder: &Path) -> Result<(), Failure> {
    let refused = |why: &str| {
        Failure::usage(format!("cannot write a project to {}: {why}", folder.display()))
            .help("name a folder that is not there yet: --to FOLDER")
    };
    fs::create_dir_all(folder).map_err(|it| refused(&words(&it)))?;
    let first = fs::read_dir(folder).map_err(|it| refused(&words(&it)))?.next();
    if first.is_some() { Err(refused("it is not empty")) } else { Ok(()) }
}

/// A new file: none is written over.
fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::File::create_new(path)?.write_all(text.as_bytes())
}
