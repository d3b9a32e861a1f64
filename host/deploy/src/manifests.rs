//! Plain manifests: the chart with the values that a choice means.

use std::{collections::BTreeSet, fmt::Write as _};

use rulebox_core::{shell_word, text::escape};
use serde_json::{Value, json};

use crate::{
    chart::{Chart, ChartError},
    roles::Roles,
    yaml::to_yaml,
};

/// How Rulebox runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// `rulebox serve`.
    #[default]
    Deployment,
    /// `rulebox check --live`, by a schedule.
    CronJob,
}

/// The kinds of reports that are written into the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportsApi {
    /// Of `wgpolicyk8s.io`.
    PolicyReports,
    /// Of `openreports.io`.
    OpenReports,
}

/// What somebody wants to deploy. What is empty or none is not asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How it runs.
    pub form: Form,
    /// `registry.example.com/rulebox:0.1.0`.
    pub image: String,
    /// What the objects are called.
    pub name: String,
    /// Where it runs.
    pub namespace: String,
    /// Whether to make that namespace.
    pub create_namespace: bool,
    /// How many pods; none: one.
    pub replicas: Option<u32>,
    /// The Secret with its certificate.
    pub tls_secret: Option<String>,
    /// Namespace and name of each ServiceAccount that may then read the metrics.
    pub readers: Vec<(String, String)>,
    /// Where it sends findings.
    pub alertmanager: Option<String>,
    /// Where a CronJob pushes metrics.
    pub pushgateway: Option<String>,
    /// When a CronJob runs.
    pub schedule: Option<String>,
    /// Whether it writes reports.
    pub reports: Option<ReportsApi>,
    /// Whether it writes Events.
    pub events: bool,
    /// Whether Prometheus finds it by a ServiceMonitor.
    pub service_monitor: bool,
    /// Whether Prometheus finds it by annotations.
    pub scrape_annotations: bool,
    /// Whether the alerts come with it.
    pub alerts: bool,
    /// Whether the boards come with it.
    pub dashboards: bool,
    /// Only these rules.
    pub rules: Vec<String>,
    /// Not these.
    pub skip_rules: Vec<String>,
    /// Whether the built-in packs are evaluated.
    pub standard: bool,
    /// Other packs that are files.
    pub packs: Vec<Pack>,
    /// The files of the volume with them.
    pub pack_files: Vec<PackFile>,
    /// Packs of registries, each with its digest: the pods pull them themselves.
    pub references: Vec<String>,
    /// The ports that they connect to for that.
    pub registry_ports: Vec<u16>,
    /// The Secret with their logins.
    pub pull_secret: Option<String>,
    /// Whether a pack takes as much memory to compile as an engine does.
    pub compiles_engines: bool,
    /// The text of a configuration.
    pub config: String,
}

/// A pack of one's own that is a file, or a folder of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Where it is in the volume: `rules.wasm`, `acme/pack.yaml`.
    pub path: String,
    /// Where it is on this machine.
    pub source: String,
}

/// A file of such a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// Where it is in the volume: `rules.wasm`, `acme/pack.yaml`.
    pub path: String,
    /// Where it is on this machine.
    pub source: String,
    /// How long it is.
    pub bytes: usize,
}

/// What a ConfigMap holds at most, of which names take a part:
/// <https://kubernetes.io/docs/concepts/configuration/configmap/>.
const CONFIG_MAP_BYTES: usize = 1 << 20;

/// The memory that a pod may take where it compiles an engine: the 512 MiB that the chart gives it
/// otherwise, and the 1024 MiB that the compiler may take beside it.
const MEMORY_TO_COMPILE: &str = "1536Mi";

impl PackFile {
    /// Its key in a ConfigMap, which has no folders and few characters.
    fn key(&self) -> String {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        self.path.chars().map(|c| if fits(c) { c } else { '.' }).collect()
    }
}

impl Options {
    /// Where the keys of the ConfigMap go in the volume; empty where each is where it is called.
    fn items(&self) -> Vec<Value> {
        if self.pack_files.iter().all(|it| it.key() == it.path) {
            return Vec::new();
        }
        let item = |it: &PackFile| json!({"key": it.key(), "path": it.path});
        self.pack_files.iter().map(item).collect()
    }

