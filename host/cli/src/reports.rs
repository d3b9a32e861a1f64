//! `rulebox report` and `rulebox diff`: reports that `rulebox check -o json` has written, in other
//! formats and beside each other. Nothing is read but these files, and nothing is evaluated.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum, ValueHint};
use rulebox_core::Report;
use rulebox_report::{
    DiffView, SideView, diff, diff_json, diff_text, read_json,
    view::{FindingView, ReportView},
};

use crate::{
    exit::{Exit, Failure},
    files,
    output::{self, Destinations},
    output_args::Written,
};

/// A report of 100,000 findings takes a third of it.
const LONGEST: usize = 1 << 30;

pub(crate) const REPORT_EXAMPLES: &str = "\
Examples:
  rulebox report report.json
  rulebox report report.json -o html=report.html -o markdown=ticket.md
  rulebox check dump.yaml -o json | rulebox report - -o sarif

What a report does not hold cannot be shown: it names no commands that collect \
what a dump did not show.";

pub(crate) const DIFF_EXAMPLES: &str = "\
Examples:
  rulebox diff monday.json tuesday.json
  rulebox diff monday.json tuesday.json -o json
  rulebox check --live -o json | rulebox diff monday.json -

A finding that one report alone holds is new, or gone, only where the rule \
could judge in the other; else it cannot be compared, and the reason is told.";

/// What the help of `diff` says of the codes.
pub(crate) const OF_DIFF: &str = "\
Exit codes:
  0    no finding is new
  1    a finding is new, and counts
  2    wrong usage, a file that is no report, or it could not be printed
  101  a bug in rulebox: please report it";

/// What `rulebox report` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowReport {
    /// A report that `rulebox check -o json` has written, or - for standard input.
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    report: PathBuf,
    #[command(flatten)]
    written: Written,
}

/// What `rulebox diff` takes.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The report of before; - for standard input.
    #[arg(value_name = "OLD", value_hint = ValueHint::FilePath)]
    old: PathBuf,
    /// The report of after; - for standard input.
    #[arg(value_name = "NEW", value_hint = ValueHint::FilePath)]
    new: PathBuf,
    /// How to show it.
    #[arg(long, short, value_name = "FORMAT", default_value_t, value_enum, ignore_case = true)]
    output: DiffFormat,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    #[default]
    Text,
    Json,
}

/// Writes a report in other formats.
pub(crate) fn show(typed: &ShowReport, color: bool) -> Result<Exit, Failure> {
    let ShowReport { report: file, written } = typed;
    let inputs: Vec<_> = [file].into_iter().filter(|it| !is_standard_input(it)).cloned().collect();
    let to = Destinations::of(&written.outputs, &inputs, || {
        inputs.iter().map(|it| ("the report", it.clone())).collect()
    })?;
    let view = read(file)?;
    let report = Report::try_from(&view).map_err(|it| no_report(file, &it))?;
    let unwritten = output::write(&report, &to, written, None, color);
    unwritten.iter().for_each(output::complain);
    Ok(unwritten.iter().map(|it| it.exit).fold(Exit::Clean, Exit::max))
}

/// Says what is new, gone and changed between two reports.
pub(crate) fn compare(typed: &Diff) -> Result<Exit, Failure> {
    let Diff { old, new, output: format } = typed;
    if is_standard_input(old) && is_standard_input(new) {
        return Err(Failure::usage("both reports cannot come from standard input")
            .help("name a file for one of them"));
    }
    let found: DiffView = diff(&read(old)?, &read(new)?);
    output::print(&match format {
        DiffFormat::Text => diff_text(&found, output::screen().unwrap_or(usize::MAX)),
        DiffFormat::Json => diff_json(&found),
    })?;
    let counts = |it: &FindingView| it.suppressed.is_none();
    let unseen = found.unknown.iter().filter(|it| it.side == SideView::New).map(|it| &it.finding);
    // What was there before and could not be seen is not new, and nobody can say that it was.
    let is_new = found.new.iter().chain(unseen).any(counts);
    Ok(if is_new { Exit::Findings } else { Exit::Clean })
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn read(path: &Path) -> Result<ReportView, Failure> {
    let bytes = if is_standard_input(path) {
        let mut bytes = Vec::new();
        let read = io::stdin().take(LONGEST as u64 + 1).read_to_end(&mut bytes);
        read.and_then(|_| {
            if bytes.len() <= LONGEST {
                return Ok(bytes);
            }
            Err(io::Error::other(format!("it is longer than {} MiB", LONGEST >> 20)))
        })
    } else {
        files::read_small(path, LONGEST)
    };
    let bytes = bytes.map_err(|it| {
        let reason = files::words(&it);
        Failure::usage(format!("cannot read the report {}: {reason}", path.display()))
            .help("name a file that `rulebox check -o json=FILE` has written")
    })?;
    let text = String::from_utf8(bytes).map_err(|it| no_report(path, &it.to_string()))?;
    read_json(&text).map_err(|it| no_report(path, &it.to_string()))
}

fn no_report(path: &Path, reason: &str) -> Failure {
    Failure::usage(format!("{} cannot be used: {reason}", path.display()))
}
