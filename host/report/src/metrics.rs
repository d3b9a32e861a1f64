//! The metrics of a report as data: families with their type and help, and the series of each. What
//! Prometheus refuses and what is too much is left out and counted here, so that every encoder
//! writes the same series. A server adds families of its own. How a format writes them is the
//! encoder's: see [`crate::prometheus_text`].

use std::{collections::BTreeMap, iter};

use rulebox_core::{
    AskedCluster, Finding, MetricType, ObjectRef, PackFailure, PackSample, Problem, Report,
    ReportedFinding, RuleOutcome, RuleResult, Severity, text::escape_lines,
};

use self::FamilyType::Gauge;
use crate::forest::Forest;

/// What the values of a family mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FamilyType {
    /// A value that goes up and down.
    Gauge,
    /// Facts in labels; the value is 1. The name of the series ends in `_info`.
    Info,
    /// A number that only grows while a process runs. The name of the series ends in `_total`.
    Counter,
}

/// Families by name, and what was left out of them.
///
/// [`Families::of`] gives those of a report; a server adds its own with [`Families::host`], then
/// [`Families::limit`] cuts, and an encoder writes them.
#[derive(Debug, Clone, Default)]
pub struct Families {
    families: BTreeMap<String, Family>,
    dropped: BTreeMap<(Dropped, String), usize>,
}

impl Families {
    /// The families of a report.
    ///
    /// | family | labels | value |
    /// |---|---|---|
    /// | `rulebox_as_of_timestamp_seconds` | | to when ages are counted; absent where unknown |
    /// | `rulebox_cluster_up` | cluster | 1; 0 where a live cluster has not answered |
    /// | `rulebox_finding` | pack, rule, severity, kind, namespace, name, caused_by, its own | 1 |
    /// | `rulebox_findings` | pack, rule, severity | findings that are not suppressed |
    /// | `rulebox_findings_suppressed` | pack, rule, severity | findings that are suppressed |
    /// | `rulebox_objects` | group, kind | objects read |
    /// | `rulebox_objects_needed` | | different objects that a rule needs |
    /// | `rulebox_pack_failures` | pack, code | failures of packs and rules |
    /// | `rulebox_rule_result` | pack, rule, result | 1; `no_data` also beside `fail` |
    /// | `rulebox_series_dropped` | reason | series that are left out: see [`Families::limit`] |
    /// | `rulebox_source_problems` | lost | problems of inputs; `true`: objects may be missing |
    ///
    /// Besides these stand the metrics of the packs; an info metric gets the suffix `_info`. The
    /// label `cluster` is added where a run names its clusters, but for problems and objects read,
    /// which are those of the whole run. All are gauges: they give the state of one run, and a
    /// series is gone when its finding is. Durations and the time of the run are those of a process
    /// that serves, not of a report: they are not here, and the same report gives the same
    /// families.
    ///
    /// **`caused_by`** is the object of the nearest finding above one that is not suppressed, and
    /// at least as severe, as `Kind namespace/name`. A finding that nothing explains does not have
    /// it, so that `rulebox_finding{caused_by=""}` leaves out what goes when its cause goes. What
    /// is worse than all that it follows from names no cause: an alert of the cause would tell
    /// less.
    ///
    /// **A finding's own labels** join `rulebox_finding` with `_` for what a label name cannot
    /// hold. Left out are those that name one attempt and not the problem (`request_id`, `uid`:
    /// each would start a new series) and values longer than 128 characters; a label that is named
    /// like one of the host gets the prefix `exported_`. Suppressed findings are counted, and have
    /// no `rulebox_finding`.
    ///
    /// Prometheus refuses a scrape with a malformed name or with a series twice, so these are left
    /// out as well.
    pub fn of(report: &Report) -> Self {
        let mut families = Self::default();
        host(&mut families, report);
        findings(&mut families, report);
        samples(&mut families, report);
        families
    }

    /// A family of the host, which is never cut. It is made where it is missing; a pack's metric of
    /// the same name gives way.
    ///
    /// `name` is the name of the series, suffix included, and must be one that Prometheus takes.
    pub fn host(&mut self, family_type: FamilyType, name: &str, help: &str) -> &mut Family {
        self.owned(Owner::Host, family_type, name, help)
    }

    /// A family of the host with as many series as objects, which may be cut.
    pub fn cuttable(&mut self, family_type: FamilyType, name: &str, help: &str) -> &mut Family {
        self.owned(Owner::HostCuttable, family_type, name, help)
    }

