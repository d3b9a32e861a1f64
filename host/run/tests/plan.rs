//! What a plan makes of packs, a choice and a configuration, with guests that are written by hand.

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;

use std::sync::Arc;

use guests::{engine, load, with_parts};
use rulebox_core::{
    AsOf, AsOfSource, Bound, BoundBy, Coverage, Inventory, Moment, ObjectSlot, Reading,
    RuleOutcome, RuleResult, TextSlot, Witness,
};
use rulebox_engine::{Engine, Limits, Pack};
use rulebox_run::{Choice, Config, Evaluated, Outcome, Plan};
use serde_json::{Value, json};

#[test]
fn threads_can_share_a_plan_and_keep_it() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Arc<Plan>>();
}

/// The honest guest under another name. Its rules `first`, `second` and `third` require `things`;
/// here `second` requires `lines` instead. `second` writes `done` to the log.
fn pack(engine: &Engine, name: &str) -> Pack {
    let rule = "(call $rule (i32.const 0x106c) (global.get $second-id))";
    let lines = "(call $text (i32.const 0x1320) (global.get $lines))
        (i32.store (i32.const 0x1088) (i32.const 0x1320))"; // 28 bytes into the rule
    let text = with_parts("honest.wat");
    assert!(text.contains("\"guest\\00\"") && text.contains(rule) && name.len() == 5);
    let text = text
        .replace("\"guest\\00\"", &format!("\"{name}\\00\""))
        .replace(rule, &format!("{rule}{lines}"));
    load(engine, &wat::parse_str(text).expect("component text")).expect("an honest pack")
}

/// The packs `alpha` and `bravo`.
fn packs() -> Arc<[Pack]> {
    let engine = engine(Limits::default());
    ["alpha", "bravo"].map(|it| pack(&engine, it)).into()
}

fn choice(rules: &[&str], skip_rules: &[&str]) -> Choice {
    let owned = |it: &[&str]| it.iter().map(|&it| it.to_owned()).collect();
    Choice { rules: owned(rules), skip_rules: owned(skip_rules) }
}

fn config(value: Value) -> Config {
    Config::from_value(value).expect("a configuration")
}

fn plan(choice: &Choice, value: Value) -> Plan {
    Plan::new(packs(), choice, config(value), &["standing"]).expect("a plan")
}

