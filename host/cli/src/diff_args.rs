//! What `rulebox diff` takes, as clap parses it. What it means is decided elsewhere.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use rulebox_report::Format;
use rulebox_run::FailOn;

use crate::{
    cluster_args::Live,
    limit_args::InputLimits,
    output_args::OutputTo,
    pack_args::{Choice, PackLimits, Packs, RULES},
};

/// What `--help` and errors of clap show of the command line.
pub(crate) const USAGE: &str =
    "rulebox diff [OPTIONS] OLD NEW\n       rulebox diff [OPTIONS] OLD --live";

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox diff monday.json tuesday.json
  rulebox diff before.tar.gz after.tar.gz -o markdown=changes.md
  rulebox diff monday.json --live
  rulebox check --live -o json | rulebox diff monday.json -

A finding that one side alone holds is new, or gone, only where the rule \
could judge on the other; else it cannot be compared, and the reason is told.";

/// What the help of `diff` says of the codes.
pub(crate) const EXIT: &str = "\
Exit codes:
  0    nothing is new that counts
  1    a finding at or above --fail-on is new, has become worse or is no longer
       suppressed, or may be new: before, the rule could not judge; where the
       configuration has failOnNoData, also a rule without data after
  2    wrong usage or configuration, a report that cannot be used, or an output
       could not be written
  3    a side could not be read, or not all of it, or it holds no object
  4    a pack failed
  5    the cluster could not be reached
  101  a bug in rulebox: please report it
Where several apply, the highest counts.";

/// What `rulebox diff` takes.
#[derive(Debug, Args)]
#[command(override_usage = USAGE)]
pub(crate) struct Diff {
    /// Before: a report that `rulebox check` has written as JSON or YAML, or a dump: a file, a
    /// folder or an archive that it reads; - for a report from standard input.
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    pub(crate) old: PathBuf,
    /// After: the same.
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    #[arg(required_unless_present = "live", conflicts_with = "live")]
    pub(crate) new: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) live: Live,
    #[command(flatten)]
    pub(crate) packs: Packs,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// A file of YAML as of `check`: settings, severities, suppressions, and what counts;
    /// repeatable, a later one wins. It acts on dumps and clusters; of it, `redact` and what counts
    /// act on reports.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = RULES)]
    pub(crate) config: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) input_limits: InputLimits,
    #[command(flatten)]
    pub(crate) limits: PackLimits,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    #[arg(
        long = "output",
        short,
        value_name = "FORMAT[=FILE]",
        default_value = "text",
        value_parser = OutputTo::parser(),
        help = help(),
    )]
    pub(crate) outputs: Vec<OutputTo>,
    /// Say less: a line for each finding, no progress, no notes.
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: remedies of what is new, and the findings that are the same.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Put pseudonyms in the place of names, hosts, buckets and ids, the same on both sides; with a
    /// file that holds a secret key, the same from run to run.
    #[arg(long, value_name = "KEYFILE", num_args = 0..=1, require_equals = true)]
    #[arg(value_hint = ValueHint::FilePath)]
    #[expect(clippy::option_option, reason = "clap tells no option from one without a value so")]
    pub(crate) pseudonymise: Option<Option<PathBuf>>,
    /// The least severity for exit code 1, or never; by default as `check` has it.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
}

/// The formats that show a comparison: one of metrics, or of the objects of a cluster, has nothing
/// to compare with.
pub(crate) fn shows(format: Format) -> bool {
    use Format::{Csv, Github, Html, Json, Junit, Markdown, Sarif, Text, Yaml};
    matches!(format, Text | Json | Html | Yaml | Markdown | Sarif | Junit | Github | Csv)
}

fn help() -> String {
    let words: Vec<_> =
        Format::ALL.into_iter().filter(|it| shows(*it)).map(Format::as_str).collect();
    format!("How to show it, and where to; repeatable. One of: {}", words.join(", "))
}
