//! What one run has to say, of one cluster or of several. Packs and sources are turned into it,
//! outputs read it and nothing else, and how it is written is not known here.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    Evidence, Finding, MetricInfo, Moment, NeedCoverage, Place, Problem, RuleInfo, Sample,
    Severity, Span, Witness,
};

/// All that one run has to say. Outputs read this and nothing else.
///
/// A run over several clusters gives one report. There, and where the user names the one cluster,
/// `cluster` names the one that a finding, a rule's result, a coverage, a failure or a sample
/// belongs to: by the user's name for it, the kubeconfig context, or the place that tells it apart
/// in a dump. Elsewhere it is empty.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What made the report; none where that is not known, as of a report of an older version.
    pub tool: Option<Tool>,
    /// The packs that were loaded, by name.
    pub packs: Vec<PackVersion>,
    /// The moment that the run speaks of; of several clusters the newest.
    pub as_of: AsOf,
    /// Each cluster that the run names, and the moment that the run speaks of there.
    pub clusters: Vec<ClusterMoment>,
    /// Each live cluster that was asked.
    pub asked: Vec<AskedCluster>,
    /// The report that findings were compared with, where one was given.
    pub baseline: Option<Baseline>,
    /// The uid of the Namespace kube-system, of each cluster of which it was read.
    pub cluster_uids: Vec<ClusterUid>,
    /// What was read, in the order in which it was named.
    pub inputs: Vec<Input>,
    /// What became of each need of each pack, by pack and need.
    pub coverage: Vec<NeedCoverage>,
    /// Causes before what they cause; what has one cause in common together; of these, and within
    /// them, the worst first, then by pack, rule and subject.
    pub findings: Vec<ReportedFinding>,
    /// One for each rule of each pack, by pack and rule.
    pub rules: Vec<RuleOutcome>,
    /// Packs and rules that failed to do their work.
    pub failures: Vec<PackFailure>,
    /// Values of the metrics of the packs.
    pub samples: Vec<PackSample>,
    /// What happened when, by cluster and time.
    pub timeline: Vec<PackSpan>,
    /// How many objects were read, by group and kind.
    pub objects: Vec<(String, String, usize)>,
    /// How many different objects at least one need selects.
    pub objects_needed: usize,
    /// How many secrets were taken out of the texts above, by what they are: `access-key`.
    pub redacted: BTreeMap<String, usize>,
}

impl Report {
    /// Adds the report of another cluster to this one. The moment of the run stays, and so do its
    /// baseline and what made it.
    pub fn merge(&mut self, other: Self) {
        let Self {
            tool: _,
            packs: _,
            as_of: _,
            clusters,
            asked,
            baseline: _,
            cluster_uids,
            inputs,
            coverage,
            findings,
            rules,
            failures,
            samples,
            timeline,
            objects,
            objects_needed,
            redacted,
        } = other;
        self.cluster_uids.extend(cluster_uids);
        self.clusters.extend(clusters);
        self.asked.extend(asked);
        self.inputs.extend(inputs);
        self.coverage.extend(coverage);
        self.findings.extend(findings);
        self.rules.extend(rules);
        self.failures.extend(failures);
        self.samples.extend(samples);
        self.timeline.extend(timeline);
        for (group, kind, count) in objects {
            match self.objects.iter_mut().find(|it| it.0 == group && it.1 == kind) {
                Some(known) => known.2 += count,
                None => self.objects.push((group, kind, count)),
            }
        }
        self.objects_needed += objects_needed;
        for (kind, count) in redacted {
            *self.redacted.entry(kind).or_default() += count;
        }
    }

    /// The moment that the run speaks of in a cluster.
    pub fn as_of_cluster(&self, cluster: &str) -> &AsOf {
        let moment = self.clusters.iter().find(|it| it.cluster == cluster);
        moment.map_or(&self.as_of, |it| &it.as_of)
    }
}

/// A program that makes reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// `Rulebox`.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

