//! The settings of a pack: properties of a JSON Schema, each with its default.

use serde_json::{Map, Value, json};

use crate::{
    names,
    problem::{Position, Problems},
    yaml::{Node, Scalar},
};

/// The types that a setting may have.
const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

/// A setting as it is written.
#[derive(Debug)]
pub struct Setting {
    /// By which the configuration and the rules name it.
    pub name: Scalar,
    /// Where its schema begins.
    pub at: Position,
    /// A JSON Schema.
    pub schema: Value,
}

impl Setting {
    /// An entry of the mapping `settings`.
    pub fn new(name: &Scalar, schema: &Node) -> Self {
        Self { name: name.clone(), at: schema.at, schema: schema.json() }
    }
}

/// The settings as one JSON Schema; empty where there is none. What is wrong with one is told.
pub fn schema(written: &[Setting], problems: &mut Problems) -> String {
    let mut properties = Map::new();
    for Setting { name, at, schema } in written {
        names::snake(name, "a setting", problems);
        let Value::Object(fields) = schema else {
            let help = "write `name: {type: string, default: …, description: …}`";
            problems.add(*at, format!("the setting `{}` is a mapping", name.text), help);
            continue;
        };
        let ty = fields.get("type").and_then(Value::as_str);
        let is_known = ty.is_some_and(|it| TYPES.contains(&it));
        if !is_known {
            let message = match ty {
                None => format!("the setting `{}` has no `type`", name.text),
                Some(ty) => format!("there is no type `{ty}`"),
            };
            problems.add(*at, message, "write string, integer, number, boolean, array or object");
        }
        match fields.get("default") {
            None => {
                let message = format!("the setting `{}` has no `default`", name.text);
                problems.add(*at, message, "give one: a pack works without a configuration");
            }
            Some(default) if is_known && !fits(ty.unwrap_or_default(), default) => {
                let ty = ty.unwrap_or_default();
                let message = format!("the default of `{}` is no {ty}: {default}", name.text);
                problems.add(*at, message, "make both agree; a text stands between quotes");
            }
            Some(_) => {}
        }
        properties.insert(name.text.clone(), schema.clone());
    }
    if written.is_empty() {
        return String::new();
    }
    json!({"type": "object", "additionalProperties": false, "properties": properties}).to_string()
}

fn fits(ty: &str, default: &Value) -> bool {
    match ty {
        "string" => default.is_string(),
        "integer" => default.is_i64() || default.is_u64(),
        "number" => default.is_number(),
        "boolean" => default.is_boolean(),
        "array" => default.is_array(),
        _ => default.is_object(),
    }
}
