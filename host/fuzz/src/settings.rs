//! A pack's settings schema, and settings for it: as texts, or made from choices. Must not panic,
//! hang or overflow the stack, whatever the schema refers to and whatever the settings are; what
//! the user has set stays as it was set.

use rulebox_engine::{PackErrorKind, checks};
use serde_json::{Map, Value, json};

use crate::{component::check_told, draw::Draw};

pub(crate) fn check(bytes: &[u8]) {
    let (schema, user) = if bytes.starts_with(b"{") {
        // As an author writes them, and a zero byte between them.
        let (schema, user) =
            bytes.split_at(bytes.iter().position(|it| *it == 0).unwrap_or(bytes.len()));
        let user = user.get(1..).and_then(|it| serde_json::from_slice(it).ok());
        (String::from_utf8_lossy(schema).into_owned(), user)
    } else {
        let mut draw = Draw::new(bytes);
        let schema = schema(&mut draw, 6).to_string();
        (schema, (!draw.rarely(4)).then(|| value(&mut draw, 4)))
    };
    check_both(&schema, user.as_ref());
    check_both(&schema, None);
}

fn check_both(schema: &str, user: Option<&Value>) {
    if let Err(problem) = checks::settings_schema(schema) {
        return check_told(PackErrorKind::InvalidDescription { problems: vec![problem] });
    }
    match checks::settings(schema, user) {
        Ok(settings) => {
            let settings: Value = serde_json::from_str(&settings).expect("settings are JSON");
            if let Some(user) = user.filter(|it| !it.is_null()) {
                assert!(stays(user, &settings), "{user} became {settings}");
            }
        }
        Err(error) => assert!(error.to_string().len() < 64 << 10, "an error in few words"),
    }
}

/// Whether all that the user has set is there, and has its value.
fn stays(user: &Value, settings: &Value) -> bool {
    match (user, settings) {
        (Value::Object(user), Value::Object(settings)) => {
            user.iter().all(|(key, it)| settings.get(key).is_some_and(|is| stays(it, is)))
        }
        (Value::Array(user), Value::Array(settings)) => {
            user.len() == settings.len() && user.iter().zip(settings).all(|it| stays(it.0, it.1))
        }
        _ => user == settings,
    }
}

const NAMES: [&str; 5] = ["a", "b", "c", "threshold", ""];
const TYPES: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];
const REFERENCES: [&str; 8] = [
    "#",
    "#/$defs/a",
    "#/$defs/b",
    "#/properties/a",
    "#/allOf/0",
    "#a",
    "#/$defs/~1%25",
    "https://example.org/a",
];
const FORMATS: [&str; 5] = ["uint8", "int64", "date-time", "regex", "a"];
const PATTERNS: [&str; 6] = ["^a+$", "(a|aa)+$", "((a{0,99}){0,99}){0,99}", "(?=a)", "[", "\\p{L}"];

/// A part of a schema.
fn schema(draw: &mut Draw<'_>, depth: usize) -> Value {
    let mut parts = Map::new();
    let Some(depth) = depth.checked_sub(1) else { return json!(true) };
    for _ in 0..draw.below(5) {
        let (key, part) = part(draw, depth);
        parts.insert(key.to_owned(), part);
    }
    if draw.rarely(32) { json!(draw.flag()) } else { Value::Object(parts) }
}

fn part(draw: &mut Draw<'_>, depth: usize) -> (&'static str, Value) {
    const ONE: [&str; 14] = [
        "items",
        "additionalProperties",
        "not",
        "if",
        "then",
        "else",
        "contains",
        "propertyNames",
        "unevaluatedProperties",
        "unevaluatedItems",
        "additionalItems",
        "contentSchema",
        "properties",
        "prefixItems",
    ];
    const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
    const MAPS: [&str; 6] = [
        "properties",
        "$defs",
        "patternProperties",
        "dependentSchemas",
        "dependencies",
        "definitions",
    ];
    const NUMBERS: [&str; 8] = [
        "minimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxItems",
        "maxProperties",
        "minContains",
        "maximum",
    ];
    const VALUES: [&str; 4] = ["default", "const", "enum", "required"];
    match draw.below(16) {
        0..3 => ("properties", map(draw, depth)),
        3 => ("$defs", map(draw, depth)),
        4 => ("default", value(draw, depth.min(3))),
        5..7 => ("$ref", json!(draw.of(&REFERENCES))),
        7 => ("type", json!(draw.of(&TYPES))),
        8 => (draw.of(&ONE), schema(draw, depth)),
        9 => (draw.of(&LISTS), draw.list(3, |it| schema(it, depth)).into()),
        10 => (draw.of(&MAPS), map(draw, depth)),
        11 => (draw.of(&NUMBERS), number(draw)),
        12 => ("required", draw.list(3, |it| it.word(&NAMES)).into()),
        13 => ("pattern", json!(draw.word(&PATTERNS))),
        14 => ("format", json!(draw.of(&FORMATS))),
        _ => match draw.below(5) {
            0 => ("$id", json!(draw.word(&["#a", "https://example.org/a", "a"]))),
            1 => ("$dynamicRef", json!(draw.of(&REFERENCES))),
            2 => ("$anchor", json!(draw.word(&NAMES))),
            3 => ("$schema", json!(draw.word(&["http://json-schema.org/draft-07/schema#"]))),
            _ => (draw.of(&VALUES), draw.list(3, |it| value(it, 2)).into()),
        },
    }
}

fn map(draw: &mut Draw<'_>, depth: usize) -> Value {
    let entries = draw.list(3, |it| (it.word(&NAMES), schema(it, depth)));
    Value::Object(entries.into_iter().collect())
}

fn number(draw: &mut Draw<'_>) -> Value {
    if draw.flag() { json!(draw.number()) } else { json!(draw.float()) }
}

fn value(draw: &mut Draw<'_>, depth: usize) -> Value {
    let below = if depth == 0 { 6 } else { 9 };
    match draw.below(below) {
        0 => Value::Null,
        1 => json!(draw.flag()),
        2 | 3 => number(draw),
        4 => json!(-i64::from(draw.byte())),
        5 => json!(draw.word(&["", "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "UTC"])),
        6 => draw.list(3, |it| value(it, depth - 1)).into(),
        _ => {
            let entries = draw.list(4, |it| (it.word(&NAMES), value(it, depth - 1)));
            Value::Object(entries.into_iter().collect())
        }
    }
}