    fn owned(
        &mut self,
        owner: Owner,
        family_type: FamilyType,
        name: &str,
        help: &str,
    ) -> &mut Family {
        if let Some(Family { owner: Owner::Metric { .. }, series, .. }) = self.families.get(name) {
            let number = series.len();
            self.families.remove(name);
            self.drop(Dropped::Conflict, name, number);
        }
        self.families
            .entry(name.to_owned())
            .or_insert_with(|| Family::new(owner, family_type, help))
    }

    /// The family of a pack's metric. None where the name is another's.
    fn of_metric(
        &mut self,
        owner: Owner,
        family_type: FamilyType,
        name: &str,
        help: &str,
    ) -> Option<&mut Family> {
        if name.starts_with("rulebox_") {
            return None;
        }
        let new = || Family::new(owner.clone(), family_type, help);
        let family = self.families.entry(name.to_owned()).or_insert_with(new);
        Some(family).filter(|family| family.owner == owner)
    }

    fn drop(&mut self, reason: Dropped, family: &str, number: usize) {
        *self.dropped.entry((reason, family.to_owned())).or_default() += number;
    }

    /// Cuts to `max` series, and adds `rulebox_series_dropped`: what is left out, by reason. To be
    /// called once, when all families are there.
    ///
    /// Of `rulebox_finding` the first of each rule stay before the packs' metrics, and the rest
    /// behind them: a flood of either hides nothing of the other. Of the metrics the largest lose
    /// first. Findings lose the least severe first, others their last in order. `rulebox_finding`,
    /// `rulebox_objects` and the packs' metrics can be cut; the other families of the host stay,
    /// even where they alone are more than `max`.
    pub fn limit(&mut self, max: usize) {
        let (host, mut others): (Vec<_>, Vec<_>) =
            self.families.iter_mut().partition(|(_, family)| family.owner == Owner::Host);
        let kept: usize = host.iter().map(|(_, family)| family.series.len()).sum();
        let mut left = max.saturating_sub(kept + Dropped::ALL.len());
        others
            .sort_by_key(|(name, family)| (*name != FINDING, family.series.len(), name.to_owned()));
        let metrics: usize =
            others.iter().filter(|it| it.0 != FINDING).map(|it| it.1.series.len()).sum();
        let first = others.iter().find(|it| it.0 == FINDING).map_or(0, |(_, family)| {
            family.series.keys().take_while(|it| it.0 < Severity::ALL.len()).count()
        });
        let of_findings = left.min(first).max(left.saturating_sub(metrics));
        for (name, family) in others {
            let room = if name == FINDING { of_findings } else { left };
            let over = family.series.len().saturating_sub(room);
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
            let labels = Labels::default().with("reason", reason.as_str());
            let help = "Series that are left out, and why.";
            self.host(Gauge, "rulebox_series_dropped", help).add(labels, number as f64);
        }
    }

    /// The families that have series, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Family)> {
        let filled = self.families.iter().filter(|(_, family)| !family.series.is_empty());
        filled.map(|(name, family)| (name.as_str(), family))
    }

    /// Why series were left out, of which family, and how many. The name of the family is as the
    /// pack gave it: it may hold any character.
    pub fn dropped(&self) -> impl Iterator<Item = (Dropped, &str, usize)> {
        self.dropped.iter().map(|((reason, family), number)| (*reason, family.as_str(), *number))
    }
}

/// Why a series is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dropped {
    /// Another pack, or the host, has the name of its family.
    Conflict,
    /// It has another value already.
    Duplicate,
    /// Prometheus takes no such name, or the labels are not those that the metric declares.
    Invalid,
    /// There were too many.
    Limit,
}

impl Dropped {
    /// All reasons, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Conflict, Self::Duplicate, Self::Invalid, Self::Limit];

    /// The word in metrics.
    pub const fn as_str(self) -> &'static str {
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

/// Series of one name.
#[derive(Debug, Clone)]
pub struct Family {
    owner: Owner,
    family_type: FamilyType,
    help: String,
    /// By rank, which decides what is cut first, and labels.
    series: BTreeMap<(usize, Labels), f64>,
}

impl Family {
    fn new(owner: Owner, family_type: FamilyType, help: &str) -> Self {
        Self { owner, family_type, help: visible(help), series: BTreeMap::new() }
    }

    /// What its values mean.
    pub const fn family_type(&self) -> FamilyType {
        self.family_type
    }

    /// The sentence that explains the family. The only control characters are line feeds.
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The series with their values, in order.
    pub fn series(&self) -> impl Iterator<Item = (&Labels, f64)> {
        self.series.iter().map(|((_, labels), value)| (labels, *value))
    }

    /// Adds to the value of a series.
    pub fn add(&mut self, labels: Labels, value: f64) {
        *self.series.entry((0, labels)).or_default() += value;
    }

