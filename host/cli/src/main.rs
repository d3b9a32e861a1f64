//! The binary `rulebox`: what was typed, what it means, one run, an exit code.
//!
//! The only crate that reads arguments, asks for the time and knows whether anybody looks at a terminal. It does no
//! work itself: `reader` and `cluster` read, `engine` evaluates, `report` writes.

#[cfg(test)]
mod advice;
mod args;
mod assemble;
mod check;
mod config;
mod exit;
mod packs;
mod policy;
mod progress;
mod rules;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Color, Command};
use exit::{Exit, Failure};

fn main() -> ExitCode {
    let cli = Cli::parse();
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

fn run(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Check(check) => return check::run(check, color(cli.color)),
        Command::Rules { command } => check::print(&rules::run(command)?)?,
        Command::Schema { pack, packs } => check::print(&rules::schema(pack.as_deref(), packs)?)?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "rulebox", &mut script);
            check::print(&String::from_utf8_lossy(&script))?;
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
