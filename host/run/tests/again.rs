//! A cluster that is evaluated again and again: only the rules whose objects have changed, with the
//! same report as if all had been.

#[path = "../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest")]
mod guests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use guests::{engine, load, with_parts};
use jiff::Timestamp;
use proptest::prelude::*;
use rulebox_core::{
    AsOf, AsOfSource, Coverage, Inventory, Moment, ObjectSlot, Reading, Report, RuleResult,
};
use rulebox_engine::{Limits, Pack};
use rulebox_run::{Choice, Config, Evaluated, Known, Memory, Plan};

/// A guest whose rules say to the log that they are evaluated. `first` reports each of `things`,
/// `second` requires the text `lines`, and `third` requires `other`.
fn pack(file: &str, name: &str) -> Pack {
    let edits = [
        ("\"guest\\00\"", format!("\"{name}\\00\"")),
        (
            "(call $rule (i32.const 0x106c) (global.get $second-id))",
            "(call $rule (i32.const 0x106c) (global.get $second-id))
             (call $text (i32.const 0x1320) (global.get $lines))
             (i32.store (i32.const 0x1088) (i32.const 0x1320))"
                .to_owned(),
        ),
        (
            "(call $rule (i32.const 0x1098) (global.get $third-id))",
            "(call $rule (i32.const 0x1098) (global.get $third-id))
             (call $text (i32.const 0x1330) (i32.const 0x1f0))
             (i32.store (i32.const 0x10b4) (i32.const 0x1330))"
                .to_owned(),
        ),
        (
            "(call $list (i32.const 0x1018) (i32.const 0x1100) (i32.const 1))",
            "(call $list (i32.const 0x1018) (i32.const 0x1100) (i32.const 2))
             (call $text (i32.const 0x1130) (i32.const 0x1f0))
             (call $text (i32.const 0x1140) (global.get $pod))
             (call $list (i32.const 0x1158) (i32.const 0x1308) (i32.const 1))"
                .to_owned(),
        ),
        (
            "(then (drop (call $first)))",
            "(then (call $say (global.get $first-id)) (drop (call $first)))".to_owned(),
        ),
        (
            "(then (call $second))",
            "(then (call $say (global.get $second-id)) (call $second))".to_owned(),
        ),
        (
            "(then (call $third))",
            "(then (call $say (global.get $third-id)) (call $third))".to_owned(),
        ),
        (
            "(func $describe (export \"describe\")",
            "(data (i32.const 0x1f0) \"other\\00\")
             (func $describe (export \"describe\")"
                .to_owned(),
        ),
    ];
    let mut text = with_parts(file);
    for (old, new) in edits {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text = text.replace(old, &new);
    }
    load(&engine(Limits::default()), &wat::parse_str(text).expect("component text"))
        .expect("an honest pack")
}

fn plan(packs: Vec<Pack>) -> Plan {
    let config = Config::from_value(serde_json::Value::Null).expect("a configuration");
    Plan::new(packs.into(), &Choice::default(), config, &[]).expect("a plan")
}

fn slot(names: &[&str], coverage: Coverage) -> Arc<ObjectSlot> {
    let object = |name: &&str| format!(r#"{{"metadata":{{"name":"{name}"}}}}"#).into();
    let objects = names.iter().map(object).collect();
    let reason = if coverage == Coverage::Complete { "" } else { "cut off" };
    Arc::new(ObjectSlot { objects, coverage, reason: reason.to_owned() })
}

fn as_of(second: i64) -> AsOf {
    let moment = Moment::at(Timestamp::from_second(second).expect("a time"));
    AsOf { moment, source: AsOfSource::Now }
}

/// A cluster that is evaluated again and again.
struct Again {
    plan: Plan,
    memory: Memory,
    inventory: Arc<Inventory>,
    waits: BTreeMap<String, String>,
    stale: BTreeSet<String>,
    last: Option<Evaluated>,
}

impl Again {
    fn new(packs: Vec<Pack>) -> Self {
        let names: Vec<_> = packs.iter().map(|it| it.info().name.clone()).collect();
        let needs = names.iter().flat_map(|it| [format!("{it}/things"), format!("{it}/other")]);
        let objects = needs.map(|it| (it, slot(&["red"], Coverage::Complete))).collect();
        let inventory = Arc::new(Inventory { objects, ..Inventory::default() });
        let (memory, waits) = (Memory::default(), BTreeMap::new());
        Self { plan: plan(packs), memory, inventory, waits, stale: BTreeSet::new(), last: None }
    }

    /// What this need shows is waited for from now on, or not any more.
    fn wait(&mut self, need: &str, does: bool) {
        self.waits.remove(need);
        self.waits.extend(does.then(|| (need.to_owned(), "things: away".to_owned())));
    }

    /// Shows these objects of a need, in another place of memory.
    fn show(&mut self, need: &str, names: &[&str], coverage: Coverage) {
        let mut inventory = (*self.inventory).clone();
        inventory.objects.insert(need.to_owned(), slot(names, coverage));
        self.inventory = Arc::new(inventory);
    }

    /// Evaluates what is due, and gives which rules were.
    fn run(&mut self, second: i64, all: bool) -> Vec<String> {
        let Some(evaluated) = self.ask(second, all) else { return Vec::new() };
        let mut log = evaluated.log.clone();
        log.retain(|it| !it.ends_with(": done"));
        assert!(!log.is_empty(), "an evaluation of nothing");
        self.last = Some(evaluated);
        log
    }

    fn ask(&mut self, second: i64, all: bool) -> Option<Evaluated> {
        let Self { plan, memory, inventory, waits, stale, .. } = self;
        let known = Known { inventory, waits, stale };
        plan.evaluate_again(memory, "", known, as_of(second), all, &mut |_| {})
    }

    /// What a rule's outcome says beside its result.
    fn reasons(&self, rule: &str) -> Vec<String> {
        let report = self.report();
        let outcome = report.rules.iter().find(|it| it.rule.id == rule).expect("the rule");
        outcome.reasons.clone()
    }

    /// The second that what a rule has found speaks of, where that is not the one of the run.
    fn stale_since(&self, rule: &str) -> Option<i64> {
        let report = self.report();
        let outcome = report.rules.iter().find(|it| it.rule.id == rule).expect("the rule");
        outcome.stale_since.map(Timestamp::as_second)
    }

    fn report(&self) -> Report {
        self.plan.finish(self.last.clone().expect("an evaluation")).report
    }

    /// The report of all rules, as `check` makes it.
    fn fresh(&self, second: i64) -> Report {
        let reading = Reading { inventory: (*self.inventory).clone(), ..Reading::default() };
        self.plan.finish(self.plan.evaluate("", reading, as_of(second), &mut |_| {})).report
    }

    /// How a rule came out, and the summaries of its findings.
    fn result(&self, rule: &str) -> (RuleResult, Vec<String>) {
        let report = self.report();
        let outcome = report.rules.iter().find(|it| it.rule.id == rule).expect("the rule");
        let of_rule = report.findings.iter().filter(|it| it.finding.rule == rule);
        (outcome.result, of_rule.map(|it| it.finding.summary.clone()).collect())
    }
}

#[test]
fn only_the_rules_whose_objects_have_changed_are_evaluated() {
    let mut again = Again::new(vec![pack("honest.wat", "alpha"), pack("honest.wat", "bravo")]);
    let all = ["first", "second", "third"];
    let all: Vec<_> =
        ["alpha", "bravo"].iter().flat_map(|p| all.map(|it| format!("{p}: {it}"))).collect();
    assert_eq!(again.run(0, false), all, "of what was never asked, all is due");
    assert_eq!(again.run(1, false), [] as [&str; 0]);
    again.show("bravo/things", &["red", "blue"], Coverage::Complete);
    assert_eq!(again.run(2, false), ["bravo: first"]);
    again.show("alpha/other", &["red"], Coverage::Partial);
    assert_eq!(again.run(3, false), ["alpha: third"]);
    assert_eq!(again.run(4, false), [] as [&str; 0]);
    assert_eq!(again.run(5, true), all, "ages grow");
    let found = again.report().findings.len();
    assert_eq!(found, 5, "one of each object, and one of each `third`");
}

#[test]
fn what_was_said_of_other_objects_stays() {
    let mut again = Again::new(vec![pack("honest.wat", "alpha")]);
    again.run(0, false);
    again.show("alpha/things", &[], Coverage::Absent);
    again.run(1, false);
    assert_eq!(again.result("first"), (RuleResult::NoData, Vec::new()));
    assert_eq!(again.result("second").0, RuleResult::NoData);
    assert_eq!(again.result("third"), (RuleResult::Fail, vec!["done".to_owned()]));
    assert_eq!(again.report().samples.len(), 1);
}

#[test]
fn a_rule_that_failed_rests_longer_each_time_and_the_others_go_on() {
    let mut again = Again::new(vec![pack("rule-traps.wat", "alpha")]);
    let evaluated = |ran: Vec<String>, rule: &str| ran.contains(&format!("alpha: {rule}"));
    assert!(evaluated(again.run(0, false), "second"));
    again.show("alpha/things", &["blue"], Coverage::Complete);
    assert_eq!(again.run(1, false), ["alpha: first"]);
    assert!(again.result("first").1[0].contains("blue"));
    assert_eq!(again.result("second").0, RuleResult::Error, "that it failed stays known");
    assert_eq!(again.result("third").0, RuleResult::Fail);
    assert!(!evaluated(again.run(29, true), "second"), "not even with all");
    assert!(evaluated(again.run(30, false), "second"), "it is due without a change");
    assert!(!evaluated(again.run(89, true), "second"));
    assert!(evaluated(again.run(90, true), "second"));
    let mut now = 90;
    for rest in [120, 240, 480, 600, 600] {
        assert!(!evaluated(again.run(now + rest - 1, true), "second"), "{now} {rest}");
        now += rest;
        assert!(evaluated(again.run(now, true), "second"), "{now} {rest}");
    }
    assert_eq!(again.result("second").0, RuleResult::Error);
}

/// `second` reports, and traps where there are two `things`.
fn moody() -> Pack {
    let text = with_parts("rule-traps.wat");
    let begin = text.find("(func $second").expect("the rule");
    let end = begin + text[begin..].find("unreachable)").expect("its end") + "unreachable)".len();
    let second = "(func $second
        (local $cursor i32)
        (call $finding (global.get $second-id) (global.get $done) (i32.const 4))
        (local.set $cursor (call $open (global.get $things) (call $length (global.get $things))))
        (call $next (local.get $cursor) (i32.const 8) (i32.const 0x3000))
        (if (i32.eq (i32.load (i32.const 0x3004)) (i32.const 2)) (then unreachable))
        (call $close (local.get $cursor)))";
    let text = format!("{}{second}{}", &text[..begin], &text[end..]);
    let text = text.replace("\"guest\\00\"", "\"alpha\\00\"");
    load(&engine(Limits::default()), &wat::parse_str(text).expect("component text"))
        .expect("an honest pack")
}

#[test]
fn what_a_rule_has_found_stays_while_it_fails() {
    let mut again = Again::new(vec![moody()]);
    again.ask(0, false);
    let step = |again: &mut Again, second: i64| {
        again.last = Some(again.ask(second, false).expect("something was due"));
        again.result("second")
    };
    again.show("alpha/things", &["red", "blue"], Coverage::Complete);
    assert_eq!(step(&mut again, 1), (RuleResult::Error, vec!["done".to_owned()]));
    assert_eq!(again.result("first").1.len(), 2, "what the others say is of now");
    assert_eq!((again.stale_since("first"), again.stale_since("second")), (None, Some(0)));
    again.show("alpha/things", &["red"], Coverage::Complete);
    assert_eq!(step(&mut again, 2), (RuleResult::Error, vec!["done".to_owned()]));
    assert_eq!(again.stale_since("second"), Some(0), "it rests");
    assert_eq!(step(&mut again, 31), (RuleResult::Fail, vec!["done".to_owned()]));
    assert_eq!((again.report().failures, again.stale_since("second")), (Vec::new(), None));
}

#[test]
fn a_rule_that_reads_what_is_lost_waits_and_says_since_when() {
    let mut again = Again::new(vec![pack("honest.wat", "alpha")]);
    again.run(0, false);
    let before = again.result("first");
    assert_eq!(before.1.len(), 1);
    again.wait("alpha/things", true);
    again.last = again.ask(1, false);
    assert_eq!(again.result("first"), before);
    assert_eq!((again.stale_since("first"), again.stale_since("third")), (Some(0), None));
    let held = "judged at 1970-01-01T00:00:00Z; waits for what is out of sight: things: away";
    assert_eq!(again.reasons("first"), [held], "though nothing is evaluated");
    assert!(again.ask(2, false).is_none(), "once");
    // What it shows meanwhile, and how far, changes nothing; ages do not grow.
    again.show("alpha/things", &[], Coverage::Partial);
    let news = again.ask(3, false).expect("how far it is covered is told");
    assert_eq!(news.log, [] as [&str; 0]);
    assert!(again.ask(4, false).is_none());
    assert_eq!(again.run(60, true), ["alpha: second", "alpha: third"]);
    assert_eq!(
        (again.result("first"), again.reasons("first").as_slice()),
        (before, &[held.to_owned()][..])
    );
    assert_eq!(again.reasons("third"), [] as [&str; 0]);
    assert_eq!((again.stale_since("first"), again.stale_since("third")), (Some(0), None));
    again.show("alpha/things", &["red", "blue"], Coverage::Complete);
    again.wait("alpha/things", false);
    assert_eq!(again.run(61, false), ["alpha: first"]);
    assert_eq!(again.result("first").1.len(), 2);
    assert_eq!(again.reasons("first"), [] as [&str; 0]);
    assert_eq!(again.stale_since("first"), None);
    // What comes back as it was is not evaluated, and does not wait any more.
    again.wait("alpha/things", true);
    again.last = again.ask(62, false);
    again.wait("alpha/things", false);
    again.last = again.ask(63, false);
    assert_eq!(again.last.as_ref().expect("news").log, [] as [&str; 0]);
    assert_eq!(again.reasons("first"), [] as [&str; 0]);
}

#[test]
fn ages_of_what_nobody_has_seen_for_long_make_no_findings() {
    let mut again = Again::new(vec![pack("honest.wat", "alpha")]);
    again.run(0, false);
    let before = again.result("first").1;
    again.stale.insert("alpha/things".to_owned());
    again.show("alpha/things", &["red", "blue"], Coverage::Partial);
    again.last = again.ask(1, false);
    assert_eq!(again.run(60, true), ["alpha: second", "alpha: third"]);
    // What was found stays, and is told as old; nothing of it passes.
    assert_eq!(again.result("first"), (RuleResult::NoData, before));
    let reasons = again.reasons("first");
    assert!(reasons[0].starts_with("judged at 1970-01-01T00:00:00Z; waits"), "{reasons:?}");
    again.stale.clear();
    again.show("alpha/things", &["red", "blue"], Coverage::Complete);
    assert_eq!(again.run(61, false), ["alpha: first"]);
    assert_eq!(again.result("first").0, RuleResult::Fail);
    assert_eq!(again.result("first").1.len(), 2);
}

#[test]
fn a_rule_that_never_saw_all_has_no_data_while_it_waits() {
    let mut again = Again::new(vec![pack("honest.wat", "alpha")]);
    again.wait("alpha/things", true);
    // All that was seen, though it is not of now, is better than nothing.
    assert!(again.run(0, false).contains(&"alpha: first".to_owned()));
    let mut again = Again::new(vec![pack("honest.wat", "alpha")]);
    again.wait("alpha/things", true);
    again.show("alpha/things", &[], Coverage::Absent);
    assert_eq!(again.run(0, false), ["alpha: second", "alpha: third"]);
    assert_eq!(again.result("first"), (RuleResult::NoData, Vec::new()));
    assert_eq!(again.reasons("first"), ["waits for what is out of sight: things: away"]);
}

#[test]
fn a_clock_that_jumps_does_not_prolong_a_rest() {
    let mut again = Again::new(vec![pack("rule-traps.wat", "alpha")]);
    let hour = 3600;
    again.run(2 * hour, false);
    assert!(again.run(hour, false).contains(&"alpha: second".to_owned()), "an hour back");
    assert!(!again.run(hour + 1, true).contains(&"alpha: second".to_owned()));
    assert!(again.run(3 * hour, false).contains(&"alpha: second".to_owned()), "two hours on");
}

/// What is shown next: of which need, how many objects, and how far; and whether all is evaluated.
fn step() -> impl Strategy<Value = (usize, usize, bool, bool)> {
    (0..4_usize, 0..4_usize, any::<bool>(), any::<bool>())
}

proptest! {
    // Each case evaluates some ten times in a sandbox.
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_merged_is_what_a_fresh_evaluation_gives(
        steps in prop::collection::vec(step(), 1..10),
        traps in any::<bool>(),
    ) {
        let second = if traps { "rule-traps.wat" } else { "honest.wat" };
        let mut again = Again::new(vec![pack("honest.wat", "alpha"), pack(second, "bravo")]);
        again.run(0, false);
        for (now, (need, count, complete, all)) in (1..).zip(steps) {
            let names = ["red", "blue", "green"];
            let needs = ["alpha/things", "alpha/other", "bravo/things", "bravo/other"];
            let coverage = if complete { Coverage::Complete } else { Coverage::Partial };
            again.show(needs[need], &names[..count.min(3)], coverage);
            again.run(now, all);
            let (got, want) = (again.report(), again.fresh(now));
            let parts = |it: Report| {
                let Report { findings, rules, coverage, samples, failures, .. } = it;
                format!("{findings:#?} {rules:#?} {coverage:#?} {samples:#?} {failures:#?}")
            };
            prop_assert_eq!(parts(got), parts(want), "step {}", now);
        }
    }
}