impl Tool {
    /// Rulebox as it is built here: all crates of the workspace have one version.
    pub fn rulebox() -> Self {
        Self { name: "Rulebox".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// Which version of a pack took part in a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackVersion {
    /// The pack's name.
    pub name: String,
    /// Semantic version, as the pack says.
    pub version: String,
    /// The version of the contract that it speaks.
    pub contract: String,
}

/// One of the clusters of a run, and the moment that the run speaks of there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterMoment {
    /// The cluster; see [`Report`].
    pub cluster: String,
    /// To when its ages are counted.
    pub as_of: AsOf,
}

/// What tells a cluster from all others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClusterUid {
    /// The cluster; see [`Report`].
    pub cluster: String,
    /// The uid of its Namespace kube-system, which nobody can delete.
    pub uid: String,
}

/// A live cluster that was asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedCluster {
    /// The user's name for it, the kubeconfig context, or `in-cluster`; also where a run does not
    /// name its clusters elsewhere.
    pub cluster: String,
    /// Whether it has answered.
    pub up: bool,
}

/// The moment that a run speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AsOf {
    /// As far as it is known: of a dump the newest timestamp proves the earliest end.
    pub moment: Moment,
    /// Where it comes from.
    pub source: AsOfSource,
}

/// Where the moment of a run comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AsOfSource {
    /// The dump proves none, and none was given.
    #[default]
    Unknown,
    /// `--as-of`.
    Given,
    /// The clock, of a live cluster.
    Now,
    /// The newest timestamp that the dump proves.
    Witness(Witness),
    /// The bundle that Rulebox has collected: it says when.
    Bundle,
}

/// One file, archive, stream or cluster that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    /// As it was named: a path, `-`, `context kind-prod`.
    pub name: String,
    /// Files in it: 1 for a file, the entries of an archive or a folder.
    pub files: usize,
    /// Bytes read, decompressed.
    pub bytes: u64,
    /// Kubernetes objects seen.
    pub objects: usize,
    /// Objects of them that at least one need selects.
    pub needed: usize,
    /// What could not be read, or was passed over, and why.
    pub problems: Vec<Problem>,
}

/// A finding with what the host knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedFinding {
    /// The cluster, where the run names it; see [`Report`].
    pub cluster: String,
    /// The pack that found it.
    pub pack: String,
    /// 16 hexadecimal digits, the same for the same problem in the next run.
    pub fingerprint: String,
    /// With the severity that the user's configuration gives it.
    pub finding: Finding,
    /// Where its subject was read; none where the subject was not among the needed objects.
    pub place: Option<Place>,
    /// The same for the subject of each piece of evidence, in their order; none also for a line of
    /// text, whose path and line are its evidence. [`evidence`](Self::evidence) gives both.
    pub evidence_places: Vec<Option<Place>>,
    /// Set where somebody has said that it is known: it is shown, and does not count.
    pub suppressed: Option<Suppression>,
    /// The fingerprints of the findings of this cluster that explain it; none of them is explained
    /// by it. It stands below the first.
    pub causes: Vec<String>,
}

impl ReportedFinding {
    /// Each piece of evidence, and where its subject was read.
    pub fn evidence(&self) -> impl Iterator<Item = (&Evidence, Option<&Place>)> {
        let places = self.evidence_places.iter().map(Option::as_ref);
        self.finding.evidence.iter().zip(places.chain(iter::repeat(None)))
    }
}

/// Why a finding does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suppression {
    /// The reason that was given.
    pub reason: String,
    /// When it ends.
    pub expires: Option<Expiry>,
    /// Who says so.
    pub source: SuppressionSource,
}

/// Who says that a finding is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuppressionSource {
    /// The user, in the configuration.
    #[default]
    Configuration,
    /// Whoever wrote the object that has the problem, in its annotation.
    Annotation,
    /// An earlier report, which held it too.
    Baseline,
}

impl SuppressionSource {
    /// All sources: of several for one finding, the first counts.
    pub const ALL: [Self; 3] = [Self::Configuration, Self::Annotation, Self::Baseline];

    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Annotation => "annotation",
            Self::Baseline => "baseline",
        }
    }
}

/// An earlier report, whose findings are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The file, as it was named.
    pub name: String,
    /// The moment that it speaks of, as far as it is known.
    pub as_of: Option<Timestamp>,
    /// What it holds of the findings of this report: cluster and fingerprint, in order.
    pub known: BTreeSet<(String, String)>,
    /// The findings that it holds and that are there no more, where that can be said.
    pub gone: Vec<ReportedFinding>,
}

