//! What a terminal gets and a pipe does not: a pager for what is longer than it, and hyperlinks.

mod program;

use std::{
    fs::File,
    io::Read as _,
    process::{Command, Stdio},
};

use program::Ran;
use rustix::{
    fs::{Mode, OFlags},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

const DENIED: &str = "fixtures/clusters/vault-denied.yaml";

/// Puts its mark before each line.
const MARKS: (&str, &str) = ("RULEBOX_PAGER", "sed s/^/paged:/");

/// Runs it with a terminal of so many lines as its standard output.
fn on_terminal(arguments: &[&str], variables: &[(&str, &str)], lines: u16) -> Ran {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&screen).expect("granted");
    unlockpt(&screen).expect("unlocked");
    let name = ptsname(&screen, Vec::new()).expect("a name");
    let size = Winsize { ws_row: lines, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).expect("a size");
    let end = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty());
    let mut command = command(arguments, variables);
    command.stdin(Stdio::null()).stdout(end.expect("the other end")).stderr(Stdio::piped());
    let child = command.spawn().expect("the binary runs");
    // Its end of the terminal is closed here too, so that reading ends.
    drop(command);
    let mut out = Vec::new();
    // Where nobody has the other end any more, Linux answers with an error.
    let _ = File::from(screen).read_to_end(&mut out);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n");
    Ran { code: output.status.code().expect("no signal"), out: text(out), err: text(output.stderr) }
}

fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = program::command(arguments);
    for unset in ["RULEBOX_PAGER", "PAGER", "LESS", "NO_COLOR", "FORCE_HYPERLINK"] {
        command.env_remove(unset);
    }
    command.env("TERM", "xterm").envs(variables.iter().copied());
    command
}

/// Whether each line is the pager's, or none.
#[track_caller]
fn check(arguments: &[&str], variables: &[(&str, &str)], lines: u16, code: i32, paged: bool) {
    let ran = on_terminal(arguments, variables, lines);
    assert_eq!((ran.code, &*ran.err), (code, ""), "{}", ran.out);
    assert!(ran.out.lines().count() > 3, "{}", ran.out);
    for line in ran.out.lines() {
        assert_eq!(line.starts_with("paged:"), paged, "{line}");
    }
}

#[test]
fn what_is_longer_than_the_terminal_goes_through_the_pager() {
    check(&["check", DENIED], &[MARKS], 24, 1, true);
    check(&["check", DENIED], &[MARKS], 1000, 1, false);
    check(&["check", DENIED], &[("PAGER", MARKS.1)], 24, 1, true);
    check(&["check", DENIED], &[MARKS, ("PAGER", "false")], 24, 1, true);
}

#[test]
fn each_command_that_prints_long_texts_has_the_pager() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (old, new) = (file("old.json"), file("new.json"));
    for (dump, report) in [("healthy", &old), ("several-faults", &new)] {
        let dump = format!("fixtures/clusters/{dump}.yaml");
        let output = format!("json={report}");
        program::run(&mut program::command(&["check", &dump, "-o", &output]), "");
    }
    check(&["report", &new], &[MARKS], 24, 0, true);
    check(&["diff", &old, &new], &[MARKS], 4, 1, true);
    check(&["rules", "explain", "vault-unavailable"], &[MARKS], 10, 0, true);
    check(&["rules", "list"], &[MARKS], 10, 0, true);
    check(&["needs"], &[MARKS], 10, 0, true);
    // What programs read is not paged.
    check(&["check", DENIED, "-o", "json"], &[MARKS], 24, 1, false);
    check(&["needs", "-o", "json"], &[MARKS], 10, 0, false);
}

#[test]
fn a_pager_that_is_not_wanted_is_not_used() {
    check(&["check", DENIED, "--no-pager"], &[MARKS], 24, 1, false);
    check(&["--no-pager", "rules", "list"], &[MARKS], 10, 0, false);
    check(&["check", DENIED], &[MARKS, ("TERM", "dumb")], 24, 1, false);
    for none in ["", " ", "cat"] {
        check(&["check", DENIED], &[("RULEBOX_PAGER", none), ("PAGER", MARKS.1)], 24, 1, false);
    }
}

