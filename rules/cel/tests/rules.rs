//! How rules judge: what is found, what passes, and what is not known.

mod harness;

use harness::{evaluate, load};
use rulebox_sdk::testing::Fixture;

/// A pack with one rule over things, which may look at vaults too.
fn pack(rule: &str) -> String {
    format!(
        "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n\
         metadata: {{name: test, version: 0.1.0}}\n\
         settings: {{limit: {{type: integer, default: 2, description: How many.}}}}\n\
         needs:\n  things: {{group: acme.example, kind: Thing}}\n  \
         vaults: {{group: acme.example, kind: Vault}}\nrules:\n- id: thing-odd\n  severity: low\n  \
         summary: A thing is odd\n  for: things\n{rule}\n"
    )
}

const SIZE: &str = "
  when: object.spec.size > settings.limit && (size(vaults) >= 0)
  message: it has {{ object.spec.size }}";

/// A Thing.
const THING: &str = "
---
apiVersion: acme.example/v1
kind: Thing
metadata: {name: a, namespace: x}
";

const VAULTS: &str = "
---
apiVersion: acme.example/v1
kind: VaultList
items:
- {metadata: {name: v1, namespace: x}, spec: {bucket: b1}}
- {metadata: {name: v2, namespace: z}, spec: {bucket: b2}}
";

#[track_caller]
fn check(rule: &str, dump: &str) {
    let pack = load(&pack(rule));
    let fixture = Fixture::parse(dump).expect("a fixture");
    let outcome = evaluate(&pack, "thing-odd", dump);
    if let Err(wrong) = fixture.judge(&outcome) {
        panic!("{wrong}");
    }
}

#[test]
fn what_is_true_is_a_finding() {
    let dump = format!("# expect: Thing x/a: it has 3\n{THING}spec: {{size: 3}}{VAULTS}");
    check(SIZE, &dump);
}

#[test]
fn what_is_false_passes() {
    check(SIZE, &format!("# expect: pass\n{THING}spec: {{size: 2}}{VAULTS}"));
}

#[test]
fn a_setting_counts() {
    let dump = format!(
        "# settings: {{\"limit\": 1}}\n# expect: Thing x/a: has 2\n{THING}spec: {{size: 2}}{VAULTS}"
    );
    check(SIZE, &dump);
}

#[test]
fn an_absent_field_is_no_data() {
    let dump = format!(
        "# expect: none\n# expect: no data: Thing x/a: `object.spec.size` is not set\n\
         {THING}spec: {{}}{VAULTS}"
    );
    check(SIZE, &dump);
}

#[test]
fn a_field_of_another_type_is_no_data() {
    let dump = format!(
        "# expect: none\n# expect: no data: a text and a whole number have no order\n\
         {THING}spec: {{size: many}}{VAULTS}"
    );
    check(SIZE, &dump);
}

const OLD: &str = "
  when: age(object.metadata.creationTimestamp) > duration('1h') && size(vaults) > 1
  message: it is {{ age(object.metadata.creationTimestamp) }} old";

#[track_caller]
fn check_age(as_of: &str, expect: &str) {
    let thing = THING.replace("{name: a", "{creationTimestamp: \"2026-09-15T01:00:00Z\", name: a");
    check(OLD, &format!("# as-of: {as_of}\n# expect: {expect}\n{thing}{VAULTS}"));
}

#[test]
fn an_age_is_compared_within_its_bounds() {
    check_age("2026-09-15T03:00:00Z", "Thing x/a: 2 h old");
    check_age("2026-09-15T03:00:00Z or later", "Thing x/a: at least 2 h");
    check_age("2026-09-15T02:00:00Z", "pass");
    check_age("2026-09-15T01:10:00Z to 2026-09-15T01:20:00Z", "pass");
    let not_known = "no data: the age of `object.metadata.creationTimestamp` is not known";
    check_age("2026-09-15T01:10:00Z or later", not_known);
    check_age("2026-09-15T01:10:00Z to 2026-09-15T03:00:00Z", not_known);
}

