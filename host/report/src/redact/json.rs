//! Takes secrets out of a value of JSON, such as an object of Kubernetes.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    forms::{MARK, is_flag_of_secret, is_secret_behind_flag},
    keys::is_secret_of,
    text::redact,
};

/// Takes secrets out of all texts of a value, and counts them: those whose form shows it, and those
/// that a key or the name of a variable names, as in `{"name": "DB_PASSWORD", "value": "x"}`. Keys
/// stay.
pub fn redact_json(value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            let (clean, count) = redact(text);
            if let Cow::Owned(clean) = clean {
                *text = clean;
            }
            count
        }
        Value::Array(items) => list(items),
        Value::Object(entries) => object(entries),
        _ => 0,
    }
}

/// In a list of arguments a flag may name the next one: `["--password", "x"]`.
fn list(items: &mut [Value]) -> usize {
    let mut count = 0;
    let mut is_named = false;
    for item in items {
        let flag = item.as_str().is_some_and(is_flag_of_secret);
        match item {
            Value::String(text) if is_named && is_secret_behind_flag(text) => {
                MARK.clone_into(text);
                count += 1;
            }
            item => count += redact_json(item),
        }
        is_named = flag;
    }
    count
}

fn object(entries: &mut Map<String, Value>) -> usize {
    let name = entries.get("name").and_then(Value::as_str).map(str::to_owned);
    let variable = name.filter(|_| entries.contains_key("value"));
    let field = |(key, value): (&String, &mut Value)| {
        let names = |key: &str, text: &str| text != MARK && is_secret_of(key, text);
        match value {
            Value::String(text)
                if names(key, text)
                    || key == "value" && variable.as_ref().is_some_and(|it| names(it, text)) =>
            {
                MARK.clone_into(text);
                1
            }
            value => redact_json(value),
        }
    };
    entries.iter_mut().map(field).sum()
}
