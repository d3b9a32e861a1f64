//! The program under the name `kubectl-rulebox`: kubectl runs it as `kubectl rulebox`, and what
//! help and errors show is then to be typed so.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use clap::{Command, CommandFactory as _, builder::StyledStr};

use crate::{
    args::{CHECK_USAGE, Cli},
    diff_args,
};

/// The name by which kubectl finds a plug-in.
const FILE: &str = "kubectl-rulebox";

/// How it is typed.
const TYPED: &str = "kubectl rulebox";

/// The command as its user types it. `program`: the first word of the command line.
pub(crate) fn command(program: Option<&OsString>) -> Command {
    let stem = program.and_then(|it| Path::new(it).file_stem());
    let command = Cli::command();
    if stem != Some(OsStr::new(FILE)) {
        return command;
    }
    let command = renamed(command.bin_name(TYPED));
    command
        .mut_subcommand("check", |it| it.override_usage(typed(CHECK_USAGE)))
        .mut_subcommand("diff", |it| it.override_usage(typed(diff_args::USAGE)))
}

/// A command and all below it, with texts that say what to type.
fn renamed(mut command: Command) -> Command {
    let text = |it: Option<&StyledStr>| it.map(|it| typed(&it.to_string()));
    if let Some(it) = text(command.get_about()) {
        command = command.about(it);
    }
    if let Some(it) = text(command.get_long_about()) {
        command = command.long_about(it);
    }
    if let Some(it) = text(command.get_after_long_help()) {
        command = command.after_long_help(it);
    }
    command = command.mut_args(|mut arg| {
        if let Some(it) = text(arg.get_help()) {
            arg = arg.help(it);
        }
        if let Some(it) = text(arg.get_long_help()) {
            arg = arg.long_help(it);
        }
        arg
    });
    let names: Vec<_> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    names.iter().fold(command, |command, name| command.mut_subcommand(name, renamed))
}

/// A text in which each command of the program is one of kubectl's: at the beginning of a line or
/// of a span in backticks, and behind a pipe. Completions are asked of the program by its own name.
fn typed(text: &str) -> String {
    const OWN: &str = "rulebox ";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(OWN) {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let is_command = ["  ", "`", "| ", ": "].iter().any(|it| out.ends_with(it))
            || out.is_empty()
            || out.ends_with('\n');
        if is_command && !behind.starts_with("rulebox completions") {
            out.push_str("kubectl ");
        }
        out.push_str(OWN);
        rest = &behind[OWN.len()..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(typed(text), want);
    }

    #[test]
    fn commands_are_typed_through_kubectl() {
        check("Examples:\n  rulebox check a", "Examples:\n  kubectl rulebox check a");
        check("a | rulebox check -", "a | kubectl rulebox check -");
        check("see `rulebox needs`", "see `kubectl rulebox needs`");
        check("what there is: rulebox schema p", "what there is: kubectl rulebox schema p");
        check("rulebox check", "kubectl rulebox check");
    }

    #[test]
    fn the_name_of_the_program_stays_in_sentences_and_completions() {
        check("asks rulebox itself", "asks rulebox itself");
        check("a bug in rulebox: please report it", "a bug in rulebox: please report it");
        check("source <(rulebox completions bash)", "source <(rulebox completions bash)");
    }
}
