//! Runs a case as `rulebox check` would run it: the same reader, the same plan, the same sandbox,
//! the same redaction. Objects say by no annotation which findings are known: a case tests rules.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use rulebox_core::{
    AsOf, AsOfSource, Coverage, PackFailure, PackInfo, Problem, Reading, Report, RuleOutcome,
    RuleResult, Undecided,
};
use rulebox_engine::Pack;
use rulebox_fixture::{Expectation, Fixture, Outcome};
use rulebox_run::{Choice, Config, Plan, find_rules};
use serde_json::{Value, json};

use crate::{
    case::{Case, Content, Kind},
    diff::diff,
    read::read,
};

/// The packs that are tested.
#[derive(Debug)]
pub struct Tests {
    packs: Arc<[Pack]>,
}

/// How a case came out.
#[derive(Debug, Clone, Default)]
pub struct CaseResult {
    /// Its name.
    pub name: String,
    /// What is wrong, in sentences; empty where the case holds.
    pub problems: Vec<String>,
    /// All that was said, where the case could be run.
    pub said: Option<String>,
    /// Whether a pack failed.
    pub failed_pack: bool,
    /// What the golden has to hold instead, where the case holds otherwise.
    pub golden: Option<String>,
    /// What it shows of the packs.
    pub shown: Shown,
}

/// What a case shows of rules and needs, each with its pack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Rules that found something.
    pub(crate) fired: BTreeSet<(String, String)>,
    /// Rules that could judge, and found nothing.
    pub(crate) quiet: BTreeSet<(String, String)>,
    /// Values of the label `reason` of findings: pack, rule, value.
    pub(crate) causes: BTreeSet<(String, String, String)>,
    /// Needs of which an object or a line was read.
    pub(crate) needs: BTreeSet<(String, String)>,
}

/// What a run has to say that a case is judged by.
pub(crate) struct Said {
    pub(crate) outcome: Outcome,
    pub(crate) failures: Vec<PackFailure>,
    shown: Shown,
    /// Why nothing was read, where nothing was.
    pub(crate) nothing: Option<String>,
}

impl Tests {
    /// Of these packs.
    pub fn new(packs: Vec<Pack>) -> Self {
        Self { packs: packs.into() }
    }

    /// The packs.
    pub fn packs(&self) -> Arc<[Pack]> {
        Arc::clone(&self.packs)
    }

    /// What the packs say of themselves.
    pub fn infos(&self) -> Vec<&PackInfo> {
        self.packs.iter().map(Pack::info).collect()
    }

    /// Runs a case. `update`: whether another golden than the one that is there is no problem.
    pub fn run(&self, case: &Case, update: bool) -> CaseResult {
        let mut result = CaseResult { name: case.name.clone(), ..CaseResult::default() };
        match self.said(case) {
            Err(problem) => result.problems.push(problem),
            Ok((said, mut problems)) => {
                let text = said.outcome.to_string();
                let failures = said.failures.iter().map(|it| {
                    let of = it.rule.as_deref().unwrap_or(&it.pack);
                    format!("{of} failed: {}; {}", it.message, it.help)
                });
                problems.extend(failures);
                problems.extend(said.nothing);
                let is_new = case.golden.as_ref() != Some(&text);
                if update {
                    let holds = problems.is_empty() && !matches!(case.kind, Kind::Example { .. });
                    result.golden = (holds && is_new).then(|| text.clone());
                } else if let Some(golden) = case.golden.as_ref().filter(|_| is_new) {
                    problems.push(format!(
                        "it says something else than its golden holds (`-`); if that is right, \
                         --update writes it\n{}",
                        diff(golden, &text)
                    ));
                }
                result.failed_pack = !said.failures.is_empty();
                (result.problems, result.said, result.shown) = (problems, Some(text), said.shown);
            }
        }
        result
    }

    /// What the rules said, and what is wrong with it; an error where they could not be asked.
    fn said(&self, case: &Case) -> Result<(Said, Vec<String>), String> {
        let fixture = case.fixture()?;
        if let Some(problem) = case.misnamed(&fixture) {
            return Err(problem);
        }
        self.check_names(&fixture)?;
        let rule = self.rule_of(&case.kind)?;
        let mut said = self.evaluate(case, &fixture, rule.as_ref())?;
        if let Content::Path(path, _) = &case.content {
            without_folders(&mut said, path);
        }
        let mut problems = fixture.complaints(&said.outcome);
        if let Kind::Example { fires, .. } = case.kind {
            problems = of_example(&said.outcome, fires);
        }
        Ok((said, problems))
    }

    /// The rule that a case is about, and its pack; none where it is about all.
    fn rule_of(&self, kind: &Kind) -> Result<Option<(String, String)>, String> {
        let rule = match kind {
            Kind::Dump => return Ok(None),
            Kind::Example { rule, .. } => return Ok(Some(rule.clone())),
            Kind::Fixture { rule } => rule,
        };
        let found = find_rules(rule, &self.infos());
        match found.map_err(|it| format!("{}; {}", it.message, it.help))?.as_slice() {
            [one] => Ok(Some(one.clone())),
            _ => Err(format!("several packs have a rule `{rule}`: test one pack at a time")),
        }
    }

    /// Each rule that an expectation names must be there: of one that is not, `none` always holds.
    fn check_names(&self, fixture: &Fixture<'_>) -> Result<(), String> {
        for rule in fixture.expectations.iter().filter_map(Expectation::rule) {
            find_rules(rule, &self.infos()).map_err(|it| format!("{}; {}", it.message, it.help))?;
        }
        Ok(())
    }

