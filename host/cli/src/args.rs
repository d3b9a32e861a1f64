//! What was typed, as clap parses it. What it means is decided elsewhere.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{OsStringValueParser, TypedValueParser as _},
};
use clap_complete::Shell;
use jiff::Timestamp;
use rulebox_core::Severity;
use rulebox_run::FailOn;

use crate::{
    alerts,
    cluster_args::{ClusterDeadline, Live, Named, Target},
    config_args::{self, Configuration},
    dashboard, diff_args,
    elsewhere_args::CheckOutputs,
    exit,
    limit_args::InputLimits,
    manifests,
    moments::moment,
    output_args::Written,
    pack_args::{Choice, CompilePack, PackLimits, Packs, RULES, ShownPacks},
    reports, rules, serve_args,
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
    pub(crate) color: When,
    /// Print text that is longer than the terminal without a pager. Else RULEBOX_PAGER or PAGER
    /// names one; without them it is less.
    #[arg(long, global = true)]
    pub(crate) no_pager: bool,
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
    /// Compare two reports or dumps: which findings are new, gone or changed.
    #[command(after_long_help = format!("{}\n\n{}", diff_args::EXAMPLES, diff_args::EXIT))]
    Diff(Box<diff_args::Diff>),
    /// Show what rules read, and how to dump it: a command or a script.
    #[command(after_long_help = format!("{NEEDS_EXAMPLES}\n\n{}", exit::OF_OTHERS))]
    Needs(Needs),
    /// Watch clusters, evaluate what changes, and serve metrics and findings.
    #[command(after_long_help = format!("{}\n\n{}", serve_args::EXAMPLES, exit::OF_SERVE))]
    Serve(Box<serve_args::Serve>),
    /// Print what runs Rulebox in a cluster: roles, a Deployment or a CronJob, and what is around.
    #[command(after_long_help = format!("{}\n\n{}", manifests::EXAMPLES, exit::OF_OTHERS))]
    #[command(mut_arg("config", |it| it.help(manifests::CONFIG)))]
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
    /// List, explain, write and test rules; push, pull, sign and verify packs of them.
    #[command(after_long_help = exit::OF_OTHERS)]
    Rules {
        #[command(subcommand)]
        command: rules::Rules,
    },
    /// Show what a run goes by and where each value comes from, or check it.
    #[command(after_long_help = format!("{}\n\n{}", config_args::EXAMPLES, exit::OF_CONFIG))]
    Config {
        #[command(subcommand)]
        command: Configuration,
    },
    /// Print the JSON Schema of the json output, of the configuration, of packs in YAML, or of a
    /// pack's settings.
    #[command(after_long_help = format!("{SCHEMA_EXAMPLES}\n\n{}", exit::OF_OTHERS))]
    Schema {
        /// A pack, `config` for the configuration with the settings of all packs, or `rule-pack`
        /// for packs that are written in YAML; without it, the schema of `check -o json`.
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
    /// Write the pages of the manual into a folder: one for each command.
    #[command(hide = true)]
    Manual {
        /// The folder, which must be there.
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        to: PathBuf,
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

/// Two forms: clap would join them.
pub(crate) const CHECK_USAGE: &str =
    "rulebox check [OPTIONS] INPUT...\n       rulebox check [OPTIONS] --live";

const SCHEMA_EXAMPLES: &str = "\
Examples:
  rulebox schema
  rulebox schema backup-center
  rulebox schema config > rulebox.schema.json
  rulebox schema rule-pack > rule-pack.schema.json

An editor that knows the language server of YAML completes a configuration that begins with
# yaml-language-server: $schema=rulebox.schema.json";

#[derive(Debug, Args)]
#[command(override_usage = CHECK_USAGE)]
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
    /// A file of YAML: settings, severities, suppressions, secrets, and what fails a run;
    /// repeatable, a later one wins.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, long_help = CONFIG)]
    #[arg(help_heading = RULES)]
    pub(crate) config: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) known: Known,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) input_limits: InputLimits,
    #[command(flatten)]
    pub(crate) limits: PackLimits,
}

