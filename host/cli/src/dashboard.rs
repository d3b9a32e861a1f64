//! `rulebox dashboard`: a board for Grafana, as text to print.

use clap::{Args, ValueEnum};
use rulebox_deploy::{Board, dashboard};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox dashboard > backup-center.json
  rulebox dashboard --for rulebox > rulebox.json

Import it into Grafana: Dashboards, New, Import. Which Prometheus, and which cluster, is chosen on \
the board. `rulebox manifests --dashboards` brings both boards as a ConfigMap.";

/// What is typed.
#[derive(Debug, Args)]
pub(crate) struct Dashboard {
    /// What it shows: the backup center, or all findings and Rulebox itself.
    #[arg(long = "for", value_name = "WHAT", default_value = "backup-center", ignore_case = true)]
    board: BoardWord,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BoardWord {
    BackupCenter,
    Rulebox,
}

/// The text to print.
pub(crate) fn run(typed: &Dashboard) -> String {
    dashboard(match typed.board {
        BoardWord::BackupCenter => Board::BackupCenter,
        BoardWord::Rulebox => Board::Rulebox,
    })
}
