//! A pack's settings: the user's, checked against the pack's JSON Schema, and the schema's defaults
//! for the rest.

use jsonschema::{ValidationError, error::ValidationErrorKind};
use rulebox_core::closest;
use serde_json::{Map, Value};

use crate::{SettingProblem, SettingsError};

/// How deep defaults are filled in. A schema may refer to itself; no configuration is that deep.
const DEPTH: usize = 32;

/// What is wrong with a schema, as an error. An empty text says that the pack has no settings.
pub(crate) fn check_schema(schema: &str) -> Result<(), String> {
    let Some(schema) = parse(schema)? else {
        return Ok(());
    };
    if !schema.is_object() {
        return Err("its settings schema is no JSON object".to_owned());
    }
    match jsonschema::validator_for(&schema) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("its settings schema is no JSON Schema: {error}")),
    }
}

/// The settings of a run, as compact JSON.
pub(crate) fn complete(schema: &str, user: Option<&Value>) -> Result<String, SettingsError> {
    let schema = parse(schema).map_err(|reason| SettingsError::Schema { reason })?;
    let Some(schema) = schema else {
        let none = user.is_none_or(|it| it.is_null() || it.as_object().is_some_and(Map::is_empty));
        return if none { Ok("{}".to_owned()) } else { Err(SettingsError::NoSettings) };
    };
    let user = user.filter(|it| !it.is_null());
    let mut settings = user.cloned().unwrap_or_else(|| Value::Object(Map::new()));
    fill(&schema, &schema, &mut settings, DEPTH);
    // The author of the schema has tested that the defaults alone fit. A required setting without a
    // default shows here.
    if user.is_some() || lacks_required(&schema, &settings) {
        validate(&schema, &settings)?;
    }
    Ok(settings.to_string())
}

fn parse(schema: &str) -> Result<Option<Value>, String> {
    if schema.trim().is_empty() {
        return Ok(None);
    }
    let parsed = serde_json::from_str(schema);
    parsed.map(Some).map_err(|error| format!("its settings schema is no JSON: {error}"))
}

fn validate(schema: &Value, settings: &Value) -> Result<(), SettingsError> {
    let schema = &mut schema.clone();
    bound(schema);
    let validator = jsonschema::validator_for(schema)
        .map_err(|error| SettingsError::Schema { reason: error.to_string() })?;
    let mut problems: Vec<_> =
        validator.iter_errors(settings).flat_map(|it| described(schema, &it)).collect();
    problems.sort();
    if problems.is_empty() { Ok(()) } else { Err(SettingsError::Invalid { problems }) }
}

/// Gives numbers whose `format` says how many bits they have in the guest the ends that follow from
/// it. To validators a format is only a word, and the guest would fail on a larger number.
fn bound(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let ends = match object.get("format").and_then(Value::as_str) {
                Some("uint8") => Some((0, i64::from(u8::MAX))),
                Some("uint16") => Some((0, i64::from(u16::MAX))),
                Some("uint32") => Some((0, i64::from(u32::MAX))),
                Some("int8") => Some((i64::from(i8::MIN), i64::from(i8::MAX))),
                Some("int16") => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
                Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
                _ => None,
            };
            if let Some((least, most)) = ends {
                object.entry("minimum").or_insert(least.into());
                object.entry("maximum").or_insert(most.into());
            }
            object.values_mut().for_each(bound);
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        _ => {}
    }
}

/// What is wrong, in the words of settings: a range has two ends, and a misspelt name is near
/// another.
fn described(schema: &Value, error: &ValidationError<'_>) -> Vec<SettingProblem> {
    let path = error.instance_path().as_str().split('/').skip(1);
    let path: Vec<_> = path.map(|it| it.replace("~1", "/").replace("~0", "~")).collect();
    let value = || error.instance().to_string();
    let reason = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = around(schema, error).and_then(|it| it.get("properties")?.as_object());
            let known: Vec<_> = known.into_iter().flat_map(Map::keys).map(String::as_str).collect();
            let unknown = |name: &String| {
                let meant = closest(name, known.iter().copied());
                let meant = meant.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
                let reason = format!("there is no such setting{meant}");
                SettingProblem { path: [&path[..], &[name.clone()]].concat(), reason }
            };
            return unexpected.iter().map(unknown).collect();
        }
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
            let around = around(schema, error);
            let end = |key| around.and_then(|it| it.get(key));
            match (end("minimum"), end("maximum")) {
                (Some(least), Some(most)) => {
                    format!("{} is not between {least} and {most}", value())
                }
                (Some(least), None) => format!("{} is less than {least}", value()),
                (None, Some(most)) => format!("{} is more than {most}", value()),
                (None, None) => error.to_string(),
            }
        }
        ValidationErrorKind::Type { .. } => error.to_string().replace('"', "`"),
        _ => error.to_string(),
    };
    vec![SettingProblem { path, reason }]
}

