//! Runs `rulebox serve` against real parts: a kube-apiserver with its etcd, Prometheus and
//! Alertmanager. This file finds or builds them and hands their places to the tests, which are
//! `host/cli/tests/e2e`; what is tested is not known here.

mod debian;
mod go;

use std::{env, path::PathBuf};

use crate::{
    process::{Result, cargo, root},
    wasm,
};

/// The variable by which tools that test against an API server name the folder of its programs.
const ASSETS: &str = "KUBEBUILDER_ASSETS";

/// What to run, and when.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where the programs cannot be had (no Go, a registry that does not answer), say so and
    /// succeed.
    #[arg(long)]
    if_available: bool,
    /// Arguments of the tests.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds what is missing, and runs the tests.
pub(crate) fn run(options: &Options) -> Result {
    let Options { if_available, arguments } = options;
    let folder = root().join("target/e2e");
    let programs = assets().map_or_else(|| go::programs(&folder), Ok);
    let both = programs.and_then(|it| Ok((it, debian::programs(&folder)?)));
    let (programs, monitoring) = match both {
        Ok(it) => it,
        Err(error) if *if_available => {
            eprintln!("The end-to-end tests are skipped: {error}");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    wasm::build()?;
    cargo(["test", "--workspace", "--test", "e2e", "--"])
        .args(arguments)
        .env("RULEBOX_E2E_KUBE_APISERVER", programs.kube_apiserver)
        .env("RULEBOX_E2E_ETCD", programs.etcd)
        .env("RULEBOX_E2E_PROMETHEUS", monitoring.prometheus)
        .env("RULEBOX_E2E_PROMTOOL", monitoring.promtool)
        .env("RULEBOX_E2E_ALERTMANAGER", monitoring.alertmanager)
        .run()
}

/// The two programs that make a cluster's API.
pub(crate) struct Programs {
    pub(crate) kube_apiserver: PathBuf,
    pub(crate) etcd: PathBuf,
}

/// Those that the user has.
fn assets() -> Option<Programs> {
    let folder = PathBuf::from(env::var_os(ASSETS)?);
    let programs =
        Programs { kube_apiserver: folder.join("kube-apiserver"), etcd: folder.join("etcd") };
    (programs.kube_apiserver.exists() && programs.etcd.exists()).then_some(programs)
}