/// When a suppression ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// The first moment at which it no longer holds.
    pub time: Timestamp,
    /// As the user wrote it: a date is its last day.
    pub typed: String,
}

/// How one rule came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleResult {
    /// It saw all that it requires, and found nothing.
    Pass,
    /// It found something.
    Fail,
    /// It could not judge.
    NoData,
    /// It trapped, or broke the contract.
    Error,
    /// It was not asked.
    Skipped,
}

impl RuleResult {
    /// All results, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Pass, Self::Fail, Self::NoData, Self::Error, Self::Skipped];

    /// The word in reports and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NoData => "no_data",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }
}

/// How one rule came out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOutcome {
    /// The cluster, where the run names it; see [`Report`].
    pub cluster: String,
    /// The pack that holds it.
    pub pack: String,
    /// What the pack says of it.
    pub rule: RuleInfo,
    /// With the user's override, where there is one.
    pub severity: Severity,
    /// How it came out.
    pub result: RuleResult,
    /// Why there is no data, an error, a skip, each a fragment of its own; empty for pass and fail,
    /// unless the rule waits for what is out of sight.
    /// Of what the rule requires, each is the reason of a [`NeedCoverage`].
    pub reasons: Vec<String>,
    /// The moment that the result and the findings speak of, where the rule keeps those that it
    /// gave then; none where they speak of the moment of the run.
    pub stale_since: Option<Timestamp>,
}

impl RuleOutcome {
    /// Whether the rule had no data, for all or beside what it found: that it did not find more
    /// does not mean that all is well.
    pub fn lacks_data(&self) -> bool {
        match self.result {
            RuleResult::NoData => true,
            RuleResult::Fail => !self.reasons.is_empty(),
            RuleResult::Pass | RuleResult::Error | RuleResult::Skipped => false,
        }
    }
}

/// A pack, or one rule of it, that failed to do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFailure {
    /// The cluster, where the run names it; see [`Report`].
    pub cluster: String,
    /// The pack's name, or the path it was loaded from where it could not tell its name.
    pub pack: String,
    /// The guilty rule, where one is.
    pub rule: Option<String>,
    /// A stable kebab-case word for the kind of failure: `deadline-exceeded`.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl PackFailure {
    /// A failure of a pack as a whole, and of no cluster that is named.
    pub fn of_pack(pack: String, code: &str, message: String, help: String) -> Self {
        let (cluster, code) = (String::new(), code.to_owned());
        Self { cluster, pack, rule: None, code, message, help }
    }
}

/// A sample with its metric.
#[derive(Debug, Clone, PartialEq)]
pub struct PackSample {
    /// The cluster, where the run names it; see [`Report`].
    pub cluster: String,
    /// The pack that gave it.
    pub pack: String,
    /// What the pack says of the metric.
    pub metric: Arc<MetricInfo>,
    /// The value.
    pub sample: Sample,
}

/// Something that happened, and the pack that tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackSpan {
    /// The cluster, where the run names it; see [`Report`].
    pub cluster: String,
    /// What happened.
    pub span: Span,
    /// The pack that gave it.
    pub pack: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report of one input, with these counts of objects of the core group.
    fn report(input: &str, counts: &[(&str, usize)]) -> Report {
        let objects = counts.iter().map(|&(kind, count)| (String::new(), kind.to_owned(), count));
        Report {
            inputs: vec![Input { name: input.to_owned(), ..Input::default() }],
            objects: objects.collect(),
            objects_needed: 2,
            ..Report::default()
        }
    }

    #[test]
    fn merged_reports_add_their_inputs_and_their_objects_by_kind() {
        let mut both = report("east", &[("Pod", 3), ("Node", 1)]);
        both.merge(report("west", &[("Event", 5), ("Pod", 4)]));
        let names: Vec<_> = both.inputs.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["east", "west"]);
        let want = report("", &[("Pod", 7), ("Node", 1), ("Event", 5)]);
        assert_eq!(both.objects, want.objects);
        assert_eq!(both.objects_needed, 4);
    }

    #[test]
    fn a_merged_report_keeps_its_moment() {
        let mut both = Report {
            as_of: AsOf { moment: Moment::default(), source: AsOfSource::Now },
            ..Report::default()
        };
        both.merge(Report::default());
        assert_eq!(both.as_of.source, AsOfSource::Now);
    }
}
