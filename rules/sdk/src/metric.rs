//! Metrics that a rule declares: their names, help texts and labels.

use rulebox_core::MetricType;

/// A metric that a rule gives, with the names of its `N` labels.
///
/// Declare it as a constant, name it in `#[rule(metrics(…))]`, and give its values with
/// [`crate::Run::sample`].
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "`metric_type` is the word of the contract")]
pub struct Metric<const N: usize> {
    name: &'static str,
    metric_type: MetricType,
    help: &'static str,
    labels: [&'static str; N],
}

/// A [`Metric`] whatever the number of its labels.
#[derive(Debug, Clone, Copy)]
pub struct MetricDeclaration {
    pub(crate) name: &'static str,
    pub(crate) metric_type: MetricType,
    pub(crate) help: &'static str,
    pub(crate) labels: &'static [&'static str],
}

impl<const N: usize> Metric<N> {
    /// A value that goes up and down. The name is snake_case and ends in its unit, if it has one.
    pub const fn gauge(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        Self { name, metric_type: MetricType::Gauge, help, labels }
    }

    /// Facts in labels; the value is 1. It is exposed as `<name>_info`.
    pub const fn info(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        Self { name, metric_type: MetricType::Info, help, labels }
    }

    /// Its name, without `_info`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Called by derived code.
    #[doc(hidden)]
    pub const fn info_of(metric: &'static Self) -> MetricDeclaration {
        MetricDeclaration {
            name: metric.name,
            metric_type: metric.metric_type,
            help: metric.help,
            labels: &metric.labels,
        }
    }
}
