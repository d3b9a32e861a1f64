//! What an honest pack is given, and what it reports.

mod guests;

use std::{sync::Arc, thread, time::Duration};

use guests::{assemble, engine, inventory, limits, load, objects, with_parts};
use rulebox_core::{
    Finding, Inventory, Moment, NeedSet, ObjectRef, Sample, Severity, Span, Undecided,
};
use rulebox_engine::{Cache, Code, Engine, Evaluation, Limits, Pack, Run, Usage};

fn honest(engine: &Engine) -> Pack {
    load(engine, &assemble("honest.wat")).expect("the honest pack")
}

/// The honest pack's text with some of it replaced.
fn changed(engine: &Engine, from: &str, to: &str) -> Pack {
    let text = with_parts("honest.wat");
    assert!(text.contains(from), "{from}");
    load(engine, &wat::parse_str(text.replace(from, to)).expect("text")).expect("a pack")
}

#[track_caller]
fn check(pack: &Pack, rules: &[&str], inventory: &Arc<Inventory>) -> Evaluation {
    let evaluation =
        pack.evaluate(&Run { as_of: Moment::default(), settings: "{}", rules }, inventory);
    assert_eq!(evaluation.failures, []);
    evaluation
}

fn finding(rule: &str, summary: &str) -> Finding {
    let subject =
        ObjectRef { kind: "Pod".to_owned(), name: "red".to_owned(), ..ObjectRef::default() };
    Finding {
        rule: rule.to_owned(),
        severity: Severity::High,
        subject,
        summary: summary.to_owned(),
        cause: String::new(),
        remedy: String::new(),
        evidence: Vec::new(),
        labels: Vec::new(),
        caused_by: Vec::new(),
    }
}

fn outage() -> Span {
    let words = |it: &str| it.to_owned();
    Span {
        start: "2026-09-15T02:30:00Z".parse().expect("a time"),
        end: None,
        lane: words("red"),
        kind: words("outage"),
        subject: finding("second", "").subject,
        rule: words("second"),
        summary: words("done"),
        outcome: String::new(),
        ended_by: Vec::new(),
        labels: Vec::new(),
    }
}

#[test]
fn all_that_a_pack_says_comes_back_in_its_order() {
    let engine = engine(limits());
    let objects = objects(2);
    let evaluation = check(&honest(&engine), &["first", "second", "third"], &inventory(&objects));
    let things =
        Sample { metric: "things".to_owned(), label_values: vec!["red".to_owned()], value: 7.0 };
    let want = Evaluation {
        findings: vec![
            finding("first", &objects[0]),
            finding("first", &objects[1]),
            finding("second", "an error"),
            finding("third", "done"),
        ],
        samples: vec![things],
        spans: vec![outage()],
        undecided: vec![],
        failures: vec![],
        log: vec!["done".to_owned()],
    };
    assert_eq!(evaluation, want);
}

#[test]
fn a_need_that_the_inventory_does_not_hold_is_empty() {
    let engine = engine(limits());
    let evaluation = check(&honest(&engine), &["first", "second"], &Arc::default());
    assert_eq!(evaluation.findings, []);
    let undecided = Undecided { rule: "second".to_owned(), reason: "too dark to judge".to_owned() };
    assert_eq!(evaluation.undecided, [undecided]);
}

#[test]
fn needs_are_scoped_as_the_inventory_holds_them() {
    let engine = engine(limits());
    let mut needs = NeedSet::default();
    honest(&engine).add_needs(&mut needs);
    assert_eq!(needs.objects[0].id, "guest/things");
    assert_eq!(needs.objects[0].fields, ["metadata.name"]);
    assert_eq!(needs.texts[0].id, "guest/lines");
}

#[test]
fn only_the_rules_that_are_asked_for_run() {
    let engine = engine(limits());
    let evaluation = check(&honest(&engine), &["third"], &inventory(&objects(2)));
    assert_eq!(evaluation.findings, [finding("third", "done")]);
    assert_eq!(check(&honest(&engine), &[], &inventory(&[])), Evaluation::default());
}

