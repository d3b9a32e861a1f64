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

/// The command that dumps what the built-in rules ask for names each kind, and Leases, which show
/// when the dump was taken.
#[test]
fn the_command_to_dump_with_names_every_kind() {
    let ran = |arguments: &[&str]| program::run(&mut program::command(arguments), "").out;
    let report = ran(&["check", "fixtures/clusters/healthy.yaml", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).expect("a report");
    let needs = report["coverage"].as_array().expect("needs").iter();
    let kinds = needs.map(|it| (it["kind"].as_str(), it["group"].as_str()));
    let mut words: Vec<_> = kinds
        .filter_map(|(kind, group)| Some((kind?.to_lowercase(), group?)))
        .filter(|(kind, _)| !kind.is_empty())
        .map(|(kind, group)| match group {
            "" => format!("{kind}s"),
            _ => format!("{kind}s.{group}"),
        })
        .collect();
    words.push("leases.coordination.k8s.io".to_owned());
    let readme = fs::read_to_string(program::root().join("README.md")).expect("a README");
    let help = ran(&["check", "--help"]);
    for (text, shown) in [("README.md", &readme), ("check --help", &help)] {
        let Some((_, command)) = shown.split_once("kubectl get -A -o yaml > dump.yaml \\\n") else {
            panic!("{text} shows no command to dump with:\n{shown}")
        };
        let listed: Vec<_> =
            command.split_whitespace().next().unwrap_or_default().split(',').collect();
        let missing: Vec<_> = words.iter().filter(|it| !listed.contains(&it.as_str())).collect();
        assert!(missing.is_empty(), "{text} does not name {missing:?}: {listed:?}");
    }
}
