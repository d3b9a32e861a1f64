//! What was typed, as clap parses it. What it means is decided elsewhere.

use std::{path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use jiff::Timestamp;
use rulebox_core::text::is_hidden;
use rulebox_report::Format;
use rulebox_run::FailOn;

use crate::exit;

/// Rules for Kubernetes, on a dump of a cluster or on a live one.
///
/// Rulebox says what is broken, why, and what to type. Rules are WebAssembly components in a
/// sandbox: they see the objects that they ask for and nothing else. Nothing touches the network
/// unless an argument names it.
#[derive(Debug, Parser)]
#[command(name = "rulebox", version, after_long_help = exit::HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to colour: on a terminal unless NO_COLOR is set, always, or never.
    #[arg(long, global = true, value_name = "WHEN", default_value_t, value_enum)]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Evaluate rules on dumps or clusters, and report findings.
    #[command(after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
    Check(Box<Check>),
    /// List or explain rules.
    Rules {
        #[command(subcommand)]
        command: Rules,
    },
    /// Print the JSON Schema of the json output, or of a pack's settings.
    Schema {
        /// A pack; without it, the schema of `check -o json`.
        pack: Option<String>,
        #[command(flatten)]
        packs: Packs,
    },
    /// Print a completion script for a shell: `source <(rulebox completions bash)`.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

const EXAMPLES: &str = "\
Examples:
  kubectl get all,events -A -o yaml | rulebox check -
  rulebox check bundle.tar.gz must-gather/ extra.yaml
  rulebox check dump.yaml -o text -o json=findings.json -o prometheus=rulebox.prom
  rulebox check --cluster source=east.yaml --cluster target=west.yaml
  rulebox check --live --context prod --namespace csdr
  rulebox check dump.yaml --rule vault-unavailable --as-of 2026-09-15T02:30:00Z

What a dump does not show is reported as `no data`, never as healthy. The rules of the backup \
center ask for this (leave out the kinds that your cluster does not have):
  kubectl get -A -o yaml > dump.yaml \\
  backuplocations.csdr.alibabacloud.com,applicationbackups.csdr.alibabacloud.com,\
applicationrestores.csdr.alibabacloud.com,converttosnapshots.csdr.alibabacloud.com,\
deleterequests.csdr.alibabacloud.com,backupstoragelocations.velero.io,backups.velero.io,\
restores.velero.io,schedules.velero.io,volumesnapshots.snapshot.storage.k8s.io,pods,\
deployments.apps,daemonsets.apps,events,configmaps,namespaces,nodes,persistentvolumes,\
leases.coordination.k8s.io";

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Files, folders, archives (tar, gzip, xz, zstd, bzip2, zip), or - for standard input. Their
    /// content decides what they are, not their names.
    #[arg(value_name = "INPUT", required_unless_present_any = ["live", "clusters"])]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) inputs: Vec<PathBuf>,
    /// The cluster's name in the report; or, repeatable, that of an input. Objects of two clusters
    /// are never judged together: without names they are told apart by what they hold.
    #[arg(long = "cluster", value_name = "NAME[=INPUT]")]
    pub(crate) clusters: Vec<Named>,
    #[command(flatten)]
    pub(crate) live: Live,
    #[command(flatten)]
    pub(crate) packs: Packs,
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Settings, severities and suppressions: see `rulebox.yaml` in the README.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// When the input was taken, RFC 3339: ages are counted to it. Without it, now with --live; of
    /// a dump the newest timestamp found in it, or later.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) as_of: Option<Timestamp>,
    /// Let input that could be read in part count as read: no exit code 3 unless nothing could be.
    #[arg(long)]
    pub(crate) lenient: bool,
    #[command(flatten)]
    pub(crate) input_limits: InputLimits,
    #[command(flatten)]
    pub(crate) limits: PackLimits,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits of inputs")]
pub(crate) struct InputLimits {
    /// How much memory the objects of all inputs may take that rules need, in MiB; 1024 by default.
    /// What has no room is left out, and said to be missing.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) objects_memory: Option<u32>,
    /// How long a document may be that can only be read as a whole, in MiB; 256 by default. The
    /// rest of a longer one is not read, and said to be missing.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) document_size: Option<u32>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Live cluster")]
pub(crate) struct Live {
    /// Ask a cluster instead of reading a dump: the one of the current context, or the one that
    /// this pod runs in.
    #[arg(long = "live", id = "live")]
    pub(crate) enabled: bool,
    /// The kubeconfig context to use.
    #[arg(long, requires = "live", value_name = "CONTEXT")]
    pub(crate) context: Option<String>,
    /// Ask the cluster of every context, one after the other.
    #[arg(long, requires = "live", conflicts_with = "context")]
    pub(crate) all_contexts: bool,
    /// Stay within this namespace; repeatable. Rules that need others then have no data.
    #[arg(long, short, requires = "live", value_name = "NAMESPACE")]
    pub(crate) namespace: Vec<String>,
    /// The kubeconfig file, in place of $KUBECONFIG and ~/.kube/config.
    #[arg(long, requires = "live", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// How long one request to the cluster may take, in seconds.
    #[arg(long, requires = "live", value_name = "SECONDS", default_value = "30")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) request_timeout: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Packs {
    /// A pack of rules: `standard` for the built-in ones, a WebAssembly component, or a folder of
    /// them; repeatable.
    #[arg(long = "pack", value_name = "standard|FILE|DIR", default_value = "standard")]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) packs: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// Evaluate only this rule: `vault-unavailable`, or `backup-center/vault-unavailable`;
    /// repeatable.
    #[arg(long, value_name = "RULE")]
    pub(crate) rule: Vec<String>,
    /// Leave this rule out; repeatable.
    #[arg(long, value_name = "RULE")]
    pub(crate) skip_rule: Vec<String>,
}

/// The names are looked up later, among the rules of the packs that were loaded.
impl From<&Choice> for rulebox_run::Choice {
    fn from(typed: &Choice) -> Self {
        let Choice { rule, skip_rule } = typed;
        Self { rules: rule.clone(), skip_rules: skip_rule.clone() }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    #[arg(
        long = "output",
        short,
        value_name = "FORMAT[=FILE]",
        default_value = "text",
        help = output_help(),
        long_help = output_long_help(),
    )]
    pub(crate) outputs: Vec<OutputTo>,
    /// The least severity for exit code 1: info, low, medium, high, critical, or never.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Say less: two lines a finding, no progress, no notes.
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: labels, rules that passed, every coverage; what packs log goes to standard error.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// The most series of the prometheus output.
    #[arg(long, value_name = "N")]
    pub(crate) max_series: Option<usize>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits of packs")]
pub(crate) struct PackLimits {
    /// How long one evaluation of a pack may take, in seconds.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) pack_deadline: Option<Duration>,
    /// How much memory a pack may use, in MiB.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) pack_memory: Option<u32>,
    /// How many findings a pack may report.
    #[arg(long, value_name = "N")]
    pub(crate) pack_findings: Option<usize>,
    /// How many samples of metrics a pack may give.
    #[arg(long, value_name = "N")]
    pub(crate) pack_samples: Option<usize>,
    /// How much text a pack may report in all, in MiB.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) pack_output: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// List the rules: severity, id, and the problem that each is named after.
    List {
        #[command(flatten)]
        packs: Packs,
    },
    /// Show the documentation of a rule, and what it reads.
    Explain {
        /// `vault-unavailable`, or `backup-center/vault-unavailable`.
        rule: String,
        #[command(flatten)]
        packs: Packs,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The formats are listed in [`Format::ALL`] and nowhere else.
fn output_help() -> String {
    let words = Format::ALL.map(Format::as_str).join(", ");
    format!("How to report, and where to; repeatable. One of: {words}")
}

fn output_long_help() -> String {
    let formats = Format::ALL.map(|it| format!("- {it}: {}", it.about())).join("\n");
    format!(
        "How to report, and where to; repeatable. Without a file it goes to standard output, which \
         takes one format.\n\n{formats}\n"
    )
}

/// A format and the file that it goes to: `json`, `json=report.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputTo {
    pub(crate) format: Format,
    pub(crate) file: Option<PathBuf>,
}

impl FromStr for OutputTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None => Ok(Self { format: text.parse()?, file: None }),
            Some((_, "" | "-")) => {
                Err("a file's name must follow `=`; without `=` it goes to standard output"
                    .to_owned())
            }
            Some((format, file)) => Ok(Self { format: format.parse()?, file: Some(file.into()) }),
        }
    }
}

/// What a cluster is called, and perhaps what is to be read of it: `NAME`, `NAME=INPUT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) input: Option<PathBuf>,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        /// A longer name is a sentence, and no label.
        const LONGEST: usize = 63;
        let (name, input) = match text.split_once('=') {
            Some((name, input)) => (name, Some(input)),
            None => (text, None),
        };
        if name.trim().is_empty() {
            return Err("a name must come first: NAME, or NAME=INPUT".to_owned());
        }
        if name.chars().any(is_hidden) {
            return Err("a name must consist of characters that can be seen".to_owned());
        }
        if name.chars().count() > LONGEST {
            return Err(format!("a name has at most {LONGEST} characters"));
        }
        if input.is_some_and(str::is_empty) {
            return Err(format!(
                "an input must follow `=`: {name}=dump.yaml; without `=` it names the one cluster"
            ));
        }
        Ok(Self { name: name.to_owned(), input: input.map(PathBuf::from) })
    }
}

/// A moment with its date, its time of day and its zone.
fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "not a time such as 2026-09-15T02:30:00Z".to_owned())
}

/// A duration in seconds, with or without a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|it| format!("{it}"))?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|it| !it.is_zero())
        .ok_or_else(|| "must be more than 0".to_owned())
}
