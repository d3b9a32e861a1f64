//! What runs Rulebox in a cluster, and what shows and tells what it finds: the Helm chart and the
//! plain manifests that are the chart rendered, the roles that follow from what rules read, boards
//! for Grafana, rules for Prometheus.
//!
//! What it needs comes in, text goes out. It knows no files, no clusters and no WebAssembly; who
//! calls it reads the values and writes the text.
//!
//! ```text
//! NeedsView ─> Roles ─┐
//! values, a choice ───┴─> Chart::render ─> manifests
//! ```

mod chart;
mod manifests;
mod roles;

mod template;
mod yaml;

mod alerts;
mod dashboard;
mod metrics;

pub use alerts::{Alert, RulesForm, RunbookBase, alerts, alerts_page, rules_text};
pub use chart::{Chart, ChartError, TEMPLATES, VALUES};
pub use dashboard::{Board, dashboard};
pub use manifests::{
    Form, Options, Pack, PackFile, ReportsApi, helm_values, manifests, role_manifests, too_large,
};
pub use metrics::{HOST_METRICS, HostMetric};
pub use roles::{PluralError, Plurals, Roles};
pub use yaml::{to_yaml, to_yaml_commented};
