//! The example packs as a user gets them: components that the host compiles. What is asked for here
//! stands in the contract, and is answered alike in Rust and in JavaScript.
//!
//! Compiling the JavaScript engine takes half a minute, so that compiled packs are kept in
//! `target/packs/cache`.

use std::{
    fs,
    io::Read,
    sync::{Arc, OnceLock},
};

use flate2::read::GzDecoder;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use rulebox_core::{Moment, Reading, Sample, Undecided};
use rulebox_engine::{Cache, Engine, Evaluation, Limits, Pack, PackSource, Run};
use rulebox_sdk::testing::{self, Fixture, Outcome};
use rulebox_snapshots as shared;

fn main() {
    let rust = Example { name: "org-workloads", optional: false };
    let javascript = Example { name: "org-javascript", optional: true };
    let python = Example { name: "org-python", optional: true };
    let trials = [
        rust.trial("a crash loop is one finding", crash_loop),
        Trial::test("a pack of contract 0.1.0 runs as it was built", older_contract),
        rust.trial("the same twice", |pack| same_twice(pack, CRASH_LOOP)),
        rust.trial("the documentation's examples", documentation),
        javascript.trial("a missed recovery point is one finding", missed_recovery_point),
        javascript.trial("a schedule without a completed backup is one finding", never_completed),
        javascript.trial("the clock is the moment of the run", clock),
        javascript.trial("without that moment it is undecided", no_moment),
        javascript.trial("what may be older is undecided", or_later),
        javascript.trial("backups that are not shown are not missed", no_backups),
        javascript.trial("a user sets the objective", settings),
        javascript.trial("a name is one word of a command", hostile_name),
        javascript.trial("what it throws is told", thrown),
        javascript.trial("the same twice", |pack| same_twice(pack, &missed())),
        javascript.trial("the documentation's examples", documentation),
        python.trial("the documentation's examples", documentation),
        python.trial("the fixtures", |pack| fixtures(pack, "python")),
        python.trial("the same twice", |pack| same_twice(pack, NO_OWNER)),
        python.trial("an owner is a metric", an_owner),
        python.trial("what it raises is told", raised),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit();
}

#[derive(Clone, Copy)]
struct Example {
    name: &'static str,
    /// Its toolchain may be missing.
    optional: bool,
}

impl Example {
    fn trial(self, name: &str, test: fn(&Pack)) -> Trial {
        Trial::ignorable_test(format!("{} {name}", self.name), move || self.run(test))
    }

    fn run(self, test: fn(&Pack)) -> Result<Completion, Failed> {
        let path =
            shared::root().join("target/packs/examples").join(self.name).with_extension("wasm");
        if self.optional && !path.exists() {
            return Ok(Completion::ignored_with(
                "not built: install Node.js with npm, and Python, then type: cargo xtask test",
            ));
        }
        let bytes = fs::read(&path)
            .map_err(|it| format!("{}: {it}; type: cargo xtask wasm", path.display()))?;
        test(self.load(&bytes));
        Ok(Completion::Completed)
    }

    /// Each pack is loaded once for all tests.
    fn load(self, bytes: &[u8]) -> &'static Pack {
        static RUST: OnceLock<Pack> = OnceLock::new();
        static JAVASCRIPT: OnceLock<Pack> = OnceLock::new();
        static PYTHON: OnceLock<Pack> = OnceLock::new();
        let pack = match self.name {
            "org-javascript" => &JAVASCRIPT,
            "org-python" => &PYTHON,
            _ => &RUST,
        };
        pack.get_or_init(|| {
            let cache = Cache::Directory(shared::root().join("target/packs/cache"));
            let engine = Engine::new(Limits::default(), cache).expect("an engine");
            engine
                .load(PackSource::Bytes { name: self.name, bytes })
                .unwrap_or_else(|it| panic!("{it}"))
        })
    }
}

/// What was built against an older patch of the contract runs as it is, without being built again.
fn older_contract() -> Result<(), Failed> {
    let path = shared::root().join("fixtures/packs/0.1.0/org-workloads.wasm.gz");
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(path)?).read_to_end(&mut bytes)?;
    let cache = Cache::Directory(shared::root().join("target/packs/cache"));
    let engine = Engine::new(Limits::default(), cache)?;
    let pack = engine.load(PackSource::Bytes { name: "org-workloads", bytes: &bytes })?;
    let Evaluation { findings, spans, .. } = evaluate(&pack, CRASH_LOOP);
    let rules: Vec<_> = findings.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!((rules, spans), (vec!["pod-crash-loop"], Vec::new()));
    Ok(())
}

/// When the dumps below were captured.
const AS_OF: &str = "2026-09-15T12:00:00.25Z";

fn as_of() -> Moment {
    Moment::at(AS_OF.parse().expect("a time"))
}

const CRASH_LOOP: &str = include_str!("../../rules-wasm/examples/rust/tests/crash_loop.yaml");

const SCHEDULE: &str = r#"
apiVersion: velero.io/v1
kind: Schedule
metadata:
  name: shop-daily
  namespace: velero
  uid: 5f0c
  creationTimestamp: "2026-05-01T00:00:00Z"