    /// Sets a series; false where it has another value already, which stays.
    pub fn put(&mut self, labels: Labels, value: f64) -> bool {
        self.put_ranked(0, labels, value)
    }

    fn put_ranked(&mut self, rank: usize, labels: Labels, value: f64) -> bool {
        let stays = *self.series.entry((rank, labels)).or_insert(value);
        stays.total_cmp(&value).is_eq()
    }
}

/// The labels of one series, in their order. The only control characters of values are line feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Labels(Vec<(String, String)>);

/// A label of a finding with a longer value is left out: it is a message and not a fact.
const LABEL_VALUE_MAX: usize = 128;

/// Labels that name one attempt, without underscores.
const ATTEMPTS: [&str; 2] = ["requestid", "uid"];

/// The labels of `rulebox_finding`, and `cluster`.
const FINDING_LABELS: [&str; 8] =
    ["cluster", "pack", "rule", "severity", "kind", "namespace", "name", "caused_by"];

impl Labels {
    /// The label `cluster`; none where the run has one cluster, which nobody has named.
    pub fn of_cluster(cluster: &str) -> Self {
        let labels = Self::default();
        if cluster.is_empty() { labels } else { labels.with("cluster", cluster) }
    }

    /// Adds a label. `name` must be one that Prometheus takes; `value` may be anything.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), visible(value)));
        self
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Adds the labels of a finding that may join, in the order of their names: Prometheus takes
    /// `{a,b}` and `{b,a}`, and an empty label and none, for one series.
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

