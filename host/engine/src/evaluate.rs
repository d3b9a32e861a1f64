//! Evaluates rules in guests: all rules in one, and after a failure each rule in its own. It
//! collects what the guests report, and turns what is rejected into failures.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use indexmap::{IndexMap, map::Entry};
use jiff::Timestamp;
use rulebox_core::{Finding, Inventory, Moment, PackFailure, PackInfo, Sample, Span, Undecided};

use crate::{
    GuestError, Limits, PackText, Usage,
    account::Left,
    bindings::{WorldPre, types},
    engine::Shared,
    error::{cut, cut_name, failure},
    guest::{Guest, Rejected, Reported},
    limits::report::{MESSAGE_BYTES, NAME_BYTES, REJECTED},
};

/// After this many rules did not end in time one by one, the rest of the pack is not run: each
/// takes half of the time that is left, so that little would be left for the others. The rules are
/// counted and not timed, so that the same input gives the same output.
const LOOPS: usize = 2;

/// What to evaluate.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The time for which the rules judge, as far as it is known.
    pub as_of: Moment,
    /// JSON, as [`Pack::settings`](crate::Pack::settings) gives it.
    pub settings: &'a str,
    /// The rules to evaluate. A rule that is named twice is evaluated once.
    pub rules: &'a [&'a str],
}

/// What a pack reported.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// In the order in which the pack gave them.
    pub findings: Vec<Finding>,
    /// In the order in which the pack gave them. No series is given twice.
    pub samples: Vec<Sample>,
    /// In the order in which the pack gave them.
    pub spans: Vec<Span>,
    /// Rules that could not judge, and why.
    pub undecided: Vec<Undecided>,
    /// What failed. Where a whole rule failed, the evaluation holds nothing else of this rule;
    /// where single findings, samples or spans were rejected, the rule's others stay. `cluster` is
    /// empty.
    pub failures: Vec<PackFailure>,
    /// What the pack wrote to its log.
    pub log: Vec<String>,
}

/// How the evaluation of a rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The rule has said what it says.
    ToItsEnd,
    /// The rule failed, or the pack that was to evaluate it.
    BrokenOff,
    /// Other rules took all of the time.
    NotRun,
}

impl Evaluation {
    /// How the evaluation of this rule ended. What was rejected of its reports does not matter.
    pub fn ended(&self, rule: &str) -> Ended {
        let mut ended = Ended::ToItsEnd;
        let of_rule = |it: &&PackFailure| it.rule.as_ref().is_none_or(|it| it == rule);
        for failure in self.failures.iter().filter(of_rule) {
            if failure.code == (GuestError::NotRun { loops: 0 }).code() {
                return Ended::NotRun;
            }
            if !Rejected::CODES.contains(&failure.code.as_str()) {
                ended = Ended::BrokenOff;
            }
        }
        ended
    }
}

/// Evaluates rules in one guest, and tells what that took. Where the guest fails, no rule is tried
/// alone.
pub(crate) fn measure(mut pass: Pass<'_>) -> Result<(Evaluation, Usage), GuestError> {
    let mut gathered = Gathered::new(pass.pack);
    let (outcome, reported, usage) = pass.run(pass.run.rules);
    outcome?;
    gathered.take(reported);
    Ok((gathered.finish(), usage))
}

pub(crate) fn evaluate(mut pass: Pass<'_>) -> Evaluation {
    let Pass { pack, run, .. } = pass;
    let mut gathered = Gathered::new(pack);
    let mut seen = BTreeSet::new();
    let (asked, unknown): (Vec<_>, Vec<_>) = run
        .rules
        .iter()
        .copied()
        .filter(|rule| seen.insert(*rule))
        .partition(|rule| pack.rules.iter().any(|it| it.id == *rule));
    for rule in unknown {
        gathered.reject(Rejected::UnknownRule { rule: cut_name(rule) }, 1);
    }
    if !asked.is_empty() {
        match pass.run(&asked) {
            (Ok(()), reported, _) => gathered.take(reported),
            (Err(error), reported, _) => {
                gathered.log(reported.log);
                match asked[..] {
                    [rule] => gathered.fail(Some(rule), &error),
                    _ => one_by_one(&mut pass, &asked, &error, &mut gathered),
                }
            }
        }
    }
    gathered.finish()
}

/// Evaluates each rule in its own guest. If no rule fails alone, the failure of all together is the
/// pack's.
fn one_by_one(
    pass: &mut Pass<'_>,
    asked: &[&str],
    together: &GuestError,
    gathered: &mut Gathered<'_>,
) {
    let mut guilty = false;
    let mut loops = 0;
    for rule in asked {
        if loops == LOOPS {
            gathered.fail(Some(rule), &GuestError::NotRun { loops });
            continue;
        }
        match pass.run(&[rule]) {
            (Ok(()), reported, _) => gathered.take(reported),
            (Err(error), reported, _) => {
                guilty = true;
                loops += usize::from(matches!(error, GuestError::DeadlineExceeded { .. }));
                gathered.log(reported.log);
                gathered.fail(Some(rule), &error);
            }
        }
    }
    if !guilty {
        gathered.fail(None, together);
    }
}