"#;

fn backup(name: &str, phase: &str, start: &str) -> String {
    format!(
        "---\napiVersion: velero.io/v1\nkind: Backup\n\
         metadata: {{name: {name}, namespace: velero, labels: \
         {{velero.io/schedule-name: shop-daily}}}}\n\
         status: {{phase: {phase}, startTimestamp: \"{start}\"}}\n"
    )
}

/// A day and eleven hours.
fn missed() -> String {
    let completed = backup("shop-daily-20260914", "Completed", "2026-09-14T01:00:00Z");
    let newest = backup("shop-daily-20260915", "PartiallyFailed", "2026-09-15T01:00:00Z");
    format!("{SCHEDULE}{completed}{newest}")
}

fn evaluate_at(pack: &Pack, as_of: Moment, settings: &str, dump: &str) -> Evaluation {
    let info = pack.info();
    let Reading { inventory, .. } = shared::read(&info.name, &info.needs, dump.as_bytes());
    let user = serde_json::from_str(settings).expect("JSON");
    let settings = pack.settings(Some(&user)).unwrap_or_else(|it| panic!("{it}"));
    let rules: Vec<_> = info.rules.iter().map(|it| it.id.as_str()).collect();
    pack.evaluate(&Run { as_of, settings: &settings, rules: &rules }, &Arc::new(inventory))
}

fn evaluate(pack: &Pack, dump: &str) -> Evaluation {
    let evaluation = evaluate_at(pack, as_of(), "{}", dump);
    assert_eq!(evaluation.failures, []);
    evaluation
}

#[track_caller]
fn check(pack: &Pack, dump: &str, want: &str) {
    let Evaluation { findings, undecided, .. } = evaluate(pack, dump);
    assert_eq!(shared::render(&findings, &undecided).trim(), want.trim());
}

#[track_caller]
fn check_silent(evaluation: Evaluation, undecided: &[(&str, &str)]) {
    let undecided = undecided
        .iter()
        .map(|(rule, reason)| Undecided { rule: (*rule).into(), reason: (*reason).into() });
    assert_eq!(evaluation, Evaluation { undecided: undecided.collect(), ..Evaluation::default() });
}

fn same_twice(pack: &Pack, dump: &str) {
    let once = evaluate(pack, dump);
    assert_eq!(once.findings.len(), 1);
    assert_eq!(once, evaluate(pack, dump));
}

fn documentation(pack: &Pack) {
    for rule in &pack.info().rules {
        for (marker, want) in [("fires", 1), ("quiet", 0)] {
            let examples = testing::examples(&rule.documentation, marker);
            assert!(!examples.is_empty(), "{} has no example marked `yaml {marker}`", rule.id);
            for example in examples {
                let found = evaluate(pack, &example).findings;
                assert_eq!(
                    found.iter().filter(|it| it.rule == rule.id).count(),
                    want,
                    "{marker}\n{example}"
                );
            }
        }
    }
}

/// Each fixture of an example, as `rulebox rules test` judges it.
fn fixtures(pack: &Pack, example: &str) {
    let mut judged = 0;
    for rule in &pack.info().rules {
        let folder = format!("rules-wasm/examples/{example}/fixtures/{}", rule.id);
        for path in shared::list(&shared::root().join(folder)) {
            let text = fs::read_to_string(&path).expect("a fixture");
            let fixture =
                Fixture::parse(&text).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
            let settings = fixture.settings.as_deref().unwrap_or("{}");
            let as_of = fixture.as_of.expect("a moment");
            let Evaluation { findings, undecided, failures, .. } =
                evaluate_at(pack, as_of, settings, &text);
            assert_eq!(failures, [], "{}", path.display());
            let outcome = Outcome { findings, undecided, ..Outcome::default() };
            fixture.judge(&outcome).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
            judged += 1;
        }
    }
    assert!(judged >= 2, "{judged} fixtures");
}

const NO_OWNER: &str = "apiVersion: v1\nkind: Namespace\n\
    metadata: {name: shop, creationTimestamp: \"2026-05-01T00:00:00Z\"}\n";

fn an_owner(pack: &Pack) {
    let shop = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: \
                {acme.example/owner: team-shop}}\n";
    let sample = Sample {
        metric: "namespace_owner".to_owned(),
        label_values: vec!["shop".to_owned(), "team-shop".to_owned()],
        value: 1.0,
    };
    assert_eq!(evaluate(pack, shop).samples, [sample]);
}

