//! What is typed for `rulebox manifests`, and what it means for what is deployed. `deploy` prints
//! it.

use clap::{Args, ValueEnum, ValueHint};
use rulebox_core::{is_group, is_namespace, text::is_hidden};
use rulebox_deploy::{Form, Options, Plurals, ReportsApi};

use crate::exit::Failure;

/// What `--config` is here.
pub(crate) const CONFIG: &str =
    "A configuration, as `check` and `serve` take it by --config; it becomes a ConfigMap";

// Lines of at most 80 columns: clap would break longer ones, and commands are copied.
pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox manifests --image r.example.com/rulebox:1 | kubectl apply -f -
  rulebox manifests --image r.example.com/rulebox:1 --form cronjob
  rulebox manifests --role-only
  rulebox manifests --helm-values --rule vault-unavailable > values.yaml
  rulebox manifests --image r.io/rulebox:1 --pack oci://r.io/acme/rules:1.0

It may read what the chosen rules need, and no more: a Role where they name namespaces, a \
ClusterRole for the rest. These namespaces must be there. `cargo xtask image` makes the image. \
Packs of registries are pulled and verified here, and again by the pods, by the digest that they \
have now; packs that are files are read from a ConfigMap. What is printed is the Helm chart in \
host/deploy/chart with these values.";

/// What is typed.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Manifests {
    /// The image, as your registry has it: registry.example.com/rulebox:0.1.0
    #[arg(long, value_name = "IMAGE", required_unless_present_any = ["role_only", "helm_values"])]
    image: Option<String>,
    /// How it runs: `rulebox serve` in a Deployment, or `rulebox check --live` in a CronJob
    /// [default: deployment; with --role-only: cronjob].
    #[arg(long, value_name = "FORM", ignore_case = true)]
    form: Option<FormWord>,
    /// Print the roles alone, for whoever runs `rulebox check --live` himself: they allow `list`.
    /// With `--form deployment` for whoever runs `rulebox serve`: they allow `watch`, too.
    #[arg(long, conflicts_with_all = ["helm_values", "image"])]
    pub(crate) role_only: bool,
    /// Print values for the Helm chart instead.
    #[arg(long)]
    pub(crate) helm_values: bool,
    /// What its objects are called.
    #[arg(long, value_name = "NAME", default_value = "rulebox", value_parser = dns_label)]
    name: String,
    /// The namespace that it runs in.
    #[arg(long, short, value_name = "NAMESPACE", default_value = "rulebox")]
    #[arg(value_parser = dns_label)]
    namespace: String,
    /// Make that namespace too, with the Pod Security level `restricted`.
    #[arg(long)]
    create_namespace: bool,
    /// How many pods; several elect a leader by a Lease, and only it writes to the cluster.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10))]
    replicas: Option<u32>,
    #[command(flatten)]
    writes: Writes,
    #[command(flatten)]
    scraped: Scraped,
    /// A Secret of type kubernetes.io/dockerconfigjson, by which the pods log in to the registries
    /// of their packs.
    #[arg(long, value_name = "SECRET", value_parser = dns_name)]
    #[arg(help_heading = "Packs of registries")]
    pull_secret: Option<String>,
    /// The plural of a kind that is not Kubernetes' own and is guessed wrongly; repeatable.
    #[arg(long = "plural", value_name = "KIND.GROUP=PLURAL", help_heading = "Rules and packs")]
    #[arg(value_parser = plural)]
    pub(crate) plurals: Vec<String>,
}

/// What it writes, and where to. Each comes with its own permissions.
#[derive(Debug, Args)]
#[command(next_help_heading = "What it writes")]
struct Writes {
    /// Write findings as reports, whose kinds must be installed.
    #[arg(long, value_name = "KIND", ignore_case = true)]
    write_reports: Option<ReportsWord>,
    /// Write findings as Events.
    #[arg(long)]
    write_events: bool,
    /// Also send findings to this Alertmanager.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    alertmanager: Option<String>,
    /// Where a CronJob pushes metrics to.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pushgateway: Option<String>,
    /// When a CronJob runs: five fields of cron. [default: every 15 minutes]
    #[arg(long, value_name = "CRON", value_parser = cron)]
    schedule: Option<String>,
}

