//! The help of each command, as a page of the documentation.

use std::{fmt::Write as _, fs, path::Path};

use clap::{Command, CommandFactory as _};

use crate::args::Cli;

/// As wide as a page shows without a bar to scroll by.
const WIDTH: usize = 90;

fn page() -> String {
    let mut page = String::from(
        "<!-- Written from the program by \
         `BLESS=1 cargo test --workspace --bin rulebox help_page`. -->\n\
         # Command line\n\nWhat `--help` says of each command.\n",
    );
    let mut cli = Cli::command().term_width(WIDTH);
    cli.build();
    section(&mut page, &cli, "rulebox");
    page
}

fn section(page: &mut String, command: &Command, name: &str) {
    // A command of commands alone lists what follows here.
    let help = command.clone().term_width(WIDTH).bin_name(name).render_long_help();
    let lines: Vec<_> = help.to_string().lines().map(|it| it.trim_end().to_owned()).collect();
    let help = lines.join("\n");
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", help.trim_end());
    for below in command.get_subcommands() {
        if !below.is_hide_set() && below.get_name() != "help" {
            section(page, below, &format!("{name} {}", below.get_name()));
        }
    }
}

#[test]
fn the_page_of_the_command_line_is_what_the_commands_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("host/docs/src/reference/command-line.md");
    let page = page();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &page).expect("written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "the help of a command has changed; type: BLESS=1 cargo test --workspace --bin rulebox \
         help_page"
    );
}

#[test]
fn every_command_has_a_section_and_no_hidden_one_has() {
    let page = page();
    for section in ["## rulebox\n", "## rulebox check\n", "## rulebox rules explain\n"] {
        assert!(page.contains(section), "no {section}");
    }
    assert!(!page.contains("compile-pack"), "{page}");
    let long = page.lines().filter(|it| it.chars().count() > WIDTH);
    // The first sentences are the page's own.
    let long: Vec<_> = long.filter(|it| !it.starts_with("<!--")).collect();
    assert!(long.is_empty(), "{long:?}");
}
