//! Packs in Rego as an author writes them: what is wrong with one, and what one says.

mod evaluates;
mod example;
mod functions;
mod gatekeeper;
mod given;
mod hostile;
mod idioms;
mod problems;
mod schema;
mod tutorial;

use rulebox_core::{Coverage, Moment};
use rulebox_rego::{Pack, Text};
use rulebox_sdk::testing::{self, Fixture, Outcome, Store};

/// A pack of one rule over Pods, `r`; further keys of the rule may follow it.
const PACK: &str = "\
apiVersion: rulebox.dev/v1alpha1
kind: RulePack
language: rego
metadata: {name: p, version: 0.1.0}
needs:
  pods: {kind: Pod}
rules:
  - id: r
    severity: high
    summary: A pod is wrong
    for: pods
";

/// The files of a pack, `pack.yaml` first.
fn texts(files: &[(&str, &str)]) -> Vec<Text> {
    let text = |(path, content): &(&str, &str)| Text {
        path: (*path).to_owned(),
        content: (*content).to_owned(),
    };
    files.iter().map(text).collect()
}

#[track_caller]
fn load(files: &[(&str, &str)]) -> Pack {
    Pack::load(&texts(files)).unwrap_or_else(|it| panic!("{it:#?}"))
}

/// Runs a rule over YAML as the host does.
fn run(pack: &Pack, rule: &str, yaml: &str) -> Outcome {
    let fixture = Fixture::parse(yaml).unwrap_or_else(|it| panic!("{it}"));
    let info = pack.describe();
    let reading = testing::read(info.needs.clone(), yaml);
    let as_of: Moment = fixture.as_of.unwrap_or_else(|| reading.captured());
    let store = Store::new(&reading.inventory, "");
    let settings = fixture.settings.as_deref().unwrap_or("{}");
    pack.evaluate(&store, as_of, settings, &[rule.to_owned()]).unwrap_or_else(|it| panic!("{it}"));
    let mut outcome = store.into_outcome();
    let about = info.rules.iter().find(|it| it.id == rule).expect("it was evaluated");
    if outcome.findings.is_empty() {
        let uncovered = about.requires.iter().map(|it| &reading.inventory.objects[it]);
        let uncovered = uncovered.filter(|it| it.coverage != Coverage::Complete);
        outcome.undecided.extend(
            uncovered.map(|it| rulebox_sdk::Undecided {
                rule: rule.to_owned(),
                reason: it.reason.clone(),
            }),
        );
    }
    outcome
}

/// Runs the only rule of a pack over YAML that says in comments what is expected.
#[track_caller]
fn judge(pack: &Pack, yaml: &str) {
    let rule = &pack.describe().rules[0].id;
    let fixture = Fixture::parse(yaml).unwrap_or_else(|it| panic!("{it}"));
    fixture.judge(&run(pack, rule, yaml)).unwrap_or_else(|it| panic!("{it}"));
}
