//! What policies in conftest's manner say about objects.

use crate::{PACK, judge, load, run};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, creationTimestamp: 2026-09-15T00:00:00Z}
spec: {nodeName: n1, containers: [{name: c, image: x}]}
";

/// Runs a policy over one Pod; further keys of the rule stand between both.
#[track_caller]
fn check(rule: &str, rego: &str, expected: &[&str]) {
    check_at("2026-09-15T02:30:00Z", rule, rego, expected);
}

#[track_caller]
fn check_at(as_of: &str, rule: &str, rego: &str, expected: &[&str]) {
    let pack = format!("{PACK}{rule}");
    let pack = load(&[("pack.yaml", &pack), ("policy.rego", rego)]);
    let comments: Vec<_> = expected.iter().map(|it| format!("# expect: {it}\n")).collect();
    judge(&pack, &format!("# as-of: {as_of}\n{}{POD}", comments.concat()));
}

#[test]
fn both_grammars_are_read() {
    let found = ["Pod shop/a severity=high: runs x"];
    let old = "package main\n\ndeny[msg] {\n  c := input.spec.containers[_]\n  msg := \
        sprintf(\"runs %s\", [c.image])\n}\n";
    check("", old, &found);
    let new = "package main\n\ndeny contains msg if {\n  some c in input.spec.containers\n  msg \
        := sprintf(\"runs %s\", [c.image])\n}\n";
    check("", new, &found);
    check("", &new.replace("main\n", "main\n\nimport rego.v1\n"), &found);
    let future = "package main\n\nimport future.keywords.in\n\ndeny[msg] {\n  some c in \
        input.spec.containers\n  msg := sprintf(\"runs %s\", [c.image])\n}\n";
    check("", future, &found);
}

#[test]
fn messages_are_texts_objects_or_only_true() {
    check("", "package main\ndeny contains \"wrong\"", &["Pod shop/a: wrong"]);
    let object = "package main\ndeny contains {\"msg\": \"wrong\", \"details\": {\"image\": \
        \"x\", \"of\": [\"b\", \"a\"]}}";
    check("", object, &["Pod shop/a image=x: wrong", "Pod shop/a: wrong"]);
    check("", "package main\ndeny := true", &["Pod shop/a: a pod is wrong"]);
    check("", "package main\ndeny := \"wrong\"", &["Pod shop/a: wrong"]);
    check("", "package main\ndefault deny := false", &["pass"]);
    let none = "package main\ndeny contains 7";
    check(
        "",
        none,
        &["no data: Pod shop/a: a message of `deny` (policy.rego:2:1) is neither a text nor an \
             object"],
    );
    let none = "package main\ndeny contains {\"message\": \"x\"}";
    check("", none, &["no data: a message of `deny` (policy.rego:2:1) is an object without `msg`"]);
}

#[test]
fn an_odd_message_hides_no_other() {
    let rego = "package main\ndeny contains \"wrong\"\ndeny_num contains 3\ndeny_obj contains \
        {\"message\": \"x\"}\nviolation contains {\"msg\": \"violated\"}\ndeny_error contains \
        \"y\" if time.parse_rfc3339_ns(input.metadata.name) > 0\n";
    check("", rego, &["Pod shop/a: wrong", "Pod shop/a: violated"]);
    let pack = load(&[("pack.yaml", PACK), ("policy.rego", rego)]);
    let said = run(&pack, "r", &format!("# as-of: 2026-09-15T02:30:00Z\n# expect: none\n{POD}"));
    let told: Vec<_> = said.undecided.iter().map(|it| it.reason.as_str()).collect();
    let told = told.join("\n");
    for it in [
        "Pod shop/a: policy.rego:6:49: time.parse_rfc3339_ns: the text is no time",
        "a message of `deny_num` (policy.rego:3:1) is neither a text nor an object",
        "a message of `deny_obj` (policy.rego:4:1) is an object without `msg`",
    ] {
        assert!(told.contains(it), "{told}");
    }
}

