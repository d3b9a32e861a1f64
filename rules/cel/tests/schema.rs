//! The JSON Schema for editors has the keys that the parser knows, and requires those that it
//! requires.

#[path = "../../text/tests/schema/mod.rs"]
mod schema;

use rulebox_cel::{Pack, Problem, Text};

const ODD: &str = "
oddoddodd: 1
metadata: {oddoddodd: 1}
needs: {pods: {oddoddodd: 1}}
rules:
- oddoddodd: 1
- {remedy: [{oddoddodd: 1}], evidence: [{oddoddodd: 1}]}
metrics: [{oddoddodd: 1}]
";

fn told(content: &str) -> Vec<Problem> {
    let text = Text { path: "pack.yaml".to_owned(), content: content.to_owned() };
    Pack::load(&[text]).expect_err("it has problems")
}

/// The pack of the guide has no problem.
#[test]
fn the_pack_of_the_guide_can_be_loaded() {
    let guide = include_str!("../../../host/docs/src/guide/packs-as-yaml.md");
    let pack = guide.split("```yaml\n").nth(1).and_then(|it| it.split("```").next());
    let content = pack.expect("there is one").to_owned();
    let text = Text { path: "pack.yaml".to_owned(), content };
    let pack = Pack::load(&[text]).unwrap_or_else(|it| panic!("{it:#?}"));
    assert_eq!(pack.describe().needs.objects[0].fields, ["spec.containers[].image"]);
}

#[test]
fn the_schema_has_the_keys_of_the_parser() {
    let problems = schema::problems("kind: RulePack\n", ODD, told);
    schema::check(&problems, "a pack", "cel");
    schema::check(&problems, "`metadata`", "metadata");
    schema::check(&problems, "a need", "need");
    schema::check(&problems, "a rule", "rule");
    schema::check(&problems, "a step of a remedy", "step");
    schema::check(&problems, "a piece of evidence", "evidence");
    schema::check(&problems, "a metric", "metric");
}
