//! Every `cargo xtask …` that a message or a document names must be a command of this program.

mod commands;

use clap::Parser as _;

use crate::{Cli, process::root};
use commands::{Language, in_repository, in_text, refusal};

const PROGRAM: &str = "cargo xtask";

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
    let all = in_repository(&root(), PROGRAM);
    assert!(all.len() > 20, "{} commands were found", all.len());
    let wrong = all.iter().filter_map(|it| {
        let refusal = refused(&it.words)?;
        Some(format!("{}: `{PROGRAM} {}`: {refusal}", it.place, it.words.join(" ")))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn prose_names_commands_in_backticks() {
    check("See `cargo xtask lint` and cargo xtask at large.", Language::Markdown, &["lint"]);
    check("Broken `cargo xtask bench\n  engine` lines.", Language::Markdown, &["bench engine"]);
    check("//! A bench: `cargo xtask bench\n//! engine`.", Language::Rust, &["bench engine"]);
    check("- the tool is cargo xtask lint\n", Language::Markdown, &[]);
}

#[test]
fn code_names_commands_at_its_start() {
    let fenced = "```console\n$ cargo xtask fuzz json --minutes 60 # long\n\
        cargo xtask wasm | tee\n```";
    check(fenced, Language::Markdown, &["fuzz json --minutes 60", "wasm"]);
    check("Err(format!(\"stale\\ntype: cargo xtask codegen\"))", Language::Rust, &["codegen"]);
    check("\"X=always cargo xtask test --test rules\"", Language::Rust, &["test --test rules"]);
    check(
        "\"cargo xtask new-rule \\\n    {pack} RULE\"",
        Language::Rust,
        &["new-rule {pack} RULE"],
    );
    check("name = \"cargo xtask\"", Language::Rust, &[]);
}

#[test]
fn a_command_that_does_not_exist_is_refused() {
    check_refused("rules build", true);
    check_refused("lint --fast", true);
    check_refused("fuzz toml", true);
    check_refused("bench everything", true);
}

#[test]
fn placeholders_and_missing_arguments_are_allowed() {
    check_refused("", false);
    check_refused("help", false);
    check_refused("new-rule", false);
    check_refused("new-rule PACK RULE", false);
    check_refused("fuzz TARGET --minutes N", false);
    check_refused("bench …", false);
    check_refused("rulebox check --anything", false);
}