#[test]
fn all_entries_are_asked_and_those_that_warn_are_low() {
    let rego = "package main\ndeny contains \"denied\"\ndeny_more contains \"more\"\nwarn \
        contains \"warned\"\nviolation contains {\"msg\": \"violated\"}\ndenying contains \
        \"never\"\n";
    check(
        "",
        rego,
        &[
            "Pod shop/a severity=high: denied",
            "Pod shop/a severity=high: more",
            "Pod shop/a severity=low: warned",
            "Pod shop/a severity=high: violated",
        ],
    );
}

#[test]
fn an_entry_that_is_named_is_what_the_rule_is_about() {
    let rego = "package main\nwarn contains \"warned\"\n";
    check("    entry: warn\n", rego, &["Pod shop/a severity=high: warned"]);
    let rego = "package main\nbad contains \"bad\"\n";
    check("    entry: [bad]\n", rego, &["Pod shop/a severity=high: bad"]);
}

#[test]
fn a_review_has_parameters() {
    let rule = "    input: review\n    parameters: {image: x}\n";
    let rego = r#"package k
violation[{"msg": msg}] {
  input.review.object.spec.containers[_].image == input.parameters.image
  msg := sprintf("%v %v", [input.review.name, input.review.operation])
}
violation[{"msg": "no operation"}] {
  input.review.operation == ""
  input.review.kind == {"group": "", "version": "v1", "kind": "Pod"}
  input.review.namespace == "shop"
}"#;
    check(rule, rego, &["Pod shop/a: a", "Pod shop/a: no operation"]);
}

#[test]
fn words_of_a_rule_have_placeholders() {
    let rule = "    cause: It runs on {{ object.spec.nodeName }}, and {{ object.spec.x }} \
        too.\n    remedy:\n      - See {{ object.metadata.name }}.\n      - run: kubectl get pod \
        {{ object.metadata.name }}\n      - run: kubectl get node {{ object.spec.x \
        }}\n    labels: {node: \"{{ object.spec.nodeName }}\"}\n";
    check(
        rule,
        "package main\ndeny contains \"wrong\"",
        &[
            "Pod shop/a node=n1: It runs on n1, and (`object.spec.x` is not set) too.",
            "Pod shop/a: See a.",
            "Pod shop/a: kubectl get pod a",
            "Pod shop/a: A command is missing here",
        ],
    );
}

#[test]
fn details_fill_placeholders() {
    let rule = "    cause: It runs {{ details.image.name }}, {{ details.tag }}\n    remedy:\n      \
        - run: kubectl get pod {{ details.image.name }}\n";
    let rego = "package main\ndeny contains {\"msg\": \"x\", \"details\": details}\ndetails := \
        {\"image\": {\"name\": \"a b\"}}";
    check(
        rule,
        rego,
        &[
            "Pod shop/a: It runs a b, (`details.tag` is not set)",
            "Pod shop/a: kubectl get pod 'a b'",
        ],
    );
}

#[test]
fn evidence_shows_the_object() {
    let rule = "    evidence: ['spec.containers[].image', spec.nodeName, spec.x]\n";
    let pack = load(&[
        ("pack.yaml", &format!("{PACK}{rule}")),
        ("policy.rego", "package main\ndeny contains \"x\""),
    ]);
    let found = run(&pack, "r", &format!("# as-of: 2026-09-15T02:30:00Z\n# expect: none\n{POD}"));
    let shown = found.findings[0].evidence.iter().map(|it| format!("{} = {}", it.path, it.value));
    assert_eq!(shown.collect::<Vec<_>>(), ["spec.containers[0].image = x", "spec.nodeName = n1"]);
}

