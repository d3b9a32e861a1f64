//! What is wrong with a pack: where, what, and what to do.

use rulebox_rego::Pack;

use crate::{PACK, texts};

#[track_caller]
fn check_files(files: &[(&str, &str)], want: &[&str]) {
    let problems = Pack::load(&texts(files)).err().unwrap_or_default();
    let told: Vec<_> = problems
        .iter()
        .map(|it| format!("{}:{}:{}: {}; {}", it.path, it.line, it.column, it.message, it.help))
        .collect();
    assert_eq!(told, want);
}

/// A pack of one rule, and one policy.
#[track_caller]
fn check(rego: &str, want: &[&str]) {
    check_files(&[("pack.yaml", PACK), ("p.rego", rego)], want);
}

/// Further keys of the rule, over a policy without a problem.
#[track_caller]
fn check_rule(keys: &str, want: &[&str]) {
    let pack = format!("{PACK}{keys}");
    check_files(&[("pack.yaml", &pack), ("p.rego", "package main\ndeny contains \"x\"\n")], want);
}

#[test]
fn the_grammar() {
    check(
        "package main\ndeny contains msg if {\n  msg := 1 +\n}\n",
        &["p.rego:3:7: expecting `}` while parsing set; correct the Rego: `opa check` says more"],
    );
    check(
        "package main\ndeny contains \"x\" if true\n\ndeny contains if true\n",
        &["p.rego:4:15: unexpected keyword `if`; correct the Rego: `opa check` says more"],
    );
    check(
        "deny := 1",
        &["p.rego:1:1: expecting `package` Missing package declaration; correct the Rego: `opa \
             check` says more"],
    );
}

#[test]
fn names_that_mean_nothing() {
    check(
        "package main\ndeny contains x if y\n",
        &["p.rego:2:20: use of undefined variable `y` is unsafe; correct the Rego: `opa check` \
             says more"],
    );
    check(
        "package main\ndeny contains \"x\" if upperr(\"a\") == \"A\"\n",
        &["p.rego:2:22: there is no function `upperr`; did you mean `upper`?"],
    );
}

#[test]
fn functions_that_are_refused() {
    check(
        "package main\n\ndeny contains \"x\" if {\n  http.send({}).status == 200\n}\n",
        &["p.rego:4:3: `http.send` would use the network, and a pack has none; make what it \
             asks for a \
         setting of the pack: `data.settings.name`"],
    );
    check(
        "package main\ndeny contains \"x\" if rand.intn(\"a\", 2) == 1\n",
        &["p.rego:2:22: `rand.intn` answers differently each time, and the same input gives \
             the same \
         report here; make it follow from the object"],
    );
    check(
        "package main\ndeny contains \"x\" if opa.runtime().env.X == \"1\"\n",
        &["p.rego:2:22: `opa.runtime` there is no OPA, and no environment, around it; make \
             what it asks \
         for a setting of the pack: `data.settings.name`"],
    );
    check(
        "package main\ndeny contains \"x\" if external_data({}).errors\n",
        &["p.rego:2:22: `external_data` would use the network, and a pack has none; make what \
             it asks \
         for a setting of the pack: `data.settings.name`"],
    );
    check(
        "package main\ndeny contains \"x\" if crypto.sha256(\"a\") == \"b\"\n",
        &["p.rego:2:22: `crypto.sha256` is not known to this interpreter; leave the check of \
         certificates and digests to another tool"],
    );
}

#[test]
fn a_function_of_the_same_name_is_the_authors() {
    check("package main\nany(x) := x[0]\ndeny contains \"x\" if any([true])\n", &[]);
    check(
        "package main\nimport data.lib.http\ndeny contains \"x\" if http.send(1)\n",
        &["p.rego:2:8: there is nothing at `data.lib.http`; put the file of its package into \
             the folder; \
         data that is given to a policy is a setting, `data.settings.name`"],
    );
}

#[test]
fn rules_that_a_package_does_not_have() {
    let with = |it: &str| format!("package main\nhelper := 1\ndeny contains \"x\" if {it}\n");
    check(&with("data.main.helper == 1"), &[]);
    check(&with("data.main[input.kind]"), &[]);
    let wrong = "the package `data.main` has no rule `helpr`; did you mean `helper`?";
    check(&with("data.main.helpr"), &[&format!("p.rego:3:22: {wrong}")]);
    let rego = "package main\nimport data.lib.t\ndeny contains \"x\" if t.nothing(1)\n";
    check_files(
        &[("pack.yaml", PACK), ("l.rego", "package lib.t\nf(x) := x"), ("p.rego", rego)],
        &["p.rego:3:22: the package `data.lib.t` has no rule `nothing`; define it there"],
    );
    let rego = rego.replace("nothing", "f");
    check_files(
        &[("pack.yaml", PACK), ("l.rego", "package lib.t\nf(x) := x"), ("p.rego", &rego)],
        &[],
    );
}

