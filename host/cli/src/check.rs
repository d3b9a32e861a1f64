//! `rulebox check`, from what was typed to an exit code: typed → meant → read and evaluated →
//! written. How any of these is done is not known here.

use std::{mem::ManuallyDrop, path::PathBuf};

use jiff::SignedDuration;
use rulebox_core::{
    AsOf, AsOfSource, AskedCluster, Coverage, Input, Moment, Problem, ProblemKind, Reading,
    Readings, Report, RuleResult, shell_word, text::escape,
};
use rulebox_report::Collect;
use rulebox_run::{Config, Evaluated, FailOn, Outcome, Plan};

use crate::{
    args::Check,
    cluster_args::Live,
    clusters::{self, Inputs},
    commands::Aim,
    config::{self, ConfigFile},
    consulted, elsewhere,
    exit::{Exit, Failure},
    gather::{self, Down, OfCluster},
    output::{self, Destinations},
    pack_args::STANDARD,
    pack_files,
    packs::{self, Loaded},
    progress::Progress,
};

/// Does one run.
pub(crate) fn run(check: &Check, color: bool) -> Result<Exit, Failure> {
    // Not declared to clap: it would no longer ask for `--live` beside `--context`.
    if check.live.enabled && !check.inputs.is_empty() {
        return Err(Failure::usage("a dump and a cluster cannot be read in one run")
            .help("leave out INPUT, or --live"));
    }

    let inputs = Inputs::of(check)?;
    if check.output.fail_on_no_data == Some(true) {
        let is_value = |it: &&PathBuf| ["true", "false"].iter().any(|word| it.as_os_str() == *word);
        if let Some(word) = check.inputs.iter().filter(|it| !it.exists()).find(is_value) {
            let word = word.display();
            return Err(Failure::usage(format!("`{word}` is taken for an INPUT, and is none"))
                .help(format!("write --fail-on-no-data={word}")));
        }
    }
    let read = || read_by(check, &inputs.paths);
    let to = Destinations::of(&check.output.written.outputs, &inputs.paths, read)?;
    let client = check.elsewhere.client()?;
    let (config, file) = match &check.config {
        Some(file) => config::read(file)?,
        None => (Config::default(), ConfigFile::default()),
    };
    let Loaded { packs, failures, note: no_cache } =
        packs::load(&check.packs, (&check.limits).into())?;
    let plan = Plan::new(packs.into(), &(&check.choice).into(), config, &packs::built_in())
        .map_err(|it| file.explain(it).without_packs(&failures))?;
    // The program ends with this run. The system takes back all memory at once; freeing compiled
    // packs piece by piece takes milliseconds.
    let plan = ManuallyDrop::new(plan);

    let Run { mut evaluated, unreached, only, note, asked } = evaluate(check, &inputs, &to, &plan)?;
    let to = if only.is_some() { to.of_programs() } else { to };
    evaluated.report.failures.extend(failures);
    let mut outcome = plan.finish(evaluated);
    outcome.notes.splice(0..0, clusters::mistyped(&inputs.paths));
    if !check.output.written.quiet {
        output::note(note.into_iter().chain(no_cache));
    }

    let mut unwritten = write(&outcome, &to, check, color);
    let name = inputs.one.as_deref().unwrap_or_default();
    unwritten.extend(elsewhere::of_check(
        &check.elsewhere,
        (&check.live, check.output.written.max_series),
        &client,
        name,
        &outcome.report,
    ));
    let fail_on = check.output.fail_on.or(plan.fail_on()).unwrap_or_default();
    let no_data = check.output.fail_on_no_data.unwrap_or(plan.fail_on_no_data());
    let exit = exit(&outcome.report, check, (fail_on, no_data), unreached, asked);
    // Where nothing at all was read, the report itself says so.
    let others = outcome.report.objects.iter().any(|it| it.2 > 0);
    let unread = unread(&outcome.report).filter(|_| others && !check.lenient);
    for Input { name, problems, .. } in unread {
        let why = problems.first().map_or("", |it| it.reason.as_str());
        output::tell(&format!("error: nothing was read of {}: {why}", escape(name)));
    }
    unwritten.iter().for_each(output::complain);
    if let Some(failure) = only {
        return Err(failure);
    }
    Ok(unwritten.iter().map(|it| it.exit).fold(exit, Exit::max))
}

