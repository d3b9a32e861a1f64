//! Two measurements of a pack: what costs more now, and what less. Only what is the same on each
//! machine counts: size, instructions, memory.

use std::fmt;

use super::view::{
    BenchView, ChangeView, ComparedView, CostView, RuleCostView, SCHEMA_VERSION, rounded,
};

/// Why nothing can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareError {
    /// The text is no measurement; a JSON parser's words.
    NoMeasurement(String),
    /// It was written in another version of the form.
    OtherSchema(String),
    /// It is of the pack of this name.
    OtherPack(String),
    /// The pack was given something else: then, and now.
    OtherInput(String, String),
}

impl fmt::Display for CompareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMeasurement(why) => write!(f, "it is no measurement of a pack: {why}"),
            Self::OtherSchema(version) => {
                write!(f, "it has schemaVersion `{version}`, and this Rulebox reads `1`")
            }
            Self::OtherPack(name) => write!(f, "it is of another pack, {name}"),
            Self::OtherInput(then, now) => {
                write!(f, "the pack was given something else: {then} then, {now} now")
            }
        }
    }
}

impl CompareError {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoMeasurement(_) => "name a file that `rulebox rules bench --save FILE` wrote",
            Self::OtherSchema(_) => "measure the old pack again, by this Rulebox: --save FILE",
            Self::OtherPack(_) => "compare two versions of one pack",
            Self::OtherInput(..) => {
                "measure both over the same: name the same dump, or the same --cases and --objects"
            }
        }
    }
}

impl std::error::Error for CompareError {}

/// What has changed since the measurement that `before` holds as JSON. `tolerance`: how many
/// percent more are no change that counts.
pub fn compare(
    now: &BenchView,
    before: &str,
    tolerance: f64,
) -> Result<ComparedView, CompareError> {
    let before = read(before)?;
    if before.pack != now.pack {
        return Err(CompareError::OtherPack(before.pack));
    }
    if before.input != now.input {
        let words = |it: &BenchView| it.input.words();
        return Err(CompareError::OtherInput(words(&before), words(now)));
    }
    let mut changes = Vec::new();
    let mut of = |what: &str, rule: Option<&str>, before: f64, now: f64| {
        // Both are written with so many digits.
        if (rounded(before) - rounded(now)).abs() > f64::EPSILON {
            let percent = (before > 0.0).then(|| rounded((now / before - 1.0) * 100.0));
            let exceeds = now > before * (1.0 + tolerance / 100.0);
            let (what, rule) = (what.to_owned(), rule.map(str::to_owned));
            changes.push(ChangeView { what, rule, before, now, percent, exceeds });
        }
    };
    of("bytes", None, before.bytes.pack, now.bytes.pack);
    of_cost(None, &before.all, &now.all, &mut of);
    let find = |rules: &[RuleCostView], id: &str| rules.iter().position(|it| it.id == id);
    for RuleCostView { id, cost } in &now.rules {
        if let Some(nth) = find(&before.rules, id) {
            of_cost(Some(id), &before.rules[nth].cost, cost, &mut of);
        }
    }
    let without = |some: &[RuleCostView], others: &[RuleCostView]| {
        let only = some.iter().filter(|it| find(others, &it.id).is_none());
        only.map(|it| it.id.clone()).collect()
    };
    let ratio = |it: &BenchView| it.all.microseconds_per_object.and_then(|it| it.ratio);
    Ok(ComparedView {
        other_tool: (before.tool != now.tool).then(|| before.tool.clone()),
        tolerance,
        changes,
        new_rules: without(&now.rules, &before.rules),
        gone_rules: without(&before.rules, &now.rules),
        time_ratio: ratio(&before).zip(ratio(now)),
        version: before.version,
    })
}

fn read(text: &str) -> Result<BenchView, CompareError> {
    let no_measurement = |it: serde_json::Error| CompareError::NoMeasurement(it.to_string());
    let value: serde_json::Value = serde_json::from_str(text).map_err(no_measurement)?;
    // A report of Rulebox has a version of its own.
    match value.get("schemaVersion").and_then(serde_json::Value::as_str) {
        Some(version) if version != SCHEMA_VERSION && value.get("rounds").is_some() => {
            Err(CompareError::OtherSchema(version.to_owned()))
        }
        _ => serde_json::from_value(value).map_err(no_measurement),
    }
}

fn of_cost(
    rule: Option<&str>,
    before: &CostView,
    now: &CostView,
    of: &mut impl FnMut(&str, Option<&str>, f64, f64),
) {
    of("instructions", rule, before.instructions as f64, now.instructions as f64);
    // Each rule starts in the same way.
    if rule.is_none() {
        let start = |it: &CostView| it.instructions_to_start.pack;
        of("instructionsToStart", rule, start(before), start(now));
    }
    of("memoryBytes", rule, before.memory_bytes.pack, now.memory_bytes.pack);
}

