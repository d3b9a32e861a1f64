//! `rulebox check`: one run, from what was typed to an exit code.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use rulebox_cluster::ClusterError;
use rulebox_core::{AsOf, AsOfSource, Collector, Coverage, NeedSet, Reading, Report};
use rulebox_engine::{Pack, Run};
use rulebox_reader::{Reader, Source};
use rulebox_report::{Detail, PrometheusOptions, RenderOptions, TextStyle};

use crate::{
    args::{Check, Live, Output, OutputTo},
    assemble::{self, Evaluated},
    config::Config,
    exit::{Exit, Failure},
    packs::{self, Loaded},
    policy::{self, Chosen},
    progress::Progress,
};

/// Does it.
pub(crate) fn run(check: &Check, color: bool) -> Result<Exit, Failure> {
    validate_outputs(&check.output)?;
    // Said here and not to clap, which does not ask for `--live` beside `--context` where the two are declared to conflict.
    if check.live.enabled && !check.inputs.is_empty() {
        return Err(Failure::usage("a dump and a cluster cannot be read in one run")
            .help("leave out INPUT, or --live"));
    }
    let config = check.config.as_deref().map(Config::read).transpose()?.unwrap_or_default();
    let Loaded { packs, failures } = packs::load(&check.packs, Some(&check.limits))?;
    // The program ends with this run, and the system takes memory back at once; piece by piece it takes milliseconds.
    let packs: &[Pack] = packs.leak();
    let infos: Vec<_> = packs.iter().map(Pack::info).collect();
    policy::validate(&config, &infos)?;
    let plan = Plan {
        chosen: Chosen::of(&check.choice, &infos)?,
        settings: settings(packs, &config)?,
        packs,
        progress: Progress::new(check.output.quiet),
        log: check.output.verbose,
    };

    let (mut report, unreached) =
        if check.live.enabled { live(check, &plan)? } else { (offline(check, &plan)?, false) };
    report.failures.extend(failures);
    policy::override_severities(&mut report, &config);
    let mut report = rulebox_report::arrange(report);
    let notes = policy::suppress(&mut report, &config);
    drop(plan);

    if !check.output.quiet {
        for note in notes {
            eprintln!("note: {note}");
        }
    }
    for output in &check.output.outputs {
        write(output, &report, &check.output, color)?;
    }
    Ok(exit(&report, check, &config, unreached))
}

/// What does not change from one source to the next.
struct Plan<'p> {
    packs: &'p [Pack],
    chosen: Chosen,
    /// One for each pack.
    settings: Vec<String>,
    progress: Progress,
    log: bool,
}

impl Plan<'_> {
    /// What the chosen rules read, and nothing else: what no rule asks for is not parsed.
    fn needs(&self) -> NeedSet {
        let mut needs = NeedSet::default();
        for pack in self.packs {
            let info = pack.info();
            let chosen = self.chosen.of_pack(info);
            let rules = info.rules.iter().filter(|it| chosen.contains(&it.id.as_str()));
            let read: Vec<_> =
                rules.flat_map(|it| it.requires.iter().chain(&it.consults)).collect();
            let NeedSet { mut objects, mut texts } = info.needs.clone();
            objects.retain(|it| read.contains(&&it.id));
            texts.retain(|it| read.contains(&&it.id));
            needs.add(&info.name, &NeedSet { objects, texts });
        }
        needs
    }

    /// Evaluates the packs over what was read.
    fn evaluate(&self, cluster: &str, reading: Reading, as_of: AsOf) -> Report {
        let Reading { inventory, inputs, witness: _, objects, objects_needed } = reading;
        let inventory = Arc::new(inventory);
        let time = as_of.time;
        let mut report = Report { as_of, inputs, objects, objects_needed, ..Report::default() };
        for (pack, settings) in self.packs.iter().zip(&self.settings) {
            let info = pack.info();
            self.progress.say(|| format!("evaluating the pack {}", info.name));
            let rules = self.chosen.of_pack(info);
            let evaluation =
                pack.evaluate(&Run { as_of: time, settings, rules: &rules }, &inventory);
            if self.log {
                for line in &evaluation.log {
                    eprintln!("debug: {}: {line}", info.name);
                }
            }
            assemble::add(
                &mut report,
                cluster,
                &inventory,
                &self.chosen,
                Evaluated { pack: info, evaluation },
            );
        }
        report
    }
}

