//! What a policy reads and is not given is told when the pack is loaded.

use rulebox_rego::Pack;

use crate::{PACK, texts};

#[track_caller]
fn told(pack: &str, rego: &str) -> Vec<String> {
    let rego = format!("package main\n{rego}\n");
    let problems = Pack::load(&texts(&[("pack.yaml", pack), ("p.rego", &rego)]));
    let problems = problems.err().unwrap_or_default();
    problems
        .iter()
        .map(|it| format!("{}:{}: {}; {}", it.line, it.column, it.message, it.help))
        .collect()
}

/// A policy over Pods of these fields, and what is told of it, each by a part of it.
#[track_caller]
fn check(fields: &str, rego: &str, want: &[&str]) {
    let pack = match fields {
        "" => PACK.to_owned(),
        _ => PACK.replace("{kind: Pod}", &format!("{{kind: Pod, fields: [{fields}]}}")),
    };
    check_pack(&pack, rego, want);
}

#[track_caller]
fn check_pack(pack: &str, rego: &str, want: &[&str]) {
    let told = told(pack, rego);
    let fits =
        told.len() == want.len() && told.iter().zip(want).all(|(it, want)| it.contains(want));
    assert!(fits, "{told:#?}\n{want:#?}");
}

const IMAGE: &str = "'spec.containers[].image'";

#[test]
fn fields_are_followed_through_rules() {
    let set = "containers contains c if { c := input.spec.containers[_] }\n";
    let not_there = "2:30: no field of the need `pods` gives the policy \
                     `input.spec.containers[_].securityContext.privileged`";
    let reads = |it: &str| format!("deny contains \"x\" if {it}\n{set}");
    let not_there = &not_there[5..];
    for it in [
        "{ containers[c]; c.securityContext.privileged }",
        "{ some c in containers; c.securityContext.privileged }",
        "containers[_].securityContext.privileged",
        "count([c | containers[c]; c.securityContext.privileged]) > 0",
        "{ all := [c | some c in containers]; all[_].securityContext.privileged }",
        "{ all := array.concat(input.spec.containers, []); all[_].securityContext.privileged }",
        "{ every c in containers { c.securityContext.privileged } }",
        "{ {\"a\": c} := {\"a\": input.spec.containers[_]}; c.securityContext.privileged }",
        "{ [c, _] := [input.spec.containers[_], 1]; c.securityContext.privileged }",
    ] {
        check(IMAGE, &reads(it), &[not_there]);
        check("spec.containers", &reads(it), &[]);
        check("", &reads(it), &[]);
    }
    check(IMAGE, &reads("{ containers[c]; c.image == \"x\" }"), &[]);
    check(IMAGE, &reads("count(containers) > 1"), &[]);
    check(IMAGE, &reads("count(input.spec.containers) > 1"), &[]);
}

#[test]
fn fields_are_followed_through_functions() {
    let rego = "deny contains \"x\" if { some c in input.spec.containers; bad(c) }\nbad(c) if \
        c.securityContext.privileged";
    check(IMAGE, rego, &["3:11: no field of the need"]);
    let rego = "deny contains \"x\" if bad(input.spec)\nbad(s) if s.hostPID";
    check("spec.hostIPC", rego, &["gives the policy `input.spec.hostPID`"]);
    check("spec.hostPID", rego, &[]);
    let rego = "deny contains \"x\" if of(input).hostPID\nof(o) := o.spec";
    check("spec.hostIPC", rego, &["gives the policy `input.spec.hostPID`"]);
    let rego = "spec := input.spec\ndeny contains \"x\" if spec.hostPID";
    check("spec.hostIPC", rego, &["gives the policy `input.spec.hostPID`"]);
    let rego = "deny contains \"x\" if { spec := input.spec; not spec.nodeName }";
    check("spec.hostIPC", rego, &["gives the policy `input.spec.nodeName`"]);
    let rego = "import data.main.spec as s\nspec := input.spec\ndeny contains \"x\" if s.hostPID";
    check("spec.hostIPC", rego, &["gives the policy `input.spec.hostPID`"]);
}

