//! Packs that mean harm: each ends in a problem with words. What takes time or memory while it is
//! evaluated is the sandbox's to end.

use rulebox_rego::Pack;

use crate::{PACK, texts};

/// The first problem of a policy.
#[track_caller]
fn check(rego: &str, want: &str) {
    let problems = Pack::load(&texts(&[("pack.yaml", PACK), ("p.rego", rego)])).err();
    let first = problems.expect("a problem").into_iter().next().expect("at least one");
    assert!(first.message.contains(want), "{}:{}: {}", first.line, first.column, first.message);
}

#[test]
fn expressions_in_each_other() {
    check(&format!("package main\ndeny := {}1{}", "(".repeat(500), ")".repeat(500)), "too deep");
    check(&format!("package main\ndeny := {}1", "-".repeat(900)), "follow each other");
}

#[test]
fn lists_in_each_other() {
    for (open, close) in [("[", "]"), ("{", "}")] {
        let nested = |it: usize| format!("{}1{}", open.repeat(it), close.repeat(it));
        check(&format!("package main\ndeny := {}", nested(13)), "brackets and braces are open");
        let deep = format!("package main\ndeny := {}", nested(8));
        assert!(Pack::load(&texts(&[("pack.yaml", PACK), ("p.rego", &deep)])).is_ok());
    }
}

#[test]
fn long_chains() {
    check(&format!("package main\ndeny := 1{}", "+1".repeat(300)), "follow each other");
    check(&format!("package main\ndeny := 1{}", " +\n 1".repeat(5000)), "follow each other");
    check(&format!("package main\ndeny := 1{}", "\n + 1".repeat(5000)), "follow each other");
    check(&format!("package main\ndeny := input{}", ".a".repeat(400)), "follow each other");
    check(&format!("package main\ndeny := input{}", "[\"a\"]".repeat(250)), "follow each other");
}

#[test]
fn long_texts() {
    check(&format!("package main\ndeny := [{}1]", "1, ".repeat(500)), "column");
    check(&format!("package main\n{}", "\n".repeat(30_000)), "line");
    check(&format!("package main\n# {}", "x\n# ".repeat(200_000)), "at most");
}

#[test]
fn rules_that_ask_themselves() {
    let rego = "package main\ndeny contains x if x := deny\n";
    let pack = Pack::load(&texts(&[("pack.yaml", PACK), ("p.rego", rego)]));
    let pack = pack.unwrap_or_else(|it| panic!("{it:#?}"));
    crate::judge(
        &pack,
        "# as-of: 2026-09-15T02:30:00Z\n# expect: no data: recursion\napiVersion: v1\nkind: \
         Pod\nmetadata: {name: a}\n",
    );
}

#[test]
fn text_of_other_kinds() {
    check("", "expecting");
    check("\u{0}\u{1}", "");
    check("package main\ndeny contains \"\\", "");
    check("package main\ndeny contains `", "");
}