/// All that the packs need was seen: one object each, and no line.
fn reading() -> Reading {
    let mut inventory = Inventory::default();
    for pack in ["alpha", "bravo"] {
        let objects = ObjectSlot {
            objects: vec![r#"{"metadata":{"name":"red"}}"#.into()],
            coverage: Coverage::Complete,
            reason: String::new(),
        };
        let texts =
            TextSlot { lines: Vec::new(), coverage: Coverage::Complete, reason: String::new() };
        inventory.objects.insert(format!("{pack}/things"), Arc::new(objects));
        inventory.texts.insert(format!("{pack}/lines"), texts);
    }
    Reading { inventory, ..Reading::default() }
}

#[track_caller]
fn check_needs(rules: &[&str], skip_rules: &[&str], objects: &[&str], texts: &[&str]) {
    let needs = plan(&choice(rules, skip_rules), Value::Null).needs();
    assert_eq!(needs.objects.iter().map(|it| &it.id).collect::<Vec<_>>(), objects);
    assert_eq!(needs.texts.iter().map(|it| &it.id).collect::<Vec<_>>(), texts);
}

#[test]
fn only_what_the_chosen_rules_read_is_needed() {
    let all = (&["alpha/things", "bravo/things"], &["alpha/lines", "bravo/lines"]);
    check_needs(&[], &[], all.0, all.1);
    check_needs(&["alpha/second", "bravo/first"], &[], &["bravo/things"], &["alpha/lines"]);
    check_needs(&[], &["second"], all.0, &[]);
}

#[test]
fn what_was_not_chosen_is_not_evaluated() {
    let plan = plan(&choice(&["alpha/first"], &["third"]), Value::Null);
    let report = plan.evaluate("", reading(), AsOf::default(), &mut |_| {}).report;
    let found: Vec<_> = report.findings.iter().map(|it| (&*it.pack, &*it.finding.rule)).collect();
    assert_eq!(found, [("alpha", "first")]);
    let reason = |it: &RuleOutcome| it.reasons.join("; ");
    let reasons: Vec<_> = report.rules.iter().map(|it| (it.result, reason(it))).collect();
    let skipped = |reason: &str| (RuleResult::Skipped, reason.to_owned());
    let (not_named, left_out) = (skipped("not named by --rule"), skipped("--skip-rule"));
    let failed = (RuleResult::Fail, String::new());
    let want = [&failed, &not_named, &left_out, &not_named, &not_named, &left_out];
    assert_eq!(reasons.iter().collect::<Vec<_>>(), want);
}

#[test]
fn each_pack_is_a_step_and_its_log_is_given_back() {
    let plan = plan(&choice(&["second"], &[]), Value::Null);
    let mut steps = Vec::new();
    let step = &mut |it: &str| steps.push(it.to_owned());
    let evaluated = plan.evaluate("", reading(), AsOf::default(), step);
    assert_eq!(steps, ["alpha", "bravo"]);
    assert_eq!(evaluated.log, ["alpha: done", "bravo: done"]);
    let mut twice = evaluated.clone();
    twice.merge(evaluated);
    let log = plan.finish(twice).log;
    assert_eq!(log, ["alpha: done", "bravo: done", "alpha: done", "bravo: done"]);
}

#[test]
fn a_cluster_is_named_in_all_that_is_said_of_it() {
    let plan = plan(&choice(&["alpha/first"], &[]), Value::Null);
    let mut both = Evaluated::default();
    for cluster in ["east", "west"] {
        both.merge(plan.evaluate(cluster, reading(), AsOf::default(), &mut |_| {}));
    }
    let report = plan.finish(both).report;
    let clusters: Vec<_> = report.findings.iter().map(|it| it.cluster.as_str()).collect();
    assert_eq!(clusters, ["east", "west"]);
    for cluster in clusters {
        assert_eq!(report.rules.iter().filter(|it| it.cluster == cluster).count(), 6);
        assert_eq!(report.coverage.iter().filter(|it| it.cluster == cluster).count(), 4);
    }
}

/// What is noted of a run as of 2 o'clock over an input whose newest timestamp is this one.
#[track_caller]
fn check_later(newest: &str, source: AsOfSource, cluster: &str, want: &[&str]) {
    let time = |it: &str| it.parse().expect("a time");
    let witness = Witness {
        time: time(newest),
        field: "renewTime".to_owned(),
        object: "Lease a/b\n".to_owned(),
    };
    let reading = Reading { witness: Some(witness), ..reading() };
    let as_of = AsOf { moment: Moment::at(time("2026-09-15T02:00:00Z")), source };
    let plan = plan(&choice(&["first"], &[]), Value::Null);
    let notes = plan.finish(plan.evaluate(cluster, reading, as_of, &mut |_| {})).notes;
    assert_eq!(notes, want);
}

#[test]
fn a_given_moment_before_a_timestamp_of_the_input_is_noted() {
    let (before, after) = ("2026-09-15T01:00:00Z", "2026-09-15T03:00:00Z");
    let note = |of: &str| {
        format!(
            "{of} holds {after} (renewTime of Lease a/b\\n), which is later than --as-of \
             2026-09-15T02:00:00Z: ages are counted to --as-of"
        )
    };
    check_later(after, AsOfSource::Given, "", &[&note("the input")]);
    check_later(after, AsOfSource::Given, "east", &[&note("east")]);
    check_later(before, AsOfSource::Given, "", &[]);
    check_later("2026-09-15T02:00:00Z", AsOfSource::Given, "", &[]);
    check_later(after, AsOfSource::Now, "", &[]);
}

#[test]
fn a_given_moment_that_a_bundle_contradicts_is_noted() {
    let check = |collected: &str, want: &[&str]| {
        let time = |it: &str| it.parse().expect("a time");
        let latest = Some(Bound { time: time(collected), by: BoundBy::Bundle });
        let reading = Reading { collected: Some(time(collected)), latest, ..reading() };
        let moment = Moment::at(time("2026-09-15T02:00:00Z"));
        let as_of = AsOf { moment, source: AsOfSource::Given };
        let plan = plan(&choice(&["first"], &[]), Value::Null);
        let notes = plan.finish(plan.evaluate("", reading, as_of, &mut |_| {})).notes;
        assert_eq!(notes, want);
    };
    check("2026-09-15T02:00:00Z", &[]);
    check(
        "2026-09-15T03:00:00Z",
        &["the input was collected at 2026-09-15T03:00:00Z, as its bundle says, which is later \
           than --as-of 2026-09-15T02:00:00Z: ages are counted to --as-of"],
    );
    check(
        "2026-09-15T01:00:00Z",
        &["the input seems to have been taken by 2026-09-15T01:00:00Z (as its bundle says), \
           before --as-of 2026-09-15T02:00:00Z: ages are counted to --as-of"],
    );
}

/// The same plan finishes as many runs as are wanted, each with the whole configuration.
#[test]
fn the_configuration_is_applied_to_each_run() {
    let config = json!({
        "severities": {"alpha/first": "critical"},
        "suppressions": [
            {"rule": "bravo/first", "reason": "known"},
            {"rule": "first", "name": "none", "reason": "over"},
        ],
    });
    let plan = plan(&choice(&["first"], &[]), config);
    for _ in 0..2 {
        let evaluated = plan.evaluate("", reading(), AsOf::default(), &mut |_| {});
        let Outcome { report, warnings, notes, news: _, log: _ } = plan.finish(evaluated);
        assert_eq!(warnings, [] as [String; 0]);
        let found = report
            .findings
            .iter()
            .map(|it| (&*it.pack, it.finding.severity.as_str(), it.suppressed.is_some()));
        let found: Vec<_> = found.collect();
        assert_eq!(found, [("alpha", "critical", false), ("bravo", "high", true)]);
        assert_eq!(notes, ["suppressions[1] (over) silences nothing"]);
    }
}

#[track_caller]
fn check_refused(choice: &Choice, value: Value, message: &str, help: &str) {
    let error = Plan::new(packs(), choice, config(value), &["standing"]).expect_err("no plan");
    assert!(error.message.contains(message) && error.help.contains(help), "{error:?}");
}

#[test]
fn there_is_no_plan_for_names_that_no_pack_knows() {
    check_refused(
        &choice(&["frist"], &[]),
        Value::Null,
        "--rule: there is no rule `frist`",
        "did you mean `first`?",
    );
    check_refused(
        &Choice::default(),
        json!({"severities": {"alpha/frist": "low"}}),
        "severities.alpha/frist: there is no rule `alpha/frist`",
        "did you mean `alpha/first`?",
    );
}

#[test]
fn there_is_no_plan_for_settings_that_a_pack_does_not_take() {
    check_refused(
        &Choice::default(),
        json!({"settings": {"bravo": {"depth": 3}}}),
        "settings.bravo: the pack takes no settings",
        "rulebox schema bravo",
    );
}

/// The notes of a run with this configuration.
fn notes(value: Value) -> Vec<String> {
    let plan = plan(&choice(&["first"], &[]), value);
    plan.finish(plan.evaluate("", reading(), AsOf::default(), &mut |_| {})).notes
}

#[test]
fn a_pack_that_another_run_loads_may_be_configured() {
    assert_eq!(notes(json!({"settings": {"standing": {"depth": 3}}})), Vec::<String>::new());
    assert_eq!(notes(json!({"severities": {"standing/rule": "low"}})), Vec::<String>::new());
}

#[test]
fn a_pack_that_nobody_knows_is_told_and_a_misspelt_one_refused() {
    let told = notes(json!({"settings": {"foreign": {"depth": 3}}}));
    assert!(told[0].contains("names the pack `foreign`, which this run does not load"), "{told:?}");
    let refused = |value, message: &str, meant: &str| {
        check_refused(&Choice::default(), value, message, &format!("did you mean `{meant}`?"));
    };
    let settings = json!({"settings": {"alpah": {}}});
    refused(settings, "settings.alpah: there is no pack `alpah`", "alpha");
    let severity = json!({"severities": {"standng/rule": "low"}});
    refused(severity, "severities.standng/rule: there is no pack `standng`", "standing");
    let rule = json!({"suppressions": [{"rule": "alhpa/first", "reason": "r"}]});
    refused(rule, "suppressions[0].rule: there is no pack `alhpa`", "alpha");
}