/// Settings are held to the schema of their pack before anything runs.
fn settings(packs: &[Pack], config: &Config) -> Result<Vec<String>, Failure> {
    let of = |pack: &Pack| {
        let name = &pack.info().name;
        pack.settings(config.settings.get(name)).map_err(|it| {
            let help = format!("see what it takes: rulebox schema {name}");
            Failure::usage(format!("in the configuration: settings.{name}: {it}")).help(help)
        })
    };
    packs.iter().map(of).collect()
}

fn collector(needs: &NeedSet) -> Result<Collector, Failure> {
    Collector::new(needs.clone()).map_err(|it| Failure {
        exit: Exit::Pack,
        message: it.to_string(),
        help: String::new(),
    })
}

fn offline(check: &Check, plan: &Plan<'_>) -> Result<Report, Failure> {
    let needs = plan.needs();
    let reader = Reader::new(&needs).map_err(|it| Failure {
        exit: Exit::Pack,
        message: it.to_string(),
        help: "mend the pack that has this need".to_owned(),
    })?;
    let mut collector = collector(&needs)?.with_threads(reader.threads());
    let sources: Vec<_> = check.inputs.iter().map(|it| source(it)).collect();
    reader.read(sources, &mut collector, &mut |it| plan.progress.read(it));
    let reading = collector.finish();
    let as_of = match (check.as_of, &reading.witness) {
        (Some(time), _) => AsOf { time: Some(time), source: AsOfSource::Given },
        (None, Some(witness)) => {
            AsOf { time: Some(witness.time), source: AsOfSource::Witness(witness.clone()) }
        }
        (None, None) => AsOf::default(),
    };
    Ok(plan.evaluate("", reading, as_of))
}

fn source(input: &Path) -> Source {
    if input == Path::new("-") { Source::Stdin } else { Source::Path(input.to_owned()) }
}

/// Also says whether one of several clusters could not be reached.
fn live(check: &Check, plan: &Plan<'_>) -> Result<(Report, bool), Failure> {
    let Live { enabled: _, context, all_contexts, namespace, kubeconfig, request_timeout } =
        &check.live;
    let contexts = if *all_contexts {
        let contexts =
            rulebox_cluster::contexts(kubeconfig.as_deref()).map_err(|it| cluster_failure(&it))?;
        contexts.into_iter().map(Some).collect()
    } else {
        vec![context.clone()]
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|it| Failure {
        exit: Exit::Unreachable,
        message: format!("cannot start: {it}"),
        help: String::new(),
    })?;
    let needs = plan.needs();
    // One moment for all clusters, so that their ages can be compared.
    let as_of = match check.as_of {
        Some(time) => AsOf { time: Some(time), source: AsOfSource::Given },
        None => AsOf { time: Some(Timestamp::now()), source: AsOfSource::Now },
    };
    let mut all = Report { as_of: as_of.clone(), ..Report::default() };
    let mut failed = Vec::new();
    for context in &contexts {
        let options = rulebox_cluster::Options {
            kubeconfig: kubeconfig.clone(),
            context: context.clone(),
            namespaces: namespace.clone(),
            request_timeout: Duration::from_secs(*request_timeout),
            ..rulebox_cluster::Options::default()
        };
        let mut collector = collector(&needs)?;
        let read = runtime.block_on(async {
            let cluster = rulebox_cluster::connect(&options).await?;
            cluster
                .read(&mut collector, &mut |it| {
                    plan.progress.say(|| format!("{} {}", it.step, it.waiting));
                })
                .await
        });
        let Err(error) = read else {
            let cluster = if *all_contexts { context.as_deref().unwrap_or_default() } else { "" };
            merge(&mut all, plan.evaluate(cluster, collector.finish(), as_of.clone()));
            continue;
        };
        // With several clusters, one that is down loses none of the others.
        if !all_contexts {
            return Err(cluster_failure(&error));
        }
        failed.push((context.clone().unwrap_or_default(), error));
    }
    for (context, error) in &failed {
        all.inputs.push(unreached(context, error));
    }
    Ok((all, !failed.is_empty()))
}

