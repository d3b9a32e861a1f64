//! Runs the fuzzer of the reader, which is in `host/reader/fuzz`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gen_dump::Form;

use crate::process::{Process, Result, root};

/// What the fuzzer tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Target {
    /// YAML, by the outline and by the full parser: both must read the same.
    Yaml,
    /// JSON, by the outline and by the full parser.
    Json,
    /// Texts, piece by piece and as a whole.
    Pieces,
    /// Anything, archives too: no panic, no hang, bounded memory.
    Input,
}

impl Target {
    const ALL: [Self; 4] = [Self::Yaml, Self::Json, Self::Pieces, Self::Input];

    fn name(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::Pieces => "pieces",
            Self::Input => "input",
        }
    }

    /// The folders of `seeds` with inputs for this target.
    fn seeds(self) -> &'static [&'static str] {
        match self {
            Self::Yaml => &["yaml"],
            Self::Json => &["json"],
            Self::Pieces => &["yaml", "json"],
            Self::Input => &["yaml", "json", "input"],
        }
    }

    /// The forms of generated dumps with which this target also begins.
    fn forms(self) -> &'static [Form] {
        match self {
            Self::Yaml => &[Form::List, Form::MultiDocument, Form::TypedList],
            Self::Json => &[Form::Json, Form::JsonIndented, Form::JsonAnswers],
            Self::Pieces | Self::Input => &[Form::List, Form::JsonIndented],
        }
    }
}

/// Kinds whose objects are small, so that the fuzzer is fast.
const KINDS: [&str; 5] = ["pods", "events", "applicationbackups", "backups", "secrets"];

/// No input is larger.
const MAX_BYTES: &str = "65536";

/// If one input takes this many seconds, the reader hangs.
const TIMEOUT: &str = "10";

/// Inputs of that size must not need more memory than this, in one piece or in all.
const MEBIBYTES: &str = "512";

/// How much freed memory is kept back to detect its use. The sanitizer's default is 256, and it
/// counts against the limit.
const FREED_MEBIBYTES: u32 = 32;

/// Fuzzes one target, or all in turn, each for this many minutes.
pub(crate) fn run(target: Option<Target>, minutes: u32) -> Result {
    check_tools()?;
    let targets = target.map_or(Target::ALL.to_vec(), |it| vec![it]);
    for target in targets {
        let folder = root().join("host/reader/fuzz");
        let corpus = folder.join("corpus").join(target.name());
        write_dumps(target, &corpus)?;
        let path = |it: PathBuf| it.display().to_string();
        let seeds = target.seeds().iter().map(|it| path(folder.join("seeds").join(it)));
        eprintln!("Fuzzing {} for {minutes} min.", target.name());
        Process::new("cargo")
            .args(["+nightly", "fuzz", "run", "--fuzz-dir", &path(folder.clone()), target.name()])
            .args([path(corpus)])
            .args(seeds)
            .args(["--"])
            .args([format!("-max_total_time={}", u64::from(minutes) * 60)])
            .args([format!("-max_len={MAX_BYTES}"), format!("-timeout={TIMEOUT}")])
            .args([format!("-rss_limit_mb={MEBIBYTES}"), format!("-malloc_limit_mb={MEBIBYTES}")])
            .args([format!("-dict={}", path(folder.join("dictionary")))])
            .env("ASAN_OPTIONS", format!("quarantine_size_mb={FREED_MEBIBYTES}"))
            .run()
            .map_err(|it| explain(target, &it))?;
    }
    Ok(())
}

fn check_tools() -> Result {
    if Process::new("cargo").args(["+nightly", "--version"]).output().is_none() {
        return Err("the fuzzer needs a nightly compiler, and none is installed; type: rustup \
            toolchain install nightly --profile minimal"
            .to_owned());
    }
    if Process::new("cargo").args(["fuzz", "--version"]).output().is_none() {
        return Err("the fuzzer is not installed; type: cargo install cargo-fuzz".to_owned());
    }
    Ok(())
}

fn explain(target: Target, failure: &str) -> String {
    let name = target.name();
    format!(
        "{failure}\nWhere the fuzzer has found something, it has written the input to \
         host/reader/fuzz/artifacts/{name}, and printed its name.\n\
         To see it again, type: cargo +nightly fuzz run --fuzz-dir host/reader/fuzz {name} FILE\n\
         To make it smaller: cargo +nightly fuzz tmin --fuzz-dir host/reader/fuzz {name} FILE"
    )
}

/// Writes small dumps to begin with, one for each kind and form.
fn write_dumps(target: Target, corpus: &Path) -> Result {
    fs::create_dir_all(corpus).map_err(|it| format!("cannot make {}: {it}", corpus.display()))?;
    for form in target.forms() {
        for kind in KINDS {
            let options = gen_dump::Options::of(kind, 2, *form)?;
            gen_dump::write_to(&options, &corpus.join(format!("{kind}-{}", form.file_name())))?;
        }
    }
    Ok(())
}
