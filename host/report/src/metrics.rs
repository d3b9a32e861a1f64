//! For Prometheus: the text exposition format 0.0.4, as a scrape or a file for the textfile collector reads it.
//!
//! The encoder is our own: `prometheus-client` writes OpenMetrics text only, whose `info` type and `# EOF` a parser of
//! 0.0.4 refuses, and it leaves families in the order of registration.

use std::{collections::BTreeMap, fmt::Write as _};

use rulebox_core::{
    Finding, MetricType, ObjectRef, PackFailure, PackSample, Problem, Report, ReportedFinding,
    RuleOutcome, Severity,
};

use crate::prose::escape;

/// What an HTTP answer with this text has as its `Content-Type`.
pub const PROMETHEUS_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Managed Prometheus services bill custom metrics by the series, and a scrape limit of 10 000 samples is common. A
/// backup center of ordinary size has some hundreds.
pub const DEFAULT_MAX_SERIES: usize = 10_000;

/// What the caller decides of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrometheusOptions {
    /// At most so many series. The host's own counts ([`prometheus`] names them) are never cut, so that there may be
    /// more than this where a run has thousands of rules.
    pub max_series: usize,
}

impl Default for PrometheusOptions {
    fn default() -> Self {
        Self { max_series: DEFAULT_MAX_SERIES }
    }
}

/// Writes the metrics of a report, in the order of their names.
///
/// | family | labels | value |
/// |---|---|---|
/// | `rulebox_as_of_timestamp_seconds` | | the moment that the run speaks of; absent where unknown |
/// | `rulebox_finding` | pack, rule, severity, kind, namespace, name, and the finding's own | 1 |
/// | `rulebox_findings` | pack, rule, severity | findings that count |
/// | `rulebox_findings_suppressed` | pack, rule, severity | findings that the configuration silences |
/// | `rulebox_objects` | group, kind | objects read |
/// | `rulebox_objects_needed` | | different objects that a need selects |
/// | `rulebox_pack_failures` | pack, code | failures of packs and rules |
/// | `rulebox_rule_result` | pack, rule, result | 1 |
/// | `rulebox_series_dropped` | reason | series that are left out: see below |
/// | `rulebox_source_problems` | lost | problems of inputs; `lost="true"`: objects may be missing |
///
/// Besides these stand the metrics of the packs; an info metric gets the suffix `_info`. `cluster` is added where a run
/// has several clusters. All are gauges: they tell the state of one run, and a series is gone when its finding is.
/// Durations and the time of the run are those of a process that serves, not of a report: they are not here, and the
/// same report gives the same bytes.
///
/// **A finding's own labels** join `rulebox_finding` with `_` for what a label name cannot hold. Left out are those
/// that name one attempt and not the problem (`request_id`, `uid`: each would start a new series) and values longer than
/// 128 characters; one that is named like a label of the host gets the prefix `exported_`. Suppressed findings are
/// counted, and have no `rulebox_finding`.
///
/// **Cut.** Above [`PrometheusOptions::max_series`], the largest families lose first; `rulebox_finding` loses its least
/// severe, others their last in order. `rulebox_finding`, `rulebox_objects` and the packs' metrics can be cut. Prometheus
/// refuses a scrape with a series twice or a malformed name, so these are left out as well. `rulebox_series_dropped`
/// counts them by reason (`conflict`: another pack, or the host, has the name; `duplicate`; `invalid`; `limit`), and
/// a comment in the first lines names the families.
pub fn prometheus(report: &Report, options: PrometheusOptions) -> String {
    let mut families = Families::default();
    host(&mut families, report);
    findings(&mut families, report);
    samples(&mut families, report);
    families.limit(options.max_series);
    families.encode()
}

/// Families that are never cut: their series are as many as rules and packs.
fn host(families: &mut Families, report: &Report) {
    if let Some(time) = report.as_of.time {
        families
            .host("rulebox_as_of_timestamp_seconds", "The moment that the run speaks of.")
            .add(Labels::new(""), time.as_duration().as_secs_f64());
    }
    let results = families.host("rulebox_rule_result", "How each rule came out; the value is 1.");
    for RuleOutcome { cluster, pack, rule, result, .. } in &report.rules {
        let labels = Labels::new(cluster).with("pack", pack).with("rule", &rule.id);
        results.put(labels.with("result", result.as_str()), 1.0);
    }
    let failures =
        families.host("rulebox_pack_failures", "Failures of packs and rules to do their work.");
    for PackFailure { cluster, pack, code, .. } in &report.failures {
        failures.add(Labels::new(cluster).with("pack", pack).with("code", code), 1.0);
    }
    families
        .host("rulebox_objects_needed", "Different objects that at least one need selects.")
        .add(Labels::new(""), report.objects_needed as f64);
    let problems = families.host(
        "rulebox_source_problems",
        "Problems of inputs; where lost is true, objects may be missing.",
    );
    for lost in [false, true] {
        let counts = |it: &&Problem| it.lost == lost;
        let found = report.inputs.iter().flat_map(|it| &it.problems).filter(counts).count();
        let word = if lost { "true" } else { "false" };
        problems.add(Labels::new("").with("lost", word), found as f64);
    }
    let objects = families.cuttable("rulebox_objects", "Objects read.");
    for (group, kind, number) in &report.objects {
        objects.add(Labels::new("").with("group", group).with("kind", kind), *number as f64);
    }
}