#[test]
fn an_error_is_no_pass() {
    let rego = "package main\ndeny contains \"x\" if json.unmarshal(input.metadata.name) == \
        1\nf(x) := 1\nf(x) := 2 if x == \"a\"\n";
    check(
        "",
        &rego.replace("json.unmarshal", "f"),
        &["no data: Pod shop/a: policy.rego:2:23: functions must not produce multiple outputs"],
    );
    let rego =
        "package main\ndeny contains \"x\" if time.parse_rfc3339_ns(input.metadata.name) > 0\n";
    check(
        "",
        rego,
        &["no data: Pod shop/a: policy.rego:2:43: time.parse_rfc3339_ns: the text is no time"],
    );
}

const OLD: &str = "package main\ndeny contains \"old\" if time.now_ns() - \
    time.parse_rfc3339_ns(input.metadata.creationTimestamp) > time.parse_duration_ns(\"2h\")\n";

#[test]
fn the_time_is_when_the_input_was_taken() {
    check_at("2026-09-15T02:30:00Z", "", OLD, &["Pod shop/a: old"]);
    check_at("2026-09-15T01:30:00Z", "", OLD, &["pass"]);
}

#[test]
fn an_age_between_its_bounds_decides_nothing() {
    check_at("2026-09-15T02:30:00Z or later", "", OLD, &["Pod shop/a: old"]);
    check_at("2026-09-15T01:30:00Z or later", "", OLD, &["no data: which asks what time it is"]);
    check_at("2026-09-15T01:30:00Z to 2026-09-15T01:40:00Z", "", OLD, &["pass"]);
    check_at("2026-09-15T01:30:00Z to 2026-09-15T02:40:00Z", "", OLD, &["no data: --as-of"]);
}

#[test]
fn that_nothing_was_found_without_what_is_consulted_is_not_known() {
    let pack = PACK.replace("rules:", "  nodes: {kind: Node}\nrules:");
    let pack = format!("{pack}    consults: [nodes]\n");
    let no_data = "no data: the policy reads the inventory, and not all of `nodes` could be seen";
    let check = |rego: &str, want: &str| {
        let rego = format!("package main\n{rego}\n");
        let pack = load(&[("pack.yaml", &pack), ("policy.rego", &rego)]);
        judge(&pack, &format!("# as-of: 2026-09-15T02:30:00Z\n# expect: {want}\n{POD}"));
    };
    let reads = "deny contains \"x\" if data.inventory.cluster.v1.Node.n1.spec.unschedulable";
    check(reads, no_data);
    check(&format!("{reads}\ndeny contains \"y\""), "Pod shop/a: y");
    check("deny contains \"x\" if input.spec.nodeName == \"n2\"", "pass");
}

/// Whether a condition on the age of the Pod counts as known between two ends that agree: as
/// nothing found.
#[track_caller]
fn check_between(rego: &str, known: bool) {
    let rego = format!(
        "package main\nborn := time.parse_rfc3339_ns(input.metadata.creationTimestamp)\nhour := \
         3600000000000\n{rego}\n"
    );
    let want = if known { "pass" } else { "no data: which asks what time it is" };
    check_at("2026-09-15T00:10:00Z to 2026-09-15T02:50:00Z", "", &rego, &[want]);
}

