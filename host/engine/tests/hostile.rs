//! The guests in `fixtures/packs`: each file is a test of the same name. Its first line says with
//! which failure the guest ends, and of which rule: `;; expect: trap second`. Whatever a guest
//! does, the reports of its other rules stay, and so do all reports of an honest pack beside it.

mod guests;

use std::{collections::BTreeSet, fmt::Debug, fs, path::Path, process::ExitCode};

use guests::{INCLUDE, assemble, engine, folder, inventory, limits, load, objects};
use libtest_mimic::{Arguments, Failed, Trial};
use rulebox_core::Moment;
use rulebox_engine::{Evaluation, Pack, Run};

const RULES: [&str; 3] = ["first", "second", "third"];

fn main() -> ExitCode {
    let mut trials = Vec::new();
    let mut parts = BTreeSet::new();
    let mut included = BTreeSet::new();
    for entry in fs::read_dir(folder()).expect("fixtures/packs") {
        let file = entry.expect("an entry").file_name().into_string().expect("a name");
        // Beside the guests stands a pack of an older contract.
        if Path::new(&file).extension().is_none_or(|it| it != "wat") {
            continue;
        }
        let text = fs::read_to_string(folder().join(&file)).expect("text");
        included.extend(text.lines().filter_map(|it| it.strip_prefix(INCLUDE)).map(str::to_owned));
        if let Some(expected) = text.lines().next().and_then(|it| it.strip_prefix(";; expect: ")) {
            let (name, expected) = (file.trim_end_matches(".wat").to_owned(), expected.to_owned());
            trials.push(Trial::test(name, move || check(&file, &expected)));
        } else {
            parts.insert(file);
        }
    }
    trials.push(Trial::test("each_part_is_included", move || same("the parts", &parts, &included)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn evaluate(pack: &Pack) -> Evaluation {
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &RULES };
    pack.evaluate(&run, &inventory(&objects(3)))
}

fn check(file: &str, expected: &str) -> Result<(), Failed> {
    let engine = engine(limits());
    let honest = load(&engine, &assemble("honest.wat"))?;
    let before = evaluate(&honest);
    same("the honest pack's failures", before.failures.len(), 0)?;

    match load(&engine, &assemble(file)) {
        Err(error) => {
            let failures = error.failures();
            same("a refusal says one thing", failures.len(), 1)?;
            let failure = &failures[0];
            println!("{}: {}; {}", failure.code, failure.message, failure.help);
            same("the refusal", failure.code.as_str(), expected)?;
            same("the name", failure.pack.as_str(), "guest.wasm")?;
        }
        Ok(pack) => check_evaluation(&evaluate(&pack), expected)?,
    }
    same("what the honest pack says", evaluate(&honest), before)
}

/// The rule `second` does the harm; the reports of `first` and `third` are always the same.
fn check_evaluation(evaluation: &Evaluation, expected: &str) -> Result<(), Failed> {
    let Evaluation { findings, samples, spans: _, undecided: _, failures, log } = evaluation;
    for failure in failures {
        println!("{}: {}; {}", failure.code, failure.message, failure.help);
    }
    let longest = failures.iter().map(|it| it.message.len() + it.help.len()).max();
    same("the words are bounded", longest.unwrap_or_default() <= 8 << 10, true)?;
    let failures: Vec<_> = failures
        .iter()
        .map(|it| format!("{} {}", it.code, it.rule.as_deref().unwrap_or_default()))
        .map(|it| it.trim_end().to_owned())
        .collect();
    let expected: Vec<_> = expected.split(", ").filter(|it| *it != "ok").collect();
    same("the failures", failures, expected.iter().map(|&it| it.to_owned()).collect())?;
    let of = |rule: &str| findings.iter().filter(|it| it.rule == rule).count();
    same("findings of the first rule", of("first"), 3)?;
    same("findings of the third rule", of("third"), 1)?;
    let seven = |value: f64| value.to_bits() == 7.0_f64.to_bits();
    let sevens = samples.iter().filter(|it| it.metric == "things" && seven(it.value)).count();
    same("samples of the third rule", sevens, 1)?;
    let logged: usize = log.iter().map(String::len).sum();
    same("the log is bounded", logged <= 2 * limits().log_bytes, true)
}

fn same<T: PartialEq + Debug>(what: &str, got: T, want: T) -> Result<(), Failed> {
    if got == want { Ok(()) } else { Err(format!("{what}: {got:?}, expected {want:?}").into()) }
}