#[test]
fn fields_are_followed_through_functions_of_rego() {
    let rego = "deny contains \"x\" if object.get(input, [\"spec\", \"hostPID\"], false)";
    check("spec.hostIPC", rego, &["gives the policy `input.spec.hostPID`"]);
    check("spec.hostPID", rego, &[]);
    let rego = "deny contains \"x\" if { s := object.get(input, \"spec\", {}); s.hostPID }";
    check("spec.hostIPC", rego, &["gives the policy `input.spec.hostPID`"]);
    check("spec.hostPID", rego, &[]);
}

#[test]
fn parts_that_are_taken_whole_are_named_whole() {
    let only = "the fields of the need `pods` give only parts of";
    for (of, it) in [
        ("spec", "contains(json.marshal(input.spec), \"host\")"),
        ("spec", "{ walk(input.spec, [_, v]); v == 1 }"),
        ("spec", "input.spec == {}"),
        ("spec", "{ some k; input.spec[k] == 1 }"),
        ("spec", "{ some k, v in input.spec; v == 1 }"),
        ("spec", "count(input.spec) == 1"),
        ("spec", "input.spec"),
        ("spec", "bad(input.spec)\nbad(x) if x == 1"),
    ] {
        let rego = format!("deny contains \"x\" if {it}");
        check("spec.hostPID", &rego, &[only]);
        check(of, &rego, &[]);
        check("", &rego, &[]);
    }
    check("spec.hostPID", "deny contains {\"msg\": \"x\", \"details\": input.spec}", &[only]);
    check("spec.hostPID", "deny contains \"x\" if { walk(input, [_, v]); v == 1 }", &[only]);
    check("metadata.labels", "deny contains \"x\" if { some k; input.metadata.labels[k] }", &[]);
    let with = "deny contains \"x\" if bad with input as input.spec\nbad if input.hostPID";
    check("spec.hostPID", with, &["cannot be followed"]);
    check("", with, &[]);
}

#[test]
fn what_another_kind_has_is_no_loss() {
    let pack = PACK
        .replace(
            "{kind: Pod}",
            "{kind: Pod, fields: [spec.hostPID]}\n  deployments: {group: apps, \
                 kind: Deployment, fields: [spec.template.spec.hostPID]}",
        )
        .replace("for: pods", "for: [pods, deployments]");
    let rego = "deny contains \"x\" if input.spec.hostPID\ndeny contains \"x\" if \
        input.spec.template.spec.hostPID";
    check_pack(&pack, rego, &[]);
    check_pack(&pack, &rego.replace("hostPID", "hostIPC"), &["hostIPC", "hostIPC"]);
}

#[test]
fn another_shape_of_input() {
    let of = |it: &str| format!("deny contains \"x\" if {it}");
    let object = "the input is the object, and has no";
    check("", &of("input.review.object.spec.hostPID"), &[object]);
    check("", &of("input.parameters.a"), &[object]);
    check("", &of("input.request.object.spec"), &[object]);
    check("", &of("input[_].contents.spec"), &["no list of files"]);
    check("", &of("object.get(input, \"review\", {}).object.spec"), &[]);
    let review = format!("{PACK}    input: review\n");
    let has = "the input is a review, and has no `spec`";
    check_pack(&review, &of("input.spec.hostPID"), &[has]);
    check_pack(&review, &of("input.review.object.spec.hostPID"), &[]);
    check_pack(&review, &of("input.review.kind.kind == \"Pod\""), &[]);
    check_pack(&review, &of("input.parameter.a"), &["did you mean `parameters`?"]);
    check_pack(&review, &of("input.review.kind == \"Pod\""), &[]);
    check_pack(&review, &of("input.review.kind.name"), &["`input.review.kind` has no `name`"]);
    let custom = PACK.replace("{kind: Pod}", "{group: a.example, kind: Thing}");
    check_pack(&custom, &of("input.review.object.spec"), &[object]);
    check_pack(&custom, &of("input.anything.x"), &[]);
    let both =
        "object := input if not input.review\nobject := input.review.object if input.review\n";
    check("", &format!("{both}{}", of("object.spec.hostPID")), &[]);
}

