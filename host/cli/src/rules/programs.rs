//! Runs the programs that build a pack: compilers, and what installs them. Each is told before it
//! runs. They are the user's, in the user's own project.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::Path,
    process::{Command, Stdio},
};

use rulebox_core::shell_word;

use crate::{exit::Failure, output};

/// A program with its arguments, in a folder.
pub(crate) struct Program {
    command: Command,
    /// What to do where there is none.
    missing: &'static str,
    told: bool,
}

impl Program {
    pub(crate) fn new(program: impl AsRef<OsStr>, folder: &Path, missing: &'static str) -> Self {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        Self { command, missing, told: true }
    }

    /// The same for what only looks: it is not told.
    pub(crate) fn silently(mut self) -> Self {
        self.told = false;
        self
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.command.args(arguments.into_iter().map(Into::into));
        self
    }

    /// Runs it; what it prints goes to standard error, so that nobody takes it for a result.
    pub(crate) fn run(self) -> Result<(), Failure> {
        self.output().map(|text| {
            if !text.trim().is_empty() {
                output::tell(text.trim_end());
            }
        })
    }

    /// Runs it, and gives what it prints; its words for people go on to standard error.
    pub(crate) fn output(mut self) -> Result<String, Failure> {
        let line = self.line();
        if self.told {
            output::tell(&format!("runs: {line}"));
        } else {
            self.command.stderr(Stdio::null());
        }
        self.command.stdout(Stdio::piped());
        if self.told {
            self.command.stderr(Stdio::inherit());
        }
        let ended = self.command.spawn().and_then(std::process::Child::wait_with_output);
        let ended = ended.map_err(|it| {
            let program = self.command.get_program().to_string_lossy().into_owned();
            if it.kind() == io::ErrorKind::NotFound {
                Failure::usage(format!("`{program}` is not there")).help(self.missing)
            } else {
                Failure::usage(format!("cannot run {program}: {it}")).help(self.missing)
            }
        })?;
        if !ended.status.success() {
            return Err(Failure::usage(format!("{line} failed: {}", ended.status))
                .help("what it says stands above"));
        }
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    }

    fn line(&self) -> String {
        let words = [self.command.get_program()].into_iter().chain(self.command.get_args());
        // Options are ours: a word that is none would not be shown as one.
        let word = |it: &str| match it.split_at(it.len() - it.trim_start_matches('-').len()) {
            (dashes, "") if !dashes.is_empty() => dashes.to_owned(),
            (dashes, rest) => format!("{dashes}{}", shell_word(rest)),
        };
        let words = words.map(|it| word(&it.to_string_lossy()));
        words.collect::<Vec<_>>().join(" ")
    }
}