    /// Adds the labels of a sample, in the order of their names, which is all that a report keeps
    /// of it; none where they are not what the metric declares or Prometheus takes.
    fn with_declared(mut self, names: &[String], values: &[String]) -> Option<Self> {
        let twice = |at: usize| names[..at].contains(&names[at]);
        if names.len() != values.len() || (0..names.len()).any(twice) {
            return None;
        }
        let has_cluster = !self.0.is_empty();
        let by_name: BTreeMap<_, _> = names.iter().zip(values).collect();
        for (name, value) in by_name {
            if !is_label_name(name) {
                return None;
            }
            // The host's label has the name; a further prefix is needed where a pack has it too.
            let mut name = name.clone();
            if has_cluster && name == "cluster" {
                while names.contains(&name) {
                    name.insert_str(0, "exported_");
                }
            }
            self = self.with(&name, value);
        }
        Some(self)
    }
}

/// Families that are never cut: their series are as many as rules and packs.
fn host(families: &mut Families, report: &Report) {
    let mut moments: Vec<_> = report
        .clusters
        .iter()
        .map(|it| (it.cluster.as_str(), it.as_of.moment.earliest()))
        .collect();
    if moments.is_empty() {
        moments.push(("", report.as_of.moment.earliest()));
    }
    for (cluster, time) in moments {
        let Some(time) = time else { continue };
        families
            .host(Gauge, "rulebox_as_of_timestamp_seconds", "The moment to which ages are counted.")
            .put(Labels::of_cluster(cluster), time.as_duration().as_secs_f64());
    }
    for AskedCluster { cluster, up } in &report.asked {
        let help = "Whether the live cluster has answered: its findings are those of this run.";
        let up = if *up { 1.0 } else { 0.0 };
        families
            .host(Gauge, "rulebox_cluster_up", help)
            .put(Labels::default().with("cluster", cluster), up);
    }
    const RESULT: &str = "The result of each rule, and no_data beside a fail where it could not \
                          judge all; the value is 1.";
    let results = families.host(Gauge, "rulebox_rule_result", RESULT);
    for it in &report.rules {
        let RuleOutcome { cluster, pack, rule, result, .. } = it;
        let labels = Labels::of_cluster(cluster).with("pack", pack).with("rule", &rule.id);
        results.put(labels.clone().with("result", result.as_str()), 1.0);
        // Whoever waits for rules without data waits for those that found something, too.
        if it.lacks_data() {
            results.put(labels.with("result", RuleResult::NoData.as_str()), 1.0);
        }
    }
    let failures = families.host(Gauge, "rulebox_pack_failures", "Failures of packs and rules.");
    for PackFailure { cluster, pack, code, .. } in &report.failures {
        failures.add(Labels::of_cluster(cluster).with("pack", pack).with("code", code), 1.0);
    }
    families
        .host(Gauge, "rulebox_objects_needed", "Different objects that at least one rule needs.")
        .add(Labels::default(), report.objects_needed as f64);
    let problems = families.host(
        Gauge,
        "rulebox_source_problems",
        "Problems of inputs; where lost is true, objects may be missing.",
    );
    for lost in [false, true] {
        let counts = |it: &&Problem| it.lost() == lost;
        let found = report.inputs.iter().flat_map(|it| &it.problems).filter(counts).count();
        let word = if lost { "true" } else { "false" };
        problems.add(Labels::default().with("lost", word), found as f64);
    }
    let objects = families.cuttable(Gauge, "rulebox_objects", "Objects read.");
    for (group, kind, number) in &report.objects {
        objects.add(Labels::default().with("group", group).with("kind", kind), *number as f64);
    }
}

/// The family of which each finding is a series.
const FINDING: &str = "rulebox_finding";

/// So many findings of each rule are shown before any rule shows more: a rule that finds thousands
/// of objects must not hide what the others have found.
const OF_EACH_RULE: usize = 50;

fn findings(families: &mut Families, report: &Report) {
    const COUNTED: &str = "Findings that are not suppressed.";
    const SUPPRESSED: &str = "Findings that are suppressed, or known to a baseline.";
    const HELP: &str = "One finding; the value is 1.";
    let forest = Forest::of(&report.findings);
    let mut of_rule: BTreeMap<(&str, &str, &str), BTreeMap<Labels, usize>> = BTreeMap::new();
    for (at, it) in report.findings.iter().enumerate() {
        let ReportedFinding { cluster, pack, finding, suppressed, .. } = it;
        let Finding { rule, severity, subject, labels: own, .. } = finding;
        let labels = Labels::of_cluster(cluster)
            .with("pack", pack)
            .with("rule", rule)
            .with("severity", severity.as_str());
        if suppressed.is_some() {
            families.host(Gauge, "rulebox_findings_suppressed", SUPPRESSED).add(labels, 1.0);
            continue;
        }
        families.host(Gauge, "rulebox_findings", COUNTED).add(labels.clone(), 1.0);
        let ObjectRef { kind, namespace, name, .. } = subject;
        let labels = labels.with("kind", kind).with("namespace", namespace).with("name", name);
        let above = |at| forest.shown_above(&report.findings, at);
        let mut causes = iter::successors(above(at), |it| above(*it));
        let labels = match causes.find(|it| report.findings[*it].finding.severity >= *severity) {
            Some(cause) => {
                labels.with("caused_by", &report.findings[cause].finding.subject.to_string())
            }
            None => labels,
        };
        let labels = labels.with_own(own);
        let of_rule = of_rule.entry((cluster, pack, rule)).or_default();
        let number = of_rule.len();
        // Two findings may be one series.
        let nth = *of_rule.entry(labels.clone()).or_insert(number);
        let rank = nth / OF_EACH_RULE * Severity::ALL.len() + rank(*severity);
        families.cuttable(Gauge, FINDING, HELP).put_ranked(rank, labels, 1.0);
    }
}

/// The worst severity comes first, and is cut last.
fn rank(severity: Severity) -> usize {
    Severity::ALL.iter().rev().take_while(|it| **it != severity).count()
}

fn samples(families: &mut Families, report: &Report) {
    // In the order of names, so that what is dropped does not depend on the order of the report.
    let mut samples: Vec<_> = report.samples.iter().collect();
    samples.sort_by(|a, b| {
        (&a.pack, &a.metric.name)
            .cmp(&(&b.pack, &b.metric.name))
            .then_with(|| a.sample.value.total_cmp(&b.sample.value))
    });
    for PackSample { cluster, pack, metric, sample } in samples {
        let (family_type, name) = match metric.metric_type {
            MetricType::Gauge => (Gauge, metric.name.clone()),
            MetricType::Info => (FamilyType::Info, format!("{}_info", metric.name)),
        };
        let labels =
            Labels::of_cluster(cluster).with_declared(&metric.labels, &sample.label_values);
        let Some(labels) = labels.filter(|_| is_metric_name(&name)) else {
            families.drop(Dropped::Invalid, &name, 1);
            continue;
        };
        let owner = Owner::Metric { pack: pack.clone(), name: metric.name.clone() };
        match families.of_metric(owner, family_type, &name, &metric.help) {
            None => families.drop(Dropped::Conflict, &name, 1),
            Some(family) => {
                if !family.put(labels, sample.value) {
                    families.drop(Dropped::Duplicate, &name, 1);
                }
            }
        }
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

/// Makes control characters visible, except line feeds, for which formats have an escape of their
/// own. Others would reach the terminal on which metrics are printed, and a NUL ends the parse.
/// This is done here and not by encoders, so that two values that look alike are one series.
fn visible(value: &str) -> String {
    escape_lines(value).into_owned()
}
