//! Reports that `rulebox check` has written as JSON or YAML, and `rulebox report`, which writes
//! them in other formats. Nothing is evaluated here.

use std::{
    fmt,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use clap::{Args, ValueHint};
use rulebox_core::{AsOfSource, Report, RuleResult};
use rulebox_reader::yaml;
use rulebox_report::{Collect, Links, Redaction, arrange, read_json, view::ReportView};

use crate::{
    exit::{Exit, Failure},
    files,
    output::{self, Destinations, Looks},
    output_args::Written,
    pack_args::collect_by,
    packs, pseudonyms,
};

/// A report of 100,000 findings takes a third of it.
const LONGEST: usize = 1 << 30;

pub(crate) const REPORT_EXAMPLES: &str = "\
Examples:
  rulebox report report.json
  rulebox report report.json -o html=report.html -o markdown=ticket.md
  rulebox check dump.yaml -o json | rulebox report - -o sarif

What a report does not hold cannot be shown. Most formats are those of the run \
itself; sarif has no documentation of rules, and text and html name commands that \
collect what a dump did not show for the built-in packs alone, with all their rules.";

/// What `rulebox report` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowReport {
    /// A report that `rulebox check` has written as JSON or YAML, or - for standard input.
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    report: PathBuf,
    #[command(flatten)]
    written: Written,
}

/// Writes a report in other formats.
pub(crate) fn show(typed: &ShowReport, looks: Looks) -> Result<Exit, Failure> {
    let ShowReport { report: file, written } = typed;
    let inputs: Vec<_> = [file].into_iter().filter(|it| !is_standard_input(it)).cloned().collect();
    let to = Destinations::of(&written.outputs, &inputs, || {
        let key = written.pseudonymise.iter().flatten().map(|it| ("the key", it.clone()));
        inputs.iter().map(|it| ("the report", it.clone())).chain(key).collect()
    })?;
    let names = pseudonyms::of(written.pseudonymise.as_ref())?;
    let view = read(file, &Redaction::default())?;
    let mut report =
        Report::try_from(&view).map_err(|it| no_report(&file.to_string_lossy(), &it))?;
    if let Some(mut names) = names {
        names.learn_report(&report);
        report = names.report(report);
    }
    let collect = collect(&report);
    let unwritten =
        output::write(&report, &to, written, collect.as_ref(), &Links::default(), looks);
    unwritten.iter().for_each(output::complain);
    Ok(unwritten.iter().map(|it| it.exit).fold(Exit::Clean, Exit::max))
}

/// What to type to be given what the rules lacked. A report does not say where its packs came from,
/// so there is something to type for the built-in ones alone; a cluster that was asked has said
/// itself what stands in the way.
fn collect(report: &Report) -> Option<Collect> {
    let built_in = packs::built_in();
    let mut lacking = report.rules.iter().filter(|it| it.result == RuleResult::NoData);
    let is_live = report.as_of.source == AsOfSource::Now;
    let is_known = !is_live && lacking.all(|it| built_in.contains(&it.pack.as_str()));
    is_known.then(|| collect_by(""))
}

/// Whether a file is a report, as its first key tells: that of a dump is another. A file that
/// cannot be read, or is no file, is none; whoever reads it says why.
pub(crate) fn is_report(path: &Path) -> bool {
    /// Of a report in the order of its fields, or in that of the alphabet.
    const FIRST: [&str; 3] = ["schemaVersion", "asOf", "baseline"];
    /// Behind it no first key stands.
    const HEAD: usize = 4096;
    if !path.is_file() {
        return false;
    }
    let Ok(head) = files::read_at_most(path, HEAD) else { return false };
    let head = String::from_utf8_lossy(&head);
    let text = head.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    let text = text.strip_prefix("---").unwrap_or(text).trim_start();
    let text = text.strip_prefix('{').unwrap_or(text).trim_start();
    let key = text.trim_start_matches('"');
    FIRST.iter().any(|it| {
        let rest = key.strip_prefix(it).map(|it| it.trim_start_matches('"').trim_start());
        rest.is_some_and(|it| it.starts_with(':'))
    })
}

pub(crate) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads a report, as JSON or as YAML, and takes secrets out of it: who wrote it may have known
/// fewer forms of them, or none.
pub(crate) fn read(path: &Path, redaction: &Redaction) -> Result<ReportView, Failure> {
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
    let no_report = |it: &dyn fmt::Display| no_report(&path.to_string_lossy(), &it.to_string());
    let text = String::from_utf8(bytes).map_err(|it| no_report(&it))?;
    let view = if text.trim_start().starts_with('{') {
        read_json(&text).map_err(|it| no_report(&it))?
    } else {
        let value = yaml::to_json_value(&text).map_err(|it| no_report(&it))?;
        read_json(&value.to_string()).map_err(|it| no_report(&it))?
    };
    let report = Report::try_from(&view).map_err(|it| no_report(&it))?;
    let clean = redaction.redacted(report);
    Ok(if clean.redacted == view.summary.redacted { view } else { (&arrange(clean)).into() })
}

/// The failure of a run, where a report cannot be used.
pub(crate) fn no_report(name: &str, reason: &str) -> Failure {
    Failure::usage(format!("{name} cannot be used: {reason}"))
}
