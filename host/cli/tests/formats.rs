//! One run in all formats: every dump of a cluster says the same numbers in each, and a report that
//! was read from JSON is written as the run itself wrote it. Where their programs are named, the
//! readers of others read each of them too.

#[path = "../../report/src/tests/counts.rs"]
mod counts;
#[expect(dead_code, reason = "the other tests use the rest")]
mod program;

use std::{fs, path::Path, process::Command};

use program::root;
use rulebox_report::Format;
use tempfile::TempDir;

/// The dumps: files, and folders of several clusters.
fn dumps() -> Vec<String> {
    let entries = fs::read_dir(root().join("fixtures/clusters")).expect("a folder");
    let names = entries.map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.map(|it| format!("fixtures/clusters/{it}")).collect();
    names.sort();
    names
}

/// Writes what a command says in all formats, each to `report.FORMAT`.
fn written(command: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let outputs = Format::ALL.map(|it| format!("{it}={}", file(folder.path(), it)));
    let outputs = outputs.iter().flat_map(|it| ["-o", it.as_str()]);
    let arguments: Vec<_> = command.iter().copied().chain(outputs).collect();
    let ran = program::run(&mut program::command(&arguments), "");
    assert!(ran.code != 2 && ran.code != 101, "{command:?}: {}", ran.err);
    folder
}

fn file(folder: &Path, format: Format) -> String {
    folder.join(format!("report.{format}")).display().to_string()
}

fn text(folder: &TempDir, format: Format) -> String {
    fs::read_to_string(file(folder.path(), format)).expect("it was written")
}

#[test]
fn every_format_tells_the_same_numbers_of_every_dump() {
    for dump in dumps() {
        let folder = written(&["check", &dump]);
        let truth = counts::read("json", &text(&folder, Format::Json));
        for format in Format::ALL {
            let told = counts::read(format.as_str(), &text(&folder, format));
            told.agree(&truth, &format!("{dump} as {format}"));
        }
    }
}

#[test]
fn a_report_that_is_read_back_is_written_as_the_run_wrote_it() {
    for dump in dumps() {
        let once = written(&["check", &dump]);
        let again = written(&["report", &file(once.path(), Format::Json)]);
        // A report does not hold the documentation of rules.
        for format in Format::ALL.into_iter().filter(|it| *it != Format::Sarif) {
            assert_eq!(text(&once, format), text(&again, format), "{dump} as {format}");
        }
    }
}

#[test]
fn the_readers_of_others_read_every_format() {
    let Some(readers) = std::env::var_os("RULEBOX_READERS") else {
        eprintln!("skipped: `cargo xtask e2e` names the readers that this test needs");
        return;
    };
    for dump in dumps() {
        let folder = written(&["check", &dump]);
        let python = Path::new(&readers).join("venv/bin/python");
        let mut command = Command::new(python);
        command.arg(root().join("host/report/readers/readers.py")).arg(folder.path());
        let output = command.env("RULEBOX_READERS", &readers).output().expect("Python runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{dump}:\n{said}");
    }
}