fn findings(families: &mut Families, report: &Report) {
    const COUNTED: &str = "Findings that count.";
    const SUPPRESSED: &str = "Findings that the configuration silences.";
    const FINDING: &str = "One finding; the value is 1.";
    for it in &report.findings {
        let ReportedFinding { cluster, pack, finding, suppressed, .. } = it;
        let Finding { rule, severity, subject, labels: own, .. } = finding;
        let labels = Labels::new(cluster)
            .with("pack", pack)
            .with("rule", rule)
            .with("severity", severity.as_str());
        if suppressed.is_some() {
            families.host("rulebox_findings_suppressed", SUPPRESSED).add(labels, 1.0);
            continue;
        }
        families.host("rulebox_findings", COUNTED).add(labels.clone(), 1.0);
        let ObjectRef { kind, namespace, name, .. } = subject;
        let labels = labels.with("kind", kind).with("namespace", namespace).with("name", name);
        let family = families.cuttable("rulebox_finding", FINDING);
        family.put_ranked(rank(*severity), labels.with_own(own), 1.0);
    }
}

/// The worst severity comes first, and is cut last.
fn rank(severity: Severity) -> usize {
    Severity::ALL.iter().rev().take_while(|it| **it != severity).count()
}

fn samples(families: &mut Families, report: &Report) {
    // In the order of names, not of the report, so that what is dropped does not hang on it.
    let mut samples: Vec<_> = report.samples.iter().collect();
    samples.sort_by(|a, b| {
        (&a.pack, &a.metric.name)
            .cmp(&(&b.pack, &b.metric.name))
            .then_with(|| a.sample.value.total_cmp(&b.sample.value))
    });
    for PackSample { cluster, pack, metric, sample } in samples {
        let name = match metric.metric_type {
            MetricType::Gauge => metric.name.clone(),
            MetricType::Info => format!("{}_info", metric.name),
        };
        let labels = Labels::new(cluster).with_declared(&metric.labels, &sample.label_values);
        let Some(labels) = labels.filter(|_| is_metric_name(&name)) else {
            families.drop(Dropped::Invalid, &name, 1);
            continue;
        };
        let owner = Owner::Metric { pack: pack.clone(), name: metric.name.clone() };
        match families.family(&name, &metric.help, owner) {
            None => families.drop(Dropped::Conflict, &name, 1),
            Some(family) => {
                if !family.put(labels, sample.value) {
                    families.drop(Dropped::Duplicate, &name, 1);
                }
            }
        }
    }
}

/// Why a series is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dropped {
    Conflict,
    Duplicate,
    Invalid,
    Limit,
}

impl Dropped {
    const ALL: [Self; 4] = [Self::Conflict, Self::Duplicate, Self::Invalid, Self::Limit];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Duplicate => "duplicate",
            Self::Invalid => "invalid",
            Self::Limit => "limit",
        }
    }
}

/// Who may add to a family.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    /// Never cut.
    Host,
    /// As many series as objects.
    HostCuttable,
    /// One metric of one pack.
    Metric { pack: String, name: String },
}

struct Family {
    owner: Owner,
    help: String,
    /// By rank and encoded labels.
    series: BTreeMap<(usize, String), f64>,
}

impl Family {
    /// Adds to the value of a series.
    fn add(&mut self, labels: Labels, value: f64) {
        *self.series.entry((0, labels.0)).or_default() += value;
    }

    /// Sets a series; false where it has another value already, which stays.
    fn put(&mut self, labels: Labels, value: f64) -> bool {
        self.put_ranked(0, labels, value)
    }

    fn put_ranked(&mut self, rank: usize, labels: Labels, value: f64) -> bool {
        let stays = *self.series.entry((rank, labels.0)).or_insert(value);
        stays.total_cmp(&value).is_eq()
    }
}

#[derive(Default)]
struct Families {
    families: BTreeMap<String, Family>,
    dropped: BTreeMap<(Dropped, String), usize>,
}

impl Families {
    fn host(&mut self, name: &str, help: &str) -> &mut Family {
        self.family(name, help, Owner::Host).expect("the host comes first, and owns its names")
    }

    fn cuttable(&mut self, name: &str, help: &str) -> &mut Family {
        self.family(name, help, Owner::HostCuttable)
            .expect("the host comes first, and owns its names")
    }

    /// None where the name is another's.
    fn family(&mut self, name: &str, help: &str, owner: Owner) -> Option<&mut Family> {
        let is_host = !matches!(owner, Owner::Metric { .. });
        if !is_host && name.starts_with("rulebox_") {
            return None;
        }
        let family = self.families.entry(name.to_owned()).or_insert_with(|| Family {
            owner: owner.clone(),
            help: help.to_owned(),
            series: BTreeMap::new(),
        });
        Some(family).filter(|family| family.owner == owner)
    }