/// Adds the report of another cluster.
fn merge(all: &mut Report, one: Report) {
    let Report {
        as_of: _,
        inputs,
        coverage,
        findings,
        rules,
        failures,
        samples,
        objects,
        objects_needed,
    } = one;
    all.inputs.extend(inputs);
    all.coverage.extend(coverage);
    all.findings.extend(findings);
    all.rules.extend(rules);
    all.failures.extend(failures);
    all.samples.extend(samples);
    all.objects_needed += objects_needed;
    for (group, kind, count) in objects {
        match all.objects.iter_mut().find(|it| it.0 == group && it.1 == kind) {
            Some(known) => known.2 += count,
            None => all.objects.push((group, kind, count)),
        }
    }
}

fn cluster_failure(error: &ClusterError) -> Failure {
    let exit = match error {
        ClusterError::Need { .. } => Exit::Pack,
        it if it.is_unreachable() => Exit::Unreachable,
        _ => Exit::Usage,
    };
    Failure { exit, message: error.to_string(), help: String::new() }
}

/// A cluster that could not be asked, as an input.
fn unreached(context: &str, error: &ClusterError) -> rulebox_core::Input {
    let problem = rulebox_core::Problem {
        reason: error.to_string(),
        lost: true,
        ..rulebox_core::Problem::default()
    };
    rulebox_core::Input {
        name: format!("context {context}"),
        problems: vec![problem],
        ..rulebox_core::Input::default()
    }
}

/// Two outputs cannot share one place.
fn validate_outputs(output: &Output) -> Result<(), Failure> {
    let mut places: Vec<&Option<PathBuf>> = output.outputs.iter().map(|it| &it.file).collect();
    places.sort();
    match places.windows(2).find(|it| it[0] == it[1]) {
        None => Ok(()),
        Some([Some(file), _]) => {
            Err(Failure::usage(format!("two outputs go to {}", file.display())))
        }
        Some(_) => Err(Failure::usage("two outputs go to standard output")
            .help("give one of them a file: -o json=report.json")),
    }
}

fn write(output: &OutputTo, report: &Report, options: &Output, color: bool) -> Result<(), Failure> {
    let to_terminal = output.file.is_none() && io::stdout().is_terminal();
    let detail = match options {
        Output { quiet: true, .. } => Detail::Quiet,
        Output { verbose: true, .. } => Detail::Verbose,
        _ => Detail::Normal,
    };
    let width = if to_terminal { terminal_width() } else { TextStyle::default().width };
    let max_series = options.max_series.unwrap_or(PrometheusOptions::default().max_series);
    let text = output.format.render(
        report,
        &RenderOptions {
            text: TextStyle { color: color && output.file.is_none(), width, detail },
            prometheus: PrometheusOptions { max_series },
        },
    );
    match &output.file {
        Some(file) => std::fs::write(file, text)
            .map_err(|it| Failure::usage(format!("cannot write {}: {it}", file.display()))),
        None => print(&text),
    }
}

/// Prints; a reader that has seen enough (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prose wider than a hundred columns is hard to read.
fn terminal_width() -> usize {
    const WIDEST: u16 = 100;
    terminal_size::terminal_size()
        .map_or(TextStyle::default().width, |(width, _)| usize::from(width.0.min(WIDEST)))
}

/// The highest of the codes that apply.
fn exit(report: &Report, check: &Check, config: &Config, unreached: bool) -> Exit {
    let fail_on = check.output.fail_on.or(config.fail_on).unwrap_or_default();
    let fails = report
        .findings
        .iter()
        .any(|it| it.suppressed.is_none() && fail_on.fails(it.finding.severity));
    let lost = report.inputs.iter().any(|it| it.problems.iter().any(|it| it.lost));
    let nothing_read = if check.live.enabled {
        // A cluster may well hold none of the objects; what counts is that it has said so.
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