/// What was read, and what was found in it.
struct Run {
    evaluated: Evaluated,
    /// Whether a live cluster could not be reached.
    unreached: bool,
    /// Why the only cluster could not be read: a person is told, and programs have their outputs.
    only: Option<Failure>,
    /// What a person is told of several clusters in a dump.
    note: Option<String>,
    /// Whether a cluster was asked for everything that counts: then it may hold none of it.
    asked: bool,
}

/// Reads the dump, or each cluster, and evaluates it, one cluster at a time.
fn evaluate(
    check: &Check,
    inputs: &Inputs,
    to: &Destinations,
    plan: &Plan,
) -> Result<Run, Failure> {
    let progress = Progress::new(check.output.written.quiet);
    let step = &mut |pack: &str| progress.say(|| format!("evaluating the pack {pack}"));
    let needs = plan.needs();
    let given = check.as_of.map(|it| AsOf { moment: Moment::at(it), source: AsOfSource::Given });
    let one = inputs.one.as_deref();
    let mut all = Evaluated::default();
    if !check.live.enabled {
        let Readings { clusters, places, left_out, inputs: read, objects } =
            gather::offline(inputs, to.files(), &needs, &check.input_limits, &progress)?;
        let labels: Vec<_> = clusters.iter().map(|it| it.0.clone()).collect();
        let labels: Vec<_> = labels.iter().map(String::as_str).collect();
        if let (Some(one), true) = (one, labels.len() > 1) {
            return Err(clusters::several(one, &labels, left_out, &places));
        }
        let asked = !clusters.is_empty() && clusters.iter().all(|it| it.1.collected.is_some());
        for (label, reading) in clusters {
            let as_of = given.clone().unwrap_or_else(|| proven(&reading));
            if all.report.as_of.moment.earliest() < as_of.moment.earliest() {
                all.report.as_of = as_of.clone();
            }
            all.merge(plan.evaluate(one.unwrap_or(&label), reading, as_of, step));
        }
        (all.report.inputs, all.report.objects) = (read, objects);
        let note = clusters::note(&labels, left_out, &places, &inputs.names);
        return Ok(Run { evaluated: all, unreached: false, only: None, note, asked });
    }
    // One moment for all clusters, so that their ages can be compared.
    let now = gather::now();
    let as_of = |ahead: SignedDuration| {
        let moment = Moment::at(gather::at(now, ahead));
        given.clone().unwrap_or(AsOf { moment, source: AsOfSource::Now })
    };
    let Live { all_contexts, target, .. } = &check.live;
    let each = &mut |read: OfCluster| {
        let OfCluster { name, asked, reading, ahead } = read;
        let cluster = one.unwrap_or(&name);
        let as_of = as_of(ahead);
        if all.report.as_of.moment.earliest() < as_of.moment.earliest() {
            all.report.as_of = as_of.clone();
        }
        let mut evaluated = plan.evaluate(cluster, reading, as_of, step);
        let context = if *all_contexts { Some(&name) } else { target.context.as_ref() };
        let aim = Aim::of(target.kubeconfig.as_deref(), context.map(String::as_str));
        for it in &mut evaluated.report.findings {
            it.finding.remedy = aim.aimed(&it.finding.remedy);
        }
        consulted::tell(&mut evaluated.report);
        let cluster = one.map_or(asked, str::to_owned);
        evaluated.report.asked.push(AskedCluster { cluster, up: true });
        all.merge(evaluated);
    };
    let down = gather::live(&check.live, &needs, &check.input_limits, &progress, each)?;
    if all.report.as_of.moment.earliest().is_none() {
        all.report.as_of = as_of(SignedDuration::ZERO);
    }
    let unreached = !down.is_empty();
    let mut only = None;
    for Down { asked, input, failure } in down {
        let cluster = one.map_or(asked, str::to_owned);
        all.report.asked.push(AskedCluster { cluster, up: false });
        all.report.inputs.push(input);
        only = Some(failure).filter(|_| !*all_contexts);
    }
    Ok(Run { evaluated: all, unreached, only, note: None, asked: true })
}

/// The moment that a dump proves.
fn proven(reading: &Reading) -> AsOf {
    let moment = reading.captured();
    let source = match &reading.witness {
        _ if reading.collected.is_some() => AsOfSource::Bundle,
        Some(witness) => AsOfSource::Witness(witness.clone()),
        None => AsOfSource::Unknown,
    };
    AsOf { moment, source }
}

