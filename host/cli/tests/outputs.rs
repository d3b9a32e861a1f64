//! Where outputs go: what is refused before anything is read, and what is left when a file cannot
//! be written.

mod program;

use std::{
    fs,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{PermissionsExt as _, symlink},
    },
    path::Path,
    process::Command,
};

use program::Ran;
use tempfile::TempDir;

const DUMP: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: b, creationTimestamp: \"2026-09-15T00:00:00Z\"}
";

/// A folder with a dump, an empty folder, and links.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("dump.yaml"), DUMP).expect("written");
    fs::write(path("old.json"), "old").expect("written");
    fs::create_dir(path("sub")).expect("a folder");
    symlink("old.json", path("link.json")).expect("a link");
    symlink("sub/new.json", path("dangling.json")).expect("a link");
    symlink("sub", path("sub-link")).expect("a link");
    fs::hard_link(path("old.json"), path("hard.json")).expect("a link");
    folder
}

/// Runs the binary in the folder.
fn run(folder: &TempDir, arguments: &[&str]) -> Ran {
    program::run(program::command(arguments).current_dir(folder.path()), "")
}

fn text(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap_or_default()
}

/// What stands in the folder, but for the dump.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let names = entries.map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// These arguments are refused before a dump is read, with these words, and change nothing.
#[track_caller]
fn check_refused(arguments: &[&str], words: &str) {
    let folder = folder();
    let before = names(folder.path());
    // A dump that cannot be read shows that nothing was: it would end with another code.
    let ran = run(&folder, &[&["check", "dump.yaml"], arguments].concat());
    assert!(ran.code == 2 && ran.err.contains(words), "no `{words}` ({}):\n{}", ran.code, ran.err);
    assert_eq!(ran.out, "");
    assert_eq!(names(folder.path()), before);
    assert_eq!(text(&folder, "old.json"), "old");
    assert_eq!(text(&folder, "dump.yaml"), DUMP);
}

#[test]
fn two_outputs_to_one_file_are_refused_however_it_is_spelt() {
    for other in ["./new.json", "sub/../new.json", "sub-link/../new.json"] {
        let output = format!("prometheus={other}");
        check_refused(&["-o", "json=new.json", "-o", &output], "two outputs go to one place");
    }
    for other in ["./old.json", "link.json", "hard.json"] {
        let output = format!("prometheus={other}");
        check_refused(&["-o", "json=old.json", "-o", &output], "two outputs go to one place");
    }
    let both = ["-o", "json=dangling.json", "-o", "prometheus=sub/new.json"];
    check_refused(&both, "two outputs go to one place");
    check_refused(&["-o", "json=new.json", "-o", "text=new.json"], "two outputs go to new.json");
}

#[test]
fn standard_output_has_one_output_by_any_name() {
    let both = ["-o", "text", "-o", "json=/dev/stdout"];
    check_refused(&both, "two outputs go to one place: standard output and /dev/stdout");
    let both = ["-o", "json=/dev/fd/1", "-o", "text=/dev/stdout"];
    check_refused(&both, "two outputs go to one place: /dev/fd/1 and /dev/stdout");
}

#[test]
fn an_output_that_is_read_is_refused() {
    check_refused(&["-o", "json=dump.yaml"], "dump.yaml is an output and also an input");
    check_refused(&["-o", "json=sub/../dump.yaml"], "is an output and also an input");
    check_refused(&["old.json", "-o", "json=hard.json"], "is an output and also an input");
    check_refused(&["--cluster", "a=old.json", "-o", "json=link.json"], "also an input");
    let config = ["--config", "old.json", "-o", "json=./old.json"];
    check_refused(&config, "is an output and also the configuration");
    let pack = ["--pack", "old.json", "-o", "json=link.json"];
    check_refused(&pack, "link.json is an output and also a pack");
}

