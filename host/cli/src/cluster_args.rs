//! Which cluster is asked, and what its answers may cost, and what a cluster is called, as clap
//! parses it. What it means is decided elsewhere.

use std::{ffi::OsStr, path::PathBuf};

use clap::{Args, ValueHint};
use rulebox_cluster::Options;
use rulebox_core::text::is_hidden;

use crate::{
    numbers::{mebibytes, mib, whole_seconds},
    output_args::parted,
};

/// How long a run may read clusters.
const RUN_DEADLINE: u64 = 600;

#[derive(Debug, Args)]
#[command(next_help_heading = "Live cluster")]
#[command(mut_arg("context", |it| it.requires("live")))]
#[command(mut_arg("namespace", |it| it.requires("live")))]
#[command(mut_arg("kubeconfig", |it| it.requires("live")))]
#[command(mut_arg("request_timeout", |it| it.requires("live")))]
#[command(mut_arg("answer_size", |it| it.requires("live")))]
#[command(mut_arg("cluster_deadline", |it| it.requires("live")))]
pub(crate) struct Live {
    /// Ask a cluster instead of reading a dump: the one of the current context, or the one that
    /// this pod runs in.
    #[arg(long = "live", id = "live")]
    pub(crate) enabled: bool,
    /// Ask the cluster of every context, several at the same time.
    #[arg(long, requires = "live", conflicts_with = "context")]
    pub(crate) all_contexts: bool,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) deadline: ClusterDeadline,
    /// How long reading all clusters may take. What was read until then counts; what
    /// was not is said to be missing.
    #[arg(long, value_name = "DURATION", requires = "live", default_value_t = RUN_DEADLINE)]
    #[arg(value_parser = whole_seconds)]
    pub(crate) run_deadline: u64,
}

/// Which cluster to ask, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live cluster")]
pub(crate) struct Target {
    /// The kubeconfig context to use.
    #[arg(long, value_name = "CONTEXT")]
    pub(crate) context: Option<String>,
    /// Stay within this namespace; repeatable. Rules that need others then have no data.
    #[arg(long, short, value_name = "NAMESPACE")]
    pub(crate) namespace: Vec<String>,
    /// The kubeconfig file, in place of $KUBECONFIG and ~/.kube/config.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// How long one request to the cluster may take.
    #[arg(long, value_name = "DURATION")]
    #[arg(default_value_t = Options::default().request_timeout.as_secs())]
    #[arg(value_parser = whole_seconds)]
    pub(crate) request_timeout: u64,
    /// How long one answer of the cluster may be, in MiB. A page of a list that is longer is asked
    /// for again with fewer objects.
    #[arg(long, value_name = "MIB")]
    #[arg(default_value_t = mib(Options::default().answer_bytes as u64))]
    #[arg(value_parser = mebibytes::<4096>)]
    pub(crate) answer_size: u32,
}

/// When a cluster has been asked for long enough, where it is read and not watched.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live cluster")]
pub(crate) struct ClusterDeadline {
    /// How long reading one cluster may take. What was read until then counts; what was
    /// not is said to be missing.
    #[arg(long, value_name = "DURATION")]
    #[arg(default_value_t = Options::default().deadline.unwrap_or_default().as_secs())]
    #[arg(value_parser = whole_seconds)]
    pub(crate) cluster_deadline: u64,
}

/// What a cluster is called, and perhaps what is to be read of it: `NAME`, `NAME=INPUT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) input: Option<PathBuf>,
}

impl Named {
    pub(crate) fn parse(typed: &OsStr) -> Result<Self, String> {
        /// A longer name is a sentence, and no label.
        const LONGEST: usize = 63;
        let (name, input) = parted(typed);
        if name.trim().is_empty() {
            return Err("a name must come first: NAME, or NAME=INPUT".to_owned());
        }
        if name.chars().any(|it| is_hidden(it) || it == char::REPLACEMENT_CHARACTER) {
            return Err("a name must consist of characters that can be seen".to_owned());
        }
        if name.chars().count() > LONGEST {
            return Err(format!("a name has at most {LONGEST} characters"));
        }
        if input.is_some_and(OsStr::is_empty) {
            return Err(format!(
                "an input must follow `=`: {name}=dump.yaml; without `=` it names the one cluster"
            ));
        }
        Ok(Self { name: name.into_owned(), input: input.map(PathBuf::from) })
    }
}
