//! Writes what a run has found: outputs to files or to standard output, notes and logs to standard
//! error. How a format looks is not known here, only where it goes.

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
};

use rulebox_core::Report;
use rulebox_report::{Detail, PrometheusOptions, RenderOptions, TextStyle};
use rulebox_run::Outcome;

use crate::{
    args::{Output, OutputTo},
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
pub(crate) fn write(outcome: &Outcome, options: &Output, color: bool) -> Result<(), Failure> {
    let Outcome { report, warnings, notes, log } = outcome;
    for warning in warnings {
        eprintln!("note: {warning}");
    }
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
        let text = render(output, report, options, color);
        match &output.file {
            Some(file) => fs::write(file, text)
                .map_err(|it| Failure::usage(format!("cannot write {}: {it}", file.display())))?,
            None => print(&text)?,
        }
    }
    Ok(())
}

/// The text of one output.
fn render(output: &OutputTo, report: &Report, options: &Output, color: bool) -> String {
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
        prometheus: PrometheusOptions { max_series },
    };
    output.format.render(report, &options)
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
