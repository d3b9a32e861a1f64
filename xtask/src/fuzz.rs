//! Runs the fuzzer of `host/fuzz`: libFuzzer on one kind of input after the other, from the seeds
//! on.

mod instrument;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum as _;
use gen_dump::Form;

use crate::{
    process::{Process, Result, root},
    wasm::target_dir,
};

pub(crate) use instrument::stand_in;

/// What the fuzzer tests; `host/fuzz` says what it holds of each.
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
    /// Archives with pods in them: each pod is read, or it is a loss.
    Archive,
    /// Files of packs, before they are compiled.
    Component,
    /// What packs say of themselves.
    Description,
    /// Settings, and schemas of them.
    Settings,
    /// Packs in YAML and CEL: problems have places, and what is loaded is accepted.
    RulePack,
    /// Reports as text: nothing hidden, and no line but ours.
    Text,
    /// Reports as metrics: what is written can be read.
    Prometheus,
}

/// What to do with the targets.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// What to feed; without it, everything, one after the other.
    #[arg(value_enum)]
    target: Option<Target>,
    /// How long, for each target.
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
    /// How long in seconds, for each target.
    #[arg(long, value_name = "N", conflicts_with = "minutes")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    seconds: Option<u32>,
    /// Feed only this file: to see again what was found.
    #[arg(long, value_name = "FILE", requires = "target")]
    input: Option<PathBuf>,
    /// Afterwards, add to the seeds what covers more than they do.
    #[arg(long)]
    keep: bool,
}

/// Kinds whose objects are small, so that the fuzzer is fast.
const KINDS: [&str; 5] = ["pods", "events", "applicationbackups", "backups", "secrets"];

/// No input is larger: of larger ones there are few in a second.
const MAX_BYTES: &str = "16384";

/// No input that becomes a seed is larger.
const MAX_SEED_BYTES: &str = "2048";

/// If one input takes this many seconds, something hangs; a thousandth of it is usual, and the
/// machine may be busy.
const TIMEOUT: &str = "30";

/// Inputs of that size must not need more memory than this.
const MEBIBYTES: &str = "768";

/// Fuzzes one target, or all in turn.
pub(crate) fn run(options: &Options) -> Result {
    let Options { target, minutes, seconds, input, keep } = options;
    let fuzzer = instrument::build()?;
    if let (Some(target), Some(input)) = (target, input) {
        let here = std::env::current_dir().unwrap_or_default();
        return target.process(&fuzzer).args([here.join(input)]).run();
    }
    let seconds = seconds.map_or(u64::from(*minutes) * 60, u64::from);
    let targets = target.as_ref().map_or(Target::value_variants(), std::slice::from_ref);
    for target in targets {
        target.fuzz(&fuzzer, seconds)?;
        if *keep {
            target.keep(&fuzzer)?;
        }
    }
    Ok(())
}

impl Target {
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
    }

    /// The forms of generated dumps with which this target also begins.
    fn forms(self) -> &'static [Form] {
        match self {
            Self::Yaml => &[Form::List, Form::MultiDocument, Form::TypedList],
            Self::Json => &[Form::Json, Form::JsonIndented, Form::JsonAnswers],
            Self::Pieces | Self::Input => &[Form::List, Form::JsonIndented],
            _ => &[],
        }
    }

    fn seeds(self) -> PathBuf {
        root().join("host/fuzz/seeds").join(self.name())
    }

    /// What earlier runs have found to cover more.
    fn corpus(self) -> PathBuf {
        target_dir().join("fuzz/corpus").join(self.name())
    }

    /// The fuzzer, told what to feed.
    fn process(self, fuzzer: &Path) -> Process {
        Process::new(&fuzzer.to_string_lossy())
            .env("RULEBOX_FUZZ", self.name())
            .args([format!("-timeout={TIMEOUT}"), format!("-rss_limit_mb={MEBIBYTES}")])
    }

    fn fuzz(self, fuzzer: &Path, seconds: u64) -> Result {
        let name = self.name();
        let found = target_dir().join("fuzz/found").join(&name);
        for folder in [&found, &self.corpus()] {
            make(folder)?;
        }
        self.write_dumps()?;
        let log = target_dir().join("fuzz").join(format!("{name}.log"));
        let result = self
            .process(fuzzer)
            .args([self.corpus(), self.seeds()])
            .args([format!("-max_total_time={seconds}"), format!("-max_len={MAX_BYTES}")])
            .args([format!("-artifact_prefix={}/", found.display())])
            .args([format!("-dict={}", root().join("host/fuzz/dictionary").display())])
            .run_into(&log);
        let said = fs::read(&log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        result.map_err(|it| self.explain(&it, &said))?;
        eprintln!("fuzz {name}: {}", summary(&said));
        Ok(())
    }

    fn explain(self, failure: &str, said: &str) -> String {
        let name = self.name();
        let is_news = |it: &&str| !it.starts_with(['#', '\t']) && !it.starts_with("INFO:");
        let said: Vec<_> = said.lines().filter(is_news).collect();
        format!(
            "{}\n{failure}\n\
             What was found is above, and the name of the file that holds the input.\n\
             To see it again, type: cargo xtask fuzz {name} --input FILE\n\
             To keep it as a test, copy the file to host/fuzz/seeds/{name}; `cargo test --package \
             rulebox-fuzz` replays what is there, and fails until it is mended.",
            said.join("\n")
        )
    }

    /// Adds to the seeds what covers more than they do.
    fn keep(self, fuzzer: &Path) -> Result {
        self.process(fuzzer)
            .args(["-set_cover_merge=1", "-verbosity=0"])
            .args([format!("-max_len={MAX_SEED_BYTES}")])
            .args([self.seeds(), self.corpus()])
            .run()
    }

    /// Writes small dumps to begin with, one for each kind and form.
    fn write_dumps(self) -> Result {
        for form in self.forms() {
            for kind in KINDS {
                let options = gen_dump::Options::of(kind, 2, *form)?;
                let path = self.corpus().join(format!("{kind}-{}", form.file_name()));
                gen_dump::write_to(&options, &path)?;
            }
        }
        Ok(())
    }
}

/// What libFuzzer says in the end: how many inputs it has run, and how many edges they cover.
fn summary(said: &str) -> String {
    let last = said.lines().rev().find(|it| it.starts_with('#') && it.contains(" cov: "));
    let words: Vec<_> = last.unwrap_or_default().split_whitespace().collect();
    let behind =
        |word: &str| words.iter().position(|it| *it == word).and_then(|at| words.get(at + 1));
    let runs = words.first().map_or("0", |it| it.trim_start_matches('#'));
    let [edges, rate] = ["cov:", "exec/s:"].map(|it| behind(it).copied().unwrap_or("no"));
    format!("{runs} inputs, {rate} in a second, {edges} edges covered")
}

fn make(folder: &Path) -> Result {
    fs::create_dir_all(folder).map_err(|it| format!("cannot make {}: {it}", folder.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_target_is_one_that_has_seeds() {
        let names: BTreeSet<_> = Target::value_variants().iter().map(|it| it.name()).collect();
        let folders = fs::read_dir(root().join("host/fuzz/seeds")).expect("the seeds");
        let folders = folders.map(|it| it.expect("a folder").file_name());
        let folders: BTreeSet<_> = folders.map(|it| it.to_string_lossy().into_owned()).collect();
        assert_eq!(names, folders);
    }
}