    /// The values of the chart that mean the same; the chart has the rest.
    pub fn values(&self, roles: &Roles) -> Result<Value, ChartError> {
        let reports = match self.reports {
            None => "",
            Some(ReportsApi::PolicyReports) => "policyreports",
            Some(ReportsApi::OpenReports) => "openreports",
        };
        let mut values = json!({
            "form": match self.form {
                Form::Deployment => "deployment",
                Form::CronJob => "cronjob",
            },
            "createNamespace": self.create_namespace,
            "fullnameOverride": self.name,
            "writeReports": reports,
            "writeEvents": self.events,
            "serviceMonitor": {"create": self.service_monitor},
            "scrapeAnnotations": self.scrape_annotations,
            "prometheusRule": {"create": self.alerts},
            "dashboards": {"create": self.dashboards},
            "rules": self.rules,
            "skipRules": self.skip_rules,
            "packs": {
                "standard": self.standard,
                "files": self.packs.iter().map(|it| &it.path).collect::<Vec<_>>(),
                "items": self.items(),
                "references": self.references,
            },
            "config": self.config,
            "rbac": roles.values(),
        });
        values["image"] = image(&self.image)?;
        if let Some(replicas) = self.replicas {
            values["replicas"] = replicas.into();
        }
        if let Some(secret) = &self.tls_secret {
            let readers = self.readers.iter();
            let readers = readers.map(|it| json!({"namespace": it.0, "name": it.1}));
            let readers: Vec<_> = readers.collect();
            values["tls"] = json!({"secretName": secret, "readers": readers});
        }
        if let Some(secret) = &self.pull_secret {
            values["packs"]["pullSecret"] = secret.as_str().into();
        }
        if self.compiles_engines {
            values["resources"] = json!({"limits": {"memory": MEMORY_TO_COMPILE}});
        }
        if let Some(schedule) = &self.schedule {
            values["schedule"] = schedule.as_str().into();
        }
        let mut egress = Vec::new();
        for (key, url) in [("alertmanager", &self.alertmanager), ("pushgateway", &self.pushgateway)]
        {
            if let Some(url) = url {
                values[key] = url.as_str().into();
                egress.push(json!({"ports": [{"port": port(url)?, "protocol": "TCP"}]}));
            }
        }
        if !self.registry_ports.is_empty() {
            let ports = self.registry_ports.iter();
            let ports = ports.map(|it| json!({"port": it, "protocol": "TCP"}));
            egress.push(json!({"ports": ports.collect::<Vec<_>>()}));
        }
        if !egress.is_empty() {
            values["networkPolicy"] = json!({"egress": egress});
        }
        Ok(values)
    }
}

/// The parts of an image's name.
fn image(name: &str) -> Result<Value, ChartError> {
    let legal = |it: char| it.is_ascii_alphanumeric() || "._-/:@".contains(it);
    if !name.chars().all(legal) {
        return Err(ChartError(format!("`{name}` is not the name of an image")));
    }
    if let Some((repository, digest)) = name.split_once('@') {
        return Ok(json!({"repository": repository, "digest": digest}));
    }
    // A colon before the last slash is that of a port.
    let from = name.rfind('/').map_or(0, |it| it + 1);
    Ok(match name[from..].split_once(':') {
        None => json!({"repository": name}),
        Some((_, tag)) => {
            json!({"repository": name[..name.len() - tag.len() - 1], "tag": tag})
        }
    })
}

/// The port that a URL names, or that its scheme means.
fn port(url: &str) -> Result<u16, ChartError> {
    let error =
        || ChartError(format!("`{url}` is not a URL such as http://alertmanager.monitoring:9093"));
    let (rest, default) = match url.split_once("://") {
        Some(("http", rest)) => (rest, 80),
        Some(("https", rest)) => (rest, 443),
        _ => return Err(error()),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |it| it.1);
    let is_in_brackets = |it: &str| it.contains(']');
    match host.rsplit_once(':') {
        _ if host.is_empty() || url.chars().any(|it| it.is_whitespace() || it.is_control()) => {
            Err(error())
        }
        Some((_, port)) if !is_in_brackets(port) => port.parse().map_err(|_| error()),
        _ => Ok(default),
    }
}

/// The manifests as one text. Its head says what whoever applies it is to know.
pub fn manifests(chart: &Chart, options: &Options, roles: &Roles) -> Result<String, ChartError> {
    let rendered = chart.render(&options.name, &options.namespace, &options.values(roles)?)?;
    let mut notes = roles.notes();
    if !options.packs.is_empty() {
        notes.push(volume(options));
    }
    notes.extend(logins(options));
    notes.extend(missing_namespaces(options, roles));
    Ok(head(&notes) + &texts(&rendered))
}

/// What to tell of packs that no ConfigMap can hold.
pub fn too_large(packs: &[Pack], files: &[PackFile]) -> Option<String> {
    let bytes: usize = files.iter().map(|it| it.bytes).sum();
    let push = |it: &Pack| {
        let source = shell_word(&it.source).into_owned();
        format!("rulebox rules push {source} oci://registry.example/acme/rules:1.0")
    };
    let push: Vec<_> = packs.iter().map(push).collect();
    (bytes > CONFIG_MAP_BYTES).then(|| {
        format!(
            "the packs have {bytes} bytes, and a ConfigMap holds {CONFIG_MAP_BYTES}: push them to \
             a registry ({}) and name them by `--pack oci://registry.example/acme/rules:1.0`, \
             which the pods pull themselves; or put them into another volume, and give the pods \
             that instead of the ConfigMap rulebox-packs, as `packs.volume` of the Helm chart does",
            push.join(", ")
        )
    })
}

