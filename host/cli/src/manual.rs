//! The pages of the manual, as `man` shows them: what the help says, a page for each command.

use std::path::Path;

use clap::CommandFactory as _;

use crate::{args::Cli, exit::Failure};

/// Writes `rulebox.1`, `rulebox-check.1` and so on.
pub(crate) fn write(folder: &Path) -> Result<(), Failure> {
    if !folder.is_dir() {
        return Err(Failure::usage(format!("there is no folder {}", folder.display()))
            .help("make it first: mkdir -p"));
    }
    // No page has a date: the same program gives the same bytes.
    clap_mangen::generate_to(Cli::command(), folder).map_err(|error| {
        Failure::usage(format!("cannot write the manual to {}: {error}", folder.display()))
    })
}
