//! Writes what a run has found: outputs to files or to standard output, notes and logs to standard
//! error. How a format looks is not known here, only where it goes.

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
};

use rulebox_core::{Report, shell_word};
use rulebox_report::{Collect, Detail, PrometheusOptions, RenderOptions, TextStyle};
use rulebox_run::Outcome;

use crate::{
    args::{Check, Output, OutputTo},
    exit::Failure,
};

/// Two outputs cannot go to one place.
pub(crate) fn validate(output: &Output) -> Result<(), Failure> {
    let mut places: Vec<&Option<PathBuf>> = output.outputs.iter().map(|it| &it.file).collect();
    places.sort();
    match places.windows(2).find(|it| it[0] == it[1]) {
        None => Ok(()),
        Some([Some(file), _]) => {
            Err(Failure::usage(format!("two outputs go to {}", file.display())))
        }
        Some(_) => Err(Failure::usage("two outputs go to standard output")
            .help("give one of them a file: -o json=report.json")),
    }
}

/// Writes all outputs of a run, and tells a person what stands beside them.
pub(crate) fn write(outcome: &Outcome, check: &Check, color: bool) -> Result<(), Failure> {
    let options = &check.output;
    let collect = (!check.live.enabled).then(|| collect(check));
    let Outcome { report, notes, log } = outcome;
    if options.verbose {
        for line in log {
            eprintln!("debug: {line}");
        }
    }
    if !options.quiet {
        for note in notes {
            eprintln!("note: {note}");
        }
    }
    for output in &options.outputs {
        let text = render(output, report, options, collect.as_ref(), color);
        match &output.file {
            Some(file) => fs::write(file, text)
                .map_err(|it| Failure::usage(format!("cannot write {}: {it}", file.display())))?,
            None => print(&text)?,
        }
    }
    Ok(())
}

/// The text of one output.
fn render(
    output: &OutputTo,
    report: &Report,
    options: &Output,
    collect: Option<&Collect>,
    color: bool,
) -> String {
    let to_terminal = output.file.is_none() && io::stdout().is_terminal();
    let detail = match options {
        Output { quiet: true, .. } => Detail::Quiet,
        Output { verbose: true, .. } => Detail::Verbose,
        _ => Detail::Normal,
    };
    let width = if to_terminal { terminal_width() } else { TextStyle::default().width };
    let max_series = options.max_series.unwrap_or(PrometheusOptions::default().max_series);
    let options = RenderOptions {
        text: TextStyle { color: color && output.file.is_none(), width, detail },
        collect: collect.cloned(),
        prometheus: PrometheusOptions { max_series },
    };
    output.format.render(report, &options)
}

/// What to type to be given all that the same rules of the same packs need. A cluster that was
/// asked itself has said what stands in the way.
fn collect(check: &Check) -> Collect {
    let Check { packs, choice, .. } = check;
    let standard = packs.packs.iter().all(|it| it == "standard");
    let packs = packs.packs.iter().filter(|_| !standard).map(|it| ("--pack", it));
    let rules = choice.rule.iter().map(|it| ("--rule", it));
    let chosen = packs.chain(rules).map(|(option, it)| format!("{option} {}", shell_word(it)));
    let chosen: Vec<_> = chosen.collect();
    let command = |begin: &str, end: &str| {
        let words = [begin].into_iter().chain(chosen.iter().map(String::as_str)).chain([end]);
        words.collect::<Vec<_>>().join(" ")
    };
    Collect {
        script: command("rulebox needs --script", "> collect.sh"),
        bundle: command("rulebox collect", "-o bundle.tar.gz"),
    }
}

/// Prints to standard output. Where its reader has seen enough (`| head`), that is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prose wider than a hundred columns is hard to read.
fn terminal_width() -> usize {
    const WIDEST: u16 = 100;
    terminal_size::terminal_size()
        .map_or(TextStyle::default().width, |(width, _)| usize::from(width.0.min(WIDEST)))
}