#[test]
fn a_rule_that_is_named_twice_runs_once() {
    let engine = engine(limits());
    let twice = ["second", "third", "third"];
    let pack = load(&engine, &assemble("rule-traps.wat")).expect("a pack");
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &twice };
    assert_eq!(pack.evaluate(&run, &inventory(&[])).findings, [finding("third", "done")]);
}

#[test]
fn a_rule_that_the_pack_does_not_have_is_named_and_the_others_run() {
    let engine = engine(limits());
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &["third", "fourth"] };
    let evaluation = honest(&engine).evaluate(&run, &inventory(&[]));
    assert_eq!(evaluation.findings, [finding("third", "done")]);
    assert_eq!(evaluation.failures[0].code, "unknown-rule");
    assert!(evaluation.failures[0].message.contains("`fourth`"));
}

/// However few objects a batch holds, none is lost and none is given twice.
#[test]
fn batches_are_bounded_by_objects_and_bytes() {
    let objects = objects(7);
    let want: Vec<_> = objects.iter().map(|it| finding("first", it)).collect();
    for (batch_objects, batch_bytes) in [(1, 1 << 20), (1024, 1), (1024, 30), (3, 1 << 20)] {
        let engine = engine(Limits { batch_objects, batch_bytes, ..limits() });
        let pack = changed(
            &engine,
            "(call $next (local.get $cursor) (i32.const 2)",
            "(call $next (local.get $cursor) (i32.const -1)",
        );
        let evaluation = check(&pack, &["first"], &inventory(&objects));
        assert_eq!(evaluation.findings, want, "{batch_objects} objects, {batch_bytes} bytes");
    }
}

/// The third rule's finding is made to show a string of the run's context: 0 for the earliest end,
/// 8 for the latest, 16 for the settings.
#[track_caller]
fn check_context(offset: usize, run: Run<'_>, want: &str) {
    let engine = engine(limits());
    let from = "(call $finding (global.get $third-id) (global.get $done) (call $length (global.get \
        $done)))";
    let to = format!(
        "(call $finding (global.get $third-id) (i32.load (i32.const {})) (i32.load (i32.const \
         {})))",
        0x3100 + offset,
        0x3104 + offset
    );
    let text = with_parts("honest.wat").replace(from, &to).replace(
        "      (if (call $asked (local.get $rules) (local.get $count) (global.get $first-id))",
        "      (i32.store (i32.const 0x3100) (local.get $earliest))
      (i32.store (i32.const 0x3104) (local.get $earliest-length))
      (i32.store (i32.const 0x3108) (local.get $latest))
      (i32.store (i32.const 0x310c) (local.get $latest-length))
      (i32.store (i32.const 0x3110) (local.get $settings))
      (i32.store (i32.const 0x3114) (local.get $settings-length))
      (if (call $asked (local.get $rules) (local.get $count) (global.get $first-id))",
    );
    let pack = load(&engine, &wat::parse_str(text).expect("text")).expect("a pack");
    let evaluation = pack.evaluate(&run, &inventory(&[]));
    assert_eq!(evaluation.findings, [finding("third", want)]);
}

#[test]
fn both_ends_of_the_moment_arrive_as_rfc_3339() {
    let (earliest, latest) = ("2024-05-06T07:08:09Z", "2024-05-06T09:08:09Z");
    let run = |earliest: &str, latest: &str| {
        let as_of = Moment::bounded(earliest.parse().ok(), latest.parse().ok());
        Run { as_of, settings: "{}", rules: &["third"] }
    };
    check_context(0, run(earliest, latest), earliest);
    check_context(8, run(earliest, latest), latest);
    check_context(0, run(earliest, ""), earliest);
    check_context(8, run(earliest, ""), "");
    check_context(0, run("", ""), "");
}

#[test]
fn the_settings_arrive_as_they_are() {
    let settings = r#"{"threshold":3}"#;
    check_context(16, Run { as_of: Moment::default(), settings, rules: &["third"] }, settings);
}

/// Each call has its own instance: a heap that one call has grown does not show in another.
#[test]
fn the_same_input_gives_the_same_output() {
    let engine = engine(limits());
    let pack = honest(&engine);
    let inventory = inventory(&objects(100));
    let first = check(&pack, &["first", "second", "third"], &inventory);
    for _ in 0..10 {
        assert_eq!(check(&pack, &["first", "second", "third"], &inventory), first);
    }
}

/// More threads than places: all get a place, and each gets its own results.
#[test]
fn guests_beyond_the_places_wait() {
    let engine = engine(Limits { instances: 2, ..limits() });
    let pack = honest(&engine);
    thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|count| {
                let pack = &pack;
                scope.spawn(move || check(pack, &["first"], &inventory(&objects(count))))
            })
            .collect();
        for (count, run) in runs.into_iter().enumerate() {
            assert_eq!(run.join().expect("a run").findings.len(), count);
        }
    });
}