#[test]
fn what_no_audit_gives() {
    let review = format!("{PACK}    input: review\n");
    for it in [
        "namespaceObject.metadata.labels.a",
        "_unstable.namespace",
        "userInfo.username",
        "oldObject.spec",
        "options.x",
        "dryRun",
    ] {
        let rego = format!("deny contains \"x\" if input.review.{it}");
        check_pack(&review, &rego, &["Gatekeeper's audit gives no `input.review."]);
    }
    let rego = "deny contains \"x\" if input.review.objekt.spec";
    check_pack(&review, rego, &["did you mean `object`?"]);
    check_pack(&review, "deny contains \"x\" if input.review.operation == \"UPDATE\"", &[]);
}

#[test]
fn fields_that_no_object_has() {
    let of = |it: &str| format!("deny contains \"x\" if {it}");
    check("", &of("input.spec.containers[_].securtyContext"), &["did you mean `securityContext`?"]);
    check("", &of("not input.Spec"), &["did you mean `spec`?"]);
    check("", &of("input.spec.containers.image"), &["lists are followed by `[_]`"]);
    check("", &of("object.get(input.spec, \"newField\", false)"), &[]);
    check("", &of("input.spec.containers[_].resources.limits.memory == \"1\""), &[]);
    check("", &of("input.metadata.labels[\"a.example/b\"] == \"1\""), &[]);
    check("", &of("input.metadata.annotations[_] == \"1\""), &[]);
    check("", &of("input.spec[_].image == \"1\""), &[]);
    let rego = "bad(c) if c.securtyContext\ndeny contains \"x\" if bad(input.spec.containers[_])";
    check("", rego, &["2:11: there is no `input.spec.containers[_].securtyContext`"]);
    let rego =
        "f(x) := x.image\ndeny contains \"x\" if f(input.spec.containers[_]) == f(input.spec)";
    check("", rego, &[]);
    let custom = PACK.replace("{kind: Pod}", "{group: a.example, kind: Pod}");
    check_pack(&custom, &of("input.spec.containers[_].securtyContext"), &[]);
    let review = format!("{PACK}    input: review\n");
    check_pack(&review, &of("input.review.object.spec.hostPid"), &["did you mean `hostPID`?"]);
}

#[test]
fn kinds_that_are_not_judged() {
    let of = |it: &str| format!("deny contains \"x\" if {it}");
    let none = "no object that the rule `r` judges is of the kind";
    check("", &of("input.kind == \"Deployment\""), &[none]);
    check("", &of("{ \"pod\" == input.kind; true }"), &["did you mean `Pod`?"]);
    check("", &of("{ input.kind in {\"Job\", \"CronJob\"}; true }"), &[none]);
    check("", &of("input.kind == \"Pod\""), &[]);
    check("", &of("{ input.kind in {\"Job\", \"Pod\"}; true }"), &[]);
    check("", &of("not input.kind == \"Deployment\""), &[]);
    let helper = "spec := input.spec if input.kind == \"Pod\"\nspec := input.spec.template.spec if \
        input.kind == \"Deployment\"\ndeny contains \"x\" if spec.hostPID";
    check("", helper, &[]);
    let helpers = "is_pod if input.kind == \"Pod\"\nis_job if input.kind == \"Job\"\nspec := \
        input.spec if is_pod\nspec := input.spec.template.spec if is_job\n";
    check("", &format!("{helpers}{}", of("spec.hostPID")), &[]);
    check("", &format!("{helpers}{}", of("not is_job")), &[]);
    check("", &format!("{helpers}{}", of("is_job")), &[none]);
    let function = format!("{helpers}f(x) if is_job\n{}", of("f(input.spec)"));
    check("", &function, &[none]);
    check("", &of("count([1 | input.kind == \"Job\"]) == 0"), &[]);
    let review = format!("{PACK}    input: review\n");
    check_pack(&review, &of("input.review.kind.kind == \"Job\""), &[none]);
}