/// Ten days before it, a week before it, and behind it.
#[test]
fn what_lies_ahead_is_asked_for_by_a_moment_before_it() {
    let check = |when: &str, expect: &str| {
        let rule = format!("  when: size(vaults) > 0 && {when}\n  message: it ends");
        let dump = format!(
            "# as-of: 2026-09-15T00:00:00Z\n# expect: {expect}\n{THING}spec: {{ends: \
             \"2026-09-25T00:00:00Z\"}}{VAULTS}"
        );
        check(&rule, &dump);
    };
    let within = |hours: u32| {
        format!("age(timestamp(object.spec.ends) - duration('{hours}h')) > duration('0s')")
    };
    check(&within(241), "Thing x/a: it ends");
    check(&within(240), "pass");
    check("age(object.spec.ends) > duration('-240h')", "no data: an age is not below zero");
}

const ITSELF: &str = "
  when: |
    object.spec.size > 2 || vaults.exists(it,
      it.metadata.name == object.spec.vault &&
      (has(it.spec.region) || undecided('where ' + it.metadata.name + ' lies is not told')))
  message: it is odd";

#[test]
fn a_rule_may_say_itself_that_it_cannot_know() {
    let check = |expect: &str, spec: &str| {
        check(ITSELF, &format!("# expect: {expect}\n{THING}spec: {{{spec}}}{VAULTS}"));
    };
    check("no data: Thing x/a: where v1 lies is not told", "size: 1, vault: v1");
    // Where something else decides it counts for nothing.
    check("Thing x/a: odd", "size: 3, vault: v1");
    check("pass", "size: 1, vault: v3");
}

const JOIN: &str = "
  let:
    found: vaults.filter(it, it.metadata.name == object.spec.vault)
  when: found.size() == 0
  message: there is no vault {{ object.spec.vault }}";

#[test]
fn a_join_finds_what_is_not_there() {
    check(JOIN, &format!("# expect: Thing x/a: no vault v3\n{THING}spec: {{vault: v3}}{VAULTS}"));
    check(JOIN, &format!("# expect: pass\n{THING}spec: {{vault: v1}}{VAULTS}"));
}

#[test]
fn what_was_not_seen_is_not_missing() {
    let dump = format!(
        "# expect: none\n# expect: no data: not all objects of the kind Vault.acme.example could \
         be seen\n{THING}spec: {{vault: v3}}"
    );
    check(JOIN, &dump);
}

/// Neither in a list, nor behind a number of which the least is known.
#[test]
fn what_may_be_more_is_not_equal() {
    let dump = format!(
        "# expect: none\n# expect: no data: not all objects of the kind\n{THING}spec: {{vault: v3}}"
    );
    for when in [
        "vaults == []",
        "[vaults] == [[]]",
        "{'a': vaults} == {'a': []}",
        "[size(vaults)] == [0]",
        "size(vaults) == 0",
        "size(vaults) < 1",
        "!vaults.exists(it, it.metadata.name == 'v3')",
        "vaults.all(it, it.metadata.name == 'v3')",
        "vaults.map(it, it.metadata.name).indexOf('a') == -1",
        "!('v3' in vaults.map(it, it.metadata.name))",
        "vaults.map(it, 1).sum() == 0",
        "vaults[0].metadata.name == 'a' || size(vaults) + 1 == 1",
    ] {
        check(&format!("\n  when: \"{when}\"\n  message: it is"), &dump);
    }
}

#[test]
fn what_was_seen_counts_though_not_all_was() {
    let vault =
        "\n---\napiVersion: acme.example/v1\nkind: Vault\nmetadata: {name: v1, namespace: x}\n";
    // The input holds a vault, and does not say that there is no other.
    let twice =
        JOIN.replace("found.size() == 0", "found.size() > 0").replace("no vault", "a vault");
    let dump = format!("# expect: Thing x/a: a vault v1\n{THING}spec: {{vault: v1}}{vault}");
    check(&twice, &dump);
}

