//! What `serve` and `check --live` write elsewhere than into files, from what was typed to what
//! writes it. How it is written is not known here.

use std::{collections::BTreeMap, env, fs, path::Path, time::Duration};

use rulebox_core::{Report, ReportedFinding};
use rulebox_report::PrometheusOptions;
use rulebox_serve::{Address, Client, Outputs, Reports};

use crate::{
    cluster_args::Live,
    elsewhere_args::{CheckOutputs, ServeOutputs},
    exit::{Exit, Failure},
    files, gather, packs,
    requests::block_on,
};

/// A bundle of all authorities that a system trusts takes 250 KB.
const PEM_BYTES: usize = 4 << 20;

/// The documentation of the built-in rules, below the root of this repository.
const RULES: &str = "rules/standard/RULES.md";

/// A run ends, so what the server was too busy for is tried so often again: a new definition is
/// served after some seconds.
const AGAIN: usize = 3;

/// Before each.
const PAUSE: Duration = Duration::from_secs(2);

/// What to `serve` was meant.
pub(crate) fn of_serve(typed: &ServeOutputs, namespaces: &[String]) -> Result<Outputs, Failure> {
    let ServeOutputs { alertmanager, alertmanager_ca, alertmanager_auth, .. } = typed;
    let ca = ("--alertmanager-ca", alertmanager_ca.as_deref());
    let auth = ("--alertmanager-auth", alertmanager_auth.as_deref());
    Ok(Outputs {
        client: client(alertmanager, ca, auth)?,
        alertmanagers: alertmanager.clone(),
        runbooks: runbooks(typed.runbook_url.as_deref()),
        reports: typed.write_reports.map(Into::into),
        events: typed.write_events,
        namespaces: namespaces.to_vec(),
        instance: pod(),
    })
}

/// The documentation of each built-in pack.
fn runbooks(base: Option<&str>) -> BTreeMap<String, String> {
    let page = base.map(|it| format!("{}/{RULES}", it.trim_end_matches('/')));
    let packs = packs::built_in();
    page.map(|page| packs.iter().map(|it| ((*it).to_owned(), page.clone())).collect())
        .unwrap_or_default()
}

/// The name of this pod, as Kubernetes sets it in a pod.
pub(crate) fn pod() -> String {
    let name = env::var("POD_NAME").or_else(|_| env::var("HOSTNAME")).unwrap_or_default();
    let name = if name.is_empty() {
        fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default()
    } else {
        name
    };
    let name = name.trim();
    if name.is_empty() { "rulebox".to_owned() } else { name.to_owned() }
}

/// What sends to these addresses.
fn client(
    addresses: &[Address],
    (ca_name, ca): (&str, Option<&Path>),
    (auth_name, auth): (&str, Option<&Path>),
) -> Result<Client, Failure> {
    if let (Some(plain), true) = (addresses.iter().find(|it| it.is_plain()), auth.is_some()) {
        return Err(Failure::usage(format!("{auth_name} would be sent to {plain} in plain text"))
            .help("name an https:// URL"));
    }
    let tls = addresses.iter().any(Address::is_tls);
    if let (Some(ca), false) = (ca, tls) {
        let ca = ca.display();
        return Err(Failure::usage(format!("{ca_name} {ca} is of no use without https"))
            .help("name an https:// URL, or leave it out"));
    }
    let read = |path: &Path| {
        files::read_small(path, PEM_BYTES).map_err(|it| {
            Failure::usage(format!("cannot read {}: {}", path.display(), files::words(&it)))
                .help("name a file of PEM")
        })
    };
    let authorities = ca.map(read).transpose()?;
    Client::new(tls, authorities.as_deref(), auth.map(Path::to_owned)).map_err(|it| {
        let named = [(ca_name, ca), (auth_name, auth)];
        let named = named.iter().filter_map(|(name, path)| {
            let path = path.as_ref()?.display();
            Some(format!("{name} {path}"))
        });
        let named: Vec<_> = named.collect();
        let named = if named.is_empty() { "TLS".to_owned() } else { named.join(" and ") };
        Failure::usage(format!("cannot use {named}: {it}"))
            .help("an authority is a certificate as PEM, a token is one line")
    })
}

impl CheckOutputs {
    /// What sends, before anything is read: what was typed wrongly is told at once.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let Self { pushgateway, pushgateway_ca, pushgateway_auth, .. } = self;
        let ca = ("--pushgateway-ca", pushgateway_ca.as_deref());
        let auth = ("--pushgateway-auth", pushgateway_auth.as_deref());
        client(pushgateway.as_slice(), ca, auth)
    }
}

/// Writes what `check --live` writes elsewhere. Returns what could not be written; that costs none
/// of the others. `name`: what findings call the one cluster.
pub(crate) fn of_check(
    typed: &CheckOutputs,
    (live, max_series): (&Live, usize),
    client: &Client,
    name: &str,
    report: &Report,
) -> Vec<Failure> {
    if typed.write_reports.is_none() && typed.pushgateway.is_none() {
        return Vec::new();
    }
    let written = block_on(write(typed, (live, max_series), client, name, report));
    written.unwrap_or_else(|failure| vec![failure])
}

async fn write(
    typed: &CheckOutputs,
    (live, max_series): (&Live, usize),
    client: &Client,
    name: &str,
    report: &Report,
) -> Vec<Failure> {
    let CheckOutputs { write_reports, pushgateway, .. } = typed;
    let mut failures = Vec::new();
    if let Some(kind) = write_reports {
        // One that could not be read keeps its reports: it is not known that nothing is wrong.
        let all = live.all_contexts;
        for asked in report.asked.iter().filter(|it| it.up).map(|it| &*it.cluster) {
            let name = if all { asked } else { name };
            let options = gather::options(&live.target, &live.deadline);
            let context = if all { Some(asked.to_owned()) } else { options.context.clone() };
            let options = rulebox_cluster::Options { context, ..options };
            match rulebox_cluster::connect(&options).await {
                Ok(cluster) => {
                    let namespaces = &options.namespaces;
                    let mut reports = Reports::new(cluster, name, (*kind).into(), namespaces);
                    let now = gather::now();
                    let first_seen = |_: &ReportedFinding| now;
                    let mut done = reports.write(report, &first_seen, now).await;
                    for _ in 0..AGAIN {
                        if !done.passes {
                            break;
                        }
                        tokio::time::sleep(PAUSE).await;
                        done = reports.write(report, &first_seen, now).await;
                    }
                    failures.extend(done.failures.into_iter().map(unwritten_report));
                }
                Err(error) => failures.push(unwritten_report(error.to_string())),
            }
        }
    }
    if let Some(to) = pushgateway {
        let options = PrometheusOptions { max_series };
        if let Err(error) = rulebox_serve::push(client, to, name, report, options).await {
            failures.push(
                Failure::usage(format!("cannot push to {to}: {error}"))
                    .help("check the URL, and what the Pushgateway logs"),
            );
        }
    }
    failures
}

fn unwritten_report(error: String) -> Failure {
    Failure {
        exit: Exit::Usage,
        message: format!("cannot write a report: {error}"),
        help:
            "the account must be allowed to list, patch, create and delete the reports, of which \
               the cluster must have the definitions"
                .to_owned(),
    }
}