/// What is evaluated, and what is left to the pack for it.
pub(crate) struct Pass<'a> {
    shared: &'a Shared,
    /// Those of this pack.
    limits: &'a Limits,
    world: &'a WorldPre<Guest>,
    texts: &'a Arc<[PackText]>,
    pack: &'a Arc<PackInfo>,
    run: &'a Run<'a>,
    inventory: &'a Arc<Inventory>,
    /// What the pack may still report.
    left: Left,
    /// What is left of the pack's deadline.
    time: Duration,
}

impl<'a> Pass<'a> {
    /// With all that the limits allow.
    pub(crate) fn new(
        (shared, limits): (&'a Shared, &'a Limits),
        world: &'a WorldPre<Guest>,
        texts: &'a Arc<[PackText]>,
        pack: &'a Arc<PackInfo>,
        run: &'a Run<'a>,
        inventory: &'a Arc<Inventory>,
    ) -> Self {
        let (left, time) = (Left::all(limits), limits.deadline);
        Self { shared, limits, world, texts, pack, run, inventory, left, time }
    }

    /// Starts one guest and calls `evaluate` once. The guest has half of the time that is left for
    /// the pack; what it does not use is left to the next. What is taken of its reports is no
    /// longer left for the next; the caller drops those of a guest that failed, but for its log.
    fn run(&mut self, asked: &[&str]) -> (Result<(), GuestError>, Reported, Usage) {
        let Run { as_of, settings, rules: _ } = *self.run;
        let asked: Vec<_> = asked.iter().map(|&it| it.to_owned()).collect();
        let context = types::RunContext {
            earliest: rfc_3339(as_of.earliest()),
            latest: rfc_3339(as_of.latest()),
            settings: settings.to_owned(),
            rules: asked.clone(),
        };
        let guest = Guest::evaluating(
            *self.limits,
            self.left,
            as_of,
            Arc::clone(self.pack),
            asked,
            Arc::clone(self.inventory),
            Arc::clone(self.texts),
        );
        let share = self.time / 2;
        let (outcome, usage, guest) = self.shared.with_store(guest, share, |store| {
            let instance = self.world.instantiate(&mut *store)?;
            instance.call_evaluate(store, &context)
        });
        let outcome = outcome.and_then(|returned| {
            returned.map_err(|it| GuestError::Returned { message: cut(&it, MESSAGE_BYTES) })
        });
        let reported = guest.reported;
        self.time = self.time.saturating_sub(usage.time);
        self.left.log_bytes = self.left.log_bytes.saturating_sub(reported.log_bytes);
        if outcome.is_ok() {
            let Left {
                findings,
                samples,
                spans,
                undecided,
                rejections,
                output_bytes,
                log_bytes: _,
            } = &mut self.left;
            *findings -= reported.findings.len();
            *samples -= reported.samples.len();
            *spans -= reported.spans.len();
            *undecided -= reported.undecided.len();
            *rejections -= reported.rejections;
            *output_bytes -= reported.bytes;
        }
        (outcome, reported, usage)
    }
}

/// A moment in the contract: empty where it is not known.
fn rfc_3339(moment: Option<Timestamp>) -> String {
    moment.map(|it| it.to_string()).unwrap_or_default()
}

/// What all passes reported together.
struct Gathered<'a> {
    pack: &'a PackInfo,
    evaluation: Evaluation,
    rejected: BTreeMap<Rejected, usize>,
    /// The value of each series, by the metric's name and the values of its labels.
    series: IndexMap<(String, Vec<String>), f64>,
}

impl<'a> Gathered<'a> {
    fn new(pack: &'a PackInfo) -> Self {
        Self {
            pack,
            evaluation: Evaluation::default(),
            rejected: BTreeMap::new(),
            series: IndexMap::new(),
        }
    }

    fn take(&mut self, reported: Reported) {
        let Reported { findings, samples, spans, undecided, rejected, log, .. } = reported;
        self.evaluation.findings.extend(findings);
        self.evaluation.spans.extend(spans);
        self.evaluation.undecided.extend(undecided);
        for (rejected, times) in rejected {
            self.reject(rejected, times);
        }
        self.log(log);
        for sample in samples {
            self.sample(sample);
        }
    }

    fn log(&mut self, log: Vec<String>) {
        self.evaluation.log.extend(log);
    }

    /// Two values of one series would make the whole exposition invalid.
    fn sample(&mut self, sample: Sample) {
        let Sample { metric, label_values, value } = sample;
        match self.series.entry((metric, label_values)) {
            Entry::Vacant(series) => {
                series.insert(value);
            }
            Entry::Occupied(series) => {
                let (metric, labels) = series.key();
                let info = self.pack.metrics.iter().find(|it| it.name == *metric);
                let rule = info.map(|it| it.rule.clone()).unwrap_or_default();
                let (metric, labels) = (metric.clone(), shown(labels));
                self.reject(Rejected::Duplicate { rule, metric, labels }, 1);
            }
        }
    }

