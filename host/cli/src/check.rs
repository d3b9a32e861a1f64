//! `rulebox check`, from what was typed to an exit code: typed → meant → read and evaluated →
//! written. How any of these is done is not known here.

use std::{mem::ManuallyDrop, path::PathBuf};

use jiff::{SignedDuration, Timestamp};
use rulebox_core::{
    AsOf, AsOfSource, AskedCluster, Coverage, Input, Moment, Problem, ProblemKind, Readings,
    Report, RuleOutcome, shell_word, text::escape,
};
use rulebox_report::{Collect, Links, Pseudonyms};
use rulebox_run::{Evaluated, FailOn, Outcome, Plan};

use crate::{
    args::{Check, When},
    cluster_args::Live,
    clusters::{self, Inputs},
    commands::Aim,
    config, consulted, elsewhere,
    exit::{Exit, Failure},
    gather::{self, Down, OfCluster},
    known::KnownFile,
    limit_args::InputLimits,
    links,
    output::{self, Destinations, Looks},
    pack_args::{Packs, chosen, collect_by},
    pack_files,
    packs::{self, Loaded},
    progress::Progress,
    pseudonyms,
    registries::Configured,
    reports,
};

/// Does one run.
pub(crate) fn run(check: &Check, looks: Looks) -> Result<Exit, Failure> {
    // Not declared to clap: it would no longer ask for `--live` beside `--context`.
    if check.live.enabled && !check.inputs.is_empty() {
        return Err(Failure::usage("a dump and a cluster cannot be read in one run")
            .help("leave out INPUT, or --live"));
    }

    let inputs = Inputs::of(&check.inputs, &check.clusters, &check.live)?;
    if check.output.fail_on_no_data == Some(true) {
        let is_value = |it: &&PathBuf| ["true", "false"].iter().any(|word| it.as_os_str() == *word);
        if let Some(word) = check.inputs.iter().filter(|it| !it.exists()).find(is_value) {
            let word = word.display();
            return Err(Failure::usage(format!("`{word}` is taken for an INPUT, and is none"))
                .help(format!("write --fail-on-no-data={word}")));
        }
    }
    let mut names = pseudonyms::of(check.output.written.pseudonymise.as_ref())?;
    let elsewhere = &check.elsewhere;
    if names.is_some() && (elsewhere.write_reports.is_some() || elsewhere.pushgateway.is_some()) {
        let message = "--pseudonymise is for what is shown to others, and a cluster and a \
                       Pushgateway know the names";
        return Err(Failure::usage(message).help(
            "leave it out; write the report by `-o json=report.json`, and then `rulebox report \
             report.json --pseudonymise`",
        ));
    }
    if names.is_some() && check.known.write_suppressions.is_some() {
        let message = "--pseudonymise is for what is shown to others, and suppressions hold the \
                       names of the findings, by which the next run knows them";
        return Err(Failure::usage(message).help("write the suppressions by a run without it"));
    }
    let read = || {
        let key = check.output.written.pseudonymise.as_ref();
        let config = &check.config;
        let mut all = read_by(&inputs.paths, config, key, &check.live, &check.packs);
        all.extend(check.known.baseline.iter().map(|it| ("the baseline", it.clone())));
        all
    };
    let to = Destinations::of(&check.output.written.outputs, &inputs.paths, read)?;
    refuse_reports(&inputs)?;
    let known = KnownFile::of(&check.known, &to, read)?;
    let client = check.elsewhere.client()?;
    let (mut config, file) = config::read(&check.config)?;
    if check.known.no_annotations {
        config = config.without_annotations();
    }
    let baseline = check.known.baseline.as_ref();
    let is_stdin = |it: &PathBuf| reports::is_standard_input(it);
    if baseline.is_some_and(is_stdin) && inputs.paths.iter().any(is_stdin) {
        return Err(Failure::usage("input and baseline cannot both come from standard input")
            .help("name a file for one of them"));
    }
    let redaction = config.redaction().map_err(|it| file.explain(it))?;
    let baseline = baseline.map(|it| {
        let name = redaction.text(&it.to_string_lossy()).into_owned();
        Ok::<_, Failure>((name, reports::read(it, &redaction)?))
    });
    let baseline = baseline.transpose()?;
    let configured = Configured::of(&config, &file)?;
    let Loaded { packs, failures, notes: not_kept, .. } =
        packs::load(&check.packs, &configured, (&check.limits).into())?;
    let plan = Plan::new(packs.into(), &(&check.choice).into(), config, &packs::built_in())
        .map_err(|it| file.explain(it).without_packs(&failures))?;
    // The program ends with this run. The system takes back all memory at once; freeing compiled
    // packs piece by piece takes milliseconds.
    let plan = ManuallyDrop::new(plan);

    let sources = Sources {
        live: check.live.enabled.then_some(&check.live),
        as_of: check.as_of,
        input_limits: &check.input_limits,
        quiet: check.output.written.quiet,
    };
    let run = evaluate(&sources, &inputs, to.files(), &plan, names.as_mut());
    let Run { mut evaluated, unreached, only, note, asked } = run.map_err(|it| {
        pseudonyms::learn_inputs(names.as_mut(), &inputs.paths);
        pseudonyms::of_failure(names.as_mut(), it)
    })?;
    let to = if only.is_some() { to.of_programs() } else { to };
    evaluated.report.failures.extend(failures);
    let mut outcome = plan.finish(evaluated);
    outcome.notes.splice(0..0, clusters::mistyped(&inputs.paths));
    pseudonyms::learn_reports(names.as_mut(), &outcome.report, baseline.as_ref());
    if let Some((name, baseline)) = &baseline {
        rulebox_run::compare(&mut outcome, name, baseline)
            .map_err(|it| pseudonyms::of_failure(names.as_mut(), it.into()))?;
    }
    // Of a cluster that could not be read nothing is known.
    let known = known.filter(|_| only.is_none());
    let known = known.map(|it| it.write(&outcome.report)).transpose();
    if !check.output.written.quiet {
        known.iter().flatten().for_each(|it| output::tell(it));
        let note = note.map(|it| names.as_mut().map_or(it.clone(), |names| names.line(&it)));
        output::note(note.into_iter().chain(not_kept));
    }

    let shown = pseudonyms::shown(names.as_mut(), &outcome);
    let more = config::configured(&plan, &check.config);
    let mut unwritten = write(&shown, &to, (check, &more), looks);
    unwritten.extend(known.err());
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
    let exit = exit(&outcome.report, check.lenient, (fail_on, no_data), unreached, asked);
    tell_unread(&shown.report, check.lenient);
    let exit = unwritten.iter().map(|it| it.exit).fold(exit, Exit::max);
    for it in unwritten {
        output::complain(&pseudonyms::of_failure(names.as_mut(), it));
    }
    match only {
        Some(failure) => Err(pseudonyms::of_failure(names.as_mut(), failure)),
        None => Ok(exit),
    }
}

