//! `--pseudonymise`: the file of the key, and what else of a run shows names.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use rulebox_core::{Input, Inventory, Report};
use rulebox_report::{Pseudonyms, view::ReportView};
use rulebox_run::Outcome;
use serde_json::Value;

use crate::{exit::Failure, files};

/// A key is a line of text; a longer file is another one.
const LONGEST_KEY: usize = 4096;

/// What was typed: nothing, the option alone, or a file with a key.
pub(crate) fn of(typed: Option<&Option<PathBuf>>) -> Result<Option<Pseudonyms>, Failure> {
    match typed {
        None => Ok(None),
        Some(None) => Ok(Some(Pseudonyms::numbered())),
        Some(Some(file)) => Ok(Some(Pseudonyms::keyed(&key(file)?))),
    }
}

fn key(file: &Path) -> Result<Vec<u8>, Failure> {
    let shown = file.display();
    let help = "make one: head -c 32 /dev/urandom | base64 > key";
    let mut key = files::read_small(file, LONGEST_KEY).map_err(|it| {
        Failure::usage(format!("cannot read the key {shown}: {}", files::words(&it))).help(help)
    })?;
    // An editor puts a line feed behind it.
    key.truncate(key.trim_ascii_end().len());
    if key.len() < Pseudonyms::SHORTEST_KEY {
        let shortest = Pseudonyms::SHORTEST_KEY;
        return Err(Failure::usage(format!(
            "the key {shown} has {} bytes: with fewer than {shortest} the names can be guessed",
            key.len()
        ))
        .help(help));
    }
    Ok(key)
}

/// Learns the names of the objects that were read: messages may quote any of them.
pub(crate) fn learn(names: &mut Pseudonyms, inventory: &Inventory) {
    for json in inventory.objects.values().flat_map(|it| &it.objects) {
        if let Ok(object) = serde_json::from_str::<Value>(&json.text()) {
            names.learn(&object);
        }
    }
}

/// Learns the names in a report and in the baseline with which it was compared: notes tell of
/// findings that only the baseline has.
pub(crate) fn learn_reports(
    names: Option<&mut Pseudonyms>,
    report: &Report,
    baseline: Option<&(String, ReportView)>,
) {
    let Some(names) = names else { return };
    names.learn_report(report);
    if let Some((name, view)) = baseline {
        let input = Input { name: name.clone(), ..Input::default() };
        names.learn_report(&Report { inputs: vec![input], ..Report::default() });
        if let Ok(old) = Report::try_from(view) {
            names.learn_report(&old);
        }
    }
}

/// Learns what inputs are called, where there is no report that has them.
pub(crate) fn learn_inputs(names: Option<&mut Pseudonyms>, paths: &[PathBuf]) {
    let Some(names) = names else { return };
    let whole = |it: &PathBuf| it.to_string_lossy().into_owned();
    let last = |it: &PathBuf| Some(it.file_name()?.to_string_lossy().into_owned());
    let called = paths.iter().flat_map(|it| [Some(whole(it)), last(it)]).flatten();
    let inputs = called.map(|name| Input { name, ..Input::default() }).collect();
    names.learn_report(&Report { inputs, ..Report::default() });
}

/// Why something failed, without names.
pub(crate) fn of_failure(names: Option<&mut Pseudonyms>, failure: Failure) -> Failure {
    let Some(names) = names else { return failure };
    let Failure { exit, message, help } = failure;
    Failure { exit, message: names.line(&message), help: names.line(&help) }
}

/// What a person and programs are shown of a run.
pub(crate) fn shown<'o>(names: Option<&mut Pseudonyms>, outcome: &'o Outcome) -> Cow<'o, Outcome> {
    let Some(names) = names else { return Cow::Borrowed(outcome) };
    let Outcome { report, warnings, notes, news, log } = outcome.clone();
    names.learn_report(&report);
    let report = names.report(report);
    let mut lines = |all: Vec<String>| all.iter().map(|it| names.line(it)).collect();
    let (warnings, notes) = (lines(warnings), lines(notes));
    let (news, log) = (lines(news), lines(log));
    Cow::Owned(Outcome { report, warnings, notes, news, log })
}
