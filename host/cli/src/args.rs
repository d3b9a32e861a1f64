//! What was typed, as clap parses it. What it means is decided elsewhere.

use std::{ffi::OsStr, path::PathBuf};

use clap::{
    Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{OsStringValueParser, TypedValueParser as _},
};
use clap_complete::Shell;
use jiff::{Timestamp, civil, tz::TimeZone};
use rulebox_core::{Severity, text::is_hidden};
use rulebox_reader::Limits as Inputs;
use rulebox_run::FailOn;

use crate::{
    alerts,
    cluster_args::{ClusterDeadline, Live, Target},
    dashboard,
    elsewhere_args::CheckOutputs,
    exit, manifests,
    numbers::{mebibytes, mib},
    output_args::{Written, parted},
    pack_args::{Choice, CompilePack, PackLimits, Packs, RULES, ShownPacks},
    reports, serve_args,
};

/// Rules for Kubernetes, on a dump of a cluster or on a live one.
///
/// Rulebox says what is broken, why, and what to type. Rules are WebAssembly components in a
/// sandbox: they see the objects that they ask for and nothing else. Nothing touches the network
/// unless an argument names it.
#[derive(Debug, Parser)]
#[command(name = "rulebox", version, after_long_help = exit::of_check())]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to colour: on a terminal unless NO_COLOR is set, always, or never.
    #[arg(long, global = true, value_name = "WHEN", default_value_t, value_enum)]
    #[arg(ignore_case = true)]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Evaluate rules on dumps or clusters, and report findings.
    #[command(after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
    Check(Box<Check>),
    /// Collect what rules read of a cluster into one file for `check`.
    #[command(after_long_help = format!("{COLLECT_EXAMPLES}\n\n{}", exit::OF_COLLECT))]
    Collect(Box<Collect>),
    /// Write a report that was written as JSON in other formats.
    #[command(after_long_help = format!("{}\n\n{}", reports::REPORT_EXAMPLES, exit::OF_OTHERS))]
    Report(reports::ShowReport),
    /// Compare two reports: which findings are new, gone or changed.
    #[command(after_long_help = format!("{}\n\n{}", reports::DIFF_EXAMPLES, reports::OF_DIFF))]
    Diff(reports::Diff),
    /// Show what rules read, and how to dump it: a command or a script.
    #[command(after_long_help = format!("{NEEDS_EXAMPLES}\n\n{}", exit::OF_OTHERS))]
    Needs(Needs),
    /// Watch clusters, evaluate what changes, and serve metrics and findings.
    #[command(after_long_help = format!("{}\n\n{}", serve_args::EXAMPLES, exit::OF_SERVE))]
    Serve(Box<serve_args::Serve>),
    /// Print what runs Rulebox in a cluster: roles, a Deployment or a CronJob, and what is around.
    #[command(after_long_help = format!("{}\n\n{}", manifests::EXAMPLES, exit::OF_OTHERS))]
    Manifests {
        #[command(flatten)]
        typed: Box<manifests::Manifests>,
        #[command(flatten)]
        packs: ShownPacks,
        #[command(flatten)]
        choice: Choice,
    },
    /// Print a board for Grafana.
    #[command(after_long_help = format!("{}\n\n{}", dashboard::EXAMPLES, exit::OF_OTHERS))]
    Dashboard(dashboard::Dashboard),
    /// Print alerts for Prometheus.
    #[command(after_long_help = format!("{}\n\n{}", alerts::EXAMPLES, exit::OF_OTHERS))]
    Alerts(alerts::Alerts),
    /// List or explain rules.
    #[command(after_long_help = exit::OF_OTHERS)]
    Rules {
        #[command(subcommand)]
        command: Rules,
    },
    /// Print the JSON Schema of the json output, or of a pack's settings.
    #[command(after_long_help = exit::OF_OTHERS)]
    Schema {
        /// A pack; without it, the schema of `check -o json`.
        pack: Option<String>,
        #[command(flatten)]
        packs: ShownPacks,
    },
    /// Print a completion script for a shell.
    ///
    /// In bash: `source <(rulebox completions bash)`. The script asks rulebox itself, which must be
    /// on the PATH.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Compile a component from standard input to standard output. The program starts itself with
    /// this, so that what compiles a stranger's code can be stopped.
    #[command(hide = true)]
    CompilePack(CompilePack),
}

// Lines of at most 80 columns: clap would break longer ones, and commands are copied.
const EXAMPLES: &str = "\
Examples:
  rulebox check dump.yaml
  kubectl get backups.velero.io,pods -A -o yaml | rulebox check -
  rulebox check bundle.tar.gz must-gather/ extra.yaml
  rulebox check dump.yaml -o text -o json=out.json -o prometheus=out.prom
  rulebox check --cluster source=east.yaml --cluster target=west.yaml
  rulebox check --live --context prod --namespace csdr
  rulebox check --live --write-reports policyreports -o json=report.json
  rulebox check dump.yaml --rule vault-unavailable --as-of 2026-09-15T02:30:00Z