/// Says of which inputs nothing was read. Where nothing at all was, the report itself says so.
pub(crate) fn tell_unread(report: &Report, lenient: bool) {
    let others = report.objects.iter().any(|it| it.2 > 0);
    for Input { name, problems, .. } in unread(report).filter(|_| others && !lenient) {
        let why = problems.first().map_or("", |it| it.reason.as_str());
        output::tell(&format!("error: nothing was read of {}: {why}", escape(name)));
    }
}

/// A report of Rulebox holds no object of a cluster, however much it names.
fn refuse_reports(inputs: &Inputs) -> Result<(), Failure> {
    let Some(report) = inputs.paths.iter().find(|it| reports::is_report(it)) else {
        return Ok(());
    };
    let word = shell_word(&report.to_string_lossy()).into_owned();
    Err(Failure::usage(format!("{} is a report of Rulebox, and no dump", report.display()))
        .help(format!("show it: `rulebox report {word}`; compare it: `rulebox diff OLD {word}`")))
}

/// What is read, and how.
pub(crate) struct Sources<'s> {
    /// The clusters that are asked, in place of inputs.
    pub(crate) live: Option<&'s Live>,
    /// When it was taken, where the user says so.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) input_limits: &'s InputLimits,
    pub(crate) quiet: bool,
}

/// What was read, and what was found in it.
pub(crate) struct Run {
    pub(crate) evaluated: Evaluated,
    /// Whether a live cluster could not be reached.
    pub(crate) unreached: bool,
    /// Why the only cluster could not be read: a person is told, and programs have their outputs.
    pub(crate) only: Option<Failure>,
    /// What a person is told of several clusters in a dump.
    pub(crate) note: Option<String>,
    /// Whether a cluster was asked for everything that counts: then it may hold none of it.
    pub(crate) asked: bool,
}

