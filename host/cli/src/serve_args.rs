//! What `rulebox serve` takes, as clap parses it. What it means is decided elsewhere.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, ValueHint};
use rulebox_serve::Options;

use crate::{
    elsewhere_args::ServeOutputs,
    numbers::{self, count},
    pack_args::{Choice, PackLimits, Packs, RULES},
};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox serve
  rulebox serve --context east --context west --pack standard --pack my-rules.wasm
  rulebox serve --listen 0.0.0.0:9464 --tls-cert tls.crt --tls-key tls.key
  rulebox serve --alertmanager http://alertmanager.monitoring:9093
  rulebox serve --write-reports policyreports --write-events --lease ops/rulebox

It watches what the rules read, and evaluates what changes. Over HTTP: /metrics for Prometheus, \
/api/v1/findings, /api/v1/report, /api/v1/events (server-sent events), /livez and /readyz. The \
configuration, the packs and the certificate are read again when their files change.";

/// What `rulebox serve` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) clusters: Clusters,
    #[command(flatten)]
    pub(crate) packs: Packs,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// A file of YAML: settings, severities and suppressions, as `rulebox check --help` shows them;
    /// repeatable, a later one wins.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = RULES)]
    pub(crate) config: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) evaluation: Evaluation,
    #[command(flatten)]
    pub(crate) outputs: ServeOutputs,
    #[command(flatten)]
    pub(crate) site: Http,
    #[command(flatten)]
    pub(crate) limits: PackLimits,
}

/// Which clusters are watched.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Clusters")]
pub(crate) struct Clusters {
    /// The kubeconfig context of a cluster; repeatable. Without it, the current context, or the
    /// cluster that this pod runs in.
    #[arg(long = "context", value_name = "CONTEXT")]
    pub(crate) contexts: Vec<String>,
    /// Watch the cluster of every context.
    #[arg(long, conflicts_with = "contexts")]
    pub(crate) all_contexts: bool,
    /// Stay within this namespace; repeatable. Rules that need others then have no data.
    #[arg(long, short, value_name = "NAMESPACE")]
    pub(crate) namespace: Vec<String>,
    /// The kubeconfig file, in place of $KUBECONFIG and ~/.kube/config.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// How long a request to a cluster may take until it is answered.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(crate) request_timeout: Duration,
    /// How long what a lost watch has shown still counts, at least 2s. Then rules that need it have
    /// no data. Below 90s watches are asked for anew as often as that takes.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = stale_after)]
    pub(crate) stale_after: Duration,
}

/// When rules are evaluated.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Evaluation")]
pub(crate) struct Evaluation {
    /// Evaluate all rules at least so often, because ages grow. What changes is evaluated within a
    /// second.
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = duration)]
    pub(crate) interval: Duration,
}

/// What is served, where, and to whom.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "HTTP")]
pub(crate) struct Http {
    /// The address and port to listen on. On a loopback, requests must name a loopback or this
    /// address as their host.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9464")]
    #[arg(value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// The certificate to show, as PEM, with its chain. Where --listen names another address than a
    /// loopback, each request must then bear a token that the cluster lets `get` the path:
    /// /metrics, /rulebox/ for the page, or /rulebox/api/v1/findings and so on.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the certificate, as PEM.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Answer whoever can connect, on any address and by any name, without asking who it is;
    /// without a certificate in plain text.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// The most series of one scrape.
    #[arg(long, value_name = "N", default_value_t = Options::default().max_series)]
    #[arg(value_parser = count)]
    pub(crate) max_series: usize,
    /// How to log to standard error.
    #[arg(long, value_name = "FORMAT", default_value_t, value_enum, ignore_case = true)]
    pub(crate) log_format: LogFormat,
    /// Log more: each evaluation, and what packs log.
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A line of JSON.
    Json,
}

/// Where to listen.
fn address(typed: &str) -> Result<SocketAddr, String> {
    typed.parse().map_err(|_| {
        "write an IP address and a port, such as 127.0.0.1:9464, 0.0.0.0:9464 or [::]:9464"
            .to_owned()
    })
}

/// How often something is done, or how long it counts.
fn duration(typed: &str) -> Result<Duration, String> {
    let given = numbers::duration(typed)?;
    let least = Duration::from_millis(100);
    (given >= least).then_some(given).ok_or_else(|| "write 100ms or more".to_owned())
}

/// The same, where a watch that is lost can be noticed within that time.
fn stale_after(typed: &str) -> Result<Duration, String> {
    let given = duration(typed)?;
    let least = rulebox_cluster::LEAST_STALE_AFTER;
    (given >= least).then_some(given).ok_or_else(|| {
        format!(
            "a watch that is lost is noticed after {0} s at the soonest: write {0}s or more",
            least.as_secs()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_all_the_time_is_refused() {
        assert_eq!(duration("100ms"), Ok(Duration::from_millis(100)));
        assert!(duration("10ms").is_err_and(|it| it.contains("100ms or more")));
    }

    #[test]
    fn what_is_lost_sooner_than_it_can_be_noticed_is_refused() {
        assert_eq!(stale_after("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(stale_after("5m"), Ok(Duration::from_mins(5)));
        for short in ["1", "1s", "500ms"] {
            assert!(stale_after(short).is_err_and(|it| it.contains("2s or more")), "{short}");
        }
        assert_eq!(stale_after("soon"), duration("soon"));
    }
}