#[test]
fn a_finding_has_all_its_parts() {
    let rule = r#"
  as: thing
  consults: [vaults]
  when: thing.spec.size > 2
  message: "{{ thing.metadata.name }} has {{ thing.spec.size }}"
  cause: It was given {{ thing.spec.names }}
  remedy:
    - Make it smaller
    - run: kubectl -n {{ thing.metadata.namespace }} edit thing {{ thing.spec.names }}
    - run: kubectl delete {{ thing.spec.none }}
  evidence:
    - spec.names[]
    - {path: spec.size, value: thing.spec.size * 2}
    - {object: "vaults[0]", path: spec.bucket}
  labels: {size: thing.spec.size}
  causedBy: ["vaults.filter(it, it.spec.bucket == 'b1')"]
"#;
    let pack = load(&pack(rule));
    let dump = format!("{THING}spec: {{size: 3, names: [a, \"b; rm -rf ~\"]}}{VAULTS}");
    let outcome = evaluate(&pack, "thing-odd", &dump);
    let [finding] = &outcome.findings[..] else { panic!("{outcome:#?}") };
    assert_eq!(finding.summary, "a has 3");
    assert_eq!(finding.cause, "It was given a, b; rm -rf ~");
    assert_eq!(
        finding.remedy,
        "Make it smaller\n  kubectl -n x edit thing a 'b; rm -rf ~'\n\
         A command is missing here: `thing.spec.none` is not set"
    );
    let evidence: Vec<_> = finding
        .evidence
        .iter()
        .map(|it| {
            let subject = it.subject.as_ref().expect("a subject");
            format!("{subject} {} = {}", it.path, it.value)
        })
        .collect();
    assert_eq!(
        evidence,
        [
            "Thing x/a spec.names[0] = a",
            "Thing x/a spec.names[1] = b; rm -rf ~",
            "Thing x/a spec.size = 6",
            "Vault x/v1 spec.bucket = b1",
        ]
    );
    assert_eq!(finding.labels, [("size".to_owned(), "3".to_owned())]);
    assert_eq!(finding.caused_by[0].to_string(), "Vault x/v1");
    let rule = &pack.describe().rules[0];
    assert_eq!((&rule.requires, &rule.consults), (&vec!["things".into()], &vec!["vaults".into()]));
}

#[test]
fn values_of_one_series_are_added_up() {
    let rule = format!(
        "{SIZE}\nmetrics:\n- name: things_size\n  help: Sizes.\n  rule: thing-odd\n  \
         labels: {{namespace: object.metadata.namespace}}\n  value: object.spec.size\n"
    );
    let pack = load(&pack(&rule));
    let thing = |name: &str, namespace: &str, size: &str| {
        format!(
            "---\napiVersion: acme.example/v1\nkind: Thing\nmetadata: {{name: {name}, namespace: \
             {namespace}}}\nspec: {{{size}}}\n"
        )
    };
    let check = |things: &[String], want: &[(&str, f64)]| {
        let outcome = evaluate(&pack, "thing-odd", &(things.concat() + VAULTS));
        let samples: Vec<_> =
            outcome.samples.iter().map(|it| (it.label_values.join(","), it.value)).collect();
        let want: Vec<_> = want.iter().map(|it| (it.0.to_owned(), it.1)).collect();
        assert_eq!(samples, want);
    };
    let two = [thing("a", "x", "size: 1"), thing("b", "x", "size: 2")];
    check(&two, &[("x", 3.0)]);
    // What is absent is no part of a sum; what is there and no number makes it unknown.
    let absent = [thing("c", "x", ""), thing("a", "z", "size: 1")];
    check(&[&two[..], &absent].concat(), &[("x", 3.0), ("z", 1.0)]);
    let odd = [thing("d", "x", "size: many"), thing("a", "z", "size: 1")];
    check(&[&two[..], &odd].concat(), &[("z", 1.0)]);
}

#[test]
fn a_label_of_an_absent_field_is_empty() {
    let rule = format!(
        "{SIZE}\nmetrics:\n- name: things_count\n  help: Things.\n  rule: thing-odd\n  \
         labels: {{team: object.metadata.labels.team}}\n  value: '1'\n"
    );
    let outcome = evaluate(&load(&pack(&rule)), "thing-odd", &format!("{THING}{VAULTS}"));
    let samples: Vec<_> =
        outcome.samples.iter().map(|it| (&*it.label_values[0], it.value)).collect();
    assert_eq!(samples, [("", 1.0)]);
}

