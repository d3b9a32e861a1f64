//! An object gives the same projection from YAML and from JSON.

use proptest::prelude::*;
use serde_json::{Map, Number};

use super::*;

/// Texts that YAML would resolve to something else.
const TRAPS: [&str; 32] = [
    "",
    " ",
    "yes",
    "No",
    "on",
    "y",
    "N",
    "true",
    "null",
    "~",
    "0x1F",
    "017",
    "0b1",
    "1e3",
    "1_000",
    ".inf",
    "2024-05-01",
    "2024-05-01T08:00:00Z",
    "99185e5586",
    "- a",
    "a: b",
    "# c",
    "a #c",
    "---",
    "...",
    "!!str x",
    "&a",
    "*a",
    "<<",
    "it's \"x\"\\",
    "%",
    "a\nb\n",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&TRAPS[..]).prop_map(str::to_owned),
        "[a-z][a-zA-Z0-9./_-]{0,12}",
        "\\PC{0,12}",
        "[ -~\n\t]{0,20}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1_000_i64..1_000).prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |it| Number::from_f64(it).map(Value::Number)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|it| Value::from(it.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn style() -> impl Strategy<Value = Style> {
    (0_usize..6, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(flow_from, single, indented_lists, literal)| Style {
            flow_from,
            single,
            indented_lists,
            literal,
        },
    )
}

fn projection(text: &str) -> String {
    let reading = read_bytes(text);
    assert_eq!(words(&reading), [""; 0], "{text}");
    reading.inventory.objects["pods"].objects[0].to_string()
}

proptest! {
    #[test]
    fn yaml_and_json_agree(spec in value(), style in style()) {
        let mut pod = pod("a", "x");
        pod["spec"] = spec;
        let from_json = projection(&pod.to_string());
        prop_assert_eq!(&projection(&yaml(&pod, style)), &from_json);
        let list = json!({"apiVersion": "v1", "items": [pod], "kind": "List"});
        prop_assert_eq!(&projection(&yaml(&list, style)), &from_json);
        prop_assert_eq!(&projection(&format!("{list:#}")), &from_json);
    }
}

#[track_caller]
fn check(spec: &str, want: &str) {
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec:\n{spec}\n");
    let want =
        format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"x"}},"spec":{want}}}"#);
    assert_eq!(projection(&text), want);
}

#[test]
fn anchors_and_aliases() {
    check(
        "  a: &x [1, two]\n  b: *x\n  c: &y k\n  *y : v",
        r#"{"a":[1,"two"],"b":[1,"two"],"c":"k","k":"v"}"#,
    );
}

#[test]
fn merge_keys() {
    check(
        "  a: &x {p: 1, q: 2}\n  b: &y {q: 3, r: 4}\n  c:\n    q: 5\n    <<: [*x, *y]",
        r#"{"a":{"p":1,"q":2},"b":{"q":3,"r":4},"c":{"q":5,"p":1,"r":4}}"#,
    );
    check("  a: &x {p: 1}\n  b: {\"<<\": *x}", r#"{"a":{"p":1},"b":{"<<":{"p":1}}}"#);
}

#[test]
fn tags() {
    check(
        "  a: !!str 3\n  b: !!int \"3\"\n  c: !!float 3\n  d: !own 3\n  e: !!binary aGk=\n  f: ! 3",
        r#"{"a":"3","b":3,"c":3,"d":"3","e":"aGk=","f":"3"}"#,
    );
}

#[test]
fn keys_that_are_no_text() {
    check("  1: a\n  yes: b\n  1.5: c\n  \"2\": d", r#"{"1":"a","true":"b","1.5":"c","2":"d"}"#);
}

#[test]
fn block_scalars() {
    check(
        "  a: |\n    x\n     y\n  b: >-\n    p\n    q\n\n    r\n  c: |+\n    z\n\n",
        r#"{"a":"x\n y\n","b":"p q\nr","c":"z\n\n\n"}"#,
    );
}