#[test]
fn a_pipe_and_a_file_have_no_pager_no_width_and_no_links() {
    let plain = program::run(&mut command(&["check", DENIED], &[]), "");
    let set = [MARKS, ("FORCE_HYPERLINK", "1"), ("COLUMNS", "200")];
    let ran = program::run(&mut command(&["check", DENIED], &set), "");
    assert_eq!((ran.code, ran.out), (plain.code, plain.out.clone()));
    assert!(!plain.out.contains('\u{1b}'), "{}", plain.out);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.txt");
    let output = format!("text={}", file.display());
    let typed = ["check", DENIED, "-o", &output, "--hyperlink", "always", "--color", "always"];
    on_terminal(&typed, &set, 24);
    assert_eq!(std::fs::read_to_string(file).expect("written"), plain.out);
}

#[test]
fn a_pager_that_cannot_be_started_costs_nothing() {
    for pager in ["/nowhere/pager", "/nowhere/pager --flag"] {
        let ran = on_terminal(&["check", DENIED], &[("RULEBOX_PAGER", pager)], 24);
        assert!(ran.code == 1 && ran.out.contains("SUMMARY"), "{}", ran.out);
        let want = format!("warning: the pager `{pager}` cannot be started");
        assert!(ran.err.contains(&want), "{}", ran.err);
    }
    // Nobody has named it.
    check(&["check", DENIED], &[("PATH", "/nowhere")], 24, 1, false);
}

#[test]
fn the_exit_code_is_not_that_of_the_pager() {
    // Ctrl-C is for the pager.
    let interrupted = "kill -INT $PPID; cat > /dev/null";
    for pager in ["exit 3", "true", "head -n 1 > /dev/null; exit 7", "kill -9 $$", interrupted] {
        let ran = on_terminal(&["check", DENIED], &[("RULEBOX_PAGER", pager)], 24);
        assert_eq!((ran.code, &*ran.out, &*ran.err), (1, "", ""), "{pager}");
    }
}

#[test]
fn less_is_told_what_git_tells_it() {
    let pager = ("RULEBOX_PAGER", "cat > /dev/null; echo \"$LESS $LV\"");
    let ran = on_terminal(&["check", DENIED], &[pager], 24);
    assert_eq!(ran.out, "FRX -c\n");
    let ran = on_terminal(&["check", DENIED], &[pager, ("LESS", "S"), ("LV", "-a")], 24);
    assert_eq!(ran.out, "S -a\n");
}

#[track_caller]
fn check_links(arguments: &[&str], variables: &[(&str, &str)], want: bool) {
    let ran = on_terminal(&[&["check", DENIED], arguments].concat(), variables, 1000);
    let file = std::path::Path::new(&program::root()).join(DENIED);
    let file = file.canonicalize().expect("a fixture").display().to_string();
    let link = format!("{file}\u{1b}\\{DENIED}:1177\u{1b}]8;;\u{1b}\\\n");
    assert_eq!(ran.out.contains(&link), want, "{:?}", ran.out);
    assert_eq!(ran.out.contains("\u{1b}]8;;file://"), want, "{:?}", ran.out);
}

#[test]
fn places_are_links_on_a_terminal_that_takes_them() {
    let takes = ("FORCE_HYPERLINK", "1");
    check_links(&[], &[takes], true);
    check_links(&[], &[("FORCE_HYPERLINK", "0")], false);
    check_links(&["--hyperlink", "never"], &[takes], false);
    check_links(&["--hyperlink", "always"], &[("FORCE_HYPERLINK", "0")], true);
    // A pager that is not known to let them through.
    check_links(&[], &[takes, ("RULEBOX_PAGER", "more")], false);
    check_links(&["--no-pager"], &[takes, ("RULEBOX_PAGER", "more")], true);
    check_links(&[], &[takes, ("LESS", "F")], false);
    check_links(&["--color", "never"], &[takes], false);
}
