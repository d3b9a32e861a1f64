//! Every `rulebox …` that a message or a document names must be a command of this program.

#[path = "../../../xtask/src/advice/commands.rs"]
mod commands;

use std::path::Path;

use clap::Parser as _;

use crate::args::Cli;
use commands::{Language, Program, refusal};

const PROGRAM: Program =
    Program { name: "rulebox", refusal: |line| refusal(Cli::try_parse_from(line)) };

#[test]
fn every_command_that_is_named_exists() {
    PROGRAM.check_repository(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
}

#[test]
fn commands_are_found_wherever_one_may_stand() {
    PROGRAM.check("build one with `rulebox rules build`", Language::Markdown, &["rules build"]);
    PROGRAM.check("\"build one with `rulebox rules build`\"", Language::Rust, &["rules build"]);
    PROGRAM.check("/// `rulebox rules\n/// build` makes one", Language::Rust, &["rules build"]);
    PROGRAM.check("```\n$ rulebox rules build\n```", Language::Markdown, &["rules build"]);
    PROGRAM.check("kubectl get all | rulebox check -", Language::Rust, &["check -"]);
    PROGRAM.check("format!(\"type: rulebox schema {name}\")", Language::Rust, &["schema {name}"]);
    PROGRAM.check("# by pack: rulebox schema csi", Language::Markdown, &[]);
    PROGRAM.check(
        "```yaml\n# by pack: rulebox schema csi\n```",
        Language::Markdown,
        &["schema csi"],
    );
    PROGRAM.check(
        "/// `source <(rulebox completions bash)`",
        Language::Rust,
        &["completions bash"],
    );
    PROGRAM.check(
        "```\ncargo xtask rulebox check a.yaml\n```",
        Language::Markdown,
        &["check a.yaml"],
    );
}

#[test]
fn the_product_and_its_files_are_no_commands() {
    PROGRAM.check("The build of rulebox for this machine", Language::Markdown, &[]);
    PROGRAM.check("/// rulebox reads dumps", Language::Rust, &[]);
    PROGRAM.check("[\"--package\", \"rulebox\"]", Language::Rust, &[]);
    PROGRAM.check("see `rulebox.yaml`, or `rulebox-precompile IN`", Language::Rust, &[]);
}

#[test]
fn a_command_that_does_not_exist_is_refused() {
    PROGRAM.check_refused("rules brew", true);
    PROGRAM.check_refused("explain vault-unavailable", true);
    PROGRAM.check_refused("check dump.yaml --format json", true);
    PROGRAM.check_refused("check dump.yaml -o xml", true);
}

#[test]
fn placeholders_and_missing_arguments_are_allowed() {
    PROGRAM.check_refused("", false);
    PROGRAM.check_refused("rules", false);
    PROGRAM.check_refused("rules explain", false);
    PROGRAM.check_refused("rules explain RULE", false);
    PROGRAM.check_refused("schema PACK", false);
    PROGRAM.check_refused("check FILE --as-of TIME -o FORMAT=FILE", false);
    PROGRAM.check_refused("completions {shell}", false);
    PROGRAM.check_refused("check …", false);
}