impl ComparedView {
    /// Whether something costs more than the tolerance allows.
    pub fn exceeds(&self) -> bool {
        self.changes.iter().any(|it| it.exceeds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::view::{Beside, InputView};

    fn measured(version: &str, instructions: u64, rules: &[(&str, u64)]) -> BenchView {
        let cost = |instructions| CostView {
            objects: 10,
            instructions,
            memory_bytes: Beside::of(65_536.0, 65_536.0),
            microseconds_per_object: Some(Beside::of(3.0, 1.0)),
            ..CostView::default()
        };
        let rules = rules.iter().map(|(id, it)| RuleCostView { id: (*id).into(), cost: cost(*it) });
        BenchView {
            schema_version: SCHEMA_VERSION.to_owned(),
            tool: "Rulebox 1.0.0".to_owned(),
            pack: "acme".to_owned(),
            version: version.to_owned(),
            input: InputView { from: "cases".to_owned(), files: 2, bytes: 300, objects: 10 },
            rounds: 5,
            bytes: Beside::of(1000.0, 500.0),
            all: cost(instructions),
            rules: rules.collect(),
            ..BenchView::default()
        }
    }

    /// What has changed from `old` to `new`: of what, of which rule, how many percent, and whether
    /// that is too much.
    #[track_caller]
    fn check(old: &BenchView, new: &BenchView, want: &[(&str, Option<&str>, f64, bool)]) {
        let compared = compare(new, &old.json(), 5.0).expect("they can be compared");
        let got: Vec<_> = compared
            .changes
            .iter()
            .map(|it| {
                let percent = it.percent.expect("there was something");
                (it.what.as_str(), it.rule.as_deref(), percent, it.exceeds)
            })
            .collect();
        assert_eq!(got, want);
        assert_eq!(compared.exceeds(), want.iter().any(|it| it.3));
    }

    #[test]
    fn what_costs_more_counts_beyond_the_tolerance() {
        let old = measured("1.0.0", 1000, &[("a", 400), ("b", 600)]);
        check(&old, &old, &[]);
        check(
            &old,
            &measured("1.1.0", 1050, &[("a", 400), ("b", 600)]),
            &[("instructions", None, 5.0, false)],
        );
        let new = measured("1.1.0", 1100, &[("a", 500), ("b", 300)]);
        check(
            &old,
            &new,
            &[
                ("instructions", None, 10.0, true),
                ("instructions", Some("a"), 25.0, true),
                ("instructions", Some("b"), -50.0, false),
            ],
        );
    }

    #[test]
    fn a_rule_that_is_new_or_gone_is_named() {
        let old = measured("1.0.0", 1000, &[("a", 400), ("b", 600)]);
        let new = measured("1.1.0", 1000, &[("b", 600), ("c", 400)]);
        let compared = compare(&new, &old.json(), 5.0).expect("they can be compared");
        assert_eq!(
            (&compared.new_rules, &compared.gone_rules),
            (&vec!["c".into()], &vec!["a".into()])
        );
        assert!(compared.changes.is_empty() && !compared.exceeds());
    }

    #[test]
    fn times_are_told_and_never_count() {
        let old = measured("1.0.0", 1000, &[]);
        let mut new = old.clone();
        new.all.microseconds_per_object = Some(Beside::of(300.0, 1.0));
        let compared = compare(&new, &old.json(), 5.0).expect("they can be compared");
        assert_eq!(compared.time_ratio, Some((3.0, 300.0)));
        assert!(!compared.exceeds());
    }

    #[track_caller]
    fn check_refused(before: &str, want: &str) {
        let refused = compare(&measured("1.0.0", 1000, &[]), before, 5.0).expect_err("refused");
        assert!(refused.to_string().contains(want), "{refused}");
        assert!(!refused.help().is_empty());
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let old = measured("1.0.0", 1000, &[]);
        check_refused("{", "no measurement of a pack");
        check_refused("{\"schemaVersion\": \"1\", \"findings\": []}", "no measurement of a pack");
        let schema = BenchView { schema_version: "0".to_owned(), ..old.clone() };
        check_refused(&schema.json(), "schemaVersion `0`");
        let pack = BenchView { pack: "other".to_owned(), ..old.clone() };
        check_refused(&pack.json(), "another pack, other");
        let input = InputView { objects: 20, ..old.input.clone() };
        let input = BenchView { input, ..old };
        check_refused(&input.json(), "20 objects of 2 cases");
    }

    #[test]
    fn another_tool_is_told() {
        let old = BenchView { tool: "Rulebox 0.9.0".to_owned(), ..measured("1.0.0", 1000, &[]) };
        let compared = compare(&measured("1.0.0", 1000, &[]), &old.json(), 5.0);
        let other = compared.expect("they can be compared").other_tool;
        assert_eq!(other.as_deref(), Some("Rulebox 0.9.0"));
    }
}
