//! A rule says of the fields that it asks for what it says of whole objects.

mod harness;

use std::fmt::Write as _;

use harness::{evaluate, evaluate_needs, load};
use proptest::prelude::*;
use rulebox_core::{NeedSet, ObjectNeed};

/// Expressions over an object of no known kind, and values of all types.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("object".to_owned()),
        Just("object.a".to_owned()),
        Just("object.b".to_owned()),
        Just("object.a.b".to_owned()),
        Just("things[0]".to_owned()),
        Just("'a'".to_owned()),
        Just("1".to_owned()),
        Just("dyn([])".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (inner.clone(), "[abc]").prop_map(|(of, field)| format!("dyn({of}).{field}")),
            (inner.clone(), "[abc]").prop_map(|(of, field)| format!("has(dyn({of}).{field})")),
            (inner.clone(), "[abc]").prop_map(|(of, key)| format!("dyn({of})['{key}']")),
            inner.clone().prop_map(|of| format!("dyn({of})[0]")),
            two.clone().prop_map(|(of, key)| format!("dyn({of})[dyn({key})]")),
            two.clone().prop_map(|(a, b)| format!("(dyn({a}) == dyn({b}))")),
            two.clone().prop_map(|(a, b)| format!("(dyn({a}) || dyn({b}))")),
            two.clone().prop_map(|(a, b)| format!("(dyn({a}) && dyn({b}))")),
            two.clone().prop_map(|(a, b)| format!("(dyn({a}) in dyn({b}))")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(c, a, b)| format!("(dyn({c}) ? dyn({a}) : dyn({b}))")),
            (inner.clone(), "[abc]", inner.clone()).prop_map(|(of, field, other)| format!(
                "dyn({of}).exists(it, dyn(it).{field} == dyn({other}))"
            )),
            (inner.clone(), "[abc]")
                .prop_map(|(of, field)| format!("dyn({of}).map(it, dyn(it).{field})")),
            (inner.clone(), "[abc]")
                .prop_map(|(of, field)| format!("dyn({of}).filter(it, has(it.{field}))")),
            inner.clone().prop_map(|of| format!("size(dyn({of}))")),
            inner.clone().prop_map(|of| format!("dyn({of}).?a.?b.orValue(dyn({of}))")),
            two.prop_map(|(a, b)| format!("[{a}, {b}]")),
            inner.prop_map(|of| format!("{{'a': {of}}}")),
        ]
    })
}

/// JSON whose keys are those of the expressions.
fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (0_i64..3).prop_map(Into::into),
        "[abc]".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|it| serde_json::Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_fields_that_a_rule_asks_for_are_enough(
        when in expressions(),
        named in expressions(),
        shown in expressions(),
        objects in prop::collection::vec((values(), values()), 1..3),
    ) {
        let pack = load(&format!(
            "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n\
             metadata: {{name: test, version: 0.1.0}}\n\
             needs: {{things: {{group: acme.example, kind: Thing}}}}\nrules:\n- id: thing-odd\n  \
             severity: low\n  summary: It is odd\n  for: things\n  let:\n    named: |\n      \
             {named}\n  when: |\n    dyn({when}) == dyn(named) || dyn({when})\n  message: |\n    \
             {{{{ named }}}} {{{{ {shown} }}}}\n"
        ));
        let mut dump = String::new();
        for (nth, (a, b)) in objects.iter().enumerate() {
            let metadata = format!("{{\"name\": \"t{nth}\"}}");
            let _ = writeln!(
                dump,
                "{{\"apiVersion\": \"acme.example/v1\", \"kind\": \"Thing\", \"metadata\": \
                 {metadata}, \"a\": {a}, \"b\": {b}, \"c\": {{\"a\": {b}}}}}"
            );
        }
        let whole = pack.describe().needs.objects.iter();
        let whole = whole.map(|it| ObjectNeed { fields: Vec::new(), ..it.clone() }).collect();
        let whole = NeedSet { objects: whole, texts: Vec::new() };
        let want = evaluate_needs(&pack, "thing-odd", &dump, whole);
        prop_assert_eq!(evaluate(&pack, "thing-odd", &dump), want);
    }
}