#[test]
fn paths_of_the_inventory() {
    let pack = PACK.replace("rules:", "  services: {kind: Service}\n  nodes: {kind: Node}\nrules:");
    let pack = format!("{pack}    inventory: [services, nodes]\n");
    let check = |path: &str, want: &[&str]| {
        check_pack(&pack, &format!("deny contains \"x\" if data.inventory.{path}"), want);
    };
    check("namespace[_][\"v1\"][\"Service\"][_]", &[]);
    check("namespace[_][_].Service[_]", &[]);
    check("cluster[\"v1\"].Node.n", &[]);
    check("cluster[_][_][_]", &[]);
    let holds = "the inventory holds Service, Node";
    check("namespace[_][\"apps/v1\"][\"Deployment\"][_]", &[holds]);
    check("namespace[_].v1.Deployment[_]", &[holds]);
    check("namespace[_][\"core/v1\"].Service[_]", &[holds]);
    check("namespace[_].Service.v1", &[holds]);
    check("namespaces[_].v1.Service[_]", &["write `namespace`"]);
    check("cluster.v1.Service.a", &["such objects stand in namespaces"]);
    check("namespace[_].v1.Node[_]", &["such objects stand in no namespace"]);
}

#[test]
fn fields_of_the_inventory() {
    let of = "  services: {kind: Service, fields: [spec.selector]}\nrules:";
    let pack = format!("{}    inventory: [services]\n", PACK.replace("rules:", of));
    let check = |rego: &str, want: &[&str]| {
        check_pack(&pack, &format!("deny contains \"x\" if {rego}"), want);
    };
    check("data.inventory.namespace[_].v1.Service[_].spec.selector.app == \"a\"", &[]);
    check("data.inventory.namespace[_][_].Service[_].metadata.name == \"a\"", &[]);
    check(
        "data.inventory.namespace[_].v1.Service[_].spec.type == \"a\"",
        &["no field of the need `services` gives the policy"],
    );
    check(
        "{ s := data.inventory.namespace[_].v1.Service[_]; s.spec.type == \"a\" }",
        &["no field of the need `services` gives the policy"],
    );
    check(
        "{ s := data.inventory.namespace[_].v1.Service[_]; s.spec.selctor == {} }",
        &["did you mean `selector`?"],
    );
    check("contains(json.marshal(data.inventory), \"a\")", &["only parts of `data.inventory`"]);
}

#[test]
fn other_ways_of_parts() {
    let not_there = "gives the policy `input.spec.hostPID`";
    for rego in [
        "deny contains \"x\" if { f(input.spec, s); s.hostPID }\nf(x) := x",
        "deny contains \"x\" if { s = input.spec; s.hostPID }",
        "deny contains \"x\" if {\"a\": input.spec}.a.hostPID",
        "deny contains \"x\" if input[\"spec\"][\"hostPID\"]",
        "deny contains \"x\" if data.main.spec.hostPID\nspec := input.spec",
        "deny contains \"x\" if by.a.hostPID\nby[k] := v if { k := \"a\"; v := input.spec }",
        "deny contains \"x\" if by.a.hostPID\nby.a := input.spec",
        "deny contains \"x\" if f([input.spec, 1])\nf([s, _]) if s.hostPID",
        "deny contains \"x\" if f({\"s\": input.spec})\nf({\"s\": s}) if s.hostPID",
        "deny contains \"x\" if { some s in {input.spec}; s.hostPID }",
        "deny contains \"x\" if { s := object.union(input.spec, {}); s.hostPID }",
        "deny contains \"x\" if { input.spec.hostPID = true }",
        "deny contains \"x\" if { true == input.spec.hostPID }",
        "deny contains \"x\" if of.hostPID\nof := {} if input.spec.hostIPC\nelse := input.spec",
        "deny contains \"x\" if { x := input; y := x.spec; z := y.hostPID; z }",
        "deny contains \"x\" if count({s | s := input.spec; s.hostPID}) > 0",
        "deny contains \"x\" if { not f(input.spec) }\nf(s) if not s.hostPID",
        "import input.spec as s\ndeny contains \"x\" if s.hostPID",
        "import input.spec\ndeny contains \"x\" if spec.hostPID",
        "deny contains \"x\" if g(input)\ng(o) if f(o.spec)\nf(s) if s.hostPID",
    ] {
        check("spec.hostIPC", rego, &[not_there]);
        check("spec.hostIPC, spec.hostPID", rego, &[]);
    }
}
