//! What `cargo xtask new-rule` writes is a rule: it compiles, does what its documentation and its
//! fixtures say, and quotes the names that it puts into a command.

#[path = "../../../xtask/src/new_rule/template.rs"]
mod my_problem;

use rulebox_sdk::{
    Pack,
    testing::{self, Fixture},
};

const BAD: &str = include_str!("../../../xtask/src/new_rule/bad_example.yaml");
const GOOD: &str = include_str!("../../../xtask/src/new_rule/good_example.yaml");

fn pack() -> Pack {
    Pack::new("scaffold", "0.1.0").rules(&[&my_problem::RULE])
}

#[test]
fn its_documentation_and_its_fixtures_hold() {
    testing::check_examples(&pack());
    for text in [BAD, GOOD] {
        let fixture = Fixture::parse(text).expect("a fixture");
        fixture.judge(&testing::evaluate(&pack(), "my-problem", text)).expect("what it says");
    }
}

#[test]
fn a_name_is_quoted_in_a_command() {
    let text = BAD.replace("name: web-0", "name: \"web; id\"");
    let finding = &testing::evaluate(&pack(), "my-problem", &text).findings[0];
    assert!(
        finding.remedy.contains("\n  kubectl -n default describe pod 'web; id'"),
        "{finding:?}"
    );
}
