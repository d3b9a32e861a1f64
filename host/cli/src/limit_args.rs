//! What inputs may cost, as clap parses it: for each command that reads dumps.

use clap::Args;
use rulebox_reader::Limits as Inputs;

use crate::numbers::{mebibytes, mib};

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits of inputs")]
pub(crate) struct InputLimits {
    /// How much memory the objects of all inputs may take that rules need, in MiB. What has no room
    /// is left out, and said to be missing.
    #[arg(long, value_name = "MIB", default_value_t = mib(Inputs::default().kept_bytes))]
    #[arg(value_parser = mebibytes::<1_048_576>)]
    pub(crate) objects_memory: u32,
    /// How long a document may be that can only be read as a whole, in MiB. The rest of a longer
    /// one is not read, and said to be missing.
    #[arg(long, value_name = "MIB", conflicts_with = "live")]
    #[arg(default_value_t = mib(Inputs::default().document_bytes as u64))]
    #[arg(value_parser = mebibytes::<1_048_576>)]
    pub(crate) document_size: u32,
}

/// For commands whose inputs are small, or are a person's own.
impl Default for InputLimits {
    fn default() -> Self {
        let Inputs { kept_bytes, document_bytes, .. } = Inputs::default();
        Self { objects_memory: mib(kept_bytes), document_size: mib(document_bytes as u64) }
    }
}
