//! The guests in `fixtures/packs`: each file is a test of its name. Its first line says which failure it must end in,
//! and of which rule: `;; expect: trap second`. Whatever a guest does, what its other rules say stays, and so does
//! all that an honest pack says beside it.

use std::{collections::BTreeSet, fs, path::Path, process::ExitCode, sync::Arc, time::Duration};

use libtest_mimic::{Arguments, Failed, Trial};
use rulebox_core::{Coverage, Inventory, ObjectSlot, TextLine, TextSlot};
use rulebox_engine::{Cache, Engine, Evaluation, Limits, Pack, PackSource, Run};

const RULES: [&str; 3] = ["first", "second", "third"];
const INCLUDE: &str = ";; include: ";

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/packs");
    let mut trials = Vec::new();
    let mut parts = BTreeSet::new();
    let mut included = BTreeSet::new();
    for entry in fs::read_dir(&folder).expect("fixtures/packs") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("text");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        included.extend(text.lines().filter_map(|it| it.strip_prefix(INCLUDE)).map(str::to_owned));
        match text.lines().next().and_then(|it| it.strip_prefix(";; expect: ")) {
            Some(expected) => {
                let expected = expected.to_owned();
                trials.push(Trial::test(name, move || check(&path, &text, &expected)));
            }
            None => {
                parts.insert(format!("{name}.wat"));
            }
        }
    }
    trials.push(Trial::test("each_part_is_included_by_a_guest", move || {
        if parts == included { Ok(()) } else { Err(format!("{parts:?} != {included:?}").into()) }
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The deadline is far more than an honest guest here needs (a millisecond), and short enough to wait for.
fn engine() -> Engine {
    let limits = Limits { deadline: Duration::from_secs(1), ..Limits::default() };
    Engine::new(limits, Cache::Off).expect("an engine")
}

/// A guest as bytes; a file that says `;; raw` is given as it is.
fn assemble(path: &Path, text: &str) -> Result<Vec<u8>, Failed> {
    if text.lines().any(|it| it == ";; raw") {
        return Ok(text.as_bytes().to_vec());
    }
    wat::parse_str(with_parts(path, text)).map_err(|error| Failed::from(error.to_string()))
}

/// A text with what it includes.
fn with_parts(path: &Path, text: &str) -> String {
    let part = |name: &str| {
        let path = path.with_file_name(name);
        with_parts(&path, &fs::read_to_string(&path).expect("an included part"))
    };
    let line = |line: &str| line.strip_prefix(INCLUDE).map_or_else(|| format!("{line}\n"), part);
    text.lines().map(line).collect()
}

fn inventory() -> Arc<Inventory> {
    let objects = ["a", "b", "c"].map(|it| format!(r#"{{"metadata":{{"name":"{it}"}}}}"#));
    let objects = ObjectSlot {
        objects: objects.to_vec(),
        coverage: Coverage::Complete,
        reason: String::new(),
    };
    let line = TextLine { path: "a.log".to_owned(), line: 3, text: "an error".to_owned() };
    let texts = TextSlot { lines: vec![line], coverage: Coverage::Complete, reason: String::new() };
    let mut inventory = Inventory::default();
    inventory.objects.insert("guest/things".to_owned(), objects);
    inventory.texts.insert("guest/lines".to_owned(), texts);
    Arc::new(inventory)
}

fn evaluate(pack: &Pack) -> Evaluation {
    let run = Run { as_of: None, settings: "{}", rules: &RULES };
    pack.evaluate(&run, &inventory())
}

fn check(path: &Path, text: &str, expected: &str) -> Result<(), Failed> {
    let engine = engine();
    let honest_path = path.with_file_name("honest.wat");
    let honest_text = fs::read_to_string(&honest_path).expect("the honest pack");
    let honest_bytes = assemble(&honest_path, &honest_text)?;
    let honest = engine.load(PackSource::Bytes { name: "honest", bytes: &honest_bytes })?;
    let before = evaluate(&honest);

    let bytes = assemble(path, text)?;
    match engine.load(PackSource::Bytes { name: "guest.wasm", bytes: &bytes }) {
        Err(error) => {
            let failure = error.failure();
            println!("{}: {}; {}", failure.code, failure.message, failure.help);
            same("the refusal", failure.code.as_str(), expected)?;
            same("the name", failure.pack.as_str(), "guest.wasm")?;
            same("advice is there", !failure.help.is_empty(), true)?;
        }
        Ok(pack) => check_evaluation(&evaluate(&pack), expected)?,
    }

    same("what the honest pack says", evaluate(&honest), before.clone())?;
    same("the honest pack's failures", before.failures.len(), 0)
}

/// `second` does the mischief; what `first` and `third` say is always the same.
fn check_evaluation(evaluation: &Evaluation, expected: &str) -> Result<(), Failed> {
    let Evaluation { findings, samples, undecided: _, failures, log: _ } = evaluation;
    for failure in failures {
        println!("{}: {}; {}", failure.code, failure.message, failure.help);
        same("advice is there", !failure.help.is_empty(), true)?;
    }
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
    let sevens = samples
        .iter()
        .filter(|it| it.metric == "things" && it.value.to_bits() == 7.0_f64.to_bits())
        .count();
    same("samples of the third rule", sevens, 1)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, want: T) -> Result<(), Failed> {
    if got == want { Ok(()) } else { Err(format!("{what}: {got:?}, expected {want:?}").into()) }
}
