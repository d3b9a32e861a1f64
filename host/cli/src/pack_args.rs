//! Which packs are loaded, which of their rules run, and what packs may take, as clap parses it:
//! for each command that loads packs. What it means is decided elsewhere.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use rulebox_core::shell_word;
use rulebox_engine::Limits;
use rulebox_registry::Reference;
use rulebox_report::Collect;

use crate::{
    numbers::{MIB, Seconds, count, mebibytes, mib},
    registry_args::FromRegistries,
};

/// The heading of what chooses and adjusts rules.
pub(crate) const RULES: &str = "Rules and packs";

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = RULES)]
pub(crate) struct Packs {
    /// A pack of rules: `standard` for the built-in ones, a WebAssembly component, a YAML file, a
    /// folder of them, or one of a registry: oci://registry.example/acme/rules:1.0; repeatable.
    #[arg(long = "pack", value_name = "standard|FILE|DIR|oci://…", default_value = STANDARD)]
    pub(crate) packs: Vec<String>,
    #[command(flatten)]
    pub(crate) registries: FromRegistries,
}

/// The word for the built-in packs.
pub(crate) const STANDARD: &str = "standard";

/// What loads packs to show what they say of themselves.
#[derive(Debug, Args)]
pub(crate) struct ShownPacks {
    #[command(flatten)]
    pub(crate) named: Packs,
    #[command(flatten)]
    pub(crate) limits: LoadLimits,
    /// A configuration, as `rulebox check --help` shows it; repeatable, a later one wins. Here
    /// counts what it says of registries, and of namespaces, whose labels are asked for.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = RULES)]
    pub(crate) config: Vec<PathBuf>,
}

/// The heading of what packs may use.
const PACK_LIMITS: &str = "Limits of packs";

/// What a process of this program is told that compiles a pack.
#[derive(Debug, Args)]
pub(crate) struct CompilePack {
    #[arg(long)]
    pub(crate) pack_bytes: usize,
    #[arg(long)]
    pub(crate) memory_bytes: u64,
    #[arg(long)]
    pub(crate) cpu_seconds: u64,
    /// Whether what it compiles to counts its instructions.
    #[arg(long)]
    pub(crate) metered: bool,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = RULES)]
pub(crate) struct Choice {
    /// Only this rule: `vault-unavailable`, or `backup-center/vault-unavailable`; repeatable.
    #[arg(long, value_name = "RULE")]
    pub(crate) rule: Vec<String>,
    /// Leave this rule out; repeatable.
    #[arg(long, value_name = "RULE")]
    pub(crate) skip_rule: Vec<String>,
}

/// The arguments by which another command chooses the same rules of the same packs, each behind a
/// blank; none where all built-in ones are chosen.
pub(crate) fn chosen(named: &Packs, Choice { rule, skip_rule }: &Choice) -> String {
    let Packs { packs, registries } = named;
    let standard = packs.iter().all(|it| it == STANDARD);
    let from = packs.iter().any(|it| Reference::is_one(it)).then(|| registries.again());
    let packs = packs.iter().filter(|_| !standard).map(|it| ("--pack", it));
    let rules = rule.iter().map(|it| ("--rule", it));
    let skipped = skip_rule.iter().map(|it| ("--skip-rule", it));
    let all = packs.chain(rules).chain(skipped);
    let all =
        all.fold(String::new(), |text, (option, it)| text + " " + option + " " + &shell_word(it));
    all + &from.unwrap_or_default()
}

/// What to type to be given all that rules need: `arguments` choose them, each behind a blank.
pub(crate) fn collect_by(arguments: &str) -> Collect {
    let command = |begin: &str, end: &str| format!("{begin}{arguments} {end}");
    Collect {
        script: command("rulebox needs --script", "> collect.sh"),
        bundle: command("rulebox collect", "-o bundle.tar.gz"),
    }
}

/// The names are looked up later, among the rules of the packs that were loaded.
impl From<&Choice> for rulebox_run::Choice {
    fn from(typed: &Choice) -> Self {
        let Choice { rule, skip_rule } = typed;
        Self { rules: rule.clone(), skip_rules: skip_rule.clone() }
    }
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = PACK_LIMITS)]
pub(crate) struct PackLimits {
    #[command(flatten)]
    pub(crate) load: LoadLimits,
    /// How long a pack may take for one evaluation: half of it for all its rules
    /// together, the rest for one after the other if that fails.
    #[arg(long, value_name = "DURATION", default_value_t = Seconds(Limits::default().deadline))]
    pub(crate) pack_deadline: Seconds,
    /// How much memory a pack may use, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = mib(Limits::default().memory_bytes as u64))]
    #[arg(value_parser = mebibytes::<4096>)]
    pub(crate) pack_memory: u32,
    /// How many findings a pack may report.
    #[arg(long, value_name = "N", default_value_t = Limits::default().findings)]
    #[arg(value_parser = count)]
    pub(crate) pack_findings: usize,
    /// How many samples of metrics a pack may give.
    #[arg(long, value_name = "N", default_value_t = Limits::default().samples)]
    #[arg(value_parser = count)]
    pub(crate) pack_samples: usize,
    /// How much a pack may report in all, in MiB: texts, and the records that hold them.
    #[arg(long, value_name = "MIB", default_value_t = mib(Limits::default().output_bytes as u64))]
    #[arg(value_parser = mebibytes::<4096>)]
    pub(crate) pack_output: u32,
}

/// What a pack may take before it is asked anything.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = PACK_LIMITS)]
pub(crate) struct LoadLimits {
    /// How large the file of a pack may be, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = mib(Limits::default().pack_bytes as u64))]
    #[arg(value_parser = mebibytes::<1024>)]
    pub(crate) pack_size: u32,
    /// How much processor time compiling a pack may take.
    #[arg(long, value_name = "DURATION")]
    #[arg(default_value_t = Seconds(Limits::default().compile_deadline))]
    pub(crate) pack_compile_deadline: Seconds,
    /// How much memory compiling a pack may take, in MiB.
    #[arg(long, value_name = "MIB")]
    #[arg(default_value_t = mib(Limits::default().compile_memory_bytes as u64))]
    #[arg(value_parser = mebibytes::<65536>)]
    pub(crate) pack_compile_memory: u32,
}

impl From<&LoadLimits> for Limits {
    fn from(typed: &LoadLimits) -> Self {
        let LoadLimits { pack_size, pack_compile_deadline, pack_compile_memory } = typed;
        Self {
            pack_bytes: *pack_size as usize * MIB,
            compile_deadline: pack_compile_deadline.0,
            compile_memory_bytes: *pack_compile_memory as usize * MIB,
            ..Self::default()
        }
    }
}

impl From<&PackLimits> for Limits {
    fn from(typed: &PackLimits) -> Self {
        let PackLimits {
            load,
            pack_deadline,
            pack_memory,
            pack_findings,
            pack_samples,
            pack_output,
        } = typed;
        Self {
            deadline: pack_deadline.0,
            memory_bytes: *pack_memory as usize * MIB,
            findings: *pack_findings,
            samples: *pack_samples,
            output_bytes: *pack_output as usize * MIB,
            ..load.into()
        }
    }
}