#[test]
fn an_output_that_is_standard_input_is_refused() {
    let folder = folder();
    let mut command = program::command(&["check", "-", "-o", "json=dump.yaml"]);
    command.current_dir(folder.path());
    let dump = fs::File::open(folder.path().join("dump.yaml")).expect("a file");
    let ran = command.stdin(dump).output().expect("the binary runs");
    let error = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(error.contains("dump.yaml is an output and also an input"), "{error}");
    assert_eq!(text(&folder, "dump.yaml"), DUMP);
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_read() {
    check_refused(&["-o", "json=sub"], "cannot write sub: it is a folder");
    check_refused(&["-o", "json=sub/"], "name a file in it: sub/report");
    check_refused(&["-o", "json=."], "it is a folder");
    check_refused(
        &["-o", "json=none/new.json"],
        "there is no folder none\nmake it first: mkdir -p",
    );
    check_refused(&["-o", "json=none/../new.json"], "there is no folder none/..");
    check_refused(&["-o", "json=dump.yaml/new.json"], "dump.yaml is no folder");
    check_refused(&["-o", "json=/proc/new.json"], "cannot write /proc/new.json: ");
    check_refused(&["-o", "json=/dev/fd/99"], "no such descriptor is open");
    let long = format!("json={}", "x".repeat(300));
    check_refused(&["-o", &long], "cannot write xxx");
}

#[test]
fn a_file_is_replaced_and_keeps_its_mode_and_its_links() {
    let folder = folder();
    let old = folder.path().join("old.json");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).expect("a mode");
    let ran = run(&folder, &["check", "dump.yaml", "-o", "json=link.json"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(text(&folder, "old.json").starts_with('{'));
    assert_eq!(fs::metadata(&old).expect("a file").permissions().mode() & 0o777, 0o640);
    assert!(folder.path().join("link.json").is_symlink());
}

#[test]
fn a_new_file_has_the_mode_of_new_files() {
    let folder = folder();
    fs::write(folder.path().join("other"), "").expect("written");
    run(&folder, &["check", "dump.yaml", "-o", "json=dangling.json"]);
    let mode = |name: &str| {
        fs::metadata(folder.path().join(name)).expect("a file").permissions().mode() & 0o777
    };
    assert_eq!(mode("sub/new.json"), mode("other"));
    assert_eq!(names(&folder.path().join("sub")), ["new.json"]);
}

#[test]
fn a_place_that_cannot_be_written_keeps_none_of_the_others() {
    let folder = folder();
    let outputs =
        ["-o", "json=/dev/full", "-o", "text", "-o", "prometheus=new.prom", "-o", "json=old.json"];
    let ran = run(&folder, &[&["check", "dump.yaml"], &outputs[..]].concat());
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: cannot write /dev/full: No space left on device\n");
    assert!(ran.out.contains("SUMMARY"), "{}", ran.out);
    assert!(text(&folder, "new.prom").contains("rulebox_"));
    assert!(text(&folder, "old.json").starts_with('{'));
}

#[test]
fn a_full_file_system_keeps_what_stood_there() {
    let folder = folder();
    // A limit on the size of files fails like a full disk, for root too. The shell counts in KiB.
    let script = "trap '' XFSZ; ulimit -f 1; \"$0\" check dump.yaml -o json=old.json -o text";
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_rulebox")]).current_dir(folder.path());
    let ran = program::run(&mut command, "");
    // The sandbox gets no memory under such a limit either, and that has the higher code.
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("cannot write old.json: File too large"), "{}", ran.err);
    assert!(ran.err.contains("what stood there before is unchanged"), "{}", ran.err);
    assert!(ran.out.contains("SUMMARY"), "{}", ran.out);
    assert_eq!(text(&folder, "old.json"), "old");
    assert!(!names(folder.path()).iter().any(|it| it.starts_with(".rulebox")));
}

#[test]
fn what_is_no_file_is_written_where_it_stands() {
    let folder = folder();
    let ran = run(&folder, &["check", "dump.yaml", "-o", "json=/dev/stdout"]);
    assert!(ran.code == 0 && ran.out.starts_with('{'), "{}", ran.err);
    let nothing = ["check", "dump.yaml", "-o", "json=/dev/null", "-o", "text=/dev/null"];
    assert_eq!(run(&folder, &nothing).code, 0);
    assert!(!Path::new("/dev/null").is_file());
    let script = "\"$0\" check dump.yaml -o text -o json=/dev/fd/3 3>>old.json | head -1; \
                  mkfifo pipe; cat pipe > read & \"$0\" check dump.yaml -o json=pipe; wait";
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_rulebox")]).current_dir(folder.path());
    program::run(&mut command, "");
    assert!(text(&folder, "old.json").starts_with("old{"));
    assert!(text(&folder, "read").starts_with('{'));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_in_a_folder_that_takes_no_new_one_is_written_where_it_stands() {
    // The name of the process: a file that may be written, in a folder that is closed to root too.
    let ran = run(&folder(), &["check", "dump.yaml", "-o", "json=/proc/self/comm"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
}

#[test]
fn an_output_in_a_folder_that_is_read_is_no_dump_the_next_time() {
    let folder = folder();
    // A link to nothing, named like a dump, is a loss.
    fs::remove_file(folder.path().join("dangling.json")).expect("a link");
    let outputs = ["check", ".", "-o", "text", "-o", "json=sub-link/report.json"];
    let first = run(&folder, &outputs);
    let second = run(&folder, &outputs);
    assert_eq!((first.code, second.code), (0, 0), "{}", second.err);
    assert!(!first.out.contains("output of this run"), "{}", first.out);
    let told = "sub/report.json is an output of this run, and not read";
    let words = second.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("sub/report.json") && words.contains(&told[16..]), "{words}");
}

#[test]
fn a_dump_in_a_folder_that_is_read_is_not_written_over() {
    let refused = "may be a dump of a folder that is read";
    let folder = folder();
    fs::write(folder.path().join("sub/a.tgz"), b"\x1f\x8b\x08\0").expect("written");
    for output in ["json=dump.yaml", "text=sub-link/a.tgz"] {
        let ran = run(&folder, &["check", ".", "-o", output]);
        assert!(ran.code == 2 && ran.err.contains(refused), "{output}: {}", ran.err);
    }
    assert_eq!(text(&folder, "dump.yaml"), DUMP);
    assert_eq!(fs::read(folder.path().join("sub/a.tgz")).expect("it stays").len(), 4);
}

#[test]
fn what_tells_of_a_cluster_is_not_written_over() {
    let folder = folder();
    let kubeconfig = "{clusters: [{name: a, cluster: {server: 'http://127.0.0.1:9', \
                      certificate-authority: ca.crt}}], \
                      users: [{name: a, user: {tokenFile: tok}}], \
                      contexts: [{name: a, context: {cluster: a, user: a}}], current-context: a}";
    for (name, text) in [("kc", kubeconfig), ("tok", "secret"), ("ca.crt", "certificate")] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    for (name, what) in [
        ("kc", "the kubeconfig"),
        ("tok", "a token of the kubeconfig"),
        ("ca.crt", "a certificate of the kubeconfig"),
    ] {
        let check = ["check", "--live", "-o", &format!("json={name}")];
        let collect = ["collect", "--force", "-o", name];
        for arguments in [&check[..], &collect[..]] {
            let mut command = program::command(arguments);
            command.current_dir(folder.path()).env("KUBECONFIG", "nope:kc");
            let ran = program::run(&mut command, "");
            let told = ran.err.contains(&format!("output and also {what}"));
            assert!(ran.code == 2 && told, "{arguments:?}: {}", ran.err);
        }
    }
    assert_eq!(text(&folder, "tok"), "secret");
}

#[test]
fn a_file_may_have_a_name_that_is_no_text() {
    let folder = folder();
    let mut output = std::ffi::OsString::from("json=");
    output.push(std::ffi::OsStr::from_bytes(b"\xff.json"));
    let mut command = program::command(&["check", "dump.yaml", "-o"]);
    let ran = program::run(command.arg(output).current_dir(folder.path()), "");
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let file = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.json"));
    assert!(fs::read_to_string(file).expect("written").starts_with('{'));
}

#[test]
fn what_cannot_be_told_costs_no_output() {
    let script = "\"$0\" check dump.yaml --config known.yaml 2>/dev/full; echo $?";
    let folder = folder();
    let config = "suppressions: [{name: none, reason: known}]\n";
    fs::write(folder.path().join("known.yaml"), config).expect("written");
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_rulebox")]).current_dir(folder.path());
    let ran = program::run(&mut command, "");
    assert!(ran.out.contains("SUMMARY") && ran.out.ends_with("\n0\n"), "{}", ran.out);
}

#[test]
fn help_that_cannot_be_printed_is_2() {
    let full = |arguments: &[&str]| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
        let status = program::command(arguments).stdout(full).status().expect("it runs");
        assert_eq!(status.code(), Some(2), "{arguments:?}");
    };
    full(&["--help"]);
    full(&["--version"]);
    full(&["rules", "list"]);
    full(&["schema"]);
    full(&["completions", "bash"]);
}