/// The part of the schema that holds the keyword which failed; none where references lead
/// elsewhere.
fn around<'s>(schema: &'s Value, error: &ValidationError<'_>) -> Option<&'s Value> {
    schema.pointer(error.schema_path().as_str().rsplit_once('/')?.0)
}

fn lacks_required(schema: &Value, settings: &Value) -> bool {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    required.filter_map(Value::as_str).any(|it| settings.get(it).is_none())
}

/// Fills the defaults of `schema` in where `value` has nothing, at every depth. `$ref` refers to
/// `root`.
fn fill(root: &Value, schema: &Value, value: &mut Value, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for schema in parts(root, schema) {
        match value {
            Value::Object(object) => fill_object(root, schema, object, depth),
            Value::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    for it in items {
                        fill(root, schema, it, depth);
                    }
                }
            }
            _ => {}
        }
    }
}

fn fill_object(root: &Value, schema: &Value, object: &mut Map<String, Value>, depth: usize) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (key, schema) in properties.into_iter().flatten() {
        if let Some(value) = object.get_mut(key) {
            fill(root, schema, value, depth);
        } else if let Some(value) = default(root, schema, depth) {
            object.insert(key.clone(), value);
        }
    }
    if let Some(schema @ Value::Object(_)) = schema.get("additionalProperties") {
        for (key, value) in object {
            if properties.is_none_or(|it| !it.contains_key(key)) {
                fill(root, schema, value, depth);
            }
        }
    }
}

/// The default of a property that is not given: its own, or those of its properties.
fn default(root: &Value, schema: &Value, depth: usize) -> Option<Value> {
    let parts = parts(root, schema);
    let given = parts.iter().find_map(|it| it.get("default")).cloned();
    let nested = || parts.iter().any(|it| it.get("properties").is_some());
    let mut value = match given {
        Some(value) => value,
        None if nested() => Value::Object(Map::new()),
        None => return None,
    };
    let empty = value.as_object().is_some_and(Map::is_empty);
    fill(root, schema, &mut value, depth);
    let unasked = empty && parts.iter().all(|it| it.get("default").is_none());
    let still_empty = value.as_object().is_some_and(Map::is_empty);
    (!(unasked && still_empty)).then_some(value)
}