/// How its metrics are found, and what comes with them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Monitoring")]
struct Scraped {
    /// A Secret with tls.crt, tls.key and ca.crt. Then whoever asks needs a token that may read
    /// /metrics; without it, the NetworkPolicy says who reaches it.
    #[arg(long, value_name = "SECRET", value_parser = dns_name)]
    tls_secret: Option<String>,
    /// The ServiceAccount that may read /metrics, such as monitoring/prometheus-k8s; repeatable.
    #[arg(long = "reader", value_name = "NAMESPACE/NAME", value_parser = account)]
    readers: Vec<(String, String)>,
    /// A ServiceMonitor of the Prometheus operator.
    #[arg(long, conflicts_with = "scrape_annotations")]
    service_monitor: bool,
    /// Annotations of the pods, by which Prometheus finds them.
    #[arg(long)]
    scrape_annotations: bool,
    /// The alerts of `rulebox alerts`, as a PrometheusRule.
    #[arg(long)]
    prometheus_rule: bool,
    /// The boards of `rulebox dashboard`, as a ConfigMap that Grafana's sidecar finds.
    #[arg(long)]
    dashboards: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormWord {
    Deployment,
    Cronjob,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportsWord {
    Policyreports,
    Openreports,
}

impl Manifests {
    /// Refuses what has no effect in the form that was chosen. `pulls`: whether a pack of a
    /// registry was named.
    pub(crate) fn check(&self, pulls: bool) -> Result<(), Failure> {
        if self.pull_secret.is_some() && !pulls {
            let message = "--pull-secret has no effect without a pack of a registry";
            let help = "name one: --pack oci://registry.example/acme/rules:1.0";
            return Err(Failure::usage(message).help(help));
        }
        let is_cronjob = self.form == Some(FormWord::Cronjob);
        let Writes { write_events, alertmanager, pushgateway, schedule, .. } = &self.writes;
        let Scraped { tls_secret, readers, service_monitor, scrape_annotations, .. } =
            &self.scraped;
        let of_deployment = [
            ("--replicas", self.replicas.is_some()),
            ("--write-events", *write_events),
            ("--alertmanager", alertmanager.is_some()),
            ("--tls-secret", tls_secret.is_some()),
            ("--reader", !readers.is_empty()),
            ("--service-monitor", *service_monitor),
            ("--scrape-annotations", *scrape_annotations),
        ];
        let of_cronjob =
            [("--pushgateway", pushgateway.is_some()), ("--schedule", schedule.is_some())];
        let (others, form) = if is_cronjob {
            (&of_deployment[..], "deployment")
        } else {
            (&of_cronjob[..], "cronjob")
        };
        match others.iter().find(|it| it.1) {
            Some((flag, _)) => Err(Failure::usage(format!("{flag} is for --form {form}"))
                .help(format!("type --form {form}, or leave {flag} out"))),
            None if tls_secret.is_none() && !readers.is_empty() => {
                let message = "--reader has no effect without --tls-secret";
                Err(Failure::usage(message.to_owned())
                    .help("without a certificate, the NetworkPolicy says who reads the metrics"))
            }
            None => Ok(()),
        }
    }

    /// What somebody may have forgotten.
    pub(crate) fn note(&self) -> Option<String> {
        let Scraped { tls_secret, readers, .. } = &self.scraped;
        let note = "nobody may read /metrics yet: name the ServiceAccount of Prometheus, as by \
                    --reader monitoring/prometheus-k8s";
        (tls_secret.is_some() && readers.is_empty()).then(|| note.to_owned())
    }

    /// What is deployed; which rules and packs, and with which configuration, is not known here.
    pub(crate) fn options(&self) -> Options {
        let Writes { write_reports, write_events, alertmanager, pushgateway, schedule } =
            &self.writes;
        Options {
            form: match self.form {
                Some(FormWord::Cronjob) => Form::CronJob,
                None if self.role_only => Form::CronJob,
                Some(FormWord::Deployment) | None => Form::Deployment,
            },
            image: self.image.clone().unwrap_or_default(),
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            create_namespace: self.create_namespace,
            replicas: self.replicas,
            tls_secret: self.scraped.tls_secret.clone(),
            readers: self.scraped.readers.clone(),
            alertmanager: alertmanager.clone(),
            pushgateway: pushgateway.clone(),
            schedule: schedule.clone(),
            pull_secret: self.pull_secret.clone(),
            reports: write_reports.map(|it| match it {
                ReportsWord::Policyreports => ReportsApi::PolicyReports,
                ReportsWord::Openreports => ReportsApi::OpenReports,
            }),
            events: *write_events,
            service_monitor: self.scraped.service_monitor,
            scrape_annotations: self.scraped.scrape_annotations,
            alerts: self.scraped.prometheus_rule,
            dashboards: self.scraped.dashboards,
            ..Options::default()
        }
    }
}

/// A name of one part, as of a namespace.
fn dns_label(text: &str) -> Result<String, String> {
    // Names of roles and of a Lease are made of it.
    const LONGEST: usize = 50;
    if is_namespace(text) && text.len() <= LONGEST {
        return Ok(text.to_owned());
    }
    Err(format!("a name has small letters, digits and dashes, and at most {LONGEST} characters"))
}

/// A name of parts with dots between, as of a Secret.
fn dns_name(text: &str) -> Result<String, String> {
    if !text.is_empty() && is_group(text) {
        return Ok(text.to_owned());
    }
    Err("the name of a Secret has small letters, digits, dashes and dots".to_owned())
}

/// Namespace and name of a ServiceAccount.
fn account(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('/');
    let parts = parts.filter(|(namespace, name)| is_namespace(namespace) && is_group(name));
    let parts = parts.filter(|it| !it.1.is_empty());
    let (namespace, name) = parts.ok_or("write NAMESPACE/NAME, as monitoring/prometheus-k8s")?;
    Ok((namespace.to_owned(), name.to_owned()))
}

/// Five fields of cron, or a word for them. What stands in them is for the API server to judge.
fn cron(text: &str) -> Result<String, String> {
    let fields = text.split_ascii_whitespace().count();
    let is_word = text.starts_with('@') && fields == 1;
    if text.chars().any(is_hidden) || !is_word && fields != 5 {
        return Err("not five fields of cron, as \"0 * * * *\"".to_owned());
    }
    Ok(text.to_owned())
}

/// `Mouse.example.org=mice`.
fn plural(text: &str) -> Result<String, String> {
    Plurals::default().add(text).map(|()| text.to_owned()).map_err(|it| it.to_string())
}
