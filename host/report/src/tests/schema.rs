//! The promise of `VERSIONS.md`: within one version of the report's schema fields are added and
//! nothing else. Checked against the schema of the last release.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::json_schema;

/// Which promises of an old schema a new one breaks.
fn broken(old: &Value, new: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    compare(old, new, "", &mut broken);
    broken
}

fn compare(old: &Value, new: &Value, place: &str, broken: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(was), Value::Object(is)) => {
            for (key, was) in was {
                let place = format!("{place}/{key}");
                match (key.as_str(), is.get(key)) {
                    // What is said of a field may become clearer; where it is not given, a reader
                    // of older reports takes another value.
                    ("description" | "default", _) => {}
                    (_, None) => broken.push(format!("{place} is gone")),
                    ("required", Some(is)) => keeps_all(was, is, &place, broken),
                    (_, Some(is)) => compare(was, is, &place, broken),
                }
            }
        }
        (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
            for (nth, (was, is)) in was.iter().zip(is).enumerate() {
                compare(was, is, &format!("{place}/{nth}"), broken);
            }
        }
        _ if old == new => {}
        _ => broken.push(format!("{place} was {old} and is {new}")),
    }
}

/// What was always there stays there.
fn keeps_all(was: &Value, is: &Value, place: &str, broken: &mut Vec<String>) {
    let fields = |it: &Value| it.as_array().cloned().unwrap_or_default();
    let is = fields(is);
    let lost = fields(was).into_iter().filter(|it| !is.contains(it));
    broken.extend(lost.map(|it| format!("{place} lacks {it}")));
}

#[test]
fn the_schema_has_only_gained_fields_since_the_last_release() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/released/report-1.schema.json");
    let released = fs::read_to_string(path).expect("the schema of the last release");
    let released: Value = serde_json::from_str(&released).expect("JSON");
    let current: Value = serde_json::from_str(&json_schema()).expect("JSON");
    let broken = broken(&released, &current);
    assert!(broken.is_empty(), "VERSIONS.md promises that these stay: {broken:#?}");
}

/// A schema of one field, as it was and as it is.
#[track_caller]
fn check(new: Value, want: &[&str]) {
    let old = json!({
        "properties": {"a": {"type": "string", "description": "old"}, "b": {"enum": ["x", "y"]}},
        "required": ["a"],
    });
    assert_eq!(broken(&old, &new), want);
}

#[test]
fn a_field_may_come() {
    check(
        json!({
            "properties": {
                "a": {"type": "string", "description": "new"},
                "b": {"enum": ["x", "y"]},
                "c": {"type": "number"},
            },
            "required": ["a", "c"],
        }),
        &[],
    );
}

#[test]
fn a_field_that_goes_or_changes_is_told() {
    let b = json!({"enum": ["x", "y"]});
    check(json!({"properties": {"b": b}, "required": ["a"]}), &["/properties/a is gone"]);
    check(
        json!({"properties": {"a": {"type": "number"}, "b": b}, "required": []}),
        &[r#"/properties/a/type was "string" and is "number""#, r#"/required lacks "a""#],
    );
    check(
        json!({"properties": {"a": {"type": "string"}, "b": {"enum": ["x"]}}, "required": ["a"]}),
        &[r#"/properties/b/enum was ["x","y"] and is ["x"]"#],
    );
}
