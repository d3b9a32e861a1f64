//! Parameters of a constraint against the schema of its template, as an API server checks them:
//! what it would refuse, and what it would drop.

use rulebox_core::closest;
use rulebox_text::{
    Position, re2,
    yaml::{Kind, Node},
};
use serde_json::Value;

/// Something that is wrong with parameters: where, what, and what to do.
pub(super) type Wrong = (Position, String, String);

/// What is wrong with a value that stands at a path.
pub(super) fn check(node: &Node, schema: &Value, path: &str, wrong: &mut Vec<Wrong>) {
    let value = node.json();
    if value.is_null() || schema.is_null() {
        return;
    }
    let mut tell = |message: String, help: String| wrong.push((node.at, message, help));
    let is_set = |key: &str| schema[key] == Value::Bool(true);
    if let Some(ty) = schema["type"].as_str()
        && !(is_of(&value, ty) || is_set("x-kubernetes-int-or-string") && is_word(&value))
    {
        let help = format!("write what the template's schema asks for: {ty}");
        return tell(format!("`{path}` is of the type {ty}, and this is {}", name(&value)), help);
    }
    if let Some(known) = schema["enum"].as_array()
        && !known.contains(&value)
    {
        let all: Vec<_> = known.iter().map(ToString::to_string).collect();
        tell(format!("`{path}` cannot be {value}"), format!("write one of {}", all.join(", ")));
    }
    if let (Some(pattern), Some(text)) = (schema["pattern"].as_str(), value.as_str())
        // One that is no pattern is the template's, and no server would have taken it.
        && re2::compile(pattern).is_ok_and(|it| !it.is_match(text))
    {
        tell(format!("`{path}` cannot be {value}"), format!("it must match {pattern}"));
    }
    for (key, what, size) in sizes(&value) {
        let Some(limit) = schema[key].as_f64() else { continue };
        let (over, bound) = if key.starts_with("max") {
            (size > limit, "at most")
        } else {
            (size < limit, "at least")
        };
        if over {
            let help = format!("the template's schema allows {bound} {limit}");
            tell(format!("`{path}` has {what} {size}"), help);
        }
    }
    for rule in schema["allOf"].as_array().into_iter().flatten() {
        check(node, rule, path, wrong);
    }
    for key in ["anyOf", "oneOf"] {
        let Some(rules) = schema[key].as_array() else { continue };
        let holds = |it: &&Value| {
            let mut wrong = Vec::new();
            check(node, it, path, &mut wrong);
            wrong.is_empty()
        };
        let count = rules.iter().filter(holds).count();
        if count == 0 || key == "oneOf" && count > 1 {
            let help = "see the schema in the template".to_owned();
            wrong.push((node.at, format!("`{path}` does not fit `{key}` of its schema"), help));
        }
    }
    match &node.kind {
        Kind::Map(_) => object(node, schema, path, wrong),
        Kind::List(items) => {
            for (nth, it) in items.iter().enumerate() {
                check(it, &schema["items"], &format!("{path}[{nth}]"), wrong);
            }
        }
        Kind::Scalar(_) => {}
    }
}

fn object(node: &Node, schema: &Value, path: &str, wrong: &mut Vec<Wrong>) {
    let Kind::Map(entries) = &node.kind else { return };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let is_default = schema["properties"][name].get("default").is_some();
        if node.get(name).is_none_or(Node::is_null) && !is_default {
            let message = format!("`{path}` has no `{name}`");
            wrong.push((node.at, message, "its template requires it: write it".to_owned()));
        }
    }
    let properties = schema["properties"].as_object();
    let more = &schema["additionalProperties"];
    let keeps = schema["x-kubernetes-preserve-unknown-fields"] == Value::Bool(true);
    for (key, value) in entries {
        let below = format!("{path}.{}", key.text);
        match properties.and_then(|it| it.get(&key.text)) {
            Some(schema) => check(value, schema, &below, wrong),
            None if more.is_object() => check(value, more, &below, wrong),
            None if keeps || *more == Value::Bool(true) => {}
            None if properties.is_none_or(serde_json::Map::is_empty) && more.is_null() => {}
            None => {
                let known = properties.into_iter().flat_map(|it| it.keys().map(String::as_str));
                let help = match closest(&key.text, known.clone()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("its template knows {}", known.collect::<Vec<_>>().join(", ")),
                };
                wrong.push((key.at(), format!("there is no parameter `{below}`"), help));
            }
        }
    }
}

/// Sizes of a value that a schema may bound, by the key of the bound.
fn sizes(value: &Value) -> Vec<(&'static str, &'static str, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "a file has fewer parts than a float counts")]
    let both = |keys: [&'static str; 2], what, size: usize| {
        keys.map(|key| (key, what, size as f64)).to_vec()
    };
    match value {
        Value::String(it) => both(["minLength", "maxLength"], "the length", it.chars().count()),
        Value::Array(it) => both(["minItems", "maxItems"], "the length", it.len()),
        Value::Object(it) => both(["minProperties", "maxProperties"], "the length", it.len()),
        Value::Number(it) => {
            let number = it.as_f64().unwrap_or_default();
            vec![("minimum", "the value", number), ("maximum", "the value", number)]
        }
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

fn is_of(value: &Value, ty: &str) -> bool {
    match ty {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|it| it.fract() == 0.0),
        _ => true,
    }
}

fn is_word(value: &Value) -> bool {
    value.is_string() || value.is_i64()
}

fn name(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        value => value.to_string(),
    }
}