const CONFIG: &str = "\
A file of YAML: settings, severities, suppressions, secrets, registries, and what fails a run.
Repeatable: keys are merged, a later file wins, and null takes a key away; \
suppressions, redact, namespaces, registries and signatures are joined. \
`rulebox config show` prints what they say together. All keys:

failOn: high             # as --fail-on, which counts before it
failOnNoData: true       # as --fail-on-no-data
settings:                # by pack: rulebox schema backup-center
  backup-center:
    oomWindowHours: 6
severities:              # by rule, or pack/rule
  backup-failed: critical
limits:                  # by pack: as --pack-deadline and so on
  backup-center: {deadline: 2m, memory: 512Mi, findings: 20000}
namespaces:              # otherwise in some; a later one wins
- labels: env=prod       # of Namespace objects; or names: [team-*]
  settings: {backup-center: {oomWindowHours: 72}}
  severities: {backup-failed: critical}
suppressions:            # known findings: shown, and not counted
- rule: backup-failed    # or fingerprint, kind, namespace, cluster
  name: drill-*          # of name and namespace also a pattern
  reason: the drill fails on purpose
  expires: 2026-12-31    # the last day, in UTC
redact:                  # secrets of your own forms, in all outputs
- pattern: 'tk-[0-9a-f]{32}'
  name: ticket           # what the report counts it as
annotations: false       # as --no-annotations
registries:              # how packs of registries are reached
- prefix: registry.example/acme
  mirrors: [mirror.example/copies]
  ca: ca.pem             # authorities, beside those of the system
  plainHttp: false       # true: without TLS
signatures:              # whose packs may be used
- prefix: registry.example
  keys: [cosign.pub]     # or allowUnsigned: true
";

/// Which findings are known, beside what the configuration says.
#[derive(Debug, Args)]
#[command(next_help_heading = "Known findings")]
pub(crate) struct Known {
    /// A report of an earlier run, as JSON or YAML: the findings that it holds are known, and do
    /// not count unless they have become worse. What is gone since is told.
    #[arg(long, value_name = "REPORT", value_hint = ValueHint::FilePath)]
    pub(crate) baseline: Option<PathBuf>,
    /// Let no object say by its annotation rulebox.dev/ignore which findings about it are known:
    /// whoever may write an object may write that.
    #[arg(long)]
    pub(crate) no_annotations: bool,
    /// Write a configuration to a new file that suppresses each finding of this run that counts,
    /// until the date of --until.
    #[arg(long, alias = "write-exceptions", value_name = "FILE", requires = "until")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) write_suppressions: Option<PathBuf>,
    /// When these findings count again: a date, whose day is the last, or an RFC 3339 time.
    #[arg(long, value_name = "DATE", requires = "write_suppressions", value_parser = until)]
    pub(crate) until: Option<String>,
    /// Why these findings are suppressed.
    #[arg(long, value_name = "TEXT", requires = "write_suppressions", value_parser = reason)]
    #[arg(default_value = "known when the suppressions were written")]
    pub(crate) reason: String,
}

/// A date or a time, as a configuration takes it.
fn until(text: &str) -> Result<String, String> {
    rulebox_run::expiry_of(text).map(|it| it.typed)
}

/// A sentence that a configuration takes.
fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("say why the findings are known".to_owned());
    }
    Ok(text.to_owned())
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
    /// When places in the text lead to their files: on a terminal that is known to take hyperlinks,
    /// always, or never.
    #[arg(long, value_name = "WHEN", default_value_t, value_enum, ignore_case = true)]
    pub(crate) hyperlink: When,
    #[arg(long, value_name = "SEVERITY")]
    #[arg(help = fail_on_help(" "), long_help = fail_on_help("\n\n"))]
    pub(crate) fail_on: Option<FailOn>,
    /// Also end with exit code 1 where a rule that was chosen has no data, whatever --fail-on says.
    /// `=false` overrides the configuration.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    pub(crate) fail_on_no_data: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
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
