//! What nobody writes by accident: it ends in a problem that is told, on any stack.

mod harness;

use std::fmt::Write as _;

use harness::{evaluate, load};
use rulebox_cel::{Pack, Text};

fn pack(lets: &str, when: &str) -> String {
    format!(
        "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n\
         metadata: {{name: test, version: 0.1.0}}\nneeds: {{pods: {{kind: Pod}}}}\nrules:\n\
         - id: tells\n  severity: low\n  summary: It tells\n  for: pods\n  let:\n    \
         last: \"true\"\n{lets}  when: |\n    {when}\n  message: it is\n"
    )
}

/// The first problem of a text says this.
#[track_caller]
fn check(content: &str, want: &str) {
    let text = Text { path: "pack.yaml".to_owned(), content: content.to_owned() };
    let problems = Pack::load(&[text]).expect_err("it has a problem");
    assert!(problems.len() <= 20, "{} problems", problems.len());
    let first = &problems[0];
    assert!(first.message.contains(want), "{first:?}");
}

#[test]
fn brackets_in_each_other() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{'a': ", "}"), ("!", ""), ("-", "")] {
        let nested = format!("{}1{}", open.repeat(5_000), close.repeat(5_000));
        check(&pack("", &nested), "expressions stand in each other");
    }
    check(&pack("", &format!("1{}", ".a".repeat(20_000))), "expressions stand in each other");
    check(&pack("", &format!("1{}", " + 1".repeat(10_000))), "expressions stand in each other");
    let conditions = "true ? 1 : ".repeat(5_000);
    check(&pack("", &format!("{conditions}1")), "expressions stand in each other");
    check(&pack("", &"a.all(a, ".repeat(5_000)), "expressions stand in each other");
}

#[test]
fn long_chains_are_no_depth() {
    let all = format!("true{}", " && true".repeat(5_000));
    let outcome = evaluate(
        &load(&pack("", &all)),
        "tells",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
    );
    assert_eq!(outcome.findings.len(), 1);
}

#[test]
fn a_long_expression_and_a_long_text() {
    check(&pack("", &"a".repeat(100_000)), "longer than 65536 bytes");
    check(&"#".repeat(2 << 20), "at most 1048576 bytes");
}

#[test]
fn values_that_name_each_other() {
    let mut lets = String::from("    a0: \"[last]\"\n");
    for nth in 1..150 {
        let _ = writeln!(lets, "    a{nth}: \"[[a{}]]\"", nth - 1);
    }
    check(&pack(&lets, "a149 == []"), "more than 200 expressions stand in each other");
    let many = (0..300).fold(String::new(), |lets, nth| lets + &format!("    a{nth}: last\n"));
    check(&pack(&many, "last"), "at most 200 values by name");
}

/// As deep as may be, on the stack of a test.
#[test]
fn what_is_allowed_can_be_evaluated() {
    let mut lets = String::from("    a0: \"[last]\"\n");
    for nth in 1..=60 {
        let _ = writeln!(lets, "    a{nth}: \"[a{}]\"", nth - 1);
    }
    let nested = format!("dyn({}1{}) == dyn(a60)", "[".repeat(60), "]".repeat(60));
    let pack = load(&pack(&lets, &format!("{nested} || true")));
    let outcome = evaluate(&pack, "tells", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    assert_eq!(outcome.findings.len(), 1);
}

#[test]
fn texts_that_double_themselves_end() {
    let mut lets = String::from("    a0: \"'0123456789'\"\n");
    for nth in 1..60 {
        let _ = writeln!(lets, "    a{nth}: a{0} + a{0}", nth - 1);
    }
    let pack = load(&pack(&lets, "a59 == ''"));
    let outcome = evaluate(&pack, "tells", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    assert!(outcome.undecided[0].reason.contains("a text is longer than 1048576 bytes"));
}

#[test]
fn patterns_are_bounded() {
    check(&pack("", "'a'.matches('((a{1000}){1000}){1000}')"), "it takes too much memory");
    let nested = format!("'a'.matches('{}a{}')", "(".repeat(1000), ")".repeat(1000));
    check(&pack("", &nested), "this pattern cannot be used");
}

/// What each join is found by is checked once, and not once more for each around it.
#[test]
fn joins_in_joins_are_loaded() {
    let mut when = "'a'".to_owned();
    for nth in 0..24 {
        when = format!("string(pods.exists(p{nth}, p{nth}.metadata.name == {when}))");
    }
    load(&pack("", &format!("{when} == ''")));
}

#[test]
fn yaml_that_is_deep_or_endless() {
    check(&format!("a: {}", "[".repeat(10_000)), "");
    check("a: &a [b]\nb: *a\n", "an anchor");
    check("a: *b\n", "it is no YAML");
    check("a: b\n---\nc: d\n", "another document begins here");
    check("\u{0}", "");
    check("", "the text is empty");
}
