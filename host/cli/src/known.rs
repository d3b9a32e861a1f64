//! `--write-suppressions`: the findings of a run as a configuration in which they are known.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use rulebox_core::{Report, shell_word};
use rulebox_report::{suppressions, view::ReportView};

use crate::{
    args::Known,
    exit::Failure,
    files::{self, Target},
    gather,
    output::Destinations,
};

/// Where the suppressions of a run go, and what they say.
pub(crate) struct KnownFile<'k> {
    path: PathBuf,
    until: &'k str,
    reason: &'k str,
}

impl<'k> KnownFile<'k> {
    /// The file that was typed, where it can be written. One that exists is refused: what it holds
    /// was written by somebody, and a run would make all that is new known beside it.
    pub(crate) fn of(
        typed: &'k Known,
        to: &Destinations,
        read: impl FnOnce() -> Vec<(&'static str, PathBuf)>,
    ) -> Result<Option<Self>, Failure> {
        let Known { write_suppressions, until, reason, .. } = typed;
        let Some((path, until)) = write_suppressions.as_ref().zip(until.as_ref()) else {
            return Ok(None);
        };
        if path.as_os_str() == "-" {
            return Err(Failure::usage("--write-suppressions writes a file, and `-` names none")
                .help("name a new file: known.yaml"));
        }
        let target = Target::of(path)?;
        target.apart_from(&read(), "the file of --write-suppressions")?;
        let same = target.file().is_some_and(|it| to.files().iter().any(|to| to == it));
        if same {
            return Err(Failure::usage(format!(
                "{} is an output and also the file of --write-suppressions",
                path.display()
            ))
            .help("give each a file of its own"));
        }
        if path.exists() {
            return Err(exists(path));
        }
        Ok(Some(Self { path: path.clone(), until, reason }))
    }

    /// Writes the suppressions of the findings that count. The answer says how they are used.
    pub(crate) fn write(&self, report: &Report) -> Result<String, Failure> {
        let at = report.as_of.moment.earliest().unwrap_or_else(gather::now);
        let end = rulebox_run::expiry_of(self.until).map_err(Failure::usage)?.time;
        if end <= at {
            let until = self.until;
            return Err(Failure::usage(format!("--until {until} is over: the run speaks of {at}"))
                .help("name a later day; without one, these findings would count again at once"));
        }
        let text = suppressions(&ReportView::from(report), self.reason, self.until);
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&self.path);
        match file.and_then(|mut it| it.write_all(text.as_bytes())) {
            Ok(()) => {
                let count = report.findings.iter().filter(|it| it.suppressed.is_none()).count();
                let (path, until) = (self.path.to_string_lossy(), self.until);
                let file = shell_word(&path);
                Ok(format!("{count} findings are known until {until} with --config {file}"))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists(&self.path)),
            Err(error) => {
                let (path, error) = (self.path.display(), files::words(&error));
                Err(Failure::usage(format!("cannot write {path}: {error}")))
            }
        }
    }
}

fn exists(path: &std::path::Path) -> Failure {
    let word = shell_word(&path.to_string_lossy()).into_owned();
    Failure::usage(format!("{} exists, and is not written over", path.display()))
        .help(format!("name a new file; to use this one: --config {word}"))
}