/// What must be there where the pods log in to a registry.
fn logins(Options { pull_secret, namespace, .. }: &Options) -> Option<String> {
    pull_secret.as_ref().map(|it| {
        format!(
            "the pods log in to registries by the Secret {it}, which must exist; it may be made \
             of a file that `docker login` has written: kubectl -n {namespace} create secret \
             docker-registry {it} --from-file=.dockerconfigjson=config.json"
        )
    })
}

/// How the packs come to where the pods read them.
fn volume(Options { packs, pack_files, namespace, .. }: &Options) -> String {
    if let Some(too_large) = too_large(packs, pack_files) {
        return too_large;
    }
    let file = |it: &PackFile| {
        let (key, source) = (it.key(), shell_word(&it.source).into_owned());
        if it.source == key {
            format!("--from-file={source}")
        } else {
            format!("--from-file={key}={source}")
        }
    };
    let files: Vec<_> = pack_files.iter().map(file).collect();
    format!(
        "the packs are read from the ConfigMap rulebox-packs: kubectl -n {namespace} create \
         configmap rulebox-packs {}",
        files.join(" ")
    )
}

/// The namespaces that must be there before what is printed is applied, if any: those of the
/// component that is watched are never made here.
fn missing_namespaces(options: &Options, roles: &Roles) -> Option<String> {
    let own = options.namespace.as_str();
    let mut needed: BTreeSet<_> = roles.namespaces().chain([own]).collect();
    // Every cluster has it.
    needed.remove("kube-system");
    if options.create_namespace {
        needed.remove(own);
    }
    if needed.is_empty() {
        return None;
    }
    let all = needed.iter().copied().collect::<Vec<_>>().join(", ");
    let made = if needed.contains(own) {
        format!("; --create-namespace makes {own}")
    } else {
        String::new()
    };
    Some(format!("these namespaces must exist before this is applied: {all}{made}"))
}

/// The roles alone, for whoever runs `rulebox check --live` as this ServiceAccount.
pub fn role_manifests(
    chart: &Chart,
    options: &Options,
    roles: &Roles,
) -> Result<String, ChartError> {
    // The image of what is not printed.
    let options = Options { image: "none".to_owned(), ..options.clone() };
    let rendered = chart.render(&options.name, &options.namespace, &options.values(roles)?)?;
    let only = ["namespace.yaml", "serviceaccount.yaml", "role.yaml", "role-writes.yaml"];
    let rendered: Vec<_> = rendered.into_iter().filter(|it| only.contains(&it.0)).collect();
    let notes: Vec<_> =
        roles.notes().into_iter().chain(missing_namespaces(&options, roles)).collect();
    Ok(head(&notes) + &texts(&rendered))
}

/// The values for `helm install -f` that mean the same as the choice.
pub fn helm_values(options: &Options, roles: &Roles) -> Result<String, ChartError> {
    let mut values = options.values(roles)?;
    if let Some(values) = values.as_object_mut() {
        values.retain(|key, value| {
            !matches!(value, Value::Bool(false))
                && *value != json!("")
                && *value != json!([])
                && *value != json!({"create": false})
                && key != "fullnameOverride"
        });
        if options.image.is_empty() {
            values.remove("image");
        }
    }
    Ok(head(&roles.notes()) + &to_yaml(&values) + "\n")
}

fn head(notes: &[String]) -> String {
    let mut text = String::new();
    for note in notes {
        // Names of files may hold any character, and a comment is one line.
        let _ = writeln!(text, "# {}", escape(note));
    }
    text
}

fn texts(rendered: &[(&str, String)]) -> String {
    // A line of its own parts documents; lines of a key end so, too, and are indented.
    let texts = rendered.iter().map(|it| format!("\n{}", it.1));
    let documents = texts.flat_map(|it| {
        let documents = it.split("\n---\n").map(str::trim).map(str::to_owned);
        documents.collect::<Vec<_>>()
    });
    // A template that begins or ends with what is not asked for leaves an empty document.
    let documents: Vec<_> = documents.filter(|it| !it.is_empty()).collect();
    format!("{}\n", documents.join("\n---\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_image(name: &str, want: Value) {
        assert_eq!(image(name), Ok(want));
    }

    #[test]
    fn an_image_has_a_tag_or_a_digest() {
        check_image("r.io:5000/a/b", json!({"repository": "r.io:5000/a/b"}));
        check_image("r.io:5000/a:1", json!({"repository": "r.io:5000/a", "tag": "1"}));
        check_image("a@sha256:00", json!({"repository": "a", "digest": "sha256:00"}));
        assert!(image("a b").is_err() && image("a\"").is_err());
    }

    #[track_caller]
    fn check_port(url: &str, want: Option<u16>) {
        assert_eq!(port(url).ok(), want, "{url}");
    }

    #[test]
    fn a_url_has_a_port() {
        check_port("http://a.b:9093", Some(9093));
        check_port("https://a.b/x:1", Some(443));
        check_port("http://u:p@[::1]/x", Some(80));
        check_port("http://[::1]:9091", Some(9091));
        check_port("a.b:9093", None);
        check_port("http://", None);
        check_port("http://a b", None);
        check_port("http://a:b", None);
    }
}