/// Things were seen, and perhaps not all vaults.
#[track_caller]
fn check_unseen(when: &str, want: &str) {
    let rule = format!("  consults: [vaults]\n  when: |\n    {when}\n  message: it is");
    check(&rule, &format!("# expect: {want}\n{THING}spec: {{size: 3}}\n"));
}

#[test]
fn what_is_made_of_a_part_is_not_known_either() {
    let unknown = "no data: not all objects of the kind Vault.acme.example could be seen";
    check_unseen("[vaults.map(it, 1)].flatten().size() == 1", unknown);
    check_unseen("[vaults.map(it, it.metadata.name)].flatten().exists(it, it == 'v')", unknown);
    check_unseen("string([vaults.map(it, 1)]) == '1'", unknown);
    check_unseen("string(vaults.size()) + ' vaults' == '0 vaults'", unknown);
    check_unseen("[vaults.map(it, 1)].indexOf([]) == 0", unknown);
    check_unseen("{'a': vaults.map(it, 1)}.size() == 1", "Thing x/a: it is");
    check_unseen("optional.of(vaults).hasValue()", "Thing x/a: it is");
    check_unseen("[vaults.size(), 1].max() == 1", unknown);
}

#[test]
fn an_age_in_words_decides_nothing() {
    let of = |when: &str, want: &str, as_of: &str| {
        let rule = format!(
            "  when: |\n    ({when}) && size(vaults) >= 0\n  message: it began \
             {{{{ age(object.at) }}}} ago"
        );
        let rest = "at: 2026-09-15T01:00:00Z";
        check(&rule, &format!("{as_of}# expect: {want}\n{THING}{rest}{VAULTS}"));
    };
    let exact = "# as-of: 2026-09-15T03:00:00Z\n";
    of("string(age(object.at)) == '2 h'", "no data: the age of `object.at`", exact);
    of(
        "('for ' + string(age(object.at))).contains('known')",
        "no data: the age of `object.at`",
        exact,
    );
    of("age(object.at) > duration('1h')", "Thing x/a: it began 2 h ago", exact);
    // What has not come yet has no age that could be compared with less than nothing.
    of("age(object.at) < duration('-24h')", "no data: an age is not below zero", exact);
    of("age(object.at) >= duration('0s')", "no data: an age is not below zero", exact);
    of("age(timestamp(object.at) - duration('1h')) > duration('0s')", "Thing x/a: 2 h", exact);
}

#[track_caller]
fn check_fields(rule: &str, things: &[&str], vaults: &[&str]) {
    let pack = load(&pack(rule));
    let fields: Vec<_> = pack.describe().needs.objects.iter().map(|it| &it.fields).collect();
    assert_eq!((fields[0], fields[1]), (&to_strings(things), &to_strings(vaults)), "{rule}");
}

fn to_strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|&it| it.to_owned()).collect()
}

#[test]
fn needs_are_what_expressions_read() {
    let of = |when: &str| format!("\n  when: |\n    {when}\n  message: it is");
    check_fields(SIZE, &["spec.size"], &["metadata.name"]);
    check_fields(JOIN, &["spec.vault"], &["metadata.name"]);
    let nested = of("object.spec.a.exists(it, it.b == 'x' && vaults.exists(v, v.spec == it.c))");
    check_fields(&nested, &["spec.a[].b", "spec.a[].c"], &["spec"]);
    let passed = of("[object].exists(it, has(it.a.b)) && vaults[0].data['a.b'] == ''");
    check_fields(&passed, &["a.b"], &["data.\"a.b\""]);
    let whole = of("string(object) == 'a' && dyn(vaults) != []");
    check_fields(&whole, &[], &[]);
    let keyed = of("object.data.all(k, object.data[k].x == '') && size(vaults) > 0");
    check_fields(&keyed, &["data.*.x", "data[]"], &["metadata.name"]);
}