/// The compiled pack outlives the engine's handle that loaded it.
#[test]
fn a_pack_needs_no_engine_in_hand() {
    let pack = {
        let engine = engine(limits());
        honest(&engine)
    };
    check(&pack, &["third"], &inventory(&[]));
}

/// The codes of the failures, and the rules that they are of, with these limits.
#[track_caller]
fn check_codes(file: &str, limits: Limits, want: &[&str]) {
    let engine = engine(limits);
    let pack = load(&engine, &assemble(file)).expect("a pack");
    let rules = ["first", "second", "third"];
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &rules };
    let failures = pack.evaluate(&run, &inventory(&objects(3))).failures;
    let codes = failures.iter().map(|it| {
        let code = format!("{} {}", it.code, it.rule.as_deref().unwrap_or_default());
        code.trim_end().to_owned()
    });
    assert_eq!(codes.collect::<Vec<_>>(), want);
}

/// The first rule has reported all three findings that the pack may, when the others run alone.
#[test]
fn rules_that_run_one_by_one_share_the_limits_of_their_pack() {
    let limits = Limits { findings: 3, ..limits() };
    let code = "too-many-findings";
    let want = [format!("{code} second"), format!("{code} third")];
    check_codes("rule-traps.wat", limits, &want.each_ref().map(String::as_str));
}

#[test]
fn what_cannot_be_taken_counts_as_what_is_taken() {
    let limits = Limits { output_bytes: 64 << 10, ..limits() };
    check_codes("findings-foreign-flood.wat", limits, &["output-too-big second"]);
}

/// A record costs what it occupies, even without any text.
#[test]
fn a_sample_of_empty_labels_is_not_free() {
    let limits = Limits { output_bytes: 100 << 10, ..limits() };
    check_codes("samples-flood.wat", limits, &["output-too-big second"]);
}

/// Every rule loops. The third is not run.
#[test]
fn a_pack_of_endless_loops_ends() {
    let engine = engine(Limits { deadline: Duration::from_millis(200), ..limits() });
    let text = with_parts("rule-loops.wat").replace(
        "(func $asked (param $rules i32) (param $count i32) (param $id i32) (result i32)",
        "(func $asked (param $rules i32) (param $count i32) (param $id i32) (result i32)
      (loop $stay (br $stay))",
    );
    let pack = load(&engine, &wat::parse_str(text).expect("text")).expect("a pack");
    let rules = ["first", "second", "third"];
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &rules };
    let evaluation = pack.evaluate(&run, &inventory(&[]));
    let codes: Vec<_> = evaluation.failures.iter().map(|it| it.code.as_str()).collect();
    let exceeded = "deadline-exceeded";
    assert_eq!(codes, [exceeded, exceeded, "not-run"]);
}

