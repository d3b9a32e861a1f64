//! The binary `rulebox`: what was typed, what it means, one run, an exit code.
//!
//! Only this crate reads arguments, asks for the time and knows terminals. The work is done by
//! others: `reader` and `cluster` read, `run` plans and evaluates, `report` renders.

#[cfg(test)]
mod advice;
mod args;
mod exit;

mod check;
mod clusters;
mod compiler;
mod config;
mod gather;
mod output;
mod pack_files;
mod packs;
mod progress;

mod rules;

use std::{env, ffi::OsString, process::ExitCode};

use clap::{CommandFactory as _, Parser as _};
use rulebox_core::text::escape;

use args::{Cli, Color, Command};
use exit::{Exit, Failure};

fn main() -> ExitCode {
    let cli = parse(&env::args_os().collect::<Vec<_>>()).unwrap_or_else(|it| it.exit());
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            anstream::eprintln!(
                "{}error:{} {failure}",
                anstyle::AnsiColor::Red.on_default().bold(),
                anstyle::Reset
            );
            failure.exit.into()
        }
    }
}

/// What was typed. Errors repeat arguments, and scripts pass what others have chosen as arguments:
/// so an error is that of the same arguments with their hidden characters made visible.
fn parse(typed: &[OsString]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(typed).map_err(|error| {
        let shown = typed.iter().map(|it| escape(&it.to_string_lossy()).into_owned());
        Cli::try_parse_from(shown).err().unwrap_or(error)
    })
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Check(check) => return check::run(check, color(cli.color)),
        Command::Rules { command } => output::print(&rules::run(command)?)?,
        Command::Schema { pack, packs } => output::print(&rules::schema(pack.as_deref(), packs)?)?,
        Command::CompilePack(typed) => std::process::exit(compiler::serve(typed)?),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "rulebox", &mut script);
            output::print(&String::from_utf8_lossy(&script))?;
        }
    }
    Ok(Exit::Clean)
}

/// Whether standard output takes colours.
fn color(when: Color) -> bool {
    match when {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
        }
    }
}
