//! The JSON Schema for editors has the keys that are read of a pack in Rego, and requires those
//! that are required.

#[path = "../../../text/tests/schema/mod.rs"]
mod check;

use rulebox_rego::{Pack, Problem, Text};

const ODD: &str = "
oddoddodd: 1
metadata: {oddoddodd: 1}
needs: {pods: {oddoddodd: 1}}
rules:
- oddoddodd: 1
- {remedy: [{oddoddodd: 1}]}
constraints: {c: {oddoddodd: 1}}
";

fn told(content: &str) -> Vec<Problem> {
    let text = Text { path: "pack.yaml".to_owned(), content: content.to_owned() };
    Pack::load(&[text]).expect_err("it has problems")
}

#[test]
fn the_schema_has_the_keys_of_the_parser() {
    let problems = check::problems("kind: RulePack\nlanguage: rego\n", ODD, told);
    check::check(&problems, "a pack", "rego");
    check::check(&problems, "`metadata`", "metadata");
    check::check(&problems, "a need", "regoNeed");
    check::check(&problems, "a rule", "regoRule");
    check::check(&problems, "a step of a remedy", "step");
    check::check(&problems, "what is said of a constraint", "regoWords");
}