What a dump does not show is reported as `no data`, never as healthy. `rulebox needs` prints the \
command of kubectl that dumps what the rules read; `rulebox collect` and `rulebox needs --script` \
show more.";

const COLLECT_EXAMPLES: &str = "\
Examples:
  rulebox collect
  rulebox collect --context prod -o prod.tar.gz
  rulebox collect --pack standard --pack my-rules.wasm -o - | rulebox check -

It only lists what the chosen rules read. `rulebox check` then reports what it would report of the \
cluster at that moment, and what could not be read. Of Secrets no values are taken, and what looks \
like a credential elsewhere is replaced.";

const NEEDS_EXAMPLES: &str = "\
Examples:
  rulebox needs
  rulebox needs --script > collect.sh
  rulebox needs --pack standard --pack my-rules.wasm -o json

The script needs kubectl and a shell, and nothing of Rulebox. Where it runs (`sh collect.sh \
--context prod`) it leaves one file for `rulebox check`. It only reads, says why a list could not \
be read, and takes no values of Secrets.";

#[derive(Debug, Args)]
#[command(
    override_usage = "rulebox check [OPTIONS] INPUT...\n       rulebox check [OPTIONS] --live"
)]
pub(crate) struct Check {
    /// Files, folders, archives (tar, zip, gzip, xz, lzma, lzip, zstd, bzip2), or - for standard
    /// input. Their content decides what they are, not their names.
    #[arg(value_name = "INPUT", required_unless_present_any = ["live", "clusters"])]
    pub(crate) inputs: Vec<PathBuf>,
    /// The cluster's name in the report; or, repeatable, that of an input. Objects of two clusters
    /// are never judged together: without names they are told apart by what they hold.
    #[arg(long = "cluster", value_name = "NAME[=INPUT]", help_heading = "Input")]
    #[arg(value_parser = OsStringValueParser::new().try_map(|it| Named::parse(&it)))]
    pub(crate) clusters: Vec<Named>,
    /// When the input was taken, RFC 3339: ages are counted to it. Without it, now with --live; of
    /// a dump the newest timestamp found in it, or later.
    #[arg(long, value_name = "TIME", value_parser = moment, help_heading = "Input")]
    pub(crate) as_of: Option<Timestamp>,
    /// Let input that could be read in part count as read: no exit code 3 unless nothing could be.
    #[arg(long, help_heading = "Input")]
    pub(crate) lenient: bool,
    #[command(flatten)]
    pub(crate) live: Live,
    #[command(flatten)]
    pub(crate) elsewhere: CheckOutputs,
    #[command(flatten)]
    pub(crate) packs: Packs,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// A file of YAML: settings, severities, suppressions, and what fails a run.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, long_help = CONFIG)]
    #[arg(help_heading = RULES)]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) input_limits: InputLimits,
    #[command(flatten)]
    pub(crate) limits: PackLimits,
}

const CONFIG: &str = "\
A file of YAML: settings, severities, suppressions, and what fails a run. All keys:

failOn: high             # as --fail-on, which counts before it
failOnNoData: true       # as --fail-on-no-data
settings:                # by pack: rulebox schema backup-center
  backup-center:
    oomWindowHours: 6
severities:              # by rule, or pack/rule
  backup-failed: critical
suppressions:            # known findings: shown, and not counted
- rule: backup-failed    # or fingerprint, kind, namespace, cluster
  name: restore-drill
  reason: the drill fails on purpose
  expires: 2026-12-31    # the last day, in UTC