/// Reads the dump, or each cluster, and evaluates it, one cluster at a time. `left_out`: files that
/// are not read where a folder holds them.
pub(crate) fn evaluate(
    sources: &Sources<'_>,
    inputs: &Inputs,
    left_out: Vec<PathBuf>,
    plan: &Plan,
    mut names: Option<&mut Pseudonyms>,
) -> Result<Run, Failure> {
    let progress = Progress::new(sources.quiet);
    let step = &mut |pack: &str| progress.say(|| format!("evaluating the pack {pack}"));
    let needs = plan.needs();
    let given = sources.as_of.map(|it| AsOf { moment: Moment::at(it), source: AsOfSource::Given });
    let one = inputs.one.as_deref();
    let mut all = Evaluated::default();
    let Some(live) = sources.live else {
        let Readings { clusters, places, left_out, inputs: read, objects } =
            gather::offline(inputs, left_out, &needs, sources.input_limits, &progress)?;
        let labels: Vec<_> = clusters.iter().map(|it| it.0.clone()).collect();
        let labels: Vec<_> = labels.iter().map(String::as_str).collect();
        if let (Some(one), true) = (one, labels.len() > 1) {
            return Err(clusters::several(one, &labels, left_out, &places));
        }
        let asked = !clusters.is_empty() && clusters.iter().all(|it| it.1.collected.is_some());
        for (label, reading) in clusters {
            if let Some(names) = &mut names {
                pseudonyms::learn(names, &reading.inventory);
            }
            let as_of = gather::as_of(sources.as_of, &reading);
            if all.report.as_of.moment.earliest() < as_of.moment.earliest() {
                all.report.as_of = as_of.clone();
            }
            all.merge(plan.evaluate(one.unwrap_or(&label), reading, as_of, step));
        }
        (all.report.inputs, all.report.objects) = (read, objects);
        let note = clusters::note(&labels, left_out, &places, &inputs.names);
        return Ok(Run { evaluated: all, unreached: false, only: None, note, asked });
    };
    // One moment for all clusters, so that their ages can be compared.
    let now = gather::now();
    let as_of = |ahead: SignedDuration| {
        let moment = Moment::at(gather::at(now, ahead));
        given.clone().unwrap_or(AsOf { moment, source: AsOfSource::Now })
    };
    let Live { all_contexts, target, .. } = live;
    let each = &mut |read: OfCluster| {
        let OfCluster { name, asked, reading, ahead } = read;
        if let Some(names) = &mut names {
            pseudonyms::learn(names, &reading.inventory);
        }
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
    let down = gather::live(live, &needs, sources.input_limits, &progress, each)?;
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
pub(crate) fn exit(
    report: &Report,
    lenient: bool,
    (fail_on, fail_on_no_data): (FailOn, bool),
    unreached: bool,
    asked: bool,
) -> Exit {
    let fails = report
        .findings
        .iter()
        .any(|it| it.suppressed.is_none() && fail_on.fails(it.finding.severity));
    let no_data = || report.rules.iter().any(RuleOutcome::lacks_data);
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
        (nothing_read || ((lost || unreadable || unread) && !lenient), Exit::Input),
        (!report.failures.is_empty(), Exit::Pack),
        (unreached, Exit::Unreachable),
    ];
    applying.into_iter().filter(|it| it.0).map(|it| it.1).max().unwrap_or(Exit::Clean)
}

/// The files that an evaluation reads, and what each is to it. `key`: of `--pseudonymise`.
pub(crate) fn read_by(
    inputs: &[PathBuf],
    config: &[PathBuf],
    key: Option<&Option<PathBuf>>,
    live: &Live,
    packs: &Packs,
) -> Vec<(&'static str, PathBuf)> {
    let mut all: Vec<_> = inputs.iter().map(|it| ("an input", it.clone())).collect();
    all.extend(config.iter().map(|it| ("the configuration", it.clone())));
    all.extend(key.into_iter().flatten().map(|it| ("the key", it.clone())));
    if live.enabled {
        all.extend(rulebox_cluster::files(live.target.kubeconfig.as_deref()));
    }
    all.extend(pack_files::read_files(packs).into_iter().map(|it| ("a pack", it)));
    all.extend(packs.registries.files().into_iter().map(|it| ("a key or the lock of packs", it)));
    all
}

/// Writes all outputs of a run, and tells a person what stands beside them. Returns what could not
/// be written; that costs none of the other outputs. `more`: see [`collect`].
fn write(
    outcome: &Outcome,
    to: &Destinations,
    (check, more): (&Check, &str),
    looks: Looks,
) -> Vec<Failure> {
    let options = &check.output.written;
    let collect = (!check.live.enabled).then(|| collect(check, more));
    let Outcome { report, warnings, notes, news, log } = outcome;
    output::warn(warnings);
    if options.verbose {
        for line in log {
            output::tell(&format!("debug: {line}"));
        }
    }
    // Also where less is wanted: what was typed or configured does something else than it seems to.
    output::warn(notes);
    if !options.quiet {
        output::note(news.iter().cloned());
    }
    output::write(report, to, options, collect.as_ref(), &links(report, check, looks), looks)
}

/// What the places of the text lead to. Those of a cluster are no files.
fn links(report: &Report, check: &Check, looks: Looks) -> Links {
    let wanted = match check.output.hyperlink {
        When::Always => true,
        When::Auto => output::takes_links(looks),
        When::Never => false,
    };
    if wanted && !check.live.enabled { links::of(report) } else { Links::default() }
}

/// What to type to be given all that the same rules of the same packs need. `more`: the arguments
/// that name the configuration, where that asks for objects. A cluster that was
/// asked itself has said what stands in the way.
fn collect(check: &Check, more: &str) -> Collect {
    collect_by(&(chosen(&check.packs, &check.choice) + more))
}