/// What one pack may use is no matter of what the engine gives the others.
#[test]
fn a_pack_has_limits_of_its_own() {
    let engine = engine(Limits { findings: 0, ..limits() });
    let pack = honest(&engine);
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &["first"] };
    let inventory = inventory(&[r#"{"metadata":{"name":"red"}}"#.to_owned()]);
    let failed = |evaluation: Evaluation| {
        let failures = evaluation.failures.into_iter();
        failures.map(|it| (it.code, it.help)).collect::<Vec<_>>()
    };
    let none = failed(pack.evaluate(&run, &inventory));
    assert_eq!(none[0].0, "too-many-findings");
    assert!(none[0].1.ends_with("`limits.guest.findings` in a configuration"), "{none:?}");
    let within = |limits: Limits| failed(pack.evaluate_within(&limits, &run, &inventory));
    assert_eq!(within(Limits { findings: 1, ..limits() }), []);
    // As much as any pack can be granted.
    assert_eq!(within(Limits { memory_bytes: 4 << 30, ..limits() }), []);
    let little = within(Limits { memory_bytes: 1, ..limits() });
    assert_eq!(little[0].0, "memory-exceeded");
    assert!(little[0].1.ends_with("`limits.guest.memory` in a configuration"), "{little:?}");
}

/// What the first rule of a pack takes for so many objects, as code of this sort.
fn usage(code: Code, count: usize) -> Usage {
    let compile = Box::new(rulebox_engine::compile);
    let engine = Engine::with_compiler(limits(), code, Cache::Off, compile).expect("an engine");
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &["first"] };
    let measured = honest(&engine).measure(&run, &inventory(&objects(count)));
    let (evaluation, usage) = measured.expect("it is honest");
    assert_eq!(evaluation.findings.len(), count);
    usage
}

#[test]
fn instructions_are_counted_where_code_is_metered() {
    let counted = |count| usage(Code::Metered, count).instructions.expect("they are counted");
    let [none, ten, twenty] = [0, 10, 20].map(counted);
    // The guest takes two objects at once.
    assert_eq!((twenty - ten, none > 0), (ten - none, true));
    assert_eq!(counted(10), ten, "the same each time");
    assert_eq!(usage(Code::Plain, 10).instructions, None);
}

#[test]
fn memory_is_that_of_all_objects() {
    let memory = |count| usage(Code::Plain, count).memory_bytes;
    assert_eq!((memory(0), memory(1)), (1 << 16, 1 << 16));
    assert!(memory(5000) > 1 << 16);
}

#[test]
fn a_pack_that_fails_is_not_measured() {
    let engine = engine(limits());
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &["second"] };
    let traps = load(&engine, &assemble("rule-traps.wat")).expect("a pack");
    let error = traps.measure(&run, &inventory(&[])).expect_err("it traps");
    assert_eq!(error.code(), "trap");
}

#[test]
fn one_pack_can_stand_in_the_place_of_another() {
    let engine = engine(limits());
    let (other, renamed) = (honest(&engine), changed(&engine, "\"things\\00\"", "\"thongs\\00\""));
    // It asks for `thongs`, of which the other one's description knows nothing.
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &["first"] };
    let error = renamed.in_place_of(&other).measure(&run, &inventory(&[])).expect_err("refused");
    assert_eq!(error.code(), "unknown-need");
    assert_eq!(renamed.in_place_of(&other).info(), other.info());
}

#[test]
fn standard_error_goes_to_the_log_and_random_numbers_are_the_same() {
    let engine = engine(limits());
    let pack = load(&engine, &assemble("wasi-prints.wat")).expect("a pack");
    let evaluation = check(&pack, &["second"], &inventory(&[]));
    assert_eq!(evaluation.log, ["a line", "and a half"]);
    assert_eq!(evaluation.samples.len(), 1);
    assert_eq!(check(&pack, &["second"], &inventory(&[])), evaluation);
}

/// What a program prints before it traps says why. The message is all that a person sees of it.
#[test]
fn a_trap_tells_the_function_and_the_last_words() {
    let engine = engine(limits());
    let pack = load(&engine, &assemble("rule-traps.wat")).expect("a pack");
    let run = Run { as_of: Moment::default(), settings: "{}", rules: &["second"] };
    let evaluation = pack.evaluate(&run, &inventory(&[]));
    assert_eq!(
        evaluation.failures[0].message,
        "it trapped: wasm `unreachable` instruction executed in `second`; its last words: done"
    );
    assert_eq!(evaluation.findings, []);
}