#[test]
fn a_walk_that_finds_nothing() {
    let wrong = "`walk` takes what it finds as its second argument here; write `walk(input, [path, \
        value])`";
    let with = |it: &str| format!("package main\ndeny contains \"x\" if {{ {it}; v == \"7\" }}\n");
    check(&with("[_, v] := walk(input)"), &[&format!("p.rego:2:34: {wrong}")]);
    check(&with("some [_, v] in walk(input)"), &[&format!("p.rego:2:39: {wrong}")]);
    check(&with("walk(input, [_, v])"), &[]);
}

#[test]
fn a_function_that_is_asked() {
    check(
        "package main\ndeny(x) := \"m\" if x\n",
        &["p.rego:2:1: `deny` is a function, and is asked without an argument; write a rule \
             without arguments, `contains msg if { … }`, or name another one in `entry`"],
    );
}

#[test]
fn imports_that_are_not_there() {
    let help = "import packages, `data.lib.text`, or `rego.v1`";
    let with = |it: &str| format!("package main\nimport {it}\ndeny contains \"x\" if input\n");
    check(&with("rego.v2"), &[&format!("p.rego:2:8: `rego.v2` cannot be imported; {help}")]);
    check(&with("rego.v1"), &[]);
    check(&with("input.spec as s"), &[]);
}

#[test]
fn a_policy_that_nobody_asks() {
    check("package main\ndeny contains \"x\"\n", &[]);
    let other = [
        ("pack.yaml", PACK),
        ("a.rego", "package main\ndeny contains \"x\""),
        ("b.rego", "package other\n\nwarn contains \"x\""),
    ];
    check_files(
        &other,
        &["pack.yaml:8:9: it is not known which package the rule means; write `package:` main \
             or other"],
    );
    let main = format!("{PACK}    package: main\n");
    let files = [("pack.yaml", main.as_str()), other[1], other[2]];
    check_files(
        &files,
        &["b.rego:3:1: no rule of pack.yaml asks `other.warn`; name its package in a rule of \
             pack.yaml: \
         `package: other`"],
    );
    check(
        "package main\ndeny contains \"x\"\nexception contains [\"x\"]\n",
        &["p.rego:3:1: exceptions of conftest are not applied; write them into the policy, or \
             suppress \
         what is found in the configuration"],
    );
    check(
        "package main\ndeny contains \"x\"\ndeny__y contains \"y\"\n",
        &["p.rego:3:1: `deny__y` is no entry for conftest, and nobody asks it; write letters and \
             digits behind each `_`, `deny_name`, or name it in `entry` of a rule; call it \
             otherwise if another rule asks it"],
    );
    check(
        "package main\nallow := true\n",
        &["pack.yaml:8:9: the package `main` has no deny, violation or warn; name the rule \
             that says \
         what is wrong: `entry: …`"],
    );
    check_files(
        &[("pack.yaml", PACK)],
        &["pack.yaml:8:9: the pack has no Rego; put it beside pack.yaml, in a file *.rego"],
    );
}

#[test]
fn an_inventory_that_nobody_fills() {
    check(
        "package main\ndeny contains \"x\" if data.inventory.cluster.v1.Node\n",
        &["p.rego:2:22: the rule `r` reads `data.inventory`, and names nothing for it; name in \
         `inventory` the needs that it compares with, or in `consults` those that only add"],
    );
}

#[test]
fn keys_of_a_rule() {
    check_rule(
        "    packge: main\n",
        &["pack.yaml:12:5: a rule has no key `packge`; did you mean `package`?"],
    );
    check_rule(
        "    package: mian\n",
        &["pack.yaml:12:14: there is no package `mian`; did you mean `main`?"],
    );
    check_rule(
        "    entry: violation\n",
        &["pack.yaml:12:12: the package `main` has no rule `violation`; name one that it has: \
             deny, \
         violation or warn"],
    );
    check_rule(
        "    input: revue\n",
        &["pack.yaml:12:12: `input` cannot be `revue`; write one of object, review"],
    );
    check_rule(
        "    parameters: {a: 1}\n",
        &["pack.yaml:12:17: `parameters` are for rules whose input is a review; write `input: \
             review`, \
         or make a setting of it: `data.settings.name`"],
    );
    check_rule(
        "    inventory: [nodes]\n",
        &["pack.yaml:12:17: the pack has no need `nodes`; its needs are `pods`"],
    );
}