/// What the SDK says of an object with a field of a wrong type: it could not be read, either.
const UNREADABLE: &str = "` cannot be read: ";

/// The files that were named, and held nothing that any rule or text need reads. A file that was
/// searched, and an empty list, are not passed over.
fn unread(report: &Report) -> impl Iterator<Item = &Input> {
    let passed_over = |it: &Problem| it.kind == ProblemKind::Unread;
    report
        .inputs
        .iter()
        .filter(move |it| it.files == 1 && it.objects == 0 && it.problems.iter().any(passed_over))
}

/// The highest of the codes that apply.
fn exit(
    report: &Report,
    check: &Check,
    (fail_on, fail_on_no_data): (FailOn, bool),
    unreached: bool,
    asked: bool,
) -> Exit {
    let fails = report
        .findings
        .iter()
        .any(|it| it.suppressed.is_none() && fail_on.fails(it.finding.severity));
    let no_data = || report.rules.iter().any(|it| it.result == RuleResult::NoData);
    let lost = report.inputs.iter().any(|it| it.problems.iter().any(Problem::lost));
    let mut reasons = report.rules.iter().flat_map(|it| &it.reasons);
    let unreadable = reasons.any(|it| it.contains(UNREADABLE));
    let nothing_read = if asked {
        // A cluster may hold none of the objects; what counts is that it has answered.
        !report.coverage.is_empty()
            && report.coverage.iter().all(|it| it.coverage == Coverage::Absent)
    } else {
        report.objects.iter().all(|it| it.2 == 0)
    };
    let unread = unread(report).next().is_some();
    let applying = [
        (fails || (fail_on_no_data && no_data()), Exit::Findings),
        (nothing_read || ((lost || unreadable || unread) && !check.lenient), Exit::Input),
        (!report.failures.is_empty(), Exit::Pack),
        (unreached, Exit::Unreachable),
    ];
    applying.into_iter().filter(|it| it.0).map(|it| it.1).max().unwrap_or(Exit::Clean)
}

/// The files that a run reads, and what each is to it.
fn read_by(check: &Check, inputs: &[PathBuf]) -> Vec<(&'static str, PathBuf)> {
    let mut all: Vec<_> = inputs.iter().map(|it| ("an input", it.clone())).collect();
    all.extend(check.config.iter().map(|it| ("the configuration", it.clone())));
    if check.live.enabled {
        all.extend(rulebox_cluster::files(check.live.target.kubeconfig.as_deref()));
    }
    all.extend(pack_files::named_files(&check.packs).into_iter().map(|it| ("a pack", it)));
    all
}

/// Writes all outputs of a run, and tells a person what stands beside them. Returns what could not
/// be written; that costs none of the other outputs.
fn write(outcome: &Outcome, to: &Destinations, check: &Check, color: bool) -> Vec<Failure> {
    let options = &check.output.written;
    let collect = (!check.live.enabled).then(|| collect(check));
    let Outcome { report, warnings, notes, log } = outcome;
    output::warn(warnings);
    if options.verbose {
        for line in log {
            output::tell(&format!("debug: {line}"));
        }
    }
    // Also where less is wanted: what was typed or configured does something else than it seems to.
    output::warn(notes);
    output::write(report, to, options, collect.as_ref(), color)
}

/// What to type to be given all that the same rules of the same packs need. A cluster that was
/// asked itself has said what stands in the way.
fn collect(check: &Check) -> Collect {
    let Check { packs, choice, .. } = check;
    let standard = packs.packs.iter().all(|it| it == STANDARD);
    let packs = packs.packs.iter().filter(|_| !standard).map(|it| ("--pack", it));
    let rules = choice.rule.iter().map(|it| ("--rule", it));
    let chosen = packs.chain(rules).map(|(option, it)| format!("{option} {}", shell_word(it)));
    let chosen: Vec<_> = chosen.collect();
    let command = |begin: &str, end: &str| {
        let words = [begin].into_iter().chain(chosen.iter().map(String::as_str)).chain([end]);
        words.collect::<Vec<_>>().join(" ")
    };
    Collect {
        script: command("rulebox needs --script", "> collect.sh"),
        bundle: command("rulebox collect", "-o bundle.tar.gz"),
    }
}
