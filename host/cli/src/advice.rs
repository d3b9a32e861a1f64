//! Every `rulebox …` that a message or a document names must be a command of this program.

#[path = "../../../xtask/src/advice/commands.rs"]
mod commands;

use std::path::Path;

use clap::Parser as _;

use crate::args::Cli;
use commands::{Language, in_repository, in_text, refusal};

const PROGRAM: &str = "rulebox";

fn refused(words: &[String]) -> Option<String> {
    let line = std::iter::once(PROGRAM).chain(words.iter().map(String::as_str));
    refusal(Cli::try_parse_from(line))
}

#[track_caller]
fn check(text: &str, language: Language, want: &[&str]) {
    let found = in_text(text, language, PROGRAM);
    let found: Vec<_> = found.iter().map(|it| it.join(" ")).collect();
    assert_eq!(found, want, "{text}");
}

#[track_caller]
fn check_refused(command: &str, want: bool) {
    let words: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
    assert_eq!(refused(&words).is_some(), want, "{command}");
}

#[test]
fn every_command_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all = in_repository(&root, PROGRAM);
    assert!(all.len() > 20, "{} commands were found", all.len());
    let wrong = all.iter().filter_map(|it| {
        let refusal = refused(&it.words)?;
        Some(format!("{}: `{PROGRAM} {}`: {refusal}", it.place, it.words.join(" ")))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_are_found_wherever_one_may_stand() {
    check("build one with `rulebox rules build`", Language::Markdown, &["rules build"]);
    check("\"build one with `rulebox rules build`\"", Language::Rust, &["rules build"]);
    check("/// `rulebox rules\n/// build` makes one", Language::Rust, &["rules build"]);
    check("```\n$ rulebox rules build\n```", Language::Markdown, &["rules build"]);
    check("kubectl get all | rulebox check -", Language::Rust, &["check -"]);
    check("format!(\"type: rulebox schema {name}\")", Language::Rust, &["schema {name}"]);
    check("# by pack: rulebox schema csi", Language::Markdown, &[]);
    check("```yaml\n# by pack: rulebox schema csi\n```", Language::Markdown, &["schema csi"]);
    check("/// `source <(rulebox completions bash)`", Language::Rust, &["completions bash"]);
    check("```\ncargo xtask rulebox check a.yaml\n```", Language::Markdown, &["check a.yaml"]);
}

#[test]
fn the_product_and_its_files_are_no_commands() {
    check("The build of rulebox for this machine", Language::Markdown, &[]);
    check("/// rulebox reads dumps", Language::Rust, &[]);
    check("[\"--package\", \"rulebox\"]", Language::Rust, &[]);
    check("see `rulebox.yaml`, or `rulebox-precompile IN`", Language::Rust, &[]);
}

#[test]
fn a_command_that_does_not_exist_is_refused() {
    check_refused("rules build", true);
    check_refused("explain vault-unavailable", true);
    check_refused("check dump.yaml --format json", true);
    check_refused("check dump.yaml -o yaml", true);
}

#[test]
fn placeholders_and_missing_arguments_are_allowed() {
    check_refused("", false);
    check_refused("rules", false);
    check_refused("rules explain", false);
    check_refused("rules explain RULE", false);
    check_refused("schema PACK", false);
    check_refused("check FILE --as-of TIME -o FORMAT=FILE", false);
    check_refused("completions {shell}", false);
    check_refused("check …", false);
}
