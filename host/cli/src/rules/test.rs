//! `rulebox rules test`: which pack, which cases, where the results go. What a case is judged by is
//! known to `rulebox-author`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};
use rulebox_author::{Case, CaseResult, Content, Kind, Results, Tests, examples};
use rulebox_run::find_rules;

use crate::{
    exit::{Exit, Failure},
    files::{self, Target},
    output::{self, Looks},
    pack_args::{PackLimits, Packs},
    pack_files,
    packs::{self, Loaded},
    registries::Configured,
    rules::{
        build, cases,
        shown_as::{Places, ShownAs},
    },
};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox rules test
  rulebox rules test my-rules/ --rule image-not-ours
  rulebox rules test my-rules.wasm --coverage -o text -o junit=results.xml
  rulebox rules test --update

Beside the pack stand fixtures/RULE/bad_CASE.yaml and good_CASE.yaml, for one \
rule each, and cases/CASE.yaml or cases/CASE/, whole dumps for all rules. \
Comments at the head of the YAML say what is expected:
  # as-of: 2026-09-15T02:30:00Z
  # expect: Pod shop/web-0 container=app: crashes again
  # expect: none
Of a folder expect.txt in it says so, and of any other file FILE.expect.txt \
beside it. Examples in the documentation of rules, marked `yaml fires` and \
`yaml quiet`, are cases too.";

/// What `rulebox rules test` takes.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The pack: a file or a folder, as --pack of `check` takes it.
    #[arg(value_name = "PACK|FOLDER", default_value = ".", value_hint = ValueHint::AnyPath)]
    tested: String,
    /// The folder that holds `fixtures` and `cases` [default: that of the pack].
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    cases: Option<PathBuf>,
    /// Only the fixtures and examples of this rule; repeatable. Whole dumps are left out.
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,
    /// Also say which rules, causes and needs no case shows. A cause is a value of the label
    /// `reason` of a finding: one that a case shows, or that an item of the documentation begins
    /// with, as in "- `bucket-acl`, `access-denied`: …".
    #[arg(long)]
    coverage: bool,
    /// Write all that the rules say of each case that holds to CASE.golden.txt beside it. A golden
    /// that is there is compared from then on.
    #[arg(long)]
    update: bool,
    /// How to show the results, and where to; repeatable. One of: text, json, junit.
    #[arg(long, short, value_name = "FORM[=FILE]", default_value = "text")]
    #[arg(value_parser = ShownAs::<Form>::parser())]
    output: Vec<ShownAs<Form>>,
    /// Say less: the cases that do not hold, and no summary.
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    limits: PackLimits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Junit,
}

/// Runs the cases.
pub(crate) fn run(typed: &Test, looks: Looks) -> Result<Exit, Failure> {
    let folder = cases::folder(&typed.tested, typed.cases.as_deref());
    let found = cases::find(&folder)?;
    if found.is_empty() && typed.cases.is_some() {
        return Err(nothing(&folder, &typed.rule));
    }
    let named = Packs { packs: vec![typed.tested.clone()], ..Packs::default() };
    let goldens = found.iter().map(|it| ("a golden", it.golden.clone()));
    let cases = found.iter().filter_map(|it| match &it.case.content {
        Content::Path(path, _) => Some(("a case", path.clone())),
        Content::Text(_) => None,
    });
    let pack = pack_files::read_files(&named).into_iter().map(|it| ("the pack", it));
    let read: Vec<_> = goldens.chain(cases).chain(pack).collect();
    let places = Places::of(&typed.output, &read)?;
    let path = Path::new(&typed.tested);
    build::built(path)?;
    let Loaded { packs, failures, notes, .. } =
        packs::load(&named, &Configured::default(), (&typed.limits).into())?;
    output::note(notes);
    if found.is_empty() {
        output::note(Some(format!(
            "{} holds neither fixtures nor cases: only what the documentation shows is tested",
            shown(&folder)
        )));
    }
    if let Some(it) = failures.into_iter().next() {
        return Err(packs::refusal(it));
    }
    let tests = Tests::new(packs);
    let chosen = Chosen::of(&typed.rule, &tests)?;
    let examples = examples(&tests.infos());
    let all = found.iter().map(|it| (&it.case, Some(&it.golden)));
    let all = all.chain(examples.iter().map(|it| (it, None)));
    let (asked, skipped): (Vec<_>, Vec<_>) = all.partition(|it| chosen.includes(it.0));
    if asked.is_empty() {
        return Err(nothing(&folder, &typed.rule));
    }
    let mut results = Vec::new();
    let mut exit = Exit::Clean;
    for (case, golden) in asked {
        let mut result = tests.run(case, typed.update);
        if let (Some(text), Some(file)) = (result.golden.take(), golden) {
            exit = exit.max(write_golden(file, &text, &mut result));
        }
        results.push(result);
    }
    let failed = results.iter().any(|it| !it.problems.is_empty());
    let broken = results.iter().any(|it| it.failed_pack);
    let codes = [(failed, Exit::Findings), (broken, Exit::Pack)];
    exit = codes.into_iter().filter(|it| it.0).map(|it| it.1).fold(exit, Exit::max);
    let results = Results::of(&tests.infos(), &results, skipped.len(), typed.coverage);
    let text = |form| match form {
        Form::Text => results.text(typed.quiet),
        Form::Json => results.json(),
        Form::Junit => results.junit(),
    };
    let unwritten = places.write(&typed.output, text, looks);
    unwritten.iter().for_each(output::complain);
    if let Some(stale) = build::stale(path) {
        exit = exit.max(Exit::Findings);
        output::complain(&Failure { exit, message: stale.0, help: stale.1 });
    }
    Ok(unwritten.iter().map(|it| it.exit).fold(exit, Exit::max))
}

/// The rules that were asked for, each with its pack; all, where none was named.
struct Chosen(Vec<(String, String)>);

impl Chosen {
    fn of(names: &[String], tests: &Tests) -> Result<Self, Failure> {
        let found = names.iter().map(|it| find_rules(it, &tests.infos()));
        Ok(Self(found.collect::<Result<Vec<_>, _>>()?.concat()))
    }

    fn includes(&self, case: &Case) -> bool {
        match &case.kind {
            _ if self.0.is_empty() => true,
            Kind::Fixture { rule } => self.0.iter().any(|it| it.1 == *rule),
            Kind::Example { rule, .. } => self.0.contains(rule),
            Kind::Dump => false,
        }
    }
}

fn shown(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { ".".to_owned() } else { folder.display().to_string() }
}

fn nothing(folder: &Path, rules: &[String]) -> Failure {
    let of = match rules {
        [] => String::new(),
        rules => format!(" of {}", rules.join(", ")),
    };
    let message = format!(
        "there is nothing to test{of}: {} holds no fixtures and no cases, and no documentation an \
         example",
        shown(folder)
    );
    Failure::usage(message)
        .help("write fixtures/RULE/bad_CASE.yaml there, or name their folder: --cases FOLDER")
}

/// Writes a golden. Where it cannot be, the case says so.
fn write_golden(file: &Path, text: &str, result: &mut CaseResult) -> Exit {
    let written = Target::of(file).map(|it| files::write(&[(&it, text.as_bytes())]));
    let failure = match written {
        Ok(failures) => failures.into_iter().next(),
        Err(failure) => Some(failure),
    };
    let Some(failure) = failure else { return Exit::Clean };
    result.problems.push(failure.to_string());
    failure.exit
}
