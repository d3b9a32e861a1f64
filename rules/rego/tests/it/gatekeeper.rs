//! Gatekeeper's templates and constraints as they are.

use rulebox_rego::Pack;

use crate::{judge, load, texts};

const HEAD: &str = "\
apiVersion: rulebox.dev/v1alpha1
kind: RulePack
language: rego
metadata: {name: p, version: 0.1.0}
";

fn template(rego: &str, annotations: &str) -> String {
    let rego = rego.replace('\n', "\n        ");
    format!(
        "apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: t
  annotations: {annotations}
spec:
  crd: {{spec: {{names: {{kind: T}}}}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        {rego}
"
    )
}

fn constraint(spec: &str) -> String {
    format!(
        "apiVersion: constraints.gatekeeper.sh/v1beta1
kind: T
metadata: {{name: c}}
spec: {spec}
"
    )
}

pub(crate) const PODS: &str = "{match: {kinds: [{apiGroups: [''], kinds: [Pod]}]}}";
const REGO: &str = "package t\nviolation[{\"msg\": msg}] {\n  msg := \"bad\"\n}";

fn pack(rego: &str, annotations: &str, spec: &str) -> Pack {
    let (template, constraint) = (template(rego, annotations), constraint(spec));
    load(&[("pack.yaml", HEAD), ("all.yaml", &format!("{template}---\n{constraint}"))])
}

/// Runs a template and a constraint over a dump that says what is expected.
#[track_caller]
pub(crate) fn judge_template(rego: &str, annotations: &str, spec: &str, dump: &str) {
    judge(&pack(rego, annotations, spec), dump);
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: erp}}
spec: {containers: [{name: c, image: x}]}
";

#[track_caller]
fn check(rego: &str, spec: &str, expected: &str) {
    let pack = pack(rego, "{}", spec);
    judge(&pack, &format!("# as-of: 2026-09-15T02:30:00Z\n# expect: {expected}\n{POD}"));
}

#[track_caller]
fn check_problems(template: &str, constraint: &str, want: &[&str]) {
    let files = [("pack.yaml", HEAD), ("t.yaml", template), ("c.yaml", constraint)];
    let told: Vec<_> = Pack::load(&texts(&files))
        .err()
        .unwrap_or_default()
        .iter()
        .map(|it| format!("{}:{}:{}: {}", it.path, it.line, it.column, it.message))
        .collect();
    assert_eq!(told, want);
}

#[test]
fn the_action_is_the_severity() {
    check(REGO, PODS, "Pod shop/a severity=high: bad");
    let with = |action: &str| PODS.replacen('{', &format!("{{enforcementAction: {action}, "), 1);
    check(REGO, &with("warn"), "Pod shop/a severity=medium: bad");
    check(REGO, &with("dryrun"), "Pod shop/a severity=low: bad");
}

/// What `pack.yaml` says of constraints, beside a template and the constraint `c`.
fn with_words(words: &str) -> Result<Pack, Vec<String>> {
    let (head, all) =
        (format!("{HEAD}{words}"), template(REGO, "{}") + "---\n" + &constraint(PODS));
    Pack::load(&texts(&[("pack.yaml", &head), ("all.yaml", &all)])).map_err(|it| {
        let told = it.iter().map(|it| {
            format!("{}:{}:{}: {}; {}", it.path, it.line, it.column, it.message, it.help)
        });
        told.collect()
    })
}

#[test]
fn pack_yaml_says_what_a_constraint_does_not() {
    let words = "constraints:
  c:
    summary: A pod is bad
    documentation: It is.
    cause: Nobody has mended {{ object.metadata.name }}
    remedy:
    - Mend it
    - run: kubectl -n {{ object.metadata.namespace }} edit pod {{ object.metadata.name }}
    labels: {app: \"{{ object.metadata.labels.app }}\"}
";
    let pack = with_words(words).expect("a pack");
    let rule = &pack.describe().rules[0];
    assert_eq!((&*rule.summary, &*rule.documentation), ("A pod is bad", "It is."));
    let head = "# as-of: 2026-09-15T02:30:00Z\n";
    for said in ["mended a", "Mend it", "kubectl -n shop edit pod a"] {
        judge(&pack, &format!("{head}# expect: Pod shop/a app=erp: {said}\n{POD}"));
    }
    // Whoever says nothing leaves it to the template.
    let silent = with_words("constraints: {c: {cause: x}}\n").expect("a pack");
    assert_eq!(silent.describe().rules[0].summary, "The constraint T/c is violated");
}

#[test]
fn words_are_of_a_constraint_that_is_there() {
    let check = |words: &str, want: &str| assert_eq!(with_words(words).unwrap_err(), [want]);
    check(
        "constraints:\n  d: {summary: x}\n",
        "pack.yaml:6:3: there is no constraint `d`; did you mean `c`?",
    );
    check(
        "constraints:\n  c: {severity: low}\n",
        "pack.yaml:6:7: what is said of a constraint has no key `severity`; its keys are summary, \
         documentation, cause, evidence, labels, remedy",
    );
}

#[test]
fn parameters_are_given() {
    let rego = "package t\nviolation[{\"msg\": msg}] {\n  c := \
        input.review.object.spec.containers[_]\n  c.image == input.parameters.images[_]\n  msg \
        := sprintf(\"%v of %v\", [c.image, input.review.name])\n}";
    let spec = PODS.replacen('{', "{parameters: {images: [x]}, ", 1);
    check(rego, &spec, "Pod shop/a: x of a");
    check(rego, PODS, "pass");
}

/// A template whose parameters have this schema, and a constraint with these parameters.
#[track_caller]
fn check_schema(schema: &str, parameters: &str, want: &[&str]) {
    let template = template(REGO, "{}").replace(
        "{names: {kind: T}}",
        &format!("{{names: {{kind: T}}, validation: {{openAPIV3Schema: {schema}}}}}"),
    );
    let spec = PODS.replacen('{', &format!("{{parameters: {parameters}, "), 1);
    check_problems(&template, &constraint(&spec), want);
}

#[test]
fn parameters_that_the_schema_forbids() {
    let labels = "{type: object, properties: {labels: {type: array, items: {type: string}}}}";
    check_schema(labels, "{labels: [a]}", &[]);
    check_schema(
        labels,
        "{labels: a}",
        &["c.yaml:4:29: `spec.parameters.labels` is of the type array, and this is \"a\""],
    );
    check_schema(
        labels,
        "{labels: [a, 1]}",
        &["c.yaml:4:33: `spec.parameters.labels[1]` is of the type string, and this is 1"],
    );
    check_schema(
        labels,
        "{label: [a]}",
        &["c.yaml:4:21: there is no parameter `spec.parameters.label`"],
    );
    let open = "{type: object, additionalProperties: {type: integer}}";
    check_schema(open, "{a: 1}", &[]);
    check_schema(
        open,
        "{a: x}",
        &["c.yaml:4:24: `spec.parameters.a` is of the type integer, and this is \"x\""],
    );
    let words = "{type: object, required: [mode], properties: {mode: {type: string, enum: [a, b], \
        }, tag: {type: string, pattern: '^v', maxLength: 3}, port: {type: integer, minimum: 1}}}";
    check_schema(words, "{mode: a, tag: v1, port: 80}", &[]);
    check_schema(words, "{tag: v1}", &["c.yaml:4:20: `spec.parameters` has no `mode`"]);
    check_schema(words, "{mode: c}", &["c.yaml:4:27: `spec.parameters.mode` cannot be \"c\""]);
    check_schema(
        words,
        "{mode: a, tag: x}",
        &["c.yaml:4:35: `spec.parameters.tag` cannot be \"x\""],
    );
    check_schema(
        words,
        "{mode: a, tag: v123}",
        &["c.yaml:4:35: `spec.parameters.tag` has the length 4"],
    );
    check_schema(
        words,
        "{mode: a, port: 0}",
        &["c.yaml:4:36: `spec.parameters.port` has the value 0"],
    );
    check_schema("{type: object, x-kubernetes-preserve-unknown-fields: true}", "{a: 1}", &[]);
}

#[test]
fn lists_and_json_are_read() {
    let items = |of: &str| of.replace('\n', "\n    ");
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n  - {}\n  - {}",
        items(&template(REGO, "{}")),
        items(&constraint(PODS))
    );
    let pack = load(&[("pack.yaml", HEAD), ("all.YAML", &list)]);
    judge(&pack, &format!("# as-of: 2026-09-15T02:30:00Z\n# expect: Pod shop/a: bad\n{POD}"));
    let json = r#"{"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "T",
        "metadata": {"name": "c"},
        "spec": {"match": {"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}}}"#;
    let template = template(REGO, "{}");
    load(&[("pack.yaml", HEAD), ("t.yml", &template), ("c.json", json)]);
}

#[test]
fn groups_that_are_not_there() {
    let (template, constraint) = (template(REGO, "{}"), constraint(PODS));
    check_problems(
        &template,
        &constraint.replace("constraints.gate", "constraint.gate"),
        &["c.yaml:1:1: there is no API group `constraint.gatekeeper.sh`"],
    );
    check_problems(
        &template.replace("ConstraintTemplate", "ConstraintTemplat"),
        &constraint,
        &["t.yaml:1:1: templates.gatekeeper.sh has no kind `ConstraintTemplat`"],
    );
    check_problems(
        &template,
        &format!("{constraint}---\napiVersion: mutations.gatekeeper.sh/v1\nkind: Assign\n"),
        &["c.yaml:6:1: objects of `mutations.gatekeeper.sh` are not known here"],
    );
}

#[test]
fn patterns_that_match_nothing() {
    let with = |key: &str| constraint(&PODS.replace("match: {", &format!("match: {{{key}, ")));
    let check = |key: &str, want: &[&str]| check_problems(&template(REGO, "{}"), &with(key), want);
    check("namespaces: ['*-shop', 'team-*']", &[]);
    let wrong = "`a*b` is no name, and no pattern of names";
    check("namespaces: ['a*b']", &[&format!("c.yaml:4:29: {wrong}")]);
    check("excludedNamespaces: ['a*b']", &[&format!("c.yaml:4:37: {wrong}")]);
    check("name: 'a*b'", &[&format!("c.yaml:4:22: {wrong}")]);
    check("namespaces: shop", &["c.yaml:4:28: `match.namespaces` is a list"]);
    check("scope: namespaced", &["c.yaml:4:23: `match.scope` cannot be `namespaced`"]);
}

#[test]
fn what_is_matched_is_judged() {
    let with = |key: &str| PODS.replace("match: {", &format!("match: {{{key}, "));
    check(REGO, &with("namespaces: [shop]"), "Pod shop/a: bad");
    check(REGO, &with("excludedNamespaces: ['sh*']"), "pass");
    check(REGO, &with("scope: Cluster"), "pass");
    check(REGO, &with("labelSelector: {matchLabels: {app: erp}}"), "Pod shop/a: bad");
    let not = "labelSelector: {matchExpressions: [{key: app, operator: NotIn, values: [erp]}]}";
    let pack = pack(REGO, "{}", &with(not));
    assert_eq!(pack.describe().needs.objects[0].label_selector, "app notin (erp)");
}

#[test]
fn namespaces_are_asked_for_where_that_leaves_out_nothing() {
    let asked = |spec: &str| pack(REGO, "{}", spec).describe().needs.objects[0].namespaces.clone();
    let with = |key: &str| PODS.replace("match: {", &format!("match: {{{key}, "));
    assert_eq!(asked(&with("namespaces: [shop]")), ["shop"]);
    assert!(asked(&with("namespaces: ['shop*']")).is_empty());
    assert!(asked(&with("namespaces: [shop]").replace("Pod", "Namespace")).is_empty());
}

const UNIQUE: &str = "package t\nviolation[{\"msg\": msg}] {\n  other := \
    data.inventory.namespace[ns][_].Service[name]\n  other.spec.selector == \
    input.review.object.metadata.labels\n  msg := sprintf(\"%v/%v selects it\", [ns, name])\n}";
const SYNC: &str = "\n    metadata.gatekeeper.sh/requires-sync-data: |\n      \"[[{\"groups\": \
    [\"\"], \"versions\": [\"v1\"], \"kinds\": [\"Service\"]}]]\"";

#[test]
fn the_inventory_holds_what_is_to_be_synced() {
    let pack = pack(UNIQUE, SYNC, PODS);
    let info = pack.describe();
    assert_eq!(info.rules[0].requires, ["pods", "services"]);
    let both = |selects: &str| {
        format!(
            "apiVersion: v1
kind: List
items:
- {{apiVersion: v1, kind: Pod, metadata: {{name: a, namespace: shop, labels: {{app: erp}}}}}}
- apiVersion: v1
  kind: Service
  metadata: {{name: s, namespace: shop}}
  spec: {{selector: {selects}}}
"
        )
    };
    let head = "# as-of: 2026-09-15T02:30:00Z\n";
    let selected = both("{app: erp}");
    judge(&pack, &format!("{head}# expect: Pod shop/a: shop/s selects it\n{selected}"));
    judge(&pack, &format!("{head}# expect: pass\n{}", both("{app: other}")));
}

#[test]
fn a_finding_does_not_rest_on_what_could_not_be_seen() {
    let rego = "package t\nviolation[{\"msg\": \"nothing selects it\"}] {\n  not \
        data.inventory.namespace.shop\n}";
    let pack = pack(rego, SYNC, PODS);
    let yaml =
        format!("# as-of: 2026-09-15T02:30:00Z\n# expect: no data: all of `services`\n{POD}");
    judge(&pack, &yaml);
}

#[test]
fn libraries_of_two_templates_do_not_meet() {
    let lib = "package lib.it\nword := \"WORD\"";
    let of = |name: &str| {
        let rego = format!(
            "package {name}\nimport data.lib.it\nviolation[{{\"msg\": it.word}}] {{ true }}"
        );
        let libs = lib.replace("WORD", name).replace('\n', "\n          ");
        let text = template(&rego, "{}") + &format!("      libs:\n        - |\n          {libs}\n");
        let kind = name.to_uppercase();
        text.replace("kind: T}", &format!("kind: {kind}}}"))
    };
    let constraint = |kind: &str| {
        constraint(PODS)
            .replace("kind: T", &format!("kind: {kind}"))
            .replace("name: c", &format!("name: {}", kind.to_lowercase()))
    };
    let pack = load(&[
        ("pack.yaml", HEAD),
        ("a.yaml", &of("aa")),
        ("b.yaml", &of("bb")),
        ("c.yaml", &format!("{}---\n{}", constraint("AA"), constraint("BB"))),
    ]);
    judge(&pack, &format!("# as-of: 2026-09-15T02:30:00Z\n# expect: Pod shop/a: aa\n{POD}"));
}

#[test]
fn code_of_the_newer_form() {
    let text = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: t}
spec:
  crd:
    spec:
      names: {kind: T}
      validation: {openAPIV3Schema: {properties: {word: {type: string, default: new}}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: Rego
          source:
            version: v1
            rego: |
              package t
              violation contains {\"msg\": input.parameters.word} if true
";
    let pack = load(&[("pack.yaml", HEAD), ("t.yaml", text), ("c.yaml", &constraint(PODS))]);
    judge(&pack, &format!("# as-of: 2026-09-15T02:30:00Z\n# expect: Pod shop/a: new\n{POD}"));
}

#[test]
fn problems_stand_where_the_rego_stands() {
    check_problems(
        &template("package t\nviolation[{\"msg\": m}] {\n  m := http.send({})\n}", "{}"),
        &constraint(PODS),
        &["t.yaml:13:16: `http.send` would use the network, and a pack has none"],
    );
    check_problems(
        &template("package t\nviolation[{\"msg\": m}] {\n  m := \n}", "{}"),
        &constraint(PODS),
        &["t.yaml:12:31: expecting }"],
    );
    check_problems(
        &template(UNIQUE, "{}"),
        &constraint(PODS),
        &["t.yaml:13:20: the template reads `data.inventory`, and does not say which objects"],
    );
}

#[test]
fn constraints_that_cannot_be_rules() {
    let good = template(REGO, "{}");
    check_problems(
        &good,
        &constraint("{}"),
        &["c.yaml:1:1: the constraint has no `spec.match.kinds`, so that it matches everything"],
    );
    check_problems(
        &good,
        &constraint("{match: {kinds: [{apiGroups: ['*'], kinds: ['*']}]}}"),
        &["c.yaml:4:24: what the constraint matches cannot be asked for: it matches all kinds \
             that \
         there are"],
    );
    check_problems(
        &good,
        &constraint(&PODS.replace("Pod", "Secret")),
        &["c.yaml:1:1: it would be given whole Secrets"],
    );
    let selector = PODS.replace("match: {", "match: {namespaceSelector: {matchLabels: {a: b}}, ");
    check_problems(
        &good,
        &constraint(&selector),
        &["c.yaml:4:35: `match.namespaceSelector` is not known here"],
    );
    check_problems(
        &good,
        &constraint(PODS).replace("kind: T", "kind: X"),
        &[
            "c.yaml:1:1: there is no template for the constraint's kind `X`",
            "t.yaml:1:1: no constraint is of the template's kind `T`",
        ],
    );
}

#[test]
fn keys_that_mean_nothing() {
    let good = template(REGO, "{}");
    let check = |spec: &str, want: &[&str]| check_problems(&good, &constraint(spec), want);
    let with = |key: &str| PODS.replacen('{', &format!("{{{key}, "), 1);
    let within = |key: &str| PODS.replace("match: {", &format!("match: {{{key}, "));
    check(&with("parameter: {}"), &["c.yaml:4:8: `spec` has no key `parameter`"]);
    check(&with("enforcementaction: warn"), &["c.yaml:4:8: `spec` has no key `enforcementaction`"]);
    check(&within("namespace: [a]"), &["c.yaml:4:16: `spec.match` has no key `namespace`"]);
    check(
        &within("labelSelector: {matchlabels: {a: b}}"),
        &["c.yaml:4:32: there is no key `matchlabels`"],
    );
    check(
        &PODS.replace("apiGroups", "apiGroup"),
        &["c.yaml:4:25: what the constraint matches cannot be asked for: there is no key \
             `apiGroup` in `match.kinds[]`; did you mean `apiGroups`?"],
    );
    check(
        &PODS.replace("['']", "''"),
        &["c.yaml:4:36: what the constraint matches cannot be asked for: `apiGroups` is a list \
             of names"],
    );
    check(
        "{match: {kinds: [{apiGroups: ['']}]}}",
        &["c.yaml:4:24: what the constraint matches cannot be asked for: it names no kinds, and \
             so means all that there are"],
    );
    let good = constraint(PODS);
    let check = |from: &str, to: &str, want: &str| {
        check_problems(&template(REGO, "{}").replace(from, to), &good, &[want]);
    };
    let names = "{names: {kind: T}, validation: {openApiV3Schema: {}}}";
    check(
        "{names: {kind: T}}",
        names,
        "t.yaml:7:47: `spec.crd.spec.validation` has no key `openApiV3Schema`",
    );
    check("  targets:", "  target: x\n  targets:", "t.yaml:8:3: `spec` has no key `target`");
    check("      rego:", "      lib: []\n      rego:", "t.yaml:10:7: there is no key `lib`");
}

#[test]
fn selectors_that_an_api_server_refuses() {
    let check = |expression: &str, want: &[&str]| {
        let key = format!("match: {{labelSelector: {{matchExpressions: [{expression}]}}, ");
        let spec = PODS.replace("match: {", &key);
        check_problems(&template(REGO, "{}"), &constraint(&spec), want);
    };
    check("{key: a, operator: In, values: [b]}", &[]);
    check("{key: a, operator: Exists, values: []}", &[]);
    check("{key: a, operator: In}", &["c.yaml:4:51: `In` has no values"]);
    check("{key: a, operator: NotIn, values: []}", &["c.yaml:4:51: `NotIn` has no values"]);
    check("{key: a, operator: Exists, values: [b]}", &["c.yaml:4:51: `Exists` takes no values"]);
    check(
        "{key: a, operator: Matches}",
        &["c.yaml:4:51: `Matches` is no operator of label selectors"],
    );
    check("{operator: Exists}", &["c.yaml:4:51: an expression has no `key`"]);
    check(
        "{key: a, operator: In, value: [b]}",
        &["c.yaml:4:74: there is no key `value`", "c.yaml:4:51: `In` has no values"],
    );
}

#[test]
fn sources_and_scopes() {
    let bad = |spec: &str, want: &str| {
        check_problems(&template(REGO, "{}"), &constraint(spec), &[want]);
    };
    let within = |key: &str| PODS.replace("match: {", &format!("match: {{{key}, "));
    bad(&within("source: Generated"), "c.yaml:4:24: `match.source` cannot be `Generated`");
    check(REGO, &within("source: Original"), "Pod shop/a: bad");
    let with = |key: &str| PODS.replacen('{', &format!("{{{key}, "), 1);
    let scoped = |point: &str, action: &str| {
        with(&format!(
            "enforcementAction: scoped, scopedEnforcementActions: [{{action: {action}, \
             enforcementPoints: [{{name: {point}}}]}}]"
        ))
    };
    check(REGO, &scoped("audit.gatekeeper.sh", "dryrun"), "Pod shop/a severity=low: bad");
    check(REGO, &scoped("'*'", "warn"), "Pod shop/a severity=medium: bad");
    let none = "c.yaml:4:27: none of `scopedEnforcementActions` is for the audit";
    bad(&scoped("validation.gatekeeper.sh", "deny"), none);
    bad(&scoped("'*'", "dry"), "c.yaml:4:62: `dry` is no enforcement action");
    bad(
        &PODS.replace("['']", "[apps, extensions]"),
        "c.yaml:4:24: what the constraint matches cannot be asked for: apps has no kind `Pod`; \
         leave `group` out",
    );
}
