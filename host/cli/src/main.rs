//! The binary `rulebox`: what was typed, what it means, one run, an exit code.
//!
//! Only this crate reads arguments, asks for the time and knows terminals. The work is done by
//! others: `reader` and `cluster` read, `run` plans and evaluates, `report` renders.

#[cfg(test)]
mod advice;
mod args;
mod cluster_args;
mod complete;
mod config_args;
mod diff_args;
mod elsewhere_args;
mod exit;
#[cfg(test)]
mod help_page;
mod hints;
mod limit_args;
mod manual;
mod moments;
mod numbers;
mod pack_args;
mod plugin;
mod registry_args;
mod serve_args;
mod share_args;

mod alerts;
mod check;
mod clusters;
mod collect;
mod commands;
mod compare;
mod compiler;
mod config;
mod config_show;
mod consulted;
mod dashboard;
mod deploy;
mod elsewhere;
mod files;
mod gather;
mod known;
mod links;
mod log;
mod manifests;
mod needs;
mod output;
mod output_args;
mod pack_files;
mod pack_parts;
mod pack_texts;
mod packs;
mod pager;
mod passwords;
mod pods;
mod progress;
mod pseudonyms;
mod push_files;
mod registries;
mod reports;
mod requests;
mod rules;
mod serve;
mod share;

use std::{env, ffi::OsString, io, process::ExitCode};

use anstream::{AutoStream, ColorChoice};
use clap::{FromArgMatches as _, ValueEnum as _};
use rulebox_core::text::escape;

use args::{Cli, Command, NeedsFormat, When};
use exit::{Exit, Failure};
use output::Looks;

fn main() -> ExitCode {
    let typed: Vec<_> = env::args_os().collect();
    if complete::answer(&typed) {
        return ExitCode::SUCCESS;
    }
    obey(color_of(&typed));
    let ended = match parse(&typed) {
        Ok(cli) => run(&cli),
        Err(error) => match hints::meant(&error, &typed) {
            Some(failure) => Err(failure),
            None => refuse(&error),
        },
    };
    ended
        .unwrap_or_else(|failure| {
            output::complain(&failure);
            failure.exit
        })
        .into()
}

/// When to colour, as far as it can be told before all is parsed: errors of clap obey it too.
fn color_of(typed: &[OsString]) -> When {
    let words = typed.iter().map(|it| it.to_string_lossy()).take_while(|it| it != "--");
    let words: Vec<_> = words.collect();
    let mut color = When::default();
    for (nth, word) in words.iter().enumerate() {
        let value = match word.strip_prefix("--color") {
            Some("") => words.get(nth + 1).map(|it| &**it),
            Some(value) => value.strip_prefix('='),
            None => None,
        };
        color = value.and_then(|it| When::from_str(it, true).ok()).unwrap_or(color);
    }
    color
}

/// From here on all that is printed is coloured when it should be. `auto` looks at the terminal,
/// NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM.
fn obey(color: When) {
    let choice = match color {
        When::Auto => ColorChoice::Auto,
        When::Always => ColorChoice::Always,
        When::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// Prints help, a version, or what is wrong with the arguments.
fn refuse(error: &clap::Error) -> Result<Exit, Failure> {
    if error.use_stderr() {
        // Where nobody can hear it, the exit code still says it.
        let _ = error.print();
        return Ok(Exit::Usage);
    }
    match error.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(Exit::Clean),
    }
}

/// What was typed. Errors repeat arguments, and scripts pass what others have chosen as arguments:
/// so an error is that of the same arguments with their hidden characters made visible.
fn parse(typed: &[OsString]) -> Result<Cli, clap::Error> {
    let parsed = |typed: &[OsString]| {
        let mut command = plugin::command(typed.first());
        let mut matches = command.try_get_matches_from_mut(typed)?;
        Cli::from_arg_matches_mut(&mut matches).map_err(|it| it.format(&mut command))
    };
    parsed(typed).map_err(|error| {
        let shown = typed.iter().map(|it| escape(&it.to_string_lossy()).into_owned().into());
        parsed(&shown.collect::<Vec<_>>()).err().unwrap_or(error)
    })
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    let looks = Looks { color: is_coloured(), pages: !cli.no_pager };
    match &cli.command {
        Command::Check(check) => return check::run(check, looks),
        Command::Collect(typed) => return collect::run(typed),
        Command::Report(typed) => return reports::show(typed, looks),
        Command::Diff(typed) => return compare::run(typed, looks),
        Command::Needs(needs) => match needs::run(needs)? {
            text if needs.script || needs.output == NeedsFormat::Json => output::print(&text)?,
            text => output::print_long(&text, looks)?,
        },
        Command::Manifests { typed, packs, choice } => {
            output::print(&deploy::run(typed, packs, choice)?)?;
        }
        Command::Dashboard(typed) => output::print(&dashboard::run(typed))?,
        Command::Alerts(typed) => output::print(&alerts::run(typed))?,
        Command::Config { command } => output::print(&config_show::run(command)?)?,
        Command::Rules { command } => return rules::run(command, looks),
        Command::Schema { pack, packs } => output::print(&rules::schema(pack.as_deref(), packs)?)?,
        Command::CompilePack(typed) => std::process::exit(compiler::serve(typed)?),
        Command::Serve(typed) => return serve::run(typed),
        Command::Completions { shell } => output::print(&complete::script(*shell))?,
        Command::Manual { to } => manual::write(to)?,
    }
    Ok(Exit::Clean)
}

/// Whether standard output takes colours.
fn is_coloured() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}
