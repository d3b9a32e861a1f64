//! What a pack says of itself: its rules, needs and metrics. Nothing here runs a rule.

use crate::{NeedSet, Severity};

/// What a pack says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackInfo {
    /// kebab-case, unique in a run.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// Its rules, in the order in which they are evaluated.
    pub rules: Vec<RuleInfo>,
    /// What its rules read.
    pub needs: NeedSet,
    /// The metrics that its rules give.
    pub metrics: Vec<MetricInfo>,
    /// JSON Schema of its settings, with defaults; empty where it takes none.
    pub settings_schema: String,
}

/// What a pack says of one of its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// kebab-case, unique in the pack, never reused.
    pub id: String,
    /// How bad its findings are unless they say otherwise.
    pub severity: Severity,
    /// One line: the problem that the rule finds.
    pub summary: String,
    /// Markdown.
    pub documentation: String,
    /// Ids of the needs without which the rule cannot judge.
    pub requires: Vec<String>,
    /// Ids of the needs that only add to what the rule says.
    pub consults: Vec<String>,
}

/// The type of a metric, by its name in OpenMetrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetricType {
    /// A value that goes up and down.
    Gauge,
    /// Facts in labels; the value is 1, the exposed name ends in `_info`.
    Info,
}

/// A metric that a rule has values for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricInfo {
    /// snake_case, ends in its unit; an info metric is named without `_info`.
    pub name: String,
    /// What it is.
    pub metric_type: MetricType,
    /// One sentence.
    pub help: String,
    /// The rule that its samples come from.
    pub rule: String,
    /// The names of its labels.
    pub labels: Vec<String>,
}
