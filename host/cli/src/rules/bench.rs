//! `rulebox rules bench`: which pack, over which objects, and where the numbers go. What is
//! measured, and how, is known to `rulebox-author`.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum, ValueHint};
use rulebox_author::{BenchView, Beside, Contestants, EMPTY, Objects, Started, compare, measure};
use rulebox_core::{NeedSet, Readings};
use rulebox_engine::{Code, Limits, Pack};

use crate::{
    clusters::Inputs,
    exit::{Exit, Failure},
    files::{self, Target, read_small},
    gather,
    limit_args::InputLimits,
    numbers::some,
    output::{self, Looks},
    pack_args::{PackLimits, Packs, STANDARD},
    pack_files,
    pack_parts::is_text,
    pack_texts,
    packs::{self, Loaded},
    progress::Progress,
    registries::Configured,
    rules::{
        build, cases,
        shown_as::{Places, ShownAs},
    },
};

pub(crate) const EXAMPLES: &str = "\
Examples:
  rulebox rules bench my-rules.wasm
  rulebox rules bench my-rules/ --objects 100000
  rulebox rules bench my-rules.wasm dump.yaml -o text -o json=bench.json
  rulebox rules bench my-rules.wasm --save before.json
  rulebox rules bench my-rules.wasm --compare before.json --tolerance 10

Each number stands beside that of an empty pack, which reads the same objects \
and looks at nothing. Times differ from machine to machine, and while it does \
something else; both packs are timed in turns, so that the ratio says more. \
Instructions, memory and size are the same each time, and are what --compare \
goes by. To count instructions, the pack is compiled once more.";

/// What `rulebox rules bench` takes.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// The pack: a file or a folder, as --pack of `check` takes it, or `standard`.
    #[arg(value_name = "PACK", value_hint = ValueHint::AnyPath)]
    measured: String,
    /// Dumps of one cluster, whose objects the pack is given. Without one, they are made of the
    /// pack's own cases: fixtures, examples in the documentation, and whole dumps.
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The folder that holds `fixtures` and `cases` [default: that of the pack].
    #[arg(long, value_name = "FOLDER", conflicts_with = "inputs")]
    #[arg(value_hint = ValueHint::DirPath)]
    cases: Option<PathBuf>,
    /// How many objects are made of the cases, at least. Those of a case stay together, and each
    /// copy has names of its own.
    #[arg(long, value_name = "N", default_value_t = 10_000, conflicts_with = "inputs")]
    #[arg(value_parser = some)]
    objects: usize,
    /// How often each time is taken; the median counts.
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = some)]
    rounds: usize,
    /// Write the numbers to a file, to compare others with later.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    save: Option<PathBuf>,
    /// Numbers of another version of the pack over the same objects, as --save wrote them: say
    /// what costs more now, and by how much.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    compare: Option<PathBuf>,
    /// How many percent more size, memory or instructions may be before that is an exit code.
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, requires = "compare")]
    #[arg(value_parser = percent)]
    tolerance: f64,
    /// How to show the numbers, and where to; repeatable. One of: text, json.
    #[arg(long, short, value_name = "FORM[=FILE]", default_value = "text")]
    #[arg(value_parser = ShownAs::<Form>::parser())]
    output: Vec<ShownAs<Form>>,
    #[command(flatten)]
    limits: PackLimits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

fn percent(typed: &str) -> Result<f64, String> {
    let percent = typed.trim_end_matches('%').parse().ok().filter(|it| (0.0..=1000.0).contains(it));
    percent.ok_or_else(|| "not a number of percent from 0 to 1000, such as 5".to_owned())
}

/// What `--compare` reads; a thousand rules are one MiB.
const MOST_BYTES: usize = 64 << 20;

/// Measures.
pub(crate) fn run(typed: &Bench, looks: Looks) -> Result<Exit, Failure> {
    let path = Path::new(&typed.measured);
    build::built(path)?;
    let named = Packs { packs: vec![typed.measured.clone()], ..Packs::default() };
    let mut read: Vec<_> =
        pack_files::read_files(&named).into_iter().map(|it| ("a pack", it)).collect();
    read.extend(typed.inputs.iter().map(|it| ("an input", it.clone())));
    read.extend(typed.compare.iter().map(|it| ("what is compared with", it.clone())));
    let save = typed.save.as_deref().map(Target::of).transpose()?;
    if let Some(save) = &save {
        save.apart_from(&read, "what --save writes")?;
    }
    read.extend(typed.save.iter().map(|it| ("what --save writes", it.clone())));
    let places = Places::of(&typed.output, &read)?;
    let before = typed.compare.as_ref().map(|it| before(it)).transpose()?;
    output::note(build::stale_words(path));

    let progress = Progress::new(false);
    let limits = Limits::from(&typed.limits);
    progress.say(|| "compiling the pack".to_owned());
    let load = |code| load(code, &named, limits);
    let contestants = Contestants {
        pack: load(Code::Plain)?,
        metered: load(Code::Metered)?,
        empty: packs::of_component(Code::Plain, "empty", EMPTY, limits)?,
        metered_empty: packs::of_component(Code::Metered, "empty", EMPTY, limits)?,
    };
    let objects = match &typed.inputs[..] {
        [] => of_cases(typed, &contestants.pack)?,
        inputs => of_dumps(inputs, &contestants.pack, &progress)?,
    };
    let started = started(typed, &named, limits)?;
    let step = &mut |it: &str| progress.say(|| format!("measuring {it}"));
    let mut measured =
        measure(&contestants, started, &objects, typed.rounds, step).map_err(|it| Failure {
            exit: Exit::Pack,
            message: it.to_string(),
            help: format!("{}; over fewer objects it may end: --objects N", it.help),
        })?;
    drop(progress);
    let saved = measured.json();
    let mut exit = Exit::Clean;
    if let (Some(file), Some(before)) = (&typed.compare, &before) {
        let compared = compare(&measured, before, typed.tolerance).map_err(|it| {
            Failure::usage(format!("cannot compare with {}: {it}", file.display())).help(it.help())
        })?;
        exit = if compared.exceeds() { Exit::Findings } else { exit };
        measured.compared = Some(compared);
    }
    let text = |form| match form {
        Form::Text => BenchView::text(&measured),
        Form::Json => measured.json(),
    };
    let mut unwritten = places.write(&typed.output, text, looks);
    if let Some(save) = &save {
        unwritten.extend(files::write(&[(save, saved.as_bytes())]));
    }
    unwritten.iter().for_each(output::complain);
    Ok(unwritten.iter().map(|it| it.exit).fold(exit, Exit::max))
}