/// A policy, and the words of a rule, over a need of these fields.
#[track_caller]
fn check_fields(fields: &str, rego: &str, keys: &str, want: &[&str]) {
    let pack = PACK.replace("{kind: Pod}", &format!("{{kind: Pod, fields: [{fields}]}}"));
    let pack = format!("{pack}{keys}");
    check_files(&[("pack.yaml", &pack), ("p.rego", &format!("package main\n{rego}\n"))], want);
}

#[test]
fn fields_that_the_kind_does_not_have() {
    let rego = "deny contains \"x\" if input.spec.containers[_].resources";
    check_fields(
        "spec.containers.resources",
        rego,
        "",
        &["pack.yaml:6:30: `spec.containers.resources` is no path of the object; see `kubectl \
             explain`; lists are followed by `[]`"],
    );
    check_fields(
        "\"spec.contianers[].resources\"",
        rego,
        "",
        &["pack.yaml:6:31: `spec.contianers[].resources` is no path of the object; did you mean \
             `containers`?"],
    );
}

#[test]
fn what_no_field_gives() {
    let labels = "deny contains \"x\" if not input.metadata.labels.a";
    check_fields("metadata.labels", labels, "", &[]);
    check_fields("\"metadata.labels.a\"", labels, "", &[]);
    check_fields(
        "spec",
        labels,
        "",
        &["p.rego:2:26: no field of the need `pods` gives the policy `input.metadata.labels.a`; \
             add it to the `fields` of the need: `metadata.labels.a`"],
    );
    let image = "deny contains \"x\" if { some c in input.spec.containers; c.image == \"x\" }";
    check_fields("\"spec.containers[].image\"", image, "", &[]);
    check_fields(
        "\"spec.containers[].name\"",
        image,
        "",
        &["p.rego:2:57: no field of the need `pods` gives the policy \
             `input.spec.containers[_].image`; add it to the `fields` of the need: \
             `spec.containers[].image`"],
    );
    let review = "violation contains {\"msg\": \"x\"} if input.review.object.spec.hostPID";
    check_fields("spec.hostPID", review, "    input: review\n", &[]);
    check_fields(
        "spec.hostIPC",
        review,
        "    input: review\n",
        &["p.rego:2:36: no field of the need `pods` gives the policy \
             `input.review.object.spec.hostPID`; add it to the `fields` of the need: \
             `spec.hostPID`"],
    );
    let name = "deny contains input.metadata.name";
    check_fields(
        "spec",
        name,
        "    cause: '{{ object.metadata.name }} {{ object.spec.a }}'\n",
        &[],
    );
    check_fields(
        "spec",
        name,
        "    cause: 'a {{ object.status.phase }}'\n",
        &["pack.yaml:12:15: no field of the need gives `object.status.phase`; add it to the \
             `fields` of the need: `status.phase`"],
    );
}

#[test]
fn evidence_that_is_not_there() {
    let rego = "deny contains \"x\"";
    check_fields("spec.nodeName", rego, "    evidence: [spec.nodeName, metadata.name]\n", &[]);
    check_fields(
        "spec.nodeName",
        rego,
        "    evidence: [status.phase]\n",
        &["pack.yaml:12:16: no field of the need gives `status.phase`; add it to the `fields` of \
             the need: `status.phase`"],
    );
    check_rule(
        "    evidence: [a..b]\n",
        &["pack.yaml:12:16: `a..b` is no field path: a key is empty; write \
             `spec.containers[].image`; a key with a dot stands between quotes"],
    );
}