/// More hours than Python can count.
fn raised(pack: &Pack) {
    let failures = evaluate_at(pack, as_of(), r#"{"graceHours": 1e300}"#, NO_OWNER).failures;
    let told = failures.iter().any(|it| it.message.contains("OverflowError"));
    assert!(told, "{failures:?}");
}

fn crash_loop(pack: &Pack) {
    check(
        pack,
        CRASH_LOOP,
        "
high pod-crash-loop: Pod shop/web-0
what:  the container app crashes again and again
why:   it last ended with exit code 1 (Error)
do:    Read what it said before it crashed:
  kubectl -n shop logs web-0 -c app --previous
seen:  status.containerStatuses[0].state.waiting.reason = CrashLoopBackOff
seen:  status.containerStatuses[0].restartCount = 12
seen:  status.containerStatuses[0].lastState.terminated.exitCode = 1
label: container=app",
    );
}

fn missed_recovery_point(pack: &Pack) {
    check(
        pack,
        &missed(),
        "
high recovery-point-missed: Schedule velero/shop-daily
what:  the newest completed backup is 35 hours old, more than the 26 that are allowed
why:   its newest backup, shop-daily-20260915, is PartiallyFailed
do:    Find out why the newest backup is not completed:
  velero -n velero backup describe shop-daily-20260915 --details
Make a backup now:
  velero -n velero backup create --from-schedule shop-daily
seen:  Backup velero/shop-daily-20260914 status.phase = Completed
seen:  Backup velero/shop-daily-20260914 status.startTimestamp = 2026-09-14T01:00:00Z
seen:  Backup velero/shop-daily-20260915 status.phase = PartiallyFailed",
    );
}

fn never_completed(pack: &Pack) {
    let refused = format!(
        "{SCHEDULE}status: {{phase: FailedValidation, validationErrors: [no such location]}}\n"
    );
    let of_another =
        backup("x", "Completed", "2026-09-15T11:00:00Z").replace("shop-daily", "docs-daily");
    check(
        pack,
        &format!("{refused}{of_another}"),
        "
high recovery-point-missed: Schedule velero/shop-daily
what:  there is no completed backup, 3300 hours after the schedule was made
why:   Velero does not accept the schedule: no such location
do:    Correct the schedule:
  kubectl -n velero edit schedules.velero.io shop-daily
Make a backup now:
  velero -n velero backup create --from-schedule shop-daily
seen:  metadata.creationTimestamp = 2026-05-01T00:00:00Z
seen:  status.phase = FailedValidation",
    );
}

/// The rule asks `Date.now()`: the sample tells what it was told, to the millisecond.
fn clock(pack: &Pack) {
    let samples = evaluate(pack, &missed()).samples;
    let sample = Sample {
        metric: "schedule_recovery_point_age_seconds".to_owned(),
        label_values: vec!["velero".to_owned(), "shop-daily".to_owned()],
        value: 35.0 * 3600.0 + 0.25,
    };
    assert_eq!(samples, [sample]);
}

fn no_moment(pack: &Pack) {
    let reason = "it is not known when the dump was captured, so neither is the age of a backup";
    let evaluation = evaluate_at(pack, Moment::default(), "{}", &missed());
    check_silent(evaluation, &[("recovery-point-missed", reason)]);
}

/// A day and eleven hours, or longer, with an objective of so many hours.
#[track_caller]
fn check_or_later(pack: &Pack, hours: u32, findings: usize, undecided: usize) {
    let or_later = Moment::bounded(AS_OF.parse().ok(), None);
    let settings = format!(r#"{{"recoveryPointHours": {hours}}}"#);
    let found = evaluate_at(pack, or_later, &settings, &missed());
    assert_eq!((found.findings.len(), found.undecided.len()), (findings, undecided), "{found:?}");
    assert_eq!(found.samples, [], "an age that is not known is no value");
}

fn or_later(pack: &Pack) {
    check_or_later(pack, 35, 1, 0);
    check_or_later(pack, 36, 0, 1);
}

/// The host tells from the coverage that the rule could not judge.
fn no_backups(pack: &Pack) {
    check_silent(evaluate(pack, SCHEDULE), &[]);
}

fn settings(pack: &Pack) {
    let findings = |settings| evaluate_at(pack, as_of(), settings, &missed()).findings.len();
    assert_eq!(
        [r#"{"recoveryPointHours": 35}"#, r#"{"recoveryPointHours": 36}"#].map(findings),
        [1, 0]
    );
    let refused = pack.settings(Some(&serde_json::json!({ "recoveryPointHours": 0 })));
    assert!(refused.is_err(), "{refused:?}");
}

fn hostile_name(pack: &Pack) {
    let [finding] = &evaluate(pack, &missed().replace("shop-daily", "-a';b")).findings[..] else {
        panic!("not one finding");
    };
    assert!(finding.remedy.ends_with(r"--from-schedule '?a'\'';b'"), "{}", finding.remedy);
}

/// The host gives a pack nothing but JSON; this test does.
fn thrown(pack: &Pack) {
    let run = Run { as_of: Moment::default(), settings: "{", rules: &["recovery-point-missed"] };
    let Evaluation { failures, .. } = pack.evaluate(&run, &Arc::default());
    let told: Vec<_> =
        failures.iter().map(|it| (it.rule.as_deref(), it.message.as_str())).collect();
    let [(Some("recovery-point-missed"), message)] = told[..] else { panic!("{told:?}") };
    assert!(message.contains("SyntaxError: ") && message.contains("evaluate@"), "{message}");
}