/// A schema and those that apply beside it: the target of `$ref` inside the same schema, and the
/// parts of `allOf`.
fn parts<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut parts = vec![schema];
    let mut at = 0;
    while let Some(&part) = parts.get(at) {
        at += 1;
        let target = part.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
        let target = target.and_then(|it| root.pointer(it));
        let all_of = part.get("allOf").and_then(Value::as_array).into_iter().flatten();
        for part in target.into_iter().chain(all_of) {
            if !parts.iter().any(|it| std::ptr::eq(*it, part)) {
                parts.push(part);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> String {
        json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "threshold": { "type": "integer", "minimum": 1, "default": 3 },
                "window": { "$ref": "#/$defs/window" },
                "names": { "type": "array", "items": { "$ref": "#/$defs/name" } },
                "vaults": { "additionalProperties": { "$ref": "#/$defs/window" } },
                "note": { "type": "string" },
            },
            "$defs": {
                "window": {
                    "type": "object",
                    "properties": {
                        "minutes": { "type": "integer", "default": 60 },
                        "zone": { "allOf": [{ "$ref": "#/$defs/zone" }], "default": "UTC" },
                    },
                },
                "zone": { "type": "string" },
                "name": {
                    "type": "object",
                    "properties": { "strict": { "type": "boolean", "default": true } },
                },
            },
        })
        .to_string()
    }

    #[track_caller]
    fn check(user: Option<Value>, want: Result<&Value, &str>) {
        match (complete(&schema(), user.as_ref()), want) {
            (Ok(got), Ok(want)) => {
                assert_eq!(serde_json::from_str::<Value>(&got).expect("JSON"), *want);
            }
            (Err(error), Err(want)) => assert!(error.to_string().contains(want), "{error}"),
            (got, want) => panic!("{got:?}, expected {want:?}"),
        }
    }

    #[test]
    fn defaults_stand_at_every_depth() {
        let window = json!({ "minutes": 60, "zone": "UTC" });
        check(None, Ok(&json!({ "threshold": 3, "window": window })));
        check(Some(Value::Null), Ok(&json!({ "threshold": 3, "window": window })));
    }

    #[test]
    fn what_the_user_sets_stays_and_the_rest_is_filled() {
        check(
            Some(json!({
                "threshold": 9,
                "window": { "minutes": 5 },
                "names": [{}],
                "vaults": { "a": { "zone": "CET" } },
            })),
            Ok(&json!({
                "threshold": 9,
                "window": { "minutes": 5, "zone": "UTC" },
                "names": [{ "strict": true }],
                "vaults": { "a": { "minutes": 60, "zone": "CET" } },
            })),
        );
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        check(Some(json!({ "threshold": 0 })), Err("threshold: 0 is less than 1"));
        check(
            Some(json!({ "treshold": 4 })),
            Err("treshold: there is no such setting; did you mean `threshold`?"),
        );
        check(Some(json!({ "window": { "minutes": "5" } })), Err("window.minutes: "));
        check(Some(json!([])), Err("is not of type `object`"));
    }

    #[test]
    fn a_number_fits_the_type_that_the_guest_has_for_it() {
        let schema = r#"{"properties": {"n": {"type": "integer", "format": "uint32"}}}"#;
        assert!(complete(schema, Some(&json!({ "n": u32::MAX }))).is_ok());
        let error = complete(schema, Some(&json!({ "n": 1_u64 << 32 }))).expect_err("too large");
        assert_eq!(error.to_string(), "n: 4294967296 is not between 0 and 4294967295");
    }

    #[test]
    fn all_that_is_wrong_is_named() {
        let error = complete(&schema(), Some(&json!({ "threshold": 0, "note": 1 })));
        let Err(SettingsError::Invalid { problems }) = error else { panic!("{error:?}") };
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn a_required_setting_is_missed_without_any_settings() {
        let schema = json!({ "properties": { "vault": {} }, "required": ["vault"] }).to_string();
        let error = complete(&schema, None).expect_err("vault is required");
        assert_eq!(error.code(), "invalid-settings");
        assert!(error.to_string().contains("\"vault\" is a required property"), "{error}");
    }

    #[test]
    fn a_pack_without_schema_takes_none() {
        assert_eq!(complete("", None).as_deref(), Ok("{}"));
        assert_eq!(complete("", Some(&json!({}))).as_deref(), Ok("{}"));
        assert_eq!(complete("", Some(&json!({ "a": 1 }))), Err(SettingsError::NoSettings));
    }

    #[test]
    fn a_schema_that_names_itself_ends() {
        let schema = r##"{"properties":{"child":{"$ref":"#"},"n":{"default":1}}}"##;
        assert!(complete(schema, None).is_ok());
        assert!(check_schema(schema).is_ok());
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        assert!(check_schema("").is_ok());
        for (schema, why) in [
            ("{", "no JSON"),
            ("[]", "no JSON object"),
            (r#"{"type":"nothing"}"#, "no JSON Schema"),
            (r#"{"$schema":"https://example.com/none","type":"object"}"#, "no JSON Schema"),
            (r#"{"properties":{"a":{"$ref":"https://example.com/x.json"}}}"#, "no JSON Schema"),
        ] {
            let problem = check_schema(schema).expect_err(schema);
            assert!(problem.contains(why), "{schema}: {problem}");
        }
    }
}
