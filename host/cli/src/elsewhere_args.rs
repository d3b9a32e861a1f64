//! What `serve` and `check --live` write elsewhere than into files, as clap parses it. What it
//! means is decided elsewhere.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use rulebox_serve::{Address, LeaseName, ReportKind};

/// The heading of what is written elsewhere.
const OUTPUTS: &str = "Outputs";

/// What `serve` writes elsewhere.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = OUTPUTS)]
pub(crate) struct ServeOutputs {
    /// Send an alert for each finding to this Alertmanager; repeatable, for each of a cluster of
    /// them.
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    pub(crate) alertmanager: Vec<Address>,
    /// The authorities that sign the certificate of Alertmanager, as PEM, in place of those that
    /// this system trusts.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "alertmanager")]
    pub(crate) alertmanager_ca: Option<PathBuf>,
    /// A file with a bearer token for Alertmanager, or with all of the header (`Basic …`). It is
    /// read for each request.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "alertmanager")]
    pub(crate) alertmanager_auth: Option<PathBuf>,
    /// Where this repository can be read, such as https://git.example.org/rulebox/blob/main: alerts
    /// of built-in rules then name their documentation as runbook.
    #[arg(long, value_name = "URL", value_parser = web_page, requires = "alertmanager")]
    pub(crate) runbook_url: Option<String>,
    /// Write reports into the clusters: one for each namespace with findings, one for the cluster.
    #[arg(long, value_name = "KIND", value_enum, ignore_case = true)]
    pub(crate) write_reports: Option<Kind>,
    /// Write an Event for each new finding, which `kubectl describe` shows of its object.
    #[arg(long)]
    pub(crate) write_events: bool,
    /// Let one of several replicas write, and serve findings as metrics: the one that holds this
    /// Lease, in the first of the clusters.
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = LeaseName::parse)]
    pub(crate) lease: Option<LeaseName>,
}

/// What `check --live` writes elsewhere.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Live cluster")]
pub(crate) struct CheckOutputs {
    /// Write reports into the cluster: one for each namespace with findings, one for the cluster.
    #[arg(long, value_name = "KIND", value_enum, ignore_case = true, requires = "live")]
    pub(crate) write_reports: Option<Kind>,
    /// Push the metrics to this Pushgateway, as job `rulebox`; where --cluster names it, as its.
    #[arg(long, value_name = "URL", value_parser = Address::parse, requires = "live")]
    pub(crate) pushgateway: Option<Address>,
    /// The authorities that sign the certificate of the Pushgateway, as PEM, in place of those that
    /// this system trusts.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "pushgateway")]
    pub(crate) pushgateway_ca: Option<PathBuf>,
    /// A file with a bearer token for the Pushgateway, or with all of the header (`Basic …`).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "pushgateway")]
    pub(crate) pushgateway_auth: Option<PathBuf>,
}

/// Which report objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// PolicyReport and ClusterPolicyReport of wgpolicyk8s.io/v1alpha2.
    #[value(name = ReportKind::PolicyReports.as_str())]
    PolicyReports,
    /// Report and ClusterReport of openreports.io/v1alpha1.
    #[value(name = ReportKind::OpenReports.as_str())]
    OpenReports,
}

impl From<Kind> for ReportKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::PolicyReports => Self::PolicyReports,
            Kind::OpenReports => Self::OpenReports,
        }
    }
}

/// A page on the web, without a fragment.
fn web_page(typed: &str) -> Result<String, String> {
    let rest = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://"));
    let is_page = |it: &str| {
        !it.starts_with('/')
            && !it.is_empty()
            && it.chars().all(|c| c.is_ascii_graphic() && c != '#')
    };
    let error = || "not a URL such as https://git.example.org/rulebox/blob/main".to_owned();
    rest.filter(|it| is_page(it)).map(|_| typed.to_owned()).ok_or_else(error)
}