    fn drop(&mut self, reason: Dropped, family: &str, number: usize) {
        *self.dropped.entry((reason, family.to_owned())).or_default() += number;
    }

    /// Cuts to `max` series: small families stay whole, the largest lose.
    fn limit(&mut self, max: usize) {
        let (host, mut others): (Vec<_>, Vec<_>) =
            self.families.iter_mut().partition(|(_, family)| family.owner == Owner::Host);
        let kept: usize = host.iter().map(|(_, family)| family.series.len()).sum();
        let mut left = max.saturating_sub(kept + Dropped::ALL.len());
        others.sort_by_key(|(name, family)| (family.series.len(), name.to_owned()));
        for (name, family) in others {
            let over = family.series.len().saturating_sub(left);
            left -= family.series.len() - over;
            for _ in 0..over {
                family.series.pop_last();
            }
            if over > 0 {
                self.dropped.insert((Dropped::Limit, name.clone()), over);
            }
        }
        for reason in Dropped::ALL {
            let here = self.dropped.iter().filter(|((it, _), _)| *it == reason);
            let number: usize = here.map(|(_, number)| number).sum();
            let labels = Labels::new("").with("reason", reason.as_str());
            self.host("rulebox_series_dropped", "Series that are left out, and why.")
                .add(labels, number as f64);
        }
    }

    fn encode(&self) -> String {
        let mut text = String::new();
        for ((reason, family), number) in &self.dropped {
            let (reason, family) = (reason.as_str(), escape(family));
            let _ = writeln!(text, "# rulebox: {number} series of {family} left out: {reason}");
        }
        for (name, Family { owner: _, help, series }) in &self.families {
            if series.is_empty() {
                continue;
            }
            let help = visible(help).replace('\\', "\\\\").replace('\n', "\\n");
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for ((_, labels), value) in series {
                let _ = writeln!(text, "{name}{labels} {}", number(*value));
            }
        }
        text
    }
}

/// Encoded labels: empty, or `{name="value",…}`.
#[derive(Clone)]
struct Labels(String);

/// A label of a finding with a longer value is left out: it is a message and not a fact.
const LABEL_VALUE_MAX: usize = 128;

/// Labels that name one attempt, without underscores.
const ATTEMPTS: [&str; 2] = ["requestid", "uid"];

/// The labels of `rulebox_finding`, and `cluster`.
const FINDING_LABELS: [&str; 7] =
    ["cluster", "pack", "rule", "severity", "kind", "namespace", "name"];

impl Labels {
    fn new(cluster: &str) -> Self {
        let labels = Self(String::new());
        if cluster.is_empty() { labels } else { labels.with("cluster", cluster) }
    }

    /// Adds a label.
    fn with(mut self, name: &str, value: &str) -> Self {
        let open = if self.0.pop().is_some() { ',' } else { '{' };
        let value = visible(value).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _ = write!(self.0, "{open}{name}=\"{value}\"}}");
        self
    }

    /// Adds the labels of a finding that may join, in the order of their names: Prometheus takes `{a,b}` and `{b,a}`,
    /// and an empty label and none, for one series.
    fn with_own(self, own: &[(String, String)]) -> Self {
        let mut joined = BTreeMap::new();
        for (name, value) in own {
            let name = label_name(name);
            let names_attempt = ATTEMPTS.contains(&name.replace('_', "").to_lowercase().as_str());
            if !names_attempt && !value.is_empty() && value.chars().count() <= LABEL_VALUE_MAX {
                joined.entry(name).or_insert(value);
            }
        }
        joined.into_iter().fold(self, |labels, (name, value)| labels.with(&name, value))
    }

    /// Adds the labels of a sample; none where they are not what the metric declares or Prometheus takes.
    fn with_declared(mut self, names: &[String], values: &[String]) -> Option<Self> {
        let twice = |at: usize| names[..at].contains(&names[at]);
        if names.len() != values.len() || (0..names.len()).any(twice) {
            return None;
        }
        let has_cluster = !self.0.is_empty();
        for (name, value) in names.iter().zip(values) {
            if !is_label_name(name) {
                return None;
            }
            let name = if has_cluster && name == "cluster" { "exported_cluster" } else { name };
            self = self.with(name, value);
        }
        Some(self)
    }
}

/// The nearest name that Prometheus takes and the host does not use itself.
fn label_name(name: &str) -> String {
    let mut valid: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if valid.starts_with(|c: char| c.is_ascii_digit())
        || valid.starts_with("__")
        || valid.is_empty()
        || FINDING_LABELS.contains(&valid.as_str())
    {
        valid.insert_str(0, "exported_");
    }
    valid
}

fn is_label_name(name: &str) -> bool {
    is_metric_name(name) && !name.contains(':') && !name.starts_with("__")
}

fn is_metric_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

/// Line feeds have an escape of their own in the format; other control characters would reach whoever prints it, and a
/// NUL ends the parse.
fn visible(value: &str) -> String {
    value.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// As Go's `strconv.ParseFloat` reads it; whole numbers without exponent.
fn number(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        value.to_string()
    }
}
