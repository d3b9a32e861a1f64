//! The Helm chart, as this program carries it, and what its templates give. Helm renders the same
//! files; `rulebox manifests` prints what this gives.

use std::{error::Error, fmt};

use serde_json::{Map, Value, json};

use crate::template::Templates;

/// The text of the chart's values with their defaults.
pub const VALUES: &str = include_str!("../chart/values.yaml");

/// The parts that templates share.
const PARTS: &str = include_str!("../chart/templates/_helpers.tpl");

/// The templates by name, in the order in which what they give can be applied.
macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../chart/templates/", $name)))),*]
    };
}

/// The templates of the chart.
pub const TEMPLATES: &[(&str, &str)] = templates![
    "namespace.yaml",
    "serviceaccount.yaml",
    "role.yaml",
    "role-writes.yaml",
    "role-readers.yaml",
    "configmap.yaml",
    "networkpolicy.yaml",
    "service.yaml",
    "deployment.yaml",
    "cronjob.yaml",
    "poddisruptionbudget.yaml",
    "servicemonitor.yaml",
    "prometheusrule.yaml",
    "dashboards.yaml",
];

/// The files that templates read.
const FILES: &[(&str, &str)] = &[
    ("files/alerts.yaml", include_str!("../chart/files/alerts.yaml")),
    ("files/backup-center.json", include_str!("../chart/files/backup-center.json")),
    ("files/rulebox.json", include_str!("../chart/files/rulebox.json")),
];

/// Why a chart cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartError(pub(crate) String);

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ChartError {}

/// The chart with its default values.
#[derive(Debug)]
pub struct Chart {
    templates: Templates,
    defaults: Value,
}

impl Chart {
    /// `defaults`: what stands in [`VALUES`], read as YAML.
    pub fn new(defaults: Value) -> Result<Self, ChartError> {
        // The parts come first: they give nothing themselves.
        let files = [&[("_helpers.tpl", PARTS)], TEMPLATES].concat();
        let templates = Templates::read(&files).map_err(ChartError)?;
        Ok(Self { templates, defaults })
    }

    /// The manifests of a release, as `helm template NAME --namespace NAMESPACE` gives them for
    /// these values over the defaults.
    pub fn render(
        &self,
        name: &str,
        namespace: &str,
        values: &Value,
    ) -> Result<Vec<(&str, String)>, ChartError> {
        let mut all = self.defaults.clone();
        merge(&mut all, values);
        let dot = json!({
            "Values": all,
            "Release": {"Name": name, "Namespace": namespace},
            "Chart": {"Name": "rulebox", "AppVersion": env!("CARGO_PKG_VERSION")},
        });
        let rendered = self.templates.render(&dot, FILES).map_err(ChartError)?;
        let is_there = |it: &(&str, String)| !it.1.trim().is_empty();
        Ok(rendered.into_iter().filter(is_there).collect())
    }
}

/// Puts values over others: maps key by key, all else whole.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Object(Map::new())), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