";

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits of inputs")]
pub(crate) struct InputLimits {
    /// How much memory the objects of all inputs may take that rules need, in MiB. What has no room
    /// is left out, and said to be missing.
    #[arg(long, value_name = "MIB", default_value_t = mib(Inputs::default().kept_bytes))]
    #[arg(value_parser = mebibytes::<1_048_576>)]
    pub(crate) objects_memory: u32,
    /// How long a document may be that can only be read as a whole, in MiB. The rest of a longer
    /// one is not read, and said to be missing.
    #[arg(long, value_name = "MIB", conflicts_with = "live")]
    #[arg(default_value_t = mib(Inputs::default().document_bytes as u64))]
    #[arg(value_parser = mebibytes::<1_048_576>)]
    pub(crate) document_size: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Needs {
    /// How to show it: a table, or JSON with every field that is read.
    #[arg(long, short, value_name = "FORMAT", default_value_t, value_enum, ignore_case = true)]
    pub(crate) output: NeedsFormat,
    /// Print a shell script instead, for somebody who has kubectl and the cluster: it collects what
    /// the rules read.
    #[arg(long, conflicts_with = "output")]
    pub(crate) script: bool,
    #[command(flatten)]
    pub(crate) packs: ShownPacks,
    #[command(flatten)]
    pub(crate) choice: Choice,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum NeedsFormat {
    #[default]
    Table,
    Json,
}

/// What `rulebox collect` takes.
#[derive(Debug, Args)]
pub(crate) struct Collect {
    /// The archive to write, or - for standard output; by default
    /// rulebox-bundle-TIME.tar.gz in this folder.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write over a file that exists.
    #[arg(long)]
    pub(crate) force: bool,
    /// Say less: no progress, and nothing of what was collected.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) packs: ShownPacks,
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) deadline: ClusterDeadline,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    #[command(flatten)]
    pub(crate) written: Written,
    #[arg(long, value_name = "SEVERITY")]
    #[arg(help = fail_on_help(" "), long_help = fail_on_help("\n\n"))]
    pub(crate) fail_on: Option<FailOn>,
    /// Also end with exit code 1 where a rule that was chosen has no data, whatever --fail-on says.
    /// `=false` overrides the configuration.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    pub(crate) fail_on_no_data: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// List the rules: severity, id, and the problem that each is named after.
    List {
        #[command(flatten)]
        packs: ShownPacks,
    },
    /// Show the documentation of a rule, and what it reads.
    Explain {
        /// `vault-unavailable`, or `backup-center/vault-unavailable`.
        rule: String,
        #[command(flatten)]
        packs: ShownPacks,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// `gap`: between the sentence and the default, which clap does not know.
fn fail_on_help(gap: &str) -> String {
    let words = Severity::ALL.map(Severity::as_str).join(", ");
    let default = FailOn::default();
    format!(
        "The least severity for exit code 1: {words}, or never{gap}[default: `failOn` of the \
         configuration, or {default}]"
    )
}

/// The formats are listed in [`Format::ALL`] and nowhere else.
/// What a cluster is called, and perhaps what is to be read of it: `NAME`, `NAME=INPUT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) input: Option<PathBuf>,
}

impl Named {
    fn parse(typed: &OsStr) -> Result<Self, String> {
        /// A longer name is a sentence, and no label.
        const LONGEST: usize = 63;
        let (name, input) = parted(typed);
        if name.trim().is_empty() {
            return Err("a name must come first: NAME, or NAME=INPUT".to_owned());
        }
        if name.chars().any(|it| is_hidden(it) || it == char::REPLACEMENT_CHARACTER) {
            return Err("a name must consist of characters that can be seen".to_owned());
        }
        if name.chars().count() > LONGEST {
            return Err(format!("a name has at most {LONGEST} characters"));
        }
        if input.is_some_and(OsStr::is_empty) {
            return Err(format!(
                "an input must follow `=`: {name}=dump.yaml; without `=` it names the one cluster"
            ));
        }
        Ok(Self { name: name.into_owned(), input: input.map(PathBuf::from) })
    }
}

/// A moment with its date, its time of day and its zone.
fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        let has_time = text.contains(':');
        if let Some(time) = other_form(text) {
            format!("write it as RFC 3339 does: {time}")
        } else if let (true, Ok(time)) = (has_time, text.parse::<civil::DateTime>()) {
            format!("it needs a zone: {time}Z, or {time}+08:00")
        } else if let (false, Ok(date)) = (has_time, text.parse::<civil::Date>()) {
            format!("it needs a time of day and a zone: {date}T02:30:00Z")
        } else {
            "not a time such as 2026-09-15T02:30:00Z".to_owned()
        }
    })
}

/// A moment as other programs print it: `date`, git, mail, seconds since 1970.
fn other_form(text: &str) -> Option<Timestamp> {
    const ZONED: [&str; 3] =
        ["%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M %z", "%a %b %d %H:%M:%S %z %Y"];
    const UTC: [&str; 3] =
        ["%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M UTC", "%a %b %d %H:%M:%S UTC %Y"];
    let zoned = ZONED.iter().find_map(|it| Timestamp::strptime(it, text).ok());
    // Not by name: the machine may have no database of zones.
    let in_utc =
        |it: &&str| TimeZone::UTC.to_timestamp(civil::DateTime::strptime(it, text).ok()?).ok();
    let utc = || UTC.iter().find_map(&in_utc);
    let mail = || jiff::fmt::rfc2822::parse(text).ok().map(|it| it.timestamp());
    // Fewer digits are a date or a year.
    let seconds = || Timestamp::from_second(text.parse().ok().filter(|_| text.len() >= 9)?).ok();
    zoned.or_else(utc).or_else(mail).or_else(seconds)
}
