//! What the README shows of the program: the finding that it prints, and its formats.

#[expect(dead_code, reason = "the other tests use the rest")]
mod program;

use std::fs;

use rulebox_report::Format;

/// Compares what stands in the README between two marks; with `BLESS`, writes it there.
#[track_caller]
fn check(begin: &str, end: &str, content: &str) {
    let shown = format!("{begin}{content}{end}");
    let path = program::root().join("README.md");
    let readme = fs::read_to_string(&path).expect("a README");
    let (from, to) =
        (readme.find(begin).expect("a beginning"), readme.find(end).expect("an end") + end.len());
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{}{shown}{}", &readme[..from], &readme[to..])).expect("written");
    } else {
        assert!(
            readme[from..to] == shown,
            "the README shows something else; type: BLESS=1 cargo test --workspace --test readme \
             -- --test-threads 1"
        );
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let mut command = program::command(&["check", "fixtures/clusters/vault-denied.yaml"]);
    let printed = program::run(command.env("NO_COLOR", "1"), "").out;
    check(
        "<!-- begin finding: checked by host/cli/tests/readme.rs -->\n",
        "<!-- end finding -->",
        &format!("```text\n{printed}```\n"),
    );
}

#[test]
fn the_readme_lists_every_format() {
    let row = |it: Format| format!("| `{it}` | {} |\n", it.about());
    let rows = Format::ALL.map(row).concat();
    check(
        "<!-- begin formats: checked by host/cli/tests/readme.rs -->\n",
        "<!-- end formats -->",
        &format!("\n| format | |\n|---|---|\n{rows}\n"),
    );
}

/// The README shows the command that `rulebox needs` makes of what the built-in rules read.
#[test]
fn the_command_to_dump_with_is_that_of_the_needs() {
    let needs = program::run(&mut program::command(&["needs"]), "").out;
    let from = needs.find("kubectl get -A -o yaml").expect("a command");
    let command: Vec<_> = needs[from..].lines().take(2).collect();
    let command = command.join("\n");
    check(
        "<!-- begin dump: checked by host/cli/tests/readme.rs -->\n",
        "<!-- end dump -->",
        &format!("```sh\n{command}\nrulebox check dump.yaml\n```\n"),
    );
}
