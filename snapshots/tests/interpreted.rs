//! The examples of packs as text in the sandbox, by the interpreters that the binary carries: each
//! of their fixtures says what is expected, as natively (`rules/cel/tests`, `rules/rego/tests`).

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use libtest_mimic::{Arguments, Failed, Trial};
use rulebox_core::{Coverage, Reading, Undecided};
use rulebox_engine::{
    Cache, Engine, Evaluation, Interpreter, Limits, Pack, PackError, PackSource, PackText, Run,
};
use rulebox_sdk::testing::{Fixture, Outcome};
use rulebox_snapshots as shared;

/// The languages of `rules-wasm/examples`, and of `rules-wasm/interpreters`.
const LANGUAGES: [&str; 2] = ["cel", "rego"];

fn main() {
    let mut trials = vec![
        Trial::test("a pack with problems is refused with all of them", || {
            problems();
            Ok(())
        }),
        Trial::test("what takes too long is ended", || {
            endless();
            Ok(())
        }),
        Trial::test("what takes too much memory is ended", || {
            large();
            Ok(())
        }),
    ];
    for language in LANGUAGES {
        let folder = shared::root().join("rules-wasm/examples").join(language);
        // What is loaded once for all fixtures.
        let pack = Arc::new(OnceLock::new());
        for rule in shared::list(&folder.join("fixtures")) {
            for fixture in shared::list(&rule) {
                let id = rule.file_name().expect("a name").to_string_lossy().into_owned();
                let name = format!("{language}/{id}/{}", shared::stem(&fixture));
                let (pack, folder) = (Arc::clone(&pack), folder.clone());
                trials.push(Trial::test(name, move || {
                    judge(pack.get_or_init(|| example(language, &folder)), &id, &fixture)
                }));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Loads a pack of these texts.
fn load(limits: Limits, language: &str, texts: &[PackText]) -> Result<Pack, PackError> {
    let path = shared::root().join(format!("target/interpreters/{language}.cwasm"));
    let interpreter = fs::read(&path).unwrap_or_else(|it| panic!("{it}: type: cargo xtask wasm"));
    let engine = Engine::new(limits, Cache::Off).expect("an engine");
    // Those that a binary carries live as long as it.
    let interpreter = Interpreter::Precompiled(interpreter.leak());
    engine.load(PackSource::Interpreted { name: "pack.yaml", interpreter, texts })
}

fn load_cel(limits: Limits, content: &str) -> Result<Pack, PackError> {
    load(limits, "cel", &[PackText { path: "pack.yaml".to_owned(), content: content.to_owned() }])
}

/// The pack of a folder: `pack.yaml`, and the files beside it.
fn example(language: &str, folder: &Path) -> Pack {
    let is_text = |it: &Path| it.extension().is_some_and(|it| it == "yaml" || it == "rego");
    let mut files = shared::list(folder);
    files.retain(|it| is_text(it));
    files.sort_by_key(|it| !it.ends_with("pack.yaml"));
    let texts = files.iter().map(|it| PackText {
        path: it.file_name().expect("a name").to_string_lossy().into_owned(),
        content: fs::read_to_string(it).expect("the example is there"),
    });
    load(Limits::default(), language, &texts.collect::<Vec<_>>())
        .unwrap_or_else(|it| panic!("{it}"))
}

fn evaluate(pack: &Pack, rule: &str, dump: &str) -> Evaluation {
    let info = pack.info();
    let Fixture { as_of, settings, .. } = Fixture::parse(dump).expect("a fixture");
    let Reading { inventory, .. } = shared::read(&info.name, &info.needs, dump.as_bytes());
    let user = settings.map(|it| serde_json::from_str(&it).expect("JSON"));
    let settings = pack.settings(user.as_ref()).unwrap_or_else(|it| panic!("{it}"));
    let inventory = Arc::new(inventory);
    let run = Run { as_of: as_of.unwrap_or_default(), settings: &settings, rules: &[rule] };
    let mut evaluation = pack.evaluate(&run, &inventory);
    let about = info.rules.iter().find(|it| it.id == rule).expect("it is there");
    if evaluation.findings.is_empty() {
        let slots = about.requires.iter();
        let slots = slots.map(|it| &inventory.objects[&rulebox_core::scoped(&info.name, it)]);
        let uncovered = slots.filter(|it| it.coverage != Coverage::Complete);
        evaluation.undecided.extend(
            uncovered.map(|it| Undecided { rule: rule.to_owned(), reason: it.reason.clone() }),
        );
    }
    evaluation
}

fn judge(pack: &Pack, rule: &str, fixture: &Path) -> Result<(), Failed> {
    let dump = fs::read_to_string(fixture)?;
    let Evaluation { findings, samples, spans, undecided, failures, .. } =
        evaluate(pack, rule, &dump);
    assert_eq!(failures, []);
    let outcome = Outcome { findings, samples, spans, undecided, ..Outcome::default() };
    Ok(Fixture::parse(&dump)?.judge(&outcome)?)
}

/// A pack with one rule over pods.
fn pack(lets: &str, when: &str) -> String {
    format!(
        "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n\
         metadata: {{name: test, version: 0.1.0}}\nneeds: {{pods: {{kind: Pod}}}}\nrules:\n\
         - id: tells\n  severity: low\n  summary: It tells\n  for: pods\n  let:\n{lets}  \
         when: |\n    {when}\n  message: it is\n"
    )
}

fn problems() {
    let content = pack("    a: objekt\n    b: object.spec.nam\n", "1");
    let error = load_cel(Limits::default(), &content).expect_err("a refusal");
    assert_eq!(error.code(), "invalid-pack");
    let told: Vec<_> = error.failures().into_iter().map(|it| (it.message, it.help)).collect();
    let told: Vec<_> = told.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
    assert_eq!(
        told[..2],
        [
            ("pack.yaml:11:8: nothing is called `objekt`", "did you mean `object`?"),
            (
                "pack.yaml:12:20: PodSpec of Kubernetes has no field `nam`",
                "see `kubectl explain`; a field of another version is asked for by `dyn(…)`"
            ),
        ]
    );
    assert_eq!(told.len(), 3);
}

const POD: &str = "# expect: none\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

/// A rule that does not end, or fills the memory, is named; what it is ended by has a code.
#[track_caller]
fn check_ended(lets: &str, when: &str, limits: Limits, code: &str) {
    let pack = load_cel(limits, &pack(lets, when)).unwrap_or_else(|it| panic!("{it}"));
    let failures = evaluate(&pack, "tells", POD).failures;
    let told: Vec<_> = failures.iter().map(|it| (it.rule.as_deref(), it.code.as_str())).collect();
    assert_eq!(told, [(Some("tells"), code)], "{failures:#?}");
}

fn endless() {
    let lets = "    many: \"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]\"\n";
    let opened = (0..12).fold(String::new(), |opened, nth| opened + &format!("many.all(a{nth}, "));
    let when = format!("{opened}a0 > 0{}", ")".repeat(12));
    let limits = Limits { deadline: Duration::from_millis(400), ..Limits::default() };
    check_ended(lets, &when, limits, "deadline-exceeded");
}

fn large() {
    let mut lets = String::from("    l0: \"[1,2,3,4,5,6,7,8]\"\n");
    for nth in 1..20 {
        let _ = writeln!(lets, "    l{nth}: l{0} + l{0}", nth - 1);
    }
    let when = "l15.map(a, l15.map(b, l15)).size() == 0";
    let limits = Limits { memory_bytes: 32 << 20, ..Limits::default() };
    check_ended(&lets, when, limits, "memory-exceeded");
}