fn before(file: &Path) -> Result<String, Failure> {
    let bytes = read_small(file, MOST_BYTES).map_err(|it| {
        let why = files::words(&it);
        Failure::usage(format!("cannot read {}: {why}", file.display()))
            .help("name a file that `rulebox rules bench --save FILE` wrote")
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The one pack that was named.
fn load(code: Code, named: &Packs, limits: Limits) -> Result<Pack, Failure> {
    let Loaded { mut packs, failures, notes, .. } =
        packs::load_as(code, named, &Configured::default(), limits)?;
    // They are the same for the other code.
    output::note(notes.into_iter().filter(|_| code == Code::Plain));
    if let Some(it) = failures.into_iter().next() {
        return Err(packs::refusal(it));
    }
    match (packs.pop(), packs.len()) {
        (Some(pack), 0) => Ok(pack),
        (_, others) => Err(Failure::usage(format!(
            "{} packs were named, and one is measured at a time",
            others + 1
        ))
        .help("name the file of one pack")),
    }
}

fn of_cases(typed: &Bench, pack: &Pack) -> Result<Objects, Failure> {
    let folder = cases::folder(&typed.measured, typed.cases.as_deref());
    let found = cases::find(&folder)?.into_iter().map(|it| it.case);
    let cases: Vec<_> = found.chain(rulebox_author::examples(&[pack.info()])).collect();
    Objects::of_cases(pack.info(), &cases, typed.objects).map_err(|it| {
        Failure::usage(format!("there is nothing to measure over: {it}")).help(
            "name a dump behind the pack, or the folder that holds its fixtures: --cases FOLDER",
        )
    })
}

fn of_dumps(inputs: &[PathBuf], pack: &Pack, progress: &Progress) -> Result<Objects, Failure> {
    let inputs = Inputs::of_paths(inputs.to_vec())?;
    let mut needs = NeedSet::default();
    pack.add_needs(&mut needs);
    let Readings { mut clusters, inputs: read, .. } =
        gather::offline(&inputs, Vec::new(), &needs, &InputLimits::default(), progress)?;
    let several = clusters.len();
    let Some((_, mut reading)) = clusters.pop().filter(|_| several == 1) else {
        if several == 0 {
            return Err(nothing_read());
        }
        return Err(Failure::usage(format!("the dumps are of {several} clusters"))
            .help("name the files of one cluster"));
    };
    if reading.objects_needed == 0 {
        return Err(nothing_read());
    }
    reading.inputs = read;
    Ok(Objects::of_reading(reading))
}

fn nothing_read() -> Failure {
    Failure {
        exit: Exit::Input,
        message: "the dumps hold no object that the pack reads".to_owned(),
        help: "see what it reads: rulebox rules inspect PACK".to_owned(),
    }
}

/// The size of what is loaded of a pack: beside its text other files may stand.
fn size(file: &Path) -> Result<u64, Failure> {
    if !is_text(file) {
        return Ok(file.metadata().map_or(0, |it| it.len()));
    }
    let texts = pack_texts::read(file, usize::MAX)?.unwrap_or_default();
    Ok(texts.iter().map(|it| it.content.len() as u64).sum())
}

/// The size of the pack, and how long it takes to load, beside those of the empty one.
fn started(typed: &Bench, named: &Packs, limits: Limits) -> Result<Started, Failure> {
    let bytes = if typed.measured == STANDARD {
        packs::built_in_bytes()
    } else {
        let files = pack_files::named_files(named);
        files.iter().map(|it| size(it)).sum::<Result<_, _>>()?
    };
    let (mut of_pack, mut of_empty) = (Vec::new(), Vec::new());
    // What was compiled is kept by now.
    for _ in 0..typed.rounds.max(1) {
        let started = Instant::now();
        drop(packs::of_component(Code::Plain, "empty", EMPTY, limits)?);
        of_empty.push(started.elapsed());
        let started = Instant::now();
        drop(packs::load(named, &Configured::default(), limits)?);
        of_pack.push(started.elapsed());
    }
    Ok(Started {
        bytes: Beside::of(bytes as f64, EMPTY.len() as f64),
        microseconds_to_load: Beside::of(median(of_pack), median(of_empty)),
    })
}

/// In microseconds.
fn median(mut all: Vec<Duration>) -> f64 {
    all.sort();
    all.get(all.len() / 2).map_or(0.0, |it| it.as_secs_f64() * 1e6)
}
