//! `rulebox diff`: two reports beside each other, or what the rules say of two dumps, or of a dump
//! and of the cluster now. A report is taken as it is; everything else is read and evaluated as
//! `rulebox check` does it, each side at its own moment.

use std::{
    mem::ManuallyDrop,
    path::{Path, PathBuf},
};

use rulebox_core::{Input, PackFailure, Report};
use rulebox_report::{
    Detail, DiffView, Format, Pseudonyms, Redaction, diff, diff_csv, diff_github, diff_html,
    diff_json, diff_junit, diff_markdown, diff_sarif, diff_text, diff_yaml,
    view::{ReportView, ResultView},
};
use rulebox_run::{Config, FailOn, Plan};

use crate::{
    check::{self, Run, Sources},
    clusters::{self, Inputs},
    config::{self, ConfigFiles},
    diff_args::{Diff, Output, shows},
    exit::{Exit, Failure},
    output::{self, Destinations, Looks},
    packs::{self, Loaded},
    pseudonyms,
    registries::Configured,
    reports::{self, is_standard_input},
};

/// Says what is new, gone and changed.
pub(crate) fn run(typed: &Diff, looks: Looks) -> Result<Exit, Failure> {
    let Diff { old, new, output, .. } = typed;
    let Output { outputs, quiet, verbose, pseudonymise, fail_on } = output;
    if is_standard_input(old) && new.as_deref().is_some_and(is_standard_input) {
        return Err(Failure::usage("both sides cannot come from standard input")
            .help("name a file for one of them"));
    }
    if let Some(refused) = outputs.iter().find(|it| !shows(it.format)) {
        return Err(Failure::usage(format!("-o {} shows no comparison", refused.format))
            .help("its metrics are those of one report: rulebox check -o prometheus"));
    }
    let files = [Some(old), new.as_ref()].into_iter().flatten();
    let files: Vec<_> = files.filter(|it| !is_standard_input(it)).cloned().collect();
    let to = Destinations::of(outputs, &files, || {
        let Diff { config, live, packs, .. } = typed;
        check::read_by(&files, config, pseudonymise.as_ref(), live, packs)
    })?;
    let (config, file) = config::read(&typed.config)?;
    let (configured, fail_on_no_data) = (config.fail_on(), config.fail_on_no_data());
    let redaction = config.redaction().map_err(|it| file.explain(it))?;
    let is_report = |it: &PathBuf| is_standard_input(it) || reports::is_report(it);
    let reports_alone = is_report(old) && new.as_ref().is_some_and(is_report);
    // Packs take a while to load, and reports need none.
    let rules = if reports_alone { None } else { Some(Rules::of(typed, config, &file)?) };
    let mut names = pseudonyms::of(pseudonymise.as_ref())?;
    let mut side = |file: Option<&PathBuf>| match (file, &rules) {
        (Some(file), _) if is_report(file) => Side::read(file, &redaction),
        (file, Some(rules)) => rules.side(typed, file, &to, names.as_mut()),
        (_, None) => unreachable!("both sides are reports"),
    };
    let (mut before, mut after) = (side(Some(old))?, side(new.as_ref())?);
    for it in [&mut before, &mut after] {
        it.name = redaction.text(&it.name).into_owned();
    }
    if let Some(names) = &mut names {
        let report = |it: &Side| {
            Report::try_from(&it.report).map_err(|why| reports::no_report(&it.name, &why))
        };
        let both = [report(&before)?, report(&after)?];
        // What the sides are called are names too.
        let called = [&before, &after].map(|it| {
            let input = Input { name: it.name.clone(), ..Input::default() };
            Report { inputs: vec![input], ..Report::default() }
        });
        both.iter().chain(&called).for_each(|it| names.learn_report(it));
        for (side, called) in [&mut before, &mut after].into_iter().zip(called) {
            side.name = names.report(called).inputs.into_iter().map(|it| it.name).collect();
        }
        let [first, second] = both.map(|it| ReportView::from(&names.report(it)));
        (before.report, after.report) = (first, second);
    }
    let found = diff((&before.name, &before.report), (&after.name, &after.report));
    let detail = match (quiet, verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    let unwritten =
        output::write_each(&to, |format, printed| render(format, &found, detail, printed), looks);
    unwritten.iter().for_each(output::complain);
    let fail_on = fail_on.or(configured).unwrap_or_default();
    let fails = found.counted().any(|it| fail_on.fails(it.severity.into()))
        || (fail_on_no_data && after.report.rules.iter().any(|it| it.result == ResultView::NoData));
    let fails = if fails { Exit::Findings } else { Exit::Clean };
    let unwritten = unwritten.iter().map(|it| it.exit);
    Ok([fails, before.exit, after.exit].into_iter().chain(unwritten).fold(Exit::Clean, Exit::max))
}

fn render(format: Format, found: &DiffView, detail: Detail, is_printed: bool) -> String {
    // What is not read on a terminal is not wrapped, so that lines can be searched.
    let width = output::screen().filter(|_| is_printed).unwrap_or(usize::MAX);
    match format {
        Format::Html => diff_html(found),
        Format::Json => diff_json(found),
        Format::Yaml => diff_yaml(found),
        Format::Markdown => diff_markdown(found),
        Format::Sarif => diff_sarif(found),
        Format::Junit => diff_junit(found),
        Format::Github => diff_github(found),
        Format::Csv => diff_csv(found),
        // All others were refused.
        _ => diff_text(found, width, detail),
    }
}

/// One of the two, as a report.
struct Side {
    name: String,
    report: ReportView,
    /// What reading it means to the shell.
    exit: Exit,
}

impl Side {
    /// A report that was written.
    fn read(file: &Path, redaction: &Redaction) -> Result<Self, Failure> {
        let name = if is_standard_input(file) { "-".into() } else { file.to_string_lossy() };
        let report = reports::read(file, redaction)?;
        Ok(Self { name: name.into_owned(), report, exit: Exit::Clean })
    }
}

/// What evaluates dumps and clusters.
struct Rules {
    plan: ManuallyDrop<Plan>,
    failures: Vec<PackFailure>,
}

impl Rules {
    fn of(typed: &Diff, config: Config, file: &ConfigFiles) -> Result<Self, Failure> {
        let configured = Configured::of(&config, file)?;
        let Loaded { packs, failures, notes, .. } =
            packs::load(&typed.packs, &configured, (&typed.limits).into())?;
        let plan = Plan::new(packs.into(), &(&typed.choice).into(), config, &packs::built_in())
            .map_err(|it| file.explain(it).without_packs(&failures))?;
        if !typed.output.quiet {
            output::note(notes);
        }
        // As in `check`: freeing compiled packs piece by piece takes time, and the program ends.
        Ok(Self { plan: ManuallyDrop::new(plan), failures })
    }

    /// What the rules say of a dump; without one, of the cluster.
    fn side(
        &self,
        typed: &Diff,
        file: Option<&PathBuf>,
        to: &Destinations,
        mut names: Option<&mut Pseudonyms>,
    ) -> Result<Side, Failure> {
        let paths: Vec<_> = file.into_iter().cloned().collect();
        let inputs = Inputs::of_paths(paths)?;
        let sources = Sources {
            live: file.is_none().then_some(&typed.live),
            as_of: None,
            input_limits: &typed.input_limits,
            quiet: typed.output.quiet,
        };
        let Run { mut evaluated, unreached, only, note, asked } =
            check::evaluate(&sources, &inputs, to.files(), &self.plan, names.as_deref_mut())?;
        if let Some(failure) = only {
            // Nothing of a cluster that could not be read is new or gone.
            return Err(failure);
        }
        evaluated.report.failures.extend(self.failures.iter().cloned());
        let mut outcome = self.plan.finish(evaluated);
        outcome.notes.extend(clusters::mistyped(&inputs.paths));
        // Of the report the names are taken when both sides are known.
        let shown = pseudonyms::shown(names, &outcome);
        output::warn(&shown.warnings);
        output::warn(&shown.notes);
        if !typed.output.quiet && typed.output.pseudonymise.is_none() {
            output::note(note);
        }
        let report = &outcome.report;
        let exit = check::exit(report, false, (FailOn::Never, false), unreached, asked);
        check::tell_unread(&shown.report, false);
        let name = match (file, report.inputs.first()) {
            (Some(file), _) => file.display().to_string(),
            (None, Some(input)) if report.inputs.len() == 1 => input.name.clone(),
            (None, _) => "the clusters".to_owned(),
        };
        Ok(Side { name, report: ReportView::from(report), exit })
    }
}
