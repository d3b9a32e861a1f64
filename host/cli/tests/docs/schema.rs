//! A JSON Schema as tables that people read: one for each type, a row for each of its fields.

use std::fmt::Write as _;

use serde_json::Value;

/// Where a type of this name is described, as a link.
pub(crate) type Place<'p> = &'p dyn Fn(&str) -> String;

/// The description of a type: its fields, or its words.
pub(crate) fn section(name: &str, schema: &Value, place: Place<'_>) -> String {
    let mut section = format!("### {name}\n\n");
    if let Some(text) = schema["description"].as_str() {
        let _ = write!(section, "{text}\n\n");
    }
    let Some(fields) = schema["properties"].as_object() else {
        let _ = write!(section, "{}\n\n", type_of(schema, place));
        return section;
    };
    section += "| field | type | what |\n|---|---|---|\n";
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (field, schema) in fields {
        let what = schema["description"].as_str().unwrap_or_default();
        let optional = if required.iter().any(|it| it == field) { "" } else { ", or absent" };
        let _ = writeln!(
            section,
            "| `{field}` | {}{optional} | {} |",
            type_of(schema, place),
            what.replace('|', "\\|")
        );
    }
    section.push('\n');
    section
}

/// What a value is, in words, with links to other types.
pub(crate) fn type_of(schema: &Value, place: Place<'_>) -> String {
    let all = |list: &Value| -> Vec<_> {
        list.as_array().into_iter().flatten().map(|it| type_of(it, place)).collect()
    };
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap_or(target);
        return format!("[{name}]({})", place(name));
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
        return words.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(word) = schema["const"].as_str() {
        return format!("`{word}`");
    }
    if schema["anyOf"].is_array() {
        return all(&schema["anyOf"]).join(" or ");
    }
    let words = match &schema["type"] {
        Value::String(word) => vec![word.as_str()],
        words => words.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    let words = words.into_iter().map(|word| match word {
        "array" => format!("list of {}", type_of(&schema["items"], place)),
        "object" if schema["additionalProperties"].is_object() => {
            format!("{} by name", type_of(&schema["additionalProperties"], place))
        }
        "string" if schema["format"] == "date-time" => "time".to_owned(),
        word => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(schema: &Value, want: &str) {
        assert_eq!(type_of(schema, &|name| format!("#{}", name.to_lowercase())), want);
    }

    #[test]
    fn a_type_is_said_in_words() {
        check(&json!({"type": "string"}), "string");
        check(&json!({"type": ["integer", "null"]}), "integer or null");
        check(
            &json!({"type": "array", "items": {"$ref": "#/$defs/Finding"}}),
            "list of [Finding](#finding)",
        );
        check(
            &json!({"anyOf": [{"$ref": "#/a/Place"}, {"type": "null"}]}),
            "[Place](#place) or null",
        );
        check(&json!({"type": "string", "enum": ["low", "high"]}), "`low`, `high`");
        check(
            &json!({"type": "object", "additionalProperties": {"type": "string"}}),
            "string by name",
        );
    }

    #[test]
    fn fields_are_rows() {
        let schema = json!({
            "description": "A thing.",
            "properties": {"a": {"type": "string", "description": "x|y"}, "b": {"type": "boolean"}},
            "required": ["a"],
        });
        let want = "### Thing\n\nA thing.\n\n| field | type | what |\n|---|---|---|\n\
                    | `a` | string | x\\|y |\n| `b` | boolean, or absent |  |\n\n";
        assert_eq!(section("Thing", &schema, &|_| String::new()), want);
    }
}
