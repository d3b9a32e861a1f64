//! What `rulebox config` takes, as clap parses it. What it means is decided elsewhere.

use clap::{Subcommand, ValueEnum};

use crate::pack_args::ShownPacks;

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox config show --config org.yaml --config team.yaml
  rulebox config show --config rulebox.yaml --pack my-rules.wasm -o json
  rulebox config check --config org.yaml --config team.yaml

Of several files a later one wins: keys are merged, null takes a key away, and lists such as \
suppressions are joined.";

#[derive(Debug, Subcommand)]
pub(crate) enum Configuration {
    /// Print what a run goes by, and of each value where it comes from.
    ///
    /// It is a configuration itself. Severities and limits that no file sets are left out: those
    /// are the rules' own (`rulebox rules list`), and those of the command line.
    Show {
        /// How to print it: YAML with comments, or JSON.
        #[arg(long, short, value_name = "FORMAT", default_value_t, value_enum, ignore_case = true)]
        output: ConfigFormat,
        #[command(flatten)]
        packs: ShownPacks,
    },
    /// Check that files are a configuration for these packs: exit code 2 where they are none.
    Check {
        #[command(flatten)]
        packs: ShownPacks,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfigFormat {
    #[default]
    Yaml,
    Json,
}
