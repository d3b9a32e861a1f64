//! What the README shows of the program: the finding that it prints.

#[expect(dead_code, reason = "the other tests use the rest")]
mod program;

use std::fs;

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
