//! Every `cargo xtask …` that a message or a document names must be a command of this program.

mod commands;

use clap::Parser as _;

use crate::{Cli, process::root};
use commands::{Language, Program, refusal};

const PROGRAM: Program =
    Program { name: "cargo xtask", refusal: |line| refusal(Cli::try_parse_from(line)) };

#[test]
fn every_command_that_is_named_exists() {
    PROGRAM.check_repository(&root());
}

#[test]
fn prose_names_commands_in_backticks() {
    PROGRAM.check(
        "See `cargo xtask lint` and cargo xtask at large.",
        Language::Markdown,
        &["lint"],
    );
    PROGRAM.check(
        "Broken `cargo xtask bench\n  engine` lines.",
        Language::Markdown,
        &["bench engine"],
    );
    PROGRAM.check(
        "//! A bench: `cargo xtask bench\n//! engine`.",
        Language::Rust,
        &["bench engine"],
    );
    PROGRAM.check("- the tool is cargo xtask lint\n", Language::Markdown, &[]);
}

#[test]
fn code_names_commands_at_its_start() {
    let fenced = "```console\n$ cargo xtask fuzz json --minutes 60 # long\n\
        cargo xtask wasm | tee\n```";
    PROGRAM.check(fenced, Language::Markdown, &["fuzz json --minutes 60", "wasm"]);
    PROGRAM.check(
        "Err(format!(\"stale\\ntype: cargo xtask codegen\"))",
        Language::Rust,
        &["codegen"],
    );
    PROGRAM.check(
        "\"X=always cargo xtask test --test rules\"",
        Language::Rust,
        &["test --test rules"],
    );
    PROGRAM.check(
        "\"cargo xtask new-rule \\\n    {pack} RULE\"",
        Language::Rust,
        &["new-rule {pack} RULE"],
    );
    PROGRAM.check("name = \"cargo xtask\"", Language::Rust, &[]);
}

#[test]
fn a_command_that_does_not_exist_is_refused() {
    PROGRAM.check_refused("rules build", true);
    PROGRAM.check_refused("lint --fast", true);
    PROGRAM.check_refused("fuzz toml", true);
    PROGRAM.check_refused("bench everything", true);
}

#[test]
fn placeholders_and_missing_arguments_are_allowed() {
    PROGRAM.check_refused("", false);
    PROGRAM.check_refused("help", false);
    PROGRAM.check_refused("new-rule", false);
    PROGRAM.check_refused("new-rule PACK RULE", false);
    PROGRAM.check_refused("fuzz TARGET --minutes N", false);
    PROGRAM.check_refused("bench …", false);
    PROGRAM.check_refused("rulebox check --anything", false);
}
