//! Runs `rulebox serve` against real parts: a kube-apiserver with its etcd, Prometheus and
//! Alertmanager; shares packs by a real registry, with cosign; asks Kubernetes' own CEL beside
//! ours; gives what is deployed to those who read it: Helm, kube-score, promtool and Grafana's
//! types; and gives reports to readers that are not ours. This file finds or builds them and hands
//! their places to the tests, which are `host/cli/tests/e2e` and those of `host/deploy`,
//! `host/report` and
//! `rules/cel`; what is tested is not known here.

mod debian;
mod go;
mod readers;

use std::{env, path::PathBuf};

use crate::{
    process::{Process, Result, cargo, root},
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
    // Without these, some tests say that they were skipped.
    let told = |error: String| eprintln!("Some end-to-end tests are skipped: {error}");
    let readers = go::readers(&folder).map_err(told).ok();
    let definitions = go::definitions(&folder).map_err(told).ok();
    let reports = readers::installed(&folder).map_err(told).ok();
    let registry = debian::registry(&folder).map_err(told).ok();
    let cosign = go::cosign(&folder).map_err(told).ok();
    let cel = go::cel(&folder).map_err(told).ok();
    wasm::build()?;
    if let Some(reports) = reports {
        let read = |test: Process| {
            test.args(["--", "the_readers_of_others_read_every_format"])
                .env("RULEBOX_READERS", &reports)
                .env("RULEBOX_E2E_DEFINITIONS", definitions.clone().unwrap_or_default())
                .env("PROMTOOL", &monitoring.promtool)
                .run()
        };
        read(cargo(["test", "--package", "rulebox-report", "--lib"]))?;
        read(cargo(["test", "--workspace", "--test", "formats"]))?;
    }
    if let Some(cel) = cel {
        let test = ["test", "--package", "rulebox-cel", "--test", "kubernetes_evaluates"];
        cargo(test).env("RULEBOX_E2E_CEL", cel).run()?;
    }
    let mut deploy = cargo(["test", "--package", "rulebox-deploy", "--tests", "--"])
        .args(arguments)
        .env("PROMTOOL", &monitoring.promtool);
    if let Some(Readers { helm, kube_score, boards }) = readers {
        let them = [("HELM", helm), ("KUBE_SCORE", kube_score), ("GRAFANA_BOARDS", boards)];
        deploy = them.into_iter().fold(deploy, |it, (name, program)| it.env(name, program));
    }
    deploy.run()?;
    cargo(["test", "--workspace", "--test", "e2e", "--"])
        .args(arguments)
        .env("RULEBOX_E2E_DEFINITIONS", definitions.unwrap_or_default())
        .env("RULEBOX_E2E_KUBE_APISERVER", programs.kube_apiserver)
        .env("RULEBOX_E2E_ETCD", programs.etcd)
        .env("RULEBOX_E2E_PROMETHEUS", monitoring.prometheus)
        .env("RULEBOX_E2E_PROMTOOL", monitoring.promtool)
        .env("RULEBOX_E2E_ALERTMANAGER", monitoring.alertmanager)
        .env("RULEBOX_E2E_REGISTRY", registry.unwrap_or_default())
        .env("RULEBOX_E2E_COSIGN", cosign.unwrap_or_default())
        .run()
}

/// Measures `rulebox serve` with many objects, and prints what it takes.
pub(crate) fn bench(pods: u64, minutes: u64) -> Result {
    let folder = root().join("target/e2e");
    let programs = assets().map_or_else(|| go::programs(&folder), Ok)?;
    let rulebox = crate::dist::program()?;
    cargo(["test", "--quiet", "--package", "rulebox", "--test", "e2e", "--"])
        .args(["--ignored", "--exact", "--nocapture", "scale::a_large_cluster_for_an_hour"])
        .env("RULEBOX_E2E_KUBE_APISERVER", programs.kube_apiserver)
        .env("RULEBOX_E2E_ETCD", programs.etcd)
        .env("RULEBOX_BENCH_PROGRAM", rulebox)
        .env("RULEBOX_BENCH_PODS", pods.to_string())
        .env("RULEBOX_BENCH_MINUTES", minutes.to_string())
        .run()
}

/// The two programs that make a cluster's API.
pub(crate) struct Programs {
    pub(crate) kube_apiserver: PathBuf,
    pub(crate) etcd: PathBuf,
}

/// What reads manifests and boards.
pub(crate) struct Readers {
    pub(crate) helm: PathBuf,
    pub(crate) kube_score: PathBuf,
    pub(crate) boards: PathBuf,
}

/// Those that the user has.
fn assets() -> Option<Programs> {
    let folder = PathBuf::from(env::var_os(ASSETS)?);
    let programs =
        Programs { kube_apiserver: folder.join("kube-apiserver"), etcd: folder.join("etcd") };
    (programs.kube_apiserver.exists() && programs.etcd.exists()).then_some(programs)
}