    /// What the rule says of a case, or all rules do, whatever the case expects.
    pub(crate) fn evaluate(
        &self,
        case: &Case,
        fixture: &Fixture<'_>,
        rule: Option<&(String, String)>,
    ) -> Result<Said, String> {
        let rules = rule.map(|(pack, rule)| format!("{pack}/{rule}"));
        let choice = Choice { rules: rules.into_iter().collect(), ..Choice::default() };
        let config = self.config(fixture.settings.as_deref(), rule)?;
        let words = |it: rulebox_run::RunError| match it.help.as_str() {
            "" => it.message,
            help => format!("{}; {help}", it.message),
        };
        let plan = Plan::new(Arc::clone(&self.packs), &choice, config, &[]).map_err(words)?;
        let reading = read(case, plan.needs())?;
        let as_of = AsOf { moment: moment(fixture, &reading), source: AsOfSource::Given };
        let evaluated = plan.evaluate("", reading, as_of, &mut |_| {});
        let report = plan.finish(evaluated).report;
        Ok(said(report))
    }

    /// The settings that a case gives, for the pack of its rule, or for the only one.
    fn config(
        &self,
        settings: Option<&str>,
        rule: Option<&(String, String)>,
    ) -> Result<Config, String> {
        let mut config = json!({});
        if let Some(settings) = settings {
            let value: Value = serde_json::from_str(settings)
                .map_err(|it| format!("`settings:` is no JSON: {it}"))?;
            let pack = match (rule, &self.packs[..]) {
                (Some((pack, _)), _) => pack,
                (None, [pack]) => &pack.info().name,
                _ => return Err("`settings:` of a case for several packs names none".to_owned()),
            };
            config = json!({ "settings": { pack: value } });
        }
        let config = Config::from_value(config).map_err(|it| it.message)?;
        Ok(config.without_annotations())
    }
}

fn moment(fixture: &Fixture<'_>, reading: &Reading) -> rulebox_core::Moment {
    fixture.as_of.unwrap_or_else(|| reading.captured())
}

/// What is wrong with an example that gives one finding, or none.
fn of_example(outcome: &Outcome, fires: bool) -> Vec<String> {
    let Outcome { findings, undecided, losses, .. } = outcome;
    let mut problems = Vec::new();
    if findings.len() != usize::from(fires) {
        let want = if fires { "one finding" } else { "none" };
        problems.push(format!("the example gives {} findings, and not {want}", findings.len()));
    }
    problems.extend(undecided.iter().map(|it| format!("the rule has no data: {}", it.reason)));
    problems.extend(losses.iter().map(|it| format!("not all of it could be read: {it}")));
    problems
}

/// Takes out of all words where the case lies: they are the same on each machine.
fn without_folders(said: &mut Said, path: &Path) {
    let (long, short) = (path.display().to_string(), path.file_name().unwrap_or_default());
    let short = short.to_string_lossy();
    let shorten = |text: &mut String| {
        if text.contains(&long) {
            *text = text.replace(&long, &short);
        }
    };
    let Outcome { findings, undecided, losses, .. } = &mut said.outcome;
    for it in undecided {
        shorten(&mut it.reason);
    }
    losses.iter_mut().for_each(shorten);
    for finding in findings {
        for it in &mut finding.evidence {
            shorten(&mut it.path);
            shorten(&mut it.value);
        }
    }
    said.nothing.iter_mut().for_each(shorten);
}

/// What a report says that cases speak of.
fn said(report: Report) -> Said {
    let nothing = nothing_read(&report);
    let mut outcome = Outcome::default();
    let mut shown = Shown::default();
    for input in &report.inputs {
        let lost = input.problems.iter().filter(|it| Problem::lost(it));
        outcome.losses.extend(lost.map(|it| it.described(&input.name)));
    }
    for RuleOutcome { pack, rule, result, reasons, .. } in report.rules {
        let named = (pack, rule.id.clone());
        match result {
            RuleResult::Skipped | RuleResult::Error => continue,
            RuleResult::Pass => drop(shown.quiet.insert(named)),
            RuleResult::Fail => drop(shown.fired.insert(named)),
            RuleResult::NoData => {}
        }
        let open = reasons.into_iter().map(|it| Undecided { rule: rule.id.clone(), reason: it });
        outcome.undecided.extend(open);
    }
    for it in report.findings {
        let reasons = it.finding.labels.iter().filter(|it| it.0 == "reason");
        let causes =
            reasons.map(|(_, it_is)| (it.pack.clone(), it.finding.rule.clone(), it_is.clone()));
        shown.causes.extend(causes);
        outcome.findings.push(it.finding);
    }
    outcome.samples.extend(report.samples.into_iter().map(|it| it.sample));
    outcome.spans.extend(report.timeline.into_iter().map(|it| it.span));
    let seen = report.coverage.into_iter().filter(|it| it.selected > 0);
    shown.needs.extend(seen.map(|it| (it.pack, it.need)));
    Said { outcome, failures: report.failures, shown, nothing }
}

/// Why a case shows nothing: no object was read of it, and nothing that rules need was covered.
fn nothing_read(report: &Report) -> Option<String> {
    let objects = report.objects.iter().any(|it| it.2 > 0);
    // A list that is empty says something too.
    let covered = report.coverage.iter().any(|it| it.coverage == Coverage::Complete);
    let why = report.inputs.iter().flat_map(|it| &it.problems).map(|it| it.reason.as_str()).next();
    let why = why.unwrap_or("it holds no object of Kubernetes");
    (!objects && !covered).then(|| format!("nothing was read of it: {why}"))
}