#[test]
fn settings_that_are_not_there() {
    let pack = PACK.replace(
        "needs:",
        "settings:\n  registry: {type: string, default: a, description: A registry.}\nneeds:",
    );
    let check = |reads: &str, keys: &str, want: &[&str]| {
        let rego =
            format!("package main\nimport data.settings as s\ndeny contains \"x\" if {reads}\n");
        let pack = format!("{pack}{keys}");
        check_files(&[("pack.yaml", &pack), ("p.rego", &rego)], want);
    };
    check("data.settings.registry == s[input.kind]", "", &[]);
    let wrong = "the pack has no setting `regstry`; did you mean `registry`?";
    check("data.settings.regstry", "", &[&format!("p.rego:3:22: {wrong}")]);
    check("s.regstry", "", &[&format!("p.rego:3:22: {wrong}")]);
    check(
        "s.registry",
        "    cause: '{{ settings.regstry }}'\n",
        &[&format!("pack.yaml:14:13: {wrong}")],
    );
}

#[test]
fn placeholders() {
    check_rule(
        "    cause: 'a {{ count(x) }}'\n",
        &["pack.yaml:12:15: `count(x)` is no placeholder; write `object.`, `settings.` or \
             `details.` and the names \
         below it, with dots between them; compute anything else in Rego"],
    );
    check_rule(
        "    remedy:\n      - run: kubectl get '{{ object.kind }}'\n",
        &["pack.yaml:13:27: a placeholder of a command stands between quotes ('); leave the \
             quotes \
         out: what it stands for is quoted by itself, as one word"],
    );
    check_rule(
        "    cause: 'a {{ object.kind'\n",
        &["pack.yaml:12:15: a placeholder is not closed; close it by `}}`"],
    );
}

#[test]
fn needs() {
    let pack = PACK.replace("  pods: {kind: Pod}", "  pods: {kind: Secret}");
    let rego = ("p.rego", "package main\ndeny contains \"x\"\n");
    check_files(
        &[("pack.yaml", &pack), rego],
        &["pack.yaml:6:3: a need for Secrets names no fields, and would take whole ones; name \
             the \
         fields that the policy reads: `fields: [type, metadata.labels]`"],
    );
    let pack = PACK.replace("{kind: Pod}", "{kind: Pod}\n  nodes: {kind: Node}");
    check_files(
        &[("pack.yaml", &pack), rego],
        &["pack.yaml:7:3: no rule names the need `nodes`; name it in `for`, `inventory` or \
             `consults`, \
         or remove it"],
    );
    let pack = PACK.replace("{kind: Pod}", "{kind: Pod, fields: [a..b]}");
    check_files(
        &[("pack.yaml", &pack), rego],
        &["pack.yaml:6:30: `a..b` is no field path: a key is empty; write \
             `spec.containers[].image`"],
    );
}

#[test]
fn what_is_no_pack() {
    let begins = "a pack begins with `apiVersion: rulebox.dev/v1alpha1` and `kind: RulePack`";
    check_files(
        &[("pack.yaml", "kind: Pod")],
        &[&format!("pack.yaml:1:7: this is no pack: its kind is `Pod`; {begins}")],
    );
    check_files(
        &[("pack.yaml", &PACK.replace("language: rego", "language: lua"))],
        &[
            "pack.yaml:3:11: there is no language `lua`; write rego or cel",
            "pack.yaml:8:9: the pack has no Rego; put it beside pack.yaml, in a file *.rego",
        ],
    );
    let empty = PACK.split("needs:").next().unwrap_or_default();
    check_files(
        &[("pack.yaml", empty)],
        &["pack.yaml:1:1: a pack has at least one rule; write `rules`, or put Gatekeeper's \
             templates and \
         constraints beside it"],
    );
}

#[test]
fn patterns_that_are_none() {
    let with = |it: &str| format!("package main\ndeny contains \"x\" if {it}\n");
    let help = "write a pattern of RE2; `\\` takes a sign as it stands";
    check(
        &with("regex.match(\"(\", input.kind)"),
        &[&format!("p.rego:2:35: this is no pattern: unclosed group; {help}")],
    );
    check(
        &with("regex.replace(input.kind, `a**`, \"\") == \"\""),
        &[&format!("p.rego:2:49: this is no pattern: invalid nested repetition operator; {help}")],
    );
    check(
        &with("glob.match(\"{a\", [], input.kind)"),
        &["p.rego:2:34: this is no pattern: a `{` is not closed; write `*`, `**`, `?`, `[abc]`, \
             `[a-z]` or `{a,b}`"],
    );
    check(
        &with("regex.globs_match(\"a*\", \"b*\")"),
        &["p.rego:2:22: `regex.globs_match` is not known to this interpreter; write \
             `glob.match` or `regex.match`"],
    );
}
