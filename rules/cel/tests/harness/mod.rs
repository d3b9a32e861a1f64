//! Runs a pack natively on YAML, as the product reads a dump.

use rulebox_cel::{Pack, Text};
use rulebox_core::{Coverage, NeedSet, Reading, Undecided};
use rulebox_sdk::testing::{self, Fixture, Outcome, Store};

/// A pack that has no problem.
#[track_caller]
pub(crate) fn load(content: &str) -> Pack {
    let text = Text { path: "pack.yaml".to_owned(), content: content.to_owned() };
    Pack::load(&[text]).unwrap_or_else(|it| panic!("{it:#?}\n{content}"))
}

/// What a rule says of a dump, whose comments may set the time and the settings.
#[track_caller]
pub(crate) fn evaluate(pack: &Pack, rule: &str, dump: &str) -> Outcome {
    evaluate_needs(pack, rule, dump, pack.describe().needs.clone())
}

/// The same where other needs are read than those of the pack.
#[track_caller]
pub(crate) fn evaluate_needs(pack: &Pack, rule: &str, dump: &str, needs: NeedSet) -> Outcome {
    let head = format!("{dump}\n# expect: none\n");
    let fixture = Fixture::parse(if dump.contains("# expect:") { dump } else { &head });
    let (as_of, settings) = fixture.map(|it| (it.as_of, it.settings)).unwrap_or_default();
    let reading: Reading = testing::read(needs, dump);
    let about = pack.describe().rules.iter().find(|it| it.id == rule).expect("the rule is there");
    let store = Store::new(&reading.inventory, "");
    let settings = settings.unwrap_or_else(|| defaults(pack));
    let as_of = as_of.unwrap_or_else(|| reading.captured());
    pack.evaluate(&store, as_of, &settings, &[rule.to_owned()]).expect("it is evaluated");
    let mut outcome = store.into_outcome();
    if outcome.findings.is_empty() {
        // As the host has it: what could not be seen is not healthy.
        let slots = about.requires.iter().map(|it| &reading.inventory.objects[it]);
        let uncovered = slots.filter(|it| it.coverage != Coverage::Complete);
        outcome.undecided.extend(
            uncovered.map(|it| Undecided { rule: rule.to_owned(), reason: it.reason.clone() }),
        );
    }
    outcome
}

/// The settings where the user gives none.
fn defaults(pack: &Pack) -> String {
    let schema = &pack.describe().settings_schema;
    let Ok(schema) = serde_json::from_str::<serde_json::Value>(schema) else {
        return "{}".to_owned();
    };
    let properties = schema["properties"].as_object().expect("it has properties").iter();
    let defaults: serde_json::Map<_, _> =
        properties.map(|(name, it)| (name.clone(), it["default"].clone())).collect();
    serde_json::Value::Object(defaults).to_string()
}
