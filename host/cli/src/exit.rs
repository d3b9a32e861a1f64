//! Exit codes, and the failures that end a run before it has a report. Each module decides what its
//! failures mean to the shell; a plan that cannot be made is wrong usage.

use std::{fmt, process::ExitCode};

use rulebox_core::{PackFailure, text::escape};
use rulebox_run::RunError;

/// How a run ended. Where several apply, the highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// No finding at or above `--fail-on`.
    Clean = 0,
    /// Findings; with `--fail-on-no-data`, a rule without data too.
    Findings = 1,
    /// Wrong usage or configuration, or an output that could not be written.
    Usage = 2,
    /// Input could not be read, or none was.
    Input = 3,
    /// A pack failed.
    Pack = 4,
    /// The cluster could not be reached.
    Unreachable = 5,
    /// A bug: the code of a panic.
    Bug = 101,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What `--help` of `check` says of the codes. Here and below: clap breaks lines of more than 80
/// columns, and does not indent the rest.
pub(crate) const HELP: &str = "\
Exit codes:
  0    no finding at or above --fail-on, though rules may have no data
  1    findings; with --fail-on-no-data, also a rule without data
  2    wrong usage or configuration, or an output could not be written
  3    input or a needed object could not be read, or none was there; what could
       be read is reported
  4    a pack failed; all others are reported
  5    the cluster could not be reached
  101  a bug in rulebox: please report it
Where several apply, the highest counts.";

/// The same, where the help is of all commands.
pub(crate) fn of_check() -> String {
    HELP.replacen(
        "Exit codes:",
        "Exit codes of `rulebox check`; the help of each command has its own:",
        1,
    )
}

/// What the help of `collect` says of the codes.
pub(crate) const OF_COLLECT: &str = "\
Exit codes:
  0    something was collected; what was not is told
  2    wrong usage
  3    no list could be read
  4    a pack failed
  5    the cluster could not be reached
  101  a bug in rulebox: please report it";

/// What the help of commands says that only print.
pub(crate) const OF_OTHERS: &str = "\
Exit codes:
  0    it was printed
  2    wrong usage, or it could not be printed
  4    a pack failed
  101  a bug in rulebox: please report it";

/// What the help of `config` says of the codes.
pub(crate) const OF_CONFIG: &str = "\
Exit codes:
  0    it can be used
  2    wrong usage, or a file is no configuration for these packs
  4    a pack failed
  101  a bug in rulebox: please report it";

/// What the help of `rules test` says of the codes.
pub(crate) const OF_RULES_TEST: &str = "\
Exit codes:
  0    all cases hold
  1    a case does not
  2    wrong usage, nothing to test, or an output could not be written
  4    a pack failed
  101  a bug in rulebox: please report it
Where several apply, the highest counts.";

/// What the help of `rules new` says of the codes.
pub(crate) const OF_RULES_NEW: &str = "\
Exit codes:
  0    the project was written
  2    wrong usage, or it could not be written
  101  a bug in rulebox: please report it";

/// What the help of `rules build` says of the codes.
pub(crate) const OF_RULES_BUILD: &str = "\
Exit codes:
  0    the component was written, or there is nothing to compile
  2    wrong usage, a compiler is missing or has failed, or the component could
       not be written
  4    what was built is no pack that can be used
  101  a bug in rulebox: please report it";

/// What the help of `rules inspect` says of the codes.
pub(crate) const OF_RULES_INSPECT: &str = "\
Exit codes:
  0    it was shown; with --against, it asks for no more
  1    with --against: it asks for more
  2    wrong usage, or it could not be written
  4    a pack failed
  101  a bug in rulebox: please report it";

/// What the help of `rules bench` says of the codes.
pub(crate) const OF_RULES_BENCH: &str = "\
Exit codes:
  0    it was measured; with --compare, nothing costs more than allowed
  1    with --compare: size, memory or instructions are more than allowed
  2    wrong usage, nothing to measure over, or nothing to compare with
  3    the dumps hold no object that the pack reads
  4    a pack failed
  101  a bug in rulebox: please report it";

/// What the help of `rules record` says of the codes.
pub(crate) const OF_RULES_RECORD: &str = "\
Exit codes:
  0    the fixture was written, and holds
  2    wrong usage, no finding or several that match, or no fixture can be made
       of it
  3    the dumps hold no object that the rule reads
  4    a pack failed
  101  a bug in rulebox: please report it";

/// What the help of commands says that ask registries, or carry what is in them.
pub(crate) const OF_SHARE: &str = "\
Exit codes:
  0    it was done
  2    wrong usage or configuration, or a file could not be read or written
  4    a pack could not be had, is not what it should be, or may not be used
  101  a bug in rulebox: please report it";

/// What `--help` of `serve` says of the codes.
pub(crate) const OF_SERVE: &str = "\
Exit codes:
  0    it was told to end, by SIGTERM or SIGINT
  2    wrong usage or configuration, or it could not listen
  4    a pack of a registry was not pulled, or no pack could be used
  101  a bug in rulebox: please report it
A cluster that cannot be reached is asked again: see rulebox_cluster_up. What
could not be written elsewhere is tried again: see rulebox_notifications_total.";

/// A failure that leaves nothing to report: what, where, why, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), help: String::new() }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The same where these packs could not be loaded: a name that is not known may be one of
    /// theirs.
    pub(crate) fn without_packs(mut self, failures: &[PackFailure]) -> Self {
        let reasons = failures.iter().map(|PackFailure { pack, message, help, .. }| {
            format!("the pack {pack} could not be loaded: {message}; {help}")
        });
        let reasons = reasons.collect::<Vec<_>>().join("; ");
        if !reasons.is_empty() {
            self.help = reasons;
        }
        self
    }
}

/// A name or a setting that was typed or configured wrongly.
impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let RunError { message, help, place: _ } = error;
        Self { exit: Exit::Usage, message, help }
    }
}

/// Two lines at most: paths, contexts, servers and parsers may bring any character.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(&self.message))?;
        if !self.help.is_empty() {
            write!(f, "\n{}", escape(&self.help))?;
        }
        Ok(())
    }
}