#[test]
fn what_may_be_true_between_the_bounds_only_is_not_known() {
    let old = "time.now_ns() - born > 3 * hour";
    check_between(&format!("deny contains \"x\" if {old}"), true);
    check_between("deny contains \"x\" if (time.now_ns() - born) / hour > 3", true);
    check_between("deny contains \"x\" if { age := time.now_ns() - born; age > 3 * hour }", true);
    check_between("age := time.now_ns() - born\ndeny contains \"x\" if age > 3 * hour", true);
    check_between(&format!("old(x) if {old}\ndeny contains \"x\" if old(1)"), true);
    check_between(
        "young if time.now_ns() - born < 3 * hour\ndeny contains \"x\" if not young",
        true,
    );
    check_between(
        "deny contains msg if {\n  age := time.now_ns() - born\n  age > 3 * hour\n  msg := \
         sprintf(\"%d\", [age])\n}",
        true,
    );
    // A window.
    check_between(
        "deny contains \"x\" if { age := time.now_ns() - born; age > hour; age < 2 * hour }",
        false,
    );
    check_between(
        "old(x) if time.now_ns() - x > hour\ndeny contains \"x\" if { old(born); not old(born + \
         hour) }",
        false,
    );
    check_between(
        "deny contains \"x\" if count([1 | some x in [0, 1]; time.now_ns() - born > (x + 1) * \
         hour]) == 1",
        false,
    );
    // A calendar.
    check_between("deny contains \"x\" if time.clock(time.now_ns())[0] == 1", false);
    check_between("deny contains \"x\" if time.weekday(time.now_ns()) == \"Monday\"", false);
    check_between("deny contains \"x\" if time.now_ns() % 2 == 3", false);
}

#[test]
fn a_calendar_and_an_exact_time() {
    let rego = "package main\ndeny contains \"x\" if time.clock(time.now_ns())[0] == 2\n";
    check_at("2026-09-15T02:30:00Z", "", rego, &["Pod shop/a: x"]);
    check_at("2026-09-15T03:30:00Z", "", rego, &["pass"]);
    check_at("2026-09-15T01:30:00Z or later", "", rego, &["no data: --as-of"]);
}

/// The fingerprint of the only finding of a policy, but for its pack.
#[track_caller]
fn known_by(as_of: &str, rule: &str, rego: &str) -> Vec<String> {
    let pack = format!("{PACK}{rule}");
    let pack = load(&[("pack.yaml", &pack), ("policy.rego", rego)]);
    let found = run(&pack, "r", &format!("# as-of: {as_of}\n# expect: none\n{POD}")).findings;
    let [found] = &found[..] else { panic!("one finding: {found:?}") };
    rulebox_core::fingerprint_parts("p", found, 0)
}

#[test]
fn what_is_wrong_is_a_part_of_the_fingerprint() {
    let says = |message: &str| {
        let rego = format!("package main\ndeny contains {message}");
        known_by("2026-09-15T02:30:00Z", "", &rego)
    };
    assert_ne!(says("\"port 80 is open\""), says("\"port 22 is open\""));
    let own = |message: &str| {
        says(&format!("{{\"msg\": \"{message}\", \"details\": {{\"problem\": \"restarts\"}}}}"))
    };
    assert_eq!(own("17 restarts"), own("18 restarts"));
    let labels = "    labels: {problem: '{{ object.spec.nodeName }}'}\n";
    let of_node = |message: &str| {
        let rego = format!("package main\ndeny contains \"{message}\"");
        known_by("2026-09-15T02:30:00Z", labels, &rego)
    };
    assert_eq!(of_node("17 restarts"), of_node("18 restarts"));
}

#[test]
fn an_age_is_no_part_of_the_fingerprint() {
    let rego = "package main\ndeny contains sprintf(\"%d hours old\", [floor((time.now_ns() - \
        time.parse_rfc3339_ns(input.metadata.creationTimestamp)) / 3600000000000)])\n";
    let at = |time: &str| known_by(time, "", rego);
    assert_eq!(at("2026-09-15T02:30:00Z"), at("2026-09-15T12:30:00Z"));
}

#[test]
fn libraries_are_seen() {
    let pack = load(&[
        ("pack.yaml", PACK),
        ("lib/text.rego", "package lib.text\nshout(x) := upper(x)\n"),
        (
            "policy.rego",
            "package main\nimport data.lib.text as t\ndeny contains t.shout(\"loud\")\n",
        ),
        ("policy_test.rego", "package main_test\nthis is no Rego"),
    ]);
    judge(&pack, &format!("# as-of: 2026-09-15T02:30:00Z\n# expect: Pod shop/a: LOUD\n{POD}"));
}