    fn reject(&mut self, rejected: Rejected, times: usize) {
        let rejected = rejected.among(&self.rejected);
        *self.rejected.entry(rejected).or_default() += times;
    }

    fn fail(&mut self, rule: Option<&str>, error: &GuestError) {
        let rule = rule.map(str::to_owned);
        let name = &self.pack.name;
        let mut help = error.help();
        if let Some(limit) = error.limit() {
            help =
                format!("{help}; for this pack alone: `limits.{name}.{limit}` in a configuration");
        }
        let message = error.to_string();
        self.evaluation.failures.push(failure(name, rule, error.code(), message, help));
    }

    fn finish(self) -> Evaluation {
        let Self { pack, mut evaluation, rejected, series } = self;
        let samples = series.into_iter().map(|((metric, label_values), value)| Sample {
            metric,
            label_values,
            value,
        });
        evaluation.samples.extend(samples);
        let rejected = rejected.iter().map(|(it, times)| it.failure(&pack.name, *times));
        evaluation.failures.extend(rejected);
        evaluation
    }
}

/// The values of labels, cut.
fn shown(labels: &[String]) -> String {
    let shown = labels.iter().take(NAME_BYTES).map(|it| format!("{:?}", cut_name(it)));
    cut_name(&format!("[{}]", shown.collect::<Vec<_>>().join(", ")))
}

impl Rejected {
    /// All of them.
    const CODES: [&str; 8] = [
        "unknown-rule",
        "rule-not-asked",
        "unknown-metric",
        "label-count-mismatch",
        "invalid-sample",
        "duplicate-sample",
        "more-rejected",
        "invalid-span",
    ];

    fn code(&self) -> &'static str {
        let nth = match self {
            Self::UnknownRule { .. } => 0,
            Self::NotAsked { .. } => 1,
            Self::UnknownMetric { .. } => 2,
            Self::LabelCount { .. } => 3,
            Self::NotFinite { .. } | Self::NotOne { .. } => 4,
            Self::Duplicate { .. } => 5,
            Self::More { .. } => 6,
            Self::InvalidSpan { .. } => 7,
        };
        Self::CODES[nth]
    }

    /// Itself, or one of many where enough others are told.
    pub(crate) fn among(self, told: &BTreeMap<Self, usize>) -> Self {
        if told.len() < REJECTED || told.contains_key(&self) {
            return self;
        }
        Self::More { rule: self.rule().map(str::to_owned) }
    }

    /// The bytes that it occupies: a record, its names, and the failure that is made of it.
    pub(crate) const BYTES: usize = 2 * (size_of::<Self>() + NAME_BYTES);

    /// The rule at fault, if it is known.
    fn rule(&self) -> Option<&str> {
        match self {
            Self::UnknownRule { .. } | Self::NotAsked { .. } | Self::UnknownMetric { .. } => None,
            Self::More { rule } => rule.as_deref(),
            Self::LabelCount { rule, .. }
            | Self::NotFinite { rule, .. }
            | Self::NotOne { rule, .. }
            | Self::Duplicate { rule, .. }
            | Self::InvalidSpan { rule, .. } => Some(rule),
        }
    }

    /// Why the host rejected it.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::UnknownRule { rule } => format!("the pack has no rule `{rule}`"),
            Self::NotAsked { rule } => format!("rule `{rule}` was not asked for"),
            Self::UnknownMetric { metric } => format!("the pack has no metric `{metric}`"),
            Self::LabelCount { metric, given, declared, .. } => {
                format!("a sample of `{metric}` has {given} label values, declared are {declared}")
            }
            Self::NotFinite { metric, value, .. } => {
                format!("a sample of `{metric}` is {value}, which is no state")
            }
            Self::NotOne { metric, value, .. } => {
                format!("a sample of the info metric `{metric}` is {value}, it must be 1")
            }
            Self::Duplicate { metric, labels, .. } => {
                format!("`{metric}` has two values for {labels}")
            }
            Self::InvalidSpan { reason, .. } => format!("a span: {reason}"),
            Self::More { .. } => format!("what is like it, beside the {REJECTED} that are told"),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::UnknownRule { .. } => "use an id that `describe` has declared",
            Self::NotAsked { .. } => "report only for the rules that `evaluate` is given",
            Self::UnknownMetric { .. } => "declare the metric in `describe`",
            Self::LabelCount { .. } => "give one value for each label, in the declared order",
            Self::NotFinite { .. } => "leave the sample out where there is no value",
            Self::NotOne { .. } => "put the facts into labels, and 1 into the value",
            Self::InvalidSpan { .. } => "see `timeline` in the contract, rulebox.wit",
            Self::More { .. } => "see the failures beside it",
            Self::Duplicate { .. } => "give the metric a label that tells the objects apart",
        }
    }

    fn failure(&self, pack: &str, times: usize) -> PackFailure {
        let rule = self.rule().map(str::to_owned);
        let message = format!("{times} × not taken: {}", self.reason());
        failure(pack, rule, self.code(), message, self.help().to_owned())
    }
}
