//! `rulebox check`, from what was typed to an exit code: typed → meant → read and evaluated →
//! written. How any of these is done is not known here.

use std::mem::ManuallyDrop;

use jiff::Timestamp;
use rulebox_core::{AsOf, AsOfSource, Coverage, Moment, Problem, Reading, Report};
use rulebox_run::{Config, Evaluated, FailOn, Plan};

use crate::{
    args::Check,
    config,
    exit::{Exit, Failure},
    gather, output,
    packs::{self, Loaded},
    progress::Progress,
};

/// Does one run.
pub(crate) fn run(check: &Check, color: bool) -> Result<Exit, Failure> {
    output::validate(&check.output)?;
    // Not declared to clap: it would no longer ask for `--live` beside `--context`.
    if check.live.enabled && !check.inputs.is_empty() {
        return Err(Failure::usage("a dump and a cluster cannot be read in one run")
            .help("leave out INPUT, or --live"));
    }

    let config = match &check.config {
        Some(file) => config::read(file)?,
        None => Config::default(),
    };
    let Loaded { packs, failures } = packs::load(&check.packs, Some(&check.limits))?;
    let plan = Plan::new(packs.into(), &(&check.choice).into(), config)
        .map_err(|it| Failure::from(it).without_packs(&failures))?;
    // The program ends with this run. The system takes back all memory at once; freeing compiled
    // packs piece by piece takes milliseconds.
    let plan = ManuallyDrop::new(plan);

    let (mut evaluated, unreached) = evaluate(check, &plan)?;
    evaluated.report.failures.extend(failures);
    let outcome = plan.finish(evaluated);

    output::write(&outcome, &check.output, color)?;
    let fail_on = check.output.fail_on.or(plan.fail_on()).unwrap_or_default();
    Ok(exit(&outcome.report, check, fail_on, unreached))
}

/// Reads the dump, or each cluster, and evaluates it. Also says whether one of several clusters
/// could not be reached.
fn evaluate(check: &Check, plan: &Plan) -> Result<(Evaluated, bool), Failure> {
    let progress = Progress::new(check.output.quiet);
    let step = &mut |pack: &str| progress.say(|| format!("evaluating the pack {pack}"));
    let needs = plan.needs();
    let given = check.as_of.map(|it| AsOf { moment: Moment::at(it), source: AsOfSource::Given });
    if !check.live.enabled {
        let reading = gather::offline(&check.inputs, &needs, &progress)?;
        let as_of = given.unwrap_or_else(|| proven(&reading));
        return Ok((plan.evaluate("", reading, as_of, step), false));
    }
    // One moment for all clusters, so that their ages can be compared.
    let now = || AsOf { moment: Moment::at(Timestamp::now()), source: AsOfSource::Now };
    let as_of = given.unwrap_or_else(now);
    let mut all = Evaluated::default();
    all.report.as_of = as_of.clone();
    let unread = gather::live(&check.live, &needs, &progress, &mut |cluster, reading| {
        all.merge(plan.evaluate(cluster, reading, as_of.clone(), step));
    })?;
    let unreached = !unread.is_empty();
    all.report.inputs.extend(unread);
    Ok((all, unreached))
}

/// The moment that a dump proves.
fn proven(reading: &Reading) -> AsOf {
    let moment = reading.captured();
    let source = reading.witness.clone().map_or(AsOfSource::Unknown, AsOfSource::Witness);
    AsOf { moment, source }
}

/// The highest of the codes that apply.
fn exit(report: &Report, check: &Check, fail_on: FailOn, unreached: bool) -> Exit {
    let fails = report
        .findings
        .iter()
        .any(|it| it.suppressed.is_none() && fail_on.fails(it.finding.severity));
    let lost = report.inputs.iter().any(|it| it.problems.iter().any(Problem::lost));
    let nothing_read = if check.live.enabled {
        // A cluster may hold none of the objects; what counts is that it has answered.
        !report.coverage.is_empty()
            && report.coverage.iter().all(|it| it.coverage == Coverage::Absent)
    } else {
        report.objects.iter().all(|it| it.2 == 0)
    };
    let applying = [
        (fails, Exit::Findings),
        (nothing_read || (lost && !check.lenient), Exit::Input),
        (!report.failures.is_empty(), Exit::Pack),
        (unreached, Exit::Unreachable),
    ];
    applying.into_iter().filter(|it| it.0).map(|it| it.1).max().unwrap_or(Exit::Clean)
}
